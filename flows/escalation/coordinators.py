"""What coordinators do with a case: take it, note, write to the person, hand over, close."""

from dataclasses import replace

from flows.engine.messages import Line, Message, Moment, Value
from flows.engine.model import (
    PHASES,
    Alert,
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    LadderStep,
    Lane,
    Log,
    Phase,
    Say,
    Signal,
    Step,
)
from flows.escalation import lines
from flows.escalation import messages as m
from flows.escalation.calling import begin_phase, notified, renew
from flows.escalation.state import (
    KEPT_TEXT,
    State,
    args_of,
    name_of,
    pass_on,
    state_of,
    tell,
    to_person,
)

#: How a case can end, as buttons; anything else may be typed.
ENDS = {
    "safe, spoken to": m.SPOKE,
    "safe, confirmed": m.CONFIRMED,
    "mistake, confirmed": m.FALSE_ALARM,
    "handed over": m.HANDED_OVER,
}


def acknowledge(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody has it. The clocks stop, the others are told, a caller for help learns it."""
    state = state_of(data)
    holder = data.get("holder")
    if holder and holder != event.person and event.trigger != "take":
        args = args_of(data, facts, who=name_of(holder, facts), since=Moment(data["held_since"]))
        take = (Choice(m.TAKE_OVER, "take", always=True),)
        return Step(state, data, (Say(m.HAS_IT, args, take, case=data["id"]), *_noted(event)))
    if holder == event.person and state is State.ANSWERED:
        said = Say(_to_close(data), args_of(data, facts), case=data["id"])
        return Step(state, data, (*_noted(event), said))
    if holder == event.person:
        data, effects = renew(data, event, facts)
        said = Say(m.RENEWED, args_of(data, facts, until=Moment(data["until"])), case=data["id"])
        return Step(state, data, (*_noted(event), said, *effects))
    return _take(data, event, facts, state)


def _take(data: Data, event: Event, facts: Facts, state: State) -> Step:
    now = event.received
    first = {"first_holder": event.person, "acknowledged_at": now}
    paused = {} if "holder" in data else {"paused_at": now}
    data = {**first, **data, **paused, "holder": event.person, "held_since": now, "alone": False}
    data["first_holder"] = event.person
    data["told"] = list(dict.fromkeys([*data["told"], event.person]))
    data["lost"] = [who for who in data.get("lost", []) if who != event.person]
    data, effects = renew(data, event, facts)
    body = (
        *lines.happened(data, facts),
        *lines.known(data, lines.name(data, facts)),
        *lines.to_do(data["id"], data, facts),
    )
    args = args_of(data, facts, until=Moment(data["until"]), body=body)
    message = _to_close(data) if state is State.ANSWERED else m.YOURS
    yours = Say(message, args, lane=Lane.URGENT, case=data["id"])
    told = tell(data, facts, m.TAKEN, {"who": name_of(event.person, facts)}, but=event.person)
    stop = tuple(CancelTimer(name) for name in ("step", "phase", "repeat"))
    logged = Log("acknowledged", name_of(event.person, facts), event.person)
    seen = () if data["kind"] == "overdue" else to_person(data, "seen")
    target = state if state is State.ANSWERED else State.ACKNOWLEDGED
    clocks = (*effects, *stop) if target is State.ACKNOWLEDGED else stop
    return Step(target, data, (logged, *_noted(event), yours, *told, *seen, *clocks))


def _noted(event: Event) -> tuple[Effect, ...]:
    """What was written in a reply to an alert is kept as a note."""
    text = event.text.strip() if event.kind is Kind.TEXT else ""
    return (Log("note", text, event.person),) if text else ()


def _to_close(data: Data) -> Message:
    """Nothing is open any more in this case; a human closes it."""
    return m.LEFT if data["kind"] == "hotline" else m.TO_CLOSE


def note(data: Data, event: Event, facts: Facts) -> Step:
    state, text = state_of(data), str(event.args.get("text", ""))
    if not text.strip():
        return Step(state, data, (Say(m.NO_NOTE, args_of(data, facts), case=data["id"]),))
    effects: tuple[Effect, ...] = ()
    if data.get("holder"):
        data, effects = renew(data, event, facts)
    who = name_of(event.person, facts)
    told = tell(data, facts, m.NOTE, {"who": who, "text": text}, but=event.person)
    said = Say(m.NOTED, args_of(data, facts), case=data["id"])
    return Step(state, data, (Log("note", text, event.person), said, *told, *effects))


def say(data: Data, event: Event, facts: Facts) -> Step:
    """Words, a place or a file for the person, through the line to a human. Who writes has it."""
    if data["silent"]:
        never = Say(m.NEVER_SAY, args_of(data, facts), case=data["id"])
        return Step(state_of(data), data, (never,))
    text = str(event.args.get("text", "") if event.args else event.text).strip()
    if not (text or event.files or event.lat or event.lon):
        return Step(state_of(data), data, (Say(m.NO_WORDS, args_of(data, facts), case=data["id"]),))
    before: tuple[Effect, ...] = ()
    if not data.get("holder"):
        taken = _take(data, replace(event, text="", kind=Kind.SIGNAL), facts, state_of(data))
        data, before = taken.data, taken.effects
    elif data.get("holder") == event.person:
        data, before = renew(data, event, facts)
    data = {**data, "spoken": True}
    who = name_of(event.person, facts)
    sent = {"person": data["person"], "case": data["id"], "text": text}
    place = {"lat": event.lat, "lon": event.lon} if event.lat or event.lon else {}
    passed = Signal("hotline", data["person"], "said", sent | place)
    careful = any(c.silent for c in lines.others(data, facts))
    said = Say(m.SAID_CAREFULLY if careful else m.SAID, args_of(data, facts), case=data["id"])
    told = pass_on(data, facts, m.SAID_BY, {"who": who, "text": text}) if text else ()
    others = tuple(each for each in told if each.to != event.person)
    logged = Log("said", text or "file", event.person)
    return Step(state_of(data), data, (*before, logged, passed, said, *others))


def handover(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody else shall take it, with what they must know. Until then it stays where it is."""
    text = str(event.args.get("text", "")).strip()
    if not text:
        return Step(
            state_of(data), data, (Say(m.NO_HANDOVER, args_of(data, facts), case=data["id"]),)
        )
    step = LadderStep(0, ("all",))
    others = [c for c in notified(step, data, facts) if c.id != event.person]
    args = args_of(
        data,
        facts,
        who=name_of(event.person, facts),
        text=text,
        body=lines.body(data["id"], data, facts),
    )
    take = (Choice(m.TAKE_OVER, "take", always=True),)
    called = [Alert(c.id, m.HANDED, args, take, data["id"]) for c in others]
    data = {**data, "told": list(dict.fromkeys([*data["told"], *(c.id for c in others)]))}
    kept = m.HANDING_CHOSEN if data.get("only") else m.HANDING_NOBODY
    said = Say(m.HANDING if others else kept, args_of(data, facts), case=data["id"])
    return Step(state_of(data), data, (Log("handover", text, event.person), said, *called))


def escalate(data: Data, event: Event, facts: Facts) -> Step:
    """A human wants more people now: the next phase, everybody called."""
    phase = PHASES[min(PHASES.index(Phase(data["phase"])) + 1, 2)]
    logged = Log("escalated", str(phase), event.person)
    data = {**data, "answered": False}
    return begin_phase(data, event, facts, phase, (logged,), m.ALERT)


def close(data: Data, event: Event, facts: Facts) -> Step:
    """With how it ended. Asked for when it is missing: the log must say who confirmed what."""
    state = state_of(data)
    # Typed through the desk it stands in args; a button brings it as arg.
    outcome = str(event.args.get("text", "") if event.args else event.arg).strip()
    if not outcome:
        ends = tuple(Choice(label, "close", key, always=True) for key, label in ENDS.items())
        asked = Say(m.HOW_ENDED, args_of(data, facts), ends, expects=True, case=data["id"])
        return Step(state, data, (asked,))
    who = name_of(event.person, facts)
    data = {**data, "outcome": f"{outcome} ({who})", "closed_at": event.received}
    shown: dict[str, Value] = {"who": who, "outcome": ENDS.get(outcome, outcome)}
    told = tell(data, facts, m.CLOSED, shown)
    if event.person not in data["told"]:
        told = (*told, Say(m.CLOSED, args_of(data, facts, **shown)))
    logged = Log("closed", outcome, event.person)
    return Step(State.CLOSED, data, (logged, *told, *to_person(data, "case_closed")))


def told_how(data: Data, event: Event, facts: Facts) -> Step:
    """The answer to "how did it end" in their own words: one tap more, since nothing reopens it."""
    outcome = event.text.strip()[:KEPT_TEXT]
    choices = (Choice(m.CLOSE_IT, "close", outcome, always=True),)
    said = Say(m.CLOSE_SO, args_of(data, facts, outcome=outcome), choices, case=data["id"])
    return Step(state_of(data), data, (said,))


def show(data: Data, event: Event, facts: Facts) -> Step:
    holder, state = data.get("holder"), state_of(data)
    held = Line(m.HELD_BY, {"who": name_of(holder, facts)}) if holder else Line(m.NOBODY_HAS, {})
    body: tuple[Line, ...] = (held, *lines.body(data["id"], data, facts))
    if state is State.ANSWERED:
        done = Line(
            m.LEFT if data["kind"] == "hotline" else m.STANDS_DOWN,
            {"name": lines.name(data, facts), "id": data["id"]},
        )
        body = (done, *([held] if holder else []), *lines.known(data, lines.name(data, facts)))
    args = args_of(data, facts, body=body)
    take = () if holder else (Choice(m.TAKE, "ack", always=True),)
    return Step(state, data, (Say(m.DETAIL, args, take, case=data["id"]),))
