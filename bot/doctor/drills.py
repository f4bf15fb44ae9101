"""Drills: scripts with mistakes, drills that can't go on, and what the last ones found that nobody
has mended yet."""

from sqlalchemy import select

from bot.batch import Batch
from bot.doctor.look import Finding, Look, error, named, warn
from bot.drill import scripts, stuck
from bot.store import tables as t


async def mistaken(look: Look) -> list[Finding]:
    """Scripts of the organisation's own that can't be read."""
    folder = look.settings.drills.scripts
    return [
        error(
            "drill scripts",
            f"{wrong}. It is left out: nobody can give this drill, and one of it that was going on "
            "is ended. Mend the file (README, Drills), or take it away, then restart: scripts are "
            "read at the start. Who is watched for real is not concerned.",
        )
        for wrong in scripts.look(folder).mistakes
    ]


async def going_on(look: Look) -> list[Finding]:
    """Drills whose own database can't be written."""
    async with look.store.read() as conn:
        behind = await stuck.behind(conn)
        c = t.drills.c
        query = select(c.id).where(c.state == "running", c.id.in_(behind)).order_by(c.id)
        ids = list((await conn.scalars(query)).all())
    if not ids:
        return []
    return [
        error(
            "drills going on",
            f"{len(ids)} drills can't go on: their databases can't be written or opened "
            f"({named(ids)}). Whoever calls for help in them is taken for real, and their trainers "
            "know it. Look at the disk of the folder with the drills, or end them: onbelay drill "
            f"recall {ids[0]}",
            ids,
        )
    ]


async def findings(look: Look) -> list[Finding]:
    c = t.drills.c
    left: dict[str, int] = {}
    async with look.store.read() as conn:
        batch = Batch(conn, look.vault, look.now)
        over = select(c.id).where(c.state == "over").order_by(c.ended_at.desc())
        for drill in (await conn.scalars(over)).all():
            instance = await batch.instance("drill", drill)
            found = instance.data.get("findings", ()) if instance else ()
            if still := sum(not each[3] for each in found):
                left[drill] = still
    if not left:
        return []
    newest = next(iter(left))
    return [
        warn(
            "drills",
            f"{sum(left.values())} findings of {len(left)} drills are still open: addresses that "
            "never answered, missing code words, calls that reached nobody. In a real emergency "
            f"it would be the same. To see them: onbelay drill findings {newest}. What is done is "
            f"ticked off there: onbelay drill findings {newest} --done NUMBER",
            left,
        )
    ]
