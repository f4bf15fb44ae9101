"""The phones: what was typed on them, what was sent to them, what still waits to get through."""

import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import Outgoing
from bot.channels.simulator.client import Phone, Simulator
from bot.channels.simulator.wire import Undone
from bot.clock import Clock
from bot.demo.cast import Member
from bot.outbox import URGENT_RANKS

CASE = re.compile(r"#([2-9A-HJKMNP-Z]{4,6})\b")
#: Direction marks around inserted values: terminals show them as boxes, or not at all.
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))


#: The smallest photo there is: one white pixel, as PNG.
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


@dataclass
class Bubble:
    """One message on a screen. `mine`: typed on this phone. `at`: when (virtual ms)."""

    who: str
    mine: bool
    text: str
    at: int
    upstream: str = ""
    urgent: bool = False
    buttons: tuple[tuple[str, str], ...] = ()
    #: What is sent, until somebody has taken it; None from then on.
    frame: dict[str, Any] | None = None
    #: Somebody has tried in vain to send it.
    held: bool = False
    #: When it got through, if that was not at the first try.
    late: int | None = None
    deleted: bool = False

    @property
    def waits(self) -> bool:
        return self.frame is not None


class Platform(Simulator):
    """A platform whose phones keep everything that stands on their screens."""

    def __init__(self, name: str, clock: Clock, buttons: bool, journal: list[Bubble]) -> None:
        super().__init__(name, clock, buttons)
        self.journal = journal

    async def send(self, out: Outgoing) -> str:
        upstream = await super().send(out)
        if out.kind == "redact":
            for bubble in self.journal:
                bubble.deleted |= bubble.who == out.where and bubble.upstream == out.target
            return upstream
        shown = self.phones[out.where].shown[-1]
        text = f"({shown.file.name}) {shown.text}".strip() if shown.file else shown.text
        self.journal.append(
            Bubble(
                out.where,
                False,
                text.translate(ISOLATES),
                self.clock.now(),
                upstream,
                out.rank < URGENT_RANKS,
                shown.buttons,
            )
        )
        return upstream


@dataclass
class Handset:
    """One person's phone, and the hand that holds it."""

    member: Member
    phone: Phone
    journal: list[Bubble] = field(repr=False)

    @property
    def bubbles(self) -> list[Bubble]:
        return [b for b in self.journal if b.who == self.member.where]

    @property
    def case(self) -> str:
        """The id of the case that was written about last, or ""."""
        found = [c for b in self.bubbles if not b.mine for c in CASE.findall(b.text)]
        return found[-1] if found else ""

    def types(self, text: str) -> Bubble:
        """A number presses the button that carries it, where there are buttons."""
        asked = next((b for b in reversed(self.bubbles) if b.buttons), None)
        if asked and text.isdecimal() and 1 <= int(text) <= len(asked.buttons):
            label, data = asked.buttons[int(text) - 1]
            return self._out(f"[{label}]", kind="choice", data=data, target=asked.upstream)
        return self._out(text, kind="text", text=text)

    def reacts(self, emoji: str) -> Bubble:
        return self._out(f"({emoji})", kind="reaction", emoji=emoji, target=self._last())

    def replies(self, text: str) -> Bubble:
        """Quotes the last message that was sent to this phone."""
        return self._out(f"(reply) {text}", kind="text", text=text, target=self._last())

    def locates(self, lat: float, lon: float) -> Bubble:
        return self._out(f"(place {lat} {lon})", kind="location", lat=lat, lon=lon)

    def photographs(self) -> Bubble:
        kept = self.phone.simulator.keep("image/png", PIXEL)
        return self._out("(photo)", kind="media", note="photo", files=[kept])

    async def deliver(self) -> None:
        """Try what waits, in its order. What nobody takes goes on waiting."""
        waiting = [b for b in self.bubbles if b.waits]
        try:
            for bubble in waiting:
                await self.phone.simulator.put(self.phone, bubble.frame or {})
                bubble.frame = None
                bubble.late = self.phone.simulator.clock.now() if bubble.held else None
        except (ConnectionError, Undone):
            for bubble in waiting:
                bubble.held |= bubble.waits

    def _last(self) -> str:
        return next((b.upstream for b in reversed(self.bubbles) if not b.mine), "")

    def _out(self, shown: str, **frame: Any) -> Bubble:
        """The frame carries its own id and time: sent again, it is the same message."""
        now = self.phone.simulator.clock.now()
        upstream = f"p{len(self.journal)}"
        full = {**frame, "upstream": upstream, "sent_ms": now}
        bubble = Bubble(self.member.where, True, shown, now, upstream, frame=full)
        self.journal.append(bubble)
        return bubble
