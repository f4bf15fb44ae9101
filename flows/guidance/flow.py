"""Guidance: at most three questions to the right card, then one step per message.

- The cards say what leads where (cards.py); this flow keeps the place, runs the step's timer, and
  puts a human one tap away from every step.
- Nothing is forgotten by silence: whoever comes back goes on where they stopped.
- Whatever case is open about the person learns which step they are at.
- A trainer sees who has finished a lesson, and nothing else of what anybody reads.

The questions are in `asking.py`, a card step by step in `leading.py`. Here: what is written or
sent, humans, numbers and sources.
"""

from dataclasses import replace

from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Country, Line, Passage
from flows.engine.model import (
    Case,
    Choice,
    Data,
    Event,
    Facts,
    OpenCase,
    Phase,
    Say,
    Signal,
    Step,
    Where,
)
from flows.guidance import asking, leading
from flows.guidance import lessons as quiet
from flows.guidance import messages as m
from flows.guidance.place import (
    State,
    ask,
    attended,
    forget_later,
    guide,
    human_choice,
    library,
    medical,
    resume_choice,
    stay,
    step_of,
    to_cases,
)

LIKELY = 4  #: topics between which somebody is asked to choose
RECENT = 30 * 60_000  #: ms after which a step isn't shown again by itself
KEPT_TEXT = 1_000  #: characters of what somebody wrote before they asked for a human


# ---------------------------------------------------------------- what is written or sent


def firstaid(data: Data, event: Event, facts: Facts) -> Step:
    """`firstaid`, or `firstaid burns`: an id, a name in their language, or what happened."""
    typed = event.arg.strip()
    if typed:
        return _said(data, event, facts, typed)
    step = step_of(data, facts)
    if step is None or step.end:
        return asking.new(data, event, facts)
    fresh = Choice(m.NEW, "new", always=True)
    choices = (*resume_choice(data), fresh, *human_choice(facts))
    return stay(data, ask(m.UNFINISHED, *choices, title=Passage(data["card"])))


def text(data: Data, event: Event, facts: Facts) -> Step:
    """ "He was shot in the leg": what isn't a choice may be a new thing that happened. While
    coordinators have a case of this, anything else is for them."""
    named = library(facts).named(event.text)  # a card's name is no news to anybody
    known = named or library(facts).match(event.text)
    if not known and (case := _listens(data, facts)):
        return _passed(data, event, facts, case)
    step = _said(data, event, facts, event.text)
    case = _listens(data, facts) and _listens(step.data, facts)
    told = (_heard(case, event),) if case and not named else ()
    return replace(step, effects=(*step.effects, *told))


def _said(data: Data, event: Event, facts: Facts, words: str) -> Step:
    """Straight to the card, or one question between the likeliest."""
    recent = event.received - data.get("at", 0) < RECENT or bool(event.choice_state)
    mine = bool(recent and data.get("self"))
    if name := library(facts).named(words):
        return leading.open_card({**data, "self": mine}, event, facts, name)
    found = library(facts).match(words)
    if not found:
        return leading.not_found(data, event, facts)
    data = {**data, "self": mine or facts.words.first_person(words)}
    if len(found) == 1:
        return leading.open_card(data, event, facts, found[0])
    choices = [
        asking.topic(known) for name in found[:LIKELY] if (known := library(facts).card(name))
    ]
    return stay(data, ask(m.WHICH, *choices, *human_choice(facts)))


def _listens(data: Data, facts: Facts) -> Case | None:
    """The case that what is written goes to; none from a card whose reader chooses who learns."""
    known = library(facts).card(data["card"]) if "card" in data else None
    return None if known and known.talk else medical(facts)


def _heard(case: Case, event: Event) -> Signal:
    args = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
    return Signal("escalation", case.id, "heard", args)


def _passed(data: Data, event: Event, facts: Facts, case: Case) -> Step:
    """Said so, and the step is shown again: its numbers go on working."""
    shown = leading.once_more(data, event, facts, m.PASSED)
    return replace(shown, effects=(_heard(case, event), *shown.effects))


def place(data: Data, event: Event, facts: Facts) -> Step:
    """A location: to who has the case; and the numbers of that country."""
    if case := _listens(data, facts):
        return _passed(data, event, facts, case)
    return numbers(data, event, facts)


def media(data: Data, event: Event, facts: Facts) -> Step:
    """A picture: to who has the case; without one a human could look at it."""
    if case := _listens(data, facts):
        return _passed(data, event, facts, case)
    return stay(data, ask(m.NO_PICTURES, *human_choice(facts), *resume_choice(data)))


def link(data: Data, event: Event, facts: Facts) -> Step:
    """They have called for help meanwhile: who is called learns which step they are at."""
    if event.received - data.get("at", 0) > RECENT:
        return stay(data)
    return stay(data, *to_cases(data, facts, aloud=True))


def go_on(data: Data, event: Event, facts: Facts) -> Step:
    """Something else came between, and is over: the step again, if it is still of now."""
    if event.received - data.get("at", 0) > RECENT:
        return stay(data)
    return leading.once_more(data, event, facts, m.GO_ON)


# ---------------------------------------------------------------- humans


def human(data: Data, event: Event, facts: Facts) -> Step:
    """A line to a human, who sees what was answered so far. The card waits."""
    given: Data = {"guide": guide(data, facts)} if "step" in data else {}
    if data.get("said"):
        given["text"] = data["said"]
    known = library(facts).card(data["card"]) if "step" in data else None
    given["choose"] = bool(known and known.talk)
    kept = {k: v for k, v in data.items() if k != "said"}
    return stay(kept, Signal("hotline", event.person, "human", given))


def tell(data: Data, event: Event, facts: Facts) -> Step:
    """One tap: a case of kind medical, with all that was answered."""
    if "step" not in data:
        return asking.new(data, event, facts)
    if medical(facts):
        again = leading.once_more(data, event, facts, m.TOLD_ALREADY)
        return replace(again, effects=(*again.effects, *to_cases(data, facts, aloud=True)))
    opened = OpenCase("medical", Phase.ALERT, event.at, args={"guide": guide(data, facts)})
    shown = leading.once_more(data, event, facts, m.TOLD)
    return replace(shown, effects=(opened, *shown.effects))


def seen(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody has the case that was opened from here."""
    said = Say(m.SEEN, to=event.args["person"], where=Where.FIRST)
    return stay(data, said)


def alone(data: Data, event: Event, facts: Facts) -> Step:
    """None of the coordinators can be reached: nobody waits for who isn't coming."""
    said = Say(m.ALONE, to=event.args["person"], where=Where.FIRST)
    return stay(data, said)


def crisis(data: Data, event: Event, facts: Facts) -> Step:
    """Thoughts of suicide: one calm line, a human first, the crisis line where there is one.

    Where a human is there already, they read it too.
    """
    choices = (*human_choice(facts), *resume_choice(data))
    lines = facts.policy.crisis_lines
    line = lines.get(facts.places.country(facts.person.tz)) or lines.get("")
    said = ask(m.CRISIS, *choices)
    if line:
        said = ask(m.CRISIS_LINE, *choices, before=m.CRISIS, line=line)
    heard = Signal("hotline", event.person, "heard", {"text": event.text})
    kept = {**data, "said": [event.text[:KEPT_TEXT], event.at]}
    return stay(kept, said, heard, forget_later(event))


def forgotten(data: Data, event: Event, facts: Facts) -> Step:
    """What somebody read and answered is nobody's business for ever. Lessons are kept."""
    return Step(State.IDLE, {k: data[k] for k in ("lessons", "given") if k in data})


# ---------------------------------------------------------------- numbers and sources


def numbers(data: Data, event: Event, facts: Facts) -> Step:
    """Of the country of the profile's time zone, of a place that was sent, or that was typed."""
    sent, typed = event.lat or event.lon, facts.places.find(event.arg) if event.arg else []
    zone = facts.places.nearest(event.lat, event.lon) if sent else facts.person.tz
    zone = typed[0][0] if typed else zone
    country = facts.places.country(zone)
    known = facts.emergency.get(country, ())
    choices = (*human_choice(facts), *resume_choice(data))
    if not known:
        return stay(data, ask(m.NO_NUMBERS, *choices))
    asked = m.NO_AMBULANCE if country in facts.policy.no_ambulance else m.NUMBERS_OF
    return stay(data, ask(asked, *choices, country=Country(country), numbers=", ".join(known)))


def sources(data: Data, event: Event, facts: Facts) -> Step:
    known = library(facts).card(event.arg, facts.person.lang)
    if known is None:
        return asking.new(data, event, facts)
    lines = [
        Line(m.SOURCE, {"title": s.title, "year": str(s.year), "section": s.section})
        for s in known.sources
    ]
    lines += [Line(m.UNVERIFIED, {"fact": fact}) for fact in known.unverified]
    return stay(data, ask(m.SOURCES, *resume_choice(data), lines=tuple(lines)))


# ---------------------------------------------------------------- lessons


def lessons(data: Data, event: Event, facts: Facts) -> Step:
    """`lessons`, or `lessons risk analysis`: begins it, or goes on with it."""
    if name := library(facts).lesson(event.arg):
        return leading.open_card({**attended(data), "self": False}, event, facts, name)
    return quiet.lessons(data, event, facts)


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: the step, if there is one, or the first question."""
    return leading.resume(data, event, facts)


# ---------------------------------------------------------------- the table

S = State
EVERYWHERE = {
    "firstaid": firstaid,
    "text": text,
    "lessons": lessons,
}
#: What changes nothing about where somebody is.
ASIDE = {
    "not_safe": asking.not_safe,
    "who": asking.who,
    "what": asking.what,
    "further": asking.further,
    "human": human,
    "crisis": crisis,
    "numbers": numbers,
    "location": place,
    "pack": quiet.pack,
    "assign": quiet.assign,
    "assigned": quiet.assigned,
    "finished": quiet.finished,
    "progress": quiet.progress,
}

TABLE: Table = {
    S.IDLE: {
        "timer.forget": edge(forgotten, S.IDLE),
        **{trigger: edge(handler, S.IDLE, S.LED) for trigger, handler in EVERYWHERE.items()},
        **{trigger: edge(handler, S.IDLE) for trigger, handler in ASIDE.items()},
    },
    S.LED: {
        **{trigger: edge(handler, S.LED) for trigger, handler in EVERYWHERE.items()},
        **{trigger: edge(handler, S.LED) for trigger, handler in ASIDE.items()},
        "option": edge(leading.option, S.LED),
        "done": edge(leading.done, S.LED),
        "fails": edge(leading.fails, S.LED),
        "back": edge(leading.back, S.LED),
        "resume": edge(leading.resume, S.LED),
        "new": edge(asking.new, S.LED),
        "it_is": edge(leading.it_is, S.LED),
        "back_to": edge(leading.back_to, S.LED),
        "go_on": edge(go_on, S.LED),
        "link": edge(link, S.LED),
        "media": edge(media, S.LED),
        "sources": edge(sources, S.LED),
        "tell": edge(tell, S.LED),
        "seen": edge(seen, S.LED),
        "alone": edge(alone, S.LED),
        "timer.step": edge(leading.timed, S.LED),
        "timer.forget": edge(forgotten, S.IDLE),
    },
}

FLOW = Flow("guidance", TABLE, S.IDLE, recover, lobby=frozenset({S.IDLE, S.LED}))
