"""Partners: organisations with whom we share a secret, so that both learn whether the same person
asked them, without naming anybody. How that works: bot/jid/protocol.py."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.config import Settings
from bot.jid.protocol import Partnership, plain
from bot.jid.secret import new_secret, parse_secret, say_secret
from bot.store import tables as t
from bot.store.forgetting import forget
from bot.store.store import Row, by, delete, insert_new
from bot.vault import Erased, Vault

#: What every partnership is called: neither side has to know what it is called by the other. What
#: tells partnerships apart are their secrets, and `own`.
CALLED = "JID"
SECRET, FILE = "partner", "partner file"  #: contexts of what is sealed
READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Partner:
    """One whose secret can be read. `key` seals what is stored of it."""

    id: str
    key: str
    partnership: Partnership


def secret() -> None:
    """Nothing is stored: both sides type it in afterwards."""
    shell.show(say_secret(new_secret(secrets.token_bytes)))
    shell.say(
        "Read it to your partner over the phone, group by group; never send it in writing. Then "
        "both type it in: onbelay jid partner add NAME. It is shown this once."
    )


# ---------------------------------------------------------------- add, list, remove


async def add(name: str, secret_file: Path | None) -> None:
    settings = shell.settings_of_this_place()
    label = _label(settings, name)
    if label is None:
        raise Refusal(_unknown(settings, name))
    organisation(settings)
    shared = parse_secret(_typed(secret_file))
    async with shell.opened() as opened, opened.store.write() as conn:
        await _refuse_known(conn, opened.vault, name, shared)
        key = f"jid:{name}:{secrets.token_hex(8)}"
        opened.vault.new_people([key])
        row = {
            "id": name,
            "key": key,
            "sealed": opened.vault.seal(key, shared, SECRET),
            "added_at": opened.clock.now(),
        }
        await _delete(conn, name)
        await conn.execute(t.partners.insert(), [row])
    shell.show(f"partner: {name} ({label})")
    if secret_file:
        shell.say(f"Now delete {secret_file}: whoever reads it can guess who asked you for help.")


def _unknown(settings: Settings, name: str) -> str:
    known = sorted({p.id for fund in settings.policy.funds.values() for p in fund.partners})
    return (
        f'no fund has a partner "{name}", so no applicant could have agreed that they are asked. '
        "Nothing was stored. "
        + (
            f"Use one of: {', '.join(known)}."
            if known
            else "Add [[partner]] to the fund's file, in the folder that [fund] folder names."
        )
    )


def organisation(settings: Settings) -> str:
    """What our files are signed with. Raises Refusal."""
    if not plain(settings.organisation):
        raise Refusal(
            "`organisation` is not set, or is more than one plain line: your partner could not "
            "tell your files from their own. Nothing was done. Set it to your organisation's "
            "name, at the top of the file that ONBELAY_CONFIG names."
        )
    return settings.organisation


def _typed(file: Path | None) -> str:
    """Not shown while it is typed: it would stay in the terminal's scrollback."""
    if file is None:
        return str(typer.prompt("Secret, all groups (not shown)", hide_input=True, err=True))
    try:
        if file.stat().st_mode & READABLE_BY_OTHERS:
            shell.say(f"{file} can be read by others on this machine: delete it soon.")
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Refusal(
            f"{file} can't be read ({why}). Nothing was stored. Name the file that holds the "
            "secret, or leave --secret-file out and type it."
        ) from None


async def _refuse_known(conn: AsyncConnection, vault: Vault, name: str, shared: bytes) -> None:
    for row in (await conn.execute(select(t.partners))).mappings():
        kept = _secret(vault, row)
        if row["id"] == name and kept is not None:
            raise Refusal(
                f"{name} is a partner already, and its secret stays. To change the secret: "
                f"onbelay jid partner remove {name}, then add it again; its file goes too."
            )
        if kept == shared:
            raise Refusal(
                f"{row['id']} has the same secret: the two partners could read each other's "
                "files. Nothing was stored. Draw one for each: onbelay jid secret."
            )


async def list_partners(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        rows = (await conn.execute(select(t.partners).order_by(t.partners.c.id))).mappings().all()
        files = {row["partner"]: row for row in (await conn.execute(_ABOUT_FILES)).mappings()}
        shown = [_shown(opened, row, files.get(row["id"])) for row in rows]
    if as_json:
        shell.show_json(shown)
        return
    shell.show_table(
        ("partner", "name", "since", "their file made", "good until"),
        [_line(one) for one in shown],
        "No partners. `onbelay jid partner add NAME` adds one.",
    )
    for one in shown:
        if not one["readable"]:
            shell.say(
                f"{one['partner']} was removed and came back with an older copy of the database: "
                f"nothing of it can be read. Run: onbelay jid partner remove {one['partner']}"
            )


_ABOUT_FILES = select(*(c for c in t.partner_files.c if c.name != "sealed"))


def _shown(opened: Opened, row: Row, file: Row | None) -> dict[str, Any]:
    return {
        "partner": row["id"],
        "name": _label(opened.settings, row["id"]),
        "added_at": shell.iso(row["added_at"]),
        "readable": _secret(opened.vault, row) is not None,
        "file": about(file, opened.clock.now()) if file else None,
    }


def about(file: Row, now: int) -> dict[str, Any]:
    """What may be said of a partner's file."""
    times = {name: shell.iso(file[name]) for name in ("made_at", "expires_at", "imported_at")}
    return {**times, "expired": now >= file["expires_at"]}


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    file = one["file"] or {}
    until = "expired" if file.get("expired") else day(file.get("expires_at"))
    return (
        one["partner"], one["name"] or "(in no fund)", day(one["added_at"]),
        day(file.get("made_at")) or "none", until,
    )  # fmt: skip


def day(iso: str | None) -> str:
    return (iso or "")[:10]


async def remove(name: str) -> None:
    """With the rows the key is given up; whatever happens then, it is destroyed at the latest when
    the engine starts."""
    async with shell.opened() as opened:
        async with opened.store.write() as conn:
            rows = await by(conn, t.partners, "id", [name])
            if not rows:
                raise Refusal(_no_partner(name))
            await _delete(conn, name)
            keys = [{"key": row["key"]} for row in rows]
            await conn.execute(insert_new(conn, t.forgotten), keys)
        await forget(opened.store, opened.vault)
    shell.show(f"removed: {name}")
    shell.say(
        "Their secret and their file can't be read any more, from any copy of the database. Files "
        "that you gave them are still with them: ask them to delete these."
    )


async def _delete(conn: AsyncConnection, name: str) -> None:
    await delete(conn, t.partner_files, [{"partner": name}])
    await delete(conn, t.partners, [{"id": name}])


# ---------------------------------------------------------------- one partner


async def partner(opened: Opened, conn: AsyncConnection, name: str) -> Partner:
    """Raises Refusal."""
    rows = await by(conn, t.partners, "id", [name])
    shared = _secret(opened.vault, rows[0]) if rows else None
    if shared is None:
        raise Refusal(_no_partner(name))
    us = organisation(opened.settings)
    return Partner(name, rows[0]["key"], Partnership(CALLED, us, shared, own(opened.vault, name)))


def own(vault: Vault, name: str) -> bytes:
    """Of the key ring, so that pseudonyms stay the same when a partner's secret changes; and of the
    partner, so that no two partners know an application by the same one."""
    return vault.seed(f"jid/{name}")


def _no_partner(name: str) -> str:
    return (
        f'"{name}" is no partner yet: there is no secret shared with it. Nothing was done. '
        "`onbelay jid partner list` shows all; `onbelay jid partner add NAME` adds one."
    )


def _secret(vault: Vault, row: Row) -> bytes | None:
    """None: removed, and come back with a restored database."""
    try:
        return vault.open(row["key"], row["sealed"], SECRET)
    except Erased:
        return None


def _label(settings: Settings, name: str) -> str | None:
    """What a fund calls it; None where no fund has it."""
    known = (p for fund in settings.policy.funds.values() for p in fund.partners)
    return next((p.name for p in known if p.id == name), None)
