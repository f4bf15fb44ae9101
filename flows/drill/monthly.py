"""A surprise for one team, once a month, at a moment that nobody knows: not the trainer either.

Whoever is in the team is asked once, and takes part only after a yes, which they may take back at
any time. When it is due, a drill begins at once with those who have agreed (flow.py). What is real
goes before it: while a case is open about somebody in the team it isn't held, or is held without
them, as the organisation has configured; a silent case counts too, and the trainer hears of nobody.

data   id, script, trainer, pace, duty (whether those on duty are told), hours (first, last of the
       trainer's day), held (how often), due (UTC ms)
       people  id -> [part, state]: asked, yes, no
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from flows.drill import cast
from flows.drill import messages as m
from flows.drill.state import here, name_of, put, tell, title_of, trainer
from flows.engine.draft import drawn
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Message, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    EndFlow,
    Event,
    Facts,
    Person,
    SetTimer,
    StartFlow,
    Step,
)

NUMBER = 6  #: letters of an id
DAYS = 28  #: every month has as many
LATE = 3_600_000  #: ms after which it isn't held any more: the hour may be another one
MINUTES = 60


class State(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    ENDED = "ended"


S = State


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: id, script, trainer, people (id -> part), pace, duty, hours."""
    given = event.args
    new: Data = {
        **{k: given[k] for k in ("id", "script", "trainer", "pace", "duty", "hours")},
        "people": {who: [part, "asked"] for who, part in given["people"].items()},
        "held": 0,
    }
    title = _title(new, facts)
    args: dict[str, Value] = {"trainer": name_of(new["trainer"], facts), "title": title}
    choices = (Choice(m.AGREE, "yes", always=True), Choice(m.DISAGREE, "no", always=True))
    asked = tuple(tell(who, m.MONTHLY, args, *choices) for who in new["people"])
    new, timer = _again(new, event, facts, first=True)
    told = trainer(new, m.PLANNED, {"title": title, "n": len(asked), "id": new["id"]})
    return Step(S.WAITING, new, (*asked, told, timer))


def agreed(data: Data, event: Event, facts: Facts) -> Step:
    return _answered(data, event, facts, "yes", m.AGREED, m.HAS_AGREED)


def refused(data: Data, event: Event, facts: Facts) -> Step:
    """At any time, also long after a yes."""
    return _answered(data, event, facts, "no", m.DISAGREED, m.HAS_DISAGREED)


def _answered(
    data: Data, event: Event, facts: Facts, state: str, said: Message, told: Message
) -> Step:
    if event.person not in data["people"]:
        return Step(S.WAITING, data)
    new = put(data, event.person, state)
    back = (Choice(m.NO_MORE, "no", always=True),) if state == "yes" else ()
    args: dict[str, Value] = {
        "name": name_of(event.person, facts), "title": _title(data, facts),
    }  # fmt: skip
    return Step(S.WAITING, new, (here(event, said, {}, *back), trainer(data, told, args)))


def due(data: Data, event: Event, facts: Facts) -> Step:
    new, timer = _again(data, event, facts)
    team = _ready(data, facts)
    cases = [who for who in team if facts.engaged.get(who) == "case"]
    ready = {who: part for who, part in team.items() if who not in facts.engaged}
    script = facts.scripts.get(data["script"])
    played = script is not None and not cast.empty(script, ready.values())
    if event.late > LATE or (cases and facts.policy.surprise == "skip") or not played:
        # Why it isn't held would tell its trainer of a case that is none of theirs.
        said = trainer(new, m.NOT_HELD, {"title": _title(data, facts)})
        return Step(S.WAITING, new, (said, timer))
    return Step(S.WAITING, {**new, "held": data["held"] + 1}, (_held(data, facts, ready), timer))


def _held(data: Data, facts: Facts, ready: dict[str, str]) -> Effect:
    number = drawn(facts, "drill", NUMBER, "X")
    duty = [c.id for c in facts.coordinators if c.on_duty] if data["duty"] else []
    args = {
        "id": number, "script": data["script"], "trainer": data["trainer"], "people": ready,
        "pace": data["pace"], "duty": duty, "surprise": True,
    }  # fmt: skip
    return StartFlow("drill", number, args)


def _ready(data: Data, facts: Facts) -> dict[str, str]:
    """Who has agreed, and is still there."""

    def there(who: str) -> bool:
        known: Person | None = facts.people.get(who)
        return known is not None and known.enrolled and known.reachable

    return {who: part for who, (part, s) in data["people"].items() if s == "yes" and there(who)}


def cancelled(data: Data, event: Event, facts: Facts) -> Step:
    """By its trainer: nobody else has a button for it. Who had agreed hears that no more come."""
    title = {"title": _title(data, facts)}
    told = tuple(tell(w, m.NO_LONGER, title) for w, (_, s) in data["people"].items() if s == "yes")
    said = trainer(data, m.UNPLANNED, title)
    over: tuple[Effect, ...] = (CancelTimer("due"), said, *told, EndFlow())
    return Step(S.ENDED, {}, over)


def _title(data: Data, facts: Facts) -> Message:
    return title_of(data, facts)


def _again(data: Data, event: Event, facts: Facts, first: bool = False) -> tuple[Data, SetTimer]:
    """When it comes next: in the 28 days after today, and then in each month after the last one; in
    the trainer's time."""
    known = facts.people.get(data["trainer"])
    tz = ZoneInfo(known.tz if known else "UTC")
    today = datetime.fromtimestamp(event.received / 1000, tz).date()
    days = timedelta(days=facts.draw("surprise day", 1)[0] % DAYS)
    since = today + timedelta(days=1)
    if not first:
        last = datetime.fromtimestamp(data["due"] / 1000, tz).date()
        month = (last.replace(day=1) + timedelta(days=31)).replace(day=1)
        # Where nobody has watched for long, that month is over, too.
        since = month if month + days > today else since
    begins, ends = data["hours"]
    drawn_minute = int.from_bytes(facts.draw("surprise minute", 2), "big")
    at = timedelta(hours=begins, minutes=drawn_minute % ((ends - begins) * MINUTES))
    midnight = datetime.combine(since + days, time(), tz)
    when = int((midnight + at).timestamp() * 1000)
    return {**data, "due": when}, SetTimer("due", when)


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.WAITING, data)


TABLE: Table = {
    S.NEW: {"start": edge(start, S.WAITING)},
    S.WAITING: {
        "yes": edge(agreed, S.WAITING),
        "no": edge(refused, S.WAITING),
        "cancel": edge(cancelled, S.ENDED),
        "timer.due": edge(due, S.WAITING),
    },
    S.ENDED: {},
}

FLOW = Flow("surprise", TABLE, S.NEW, recover, lobby=frozenset({S.WAITING}))

__all__ = ["FLOW"]
