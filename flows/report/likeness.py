"""Whether two records may tell of one event. It is only ever suggested: a person links them."""

import unicodedata
from datetime import timedelta
from typing import NamedTuple

from flows.report.classes import LONGEST_NAME, Class, Record, days


class Likeness(NamedTuple):
    """`score`: 0 (another event) to 100. `reasons`: what agrees, or the one thing that speaks
    against it: "class", "near class", "country", "day", "near day", "month", "year", "journalist",
    "city", "region"; "same record", "other class", "other country", "other time",
    "other journalist"."""

    score: int
    reasons: tuple[str, ...]


#: From here on it is worth asking a person.
SUGGEST = 70
#: Who sees somebody taken can't tell these apart.
TAKEN = frozenset({Class.DISAPPEARANCE, Class.DETENTION, Class.KIDNAPPING})
#: Nights, time zones and memory.
NEAR = timedelta(days=2)
SCORES = {
    "class": 30, "near class": 15, "country": 20, "day": 30, "near day": 20, "month": 15,
    "year": 5, "journalist": 40, "city": 10, "region": 5,
}  # fmt: skip


def same_event(a: Record, b: Record) -> Likeness:
    """Whether a person should be asked if these tell of one event. The same either way round. What
    one of them doesn't say speaks neither for it nor against it."""
    if a.id == b.id:
        return Likeness(0, ("same record",))
    found = [
        _class(a, b),
        _alike("country", a.country, b.country),
        _when(a.when, b.when),
        _alike("journalist", a.journalist, b.journalist),
    ]
    against = [reason for reason in found if reason.startswith("other")]
    if against:
        return Likeness(0, (against[0],))
    # Two names of one place are common: another one speaks against nothing.
    found += [
        _alike("city", _name(a.city), _name(b.city)),
        _alike("region", _name(a.region), _name(b.region)),
    ]
    reasons = tuple(reason for reason in found if reason in SCORES)
    return Likeness(min(100, sum(SCORES[reason] for reason in reasons)), reasons)


def _class(a: Record, b: Record) -> str:
    if a.cls == b.cls:
        return "class"
    return "near class" if {a.cls, b.cls} <= TAKEN else "other class"


def _alike(name: str, a: str, b: str) -> str:
    if not a or not b:
        return ""
    return name if a == b else f"other {name}"


def _when(a: str, b: str) -> str:
    """As near as the coarser of the two can say."""
    ours, theirs = days(a), days(b)
    if ours is None or theirs is None:
        return ""
    gap = max(ours[0], theirs[0]) - min(ours[1], theirs[1])
    if gap > NEAR:
        return "other time"
    said = {4: "year", 7: "month", 10: "day"}[min(len(a), len(b))]
    return "near day" if said == "day" and gap else said


def _name(words: str) -> str:
    folded = unicodedata.normalize("NFKC", words[:LONGEST_NAME]).casefold()
    return " ".join(folded.split())
