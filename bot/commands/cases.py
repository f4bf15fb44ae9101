"""Cases and check-ins, as the operator sees them. Nothing here changes anything."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch import Batch
from bot.commands import shell
from bot.commands.people import cards
from bot.commands.shell import Refusal
from bot.store import tables as t
from bot.store.store import Row, by
from bot.vault import Vault, VaultError

ENDED = ("new", "safe")  #: states of a check-in in which nobody is waited for


async def list_cases(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        found = await conn.execute(select(t.cases).order_by(t.cases.c.opened_at, t.cases.c.id))
        rows = [row._mapping for row in found]
        shown = await _shown(conn, opened.vault, rows)
    if as_json:
        shell.show_json(shown)
        return
    head = ("id", "kind", "phase", "state", "person", "opened", "acknowledged by", "outcome")
    lines = [_line(row, case) for row, case in zip(rows, shown, strict=True)]
    shell.show_table(head, lines, "No cases.")


def _line(row: Row, case: dict[str, Any]) -> tuple[str, ...]:
    named = [f"#{case['id']}", *(str(case[f] or "") for f in ("kind", "phase", "state", "person"))]
    by_whom = case["acknowledged_by"] or ""
    return (*named, shell.short_time(row["opened_at"]), by_whom, case["outcome"] or "")


async def show_case(typed: str, as_json: bool) -> None:
    case_id = typed.strip().removeprefix("#").upper()
    async with shell.opened() as opened, opened.store.read() as conn:
        rows = await by(conn, t.cases, "id", [case_id])
        if not rows:
            raise Refusal(f"there is no case #{case_id}. `onbelay case list` shows all.")
        case = (await _shown(conn, opened.vault, rows))[0]
        case["log"] = await _log(conn, opened.vault, rows[0])
    if as_json:
        shell.show_json(case)
        return
    for field, value in case.items():
        if field != "log":
            shell.show(f"{field.replace('_', ' ')}: {'' if value is None else value}")
    for entry in case["log"]:
        who = f" ({entry['by']})" if entry["by"] else ""
        shell.show(f"  {entry['time']}  {entry['kind']}{who}: {entry['text']}")


async def list_checkins(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        c = t.instances.c
        found = await conn.execute(
            select(t.instances).where(c.flow == "checkin", c.state.not_in(ENDED))
        )
        rows = [row._mapping for row in found]
        batch = await cards(conn, opened.vault, [row["person_id"] for row in rows])
        plans = sorted((_plan(row, batch) for row in rows), key=lambda p: str(p["due"]))
    if as_json:
        shell.show_json(plans)
        return
    shell.show_table(
        ("person", "state", "due", "every", "risk"),
        [_plan_line(plan) for plan in plans],
        "Nobody has a check-in running.",
    )


def _plan(row: Row, batch: Batch) -> dict[str, Any]:
    person = row["person_id"]
    data = _opened(batch.vault, person, row["sealed"], "instance/checkin")
    someone, card = batch.people.get(person), batch.card(person)
    return {
        "person": card.name if card else None,
        "state": row["state"],
        "due": shell.iso(data.get("due")),
        "interval": data.get("interval", 0) // 1000,
        "risk": someone.risk if someone else None,
    }


def _plan_line(plan: dict[str, Any]) -> tuple[str, ...]:
    every = f"{plan['interval']} s" if plan["interval"] else "once"
    due = str(plan["due"] or "").replace("T", " ")
    return (plan["person"] or "", plan["state"], due, every, plan["risk"] or "")


# ---------------------------------------------------------------- opened rows


async def _shown(conn: AsyncConnection, vault: Vault, rows: Sequence[Row]) -> list[dict[str, Any]]:
    people = [r[column] for r in rows for column in ("person_id", "acknowledged_by")]
    batch = await cards(conn, vault, people)
    return [_case(row, batch) for row in rows]


def _case(row: Row, batch: Batch) -> dict[str, Any]:
    sealed = _opened(batch.vault, row["person_id"], row["sealed"], "case")
    return {
        "id": row["id"],
        "kind": row["kind"],
        "phase": row["phase"],
        "state": row["state"],
        "person": _name(batch, row["person_id"]),
        "opened_at": shell.iso(row["opened_at"]),
        "acknowledged_by": _name(batch, row["acknowledged_by"]),
        "acknowledged_at": shell.iso(row["acknowledged_at"]),
        "closed_at": shell.iso(row["closed_at"]),
        "outcome": sealed.get("outcome") or None,
    }


async def _log(conn: AsyncConnection, vault: Vault, case: Row) -> list[dict[str, Any]]:
    found = await conn.execute(
        select(t.case_log).where(t.case_log.c.case_id == case["id"]).order_by(t.case_log.c.seq)
    )
    rows = [row._mapping for row in found]
    batch = await cards(conn, vault, list(_mentioned(rows)))
    return [
        {
            "time": shell.iso(row["at"]),
            "kind": row["kind"],
            "text": _opened(vault, case["person_id"], row["sealed"], "log").get("text", ""),
            "by": _name(batch, row["by"]),
        }
        for row in rows
    ]


def _mentioned(rows: Iterable[Row]) -> Iterable[str]:
    return (row["by"] for row in rows)


def _name(batch: Batch, person: str) -> str | None:
    """Their name; the id of somebody who was erased; None for nobody."""
    card = batch.card(person) if person else None
    return card.name if card else person or None


def _opened(vault: Vault, person: str, sealed: bytes, context: str) -> dict[str, Any]:
    """What can't be read any more (erased, tampered) shows as nothing; `doctor` says why."""
    try:
        found: dict[str, Any] = json.loads(vault.open(person, sealed, context)) if sealed else {}
    except VaultError:
        return {}
    return found
