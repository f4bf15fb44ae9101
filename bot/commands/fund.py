"""Requests to funds, as the operator sees them, and as a committee gets them."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import dossier as paper
from bot.commands import shell
from bot.commands.people import cards
from bot.commands.shell import Opened, Refusal
from bot.languages import LOCALES
from bot.store import tables as t
from bot.store.store import Row, by
from bot.text import Text
from bot.vault import Vault, VaultError
from flows.fund.terms import Fund, said

FORMATS = ("json", "pdf")


async def list_requests(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        c = t.applications.c
        rows = [
            row._mapping
            for row in await conn.execute(select(t.applications).order_by(c.submitted_at, c.id))
        ]
        shown = await _shown(conn, opened, rows)
    if as_json:
        shell.show_json(shown)
        return
    head = ("id", "fund", "case", "state", "deadline", "requested", "granted", "decisions")
    funds = opened.settings.policy.funds
    shell.show_table(head, [_line(each, funds) for each in shown], "No requests.")


def _called(fund: str, funds: Mapping[str, Fund]) -> str:
    """Its name; the id only where it is no longer configured."""
    return said(funds[fund].name, "en") if fund in funds else fund


def _line(each: dict[str, Any], funds: Mapping[str, Fund]) -> tuple[str, ...]:
    sums = each["amounts"]
    verdicts = ", ".join(one["verdict"] for one in each["decisions"])
    fund = _called(each["fund"], funds)
    named = (f"#{each['id']}", fund, each["case"], each["state"], each["deadline"] or "")
    return (*named, sums.get("requested") or "", sums.get("granted") or "", verdicts)


async def show_request(typed: str, as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        (shown,) = await _shown(conn, opened, [await _row(conn, typed)])
    if as_json:
        shell.show_json(shown)
        return
    shown["fund"] = _called(shown["fund"], opened.settings.policy.funds)
    for field, value in shown.items():
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        shell.show(f"{field}: {'' if text is None else text}")


async def write_dossier(
    typed: str, role: str, partner: str, form: str, out: Path, lang: str
) -> None:
    """`out` is made for its owner only, and never written over."""
    if form not in FORMATS:
        raise Refusal(f"there is no format {form}. Use one of: {', '.join(FORMATS)}.")
    async with shell.opened() as opened, opened.store.read() as conn:
        row = await _row(conn, typed)
        data = await _opened(conn, opened.vault, row)
        if data is None:
            raise Refusal(f"#{row['id']} was withdrawn: nothing of it can be read any more.")
        people, files = await _people(conn, opened, data), await _files(conn, row["id"])
        now, policy = opened.clock.now(), opened.settings.policy
        try:
            found = paper.dossier(data, policy, people, files, now, role, partner)
        except ValueError as error:
            raise Refusal(str(error)) from None
    if form == "pdf":
        body = paper.pdf(found, Text.load(LOCALES), lang, now)
    else:
        body = (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(f"{out} is there already, and is not written over.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    shell.show(str(out))
    shell.say("Whoever has this file can read it. Delete it when it is no longer needed.")


# ---------------------------------------------------------------- opened rows


async def _row(conn: AsyncConnection, typed: str) -> Row:
    request = typed.strip().removeprefix("#").upper()
    rows = await by(conn, t.applications, "id", [request])
    if not rows:
        raise Refusal(f"there is no request #{request}. `onbelay fund list` shows all.")
    return rows[0]


async def _shown(
    conn: AsyncConnection, opened: Opened, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    return [await _one(conn, opened, row) for row in rows]


async def _one(conn: AsyncConnection, opened: Opened, row: Row) -> dict[str, Any]:
    """What was withdrawn, or can't be read, has only what its row says."""
    bare = {
        "id": row["id"],
        "fund": row["fund"],
        "state": row["state"],
        "case": row["kind"],
        "submitted_at": shell.iso(row["submitted_at"]),
        "deadline": shell.iso(row["due_at"]),
    }
    data = await _opened(conn, opened.vault, row)
    if data is None:
        return {**bare, "amounts": {}, "findings": [], "decisions": []}
    policy, people = opened.settings.policy, await _people(conn, opened, data)
    files = await _files(conn, row["id"])
    found = paper.findings(data, policy, files, opened.clock.now())
    return {
        **bare,
        "amounts": paper.amounts(data, policy),
        "findings": [{"rule": f.rule, "weight": f.weight, **f.args} for f in found],
        "decisions": paper.decisions(data, people),
    }


async def _opened(conn: AsyncConnection, vault: Vault, row: Row) -> dict[str, Any] | None:
    c = t.instances.c
    query = select(t.instances).where(c.flow == "application", c.subject == row["id"])
    kept = (await conn.execute(query)).mappings().first()
    if kept is None or not kept["key"]:
        return None
    try:
        data: dict[str, Any] = json.loads(
            vault.open(kept["key"], kept["sealed"], "instance/application")
        )
    except VaultError:
        return None
    return data


async def _people(conn: AsyncConnection, opened: Opened, data: dict[str, Any]) -> dict[str, str]:
    """Names of the officers that it mentions."""
    ids = sorted({by for _, _, by, _ in data["log"] if by} | set(_deciders(data)))
    batch = await cards(conn, opened.vault, ids)
    return {who: card.name for who in ids if (card := batch.card(who)) is not None}


def _deciders(data: dict[str, Any]) -> Iterable[str]:
    made = [each["recommendation"] for each in data["past"]] + [data.get("recommendation")]
    yield from (each["by"] for each in made if each)
    yield from (each["by"] for part in data["past"] for each in part["decisions"])
    yield from (each["by"] for each in data["decisions"])


async def _files(conn: AsyncConnection, request: str) -> int:
    c = t.attachments.c
    query = select(func.count()).where(c.case_id == request, c.state == "kept")
    return int(await conn.scalar(query) or 0)
