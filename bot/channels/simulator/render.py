"""Signal-like phones have no buttons: choices become numbered lines, as they do there."""

from bot.channels.base import Outgoing


def numbered(out: Outgoing) -> str:
    lines = [f"{i}  {button.label}" for i, button in enumerate(out.buttons, 1)]
    return "\n".join([out.text, *([""] if lines else []), *lines])
