"""What came of a drill: which of the expected steps happened, and which didn't. Pure.

`nothing` is a step like the others: it has happened when its time went by, in the drill, and the
person did none of the things that a script can expect. A step whose time was over when somebody
came in isn't expected of them, nor one whose time wasn't over when they left.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flows.drill import messages as m
from flows.drill.script import DOES, NOTHING, OWES, Act, Script
from flows.engine.messages import Line, Message, Scalar
from flows.engine.model import Data

#: Whatever a script can expect somebody to do.
ANYTHING = frozenset().union(*DOES.values())
SHOWN = 8  #: lines in chat; the report has all of them
#: The first part of a role, and any other.
ROLE_NAMES: Mapping[str, tuple[Message, Message]] = {
    "journalist": (m.P_REPORTER, m.P_REPORTER_2),
    "coordinator": (m.P_DESK, m.P_DESK_2),
}


def results(data: Data, script: Script) -> tuple[Line, ...]:
    """How many of the expected steps happened; whether all that must happen did (the script's
    `done`, or everything); each that didn't, what must happen first."""
    wanted = [(act, each) for act in script.acts for each in owed(data, script, act)]
    lasted = (data.get("ended", 0) - data.get("began", 0)) * data.get("pace", 1)
    missing = [act for act, each in wanted if not done_by(data["did"], act, each, lasted)]
    must = script.done or {act.number for act, _ in wanted}
    count = Line(m.RESULT, {"done": len(wanted) - len(missing), "of": len(wanted)})
    # What nobody was there to do has not happened.
    left_out = must - {act.number for act, _ in wanted}
    lost = [*(script.acts[n] for n in sorted(left_out)), *(a for a in missing if a.number in must)]
    well = [Line(m.WENT_WELL, {})] if must and not lost else []
    lines = [
        Line(m.NOT_DONE, {"what": m.VERBS[act.verb], **part_name(script, act.to)})
        for act in dict.fromkeys([*lost, *missing])
    ]
    return tuple([count, *well, *lines][:SHOWN])


def owed(data: Data, script: Script, act: Act) -> list[tuple[str, ...]]:
    """Of whom an act is expected, or to whom it is owed: each of those who were in it at that time.
    What coordinators do for a case, one of them does for all, and it stays done when they leave."""
    if act.by == "trainer":
        return []
    late, gone = data.get("late", {}), data.get("gone", {})
    mine = {who: state for who, (part, state) in data["people"].items() if part == act.to}
    inside = [
        who for who, state in mine.items() if there(act, state, late.get(who, 0), gone.get(who, 0))
    ]
    if shared(script, act):
        return [tuple(who for who, state in mine.items() if state != "watches")] if inside else []
    return [(who,) for who in inside]


def there(act: Act, state: str, since: int, gone: int) -> bool:
    """Whether somebody was in it while that was to happen. `since`, `gone`: ms of the drill's time;
    `gone` 0: they stayed, or never came."""
    return since <= act.until and (state == "in" or act.until <= gone)


def shared(script: Script, act: Act) -> bool:
    """What one of them does for all."""
    part = script.part(act.by)
    return part is not None and part.role == "coordinator" and act.verb != NOTHING


def matched(
    script: Script,
    parts: Mapping[str, str],
    did: Mapping[str, Sequence[int]],
    rows: Iterable[Sequence[Any]],
) -> dict[str, Sequence[int]]:
    """`did` ("act/person" -> [at, UTC ms, late]) with what these rows add. A row: [person, what,
    urgent, ms of the drill's time, UTC ms]; it is the first act that waits for it, and breaks every
    silence that was asked for. What one of them has done for all waits for nobody else."""
    found = dict(did)
    for_all = {a.number: [w for w in parts if parts[w] == a.to] for a in script.acts
               if shared(script, a)}  # fmt: skip
    for who, what, urgent, at, wall in rows:
        mine = [act for act in script.acts if act.to == parts.get(who) and act.at <= at]
        for act in mine:
            key = f"{act.number}/{who}"
            alike = for_all.get(act.number, (who,))
            if _is(act, what, urgent) and not any(f"{act.number}/{w}" in found for w in alike):
                found[key] = [at, wall, int(at > act.until)]
                break
        for act in mine:
            if act.verb == NOTHING and act.at < at < act.until and what in ANYTHING:
                found.setdefault(f"{act.number}/{who}", [at, wall, 0])
    return found


def _is(act: Act, what: str, urgent: bool) -> bool:
    if act.by == "trainer" or act.verb == NOTHING:
        return False
    if act.by == "bot":
        key, must = OWES[act.verb]
        said = what.partition("say.")[2]
        return bool(said) and said.startswith(key) and (urgent or not must)
    return what in DOES[act.verb]


def done_by(
    did: Mapping[str, Sequence[int]], act: Act, people: tuple[str, ...], lasted: int
) -> bool:
    """`lasted`: ms of its own time that the drill went on."""
    done = any(f"{act.number}/{who}" in did for who in people)
    return not done and lasted >= act.until if act.verb == NOTHING else done


def part_name(script: Script, name: str) -> dict[str, Scalar]:
    part = script.part(name)
    role = part.role if part else "journalist"
    first = next((p for p in script.parts if p.role == role), part)
    return {"part": ROLE_NAMES[role][part != first]}
