"""Who may pay a request, and what has to be done before.

Three looks of two people each: who has approved leaves the paying to somebody else, where there is
somebody else; a destination that was changed is looked into by another person; and nothing is paid
while it is held (`Facts.held`), for a reason that is not told.
"""

from collections.abc import Callable

from flows.engine.messages import Message
from flows.engine.model import Choice, Data, Event, Facts, Say, Step
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.request import (
    NEXT,
    State,
    args_of,
    fund_of,
    logged,
    may_see,
    name_of,
    officers,
    open_it,
    payers,
    stay,
    tell,
    unknown,
)

SEE = Choice(w.SEE_PAYOUT, "where")
CHECKED = Choice(m.PAYOUT_CHECKED, "checked")
#: Below what asks somebody to pay.
PAYING = (SEE, Choice(m.CONFLICT, "conflict"))


def approvers(data: Data) -> set[str]:
    return {each["by"] for each in data["decisions"] if each["verdict"] == "approve"}


def kept_apart(data: Data, facts: Facts) -> bool:
    """Whether who has approved may not pay: if the fund says so, or says nothing and has others."""
    said = fund_of(data, facts).separate_payer
    return bool(set(payers(data, facts)) - approvers(data)) if said is None else said


def may_pay(data: Data, facts: Facts) -> list[str]:
    kept_from = approvers(data) if kept_apart(data, facts) else set()
    return [each for each in payers(data, facts) if each not in kept_from]


def to_see(data: Data, facts: Facts, who: str) -> tuple[Choice, ...]:
    """The way to the account, for who pays; to look into a change, for whoever may."""
    if data["state"] != State.PAYOUT or "payout" not in data:
        return ()
    paying = set(may_pay(data, facts))
    found = (SEE,) if who in paying else ()
    # Who alone can pay leaves the looking to others.
    looks = unchecked(data) and who in _lookers(data, facts) and paying - {who}
    return (*found, CHECKED) if looks else found


# ---------------------------------------------------------------- before it is paid

Paying = Callable[[Data, Event, Facts], Message | None]


def _held(data: Data, event: Event, facts: Facts) -> Message | None:
    return w.PAY_HELD if facts.held else None


def _apart(data: Data, event: Event, facts: Facts) -> Message | None:
    return None if event.person in may_pay(data, facts) else w.PAY_NOT_YOU


def _looked_into(data: Data, event: Event, facts: Facts) -> Message | None:
    if unchecked(data):
        return w.PAY_UNCHECKED
    return w.PAY_CHECKED_IT if data["payout"].get("checked") == event.person else None


#: In this order; the account is shown after the first two.
BEFORE_SEEING: tuple[Paying, ...] = (_held, _apart)
BEFORE_PAID: tuple[Paying, ...] = (*BEFORE_SEEING, _looked_into)


def stopped(
    data: Data, event: Event, facts: Facts, asked: tuple[Paying, ...] = BEFORE_PAID
) -> Step | None:
    """Why this person doesn't pay it, or not yet. None: they may."""
    if event.person not in payers(data, facts) or "payout" not in data:
        return unknown(data, event, facts)
    why = next(filter(None, (each(data, event, facts) for each in asked)), None)
    return stay(data, Say(why, args_of(data), way_on(data, event, facts))) if why else None


def way_on(data: Data, event: Event, facts: Facts) -> tuple[Choice, ...]:
    return (NEXT,) if may_see(data, facts, event.person) else ()


# ---------------------------------------------------------------- a destination that was changed


def unchecked(data: Data) -> bool:
    payout = data.get("payout", {})
    return bool(payout.get("changed")) and not payout.get("checked")


def _lookers(data: Data, facts: Facts) -> set[str]:
    return {each.id for each in officers(data, facts)} | set(payers(data, facts))


def ask_to_look(data: Data, facts: Facts) -> tuple[Say, ...]:
    """Officers, who don't see the account: they ask the applicant another way."""
    to = [each.id for each in officers(data, facts) if each.id not in may_pay(data, facts)]
    return tell(data, facts, m.PAYOUT_TO_CHECK, {}, (CHECKED, *open_it(data)), to=to)


def checked(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever looked into it doesn't pay it themselves."""
    if event.person not in _lookers(data, facts):
        return unknown(data, event, facts)
    if not unchecked(data):
        return stay(data, Say(m.TOO_LATE, args_of(data), way_on(data, event, facts)))
    new = logged({**data, "payout": {**data["payout"], "checked": event.person}}, event, "checked")
    to = [each for each in may_pay(new, facts) if each != event.person]
    told = tell(
        new, facts, w.PAYOUT_LOOKED_INTO, {"who": name_of(event.person, facts)}, PAYING, to=to
    )
    said = Say(m.PAYOUT_CHECKED_SAID, args_of(new), way_on(new, event, facts))
    return stay(new, said, *told, before=data)
