"""Days as people write them, as exact as they were written: "2026-11-19", "2026-11" or "2026".

Pure and total: what can't be read for certain is None, and stays as it was written. The words come
from [days] and [months] of locales/<lang>/words.toml; those of all languages are read.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONGEST = 60  #: characters
JOINED = "_"  #: between the words of a month's name
Normal = Callable[[str], str]


def local_day(ms: int, tz: str) -> date:
    """The day that it is there. `ms`: UTC milliseconds."""
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(tz)).date()


def written_day(text: str) -> str | None:
    """ "2026-11-19", "19.11.2026", "2026-11", "11/2026", "2026"; digits of any script."""
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text[:40])
    parts = "".join(c if c.isdecimal() else " " for c in plain).split()
    if any(c.isalpha() for c in plain) or not 1 <= len(parts) <= 3:
        return None
    if len(parts[0]) != 4:
        parts.reverse()
    if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
        return None
    return "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])


def exists(day: str) -> bool:
    """Of this form, and of our calendar: not 31 February, not a year of another one."""
    try:
        found = date.fromisoformat((day + "-01-01")[:10])
    except ValueError:
        return False
    return 1900 <= found.year <= 2200


@dataclass(frozen=True, slots=True)
class Days:
    """`since`: phrase -> (days ago, how exactly it is meant); `units`: word -> the same of one."""

    since: Mapping[str, tuple[int, str]]
    units: Mapping[str, tuple[int, str]]
    months: Mapping[str, int]
    ago: frozenset[str]
    around: frozenset[str]
    numbers: Mapping[str, int]

    def read(self, typed: str, today: date) -> str | None:
        """`typed` in the normal form of words.py."""
        if len(typed) > LONGEST:
            return None
        for month in filter(lambda name: JOINED in name, self.months):
            typed = typed.replace(month.replace(JOINED, " "), month)
        words = [word for word in typed.split() if word not in self.around]
        bare = " ".join(words)
        for phrase in (typed, bare):
            if phrase in self.since:
                return _before(today, *self.since[phrase])
        return self._ago(bare, today) or self._named(words, today)

    def _ago(self, bare: str, today: date) -> str | None:
        """ "3 days ago", "il y a deux semaines"."""
        for ago in self.ago:
            if not (bare.startswith(f"{ago} ") or bare.endswith(f" {ago}")):
                continue
            count, _, unit = bare.removeprefix(f"{ago} ").removesuffix(f" {ago}").partition(" ")
            if not unit and count in self.units:
                count, unit = "1", count
            number = int(count) if _small(count) else self.numbers.get(count)
            if number is not None and unit in self.units:
                length, exact = self.units[unit]
                return _before(today, number * length, exact)
        return None

    def _named(self, words: list[str], today: date) -> str | None:
        """ "12 November 2026", "le 3 mars", "November"; without a year the last one that was."""
        month = [self.months[word] for word in words if word in self.months]
        numbers = [_ordinal(word) for word in words if word not in self.months]
        years = [int(n) for n in numbers if len(n) == 4]
        days = [int(n) for n in numbers if 1 <= len(n) <= 2]
        if len(month) != 1 or len(years) > 1 or len(days) > 1:
            return None
        if len(years) + len(days) != len(numbers):
            return None
        try:
            first = date(years[0] if years else today.year, month[0], days[0] if days else 1)
            if not years and first > today:
                first = first.replace(year=today.year - 1)
        except ValueError:
            return None
        return first.isoformat() if days else first.isoformat()[:7]


EXACT = {"day": 10, "month": 7, "year": 4}  #: characters of a date that are meant


def _before(today: date, days: int, exact: str) -> str | None:
    try:
        return (today - timedelta(days=days)).isoformat()[: EXACT[exact]]
    except OverflowError:
        return None


def _small(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 3


def _ordinal(word: str) -> str:
    """ "12th", "1er", "3": the digits; "" where there is more to it."""
    digits = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    right = digits.isascii() and digits.isdigit() and len(word) - len(digits) in (0, 2, 3)
    return digits if right else ""


LENGTHS = {"day": (1, "day"), "week": (7, "month"), "month": (30, "month"), "year": (365, "year")}


def index(tables: Iterable[Mapping[str, Any]], normal: Normal) -> Days:
    """From [days], [months] and [numbers] of every language."""
    listed: dict[tuple[str, str], list[str]] = {}
    for table in tables:
        for section in ("days", "months", "numbers"):
            for name, words in table.get(section, {}).items():
                listed.setdefault((section, name), []).extend(map(normal, words))

    def of(section: str) -> Iterable[tuple[str, str]]:
        return ((n, word) for (s, n), words in listed.items() if s == section for word in words)

    since = {}
    for name, word in of("days"):
        count = name.rstrip("dmy")
        if count.isdigit():
            exact = {"d": "day", "m": "month", "y": "year"}[name[-1]]
            since[word] = (int(count), exact)
    return Days(
        since=since,
        units={word: LENGTHS[name] for name, word in of("days") if name in LENGTHS},
        months={word.replace(" ", JOINED): int(name) for name, word in of("months")},
        ago=frozenset(word for name, word in of("days") if name == "ago"),
        around=frozenset(word for name, word in of("days") if name == "around"),
        numbers={word: int(name) for name, word in of("numbers")},
    )
