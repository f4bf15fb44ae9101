"""Who may read one record, and as what.

Whoever is at the machine says who reads it: somebody who works here and is enrolled. What they may
read follows from what they are. Nobody reads a report about themselves, and an officer with a
conflict of interest none that belongs to that request. It is a rule for people: whoever has the key
ring and the database can read them without it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.people import cards
from bot.commands.shell import Opened, Refusal
from bot.record.kept import Known
from bot.store import tables as t
from bot.store.store import by
from flows.engine.model import STAFF, Person, Role

#: As what one may read: who. Trainers need what happened, and not whose words told it.
MAY: Mapping[str, frozenset[Role]] = {
    "reader": STAFF,
    "verifier": frozenset({Role.COORDINATOR, Role.OFFICER}),
}


async def reader(
    conn: AsyncConnection, opened: Opened, typed: str, role: str, known: Known
) -> Person:
    """By id or name. Raises Refusal."""
    who = await _staff(conn, opened, typed)
    if who.role not in MAY[role]:
        may = " or ".join(sorted(MAY[role]))
        raise Refusal(f"a {who.role} can't read as {role}: that takes a {may}. Nothing was read.")
    if await _concerned(conn, opened, who, known):
        raise Refusal(
            f"{known.record.id} is about them, or belongs to a request with which they have a "
            "conflict of interest. Somebody else has to read it. Nothing was read."
        )
    return who


async def _staff(conn: AsyncConnection, opened: Opened, typed: str) -> Person:
    wanted = typed.strip()
    c = t.persons.c
    query = select(c.id).where(c.role.in_(STAFF), c.enrolled.is_(True))
    ids = [row[0] for row in await conn.execute(query.order_by(c.created_at, c.id))]
    batch = await cards(conn, opened.vault, ids)
    found = [card for who in ids if (card := batch.card(who))]
    named = [card for card in found if _means(wanted, card)]
    if len(named) == 1:
        return named[0]
    if named:
        raise Refusal(f'more than one person is called "{typed}". Give their id. Nothing was read.')
    raise Refusal(
        f'"{typed}" is nobody who works here and is enrolled. Say with --by who reads it: an id or '
        "a name, as `onbelay person list` shows it. Nothing was read."
    )


def _means(wanted: str, card: Person) -> bool:
    return bool(wanted) and (wanted == card.id or wanted.casefold() == card.name.strip().casefold())


async def _concerned(conn: AsyncConnection, opened: Opened, who: Person, known: Known) -> bool:
    record = known.record
    about = opened.vault.digest("attacked", who.id).hex()
    requests = await by(conn, t.applications, "id", [record.application])
    kept_from = {name for row in requests for name in row["conflicts"].split()}
    return record.journalist == about or who.id in kept_from


async def named(conn: AsyncConnection, opened: Opened, log: Sequence[Any]) -> list[dict[str, Any]]:
    """The log with the names of those who are still here; of the others the id stays."""
    ids = sorted({entry["who"] for entry in log if "who" in entry})
    batch = await cards(conn, opened.vault, ids)
    names = {who: card.name for who in ids if (card := batch.card(who))}
    return [
        {**entry, "named": names.get(entry["who"], entry["who"])} if "who" in entry else entry
        for entry in log
    ]
