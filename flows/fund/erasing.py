"""What partners were allowed to learn and aren't any more: whom an officer has to ask to erase it,
and that they did.

    data["erasing"]    partner -> kinds, since (ms); once they were asked also asked_at (ms), by
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flows.engine.messages import Line, Moment, Scalar
from flows.engine.model import Choice, Data, Event, Facts, Step
from flows.fund import desk_messages as m
from flows.fund import messages as names
from flows.fund.request import button, fund_of, here, logged, may_see, name_of, stay, unknown
from flows.fund.terms import Fund

Given = Mapping[str, Any]  #: partner -> kinds


def changed(data: Data, before: Given, now: Given, at: int) -> Data:
    """What was taken back stands to be asked for; what is allowed again needn't be erased."""
    found = dict(data.get("erasing", {}))
    for partner in {**before, **now}:
        gone = [kind for kind in before.get(partner, ()) if kind not in now.get(partner, ())]
        left = [k for k in _kinds(found.get(partner, {})) if k not in now.get(partner, ())]
        if gone:
            found[partner] = {"kinds": [*(k for k in left if k not in gone), *gone], "since": at}
        elif left:
            found[partner] = {**found[partner], "kinds": left}
        else:
            found.pop(partner, None)
    rest = {k: v for k, v in data.items() if k != "erasing"}
    return {**rest, "erasing": found} if found else rest


def _kinds(known: Given) -> list[str]:
    kinds: list[str] = known.get("kinds", [])
    return kinds


def choices(data: Data, facts: Facts) -> tuple[Choice, ...]:
    """One for each that is still to be asked."""
    fund, found = fund_of(data, facts), data.get("erasing", {})
    return tuple(
        button(m.ERASE_ASKED, f"erased:{partner}", who=called(fund, partner))
        for partner, known in found.items()
        if not known.get("asked_at")
    )


def called(fund: Fund, partner: str) -> str:
    return {each.id: each.name for each in fund.partners}.get(partner, partner)


def lines(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Partner by partner, with what is theirs to erase."""
    return tuple(_lines(data, facts))


def _lines(data: Data, facts: Facts) -> Iterator[Line]:
    fund = fund_of(data, facts)
    for partner, known in data.get("erasing", {}).items():
        for kind in _kinds(known):
            args: dict[str, Scalar] = {"who": called(fund, partner), "kind": names.KINDS[kind]}
            if known.get("asked_at"):
                by = name_of(known["by"], facts)
                yield Line(m.ERASE_DONE, {**args, "by": by, "at": Moment(known["asked_at"])})
            else:
                yield Line(m.ERASE_OPEN, args)


def asked(data: Data, event: Event, facts: Facts, partner: str) -> Step:
    """An officer has asked them; said once, and noted with who it was."""
    known = data.get("erasing", {}).get(partner)
    if not may_see(data, facts, event.person):
        return unknown(data, event, facts)
    if known is None or known.get("asked_at"):
        return stay(data, here(data, m.TOO_LATE))
    done = {**known, "asked_at": event.received, "by": event.person}
    new = {**data, "erasing": {**data["erasing"], partner: done}}
    name = called(fund_of(data, facts), partner)
    new = logged(new, event, "erase_asked", name)
    return stay(new, here(new, m.ERASE_NOTED, who=name), before=data)
