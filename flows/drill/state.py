"""What a drill remembers, and how it speaks: what its parts have in common.

data   id, script, trainer, pace (times), began (UTC ms; 0: not yet), next (the act that comes next)
       people  id -> [part, state]: asked, in, watches (sees how it goes), out (declined or left),
               real (it leaves them alone)
       guests  id -> whether they have agreed: who came with the code and isn't enrolled
       late    id -> ms of the drill's time at which somebody came in after the beginning
       gone    id -> ms of the drill's time from which they were in it no longer
       did     "act/person" -> [ms of the drill's time, UTC ms, late 0/1]; of what is to be left
               undone, when it was done
       calls   id -> numbers of the acts for which this person has called for help: not again
       mended  people to whom it said something that never arrived
       offers  guests may enrol when it is over
       surprise  nobody was asked on the day, nor began it
       report, findings   once it is over: see telling.py
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flows.drill import messages as m
from flows.drill.script import Script
from flows.engine.messages import Message, Value
from flows.engine.model import Choice, Data, Event, Facts, Lane, Say, Step, Where
from flows.engine.rehearsal import CALLS

LEAVE = Choice(m.LEAVE, "leave", always=True)
TAKE_PART = Choice(m.JOIN, "join", always=True)
WATCH = Choice(m.WATCH, "watch", always=True)
NOT_NOW = Choice(m.DECLINE, "decline", always=True)


class State(StrEnum):
    NEW = "new"
    GATHERING = "gathering"
    RUNNING = "running"
    OVER = "over"


# ---------------------------------------------------------------- the row


@dataclass(frozen=True, slots=True)
class Playing:
    """What the table `drills` says of one who was asked. `since`: ms of the drill's time at which
    they came in; `gone`: at which they were in it no longer, 0: they stayed, or never came."""

    part: str
    state: str
    since: int = 0
    gone: int = 0


def drill_row(state: str, data: Data) -> dict[str, Any]:
    """How it stands in the table `drills`: what may be known without its key."""
    late, gone = data.get("late", {}), data.get("gone", {})
    return {
        "trainer": data["trainer"],
        "script": data["script"],
        "state": state,
        "pace": data["pace"],
        "began_at": data["began"] or None,
        "ended_at": data.get("ended"),
        "people": " ".join(
            f"{who}:{part}:{s}:{late.get(who, 0)}:{gone.get(who, 0)}"
            for who, (part, s) in data["people"].items()
        ),
    }


@lru_cache(maxsize=64)
def playing(people: str) -> Mapping[str, Playing]:
    """`people` of a row; those of an older version end with the state. Asked for at every message:
    of hundreds of people it is read once."""
    found = (each.split(":") for each in people.split())
    return {who: Playing(part, s, *map(int, since)) for who, part, s, *since in found}


# ---------------------------------------------------------------- who, when


def plays(state: str, data: Data, who: str) -> bool:
    """Whether this person's words may be for the drill: it goes on, and they are in it."""
    return state == State.RUNNING and state_of(data, who) == "in"


def awaited(data: Data, script: Script, who: str, at: int) -> frozenset[str]:
    """Verbs that the script waits for from them (`at`: UTC ms, when they did it). For each of its
    acts they call once; whatever they call again is real."""
    part, made = data["people"][who][0], set(data.get("calls", {}).get(who, ()))
    acts = script.awaits(part, story(data, at), data["pace"])
    return frozenset(act.verb for act in acts if act.number not in made)


def called(data: Data, event: Event, facts: Facts) -> Step:
    """They have called for help in it. Noted in the same commit that hands it on, so that the next
    call is real, however far behind the drill's own engine is."""
    who, part = event.person, data["people"][event.person][0]
    awaits = script_of(data, facts).awaits(part, story(data, event.at), data["pace"])
    acts = [act for act in awaits if act.verb in CALLS]
    made = [*data.get("calls", {}).get(who, ()), *(act.number for act in acts)]
    return Step(State.RUNNING, {**data, "calls": {**data.get("calls", {}), who: made}})


def script_of(data: Data, facts: Facts) -> Script:
    found: Script = facts.scripts[data["script"]]
    return found


def title_of(data: Data, facts: Facts) -> Message:
    """Its title; its script may have been taken away since."""
    script: Script | None = facts.scripts.get(data["script"])
    return script.title if script else m.UNTITLED


def wall(data: Data, story: int) -> int:
    """When, by the clock, that moment of the drill is."""
    return int(data["began"]) + story // int(data["pace"])


def story(data: Data, at: int) -> int:
    return (at - int(data["began"])) * int(data["pace"])


def state_of(data: Data, who: str) -> str:
    return str(data["people"].get(who, ["", ""])[1])


def inside(data: Data, wanted: str = "in") -> list[str]:
    return [who for who, (_, state) in data["people"].items() if state == wanted]


def put(data: Data, who: str, state: str, part: str = "") -> Data:
    known = data["people"].get(who, ["", ""])[0]
    return {**data, "people": {**data["people"], who: [part or known, state]}}


def out(data: Data, who: str, state: str, at: int) -> Data:
    """In it no longer, from that moment on (UTC ms); before its beginning nobody is."""
    new = put(data, who, state)
    if not data["began"] or state_of(data, who) != "in":
        return new
    return {**new, "gone": {**data.get("gone", {}), who: story(data, at)}}


def back(data: Data, who: str) -> Data:
    gone = {one: at for one, at in data.get("gone", {}).items() if one != who}
    return {**put(data, who, "in"), "gone": gone}


def name_of(who: str, facts: Facts) -> str:
    known = facts.people.get(who)
    return known.name if known else "?"


# ---------------------------------------------------------------- saying


def here(
    event: Event,
    said: Message,
    args: Mapping[str, Value] | None = None,
    *choices: Choice,
    expects: bool = False,
) -> Say:
    return Say(said, args or {}, choices, to=event.person, lane=Lane.BULK, expects=expects)


def tell(who: str, said: Message, args: Mapping[str, Value], *choices: Choice) -> Say:
    """To where they are reached first, behind everything else."""
    return Say(said, args, choices, to=who, lane=Lane.BULK, where=Where.FIRST)


def trainer(data: Data, said: Message, args: Mapping[str, Value], *choices: Choice) -> Say:
    return tell(data["trainer"], said, args, *choices)
