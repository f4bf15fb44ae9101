"""Records of attacks as they are kept: opened with their keys, each with what the operator says
of it, and with its log."""

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.outbox import decode, encode
from bot.store import tables as t
from bot.store.store import Row, by
from bot.vault import VaultError
from flows.report.classes import Record

FIELDS = {each.name for each in fields(Record)}


@dataclass(frozen=True, slots=True)
class Known:
    """A record that can be read. `checked`: what the operator has verified it by."""

    row: Row
    record: Record
    words: Mapping[str, Any]
    checked: tuple[str, ...]
    #: What the operator says instead of what the reporter said first, by field.
    corrected: Mapping[str, Any] = field(default_factory=dict)

    @property
    def added(self) -> list[tuple[int, str, str, str]]:
        """What the reporter said later: when, what, which answer was wrong, the words."""
        return [(at, what, name, text) for at, what, name, text in self.words.get("added", ())]


async def everything(conn: AsyncConnection, opened: Opened) -> tuple[list[Known], int]:
    """Those that can be read, the oldest first, and how many can't though they should."""
    query = select(t.records).where(t.records.c.ended_at.is_(None))
    ordered = query.order_by(t.records.c.created_at, t.records.c.id)
    rows = [row._mapping for row in await conn.execute(ordered)]
    found = [_read(opened, row) for row in rows]
    return [each for each in found if each], sum(each is None for each in found)


async def one(conn: AsyncConnection, opened: Opened, typed: str) -> Known:
    record = typed.strip().removeprefix("#").upper()
    rows = await by(conn, t.records, "id", [record])
    if not rows:
        raise Refusal(f"there is no record {record}. `onbelay record list` shows all.")
    known = _read(opened, rows[0]) if rows[0]["ended_at"] is None else None
    if known is None:
        raise Refusal(f"{record} was withdrawn and erased: nobody can read it any more.")
    return known


def _read(opened: Opened, row: Row) -> Known | None:
    """None when its key is gone: withdrawn, and come back with a restored database."""
    record, vault = row["id"], opened.vault
    try:
        said = decode(vault.open(record, row["sealed"], "record"))
        checked = decode(vault.open(record, row["checked"], "checked")) if row["checked"] else {}
    except VaultError:
        return None
    given = {name: value for name, value in said["record"].items() if name in FIELDS}
    sources = tuple(checked.get("sources", ()))
    corrected = checked.get("corrected", {})
    given |= {
        **corrected,
        "id": record,
        "state": row["state"],
        "event": row["event"],
        "sources": len(sources),
    }
    given["kinds"] = tuple(given.get("kinds", ()))
    given["evidence"] = tuple((kind, sha, at) for kind, sha, at in given.get("evidence", ()))
    given.setdefault("cls", "")
    return Known(row, Record(**given), said["words"], sources, corrected)


def tell_unread(unread: int) -> None:
    if unread:
        shell.say(f"{unread} records can't be read (erased, or another key ring): left out.")


def checked_with(opened: Opened, known: Known, **change: Any) -> bytes:
    """All that the operator says of a record, with this changed."""
    kept = {"sources": list(known.checked), "corrected": dict(known.corrected)}
    return opened.vault.seal(known.record.id, encode({**kept, **change}), "checked")


async def note(
    conn: AsyncConnection, opened: Opened, record: str, kind: str, what: Mapping[str, Any]
) -> None:
    sealed = opened.vault.seal(record, encode({**what, "by": _me()}), "record_log")
    row = {"record_id": record, "at": opened.clock.now(), "kind": kind, "sealed": sealed}
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
