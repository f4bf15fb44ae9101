"""Grants that we know of: those we have paid, and those that are approved and count from today. Of
a request that is withdrawn the month stays."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flows.engine.model import Application, Facts

EPOCH = datetime.fromtimestamp(0, UTC)
DUE = frozenset({"approved", "payout"})  #: states: approved, and not paid yet


def grants(facts: Facts, now: int) -> list[dict[str, str]]:
    """Of the person, by month: {"granted": "YYYY-MM", "fund": id}."""
    return beside(
        facts.person.id, (a for a in facts.applications if a.person == facts.person.id), now
    )


def beside(person: str, others: Iterable[Application], now: int) -> list[dict[str, str]]:
    """Of this applicant; of somebody else's request with {"perhaps": id}, since only the name and
    the birth year say that it is about the same person."""
    return [
        {"granted": month(a.granted_at or now), "fund": a.fund}
        | ({} if a.person == person else {"perhaps": a.id})
        for a in others
        if a.granted_at or a.state in DUE
    ]


def month(ms: int) -> str:
    return f"{_day(ms):%Y-%m}"


def only_month(ms: int) -> int:
    """The first moment of that month, in ms."""
    first = _day(ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int((first - EPOCH) / timedelta(milliseconds=1))


def _day(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
