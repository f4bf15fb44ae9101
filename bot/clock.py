"""The one clock. Made in app.py, handed to whoever needs it; flows never see it, only `event.at`.

Two kinds of time, as in the real world: `now` is the wall (UTC milliseconds; it may jump when
somebody sets it), `monotonic` only ever goes forward and is what waiting is measured in.
"""

import asyncio
import heapq
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the bot may know about time."""

    def now(self) -> int:
        """UTC milliseconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Seconds since whenever; for measuring and pacing only."""
        ...

    async def sleep(self, seconds: float) -> None:
        """At least `seconds`; zero or less gives way to other tasks once."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class ManualClock:
    """Virtual time for tests and the demo: it moves only when told to, from any thread.

    Sleepers wake in the order of their times, each once, however far the clock is moved; like a
    machine that was asleep, they find themselves late.
    """

    def __init__(self, start_ms: int) -> None:
        self._lock = threading.Lock()
        self._passed = 0  # ms, monotonic
        self._offset = start_ms  # the wall's distance from it
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> int:
        return self._offset + self._passed

    def monotonic(self) -> float:
        return self._passed / 1000

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        with self._lock:
            self._count += 1
            due = self._passed + seconds * 1000
            heapq.heappush(self._sleepers, (due, self._count, waiting))
        await waiting

    def advance(self, ms: int) -> None:
        """`ms` go by on wall and monotonic clock alike."""
        if ms < 0:
            raise ValueError("time doesn't go back; `jump` sets the wall clock only")
        with self._lock:
            self._passed += ms
            woken = self._due()
        for sleeper in woken:
            _wake(sleeper)

    def set(self, ms: int) -> None:
        """Time goes by until the wall shows `ms`."""
        self.advance(ms - self.now())

    def jump(self, ms: int) -> None:
        """Somebody sets the wall clock `ms` ahead (or back): no time goes by, nobody wakes."""
        self._offset += ms

    def next_wake(self) -> int | None:
        """The wall time at which the next sleeper wakes; None when nobody sleeps."""
        with self._lock:
            due = [due for due, _, waiting in self._sleepers if not waiting.done()]
            return self._offset + round(min(due)) if due else None

    def _due(self) -> list[asyncio.Future[None]]:
        woken = []
        while self._sleepers and self._sleepers[0][0] <= self._passed:
            woken.append(heapq.heappop(self._sleepers)[2])
        return woken


def _wake(sleeper: asyncio.Future[None]) -> None:
    loop = sleeper.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_finish, sleeper)


def _finish(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():  # cancelled meanwhile
        sleeper.set_result(None)
