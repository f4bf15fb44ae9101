"""What the three pages say. Everything is asked of the store or the parts at that moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.base import Channel
from bot.clock import Clock
from bot.sender import Sender
from bot.store import tables as t
from bot.store.migrate import check as check_schema
from bot.store.store import Store, StoreError, get_meta
from bot.web import metrics

QUIET = 30_000  #: ms without a sign of life after which the engine counts as dead
OVERDUE = 60_000  #: ms that a timer may wait; a failing one is put off by a minute each time
ANSWER_WITHIN = 5.0  #: seconds for the store, or a channel, to answer
CHANNEL_KEPT, FAULT_KEPT = 60.0, 5.0  #: seconds that a channel's good or bad answer is kept


class Watched(Protocol):
    """What the pages look at: `bot.app.App`, which this room may not import. `senders` is there
    once it is put together, `ready` once its doors are open."""

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def channels(self) -> Mapping[str, Channel]: ...

    @property
    def senders(self) -> Mapping[str, Sender]: ...

    @property
    def ready(self) -> bool: ...


@dataclass
class Asked:
    """Channels are asked over the network: not at every look, and never two at once."""

    watched: Watched
    kept: dict[str, tuple[float, bool]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def channels(self) -> dict[str, bool]:
        async with self.lock:
            return {name: await self._one(name) for name in self.watched.channels}

    async def _one(self, name: str) -> bool:
        now = self.watched.clock.monotonic()
        until, fine = self.kept.get(name, (0.0, False))
        if name not in self.kept or until < now:
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    fine = not await self.watched.channels[name].check()
            except Exception:
                fine = False
            self.kept[name] = (now + (CHANNEL_KEPT if fine else FAULT_KEPT), fine)
        return fine


def pages(watched: Watched) -> Starlette:
    asked = Asked(watched)

    async def health(_: Request) -> Response:
        return _answer(await _signs_of_life(watched))

    async def ready(_: Request) -> Response:
        return _answer(await _prepared(watched, asked))

    async def numbers(_: Request) -> Response:
        text = await metrics.text(watched.store, watched.senders, watched.clock, watched.ready)
        return Response(text, media_type=metrics.MEDIA_TYPE)

    found = {"/health": health, "/ready": ready, "/metrics": numbers}
    return Starlette(routes=[Route(path, page) for path, page in found.items()])


def _answer(checks: dict[str, bool]) -> Response:
    fine = all(checks.values())
    return JSONResponse({"ok": fine, **checks}, status_code=200 if fine else 503)


async def _signs_of_life(watched: Watched) -> dict[str, bool]:
    """While it starts, being there is enough: settling what fell due can take its time."""
    if not watched.ready:
        return {"process": True}
    try:
        async with asyncio.timeout(ANSWER_WITHIN), watched.store.read() as conn:
            alive = await get_meta(conn, "alive_at")
            earliest = await conn.scalar(select(func.min(t.timers.c.due)))
    except Exception:
        return {"process": True, "store": False}
    now = watched.clock.now()
    beats = alive is None or abs(now - int(alive)) < QUIET
    in_time = earliest is None or now - earliest < OVERDUE
    return {"process": True, "store": True, "engine": beats, "timers": in_time}


async def _prepared(watched: Watched, asked: Asked) -> dict[str, bool]:
    found = {"prepared": watched.ready}
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await check_schema(watched.store)
        found["schema"] = True
    except (StoreError, TimeoutError):
        found["schema"] = False
    return found | await asked.channels()
