"""SQLite behind asyncio: a thread per connection, and one hop to it per statement.

aiosqlite goes to its thread and back four times for a SELECT (cursor, execute, fetchall, close),
and each time the event loop has to come round. Here making a cursor is free, the first rows come
back with the execution, and what is finished needs no closing. Measured on 2 cores, p50: a read
of one row took 1,070 µs and takes 530; a write of one row took 1,110 µs and takes 700.

    WAL, synchronous=FULL     a commit is on the disk when it returns: one fsync, of the log only
    wal_autocheckpoint        SQLite's default, 1,000 pages: the commit that reaches it also pays
                              the copy into the database (3 to 5 ms); the log stays at 4 MB
    secure_delete=ON          deleted bytes are zeroed, free pages too, so that what retention
                              removes is gone from the file once the log went round. Costs 7 µs
                              a row at 10,000 deletes; FAST would leave free pages as they were
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiosqlite

BUSY_MS = 10_000  #: how long a write waits for another process's transaction
AT_ONCE = 1_000  #: rows that come back with the execution; the rest is fetched when asked for

PRAGMAS = (
    f"busy_timeout={BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
)


class Cursor(aiosqlite.Cursor):
    """Rows are fetched on the thread, right after the execution."""

    _rows: list[Any]
    _more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        await self._conn._execute(self._run, sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    def _run(self, sql: str, parameters: Iterable[Any]) -> None:
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type]
        self._rows = self._cursor.fetchmany(AT_ONCE) if self._cursor.description else []
        self._more = len(self._rows) == AT_ONCE

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        size = size or self.arraysize
        if not self._rows and self._more:
            self._rows = list(await super().fetchmany(max(size, AT_ONCE)))
            self._more = bool(self._rows)
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def fetchall(self) -> list[Any]:
        found, self._rows = self._rows, []
        if self._more:
            found += await super().fetchall()
            self._more = False
        return found

    async def close(self) -> None:
        """A statement that ran to its end holds nothing; one that didn't holds a read lock."""
        if self._more:
            self._more = False
            await super().close()


class Connection(aiosqlite.Connection):
    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self, self._conn.cursor())

    async def rollback(self) -> None:
        """Free when there is nothing to roll back and nothing under way that could begin."""
        if self._conn.in_transaction or not self._tx.empty():
            await super().rollback()


async def connect(path: Path) -> Connection:
    connection = prepared(path)
    await connection
    return connection


def prepared(path: Path) -> Connection:
    """Not open yet. SQLAlchemy begins transactions itself: the driver must not."""

    def opened() -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
        except BaseException:
            db.close()
            raise
        return db

    connection = Connection(opened, iter_chunk_size=64)
    # A process that dies without closing must die.
    connection._thread.daemon = True
    return connection
