"""Looks for whatever could leave somebody unwatched, and says so in sentences.

Rules for whoever adds a check:
- A finding says what happened, what it means for people being watched, and what to do.
- Ids only, never a name, an address or a text: what doctor prints is pasted into chats.
- ERROR: somebody may not be heard, asked or called. WARN: a human should look. Each check that
  finds nothing says OK, so that the list shows what was looked at.
- Nothing is changed.

First what everything rests on (configuration, key ring, schema): when one of these fails, the
rest can't be looked at. Then CHECKS, in order.
"""

from collections.abc import Sequence

from sqlalchemy import select

from bot.app import check_key_ring
from bot.doctor import drills, funds, machine, people, waiting, watched
from bot.doctor.look import Check, Finding, Look, Severity, error, open_people, warn
from bot.store import migrate
from bot.store import tables as t
from bot.store.store import StoreError
from flows.engine.model import Role

__all__ = ["CHECKS", "Finding", "Look", "Severity", "at_start", "error", "examine", "warn"]


async def examine(look: Look) -> list[Finding]:
    """All checks. One that fails itself is a finding, and the others go on."""
    try:
        await migrate.check(look.store)
        await check_key_ring(look.store, look.vault)
    except StoreError as wrong:
        return [error("database", str(wrong))]
    findings = [Finding("database", Severity.OK, "Schema and key ring fit.")]
    await _open_people(look)
    for name, check in CHECKS.items():
        try:
            found = await check(look)
        except Exception as failed:
            found = [
                error(
                    name,
                    f"This could not be looked at ({type(failed).__name__}), so it may be broken. "
                    "Run doctor again; if it stays, report it with this line.",
                )
            ]
        findings += found or [Finding(name, Severity.OK, "Nothing found.")]
    return findings


async def at_start(look: Look) -> list[Finding]:
    """What is wrong with the funds."""
    c = t.persons.c
    async with look.store.read() as conn:
        found = await conn.execute(select(c.id).where(c.role == Role.OFFICER))
        ids = {row.id for row in found}
    payers = (fund.payers for fund in look.settings.policy.funds.values())
    await _open_people(look, sorted(ids.union(*payers)))
    return [finding for check in FUNDS.values() for finding in await check(look)]


async def _open_people(look: Look, only: Sequence[str] | None = None) -> None:
    async with look.store.read() as conn:
        everybody = select(t.persons.c.id)
        ids = [row[0] for row in await conn.execute(everybody)] if only is None else only
        batch = await open_people(conn, look.vault, ids)
    look.unreadable = tuple(person for person in ids if batch.people.get(person) is None)
    for person, someone in batch.people.items():
        card = batch.card(person)
        if someone is not None and card is not None:
            look.people[person], look.cards[person] = someone, card


#: Said at start, too: who sets up a fund looks at nothing else then.
FUNDS: dict[str, Check] = {
    "fund officers": funds.officers,
    "payers": funds.payers,
    "separate payer": funds.apart,
    "requests": funds.late,
}
CHECKS: dict[str, Check] = {
    "files": machine.files,
    "disk": machine.disk,
    "clock": machine.clock,
    "time zones": machine.time_zones,
    "engine": machine.engine,
    "channels": machine.channels,
    "challenges": machine.challenges,
    "languages": machine.languages,
    "guidance": machine.cards,
    "rates": machine.rates,
    "attachments": machine.attachments,
    "people": people.readable,
    "coordinators": people.coordinators,
    "described": people.described,
    "officers": people.officers,
    "ladder": people.ladder,
    "addresses": people.addresses,
    "identities": people.identities,
    "code words": people.code_words,
    **FUNDS,
    "inbox": waiting.inbox,
    "outbox": waiting.outbox,
    "check-ins": watched.checkins,
    "cases": watched.cases,
    "drill scripts": drills.mistaken,
    "drills going on": drills.going_on,
    "drills": drills.findings,
    "case log": watched.case_log,
    "record log": watched.record_log,
}
