"""The files of a record, for whoever must show them: as they are kept, or only whether they are.

Each file is written a piece at a time and hashed on the way; what no longer has the hash with which
it was kept is not left lying as if it had. The manifest beside them says what each is, with two
hashes: of the bytes as they were sent, and of those that are here. They differ where the copy was
cleaned of where and with what it was made, because the reporter didn't allow the exact place:
whoever has the original can show by the first that it was that one. Where the place was allowed the
file is the one that was sent, and may tell it.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.record_readers import reader
from bot.commands.record_rows import note, one
from bot.commands.shell import Opened, Refusal
from bot.files import Broken, Folder, neutral_name
from bot.outbox import decode
from bot.record.kept import Known
from bot.store import tables as t
from bot.vault import VaultError

AS = "verifier"  #: whoever may read all of it
DAMAGED = 1  #: exit code when a file isn't what was kept
CHANGED, GONE = "other bytes than were kept", "not here, or cut"


class Kept(NamedTuple):
    """A file of a record. `name`: on our disk; `written`: as it is handed out; `sha256`: of what
    was sent; `here`: of what was kept of it."""

    name: str
    written: str
    sha256: str
    here: str
    size: int
    told: dict[str, Any]


async def evidence(typed: str, to: Path | None, reason: str, by: str, as_json: bool) -> int:
    """Who and why is written down before anything is read. Without `to` nothing is written out."""
    if not reason.strip():
        raise Refusal("files of a record are read for a reason only: --reason. Nothing was read.")
    async with shell.opened() as opened:
        async with opened.store.read() as conn:
            known = await one(conn, opened, typed)
            who = await reader(conn, opened, by, AS, known)
            files = await _kept(conn, opened, known)
        manifest = f"{_plain(known.record.id)}-manifest.json"
        if to is not None:
            _free(to, [*(each.written for each in files), manifest])
        async with opened.store.write() as conn:
            kind = "hashes" if to is None else "exported"
            said = {"reason": reason, "role": AS, "who": who.id}
            await note(conn, opened, known.record.id, kind, said)
        folder = Folder(opened.settings.files, opened.vault)
        record = known.record.id
        told = [await asyncio.to_thread(_checked, folder, record, each, to) for each in files]
        told += _missing(known, files)
        found = {"record": record, "made": shell.iso(opened.clock.now()), "files": told}
    if to is not None:
        body = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
        with _new(to / manifest) as file:
            file.write(body.encode())
    _tell(found, to, as_json)
    return 0 if all(each["intact"] for each in told) else DAMAGED


async def _kept(conn: AsyncConnection, opened: Opened, known: Known) -> list[Kept]:
    c = t.attachments.c
    query = select(t.attachments).where(c.person_id == known.record.id, c.state == "kept")
    rows = [row._mapping for row in await conn.execute(query.order_by(c.created_at, c.id))]
    found = []
    for number, row in enumerate(rows, start=1):
        seen = decode(opened.vault.open(row["person_id"], row["sealed"], "attachment"))
        ending = neutral_name(seen["mime"]).rpartition(".")[2]
        told = {
            "type": seen["mime"],
            "kind": seen["kind"],
            "received": shell.iso(seen["at"]),
            "sent_by": known.record.role,
        }
        written = f"{_plain(known.record.id)}-{number:03}.{ending}"
        came = seen["sha256"]
        here = seen.get("kept", came)
        found.append(Kept(row["id"], written, came, here, int(row["size"]), told))
    return found


def _plain(record: str) -> str:
    """For a name in somebody's folder."""
    return re.sub(r"[^0-9A-Za-z]", "_", record) or "_"


# ---------------------------------------------------------------- one file


def _checked(folder: Folder, record: str, kept: Kept, to: Path | None) -> dict[str, Any]:
    """Written, if it is to be, and whether it is what was kept."""
    head = {
        "file": kept.written,
        "sha256": kept.here,
        "sha256_as_sent": kept.sha256,
        "cleaned": kept.here != kept.sha256,
        "size": kept.size,
        **kept.told,
    }
    pieces = folder.stream(record, kept.name)
    try:
        same = _hashed(pieces, kept) if to is None else _written(pieces, kept, to / kept.written)
        why = "" if same else CHANGED
    except Broken:
        why = GONE
    except VaultError:
        why = CHANGED
    if why:
        return {**head, "file": None, "intact": False, "why": why}
    return {**head, "intact": True}


def _written(pieces: Iterator[bytes], kept: Kept, path: Path) -> bool:
    """It has its own name only once it is whole and what was kept."""
    part = path.with_name(f"{path.name}.part")
    try:
        with _new(part) as file:
            same = _hashed(pieces, kept, file)
            file.flush()
            os.fsync(file.fileno())
        if same:
            os.link(part, path)  # never over a file that has come meanwhile
        return same
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _hashed(pieces: Iterator[bytes], kept: Kept, file: BinaryIO | None = None) -> bool:
    sha, size = sha256(), 0
    for piece in pieces:
        sha.update(piece)
        size += len(piece)
        if file:
            file.write(piece)
    return (sha.hexdigest(), size) == (kept.here, kept.size)


def _missing(known: Known, files: list[Kept]) -> list[dict[str, Any]]:
    """Noted in the record when they came, and no longer here."""
    here = {each.sha256 for each in files}
    return [
        {"file": None, "sha256": None, "sha256_as_sent": sha, "kind": kind,
         "received": shell.iso(at), "sent_by": known.record.role, "intact": False, "why": GONE}
        for kind, sha, at in known.record.evidence
        if sha not in here
    ]  # fmt: skip


# ---------------------------------------------------------------- the folder


def _free(to: Path, names: list[str]) -> None:
    """Made for its owner only. Nothing is written over, and nothing is written if it would be."""
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = [name for name in names if os.path.lexists(to / name)]
    if there:
        raise Refusal(f"{to / there[0]} is there already. Nothing is written over; use another.")


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _tell(found: dict[str, Any], to: Path | None, as_json: bool) -> None:
    if as_json:
        shell.show_json(found)
    else:
        head = ("file", "sha256", "as_sent", "size", "type", "received", "intact")
        said = (
            {**each, "as_sent": each["sha256_as_sent"], "intact": each.get("why", "yes")}
            for each in found["files"]
        )
        rows = [tuple(str(each.get(name) or "") for name in head) for each in said]
        shell.show_table(head, rows, "No files.")
    if to is not None:
        shell.say("Whoever has these files can read them. Delete them when no longer needed.")
