"""What those see who only watch: what each part was told, and what happened of what was expected.

Parts, never names: who watches may be somebody who came with the code.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from flows.drill import messages as m
from flows.drill.results import part_name
from flows.drill.script import NOTHING, Act, Script
from flows.drill.state import inside, tell
from flows.engine.messages import Line
from flows.engine.model import Data, Effect

SHOWN = 8  #: lines of one message


def told(data: Data, script: Script, acts: Iterable[Act]) -> tuple[Effect, ...]:
    """What the script says at this moment."""
    lines = [
        Line(m.SEEN_TOLD, {**part_name(script, act.to), "text": act.text})
        for act in acts
        if act.text is not None
    ]
    return _shown(data, lines)


def happened(data: Data, script: Script, did: Mapping[str, Sequence[int]]) -> tuple[Effect, ...]:
    """What of the expected has happened since: `did` with it, data["did"] without."""
    fresh = Counter(int(key.partition("/")[0]) for key in did if key not in data["did"])
    lines = [
        Line(m.SEEN, {**part_name(script, act.to), "what": m.VERBS[act.verb], "n": fresh[n]})
        for n, act in enumerate(script.acts)
        if fresh[n] and act.verb != NOTHING
    ]
    return _shown(data, lines)


def _shown(data: Data, lines: Sequence[Line]) -> tuple[Effect, ...]:
    if not lines:
        return ()
    said = {"lines": tuple(lines[:SHOWN])}
    return tuple(tell(who, m.PROGRESS, said) for who in inside(data, "watches"))


__all__ = ["happened", "told"]
