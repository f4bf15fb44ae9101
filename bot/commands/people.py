"""People: added, imported, listed, changed, erased."""

import csv
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch import Address, Batch, Someone
from bot.channels.base import Channel
from bot.codes import INVITATION
from bot.commands import invites, shell
from bot.commands import newcomer as n
from bot.commands.newcomer import Newcomer
from bot.commands.shell import Opened, Refusal, right, shipped
from bot.doctor.look import CHUNK, open_people
from bot.outbox import short_id
from bot.store import tables as t
from bot.store.store import Row, by
from bot.vault import Vault


@dataclass(frozen=True, slots=True)
class Added:
    id: str
    newcomer: Newcomer
    code: str


# ---------------------------------------------------------------- adding


async def add(typed: Mapping[str, str], risk: str, on_duty: bool, as_json: bool) -> None:
    person, wrong = n.check(typed, shipped())
    if person is None:
        raise Refusal("\n  ".join(["nobody was added.", *wrong]))
    async with shell.opened() as opened:
        right(n.risk, risk, opened.settings.policy.risks)
        added = await put(opened, [person], risk, on_duty)
        await _tell(opened, added, as_json, many=False)


async def import_file(path: Path, as_json: bool) -> None:
    people, lines, wrong = read_csv(path, shipped())
    if wrong:
        raise Refusal("\n  ".join([f"{path}: nobody was added.", *wrong]))
    async with shell.opened() as opened:
        added = await put(opened, people, "medium", False, lines)
        await _tell(opened, added, as_json, many=True)


def read_csv(path: Path, languages: Collection[str]) -> tuple[list[Newcomer], list[int], list[str]]:
    """People, the line each stands on, and what is wrong by line."""
    people: list[Newcomer] = []
    lines: list[int] = []
    wrong: list[str] = []
    try:
        for line, row in _rows(path):
            person, errors = n.check(row, languages)
            wrong += [f"line {line}: {error}" for error in errors]
            if person is not None:
                people.append(person)
                lines.append(line)
    except UnicodeDecodeError:
        wrong.append("the file is not UTF-8; save it as CSV UTF-8")
    except Refusal as error:
        wrong.append(str(error))
    if not people and not wrong:
        wrong.append("there is nobody in it")
    return people, lines, wrong


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        head = [cell.strip().lower() for cell in next(reader, [])]
        if sorted(head) != sorted(n.FIELDS):
            raise Refusal(f"line 1: the header must be {','.join(n.FIELDS)}")
        for cells in _cells(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head):
                raise Refusal(
                    f"line {reader.line_num}: {len(cells)} fields, the header has {len(head)}"
                )
            yield reader.line_num, dict(zip(head, cells, strict=True))


def _cells(reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise Refusal(f"line {reader.line_num}: this is not CSV ({error})") from None


async def put(
    opened: Opened,
    people: Sequence[Newcomer],
    risk: str,
    on_duty: bool,
    lines: Sequence[int] = (),
) -> list[Added]:
    """All of them, or none: usable at once, their addresses not proven yet."""
    now = opened.clock.now()
    added: list[Added] = []
    async with opened.store.write() as conn:
        wrong = await _known(conn, opened.vault, people, lines)
        if wrong:
            raise Refusal("\n  ".join(["nobody was added.", *wrong]))
        batch = Batch(conn, opened.vault, now)
        ids = [short_id(os.urandom(10)) for _ in people]
        opened.vault.new_people(ids)
        for person, one in zip(ids, people, strict=True):
            profile = {"name": one.name, "lang": one.lang, "tz": one.tz}
            batch.put_person(Someone(person, one.role, risk, on_duty, True, now, profile))
            batch.put_address(_address(opened.vault, person, one, now))
            code, row = invites.draw(opened, one.role, one.lang, person)
            batch.set("code", batch.codes, row["hash"], row)
            added.append(Added(person, one, code))
        await batch.write()
    return added


def _address(vault: Vault, person: str, one: Newcomer, now: int) -> Address:
    digest = vault.digest("address", one.channel, one.where).hex()
    return Address(
        id=short_id(vault.digest("address id", one.channel, one.where)),
        person=person,
        channel=one.channel,
        where=one.where,
        number=one.number,
        hash=None if one.number else digest,
        number_hash=digest if one.number else None,
        state="ok",
        proven_at=None,
        used_at=now,
    )


async def _known(
    conn: AsyncConnection, vault: Vault, people: Sequence[Newcomer], lines: Sequence[int]
) -> list[str]:
    """Addresses that somebody has already, here or further up in the file."""
    wrong: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    digests = [vault.digest("address", p.channel, p.where).hex() for p in people]
    known: dict[tuple[str, str], str] = {}
    for start in range(0, len(digests), CHUNK):
        for column in ("hash", "number_hash"):
            for row in await by(conn, t.addresses, column, digests[start : start + CHUNK]):
                known[row["channel"], row[column]] = row["person_id"]
    for i, (person, digest) in enumerate(zip(people, digests, strict=True)):
        key = (person.channel, digest)
        at = f"line {lines[i]}: " if lines else ""
        if key in known:
            wrong.append(f"{at}this {person.channel} address is already known as {known[key]}")
        elif key in seen:
            wrong.append(f"{at}the same address stands on line {seen[key]}")
        seen.setdefault(key, lines[i] if lines else 0)
    return wrong


async def _tell(opened: Opened, added: Sequence[Added], as_json: bool, many: bool) -> None:
    until = opened.clock.now() + INVITATION
    async with invites.channels(opened) as on:
        links = await _links(on, added)
    off = sorted({a.newcomer.channel for a in added} - set(on))
    if as_json:
        rows = [
            {
                "id": a.id,
                "role": a.newcomer.role,
                "name": a.newcomer.name,
                "link": link,
                "expires_at": shell.iso(until),
            }
            for a, link in zip(added, links, strict=True)
        ]
        shell.show_json(rows if many else rows[0])
    else:
        for a, link in zip(added, links, strict=True):
            if many:
                shell.show(f"{a.id}  {a.newcomer.name}  {link}")
            else:
                shell.show(f"id: {a.id}")
                shell.show(f"link: {link}")
                shell.show(f"valid until: {shell.short_time(until)}, once")
        shell.say("Reachable once they have written to us: send each person their own link.")
    for name in off:
        shell.say(f"{name} is not configured yet: nothing can be received or sent there.")


async def _links(on: Mapping[str, Channel], added: Sequence[Added]) -> list[str]:
    """Each channel is asked once: a thousand people don't wait for a platform a thousand times."""
    first: dict[str, tuple[str, str]] = {}
    for a in added:
        name = a.newcomer.channel
        if name not in first:
            first[name] = (a.code, await invites.link(on.get(name), a.code))
    return [link.replace(code, a.code) for a in added for code, link in [first[a.newcomer.channel]]]


# ---------------------------------------------------------------- listing


async def list_people(as_json: bool, addresses: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        rows = await everybody(conn, opened.vault, addresses)
    if as_json:
        shell.show_json(rows)
        return
    shell.show_table(
        ("id", "role", "name", "lang", "time zone", "risk", "addresses"),
        [_line(row) for row in rows],
        "Nobody is known yet. `onbelay invite --role coordinator --lang en` invites somebody.",
    )


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    role = f"{row['role']}, on duty" if row["on_duty"] else row["role"]
    where = [
        " ".join(
            [
                a["channel"],
                *([a["address"]] if "address" in a else []),
                *([] if a["state"] == "ok" else [a["state"]]),
                *([] if a["proven"] else ["(unproven)"]),
            ]
        )
        for a in row["addresses"]
    ]
    name = row["name"] if row["name"] is not None else "(erased)"
    return (
        row["id"],
        role,
        name,
        row["lang"] or "",
        row["tz"] or "",
        row["risk"],
        ", ".join(where),
    )


async def everybody(
    conn: AsyncConnection, vault: Vault, show_addresses: bool = False
) -> list[dict[str, Any]]:
    found = await conn.execute(select(t.persons).order_by(t.persons.c.created_at, t.persons.c.id))
    rows = [row._mapping for row in found]
    batch = await cards(conn, vault, [row["id"] for row in rows])
    return [_shown(row, batch, show_addresses) for row in rows]


async def cards(conn: AsyncConnection, vault: Vault, ids: Sequence[str]) -> Batch:
    """A working set with these people; those who were erased or can't be read stay out."""
    return await open_people(conn, vault, ids)


def _shown(row: Row, batch: Batch, show_addresses: bool) -> dict[str, Any]:
    someone, card = batch.people.get(row["id"]), batch.card(row["id"])
    found = sorted(someone.addresses.values(), key=lambda a: (a.channel, a.id)) if someone else []
    return {
        "id": row["id"],
        "role": row["role"],
        "name": card.name if card else None,
        "lang": card.lang if card else None,
        "tz": card.tz if card else None,
        "risk": row["risk"],
        "on_duty": row["on_duty"],
        "enrolled": row["enrolled"],
        "addresses": [
            {"channel": a.channel, "state": a.state, "proven": a.proven_at is not None}
            | ({"address": a.number or a.where} if show_addresses else {})
            for a in found
        ],
        "reachable": bool(card and card.reachable),
    }


# ---------------------------------------------------------------- changing


async def change(person: str, changes: Mapping[str, Any], trust: bool) -> None:
    """`trust`: a human has confirmed the person behind a new Signal identity."""
    async with shell.opened() as opened:
        wanted = {k: v for k, v in changes.items() if v is not None}
        if not wanted and not trust:
            raise Refusal("nothing to change: give --name, --lang, --tz, --risk or --on-duty")
        columns, profile = _changes(wanted, opened.settings.policy.risks)
        async with opened.store.write() as conn:
            batch = await cards(conn, opened.vault, [person])
            someone = batch.people.get(person)
            if someone is None:
                raise Refusal(f"there is no person {person}. `onbelay person list` shows all.")
            kept = {**someone.profile, **profile}
            if trust:
                kept.pop("changed", None)
                _unbind(batch, someone)
            someone = batch.people[person] or someone
            batch.put_person(replace(someone, profile=kept, **columns))
            await batch.write()
    shell.show(f"id: {person}")


def _changes(
    wanted: Mapping[str, Any], risks: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    columns: dict[str, Any] = {}
    profile: dict[str, Any] = {}
    for field, value in wanted.items():
        match field:
            case "risk":
                columns["risk"] = right(n.risk, value, risks)
            case "on_duty":
                columns["on_duty"] = value
            case "lang":
                profile["lang"] = right(n.language, value, shipped())
            case "name":
                profile["name"] = right(n.name, value)
            case "tz":
                profile["tz"] = right(n.zone, value)
    return columns, profile


def _unbind(batch: Batch, someone: Someone) -> None:
    """The next account that writes from the number is bound to it, as at first contact."""
    for address in list(someone.addresses.values()):
        if address.number_hash and address.hash:
            where = address.number or address.where
            batch.put_address(replace(address, hash=None, where=where, proven_at=None, state="ok"))
