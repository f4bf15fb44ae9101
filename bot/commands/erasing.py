"""Erasing a person, as the operator does it: not while somebody watches over them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget
from bot.store.store import by
from bot.vault import Erased


async def erase(person: str, force: bool) -> None:
    """Rows first, then the keys: an engine that is running never meets a row it can't open."""
    async with shell.opened() as opened:
        if not await _anything_of(opened, person):
            raise Refusal(f"there is no person {person}. `onbelay person list` shows all.")
        async with opened.store.write() as conn:
            if not force:
                await _refuse_watched(conn, person)
            await erase_rows(conn, opened.vault, person)
        await forget(opened.store, opened.vault)
    shell.show(f"erased: {person}")
    shell.say(
        "Nothing stored about them can be read any more, from any copy of the database. What "
        "stands in the chats and on other people's phones stays there."
    )


async def _anything_of(opened: Opened, person: str) -> bool:
    """A row, or a key that an erasure which was interrupted left behind."""
    async with opened.store.read() as conn:
        if await by(conn, t.persons, "id", [person]):
            return True
    try:
        opened.vault.seal(person, b"", "probe")
    except Erased:
        return False
    return True


async def _refuse_watched(conn: AsyncConnection, person: str) -> None:
    cases = await by(conn, t.cases, "person_id", [person])
    for case in cases:
        if case["state"] != "closed":
            raise Refusal(
                f"case #{case['id']} about this person is not closed: erasing would end it without "
                "a human's word. Close it first, or use --force. Nothing was erased."
            )
    plans = await by(conn, t.instances, "person_id", [person])
    if any(p["flow"] == "checkin" and p["state"] not in ("new", "safe") for p in plans):
        raise Refusal(
            "a check-in of this person is running: erasing would end it, and nobody would miss "
            "them. Have them stop it first, or use --force. Nothing was erased."
        )
