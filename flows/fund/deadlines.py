"""What is owed by when. Half way somebody is reminded. Late, all officers are called, and with them
ever more coordinators (WIDER), who learn only that a request waits. After that it is said once a
day, for as long as it is owed: never silent, never a flood."""

from collections.abc import Callable, Sequence

from flows.engine.flow import Handler
from flows.engine.messages import Message, Moment, Value
from flows.engine.model import (
    Data,
    Effect,
    Event,
    Facts,
    Lane,
    Person,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.fund import desk_messages as m
from flows.fund.referees import waiting
from flows.fund.request import (
    DAY,
    HOUR,
    OPEN,
    TWO,
    State,
    dangerous,
    fund_of,
    holder_or_all,
    letter,
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


Called = Callable[[Data, Facts], list[Person]]


def _on_duty(data: Data, facts: Facts) -> list[Person]:
    return facts.on_duty(data["person"])


def _all(data: Data, facts: Facts) -> list[Person]:
    return [each for each in facts.coordinators if each.id != data["person"]]


#: Whom it is said to beside all officers, each time that an answer is found to be late.
WIDER: tuple[Called, ...] = (_on_duty, _all)


def owed(name: str) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        due, what = data["due"][name], OWED[name]
        args: dict[str, Value] = {"what": what, "due": Moment(due, "full")}
        if event.received < due:
            told = tell(data, facts, m.REMINDER, args, to=holder_or_all(data, facts))
            return stay(data, *(told or uncared(data, facts)), SetTimer(name, due))
        if _said_already(name, data, event):
            return stay(data)
        late = data["late"].get(name, 0)
        new = {**data, "late": {**data["late"], name: late + 1}}
        daily = late >= len(WIDER)
        lane = Lane.ROUTINE if daily else Lane.URGENT
        # Once a day each officer is told of all that is late, in one message of their desk's.
        called: tuple[Effect, ...] = (
            tuple(Signal("desk", each.id, "late") for each in officers(new, facts))
            if daily
            else tell(new, facts, m.OVERDUE, args, lane=lane)
        )
        wider = _on_duty if daily else WIDER[late]
        beside = wider(new, facts) if called else _all(new, facts)
        called = (*called, *uncared(new, facts, beside, lane))
        written: tuple[Effect, ...] = ()
        if name == "first" and not late and not dangerous(new):
            new, written = letter(new, facts, "late", due=Moment(due, "full"))
        again = DAY if late + 1 >= len(WIDER) else _pace(lengths(data, facts)[name])
        return stay(new, *called, *written, SetTimer(name, event.received + again))

    return handler


def _pace(long: int) -> int:
    """ms until it is said to more people."""
    return min(DAY, max(HOUR, long // 4))


def _said_already(name: str, data: Data, event: Event) -> bool:
    """Once the decision is late too, that alone is said: not two things a day of one request."""
    return name == "first" and event.received > data["due"]["decision"]


def uncared(
    data: Data, facts: Facts, people: Sequence[Person] | None = None, lane: Lane = Lane.URGENT
) -> tuple[Say, ...]:
    """To coordinators: that one waits, and since when. Neither whose nor what it is."""
    args = {"since": Moment(data["submitted_at"], "full")}
    left = len(officers(data, facts))
    message = m.WAITS_NOBODY if not left else m.WAITS_ONE if left < TWO else m.WAITS
    others = _all(data, facts) if people is None else people
    return tuple(Say(message, args, to=each.id, lane=lane, where=Where.FIRST) for each in others)


def too_few(data: Data, facts: Facts) -> tuple[Say, ...]:
    """To all coordinators, at once: those who are left can't decide it."""
    return uncared(data, facts, lane=Lane.ROUTINE)


def silent_referees(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever has it learns who hasn't answered, again and again; until nobody is waited for."""
    if not waiting(data):
        return stay(data)
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
