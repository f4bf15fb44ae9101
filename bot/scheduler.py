"""When time itself is the event. Due times live in the store; this only looks in time.

APScheduler holds two jobs: one at the earliest due time, replaced when that changes, and a sweep
every second. Both do the same idempotent thing: wake the engine, which claims what is due. The
sweep also leaves a sign of life, from which the next start tells since when nobody was watching,
and notices a wall clock that jumps.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import func, select

from bot.clock import Clock
from bot.store import tables as t
from bot.store.store import Store, get_meta, set_meta

log = structlog.get_logger()

SWEEP_SECONDS = 1
ALIVE_EVERY = 5_000  #: ms between two signs of life
GAP = 30_000  #: ms without a sign of life that count as an outage
JUMP = 2_000  #: ms by which wall and monotonic clock may drift apart between two sweeps
SETTINGS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Scheduler:
    def __init__(self, store: Store, clock: Clock, wake: Callable[[], None]) -> None:
        self.store, self.clock, self.wake = store, clock, wake
        self.jumps = 0
        self._jobs = AsyncIOScheduler(timezone=UTC, job_defaults=SETTINGS)
        self._earliest: int | None = None
        self._alive_at = 0
        self._seen = (clock.now(), clock.monotonic())

    async def outage(self) -> tuple[int, int] | None:
        """From when to when nobody was watching before this start; None when it was brief."""
        async with self.store.read() as conn:
            alive = await get_meta(conn, "alive_at")
        now = self.clock.now()
        if alive is None or now - int(alive) < GAP:
            return None
        return int(alive), now

    def start(self) -> None:
        self._jobs.add_job(self.sweep, "interval", seconds=SWEEP_SECONDS, id="sweep")
        self._jobs.start()

    def stop(self) -> None:
        if self._jobs.running:
            self._jobs.shutdown(wait=False)

    async def look(self) -> int | None:
        """Set the alarm to the earliest due time; returns it (ms), None when nothing waits."""
        async with self.store.read() as conn:
            earliest: int | None = await conn.scalar(select(func.min(t.timers.c.due)))
        if earliest != self._earliest:
            self._earliest = earliest
            self._set_alarm(earliest)
        return earliest

    def _set_alarm(self, earliest: int | None) -> None:
        with contextlib.suppress(JobLookupError):
            self._jobs.remove_job("due")
        if earliest is not None:
            when = datetime.fromtimestamp(max(earliest, self.clock.now()) / 1000, UTC)
            self._jobs.add_job(self._due, DateTrigger(when), id="due", replace_existing=True)

    async def _due(self) -> None:
        self._earliest = None
        self.wake()

    async def sweep(self) -> None:
        self._notice_jump()
        now = self.clock.now()
        if now - self._alive_at >= ALIVE_EVERY or now < self._alive_at:
            self._alive_at = now
            async with self.store.write() as conn:
                await set_meta(conn, "alive_at", str(now))
        self.wake()

    def _notice_jump(self) -> None:
        wall, mono = self.clock.now(), self.clock.monotonic()
        jumped = (wall - self._seen[0]) - int((mono - self._seen[1]) * 1000)
        self._seen = (wall, mono)
        if abs(jumped) > JUMP:
            self.jumps += 1
            self._earliest = None
            log.error("clock_jumped", ms=jumped)
