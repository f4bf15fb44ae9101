"""What the report of a drill says in chat, and what of its findings is mended. Pure.

The engine of the drill hands over figures (`args` of "reported"), all times in ms:

taken, well   [median or None, how many within the target, of how many]
targets       [until taken, until well]
nobody        steps of the ladder that reached nobody
observers     how many only watched
steps         [done, of]
before        [taken, well] of the drill before; None: there was none
people        id -> {"role", "steps": [done, of], "cases", "taken", "well", "took", "first",
              "closed"}
findings      [kind, whom it is about, detail] each; those still open of earlier drills too

kept in `data`: report {taken, well, done, of}; findings [kind, about, detail, when mended or 0]
"""

from collections.abc import Mapping
from typing import Any

from flows.drill import report_messages as r
from flows.drill.review import DESK
from flows.engine.messages import Line, Scalar, Span
from flows.engine.model import Choice, Data

LINES = 5  #: what stands beside the picture
LISTED = 10  #: findings in one message; when some are done, the next ones are shown
CHANNELS = {"telegram": "Telegram", "signal": "Signal"}


def kept(data: Data, args: Mapping[str, Any]) -> Data:
    done, of = args["steps"]
    told = {"taken": args["taken"][0], "well": args["well"][0], "done": done, "of": of}
    return {**data, "report": told, "findings": [[*each, 0] for each in args["findings"]]}


# ---------------------------------------------------------------- the trainer


def for_trainer(args: Mapping[str, Any]) -> tuple[Line, ...]:
    """Five lines at most."""
    taken, well = args["targets"]
    lines = [
        _measured(args["taken"], taken, r.TAKEN, r.NOT_TAKEN),
        _measured(args["well"], well, r.WELL, r.NOT_WELL),
    ]
    if not args["taken"][2]:
        lines = [Line(r.NO_CASE, {})]
    if args["nobody"]:
        lines.append(Line(r.NOBODY, {"n": args["nobody"]}))
    if args["before"]:
        before = [span_or_never(each) for each in args["before"]]
        lines.append(Line(r.BEFORE, {"taken": before[0], "well": before[1]}))
    if args["findings"]:
        lines.append(Line(r.TO_MEND, {"n": len(args["findings"])}))
    if args.get("observers"):
        lines.append(Line(r.OBSERVERS, {"n": args["observers"]}))
    return tuple(lines[:LINES])


def _measured(found: list[Any], target: int, came: Any, never: Any) -> Line:
    median, within, of = found
    if median is None:
        return Line(never, {"of": of})
    return Line(came, {"span": Span(median), "within": within, "of": of, "target": Span(target)})


def span_or_never(ms: int | None) -> Scalar:
    return r.NEVER if ms is None else Span(ms)


# ---------------------------------------------------------------- who took part


def for_one(own: Mapping[str, Any]) -> tuple[Line, ...]:
    """Three lines at most."""
    done, of = own["steps"]
    steps = [Line(r.OWN_STEPS, {"done": done, "of": of})] if of else []
    return (*steps, *(_desk(own) if own["role"] == DESK else _watched(own)))


def _watched(own: Mapping[str, Any]) -> list[Line]:
    if not own["cases"]:
        return [Line(r.OWN_NO_CASE, {})]
    taken, well = own["taken"], own["well"]
    return [
        Line(r.OWN_NOT_TAKEN, {}) if taken is None else Line(r.OWN_TAKEN, {"span": Span(taken)}),
        Line(r.OWN_NOT_WELL, {}) if well is None else Line(r.OWN_WELL, {"span": Span(well)}),
    ]


def _desk(own: Mapping[str, Any]) -> list[Line]:
    took, closed = own["took"], own["closed"]
    if not took:
        lines = [Line(r.OWN_TOOK_NONE, {})]
    else:
        lines = [Line(r.OWN_TOOK, {"n": took, "span": Span(own["first"])})]
    return [*lines, *([Line(r.OWN_CLOSED, {"n": closed})] if closed else [])]


# ---------------------------------------------------------------- findings


def findings(data: Data, names: Mapping[str, str]) -> tuple[tuple[Line, ...], tuple[Choice, ...]]:
    """Those that are open, each with its number, and a button that says it is done."""
    still = [(n, each) for n, each in enumerate(data.get("findings", ()), 1) if not each[3]][
        :LISTED
    ]
    lines = tuple(finding(n, each, names) for n, each in still)
    return lines, tuple(Choice(r.MENDED, "ticked", str(n), {"n": n}, always=True) for n, _ in still)


def finding(n: int, found: list[Any], names: Mapping[str, str]) -> Line:
    kind, about, detail = found[:3]
    args: dict[str, Scalar] = {"n": n}
    if kind in ("nobody", "unreached"):
        args["step"] = detail
    else:
        args["name"] = names.get(about, "?")
    if kind in ("silent", "unproven"):
        args["channel"] = CHANNELS.get(detail, detail)
    return Line(r.FOUND[kind], args)


def ticked(data: Data, n: int, now: int) -> Data:
    """The finding of that number is done; nothing changes if there is none."""
    found = [
        [*each[:3], now] if place == n and not each[3] else each
        for place, each in enumerate(data.get("findings", ()), 1)
    ]
    return {**data, "findings": found}


__all__ = ["finding", "findings", "for_one", "for_trainer", "kept", "span_or_never", "ticked"]
