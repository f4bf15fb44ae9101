"""Grants that we know of because we paid them. Of a request that is withdrawn the month stays."""

from datetime import UTC, datetime, timedelta

from flows.engine.model import Facts

EPOCH = datetime.fromtimestamp(0, UTC)


def grants(facts: Facts) -> list[dict[str, str]]:
    """Of the person, by month: {"granted": "YYYY-MM", "fund": id}."""
    mine = [a for a in facts.applications if a.person == facts.person.id and a.granted_at]
    return [{"granted": month(a.granted_at or 0), "fund": a.fund} for a in mine]


def month(ms: int) -> str:
    return f"{_day(ms):%Y-%m}"


def only_month(ms: int) -> int:
    """The first moment of that month, in ms."""
    first = _day(ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int((first - EPOCH) / timedelta(milliseconds=1))


def _day(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
