"""(b) Ten thousand people answer a check-in: durable turns, next to plain sqlite3 that runs the
very same statements, with the same values in the same transactions, on a copy of the database."""

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.app import App, assemble
from bot.channels.base import Frame
from bot.config import Settings
from bot.store.sqlite import PRAGMAS
from bot.turn import BATCH
from tests.bench.house import COORDINATORS, FIRST_USER, House, now
from tests.bench.shown import Line

PEOPLE = 10_000
FRAMES = 100  #: in one answer of getUpdates
Statement = tuple[str, Any, bool]  #: SQL, values, whether many rows of them


def measure(folder: Path) -> Iterator[Line]:
    house = House(folder)
    users = range(FIRST_USER, FIRST_USER + PEOPLE)
    house.add_people(COORDINATORS, "coordinator")
    house.add_people(users)
    house.add_asked(users, [now() + 600_000] * PEOPLE)
    received, turned, statements = asyncio.run(_answer(house, users))
    answered = house.one(
        "SELECT count(*) FROM instances WHERE flow = 'checkin' AND state = 'waiting'"
    )
    replies = house.one("SELECT count(*) FROM outbox WHERE state = 'waiting'")
    raw = _replay(folder / "copy.sqlite3", statements)
    commits = sum(sql == "COMMIT" for sql, *_ in statements)
    yield Line("answers whose check-in goes on and whose reply waits", min(answered, replies), "")
    yield Line(
        f"turns, {BATCH} at most in one of {commits} commits", PEOPLE / turned, "/s", None, 2000
    )
    yield Line("the same statements in plain sqlite3", PEOPLE / raw, "/s")
    yield Line("plain sqlite3 is faster by", turned / raw, "times")
    yield Line(f"receiving alone (committed, {FRAMES} in one)", PEOPLE / received, "/s")
    yield Line("receiving and turns together", PEOPLE / (received + turned), "/s")
    house.close()


async def _answer(house: House, users: range) -> tuple[float, float, list[Statement]]:
    """Seconds for the inbox, seconds for the turns, and what the turns ran."""
    app = assemble(Settings.load(house.env()))
    try:
        await app.prepare()
        start = time.perf_counter()
        for at in range(0, len(users), FRAMES):
            frames = [_frame(user) for user in users[at : at + FRAMES]]
            await app.inbox.commit("telegram", frames, str(at))
        received = time.perf_counter() - start
        _copy(house.database, house.folder / "copy.sqlite3")
        statements = _recorded(app)
        start = time.perf_counter()
        while await app.turn.run():
            pass
        return received, time.perf_counter() - start, statements
    finally:
        await app.close()


def _frame(user: int) -> Frame:
    sender = {"id": user, "is_bot": False, "first_name": "Someone", "language_code": "en"}
    chat = {"id": user, "type": "private", "first_name": "Someone"}
    message = {"message_id": 7, "from": sender, "chat": chat, "date": now() // 1000, "text": "ok"}
    raw = json.dumps({"update_id": user, "message": message}).encode()
    return Frame(raw, ("telegram", str(user)), str(user), "ok")


def _recorded(app: App) -> list[Statement]:
    """Every statement from here on, as the driver gets it."""
    found: list[Statement] = []
    engine = app.store.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def statement(_c: Any, _cursor: Any, sql: str, values: Any, _x: Any, many: bool) -> None:
        found.append((sql, values, many))

    @event.listens_for(engine, "commit")
    def commit(_conn: Any) -> None:
        found.append(("COMMIT", (), False))

    @event.listens_for(engine, "rollback")
    def rollback(_conn: Any) -> None:
        found.append(("ROLLBACK", (), False))

    return found


def _copy(database: Path, to: Path) -> None:
    """With the log in it."""
    db = sqlite3.connect(database)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(database, to)


def _replay(path: Path, statements: list[Statement]) -> float:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        db.execute(f"PRAGMA {pragma}")
    start = time.perf_counter()
    for sql, values, many in statements:
        if many:
            db.executemany(sql, values)
        else:
            db.execute(sql, values).fetchall()
    taken = time.perf_counter() - start
    db.close()
    return taken
