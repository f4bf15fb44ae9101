"""Drills that can't go on: who gave one is gone, its script is gone, its database can't be written.

Of the first two there is nobody to ask, so they are ended for everybody, as a recall does. The last
may be over in a minute: the trainer is told once, and once more when it goes on; what is called
meanwhile is real (halls.py). That it is so stands in the database, for doctor and for the next life
of the process.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox import own_row
from bot.outbox import encode
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new, set_meta
from bot.vault import Vault
from flows.engine.model import Role

BEHIND = 10_000  #: ms without writing, after which it is said
META = "drill_failed/"


async def lost(store: Store, scripts: Collection[str]) -> list[dict[str, Any]]:
    """What ends them, as events of the bot's (bot.rehearsal.told)."""
    c, p = t.drills.c, t.persons.c
    trainers = select(p.id).where(p.role == Role.TRAINER)
    gone = c.trainer.not_in(trainers) | c.script.not_in(list(scripts))
    query = select(c.id, c.trainer, c.script).where(c.state != "over", gone).order_by(c.id)
    async with store.read() as conn:
        rows = (await conn.execute(query)).all()
    return [
        {
            "kind": "recall",
            "drill": row.id,
            "trainer": row.trainer,
            "args": {"why": "trainer" if row.script in scripts else "script"},
        }
        for row in rows
    ]


async def told(store: Store, vault: Vault, now: int, events: Iterable[dict[str, Any]]) -> int:
    """Each once: the keys are known."""
    made = [
        own_row(vault, now, f"drill/{e['drill']}/lost", encode(e), urgent=False) for e in events
    ]
    if not made:
        return 0
    async with store.write() as conn:
        await conn.execute(insert_new(conn, t.inbox), made)
    return len(made)


# ---------------------------------------------------------------- behind


async def behind(conn: AsyncConnection) -> dict[str, int]:
    """Drills whose trainer knows that they can't go on; since when (UTC ms)."""
    c = t.meta.c
    found = await conn.execute(select(c.key, c.value).where(c.key.startswith(META), c.value != ""))
    return {row.key.removeprefix(META): int(row.value) for row in found}


async def says(store: Store, vault: Vault, row: Row, now: int, again: bool) -> None:
    """To its trainer, and for doctor. `again`: it goes on."""
    drill = str(row["id"])
    event = {"kind": "behind", "drill": drill, "trainer": row["trainer"], "args": {"again": again}}
    key = f"drill/{drill}/{'goes_on' if again else 'behind'}/{now}"
    async with store.write() as conn:
        await set_meta(conn, f"{META}{drill}", "" if again else str(now))
        inbox = own_row(vault, now, key, encode(event), urgent=False)
        await conn.execute(insert_new(conn, t.inbox), [inbox])


__all__ = ["BEHIND", "behind", "lost", "says", "told"]
