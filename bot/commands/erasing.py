"""Erasing a person, as the operator does it: not while somebody watches over them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget
from bot.store.store import Row, by
from bot.vault import Erased
from flows.fund.request import State

#: Of a request: nobody has to do anything any more; money is promised, and not paid.
OVER = frozenset({State.DECLINED, State.CLOSED, State.WITHDRAWN})
OWED = frozenset({State.APPROVED, State.PAYOUT})


async def erase(person: str, force: bool) -> None:
    """Rows first, then the keys: an engine that is running never meets a row it can't open."""
    async with shell.opened() as opened:
        if not await _anything_of(opened, person):
            raise Refusal(f"there is no person {person}. `onbelay person list` shows all.")
        async with opened.store.write() as conn:
            asked = await _worked_on(conn, person)
            if not force:
                await _refuse_watched(conn, person)
                _refuse_asked(asked)
            await erase_rows(conn, opened.vault, person)
        await forget(opened.store, opened.vault)
    shell.show(f"erased: {person}")
    shell.say(
        "Nothing stored about them can be read any more, from any copy of the database. What "
        "stands in the chats and on other people's phones stays there."
    )
    for request in asked:
        shell.say(
            f"Request #{request['id']} ({request['state']}) went with them, and nobody was told: "
            f"tell its officers{', and whoever pays' if request['state'] in OWED else ''}."
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


async def _worked_on(conn: AsyncConnection, person: str) -> list[Row]:
    """What they asked a fund for, and somebody still has to do something about."""
    rows = await by(conn, t.applications, "person_id", [person])
    return [row for row in rows if row["state"] not in OVER]


def _refuse_asked(asked: list[Row]) -> None:
    for request in asked:
        if request["state"] in OWED:
            means = "it is granted and not paid: whoever pays would no longer know where"
        else:
            means = "officers work on it, and would find nothing"
        raise Refusal(
            f"request #{request['id']} of this person is {request['state']}: {means}. Close or "
            "withdraw it first, or use --force and tell them. Nothing was erased."
        )


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
