"""Guests of drills: who came with a drill's code, and isn't enrolled, is erased again."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.store import Store
from bot.vault import Vault
from flows.drill.state import playing
from flows.engine.model import Role


async def forget_guests(store: Store, vault: Vault, before: int) -> None:
    """Those who take part in no drill that goes on, or ended after `before` (UTC ms). Whom a real
    case is about stays for as long as the case. Keys that are given up here are destroyed by
    `forget`."""
    c, out = t.persons.c, t.outbox.c
    called = select(t.cases.c.person_id)
    written_to = select(out.person_id).where(out.state == "waiting")
    query = select(c.id).where(c.role == Role.TRAINEE, c.id.not_in(called), c.id.not_in(written_to))
    async with store.write() as conn:
        guests = [row[0] for row in await conn.execute(query)]
        needed = await _taking_part(conn, before) if guests else set()
        for guest in guests:
            if guest not in needed:
                await erase_rows(conn, vault, guest)


async def _taking_part(conn: AsyncConnection, before: int) -> set[str]:
    c = t.drills.c
    rows = await conn.execute(select(c.people).where((c.state != "over") | (c.ended_at >= before)))
    return {who for (people,) in rows for who in playing(people)}


__all__ = ["forget_guests"]
