"""What happened in a drill, in figures: read from its own database, after it or while it goes on.

What the figures mean, flows/drill/review.py says. Names stand in that database, sealed: who was
erased since has none here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch import Batch, Someone
from bot.outbox import decode
from bot.store import tables as t
from bot.store.store import Row, Store
from bot.vault import Vault, VaultError
from flows.drill.review import (
    Case,
    Happening,
    Logged,
    Looked,
    Measure,
    Played,
    Reach,
    Review,
    Rung,
    Somebody,
    Targets,
    review,
)
from flows.drill.script import Script
from flows.drill.state import playing

EARLIER = 5  #: drills that one is compared with
SAME_TEAM = 2  #: one part in so many of all who took part in either was in both


async def seen_in(store: Store, vault: Vault, row: Row, script: Script, targets: Targets) -> Review:
    """`store`: the drill's own; `row`: of the table `drills`."""
    began = int(row["began_at"] or 0)
    async with store.read() as conn:
        happened = [
            Happening(r.at - began, r.person_id, r.what, bool(r.urgent))
            for r in await conn.execute(select(t.happened).order_by(t.happened.c.seq))
        ]
        people = await _people(conn, vault, row, began)
        cases = await _cases(conn, vault, began)
    ended = int(row["ended_at"] or 0)
    lasted = (ended - began) * row["pace"] if ended else max((h.at for h in happened), default=0)
    return review(script, people, happened, cases, targets, lasted)


async def _people(conn: AsyncConnection, vault: Vault, row: Row, began: int) -> list[Somebody]:
    batch = Batch(conn, vault, 0)
    inside = [one for (one,) in await conn.execute(select(t.persons.c.id))]
    await batch.load_people(inside)
    out = t.outbox.c
    tried = {one for (one,) in await conn.execute(select(out.address_id).distinct())}
    found = []
    for who, known in playing(row["people"]).items():
        someone = batch.people.get(who)
        profile = someone.profile if someone else {}
        name, words = str(profile.get("name", "")), bool(profile.get("words"))
        reach, guest = _reach(someone, tried, began), bool(profile.get("guest"))
        found.append(
            Somebody(who, name, known.part, known.state, words, reach, known.since, guest,
                     known.gone)
        )  # fmt: skip
    return found


def _reach(someone: Someone | None, tried: set[str], began: int) -> tuple[Reach, ...]:
    addresses = someone.addresses.values() if someone else ()
    return tuple(
        Reach(a.channel, a.proven_at is not None, a.id in tried, a.used_at >= began)
        for a in sorted(addresses, key=lambda a: (a.channel, a.id))
    )


async def _cases(conn: AsyncConnection, vault: Vault, began: int) -> list[Case]:
    c = t.cases.c
    cases = (await conn.execute(select(t.cases).order_by(c.opened_at, c.id))).all()
    whose = {case.id: case.person_id for case in cases}
    logs: dict[str, list[Logged]] = {case: [] for case in whose}
    for line in await conn.execute(select(t.case_log).order_by(t.case_log.c.seq)):
        if line.case_id in logs:
            try:
                clear = vault.open(whose[line.case_id], line.sealed, "log")
            except VaultError:
                continue  # erased since
            text = str(decode(clear).get("text", ""))
            logs[line.case_id].append(Logged(line.at - began, line.kind, line.by, text))
    return [Case(c.id, c.person_id, c.kind, c.opened_at - began, tuple(logs[c.id])) for c in cases]


# ---------------------------------------------------------------- earlier ones


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier drill of the same team, as it was told when it ended. Medians in ms."""

    id: str
    script: str
    began: int
    taken: int | None
    well: int | None
    done: int
    of: int


async def earlier(batch: Batch, row: Row) -> list[Past]:
    """The newest first. The same team: the same trainer with the same script, or at least half of
    the same people."""
    c = t.drills.c
    query = select(t.drills).where(
        c.state == "over", c.id != row["id"], c.began_at < (row["began_at"] or 0)
    )
    found: list[Past] = []
    for each in await batch.conn.execute(query.order_by(c.began_at.desc())):
        before = each._mapping
        if len(found) < EARLIER and same_team(before, row):
            instance = await batch.instance("drill", before["id"])
            told = instance.data.get("report") if instance else None
            if told:
                past = (told["taken"], told["well"], told["done"], told["of"])
                found.append(Past(before["id"], before["script"], before["began_at"], *past))
    return found


def same_team(one: Row, other: Row) -> bool:
    if one["trainer"] == other["trainer"] and one["script"] == other["script"]:
        return True
    first, second = (set(playing(row["people"])) for row in (one, other))
    return len(first & second) * SAME_TEAM >= len(first | second) > 0


async def still_open(batch: Batch, past: list[Past]) -> list[list[str]]:
    """Findings of the drill before that nobody has ticked off: they are this one's too. What was
    open before that one is among its own."""
    for each in past[:1]:
        instance = await batch.instance("drill", each.id)
        found = instance.data.get("findings", ()) if instance else ()
        return [list(f[:3]) for f in found if not f[3]]
    return []


# ---------------------------------------------------------------- as told in chat


def told(seen: Review, past: list[Past], still: list[list[str]]) -> dict[str, Any]:
    """What flows/drill/telling.py says of it, in its words."""
    found = [[f.kind, f.about, f.detail] for f in seen.findings]
    here = {"", *(one.id for one in seen.people)}
    found += [each for each in still if each not in found and each[1] in here]
    return {
        "steps": [seen.done, seen.expected],
        "taken": _told(seen.acknowledgement),
        "well": _told(seen.welfare),
        "targets": [seen.acknowledgement.target, seen.welfare.target],
        "nobody": len(seen.nobody),
        "observers": seen.observers,
        "before": [past[0].taken, past[0].well] if past else None,
        "people": {one.id: _own(one, seen) for one in seen.people},
        "findings": found,
    }


def _told(found: Measure) -> list[int | None]:
    return [found.median, found.within, found.of]


def _own(one: Played, seen: Review) -> dict[str, Any]:
    about = [case for case in seen.cases if case.person == one.id]
    took = [case for case in seen.cases if case.by == one.id]
    taken = [c.acknowledged - c.event for c in about if c.acknowledged is not None]
    well = [c.well - c.event for c in about if c.well is not None]
    first = [c.acknowledged - c.event for c in took if c.acknowledged is not None]
    return {
        "role": one.role,
        "steps": [sum(s.at is not None for s in one.steps), len(one.steps)],
        "cases": len(about),
        "taken": taken[0] if taken else None,
        "well": well[0] if well else None,
        "took": len(took),
        "first": first[0] if first else 0,
        "closed": sum(case.closed_by == one.id for case in seen.cases),
    }


# ---------------------------------------------------------------- as data


def as_data(row: Row, seen: Review, past: list[Past], targets: Targets) -> dict[str, Any]:
    """For JSON. Times in ms of the drill's own time; divided by `pace`, the time that went by."""
    return {
        **{k: row[k] for k in ("id", "script", "state", "pace", "began_at", "ended_at")},
        "expected": seen.expected,
        "done": seen.done,
        "missing": [{"step": verb, "part": part} for verb, part in seen.missing],
        "targets": {"acknowledge": targets.acknowledge, "welfare": targets.welfare},
        "times": {
            "to_acknowledgement": seen.acknowledgement.median,
            "to_welfare": seen.welfare.median,
        },
        "within": {
            "acknowledgement": _within(seen.acknowledgement),
            "welfare": _within(seen.welfare),
        },
        "people": [_person(one) for one in seen.people],
        "observers": seen.observers,
        "cases": [_case(one) for one in seen.cases],
        "reached_nobody": [{"case": case.id, **_rung(rung)} for case, rung in seen.nobody],
        "earlier": [
            {"id": p.id, "script": p.script, "began_at": p.began, "done": p.done, "expected": p.of,
             "to_acknowledgement": p.taken, "to_welfare": p.well}
            for p in past
        ],
    }  # fmt: skip


def _within(found: Measure) -> dict[str, int]:
    return {"cases": found.of, "within": found.within}


def _person(one: Played) -> dict[str, Any]:
    steps = [
        {"step": s.verb, "by": s.by, "from": s.start, "until": s.until, "at": s.at, "late": s.late,
         "did": list(s.did), "done_by": s.done_by}
        for s in one.steps
    ]  # fmt: skip
    timeline = [{"at": e.at, "what": e.verb, "own": e.own} for e in one.timeline]
    head = {"id": one.id, "name": one.name, "part": one.part, "state": one.state}
    return {**head, "steps": steps, "timeline": timeline}


def _case(case: Looked) -> dict[str, Any]:
    return {
        "id": case.id,
        "person": case.person,
        "kind": case.kind,
        "event": case.event,
        "called": dict(case.called),
        "acknowledged": case.acknowledged,
        "by": case.by,
        "answered": case.answered,
        "closed": case.closed,
        "closed_by": case.closed_by,
        "well": case.well,
        "ladder": [_rung(rung) for rung in case.rungs],
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "at": rung.at,
        "phase": rung.phase,
        "step": rung.number,
        "called": list(rung.called),
        "unreachable": list(rung.lost),
        "reached": rung.reached,
    }


def kept(folder: Path, drill: str) -> Path | None:
    """The drill's database; None when nothing of it is kept any more."""
    place = folder / f"{drill}.sqlite3"
    return place if place.exists() else None


__all__ = ["Past", "Targets", "as_data", "earlier", "kept", "seen_in", "still_open", "told"]
