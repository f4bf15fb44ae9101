"""What waits: received and not handled, decided and not delivered."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.doctor.look import MINUTE, STUCK, Finding, Look, error, named, warn
from bot.outbox import URGENT_RANKS
from bot.store import tables as t

SLOW = 60 * MINUTE  #: ms that what isn't urgent may wait
STUBBORN = 5  #: attempts after which a message counts as stuck


async def inbox(look: Look) -> list[Finding]:
    c = t.inbox.c
    async with look.store.read() as conn:
        aside = await conn.execute(select(c.seq, c.error).where(c.state == "aside").order_by(c.seq))
        set_aside = [(f"{seq} ({why})", why == "Erased") for seq, why in aside]
        rows = [row for row, gone in set_aside if not gone]
        old = [row for row, gone in set_aside if gone]
        stuck = await conn.scalar(
            select(func.count()).where(c.state == "waiting", c.received_at < look.now - STUCK)
        )
    found = []
    if old:
        found.append(
            warn(
                "inbox",
                f"{len(old)} received messages can't be read: rows {named(old)}. Their key was "
                "destroyed in time, and they came back with an older copy of the database. They "
                "were handled when they came, unless that copy was made while nothing ran.",
                old,
            )
        )
    if rows:
        found.append(
            error(
                "inbox",
                f"{len(rows)} received messages could not be handled at all and were set aside: "
                f"rows {named(rows)}. Somebody was not heard. Look for event_set_aside in the log "
                "of that time, ask the people concerned, and report the error.",
                rows,
            )
        )
    if stuck:
        found.append(
            error(
                "inbox",
                f"{stuck} received messages have waited for more than a minute. People are not "
                "heard. Is `onbelay run` running, and does its log show turn_failed?",
            )
        )
    return found


async def outbox(look: Look) -> list[Finding]:
    """What drills have sent is none of it: nobody waits for that."""
    c = t.outbox.c
    async with look.store.read() as conn:
        waiting = (c.state == "waiting") & (c.drill == "")
        urgent = await _ids(conn, waiting, c.rank < URGENT_RANKS, c.created_at < look.now - STUCK)
        old = await _ids(conn, waiting, c.rank >= URGENT_RANKS, c.created_at < look.now - SLOW)
        stubborn = await _ids(conn, waiting, c.attempts >= STUBBORN)
        failed = await conn.execute(
            select(c.error, c.person_id).where(c.state == "failed", c.drill == "").order_by(c.seq)
        )
        reasons = [(why, person) for why, person in failed]
    found = []
    if urgent:
        text = (
            f"{len(urgent)} urgent messages have waited for more than a minute: {named(urgent)}. "
            "Somebody who should be called is not. Look at the channel, call them yourself: "
            "onbelay case list"
        )
        found.append(error("outbox", text, urgent))
    if old:
        text = (
            f"{len(old)} messages have waited for more than an hour: {named(old)}. Reminders "
            "arrive late or not at all. Look at the channel."
        )
        found.append(warn("outbox", text, old))
    if stubborn:
        text = (
            f"{len(stubborn)} messages failed {STUBBORN} times or more and are still tried: "
            f"{named(stubborn)}. The people they are for may not know. Look at the channel."
        )
        found.append(warn("outbox", text, stubborn))
    if reasons:
        people = sorted({person for _, person in reasons if person})
        why = ", ".join(sorted({str(reason) for reason, _ in reasons}))
        text = (
            f"{len(reasons)} messages were refused for good ({why}), for {named(people)}. They "
            "were not read. The next address or person was tried; check that someone was reached."
        )
        found.append(warn("outbox", text, people))
    return found


async def _ids(conn: AsyncConnection, *where: ColumnElement[bool]) -> list[str]:
    found = await conn.execute(select(t.outbox.c.id).where(*where).order_by(t.outbox.c.seq))
    return [row[0] for row in found]
