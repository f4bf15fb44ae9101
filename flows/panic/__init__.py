"""Somebody calls for help, from any state, with no questions first."""
