"""Asking a fund for help: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the request is an instance of its own (application.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from flows.engine.flow import Edge, Flow, Handler, Table, edge
from flows.engine.messages import Line, Message, Moment
from flows.engine.model import (
    Application,
    CancelTimer,
    Choice,
    Data,
    Event,
    Facts,
    Forget,
    Lane,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.engine.questionnaire import Form, Review
from flows.fund import form_messages as m
from flows.fund.asking import QUESTIONS
from flows.fund.form import PREFERRED, State, answers, fund_of, without
from flows.fund.terms import said

DAY = 86_400_000
RECALLED = 3 * DAY  #: ms after the last answer
ERASED = 30 * DAY
CODE_LASTS = 400 * DAY  #: ms in which the private code shows what became of it
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: no look-alikes
CODE, NUMBER = 10, 5  #: letters
S = State
STATES: Mapping[str, Message] = {
    "submitted": m.STATE_SENT,
    "withdrawn": m.STATE_WITHDRAWN,
    "closed": m.STATE_DECIDED,
    "declined": m.STATE_DECIDED,
}


# ---------------------------------------------------------------- to and from the form


def begin(data: Data, event: Event, facts: Facts) -> Step:
    """`fund`: what was sent already, or the first question."""
    mine = [a for a in facts.applications if a.person == facts.person.id]
    if mine and event.arg != "new":
        return Step(S.IDLE, data, (_yours(mine),))
    return new(data, event, facts)


def new(data: Data, event: Event, facts: Facts) -> Step:
    funds = facts.policy.funds
    if not funds:
        human = Choice(m.HUMAN, "human", to=("guidance", event.person), always=True)
        return Step(S.IDLE, data, (Say(m.NO_FUND, choices=(human,)),))
    fresh: Data = {"id": _drawn(facts), "on": event.channel, "answers": {}}
    if len(funds) == 1:
        fresh["fund"] = next(iter(funds))
    return _timed(FORM.first(fresh, event, facts), event)


def _drawn(facts: Facts) -> str:
    letters = (ALPHABET[b % len(ALPHABET)] for b in facts.draw("application", NUMBER))
    return "F" + "".join(letters)


def _yours(mine: list[Application]) -> Say:
    lines = tuple(
        Line(
            m.ONE,
            {
                "id": a.id,
                "at": Moment(a.submitted_at, "full"),
                "state": STATES.get(a.state, m.STATE_READ),
            },
        )
        for a in mine
    )
    open_ones = (a for a in mine if a.state not in ("withdrawn", "closed"))
    shown = tuple(
        Choice(m.SHOW, "status", args={"id": a.id}, to=("application", a.id), always=True)
        for a in open_ones
    )
    again = Choice(m.NEW, "fund", "new", always=True)
    return Say(m.YOURS, {"lines": lines}, (*shown, again))


def status(data: Data, event: Event, facts: Facts) -> Step:
    """`status`, from an address of theirs: no code is needed."""
    mine = [a for a in facts.applications if a.person == facts.person.id]
    return Step(S.IDLE, data, (_yours(mine) if mine else Say(m.NONE_YET),))


def aside(state: State) -> Handler:
    """`fund` or `status`, with a draft: it goes on, or is erased."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        mine = [a for a in facts.applications if a.person == facts.person.id]
        sent = (_yours(mine),) if mine else ()
        kept = {**data, "at": str(state), "on": event.channel}
        return Step(S.ASIDE, kept, (*sent, _unfinished(data, facts)))

    return handler


def _unfinished(data: Data, facts: Facts, recalled: bool = False) -> Say:
    fund = fund_of(data, facts)
    args = {"name": said(fund.name, facts.person.lang) if fund else ""}
    choices = (Choice(m.GO_ON, "start"), Choice(m.ERASE, "erase"))
    if recalled:
        return Say(m.WAITS, {}, choices, lane=Lane.ROUTINE, where=Where.FIRST)
    return Say(m.UNFINISHED, args, choices)


def go_on(data: Data, event: Event, facts: Facts) -> Step:
    state = State(data["at"])
    kept = without(data, "at")
    step = FORM.reviewed(kept) if state is S.REVIEW else FORM.ask(state, kept, event, facts)
    return _timed(step, event)


def still(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.ASIDE, data, (_unfinished(data, facts),))


def to_signal(data: Data, event: Event, facts: Facts) -> Step:
    """Their answers are the same there: it is one person."""
    if PREFERRED in facts.person.channels:
        return Step(S.CHANNEL, data, (Say(m.SIGNAL_KNOWN),))
    code = "".join(ALPHABET[b % len(ALPHABET)] for b in facts.draw("link", CODE))
    link = facts.contacts.get(PREFERRED, "").replace("{code}", code)
    said_so = Say(m.SIGNAL_CODE, {"code": code, "link": link})
    return Step(S.CHANNEL, data, (SetProfile("link", code), said_so))


def ask_erase(data: Data, event: Event, facts: Facts) -> Step:
    choices = (Choice(m.ERASE, "erase_it"), Choice(m.KEEP, "start"))
    return Step(S.ASIDE, data, (Say(m.REALLY_ERASE, choices=choices),))


def erase(data: Data, event: Event, facts: Facts) -> Step:
    stop = (CancelTimer("recall"), CancelTimer("erase"))
    return Step(S.IDLE, {}, (Forget(data["id"]), *stop, Say(m.ERASED)))


def leave(data: Data, event: Event, facts: Facts) -> Step:
    """Before the first answer: nothing is kept."""
    return erase(data, event, facts)


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
        return Step(S.ASIDE, {**data, "at": str(state)}, (_unfinished(data, facts, recalled=True),))

    return handler


def still_aside(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.ASIDE, data, (_unfinished(data, facts, recalled=True),))


def too_late(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.IDLE, {}, (Forget(data["id"]), CancelTimer("recall")))


# ---------------------------------------------------------------- the end


def send(data: Data, event: Event, facts: Facts) -> Step:
    """From here on officers see it. The number is for talking about it, the code for asking."""
    fund = fund_of(data, facts)
    first = fund.deadlines.first_answer if fund else DAY
    code = "".join(ALPHABET[b % len(ALPHABET)] for b in facts.draw("status", CODE))
    given = {
        "id": data["id"],
        "fund": data["fund"],
        "case": answers(data).get("case", ""),
        "answers": answers(data),
        "lang": facts.person.lang,
    }
    due = Moment(event.received + first, "full")
    receipt = Say(m.RECEIPT, {"id": data["id"], "due": due, "code": code})
    until = event.received + CODE_LASTS
    return Step(
        S.IDLE,
        {},
        (
            CancelTimer("recall"),
            CancelTimer("erase"),
            Signal("application", data["id"], "start", given),
            SetProfile("status", [code, data["id"], until]),
            receipt,
        ),
    )


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A question that this version no longer has: the first that isn't answered, or the review."""
    if not data.get("id"):
        return begin(data, event, facts)
    data = without(data, "part")
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
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH_ONE, m.CHANGE_ONE),
)


def _row(state: State, row: Mapping[str, Edge]) -> dict[str, Edge]:
    """A question's own triggers, and what works at every question."""
    asked = {
        trigger: Edge(_keeping(found.handler), found.targets)
        for trigger, found in row.items()
        if trigger != "start"  # a draft that was left is gone on with from aside
    }
    more = {
        "fund": edge(aside(state), S.ASIDE),
        "status": edge(aside(state), S.ASIDE),
        "timer.recall": edge(recalled(state), S.ASIDE),
    }
    if state is S.CHANNEL:
        more["to_signal"] = edge(to_signal, S.CHANNEL)
    if state is S.BEGIN:
        more["leave"] = edge(leave, S.IDLE)
    return {**asked, **more}


ROWS: dict[StrEnum, dict[str, Edge]] = {
    State(state): _row(State(state), row) for state, row in FORM.rows().items()
}
TABLE: Table = {
    S.IDLE: {
        "fund": edge(begin, S.FUND, S.CHANNEL, S.BEGIN, S.IDLE),
        "status": edge(status, S.IDLE),
    },
    S.ASIDE: {
        "start": edge(go_on, *ROWS),
        "fund": edge(still, S.ASIDE),
        "status": edge(still, S.ASIDE),
        "erase": edge(ask_erase, S.ASIDE),
        "erase_it": edge(erase, S.IDLE),
        "timer.recall": edge(still_aside, S.ASIDE),
        "timer.erase": edge(too_late, S.IDLE),
    },
    **ROWS,
}

FLOW = Flow(
    "fund",
    TABLE,
    S.IDLE,
    recover,
    lobby=frozenset({S.IDLE}),
    key=lambda data: str(data.get("id", "")),
)
