"""What was withdrawn, paid, or is long over can't be read: not here, not in a copy made before."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.record.kept import FIGURES, read_figures
from bot.store import tables as t
from tests import test_fund_desk as fund
from tests import test_records as attacks
from tests.readable import everything, readable
from tests.world import Crash, Player, World, world

HOUR = 3_600_000
DAY = 24 * HOUR
REQUEST = "F7K2QM"
BURN = "burn it"  #: of what is asked for in tests/applications.py


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", fund.CONFIG) as made:
        for player in (*fund.PEOPLE, Player("Omar", "coordinator", ("signal",), duty=True)):
            await made.add(Player(player.name, player.role, player.channels))
        yield made


async def purged(here: World, ms: int = 0) -> None:
    """`ms` go by, in which nothing else is done; then retention is enforced, as the engine does."""
    assert here.app is not None
    here.clock.advance(ms)
    await here.app.enforce_retention()


async def said(here: World) -> str:
    assert here.app is not None
    return await everything(here.app.store, here.app.vault)


async def table(here: World, name: str) -> list[dict[str, Any]]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return [dict(r._mapping) for r in await conn.execute(select(t.metadata.tables[name]))]


async def back_again(here: World, copy: Path) -> None:
    """The database is as it was when the copy was made; the key ring is today's."""
    await here.stop()
    for path in here.folder.glob("world.sqlite3*"):
        path.unlink()
    shutil.copy(copy, here.folder / "world.sqlite3")
    await here.start()


def copied(here: World) -> Path:
    copy = here.folder / "copy.sqlite3"
    with sqlite3.connect(here.folder / "world.sqlite3") as db, sqlite3.connect(copy) as to:
        db.backup(to)
    return copy


async def withdrawn(here: World) -> None:
    await fund.applied(here)
    await here.says("Amina", "status")
    for label in (f"#{REQUEST}", "Withdraw it", "Yes, delete everything"):
        await here.presses("Amina", label)


# ---------------------------------------------------------------- requests that are long over


async def test_a_request_that_ended_is_purged_with_its_key_after_its_time(here: World) -> None:
    assert here.app is not None
    await fund.applied(here)
    copy = copied(here)
    async with here.app.store.write() as conn:
        ended = {"state": "closed", "ended_at": here.clock.now()}
        await conn.execute(t.applications.update().values(ended))
        code = {"kind": "status", "role": "", "lang": "", "person_id": REQUEST, "used_at": None}
        until = here.clock.now() + 500 * DAY
        await conn.execute(t.codes.insert().values(hash="h", expires_at=until, **code))
    await purged(here, 400 * DAY)
    assert BURN in await said(here)
    await purged(here, 1)
    assert REQUEST not in await said(here)
    for name in ("applications", "case_log", "attachments", "codes", "forgotten"):
        assert await here.count(name) == 0, name
    assert await here.count("instances", flow="application") == 0
    assert await here.count("timers", flow="application") == 0
    await back_again(here, copy)
    assert BURN not in await said(here)


async def test_an_open_request_is_kept_however_old(here: World) -> None:
    await fund.applied(here)
    await purged(here, 3000 * DAY)
    assert BURN in await said(here)


async def test_that_one_was_withdrawn_is_forgotten_in_time(here: World) -> None:
    await withdrawn(here)
    await purged(here, 400 * DAY)
    assert await here.count("applications", state="withdrawn") == 1
    await purged(here, 1)
    assert await here.count("applications") == 0
    assert await here.count("instances", flow="application") == 0


# ---------------------------------------------------------------- reports that are old


async def test_of_an_old_report_only_what_is_counted_stays(here: World) -> None:
    assert here.app is not None
    name = await attacks.report(here, "Omar", attacks.JPEG)
    copy = copied(here)
    await purged(here, 730 * DAY)
    assert await here.count("records") == 1
    await purged(here, 1)
    for gone in ("records", "attachments", "record_log"):
        assert await here.count(gone) == 0, gone
    assert await here.count("instances", flow="record") == 0
    (row,) = await table(here, "old_records")
    left = read_figures(here.app.vault, row)
    assert left is not None
    assert (left.cls, left.kinds, left.country) == ("other_harmful_act", ("assault",), "KE")
    assert (left.when, left.gender, left.state) == ("2026-11", "woman", "reported")
    assert (left.city, left.evidence, left.journalist, left.reported_at) == ("", (), "", 0)
    kept = json.loads(here.app.vault.open("old records", row["sealed"], "figures"))
    assert set(kept) == set(FIGURES)
    everywhere = "\n".join(str(value) for value in kept.values()) + row["id"]
    assert not any(word in everywhere for word in ("camera", "Mombasa", name))
    await here.app.keeper.tidy()
    assert not list(here.app.keeper.folder.names())
    await back_again(here, copy)
    assert here.app is not None
    left_over = await readable(here.app.store, here.app.vault)
    assert attacks.WORDS in left_over.pop("inbox")
    assert not any(attacks.WORDS in told for told in left_over.values())


async def test_a_withdrawn_report_is_not_counted_when_it_is_old(here: World) -> None:
    await attacks.report(here, "Omar")
    await attacks.types(here, "report", "2", "1", who="Omar")
    assert await here.count("records", state="withdrawn") == 1
    await purged(here, 731 * DAY)
    assert await here.count("records") == await here.count("old_records") == 0
    assert await here.count("instances", flow="record") == 0


@contextmanager
def killed(here: World, at: str) -> Iterator[None]:
    """The process dies once, at that boundary."""

    def boundary(name: str) -> None:
        if name == at:
            here.boundary = lambda _name: None
            raise Crash

    here.boundary = boundary
    yield
