"""What must hold of every table: no unreachable state, no dead end, no endless wait."""

from collections.abc import Iterable
from enum import StrEnum

from flows.engine.flow import Flow

Transition = tuple[str, str, str, str]  #: flow, state, trigger, target


def edges(flow: Flow) -> Iterable[Transition]:
    """Every (flow, state, trigger, target) that the table declares."""
    for state, row in flow.table.items():
        for trigger, found in row.items():
            for target in found.targets:
                yield flow.name, str(state), trigger, str(target)


def problems(flow: Flow) -> list[str]:
    """Sentences, empty when the table is sound."""
    states = list(type(flow.initial))
    missing = [s for s in states if s not in flow.table]
    if missing:
        return [f"{flow.name}: {s} has no row in the table" for s in missing]
    return [
        *(f"{flow.name}: nothing leads to {s}" for s in unreachable(flow)),
        *(f"{flow.name}: {s} is a dead end that isn't final" for s in dead_ends(flow)),
    ]


def unreachable(flow: Flow) -> list[StrEnum]:
    seen, waiting = {flow.initial}, [flow.initial]
    while waiting:
        for found in flow.table[waiting.pop()].values():
            for target in set(found.targets) - seen:
                seen.add(target)
                waiting.append(target)
    return [s for s in flow.table if s not in seen]


def dead_ends(flow: Flow) -> list[StrEnum]:
    """States that wait for something, yet every edge leads back to themselves."""
    return [
        state
        for state, row in flow.table.items()
        if row
        and state not in flow.lobby
        and all(set(found.targets) == {state} for found in row.values())
    ]
