"""Partner organisations: have they heard of this person, have they helped, can they add funds?

Asked are only those whom the applicant has agreed to (kind "check"). Who asked, when, and what they
answered is kept with the request and goes with it. A hit of the matching (`onbelay jid match`) says
"ask each other", and nothing more.
"""

from collections.abc import Mapping
from typing import Any

from flows.engine.messages import Line, Message, Moment, Scalar, Value
from flows.engine.model import Choice, Data, Event, Facts, Kind, Say, Step
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund import messages as names
from flows.fund import money
from flows.fund.request import (
    NEXT,
    Pending,
    args_of,
    asked,
    button,
    fund_of,
    here,
    holder_or_all,
    logged,
    name_of,
    stay,
    tell,
)

YES_NO = (("yes", w.YES), ("no", w.NO), ("unknown", w.UNSURE))
OPEN_END = (("unknown", w.UNSURE),)
#: What a partner is asked, what may be picked, and the question that must have a yes before it.
QUESTIONS: dict[str, tuple[Message, tuple[tuple[str, Message], ...], str]] = {
    "heard": (m.P_HEARD, YES_NO, ""),
    "helped": (m.P_HELPED, YES_NO, ""),
    "on": (m.P_ON, OPEN_END, "helped"),
    "amount": (m.P_AMOUNT, OPEN_END, "helped"),
    "adds": (m.P_ADDS, YES_NO, ""),
    "up_to": (m.P_UP_TO, OPEN_END, "adds"),
}
AMOUNTS = frozenset({"amount", "up_to"})
LONGEST = 80
SAID = {
    "heard": m.P_SAID_HEARD, "helped": m.P_SAID_HELPED, "on": m.P_SAID_ON,
    "amount": m.P_SAID_AMOUNT, "adds": m.P_SAID_ADDS, "up_to": m.P_SAID_UP_TO,
}  # fmt: skip
PICKED: Mapping[str, Scalar] = dict(YES_NO)


def askable(data: Data, facts: Facts) -> dict[str, str]:
    """Id -> name of the partners that may be asked."""
    given = data["answers"].get("consent")
    consent = given if isinstance(given, Mapping) else {}
    known = fund_of(data, facts).partners
    return {each.id: each.name for each in known if "check" in (consent.get(each.id) or ())}


def _kept(data: Data, partner: str, **more: Any) -> Data:
    every = data.get("partners", {})
    return {**data, "partners": {**every, partner: {**every.get(partner, {}), **more}}}


# ---------------------------------------------------------------- in chat


def list_them(data: Data, event: Event, facts: Facts) -> Step:
    found = askable(data, facts)
    if not found:
        return stay(data, here(data, m.NO_PARTNERS))
    buttons = (button(m.PARTNER, f"partner:{each}", who=name) for each, name in found.items())
    return stay(data, here(data, m.PARTNERS, *buttons, NEXT, lines=lines(data, facts)))


def lines(data: Data, facts: Facts) -> tuple[Line, ...]:
    """All that is known, partner by partner."""
    found: list[Line] = []
    for partner, name in askable(data, facts).items():
        known = data.get("partners", {}).get(partner, {})
        found += [Line(m.P_HIT, {"who": name, "theirs": hit}) for hit in known.get("hits", {})]
        if not known.get("asked_at"):
            found.append(Line(m.P_NOT_ASKED, {"who": name}))
            continue
        by = name_of(known["asked_by"], facts) if known["asked_by"] else "-"
        at = Moment(known["asked_at"], "full")
        found.append(Line(m.P_ASKED, {"who": name, "by": by, "at": at}))
        found += answers(known.get("answers", {}))
    return tuple(found)


def answers(known: Mapping[str, Any]) -> list[Line]:
    shown = ((step, known.get(step)) for step in QUESTIONS)
    return [Line(SAID[step], {"text": PICKED.get(each, each)}) for step, each in shown if each]


def one(data: Data, event: Event, facts: Facts, partner: str) -> Step:
    name = askable(data, facts).get(partner)
    if name is None:
        return stay(data, here(data, m.NO_PARTNERS))
    choices = (button(m.P_HAVE_ASKED, f"asked:{partner}"), button(m.P_HEAR, f"hear:{partner}"))
    return stay(data, here(data, m.P_THREE, *choices, NEXT, who=name))


def have_asked(data: Data, event: Event, facts: Facts, partner: str) -> Step:
    name = askable(data, facts).get(partner)
    if name is None:
        return stay(data, here(data, m.NO_PARTNERS))
    new = _kept(data, partner, asked_at=event.received, asked_by=event.person)
    new = logged(new, event, "partner_asked", name)
    return stay(new, here(new, m.NOTED), before=data)


def hear(data: Data, event: Event, facts: Facts, partner: str) -> Step:
    if partner not in askable(data, facts):
        return stay(data, here(data, m.NO_PARTNERS))
    return _question(data, event, facts, partner, {})


def _next(got: Mapping[str, str]) -> str:
    wanted = (s for s, (_, _, after) in QUESTIONS.items() if not after or got.get(after) == "yes")
    return next((step for step in wanted if step not in got), "")


def _question(
    data: Data,
    event: Event,
    facts: Facts,
    partner: str,
    got: dict[str, str],
    why: Line | None = None,
) -> Step:
    step = _next(got)
    message, options, _ = QUESTIONS[step]
    choices = tuple(Choice(label, "pick", f"partner:{value}") for value, label in options)
    args: dict[str, Value] = {"who": askable(data, facts).get(partner, "?")}
    args["currency"] = fund_of(data, facts).currency
    said = Say(message, args_of(data, **args), choices, expects=True)
    before = (Say(m.P_AGAIN, args_of(data, why=(why,))),) if why else ()
    return stay(asked(data, event, said, "partner", who=partner, got=got), *before, said)


def told(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """One answer. Where a yes or a no is wanted, one of the buttons must be taken."""
    partner, got = pending["who"], dict(pending["got"])
    step = _next(got)
    values = [value for value, _ in QUESTIONS[step][1]]
    free = values == ["unknown"]
    if not free and text not in values:
        return _question(data, event, facts, partner, got)
    if step in AMOUNTS and text != "unknown":
        read = money.read(text, fund_of(data, facts).currency, facts.person.lang)
        if isinstance(read, money.Unread):
            return _question(data, event, facts, partner, got, names.amount_reason(read))
        text = str(read)
    if len(text) > LONGEST:
        why = Line(w.TOO_LONG, {"id": data["id"], "n": len(text), "most": LONGEST})
        return _question(data, event, facts, partner, got, why)
    got[step] = text
    if _next(got):
        return _question(data, event, facts, partner, got)
    return _answered(data, event, facts, partner, got, event.person)


def _answered(
    data: Data, event: Event, facts: Facts, partner: str, got: Mapping[str, str], by: str
) -> Step:
    before = data.get("partners", {}).get(partner, {})
    first = {} if before.get("asked_at") else {"asked_at": event.received, "asked_by": by}
    kept = {**got, "at": event.received, "by": by}
    new = _kept(data, partner, **first, answers=kept)
    name = askable(data, facts).get(partner, partner)
    new = logged(new, event, "partner_answered", name, by=by)
    others = holder_or_all(new, facts)
    heard = tell(new, facts, m.P_TOLD, {"who": name}, to=others, but=event.person)
    said = () if event.kind is Kind.SIGNAL else (here(new, m.NOTED),)
    return stay(new, *said, *heard, before=data)


# ---------------------------------------------------------------- from the command line


def match(data: Data, event: Event, facts: Facts) -> Step:
    """A hit, told once."""
    partner, theirs = str(event.args["partner"]), str(event.args["theirs"])
    hits = data.get("partners", {}).get(partner, {}).get("hits", {})
    name = askable(data, facts).get(partner)
    if name is None or theirs in hits:
        return stay(data)
    strength = str(event.args["strength"])
    found = {"at": event.received, "strength": strength, "ours": event.args["ours"]}
    new = _kept(data, partner, hits={**hits, theirs: found})
    new = logged(new, event, "partner_hit", name, by="")
    args: dict[str, Value] = {"who": name, "theirs": theirs, "ours": str(event.args["ours"])}
    return stay(new, *tell(new, facts, m.P_MATCH, args), before=data)


def noted(data: Data, event: Event, facts: Facts) -> Step:
    """What the operator has heard from a partner, or that they were asked."""
    partner, got = str(event.args["partner"]), event.args["answers"]
    name = askable(data, facts).get(partner)
    if name is None:
        return stay(data)
    if got:
        return _answered(data, event, facts, partner, got, "")
    new = _kept(data, partner, asked_at=event.received, asked_by="")
    return stay(logged(new, event, "partner_asked", name, by=""), before=data)
