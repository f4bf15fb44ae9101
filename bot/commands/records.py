"""The record of attacks, as the operator reads it: counts, and one record with a reason.

Whoever looks at one record leaves a line in its log, sealed under the record's key as it is itself.
What was withdrawn can't be read here either. What the operator says of records: record_checks.py.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import newcomer, shell
from bot.commands.record_readers import named, reader
from bot.commands.record_rows import everything, log_of, note, old_figures, one, tell_unread
from bot.commands.shell import Refusal
from bot.languages import LOCALES
from bot.record.kept import MONTH, Known
from bot.record.output import as_csv, as_html, as_json
from bot.record.summary import DEFAULT, TooMany, summarise
from bot.store import tables as t
from bot.text import Text
from flows.report.classes import coarsen, moment

FORMATS = ("csv", "json", "html")
#: Lines of the log after which what was added is no longer new.
READ = ("shown", "verified", "corrected")

# ---------------------------------------------------------------- looking


async def list_records(as_json: bool) -> None:
    """No words, no names, no place but the country, of the time the month."""
    async with shell.opened() as opened, opened.store.read() as conn:
        known, unread = await everything(conn, opened)
        read = await _last_read(conn)
    tell_unread(unread)
    shown = [_line(each, read.get(each.record.id, 0)) for each in known]
    if as_json:
        shell.show_json(shown)
        return
    head = (
        "id", "class", "month", "country", "state", "event", "sources", "evidence", "reported",
        "new",
    )  # fmt: skip
    cells = [tuple(str(line[name] or "") for name in head) for line in shown]
    shell.show_table(head, cells, "No records.")


async def _last_read(conn: AsyncConnection) -> dict[str, int]:
    """When somebody last looked at each record, in ms."""
    c = t.record_log.c
    query = select(c.record_id, func.max(c.at)).where(c.kind.in_(READ)).group_by(c.record_id)
    return {record: int(at) for record, at in await conn.execute(query)}


def _line(known: Known, read: int) -> dict[str, Any]:
    """`new`: what its reporter has added since somebody looked, files too."""
    record = coarsen(known.record)
    sent = known.record.reported_at
    came = [at for at, *_ in known.added]
    came += [at for _, _, at in known.record.evidence if at > sent]
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
        "new": sum(at > read for at in came),
    }


async def show_record(typed: str, role: str, reason: str, by: str, as_json: bool) -> None:
    """As much as the role needs. Who looked, as what and why, is written first."""
    if role not in ROLES:
        raise Refusal(f"{role!r} is none of {', '.join(ROLES)}. Nothing was shown.")
    if not reason.strip():
        raise Refusal("a record is shown for a reason only: --reason. Nothing was shown.")
    async with shell.opened() as opened:
        async with opened.store.write() as conn:
            known = await one(conn, opened, typed)
            looks = await reader(conn, opened, by, role, known)
            said = {"reason": reason, "role": role, "who": looks.id}
            await note(conn, opened, known.record.id, "shown", said)
        async with opened.store.read() as conn:
            log = await named(conn, opened, await log_of(conn, opened, known.record.id))
            found = ROLES[role](_whole(known) | {"log": log})
    if as_json:
        shell.show_json(found)
        return
    for name, value in found.items():
        if name != "log":
            shell.show(f"{name.replace('_', ' ')}: {_said(value)}")
    for entry in found["log"]:
        change = f" [{entry['field']}: {_said(entry['was'])}]" if "field" in entry else ""
        who = ", ".join(entry[name] for name in ("named", "by", "role") if name in entry)
        why = f": {entry['reason']}" if "reason" in entry else ""
        shell.show(f"  {entry['time']}  {entry['kind']} ({who}){change}{why}")


def _for_reader(whole: dict[str, Any]) -> dict[str, Any]:
    """No words of anybody, no place finer than the region, no sources, nothing that leads to a
    person; of the log who looked, and not what was said there."""
    log = [{name: e[name] for name in LOOKED if name in e} for e in whole["log"]]
    left = {name: value for name, value in whole.items() if name not in VERIFIERS}
    return left | {"sources": len(whole["sources"]), "log": log}


#: What only who verifies a record needs.
VERIFIERS = ("city", "place", "words", "told_by", "added", "sources", "case", "application")
LOOKED = ("time", "kind", "by", "who", "named", "role")  #: of a line of the log
ROLES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "reader": _for_reader,
    "verifier": lambda whole: whole,
}


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
        "added": [
            {"time": shell.iso(at), "what": what, "answer": name or None, "text": text}
            for at, what, name, text in known.added
        ],
        "corrected": sorted(known.corrected),
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
        known, unread = await everything(conn, opened)
        old = await old_figures(conn, opened)
        now = opened.clock.now()
    tell_unread(unread)
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
