"""What a simulated phone sends, as JSON; parsed as carefully as the real thing."""

import json
from typing import Any

from bot.channels.base import Attachment, In, Incoming

KINDS = {kind.value: kind for kind in In}


def parse(raw: bytes) -> Incoming:
    """Pure and total."""
    try:
        return _parse(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return Incoming(In.IGNORE, note="unreadable")


def _parse(frame: dict[str, Any]) -> Incoming:
    return Incoming(
        kind=KINDS[frame["kind"]],
        where=str(frame["where"]),
        number=str(frame.get("number", "")),
        sent_ms=int(frame.get("sent_ms", 0)),
        upstream=str(frame.get("upstream", "")),
        text=str(frame.get("text", "")),
        data=str(frame.get("data", "")),
        lat=float(frame.get("lat", 0.0)),
        lon=float(frame.get("lon", 0.0)),
        emoji=str(frame.get("emoji", "")),
        target=str(frame.get("target", "")),
        edited=bool(frame.get("edited", False)),
        note=str(frame.get("note", "")),
        lang=str(frame.get("lang", "")),
        files=tuple(map(_file, frame.get("files", ()))),
    )


def _file(file: dict[str, Any]) -> Attachment:
    return Attachment(
        ref=str(file["ref"]),
        kind=str(file["kind"]),
        mime=str(file.get("mime", "")),
        size=int(file.get("size", 0)),
    )
