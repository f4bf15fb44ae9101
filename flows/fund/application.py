"""A request to a fund, from its receipt to the last report about the grant.

It belongs to whoever asked, and is sealed under a key of its own: withdrawing destroys that key.

Rules for whoever edits this:
- A machine finds, people decide: a finding is never a refusal.
- Two different people approve or decline, and never one about themselves or with a conflict.
- To an officer with a conflict the request doesn't exist.
- Every answer that is owed has a timer.
"""

from enum import StrEnum

from flows.engine.flow import Flow, Table, edge
from flows.engine.model import Data, Event, Facts, Forget, Step


class State(StrEnum):
    NEW = "new"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


def application_row(state: str, data: Data) -> dict[str, object]:
    """What lists show of an instance; nothing of what it says."""
    return {
        "fund": data["fund"],
        "kind": data["case"],
        "state": state,
        "holder": data.get("holder", ""),
        "conflicts": " ".join(data.get("conflicts", ())),
        "submitted_at": data["submitted_at"],
        "due_at": data.get("due_at"),
        "ended_at": data.get("ended_at"),
    }


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: id, fund, case, answers (see flows/fund/flow.py)."""
    given = dict(event.args)
    return Step(State.SUBMITTED, {**given, "person": event.person, "submitted_at": event.received})


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """Nothing of it is left but that it was there."""
    kept = {k: data[k] for k in ("fund", "case", "submitted_at")}
    gone = Forget(data["id"])
    return Step(State.WITHDRAWN, {**kept, "ended_at": event.received}, (gone,))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: as if it had just come in."""
    return Step(State.SUBMITTED, data)


S = State
TABLE: Table = {
    S.NEW: {"start": edge(start, S.SUBMITTED)},
    S.SUBMITTED: {"withdraw": edge(withdraw, S.WITHDRAWN)},
    S.WITHDRAWN: {},
}

FLOW = Flow(
    "application",
    TABLE,
    S.NEW,
    recover,
    lobby=frozenset({S.SUBMITTED}),
    key=lambda data: str(data.get("id", "")),
)
