"""Signal through signal-cli-rest-api: what it sends us (parse), what we send it (render), the
wire (client)."""

from bot.channels.signal.client import Signal

__all__ = ["Signal"]
