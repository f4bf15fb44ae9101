"""The schema: made, compared, refused."""

import asyncio
import hashlib
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from bot.app import check_key_ring
from bot.store import migrate
from bot.store.store import Store, StoreError, get_meta, set_meta
from bot.store.tables import metadata
from bot.vault import KeyRing, Vault
from tests.tools import first_migration


async def ask(store: Store, question: Callable[[Connection], Any]) -> Any:
    async with store.read() as conn:
        return await conn.run_sync(question)


async def tables(store: Store) -> set[str]:
    return set(await ask(store, lambda c: inspect(c).get_table_names()))


async def set_revision(store: Store, revision: str) -> None:
    async with store.write() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def fingerprint(store: Store) -> str:
    """Of the file's bytes. PostgreSQL has none of ours."""
    return hashlib.sha256(store.path.read_bytes()).hexdigest() if store.path else ""


async def reopened(store: Store) -> Store:
    """As another process finds it: everything in the file, nothing in a log."""
    await store.close()
    return Store.open(store.engine.url.render_as_string(hide_password=False))


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def copy_files(source: Path, target: Path) -> None:
    target.mkdir()
    for file in source.glob("only.sqlite3*"):
        if not file.name.endswith("-shm"):
            (target / file.name).write_bytes(file.read_bytes())


# ---------------------------------------------------------------- what is made


async def test_migrations_make_what_the_tables_say(store: Store) -> None:
    def differences(connection: Connection) -> Any:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await ask(store, differences) == []
    assert await tables(store) == set(metadata.tables) | {"alembic_version"}


async def test_sqlite_makes_the_same_statements(sqlite_store: Store) -> None:
    """Also what Alembic does not compare: AUTOINCREMENT, order of columns."""

    def statements(connection: Connection) -> set[str]:
        found = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {" ".join(row[0].split()) for row in found if "alembic" not in row[0]}

    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        expected = statements(connection)
    engine.dispose()
    assert await ask(sqlite_store, statements) == expected


def test_until_the_first_release_the_first_migration_is_the_generated_one() -> None:
    assert first_migration.FILE.read_text("utf-8") == first_migration.rendered(), (
        "run: python -m tests.tools.first_migration"
    )


async def test_upgrade_may_be_run_again(store: Store) -> None:
    async with store.write() as conn:
        await set_meta(conn, "kept", "yes")
    await migrate.upgrade(store)
    async with store.read() as conn:
        assert await get_meta(conn, "kept") == "yes"
    await migrate.check(store)
    assert await migrate.current(store) == migrate.head()


async def test_two_upgrades_at_once_make_one_schema(empty_store: Store, database_url: str) -> None:
    other = Store.open(database_url)
    try:
        ended = await asyncio.gather(
            migrate.upgrade(empty_store), migrate.upgrade(other), return_exceptions=True
        )
        assert None in ended
        assert all(error is None or isinstance(error, StoreError) for error in ended)
        await migrate.check(other)
    finally:
        await other.close()


async def test_an_upgrade_that_fails_leaves_nothing_of_itself(empty_store: Store) -> None:
    async with empty_store.write() as conn:
        await conn.execute(text("CREATE TABLE timers (somebody_elses INTEGER)"))
    with pytest.raises(StoreError, match="All of it was undone"):
        await migrate.upgrade(empty_store)
    assert await tables(empty_store) == {"timers"}
    assert await migrate.current(empty_store) is None


async def test_nothing_is_upgraded_under_a_running_onbelay(
    empty_store: Store, database_url: str
) -> None:
    running = Store.open(database_url)
    await running.claim()
    try:
        with pytest.raises(StoreError, match="already runs"):
            await migrate.upgrade(empty_store)
    finally:
        await running.close()
    await migrate.upgrade(empty_store)


async def test_who_upgrades_lets_go_of_the_database(store: Store, database_url: str) -> None:
    other = Store.open(database_url)
    await other.claim()
    await other.close()


async def test_an_upgrade_inside_a_claim_keeps_the_claim(
    empty_store: Store, database_url: str
) -> None:
    await empty_store.claim()
    await migrate.upgrade(empty_store)
    other = Store.open(database_url)
    try:
        with pytest.raises(StoreError, match="already runs"):
            await other.claim()
    finally:
        await other.close()


# ---------------------------------------------------------------- what is refused


async def test_no_schema_is_refused_and_none_is_made(empty_store: Store) -> None:
    with pytest.raises(StoreError, match="onbelay init"):
        await migrate.check(empty_store)
    if empty_store.path:
        assert not list(empty_store.path.parent.glob("store.sqlite3*"))
    else:
        assert await tables(empty_store) == set()


async def test_an_older_schema_is_refused_with_what_to_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_revisions", lambda: ("0002", "0001"))
    store = await reopened(store)
    before = fingerprint(store)
    with pytest.raises(StoreError, match="onbelay db upgrade"):
        await migrate.check(store)
    assert fingerprint(store) == before
    await store.close()


async def test_a_newer_database_is_refused_and_keeps_its_bytes(store: Store) -> None:
    await set_revision(store, "9999")
    store = await reopened(store)
    before = fingerprint(store)
    for refused in (migrate.check, migrate.upgrade):
        with pytest.raises(StoreError, match="newer Onbelay"):
            await refused(store)
    assert await migrate.current(store) == "9999"
    await store.close()
    assert fingerprint(store) == before


async def test_a_wrong_key_ring_is_refused_and_nothing_is_written(
    store: Store, vault: Vault, tmp_path: Path
) -> None:
    await check_key_ring(store, vault)
    store = await reopened(store)
    before = fingerprint(store)
    other = Vault(KeyRing.create(tmp_path / "other.keyring"))
    with pytest.raises(StoreError, match="not the one that sealed"):
        await check_key_ring(store, other)
    async with store.read() as conn:
        assert await get_meta(conn, "key_ring") == vault.fingerprint
    await store.close()
    assert fingerprint(store) == before
    other.close()


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "letter.sqlite3"
    path.write_text("Dear Amina, this is not a database, whatever its name may say. " * 20)
    before = path.read_bytes()
    store = Store.open(f"sqlite+aiosqlite:///{path}")
    for refused in (migrate.check, migrate.upgrade):
        with pytest.raises(StoreError, match="can't be read as a database"):
            await refused(store)
    await store.close()
    assert path.read_bytes() == before
    assert names_in(tmp_path) == {path.name}


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = Store.open(f"sqlite+aiosqlite:///{tmp_path}/nowhere/store.sqlite3")
    with pytest.raises(StoreError, match=r"nowhere.*can't be made"):
        await migrate.upgrade(store)
    await store.close()


async def test_a_server_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    store = Store.open(f"postgresql+asyncpg://amina:secret@/onbelay?host={tmp_path}")
    with pytest.raises(StoreError, match="doesn't answer") as told:
        await migrate.check(store)
    assert "secret" not in str(told.value)
    assert "amina" not in str(told.value)
    await store.close()


# ---------------------------------------------------------------- SQLite's files


async def test_the_files_are_their_owners_alone(sqlite_store: Store) -> None:
    await sqlite_store.claim()
    assert sqlite_store.path
    files = list(sqlite_store.path.parent.glob("only.sqlite3*"))
    suffixes = {file.name.removeprefix("only.sqlite3") for file in files}
    assert suffixes == {"", "-wal", "-shm", ".lock"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_check_reads_what_a_killed_process_left_in_the_log(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """A copy of the files of a database in use is what SIGKILL leaves."""
    await set_revision(sqlite_store, "9999")
    left = tmp_path / "left"
    copy_files(tmp_path, left)
    bare = sqlite3.connect(f"file:{left}/only.sqlite3?immutable=1", uri=True)
    assert not bare.execute("SELECT * FROM sqlite_master").fetchall(), "all is in the log"
    bare.close()
    found = Store.open(f"sqlite+aiosqlite:///{left}/only.sqlite3")
    with pytest.raises(StoreError, match="newer Onbelay"):
        await migrate.check(found)
    await found.close()
