"""What waits to be sent: rows, their rank, and the payload that only the vault opens.

A row's id comes from (event, ordinal), so a replay adds nothing. The payload holds the declared
message's key with its arguments: it is put into words when it is sent, in the reader's language.
"""

import base64
import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from flows.engine.messages import (
    Amount,
    Amounts,
    Country,
    Line,
    Message,
    Moment,
    Passage,
    Place,
    Review,
    Span,
    Value,
    declared,
)
from flows.engine.model import Lane

BUTTON_SEPARATOR = "."


class Order(IntEnum):
    """Who goes first within a lane."""

    FIRST = 0  #: a first alert: before any repeat
    NEXT = 1  #: a repeat, of which one at most waits; the answer to who called
    PASSED = 2  #: words that are passed on: as many as somebody writes


def rank(lane: Lane, turn: Order = Order.FIRST) -> int:
    """Lower goes first. However much one person writes, it waits behind another's first alert."""
    return int(lane) * len(Order) + int(turn)


#: In `error` of a row of a drill: it is on its way, or was when the process died.
UNDER_WAY = "under way"
URGENT_RANKS = rank(Lane.REPLY)  #: every rank below this is urgent
SILENT_RANKS = rank(Lane.BULK)  #: from here on no sound is made


#: What stands for a drill in what its engine says: its id and this; what its trainer's script says
#: has the id alone.
IN_DRILL = "/in"


def inside_drill(drill: str) -> str:
    return f"{drill}{IN_DRILL}"


def short_id(digest: bytes) -> str:
    return base64.b32encode(digest[:10]).decode().lower()


def button_data(outbox_id: str, index: int) -> str:
    """Short and opaque: it says nothing to whoever reads the chat's data."""
    return f"{outbox_id}{BUTTON_SEPARATOR}{index}"


def read_button(data: str) -> tuple[str, str]:
    """(outbox id, index) of callback data; two empty strings when it isn't ours."""
    outbox_id, found, index = data.partition(BUTTON_SEPARATOR)
    return (outbox_id, index) if found and len(outbox_id) == 16 else ("", "")


def pack_args(args: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _pack(value) for name, value in args.items()}


def _pack(value: Value) -> Any:
    match value:
        case Moment(ms, form):
            return {"t": ms, "f": form}
        case Span(ms):
            return {"s": ms}
        case Place(lat, lon):
            return {"p": [lat, lon]}
        case Passage(card, part, step):
            return {"c": [card, part, step]}
        case Review(card):
            return {"r": card}
        case Country(code):
            return {"y": code}
        case Amount(number, currency):
            return {"m": [number, currency]}
        case Amounts(each):
            return {"n": [[a.number, a.currency] for a in each]}
        case Message():
            return {"k": value.key}
        case tuple():
            return {"l": [[line.message.key, pack_args(line.args)] for line in value]}
        case _:
            return value


def unpack_args(packed: Mapping[str, Any]) -> dict[str, Value]:
    return {name: _unpack(value) for name, value in packed.items()}


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    match value:
        case {"t": ms, "f": form}:
            return Moment(ms, form)
        case {"s": ms}:
            return Span(ms)
        case {"p": [lat, lon]}:
            return Place(lat, lon)
        case {"c": [card, part, step]}:
            return Passage(card, part, step)
        case {"r": card}:
            return Review(card)
        case {"y": code}:
            return Country(code)
        case {"m": [number, currency]}:
            return Amount(number, currency)
        case {"n": each}:
            return Amounts(tuple(Amount(number, currency) for number, currency in each))
        case {"k": key}:
            return known(key)
        case {"l": lines}:
            return tuple(Line(known(key), unpack_args(args)) for key, args in lines)  # type: ignore[arg-type]
    return ""


def known(key: str) -> Message:
    """The declared message; one that this version no longer has shows as nothing."""
    return declared().get(key) or Message(key, "")


def encode(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def decode(clear: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(clear)
    return found


def waiting(now: int) -> dict[str, Any]:
    """What every row begins with: rows of one batch are written together, with the same columns."""
    return {
        "case_id": "",
        "replaces": None,
        "key": "",
        "drill": "",
        "state": "waiting",
        "attempts": 0,
        "next_at": now,
        "created_at": now,
        "expires_at": None,
    }
