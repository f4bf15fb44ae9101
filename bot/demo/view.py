"""Phones and messages as the page is told of them: plain values, no markup."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.demo.phones import Bubble, Handset

QUOTED = 80  #: characters of a message that is quoted
PICTURES = ("image/png", "image/jpeg")


def shown_second(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}"


def shown_day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%a %d %b}"


def phone_view(phone: Handset, on_duty: bool) -> dict[str, Any]:
    member = phone.member
    return {
        "who": member.where,
        "name": member.name,
        "role": member.role,
        "channel": member.channel,
        "lang": phone.lang,
        "duty": on_duty,
        "offline": phone.offline,
        "unseen": sum(b.unseen for b in phone.bubbles),
    }


def bubble_view(
    number: int, bubble: Bubble, phone: Handset, journal: Sequence[Bubble]
) -> dict[str, Any]:
    """Urgency is marked for those who are called. On a journalist's phone nothing shows."""
    view: dict[str, Any] = {
        "n": number,
        "who": bubble.who,
        "mine": bubble.mine,
        "kind": bubble.kind,
        "time": shown_second(bubble.at)[:5],
        "late": shown_second(bubble.late)[:5] if bubble.late is not None else None,
        "waits": bubble.waits,
        "urgent": bubble.urgent and phone.member.role != "journalist",
        "deleted": bubble.deleted,
    }
    if bubble.deleted:
        return view
    return view | {
        "text": bubble.text,
        "buttons": [label for label, _ in bubble.buttons],
        "quote": _quoted(bubble, journal),
        "file": _file(bubble),
    }


def _quoted(bubble: Bubble, journal: Sequence[Bubble]) -> str:
    """What was answered by quoting it. Buttons and reactions stand below what they answer."""
    if bubble.kind == "choice" or not bubble.target:
        return ""
    found = (
        b.text
        for b in journal
        if b.who == bubble.who and b.upstream == bubble.target and not b.mine
    )
    text = " ".join(next(found, "").split())
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


def _file(bubble: Bubble) -> dict[str, Any] | None:
    if bubble.file is None:
        return None
    return {
        "name": bubble.file.name,
        "size": len(bubble.file.body),
        "picture": bubble.file.mime in PICTURES,
    }
