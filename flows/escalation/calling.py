"""Who is called, and when: the opening, phases, ladder, repeats; and again when nobody has it."""

from collections.abc import Iterable
from dataclasses import replace

from flows.engine.messages import Line, Message, Moment
from flows.engine.model import (
    PHASES,
    Alert,
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Keep,
    LadderStep,
    Log,
    Person,
    Phase,
    Risk,
    Say,
    SetTimer,
    Step,
    Where,
)
from flows.escalation import lines
from flows.escalation import messages as m
from flows.escalation.state import (
    State,
    args_of,
    facts_known,
    name_of,
    state_of,
    tell,
    to_line,
    to_person,
)

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
    fresh |= facts_known(given, event)
    if given["kind"] in ("panic", "duress") and event.late > lines.LATE:
        fresh["sent_late"] = _minutes(event.late)
    if facts.outage:
        fresh["outage"] = [*facts.outage, _minutes(event.late)]
    opened: list[Effect] = [Log("opened", f"{given['kind']} {phase}")]
    if fresh.get("text"):
        opened.append(Log("heard", fresh["text"][0], event.person))
    if event.files:
        opened.append(Keep("escalation", fresh["id"], fresh["id"], event.person, event.person))
    begun = begin_phase(fresh, event, facts, phase, opened, m.ALERT)
    return replace(begun, effects=(*begun.effects, *to_line(fresh, "opened")))


def _minutes(ms: int) -> int:
    """Whole minutes, in ms: nobody reads seconds in an alert."""
    return max(1, round(ms / 60_000)) * 60_000


def begin_phase(
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
    timers = (phase_timer, repeat_later(event, facts), *stop)
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
    called: dict[str, int] = {}
    while data["step"] < len(ladder):
        step = ladder[data["step"]]
        due = data["base"] + step.after <= now
        if not (everything or due or skipped or at_once):
            break
        at_once = max(0, at_once - 1)
        chosen = notified(step, data, facts)
        # Whose call still waits for its platform isn't called twice; the repeats try again.
        people = [p for p in chosen if p.id not in called and p.id not in data.get("lost", [])]
        extra = (Line(m.SKIPPED, {"step": skipped}),) if skipped else ()
        effects += [
            _call(p, data, facts, m.REPEAT if p.id in before else said, extra) for p in people
        ]
        called |= {p.id: data["step"] + 1 for p in people}
        reached = any(p.reachable and p.id not in data.get("lost", []) for p in chosen)
        skipped = 0 if reached else data["step"] + 1
        if not reached:
            said_so = f"step {data['step'] + 1} reached nobody, {data['phase']}"
            effects.append(Log("skipped", said_so))
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
    effects += [Log("called", f"step {n}, {data['phase']}", by) for by, n in called.items()]
    return data, tuple(effects)


def notified(step: LadderStep, data: Data, facts: Facts) -> list[Person]:
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
        args=args_of(data, facts, body=lines.body(data["id"], data, facts, extra)),
        choices=(Choice(m.TAKE, "ack", always=True),),
        case=data["id"],
        repeat=said is m.REPEAT,
        about=data["person"],
    )


def _called(data: Data, facts: Facts) -> list[Person]:
    """Whom the calls of this phase have reached, as far as we know."""
    lost = (data["person"], *data.get("lost", []))
    return [c for c in facts.coordinators if c.id in data["told"] and c.id not in lost]


def _alone(data: Data) -> tuple[Data, tuple[Effect, ...]]:
    """Nobody can be reached: who called for help must not rely on us alone. Told once."""
    if (
        data["kind"] not in ("panic", "hotline", "medical")
        or data.get("perhaps")
        or data.get("alone")
    ):
        return data, ()
    return {**data, "alone": True}, to_person(data, "alone")


# ---------------------------------------------------------------- time


def next_step(data: Data, event: Event, facts: Facts) -> Step:
    data, called = _climb(data, event, facts, m.ALERT)
    return Step(State.OPEN, data, (*called, repeat_later(event, facts)))


def next_phase(data: Data, event: Event, facts: Facts) -> Step:
    phase = PHASES[min(PHASES.index(Phase(data["phase"])) + 1, 2)]
    return begin_phase(data, event, facts, phase, (Log("phase", str(phase)),), m.ALERT)


def repeat(data: Data, event: Event, facts: Facts) -> Step:
    """Nobody has it yet. Everybody who was told hears it again; with nobody told, all steps do.

    One person's open cases share one repeat: the worst one speaks, the others keep quiet.
    """
    if _speaks_for(data, facts) != data["id"]:
        return Step(State.OPEN, data, (repeat_later(event, facts),))
    told = [c for c in facts.coordinators if c.id in data["told"] and c.id != data["person"]]
    effects: tuple[Effect, ...] = tuple(_call(c, data, facts, m.REPEAT) for c in told)
    if not any(c.reachable for c in _called(data, facts)):
        afresh = {**data, "step": 0, "lost": []}
        data, called = _climb(afresh, event, facts, m.REPEAT, len(facts.policy.ladder))
        effects = called
    return Step(State.OPEN, data, (*effects, repeat_later(event, facts)))


def repeat_later(event: Event, facts: Facts) -> SetTimer:
    return SetTimer("repeat", event.received + facts.policy.repeat_every)


def _speaks_for(data: Data, facts: Facts) -> str:
    """The id of the case that repeats for this person: the worst, then the oldest."""
    waiting = [c for c in facts.cases if c.person == data["person"] and not c.quiet]
    # A silent case speaks only where no other does: the person's chat must not differ by it.
    worst = sorted(waiting, key=lambda c: (c.silent, -PHASES.index(c.phase), c.opened_at, c.id))
    return worst[0].id if worst else str(data["id"])


# ---------------------------------------------------------------- whoever has it


def renew(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """Any action by the holder renews it. Half way through, they are asked what is happening."""
    if state_of(data) is State.ANSWERED:
        return data | {"until": event.received}, ()
    length = facts.policy.acknowledgement_expires
    until = event.received + length
    timers = (SetTimer("ack", until), SetTimer("follow", event.received + length // 2))
    return {**data, "until": until}, timers


def follow_up(data: Data, event: Event, facts: Facts) -> Step:
    args = args_of(data, facts, until=Moment(data["until"]))
    said = Say(
        m.FOLLOW_UP,
        args,
        (Choice(m.STILL_MINE, "ack", always=True),),
        to=data["holder"],
        where=Where.FIRST,
        case=data["id"],
    )
    return Step(State.ACKNOWLEDGED, data, (said,))


def expired(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever had it has gone quiet: both clocks go on from where they stood."""
    return _lost(data, event, facts, Log("expired", name_of(data.get("holder", ""), facts)))


def _lost(data: Data, event: Event, facts: Facts, logged: Log) -> Step:
    """The holder is gone (quiet, or can't be reached): everybody is told what is known."""
    who = name_of(data.get("holder", ""), facts)
    paused = event.received - data["paused_at"]
    data = {**data, "base": data["base"] + paused}
    data.pop("holder", None)
    effects: list[Effect] = [logged, CancelTimer("ack"), CancelTimer("follow")]
    if "phase_at" in data:
        data["phase_at"] += paused
        effects.append(SetTimer("phase", data["phase_at"]))
    told = _called(data, facts)
    args = args_of(data, facts, who=who, body=lines.body(data["id"], data, facts))
    effects += [
        Alert(c.id, m.RESUMED, args, (Choice(m.TAKE, "ack", always=True),), data["id"])
        for c in told
    ]
    everybody, skipped = (0, 0) if told else (len(facts.policy.ladder), data["step"])
    data, called = _climb(data, event, facts, m.ALERT, everybody, skipped)
    gone = to_line(data, "gone")
    return Step(State.OPEN, data, (*effects, *called, *gone, repeat_later(event, facts)))


def unreachable(data: Data, event: Event, facts: Facts) -> Step:
    """A call reached nobody: whoever is next is called at once."""
    who = str(event.args["who"])
    lost = data.get("lost", [])
    if who in lost and who != data.get("holder"):
        return Step(state_of(data), data)
    # Still among those who were called: what comes later waits for them, the close too.
    data = {**data, "lost": [*lost, who]}
    logged = Log("unreachable", str(event.args["reason"]), who)
    if who == data.get("holder") and not data.get("answered"):
        return _lost(data, event, facts, logged)
    if state_of(data) is not State.OPEN:
        return Step(state_of(data), data, (logged,))
    fine = any(c.reachable for c in _called(data, facts))
    if fine and data["phase"] != Phase.DISTRESS:
        told = tell(data, facts, m.UNREACHABLE, {"who": name_of(who, facts)}, but=who)
        data, called = _climb(data, event, facts, m.ALERT, 1)
        return Step(State.OPEN, data, (logged, *told, *called))
    everybody, skipped = len(facts.policy.ladder), 0 if fine else data["step"]
    data, called = _climb(data, event, facts, m.ALERT, everybody, skipped)
    return Step(State.OPEN, data, (logged, *called))
