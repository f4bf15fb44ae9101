"""Trying both once: a call for help that calls nobody, and a check-in."""

from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    Lane,
    Redact,
    Say,
    SetTimer,
    Signal,
    Where,
)
from flows.engine.questionnaire import (
    Again,
    Taken,
)
from flows.enrolment import messages as m
from flows.enrolment.asked import SKIP, Asked, ask, without
from flows.enrolment.safety import offer_pair

MINUTE = 60_000
PRACTICE = 10 * MINUTE  #: ms in which an sos is a practice
ASKING = frozenset({"reminded", "asked", "overdue"})  #: a check-in that waits for its answer
PANIC_ACTIVE = "active"


# ---------------------------------------------------------------- practice: sos


def ask_practice(data: Data, event: Event, facts: Facts) -> Asked:
    until = event.received + PRACTICE
    real = Choice(m.REAL, "sos", always=True, to=("panic", facts.person.id))
    said = ask(m.PRACTICE, {}, SKIP, real)
    return {**data, "until": until}, (SetTimer("practice", until), *said)


def practised(data: Data, event: Event, facts: Facts) -> Taken | Again:
    kept = without(data, "until")
    if _is_real(data, event, facts):
        # Nothing else is asked now. Without `until` every later one is real too.
        return Again(kept, (CancelTimer("practice"), Signal("panic", event.person, "sos")))
    return Taken(kept, (CancelTimer("practice"), Say(m.PRACTISED)))


def _is_real(data: Data, event: Event, facts: Facts) -> bool:
    """A button was shown for real ones; a practice is typed, in time, and nothing else is on."""
    return (
        event.kind is Kind.CHOICE
        or event.at > data.get("until", 0)
        or bool(facts.cases)
        or facts.states.get("panic") == PANIC_ACTIVE
        or facts.states.get("checkin") in ASKING
    )


def no_practice(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(without(data, "until"), (CancelTimer("practice"), Say(m.SKIPPED)))


def practice_over(data: Data, event: Event, facts: Facts) -> Taken:
    said = Say(m.PRACTICE_OVER, lane=Lane.ROUTINE, where=Where.FIRST)
    return Taken(without(data, "until"), (said,))


# ---------------------------------------------------------------- practice: a check-in


def _by_word(facts: Facts) -> bool:
    return facts.person.risk == "high" and facts.person.has_words


def ask_checkin(data: Data, event: Event, facts: Facts) -> Asked:
    args = {"name": data.get("name") or facts.person.name}
    if _by_word(facts):
        return data, ask(m.PRACTICE_ASK_WORD, args, Choice(m.NOT_GOOD, "not_good"), SKIP)
    choices = (Choice(m.GOOD, "ok"), Choice(m.NOT_GOOD, "not_good"))
    return data, ask(m.PRACTICE_ASK, args, *choices)


def good(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A real question that waits gets this answer; the practice goes on after it."""
    real = _real_answer(event, facts, waiting=True)
    if real:
        return Again(data, real)
    if _by_word(facts) and not event.word:
        return Again(data)
    return Taken(data, (Say(m.ANSWERED),))


def not_good(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data, (Say(m.ANSWERED_BAD),))


def ok_elsewhere(data: Data, event: Event, facts: Facts) -> Again:
    """An `ok` while something else is asked: for the plan that runs, if one does."""
    return Again(data, _real_answer(event, facts))


def ok_or_words(data: Data, event: Event, facts: Facts) -> Again:
    """As above; with a code word in it, it may also be an attempt to use that word again."""
    real = _real_answer(event, facts)
    if not event.word:
        return Again(data, real)
    data, pair = offer_pair(data, facts, said=m.NEW_WORDS)
    return Again(data, (Redact(), *(real or (pair,))))


def _real_answer(event: Event, facts: Facts, waiting: bool = False) -> tuple[Effect, ...]:
    if facts.states.get("panic") == PANIC_ACTIVE:
        return (Signal("panic", event.person, "ok"),)
    state = facts.states.get("checkin")
    if state in ASKING or (state and not waiting):
        return (Signal("checkin", event.person, "ok"),)
    return ()
