"""The questions of a report, in their order. Answers are in `data["answers"]`, named as in Record.

- What the reporter doesn't allow is never stored: of a location only what they chose to keep.
- A button that this version no longer knows counts as the answer that says least.
- Files are sealed and hashed as they come (record.py notes them); the form counts them.
"""

import re
from datetime import date, timedelta

from flows.engine.days import FUTURE, future, local_day
from flows.engine.draft import DAY, without
from flows.engine.messages import Country, Line, Message, Scalar, Span
from flows.engine.model import Choice, Data, Event, Facts, Keep, Say
from flows.engine.model import Role as Works
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries, unanswered
from flows.engine.refusals import NOT_ARRIVED
from flows.engine.safer import Safer
from flows.report import classes, labels
from flows.report import messages as m
from flows.report.classes import Class, Kind, PlacePrecision, Record, Role, TimePrecision
from flows.report.form import (
    ALL,
    ANEW,
    SKIP,
    Asked,
    State,
    ask,
    cleaned,
    got,
    or_last,
    picked,
    put,
    shown,
)
from flows.report.linking import LINKS, ask_link, asks_link, show_link, take_link, unlinked

LONGEST_WORDS = 10_000  #: characters; platforms allow about 4,000 in one message
LONGEST_SOURCE = 2_000
ANOTHER, SURVIVED = "another", "survived"  #: args: whom a killing was about; the latter is OTHER
KEPT_FOR = 730 * DAY  #: ms, where the policy says nothing
LAST = 40  #: characters by which somebody finds where their text was cut
MOST_SOURCES = 20
FULL = (TimePrecision.YEAR, TimePrecision.MONTH, TimePrecision.DAY)  #: by how much was written


S = State
SAFER = Safer(S.CHANNEL, m.ON_TELEGRAM, m.SIGNAL_KNOWN, m.SIGNAL_CODE)


# ---------------------------------------------------------------- who, and what


def kept_for(facts: Facts) -> int:
    """ms in which a report can be withdrawn; then it can't be told from others any more."""
    return int(facts.policy.retention.get("records", KEPT_FOR))


def ask_role(data: Data, event: Event, facts: Facts) -> Asked:
    """Only who works on cases records for somebody."""
    works = facts.person.role is Works.COORDINATOR
    roles = (r for r in labels.ROLES if works or r != Role.COORDINATOR)
    choices = (Choice(labels.ROLES[r], "pick", r) for r in roles)
    span = Span(kept_for(facts))
    return data, ask(m.BEGIN, *choices, Choice(m.NOT_NOW, "leave"), span=span)


def take_role(data: Data, event: Event, facts: Facts) -> Taken:
    works = facts.person.role is Works.COORDINATOR
    known = event.arg in labels.ROLES and (works or event.arg != Role.COORDINATOR)
    role = event.arg if known else str(Role.WITNESS)
    others = Role.COORDINATOR in (role, got(data, "role")) and role != got(data, "role")
    data = unlinked(data) if others else data  # what it can belong to is another list
    if role == Role.JOURNALIST and got(data, "cls") == Class.KILLING:
        data = unanswered(data, S.CLASS, "cls")  # nobody was killed who reports it
    return Taken(put(data, role=role))


def take_class(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Nobody reports that they were killed: it is asked whom it was about."""
    if event.arg == Class.KILLING and got(data, "role") == Role.JOURNALIST:
        about = (Choice(m.ABOUT_ANOTHER, "pick", ANOTHER), Choice(m.SURVIVED, "pick", SURVIVED))
        return Again(data, ask(m.ABOUT_WHOM, *about))
    chosen = str(Class.KILLING) if event.arg == ANOTHER else event.arg
    if event.arg == ANOTHER:
        data = put(data, role=str(Role.WITNESS), about="")
    cls, said = or_last(chosen, labels.CLASSES), got(data, "kinds") or []
    kinds = [k for k in said if cls == Class.OTHER or k == Kind.GENDER_BASED]
    return Taken(put(data, cls=cls, kinds=kinds))


def ask_kinds(data: Data, event: Event, facts: Facts) -> Asked:
    """Of another harmful act all kinds; of the others only whether it was gender-based."""
    if got(data, "cls") != Class.OTHER:
        yes = Choice(m.YES, "kind", Kind.GENDER_BASED)
        return data, ask(m.GENDERED, yes, Choice(m.NO, "finish"))
    each = tuple(Choice(said, "kind", kind) for kind, said in labels.KINDS.items())
    chosen = tuple(Line(m.KIND, {"kind": labels.KINDS[k]}) for k in got(data, "kinds") or [])
    if chosen:
        return data, ask(m.KINDS, *each, ALL, lines=chosen)
    return data, ask(m.KINDS_NONE, *each)


def take_kind(data: Data, event: Event, facts: Facts) -> Taken | Again:
    if got(data, "cls") != Class.OTHER:
        return Taken(put(data, kinds=[str(Kind.GENDER_BASED)]))
    known = set(got(data, "kinds") or []) ^ {event.arg}  # what is in no list is left out below
    return Again(put(data, kinds=[str(kind) for kind in labels.KINDS if kind in known]))


def no_more_kinds(data: Data, event: Event, facts: Facts) -> Taken:
    """ "No" to whether it was gender-based, or the end of the list."""
    return Taken(data if got(data, "cls") == Class.OTHER else put(data, kinds=[]))


def show_kinds(data: Data) -> Scalar:
    """Of several, each has a line below. An act of which no kind was asked has no line."""
    kinds = got(data, "kinds") or []
    if len(kinds) > 1:
        return m.SEVERAL
    nothing = m.EMPTY if got(data, "cls") in (None, Class.OTHER) else ""
    return labels.KINDS[kinds[0]] if kinds else nothing


def each_kind(data: Data, facts: Facts) -> tuple[Line, ...]:
    kinds = got(data, "kinds") or []
    several = len(kinds) > 1
    return tuple(Line(m.KIND, {"kind": labels.KINDS[k]}) for k in kinds) if several else ()


# ---------------------------------------------------------------- when


def ask_when(data: Data, event: Event, facts: Facts) -> Asked:
    days = (Choice(m.TODAY, "pick", "0"), Choice(m.YESTERDAY, "pick", "1"))
    return data, ask(m.WHEN, *days, Choice(m.NOT_TOLD, "pick", ""))


def take_when(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """As exact as it was written, no more."""
    if facts.words.passes(event.text):
        return pick_when(data, event, facts)
    when = facts.words.day(event.text, _today(event, facts))
    if when is not None and future(when, _today(event, facts)):
        return Again(data, ask(FUTURE, Choice(m.NOT_TOLD, "pick", "")))
    if when is None or not _possible(when, event.received):
        return Again(data, ask(m.NOT_A_DAY, Choice(m.NOT_TOLD, "pick", "")))
    return Taken(put(data, when=when, time_precision=str(FULL[when.count("-")])))


def pick_when(data: Data, event: Event, facts: Facts) -> Taken:
    """Days are those of whoever writes."""
    if event.arg not in ("0", "1"):
        return Taken(put(data, when="", time_precision=str(TimePrecision.UNKNOWN)))
    day = (_today(event, facts) - timedelta(days=int(event.arg))).isoformat()
    return Taken(put(data, when=day, time_precision=str(TimePrecision.DAY)))


def _today(event: Event, facts: Facts) -> date:
    return local_day(event.at, facts.person.tz)


def _possible(when: str, now: int) -> bool:
    asked = Record(id="-", cls=Class.OTHER, when=when)
    return all(p.field != "when" for p in classes.problems(asked, now))


# ---------------------------------------------------------------- where


def take_precision(data: Data, event: Event, facts: Facts) -> Taken:
    """What was said more exactly before is gone, and out of the files that were sent."""
    new = _no_place(put(data, place_precision=or_last(event.arg, labels.PLACES)))
    less = _exact(data) and not _exact(new) and bool(got(data, "files"))
    return Taken(new, (_keep(new, event),) if less else ())


def _no_place(data: Data) -> Data:
    return without(put(data, region="", city="", place=""), "pointed")


def ask_country(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(m.COUNTRY)


def take_country(data: Data, event: Event, facts: Facts) -> Taken | Again:
    zones = [zone for zone, _ in facts.places.find(event.text)]
    country = next(filter(_listed, map(facts.places.country, zones)), "")
    if not country:
        return Again(data, ask(m.NO_PLACE))
    data = _no_place(put(data, country=country))
    city = _city(event.text, country, facts)
    if not city or got(data, "place_precision") != PlacePrecision.CITY:
        return Taken(data)
    return Taken({**put(data, city=city), "pointed": True})


def _city(text: str, country: str, facts: Facts) -> str:
    """The town that was named beside the country; "" where only one of them was."""
    pieces = [piece for part in re.split(r"[,،;\n]", text) if (piece := cleaned(part, len(part)))]
    for piece in pieces if len(pieces) > 1 else ():
        known = facts.places.find(piece)
        label = known[0][1] if known else piece
        there = not known or facts.places.country(known[0][0]) == country
        if there and facts.words.normal(label) == facts.words.normal(piece):
            return str(piece)[: classes.LONGEST_NAME]
    return ""


def country_at(data: Data, event: Event, facts: Facts) -> Taken:
    """Of a location, the country; the rest only where the exact place may be kept."""
    country = facts.places.country(facts.places.nearest(event.lat, event.lon))
    data = _no_place(put(data, country=country))
    if not _exact(data):
        return Taken(data)
    return Taken({**put(data, place=_point(event)), "pointed": True})


def _listed(country: str) -> bool:
    return country in classes.COUNTRIES


def _point(event: Event) -> str:
    return f"{event.lat:.5f}, {event.lon:.5f}"


ASKED_PLACE = {
    PlacePrecision.REGION: m.REGION, PlacePrecision.CITY: m.CITY, PlacePrecision.EXACT: m.EXACT,
}  # fmt: skip


def ask_place(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(ASKED_PLACE[PlacePrecision(got(data, "place_precision"))], SKIP)


def take_place(data: Data, event: Event, facts: Facts) -> Taken | Again:
    text = cleaned(event.text, classes.LONGEST_PLACE if _exact(data) else classes.LONGEST_NAME)
    name = text.partition(",")[0][: classes.LONGEST_NAME].strip()
    if not name:
        return Again(data)
    said = cut_said(event.text, text, m.PLACE_CUT)
    if _exact(data):
        return Taken(put(data, city=name, place=text), said)
    field = "region" if got(data, "place_precision") == PlacePrecision.REGION else "city"
    return Taken(put(data, **{field: text}), said)


def place_at(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A point is more than was allowed, unless the exact place was: then it is asked in words."""
    if not _exact(data):
        return Again(data)
    return Taken(put(_no_place(data), place=_point(event)))


def no_place(data: Data, event: Event, facts: Facts) -> Taken:
    """Nor what stood there before."""
    return Taken(_no_place(data))


def show_place(data: Data) -> Scalar:
    return next((str(got(data, f)) for f in ("place", "city", "region") if got(data, f)), m.EMPTY)


def show_country(data: Data) -> Scalar:
    return Country(got(data, "country")) if got(data, "country") else m.EMPTY


# ---------------------------------------------------------------- in words, and what shows it


def take_words(data: Data, event: Event, facts: Facts) -> Taken:
    """What is longer than is kept is said: the rest may be sent with what shows it."""
    text = cleaned(event.text, LONGEST_WORDS)
    return Taken(put(data, words=text), cut_said(event.text, text))


def cut_said(sent: str, kept: str, said: Message = m.WORDS_CUT) -> tuple[Say, ...]:
    """Nobody's words are left out unsaid."""
    cut = len(cleaned(sent, len(sent))) > len(kept)
    return (Say(said, {"n": len(kept), "last": kept[-LAST:]}),) if cut else ()


def ask_evidence(data: Data, event: Event, facts: Facts) -> Asked:
    """Only what has arrived is counted: a file may yet be too large."""
    files, sources = len(facts.files), len(got(data, "told_by") or [])
    if not data.get("filed") and not sources:
        asked = m.EVIDENCE if _exact(data) else m.EVIDENCE_CLEANED
        return data, ask(asked, Choice(m.SKIP, "finish"))
    more = (ALL, ANEW) if sources else (ALL,)
    comes = m.FILE_COMES if event.files else m.NOTED
    return data, ask(comes, *more, files=files, sources=sources)


def take_source(data: Data, event: Event, facts: Facts) -> Again:
    known, text = got(data, "told_by") or [], cleaned(event.text, LONGEST_SOURCE)
    if facts.words.means("yes", event.text):
        return Again(data, ask(m.GO_AHEAD, ALL))
    if len(known) >= MOST_SOURCES:
        return Again(data, said=(Say(m.SOURCES_FULL, {"n": MOST_SOURCES}),))
    new = put(data, told_by=[*known, text]) if text else data
    return Again(new, said=cut_said(event.text, text))


def take_file(data: Data, event: Event, facts: Facts) -> Again:
    """Sealed like the answers, and gone with them; record.py is told its hash."""
    if not event.files:
        return Again(data, said=(Say(NOT_ARRIVED),))
    data = {**put(data, files=len(facts.files)), "filed": True}
    return Again(data, said=(_keep(data, event),))


def _keep(data: Data, event: Event) -> Keep:
    """A photo tells where it was taken: only where the exact place may be kept does it stay in."""
    one = data["id"]
    return Keep("record", one, one, one, event.person, clean=not _exact(data))


def _exact(data: Data) -> bool:
    return bool(got(data, "place_precision") == PlacePrecision.EXACT)


def show_evidence(data: Data) -> Scalar:
    return int(got(data, "files") or 0) + len(got(data, "told_by") or [])


# ---------------------------------------------------------------- all of them

QUESTIONS = (
    SAFER.question(),
    Question(
        S.ROLE,
        ask_role,
        {"pick": goes(take_role)},
        ("role",),
        label=m.L_ROLE,
        show=lambda data: labels.ROLES.get(str(got(data, "role")), m.EMPTY),
    ),
    Question(
        S.CLASS,
        lambda data, _event, _facts: (
            data,
            ask(m.CLASS, *(Choice(said, "pick", c) for c, said in labels.CLASSES.items())),
        ),
        {"pick": tries(take_class)},
        ("cls",),
        label=m.L_CLASS,
        show=lambda data: labels.CLASSES.get(str(got(data, "cls")), m.EMPTY),
    ),
    Question(
        S.KINDS,
        ask_kinds,
        {"kind": tries(take_kind), "finish": goes(no_more_kinds)},
        ("kinds",),
        follows=True,
        label=m.L_KINDS,
        show=show_kinds,
        beside=each_kind,
    ),
    Question(
        S.WHEN,
        ask_when,
        {"text": tries(take_when), "pick": goes(pick_when)},
        ("when", "time_precision"),
        label=m.L_WHEN,
        show=shown("when"),
    ),
    Question(
        S.PRECISION,
        lambda data, _event, _facts: (
            data,
            ask(m.PRECISION, *(Choice(said, "pick", p) for p, said in labels.PLACES.items())),
        ),
        {"pick": goes(take_precision)},
        ("place_precision",),
        label=m.L_PRECISION,
        show=lambda data: labels.PLACES.get(str(got(data, "place_precision")), m.EMPTY),
    ),
    Question(
        S.COUNTRY,
        ask_country,
        {"text": tries(take_country), "location": goes(country_at)},
        ("country",),
        follows=True,
        label=m.L_COUNTRY,
        show=show_country,
    ),
    Question(
        S.PLACE,
        ask_place,
        {
            "text": tries(take_place),
            "location": tries(place_at),
            "skip": goes(no_place),
        },
        ("region", "city", "place"),
        wanted=lambda data, _facts: got(data, "place_precision") in ASKED_PLACE,
        given=lambda data: bool(data.get("pointed")),
        follows=True,
        label=m.L_PLACE,
        show=show_place,
    ),
    picked(S.WHOM, "perpetrator", m.WHOM, m.L_WHOM, labels.PERPETRATORS),
    picked(S.GENDER, "gender", m.GENDER, m.L_GENDER, labels.GENDERS),
    picked(S.MEDIUM, "medium", m.MEDIUM, m.L_MEDIUM, labels.MEDIA),
    Question(
        S.WORDS,
        lambda data, _event, _facts: (data, ask(m.WORDS, SKIP)),
        {
            "text": goes(take_words),
            "skip": goes(lambda data, _event, _facts: Taken(put(data, words=""))),
        },
        ("words",),
        label=m.L_WORDS,
        show=shown("words"),
    ),
    Question(
        S.EVIDENCE,
        ask_evidence,
        {
            "text": Read(take_source, (Again,)),
            "media": Read(take_file, (Again,)),
            "anew": Read(lambda data, _e, _f: Again(put(data, told_by=[])), (Again,)),
            "finish": goes(lambda data, _event, facts: Taken(put(data, files=len(facts.files)))),
        },
        ("told_by", "files"),
        label=m.L_EVIDENCE,
        show=show_evidence,
    ),
    Question(
        S.LINK,
        ask_link,
        {"pick": goes(take_link)},
        LINKS,
        wanted=asks_link,
        label=m.L_LINK,
        show=show_link,
    ),
)
