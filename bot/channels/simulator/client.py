"""Phones in this process. One `Simulator` stands for one platform ("telegram" or "signal").

A phone sends through `receive`, like any client; what is sent to it lands in `Phone.shown`. Its
files lie with the platform, as real ones do, until they are fetched or forgotten.
Faults can be injected: a phone that is offline, a blocked bot, a platform that is down, one that
gives no files.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import (
    Attachment,
    Challenge,
    File,
    Frame,
    Limits,
    Menu,
    Outgoing,
    Reason,
    Receive,
    Refused,
    Retry,
    SendError,
)
from bot.channels.files import PIECE, within
from bot.channels.simulator.parse import parse
from bot.channels.simulator.render import numbered
from bot.clock import Clock

#: What a file is, by the first half of its type.
SHAPES = {"image": "photo", "video": "video", "audio": "audio"}

UNLIMITED = Limits(per_second=1e6, burst=1_000_000, reserve=0, per_chat=0.0, max_text=4096)


@dataclass(frozen=True)
class Shown:
    """A message on a phone's screen. `buttons`: (label, data)."""

    upstream: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    silent: bool = False
    file: File | None = None


@dataclass
class Phone:
    """`where` is what the platform calls this account."""

    where: str
    simulator: "Simulator"
    number: str = ""
    shown: list[Shown] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    #: What `send` raises for this phone; None: it arrives.
    fault: SendError | None = None

    async def send(self, text: str, **more: Any) -> str:
        return await self.simulator.put(self, {"kind": "text", "text": text, **more})

    async def press(self, shown: Shown, index: int) -> str:
        data = shown.buttons[index][1]
        return await self.simulator.put(
            self, {"kind": "choice", "data": data, "target": shown.upstream}
        )

    async def locate(self, lat: float, lon: float, **more: Any) -> str:
        return await self.simulator.put(self, {"kind": "location", "lat": lat, "lon": lon, **more})

    async def react(self, shown: Shown, emoji: str) -> str:
        return await self.simulator.put(
            self, {"kind": "reaction", "emoji": emoji, "target": shown.upstream}
        )

    async def media(
        self, note: str = "photo", files: Sequence[tuple[str, bytes]] = (), **more: Any
    ) -> str:
        """`files`: (type, bytes) of each."""
        kept = [self.simulator.keep(mime, body, note) for mime, body in files]
        return await self.simulator.put(
            self, {"kind": "media", "note": note, "files": kept, **more}
        )


class Simulator:
    limits = UNLIMITED

    def __init__(self, name: str, clock: Clock, buttons: bool = True) -> None:
        self.name, self.clock, self.buttons = name, clock, buttons
        self.phones: dict[str, Phone] = {}
        #: Called with each message as it lands: (phone, message).
        self.landed: Callable[[Phone, Shown], None] = lambda _phone, _shown: None
        self.down: SendError | None = None
        #: Bytes of what phones sent, by ref. Take one away: it is gone.
        self.files: dict[str, bytes] = {}
        #: Refs that the engine asked to delete.
        self.forgotten: set[str] = set()
        #: What `fetch` raises, after half of the file; None: all of it comes.
        self.torn: SendError | None = None
        self._receive: Receive | None = None
        self._count = 0
        self._refs = itertools.count(1)

    def phone(self, where: str, number: str = "") -> Phone:
        return self.phones.setdefault(where, Phone(where, self, number))

    def attach(self, receive: Receive) -> None:
        """Deliver to this engine from now on (a fresh one after a restart)."""
        self._receive = receive

    def detach(self) -> None:
        """The engine is gone: what phones send stays with them."""
        self._receive = None

    async def put(self, phone: Phone, frame: dict[str, Any]) -> str:
        """Commits like the real clients; raises when the engine is not there."""
        if self._receive is None:
            raise ConnectionError("nobody listens")
        self._count += 1
        upstream = str(self._count)
        sent = {"sent_ms": self.clock.now(), "upstream": upstream}
        full = {**sent, **frame, "where": phone.where, "number": phone.number}
        raw = json.dumps(full).encode()
        hint = str(frame.get("text", ""))[:200]
        key = (self.name, phone.where, full["upstream"], full["kind"])
        await self._receive([Frame(raw, key, phone.where, hint)], None)
        return str(full["upstream"])

    def keep(self, mime: str, body: bytes, note: str = "") -> dict[str, Any]:
        """A file that a phone is about to send; how its frame describes it."""
        ref = f"{self.name}-file-{next(self._refs)}"
        self.files[ref] = body
        shape = "voice" if note == "voice" else SHAPES.get(mime.partition("/")[0], "document")
        return {"ref": ref, "kind": shape, "mime": mime, "size": len(body)}

    async def run(self, receive: Receive, cursor: str | None) -> None:
        self.attach(receive)
        await asyncio.Event().wait()

    def parse(self, raw: bytes) -> Any:
        return parse(raw)

    async def send(self, out: Outgoing) -> str:
        if self.down is not None:
            raise self.down
        phone = self.phones.get(out.where)
        if phone is None:
            raise Refused(Reason.GONE)
        if phone.fault is not None:
            raise phone.fault
        if out.kind == "redact":
            phone.deleted.add(out.target)
            return ""
        self._count += 1
        buttons = tuple((b.label, b.data) for b in out.buttons) if self.buttons else ()
        text = out.text if self.buttons else numbered(out)
        shown = Shown(str(self._count), text, buttons, out.silent, out.file)
        phone.shown.append(shown)
        self.landed(phone, shown)
        return shown.upstream

    def fetch(self, attachment: Attachment, most: int) -> AsyncGenerator[bytes, None]:
        return within(self._pieces(attachment.ref), most)

    async def forget(self, attachment: Attachment) -> None:
        self.forgotten.add(attachment.ref)

    async def _pieces(self, ref: str) -> AsyncGenerator[bytes, None]:
        if self.down is not None:
            raise self.down
        body = self.files.get(ref)
        if body is None:
            raise Refused(Reason.REJECTED, "gone")
        if self.torn is not None:
            yield body[: len(body) // 2]
            raise self.torn
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]

    async def check(self) -> list[str]:
        return []

    async def commands(self, menus: Sequence[Menu]) -> None:
        return None

    async def invite_link(self, code: str) -> str:
        return f"/start {code}"

    async def close(self) -> None:
        self.detach()


__all__ = ["Challenge", "Phone", "Retry", "Shown", "Simulator"]
