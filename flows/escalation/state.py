"""What a case keeps, its states, and the small words that the handlers share.

An instance's data:
- the case: id, person, kind, phase, silent, only (whom the person chose alone), perhaps (a panic
  that nobody confirmed), since, opened_at, outage, sent_late
- what is known: text and place with their times, guide (the step of a card), quiet (they fell
  silent there), silenced, cancelled, answered, moved_at (when a place was told)
- the line to a human: line (the person asked for it), spoken (a coordinator wrote)
- calling: base and step (the ladder), phase_at (when the phase ends), told, lost (who can't be
  reached), alone (they know that nobody can)
- who has it: holder, held_since, until, paused_at, first_holder, acknowledged_at
- its end: outcome, closed_at
"""

from enum import StrEnum

from flows.engine.messages import Message, Value
from flows.engine.model import Data, Effect, Enclosed, Event, Facts, Lane, Say, Signal, Where
from flows.escalation import lines

TIMERS = ("step", "phase", "repeat", "ack", "follow")
KEPT_TEXT = 1_000  #: characters of the last words that a case keeps in its body


class State(StrEnum):
    NEW = "new"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"


def state_of(data: Data) -> State:
    """The state follows from the data, so that a handler shared by states can say it."""
    if data.get("answered"):
        return State.ANSWERED
    return State.ACKNOWLEDGED if data.get("holder") else State.OPEN


def facts_known(given: object, event: Event) -> Data:
    """The last words and place, as [value, at]."""
    args = dict(given)  # type: ignore[call-overload]
    found: Data = {}
    text, place = args.get("text"), args.get("place")
    if text:
        found["text"] = text if isinstance(text, list) else [str(text)[:KEPT_TEXT], event.at]
    if place:
        found["place"] = place
    elif args.get("lat") or args.get("lon"):
        found["place"] = [args["lat"], args["lon"], event.at]
    return found | {
        name: args[name]
        for name in ("silenced", "sealed", "guide", "only", "quiet")
        if args.get(name)
    }


def name_of(person: str, facts: Facts) -> str:
    known = facts.people.get(person)
    return known.name if known else "?"


def args_of(data: Data, facts: Facts, **more: Value) -> dict[str, Value]:
    return {"id": data["id"], "name": lines.name(data, facts), **more}


# ---------------------------------------------------------------- who is told


def tell(
    data: Data,
    facts: Facts,
    said: Message,
    args: dict[str, Value],
    but: str = "",
    lane: Lane = Lane.REPLY,
    file: Enclosed | None = None,
) -> tuple[Say, ...]:
    """Everybody who was told so far, except one, and never the person it is about."""
    shown, to = args_of(data, facts, **args), {"lane": lane, "where": Where.FIRST}
    return tuple(
        Say(said, shown, to=who, case=data["id"], file=file, **to)  # type: ignore[arg-type]
        for who in data["told"]
        if who not in (but, data["person"])
    )


def pass_on(
    data: Data, facts: Facts, said: Message, args: dict[str, Value], file: Enclosed | None = None
) -> tuple[Say, ...]:
    """To the holder, or to everybody told while nobody has it. In a conversation nothing is so
    urgent that it may go before somebody's call for help."""
    told = {**data, "told": [data["holder"]]} if data.get("holder") else data
    lane = Lane.REPLY if data["kind"] == "hotline" else Lane.URGENT
    return tell(told, facts, said, args, lane=lane, file=file)


def to_person(data: Data, name: str) -> tuple[Effect, ...]:
    """Signals to the person's own flows; a silent case has none to give."""
    if data["silent"]:
        return ()
    if data["kind"] == "medical" and data.get("guide", {}).get("discreet"):
        return to_line(data, name)  # whoever holds that phone must not learn that we know
    flow = {"panic": "panic", "overdue": "checkin", "medical": "guidance"}.get(data["kind"])
    told = (Signal(flow, data["person"], name, {"person": data["person"]}),) if flow else ()
    return (*told, *to_line(data, name))


def to_line(data: Data, name: str) -> tuple[Signal, ...]:
    """Where a coordinator has written to the person, or they asked for it."""
    if data["silent"] or not (data.get("line") or data.get("spoken")):
        return ()
    told = {"person": data["person"], "case": data["id"]}
    return (Signal("hotline", data["person"], name, told),)
