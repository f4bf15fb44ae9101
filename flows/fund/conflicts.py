"""A conflict of interest: whoever declares one sees nothing more of the request, and nothing that
they did for it counts.

Until the money has gone a decision in which they had a part is undone, and the request looked at
again from the start. Afterwards the others are told that they had a part in it.
"""

from dataclasses import replace

from flows.engine.flow import Edge
from flows.engine.messages import Line, Message, Moment, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Log,
    Say,
    Step,
    Unsay,
)
from flows.fund import deadlines
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.payers import PAYING, may_pay
from flows.fund.referees import referees
from flows.fund.request import (
    GRANTED,
    NEXT,
    OPEN,
    TWO,
    Pending,
    State,
    answered,
    args_of,
    for_words,
    fund_of,
    go,
    letter,
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

SURE = Choice(m.CONFLICT_YES, "conflict", "yes")

# ---------------------------------------------------------------- found


def stand_in(data: Data, facts: Facts) -> list[str]:
    """Officers who stand in it themselves, as the journalist, as who asks or as a referee: by their
    own name, or because an address that is given there is theirs."""
    asks = [data["answers"].get(each) for each in ("journalist", "applicant")]
    people = [each for each in (*asks, *referees(data)) if isinstance(each, dict)]
    named = {str(each.get(name) or "") for each in people for name in ("name", "used_name")}
    told, theirs = {facts.words.normal(each) for each in named} - {""}, set(facts.reach.values())
    return [
        each.id
        for each in facts.officers
        if each.id != data["person"]
        and (each.id in theirs or facts.words.normal(each.name) in told)
    ]


def noticing(edge: Edge) -> Edge:
    """Looked at each time: somebody may have become an officer, or have added an address. Whoever
    had a part in it already declares it themself: that undoes what they did."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        known = {*data["conflicts"], data.get("holder", ""), *deciders(data)}
        found = [who for who in stand_in(data, facts) if who not in known]
        if not found:
            return edge.handler(data, event, facts)
        new = {**data, "conflicts": [*data["conflicts"], *found]}
        for who in found:
            new = logged(new, event, "conflict", by=who)
        step = edge.handler(new, event, facts)
        noted = tuple(each for who in found for each in (Log("conflict", "", who), Unsay(who)))
        told = (_told(new, facts, who) for who in found) if "conflicts" in step.data else ()
        said = tuple(each for says in told for each in says)
        return replace(step, effects=(*noted, *step.effects, *said))

    return Edge(handler, edge.targets)


def lacking(data: Data, facts: Facts) -> tuple[Line, ...]:
    """That nobody is left who could be the second."""
    state = State(data.get("state", State.SUBMITTED))  # none yet, while it comes in
    few = state in OPEN and len(officers(data, facts)) < TWO
    return (Line(m.ONE_LEFT, {}),) if few else ()


def _told(data: Data, facts: Facts, who: str) -> tuple[Say, ...]:
    """To the other officers; and to coordinators, where too few are left to decide."""
    few = lacking(data, facts)
    args: dict[str, Value] = {"who": name_of(who, facts)}
    if not few:
        return tell(data, facts, m.CONFLICT_TOLD, args)
    told = tell(data, facts, m.CONFLICT_TOLD_FEW, {**args, "lines": few})
    return (*told, *deadlines.too_few(data, facts))


# ---------------------------------------------------------------- declared


def conflict(data: Data, event: Event, facts: Facts) -> Step:
    """By an officer, or by who pays. Asked once: it can't be taken back in chat."""
    who = event.person
    if not may_see(data, facts, who) and who not in payers(data, facts):
        return unknown(data, event, facts)
    if event.arg != "yes":
        on = (NEXT,) if may_see(data, facts, who) else ()
        return for_words(data, event, m.CONFLICT_SURE, "conflict", SURE, *on)
    pending = data["asks"].get(who, {})
    why = pending.get("why", "") if pending.get("what") == "conflict" else ""
    new = answered({**data, "conflicts": [*data["conflicts"], who]}, who)
    if new.get("holder") == who:
        new["holder"] = ""
    new = logged(new, event, "conflict_why" if why else "conflict", why)
    state, decided = State(data["state"]), who in deciders(data)
    if state in OPEN:
        return _while_open(data, new, event, facts)
    if decided and state not in GRANTED:
        return _undone(data, new, event, facts)
    told = _told(new, facts, who)
    if decided:
        told = tell(new, facts, m.CONFLICT_PAID, {"who": name_of(who, facts)})
    if state not in GRANTED and who in fund_of(data, facts).payers:
        told = _others_pay(new, facts, who)
    return stay(new, *_gone(new, event), *told, before=data)


def _gone(data: Data, event: Event) -> tuple[Effect, ...]:
    """Not even what was on its way to them arrives any more."""
    return Unsay(event.person), Say(m.CONFLICT_DONE, args_of(data))


def reason(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Words instead of the button: they are the reason, and the button makes it so."""
    if not may_see(data, facts, event.person) and event.person not in payers(data, facts):
        return unknown(data, event, facts)
    why = "\n".join(filter(None, (pending.get("why", ""), text)))
    return for_words(data, event, m.CONFLICT_WHY, "conflict", SURE, why=why)


def deciders(data: Data) -> set[str]:
    """Whoever recommended or decided what stands."""
    made = data.get("recommendation")
    return {each["by"] for each in (*([made] if made else ()), *data["decisions"])}


def _while_open(data: Data, new: Data, event: Event, facts: Facts) -> Step:
    who = event.person
    recommendation = new.get("recommendation")
    if recommendation and recommendation["by"] == who:
        new["recommendation"] = None
    # What they decided counts as little as what they recommended.
    spared = [each for each in new["decisions"] if each["by"] != who]
    new["decisions"] = spared if new.get("recommendation") else []
    told = _told(new, facts, who)
    state = State.SUBMITTED if not new.get("holder") else State.VETTING
    state = State.RECOMMENDED if new.get("recommendation") else state
    return go(state, new, *_gone(new, event), *told, before=data)


#: What a decision has left that is undone.
SETTLED = ("answered_at", "decided_at", "granted", "payout", "undo")


def _undone(data: Data, new: Data, event: Event, facts: Facts) -> Step:
    """As if it had just come in, with what was decided before."""
    past = {"recommendation": new["recommendation"], "decisions": new["decisions"]}
    new = {k: v for k, v in new.items() if k not in SETTLED}
    new |= {"recommendation": None, "decisions": [], "past": [*data["past"], past], "holder": ""}
    new, timers = deadlines.begin(new, event, facts)
    take = (Choice(m.TAKE, "take"), *open_it(new))
    told = tell(new, facts, m.CONFLICT_UNDONE, {"who": name_of(event.person, facts)}, take)
    if lacking({**new, "state": State.SUBMITTED}, facts):
        told = (*told, *deadlines.too_few(new, facts))
    due = Moment(new["due"]["first"], "full")
    new, written = letter(new, facts, "undone", due=due)
    effects: tuple[Effect, ...] = (*told, *written, *timers)
    stopped = (CancelTimer("pay"), CancelTimer("close"))
    return go(State.SUBMITTED, new, *_gone(new, event), *effects, *stopped, before=data)


def _others_pay(data: Data, facts: Facts, who: str) -> tuple[Say, ...]:
    """The payment goes to another who pays, or the officers learn that there is none."""
    others = may_pay(data, facts)
    then: Message = m.OTHERS_PAY if others else m.NOBODY_PAYS
    args: dict[str, Value] = {"who": name_of(who, facts), "then": then}
    told = tell(data, facts, m.CONFLICT_PAYER, args)
    if "payout" not in data:
        return told
    return (*told, *tell(data, facts, w.PAYOUT_HERE, {}, PAYING, to=others))
