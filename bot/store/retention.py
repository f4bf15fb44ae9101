"""What is forgotten, and when. The privacy text that people read is made from the same numbers."""

import secrets
from collections.abc import Mapping

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.record.kept import figures
from bot.store import tables as t
from bot.store.forgetting import give_up
from bot.store.store import Store
from bot.vault import Vault

AT_ONCE = 500  #: requests, or reports, in one sweep


async def purge(store: Store, vault: Vault, now: int, keep: Mapping[str, int]) -> None:
    """`keep`: ms by kind: inbox, outbox, closed_cases, strangers, codes, requests, records. Keys
    that are given up here are destroyed by `forget`."""
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
        await _requests(conn, now - keep["requests"])
        await _records(conn, vault, now - keep["records"])


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


async def drop(conn: AsyncConnection, flow: str, subjects: list[str]) -> None:
    """Instances that have a key of their own, with all that it seals and the codes that ask for
    them. Withdrawn ones have none any more, and are still there."""
    if not subjects:
        return
    await give_up(conn, subjects)
    for table in (t.instances, t.timers):
        c = table.c
        await conn.execute(delete(table).where(c.flow == flow, c.subject.in_(subjects)))
    await conn.execute(delete(t.codes).where(t.codes.c.person_id.in_(subjects)))
