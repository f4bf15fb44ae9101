"""What is done on the command line about a request reaches it like everything else: as an event,
by the inbox, stepped by the engine that runs."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.shell import Opened
from bot.inbox import own_row
from bot.outbox import encode
from bot.store import tables as t
from bot.store.store import insert_new


async def tell(
    conn: AsyncConnection, opened: Opened, key: str, request: str, what: str, **said: Any
) -> bool:
    """`key`: what is told twice under one key is told once. False: it was told before."""
    raw = encode({"application": request, "what": what, **said})
    row = own_row(opened.vault, opened.clock.now(), key, raw, urgent=False)
    done = await conn.execute(insert_new(conn, t.inbox), [row])
    return bool(done.rowcount)
