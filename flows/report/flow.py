"""Reporting an attack: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the report is an instance of its own (record.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
- Nobody who reports is told whether others did: which records are of one event, staff say.
"""

from flows.engine.draft import BOTH, KEEP, SPAN, STOP, Draft, drawn, without
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Moment
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Say,
    Signal,
    Step,
)
from flows.engine.questionnaire import Form, Review
from flows.report import messages as m
from flows.report.asking import QUESTIONS, State, answers

NUMBER = 7  #: letters: no two reports may ever draw the same
SHOWN = 6  #: reports in one list, the newest ones
S = State


# ---------------------------------------------------------------- to and from the form


def begin(data: Data, event: Event, facts: Facts) -> Step:
    """`report`: what was sent already, or the first question."""
    if _sent(data) and event.arg != "new":
        return Step(S.IDLE, data, (_yours(data),))
    number = drawn(facts, "report", NUMBER, "R")
    fresh: Data = {"id": number, "on": event.channel, "answers": {}, **_only_sent(data)}
    return DRAFT.begin(fresh, event, facts)


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


def _unfinished(data: Data, facts: Facts) -> tuple[Effect, ...]:
    """`report`, with a draft: it goes on, or is erased."""
    return (Say(m.UNFINISHED, SPAN, BOTH),)


# ---------------------------------------------------------------- the end


def send(data: Data, event: Event, facts: Facts) -> Step:
    """From here on it is in the record, not checked."""
    given = {"id": data["id"], "answers": without(answers(data), "files")}
    known = {**_sent(data), data["id"]: event.received}
    return Step(
        S.IDLE,
        {"sent": known},
        (*STOP, Signal("record", data["id"], "start", given), Say(m.RECEIPT, {"id": data["id"]})),
    )


def ask_withdraw(data: Data, event: Event, facts: Facts) -> Step:
    yes = Choice(m.WITHDRAW, "withdraw_it", event.arg, {"id": event.arg})
    return Step(
        S.IDLE, data, (Say(m.REALLY_WITHDRAW, {"id": event.arg}, (yes, Choice(KEEP, "report"))),)
    )


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """Once; pressed again it is still so. Only one of theirs can be named."""
    left = without(_sent(data), event.arg)
    gone = (Signal("record", event.arg, "withdraw"),) if event.arg in _sent(data) else ()
    said = Say(m.WITHDRAWN, {"id": event.arg})
    return Step(S.IDLE, {"sent": left} if left else {}, (*gone, said))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A question that this version no longer has: the next that isn't answered, or the review."""
    if not data.get("id"):
        return begin(data, event, facts)
    return DRAFT.recover(data, event, facts)


FORM = Form(
    QUESTIONS,
    send,
    (S.IDLE,),
    m.AGAIN,
    anything=("text", "location", "media"),
    empty=m.EMPTY,
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH, m.CHANGE_ONE),
)


DRAFT = Draft(FORM, S.IDLE, S.ASIDE, ("report",), _unfinished, m.ERASED, _only_sent)
TABLE: Table = {
    S.IDLE: {
        "report": edge(begin, S.ROLE, S.IDLE),
        "withdraw": edge(ask_withdraw, S.IDLE),
        "withdraw_it": edge(withdraw, S.IDLE),
    },
    S.ASIDE: DRAFT.aside_row(),
    **DRAFT.rows({S.ROLE: {"leave": edge(DRAFT.erase, S.IDLE)}}),
}

FLOW = Flow(
    "report",
    TABLE,
    S.IDLE,
    recover,
    lobby=frozenset({S.IDLE}),
    jumps=frozenset(FORM.rows()),
    key=lambda data: str(data.get("id", "")),
)
