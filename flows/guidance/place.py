"""Where somebody is in the cards: small words that the handlers of this flow share.

An instance's data: card, step (where they are; absent: nowhere), trail (steps that Back knows),
answers ([card, step, answer]), times (name -> ms), self (the reader is the one who is hurt),
unattended (timers in a row), lessons, given (a trainer's), said (their words, for a human).
"""

from enum import StrEnum

from flows.engine.messages import Message, Value
from flows.engine.model import Case, Choice, Data, Effect, Event, Facts, Say, SetTimer, Signal, Step
from flows.guidance import messages as m
from flows.guidance.cards import CardStep
from flows.guidance.library import Library

TRAIL = 40  #: steps that Back knows
ANSWERS = 8  #: answers that coordinators are told
DAY = 24 * 3_600_000
FORGOTTEN = 7 * DAY  #: ms after which what somebody read, answered and wrote here is forgotten


class State(StrEnum):
    IDLE = "idle"
    LED = "led"


def stay(data: Data, *effects: Effect) -> Step:
    return Step(State.LED if "step" in data else State.IDLE, data, effects)


def forget_later(event: Event) -> SetTimer:
    return SetTimer("forget", event.received + FORGOTTEN)


def ask(message: Message, *choices: Choice, **args: Value) -> Say:
    return Say(message, args, choices, expects=True)


def library(facts: Facts) -> Library:
    found: Library = facts.guidance
    return found


def here(data: Data) -> str:
    return f"{data.get('card', '')}#{data.get('step', '')}"


def step_of(data: Data, facts: Facts) -> CardStep | None:
    return library(facts).step(here(data)) if "step" in data else None


def is_lesson(data: Data, facts: Facts) -> bool:
    known = library(facts).card(data["card"]) if "card" in data else None
    return known is not None and known.kind == "lesson"


def human_choice(facts: Facts) -> tuple[Choice, ...]:
    """A human is offered wherever something is asked, unless one is there already."""
    there = facts.states.get("hotline") in ("waiting", "open")
    return () if there else (Choice(m.HUMAN, "human", always=True),)


def resume_choice(data: Data) -> tuple[Choice, ...]:
    return (Choice(m.RESUME, "resume", always=True),) if "step" in data else ()


def attended(data: Data) -> Data:
    return {**data, "unattended": 0}


def answered(data: Data, answer: str) -> Data:
    given = [*data.get("answers", []), [data["card"], data["step"], answer]]
    return {**attended(data), "answers": given[-TRAIL:]}


def about_self(data: Data, facts: Facts) -> bool:
    """They are hurt themself: said of cards that differ by it."""
    known = library(facts).card(data["card"])
    return bool(data.get("self") and known and known.first_self and known.group == "hurt")


def guide(data: Data, facts: Facts) -> Data:
    """What coordinators learn: the step, the answers on the way to it, the times noted. What is
    answered in a lesson is nobody's business, and what is answered where the reader chooses whom
    to talk to is only for the one whom they choose there."""
    answers = [
        given
        for given in data.get("answers", [])
        if (card := library(facts).card(given[0]))
        and card.kind != "lesson"
        and (not card.talk or card.id == data.get("card"))
    ]
    step = library(facts).step(here(data))
    kept: Data = {k: data[k] for k in ("card", "step", "times") if k in data}
    return {
        **kept,
        "answers": answers[-ANSWERS:],
        "self": about_self(data, facts),
        "discreet": bool(step and step.discreet),
    }


def medical(facts: Facts) -> Case | None:
    return next((case for case in facts.cases if case.kind == "medical"), None)


def to_cases(data: Data, facts: Facts, aloud: bool, back: bool = False) -> tuple[Signal, ...]:
    """`aloud`: whoever has the case is told now; otherwise they see it when they look. `back`: they
    answer again, after they had fallen silent.

    Of a card whose reader chooses whom to talk to, only the one who was chosen learns.
    """
    known = library(facts).card(data["card"]) if "card" in data else None
    if known is None or known.kind == "lesson":
        return ()
    told = {"guide": guide(data, facts), "aloud": aloud or back, "back": back}
    cases = [c for c in facts.cases if not known.talk or c.only]
    return tuple(Signal("escalation", case.id, "guided", told) for case in cases)
