"""The record of attacks, as the operator works on it: counts, and one record with a reason.

Whoever looks at one record, or says how far it is verified, leaves a line in its log, sealed under
the record's key as it is itself. What was withdrawn can't be read here either.
"""

import asyncio
import getpass
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import newcomer, shell
from bot.commands.shell import Opened, Refusal
from bot.languages import LOCALES
from bot.outbox import encode
from bot.record.kept import MONTH, Known, read, read_figures
from bot.record.output import as_csv, as_html, as_json
from bot.record.summary import DEFAULT, TooMany, summarise
from bot.store import tables as t
from bot.store.store import by
from bot.text import Text
from flows.report.classes import (
    SUGGEST,
    Record,
    State,
    coarsen,
    lacks,
    moment,
    same_event,
)

FORMATS = ("csv", "json", "html")
MISSING = {
    "sources": "more independent sources (--source, once for each)",
    "evidence": "a file that shows it, with its hash",
    "reason": "why you say so (--reason)",
}


# ---------------------------------------------------------------- looking


async def list_records(as_json: bool) -> None:
    """No words, no names, no place but the country, of the time the month."""
    async with shell.opened() as opened, opened.store.read() as conn:
        known, unread = await _all(conn, opened)
    _tell_unread(unread)
    shown = [_line(each) for each in known]
    if as_json:
        shell.show_json(shown)
        return
    head = ("id", "class", "month", "country", "state", "event", "sources", "evidence", "reported")
    cells = [tuple(str(line[name] or "") for name in head) for line in shown]
    shell.show_table(head, cells, "No records.")


def _line(known: Known) -> dict[str, Any]:
    record = coarsen(known.record)
    return {
        "id": record.id,
        "class": record.cls,
        "kinds": list(record.kinds),
        "month": record.when[:MONTH] or None,
        "country": record.country or None,
        "state": record.state,
        "event": record.event or None,
        "sources": record.sources,
        "evidence": len(record.evidence),
        "reported": (shell.iso(known.row["created_at"]) or "")[: len("YYYY-MM-DD")],
    }


async def show_record(typed: str, reason: str, as_json: bool) -> None:
    """All of it. That somebody looked, and why, is written before anything is shown."""
    if not reason.strip():
        raise Refusal("a record is shown for a reason only: --reason. Nothing was shown.")
    async with shell.opened() as opened:
        async with opened.store.write() as conn:
            known = await _one(conn, opened, typed)
            await _note(conn, opened, known.record.id, "shown", {"reason": reason})
        async with opened.store.read() as conn:
            found = _whole(known) | {"log": await _log(conn, opened, known.record.id)}
    if as_json:
        shell.show_json(found)
        return
    for field, value in found.items():
        if field != "log":
            shell.show(f"{field.replace('_', ' ')}: {_said(value)}")
    for entry in found["log"]:
        shell.show(f"  {entry['time']}  {entry['kind']} ({entry['by']}): {entry['reason']}")


def _whole(known: Known) -> dict[str, Any]:
    record = known.record
    return {
        "id": record.id,
        "class": record.cls,
        "kinds": list(record.kinds),
        "when": record.when or None,
        "country": record.country or None,
        "region": record.region or None,
        "city": record.city or None,
        "place": record.place or None,
        "place_precision": record.place_precision,
        "time_precision": record.time_precision,
        "perpetrator": record.perpetrator,
        "gender": record.gender,
        "medium": record.medium,
        "words": known.words.get("words"),
        "told_by": known.words.get("told_by", []),
        "role": record.role,
        "state": record.state,
        "event": record.event or None,
        "sources": list(known.checked),
        "evidence": [
            {"kind": kind, "sha256": sha, "received": shell.iso(at)}
            for kind, sha, at in record.evidence
        ],
        "case": record.case or None,
        "application": record.application or None,
        "reported_at": shell.iso(record.reported_at),
    }


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_said(each) for each in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    return "" if value is None else str(value)


# ---------------------------------------------------------------- counts


async def summary(
    form: str, lang: str, out: Path | None, below: int | None, coarse: bool, ask: Sequence[str]
) -> None:
    if form not in FORMATS:
        raise Refusal(f"{form!r} is none of {', '.join(FORMATS)}. Nothing was written.")
    text = Text.load(LOCALES)
    lang = shell.right(newcomer.language, lang, text.languages)
    async with shell.opened() as opened, opened.store.read() as conn:
        least = opened.settings.record.suppress_below
        if below is not None and below < least:
            raise Refusal(
                f"[record] suppress_below is {least}: --below can hide more, not less, or people "
                "could be recognised by small numbers. Nothing was written."
            )
        known, unread = await _all(conn, opened)
        old = await _old(conn, opened)
        now = opened.clock.now()
    _tell_unread(unread)
    month = f"{at:%Y-%m}" if (at := moment(now)) else ""
    try:
        counted = summarise(
            [*(each.record for each in known), *old],
            least if below is None else below,
            tuple(ask) or DEFAULT,
            coarse=coarse,
            until=month,
        )
    except (TooMany, ValueError) as error:
        raise Refusal(f"{error}. Nothing was written.") from None
    made = as_json(counted, now)
    if form != "json":
        made = (as_csv if form == "csv" else as_html)(counted, text, lang, now)
    if out is None:
        shell.put(made)
        return
    # Spreadsheets take a file without the mark for one of another script.
    body = made.encode("utf-8-sig" if form == "csv" else "utf-8")
    await asyncio.to_thread(out.write_bytes, body)
    shell.say(f"written: {out}")


# ---------------------------------------------------------------- verifying


async def verify(typed: str, state: str, sources: Sequence[str], reason: str) -> None:
    """Sources add to those that are there; each is one beside the reporter, none from another."""
    fresh = [source.strip() for source in sources if source.strip()]
    async with shell.opened() as opened, opened.store.write() as conn:
        known = await _one(conn, opened, typed)
        checked = tuple(dict.fromkeys((*known.checked, *fresh)))
        record = replace(known.record, sources=len(checked))
        if missing := lacks(record, state, reason):
            raise Refusal(f"{_lacking(record.id, state, missing)} Nothing was changed.")
        change = {"state": state, "checked": _seal(opened, record.id, {"sources": list(checked)})}
        await conn.execute(t.records.update().where(t.records.c.id == record.id).values(change))
        said = {"reason": reason, "state": state, "sources": fresh}
        await _note(conn, opened, record.id, "verified", said)
    shell.show(f"{record.id}: {state}")


def _lacking(record: str, state: str, missing: Sequence[str]) -> str:
    if "state" in missing:
        return f"{state!r} is none of {', '.join(State)}."
    what = "; ".join(MISSING[name] for name in missing)
    return f"{record} can't be called {state} yet. It takes: {what}."


# ---------------------------------------------------------------- one event


async def same(first: str, second: str) -> None:
    """They tell of one event from now on, with all that were linked to either."""
    async with shell.opened() as opened, opened.store.write() as conn:
        one, other = await _one(conn, opened, first), await _one(conn, opened, second)
        a, b = one.record, other.record
        if a.id == b.id:
            raise Refusal("that is one and the same record. Nothing was changed.")
        event = a.event or b.event or a.id
        c = t.records.c
        linked = c.id.in_((a.id, b.id)) | c.event.in_([e for e in (a.event, b.event) if e])
        await conn.execute(t.records.update().where(linked).values(event=event))
        for record, with_it in ((a, b), (b, a)):
            said = {"reason": f"same event as {with_it.id}"}
            await _note(conn, opened, record.id, "linked", said)
    shell.show(f"{a.id} and {b.id} tell of one event: {event}")


async def apart(typed: str) -> None:
    """It tells of an event of its own again."""
    async with shell.opened() as opened, opened.store.write() as conn:
        record = (await _one(conn, opened, typed)).record
        if not record.event:
            raise Refusal(f"{record.id} is linked to no other. Nothing was changed.")
        await conn.execute(t.records.update().where(t.records.c.id == record.id).values(event=""))
        await _note(conn, opened, record.id, "parted", {"reason": f"not {record.event}"})
    shell.show(f"{record.id} tells of an event of its own")


async def duplicates(as_json: bool) -> None:
    """Pairs that a person should look at; nothing is linked by itself."""
    async with shell.opened() as opened, opened.store.read() as conn:
        known, unread = await _all(conn, opened)
    _tell_unread(unread)
    pairs = sorted(_alike([each.record for each in known]), key=lambda p: (-p["score"], p["ids"]))
    if as_json:
        shell.show_json(pairs)
        return
    rows = [(*p["ids"], str(p["score"]), ", ".join(p["reasons"])) for p in pairs]
    shell.show_table(("id", "id", "score", "why"), rows, "No two records look like one event.")


def _alike(records: Sequence[Record]) -> Iterable[dict[str, Any]]:
    """Within one country: two countries are never one event."""
    by_country: dict[str, list[Record]] = {}
    for record in records:
        if record.state != State.WITHDRAWN:
            by_country.setdefault(record.country, []).append(record)
    for each in by_country.values():
        for a, b in combinations(each, 2):
            score, reasons = same_event(a, b)
            if score >= SUGGEST and a.group != b.group:
                yield {"ids": [a.id, b.id], "score": score, "reasons": list(reasons)}


# ---------------------------------------------------------------- opened rows


async def _all(conn: AsyncConnection, opened: Opened) -> tuple[list[Known], int]:
    """Those that can be read, the oldest first, and how many can't though they should."""
    query = select(t.records).where(t.records.c.ended_at.is_(None))
    ordered = query.order_by(t.records.c.created_at, t.records.c.id)
    rows = [row._mapping for row in await conn.execute(ordered)]
    found = [read(opened.vault, row) for row in rows]
    return [each for each in found if each], sum(each is None for each in found)


async def _old(conn: AsyncConnection, opened: Opened) -> list[Record]:
    """What is counted of records whose time is over."""
    rows = [row._mapping for row in await conn.execute(select(t.old_records))]
    return [record for row in rows if (record := read_figures(opened.vault, row))]


async def _one(conn: AsyncConnection, opened: Opened, typed: str) -> Known:
    record = typed.strip().removeprefix("#").upper()
    rows = await by(conn, t.records, "id", [record])
    if not rows:
        raise Refusal(f"there is no record {record}. `onbelay record list` shows all.")
    known = read(opened.vault, rows[0]) if rows[0]["ended_at"] is None else None
    if known is None:
        raise Refusal(f"{record} was withdrawn and erased: nobody can read it any more.")
    return known


def _tell_unread(unread: int) -> None:
    if unread:
        shell.say(f"{unread} records can't be read (erased, or another key ring): left out.")


def _seal(opened: Opened, record: str, what: Mapping[str, Any]) -> bytes:
    return opened.vault.seal(record, encode(what), "checked")


async def _note(
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


async def _log(conn: AsyncConnection, opened: Opened, record: str) -> list[dict[str, Any]]:
    c = t.record_log.c
    rows = await conn.execute(select(t.record_log).where(c.record_id == record).order_by(c.seq))
    found = []
    for row in rows:
        said = json.loads(opened.vault.open(record, row.sealed, "record_log"))
        found.append({"time": shell.iso(row.at), "kind": row.kind, **said})
    return found
