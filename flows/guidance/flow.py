"""Guidance: at most three questions to the right card, then one step per message.

- The cards say what leads where (cards.py); this flow keeps the place, runs the step's timer, and
  puts a human one tap away from every step.
- Nothing is forgotten by silence: whoever comes back goes on where they stopped.
- Whatever case is open about the person learns which step they are at.
- A trainer sees who has finished a lesson, and nothing else of what anybody reads.
"""

from dataclasses import replace

from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Country, Line, Message, Moment, Passage, Review, Span, Value
from flows.engine.model import (
    CancelTimer,
    Case,
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    OpenCase,
    Phase,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.guidance import lessons as quiet
from flows.guidance import messages as m
from flows.guidance.cards import Card, CardStep
from flows.guidance.place import (
    DAY,
    TRAIL,
    State,
    answered,
    ask,
    attended,
    forget_later,
    guide,
    here,
    human_choice,
    is_lesson,
    library,
    resume_choice,
    stay,
    step_of,
    to_cases,
)

LISTED = 14  #: topics in one question: a list is read, a fourth question is one too many
LIKELY = 4  #: topics between which somebody is asked to choose
#: Messages of timers in a row that nobody reacted to; then it is quiet. Who pushes a chest has no
#: hand free: at two minutes each these last an hour and a half.
UNATTENDED = 45
#: Timers in a row that somebody who is hurt themself doesn't react to; then coordinators are told.
QUIET_ALONE = 2
QUIET_AGAIN = 10  #: further timers after which they are told once more
RECENT = 30 * 60_000  #: ms after which a step isn't shown again by itself
LATE = 60_000  #: ms; a timer's message that comes later says so
KEPT_TEXT = 1_000  #: characters of what somebody wrote before they asked for a human
GROUPS = ("hurt", "safety")


# ---------------------------------------------------------------- to the right card


def firstaid(data: Data, event: Event, facts: Facts) -> Step:
    """`firstaid`, or `firstaid burns`: an id, a name in their language, or what happened."""
    typed = event.arg.strip()
    if typed:
        return _said(data, event, facts, typed)
    step = step_of(data, facts)
    if step is None or step.end:
        return new(data, event, facts)
    fresh = Choice(m.NEW, "new", always=True)
    choices = (*resume_choice(data), fresh, *human_choice(facts))
    return stay(data, ask(m.UNFINISHED, *choices, title=Passage(data["card"])))


def new(data: Data, event: Event, facts: Facts) -> Step:
    choices = (Choice(m.YES, "who", always=True), Choice(m.NO, "not_safe", always=True))
    return stay(attended(data), ask(m.SAFE, *choices, *human_choice(facts)))


def not_safe(data: Data, event: Event, facts: Facts) -> Step:
    safer = Choice(m.SAFER, "who", always=True)
    return stay(data, ask(m.GET_SAFE, safer, *human_choice(facts)))


def who(data: Data, event: Event, facts: Facts) -> Step:
    choices = (
        Choice(m.ME, "what", "me", always=True),
        Choice(m.SOMEBODY, "what", "them", always=True),
        Choice(m.NOBODY, "what", "nobody", always=True),
    )
    return stay(data, ask(m.WHO, *choices))


def what(data: Data, event: Event, facts: Facts) -> Step:
    """Who needs help decides which topics are offered: `arg` is me, them or nobody."""
    data = {**data, "self": event.arg == "me"}
    return _list(data, facts, "safety" if event.arg == "nobody" else "hurt", 0)


def further(data: Data, event: Event, facts: Facts) -> Step:
    """`arg`: the group, and from which topic on."""
    group, _, at = event.arg.partition("/")
    return _list(data, facts, group, int(at))


def _list(data: Data, facts: Facts, group: str, at: int) -> Step:
    """A few of them; `Something else` shows the next ones, and after the last the other group."""
    topics = library(facts).topics(group)
    other = GROUPS[1 - GROUPS.index(group)]
    after = f"{group}/{at + LISTED}" if at + LISTED < len(topics) else f"{other}/0"
    choices = [_topic(card) for card in topics[at : at + LISTED]]
    choices.append(Choice(m.ELSE, "further", after, always=True))
    asked = m.WHAT_SAFETY if group == "safety" else m.WHAT_ME if data.get("self") else m.WHAT
    return stay(data, ask(asked, *choices, *human_choice(facts)))


def _topic(card: Card) -> Choice:
    return Choice(m.TOPIC, "firstaid", card.id, {"topic": Passage(card.id, "see")}, always=True)


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


def _medical(facts: Facts) -> Case | None:
    return next((case for case in facts.cases if case.kind == "medical"), None)


def _listens(data: Data, facts: Facts) -> Case | None:
    """The case that what is written goes to; none from a card whose reader chooses who learns."""
    known = library(facts).card(data["card"]) if "card" in data else None
    return None if known and known.talk else _medical(facts)


def _heard(case: Case, event: Event) -> Signal:
    args = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
    return Signal("escalation", case.id, "heard", args)


def _passed(data: Data, event: Event, facts: Facts, case: Case) -> Step:
    """Said so, and the step is shown again: its numbers go on working."""
    shown = _shown(data, event, facts, m.PASSED)
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
    return _shown(data, event, facts, m.GO_ON)


def _said(data: Data, event: Event, facts: Facts, words: str) -> Step:
    """Straight to the card, or one question between the likeliest."""
    recent = event.received - data.get("at", 0) < RECENT or bool(event.choice_state)
    mine = bool(recent and data.get("self"))
    if name := library(facts).named(words):
        return _open({**data, "self": mine}, event, facts, name)
    found = library(facts).match(words)
    if not found:
        return _not_found(data, event, facts)
    data = {**data, "self": mine or facts.words.first_person(words)}
    if len(found) == 1:
        return _open(data, event, facts, found[0])
    choices = [_topic(known) for name in found[:LIKELY] if (known := library(facts).card(name))]
    return stay(data, ask(m.WHICH, *choices, *human_choice(facts)))


def _not_found(data: Data, event: Event, facts: Facts) -> Step:
    if "step" in data:
        return _shown(data, event, facts, m.NOT_FOUND)
    asked = new(data, event, facts)
    return replace(asked, effects=(Say(m.NOT_KNOWN), *asked.effects))


# ---------------------------------------------------------------- a card, step by step


def _open(data: Data, event: Event, facts: Facts, name: str) -> Step:
    """A card from its beginning, a lesson where it was left. Back leads to what was read before."""
    known = library(facts).card(name)
    if known is None:
        return _not_found(data, event, facts)
    left = data.get("lessons", {}).get(name, {}).get("at", "")
    step = left if left in known.steps else ""
    recent = {k: at for k, at in data.get("times", {}).items() if event.at - at < DAY}
    answers = data.get("answers", []) if "step" in data else []
    data = {k: v for k, v in data.items() if k != "from"} | {"times": recent, "answers": answers}
    return _go(data, event, facts, f"{name}#{step}", fresh=True)


def _go(
    data: Data,
    event: Event,
    facts: Facts,
    target: str,
    before: Message | None = None,
    args: dict[str, Value] | None = None,
    aloud: bool = False,
    fresh: bool = False,
    back: bool = False,
) -> Step:
    """To that step: it is shown, its timer runs, cases about the person learn of it."""
    name, _, named = target.partition("#")
    card = library(facts).card(name)
    if card and card.first_self and not named and data.get("self"):
        target = f"{name}#{card.first_self}"
    elif card and card.first_self and named in (card.first, card.first_self):
        # A link to one of its beginnings says whose wound it is.
        data = {**data, "self": named == card.first_self}
    step = library(facts).step(target)
    if step is None:
        return _shown(data, event, facts, None)  # of an older edition of the cards
    if "step" in data and data["card"] != name and not fresh:
        data = {**data, "from": _ways_back(data, name, back)}
    new = fresh or data.get("card") != name
    answers = bool(data.get("silent")) and not data.get("unattended")
    data = {**data, "silent": bool(data.get("silent")) and not answers}
    if "step" in data and here(data) != f"{name}#{step.id}" and not back:
        trail = [*data.get("trail", []), [data["card"], data["step"]]]
        data = {**data, "trail": trail[-TRAIL:]}
    data = {**data, "card": name, "step": step.id, "at": event.received}
    data, kept = quiet.lesson_kept(data, event, facts, step)
    shown = _say_step(data, facts, step, before, args or {}, new)
    told = to_cases(data, facts, aloud or (new and not back) or step.end, answers)
    timers = (_timer(data, event, step), forget_later(event))
    return Step(State.LED, data, (*timers, shown, *kept, *told))


def _ways_back(data: Data, name: str, back: bool) -> list[list[str]]:
    """A link to another card: at its end there is a way back to where it was followed. A card that
    is read again has none to itself."""
    followed = [] if back else [[data["card"], data["step"]]]
    return [way for way in [*data.get("from", []), *followed] if way[0] != name][-TRAIL:]


def _timer(data: Data, event: Event, step: CardStep) -> Effect:
    if step.after and data.get("unattended", 0) < UNATTENDED:
        return SetTimer("step", event.received + step.after)
    return CancelTimer("step")


def _say_step(
    data: Data,
    facts: Facts,
    step: CardStep,
    before: Message | None,
    args: dict[str, Value],
    fresh: bool,
) -> Say:
    """One message: what has to be said first, the step, its drawing, the ways on."""
    name = data["card"]
    given: dict[str, Value] = {"text": Passage(name, "text", step.id), **args}
    message = m.STEP
    if before:
        message, given["before"] = m.BEFORE, before
    elif fresh:
        message = m.FIRST
        given |= {"title": Passage(name), "review": Review(name)}
    seen = data.get("unattended", 0) > 1  # a timer leads round: the picture was shown before
    drawing = Enclosed("drawing", step.drawing) if step.drawing and not seen else None
    return Say(message, given, _choices(data, facts, step), expects=True, file=drawing)


def _choices(data: Data, facts: Facts, step: CardStep) -> tuple[Choice, ...]:
    """The step's own first, then the ways that every step has."""
    at, lesson = here(data), is_lesson(data, facts)
    own = [_option(data["card"], step.id, n) for n in range(len(step.options))]
    if step.done and not step.options:
        own.append(Choice(m.NEXT if lesson else m.DONE, "done", at))
        own += [] if lesson else [Choice(m.FAILS, "fails", at)]
    back = (Choice(m.BACK, "back"),) if data.get("trail") else ()
    if lesson:
        more = (Choice(m.MY_LESSONS, "lessons", always=True),) if step.end else ()
        return (*own, *(human_choice(facts) if step.human else ()), *more, *back)
    human, tell = human_choice(facts), _tell_choice(data, facts)
    if not step.end:
        return (*own, *_whose(data, facts, step), *back, *human, *tell)
    first = (*human, *tell) if step.human else (*tell, *human)
    if data.get("from"):
        other = {"topic": Passage(data["from"][-1][0])}
        first = (Choice(m.BACK_TO, "back_to", args=other), *first)
    numbers = Choice(m.NUMBERS, "numbers", always=True)
    sources = Choice(m.WHERE_FROM, "sources", data["card"], always=True)
    return (*first, numbers, Choice(m.OTHER, "new", always=True), sources, *back)


def _whose(data: Data, facts: Facts, step: CardStep) -> tuple[Choice, ...]:
    """At the beginning of a card that differs for whoever is hurt themself."""
    known = library(facts).card(data["card"])
    if known is None or not known.first_self or step.id not in (known.first, known.first_self):
        return ()
    return (
        Choice(m.IT_IS_ANOTHER, "it_is") if data.get("self") else Choice(m.IT_IS_ME, "it_is", "me"),
    )


def _option(card: str, step: str, n: int) -> Choice:
    label = Passage(card, f"option/{n}", step)
    return Choice(m.OPTION, "option", f"{card}#{step}/{n}", {"label": label})


def _tell_choice(data: Data, facts: Facts) -> tuple[Choice, ...]:
    """Not where the reader chooses whom they talk to."""
    known = library(facts).card(data["card"])
    return () if known and known.talk else (Choice(m.TELL, "tell", always=True),)


def option(data: Data, event: Event, facts: Facts) -> Step:
    at, _, n = event.arg.rpartition("/")
    step = step_of(data, facts)
    if step is None or at != here(data) or int(n) >= len(step.options):
        return _shown(data, event, facts, m.EARLIER)
    return _go(answered(data, f"option/{n}"), event, facts, step.options[int(n)].goes)


def done(data: Data, event: Event, facts: Facts) -> Step:
    """A step that says so has its time written down: who treats this must know it."""
    step = step_of(data, facts)
    if step is None or event.arg != here(data) or not step.done:
        return _shown(data, event, facts, m.EARLIER)
    data = attended(data)
    if not step.record:
        return _go(data, event, facts, step.done)
    # The first time counts: a second one beside it, or a tighter one, doesn't start anew.
    data = {**data, "times": {step.record: event.at, **data.get("times", {})}}
    noted = m.NOTED if facts.cases else m.NOTED_TELL
    at = Moment(data["times"][step.record])
    return _go(data, event, facts, step.done, noted, {"at": at}, aloud=True)


def fails(data: Data, event: Event, facts: Facts) -> Step:
    step = step_of(data, facts)
    if step is None or event.arg != here(data) or not step.done:
        return _shown(data, event, facts, m.EARLIER)
    data = answered(data, "fails")
    if step.fails:
        return _go(data, event, facts, step.fails, aloud=True)
    on = Choice(m.RESUME, "done", here(data))
    asked = ask(m.NO_OTHER_WAY, *human_choice(facts), *_tell_choice(data, facts), on)
    return stay(data, asked, *to_cases(data, facts, aloud=True))


def back(data: Data, event: Event, facts: Facts) -> Step:
    data = attended(data)
    if not data.get("trail"):
        return _shown(data, event, facts, None)
    *trail, (name, step) = data["trail"]
    return _go({**data, "trail": trail}, event, facts, f"{name}#{step}", back=True)


def back_to(data: Data, event: Event, facts: Facts) -> Step:
    """From the end of a card to where the link to it was followed."""
    *ways, way = data.get("from") or [[data["card"], data["step"]]]
    return _go({**attended(data), "from": ways}, event, facts, "#".join(way), back=True)


def it_is(data: Data, event: Event, facts: Facts) -> Step:
    """Whose wound it is, where the words didn't say or said it wrong."""
    data = {**attended(data), "self": event.arg == "me"}
    return _go(data, event, facts, data["card"], back=True)


def resume(data: Data, event: Event, facts: Facts) -> Step:
    return _shown(data, event, facts, m.GO_ON)


def _shown(data: Data, event: Event, facts: Facts, before: Message | None) -> Step:
    """The present step once more; its timer runs on. Without one, the first question."""
    step = step_of(data, facts)
    if step is None and "step" in data:
        # Of an older edition: the step was taken out since.
        fresh = new({k: v for k, v in data.items() if k not in ("card", "step")}, event, facts)
        first = (Say(before),) if before else ()
        told = (CancelTimer("step"), *first, Say(m.STEP_GONE), *fresh.effects)
        return replace(fresh, state=State.LED, effects=told)
    if step is None:
        return new(data, event, facts)
    data = attended(data)
    return stay(data, _say_step(data, facts, step, before, {}, False))


def timed(data: Data, event: Event, facts: Facts) -> Step:
    """The step's time is over, also when it ended while nobody was watching."""
    step = step_of(data, facts)
    if step is None or not step.then:
        return _shown(data, event, facts, None)
    silent = data.get("unattended", 0) + 1
    data = {**data, "unattended": silent, "silent": silent >= QUIET_ALONE}
    if _gone_quiet(data, step, facts):
        told = {"guide": guide(data, facts), "quiet": True}
        going = _go(data, event, facts, step.then, m.QUIET_TOLD)
        effect: Effect = OpenCase("medical", Phase.ALERT, event.at, args=told)
        if case := _medical(facts):
            effect = Signal("escalation", case.id, "fell_silent", told)
        return replace(going, effects=(effect, *going.effects))
    quiet_now = m.QUIET if data["unattended"] >= UNATTENDED else None
    before = m.LATE if event.late > LATE else quiet_now
    minutes = max(1, round(event.late / 60_000)) * 60_000
    return _go(data, event, facts, step.then, before, {"late": Span(minutes)})


def _gone_quiet(data: Data, step: CardStep, facts: Facts) -> bool:
    """Hurt, led through a card, and no longer answering: their coordinators learn of it, and again
    while it lasts. Not where the reader chooses who learns, nor where somebody else may hold the
    phone."""
    known = library(facts).card(data["card"])
    if known is None or known.talk or step.discreet or not known.first_self:
        return False
    return bool(data.get("self")) and data["unattended"] % QUIET_AGAIN == QUIET_ALONE


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
        return new(data, event, facts)
    if _medical(facts):
        again = _shown(data, event, facts, m.TOLD_ALREADY)
        return replace(again, effects=(*again.effects, *to_cases(data, facts, aloud=True)))
    opened = OpenCase("medical", Phase.ALERT, event.at, args={"guide": guide(data, facts)})
    shown = _shown(data, event, facts, m.TOLD)
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
        return new(data, event, facts)
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
        return _open({**attended(data), "self": False}, event, facts, name)
    return quiet.lessons(data, event, facts)


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: the step, if there is one, or the first question."""
    return resume(data, event, facts)


# ---------------------------------------------------------------- the table

S = State
EVERYWHERE = {
    "firstaid": firstaid,
    "text": text,
    "lessons": lessons,
}
#: What changes nothing about where somebody is.
ASIDE = {
    "not_safe": not_safe,
    "who": who,
    "what": what,
    "further": further,
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
        "option": edge(option, S.LED),
        "done": edge(done, S.LED),
        "fails": edge(fails, S.LED),
        "back": edge(back, S.LED),
        "resume": edge(resume, S.LED),
        "new": edge(new, S.LED),
        "it_is": edge(it_is, S.LED),
        "back_to": edge(back_to, S.LED),
        "go_on": edge(go_on, S.LED),
        "link": edge(link, S.LED),
        "media": edge(media, S.LED),
        "sources": edge(sources, S.LED),
        "tell": edge(tell, S.LED),
        "seen": edge(seen, S.LED),
        "alone": edge(alone, S.LED),
        "timer.step": edge(timed, S.LED),
        "timer.forget": edge(forgotten, S.IDLE),
    },
}

FLOW = Flow("guidance", TABLE, S.IDLE, recover, lobby=frozenset({S.IDLE, S.LED}))
