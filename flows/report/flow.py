"""Reporting an attack: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the report is an instance of its own (record.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
- Nobody who reports is told whether others did: which records are of one event, staff say.
"""

from flows.engine.draft import BOTH, KEEP, SPAN, STOP, WAIT, Draft, drawn, without
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Moment, Span
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
from flows.report.asking import LONGEST_WORDS, QUESTIONS, SAFER, kept_for
from flows.report.form import State, answers

NUMBER = 7  #: letters: no two reports may ever draw the same
SHOWN = 6  #: reports in one list, the newest ones
S = State


# ---------------------------------------------------------------- to and from the form


def begin(data: Data, event: Event, facts: Facts) -> Step:
    """`report`: what was sent already, or the first question."""
    if _still(data, event, facts) and event.arg != "new":
        return Step(S.IDLE, data, (_yours(data, event, facts),))
    number = drawn(facts, "report", NUMBER, "R")
    fresh: Data = {"id": number, "on": event.channel, "answers": {}, **_only_sent(data)}
    return DRAFT.begin(fresh, event, facts)


def _sent(data: Data) -> dict[str, int]:
    """id -> when, in ms, of each report that was sent and not withdrawn."""
    found: dict[str, int] = data.get("sent", {})
    return found


def _still(data: Data, event: Event, facts: Facts) -> dict[str, int]:
    """Those whose time isn't over: of the others only what is counted is left."""
    lasts = kept_for(facts)
    return {one: at for one, at in _sent(data).items() if event.received - at < lasts}


def _only_sent(data: Data) -> Data:
    return {"sent": _sent(data)} if _sent(data) else {}


def _yours(data: Data, event: Event, facts: Facts) -> Say:
    shown = list(_still(data, event, facts).items())[-SHOWN:]
    lines = tuple(Line(m.ONE, {"id": one, "at": Moment(at, "full")}) for one, at in shown)
    each = (act for one, _ in shown for act in _acts(one))
    return Say(m.YOURS, {"lines": lines}, (Choice(m.NEW, "report", "new"), *each))


def _acts(report: str) -> tuple[Choice, ...]:
    """Also with a draft open. What is added goes straight to the record."""
    named = {"id": report}
    return (
        Choice(m.ADD, "add", "", named, always=True, to=("record", report)),
        Choice(m.WITHDRAW, "withdraw", report, named, always=True),
    )


def _unfinished(data: Data, event: Event, facts: Facts) -> tuple[Effect, ...]:
    """`report`, with a draft: it goes on, or is erased; what was sent is there as well."""
    sent = (Choice(m.SENT, "sent"),) if _sent(data) else ()
    return (Say(m.UNFINISHED, SPAN, (*BOTH, *sent, WAIT)),)


def listed(data: Data, event: Event, facts: Facts) -> Step:
    """What was sent, while a draft waits."""
    if _still(data, event, facts):
        return Step(S.ASIDE, data, (_yours(data, event, facts),))
    old = Say(m.ALL_OLD, {"span": Span(kept_for(facts))})
    return Step(S.ASIDE, data, (old, *_unfinished(data, event, facts)))


# ---------------------------------------------------------------- the end


def send(data: Data, event: Event, facts: Facts) -> Step:
    """From here on it is in the record, not checked."""
    given = {"id": data["id"], "answers": without(answers(data), "files")}
    known = {**_sent(data), data["id"]: event.received}
    receipt = {"id": data["id"], "span": Span(kept_for(facts))}
    return Step(
        S.IDLE,
        {"sent": known},
        (*STOP, Signal("record", data["id"], "start", given), Say(m.RECEIPT, receipt)),
    )


def _ask_withdraw(state: State, data: Data, event: Event, facts: Facts) -> Step:
    if event.arg in _sent(data) and event.arg not in _still(data, event, facts):
        return _withdraw(state, data, event, facts)
    yes = Choice(m.WITHDRAW, "withdraw_it", event.arg, {"id": event.arg}, always=True)
    choices = (yes, Choice(KEEP, "report"))
    return Step(state, data, (Say(m.REALLY_WITHDRAW, {"id": event.arg}, choices),))


def _withdraw(state: State, data: Data, event: Event, facts: Facts) -> Step:
    """Once; pressed again it is still so. Only one of theirs can be named. What is only counted by
    now can't be found again."""
    if event.arg in _sent(data) and event.arg not in _still(data, event, facts):
        old = Say(m.TOO_OLD, {"id": event.arg, "span": Span(kept_for(facts))})
        return Step(state, data, (old,))
    left = without(_sent(data), event.arg)
    gone = (Signal("record", event.arg, "withdraw"),) if event.arg in _sent(data) else ()
    said = Say(m.WITHDRAWN, {"id": event.arg})
    return Step(state, {**without(data, "sent"), **({"sent": left} if left else {})}, (*gone, said))


def ask_withdraw(data: Data, event: Event, facts: Facts) -> Step:
    return _ask_withdraw(S.IDLE, data, event, facts)


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    return _withdraw(S.IDLE, data, event, facts)


def ask_withdraw_aside(data: Data, event: Event, facts: Facts) -> Step:
    return _ask_withdraw(S.ASIDE, data, event, facts)


def withdraw_aside(data: Data, event: Event, facts: Facts) -> Step:
    return _withdraw(S.ASIDE, data, event, facts)


FORM = Form(
    QUESTIONS,
    send,
    (S.IDLE,),
    m.AGAIN,
    anything=("text", "location", "media"),
    empty=m.EMPTY,
    longest=LONGEST_WORDS,
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH, m.CHANGE_ONE),
)


DRAFT = Draft(
    FORM,
    S.IDLE,
    S.ASIDE,
    ("report",),
    _unfinished,
    m.ERASED,
    m.KEPT_LATER,
    _only_sent,
    caution=SAFER.caution(),
    several=frozenset({"kind", "finish"}),
)
ROWS = DRAFT.rows(
    {
        S.CHANNEL: {"to_signal": SAFER.to_signal(S.CHANNEL)},
        S.ROLE: {"leave": edge(DRAFT.erase, S.IDLE)},  # before the first answer
    }
)
TABLE: Table = {
    S.IDLE: {
        "report": edge(begin, S.CHANNEL, S.ROLE, S.IDLE),
        "withdraw": edge(ask_withdraw, S.IDLE),
        "withdraw_it": edge(withdraw, S.IDLE),
    },
    S.ASIDE: {
        **DRAFT.aside_row(),
        "to_signal": SAFER.to_signal(S.ASIDE),
        "sent": edge(listed, S.ASIDE),
        "withdraw": edge(ask_withdraw_aside, S.ASIDE),
        "withdraw_it": edge(withdraw_aside, S.ASIDE),
    },
    **ROWS,
}

FLOW = Flow(
    "report",
    TABLE,
    S.IDLE,
    DRAFT.recovers(begin),
    lobby=frozenset({S.IDLE}),
    jumps=frozenset({S.ASIDE, *FORM.rows()}),
    picks=FORM.picks(),
    key=lambda data: str(data.get("id", "")),
)
