"""Requests to a fund: asked for in chat, vetted and decided by people."""
