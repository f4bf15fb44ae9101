"""A request to a fund, from its receipt to the last report about the grant.

It belongs to whoever asked, and is sealed under a key of its own: withdrawing destroys that key.

Rules for whoever edits this:
- A machine finds, people decide: a finding is never a refusal.
- Two different people approve or decline, and never one about themselves or with a conflict.
- To an officer with a conflict the request doesn't exist.
- Every answer that is owed has a timer.
- What it says, officers read on Signal only, unless the fund says otherwise (`discreet.py`).
- Where to pay is asked for on Signal, shown to who pays, and destroyed once it is paid
  (`accounts.py`).

Told by who acts: the `applicant` (whose `consent` decides what is shared), officers who are
`vetting` and `deciding`, who is `paying`, and time (`deadlines`). What they share is in
`request.py`, what an officer reads in `views.py`, which words answer which question in
`answering.py`.
"""

from flows.engine.flow import Edge, Flow, Table, edge
from flows.engine.model import Data, Event, Facts, Step
from flows.fund import (
    answering,
    applicant,
    conflicts,
    consent,
    deadlines,
    deciding,
    papers,
    payers,
    paying,
    undoing,
    vetting,
    views,
)
from flows.fund.accounts import destroying, parted
from flows.fund.deadlines import next_due
from flows.fund.discreet import discreet
from flows.fund.inviting import refer
from flows.fund.referees import referees
from flows.fund.request import (
    State,
    by_applicant,
    by_officer,
    dangerous,
    stay,
    waits_for,
)
from flows.fund.where_to_write import safely


def application_row(state: str, data: Data) -> dict[str, object]:
    """What lists show of an instance; nothing of what it says."""
    waits = waits_for({**data, "state": state})
    return {
        "fund": data["fund"],
        "kind": data["case"],
        "state": state,
        "holder": data.get("holder", ""),
        "conflicts": " ".join(data.get("conflicts", ())),
        "submitted_at": data["submitted_at"],
        "due_at": next_due({**data, "state": state}),
        "granted_at": data.get("granted_at"),
        "ended_at": data.get("ended_at"),
        "asks": waits if waits and not dangerous(data) else "",
    }


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: a human looks at it again."""
    return stay({**data, "state": str(State.SUBMITTED)})


# ---------------------------------------------------------------- the table

S = State
show, take, ask = by_officer(views.show, paying.pay_it), by_officer(vetting.take), answering.ask
decide, close = by_officer(deciding.decide), by_officer(paying.close)
conflict, undo = conflicts.conflict, by_officer(undoing.confirmed)
status, add, reply, withdraw, payout, share = map(
    by_applicant,
    (
        applicant.status, safely(applicant.add), answering.reply, applicant.withdraw, paying.payout,
        consent.change,
    ),
)  # fmt: skip
first, decision = deadlines.owed("first"), deadlines.owed("decision")


def seen(state: State) -> dict[str, Edge]:
    """To the end: an officer looks at it; the applicant asks how it stands, changes what may be
    shared, or withdraws it; the operator tells something about it."""
    return {
        "show": edge(show, state),
        "status": edge(status, state),
        "consent": edge(share, state),
        "withdraw": edge(withdraw, S.WITHDRAWN, state),
        "told": edge(papers.told, state),
    }


def worked(state: State, *leads_to: State, asks: tuple[State, ...] = ()) -> dict[str, Edge]:
    """Until the end: questions, and the words that answer them. `asks`: where a button leads."""
    return {
        "ask": edge(ask, state, *asks),
        "text": edge(answering.words, state, *leads_to),
    }


def added(state: State, *leads_to: State) -> dict[str, Edge]:
    """While officers may ask something: additions, and answers nobody waited for."""
    return {**more(state), "reply": edge(reply, state, *leads_to)}


def more(state: State) -> dict[str, Edge]:
    """Until it is closed: additions, with files."""
    return {
        "add": edge(add, state),
        "media": edge(answering.words, state),
        "kept": edge(applicant.kept, state),
        "lost": edge(applicant.lost, state),
    }


def filed(state: State, *leads_to: State) -> dict[str, Edge]:
    """Until it is decided: also linked reports, and what referees say."""
    return {
        **added(state),
        "record": edge(applicant.recorded, state),
        "timer.first": edge(first, state),
        "timer.decision": edge(decision, state),
        "refer": edge(refer, state),
        "pick": edge(answering.picked, state, *leads_to),
        "timer.referees": edge(deadlines.silent_referees, state),
    }


_TABLE: Table = {
    S.NEW: {"start": edge(applicant.start, S.SUBMITTED)},
    S.SUBMITTED: {
        **seen(S.SUBMITTED), **worked(S.SUBMITTED), **filed(S.SUBMITTED),
        "take": edge(take, S.VETTING, S.SUBMITTED),
        "conflict": edge(conflict, S.SUBMITTED),
    },
    S.VETTING: {
        **seen(S.VETTING), **worked(S.VETTING, S.RECOMMENDED),
        **filed(S.VETTING, S.RECOMMENDED),
        "take": edge(take, S.VETTING),
        "conflict": edge(conflict, S.VETTING, S.SUBMITTED),
    },
    S.RECOMMENDED: {
        **seen(S.RECOMMENDED),
        **filed(S.RECOMMENDED, S.APPROVED, S.DECLINED, S.VETTING),
        **worked(S.RECOMMENDED, S.APPROVED, S.DECLINED, S.VETTING),
        "decide": edge(decide, S.RECOMMENDED),
        "conflict": edge(conflict, S.RECOMMENDED, S.VETTING, S.SUBMITTED),
    },
    S.APPROVED: {
        **seen(S.APPROVED), **worked(S.APPROVED, S.CLOSED, S.PAYOUT),
        **added(S.APPROVED, S.PAYOUT),
        "pick": edge(answering.picked, S.APPROVED),  # by who decided a moment too late
        "undo": edge(undo, S.VETTING, S.APPROVED),
        "payout": edge(payout, S.PAYOUT, S.APPROVED),
        "timer.pay": edge(paying.not_paid, S.APPROVED),
        "conflict": edge(conflict, S.APPROVED, S.SUBMITTED),
    },
    S.PAYOUT: {
        **seen(S.PAYOUT), **worked(S.PAYOUT, S.CLOSED, asks=(S.PAID,)),
        **added(S.PAYOUT),
        "undo": edge(undo, S.VETTING, S.PAYOUT),
        "payout": edge(payout, S.PAYOUT),
        "where": edge(paying.see, S.PAYOUT),
        "checked": edge(payers.checked, S.PAYOUT),
        "pick": edge(answering.picked, S.PAYOUT),
        "timer.pay": edge(paying.not_paid, S.PAYOUT),
        "conflict": edge(conflict, S.PAYOUT, S.SUBMITTED),
    },
    S.PAID: {
        **seen(S.PAID), **worked(S.PAID), **added(S.PAID),
        "missing": edge(paying.missing, S.PAYOUT, S.PAID),
        "timer.report": edge(paying.owed, S.REPORT),
        "conflict": edge(conflict, S.PAID),
    },
    S.REPORT: {
        **seen(S.REPORT), **worked(S.REPORT), **added(S.REPORT),
        "missing": edge(paying.missing, S.PAYOUT, S.REPORT),
        "close": edge(close, S.CLOSED, S.REPORT),
        "timer.report": edge(paying.still_owed, S.REPORT),
        "conflict": edge(conflict, S.REPORT),
    },
    S.DECLINED: {
        **seen(S.DECLINED), **worked(S.DECLINED, S.SUBMITTED), **more(S.DECLINED),
        "timer.close": edge(paying.lapsed, S.CLOSED),
        "conflict": edge(conflict, S.DECLINED, S.SUBMITTED),
    },
    S.CLOSED: {**seen(S.CLOSED), **worked(S.CLOSED)},
    S.WITHDRAWN: {},
}  # fmt: skip
TABLE: Table = {
    state: {
        trigger: discreet(each if state is S.NEW else destroying(conflicts.noticing(each)))
        for trigger, each in edges.items()
    }
    for state, edges in _TABLE.items()
}


def _reaches(data: Data) -> tuple[str, ...]:
    """How the referees and who asks are reached: somebody whom we can write to, or an officer."""
    asks = data.get("answers", {}).get("applicant")
    people = [*referees(data), *([asks] if isinstance(asks, dict) else [])]
    return tuple(str(each["reach"]) for each in people if each.get("reach"))


FLOW = Flow(
    "application",
    TABLE,
    S.NEW,
    recover,
    version=2,
    upgrade=parted,
    lobby=frozenset({S.CLOSED}),
    key=lambda data: str(data.get("id", "")),
    reaches=_reaches,
)

__all__ = ["FLOW", "TABLE", "State", "application_row"]
