"""What is forgotten, and when. The privacy text that people read is made from the same numbers."""

from collections.abc import Mapping

from sqlalchemy import and_, delete, select, update

from bot.store import tables as t
from bot.store.store import Store


async def purge(store: Store, now: int, keep: Mapping[str, int]) -> None:
    """`keep`: ms by kind: inbox, outbox, closed_cases, strangers, codes."""
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
