"""A card, step by step: one message each, its timer, the ways on and back."""

from dataclasses import replace

from flows.engine.messages import Message, Moment, Passage, Review, Span, Value
from flows.engine.model import (
    CancelTimer,
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
)
from flows.guidance import asking
from flows.guidance import lessons as quiet
from flows.guidance import messages as m
from flows.guidance.cards import CardStep
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
    medical,
    stay,
    step_of,
    to_cases,
)

#: Messages of timers in a row that nobody reacted to; then it is quiet. Who pushes a chest has no
#: hand free: at two minutes each these last an hour and a half.
UNATTENDED = 45
#: Timers in a row that somebody who is hurt themself doesn't react to; then coordinators are told.
QUIET_ALONE = 2
QUIET_AGAIN = 10  #: further timers after which they are told once more
LATE = 60_000  #: ms; a timer's message that comes later says so


def open_card(data: Data, event: Event, facts: Facts, name: str) -> Step:
    """A card from its beginning, a lesson where it was left. Back leads to what was read before."""
    known = library(facts).card(name)
    if known is None:
        return not_found(data, event, facts)
    left = data.get("lessons", {}).get(name, {}).get("at", "")
    step = left if left in known.steps else ""
    recent = {k: at for k, at in data.get("times", {}).items() if event.at - at < DAY}
    answers = data.get("answers", []) if "step" in data else []
    data = {k: v for k, v in data.items() if k != "from"} | {"times": recent, "answers": answers}
    return _go(data, event, facts, f"{name}#{step}", fresh=True)


def not_found(data: Data, event: Event, facts: Facts) -> Step:
    if "step" in data:
        return once_more(data, event, facts, m.NOT_FOUND)
    asked = asking.new(data, event, facts)
    return replace(asked, effects=(Say(m.NOT_KNOWN), *asked.effects))


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
        return once_more(data, event, facts, None)  # of an older edition of the cards
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
        return once_more(data, event, facts, m.EARLIER)
    return _go(answered(data, f"option/{n}"), event, facts, step.options[int(n)].goes)


def done(data: Data, event: Event, facts: Facts) -> Step:
    """A step that says so has its time written down: who treats this must know it."""
    step = step_of(data, facts)
    if step is None or event.arg != here(data) or not step.done:
        return once_more(data, event, facts, m.EARLIER)
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
        return once_more(data, event, facts, m.EARLIER)
    data = answered(data, "fails")
    if step.fails:
        return _go(data, event, facts, step.fails, aloud=True)
    on = Choice(m.RESUME, "done", here(data))
    asked = ask(m.NO_OTHER_WAY, *human_choice(facts), *_tell_choice(data, facts), on)
    return stay(data, asked, *to_cases(data, facts, aloud=True))


def back(data: Data, event: Event, facts: Facts) -> Step:
    data = attended(data)
    if not data.get("trail"):
        return once_more(data, event, facts, None)
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
    return once_more(data, event, facts, m.GO_ON)


def once_more(data: Data, event: Event, facts: Facts, before: Message | None) -> Step:
    """The present step once more; its timer runs on. Without one, the first question."""
    step = step_of(data, facts)
    if step is None and "step" in data:
        # Of an older edition: the step was taken out since.
        fresh = asking.new(
            {k: v for k, v in data.items() if k not in ("card", "step")}, event, facts
        )
        first = (Say(before),) if before else ()
        told = (CancelTimer("step"), *first, Say(m.STEP_GONE), *fresh.effects)
        return replace(fresh, state=State.LED, effects=told)
    if step is None:
        return asking.new(data, event, facts)
    data = attended(data)
    return stay(data, _say_step(data, facts, step, before, {}, False))


def timed(data: Data, event: Event, facts: Facts) -> Step:
    """The step's time is over, also when it ended while nobody was watching."""
    step = step_of(data, facts)
    if step is None or not step.then:
        return once_more(data, event, facts, None)
    silent = data.get("unattended", 0) + 1
    data = {**data, "unattended": silent, "silent": silent >= QUIET_ALONE}
    if _gone_quiet(data, step, facts):
        told = {"guide": guide(data, facts), "quiet": True}
        going = _go(data, event, facts, step.then, m.QUIET_TOLD)
        effect: Effect = OpenCase("medical", Phase.ALERT, event.at, args=told)
        if case := medical(facts):
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
