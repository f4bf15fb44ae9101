"""Telegram through the Bot API: what it sends us (parse), what we send it (render), the wire
(client)."""

from bot.channels.telegram.client import Telegram

__all__ = ["Telegram"]
