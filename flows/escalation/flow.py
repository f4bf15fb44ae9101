"""Escalation: a case from its first call until a human closes it.

Two clocks run while nobody has the case: the phase (wording and urgency; lengths per risk
profile) and the ladder (who is called; `after` counts from the opening, a new phase starts it
again). Panic and distress call every step at once. An acknowledgement pauses both until it
expires; any action on the case renews it. Repeats don't end by themselves.

Rules for whoever edits this:
- Nobody receives a case about themselves; that nobody acts on one either is the carrier's to see
  to (bot.carry), before anything reaches this flow.
- A step that reaches nobody is skipped at once, and says so. Unproven addresses are tried and
  don't count.
- An answer stands people down, it doesn't close: only a person closes a case.
- A silent case never says anything to the person concerned, nor signals their flows.
- What a coordinator writes to the person goes through the line to a human, without a name.
- Whom the person chose alone is called, and nobody is told that the case exists but them.

Told by who acts: we call (`calling.py`), `coordinators.py`, the person meanwhile (`heard.py`). What
they share is in `state.py`, the body of an alert in `lines.py`.
"""

from flows.engine.flow import Flow, Table, edge
from flows.engine.model import Data, Event, Facts, Log, Phase, Step
from flows.escalation import calling, coordinators, heard
from flows.escalation import messages as m
from flows.escalation.state import State


def case_row(state: str, data: Data) -> dict[str, object]:
    """What lists and `case list --json` show of an instance."""
    held = "acknowledged" if data.get("holder") else "open"
    shown = {"new": "open", "answered": held}
    return {
        "kind": data["kind"],
        "phase": data["phase"],
        "state": shown.get(state, state),
        "silent": data["silent"],
        "only": data.get("only", ""),
        "line": bool(data.get("line")),
        "discreet": bool(data.get("guide", {}).get("discreet")),
        "quiet": state in (State.ACKNOWLEDGED, State.ANSWERED),
        "opened_at": data["opened_at"],
        "acknowledged_by": data.get("first_holder", ""),
        "acknowledged_at": data.get("acknowledged_at"),
        "closed_at": data.get("closed_at"),
        "outcome": data.get("outcome", ""),
    }


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: call everybody again rather than nobody."""
    return calling.begin_phase(data, event, facts, Phase.DISTRESS, (Log("recovered"),), m.ALERT)


# ---------------------------------------------------------------- the table

S = State
TABLE: Table = {
    S.NEW: {"start": edge(calling.start, S.OPEN)},
    S.OPEN: {
        "timer.step": edge(calling.next_step, S.OPEN),
        "timer.phase": edge(calling.next_phase, S.OPEN),
        "timer.repeat": edge(calling.repeat, S.OPEN),
        "ack": edge(coordinators.acknowledge, S.ACKNOWLEDGED),
        "take": edge(coordinators.acknowledge, S.ACKNOWLEDGED),
        "note": edge(coordinators.note, S.OPEN),
        "say": edge(coordinators.say, S.ACKNOWLEDGED, S.OPEN),
        "handover": edge(coordinators.handover, S.OPEN),
        "escalate": edge(coordinators.escalate, S.OPEN),
        "close": edge(coordinators.close, S.CLOSED, S.OPEN),
        "text": edge(coordinators.told_how, S.OPEN),
        "show": edge(coordinators.show, S.OPEN),
        "heard": edge(heard.heard, S.OPEN),
        "kept": edge(heard.kept, S.OPEN),
        "lost": edge(heard.lost, S.OPEN),
        "guided": edge(heard.guided, S.OPEN),
        "record": edge(heard.recorded, S.OPEN),
        "fell_silent": edge(heard.fell_silent, S.OPEN),
        "wants": edge(heard.wants, S.OPEN),
        "left": edge(heard.left, S.ANSWERED, S.OPEN),
        "widened": edge(heard.widened, S.OPEN),
        "moved": edge(heard.moved, S.OPEN),
        "again": edge(heard.again, S.OPEN),
        "missed": edge(heard.missed, S.OPEN),
        "answered": edge(heard.answered, S.ANSWERED, S.OPEN),
        "cancelled": edge(heard.cancelled, S.OPEN),
        "silenced": edge(heard.silenced, S.OPEN),
        "unreachable": edge(calling.unreachable, S.OPEN),
    },
    S.ACKNOWLEDGED: {
        "timer.ack": edge(calling.expired, S.OPEN),
        "timer.follow": edge(calling.follow_up, S.ACKNOWLEDGED),
        "ack": edge(coordinators.acknowledge, S.ACKNOWLEDGED),
        "take": edge(coordinators.acknowledge, S.ACKNOWLEDGED),
        "note": edge(coordinators.note, S.ACKNOWLEDGED),
        "say": edge(coordinators.say, S.ACKNOWLEDGED),
        "handover": edge(coordinators.handover, S.ACKNOWLEDGED),
        "escalate": edge(coordinators.escalate, S.OPEN),
        "close": edge(coordinators.close, S.CLOSED, S.ACKNOWLEDGED),
        "text": edge(coordinators.told_how, S.ACKNOWLEDGED),
        "show": edge(coordinators.show, S.ACKNOWLEDGED),
        "heard": edge(heard.heard, S.ACKNOWLEDGED),
        "kept": edge(heard.kept, S.ACKNOWLEDGED),
        "lost": edge(heard.lost, S.ACKNOWLEDGED),
        "guided": edge(heard.guided, S.ACKNOWLEDGED),
        "record": edge(heard.recorded, S.ACKNOWLEDGED),
        "fell_silent": edge(heard.fell_silent, S.ACKNOWLEDGED),
        "wants": edge(heard.wants, S.ACKNOWLEDGED),
        "left": edge(heard.left, S.ANSWERED, S.ACKNOWLEDGED),
        "moved": edge(heard.moved, S.ACKNOWLEDGED),
        "again": edge(heard.again, S.ACKNOWLEDGED, S.OPEN),
        "missed": edge(heard.missed, S.ACKNOWLEDGED),
        "answered": edge(heard.answered, S.ANSWERED, S.ACKNOWLEDGED),
        "cancelled": edge(heard.cancelled, S.ACKNOWLEDGED),
        "silenced": edge(heard.silenced, S.ACKNOWLEDGED),
        "unreachable": edge(calling.unreachable, S.ACKNOWLEDGED, S.OPEN),
    },
    S.ANSWERED: {
        "ack": edge(coordinators.acknowledge, S.ANSWERED),
        "take": edge(coordinators.acknowledge, S.ANSWERED),
        "note": edge(coordinators.note, S.ANSWERED),
        "say": edge(coordinators.say, S.ANSWERED),
        "handover": edge(coordinators.handover, S.ANSWERED),
        "escalate": edge(coordinators.escalate, S.OPEN),
        "close": edge(coordinators.close, S.CLOSED, S.ANSWERED),
        "text": edge(coordinators.told_how, S.ANSWERED),
        "show": edge(coordinators.show, S.ANSWERED),
        "heard": edge(heard.heard, S.ANSWERED),
        "kept": edge(heard.kept, S.ANSWERED),
        "lost": edge(heard.lost, S.ANSWERED),
        "guided": edge(heard.guided, S.ANSWERED),
        "record": edge(heard.recorded, S.ANSWERED),
        "wants": edge(heard.wants, S.OPEN),
        "missed": edge(heard.missed, S.OPEN),
        "unreachable": edge(calling.unreachable, S.ANSWERED),
    },
    S.CLOSED: {},
}

FLOW = Flow("escalation", TABLE, S.NEW, recover, sees_silent=True)
