"""The database: one writer at a time, each write one transaction, the same code on SQLite and
PostgreSQL.

Rules:
- SQLite runs WAL with synchronous=FULL, and every write transaction is BEGIN IMMEDIATE: a plain
  BEGIN that reads and then writes fails at once when another connection wrote in between.
  PostgreSQL takes an advisory lock instead: otherwise what a command reads beside `run` and then
  writes could undo what a turn has written meanwhile.
- SQL never says now(); times are given.
- `claim()` is taken by `run` only: other commands work beside it.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Insert, Table, bindparam, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.store import tables
from bot.store.sqlite import BUSY_MS, Connection, connect

#: Keys are column names; SQLAlchemy types those of what it returns more widely.
Row = Mapping[Any, Any]
#: Opens a connection to SQLite's file.
Connect = Callable[[Path], Awaitable[Connection]]
#: PostgreSQL's advisory locks: "an Onbelay runs here", "somebody writes".
RUNNING, WRITING = 0x0BE1A7, 0x0BE1A8


class StoreError(Exception):
    """What happened, what it means for people being watched, what to do."""


class Store:
    def __init__(self, engine: AsyncEngine, path: Path | None) -> None:
        self.engine = engine
        self.path = path
        self._lock = asyncio.Lock()
        self._claim: IO[str] | AsyncConnection | None = None

    @classmethod
    def open(cls, url: str, connect: Connect = connect) -> "Store":
        """`url` is an async SQLAlchemy URL. Nothing is touched before the first use."""
        given = make_url(url)
        if given.get_backend_name() != "sqlite":
            # A server that was restarted is noticed before a transaction, not in the middle of it.
            limits = {"server_settings": {"lock_timeout": str(BUSY_MS)}}
            return cls(_engine(given, pool_pre_ping=True, connect_args=limits), None)
        path = Path(given.database or "")
        engine = _engine(given, async_creator=lambda: connect(path))
        _begin_by_hand(engine)
        return cls(engine, path)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction. Commits at the end, rolls back on any error. Waits for the writes of
        other tasks, and up to BUSY_MS for those of other processes."""
        async with self._lock, self.engine.connect() as conn:
            writer = await conn.execution_options(onbelay_write=True)
            async with writer.begin():
                if self.path is None:
                    await writer.execute(select(func.pg_advisory_xact_lock(WRITING)))
                yield writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.connect() as conn, conn.begin():
            yield conn

    async def claim(self) -> None:
        """Make sure that no other process runs on this database, until `release`, `close` or the
        end of this process, however it ends. Raises StoreError."""
        self._claim = await (self._claim_file() if self.path else self._claim_server())

    async def _claim_file(self) -> IO[str]:
        try:
            # Not inherited by children (PEP 446): a child that lives on would keep the claim.
            lock = open(f"{self.path}.lock", "a", opener=_private)  # noqa: SIM115, ASYNC230
        except OSError as error:
            raise StoreError(
                f"{self.path}.lock can't be made ({error.strerror}), so nobody can be watched. "
                "Give the folder to the user who runs Onbelay; nothing was touched."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise _already_runs() from None
        return lock

    async def _claim_server(self) -> AsyncConnection:
        conn = await self.engine.connect()
        got = await conn.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": RUNNING})
        await conn.commit()
        if not got:
            await conn.close()
            raise _already_runs()
        return conn

    async def hold(self) -> None:
        """Make sure that the claim still stands: a PostgreSQL that restarted has forgotten it.

        Raises StoreError when another process has taken it meanwhile.
        """
        if not isinstance(self._claim, AsyncConnection):
            return
        try:
            await self._claim.execute(text("SELECT 1"))
            await self._claim.commit()
        except DBAPIError:
            await self.release()
            await self.claim()

    async def release(self) -> None:
        """Let another process run here."""
        claim, self._claim = self._claim, None
        if isinstance(claim, AsyncConnection):
            await claim.invalidate()  # back in the pool it would keep the lock
            await claim.close()
        elif claim is not None:
            claim.close()

    @asynccontextmanager
    async def claimed(self) -> AsyncIterator[None]:
        """For work that nothing may run beside. A claim that is held already stays."""
        if self._claim is not None:
            yield
            return
        await self.claim()
        try:
            yield
        finally:
            await self.release()

    async def close(self) -> None:
        """Also ends aiosqlite's threads, which would keep the process alive."""
        await self.release()
        await self.engine.dispose()


def _already_runs() -> StoreError:
    return StoreError(
        "another Onbelay already runs on this database. Two would alert people twice and lose "
        "track of who answered. Stop the other one first; nothing was touched."
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _engine(url: URL, **options: Any) -> AsyncEngine:
    """Errors don't carry a statement's values: these may be hashes of somebody's address."""
    return create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=4,
        max_overflow=4,
        hide_parameters=True,
        **options,
    )


def _begin_by_hand(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("onbelay_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# ---------------------------------------------------------------- statements used by every subject


def insert_new(conn: AsyncConnection, table: Table) -> Any:
    """INSERT that leaves rows alone whose key is there already."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


async def upsert(conn: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Write whole rows by primary key, in one executemany."""
    if not rows:
        return
    await conn.execute(_upserting(conn.dialect.name, table, tuple(rows[0])), list(rows))


@cache
def _upserting(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    """Made once: a table's `excluded` is a copy of all its columns."""
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    keys = [c.name for c in table.primary_key]
    changed = {c: statement.excluded[c] for c in columns if c not in keys}
    made: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return made


async def delete(conn: AsyncConnection, table: Table, keys: Sequence[Row]) -> None:
    """Delete by the columns that the rows name, in one executemany."""
    if not keys:
        return
    statement = table.delete()
    for name in keys[0]:
        statement = statement.where(table.c[name] == bindparam(f"k_{name}"))
    await conn.execute(statement, [{f"k_{k}": v for k, v in row.items()} for row in keys])


async def update(conn: AsyncConnection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Set the named columns by one key column, in one executemany."""
    if not rows:
        return
    values: dict[str, Any] = {n: bindparam(f"v_{n}") for n in rows[0] if n != key}
    statement = table.update().where(table.c[key] == bindparam("v_key")).values(values)
    await conn.execute(
        statement,
        [{("v_key" if k == key else f"v_{k}"): v for k, v in row.items()} for row in rows],
    )


async def by(conn: AsyncConnection, table: Table, column: str, values: Iterable[Any]) -> list[Row]:
    """All rows whose column is one of the values."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    found = await conn.execute(select(table).where(table.c[column].in_(wanted)))
    return list(found.mappings())


async def get_meta(conn: AsyncConnection, key: str) -> str | None:
    found: str | None = await conn.scalar(
        select(tables.meta.c.value).where(tables.meta.c.key == key)
    )
    return found


async def set_meta(conn: AsyncConnection, key: str, value: str) -> None:
    await upsert(conn, tables.meta, [{"key": key, "value": value}])
