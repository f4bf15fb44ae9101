"""One drill: who takes part, what its script says when, and what has happened of it.

It belongs to the trainer who gave it. What people do in it happens on an engine of its own
(bot/drill), which tells this flow; only what is told and asked here goes over the real one, marked,
behind everything else. What it remembers: state.py.
"""

from dataclasses import replace
from typing import Any

from flows.drill import cast, joining, telling, watching
from flows.drill import messages as m
from flows.drill import report_messages as r
from flows.drill.joining import invited, wordless
from flows.drill.results import matched, part_name, results
from flows.drill.script import Act, Script
from flows.drill.state import (
    LEAVE,
    State,
    back,
    called,
    drill_row,
    here,
    inside,
    name_of,
    out,
    put,
    script_of,
    state_of,
    story,
    tell,
    title_of,
    trainer,
    wall,
)
from flows.engine.flow import Edge, Flow, Table, edge
from flows.engine.messages import Line, Message, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Lane,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)

HOUR = 3_600_000
GATHERS = 24 * HOUR  #: ms in which somebody must begin it
AFTER = 10 * 60_000  #: ms of the drill's time after its last act, until it ends by itself
PREFERRED = "telegram"  #: the app whose links can carry a code
ANYWAY = "anyway"  #: it begins although nobody plays some part
S = State

# ---------------------------------------------------------------- its beginning


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: script, people (id -> part), pace, duty (ids of who is told beforehand), code; with
    `surprise` these have agreed before, and it begins at once."""
    given = event.args
    script: Script = facts.scripts[given["script"]]
    new: Data = {
        "id": given["id"],
        "script": script.name,
        "trainer": given.get("trainer") or event.person,
        "pace": max(1, int(given.get("pace") or script.pace)),
        "began": 0,
        "next": 0,
        "people": {who: [part, "asked"] for who, part in given["people"].items()},
        "guests": {},
        "late": {},
        "code": given.get("code", ""),
        "did": {},
        "mended": [],
    }
    warned = tuple(
        Say(m.WARNED, {"title": script.title}, to=who, lane=Lane.BULK, where=Where.FIRST)
        for who in given.get("duty", ())
        if who not in new["people"]
    )
    if given.get("surprise"):
        new = {**new, "people": {who: [part, "in"] for who, (part, _) in new["people"].items()}}
        begins = _begins({**new, "surprise": True}, event, facts)
        return Step(begins.state, begins.data, (*warned, *begins.effects))
    asked = tuple(invited(new, who, facts) for who in new["people"])
    args = {"n": len(asked), "code": new["code"], "lines": _ways_in(new, facts)}
    told = Say(
        m.ASKED,
        args,
        (
            Choice(m.BEGIN, "begin", always=True),
            Choice(m.RECALL, "recall", always=True),
            Choice(m.MAY_ENROL, "offer", always=True),
        ),
        to=new["trainer"],
        lane=Lane.BULK,
        where=Where.FIRST,
        file=_picture(new, facts),
    )
    lacking = wordless(new, new["people"], facts)
    ends = SetTimer("end", event.received + GATHERS)
    return Step(S.GATHERING, new, (*asked, *warned, told, *lacking, ends))


def _ways_in(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Where those in the room can come in: a link that carries the code, or one that opens the chat
    to which it is sent."""
    said = {True: m.LINK_WITH_CODE, False: m.LINK_THEN_CODE}
    return tuple(
        Line(said["{code}" in where], {"link": where.replace("{code}", data["code"])})
        for where in facts.contacts.values()
    )


def _picture(data: Data, facts: Facts) -> Enclosed | None:
    """The best of these as a QR code, to be shown on a wall."""
    ways = facts.contacts
    link = ways.get(PREFERRED) or next(iter(ways.values()), "")
    return Enclosed("qr", link.replace("{code}", data["code"])) if link else None


def real(state: State) -> Any:
    """They said that something is real: those on duty have it by now, and nothing of the drill
    reaches this person until the trainer goes on with them."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        who = event.person
        if state_of(data, who) != "in":
            return Step(state, data)
        gone = out(data, who, "real", event.received)
        return Step(state, gone, (_stopped(data, who, facts),))

    return handler


def _stopped(data: Data, who: str, facts: Facts, said: Message = m.STOPPED) -> Say:
    name = name_of(who, facts)
    resume = Choice(m.RESUME, "resume", who, {"name": name}, always=True)
    return trainer(data, said, {"name": name}, resume)


def tapped_real(state: State) -> Any:
    """The button under what the drill said: a call for help, and then as above."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        step: Step = real(state)(data, event, facts)
        call = Signal("panic", event.person, "sos")
        return Step(state, step.data, (call, *step.effects))

    return handler


def resumed(data: Data, event: Event, facts: Facts) -> Step:
    """Not while their call for help is open: what the script says next ("take it back") would be
    for that."""
    who = event.arg
    if event.person != data["trainer"] or state_of(data, who) != "real":
        return Step(S.RUNNING, data)
    if facts.engaged.get(who) == "call":
        return Step(S.RUNNING, data, (_stopped(data, who, facts, m.STILL_OPEN),))
    said = trainer(data, m.RESUMED, {"name": name_of(who, facts)})
    return Step(S.RUNNING, back(data, who), (said,))


# ---------------------------------------------------------------- the script


def begun(data: Data, event: Event, facts: Facts) -> Step:
    if event.person != data["trainer"]:
        return Step(S.GATHERING, data)
    if not inside(data):
        return Step(S.GATHERING, data, (trainer(data, m.NOBODY_JOINED, {}),))
    script = script_of(data, facts)
    lacks = cast.empty(script, (data["people"][who][0] for who in inside(data)))
    if lacks and event.arg != ANYWAY:
        # Not for good: in a room somebody may come in later.
        begin = Choice(m.BEGIN_ANYWAY, "begin", ANYWAY, always=True)
        lines = tuple(Line(m.PART, part_name(script, part.name)) for part in lacks)
        return Step(S.GATHERING, data, (trainer(data, m.NOBODY_PLAYS, {"lines": lines}, begin),))
    new, told = _calling(data, facts)
    step = _begins(new, event, facts)
    return replace(step, effects=(*step.effects, *told))


def _calling(data: Data, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """Who has called for help before it began is left alone like who does so in it."""
    told: list[Effect] = []
    for who in inside(data):
        if facts.engaged.get(who) == "call":
            data = put(data, who, "real")
            told.append(_stopped(data, who, facts))
    return data, tuple(told)


def _begins(data: Data, event: Event, facts: Facts) -> Step:
    new = {**data, "began": event.received}
    script = script_of(new, facts)
    surprise = bool(new.get("surprise"))
    said = m.SURPRISED if surprise else m.PART_NOW
    title = {"title": script.title} if surprise else {}
    told = tuple(
        tell(who, said, {**part_name(script, new["people"][who][0]), **title}, LEAVE)
        for who in inside(new)
    )
    seen = tuple(tell(who, m.WATCH_NOW, {}, LEAVE) for who in inside(new, "watches"))
    ends = SetTimer("end", wall(new, script.length + AFTER))
    recall = Choice(m.RECALL, "recall", always=True)
    runs = trainer(new, m.SURPRISE_RUNS if surprise else m.RUNS, title, recall)
    step = acts(new, event, facts)
    return Step(S.RUNNING, step.data, (*told, *seen, runs, *step.effects, ends))


def acts(data: Data, event: Event, facts: Facts) -> Step:
    """What the trainer's script says by now, to whoever plays that part and is in it."""
    script, now = script_of(data, facts), story(data, event.received)
    due = [a for a in script.acts[data["next"] :] if a.at <= now]
    told = tuple(
        Say(act.text, to=who, lane=Lane.BULK, where=Where.FIRST, until=_until(data, script, act))
        for act in due
        if act.text is not None
        for who, (part, state) in data["people"].items()
        if part == act.to and state == "in"
    )
    new = {**data, "next": data["next"] + len(due)}
    later = script.acts[new["next"] :]
    timer: tuple[Effect, ...] = (SetTimer("act", wall(new, later[0].at)),) if later else ()
    return Step(S.RUNNING, new, (*told, *watching.told(data, script, due), *timer))


def _until(data: Data, script: Script, act: Act) -> int:
    """Until when, by the clock, it may still go to somebody; 0: at any time."""
    last = script.told_until(act, data["pace"])
    return wall(data, last) if last else 0


def happened(data: Data, event: Event, facts: Facts) -> Step:
    """`args["rows"]`: [person, what, urgent, ms of the drill's time, UTC ms] each."""
    parts = {who: part for who, (part, state) in data["people"].items() if state != "watches"}
    script = script_of(data, facts)
    did = matched(script, parts, data["did"], event.args["rows"])
    return Step(S.RUNNING, {**data, "did": did}, watching.happened(data, script, did))


def unreachable(state: State) -> Any:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        who = event.args.get("to", "")
        if not who or who in data["mended"]:
            return Step(state, data)
        told = trainer(data, m.UNREACHED, {"name": name_of(who, facts)})
        return Step(state, {**data, "mended": [*data["mended"], who]}, (told,))

    return handler


def behind(data: Data, event: Event, facts: Facts) -> Step:
    """Its engine can't write what happens, or can again (`args["again"]`)."""
    said = m.GOES_ON if event.args.get("again") else m.BEHIND
    return Step(S.RUNNING, data, (trainer(data, said, {}),))


# ---------------------------------------------------------------- its end


def recalled(data: Data, event: Event, facts: Facts) -> Step:
    """Everybody who got anything is told by the bot (bot/drill), there where they got it. Nobody
    but who gave it has a button for it, or is asked. `args["why"]`: "script", it can't go on
    without its script."""
    stop = (CancelTimer("act"), CancelTimer("end"))
    told = trainer(data, m.SCRIPT_GONE if event.args.get("why") == "script" else m.RECALLED, {})
    return Step(
        S.OVER, {**data, "ended": event.received}, (*stop, told, *joining.later(data, event))
    )


def ended(data: Data, event: Event, facts: Facts) -> Step:
    new = {**data, "ended": event.received}
    script = script_of(data, facts)
    lines = results(new, script)
    told = trainer(new, m.OVER, {"title": script.title, "lines": lines})
    return Step(S.OVER, new, (CancelTimer("act"), told, *joining.later(new, event)))


def is_over(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.OVER, data, (here(event, m.IS_OVER),))


def reported(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: what telling.py says there is. Told once, to the trainer and to each who stayed."""
    if "report" in data:
        return Step(S.OVER, data)
    script = script_of(data, facts)
    new = telling.kept(data, event.args)
    told = telling.for_trainer(event.args)
    picture = Enclosed("drill", new["id"])
    says = [Say(r.REPORT, {"title": script.title, "lines": told}, to=data["trainer"],
                lane=Lane.BULK, where=Where.FIRST, file=picture)]  # fmt: skip
    for who, (_, state) in data["people"].items():
        if state == "in" and who in event.args["people"]:
            lines = telling.for_one(event.args["people"][who])
            args: dict[str, Value] = {"title": script.title, "lines": lines}
            says.append(Say(r.OWN, args, to=who, lane=Lane.BULK, where=Where.FIRST))
    return Step(S.OVER, new, tuple(says))


def findings(data: Data, event: Event, facts: Facts) -> Step:
    """Asked for by who gave it. `args["others"]`: there are other drills of theirs."""
    if event.person != data["trainer"]:
        return Step(S.OVER, data)
    others = bool(event.args.get("others"))
    return Step(S.OVER, data, (_to_mend(data, facts, others),))


def ticked(data: Data, event: Event, facts: Facts) -> Step:
    """By the trainer's button, or by the operator (`args["n"]`)."""
    if event.person != data["trainer"]:
        return Step(S.OVER, data)
    n = str(event.args.get("n") or event.arg)
    new = telling.ticked(data, int(n) if n.isdecimal() else 0, event.received)
    return Step(S.OVER, new, (_to_mend(new, facts),))


def _to_mend(data: Data, facts: Facts, others: bool = False) -> Say:
    names = {who: name_of(who, facts) for _, who, *_ in data.get("findings", ())}
    lines, choices = telling.findings(data, names)
    title = title_of(data, facts)
    if others:
        back = ("trainer", data["trainer"])
        choices = (*choices, Choice(r.EARLIER, "earlier", to=back, always=True))
    if not lines:
        return trainer(data, r.ALL_MENDED, {"title": title}, *choices)
    return trainer(data, r.FINDINGS, {"title": title, "lines": lines}, *choices)


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.OVER, data, (trainer(data, m.IS_OVER, {}),))


# ---------------------------------------------------------------- its table


def _cast(state: State) -> dict[str, Edge]:
    """Coming in and going out, while it gathers and while it runs."""
    made = {
        "join": joining.joined,
        "watch": joining.watches,
        "speak": joining.speaks,
        "text": joining.called,
        "decline": joining.declined,
        "leave": joining.left,
        "offer": joining.offered,
    }
    return {trigger: edge(handler(state), state) for trigger, handler in made.items()}


TABLE: Table = {
    S.NEW: {"start": edge(start, S.GATHERING, S.RUNNING)},
    S.GATHERING: {
        **_cast(S.GATHERING),
        "begin": edge(begun, S.GATHERING, S.RUNNING),
        "unreachable": edge(unreachable(S.GATHERING), S.GATHERING),
        "recall": edge(recalled, S.OVER),
        "timer.end": edge(recalled, S.OVER),
    },
    S.RUNNING: {
        **_cast(S.RUNNING),
        "real": edge(real(S.RUNNING), S.RUNNING),
        "tap": edge(tapped_real(S.RUNNING), S.RUNNING),
        "called": edge(called, S.RUNNING),
        "resume": edge(resumed, S.RUNNING),
        "happened": edge(happened, S.RUNNING),
        "behind": edge(behind, S.RUNNING),
        "unreachable": edge(unreachable(S.RUNNING), S.RUNNING),
        "timer.act": edge(acts, S.RUNNING),
        "timer.end": edge(ended, S.OVER),
        "recall": edge(recalled, S.OVER),
    },
    S.OVER: {
        **dict.fromkeys(
            ("join", "watch", "decline", "leave", "begin", "recall", "offer", "speak", "text"),
            edge(is_over, S.OVER),
        ),
        "enrol": edge(joining.enrols, S.OVER),
        "timer.offer": edge(joining.offers, S.OVER),
        "tap": edge(tapped_real(S.OVER), S.OVER),
        "reported": edge(reported, S.OVER),
        "findings": edge(findings, S.OVER),
        "ticked": edge(ticked, S.OVER),
    },
}

FLOW = Flow("drill", TABLE, S.NEW, recover, lobby=frozenset({S.GATHERING, S.OVER, S.RUNNING}))

__all__ = ["FLOW", "State", "drill_row"]
