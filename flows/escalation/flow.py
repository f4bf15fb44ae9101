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
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Message, Moment, Passage, Place, Value
from flows.engine.model import (
    PHASES,
    Alert,
    CancelTimer,
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Keep,
    Kind,
    LadderStep,
    Lane,
    Log,
    Person,
    Phase,
    Risk,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.escalation import lines
from flows.escalation import messages as m

TIMERS = ("step", "phase", "repeat", "ack", "follow")
#: How a case can end, as buttons; anything else may be typed.
ENDS = {
    "safe, spoken to": m.SPOKE,
    "safe, confirmed": m.CONFIRMED,
    "mistake, confirmed": m.FALSE_ALARM,
    "handed over": m.HANDED_OVER,
}
#: What was sent that isn't text, by what the channel calls it.
SENT = {
    "call": m.CALLED_US,
    "voice": m.VOICE_FROM_THEM,
    "sticker": m.STICKER_FROM_THEM,
}
WHY_LOST = {"big": m.TOO_BIG, "many": m.TOO_MANY, "gone": m.NOT_LOADED}
MOVED_EVERY = 5 * 60_000  #: ms between two places of a live location that are told
KEPT_AGAIN = 400  #: characters of what was written over several calls for help
KEPT_TEXT = 1_000  #: characters of the last words that a case keeps in its body


class State(StrEnum):
    NEW = "new"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"


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


# ---------------------------------------------------------------- opening and calling


def start(data: Data, event: Event, facts: Facts) -> Step:
    given = event.args
    phase = Phase(given["phase"])
    fresh: Data = {
        "id": event.id.rsplit("/", 1)[-1],
        "person": event.person,
        "kind": given["kind"],
        "phase": str(phase),
        "silent": bool(given["silent"]),
        "since": given["since"],
        "opened_at": event.received,
        "told": [],
        "step": 0,
        "base": event.received,
        "perhaps": given["kind"] == "panic" and phase is Phase.UNCERTAINTY,
        "line": given["kind"] == "hotline",
    }
    fresh |= _facts_known(given, event)
    if given["kind"] in ("panic", "duress") and event.late > lines.LATE:
        fresh["sent_late"] = _minutes(event.late)
    if facts.outage:
        fresh["outage"] = [*facts.outage, _minutes(event.late)]
    opened: list[Effect] = [Log("opened", f"{given['kind']} {phase}")]
    if fresh.get("text"):
        opened.append(Log("heard", fresh["text"][0], event.person))
    if event.files:
        opened.append(Keep("escalation", fresh["id"], fresh["id"], event.person, event.person))
    begun = _begin_phase(fresh, event, facts, phase, opened, m.ALERT)
    return replace(begun, effects=(*begun.effects, *_to_line(fresh, "opened")))


def _facts_known(given: object, event: Event) -> Data:
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
        name: args[name] for name in ("silenced", "guide", "only", "quiet") if args.get(name)
    }


def _begin_phase(
    data: Data, event: Event, facts: Facts, phase: Phase, before: Iterable[Effect], said: Message
) -> Step:
    """A phase sets its own length, starts the ladder again, and repeats until somebody has it."""
    now = event.received
    data = {**data, "phase": str(phase), "base": now, "step": 0, "lost": []}
    data.pop("holder", None)
    length = _length(_risk(data, facts), phase)
    phase_timer: Effect = CancelTimer("phase")
    if length is not None:
        data["phase_at"] = now + length
        phase_timer = SetTimer("phase", now + length)
    else:
        data.pop("phase_at", None)
    data, called = _climb(data, event, facts, said)
    stop = (CancelTimer("ack"), CancelTimer("follow"))
    timers = (phase_timer, _repeat_later(event, facts), *stop)
    return Step(State.OPEN, data, (*before, *called, *timers))


def _risk(data: Data, facts: Facts) -> Risk:
    known = facts.people.get(data["person"])
    return facts.policy.risks[known.risk if known else "medium"]


def _length(risk: Risk, phase: Phase) -> int | None:
    """How long a phase lasts; None: until a human acts. Low never goes beyond alert by itself."""
    return {Phase.UNCERTAINTY: risk.uncertainty, Phase.ALERT: risk.alert, Phase.DISTRESS: None}[
        phase
    ]


def _climb(
    data: Data, event: Event, facts: Facts, said: Message, at_once: int = 0, skipped: int = 0
) -> tuple[Data, tuple[Effect, ...]]:
    """Call every step whose time has come, and the next one too while nobody was reached.

    `at_once`: so many further steps are due now (somebody turned out unreachable).
    `skipped`: the last step, if it has turned out that it reached nobody.
    """
    ladder, now = facts.policy.ladder, event.received
    everything = data["kind"] == "panic" and not data.get("perhaps")
    everything = everything or data["phase"] == Phase.DISTRESS
    effects: list[Effect] = []
    # A later step of the same ladder: who was called already is reminded, not called anew.
    before = data["told"] if data["step"] else ()
    called: list[str] = []
    while data["step"] < len(ladder):
        step = ladder[data["step"]]
        due = data["base"] + step.after <= now
        if not (everything or due or skipped or at_once):
            break
        at_once = max(0, at_once - 1)
        chosen = _notified(step, data, facts)
        # Whose call still waits for its platform isn't called twice; the repeats try again.
        people = [p for p in chosen if p.id not in called and p.id not in data.get("lost", [])]
        extra = (Line(m.SKIPPED, {"step": skipped}),) if skipped else ()
        effects += [
            _call(p, data, facts, m.REPEAT if p.id in before else said, extra) for p in people
        ]
        called += [p.id for p in people]
        reached = any(p.reachable and p.id not in data.get("lost", []) for p in chosen)
        skipped = 0 if reached else data["step"] + 1
        if not reached:
            effects.append(Log("skipped", f"step {data['step'] + 1} reached nobody"))
        data = {**data, "step": data["step"] + 1}
    if skipped:
        effects.append(Log("nobody", "nobody could be reached"))
        data, told = _alone(data)
        effects += told
    data = {**data, "told": list(dict.fromkeys([*data["told"], *called]))}
    if data["step"] < len(ladder):
        effects.append(SetTimer("step", data["base"] + ladder[data["step"]].after))
    else:
        effects.append(CancelTimer("step"))
    effects += [Log("called", by, by) for by in called]
    return data, tuple(effects)


def _notified(step: LadderStep, data: Data, facts: Facts) -> list[Person]:
    """Whom a step calls. Nobody on duty: everybody. Never the person it is about."""
    others = [c for c in facts.coordinators if c.id != data["person"]]
    if data.get("only"):
        return [c for c in others if c.id == data["only"]]
    found: dict[str, Person] = {}
    for who in step.notify:
        if who == "on_duty":
            chosen = facts.on_duty(data["person"])
        elif who == "all":
            chosen = others
        else:
            chosen = [c for c in others if c.id == who]
        found |= {c.id: c for c in chosen}
    return list(found.values())


def _call(
    who: Person, data: Data, facts: Facts, said: Message, extra: Iterable[Line] = ()
) -> Alert:
    return Alert(
        to=who.id,
        message=said,
        args=_args(data, facts, body=lines.body(data["id"], data, facts, extra)),
        choices=(Choice(m.TAKE, "ack", always=True),),
        case=data["id"],
        repeat=said is m.REPEAT,
        about=data["person"],
    )


def _args(data: Data, facts: Facts, **more: Value) -> dict[str, Value]:
    return {"id": data["id"], "name": lines.name(data, facts), **more}


# ---------------------------------------------------------------- time


def next_step(data: Data, event: Event, facts: Facts) -> Step:
    data, called = _climb(data, event, facts, m.ALERT)
    return Step(State.OPEN, data, (*called, _repeat_later(event, facts)))


def next_phase(data: Data, event: Event, facts: Facts) -> Step:
    phase = PHASES[min(PHASES.index(Phase(data["phase"])) + 1, 2)]
    return _begin_phase(data, event, facts, phase, (Log("phase", str(phase)),), m.ALERT)


def repeat(data: Data, event: Event, facts: Facts) -> Step:
    """Nobody has it yet. Everybody who was told hears it again; with nobody told, all steps do.

    One person's open cases share one repeat: the worst one speaks, the others keep quiet.
    """
    if _speaks_for(data, facts) != data["id"]:
        return Step(State.OPEN, data, (_repeat_later(event, facts),))
    told = [c for c in facts.coordinators if c.id in data["told"] and c.id != data["person"]]
    effects: tuple[Effect, ...] = tuple(_call(c, data, facts, m.REPEAT) for c in told)
    if not any(c.reachable for c in _called(data, facts)):
        afresh = {**data, "step": 0, "lost": []}
        data, called = _climb(afresh, event, facts, m.REPEAT, len(facts.policy.ladder))
        effects = called
    return Step(State.OPEN, data, (*effects, _repeat_later(event, facts)))


def _repeat_later(event: Event, facts: Facts) -> SetTimer:
    return SetTimer("repeat", event.received + facts.policy.repeat_every)


def _speaks_for(data: Data, facts: Facts) -> str:
    """The id of the case that repeats for this person: the worst, then the oldest."""
    waiting = [c for c in facts.cases if c.person == data["person"] and not c.quiet]
    # A silent case speaks only where no other does: the person's chat must not differ by it.
    worst = sorted(waiting, key=lambda c: (c.silent, -PHASES.index(c.phase), c.opened_at, c.id))
    return worst[0].id if worst else str(data["id"])


def expired(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever had it has gone quiet: both clocks go on from where they stood."""
    return _lost(data, event, facts, Log("expired", _name(data.get("holder", ""), facts)))


def _lost(data: Data, event: Event, facts: Facts, logged: Log) -> Step:
    """The holder is gone (quiet, or can't be reached): everybody is told what is known."""
    who = _name(data.get("holder", ""), facts)
    paused = event.received - data["paused_at"]
    data = {**data, "base": data["base"] + paused}
    data.pop("holder", None)
    effects: list[Effect] = [logged, CancelTimer("ack"), CancelTimer("follow")]
    if "phase_at" in data:
        data["phase_at"] += paused
        effects.append(SetTimer("phase", data["phase_at"]))
    told = _called(data, facts)
    args = _args(data, facts, who=who, body=lines.body(data["id"], data, facts))
    effects += [
        Alert(c.id, m.RESUMED, args, (Choice(m.TAKE, "ack", always=True),), data["id"])
        for c in told
    ]
    everybody, skipped = (0, 0) if told else (len(facts.policy.ladder), data["step"])
    data, called = _climb(data, event, facts, m.ALERT, everybody, skipped)
    gone = _to_line(data, "gone")
    return Step(State.OPEN, data, (*effects, *called, *gone, _repeat_later(event, facts)))


def follow_up(data: Data, event: Event, facts: Facts) -> Step:
    args = _args(data, facts, until=Moment(data["until"]))
    said = Say(
        m.FOLLOW_UP,
        args,
        (Choice(m.STILL_MINE, "ack", always=True),),
        to=data["holder"],
        where=Where.FIRST,
        case=data["id"],
    )
    return Step(State.ACKNOWLEDGED, data, (said,))


# ---------------------------------------------------------------- coordinators


def acknowledge(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody has it. The clocks stop, the others are told, a caller for help learns it."""
    state = _now(data)
    holder = data.get("holder")
    if holder and holder != event.person and event.trigger != "take":
        args = _args(data, facts, who=_name(holder, facts), since=Moment(data["held_since"]))
        take = (Choice(m.TAKE_OVER, "take", always=True),)
        return Step(state, data, (Say(m.HAS_IT, args, take, case=data["id"]), *_noted(event)))
    if holder == event.person and state is State.ANSWERED:
        said = Say(_to_close(data), _args(data, facts), case=data["id"])
        return Step(state, data, (*_noted(event), said))
    if holder == event.person:
        data, effects = _renew(data, event, facts)
        said = Say(m.RENEWED, _args(data, facts, until=Moment(data["until"])), case=data["id"])
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
    data, effects = _renew(data, event, facts)
    body = (
        *lines.happened(data, facts),
        *lines.known(data, lines.name(data, facts)),
        *lines.to_do(data["id"], data, facts),
    )
    args = _args(data, facts, until=Moment(data["until"]), body=body)
    message = _to_close(data) if state is State.ANSWERED else m.YOURS
    yours = Say(message, args, lane=Lane.URGENT, case=data["id"])
    told = _tell(data, facts, m.TAKEN, {"who": _name(event.person, facts)}, but=event.person)
    stop = tuple(CancelTimer(name) for name in ("step", "phase", "repeat"))
    logged = Log("acknowledged", _name(event.person, facts), event.person)
    seen = () if data["kind"] == "overdue" else _to_person(data, "seen")
    target = state if state is State.ANSWERED else State.ACKNOWLEDGED
    clocks = (*effects, *stop) if target is State.ACKNOWLEDGED else stop
    return Step(target, data, (logged, *_noted(event), yours, *told, *seen, *clocks))


def _to_close(data: Data) -> Message:
    """Nothing is open any more in this case; a human closes it."""
    return m.LEFT if data["kind"] == "hotline" else m.TO_CLOSE


def _renew(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """Any action by the holder renews it. Half way through, they are asked what is happening."""
    if _now(data) is State.ANSWERED:
        return data | {"until": event.received}, ()
    length = facts.policy.acknowledgement_expires
    until = event.received + length
    timers = (SetTimer("ack", until), SetTimer("follow", event.received + length // 2))
    return {**data, "until": until}, timers


def note(data: Data, event: Event, facts: Facts) -> Step:
    state, text = _now(data), str(event.args.get("text", ""))
    if not text.strip():
        return Step(state, data, (Say(m.NO_NOTE, _args(data, facts), case=data["id"]),))
    effects: tuple[Effect, ...] = ()
    if data.get("holder"):
        data, effects = _renew(data, event, facts)
    who = _name(event.person, facts)
    told = _tell(data, facts, m.NOTE, {"who": who, "text": text}, but=event.person)
    said = Say(m.NOTED, _args(data, facts), case=data["id"])
    return Step(state, data, (Log("note", text, event.person), said, *told, *effects))


def say(data: Data, event: Event, facts: Facts) -> Step:
    """Words, a place or a file for the person, through the line to a human. Who writes has it."""
    if data["silent"]:
        never = Say(m.NEVER_SAY, _args(data, facts), case=data["id"])
        return Step(_now(data), data, (never,))
    text = str(event.args.get("text", "") if event.args else event.text).strip()
    if not (text or event.files or event.lat or event.lon):
        return Step(_now(data), data, (Say(m.NO_WORDS, _args(data, facts), case=data["id"]),))
    before: tuple[Effect, ...] = ()
    if not data.get("holder"):
        taken = _take(data, replace(event, text="", kind=Kind.SIGNAL), facts, _now(data))
        data, before = taken.data, taken.effects
    elif data.get("holder") == event.person:
        data, before = _renew(data, event, facts)
    data = {**data, "spoken": True}
    who = _name(event.person, facts)
    sent = {"person": data["person"], "case": data["id"], "text": text}
    place = {"lat": event.lat, "lon": event.lon} if event.lat or event.lon else {}
    passed = Signal("hotline", data["person"], "said", sent | place)
    careful = any(c.silent for c in lines.others(data, facts))
    said = Say(m.SAID_CAREFULLY if careful else m.SAID, _args(data, facts), case=data["id"])
    told = _pass(data, facts, m.SAID_BY, {"who": who, "text": text}) if text else ()
    others = tuple(each for each in told if each.to != event.person)
    logged = Log("said", text or "file", event.person)
    return Step(_now(data), data, (*before, logged, passed, said, *others))


def handover(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody else shall take it, with what they must know. Until then it stays where it is."""
    text = str(event.args.get("text", "")).strip()
    if not text:
        return Step(_now(data), data, (Say(m.NO_HANDOVER, _args(data, facts), case=data["id"]),))
    step = LadderStep(0, ("all",))
    others = [c for c in _notified(step, data, facts) if c.id != event.person]
    args = _args(
        data,
        facts,
        who=_name(event.person, facts),
        text=text,
        body=lines.body(data["id"], data, facts),
    )
    take = (Choice(m.TAKE_OVER, "take", always=True),)
    called = [Alert(c.id, m.HANDED, args, take, data["id"]) for c in others]
    data = {**data, "told": list(dict.fromkeys([*data["told"], *(c.id for c in others)]))}
    kept = m.HANDING_CHOSEN if data.get("only") else m.HANDING_NOBODY
    said = Say(m.HANDING if others else kept, _args(data, facts), case=data["id"])
    return Step(_now(data), data, (Log("handover", text, event.person), said, *called))


def escalate(data: Data, event: Event, facts: Facts) -> Step:
    """A human wants more people now: the next phase, everybody called."""
    phase = PHASES[min(PHASES.index(Phase(data["phase"])) + 1, 2)]
    logged = Log("escalated", str(phase), event.person)
    data = {**data, "answered": False}
    return _begin_phase(data, event, facts, phase, (logged,), m.ALERT)


def close(data: Data, event: Event, facts: Facts) -> Step:
    """With how it ended. Asked for when it is missing: the log must say who confirmed what."""
    state = _now(data)
    # Typed through the desk it stands in args; a button brings it as arg.
    outcome = str(event.args.get("text", "") if event.args else event.arg).strip()
    if not outcome:
        ends = tuple(Choice(label, "close", key, always=True) for key, label in ENDS.items())
        asked = Say(m.HOW_ENDED, _args(data, facts), ends, expects=True, case=data["id"])
        return Step(state, data, (asked,))
    who = _name(event.person, facts)
    data = {**data, "outcome": f"{outcome} ({who})", "closed_at": event.received}
    shown: dict[str, Value] = {"who": who, "outcome": ENDS.get(outcome, outcome)}
    told = _tell(data, facts, m.CLOSED, shown)
    if event.person not in data["told"]:
        told = (*told, Say(m.CLOSED, _args(data, facts, **shown)))
    logged = Log("closed", outcome, event.person)
    return Step(State.CLOSED, data, (logged, *told, *_to_person(data, "case_closed")))


def told_how(data: Data, event: Event, facts: Facts) -> Step:
    """The answer to "how did it end" in their own words: one tap more, since nothing reopens it."""
    outcome = event.text.strip()[:KEPT_TEXT]
    choices = (Choice(m.CLOSE_IT, "close", outcome, always=True),)
    said = Say(m.CLOSE_SO, _args(data, facts, outcome=outcome), choices, case=data["id"])
    return Step(_now(data), data, (said,))


def show(data: Data, event: Event, facts: Facts) -> Step:
    holder, state = data.get("holder"), _now(data)
    held = Line(m.HELD_BY, {"who": _name(holder, facts)}) if holder else Line(m.NOBODY_HAS, {})
    body: tuple[Line, ...] = (held, *lines.body(data["id"], data, facts))
    if state is State.ANSWERED:
        done = Line(
            m.LEFT if data["kind"] == "hotline" else m.STANDS_DOWN,
            {"name": lines.name(data, facts), "id": data["id"]},
        )
        body = (done, *([held] if holder else []), *lines.known(data, lines.name(data, facts)))
    args = _args(data, facts, body=body)
    take = () if holder else (Choice(m.TAKE, "ack", always=True),)
    return Step(state, data, (Say(m.DETAIL, args, take, case=data["id"]),))


# ---------------------------------------------------------------- what the person does meanwhile


def heard(data: Data, event: Event, facts: Facts) -> Step:
    """Straight to whoever has the case, or to everybody who was told."""
    data = {**data, **_facts_known(event.args, event)}
    at = Moment(event.at)
    text = str(event.args.get("text", ""))
    words: tuple[Effect, ...] = ()
    if event.args.get("lat") or event.args.get("lon"):
        if text:  # what was written beside a place goes as well
            words = _pass(data, facts, m.FROM_THEM, {"at": at, "text": text})
        spot = Place(event.args["lat"], event.args["lon"])
        more: dict[str, Value] = {"place": spot}
        said, logged = m.PLACE_FROM_THEM, f"{spot.lat}, {spot.lon}"
    elif text:
        said, more, logged = m.FROM_THEM, {"text": text}, text
    else:
        logged = str(event.args.get("note") or "media")
        said, more = SENT.get(logged, m.MEDIA_FROM_THEM), {}
    passed: tuple[Effect, ...] = (*words, *_pass(data, facts, said, {"at": at, **more}))
    if event.files:
        # The file itself follows as soon as it is here; what was written goes at once.
        keep = Keep("escalation", data["id"], data["id"], data["person"], data["person"])
        passed = (*(passed if more else ()), keep)
    return Step(_now(data), data, (Log("heard", logged, data["person"]), *passed))


def kept(data: Data, event: Event, facts: Facts) -> Step:
    """What the person sent is here: to whoever has the case."""
    file = Enclosed("kept", str(event.args["file"]))
    passed = _pass(data, facts, m.FILE_FROM_THEM, {"at": Moment(event.at)}, file)
    return Step(_now(data), data, (Log("file", file.name, data["person"]), *passed))


def lost(data: Data, event: Event, facts: Facts) -> Step:
    """It didn't come through. Both sides are told, except that a silent case tells them nothing."""
    why = str(event.args["why"])
    passed = _pass(data, facts, m.FILE_LOST, {"why": WHY_LOST.get(why, m.NOT_LOADED)})
    told = {"person": data["person"], "why": why}
    theirs = () if data["silent"] else (Signal("hotline", data["person"], "not_passed", told),)
    return Step(_now(data), data, (Log("file lost", why, data["person"]), *passed, *theirs))


def guided(data: Data, event: Event, facts: Facts) -> Step:
    """The step of a card that the person is at. Told when it matters, shown to whoever looks."""
    back = event.args.get("back")
    quiet = {"quiet": False} if back else {}
    data = {**data, "guide": event.args["guide"], **quiet}
    if not event.args.get("aloud"):
        return Step(_now(data), data)
    again = (Line(m.ANSWERS_AGAIN, {"name": lines.name(data, facts)}),) if back else ()
    body = lines.guided(data, lines.name(data, facts), answers=False)
    return Step(_now(data), data, _pass(data, facts, m.AT_STEP, {"body": (*again, *body)}))


def fell_silent(data: Data, event: Event, facts: Facts) -> Step:
    """Hurt, being led, and no longer answering: whoever has the case is told, or all who were."""
    guide = event.args["guide"]
    data = {**data, "guide": guide, "quiet": True}
    told = _pass(
        data, facts, m.FELL_SILENT, {"step": Passage(guide["card"], "gist", guide["step"])}
    )
    return Step(_now(data), data, (Log("silent", "", data["person"]), *told))


def wants(data: Data, event: Event, facts: Facts) -> Step:
    """In this case the person would now like to write with a human: no second case for that.
    After they had ended it, it begins anew."""
    data = {**data, "line": True, **_facts_known(event.args, event)}
    if data.get("answered"):
        data = {**data, "answered": False, "since": event.at}
        logged = Log("line", "", data["person"])
        return _begin_phase(data, event, facts, Phase.UNCERTAINTY, (logged,), m.ALERT)
    known = lines.known(data, lines.name(data, facts))
    body = (*known, *lines.to_do(data["id"], data, facts))
    passed = _pass(data, facts, m.WANTS_LINE, {"body": body})
    seen = _to_line(data, "seen") if data.get("holder") else ()
    return Step(_now(data), data, (Log("line", "", data["person"]), *passed, *seen))


def left(data: Data, event: Event, facts: Facts) -> Step:
    """The person has ended the chat: where that was all, nobody is called any more."""
    if data["kind"] != "hotline":
        told = _pass(data, facts, m.LEFT_LINE, {})
        return Step(_now(data), {**data, "line": False}, (Log("left", "", data["person"]), *told))
    data = {**data, "answered": True}
    told = _tell(data, facts, m.LEFT, {})
    stop = tuple(CancelTimer(name) for name in TIMERS)
    return Step(State.ANSWERED, data, (Log("left", "", data["person"]), *told, *stop))


def widened(data: Data, event: Event, facts: Facts) -> Step:
    """They no longer wait for the one they chose: everybody is called as usual."""
    told = _tell(data, facts, m.WIDENED, {})
    data = {k: v for k, v in data.items() if k != "only"}
    logged = Log("widened", "", data["person"])
    phase = Phase(data["phase"])
    return _begin_phase(data, event, facts, phase, (logged, *told), m.ALERT)


def moved(data: Data, event: Event, facts: Facts) -> Step:
    """A live location: the last place is always known, and told now and then."""
    data = {**data, **_facts_known(event.args, event)}
    if event.received - data.get("moved_at", 0) < MOVED_EVERY:
        return Step(_now(data), data)
    spot = Place(event.args["lat"], event.args["lon"])
    passed = _pass(data, facts, m.PLACE_FROM_THEM, {"at": Moment(event.at), "place": spot})
    logged = Log("heard", f"{spot.lat}, {spot.lon}", data["person"])
    return Step(_now(data), {**data, "moved_at": event.received}, (logged, *passed))


def again(data: Data, event: Event, facts: Facts) -> Step:
    """A further call for help alerts everybody again, at once, in the same case."""
    known = _facts_known(event.args, event)
    if "text" in known and data.get("text"):
        # What they wrote before stays: one such alert may take the place of another.
        said = dict.fromkeys([*data["text"][0].split("\n"), *known["text"][0].split("\n")])
        known["text"] = ["\n".join(said)[-KEPT_AGAIN:], event.at]
    data = {**data, **known, "answered": False}
    data.pop("cancelled", None)
    if data.get("perhaps"):
        # No longer perhaps: from here on it is a call for help like any other.
        data = {**data, "perhaps": False, "since": event.at}
        logged = Log("again", str(event.args.get("text", "")), data["person"])
        return _begin_phase(data, event, facts, Phase.DISTRESS, (logged,), m.ALERT)
    everybody = [c for c in facts.coordinators if c.id != data["person"]]
    args = _args(data, facts, at=Moment(event.at), body=lines.body(data["id"], data, facts))
    take = (Choice(m.TAKE, "ack", always=True),)
    # However often somebody calls, one such alert waits at most: others' first calls go before.
    calls = [Alert(c.id, m.AGAIN, args, take, data["id"], repeat=True) for c in everybody]
    data["told"] = list(dict.fromkeys([*data["told"], *(c.id for c in everybody)]))
    logged = Log("again", str(event.args.get("text", "")), data["person"])
    if data.get("holder"):
        return Step(State.ACKNOWLEDGED, data, (logged, *calls))
    return Step(State.OPEN, data, (logged, *calls, _repeat_later(event, facts)))


def missed(data: Data, event: Event, facts: Facts) -> Step:
    """The next check-in of the same plan was missed too: the same case, called anew.

    Whoever holds it hears it; after an answer nobody holds it any more, and it starts again.
    """
    since = event.args["since"]
    stood_down = bool(data.get("answered"))
    data = {**data, **_facts_known(event.args, event), "since": since, "answered": False}
    logged = Log("missed", str(since))
    if data.get("holder") and not stood_down:
        args: dict[str, Value] = {"body": lines.body(data["id"], data, facts)}
        passed = _pass(data, facts, m.MISSED_AGAIN, args)
        data, timers = _renew(data, event, facts)
        return Step(State.ACKNOWLEDGED, data, (logged, *passed, *timers))
    phase = Phase.UNCERTAINTY if stood_down else Phase(data["phase"])
    return _begin_phase(data, event, facts, phase, (logged,), m.MISSED_AGAIN)


def answered(data: Data, event: Event, facts: Facts) -> Step:
    """All good, they say: everybody who was told stands down. A human still closes.

    With the duress word, now or in a case that is still open, nothing stands down.
    """
    at = Moment(event.args["at"])
    forced = event.duress or any(c.silent and c.kind == "duress" for c in facts.cases)
    if forced:
        told = _tell(data, facts, m.NOT_TRUSTED, {"at": at}, lane=Lane.URGENT)
        return Step(_now(data), data, (Log("not trusted", "", data["person"]), *told))
    data = {**data, "answered": True}
    told = _tell(data, facts, m.ANSWERED, {"at": at}, lane=Lane.URGENT)
    stop = tuple(CancelTimer(name) for name in TIMERS)
    return Step(State.ANSWERED, data, (Log("answered", "", data["person"]), *told, *stop))


def cancelled(data: Data, event: Event, facts: Facts) -> Step:
    data = {**data, "cancelled": event.at}
    told = _tell(data, facts, m.CANCELLED, {"at": Moment(event.at)}, lane=Lane.URGENT)
    logged = Log("cancelled", str(event.args.get("text", "")), data["person"])
    return Step(_now(data), data, (logged, *told))


def silenced(data: Data, event: Event, facts: Facts) -> Step:
    what = str(event.args["what"])
    data = {**data, "silenced": what}
    told = _pass(data, facts, m.UNVERIFIED, {"what": what, "at": Moment(event.at)})
    return Step(_now(data), data, (Log("silenced", what, data["person"]), *told))


def unreachable(data: Data, event: Event, facts: Facts) -> Step:
    """A call reached nobody: whoever is next is called at once."""
    who = str(event.args["who"])
    lost = data.get("lost", [])
    if who in lost and who != data.get("holder"):
        return Step(_now(data), data)
    # Still among those who were called: what comes later waits for them, the close too.
    data = {**data, "lost": [*lost, who]}
    logged = Log("unreachable", str(event.args["reason"]), who)
    if who == data.get("holder") and not data.get("answered"):
        return _lost(data, event, facts, logged)
    if _now(data) is not State.OPEN:
        return Step(_now(data), data, (logged,))
    fine = any(c.reachable for c in _called(data, facts))
    if fine and data["phase"] != Phase.DISTRESS:
        told = _tell(data, facts, m.UNREACHABLE, {"who": _name(who, facts)}, but=who)
        data, called = _climb(data, event, facts, m.ALERT, 1)
        return Step(State.OPEN, data, (logged, *told, *called))
    everybody, skipped = len(facts.policy.ladder), 0 if fine else data["step"]
    data, called = _climb(data, event, facts, m.ALERT, everybody, skipped)
    return Step(State.OPEN, data, (logged, *called))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state that this version doesn't know: call everybody again rather than nobody."""
    return _begin_phase(data, event, facts, Phase.DISTRESS, (Log("recovered"),), m.ALERT)


# ---------------------------------------------------------------- small words


def _now(data: Data) -> State:
    """The state follows from the data, so that a handler shared by states can say it."""
    if data.get("answered"):
        return State.ANSWERED
    return State.ACKNOWLEDGED if data.get("holder") else State.OPEN


def _called(data: Data, facts: Facts) -> list[Person]:
    """Whom the calls of this phase have reached, as far as we know."""
    lost = (data["person"], *data.get("lost", []))
    return [c for c in facts.coordinators if c.id in data["told"] and c.id not in lost]


def _minutes(ms: int) -> int:
    """Whole minutes, in ms: nobody reads seconds in an alert."""
    return max(1, round(ms / 60_000)) * 60_000


def _name(person: str, facts: Facts) -> str:
    known = facts.people.get(person)
    return known.name if known else "?"


def _noted(event: Event) -> tuple[Effect, ...]:
    """What was written in a reply to an alert is kept as a note."""
    text = event.text.strip() if event.kind is Kind.TEXT else ""
    return (Log("note", text, event.person),) if text else ()


def _tell(
    data: Data,
    facts: Facts,
    said: Message,
    args: dict[str, Value],
    but: str = "",
    lane: Lane = Lane.REPLY,
    file: Enclosed | None = None,
) -> tuple[Say, ...]:
    """Everybody who was told so far, except one, and never the person it is about."""
    shown, to = _args(data, facts, **args), {"lane": lane, "where": Where.FIRST}
    return tuple(
        Say(said, shown, to=who, case=data["id"], file=file, **to)  # type: ignore[arg-type]
        for who in data["told"]
        if who not in (but, data["person"])
    )


def _pass(
    data: Data, facts: Facts, said: Message, args: dict[str, Value], file: Enclosed | None = None
) -> tuple[Say, ...]:
    """To the holder, or to everybody told while nobody has it. In a conversation nothing is so
    urgent that it may go before somebody's call for help."""
    told = {**data, "told": [data["holder"]]} if data.get("holder") else data
    lane = Lane.REPLY if data["kind"] == "hotline" else Lane.URGENT
    return _tell(told, facts, said, args, lane=lane, file=file)


def _alone(data: Data) -> tuple[Data, tuple[Effect, ...]]:
    """Nobody can be reached: who called for help must not rely on us alone. Told once."""
    if (
        data["kind"] not in ("panic", "hotline", "medical")
        or data.get("perhaps")
        or data.get("alone")
    ):
        return data, ()
    return {**data, "alone": True}, _to_person(data, "alone")


def _to_person(data: Data, name: str) -> tuple[Effect, ...]:
    """Signals to the person's own flows; a silent case has none to give."""
    if data["silent"]:
        return ()
    if data["kind"] == "medical" and data.get("guide", {}).get("discreet"):
        return _to_line(data, name)  # whoever holds that phone must not learn that we know
    flow = {"panic": "panic", "overdue": "checkin", "medical": "guidance"}.get(data["kind"])
    told = (Signal(flow, data["person"], name, {"person": data["person"]}),) if flow else ()
    return (*told, *_to_line(data, name))


def _to_line(data: Data, name: str) -> tuple[Signal, ...]:
    """Where a coordinator has written to the person, or they asked for it."""
    if data["silent"] or not (data.get("line") or data.get("spoken")):
        return ()
    told = {"person": data["person"], "case": data["id"]}
    return (Signal("hotline", data["person"], name, told),)


# ---------------------------------------------------------------- the table

S = State
TABLE: Table = {
    S.NEW: {"start": edge(start, S.OPEN)},
    S.OPEN: {
        "timer.step": edge(next_step, S.OPEN),
        "timer.phase": edge(next_phase, S.OPEN),
        "timer.repeat": edge(repeat, S.OPEN),
        "ack": edge(acknowledge, S.ACKNOWLEDGED),
        "take": edge(acknowledge, S.ACKNOWLEDGED),
        "note": edge(note, S.OPEN),
        "say": edge(say, S.ACKNOWLEDGED, S.OPEN),
        "handover": edge(handover, S.OPEN),
        "escalate": edge(escalate, S.OPEN),
        "close": edge(close, S.CLOSED, S.OPEN),
        "text": edge(told_how, S.OPEN),
        "show": edge(show, S.OPEN),
        "heard": edge(heard, S.OPEN),
        "kept": edge(kept, S.OPEN),
        "lost": edge(lost, S.OPEN),
        "guided": edge(guided, S.OPEN),
        "fell_silent": edge(fell_silent, S.OPEN),
        "wants": edge(wants, S.OPEN),
        "left": edge(left, S.ANSWERED, S.OPEN),
        "widened": edge(widened, S.OPEN),
        "moved": edge(moved, S.OPEN),
        "again": edge(again, S.OPEN),
        "missed": edge(missed, S.OPEN),
        "answered": edge(answered, S.ANSWERED, S.OPEN),
        "cancelled": edge(cancelled, S.OPEN),
        "silenced": edge(silenced, S.OPEN),
        "unreachable": edge(unreachable, S.OPEN),
    },
    S.ACKNOWLEDGED: {
        "timer.ack": edge(expired, S.OPEN),
        "timer.follow": edge(follow_up, S.ACKNOWLEDGED),
        "ack": edge(acknowledge, S.ACKNOWLEDGED),
        "take": edge(acknowledge, S.ACKNOWLEDGED),
        "note": edge(note, S.ACKNOWLEDGED),
        "say": edge(say, S.ACKNOWLEDGED),
        "handover": edge(handover, S.ACKNOWLEDGED),
        "escalate": edge(escalate, S.OPEN),
        "close": edge(close, S.CLOSED, S.ACKNOWLEDGED),
        "text": edge(told_how, S.ACKNOWLEDGED),
        "show": edge(show, S.ACKNOWLEDGED),
        "heard": edge(heard, S.ACKNOWLEDGED),
        "kept": edge(kept, S.ACKNOWLEDGED),
        "lost": edge(lost, S.ACKNOWLEDGED),
        "guided": edge(guided, S.ACKNOWLEDGED),
        "fell_silent": edge(fell_silent, S.ACKNOWLEDGED),
        "wants": edge(wants, S.ACKNOWLEDGED),
        "left": edge(left, S.ANSWERED, S.ACKNOWLEDGED),
        "moved": edge(moved, S.ACKNOWLEDGED),
        "again": edge(again, S.ACKNOWLEDGED, S.OPEN),
        "missed": edge(missed, S.ACKNOWLEDGED),
        "answered": edge(answered, S.ANSWERED, S.ACKNOWLEDGED),
        "cancelled": edge(cancelled, S.ACKNOWLEDGED),
        "silenced": edge(silenced, S.ACKNOWLEDGED),
        "unreachable": edge(unreachable, S.ACKNOWLEDGED, S.OPEN),
    },
    S.ANSWERED: {
        "ack": edge(acknowledge, S.ANSWERED),
        "take": edge(acknowledge, S.ANSWERED),
        "note": edge(note, S.ANSWERED),
        "say": edge(say, S.ANSWERED),
        "handover": edge(handover, S.ANSWERED),
        "escalate": edge(escalate, S.OPEN),
        "close": edge(close, S.CLOSED, S.ANSWERED),
        "text": edge(told_how, S.ANSWERED),
        "show": edge(show, S.ANSWERED),
        "heard": edge(heard, S.ANSWERED),
        "kept": edge(kept, S.ANSWERED),
        "lost": edge(lost, S.ANSWERED),
        "guided": edge(guided, S.ANSWERED),
        "wants": edge(wants, S.OPEN),
        "missed": edge(missed, S.OPEN),
        "unreachable": edge(unreachable, S.ANSWERED),
    },
    S.CLOSED: {},
}

FLOW = Flow("escalation", TABLE, S.NEW, recover, sees_silent=True)
