"""Destroying keys, and what they seal with them.

A key that is given up is written to `forgotten` in the transaction that decided it; it is destroyed
after the commit, or at the next start. So a crash in between can't leave something readable.
"""

from collections.abc import Collection

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.store import Store, insert_new
from bot.vault import INBOX, Vault

log = structlog.get_logger()

#: What a key of its own seals, by the column that names the key: a request, a report, a referee who
#: came with a code.
SEALED_BY = (
    t.persons.c.id,
    t.addresses.c.person_id,
    t.focus.c.person_id,
    t.outbox.c.key,
    t.instances.c.key,
    t.focus.c.key,
    t.attachments.c.person_id,
    t.case_log.c.case_id,
    t.record_log.c.record_id,
)


async def give_up(conn: AsyncConnection, keys: Collection[str]) -> None:
    """Nothing stays that only a key keeps from being read; the keys are to be destroyed, and with
    them those that hang on them."""
    if not keys:
        return
    keys = {*keys, *await _below(conn, keys)}
    sent = select(t.outbox.c.id).where(t.outbox.c.key.in_(keys))
    await conn.execute(delete(t.parts).where(t.parts.c.outbox_id.in_(sent)))
    for column in SEALED_BY:
        await conn.execute(delete(column.table).where(column.in_(keys)))
    await conn.execute(insert_new(conn, t.forgotten), [{"key": key} for key in sorted(keys)])


async def _below(conn: AsyncConnection, keys: Collection[str]) -> set[str]:
    """Keys called KEY/...: of what one instance holds apart, as far as messages show it."""
    c = t.outbox.c.key
    rows = await conn.execute(select(c).where(c.contains("/"), ~c.startswith(INBOX)).distinct())
    return {name for (name,) in rows if name.partition("/")[0] in keys}


async def blank_received(conn: AsyncConnection) -> None:
    """Messages that were handled are kept for a while as they came; not when somebody takes back
    what they wrote. Whose they are isn't in clear, so it is all of them: nothing reads them."""
    handled = update(t.inbox).where(t.inbox.c.state == "done")
    await conn.execute(handled.values(sealed=b"", sealed_by=""))


async def forget_received(store: Store, vault: Vault) -> None:
    """Destroys the inbox keys that no message needs any more.

    For the process that receives alone: another one would take a key that is about to be used for
    one that nothing needs. Here sealing and this exclude each other: both hold the store's write.
    """
    async with store.write() as conn:
        received = select(t.inbox.c.sealed_by).where(t.inbox.c.sealed != b"").distinct()
        replies = select(t.outbox.c.key).where(
            t.outbox.c.key.startswith(INBOX), t.outbox.c.sealed != b""
        )
        needed = {row[0] for query in (received, replies) for row in await conn.execute(query)}
        if gone := vault.drop_inbox_keys(needed):
            log.info("inbox_keys_destroyed", count=gone)


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
