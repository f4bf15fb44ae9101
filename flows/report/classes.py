"""What a record of an attack is. Pure; the words for all of it are in labels.py.

An event is what happened to one person at one time: two people hurt by one bomb are two events, as
SDG indicator 16.10.1 counts. Several people may report one event; each report is a record of its
own, and records that share `event` are told as one. Nothing here decides that two records are of
one event: likeness.py suggests it, a person links them.

Fields hold plain text, because they come out of a database: an enum member equals its text, and
what is none of its members is found by `problems`. Whoever hands a record out calls `coarsen`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# ---------------------------------------------------------------- the lists


class Class(StrEnum):
    """Of SDG indicator 16.10.1."""

    #: Killed because of the work, or while working.
    KILLING = "killing"
    #: Taken by the state or with its consent, which then denies it or says nothing.
    DISAPPEARANCE = "enforced_disappearance"
    #: Severe pain caused on purpose, by the state or with its consent.
    TORTURE = "torture"
    #: Held by the state without a lawful ground or a fair procedure.
    DETENTION = "arbitrary_detention"
    #: Taken or held by anybody else.
    KIDNAPPING = "kidnapping"
    #: Everything else that harms; `Kind` says what.
    OTHER = "other_harmful_act"


class Kind(StrEnum):
    """Of other harmful acts. GENDER_BASED may mark a record of any class."""

    THREAT = "threat"
    ASSAULT = "assault"
    RAID = "raid"
    SEIZURE = "equipment_seized"
    LEGAL = "legal_harassment"
    ONLINE = "online_attack"
    SURVEILLANCE = "surveillance"
    MOVEMENT = "access_or_travel_denied"
    GENDER_BASED = "gender_based"
    #: None of these.
    ELSE = "other"


class Perpetrator(StrEnum):
    POLICE = "police"
    MILITARY = "military"
    OFFICIAL = "official"
    ARMED_GROUP = "armed_group"
    POLITICAL_GROUP = "political_group"
    CRIMINAL_GROUP = "criminal_group"
    COMMUNITY = "religious_or_community_group"
    BUSINESS = "business"
    INDIVIDUAL = "individual"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """Nobody is asked for words of their own: OTHER is enough."""

    WOMAN = "woman"
    MAN = "man"
    NON_BINARY = "non_binary"
    OTHER = "other"
    NOT_SAID = "not_said"


class Medium(StrEnum):
    PRINT = "print"
    RADIO = "radio"
    TV = "tv"
    ONLINE = "online"
    FREELANCE = "freelance"
    PHOTO_VIDEO = "photo_video"
    OTHER = "other"


class Role(StrEnum):
    """Of whoever reports."""

    JOURNALIST = "journalist"
    WITNESS = "witness"
    COORDINATOR = "coordinator"


class State(StrEnum):
    """How far a record is verified. `NEEDS` says what each takes."""

    #: Somebody has told us.
    REPORTED = "reported"
    #: One source beside the reporter says the same.
    ONE_SOURCE = "one_source"
    #: Two do, and neither has it from the other.
    TWO_SOURCES = "two_sources"
    #: A person has looked at sources and evidence and stands by it.
    VERIFIED = "verified"
    #: A source says otherwise. Told apart from the others.
    DISPUTED = "disputed"
    #: Taken back, or found to be wrong. Not told at all.
    WITHDRAWN = "withdrawn"


class PlacePrecision(StrEnum):
    """Finest first."""

    EXACT = "exact"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"


class TimePrecision(StrEnum):
    """Finest first."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes to call a record so. `sources`: beside the reporter, none of them from another.
    `evidence`: pieces with their hash. `reason`: who says so writes why."""

    sources: int = 0
    evidence: int = 0
    reason: bool = False


NEEDS: Mapping[str, Need] = {
    State.REPORTED: Need(),
    State.ONE_SOURCE: Need(sources=1),
    State.TWO_SOURCES: Need(sources=2),
    State.VERIFIED: Need(sources=2, evidence=1, reason=True),
    State.DISPUTED: Need(reason=True),
    State.WITHDRAWN: Need(reason=True),
}
#: Best first: which record of an event speaks for it.
RANKED = (
    State.VERIFIED, State.TWO_SOURCES, State.ONE_SOURCE, State.REPORTED, State.DISPUTED,
)  # fmt: skip
#: ISO 3166-1 alpha-2, and XK, which everybody uses for Kosovo.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
    """.split()
)

# ---------------------------------------------------------------- a record

LONGEST_NAME = 100  #: characters of a region or a city
LONGEST_PLACE = 300
MOST_EVIDENCE = 200
MOST_SOURCES = 1_000
EARLIEST = 1900  #: year
#: The day begins this much before UTC where it begins first.
AHEAD = timedelta(hours=14)
WHEN = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

#: (kind, SHA-256 in lower case hex, when it reached us in ms)
Evidence = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One report of one event. What wasn't said is "". What wasn't allowed is coarse: precision
    begins at the least.

    `when`: "YYYY", "YYYY-MM" or "YYYY-MM-DD". `place`: exact, in the reporter's words; `city` and
    `region` by their names. `journalist`: keyed hash of whom it happened to, if known. `case`,
    `application`: ids of what it came from.
    """

    id: str
    cls: str
    event: str = ""
    kinds: tuple[str, ...] = ()
    when: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    place: str = ""
    place_precision: str = PlacePrecision.COUNTRY
    time_precision: str = TimePrecision.UNKNOWN
    perpetrator: str = Perpetrator.UNKNOWN
    gender: str = Gender.NOT_SAID
    medium: str = Medium.OTHER
    state: str = State.REPORTED
    sources: int = 0
    evidence: tuple[Evidence, ...] = ()
    case: str = ""
    application: str = ""
    journalist: str = ""
    reported_at: int = 0
    role: str = Role.JOURNALIST

    @property
    def group(self) -> tuple[str, str]:
        """The event that it tells of: a shared one, or its own."""
        return ("event", self.event) if self.event else ("record", self.id)

    @property
    def gender_based(self) -> bool:
        return Kind.GENDER_BASED in self.kinds


def days(when: str) -> tuple[date, date] | None:
    """The first and last day that `when` may mean; None if it is no date."""
    if not WHEN.fullmatch(when):
        return None
    year, month, day = (*map(int, when.split("-")), 0, 0)[:3]
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        if len(when) == len("YYYY-MM"):
            beyond = date(year + month // 12, month % 12 + 1, 1)
            return date(year, month, 1), beyond - timedelta(days=1)
        if len(when) == len("YYYY"):
            return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        pass  # the 31st of February, month 13, year 0
    return None


def lacks(record: Record, state: str, reason: str = "") -> tuple[str, ...]:
    """What is missing before the record may be called so: "sources", "evidence", "reason", or
    "state" for one that there isn't."""
    need = NEEDS.get(state)
    if need is None:
        return ("state",)
    have = {
        "sources": record.sources >= need.sources,
        "evidence": len(record.evidence) >= need.evidence,
        "reason": bool(reason.strip()) or not need.reason,
    }
    return tuple(name for name, enough in have.items() if not enough)


# ---------------------------------------------------------------- only what was allowed

KEPT: Mapping[str, tuple[str, ...]] = {
    PlacePrecision.EXACT: ("region", "city", "place"),
    PlacePrecision.CITY: ("region", "city"),
    PlacePrecision.REGION: ("region",),
}
CUT: Mapping[str, int] = {TimePrecision.DAY: 10, TimePrecision.MONTH: 7, TimePrecision.YEAR: 4}


def coarsen(record: Record) -> Record:
    """Without what the reporter didn't allow. Times of arrival are cut too: a report of the same
    evening would say the day. A precision that there isn't allows nothing."""
    kept, time = KEPT.get(record.place_precision, ()), record.time_precision
    when = record.when if days(record.when) else ""
    return replace(
        record,
        region=record.region if "region" in kept else "",
        city=record.city if "city" in kept else "",
        place=record.place if "place" in kept else "",
        when=when[: CUT.get(time, 0)],
        evidence=tuple((kind, sha, _floor(at, time)) for kind, sha, at in record.evidence),
        reported_at=_floor(record.reported_at, time),
    )


def _floor(ms: int, time: str) -> int:
    """The beginning, in UTC, of the day, month or year that `ms` is in; 0 for unknown."""
    at = moment(ms)
    if at is None or time not in CUT:
        return 0
    month = 1 if time == TimePrecision.YEAR else at.month
    day = at.day if time == TimePrecision.DAY else 1
    return int(datetime(at.year, month, day, tzinfo=UTC).timestamp()) * 1000


def moment(ms: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(ms // 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


# ---------------------------------------------------------------- impossible records


class Problem(NamedTuple):
    """`why`: "unknown" (not in the list), "no date", "future", "too early", "too late" (happened
    after it was told), "too long", "unreadable", "missing", "not of this class", "too many",
    "negative"."""

    field: str
    why: str


LISTS: Mapping[str, type[StrEnum]] = {
    "cls": Class,
    "perpetrator": Perpetrator,
    "gender": Gender,
    "medium": Medium,
    "state": State,
    "role": Role,
    "place_precision": PlacePrecision,
    "time_precision": TimePrecision,
}


def problems(record: Record, now: int) -> tuple[Problem, ...]:
    """What can't be as it stands. `now` in ms. A record that merely says little has none."""
    return tuple(_problems(record, now))


def _problems(record: Record, now: int) -> Iterator[Problem]:
    if not record.id:
        yield Problem("id", "missing")
    for name, among in LISTS.items():
        if getattr(record, name) not in list(among):
            yield Problem(name, "unknown")
    if record.country not in COUNTRIES:
        yield Problem("country", "unknown")
    yield from _kinds(record)
    yield from _times(record, now)
    for name, longest in (
        ("region", LONGEST_NAME), ("city", LONGEST_NAME), ("place", LONGEST_PLACE),
    ):  # fmt: skip
        yield from _words(name, getattr(record, name), longest)
    yield from _proof(record, now)


def _kinds(record: Record) -> Iterator[Problem]:
    if any(kind not in list(Kind) for kind in record.kinds):
        yield Problem("kinds", "unknown")
    if record.cls != Class.OTHER and set(record.kinds) - {Kind.GENDER_BASED}:
        yield Problem("kinds", "not of this class")


def _times(record: Record, now: int) -> Iterator[Problem]:
    """A day counts as come as soon as it has begun anywhere."""
    if record.reported_at > now:
        yield Problem("reported_at", "future")
    if record.reported_at < 0:
        yield Problem("reported_at", "negative")
    if not record.when:
        return
    meant = days(record.when)
    if meant is None:
        yield Problem("when", "no date")
    elif meant[0].year < EARLIEST:
        yield Problem("when", "too early")
    elif meant[0] > _latest(now):
        yield Problem("when", "future")
    elif record.reported_at > 0 and meant[0] > _latest(record.reported_at):
        yield Problem("when", "too late")


def _latest(ms: int) -> date:
    """The last day that has begun somewhere at that time."""
    at = moment(ms)
    return (at + AHEAD).date() if at and at.year < 9999 else date.max


def _words(field: str, words: str, longest: int) -> Iterator[Problem]:
    if len(words) > longest:
        yield Problem(field, "too long")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in words[:longest]):
        yield Problem(field, "unreadable")


def _proof(record: Record, now: int) -> Iterator[Problem]:
    if record.sources < 0:
        yield Problem("sources", "negative")
    if record.sources > MOST_SOURCES:
        yield Problem("sources", "too many")
    if len(record.evidence) > MOST_EVIDENCE:
        yield Problem("evidence", "too many")
    for _, sha, at in record.evidence[:MOST_EVIDENCE]:
        if not SHA256.fullmatch(sha):
            yield Problem("evidence", "unreadable")
        if at > now:
            yield Problem("evidence", "future")
    if record.state in list(State):
        # Why somebody said so stands in the log of the record, not in it.
        for what in lacks(record, record.state, reason="-"):
            yield Problem(what, "missing")
