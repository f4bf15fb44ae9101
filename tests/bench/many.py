"""(c), (d) and (e): a hundred thousand check-ins that run; when some of them fall due.

"Due" is the time that leads to the first alert: the end of the grace. (c) is measured twice, in
the literal reading (spread over one minute) and in a harder one (all of them at one moment).
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tests.bench.house import (
    COORDINATORS,
    FIRST_USER,
    HOUR,
    Bot,
    House,
    Platform,
    bot,
    now,
    platform,
)
from tests.bench.shown import Line, percentile

ACTIVE, DUE = 100_000, 10_000
OVERDUE = 100
SAMPLES = 12
LEAD = 8_000  #: ms from writing the times to the first of them: the process starts meanwhile
PATIENCE = 180.0
ALERT_RANK = 1  #: ranks up to this are the urgent lane

_kept: dict[Path, House] = {}


def _house(folder: Path) -> House:
    """Built once, then wound back: what a run changed is undone by a copy of the database."""
    base = folder.parent / "many"
    if base not in _kept:
        house = _kept[base] = House(base)
        users = range(FIRST_USER, FIRST_USER + ACTIVE)
        house.add_people(COORDINATORS, "coordinator")
        house.add_people(users)
        house.add_asked(users[:DUE], [now() + 20 * HOUR] * DUE)
        house.add_checkins(users[DUE:], now() + 24 * HOUR)
        shutil.copy(house.database, base / "kept.sqlite3")
    house = _kept[base]
    for ending in ("", "-wal", "-shm"):
        Path(f"{house.database}{ending}").unlink(missing_ok=True)
    shutil.copy(base / "kept.sqlite3", house.database)
    return house


def _asked() -> range:
    """Who may fall due: they have phones, or every message to them would be a failure."""
    return range(FIRST_USER, FIRST_USER + DUE)


def _set_due(house: House, times: Sequence[int]) -> None:
    """When the graces end; those beyond `times` stay where they are."""
    rows = [(at, house.person(FIRST_USER + i)) for i, at in enumerate(times)]
    with house.open() as db:
        db.executemany(
            "UPDATE timers SET due = ? WHERE subject = ? AND name = 'grace' AND flow = 'checkin'",
            rows,
        )


# ---------------------------------------------------------------- (c)


def measure_due(folder: Path) -> Iterator[Line]:
    for spread, how in ((0, "all at one moment"), (60_000, "spread over a minute")):
        yield from _fall_due(_house(folder), spread, how)


def _fall_due(house: House, spread: int, how: str) -> Iterator[Line]:
    first = now() + LEAD
    _set_due(house, [first + i * spread // DUE for i in range(DUE)])
    last = first + (DUE - 1) * spread // DUE
    with platform(_asked()) as telegram, bot(house, telegram.url) as running:
        running.ready()
        if now() > first:
            raise RuntimeError("this machine is too slow: raise LEAD")
        claimed, peak = _until_claimed(house, running, last)
        times = [at for chat, _, at in telegram.ask(do="accepted", since=0) if chat in COORDINATORS]
        refused = telegram.ask(do="refused").get("429", 0)
    opened = house.one("SELECT count(*) FROM cases")
    alerts = house.one("SELECT count(*) FROM outbox WHERE rank <= ?", ALERT_RANK)
    yield Line(f"{how}: cases opened", opened, "", at_least=DUE)
    yield Line("  alerts written", alerts, "", at_least=DUE * len(COORDINATORS))
    yield Line("  first alert accepted after its time", (min(times) - first) / 1000, "s", 2.0)
    yield Line("  all claimed and committed after the last due time", claimed, "s", 10.0)
    yield Line("  resident memory, highest", peak, "MB", 300)
    yield Line("  429 answers", refused, "", 0)


def _until_claimed(house: House, running: Bot, last: int) -> tuple[float, float]:
    """Seconds from the last due time until no due timer is left, and the highest memory (MB)."""
    process = psutil.Process(running.process.pid)
    end, peak, claimed = time.monotonic() + PATIENCE, 0.0, None
    with house.open() as db:
        while time.monotonic() < end:
            peak = max(peak, process.memory_info().rss / 1e6)
            at = now()
            waiting = db.execute("SELECT 1 FROM timers WHERE due <= ? LIMIT 1", (last,)).fetchone()
            if claimed is None and waiting is None:
                claimed, end = max(0, at - last) / 1000, time.monotonic() + 3
            time.sleep(0.05)
    if claimed is None:
        raise RuntimeError(f"not all were claimed in {PATIENCE:.0f} s")
    return claimed, peak


# ---------------------------------------------------------------- (d)


def measure_start(folder: Path) -> Iterator[Line]:
    house = _house(folder)
    _set_due(house, [now() - 60_000] * OVERDUE)
    with house.open() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('alive_at', ?)", (str(now() - 600_000),))
    with platform(_asked()) as telegram, house.open() as db:
        start = time.perf_counter()
        with bot(house, telegram.url) as running:
            while not db.execute(
                "SELECT 1 FROM outbox WHERE rank <= ? LIMIT 1", (ALERT_RANK,)
            ).fetchone():
                if time.perf_counter() - start > PATIENCE or running.process.poll() is not None:
                    raise RuntimeError("no claim")
                time.sleep(0.005)
            claimed = time.perf_counter() - start
            running.ready()
            opened = time.perf_counter() - start
    yield Line(f"process start to first claim, {OVERDUE} overdue", claimed, "s", 3.0)
    yield Line("process start until the doors are open", opened, "s")


# ---------------------------------------------------------------- (e)


def measure_idle(folder: Path) -> Iterator[Line]:
    """With the hundred thousand behind it; one person at a time falls due."""
    house = _house(folder)
    first = now() + LEAD
    times = [first + i * 2_370 for i in range(SAMPLES)]
    _set_due(house, times)
    with platform(_asked()) as telegram, bot(house, telegram.url) as running:
        running.ready()
        while now() < times[-1] + 4_000:
            time.sleep(0.2)
        firsts, lasts = _by_person(telegram, times)
    yield Line(f"alerts complete, of {SAMPLES}", len(lasts), "", at_least=SAMPLES)
    yield Line("due time to the first coordinator's acceptance, p50", percentile(firsts, 0.5), "s")
    yield Line("due time to the third coordinator's acceptance, p50", percentile(lasts, 0.5), "s")
    yield Line("due time to the third coordinator's, longest", max(lasts), "s", 1.5)


def _by_person(telegram: Platform, times: Sequence[int]) -> tuple[list[float], list[float]]:
    """Seconds after each due time: the first message to each coordinator that names the person."""
    taken: dict[int, dict[int, float]] = {}
    for chat, text, at in telegram.ask(do="accepted", since=0):
        for i in range(len(times)):
            if chat in COORDINATORS and f"Person {FIRST_USER + i}" in text:
                taken.setdefault(i, {}).setdefault(chat, (at - times[i]) / 1000)
    full = [found.values() for found in taken.values() if len(found) == len(COORDINATORS)]
    return [min(found) for found in full], [max(found) for found in full]
