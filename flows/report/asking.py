"""The questions of a report, in their order. Answers are in `data["answers"]`, named as in Record.

- What the reporter doesn't allow is never stored: of a location only what they chose to keep.
- A button that this version no longer knows counts as the answer that says least.
- Files are sealed and hashed as they come (record.py notes them); the form counts them.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from flows.engine.days import local_day
from flows.engine.draft import without
from flows.engine.messages import Country, Line, Message, Scalar
from flows.engine.model import Choice, Data, Effect, Event, Facts, Keep, Say
from flows.engine.model import Role as Works
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries
from flows.report import classes, labels
from flows.report import messages as m
from flows.report.classes import Class, Kind, PlacePrecision, Record, Role, TimePrecision

LONGEST_WORDS = 3_000  #: characters
LONGEST_SOURCE = 500
MOST_SOURCES = 20
MOST_LINKS = 6
PREFERRED = "signal"
NO_LINK = "none"
FULL = (TimePrecision.YEAR, TimePrecision.MONTH, TimePrecision.DAY)  #: by how much was written


class State(StrEnum):
    IDLE = "idle"
    #: A draft that somebody has left for a while.
    ASIDE = "aside"
    ROLE = "role"
    CLASS = "class"
    KINDS = "kinds"
    WHEN = "when"
    PRECISION = "precision"
    COUNTRY = "country"
    PLACE = "place"
    WHOM = "whom"
    GENDER = "gender"
    MEDIUM = "medium"
    WORDS = "words"
    EVIDENCE = "evidence"
    LINK = "link"
    REVIEW = "review"


S = State
Asked = tuple[Data, tuple[Effect, ...]]
_SKIP = Choice(m.SKIP, "skip")
_ALL = Choice(m.CHOSEN, "finish")
_ANEW = Choice(m.ANEW, "anew")


# ---------------------------------------------------------------- small words


def answers(data: Data) -> Data:
    found: Data = data.get("answers", {})
    return found


def put(data: Data, **given: Any) -> Data:
    return {**data, "answers": {**answers(data), **given}}


def got(data: Data, name: str) -> Any:
    return answers(data).get(name)


def _ask(message: Message, *choices: Choice, **args: Any) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def cleaned(text: str, longest: int) -> str:
    """One line without what can't be read."""
    plain = " ".join(text.split())
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))[:longest]


def _shown(name: str) -> Callable[[Data], Scalar]:
    return lambda data: str(got(data, name) or "") or m.EMPTY


def picked(
    state: State, name: str, asked: Message, label: Message, options: Mapping[str, Message]
) -> Question:
    """One of a few, as buttons."""

    def ask(data: Data, event: Event, facts: Facts) -> Asked:
        return data, _ask(asked, *(Choice(said, "pick", o) for o, said in options.items()))

    def read(data: Data, event: Event, facts: Facts) -> Taken:
        return Taken(put(data, **{name: _or_last(event.arg, options)}))

    def show(data: Data) -> Scalar:
        return options.get(str(got(data, name)), m.EMPTY)

    return Question(state, ask, {"pick": goes(read)}, label=label, show=show)


def _or_last(chosen: str, options: Mapping[str, Message]) -> str:
    return chosen if chosen in options else str(list(options)[-1])


# ---------------------------------------------------------------- who, and what


def ask_role(data: Data, event: Event, facts: Facts) -> Asked:
    """Only who works on cases records for somebody."""
    works = facts.person.role is Works.COORDINATOR
    roles = (r for r in labels.ROLES if works or r != Role.COORDINATOR)
    choices = (Choice(labels.ROLES[r], "pick", r) for r in roles)
    warned = () if data.get("on") in (PREFERRED, None) else (Say(m.TELEGRAM),)
    return data, (*warned, *_ask(m.BEGIN, *choices, Choice(m.NOT_NOW, "leave")))


def take_role(data: Data, event: Event, facts: Facts) -> Taken:
    works = facts.person.role is Works.COORDINATOR
    known = event.arg in labels.ROLES and (works or event.arg != Role.COORDINATOR)
    role = event.arg if known else str(Role.WITNESS)
    return Taken(put(data, role=role, case="", application="", about=""))


def take_class(data: Data, event: Event, facts: Facts) -> Taken:
    cls, said = _or_last(event.arg, labels.CLASSES), got(data, "kinds") or []
    kinds = [k for k in said if cls == Class.OTHER or k == Kind.GENDER_BASED]
    return Taken(put(data, cls=cls, kinds=kinds))


def ask_kinds(data: Data, event: Event, facts: Facts) -> Asked:
    """Of another harmful act all kinds; of the others only whether it was gender-based."""
    if got(data, "cls") != Class.OTHER:
        yes = Choice(m.YES, "kind", Kind.GENDER_BASED)
        return data, _ask(m.GENDERED, yes, Choice(m.NO, "finish"))
    each = tuple(Choice(said, "kind", kind) for kind, said in labels.KINDS.items())
    chosen = tuple(Line(m.KIND, {"kind": labels.KINDS[k]}) for k in got(data, "kinds") or [])
    if chosen:
        return data, _ask(m.KINDS, *each, _ALL, lines=chosen)
    return data, _ask(m.KINDS_NONE, *each)


def take_kind(data: Data, event: Event, facts: Facts) -> Taken | Again:
    if got(data, "cls") != Class.OTHER:
        return Taken(put(data, kinds=[str(Kind.GENDER_BASED)]))
    known = set(got(data, "kinds") or []) ^ {event.arg}  # what is in no list is left out below
    return Again(put(data, kinds=[str(kind) for kind in labels.KINDS if kind in known]))


def no_more_kinds(data: Data, event: Event, facts: Facts) -> Taken:
    """ "No" to whether it was gender-based, or the end of the list."""
    return Taken(data if got(data, "cls") == Class.OTHER else put(data, kinds=[]))


def show_kinds(data: Data) -> Scalar:
    kinds = got(data, "kinds") or []
    if len(kinds) > 1:
        return m.SEVERAL
    return labels.KINDS[kinds[0]] if kinds else m.EMPTY


# ---------------------------------------------------------------- when


def ask_when(data: Data, event: Event, facts: Facts) -> Asked:
    days = (Choice(m.TODAY, "pick", "0"), Choice(m.YESTERDAY, "pick", "1"))
    return data, _ask(m.WHEN, *days, Choice(m.NOT_TOLD, "pick", ""))


def take_when(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """As exact as it was written, no more."""
    when = facts.words.day(event.text, _today(event, facts))
    if when is None or not _possible(when, event.received):
        return Again(data, _ask(m.NOT_A_DAY, Choice(m.NOT_TOLD, "pick", "")))
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
    """What was said more exactly before is gone."""
    return Taken(_no_place(put(data, place_precision=_or_last(event.arg, labels.PLACES))))


def _no_place(data: Data) -> Data:
    return without(put(data, region="", city="", place=""), "pointed")


def ask_country(data: Data, event: Event, facts: Facts) -> Asked:
    return data, _ask(m.COUNTRY)


def take_country(data: Data, event: Event, facts: Facts) -> Taken | Again:
    zones = [zone for zone, _ in facts.places.find(event.text)]
    country = next(filter(_listed, map(facts.places.country, zones)), "")
    if not country:
        return Again(data, _ask(m.NO_PLACE))
    return Taken(_no_place(put(data, country=country)))


def country_at(data: Data, event: Event, facts: Facts) -> Taken:
    """Of a location, the country; the rest only where the exact place may be kept."""
    country = facts.places.country(facts.places.nearest(event.lat, event.lon))
    data = _no_place(put(data, country=country))
    if got(data, "place_precision") != PlacePrecision.EXACT:
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
    return data, _ask(ASKED_PLACE[PlacePrecision(got(data, "place_precision"))], _SKIP)


def take_place(data: Data, event: Event, facts: Facts) -> Taken | Again:
    text = cleaned(event.text, classes.LONGEST_PLACE)
    name = text.partition(",")[0][: classes.LONGEST_NAME].strip()
    if not name:
        return Again(data)
    if got(data, "place_precision") == PlacePrecision.EXACT:
        return Taken(put(data, city=name, place=text))
    field = "region" if got(data, "place_precision") == PlacePrecision.REGION else "city"
    return Taken(put(data, **{field: text[: classes.LONGEST_NAME]}))


def place_at(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A point is more than was allowed, unless the exact place was: then it is asked in words."""
    if got(data, "place_precision") != PlacePrecision.EXACT:
        return Again(data)
    return Taken(put(data, place=_point(event)))


def show_place(data: Data) -> Scalar:
    return next((str(got(data, f)) for f in ("place", "city", "region") if got(data, f)), m.EMPTY)


def show_country(data: Data) -> Scalar:
    return Country(got(data, "country")) if got(data, "country") else m.EMPTY


# ---------------------------------------------------------------- in words, and what shows it


def take_words(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(put(data, words=cleaned(event.text, LONGEST_WORDS)))


def ask_evidence(data: Data, event: Event, facts: Facts) -> Asked:
    files, sources = got(data, "files") or 0, len(got(data, "told_by") or [])
    if not files and not sources:
        return data, _ask(m.EVIDENCE, Choice(m.SKIP, "finish"))
    more = (_ALL, _ANEW) if sources else (_ALL,)
    return data, _ask(m.NOTED, *more, files=files, sources=sources)


def take_source(data: Data, event: Event, facts: Facts) -> Again:
    known, text = got(data, "told_by") or [], cleaned(event.text, LONGEST_SOURCE)
    return Again(put(data, told_by=[*known, text][:MOST_SOURCES]) if text else data)


def take_file(data: Data, event: Event, facts: Facts) -> Again:
    """Sealed like the answers, and gone with them; record.py is told its hash."""
    if not event.files:
        return Again(data)
    data = put(data, files=int(got(data, "files") or 0) + len(event.files))
    keep = Keep("record", data["id"], data["id"], data["id"], event.person)
    return Again(data, (keep, *ask_evidence(data, event, facts)[1]))


def show_evidence(data: Data) -> Scalar:
    return int(got(data, "files") or 0) + len(got(data, "told_by") or [])


# ---------------------------------------------------------------- what it belongs to


def linkable(data: Data, facts: Facts) -> dict[str, Choice]:
    """Open cases that they may know of, and requests of their own."""
    me = facts.person.id
    if got(data, "role") == Role.COORDINATOR:
        desk = (c for c in facts.desk if c.person != me and c.only in ("", me) and not c.silent)
        found = [(f"case/{c.id}", m.LINK_CASE) for c in desk]
    else:
        found = [(f"case/{c.id}", m.LINK_CASE) for c in facts.cases]
    if got(data, "role") == Role.JOURNALIST:
        found += [
            (f"application/{a.id}", m.LINK_REQUEST)
            for a in facts.applications
            if a.person == me and a.state != "withdrawn"
        ]
    return {
        to: Choice(label, "pick", to, {"id": to.partition("/")[2]})
        for to, label in found[:MOST_LINKS]
    }


def ask_link(data: Data, event: Event, facts: Facts) -> Asked:
    asked = m.LINK_OTHER if got(data, "role") == Role.COORDINATOR else m.LINK
    no = Choice(m.NO_LINK, "pick", NO_LINK)
    return data, _ask(asked, *linkable(data, facts).values(), no)


def take_link(data: Data, event: Event, facts: Facts) -> Taken:
    """What was closed meanwhile can't be linked any more; the review says so."""
    data = put(data, case="", application="", about="")
    if event.arg not in linkable(data, facts):
        return Taken(data)
    what, _, linked = event.arg.partition("/")
    about = next((c.person for c in facts.desk if what == "case" and c.id == linked), "")
    return Taken(put(data, **{what: linked}, about=about))


def show_link(data: Data) -> Scalar:
    return next((f"#{got(data, f)}" for f in ("case", "application") if got(data, f)), m.EMPTY)


# ---------------------------------------------------------------- all of them

QUESTIONS = (
    Question(
        S.ROLE,
        ask_role,
        {"pick": goes(take_role)},
        label=m.L_ROLE,
        show=lambda data: labels.ROLES.get(str(got(data, "role")), m.EMPTY),
    ),
    Question(
        S.CLASS,
        lambda data, _event, _facts: (
            data,
            _ask(m.CLASS, *(Choice(said, "pick", c) for c, said in labels.CLASSES.items())),
        ),
        {"pick": goes(take_class)},
        label=m.L_CLASS,
        show=lambda data: labels.CLASSES.get(str(got(data, "cls")), m.EMPTY),
    ),
    Question(
        S.KINDS,
        ask_kinds,
        {"kind": tries(take_kind), "finish": goes(no_more_kinds)},
        follows=True,
        label=m.L_KINDS,
        show=show_kinds,
    ),
    Question(
        S.WHEN,
        ask_when,
        {"text": tries(take_when), "pick": goes(pick_when)},
        label=m.L_WHEN,
        show=_shown("when"),
    ),
    Question(
        S.PRECISION,
        lambda data, _event, _facts: (
            data,
            _ask(m.PRECISION, *(Choice(said, "pick", p) for p, said in labels.PLACES.items())),
        ),
        {"pick": goes(take_precision)},
        label=m.L_PRECISION,
        show=lambda data: labels.PLACES.get(str(got(data, "place_precision")), m.EMPTY),
    ),
    Question(
        S.COUNTRY,
        ask_country,
        {"text": tries(take_country), "location": goes(country_at)},
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
            "skip": goes(lambda data, _event, _facts: Taken(data)),
        },
        wanted=lambda data, _facts: (
            got(data, "place_precision") in ASKED_PLACE and not data.get("pointed")
        ),
        follows=True,
        label=m.L_PLACE,
        show=show_place,
    ),
    picked(S.WHOM, "perpetrator", m.WHOM, m.L_WHOM, labels.PERPETRATORS),
    picked(S.GENDER, "gender", m.GENDER, m.L_GENDER, labels.GENDERS),
    picked(S.MEDIUM, "medium", m.MEDIUM, m.L_MEDIUM, labels.MEDIA),
    Question(
        S.WORDS,
        lambda data, _event, _facts: (data, _ask(m.WORDS, _SKIP)),
        {
            "text": goes(take_words),
            "skip": goes(lambda data, _event, _facts: Taken(put(data, words=""))),
        },
        label=m.L_WORDS,
        show=_shown("words"),
    ),
    Question(
        S.EVIDENCE,
        ask_evidence,
        {
            "text": Read(take_source, (Again,)),
            "media": Read(take_file, (Again,)),
            "anew": Read(lambda data, _e, _f: Again(put(data, told_by=[])), (Again,)),
            "finish": goes(lambda data, _event, _facts: Taken(data)),
        },
        label=m.L_EVIDENCE,
        show=show_evidence,
    ),
    Question(
        S.LINK,
        ask_link,
        {"pick": goes(take_link)},
        wanted=lambda data, facts: bool(linkable(data, facts)),
        label=m.L_LINK,
        show=show_link,
    ),
)
