"""Destroying keys, and what they seal with them.

A key that is given up is written to `forgotten` in the transaction that decided it; it is destroyed
after the commit, or at the next start. So a crash in between can't leave something readable.
"""

from collections.abc import Collection

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.store import Store, insert_new
from bot.vault import Vault

log = structlog.get_logger()

#: What a request's or a report's own key seals, by the column that names the key.
SEALED_BY = (
    t.outbox.c.key,
    t.instances.c.key,
    t.focus.c.key,
    t.attachments.c.person_id,
    t.case_log.c.case_id,
    t.record_log.c.record_id,
)


async def give_up(conn: AsyncConnection, keys: Collection[str]) -> None:
    """Nothing stays that only a key keeps from being read; the keys are to be destroyed."""
    if not keys:
        return
    sent = select(t.outbox.c.id).where(t.outbox.c.key.in_(keys))
    await conn.execute(delete(t.parts).where(t.parts.c.outbox_id.in_(sent)))
    for column in SEALED_BY:
        await conn.execute(delete(column.table).where(column.in_(keys)))
    await conn.execute(insert_new(conn, t.forgotten), [{"key": key} for key in sorted(keys)])


async def forget(store: Store, vault: Vault) -> None:
    """Destroys the keys that committed transactions have given up. Whatever happens in between, the
    next start does it: a row goes only after its key is gone."""
    async with store.read() as conn:
        keys = [row[0] for row in await conn.execute(select(t.forgotten.c.key))]
    if not keys:
        return
    vault.erase(*keys)
    async with store.write() as conn:
        await conn.execute(t.forgotten.delete().where(t.forgotten.c.key.in_(keys)))
    log.info("keys_destroyed", count=len(keys))
