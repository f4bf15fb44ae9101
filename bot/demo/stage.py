"""Phones, engine and clock together: what can happen in the demo, whoever makes it happen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.channels.base import Attachment, Receive, Retry, SendError
from bot.channels.simulator.remote import failed, fetched, frame_body, outgoing
from bot.channels.simulator.wire import Body
from bot.clock import ManualClock
from bot.demo import cast
from bot.demo.engine import Engine, EngineFailed
from bot.demo.phones import Bubble, Handset, Happened, Platform, What
from bot.store import tables as t
from bot.store.store import Store

MOST = 50 << 20  #: bytes of a file that goes over the wire
BUTTONS = {"telegram": True, "signal": False}


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is still open, as the store has it."""

    id: str
    kind: str
    phase: str
    state: str
    about: str
    by: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store says; the engine may be dead. People by their names in small letters."""

    waiting: Mapping[str, int]
    cases: tuple[Case, ...]
    on_duty: frozenset[str]


class Stage:
    def __init__(self, folder: Path, begin: int) -> None:
        self.folder, self.begin = folder, begin
        self.clock = ManualClock(begin)
        self.journal: list[Bubble] = []
        self.log: list[Happened] = []
        self.platforms = {
            name: Platform(name, self.clock, buttons, self.journal, self.log)
            for name, buttons in BUTTONS.items()
        }
        self.phones = {member.where: self._handset(member) for member in cast.CAST}
        self.engine: Engine | None = None
        #: When something is due next, as far as the engine said when it was asked last.
        self.due: int | None = None
        #: The engine dies at the moment when the next message is on a phone.
        self.dies_at_next = False
        #: Called while time goes by, so that what lands can be shown as it lands.
        self.landed: Callable[[], None] = lambda: None
        self.store = Store.open(cast.settings(folder).async_database_url)

    def _handset(self, member: cast.Member) -> Handset:
        platform = self.platforms[member.channel]
        return Handset(member, platform.phone(member.where), platform)

    # ------------------------------------------------------------ the engine's life

    async def start(self) -> None:
        """A fresh process on the same store; then the phones try again what waits."""
        self.engine = await Engine.start(self.folder, self.clock.now(), self._answer)
        for name, platform in self.platforms.items():
            platform.attach(self._door(name, self.engine))
        self._note(What.STARTED)
        await self._ask_time()
        await self.settle()

    def alive(self) -> bool:
        return self.engine is not None

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self.engine is not None:
            self.engine.strike()
            await self._gone(self.engine)

    async def _gone(self, engine: Engine) -> None:
        self.engine, self.dies_at_next, self.due = None, False, None
        self._note(What.KILLED)
        for platform in self.platforms.values():
            platform.detach()
        await engine.gone()

    async def close(self) -> None:
        await self.kill()
        await self.store.close()

    def _note(self, what: What, words: str = "") -> None:
        self.log.append(Happened(self.now, what, words=words))

    def _door(self, channel: str, engine: Engine) -> Receive:
        async def receive(frames: Any, _cursor: str | None) -> None:
            for frame in frames:
                await engine.wire.ask("frame", frame_body(channel, frame))

        return receive

    async def _answer(self, what: str, body: Body) -> Mapping[str, Any]:
        """The engine sends something to a phone, or fetches what one sent."""
        platform = self.platforms[body["channel"]]
        try:
            if what == "fetch":
                return await fetched(platform.fetch(Attachment(**body["file"]), MOST))
            upstream = await platform.send(outgoing(body["out"]))
        except SendError as error:
            return failed(error)
        self.landed()
        if self.dies_at_next and self.engine is not None:
            # The phone has it, and the engine never learns that it has: it comes again, and only
            # then is it told of.
            if self.log[-1].what is What.LANDED:
                self.log.pop()
            self.engine.strike()
            await asyncio.Event().wait()
        return {"accepted": True, "upstream": upstream}

    # ------------------------------------------------------------ faults

    async def offline(self, who: str, there: bool) -> None:
        """A phone without a connection, or (`there` False) with one again."""
        platform = self.phones[who].platform
        if there:
            platform.offline.add(who)
            return
        platform.online(who)
        await self.settle()

    async def down(self, channel: str, is_down: bool) -> None:
        """A platform takes nothing, from nobody; or it does again."""
        self.platforms[channel].down = Retry("down") if is_down else None
        self._note(What.FAULT, f"{channel} {'down' if is_down else 'none'}")
        await self.settle()

    def shown(self) -> list[Handset]:
        """The phones that are looked at; officers' once something has come to them."""
        phones = self.phones.values()
        return [each for each in phones if each.member.role != "officer" or each.bubbles]

    # ------------------------------------------------------------ time

    @property
    def now(self) -> int:
        return self.clock.now()

    async def to(self, ms: int) -> None:
        """Time goes by, and stops wherever something falls due. It stops for good when the engine
        dies on the way; while it is dead, time goes by and nobody watches."""
        while self.alive():
            due = await self._ask_time()
            if not self.alive():
                return
            if due is None or due > ms:
                break
            self.clock.set(max(due, self.now + 1))
        self.clock.set(max(ms, self.now))
        await self._ask_time()

    async def settle(self) -> None:
        """Phones send what waits, one message after the other, and all that follows from it now
        happens."""
        for phone in self.phones.values():
            while await phone.deliver():
                await self._ask_time()
        await self._ask_time()

    async def _ask_time(self) -> int | None:
        """Tell the engine what time it is; when it is due next. Notices its death."""
        engine = self.engine
        if engine is None:
            return None
        try:
            self.due = await engine.to(self.now)
        except ConnectionError:
            await self._gone(engine)
        return self.due

    # ------------------------------------------------------------ what is so

    async def counts(self) -> tuple[int, int]:
        """(waiting to be sent and due, cases that are open)."""
        out, cases = t.outbox.c, t.cases.c
        async with self.store.read() as conn:
            waiting = await conn.scalar(
                select(func.count(out.seq)).where(out.state == "waiting", out.next_at <= self.now)
            )
            still_open = await conn.scalar(
                select(func.count(cases.id)).where(cases.state != "closed")
            )
        return int(waiting or 0), int(still_open or 0)

    async def seen(self) -> Seen:
        out, cases, persons = t.outbox.c, t.cases.c, t.persons.c
        waiting = select(out.channel, func.count(out.seq)).where(out.state == "waiting")
        still_open = select(t.cases).where(cases.state != "closed").order_by(cases.opened_at)
        async with self.store.read() as conn:
            counted = (await conn.execute(waiting.group_by(out.channel))).all()
            found = (await conn.execute(still_open)).all()
            everybody = (await conn.execute(select(t.persons).order_by(persons.created_at))).all()
        # They came in the order of the cast.
        names = {p.id: who for p, who in zip(everybody, self.phones, strict=False)}
        return Seen(
            waiting=dict.fromkeys(BUTTONS, 0) | dict(counted),
            cases=tuple(
                Case(
                    id=case.id,
                    kind=case.kind,
                    phase=case.phase,
                    state=case.state,
                    about=names.get(case.person_id, ""),
                    by=names.get(case.acknowledged_by, ""),
                )
                for case in found
            ),
            on_duty=frozenset(names[p.id] for p in everybody if p.on_duty and p.id in names),
        )


def shown_time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M}"


@asynccontextmanager
async def opened(folder: Path, begin: int = 0) -> AsyncIterator[Stage]:
    """Everybody in place, the engine running. Nothing of it is left running afterwards."""
    begin = begin or cast.noon()
    await cast.install(folder, begin)
    stage = Stage(folder, begin)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.close()


__all__ = ["EngineFailed", "Stage", "opened", "shown_time"]
