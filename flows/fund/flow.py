"""Asking a fund for help: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the request is an instance of its own (application.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
"""

from collections.abc import Mapping

from flows.engine.draft import BOTH, DAY, HERE, SPAN, STOP, Caution, Draft, drawn
from flows.engine.flow import Flow, Handler, Table, edge
from flows.engine.messages import Line, Message, Moment, Span, Value
from flows.engine.model import (
    LINK_LASTS,
    Application,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Say,
    SetProfile,
    Signal,
    Step,
)
from flows.engine.questionnaire import Form, Review
from flows.fund import form_messages as m
from flows.fund.asking import QUESTIONS, others_can_read
from flows.fund.form import PREFERRED, State, answers, fund_of
from flows.fund.terms import said

CODE_LASTS = 400 * DAY  #: ms in which the private code shows what became of it
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
    fresh: Data = {
        "id": drawn(facts, "application", NUMBER, "F"),
        "on": event.channel,
        "answers": {},
    }
    if len(funds) == 1:
        fresh["fund"] = next(iter(funds))
    return DRAFT.begin(fresh, event, facts)


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


def _unfinished(data: Data, facts: Facts) -> tuple[Effect, ...]:
    """`fund` or `status`, with a draft: it goes on, or is erased."""
    mine = [a for a in facts.applications if a.person == facts.person.id]
    fund = fund_of(data, facts)
    args: dict[str, Value] = {**SPAN, "name": said(fund.name, facts.person.lang) if fund else ""}
    return (*((_yours(mine),) if mine else ()), Say(m.UNFINISHED, args, BOTH))


def to_signal(state: State) -> Handler:
    """Their answers are the same there: it is one person."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        if PREFERRED in facts.person.channels:
            return Step(state, data, (Say(m.SIGNAL_KNOWN),))
        code = drawn(facts, "link", CODE)
        link = facts.contacts.get(PREFERRED, "").replace("{code}", code)
        args: dict[str, Value] = {"code": code, "link": link, "span": Span(LINK_LASTS)}
        return Step(state, data, (SetProfile("link", code), Say(m.SIGNAL_CODE, args)))

    return handler


def warn(data: Data, event: Event, facts: Facts) -> tuple[Effect, ...]:
    choices = (Choice(m.TO_SIGNAL, "to_signal"), Choice(m.HERE, "start", HERE))
    return (Say(m.ON_TELEGRAM, choices=choices),)


# ---------------------------------------------------------------- the end


def send(data: Data, event: Event, facts: Facts) -> Step:
    """From here on officers see it. The number is for talking about it, the code for asking."""
    fund = fund_of(data, facts)
    first = fund.deadlines.first_answer if fund else DAY
    code = drawn(facts, "status", CODE)
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
            *STOP,
            Signal("application", data["id"], "start", given),
            SetProfile("status", [code, data["id"], until]),
            receipt,
        ),
    )


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
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH_ONE, m.CHANGE_ONE),
)


DRAFT = Draft(
    FORM,
    S.IDLE,
    S.ASIDE,
    ("fund", "status"),
    _unfinished,
    m.ERASED,
    caution=Caution(others_can_read, warn, frozenset({S.FUND, S.CHANNEL})),
)
ROWS = DRAFT.rows(
    {
        S.CHANNEL: {"to_signal": edge(to_signal(S.CHANNEL), S.CHANNEL)},
        S.BEGIN: {"leave": edge(DRAFT.erase, S.IDLE)},  # before the first answer
    }
)
TABLE: Table = {
    S.IDLE: {
        "fund": edge(begin, S.FUND, S.CHANNEL, S.BEGIN, S.IDLE),
        "status": edge(status, S.IDLE),
    },
    S.ASIDE: {**DRAFT.aside_row(), "to_signal": edge(to_signal(S.ASIDE), S.ASIDE)},
    **ROWS,
}

FLOW = Flow(
    "fund",
    TABLE,
    S.IDLE,
    recover,
    lobby=frozenset({S.IDLE}),
    jumps=frozenset({S.ASIDE, *FORM.rows()}),
    key=lambda data: str(data.get("id", "")),
)
