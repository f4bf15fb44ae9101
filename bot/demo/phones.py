"""The phones: what was typed on them, what was sent to them, what still waits to get through."""

import io
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

from bot.channels.base import File, Outgoing
from bot.channels.simulator.client import Phone, Simulator
from bot.channels.simulator.wire import Undone
from bot.clock import Clock
from bot.demo.cast import Member
from bot.outbox import Order
from flows.engine.model import Lane

CASE = re.compile(r"#([2-9A-HJKMNP-Z]{4,6})\b")
#: Direction marks around inserted values: where there is no bidirectional text they only disturb.
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))
#: Who types the name of a language is answered in it; the phone itself changes with it.
LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}


@dataclass
class Bubble:
    """One message on a screen. `mine`: typed on this phone. `at`: when (virtual ms)."""

    who: str
    mine: bool
    text: str
    at: int
    upstream: str = ""
    #: Of what was typed: text, choice, reaction, location, media; and what it answers.
    kind: str = "text"
    target: str = ""
    #: Of what was sent to this phone: how urgent, without numbers, with what to choose from.
    lane: Lane = Lane.REPLY
    words: str = ""
    labels: tuple[str, ...] = ()
    #: (label, data), where the platform has buttons.
    buttons: tuple[tuple[str, str], ...] = ()
    file: File | None = None
    #: Of what was typed: as a transcript says it.
    act: str = ""
    #: What is sent, until somebody has taken it; None from then on.
    frame: dict[str, Any] | None = None
    #: Somebody has tried in vain to send it, or to bring it to this phone.
    held: bool = False
    #: With its platform, which waits for this phone to be there again.
    unseen: bool = False
    #: When it got through, if that was not at the first try.
    late: int | None = None
    deleted: bool = False

    @property
    def waits(self) -> bool:
        return self.frame is not None

    @property
    def urgent(self) -> bool:
        return not self.mine and self.lane is Lane.URGENT


class What(StrEnum):
    TAKEN = "taken"  #: something that was typed, and is committed now
    LANDED = "landed"  #: something that a platform accepted for a phone
    KILLED = "killed"
    STARTED = "started"
    FAULT = "fault"  #: in the words of a transcript


@dataclass(frozen=True, slots=True)
class Happened:
    """What the record is made of (record.py)."""

    at: int
    what: What
    bubble: Bubble | None = None
    words: str = ""


class Platform(Simulator):
    """A platform whose phones keep everything that stands on their screens."""

    def __init__(
        self, name: str, clock: Clock, buttons: bool, journal: list[Bubble], log: list[Happened]
    ) -> None:
        super().__init__(name, clock, buttons)
        self.journal, self.log = journal, log
        #: Phones without a connection. The platform takes messages for them, and keeps them.
        self.offline: set[str] = set()

    async def send(self, out: Outgoing) -> str:
        upstream = await super().send(out)
        if out.kind == "redact":
            for bubble in self.journal:
                bubble.deleted |= bubble.who == out.where and bubble.upstream == out.target
            return upstream
        shown = self.phones[out.where].shown[-1]
        bubble = Bubble(
            who=out.where,
            mine=False,
            text=shown.text,
            at=self.clock.now(),
            upstream=upstream,
            lane=Lane(out.rank // len(Order)),
            words=out.text,
            labels=tuple(button.label for button in out.buttons),
            buttons=shown.buttons,
            file=shown.file,
            unseen=out.where in self.offline,
        )
        self.journal.append(bubble)
        self.log.append(Happened(bubble.at, What.LANDED, bubble))
        return upstream

    def online(self, where: str) -> None:
        """What came meanwhile is shown."""
        self.offline.discard(where)
        for bubble in self.journal:
            if bubble.who == where and bubble.unseen:
                bubble.unseen, bubble.late = False, self.clock.now()


@dataclass
class Handset:
    """One person's phone, and the hand that holds it."""

    member: Member
    phone: Phone
    platform: Platform
    lang: str = field(init=False)

    def __post_init__(self) -> None:
        self.lang = self.member.lang

    @property
    def bubbles(self) -> list[Bubble]:
        return [b for b in self.platform.journal if b.who == self.member.where]

    @property
    def case(self) -> str:
        """The id of the case that was written about last, or ""."""
        found = [c for b in self.bubbles if not b.mine for c in CASE.findall(b.text)]
        return found[-1] if found else ""

    @property
    def offline(self) -> bool:
        return self.member.where in self.platform.offline

    def types(self, text: str, target: str = "") -> Bubble:
        """`target`: the message that it answers."""
        named = (code for code, name in LANGUAGES.items() if name.casefold() == text.casefold())
        self.lang = next(named, self.lang)
        act = f"(reply) {said(text)}" if target else said(text)
        return self._out(text, act, kind="text", text=text, target=target)

    def presses(self, bubble: Bubble, index: int) -> Bubble:
        """Raises IndexError when there is no such button."""
        label, data = bubble.buttons[index]
        act = f"[{label.translate(ISOLATES)}]"
        return self._out(label, act, kind="choice", data=data, target=bubble.upstream)

    def reacts(self, emoji: str, target: str = "") -> Bubble:
        act = f"(react {emoji})"
        return self._out(emoji, act, kind="reaction", emoji=emoji, target=target or self.last())

    def locates(self, lat: float, lon: float) -> Bubble:
        return self._out(
            f"◎ {lat}, {lon}", f"(location {lat} {lon})", kind="location", lat=lat, lon=lon
        )

    def photographs(self) -> Bubble:
        body = picture()
        kept = self.platform.keep("image/jpeg", body)
        act = f"(photo {max(1, len(body) // 1024)}KB)"
        bubble = self._out("", act, kind="media", note="photo", files=[kept])
        bubble.file = File("photo.jpg", "image/jpeg", body)
        return bubble

    async def deliver(self) -> bool:
        """Try the first of what waits: whether it got through. What nobody takes goes on
        waiting, and all that was typed after it."""
        waiting = [b for b in self.bubbles if b.waits]
        try:
            for bubble in waiting[:1]:
                await self._deliver(bubble)
        except (ConnectionError, Undone):
            for bubble in waiting:
                bubble.held = True
            return False
        return bool(waiting)

    async def _deliver(self, bubble: Bubble) -> None:
        if self.offline or self.platform.down is not None:
            raise ConnectionError("no way there")
        # Before the answers to it, which may land while it is being confirmed.
        happened = Happened(self.platform.clock.now(), What.TAKEN, bubble)
        self.platform.log.append(happened)
        try:
            await self.platform.put(self.phone, bubble.frame or {})
        except (ConnectionError, Undone):
            self.platform.log.remove(happened)
            raise
        bubble.frame = None
        bubble.late = happened.at if bubble.held else None

    def last(self) -> str:
        """The message that was sent to this phone last, as a quote or a reaction names it."""
        return next((b.upstream for b in reversed(self.bubbles) if not b.mine), "")

    def _out(self, shown: str, act: str, **frame: Any) -> Bubble:
        """The frame carries its own id and time: sent again, it is the same message."""
        now = self.platform.clock.now()
        upstream = f"p{len(self.platform.journal)}"
        full = {**frame, "upstream": upstream, "sent_ms": now}
        bubble = Bubble(
            who=self.member.where,
            mine=True,
            text=shown,
            at=now,
            upstream=upstream,
            kind=frame["kind"],
            target=frame.get("target", ""),
            act=act,
            frame=full,
        )
        self.platform.journal.append(bubble)
        return bubble


def said(text: str) -> str:
    """Typed words as a transcript writes them: what looks like an act says that it is none."""
    line = " ".join(text.split())
    return f"(text) {line}" if line.startswith(("(", "[")) else line


@cache
def picture() -> bytes:
    """What a phone of the demo takes a photo of: roofs at dusk, as JPEG."""
    image = Image.new("RGB", (320, 200))
    draw = ImageDraw.Draw(image)
    for y in range(200):
        draw.line([(0, y), (320, y)], fill=(40 + y // 2, 52 + y // 3, 96 - y // 6))
    draw.ellipse([(226, 48), (262, 84)], fill=(244, 214, 160))
    roofs = ((0, 120), (46, 92), (98, 132), (150, 104), (206, 140), (262, 112))
    for x, top in roofs:
        draw.rectangle([(x, top), (x + 60, 200)], fill=(24, 26, 40))
        for row in range(top + 12, 190, 22):
            draw.rectangle([(x + 12, row), (x + 20, row + 9)], fill=(238, 190, 110))
            draw.rectangle([(x + 34, row), (x + 42, row + 9)], fill=(58, 60, 78))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
