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

from sqlalchemy import select

from bot.app import check_key_ring
from bot.doctor import machine, people, waiting, watched
from bot.doctor.look import Check, Finding, Look, Severity, error, open_people, warn
from bot.store import migrate
from bot.store import tables as t
from bot.store.store import StoreError

__all__ = ["CHECKS", "Finding", "Look", "Severity", "error", "examine", "warn"]


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


async def _open_people(look: Look) -> None:
    async with look.store.read() as conn:
        ids = [row[0] for row in await conn.execute(select(t.persons.c.id))]
        batch = await open_people(conn, look.vault, ids)
    look.unreadable = tuple(person for person in ids if batch.people.get(person) is None)
    for person, someone in batch.people.items():
        card = batch.card(person)
        if someone is not None and card is not None:
            look.people[person], look.cards[person] = someone, card


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
    "ladder": people.ladder,
    "addresses": people.addresses,
    "identities": people.identities,
    "code words": people.code_words,
    "inbox": waiting.inbox,
    "outbox": waiting.outbox,
    "check-ins": watched.checkins,
    "cases": watched.cases,
    "case log": watched.case_log,
    "record log": watched.record_log,
}
