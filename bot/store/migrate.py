"""The schema: which revision a database is at, whether this code fits it, how it gets there.

Rules:
- `check` and `current` only look. On SQLite they open the file read-only: a missing database stays
  missing, a foreign one keeps its bytes.
- `upgrade` is one transaction. It fails whole or not at all, and only while nothing runs.
- A database from a newer Onbelay is refused by all of them: old code would misread it.
"""

import asyncio
import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.store.store import Store, StoreError

FOLDER = Path(__file__).parent / "migrations"
BUSY_S = 10  #: how long a reader waits while SQLite recovers a log after a crash


def head() -> str:
    """The revision that this code was written for."""
    return _revisions()[0]


async def current(store: Store) -> str | None:
    """The database's revision; None when there is no schema, or no database. Raises StoreError."""
    if store.path is not None:
        return await asyncio.to_thread(_sqlite_revision, store.path)
    try:
        async with store.read() as conn:
            return await conn.run_sync(_revision)
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(
            f"the database doesn't answer ({_name(error)}). Nobody is watched until it does. Check "
            "that PostgreSQL runs, and the address, user and password in ONBELAY_DATABASE_URL."
        ) from None


async def check(store: Store) -> None:
    """This code and this database fit. Raises StoreError; changes nothing."""
    found = await current(store)
    _refuse_unknown(found)
    if found is None:
        raise StoreError(
            "there is no Onbelay database here yet, so nobody is watched. If this is a new "
            "installation, run `onbelay init`. If it is not, point ONBELAY_DATABASE_URL at the "
            "right database; nothing was touched."
        )
    if found != head():
        raise StoreError(
            f"the database is older than this version of Onbelay (it is at {found}, needed is "
            f"{head()}), so nobody is watched. Make a copy of it, then run `onbelay db upgrade`; "
            "nothing was touched."
        )


async def upgrade(store: Store) -> None:
    """Bring the schema to `head()`, from nothing or from an older one. Raises StoreError."""
    found = await current(store)
    _refuse_unknown(found)
    if found == head():
        return
    if store.path is not None:
        _create_private(store.path)
    async with store.claimed():
        try:
            async with store.write() as conn:
                await conn.run_sync(_upgrade)
        except SQLAlchemyError as error:
            raise StoreError(
                f"the database could not be upgraded ({_name(error)}). All of it was undone; the "
                "database is as it was, and nobody is watched. Check that the disk has room and "
                "that this database belongs to Onbelay alone, then run `onbelay db upgrade` again."
            ) from error


# ---------------------------------------------------------------- Alembic


@cache
def _revisions() -> tuple[str, ...]:
    """All that this code knows, newest first."""
    found = ScriptDirectory.from_config(config()).walk_revisions()
    return tuple(script.revision for script in found)


def config() -> Config:
    """Alembic's, without a file. A folder may have a percent sign in its name."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    return made


def _upgrade(connection: Connection) -> None:
    here = config()
    here.attributes["connection"] = connection
    command.upgrade(here, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(found: str | None) -> None:
    if found is not None and found not in _revisions():
        raise StoreError(
            f"the database was made by a newer Onbelay (its schema is {found}, this version knows "
            f"up to {head()}), so this one can't watch anybody with it. Install the newer version "
            "again, or restore the copy that was made before the upgrade; nothing was touched."
        )


# ---------------------------------------------------------------- SQLite's file


def _sqlite_revision(path: Path) -> str | None:
    if not path.exists():
        return None
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as db:
            there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
            if db.execute(there).fetchone() is None:
                return None
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
            return None if row is None else str(row[0])
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path} can't be read as a database ({error}), so nobody is watched. Check that it is "
            "the right file and belongs to the user who runs Onbelay; if it is damaged, restore "
            "your newest copy. Nothing was touched."
        ) from None


def _create_private(path: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of the database."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path} can't be made ({error.strerror}), so nobody can be watched. Make its folder, "
            "owned by the user who runs Onbelay, or set ONBELAY_DATABASE_URL."
        ) from None


def _name(error: Exception) -> str:
    """Never the statement, its values or the address: these may be personal or secret."""
    return type(getattr(error, "orig", None) or error).__name__
