"""What happened in a drill, in figures: from its own database, after it or while it goes on.

All times are ms of the drill's own time, counted from its beginning; divided by `pace` they are the
time that went by. `event` is when somebody called for help or should have answered.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import select

from bot.batch import Batch
from bot.store import tables as t
from bot.store.store import Row, Store
from bot.vault import Vault
from flows.drill.results import done_by, owed
from flows.drill.script import NOTHING, Act, Script
from flows.engine.model import Data

TAKEN = ("acknowledged",)  #: states of a case in which somebody has it


async def report(
    store: Store, vault: Vault, row: Row, data: Data, script: Script
) -> Mapping[str, Any]:
    """`store`: the drill's own; `row` of the table `drills`; `data`: of its flow."""
    began = int(row["began_at"] or 0)
    async with store.read() as conn:
        batch = Batch(conn, vault, 0)
        people = [one for (one,) in await conn.execute(select(t.persons.c.id))]
        await batch.load_people(people)
        cases = [
            r._mapping for r in await conn.execute(select(t.cases).order_by(t.cases.c.opened_at))
        ]
        lines = [
            r._mapping for r in await conn.execute(select(t.happened).order_by(t.happened.c.seq))
        ]
    names = {who: card.name for who in people if (card := batch.card(who))}
    found = [_case(case, lines, began) for case in cases]
    wanted = [(act, each) for act in script.acts for each in owed(data, script, act)]
    return {
        "id": row["id"],
        "script": script.name,
        "state": row["state"],
        "pace": row["pace"],
        "began_at": row["began_at"],
        "ended_at": row["ended_at"],
        "expected": len(wanted),
        "done": sum(done_by(data, act, each) for act, each in wanted),
        "missing": [
            {"step": act.verb, "part": act.to}
            for act in dict.fromkeys(a for a, each in wanted if not done_by(data, a, each))
        ],
        "people": [
            {
                "id": who,
                "name": names.get(who, ""),
                "part": part,
                "state": state,
                "steps": _steps(who, part, data, script),
            }
            for who, (part, state) in data["people"].items()
        ],
        "cases": found,
        "times": {
            "to_acknowledgement": _median([c["acknowledged"] for c in found], found),
            "to_welfare": _median([c["closed"] for c in found], found),
        },
    }


def _steps(who: str, part: str, data: Data, script: Script) -> list[dict[str, Any]]:
    return [_step(act, data["did"].get(f"{act.number}/{who}")) for act in script.acts
            if act.to == part and act.by != "trainer" and act.verb != NOTHING]  # fmt: skip


def _step(act: Act, did: Sequence[int] | None) -> dict[str, Any]:
    return {
        "step": act.verb,
        "by": act.by,
        "from": act.at,
        "until": act.until,
        "at": did[0] if did else None,
        "late": bool(did and did[2]),
    }


def _case(case: Row, lines: Sequence[Row], began: int) -> dict[str, Any]:
    """Of one case of the drill: when what it is about happened, who was called, who took it."""
    mine = [r for r in lines if r["subject"] == case["id"]]
    taken = next((r for r in mine if r["state"] in TAKEN), None)
    called = {r["person_id"]: r["at"] - began for r in reversed(mine) if r["urgent"]}
    event = case["opened_at"] - began
    return {
        "id": case["id"],
        "person": case["person_id"],
        "kind": case["kind"],
        "event": event,
        "called": dict(sorted(called.items(), key=lambda each: (each[1], each[0]))),
        "acknowledged": taken["at"] - began if taken else None,
        "by": taken["person_id"] if taken else "",
        "closed": case["closed_at"] - began if case["closed_at"] else None,
    }


def _median(ends: Sequence[int | None], cases: Sequence[Mapping[str, Any]]) -> int | None:
    """Of the times from each case's event to that end, for those that came to it."""
    spans = [end - case["event"] for end, case in zip(ends, cases, strict=True) if end is not None]
    return round(median(spans)) if spans else None


def kept(folder: Path, drill: str) -> Path | None:
    """The drill's database; None when nothing of it is kept any more."""
    place = folder / f"{drill}.sqlite3"
    return place if place.exists() else None
