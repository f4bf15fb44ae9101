"""What is forgotten, and when. The privacy text that people read is made from the same numbers."""

import secrets
from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.record.kept import figures
from bot.store import tables as t
from bot.store.erasing import drop, erase_rows
from bot.store.store import Store
from bot.vault import Vault
from flows.engine.model import Role

AT_ONCE = 500  #: requests, or reports, in one sweep


async def purge(store: Store, vault: Vault, now: int, keep: Mapping[str, int]) -> None:
    """`keep`: ms by kind: inbox, outbox, closed_cases, strangers, codes, guests, requests, records.
    Keys that are given up here are destroyed by `forget`."""
    closed = select(t.cases.c.id).where(
        t.cases.c.state == "closed", t.cases.c.closed_at < now - keep["closed_cases"]
    )
    done = and_(
        t.outbox.c.state != "waiting",
        t.outbox.c.done_at < now - keep["outbox"],
        ~_of_drills(now - keep["outbox"]),
    )
    async with store.write() as conn:
        for statement in (
            delete(t.inbox).where(
                t.inbox.c.state == "done", t.inbox.c.done_at < now - keep["inbox"]
            ),
            # What was set aside: the words go in time, that it happened stays for the operator.
            update(t.inbox)
            .where(t.inbox.c.state == "aside", t.inbox.c.done_at < now - keep["inbox"])
            .values(sealed=b"", sealed_by="", sender=""),
            delete(t.inbox).where(
                t.inbox.c.state == "aside", t.inbox.c.done_at < now - keep["closed_cases"]
            ),
            delete(t.parts).where(t.parts.c.outbox_id.in_(select(t.outbox.c.id).where(done))),
            delete(t.outbox).where(done),
            delete(t.strangers).where(t.strangers.c.since < now - keep["strangers"]),
            delete(t.codes).where(t.codes.c.expires_at < now - keep["codes"]),
            delete(t.partner_files).where(t.partner_files.c.expires_at < now),
            delete(t.case_log).where(t.case_log.c.case_id.in_(closed)),
            delete(t.attachments).where(t.attachments.c.case_id.in_(closed)),
            delete(t.instances).where(
                t.instances.c.flow == "escalation", t.instances.c.subject.in_(closed)
            ),
            delete(t.cases).where(
                t.cases.c.state == "closed", t.cases.c.closed_at < now - keep["closed_cases"]
            ),
        ):
            await conn.execute(statement)
        await _guests(conn, vault, now - keep["guests"])
        await _requests(conn, now - keep["requests"])
        await _records(conn, vault, now - keep["records"])


def _of_drills(before: int) -> ColumnElement[bool]:
    """What drills have sent that go on, or ended since: whoever got it is told of their end."""
    c, drill = t.drills.c, t.outbox.c.drill
    of_it = (drill == c.id) | drill.startswith(c.id + "/")
    on = c.ended_at.is_(None) | (c.ended_at >= before)
    return (drill != "") & exists(select(c.id).where(on, of_it))


async def _requests(conn: AsyncConnection, before: int) -> None:
    """Those that ended: closed, declined for good or withdrawn; their codes show nothing now."""
    c = t.applications.c
    query = select(c.id).where(c.ended_at < before).limit(AT_ONCE)
    gone = [row[0] for row in await conn.execute(query)]
    await drop(conn, "application", gone)
    await conn.execute(delete(t.applications).where(c.id.in_(gone)))


async def _records(conn: AsyncConnection, vault: Vault, before: int) -> None:
    """What was told, who told it and what proves it; what is counted stays."""
    c = t.records.c
    query = select(t.records).where(c.created_at < before).limit(AT_ONCE)
    rows = [row._mapping for row in await conn.execute(query)]
    left = [sealed for row in rows if (sealed := figures(vault, row)) is not None]
    # In an order of their own: the rows' would still tell which of them was whose.
    kept = {secrets.token_hex(10): sealed for sealed in left}
    if kept:
        drawn = [{"id": name, "sealed": kept[name]} for name in sorted(kept)]
        await conn.execute(t.old_records.insert(), drawn)
    gone = [row["id"] for row in rows]
    await drop(conn, "record", gone)
    await conn.execute(delete(t.records).where(c.id.in_(gone)))


async def _guests(conn: AsyncConnection, vault: Vault, before: int) -> None:
    """Who only looked in, and referees whose request is gone: nothing sent that somebody works on,
    no case, no word since then."""
    c = t.persons.c
    wrote = select(t.addresses.c.person_id).where(t.addresses.c.used_at >= before)
    asked = select(t.applications.c.person_id).where(t.applications.c.state != "withdrawn")
    reported = select(t.records.c.person_id).where(t.records.c.state != "withdrawn")
    watched = select(t.cases.c.person_id).where(t.cases.c.state != "closed")
    query = select(c.id).where(c.role.in_((Role.GUEST, Role.REFEREE)), c.created_at < before)
    for busy in (wrote, asked, reported, watched):
        query = query.where(c.id.not_in(busy))
    for (person,) in (await conn.execute(query.limit(AT_ONCE))).all():
        await erase_rows(conn, vault, person)
