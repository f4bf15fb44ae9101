"""Who plays what: parts dealt out in turn, and casts that can't be played. Pure."""

from collections.abc import Iterable, Mapping

from flows.drill.script import NOTHING, Part, Script


def dealt(
    parts: Iterable[Part], people: Iterable[str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """id -> part: those who are chosen keep theirs, the others get in turn the one that fewest
    have, in the script's order. Without parts nobody gets any."""
    wanted, found = [part.name for part in parts], dict(chosen)
    for who in people:
        if who not in found and wanted:
            held = list(found.values())
            found[who] = min(wanted, key=lambda name: (held.count(name), wanted.index(name)))
    return found


def empty(script: Script, played: Iterable[str]) -> tuple[Part, ...]:
    """Parts that nobody plays, and without which it can't go well: something is expected of them,
    or owed to them."""
    there = set(played)
    needed = {
        act.to for act in script.acts if act.verb and (act.by == "bot" or act.verb != NOTHING)
    }
    return tuple(part for part in script.parts if part.name in needed - there)


__all__ = ["dealt", "empty"]
