"""Asking a fund for help: the form of one person, from the first question to the receipt.

- One draft at a time, sealed under a key of its own, which is destroyed with it; once it is sent,
  the request is an instance of its own (application.py) under the same key.
- Every answer is kept at once. Coming back, from any address, goes on where it stopped.
- A draft that nobody touches is recalled once and then erased.
"""

from collections.abc import Mapping

from flows.engine.draft import BOTH, DAY, SPAN, STOP, WAIT, Draft, drawn
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Message, Moment, Value
from flows.engine.model import (
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
from flows.engine.safer import CODE
from flows.fund import form_messages as m
from flows.fund.asking import QUESTIONS, SAFER
from flows.fund.form import LONGEST, State, answers, fund_of
from flows.fund.terms import said

CODE_LASTS = 400 * DAY  #: ms in which the private code shows what became of it
NUMBER = 5  #: letters
EXAMPLE = "K7Q2M XAV84"  #: how a private code looks
S = State
STATES: Mapping[str, Message] = {
    "submitted": m.STATE_SENT,
    "approved": m.STATE_APPROVED,
    "payout": m.STATE_PAYOUT,
    "paid": m.STATE_PAID,
    "report": m.STATE_REPORT,
    "withdrawn": m.STATE_WITHDRAWN,
    "closed": m.STATE_DECIDED,
    "declined": m.STATE_DECIDED,
}


#: Of one that waits for the person, what it waits for.
WAITS = {"question": m.STATE_ASKED, "payout": m.STATE_APPROVED}

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
                "state": WAITS.get(a.asks) or STATES.get(a.state, m.STATE_READ),
            },
        )
        for a in mine
    )
    shown = tuple(
        Choice(m.SHOW, "status", args={"id": a.id}, to=("application", a.id), always=True)
        for a in mine
        if a.state != "withdrawn"
    )
    answers_ = tuple(
        Choice(m.ANSWER_IT, "ask", "answer", {"id": a.id}, to=("application", a.id), always=True)
        for a in mine
        if a.asks == "question"
    )
    again = Choice(m.NEW, "fund", "new", always=True)
    return Say(m.YOURS, {"lines": lines}, (*answers_, *shown, again))


def status(data: Data, event: Event, facts: Facts) -> Step:
    """`status`, from an address of theirs: no code is needed. With a request's id: that one. A
    code that is known never comes here (bot/strangers.py)."""
    if named := _named(event, facts):
        return Step(S.IDLE, data, named)
    mine = [a for a in facts.applications if a.person == facts.person.id]
    return Step(S.IDLE, data, (_yours(mine) if mine else Say(m.NONE_YET),))


def _named(event: Event, facts: Facts) -> tuple[Effect, ...]:
    """What stands behind `status`: one of theirs, or what nobody knows."""
    wanted = facts.words.normal(event.arg).replace(" ", "").upper()
    if event.trigger != "status" or not wanted:
        return ()
    mine = {a.id for a in facts.applications if a.person == facts.person.id}
    gone = {a.id for a in facts.applications if a.state == "withdrawn"}
    if wanted in mine - gone:
        return (Signal("application", wanted, "status"),)
    return () if wanted in mine else (Say(m.NO_CODE, {"example": EXAMPLE}),)


def _unfinished(data: Data, event: Event, facts: Facts) -> tuple[Effect, ...]:
    """`fund` or `status`, with a draft: it goes on, or is erased."""
    named = _named(event, facts)
    mine = [a for a in facts.applications if a.person == facts.person.id]
    fund = fund_of(data, facts)
    args: dict[str, Value] = {**SPAN}
    waits = Say(m.UNFINISHED_BARE, args, (*BOTH, WAIT))  # it isn't said yet which fund
    if fund:
        waits = Say(
            m.UNFINISHED, {**args, "name": said(fund.name, facts.person.lang)}, (*BOTH, WAIT)
        )
    return (*(named or ((_yours(mine),) if mine else ())), waits)


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


FORM = Form(
    QUESTIONS,
    send,
    (S.IDLE,),
    m.AGAIN,
    anything=("text", "location", "media"),
    empty=m.EMPTY,
    longest=LONGEST["what"],
    review=Review(S.REVIEW, m.REVIEW, m.LINE, m.SEND, m.CHANGE, m.WHICH_ONE, m.CHANGE_ONE),
)


DRAFT = Draft(
    FORM,
    S.IDLE,
    S.ASIDE,
    ("fund", "status"),
    _unfinished,
    m.ERASED,
    m.KEPT_LATER,
    caution=SAFER.caution(),
)
ROWS = DRAFT.rows(
    {
        S.CHANNEL: {"to_signal": SAFER.to_signal(S.CHANNEL)},
        S.BEGIN: {"leave": edge(DRAFT.erase, S.IDLE)},  # before the first answer
    }
)
TABLE: Table = {
    S.IDLE: {
        "fund": edge(begin, S.FUND, S.CHANNEL, S.BEGIN, S.IDLE),
        "status": edge(status, S.IDLE),
    },
    S.ASIDE: {**DRAFT.aside_row(), "to_signal": SAFER.to_signal(S.ASIDE)},
    **ROWS,
}

FLOW = Flow(
    "fund",
    TABLE,
    S.IDLE,
    DRAFT.recovers(begin),
    lobby=frozenset({S.IDLE}),
    jumps=frozenset({S.ASIDE, *FORM.rows()}),
    picks=FORM.picks(),
    key=lambda data: str(data.get("id", "")),
)
