"""The way back from an approval: taken back by two officers, or closed without a payment.

Taking back takes two people, as deciding did: one says why, another confirms it. Closing takes one,
with a reason that the applicant reads: it is for those who can't be paid, since where to pay is
asked for on Signal only, or because no money gets to them there.
"""

from flows.engine.messages import Moment
from flows.engine.model import CancelTimer, Choice, Data, Event, Facts, Step
from flows.fund import deadlines
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.conflicts import SETTLED
from flows.fund.request import (
    Pending,
    State,
    go,
    here,
    letter,
    logged,
    may_see,
    name_of,
    open_it,
    payers,
    stay,
    tell,
)

BEFORE_PAID = frozenset({State.APPROVED, State.PAYOUT})


def wanted(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """With its reason; the others are asked."""
    if State(data["state"]) not in BEFORE_PAID:
        return stay(data, here(data, m.TOO_LATE))
    new = logged({**data, "undo": event.person}, event, "undo", text)
    args = {"who": name_of(event.person, facts), "reason": text}
    confirm = (Choice(m.UNDO_YES, "undo"), *open_it(new))
    told = tell(new, facts, m.UNDO_TOLD, args, confirm, but=event.person)
    return stay(new, here(new, m.UNDO_SAID), *told, before=data)


def confirmed(data: Data, event: Event, facts: Facts) -> Step:
    """Back to vetting, with what was decided before."""
    asked = data.get("undo")
    if not asked or asked in data["conflicts"]:
        return stay(data, here(data, m.TOO_LATE))
    if asked == event.person:
        return stay(data, here(data, m.UNDO_OWN))
    past = {"recommendation": data["recommendation"], "decisions": data["decisions"]}
    new = {k: v for k, v in data.items() if k not in SETTLED}
    new |= {"recommendation": None, "decisions": [], "past": [*data["past"], past]}
    new = logged(new, event, "undone")
    new, timers = deadlines.begin(new, event, facts)
    told = tell(new, facts, m.UNDONE_TOLD, {"who": name_of(event.person, facts)}, but=event.person)
    new, written = letter(new, facts, "reopened", due=Moment(new["due"]["decision"], "full"))
    said = here(new, m.UNDONE_TOLD, who=name_of(event.person, facts))
    stopped = CancelTimer("pay")
    return go(State.VETTING, new, said, *told, *written, *timers, stopped, before=data)


def closed(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Approved, and it can't be paid: the applicant reads why. Where it should have gone is
    forgotten, and who pays is told, unless an officer does."""
    if State(data["state"]) not in BEFORE_PAID:
        return stay(data, here(data, m.TOO_LATE))
    new = {k: v for k, v in data.items() if k not in ("payout", "undo")}
    new = logged({**new, "ended_at": event.received}, event, "closed_why", text)
    told = tell(new, facts, m.CLOSED_TOLD, {"who": name_of(event.person, facts)}, but=event.person)
    if "payout" in data:
        others = [each for each in payers(new, facts) if not may_see(new, facts, each)]
        told = (*told, *tell(new, facts, w.NOT_TO_BE_PAID, choices=(), to=others))
    new, written = letter(new, facts, "closed_why", reason=text)
    said = here(new, m.CLOSED_SAID)
    return go(State.CLOSED, new, said, *told, *written, CancelTimer("pay"), before=data)
