"""A report, from its first file until it is withdrawn.

It belongs to whoever reported, and is sealed under a key of its own: withdrawing destroys that key.
How far it is verified, and which records tell of one event, is not decided here: the operator says
so (`onbelay record`), and no turn writes it. Whoever sent it may add to it for as long as it is
there (adding.py).
"""

from dataclasses import replace
from enum import StrEnum
from typing import Any

from flows.engine.flow import Flow, Table, edge
from flows.engine.model import Data, Event, Facts, Forget, Say, Step, Where
from flows.report import adding
from flows.report import messages as m
from flows.report.classes import MOST_EVIDENCE
from flows.report.classes import State as Verified

WHY_LOST = {"big": m.TOO_BIG, "many": m.TOO_MANY, "told": m.STILL_TELLS}
#: Of what was answered, what isn't part of a Record: it is read one by one, with a reason.
IN_WORDS = ("words", "told_by")
COUNTED = (
    "role", "cls", "kinds", "when", "time_precision", "place_precision", "country", "region",
    "city", "place", "perpetrator", "gender", "medium", "case", "application",
)  # fmt: skip


class State(StrEnum):
    #: Not sent yet: files come before that.
    NEW = "new"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


def record_row(state: str, data: Data) -> dict[str, Any] | None:
    """What is stored of an instance: `record` and `words` to be sealed under its key. `about`: the
    id of whom it happened to, where that is known. None before it is sent."""
    if state == State.NEW:
        return None
    row = {"created_at": data["sent_at"], "ended_at": data.get("ended_at")}
    if state == State.WITHDRAWN:
        return {**row, "state": str(Verified.WITHDRAWN), "record": None, "words": {}, "about": ""}
    given = data["answers"]
    record = {name: given[name] for name in COUNTED if given.get(name)}
    kept = {"evidence": data.get("evidence", []), "reported_at": data["sent_at"]}
    return {
        **row,
        "state": str(Verified.REPORTED),
        "record": {"id": data["id"], **record, **kept},
        "words": {
            **{name: given[name] for name in IN_WORDS if given.get(name)},
            **({"added": adding.added(data)} if adding.added(data) else {}),
        },
        "about": given.get("about") or (data["person"] if given["role"] == "journalist" else ""),
    }


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: id, answers (see asking.py). Files that are here already stay."""
    sent = {**data, **event.args, "person": event.person, "sent_at": event.received}
    return Step(State.KEPT, sent, adding.tell(sent, adding.LINKED))


def _kept(state: State, data: Data, event: Event) -> Step:
    """The hash of what arrived, and when it did; nobody can say later that it was another file."""
    seen = event.args["is"]
    evidence = data.get("evidence", [])
    if seen.get("sha256") and len(evidence) < MOST_EVIDENCE:
        evidence = [*evidence, [seen["kind"], seen["sha256"], seen["at"]]]
    return Step(state, {**data, "id": event.args["person"], "evidence": evidence})


def _lost(state: State, data: Data, event: Event, facts: Facts) -> Step:
    why = WHY_LOST.get(str(event.args["why"]), m.NOT_LOADED)
    lost = Say(m.FILE_LOST, {"why": why, "megabytes": facts.policy.megabytes})
    told = replace(lost, to=str(event.args["by"]), where=Where.FIRST)
    return Step(state, {**data, "id": event.args["person"]}, (told,))


def kept_before(data: Data, event: Event, facts: Facts) -> Step:
    return _kept(State.NEW, data, event)


def lost_before(data: Data, event: Event, facts: Facts) -> Step:
    return _lost(State.NEW, data, event, facts)


def kept(data: Data, event: Event, facts: Facts) -> Step:
    """One that was sent with the report and comes late is news as well."""
    return Step(State.KEPT, *adding.news(_kept(State.KEPT, data, event).data, event))


def lost(data: Data, event: Event, facts: Facts) -> Step:
    return _lost(State.KEPT, data, event, facts)


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """Nothing of it is left but that it was there."""
    gone, told = Forget(data["id"]), adding.tell(data, adding.WITHDRAWN)
    left = {"sent_at": data["sent_at"], "ended_at": event.received}
    return Step(State.WITHDRAWN, left, (gone, *told))


def add(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.KEPT, *adding.ask(data, event))


def added(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.KEPT, *adding.take(data, event))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: it is kept as it is."""
    return Step(State.KEPT if data.get("sent_at") else State.NEW, data)


S = State
TABLE: Table = {
    S.NEW: {
        "kept": edge(kept_before, S.NEW),
        "lost": edge(lost_before, S.NEW),
        "start": edge(start, S.KEPT),
    },
    S.KEPT: {
        "kept": edge(kept, S.KEPT),
        "lost": edge(lost, S.KEPT),
        "withdraw": edge(withdraw, S.WITHDRAWN),
        "add": edge(add, S.KEPT),
        "text": edge(added, S.KEPT),
        "media": edge(added, S.KEPT),
    },
    S.WITHDRAWN: {},
}

FLOW = Flow(
    "record",
    TABLE,
    S.NEW,
    recover,
    lobby=frozenset({S.KEPT}),
    key=lambda data: str(data.get("id", "")),
)
