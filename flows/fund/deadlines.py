"""What is owed by when. Half way somebody is reminded; late, all officers are called, and then the
coordinators, who learn only that a request waits."""

from flows.engine.flow import Handler
from flows.engine.messages import Message, Moment, Value
from flows.engine.model import Data, Effect, Event, Facts, Lane, Say, SetTimer, Step, Where
from flows.fund import desk_messages as m
from flows.fund.referees import waiting
from flows.fund.request import (
    HOUR,
    OPEN,
    State,
    fund_of,
    holder_or_all,
    officers,
    stay,
    tell,
)

#: What is owed to the applicant, and its names.
OWED: dict[str, Message] = {"first": m.FIRST_ANSWER, "decision": m.A_DECISION}


def lengths(data: Data, facts: Facts) -> dict[str, int]:
    deadlines = fund_of(data, facts).deadlines
    return {"first": deadlines.first_answer, "decision": deadlines.decision}


def begin(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[SetTimer, ...]]:
    """Both run from now."""
    now, long = event.received, lengths(data, facts)
    due = {name: now + ms for name, ms in long.items()}
    timers = tuple(SetTimer(name, now + ms // 2) for name, ms in long.items())
    return {**data, "due": {**data["due"], **due}, "late": {}}, timers


def owed(name: str) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        due, what = data["due"][name], OWED[name]
        args: dict[str, Value] = {"what": what, "due": Moment(due, "full")}
        if event.received < due:
            told = tell(data, facts, m.REMINDER, args, to=holder_or_all(data, facts))
            return stay(data, *(told or uncared(data, facts)), SetTimer(name, due))
        late = data["late"].get(name, 0)
        new = {**data, "late": {**data["late"], name: late + 1}}
        called: tuple[Effect, ...] = tell(new, facts, m.OVERDUE, args, lane=Lane.URGENT)
        if late or not called:
            called = (*called, *uncared(new, facts))
        again = max(HOUR, lengths(data, facts)[name] // 4)
        return stay(new, *called, SetTimer(name, event.received + again))

    return handler


def uncared(data: Data, facts: Facts) -> tuple[Say, ...]:
    """To coordinators: that one waits, and since when. Neither whose nor what it is."""
    args = {"since": Moment(data["submitted_at"], "full")}
    message = m.WAITS if officers(data, facts) else m.WAITS_NOBODY
    others = [each for each in facts.coordinators if each.id != data["person"]]
    return tuple(
        Say(message, args, to=each.id, lane=Lane.URGENT, where=Where.FIRST) for each in others
    )


def silent_referees(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever has it learns who hasn't answered, again and again."""
    shown = ", ".join(str(n + 1) for n in waiting(data))
    told = tell(data, facts, m.REF_SILENT, {"who": shown}, to=holder_or_all(data, facts))
    again = event.received + fund_of(data, facts).deadlines.referees
    return stay(data, *told, SetTimer("referees", again))


def next_due(data: Data) -> int | None:
    """When the next answer is owed."""
    state, due = data["state"], data.get("due", {})
    if state in OPEN:
        names = ["decision", *([] if data.get("answered_at") else ["first"])]
        return min((due[name] for name in names if name in due), default=None)
    return due.get("report") if state in (State.PAID, State.REPORT) else None
