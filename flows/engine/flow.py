"""A flow is a table on one screen: {State: {trigger: edge(handler, *targets)}}.

Theory. A handler is pure: `(data, event, facts) -> Step`. The table lists, for each state, the
triggers it answers to and the states each may lead to. `step()` is the only way through: a target
that the table doesn't declare raises, so the diagram drawn from the table can't lie. Final states
are written `{}`. A trigger that the state doesn't list returns None: nobody was listening, and the
caller says something kind.

Rules for whoever edits a table: every state reachable, every state that waits has a way out that
doesn't depend on the person alone (a timer, a word that always works, a human), every edge in a
transcript. `flows.engine.check` and `make check` hold you to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flows.engine.model import Data, Event, Facts, Step

Handler = Callable[[Data, Event, Facts], Step]


class BrokenFlow(Exception):
    """A handler returned what its table doesn't declare: a bug, never the person's fault."""


@dataclass(frozen=True, slots=True)
class Edge:
    handler: Handler
    targets: tuple[StrEnum, ...]


def edge(handler: Handler, *targets: StrEnum) -> Edge:
    if not targets:
        raise ValueError("an edge leads somewhere")
    return Edge(handler, targets)


Table = Mapping[StrEnum, Mapping[str, Edge]]


@dataclass(frozen=True)
class Flow:
    """`claims`: global words that a state keeps for itself (a rehearsal keeps "sos").

    `upgrade(state, data, version)` brings what an older version stored to this one.
    `recover` answers any event for a state that no longer exists: it speaks to the person, and
    the operator is told by the engine.
    """

    name: str
    table: Table
    initial: StrEnum
    recover: Handler
    version: int = 1
    claims: Mapping[StrEnum, frozenset[str]] = field(default_factory=dict)
    upgrade: Callable[[str, Data, int], tuple[str, Data]] = lambda state, data, _version: (
        state,
        data,
    )
    #: States that wait for ever on purpose: nothing is owed to the person there.
    lobby: frozenset[StrEnum] = frozenset()
    #: States that any edge may lead to beside its own targets, by a Step that says so: where a long
    #: form is left, where somebody goes on in a newer version of it.
    jumps: frozenset[StrEnum] = frozenset()
    #: States in which nothing but one of the choices is an answer.
    picks: frozenset[StrEnum] = frozenset()
    #: Flows whose handlers may see silent cases: those that never speak to the one concerned.
    sees_silent: bool = False
    #: A name of the key that seals what an instance holds, where it must be possible to destroy it
    #: alone; "": the person's.
    key: Callable[[Data], str] = lambda _data: ""
    #: Numbers or addresses that an instance names; `Facts.reach` says who of them is known to us.
    reaches: Callable[[Data], tuple[str, ...]] = lambda _data: ()

    def state(self, value: str) -> StrEnum | None:
        """The state of this name, or None when this version doesn't know it."""
        kind = type(self.initial)
        return kind(value) if value in kind._value2member_map_ else None

    def accepts(self, state: str, trigger: str) -> bool:
        known = self.state(state)
        return known is not None and trigger in self.table[known]

    def final(self, state: str) -> bool:
        known = self.state(state)
        return known is not None and not self.table[known]

    def step(self, state: str, data: Data, event: Event, facts: Facts) -> Step | None:
        """One event. None when the state doesn't list the trigger. Raises BrokenFlow."""
        known = self.state(state)
        if known is None:
            return self.recover(data, event, facts)
        found = self.table[known].get(event.trigger)
        if found is None:
            return None
        decided = found.handler(data, event, facts)
        if decided.state not in found.targets and not (
            decided.jump and decided.state in self.jumps
        ):
            raise BrokenFlow(
                f"{self.name}: {known} --{event.trigger}--> {decided.state} is not in the table"
            )
        return decided
