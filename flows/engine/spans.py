"""Lengths ("1h30m", "ساعتين") and times of day ("6:30pm"), as people type them. Pure and total."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from flows.engine.normal import folded, longest_first, normal

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
APOSTROPHES = str.maketrans("'’", "  ")
LONGEST_SPAN = 60  #: characters of a length or a time of day
LENGTH = re.compile(r"(\d+)([smhd])")
NEXT_SMALLER = {
    UNITS_MS["d"]: UNITS_MS["h"], UNITS_MS["h"]: UNITS_MS["m"], UNITS_MS["m"]: UNITS_MS["s"],
}  # fmt: skip
#: A number, a word, or anything else but a space.
PARTS = re.compile(r"(\d{1,6}(?:[.,٫]\d{1,2})?(?!\d))|([^\W\d_]+)|(\S)")
DECIMAL_MARK = re.compile("[,٫]")
PASSED_OVER = frozenset(".,،'’!")
CLOCK = re.compile(r"(\d{1,2})(?!\d)\s*([:.,٫h])?\s*(?:(\d{2})(?!\d))?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spans:
    """Words around lengths and times of day, of all languages."""

    units: Mapping[str, int]
    numbers: Mapping[str, int]
    lengths: Mapping[str, int]
    half: frozenset[str]
    joins: frozenset[str]
    times: Mapping[str, tuple[int, int]]
    before_length: tuple[str, ...]
    every: tuple[str, ...]
    ahead: tuple[str, ...]
    before_time: tuple[str, ...]
    am: frozenset[str]
    pm: frozenset[str]

    @classmethod
    def of(cls, tables: Iterable[Mapping[str, Any]]) -> Self:
        """`tables`: parsed words.toml of all languages."""

        def listed(section: str, name: str) -> list[str]:
            return [normal(word) for word in named(section).get(name, [])]

        def named(section: str) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for table in every:
                for name, words in table.get(section, {}).items():
                    found.setdefault(name, []).extend(words)
            return found

        every = list(tables)
        units = {
            word: UNITS_MS[unit] for unit in UNITS_MS for word in [unit, *listed("units", unit)]
        }
        return cls(
            units=units,
            numbers={word: int(n) for n in named("numbers") for word in listed("numbers", n)},
            lengths={
                word: sum(int(n) * UNITS_MS[unit] for n, unit in LENGTH.findall(name))
                for name in named("lengths")
                if LENGTH.match(name)
                for word in listed("lengths", name)
            },
            half=frozenset(listed("lengths", "half")),
            joins=frozenset(listed("lengths", "joins")),
            times={
                word: (int(name.split(":")[0]), int(name.split(":")[1]))
                for name in named("clock")
                if ":" in name
                for word in listed("clock", name)
            },
            before_length=longest_first(
                word for name in ("before", "every", "once") for word in listed("lengths", name)
            ),
            every=longest_first(listed("lengths", "every")),
            ahead=longest_first(listed("lengths", "once")),
            before_time=longest_first(listed("clock", "before")),
            am=frozenset(listed("clock", "am")),
            pm=frozenset(listed("clock", "pm")),
        )

    def duration(self, text: str) -> int | None:
        """Milliseconds of "90s", "15m", "4h", "1h30m", "1.5h", "2 hours", "ساعتين"; None when it
        isn't one. What is left open ("1h30") is in the next smaller unit."""
        if len(text) > LONGEST_SPAN:
            return None
        typed = folded(text).strip()
        rest = _without(_without(typed, self.before_length), self.before_length)
        bare = normal(rest)
        if whole := self.lengths.get(bare):
            return whole
        if bare in self.units and _without(typed, self.every) != typed:
            return self.units[bare]  # "every hour"
        total, unit, count = 0.0, 0, None
        for digits, word, other in PARTS.findall(rest):
            word = normal(word)
            if other:
                if other not in PASSED_OVER:
                    return None
            elif count is None and (digits or (word in self.numbers and word not in self.units)):
                count = float(DECIMAL_MARK.sub(".", digits) or self.numbers[word])
            elif word in self.units and count is not None:
                unit = self.units[word]
                total, count = total + count * unit, None
            elif word in self.half and unit and count in (None, 1):
                total, count = total + unit / 2, None
            elif word in self.lengths and count is None:
                total += self.lengths[word]
                unit = max(u for u in UNITS_MS.values() if u <= self.lengths[word])
            elif not (word in self.joins and unit and count is None):
                return None
        if count is not None:
            if unit not in NEXT_SMALLER:
                return None
            total += count * NEXT_SMALLER[unit]
        return round(total) if total >= 1 else None

    def once(self, text: str) -> int | None:
        """Milliseconds of "in 20 min", "dans deux heures", "بعد ساعتين": one time, not a rhythm.
        None for every other length, which `duration` reads like this one."""
        if len(text) > LONGEST_SPAN:
            return None
        typed = folded(text).strip()
        bare = _without(typed, self.ahead)
        return self.duration(bare) if bare != typed else None

    def clock_time(self, text: str) -> tuple[int, int] | None:
        """(hour, minute) of "18:30", "18h30", "18.30", "6:30pm", "at noon", "٢٠:١٥"."""
        if len(text) > LONGEST_SPAN:
            return None
        typed = folded(text).strip()
        bare = _without(typed, self.before_time)
        if named := self.times.get(normal(bare)):
            return named
        found = CLOCK.fullmatch(bare)
        if not found:
            return None
        hour, minute, half = int(found[1]), int(found[3] or 0), normal(found[4])
        # An hour alone is a time only with something that says so: "6pm", "à 18h".
        if found[3] is None and not half and not (found[2] and bare != typed):
            return None
        if half:
            if half not in self.am | self.pm or not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half in self.pm else 0)
        return (hour, minute) if hour < 24 and minute < 60 else None


def _without(folded: str, before: tuple[str, ...]) -> str:
    for word in before:
        if folded.translate(APOSTROPHES).startswith(word + " "):
            return folded[len(word) + 1 :].strip()
    return folded
