"""Records become counts that may be published. Pure; how numbers are hidden: suppress.py.

An event is counted once. Of its records the best verified one speaks for it, made coarse as its
reporter wanted; withdrawn ones are left out, and an event that is disputed in all that is left is
counted apart. Values that are in none of the lists become "unknown", so that no text that somebody
typed reaches a table.

Countries with few events aren't named: they are one line, "other", made of at least the threshold.
A month is in a table because its year has enough events, not because it has any itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from bot.record.suppress import hide_grid, hide_line
from flows.report.classes import (
    COUNTRIES,
    EARLIEST,
    RANKED,
    Class,
    Gender,
    Medium,
    Perpetrator,
    Record,
    State,
    coarsen,
    days,
)

OTHER, UNKNOWN = "other", "unknown"
#: Of a time: somewhere in that year.
YEAR_ONLY = 4
BELOW = 5
LEAST_BELOW, MOST_BELOW = 2, 100
MOST_RECORDS = 500_000
#: In a table; the smaller and the earlier ones are in "other".
MOST_COUNTRIES = 60
MOST_YEARS = 20
DEFAULT = ("cls", "month", "country", "gender", "state")
COUNTED = tuple(reversed(RANKED[: RANKED.index(State.DISPUTED)]))  #: least verified first

K = TypeVar("K")
#: None: hidden.
Count = int | None


class TooMany(ValueError):
    """More records than can be summarised at once."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`tables`: question -> value -> count, in the order to be shown. Values are those of
    classes.py, countries as ISO alpha-2, months "YYYY-MM", "YYYY" for a month that isn't known.
    OTHER is the rest, of times also those that nobody knows; UNKNOWN a country. `cross`: (class,
    country) -> count; empty unless both were asked for and there are two countries. `unverified`:
    events that are not verified. Each is None when hidden; with `coarse`, rounded down to a
    multiple of `below`, so that sums don't add up.

    `unread`: records of no class, counted nowhere. Not for publishing.
    """

    below: int
    coarse: bool
    total: Count
    unverified: Count
    disputed: Count
    tables: Mapping[str, Mapping[str, Count]]
    cross: Mapping[tuple[str, str], Count]
    unread: int = 0


def summarise(
    records: Iterable[Record],
    suppress_below: int = BELOW,
    by: Sequence[str] = DEFAULT,
    *,
    coarse: bool = False,
    until: str = "",
) -> Summary:
    """`by`: of QUESTIONS. `until`: "YYYY-MM", the last month to list; "" lists whole years. Raises
    ValueError for a question or threshold that there isn't, TooMany for too many records."""
    _checked(suppress_below, by)
    listed = list(islice(records, MOST_RECORDS + 1))
    if len(listed) > MOST_RECORDS:
        raise TooMany(f"more than {MOST_RECORDS} records")
    readable = [record for record in listed if record.cls in list(Class)]
    told = [coarsen(record) for record in spoken(readable)]
    apart = sum(record.state == State.DISPUTED for record in told)
    events = [record for record in told if record.state != State.DISPUTED]
    exact = _tables(events, suppress_below, by, until)
    small = len(events) < suppress_below
    tables = {name: _hidden(table, suppress_below, small) for name, table in exact.items()}
    shown = _Shown(suppress_below, coarse)
    return Summary(
        below=suppress_below,
        coarse=coarse,
        total=shown(len(events)),
        unverified=_unverified(shown, len(events), tables.get("state", {})),
        disputed=shown(apart),
        tables={name: shown.all(table) for name, table in tables.items()},
        cross=shown.all(_cross(events, exact, tables, suppress_below)),
        unread=len(listed) - len(readable),
    )


def _checked(below: int, by: Sequence[str]) -> None:
    if not LEAST_BELOW <= below <= MOST_BELOW:
        raise ValueError(f"the threshold is {LEAST_BELOW} to {MOST_BELOW}, not {below}")
    for name in by:
        if name not in QUESTIONS:
            raise ValueError(f"{name!r} is none of {', '.join(QUESTIONS)}")
    if {"month", "year"} <= set(by):
        raise ValueError("month or year, not both: months add up to years")


# ---------------------------------------------------------------- each event once


def spoken(records: Iterable[Record]) -> list[Record]:
    """For each event the record that speaks for it, in the order of their ids."""
    best: dict[tuple[str, str], Record] = {}
    for record in records:
        if record.state == State.WITHDRAWN:
            continue
        known = best.get(record.group)
        if known is None or _rank(record) < _rank(known):
            best[record.group] = record
    return [best[group] for group in sorted(best)]


def _rank(record: Record) -> tuple[int, int, int, int, str, str]:
    """Best first; the last ones only so that the order of records decides nothing."""
    return (
        RANKED.index(_state(record)),
        -record.sources,
        -len(record.evidence),
        record.reported_at,
        record.id,
        repr(record),
    )


# ---------------------------------------------------------------- what is asked of an event


def _state(record: Record) -> State:
    """What we don't know is not verified."""
    return State(record.state) if record.state in RANKED else State.REPORTED


def _country(record: Record) -> str:
    return record.country if record.country in COUNTRIES else UNKNOWN


def _month(record: Record) -> str:
    meant = days(record.when)
    return record.when[:7] if meant and meant[0].year >= EARLIEST else UNKNOWN


def _year(record: Record) -> str:
    month = _month(record)
    return month if month == UNKNOWN else month[:YEAR_ONLY]


#: What can be asked: the answer of a record.
QUESTIONS: Mapping[str, Callable[[Record], str]] = {
    "cls": lambda record: record.cls,
    "month": _month,
    "year": _year,
    "country": _country,
    "gender": lambda record: _of(record.gender, Gender, Gender.NOT_SAID),
    "state": _state,
    "medium": lambda record: _of(record.medium, Medium, Medium.OTHER),
    "perpetrator": lambda record: _of(record.perpetrator, Perpetrator, Perpetrator.UNKNOWN),
    "gender_based": lambda record: "yes" if record.gender_based else "no",
}
#: Questions whose answers are all listed, whether or not there are any.
LISTED: Mapping[str, Sequence[str]] = {
    "cls": list(Class),
    "gender": list(Gender),
    "state": COUNTED,
    "medium": list(Medium),
    "perpetrator": list(Perpetrator),
    "gender_based": ("yes", "no"),
}


def _of(value: str, among: Iterable[str], instead: str) -> str:
    return value if value in list(among) else instead


# ---------------------------------------------------------------- tables


def _tables(
    events: Sequence[Record], below: int, by: Sequence[str], until: str
) -> dict[str, dict[str, int]]:
    """Exact, with the answers to list."""
    tables = {}
    for name in by:
        ask = QUESTIONS[name]
        counts = Counter(str(ask(record)) for record in events)
        if name == "country":
            tables[name] = _countries(counts, below)
        elif name in ("month", "year"):
            tables[name] = _times(counts, below, until, months=name == "month")
        else:
            tables[name] = {str(value): counts[value] for value in LISTED[name]}
    return tables


def _countries(counts: Mapping[str, int], below: int) -> dict[str, int]:
    """Most events first. The smallest go to "other" until that is large enough."""
    order = sorted(counts, key=lambda code: (-counts[code], code))
    named = [code for code in order if counts[code] >= below][:MOST_COUNTRIES]
    rest = sum(counts.values()) - sum(counts[code] for code in named)
    while named and 0 < rest < below:
        rest += counts[named.pop()]
    return {code: counts[code] for code in named} | ({OTHER: rest} if rest else {})


def _times(counts: Mapping[str, int], below: int, until: str, months: bool) -> dict[str, int]:
    """Years with enough events, all their months, everything else together."""
    years: Counter[str] = Counter()
    for time, n in counts.items():
        if time != UNKNOWN and not _after(time, until):
            years[time[:YEAR_ONLY]] += n
    kept = sorted(year for year, n in years.items() if n >= below)[-MOST_YEARS:]
    table: dict[str, int] = {}
    for year in kept:
        each = [f"{year}-{month:02}" for month in range(1, 13)] if months else []
        table |= {time: counts.get(time, 0) for time in each if not _after(time, until)}
        table[year] = counts.get(year, 0)
    rest = sum(counts.values()) - sum(table.values())
    return table | ({OTHER: rest} if rest else {})


def _after(time: str, until: str) -> bool:
    """Said to be later than the last month that has come: nobody knows when it was."""
    return bool(until) and time != UNKNOWN and time > until[: len(time)]


def _hidden(table: Mapping[str, int], below: int, small: bool) -> dict[str, Count]:
    hide = set(table) if small else hide_line(table, below)
    return {value: None if value in hide else n for value, n in table.items()}


def _cross(
    events: Sequence[Record],
    exact: Mapping[str, Mapping[str, int]],
    tables: Mapping[str, Mapping[str, Count]],
    below: int,
) -> dict[tuple[str, str], Count]:
    """Class by country, with the countries of the table of countries."""
    rows, columns = exact.get("cls", {}), exact.get("country", {})
    if not rows or len(columns) < 2 or len(events) < below:
        return {}
    counts = {(row, column): 0 for row in rows for column in columns}
    for record in events:
        country = _country(record)
        counts[record.cls, country if country in columns else OTHER] += 1
    unsaid = {row for row in rows if tables["cls"][row] is None}
    hide = hide_grid(counts, rows, unsaid, below)
    return {cell: None if cell in hide else n for cell, n in counts.items()}


def _unverified(shown: "_Shown", total: int, states: Mapping[str, Count]) -> Count:
    """From what is published anyway, or not at all."""
    verified = states.get(State.VERIFIED)
    return None if verified is None else shown(total - verified)


# ---------------------------------------------------------------- as published


@dataclass(frozen=True, slots=True)
class _Shown:
    below: int
    coarse: bool

    def __call__(self, n: Count) -> Count:
        if n is None or n < self.below:
            return None
        return n - n % self.below if self.coarse else n

    def all(self, table: Mapping[K, Count]) -> dict[K, Count]:
        return {key: self(n) for key, n in table.items()}


__all__ = [
    "BELOW",
    "DEFAULT",
    "OTHER",
    "QUESTIONS",
    "UNKNOWN",
    "Count",
    "Summary",
    "TooMany",
    "spoken",
    "summarise",
]
