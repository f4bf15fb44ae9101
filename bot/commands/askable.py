"""Which applications a partner may be asked about, and what is known of each. Nobody else's leave.

Rules for whoever edits this:
- Only with the applicant's consent to "check" for that partner, and only while the fund names it.
- Never once withdrawn; of decided ones those that still count against another grant.
- The phone is the applicant's own: no relative's or colleague's stands for the journalist's.
- Answers may come from another version of the form: what isn't of the expected shape isn't there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch import Address, Someone
from bot.commands.people import cards
from bot.commands.shell import Opened
from bot.jid.protocol import Subject
from bot.store import tables as t
from bot.store.store import Row
from bot.vault import Erased, Vault
from flows.fund.application import State
from flows.fund.terms import KINDS, Fund

CHECK = "check"  #: the kind of consent without which nobody is in a file
OTHERS = tuple(kind for kind in KINDS if kind != CHECK)


@dataclass(frozen=True, slots=True)
class Askable:
    """`may_pass`: the kinds of data that the applicant lets this partner have."""

    subject: Subject
    may_pass: tuple[str, ...]


async def askable(opened: Opened, conn: AsyncConnection, partner: str) -> list[Askable]:
    """The oldest first."""
    now, funds = opened.clock.now(), opened.settings.policy.funds
    rows = [row for row in await _rows(conn) if counts(row, funds.get(row["fund"]), partner, now)]
    opened.vault.preload(row["key"] or row["person_id"] for row in rows)
    found = [(row, _answers(opened.vault, row)) for row in rows]
    agreed = [(row, answers) for row, answers in found if CHECK in _consent(answers, partner)]
    own = [row["person_id"] for row, answers in agreed if answers.get("who") == "me"]
    people = (await cards(conn, opened.vault, own)).people
    return [_askable(row, answers, partner, people) for row, answers in agreed]


async def _rows(conn: AsyncConnection) -> Sequence[Row]:
    """Applications, each with what it says."""
    its = and_(t.instances.c.subject == t.applications.c.id, t.instances.c.flow == "application")
    found = await conn.execute(
        select(t.applications, t.instances.c.key, t.instances.c.sealed)
        .join(t.instances, its)
        .where(t.applications.c.state != State.WITHDRAWN)
        .order_by(t.applications.c.submitted_at, t.applications.c.id)
    )
    return found.mappings().all()


def counts(row: Row, fund: Fund | None, partner: str, now: int) -> bool:
    """Open, or decided so lately that the fund would not give again."""
    if fund is None or all(known.id != partner for known in fund.partners):
        return False
    ended = row["ended_at"]
    return ended is None or _month(now) - _month(ended) < fund.once_in_months


def _month(ms: int) -> int:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.year * 12 + at.month


def _answers(vault: Vault, row: Row) -> Mapping[str, Any]:
    """Nothing of what was withdrawn and came back with a restored database."""
    try:
        sealed_for = row["key"] or row["person_id"]
        data = json.loads(vault.open(sealed_for, row["sealed"], "instance/application"))
    except Erased:
        return {}
    return _mapping(_mapping(data).get("answers"))


def _consent(answers: Mapping[str, Any], partner: str) -> frozenset[str]:
    given = _mapping(answers.get("consent")).get(partner)
    return frozenset(given) & frozenset(KINDS) if isinstance(given, list) else frozenset()


def _askable(
    row: Row, answers: Mapping[str, Any], partner: str, people: Mapping[str, Someone | None]
) -> Askable:
    applicant = people.get(row["person_id"]) if answers.get("who") == "me" else None
    phones = numbers(applicant.addresses.values() if applicant else ())
    agreed = _consent(answers, partner)
    return Askable(
        subject(row["id"], _mapping(answers.get("journalist")), phones),
        tuple(kind for kind in OTHERS if kind in agreed),
    )


def subject(ref: str, journalist: Mapping[str, Any], phones: tuple[str, ...] = ()) -> Subject:
    return Subject(
        ref=ref,
        names=_texts(journalist, "name", "used_name"),
        birth_year=_year(journalist.get("birth_year")),
        outlets=_texts(journalist, "outlet"),
        phones=phones,
    )


def numbers(addresses: Iterable[Address]) -> tuple[str, ...]:
    """Only those that have written to us: another may be mistyped, and somebody else's."""
    proven = sorted((a for a in addresses if a.proven_at), key=lambda a: a.id)
    found = (a.number or a.where for a in proven if a.channel == "signal")
    return tuple(dict.fromkeys(number for number in found if number.startswith("+")))


def _texts(tree: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    said = (tree.get(name) for name in names)
    return tuple(text.strip() for text in said if isinstance(text, str) and text.strip())


def _year(value: object) -> int | None:
    """A form of another version may have kept it as it was typed."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value.strip()) == 4:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
