"""What came of a drill: which of the expected steps happened, and which didn't. Pure."""

from collections.abc import Mapping

from flows.drill import messages as m
from flows.drill.script import NOTHING, Act, Script
from flows.engine.messages import Line, Message, Scalar
from flows.engine.model import Data

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
    missing = [act for act, each in wanted if not done_by(data, act, each)]
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
    """Of whom an act is expected, or to whom it is owed: each of those who were in it. What
    coordinators do for a case, one of them does for all."""
    if act.by == "trainer" or act.verb == NOTHING:
        return []
    inside = tuple(w for w, (p, state) in data["people"].items() if p == act.to and state == "in")
    part = script.part(act.by)
    if part is not None and part.role == "coordinator":
        return [inside] if inside else []
    return [(who,) for who in inside]


def done_by(data: Data, act: Act, people: tuple[str, ...]) -> bool:
    return any(f"{act.number}/{who}" in data["did"] for who in people)


def part_name(script: Script, name: str) -> dict[str, Scalar]:
    part = script.part(name)
    role = part.role if part else "journalist"
    first = next((p for p in script.parts if p.role == role), part)
    return {"part": ROLE_NAMES[role][part != first]}
