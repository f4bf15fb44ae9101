"""Other requests for which money was given or is to be given, of the same applicant or about what
may be the same person: see bot/jid/alike.py."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jid import alike
from bot.store import tables as t
from bot.store.store import Row
from bot.vault import Vault

#: Approved, and not paid yet.
DUE = ("approved", "payout")


def _keyed(vault: Vault, text: str) -> str:
    return vault.digest("asked for", text)[:8].hex()


def about(vault: Vault, named: Collection[str], year: str) -> str:
    """For a request's row."""
    return " ".join(sorted(alike.marks(named, year, partial(_keyed, vault))))


def named(answers: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Whom a request is about: what they are called, and their birth year."""
    known = answers.get("journalist")
    told = known if isinstance(known, Mapping) else {}
    called = (str(told.get(name) or "") for name in ("name", "used_name"))
    return tuple(filter(None, called)), str(told.get("birth_year") or "").strip()


async def beside(
    conn: AsyncConnection, vault: Vault, request: str, person: str, answers: Mapping[str, Any],
    fresh: Mapping[str, Row],
) -> list[Row]:  # fmt: skip
    """`fresh`: rows as they will be once this turn is written."""
    c = t.applications.c
    query = select(t.applications).where(c.granted_at.is_not(None) | c.state.in_(DUE))
    found = {row["id"]: row for row in (await conn.execute(query)).mappings()}
    wanted = alike.looked_for(*named(answers), partial(_keyed, vault))
    return [
        row
        for row in {**found, **fresh}.values()
        if row["id"] != request
        and (row["granted_at"] is not None or row["state"] in DUE)
        and (row["person_id"] == person or not wanted.isdisjoint(row["about"].split()))
    ]
