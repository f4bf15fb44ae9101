"""Drills: what the last ones found that nobody has mended yet."""

from sqlalchemy import select

from bot.batch import Batch
from bot.doctor.look import Finding, Look, warn
from bot.store import tables as t


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
