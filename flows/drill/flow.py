"""One drill: who takes part, what its script says when, and what has happened of it.

It belongs to the trainer who gave it. What people do in it happens on an engine of its own
(bot/drill), which tells this flow; only what is told and asked here goes over the real one, marked,
behind everything else.

data   script, trainer, pace (times), began (UTC ms; 0: not yet), next (the act that comes next)
       people  id -> [part, state]: asked, in, out (declined or left), real (leaves them alone)
       did     "act/person" -> [ms of the drill's time, UTC ms, late 0/1]
       mended  people to whom it said something that never arrived
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from flows.drill import messages as m
from flows.drill.results import part_name, results
from flows.drill.script import DOES, NOTHING, OWES, Act, Script
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Message, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
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


class State(StrEnum):
    NEW = "new"
    GATHERING = "gathering"
    RUNNING = "running"
    OVER = "over"


S = State

# ---------------------------------------------------------------- who takes part


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: script, people (id -> part), pace, duty (ids of who is told beforehand), code."""
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
        "code": given.get("code", ""),
        "did": {},
        "mended": [],
    }
    asked = tuple(_invited(new, who, script, facts) for who in new["people"])
    warned = tuple(
        Say(m.WARNED, {"title": script.title}, to=who, lane=Lane.BULK, where=Where.FIRST)
        for who in given.get("duty", ())
        if who not in new["people"]
    )
    begin = (Choice(m.BEGIN, "begin", always=True), Choice(m.RECALL, "recall", always=True))
    told = _trainer(new, m.ASKED, {"n": len(asked), "code": new["code"]}, begin)
    wordless = _wordless(new, new["people"], script, facts)
    ends = SetTimer("end", event.received + GATHERS)
    return Step(S.GATHERING, new, (*asked, *warned, told, *wordless, ends))


def _wordless(
    data: Data, people: Iterable[str], script: Script, facts: Facts
) -> tuple[Effect, ...]:
    """Who couldn't do what is expected of them, told while it can still be helped."""
    lines = tuple(
        Line(m.NAMED, {"name": known.name})
        for who in people
        if script.needs_words(data["people"][who][0])
        and (known := facts.people.get(who)) is not None
        and not known.has_words
    )
    return (_trainer(data, m.NO_WORDS, {"lines": lines}),) if lines else ()


def _invited(data: Data, who: str, script: Script, facts: Facts) -> Say:
    trainer = facts.people.get(data["trainer"])
    args: dict[str, Value] = {
        "trainer": trainer.name if trainer else "", "title": script.title,
    }  # fmt: skip
    choices = (Choice(m.JOIN, "join", always=True), Choice(m.DECLINE, "decline", always=True))
    return Say(m.INVITE, args, choices, to=who, lane=Lane.BULK, where=Where.FIRST)


def joined(state: State) -> Any:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        """By the button, or later by the code: the part is then the one that most are missing."""
        script, people = _script(data, facts), data["people"]
        if any(d.mine and d.id != data["id"] for d in facts.drills):
            return Step(state, data, (_to(event, m.FULL),))
        part = people[event.person][0] if event.person in people else _free(script, facts, data)
        before = people.get(event.person, ["", ""])[1]
        new = {**data, "people": {**people, event.person: [part, "in"]}}
        if before == "in":
            return Step(state, data, (_to(event, m.WELCOME, part_name(script, part)),))
        inside = sum(s == "in" for _, s in new["people"].values())
        name = _name(event.person, facts)
        told = _trainer(
            data, m.JOINED, {"name": name, "n": inside, "of": len(new["people"])},
            (Choice(m.BEGIN, "begin", always=True),) if state is S.GATHERING else (),
        )  # fmt: skip
        said = m.PART_NOW if state is S.RUNNING else m.WELCOME
        fresh = [event.person] if event.person not in people else []
        wordless = _wordless(new, fresh, script, facts)
        return Step(state, new, (_to(event, said, part_name(script, part)), told, *wordless))

    return handler


def _free(script: Script, facts: Facts, data: Data) -> str:
    """For who comes by the code: a part of their role, the one that fewest play."""
    role = "coordinator" if facts.person.role == "coordinator" else "journalist"
    count = {p.name: sum(x[0] == p.name for x in data["people"].values()) for p in script.parts}
    fitting = [p.name for p in script.parts if p.role == role] or list(count)
    return min(fitting, key=lambda name: (count[name], fitting.index(name)))


def declined(state: State) -> Any:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        new = _with(data, event.person, "out")
        told = _trainer(data, m.REFUSED, {"name": _name(event.person, facts)})
        return Step(state, new, (_to(event, m.DECLINED), told))

    return handler


def left(state: State) -> Any:
    """Any time, and nobody asks why."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        new = _with(data, event.person, "out")
        told = _trainer(data, m.HAS_LEFT, {"name": _name(event.person, facts)})
        return Step(state, new, (_to(event, m.LEFT), told))

    return handler


def real(state: State) -> Any:
    """They said that something is real: those on duty have it by now, and nothing of the drill
    reaches this person until the trainer goes on with them."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        who = event.person
        if data["people"].get(who, ["", ""])[1] != "in":
            return Step(state, data)
        name = _name(who, facts)
        resume = (Choice(m.RESUME, "resume", who, {"name": name}, always=True),)
        return Step(
            state, _with(data, who, "real"), (_trainer(data, m.STOPPED, {"name": name}, resume),)
        )

    return handler


def tapped_real(state: State) -> Any:
    """The button under what the drill said: a call for help, and then as above."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        step: Step = real(state)(data, event, facts)
        call = Signal("panic", event.person, "sos")
        return Step(state, step.data, (call, *step.effects))

    return handler


def resumed(data: Data, event: Event, facts: Facts) -> Step:
    who = event.arg
    if event.person != data["trainer"] or data["people"].get(who, ["", ""])[1] != "real":
        return Step(S.RUNNING, data)
    said = _trainer(data, m.RESUMED, {"name": _name(who, facts)})
    return Step(S.RUNNING, _with(data, who, "in"), (said,))


# ---------------------------------------------------------------- the script


def begun(data: Data, event: Event, facts: Facts) -> Step:
    if event.person != data["trainer"]:
        return Step(S.GATHERING, data)
    if not any(s == "in" for _, s in data["people"].values()):
        return Step(S.GATHERING, data, (_trainer(data, m.NOBODY_JOINED, {}),))
    new = {**data, "began": event.received}
    script = _script(new, facts)
    recall = (Choice(m.RECALL, "recall", always=True),)
    told = tuple(
        Say(m.PART_NOW, part_name(script, part), to=who, lane=Lane.BULK, where=Where.FIRST)
        for who, (part, state) in data["people"].items()
        if state == "in"
    )
    ends = SetTimer("end", _wall(new, script.length + AFTER))
    step = acts(new, event, facts)
    return Step(
        S.RUNNING, step.data, (*told, _trainer(new, m.RUNS, {}, recall), *step.effects, ends)
    )


def acts(data: Data, event: Event, facts: Facts) -> Step:
    """What the trainer's script says by now, to whoever plays that part and is in it."""
    script, now = _script(data, facts), _story(data, event.received)
    due = [a for a in script.acts[data["next"] :] if a.at <= now]
    told = tuple(
        Say(act.text, to=who, lane=Lane.BULK, where=Where.FIRST)
        for act in due
        if act.text is not None
        for who, (part, state) in data["people"].items()
        if part == act.to and state == "in"
    )
    new = {**data, "next": data["next"] + len(due)}
    later = script.acts[new["next"] :]
    timer: tuple[Effect, ...] = (SetTimer("act", _wall(new, later[0].at)),) if later else ()
    return Step(S.RUNNING, new, (*told, *timer))


def happened(data: Data, event: Event, facts: Facts) -> Step:
    """`args["rows"]`: [person, what, urgent, ms of the drill's time, UTC ms] each."""
    script, did = _script(data, facts), dict(data["did"])
    for who, what, urgent, at, wall in event.args["rows"]:
        part = data["people"].get(who, ["", ""])[0]
        for act in script.acts:
            key = f"{act.number}/{who}"
            if key not in did and act.to == part and act.at <= at and _is(act, what, urgent):
                did[key] = [at, wall, int(at > act.until)]
                break
    return Step(S.RUNNING, {**data, "did": did})


def _is(act: Act, what: str, urgent: bool) -> bool:
    if act.by == "trainer" or act.verb == NOTHING:
        return False
    if act.by == "bot":
        key, must = OWES[act.verb]
        said = what.partition("say.")[2]
        return bool(said) and said.startswith(key) and (urgent or not must)
    return what in DOES[act.verb]


def unreachable(state: State) -> Any:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        who = event.args.get("to", "")
        if not who or who in data["mended"]:
            return Step(state, data)
        told = _trainer(data, m.UNREACHED, {"name": _name(who, facts)})
        return Step(state, {**data, "mended": [*data["mended"], who]}, (told,))

    return handler


# ---------------------------------------------------------------- its end


def recalled(data: Data, event: Event, facts: Facts) -> Step:
    """Everybody who got anything is told by the bot (bot/drill), there where they got it. Nobody
    but who gave it has a button for it, or is asked."""
    stop = (CancelTimer("act"), CancelTimer("end"))
    told = _trainer(data, m.RECALLED, {})
    return Step(S.OVER, {**data, "ended": event.received}, (*stop, told))


def ended(data: Data, event: Event, facts: Facts) -> Step:
    new = {**data, "ended": event.received}
    script = _script(data, facts)
    lines = results(new, script)
    told = _trainer(new, m.OVER, {"title": script.title, "lines": lines})
    return Step(S.OVER, new, (CancelTimer("act"), told))


def is_over(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.OVER, data, (_to(event, m.IS_OVER),))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.OVER, data, (_trainer(data, m.IS_OVER, {}),))


# ---------------------------------------------------------------- small


def drill_row(state: str, data: Data) -> dict[str, Any]:
    """How it stands in the table `drills`: what may be known without its key."""
    return {
        "trainer": data["trainer"],
        "script": data["script"],
        "state": state,
        "pace": data["pace"],
        "began_at": data["began"] or None,
        "ended_at": data.get("ended"),
        "people": " ".join(f"{who}:{part}:{s}" for who, (part, s) in data["people"].items()),
    }


def expected(row: Any, script: Script, who: str, at: int) -> frozenset[str]:
    """What the script waits for from this person now; `row` of the table `drills`."""
    parts = {p.split(":")[0]: p.split(":")[1] for p in row["people"].split()}
    if not row["began_at"] or who not in parts:
        return frozenset()
    return script.expected(parts[who], (at - row["began_at"]) * row["pace"])


def _script(data: Data, facts: Facts) -> Script:
    found: Script = facts.scripts[data["script"]]
    return found


def _wall(data: Data, story: int) -> int:
    return int(data["began"]) + story // int(data["pace"])


def _story(data: Data, wall: int) -> int:
    return (wall - int(data["began"])) * int(data["pace"])


def _with(data: Data, who: str, state: str) -> Data:
    part = data["people"].get(who, ["", ""])[0]
    return {**data, "people": {**data["people"], who: [part, state]}}


def _name(who: str, facts: Facts) -> str:
    known = facts.people.get(who)
    return known.name if known else "?"


def _to(event: Event, said: Message, args: Mapping[str, Value] | None = None) -> Say:
    return Say(said, args or {}, to=event.person, lane=Lane.BULK)


def _trainer(
    data: Data, said: Message, args: Mapping[str, Value], choices: tuple[Choice, ...] = ()
) -> Say:
    return Say(said, args, choices, to=data["trainer"], lane=Lane.BULK, where=Where.FIRST)


TABLE: Table = {
    S.NEW: {"start": edge(start, S.GATHERING)},
    S.GATHERING: {
        "join": edge(joined(S.GATHERING), S.GATHERING),
        "decline": edge(declined(S.GATHERING), S.GATHERING),
        "leave": edge(left(S.GATHERING), S.GATHERING),
        "begin": edge(begun, S.GATHERING, S.RUNNING),
        "unreachable": edge(unreachable(S.GATHERING), S.GATHERING),
        "recall": edge(recalled, S.OVER),
        "timer.end": edge(recalled, S.OVER),
    },
    S.RUNNING: {
        "join": edge(joined(S.RUNNING), S.RUNNING),
        "decline": edge(declined(S.RUNNING), S.RUNNING),
        "leave": edge(left(S.RUNNING), S.RUNNING),
        "real": edge(real(S.RUNNING), S.RUNNING),
        "tap": edge(tapped_real(S.RUNNING), S.RUNNING),
        "resume": edge(resumed, S.RUNNING),
        "happened": edge(happened, S.RUNNING),
        "unreachable": edge(unreachable(S.RUNNING), S.RUNNING),
        "timer.act": edge(acts, S.RUNNING),
        "timer.end": edge(ended, S.OVER),
        "recall": edge(recalled, S.OVER),
    },
    S.OVER: {
        **dict.fromkeys(("join", "decline", "begin", "recall"), edge(is_over, S.OVER)),
        "tap": edge(tapped_real(S.OVER), S.OVER),
    },
}

FLOW = Flow("drill", TABLE, S.NEW, recover, lobby=frozenset({S.GATHERING, S.OVER, S.RUNNING}))

__all__ = ["FLOW", "State", "drill_row", "expected"]
