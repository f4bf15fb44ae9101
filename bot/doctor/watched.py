"""Nobody forgotten: whoever is watched has a timer or a case; the logs are as they were written."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from bot.doctor.look import MINUTE, Finding, Look, error, named
from bot.outbox import decode
from bot.store import tables as t
from bot.store.store import Row, by
from bot.vault import Vault, VaultError
from flows.report.classes import State

UNTAKEN = 60 * MINUTE  #: ms that a case may be open without anybody having it

#: A running check-in's state, and the timers of which one must be set.
WAITED = {
    "waiting": {"remind", "due"},
    "reminded": {"due"},
    "asked": {"grace"},
}
#: The same for a case.
CALLED = {"open": {"repeat"}, "acknowledged": {"ack"}}


async def checkins(look: Look) -> list[Finding]:
    """Every check-in that runs has the timer that moves it on, or a case that is not closed."""
    c = t.instances.c
    async with look.store.read() as conn:
        found = await conn.execute(
            select(c.subject, c.person_id, c.state).where(c.flow == "checkin")
        )
        plans = [row._mapping for row in found]
        timers = await _timers(look, "checkin")
        watched = await by(conn, t.cases, "state", ["open", "acknowledged"])
    cases = {row["person_id"] for row in watched}
    lost = [row["person_id"] for row in plans if not _waited_for(row, timers, cases)]
    if not lost:
        return []
    return [
        error(
            "check-ins",
            f"The check-ins of {named(lost)} run without a timer or an open case: nobody would "
            "miss them. Reach these people now, and have them start a new check-in. Report this: "
            "it must not happen.",
            lost,
        )
    ]


def _waited_for(row: Row, timers: Mapping[str, set[str]], cases: set[str]) -> bool:
    if row["state"] == "overdue":
        return row["person_id"] in cases
    needed = WAITED.get(row["state"])
    return needed is None or bool(needed & timers.get(row["subject"], set()))


async def _timers(look: Look, flow: str) -> dict[str, set[str]]:
    c = t.timers.c
    found: dict[str, set[str]] = {}
    async with look.store.read() as conn:
        for subject, name in await conn.execute(select(c.subject, c.name).where(c.flow == flow)):
            found.setdefault(subject, set()).add(name)
    return found


async def cases(look: Look) -> list[Finding]:
    c = t.cases.c
    async with look.store.read() as conn:
        rows = [r._mapping for r in await conn.execute(select(t.cases).where(c.state != "closed"))]
        instances = {
            row["subject"]: row["state"]
            for row in await by(conn, t.instances, "flow", ["escalation"])
        }
    timers = await _timers(look, "escalation")
    found = []
    lost = [row["id"] for row in rows if _forgotten(row, instances, timers)]
    lost += [s for s, state in instances.items() if state != "closed" and s not in _case_ids(rows)]
    if lost:
        found.append(
            error(
                "cases",
                f"Cases {_cases_named(lost)} are open, but nothing calls anybody about them any "
                "more. Take them yourself now: onbelay case show ID. Report this: it must not "
                "happen.",
                lost,
            )
        )
    silent = [
        row["id"]
        for row in rows
        if row["state"] == "open"
        and instances.get(row["id"]) == "open"
        and row["opened_at"] < look.now - UNTAKEN
    ]
    if silent:
        found.append(
            error(
                "cases",
                f"Nobody has taken {_cases_named(silent)} for more than an hour. Somebody may be "
                "in danger and alone. Call your coordinators another way.",
                silent,
            )
        )
    return found


def _case_ids(rows: Iterable[Row]) -> set[str]:
    return {row["id"] for row in rows}


def _cases_named(ids: Sequence[str]) -> str:
    return named([f"#{i}" for i in ids])


def _forgotten(row: Row, instances: Mapping[str, str], timers: Mapping[str, set[str]]) -> bool:
    state = instances.get(row["id"])
    if state is None or state == "closed":
        return True
    needed = CALLED.get(state)
    return needed is not None and not needed & timers.get(row["id"], set())


async def case_log(look: Look) -> list[Finding]:
    """Each line is hashed together with the one before it, with a key that the database hasn't."""
    bad: set[str] = set()
    chains: dict[str, str] = {}
    erased = look.vault.erased()
    async with look.store.read() as conn:
        found = await conn.execute(select(t.cases.c.id, t.cases.c.person_id))
        owners: dict[str, str] = {row.id: row.person_id for row in found}
        cases = set(owners)
        # A request's log lies under a key of its own, that has its name.
        requests = await conn.execute(select(t.applications.c.id))
        owners |= {row.id: row.id for row in requests}
        lines = await conn.stream(select(t.case_log).order_by(t.case_log.c.seq))
        async for line in lines:
            row = line._mapping
            case = row["case_id"]
            if owners.get(case) in erased:
                continue
            expected = _chained(look.vault, owners.get(case, ""), chains.get(case, ""), row)
            if row["chain"] != expected:
                bad.add(case)
            chains[case] = row["chain"]
    bare = [case for case in cases if case not in chains and owners[case] not in erased]
    changed = sorted({*bad, *bare})
    if not changed:
        return []
    return [
        error(
            "case log",
            f"The log of {_cases_named(changed)} was changed outside Onbelay: lines are missing, "
            "altered or can't be read. Don't rely on what it says happened. Keep this database, "
            "find out who had access to it, and compare with a backup.",
            changed,
        )
    ]


def _chained(vault: Vault, person: str, before: str, row: Row) -> str:
    """As bot/kept.py writes it; "" when the line can't be opened."""
    try:
        text = decode(vault.open(person, row["sealed"], "log"))["text"]
    except (VaultError, ValueError, KeyError):
        return ""
    line = (row["case_id"], str(row["at"]), row["kind"], row["by"])
    return vault.chained(before, *line, text)


async def record_log(look: Look) -> list[Finding]:
    """The same for who has read a record or said how far it is verified."""
    bad: set[str] = set()
    chains: dict[str, str] = {}
    async with look.store.read() as conn:
        c = t.records.c
        said = select(c.id).where(c.state != State.REPORTED, c.ended_at.is_(None))
        verified = {row.id for row in await conn.execute(said)}
        async for line in await conn.stream(select(t.record_log).order_by(t.record_log.c.seq)):
            row = line._mapping
            record = row["record_id"]
            if row["chain"] != _record_chained(look.vault, chains.get(record, ""), row):
                bad.add(record)
            chains[record] = row["chain"]
    changed = sorted({*bad, *(verified - set(chains))} - look.vault.erased())
    if not changed:
        return []
    return [
        error(
            "record log",
            f"The log of the records {named(changed)} was changed outside Onbelay: lines are "
            "missing, altered or can't be read. Don't rely on how far these are verified, nor on "
            "who is said to have read them. Keep this database, find out who had access to it, and "
            "compare with a backup.",
            changed,
        )
    ]


def _record_chained(vault: Vault, before: str, row: Row) -> str:
    """As bot/commands/records.py writes it; "" when the line can't be opened."""
    record = row["record_id"]
    try:
        clear = vault.open(record, row["sealed"], "record_log").decode()
    except (VaultError, ValueError):
        return ""
    return vault.chained(before, record, str(row["at"]), row["kind"], clear)
