"""What the operator says of a record: how far it is verified, what was wrong in it, which others
tell of the same event. Each leaves a line in its log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from secrets import token_hex
from typing import Any

from bot.commands import shell
from bot.commands.record_rows import checked_with, everything, note, one, tell_unread
from bot.commands.shell import Refusal
from bot.store import tables as t
from flows.report.classes import (
    Record,
    State,
    coarsen,
    lacks,
    problems,
)
from flows.report.likeness import SUGGEST, same_event

#: Of a record, what the operator may say otherwise after the reporter has corrected it.
CORRECTED = (
    "cls", "kinds", "when", "country", "region", "city", "place", "perpetrator", "gender", "medium",
)  # fmt: skip
MISSING = {
    "sources": "more independent sources (--source, once for each)",
    "evidence": "a file that shows it, with its hash",
    "reason": "why you say so (--reason)",
}

EVENT = 5  #: bytes of the name of an event, drawn for each

# ---------------------------------------------------------------- verifying


async def verify(typed: str, state: str, sources: Sequence[str], reason: str) -> None:
    """Sources add to those that are there; each is one beside the reporter, none from another."""
    fresh = [source.strip() for source in sources if source.strip()]
    async with shell.opened() as opened, opened.store.write() as conn:
        known = await one(conn, opened, typed)
        checked = tuple(dict.fromkeys((*known.checked, *fresh)))
        record = replace(known.record, sources=len(checked))
        if missing := lacks(record, state, reason):
            raise Refusal(f"{_lacking(record.id, state, missing)} Nothing was changed.")
        change = {"state": state, "checked": checked_with(opened, known, sources=list(checked))}
        await conn.execute(t.records.update().where(t.records.c.id == record.id).values(change))
        said = {"reason": reason, "state": state, "sources": fresh}
        await note(conn, opened, record.id, "verified", said)
    shell.show(f"{record.id}: {state}")


async def correct(typed: str, given: Sequence[str], reason: str) -> None:
    """After the reporter has said that something was wrong: from now on it is shown and counted as
    the operator says. What stood there before stays in the log. Nothing gets more exact than the
    reporter has allowed."""
    if not reason.strip():
        raise Refusal("a record is corrected for a reason only: --reason. Nothing was changed.")
    said = dict(_pair(each) for each in given)
    async with shell.opened() as opened, opened.store.write() as conn:
        known = await one(conn, opened, typed)
        fresh = replace(known.record, **said)
        _possible(known.record, fresh, said, opened.clock.now())
        corrected = {**known.corrected, **said}
        change = {"checked": checked_with(opened, known, corrected=corrected)}
        await conn.execute(t.records.update().where(t.records.c.id == fresh.id).values(change))
        for name, now in said.items():
            was = getattr(known.record, name)
            line = {"reason": reason, "field": name, "was": was, "now": now}
            await note(conn, opened, fresh.id, "corrected", line)
    shell.show(f"{fresh.id}: {', '.join(said)}")


def _pair(given: str) -> tuple[str, Any]:
    """ "when=2026-11-19", "kinds=raid,threat"."""
    name, equals, value = (part.strip() for part in given.partition("="))
    if not equals or name not in CORRECTED:
        raise Refusal(f"{given!r}: write one of {', '.join(CORRECTED)}, then = and how it was.")
    return name, tuple(filter(None, value.split(","))) if name == "kinds" else value


def _possible(before: Record, fresh: Record, said: Mapping[str, Any], now: int) -> None:
    wrong = [p for p in problems(fresh, now) if p not in problems(before, now)]
    if wrong:
        listed = "; ".join(f"{p.field}: {p.why}" for p in wrong)
        raise Refusal(f"that can't be: {listed}. Nothing was changed.")
    allowed = coarsen(fresh)
    for name, value in said.items():
        if getattr(allowed, name) != value:
            raise Refusal(
                f"{name} is more exact than its reporter allowed (place: {fresh.place_precision}, "
                f"time: {fresh.time_precision}). Nothing was changed."
            )


def _lacking(record: str, state: str, missing: Sequence[str]) -> str:
    if "state" in missing:
        return f"{state!r} is none of {', '.join(State)}."
    what = "; ".join(MISSING[name] for name in missing)
    return f"{record} can't be called {state} yet. It takes: {what}."


# ---------------------------------------------------------------- one event


async def same(first: str, second: str, reason: str = "") -> None:
    """They tell of one event from now on, with all that were linked to either. What speaks against
    it is said first, and takes a reason: a wrong link hides an attack from every count."""
    async with shell.opened() as opened, opened.store.write() as conn:
        a = (await one(conn, opened, first)).record
        b = (await one(conn, opened, second)).record
        if a.id == b.id:
            raise Refusal("that is one and the same record. Nothing was changed.")
        known, _ = await everything(conn, opened)
        _refuse_unlike(a, b, [each.record for each in known], reason)
        # Never named after a record: one that was taken out again would be joined unseen.
        event = a.event or b.event or f"E{token_hex(EVENT)}".upper()
        c = t.records.c
        linked = c.id.in_((a.id, b.id)) | c.event.in_([e for e in (a.event, b.event) if e])
        await conn.execute(t.records.update().where(linked).values(event=event))
        for record, with_it in ((a, b), (b, a)):
            said = {"reason": f"same event as {with_it.id}. {reason}".strip()}
            await note(conn, opened, record.id, "linked", said)
    shell.show(f"{a.id} and {b.id} tell of one event: {event}")


def _with(record: Record, known: Sequence[Record]) -> list[Record]:
    """It, and all that are linked to it."""
    return [each for each in known if each.group == record.group]


def _refuse_unlike(a: Record, b: Record, known: Sequence[Record], reason: str) -> None:
    """Each that would be counted as one with each other; what is said is of the worst pair."""
    if reason.strip() or a.group == b.group:
        return
    pairs = list(product(_with(a, known), _with(b, known)))
    a, b = min(pairs, key=lambda pair: same_event(*pair)[0], default=(a, b))
    score, found = same_event(a, b)
    if score >= SUGGEST:
        return
    why = (
        found[0] if score == 0 else f"only {', '.join(found)} agree" if found else "nothing agrees"
    )
    raise Refusal(
        f"{a.id} and {b.id} don't look like one event ({why}). Counted as one, the other attack is "
        "missing from every figure. If they are one, say how you know: --reason. Nothing was "
        "changed."
    )


async def apart(typed: str) -> None:
    """It tells of an event of its own again."""
    async with shell.opened() as opened, opened.store.write() as conn:
        record = (await one(conn, opened, typed)).record
        if not record.event:
            raise Refusal(f"{record.id} is linked to no other. Nothing was changed.")
        await conn.execute(t.records.update().where(t.records.c.id == record.id).values(event=""))
        await note(conn, opened, record.id, "parted", {"reason": f"not {record.event}"})
    shell.show(f"{record.id} tells of an event of its own")


async def duplicates(as_json: bool) -> None:
    """Pairs that a person should look at; nothing is linked by itself."""
    async with shell.opened() as opened, opened.store.read() as conn:
        known, unread = await everything(conn, opened)
    tell_unread(unread)
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
