"""Enrolment: from a code to somebody who can check in, call people, and has tried both once.

    language ▸ privacy ▸ name ▸ zone ▸ second app ▸ two words ▸ try sos ▸ try a check-in

A guest, who only asks a fund or reports an attack, is through after the name.

- Nothing is kept before the privacy text is agreed to but the answers needed to go on.
- The two words never stay in the data: a generated pair is kept until it is taken or left.
- A practice `sos` calls nobody, for a few minutes and only where nothing real is going on. A real
  call always wins: a second one, a button, a late one, one during a check-in that waits.
- A real check-in or call for help that runs meanwhile gets the `ok` that was meant for it.
- `only`: later, from the menu, the second app or the two words alone. What is left open there
  closes by itself.
"""

from collections.abc import Mapping
from enum import StrEnum

from flows.engine.flow import Edge, Flow, Handler, Table, edge
from flows.engine.model import (
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
from flows.engine.questionnaire import (
    Form,
    Question,
    goes,
    returns,
    stays,
    tries,
)
from flows.enrolment import messages as m
from flows.enrolment.asked import is_guest, skip
from flows.enrolment.practice import (
    ask_checkin,
    ask_practice,
    good,
    no_practice,
    not_good,
    ok_elsewhere,
    ok_or_words,
    practice_over,
    practised,
)
from flows.enrolment.safety import (
    ask_second,
    ask_words,
    leave_words,
    linked,
    other_app,
    other_words,
    own_words,
    second_here,
    use_words,
)
from flows.enrolment.who import (
    agree,
    ask_language,
    ask_name,
    ask_privacy,
    ask_zone,
    ask_zone_check,
    chosen,
    keep,
    language,
    name,
    not_now,
    zone,
    zone_anew,
    zone_right,
    zone_wrong,
)

MINUTE = 60_000
LEFT_OPEN = 60 * MINUTE  #: ms until `only` closes by itself


class State(StrEnum):
    LANGUAGE = "language"
    PRIVACY = "privacy"
    NAME = "name"
    ZONE = "zone"
    ZONE_CHECK = "zone_check"
    SECOND = "second"
    WORDS = "words"
    REHEARSE_PANIC = "rehearse_panic"
    REHEARSE_CHECKIN = "rehearse_checkin"
    DONE = "done"


S = State


# ---------------------------------------------------------------- the end


def done(data: Data, event: Event, facts: Facts) -> Step:
    """Into the menu. What they ought to know comes first."""
    to_menu = Signal("home", facts.person.id, "menu")
    if data.get("only"):
        return Step(S.DONE, {}, (to_menu,))
    person = facts.person
    called = data.get("name") or person.name
    through = m.DONE_GUEST if is_guest(facts) else m.DONE
    ready = (SetProfile("enrolled", True), *_role(facts), Say(through, {"name": called}), to_menu)
    return Step(S.DONE, {}, ready)


def _role(facts: Facts) -> tuple[Effect, ...]:
    if facts.person.role is Role.COORDINATOR:
        return (Say(m.COORDINATOR),)
    if facts.person.role is Role.TRAINER:
        return (Say(m.TRAINER),)
    reachable = sum(c.reachable and c.id != facts.person.id for c in facts.coordinators)
    return () if reachable > 1 else (Say(m.ONE_ONLY if reachable else m.NOBODY),)


# ---------------------------------------------------------------- the form


def _only(data: Data) -> bool:
    return bool(data.get("only"))


OK = stays(ok_elsewhere)
FORM = Form(
    (
        Question(
            S.LANGUAGE,
            ask_language,
            {"choose": goes(chosen), "text": tries(language), "ok": OK},
            wanted=lambda data, facts: len(facts.languages) > 1,
        ),
        Question(
            S.PRIVACY,
            ask_privacy,
            {
                "agree": goes(agree),
                "yes": goes(agree),
                "not_now": stays(not_now),
                "no": stays(not_now),
                "ok": OK,
            },
        ),
        Question(
            S.NAME,
            ask_name,
            {"text": tries(name), "keep": goes(keep), "ok": OK},
            last=lambda data: bool(data.get("guest")),
        ),
        Question(
            S.ZONE,
            ask_zone,
            {
                "text": tries(zone),
                "location": goes(zone),
                "pick": goes(zone),
                "ok": OK,
            },
        ),
        Question(
            S.ZONE_CHECK,
            ask_zone_check,
            {
                "yes": goes(zone_right),
                "no": returns(zone_wrong),
                "text": stays(zone_anew),
                "location": stays(zone_anew),
                "pick": stays(zone_anew),
                "ok": OK,
            },
            follows=True,
        ),
        Question(
            S.SECOND,
            ask_second,
            {"skip": goes(skip), "linked": goes(linked), "text": stays(second_here), "ok": OK},
            wanted=lambda data, facts: bool(other_app(facts)),
            last=_only,
        ),
        Question(
            S.WORDS,
            ask_words,
            {
                "use": goes(use_words),
                "others": stays(other_words),
                "text": tries(own_words),
                "skip": goes(leave_words),
                "ok": stays(ok_or_words),
            },
            last=_only,
        ),
        Question(
            S.REHEARSE_PANIC,
            ask_practice,
            {
                "sos": tries(practised),
                "skip": goes(no_practice),
                "timer.practice": goes(practice_over),
                "ok": OK,
            },
        ),
        Question(
            S.REHEARSE_CHECKIN,
            ask_checkin,
            {"ok": tries(good), "not_good": goes(not_good), "skip": goes(skip)},
        ),
    ),
    done,
    (S.DONE,),
    m.AGAIN,
)


# ---------------------------------------------------------------- in, out, and again


def start(data: Data, event: Event, facts: Facts) -> Step:
    """From the first question, where they stopped, or one step alone."""
    only = event.args.get("only") if facts.person.enrolled else None
    if only == "words":
        return _alone(S.WORDS, event, facts)
    if only == "second" and other_app(facts):
        return _alone(S.SECOND, event, facts)
    if facts.person.enrolled:
        said = (Say(m.SECOND_NONE),) if only == "second" else ()
        return Step(S.DONE, {}, (*said, Signal("home", facts.person.id, "menu")))
    return FORM.first(data, event, facts)


def _alone(state: State, event: Event, facts: Facts) -> Step:
    """One step, later; what is left open closes by itself."""
    closing = SetTimer("leave", event.received + LEFT_OPEN)
    return FORM.ask(state, {"only": str(state)}, event, facts, (closing,))


def resume(state: State) -> Handler:
    """ "start" in a step that can be had alone: the same again, or the other one."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        other = event.args.get("only", state) != state
        if other and facts.person.enrolled:
            return start(data, event, facts)
        return FORM.ask(state, data, event, facts)

    return handler


def leave(otherwise: Handler) -> Handler:
    """Out of a step that was asked for alone; within the whole enrolment, something else."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return done(data, event, facts) if _only(data) else otherwise(data, event, facts)

    return handler


def to_menu(state: State) -> Handler:
    return lambda data, event, facts: Step(state, data, (Signal("home", facts.person.id, "menu"),))


def closed(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.DONE, {})


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """Into the first step that isn't done yet, as far as that is still known."""
    sorry = (Say(m.RECOVER),)
    person = facts.person
    if person.enrolled:
        return Step(S.DONE, {}, (*sorry, Signal("home", person.id, "menu")))
    if not data.get("agreed"):
        return FORM.first(data, event, facts, sorry)
    if is_guest(facts):
        end = done(data, event, facts) if person.name else FORM.ask(S.NAME, data, event, facts)
        return Step(end.state, end.data, (*sorry, *end.effects))
    left = (
        (S.NAME, not person.name),
        (S.ZONE, not data.get("zoned")),
        (S.WORDS, not person.has_words),
    )
    state = next((state for state, missing in left if missing), S.REHEARSE_PANIC)
    return FORM.ask(state, data, event, facts, sorry)


# ---------------------------------------------------------------- the table


def _can_be_had_alone(state: State, row: Mapping[str, Edge], *others: State) -> dict[str, Edge]:
    back, again = row["back"], row["start"]
    return {
        **row,
        "start": edge(resume(state), state, *others),
        "back": edge(leave(back.handler), *back.targets, S.DONE),
        "cancel": edge(leave(again.handler), state, S.DONE),
        "menu": edge(leave(to_menu(state)), state, S.DONE),
        "timer.leave": edge(closed, S.DONE),
    }


ROWS = FORM.rows()

TABLE: Table = {
    S.LANGUAGE: {
        **ROWS[S.LANGUAGE],
        "start": edge(start, S.LANGUAGE, S.PRIVACY, S.SECOND, S.WORDS, S.DONE),
    },
    S.PRIVACY: ROWS[S.PRIVACY],
    # A guest has no name yet that could be kept: with it they are through.
    S.NAME: {**ROWS[S.NAME], "keep": edge(ROWS[S.NAME]["keep"].handler, S.ZONE)},
    S.ZONE: ROWS[S.ZONE],
    S.ZONE_CHECK: ROWS[S.ZONE_CHECK],
    S.SECOND: _can_be_had_alone(S.SECOND, ROWS[S.SECOND], S.WORDS),
    S.WORDS: _can_be_had_alone(S.WORDS, ROWS[S.WORDS], S.SECOND, S.DONE),
    S.REHEARSE_PANIC: ROWS[S.REHEARSE_PANIC],
    S.REHEARSE_CHECKIN: ROWS[S.REHEARSE_CHECKIN],
    S.DONE: {},
}

FLOW = Flow(
    "enrolment",
    TABLE,
    S.LANGUAGE,
    recover,
    claims={S.REHEARSE_PANIC: frozenset({"sos"})},
    jumps=frozenset({S.DONE, *ROWS}),
)
