"""Who takes part: asked by the trainer, come with the code, guests, those who only watch; and out
of it again, at any time.

A guest is nobody whom we know: they hear what a drill is and what is kept of them, in the language
that they choose, and agree, before anything else. They are called what they say, and see nothing of
this installation but the one drill.
"""

from collections.abc import Iterable
from dataclasses import replace

from flows.drill import messages as m
from flows.drill.results import part_name
from flows.drill.script import Script
from flows.drill.state import (
    LEAVE,
    NOT_NOW,
    TAKE_PART,
    WATCH,
    State,
    back,
    here,
    inside,
    name_of,
    out,
    put,
    script_of,
    state_of,
    story,
    tell,
    trainer,
)
from flows.engine import names
from flows.engine.asked import PANIC_LISTENS
from flows.engine.flow import Handler
from flows.engine.messages import Line, Message, Span, Value
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    Step,
)

S = State
OFFERED = 60_000  #: ms after its end
GUESTS = 300  #: of one drill at most: the code may have gone further than the room

THERE = frozenset({"in", "watches", "real"})

# ---------------------------------------------------------------- asked


def invited(data: Data, who: str, facts: Facts) -> Say:
    args: dict[str, Value] = {
        "trainer": name_of(data["trainer"], facts), "title": script_of(data, facts).title,
    }  # fmt: skip
    return tell(who, m.INVITE, args, TAKE_PART, WATCH, NOT_NOW)


def wordless(data: Data, people: Iterable[str], facts: Facts) -> tuple[Effect, ...]:
    """Who couldn't do what is expected of them, told while it can still be helped."""
    script = script_of(data, facts)
    lines = tuple(
        Line(m.NAMED, {"name": known.name})
        for who in people
        if script.needs_words(data["people"][who][0])
        and (known := facts.people.get(who)) is not None
        and not known.has_words
    )
    if not lines:
        return ()
    guests = [who for who in people if who in data.get("guests", {})]
    said = m.NO_WORDS_GUEST if guests else m.NO_WORDS
    return (trainer(data, said, {"lines": lines}),)


# ---------------------------------------------------------------- in


def joined(state: State) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        """By the button or by the code: the part is then the one that most are missing."""
        if _elsewhere(data, facts):
            return Step(state, data, (here(event, m.FULL),))
        if facts.states.get("panic") in PANIC_LISTENS:
            # What the script says to them ("take it back") would be for that call.
            return Step(state, data, (here(event, m.CALL_FIRST, {}, TAKE_PART),))
        if _stranger(data, event, facts):
            return _asks_consent(state, data, event, facts)
        new = _agreed(data, event.person)
        if facts.person.role is Role.TRAINEE and not facts.person.name:
            return Step(state, new, (here(event, m.CALLED, expects=True),))
        return _in(state, new, event, facts, facts.person.name)

    return handler


def _elsewhere(data: Data, facts: Facts) -> bool:
    return any(d.mine and d.id != data["id"] for d in facts.drills)


def _in(state: State, data: Data, event: Event, facts: Facts, name: str) -> Step:
    script, who = script_of(data, facts), event.person
    before = state_of(data, who)
    # Of those whom the trainer has asked, they have heard it already.
    fresh = who not in data["people"] or who in data.get("guests", {})
    known = data["people"].get(who, ["", ""])[0]
    part = known or _free(script, facts, data)
    new = back(put(data, who, "in", part), who)
    said = m.PART_NOW if state is S.RUNNING else m.WELCOME
    welcome = here(event, said, part_name(script, part), LEAVE)
    if before == "in":
        return Step(state, data, (welcome,))
    now: tuple[Effect, ...] = ()
    if state is S.RUNNING:
        at = story(data, event.received)
        new = {**new, "late": {**data.get("late", {}), who: at}}
        now = _where_it_is(script, part, at, event)
    begin = (Choice(m.BEGIN, "begin", always=True),) if state is S.GATHERING else ()
    playing = len(new["people"]) - len(inside(new, "watches"))
    args: dict[str, Value] = {"name": name, "n": len(inside(new)), "of": playing}
    told = replace(trainer(data, m.JOINED, args, *begin), latest="joined")
    lacking = wordless(new, [who] if fresh else [], facts)
    return Step(state, new, (welcome, *now, told, *lacking))


def _where_it_is(script: Script, part: str, at: int, event: Event) -> tuple[Effect, ...]:
    """Who comes late is told what their part was told last."""
    said = [a.text for a in script.acts if a.to == part and a.text is not None and a.at <= at]
    return (here(event, said[-1]),) if said else ()


def _free(script: Script, facts: Facts, data: Data) -> str:
    """For who comes by the code: a part of their role, the one that fewest play."""
    role = "coordinator" if facts.person.role == "coordinator" else "journalist"
    count = {p.name: sum(x[0] == p.name for x in data["people"].values()) for p in script.parts}
    fitting = [p.name for p in script.parts if p.role == role] or list(count)
    return min(fitting, key=lambda name: (count[name], fitting.index(name)))


def watches(state: State) -> Handler:
    """They see how it goes, and nothing is expected of them."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        if _elsewhere(data, facts):
            return Step(state, data, (here(event, m.FULL),))
        if _stranger(data, event, facts):
            return _asks_consent(state, data, event, facts)
        part = data["people"].get(event.person, ["", ""])[0] or _free(
            script_of(data, facts), facts, data
        )
        new = _agreed(put(data, event.person, "watches", part), event.person)
        if state_of(data, event.person) == "watches":
            return Step(state, data, (here(event, m.WATCHING, {}, LEAVE),))
        count = trainer(data, m.WATCHED, {"n": len(inside(new, "watches"))})
        told = replace(count, latest="watched")
        return Step(state, new, (here(event, m.WATCHING, {}, LEAVE), told))

    return handler


# ---------------------------------------------------------------- guests


def _stranger(data: Data, event: Event, facts: Facts) -> bool:
    """Who isn't enrolled hears what it is before they are asked whether they want it."""
    guest = facts.person.role is Role.TRAINEE
    return guest and state_of(data, event.person) in ("", "out")


def _agreed(data: Data, who: str) -> Data:
    known = data.get("guests", {})
    return {**data, "guests": {**known, who: True}} if who in known else data


def _asks_consent(state: State, data: Data, event: Event, facts: Facts) -> Step:
    known = data.get("guests", {})
    if event.person not in known and len(known) >= GUESTS:
        return Step(state, data, (here(event, m.NO_ROOM),))
    part = _free(script_of(data, facts), facts, data)
    new = {**put(data, event.person, "asked", part), "guests": {**known, event.person: False}}
    return Step(state, new, (_consent(data, event, facts, facts.person.lang),))


def _consent(data: Data, event: Event, facts: Facts, lang: str) -> Say:
    kept = facts.policy.retention
    spoken = tuple(
        Choice(m.OWN_NAME, "speak", code, {"name": name}, always=True)
        for code, name in facts.languages.items()
        if code != lang
    )
    args: dict[str, Value] = {
        "title": script_of(data, facts).title,
        "kept": Span(kept.get("drills", 0)),
        "span": Span(kept.get("drill_guests", 0)),
    }
    return here(event, m.CONSENT, args, TAKE_PART, WATCH, NOT_NOW, *spoken)


def speaks(state: State) -> Handler:
    """A guest's language; what they were asked is asked again in it."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        if event.person not in data.get("guests", {}) or event.arg not in facts.languages:
            return Step(state, data)
        chosen = SetProfile("lang", event.arg)
        if state_of(data, event.person) != "asked":
            return Step(state, data, (chosen, here(event, m.SPOKEN)))
        if data["guests"][event.person]:
            return Step(state, data, (chosen, here(event, m.CALLED, expects=True)))
        return Step(state, data, (chosen, _consent(data, event, facts, event.arg)))

    return handler


def called(state: State) -> Handler:
    """What a guest who has agreed wants to be called; with that they take part."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        if not data.get("guests", {}).get(event.person) or facts.person.name:
            return Step(state, data, (here(event, m.IN_NONE),))
        name = names.named(event.text)
        if names.too_long(name) or not names.is_name(name):
            again = here(event, m.CALLED_AGAIN, {"most": names.LONGEST}, expects=True)
            return Step(state, data, (again,))
        step = _in(state, data, event, facts, name)
        return replace(step, effects=(SetProfile("name", name), *step.effects))

    return handler


# ---------------------------------------------------------------- out


def declined(state: State) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return _out(state, data, event, facts, m.DECLINED, m.REFUSED)

    return handler


def left(state: State) -> Handler:
    """Any time, and nobody asks why."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return _out(state, data, event, facts, m.LEFT, m.HAS_LEFT)

    return handler


def _out(
    state: State, data: Data, event: Event, facts: Facts, said: Message, told: Message
) -> Step:
    who = event.person
    if who not in data["people"]:
        return Step(state, data, (here(event, m.IN_NONE),))
    if who in data.get("guests", {}) and not facts.person.name:
        # The trainer has heard nothing of them yet, and nobody will.
        rest = {one: known for one, known in data["people"].items() if one != who}
        return Step(state, {**data, "people": rest}, (here(event, m.DECLINED_GUEST),))
    names_them = trainer(data, told, {"name": facts.person.name})
    new = out(data, who, "out", event.received)
    return Step(state, new, (here(event, said), names_them))


# ---------------------------------------------------------------- afterwards


def offered(state: State) -> Handler:
    """The trainer allows guests to enrol when it is over, or no longer."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        if event.person != data["trainer"]:
            return Step(state, data)
        new = {**data, "offers": not data.get("offers")}
        return Step(state, new, (here(event, m.OFFERS if new["offers"] else m.OFFERS_NOT),))

    return handler


def later(data: Data, event: Event) -> tuple[Effect, ...]:
    """Guests are asked once they have read that it is over."""
    return (SetTimer("offer", event.received + OFFERED),) if data.get("offers") else ()


def offers(data: Data, event: Event, facts: Facts) -> Step:
    """To each guest who is still there: that they may enrol."""
    choices = (Choice(m.ENROL, "enrol", always=True), Choice(m.NO_THANKS, "decline", always=True))
    there = [who for who in data.get("guests", {}) if state_of(data, who) in THERE]
    asked = tuple(replace(tell(who, m.OFFER, {}, *choices), real=True) for who in there)
    return Step(S.OVER, data, asked)


def enrols(data: Data, event: Event, facts: Facts) -> Step:
    """Their own enrolment begins, as with an invitation; a second tap does nothing."""
    allowed = data.get("offers") and data.get("guests", {}).get(event.person)
    if not allowed or facts.person.role is not Role.TRAINEE:
        return Step(S.OVER, data, (here(event, m.IS_OVER),))
    begins = Signal("enrolment", event.person, "start", {"lang": facts.person.lang})
    return Step(S.OVER, data, (SetProfile("role", Role.JOURNALIST), begins))


__all__ = [
    "called",
    "declined",
    "enrols",
    "invited",
    "joined",
    "later",
    "left",
    "offered",
    "offers",
    "speaks",
    "watches",
    "wordless",
]
