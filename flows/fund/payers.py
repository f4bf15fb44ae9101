"""Who may pay a request, and what has to be done before.

Three looks of two people each: who has approved leaves the paying to somebody else, where there is
somebody else; a destination that was changed is looked into by another person; and nothing is paid
while it is held (`Facts.held`), for a reason that is not told. A destination that was given while
it was held, or shortly before, is looked into like a changed one: that it is held no longer says
nothing of who wrote the account.
"""

from collections.abc import Callable

from flows.engine.messages import Message
from flows.engine.model import Choice, Data, Event, Facts, Say, Step
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.request import (
    DAY,
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

BEFORE = DAY  #: ms in which somebody may have been forced before they could say so
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
    looks = unchecked(data, facts) and who in _lookers(data, facts) and paying - {who}
    return (*found, CHECKED) if looks else found


# ---------------------------------------------------------------- before it is paid

Paying = Callable[[Data, Event, Facts], Message | None]


def _held(data: Data, event: Event, facts: Facts) -> Message | None:
    return w.PAY_HELD if facts.held else None


def _apart(data: Data, event: Event, facts: Facts) -> Message | None:
    return None if event.person in may_pay(data, facts) else w.PAY_NOT_YOU


def _looked_into(data: Data, event: Event, facts: Facts) -> Message | None:
    if unchecked(data, facts):
        return w.PAY_UNCHECKED if data["payout"].get("changed") else w.PAY_DOUBTED
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


def unchecked(data: Data, facts: Facts) -> bool:
    """A look counts unless it was while payment was held: who is forced says what they must."""
    payout = data.get("payout", {})
    looked = payout.get("checked") and not _within(payout.get("checked_at", 0), facts)
    return bool(payout.get("changed") or doubted(data, facts)) and not looked


def doubted(data: Data, facts: Facts) -> bool:
    """Written or confirmed at a time when payment was held, or shortly before that was known."""
    payout = data.get("payout", {})
    given = [payout[each] for each in ("typed_at", "at") if each in payout]
    return any(_within(at, facts, BEFORE) for at in given)


def _within(at: int, facts: Facts, before: int = 0) -> bool:
    return any(began - before <= at < until for began, until in facts.silent)


def _lookers(data: Data, facts: Facts) -> set[str]:
    return {each.id for each in officers(data, facts)} | set(payers(data, facts))


def ask_to_look(data: Data, facts: Facts) -> tuple[Say, ...]:
    """Officers, who don't see the account: they ask the applicant another way."""
    to = [each.id for each in officers(data, facts) if each.id not in may_pay(data, facts)]
    said = m.PAYOUT_TO_CHECK if data["payout"].get("changed") else m.PAYOUT_DOUBTED
    return tell(data, facts, said, {}, (CHECKED, *open_it(data)), to=to)


def look_once(data: Data, facts: Facts) -> tuple[Data, tuple[Say, ...]]:
    """Once nothing is held any more, officers are asked about an account that is doubted."""
    payout = data["payout"]
    asked = payout.get("asked") or (payout.get("changed") and not payout.get("checked"))
    if asked or facts.held or not unchecked(data, facts):
        return data, ()
    return {**data, "payout": {**payout, "asked": True}}, ask_to_look(data, facts)


def checked(data: Data, event: Event, facts: Facts) -> Step:
    """Whoever looked into it doesn't pay it themselves."""
    if event.person not in _lookers(data, facts):
        return unknown(data, event, facts)
    if not unchecked(data, facts) or (facts.held and data["payout"].get("checked")):
        return stay(data, Say(m.TOO_LATE, args_of(data), way_on(data, event, facts)))
    seen = {"checked": event.person, "checked_at": event.received}
    new = logged({**data, "payout": {**data["payout"], **seen}}, event, "checked")
    to = [each for each in may_pay(new, facts) if each != event.person]
    told = tell(
        new, facts, w.PAYOUT_LOOKED_INTO, {"who": name_of(event.person, facts)}, PAYING, to=to
    )
    said = Say(m.PAYOUT_CHECKED_SAID, args_of(new), way_on(new, event, facts))
    return stay(new, said, *told, before=data)
