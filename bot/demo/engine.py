"""Both ends of the engine's process: what runs inside it, and the handle that kills it.

Inside runs the App of bot/app.py with two differences: its channels are simulated phones at the
other end of a wire, and its clock moves when it is told to. It is asked three things:

    clock   move to this time; answered when nothing is left to do then, with the next due time
    frame   something a phone sent; answered when it is committed
    (send)  asked by it: a message for a phone; answered when the phone has it
    (fetch) asked by it: what a phone sent; answered with all of it
"""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select

import bot
from bot import logs
from bot.app import App, assemble
from bot.channels.simulator.remote import Remote
from bot.channels.simulator.wire import Answer, Body, Wire
from bot.clock import ManualClock
from bot.demo import cast
from bot.scheduler import Scheduler
from bot.store import tables as t

LOG = "engine.log"
LOOK_EVERY = 0.01  #: seconds between two looks whether everything is done
PATIENCE = 20.0  #: seconds after which a time counts as done although something is left


class EngineFailed(Exception):
    """The engine ended although nobody killed it; with the last lines of its log."""


# ---------------------------------------------------------------- inside


class OtherPeoplesClock(Scheduler):
    """Sets no alarm: the clock moves only when it is told to, and whoever moves it wakes us."""

    def _set_alarm(self, earliest: int | None) -> None:
        return None


class Inside:
    def __init__(self, folder: Path, wire: Wire, now: int) -> None:
        self.clock = ManualClock(now)
        self.channels = {name: Remote(name, wire) for name in ("telegram", "signal")}
        given = list(self.channels.values())
        self.app: App = assemble(cast.settings(folder), self.clock, lambda _s, _c: given)
        self.app.scheduler = OtherPeoplesClock(self.app.store, self.clock, self.app.wake)

    async def answer(self, what: str, body: Body) -> Mapping[str, Any]:
        match what:
            case "clock":
                return await self._move(int(body["ms"]))
            case "frame":
                await self.channels[body["channel"]].arrived(body)
                return {"committed": True}
        raise ValueError(what)

    async def _move(self, ms: int) -> Mapping[str, Any]:
        await until(self._ready)
        self.clock.set(max(ms, self.clock.now()))
        # Leaves a sign of life as well: the hour that was jumped over was watched.
        await self.app.scheduler.sweep()
        for sender in self.app.senders.values():
            sender.wake()
        await until(self._quiet)
        return {"done": self.clock.now(), "next": await self._next()}

    async def _ready(self) -> bool:
        return self.app.ready

    async def _quiet(self) -> bool:
        """Nothing is left that should have happened by now."""
        now = self.clock.now()
        out = t.outbox.c
        queries = (
            select(func.count(t.inbox.c.seq)).where(t.inbox.c.state == "waiting"),
            select(func.count(t.timers.c.name)).where(t.timers.c.due <= now),
            select(func.count(out.seq)).where(out.state == "waiting", out.next_at <= now),
        )
        if await self.app.rehearse_once():
            return False
        async with self.app.store.read() as conn:
            return not any([await conn.scalar(query) for query in queries])

    async def _next(self) -> int | None:
        waiting = t.outbox.c.state == "waiting"
        async with self.app.store.read() as conn:
            due = await conn.scalar(select(func.min(t.timers.c.due)))
            again = await conn.scalar(select(func.min(t.outbox.c.next_at)).where(waiting))
        rehearsed = await self.app.halls.due()
        return min((x for x in (due, again, rehearsed) if x is not None), default=None)


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Until it is, or until nobody can wait any longer."""
    for _ in range(int(PATIENCE / LOOK_EVERY)):
        if await done():
            return
        await asyncio.sleep(LOOK_EVERY)


async def _life(folder: Path, end: int, now: int) -> None:
    wire = await Wire.on(socket.socket(fileno=end))
    inside = Inside(folder, wire, now)
    running = asyncio.create_task(inside.app.run())
    serving = asyncio.create_task(wire.serve(inside.answer))
    try:
        done, _ = await asyncio.wait({running, serving}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        running.cancel()
        serving.cancel()
        await asyncio.gather(running, serving, return_exceptions=True)
        await inside.app.close()


def main(folder: Path, end: int, now: int) -> int:
    """The engine's process, until the phones are gone. `end`: the wire's file descriptor."""
    logs.setup()
    asyncio.run(_life(folder, end, now))
    return 0


# ---------------------------------------------------------------- the handle


class Engine:
    """A running engine. Every ask raises ConnectionError once it is dead."""

    def __init__(
        self, folder: Path, process: asyncio.subprocess.Process, wire: Wire, answer: Answer
    ) -> None:
        self.folder, self.process, self.wire = folder, process, wire
        self.killed = False
        self._serving = asyncio.create_task(wire.serve(answer))

    @classmethod
    async def start(cls, folder: Path, now: int, answer: Answer) -> Self:
        ours, theirs = socket.socketpair()
        with theirs, (folder / LOG).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot.demo", "engine", str(folder), str(theirs.fileno()), str(now)),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        return cls(folder, process, await Wire.on(ours), answer)

    async def to(self, ms: int) -> int | None:
        """Everything due by then has happened when this returns; when something is due next."""
        found: int | None = (await self.wire.ask("clock", {"ms": ms}))["next"]
        return found

    def strike(self) -> None:
        """SIGKILL, now, and once. Nothing in there gets to run any more.

        Never twice: `Popen.kill` polls, so a second one can take the dead process's status away
        from asyncio's own waiter, which then says so on stderr.
        """
        if not self.killed and self.process.returncode is None:
            self.process.kill()
        self.killed = True

    async def gone(self) -> None:
        """Wait for its end. Raises EngineFailed when nobody had killed it."""
        await self.process.wait()
        await self._serving
        if not self.killed:
            text = (self.folder / LOG).read_text("utf-8", "replace")
            last = "\n".join(text.splitlines()[-12:])
            raise EngineFailed(f"the engine ended by itself. Its last words:\n{last}")


def environment() -> dict[str, str]:
    """For processes of the demo: the settings of this machine's own Onbelay stay out."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ONBELAY_")}
    here = str(Path(bot.__file__).parents[1])
    path = os.pathsep.join(p for p in (here, kept.get("PYTHONPATH", "")) if p)
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1"}
