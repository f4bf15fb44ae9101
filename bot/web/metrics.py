"""The numbers, from the store as it is when they are asked for. Counts and seconds only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.outbox import URGENT_RANKS
from bot.sender import Sender
from bot.store import tables as t
from bot.store.store import Store, get_meta
from flows.engine.model import PHASES, Lane

MEDIA_TYPE = CONTENT_TYPE_LATEST
#: Half of all cases; four in five; all but what a rare bad night brings.
QUANTILES = (0.5, 0.8, 0.985)
RECENT = 10_000  #: acknowledged cases that the quantiles look at

Gauge = tuple[str, str, Sequence[str], Iterable[tuple[Sequence[str], float]]]


class Snapshot(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, meaning, labels, values in self._gauges:
            family = GaugeMetricFamily(f"onbelay_{name}", meaning, labels=labels)
            for label, value in values:
                family.add_metric(label, value)
            yield family


async def text(store: Store, senders: Mapping[str, Sender], clock: Clock, ready: bool) -> bytes:
    now = clock.now()
    async with store.read() as conn:
        gauges = [
            *await _queues(conn, now),
            *await _time(conn, now),
            *await _cases(conn),
        ]
    gauges += [_one("ready", "1 once the engine is prepared.", float(ready)), *_holds(senders)]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Snapshot(gauges))
    return generate_latest(registry)


def _one(name: str, meaning: str, value: float) -> Gauge:
    return (name, meaning, (), [((), value)])


async def _count(conn: AsyncConnection, *where: ColumnElement[bool]) -> float:
    return float(await conn.scalar(select(func.count()).where(*where)) or 0)


async def _queues(conn: AsyncConnection, now: int) -> list[Gauge]:
    box, out = t.inbox.c, t.outbox.c
    real, waits = out.drill == "", out.state == "waiting"
    grouped = await conn.execute(
        select(out.channel, out.rank, func.count())
        .where(waits, real)
        .group_by(out.channel, out.rank)
    )
    waiting: dict[tuple[str, str], float] = {}
    for channel, rank, n in grouped:
        key = (channel, Lane(min(rank // 2, max(Lane))).name.lower())
        waiting[key] = waiting.get(key, 0) + n
    oldest = await conn.scalar(
        select(func.min(out.created_at)).where(waits, real, out.rank < URGENT_RANKS)
    )
    return [
        _one(
            "inbox_waiting",
            "Messages received and not yet handled.",
            await _count(conn, box.state == "waiting"),
        ),
        _one(
            "inbox_aside",
            "Messages set aside after an error.",
            await _count(conn, box.state == "aside"),
        ),
        (
            "outbox_waiting",
            "Messages not yet accepted by their platform.",
            ("channel", "lane"),
            sorted(waiting.items()),
        ),
        _one(
            "outbox_oldest_urgent_seconds",
            "Age of the oldest urgent message that still waits; 0 when none does.",
            _seconds(now, oldest),
        ),
        _one(
            "outbox_failed",
            "Messages that their platform refused for good.",
            await _count(conn, out.state == "failed", real),
        ),
        _one(
            "outbox_challenged",
            "Messages, also of drills, held back because a platform demands a challenge.",
            await _count(conn, waits, out.error == "challenge"),
        ),
        _one(
            "drills_waiting",
            "Messages of drills not yet accepted by their platform; in no figure above.",
            await _count(conn, waits, ~real),
        ),
    ]


async def _time(conn: AsyncConnection, now: int) -> list[Gauge]:
    due = t.timers.c.due
    alive = await get_meta(conn, "alive_at")
    earliest = await conn.scalar(select(func.min(due)))
    return [
        _one("timers", "Timers that are set.", await _count(conn, due.is_not(None))),
        _one("timers_due", "Timers that are due.", await _count(conn, due <= now)),
        _one(
            "timers_late_seconds",
            "How late the earliest timer is; 0 when none is due.",
            _seconds(now, earliest),
        ),
        _one(
            "alive_seconds",
            "Seconds since the engine's last sign of life.",
            _seconds(now, int(alive) if alive else None),
        ),
    ]


async def _cases(conn: AsyncConnection) -> list[Gauge]:
    c = t.cases.c
    grouped = await conn.execute(
        select(c.phase, c.state, func.count()).where(c.state != "closed").group_by(c.phase, c.state)
    )
    found = {(phase, state): float(n) for phase, state, n in grouped}
    every = [(str(p), s) for p in PHASES for s in ("open", "acknowledged")]
    answered = await conn.execute(
        select(c.acknowledged_at - c.opened_at)
        .where(c.acknowledged_at.is_not(None))
        .order_by(c.opened_at.desc())
        .limit(RECENT)
    )
    took = sorted(row[0] / 1000 for row in answered)
    return [
        (
            "cases_open",
            "Cases that are not closed.",
            ("phase", "state"),
            [(key, found.get(key, 0.0)) for key in every],
        ),
        (
            "acknowledgement_seconds",
            "From a case's opening until somebody took it.",
            ("quantile",),
            [((f"{q:g}",), quantile(took, q)) for q in QUANTILES if took],
        ),
        _one("acknowledgements", "Cases that these seconds were taken from.", len(took)),
    ]


def quantile(ordered: Sequence[float], q: float) -> float:
    """The smallest value that at least `q` of all do not exceed."""
    index = -(-len(ordered) * q // 1)
    return ordered[max(0, int(index) - 1)]


def _holds(senders: Mapping[str, Sender]) -> list[Gauge]:
    platforms: list[tuple[Sequence[str], float]] = []
    chats: list[tuple[Sequence[str], float]] = []
    for name, sender in senders.items():
        now = sender.clock.monotonic()
        platforms.append(((name,), max(0.0, sender.holds.platform - now)))
        chats.append(((name,), float(sum(at > now for at in sender.holds.chats.values()))))
    return [
        (
            "channel_held_seconds",
            "How long a whole platform is still left alone (its limit, or a challenge).",
            ("channel",),
            platforms,
        ),
        ("chats_held", "Chats that are left alone for now.", ("channel",), chats),
    ]


def _seconds(now: int, since: Any) -> float:
    return max(0.0, (now - since) / 1000) if since is not None else 0.0
