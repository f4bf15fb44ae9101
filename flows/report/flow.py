"""Reporting an attack: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the report is an instance of its own (record.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
- Nobody who reports is told whether others did: which records are of one event, staff say.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from flows.engine.flow import Edge, Flow, Handler, Table, edge
from flows.engine.messages import Line, Moment
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Event,
    Facts,
    Forget,
    Lane,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.engine.questionnaire import EDITING, Form, Review
from flows.report import messages as m
from flows.report.asking import QUESTIONS, State, answers, without

DAY = 86_400_000
RECALLED = 3 * DAY  #: ms after the last answer
ERASED = 30 * DAY
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: no look-alikes
NUMBER = 7  #: letters: no two reports may ever draw the same
SHOWN = 6  #: reports in one list, the newest ones
S = State


# ---------------------------------------------------------------- to and from the form


def begin(data: Data, event: Event, facts: Facts) -> Step:
    """`report`: what was sent already, or the first question."""
    if _sent(data) and event.arg != "new":
        return Step(S.IDLE, data, (_yours(data),))
    fresh: Data = {"id": _drawn(facts), "on": event.channel, "answers": {}, **_only_sent(data)}
    return _timed(FORM.first(fresh, event, facts), event)


def _drawn(facts: Facts) -> str:
    letters = (ALPHABET[b % len(ALPHABET)] for b in facts.draw("report", NUMBER))
    return "R" + "".join(letters)


def _sent(data: Data) -> dict[str, int]:
    """id -> when, in ms, of each report that was sent and not withdrawn."""
    found: dict[str, int] = data.get("sent", {})
    return found


def _only_sent(data: Data) -> Data:
    return {"sent": _sent(data)} if _sent(data) else {}


def _yours(data: Data) -> Say:
    shown = list(_sent(data).items())[-SHOWN:]
    lines = tuple(Line(m.ONE, {"id": one, "at": Moment(at, "full")}) for one, at in shown)
    each = tuple(Choice(m.WITHDRAW, "withdraw", one, {"id": one}) for one, _ in shown)
    return Say(m.YOURS, {"lines": lines}, (Choice(m.NEW, "report", "new"), *each))


def aside(state: State) -> Handler:
    """`report`, with a draft: it goes on, or is erased."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        kept = {**data, "at": str(state), "on": event.channel}
        return Step(S.ASIDE, kept, (_unfinished(),))

    return handler


def _unfinished() -> Say:
    return Say(m.UNFINISHED, choices=(Choice(m.GO_ON, "start"), Choice(m.ERASE, "erase")))


def _waits() -> Say:
    choices = (Choice(m.GO_ON, "start"), Choice(m.ERASE, "erase"))
    return Say(m.WAITS, choices=choices, lane=Lane.ROUTINE, where=Where.FIRST)


def go_on(data: Data, event: Event, facts: Facts) -> Step:
    state, kept = State(data["at"]), without(data, "at")
    step = FORM.reviewed(kept) if state is S.REVIEW else FORM.ask(state, kept, event, facts)
    return _timed(step, event)


def still(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.ASIDE, data, (_unfinished(),))


def ask_erase(data: Data, event: Event, facts: Facts) -> Step:
    choices = (Choice(m.ERASE, "erase_it"), Choice(m.KEEP, "start"))
    return Step(S.ASIDE, data, (Say(m.REALLY_ERASE, choices=choices),))


def erase(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.IDLE, _only_sent(data), (Forget(data["id"]), *_STOP, Say(m.ERASED)))


_STOP = (CancelTimer("recall"), CancelTimer("erase"))


# ---------------------------------------------------------------- time


def _timed(step: Step, event: Event) -> Step:
    later = (
        SetTimer("recall", event.received + RECALLED),
        SetTimer("erase", event.received + ERASED),
    )
    return replace(step, effects=(*step.effects, *later))


def _keeping(handler: Handler) -> Handler:
    """Every answer begins the time anew after which a draft is erased."""

    def kept(data: Data, event: Event, facts: Facts) -> Step:
        step = handler(data, event, facts)
        return _timed(step, event) if step.state is not S.IDLE else step

    return kept


def recalled(state: State) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return Step(S.ASIDE, {**data, "at": str(state)}, (_waits(),))

    return handler


def still_aside(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.ASIDE, data, (_waits(),))


def too_late(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.IDLE, _only_sent(data), (Forget(data["id"]), CancelTimer("recall")))


# ---------------------------------------------------------------- the end


def send(data: Data, event: Event, facts: Facts) -> Step:
    """From here on it is in the record, not checked."""
    given = {"id": data["id"], "answers": without(answers(data), "files")}
    known = {**_sent(data), data["id"]: event.received}
    return Step(
        S.IDLE,
        {"sent": known},
        (*_STOP, Signal("record", data["id"], "start", given), Say(m.RECEIPT, {"id": data["id"]})),
    )


def ask_withdraw(data: Data, event: Event, facts: Facts) -> Step:
    yes = Choice(m.WITHDRAW, "withdraw_it", event.arg, {"id": event.arg})
    return Step(
        S.IDLE, data, (Say(m.REALLY_WITHDRAW, {"id": event.arg}, (yes, Choice(m.KEEP, "report"))),)
    )


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """Once; pressed again it is still so. Only one of theirs can be named."""
    left = without(_sent(data), event.arg)
    gone = (Signal("record", event.arg, "withdraw"),) if event.arg in _sent(data) else ()
    said = Say(m.WITHDRAWN, {"id": event.arg})
    return Step(S.IDLE, {"sent": left} if left else {}, (*gone, said))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A question that this version no longer has: the first that isn't answered, or the review."""
    if not data.get("id"):
        return begin(data, event, facts)
    data = without(data, "at", EDITING)
    for question in QUESTIONS:
        wanted = question.wanted is None or question.wanted(data, facts)
        if question.label and wanted and question.show(data) is m.EMPTY:
            return FORM.ask(question.state, data, event, facts)
    return FORM.reviewed(data)


FORM = Form(
    QUESTIONS,
    send,
    (S.IDLE,),
    m.AGAIN,
    anything=("text", "location", "media"),
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH, m.CHANGE_ONE),
)


def _row(state: State, row: Mapping[str, Edge]) -> dict[str, Edge]:
    """A question's own triggers, and what works at every question."""
    asked = {
        trigger: Edge(_keeping(found.handler), found.targets)
        for trigger, found in row.items()
        if trigger != "start"  # a draft that was left is gone on with from aside
    }
    more = {
        "report": edge(aside(state), S.ASIDE),
        "timer.recall": edge(recalled(state), S.ASIDE),
    }
    if state is S.ROLE:
        more["leave"] = edge(erase, S.IDLE)
    return {**asked, **more}


ROWS: dict[StrEnum, dict[str, Edge]] = {
    State(state): _row(State(state), row) for state, row in FORM.rows().items()
}
TABLE: Table = {
    S.IDLE: {
        "report": edge(begin, S.ROLE, S.IDLE),
        "withdraw": edge(ask_withdraw, S.IDLE),
        "withdraw_it": edge(withdraw, S.IDLE),
    },
    S.ASIDE: {
        "start": edge(go_on, *ROWS),
        "report": edge(still, S.ASIDE),
        "erase": edge(ask_erase, S.ASIDE),
        "erase_it": edge(erase, S.IDLE),
        "timer.recall": edge(still_aside, S.ASIDE),
        "timer.erase": edge(too_late, S.IDLE),
    },
    **ROWS,
}

FLOW = Flow(
    "report",
    TABLE,
    S.IDLE,
    recover,
    lobby=frozenset({S.IDLE}),
    key=lambda data: str(data.get("id", "")),
)
