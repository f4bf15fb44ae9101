"""Where somebody is: a city, a country, a zone or an offset as typed becomes a time zone. Pure.

Names are compared as in words.py. Best first: the whole text as a zone id, an offset or a name;
then names within it ("Tripoli, Lebanon": the zone that both words mean); then names that begin
like it; then names that are one letter away. The names themselves come from bot/places.py.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import cos, isfinite, radians, sin

from flows.engine.normal import normal

LONGEST = 120  #: characters that are looked at
MOST = 5  #: answers, as many as fit on one screen of a phone
MOST_WORDS = 12
LONGEST_NAME = 5  #: words of one name that is looked for within a text
SHORTEST_WITHIN = 3  #: letters of a name that is found within a text, or by its beginning
SHORTEST_TYPO = 5
LONGEST_TYPO = 24
#: Offsets with minutes belong to zones that never change their clocks.
BROKEN = {
    (3, 30): "Asia/Tehran", (4, 30): "Asia/Kabul", (5, 30): "Asia/Kolkata",
    (5, 45): "Asia/Kathmandu", (6, 30): "Asia/Yangon", (9, 30): "Australia/Darwin",
}  # fmt: skip
OFFSET = re.compile(r"(utc|gmt)? ?([+-]) ?(\d{1,2})(?:[:.h]?(\d{2}))?", re.ASCII)
OFFSET_WORDS = ("utc", "gmt")
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")

Place = tuple[str, str]  #: (IANA zone, label)
Point = tuple[float, float, float]  #: on the unit sphere


@dataclass(frozen=True)
class Places:
    """`names`: normal form -> places, best first. `ids`: case-folded zone id -> zone.
    `cities`: (zone, latitude, longitude) in degrees."""

    names: Mapping[str, tuple[Place, ...]]
    ids: Mapping[str, str]
    cities: tuple[tuple[str, float, float], ...]
    #: zone -> country (ISO 3166 alpha-2)
    countries: Mapping[str, str] = field(default_factory=dict)
    _sorted: list[str] = field(init=False, repr=False, compare=False)
    _typos: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    _points: list[tuple[str, Point]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        points = [(zone, _point(lat, lon)) for zone, lat, lon in self.cities]
        object.__setattr__(self, "_sorted", sorted(self.names))
        object.__setattr__(self, "_typos", _typo_index(self.names))
        object.__setattr__(self, "_points", points)

    def find(self, text: str) -> list[Place]:
        """At most five (zone, label), best first; [] when nothing is known by that name."""
        text = text[:LONGEST].strip()
        if zone := self.ids.get(text.casefold().replace(" ", "_")):
            return [(zone, "UTC" if zone == "Etc/UTC" else zone)]
        if offset := _offset(text):
            zone, label = offset
            return [(zone, label)] if zone in self.ids.values() else []
        typed = normal(text)
        for look in (self._whole, self._within, self._beginning, self._mistyped):
            if found := list(look(typed)):
                return _distinct(found)
        return []

    def nearest(self, lat: float, lon: float) -> str:
        """The zone of the known city that is nearest by great circle; "Etc/UTC" for no place."""
        if not (isfinite(lat) and isfinite(lon) and self.cities):
            return "Etc/UTC"
        x, y, z = _point(max(-90.0, min(90.0, lat)), lon)
        return max(self._points, key=lambda p: x * p[1][0] + y * p[1][1] + z * p[1][2])[0]

    def country(self, zone: str) -> str:
        """The country of a zone, "" where it has none (UTC, an offset)."""
        return self.countries.get(zone, "")

    def _whole(self, typed: str) -> Iterable[Place]:
        return self.names.get(typed, ())

    def _within(self, typed: str) -> Iterable[Place]:
        """Names among the words, longest first; a zone that more of the words mean is better."""
        words = typed.split()[:MOST_WORDS]
        free = [True] * len(words)
        score: dict[str, int] = {}
        found: list[Place] = []
        for length in range(min(LONGEST_NAME, len(words)), 0, -1):
            for at in range(len(words) - length + 1):
                name = " ".join(words[at : at + length])
                known = len(name) >= SHORTEST_WITHIN and name not in OFFSET_WORDS
                places = self.names.get(name, ()) if known else ()
                if places and all(free[at : at + length]):
                    free[at : at + length] = [False] * length
                    found += places
                    for zone in {zone for zone, _ in places}:
                        score[zone] = score.get(zone, 0) + 1
        return sorted(found, key=lambda place: -score[place[0]])

    def _beginning(self, typed: str) -> Iterable[Place]:
        if len(typed) < SHORTEST_WITHIN:
            return
        names = self._sorted
        for at in range(bisect_left(names, typed), len(names)):
            if not names[at].startswith(typed):
                return
            yield from self.names[names[at]]

    def _mistyped(self, typed: str) -> Iterable[Place]:
        if SHORTEST_TYPO <= len(typed) <= LONGEST_TYPO:
            for shape in dict.fromkeys((typed, *_without_one(typed))):
                for name in self._typos.get(shape, ()):
                    yield from self.names[name]


def _offset(text: str) -> Place | None:
    """ "UTC+3", "GMT-5", "+03:00", "+٣": POSIX zones count the other way round."""
    digits = "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text[:20]
    )
    found = OFFSET.fullmatch(DASHES.sub("-", digits.casefold()))
    if not found:
        return None
    hours, minutes = int(found[3]), int(found[4] or 0)
    if found[2] == "-" and minutes == 0 and 0 < hours <= 12:
        return f"Etc/GMT+{hours}", f"UTC-{hours}"
    if found[2] == "+" and minutes == 0 and 0 < hours <= 14:
        return f"Etc/GMT-{hours}", f"UTC+{hours}"
    if hours == minutes == 0:
        return "Etc/UTC", "UTC"
    if found[2] == "+" and (hours, minutes) in BROKEN:
        return BROKEN[hours, minutes], f"UTC+{hours}:{minutes}"
    return None


def _distinct(places: Iterable[Place]) -> list[Place]:
    """One label per zone, the first, except that two cities of one zone are one answer."""
    first: dict[str, str] = {}
    for zone, label in places:
        first.setdefault(zone, label)
        if len(first) == MOST:
            break
    return list(first.items())


def _point(lat: float, lon: float) -> Point:
    north, east = radians(lat), radians(lon % 360.0)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def _without_one(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _typo_index(names: Iterable[str]) -> dict[str, list[str]]:
    """Shapes of a name with one letter less: they meet those of a mistyped one."""
    index: dict[str, list[str]] = {}
    for name in names:
        if SHORTEST_TYPO <= len(name) <= LONGEST_TYPO:
            for shape in dict.fromkeys((name, *_without_one(name))):
                index.setdefault(shape, []).append(name)
    return index
