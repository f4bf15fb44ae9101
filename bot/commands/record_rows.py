"""Records of attacks as the operator's commands need them: found; their log, written and read."""

import getpass
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.outbox import encode
from bot.record.kept import Known, read, read_figures
from bot.store import tables as t
from bot.store.store import by
from flows.report.classes import Record


async def everything(conn: AsyncConnection, opened: Opened) -> tuple[list[Known], int]:
    """Those that can be read, the oldest first, and how many can't though they should."""
    query = select(t.records).where(t.records.c.ended_at.is_(None))
    ordered = query.order_by(t.records.c.created_at, t.records.c.id)
    rows = [row._mapping for row in await conn.execute(ordered)]
    found = [read(opened.vault, row) for row in rows]
    return [each for each in found if each], sum(each is None for each in found)


async def old_figures(conn: AsyncConnection, opened: Opened) -> list[Record]:
    """What is counted of records whose time is over."""
    rows = [row._mapping for row in await conn.execute(select(t.old_records))]
    return [record for row in rows if (record := read_figures(opened.vault, row))]


async def one(conn: AsyncConnection, opened: Opened, typed: str) -> Known:
    record = typed.strip().removeprefix("#").upper()
    rows = await by(conn, t.records, "id", [record])
    if not rows:
        raise Refusal(f"there is no record {record}. `onbelay record list` shows all.")
    known = read(opened.vault, rows[0]) if rows[0]["ended_at"] is None else None
    if known is None:
        raise Refusal(f"{record} was withdrawn and erased: nobody can read it any more.")
    return known


def tell_unread(unread: int) -> None:
    if unread:
        shell.say(f"{unread} records can't be read (erased, or another key ring): left out.")


def checked_with(opened: Opened, known: Known, **change: Any) -> bytes:
    """All that the operator says of a record, with this changed."""
    kept = {"sources": list(known.checked), "corrected": dict(known.corrected)}
    return opened.vault.seal(known.record.id, encode({**kept, **change}), "checked")


# ---------------------------------------------------------------- the log of a record


async def note(
    conn: AsyncConnection, opened: Opened, record: str, kind: str, what: Mapping[str, Any]
) -> None:
    clear, now, c = encode({**what, "by": _me()}), opened.clock.now(), t.record_log.c
    last = select(c.chain).where(c.record_id == record).order_by(c.seq.desc()).limit(1)
    before = await conn.scalar(last) or ""
    row = {
        "record_id": record,
        "at": now,
        "kind": kind,
        "sealed": opened.vault.seal(record, clear, "record_log"),
        "chain": opened.vault.chained(before, record, str(now), kind, clear.decode()),
    }
    await conn.execute(t.record_log.insert().values(row))


def _me() -> str:
    """Who is at this machine, as far as it knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


async def log_of(conn: AsyncConnection, opened: Opened, record: str) -> list[dict[str, Any]]:
    c = t.record_log.c
    rows = await conn.execute(select(t.record_log).where(c.record_id == record).order_by(c.seq))
    found = []
    for row in rows:
        said = json.loads(opened.vault.open(record, row.sealed, "record_log"))
        found.append({"time": shell.iso(row.at), "kind": row.kind, **said})
    return found
