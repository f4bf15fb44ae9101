"""What is forgotten, and when. The privacy text that people read is made from the same numbers."""

from collections.abc import Mapping

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.erasing import delete_all_of
from bot.store.store import Store, insert_new
from flows.engine.model import Role


async def purge(store: Store, now: int, keep: Mapping[str, int]) -> None:
    """`keep`: ms by kind: inbox, outbox, closed_cases, strangers, codes, guests."""
    closed = select(t.cases.c.id).where(
        t.cases.c.state == "closed", t.cases.c.closed_at < now - keep["closed_cases"]
    )
    done = and_(t.outbox.c.state != "waiting", t.outbox.c.done_at < now - keep["outbox"])
    async with store.write() as conn:
        for statement in (
            delete(t.inbox).where(
                t.inbox.c.state == "done", t.inbox.c.done_at < now - keep["inbox"]
            ),
            # What was set aside: the words go in time, that it happened stays for the operator.
            update(t.inbox)
            .where(t.inbox.c.state == "aside", t.inbox.c.done_at < now - keep["inbox"])
            .values(sealed=b"", sender=""),
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
        await _guests(conn, now - keep["guests"])


async def _guests(conn: AsyncConnection, before: int) -> None:
    """Who only looked in: nothing sent that somebody works on, no case, no word since then. Their
    keys are noted with it, and destroyed by `bot.turn.forget`."""
    c = t.persons.c
    wrote = select(t.addresses.c.person_id).where(t.addresses.c.used_at >= before)
    asked = select(t.applications.c.person_id).where(t.applications.c.state != "withdrawn")
    reported = select(t.records.c.person_id).where(t.records.c.state != "withdrawn")
    watched = select(t.cases.c.person_id).where(t.cases.c.state != "closed")
    query = select(c.id).where(c.role == Role.GUEST, c.created_at < before)
    for busy in (wrote, asked, reported, watched):
        query = query.where(c.id.not_in(busy))
    for (person,) in (await conn.execute(query)).all():
        keys = [person, *await delete_all_of(conn, person)]
        await conn.execute(insert_new(conn, t.forgotten), [{"key": key} for key in keys])
