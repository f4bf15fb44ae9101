"""Erasing a person: what is stored about them, and what they asked for, from every copy.

What they recorded for others stays, without their name: notes in cases and requests are sealed
under the key of whom these are about, and so are the files that they sent to them. A report of an
attack on somebody else, by somebody who works here, stays without who reported it.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.outbox import decode, encode
from bot.record.kept import Known, read
from bot.store import tables as t
from bot.store.forgetting import blank_received, forget, give_up
from bot.store.retention import drop
from bot.store.store import by
from bot.vault import Erased, Vault, VaultError
from flows.engine.model import Role
from flows.report.classes import Role as Reporter

STAFF = frozenset({Role.COORDINATOR, Role.OFFICER, Role.TRAINER})
OWN = (
    t.addresses, t.instances, t.timers, t.focus, t.codes, t.outbox, t.attachments, t.applications,
    t.records,
)  # fmt: skip
#: What ties a report to a person or to what they asked for.
LINKS = ("about", "journalist", "case", "application")


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


async def erase_rows(conn: AsyncConnection, vault: Vault, person: str) -> None:
    """With the keys that are given up in the same transaction; `forget` destroys them."""
    requests = [row["id"] for row in await by(conn, t.applications, "person_id", [person])]
    cases = [row["id"] for row in await by(conn, t.cases, "person_id", [person])]
    kept = await _kept_reports(conn, vault, person)
    await _without_reporter(conn, kept)
    reports = [row["id"] for row in await by(conn, t.records, "person_id", [person])]
    await _unlink(conn, vault, vault.digest("attacked", person).hex(), {*requests, *cases})
    await drop(conn, "application", requests)
    await drop(conn, "record", reports)
    await give_up(conn, [person, *await _keys(conn, person)])
    await blank_received(conn)
    await conn.execute(delete(t.case_log).where(t.case_log.c.case_id.in_(cases)))
    await conn.execute(delete(t.cases).where(t.cases.c.person_id == person))
    for table in OWN:
        await conn.execute(delete(table).where(table.c.person_id == person))
    await conn.execute(delete(t.persons).where(t.persons.c.id == person))


async def _keys(conn: AsyncConnection, person: str) -> list[str]:
    """Of drafts, and of whatever else of theirs has a key of its own."""
    c = t.instances.c
    rows = await conn.execute(select(c.key).where(c.person_id == person, c.key != ""))
    return sorted({row[0] for row in rows})


# ---------------------------------------------------------------- reports of attacks


async def _kept_reports(conn: AsyncConnection, vault: Vault, person: str) -> list[str]:
    """Those that somebody who works here wrote about others."""
    if not any(row["role"] in STAFF for row in await by(conn, t.persons, "id", [person])):
        return []
    known = [read(vault, row) for row in await _told(conn) if row["person_id"] == person]
    return [one.record.id for one in known if one and one.record.role != Reporter.JOURNALIST]


async def _told(conn: AsyncConnection) -> list[Any]:
    query = select(t.records).where(t.records.c.ended_at.is_(None))
    return list((await conn.execute(query)).mappings())


async def _without_reporter(conn: AsyncConnection, reports: Collection[str]) -> None:
    """Nobody can withdraw them any more; the instance, which names who may, goes."""
    c, f = t.instances.c, t.attachments.c
    named = c.flow == "record", c.subject.in_(reports)
    await conn.execute(delete(t.instances).where(*named))
    await conn.execute(t.attachments.update().where(f.person_id.in_(reports)).values(by=""))
    of_them = t.records.update().where(t.records.c.id.in_(reports))
    await conn.execute(of_them.values(person_id=""))


async def _unlink(conn: AsyncConnection, vault: Vault, whom: str, theirs: Collection[str]) -> None:
    """What others reported stays, and no longer says that it was about them."""
    for row in await _told(conn):
        known = read(vault, row)
        if known is None or not _about(known, whom, theirs):
            continue
        name = known.record.id
        said = decode(vault.open(name, row["sealed"], "record"))
        sealed = vault.seal(name, encode({**said, "record": _bare(said["record"])}), "record")
        of_it = t.records.update().where(t.records.c.id == name)
        await conn.execute(of_it.values(sealed=sealed))
        await _unlink_instance(conn, vault, name)


def _about(known: Known, whom: str, theirs: Collection[str]) -> bool:
    record = known.record
    return record.journalist == whom or record.case in theirs or record.application in theirs


def _bare(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in LINKS}


async def _unlink_instance(conn: AsyncConnection, vault: Vault, name: str) -> None:
    """The record is written anew from it when another file comes."""
    c = t.instances.c
    its = c.flow == "record", c.subject == name
    row = (await conn.execute(select(t.instances).where(*its))).mappings().first()
    if row is None:
        return
    try:
        data = decode(vault.open(name, row["sealed"], "instance/record"))
    except VaultError:
        return
    data["answers"] = _bare(data.get("answers", {}))
    sealed = vault.seal(name, encode(data), "instance/record")
    await conn.execute(t.instances.update().where(*its).values(sealed=sealed))
