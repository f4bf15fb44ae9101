"""What everybody who writes may rely on, on both databases."""

import asyncio
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.sqlite import AT_ONCE
from bot.store.store import (
    Store,
    StoreError,
    by,
    delete,
    get_meta,
    insert_new,
    set_meta,
    update,
    upsert,
)

ROOT = Path(__file__).parent.parent
LARGE = 9_007_199_254_740_993  #: milliseconds that a float would round

HOLD = """
import asyncio, sys
from bot.store.store import Store
async def main():
    store = Store.open(sys.argv[1])
    await store.claim()
    print("held", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""

COUNT = """
import asyncio, sys
from bot.store.store import Store, get_meta, set_meta
async def main():
    store = Store.open(sys.argv[1])
    async with store.read():
        print("ready", flush=True)
    for _ in range(int(sys.argv[2])):
        async with store.write() as conn:
            await set_meta(conn, "count", str(int(await get_meta(conn, "count")) + 1))
    await store.close()
asyncio.run(main())
"""


def stranger(name: str, count: int | None = 1) -> dict[str, Any]:
    return {"hash": name, "count": count, "since": 0}


def received(key: str, sealed: bytes = b"sealed") -> dict[str, Any]:
    given = {"key": key, "channel": "telegram", "sender": "a", "urgent": False, "state": "waiting"}
    return given | {"received_at": LARGE, "sealed": sealed}


async def strangers(store: Store) -> dict[str, int]:
    async with store.read() as conn:
        found = await conn.execute(select(t.strangers.c.hash, t.strangers.c.count))
        return {row[0]: row[1] for row in found}


async def count_up(conn: AsyncConnection) -> None:
    """Read, then write: what a plain BEGIN would lose."""
    before = int(await get_meta(conn, "count") or 0)
    await asyncio.sleep(0)
    await set_meta(conn, "count", str(before + 1))


async def counted(store: Store) -> int:
    async with store.read() as conn:
        return int(await get_meta(conn, "count") or 0)


def process(program: str, *args: str) -> subprocess.Popen[str]:
    """A real second process."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *args], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "30"], close_fds=False)


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has claimed the database."""
    with process(HOLD, url) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


# ---------------------------------------------------------------- one transaction


async def test_a_write_commits_at_its_end_and_not_before(store: Store) -> None:
    async with store.write() as conn:
        await conn.execute(t.strangers.insert(), [stranger("a"), stranger("b")])
        assert await strangers(store) == {}
    assert await strangers(store) == {"a": 1, "b": 1}


async def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write() as conn:
            await conn.execute(t.strangers.insert(), [stranger("a")])
            await set_meta(conn, "count", "1")
            raise ZeroDivisionError
    assert await strangers(store) == {}
    assert await counted(store) == 0


async def test_one_missing_value_undoes_its_neighbours_and_what_went_before(store: Store) -> None:
    rows = [stranger("a"), stranger("b", count=None), stranger("c")]
    for insert in (insert_new, lambda _, table: table.insert()):
        with pytest.raises(IntegrityError):
            async with store.write() as conn:
                await set_meta(conn, "count", "1")
                await conn.execute(insert(conn, t.strangers), rows)
        assert await strangers(store) == {}
        assert await counted(store) == 0
    async with store.write() as conn:
        await conn.execute(t.strangers.insert(), [stranger("a")])
    assert await strangers(store) == {"a": 1}


async def test_an_error_does_not_show_what_was_written(store: Store) -> None:
    with pytest.raises(IntegrityError) as told:
        async with store.write() as conn:
            await conn.execute(t.strangers.insert(), [stranger("hash-of-amina")] * 2)
    ours, _, _servers = str(told.value).partition("DETAIL")  # PostgreSQL's own tells the key
    assert "hash-of-amina" not in ours


async def test_a_commit_is_on_the_disk_when_it_returns(sqlite_store: Store) -> None:
    """On every connection, those for reading too: the pool hands out any of them."""
    for opened in (sqlite_store.write, sqlite_store.read):
        async with opened() as conn, sqlite_store.read() as beside:
            for one in (conn, beside):
                assert await one.scalar(text("PRAGMA synchronous")) == 2  # FULL
                assert await one.scalar(text("PRAGMA journal_mode")) == "wal"
                assert await one.scalar(text("PRAGMA secure_delete")) == 1
                assert await one.scalar(text("PRAGMA foreign_keys")) == 1


async def test_writes_of_many_tasks_come_one_after_another(store: Store) -> None:
    async def one() -> None:
        async with store.write() as conn:
            await count_up(conn)

    await asyncio.gather(*(one() for _ in range(100)))
    assert await counted(store) == 100


async def test_reading_goes_on_while_somebody_writes(store: Store) -> None:
    async with store.write() as conn:
        await count_up(conn)
        assert await asyncio.gather(*(counted(store) for _ in range(20))) == [0] * 20
    assert await counted(store) == 1


async def test_a_read_sees_one_moment(sqlite_store: Store) -> None:
    async with sqlite_store.read() as conn:
        assert await get_meta(conn, "count") is None
        async with sqlite_store.write() as writer:
            await set_meta(writer, "count", "1")
        assert await get_meta(conn, "count") is None


async def test_cancelled_at_any_moment_a_write_is_whole_or_absent(store: Store) -> None:
    dice = random.Random(7)

    async def pair(n: int) -> None:
        async with store.write() as conn:
            await conn.execute(t.strangers.insert(), [stranger(f"{n}/left")])
            await conn.execute(t.strangers.insert(), [stranger(f"{n}/right")])

    for n in range(150):
        task = asyncio.create_task(pair(n))
        await asyncio.sleep(dice.random() * 0.003)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    found = await strangers(store)
    assert {f"{n.split('/')[0]}/{side}" for n in found for side in ("left", "right")} == set(found)
    await asyncio.wait_for(pair(1000), 5)
    assert "1000/right" in await strangers(store)


# ---------------------------------------------------------------- other processes


async def test_two_processes_that_read_and_then_write_lose_nothing(
    store: Store, database_url: str
) -> None:
    async with store.write() as conn:
        await set_meta(conn, "count", "0")
    with process(COUNT, database_url, "100") as other:
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        for _ in range(100):
            async with store.write() as conn:
                await count_up(conn)
        assert await asyncio.to_thread(other.wait, 30) == 0
    assert await counted(store) == 200


async def test_a_write_waits_while_another_connection_holds_the_lock(sqlite_store: Store) -> None:
    assert sqlite_store.path
    other = sqlite3.connect(sqlite_store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO strangers VALUES ('other', 1, 0)")

    async def write() -> None:
        async with sqlite_store.write() as conn:
            await conn.execute(t.strangers.insert(), [stranger("ours")])

    waiting = asyncio.create_task(write())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    assert await strangers(sqlite_store) == {}, "reading does not wait"
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(waiting, 5)
    assert await strangers(sqlite_store) == {"other": 1, "ours": 1}


async def test_a_second_process_is_refused(store: Store, database_url: str) -> None:
    with holder(database_url):
        with pytest.raises(StoreError, match="another Onbelay already runs"):
            await store.claim()
        async with store.write() as conn:
            await count_up(conn)
        assert await counted(store) == 1, "other commands work beside it"


async def test_a_killed_process_leaves_no_claim(store: Store, database_url: str) -> None:
    with holder(database_url) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
        await claimed_within(store, 5)


async def claimed_within(store: Store, seconds: float) -> None:
    """PostgreSQL notices a moment later that its client is gone."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await store.claim()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def test_a_claim_ends_with_release_and_with_close(store: Store, database_url: str) -> None:
    async with another(database_url) as other:
        await store.claim()
        await store.release()
        await claimed_within(other, 5)
        with pytest.raises(StoreError, match="already runs"):
            await store.claim()
        await other.close()
        await claimed_within(store, 5)


@asynccontextmanager
async def another(url: str) -> AsyncIterator[Store]:
    store = Store.open(url)
    try:
        yield store
    finally:
        await store.close()


async def test_a_child_that_lives_on_does_not_keep_the_claim(
    store: Store, database_url: str
) -> None:
    await store.claim()
    with sleeper() as child:
        await store.release()
        async with another(database_url) as other:
            await claimed_within(other, 5)
        child.kill()


async def test_close_ends_all_threads(database_url: str, store: Store) -> None:
    async with store.write() as conn:
        await asyncio.gather(*(counted(store) for _ in range(8)))
        await count_up(conn)
    before = {x for x in threading.enumerate() if "_connection_worker_thread" in x.name}
    assert bool(before) == (store.path is not None)
    await store.close()
    for thread in before:
        thread.join(2)
    assert not any(thread.is_alive() for thread in before)


async def test_a_server_that_dropped_its_connections_is_found_again(postgres_store: Store) -> None:
    store = postgres_store
    await asyncio.gather(*(counted(store) for _ in range(4)))
    url = store.engine.url.render_as_string(hide_password=False)
    async with another(url) as other, other.read() as conn:
        await conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await asyncio.sleep(0.1)
    for _ in range(4):
        async with store.write() as conn:
            await count_up(conn)
    assert await counted(store) == 4


# ---------------------------------------------------------------- statements


async def test_insert_new_leaves_what_is_there(store: Store) -> None:
    async with store.write() as conn:
        await conn.execute(t.inbox.insert(), [received("b", b"first")])
    async with store.write() as conn:
        rows = [received(key, b"second") for key in ("a", "b", "c", "c")]
        await conn.execute(insert_new(conn, t.inbox), rows)
    async with store.read() as conn:
        found = await by(conn, t.inbox, "key", ["a", "b", "c"])
    assert {row["key"]: row["sealed"] for row in found} == {
        "a": b"second",
        "b": b"first",
        "c": b"second",
    }


async def test_numbers_of_rows_only_grow_even_after_the_last_was_deleted(store: Store) -> None:
    """A row's number is what a turn remembers it by: it must never mean another row."""
    numbers = []
    for key in ("a", "b"):
        async with store.write() as conn:
            await conn.execute(t.inbox.insert(), [received(key)])
            numbers.append(await conn.scalar(select(func.max(t.inbox.c.seq))))
            await conn.execute(t.inbox.delete())
    assert numbers[1] > numbers[0]


async def test_upsert_writes_new_and_changed_rows(store: Store) -> None:
    for count in (1, 2):
        async with store.write() as conn:
            await upsert(conn, t.strangers, [stranger("a", count), stranger(f"b{count}", count)])
    assert await strangers(store) == {"a": 2, "b1": 1, "b2": 2}


async def test_upsert_by_a_key_of_two_columns(store: Store) -> None:
    def instance(subject: str, revision: int) -> dict[str, Any]:
        given = {"flow": "checkin", "subject": subject, "person_id": "p", "state": "OPEN"}
        return given | {"version": 1, "revision": revision, "sealed": b""}

    for revision in (1, 2):
        async with store.write() as conn:
            rows = [instance("a", revision), instance(f"b{revision}", revision)]
            await upsert(conn, t.instances, rows)
    async with store.read() as conn:
        found = await by(conn, t.instances, "flow", ["checkin"])
    assert {r["subject"]: r["revision"] for r in found} == {"a": 2, "b1": 1, "b2": 2}


async def test_update_changes_the_named_columns_of_the_named_rows(store: Store) -> None:
    async with store.write() as conn:
        await conn.execute(t.inbox.insert(), [received("a"), received("b"), received("c")])
    async with store.write() as conn:
        rows = [{"key": "a", "state": "done", "done_at": LARGE}]
        rows.append({"key": "c", "state": "aside", "done_at": 3})
        await update(conn, t.inbox, "key", rows)
    async with store.read() as conn:
        found = {row["key"]: row for row in await by(conn, t.inbox, "key", ["a", "b", "c"])}
    assert [(k, found[k]["state"], found[k]["done_at"]) for k in "abc"] == [
        ("a", "done", LARGE),
        ("b", "waiting", None),
        ("c", "aside", 3),
    ]


async def test_delete_by_several_columns(store: Store) -> None:
    def timer(subject: str, name: str) -> dict[str, Any]:
        given = {"flow": "checkin", "subject": subject, "name": name, "person_id": "p"}
        return given | {"due": 1, "revision": 1}

    async with store.write() as conn:
        await conn.execute(t.timers.insert(), [timer(s, n) for s in "ab" for n in "xy"])
    async with store.write() as conn:
        keys = [{"flow": "checkin", "subject": s, "name": n} for s, n in ("ax", "by")]
        await delete(conn, t.timers, keys)
    async with store.read() as conn:
        found = await by(conn, t.timers, "flow", ["checkin"])
    assert sorted((row["subject"], row["name"]) for row in found) == [("a", "y"), ("b", "x")]


async def test_nothing_to_write_is_no_statement(store: Store) -> None:
    async with store.write() as conn:
        await upsert(conn, t.strangers, [])
        await update(conn, t.strangers, "hash", [])
        await delete(conn, t.strangers, [])
        assert await by(conn, t.strangers, "hash", []) == []
    assert await strangers(store) == {}


@pytest.mark.parametrize("sealed", [b"", b"\x00", bytes(range(256)) * 4000], ids=len)
async def test_bytes_come_back_as_they_were(store: Store, sealed: bytes) -> None:
    async with store.write() as conn:
        await conn.execute(t.inbox.insert(), [received("a", sealed)])
    async with store.read() as conn:
        (row,) = await by(conn, t.inbox, "key", ["a"])
    assert row["sealed"] == sealed
    assert row["received_at"] == LARGE
    assert row["urgent"] is False


@pytest.mark.parametrize("many", [AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 7])
async def test_all_rows_come_back_however_many(store: Store, many: int) -> None:
    names = [f"{n:06}" for n in range(many)]
    async with store.write() as conn:
        await conn.execute(t.strangers.insert(), [stranger(name) for name in names])
    ordered = select(t.strangers.c.hash).order_by(t.strangers.c.hash)
    async with store.read() as conn:
        assert list(await conn.scalars(ordered)) == names
        assert list(await conn.scalars(ordered.limit(1))) == names[:1]
        assert len(await by(conn, t.strangers, "hash", names)) == many
        streamed = await conn.stream_scalars(ordered)
        assert [name async for name in streamed] == names
        streamed = await conn.stream_scalars(ordered)
        assert await streamed.fetchmany(3) == names[:3]
        await streamed.close()
    async with store.write() as conn:
        await conn.execute(t.strangers.delete())
    assert await strangers(store) == {}


# ---------------------------------------------------------------- a full disk


async def fill(conn: AsyncConnection) -> None:
    await set_meta(conn, "count", "1")
    for n in range(40):
        await conn.execute(t.inbox.insert(), [received(f"{n}", os.urandom(100_000))])


async def nothing_partial(store: Store) -> None:
    async with store.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(t.inbox)) == 0
        assert await get_meta(conn, "count") is None
    async with store.write() as conn:
        await count_up(conn)
    assert await counted(store) == 1
    async with store.read() as conn:
        assert await conn.scalar(text("PRAGMA integrity_check")) == "ok"


async def test_a_full_database_takes_nothing_and_goes_on_when_there_is_room(
    sqlite_store: Store,
) -> None:
    with pytest.raises(DBAPIError, match="full"):
        async with sqlite_store.write() as conn:
            pages = await conn.scalar(text("PRAGMA page_count"))
            await conn.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
            await fill(conn)
    await nothing_partial(sqlite_store)


async def test_a_disk_that_takes_no_more_bytes(sqlite_store: Store) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(DBAPIError):
            async with sqlite_store.write() as conn:
                await conn.execute(text("PRAGMA cache_size = 10"))
                await fill(conn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await nothing_partial(sqlite_store)


async def test_a_commit_that_finds_no_room_raises(sqlite_store: Store) -> None:
    """All fits in memory; only COMMIT writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(DBAPIError):
            async with sqlite_store.write() as conn:
                await fill(conn)
                resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await nothing_partial(sqlite_store)
