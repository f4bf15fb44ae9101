"""All that is stored about one person. Rows first, then the keys: an engine that is running never
meets a row it can't open."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t

OWN = (
    t.addresses, t.instances, t.timers, t.focus, t.codes, t.outbox, t.attachments, t.applications,
    t.records,
)  # fmt: skip


async def delete_all_of(conn: AsyncConnection, person: str) -> list[str]:
    """The keys of what they asked for that has one of its own: to be destroyed with theirs."""
    c = t.instances.c
    rows = await conn.execute(select(c.key).where(c.person_id == person, c.key != ""))
    keys = sorted({row[0] for row in rows})
    for column in (
        t.outbox.c.key,
        t.attachments.c.person_id,
        t.case_log.c.case_id,
        t.record_log.c.record_id,
    ):
        await conn.execute(delete(column.table).where(column.in_(keys)))
    about = select(t.cases.c.id).where(t.cases.c.person_id == person)
    await conn.execute(delete(t.case_log).where(t.case_log.c.case_id.in_(about)))
    await conn.execute(delete(t.cases).where(t.cases.c.person_id == person))
    for table in OWN:
        await conn.execute(delete(table).where(table.c.person_id == person))
    await conn.execute(delete(t.persons).where(t.persons.c.id == person))
    return keys
