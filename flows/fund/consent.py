"""Who may learn what of a request, changed by the applicant after it was sent.

It holds from the same moment for whatever is shared from then on: `onbelay jid export`, `match` and
a partner's dossier read it where it is written here. What left before can't be called back, and
that is said; an officer has it erased, which is tracked (erasing.py).
"""

from flows.engine.messages import Message, Scalar
from flows.engine.model import Choice, Data, Event, Facts, Say, Step
from flows.fund import desk_messages as d
from flows.fund import erasing
from flows.fund import form_messages as m
from flows.fund import letters as w
from flows.fund import messages as names
from flows.fund.form import CLEARS
from flows.fund.request import STATUS, args_of, button, fund_of, logged, open_it, stay, tell
from flows.fund.sharing import (
    allowed_to,
    changed,
    given_in,
    kind_choices,
    kind_lines,
    partner_lines,
)
from flows.fund.terms import Fund

GIVEN, TAKEN_BACK = "consent given", "consent taken back"  #: in the log
TOLD: dict[str, tuple[Message, Message]] = {
    GIVEN: (w.CONSENT_GIVEN, d.CONSENT_GIVEN_TOLD),
    TAKEN_BACK: (w.CONSENT_TAKEN_BACK, d.CONSENT_TAKEN_BACK_TOLD),
}


def change(data: Data, event: Event, facts: Facts) -> Step:
    """`arg`: nothing, an organisation, or "organisation:kind:give" (or "take"). A button says what
    it does, so that one pressed twice, or in an older message, never does the opposite."""
    fund = fund_of(data, facts)
    chosen, kind, does = [*event.arg.split(":"), "", ""][:3]
    if chosen not in (CLEARS, *(p.id for p in fund.partners)):
        return stay(data, _organisations(data, fund))
    if kind not in fund.consents:
        return stay(data, _kinds(data, facts, w.CONSENT, chosen))
    before = given_in(data["answers"])
    given = changed(fund, before, chosen, kind, does == "give")
    if given == before:
        return stay(data, _kinds(data, facts, w.CONSENT, chosen))
    what = GIVEN if does == "give" else TAKEN_BACK
    new = {**data, "answers": {**data["answers"], "consent": given}}
    new = erasing.changed(new, before, given, event.received)
    new = logged(new, event, what, f"{chosen}:{kind}")
    args = logged_as(fund, f"{chosen}:{kind}")
    message, to_officers = TOLD[what]
    buttons = (*erasing.choices(new, facts), button(d.NOTE, "note"), *open_it(new))
    told = tell(new, facts, to_officers, args, buttons)
    return stay(new, _kinds(new, facts, message, chosen, kind), *told, before=data)


def _organisations(data: Data, fund: Fund) -> Say:
    lines = partner_lines(fund, given_in(data["answers"]))
    each = (Choice(m.ORGANISATION, "consent", p.id, {"name": p.name}) for p in fund.partners)
    every = Choice(m.ALL_OF_THEM, "consent", CLEARS)
    return Say(w.CONSENTS, args_of(data, lines=lines), (every, *each, STATUS))


def _kinds(data: Data, facts: Facts, message: Message, chosen: str, kind: str = "") -> Say:
    fund = fund_of(data, facts)
    now = allowed_to(fund, given_in(data["answers"]), chosen)

    def does(each: str) -> str:
        return f"{chosen}:{each}:{'take' if each in now else 'give'}"

    lines = kind_lines(fund, now, facts.person.lang)
    args = args_of(data, **logged_as(fund, f"{chosen}:{kind}"), lines=lines)
    choices = (*kind_choices(fund, now, "consent", does), Choice(w.CONSENT_DONE, "consent"))
    return Say(message, args, choices)


# ---------------------------------------------------------------- in words


def called(fund: Fund, partner: str) -> str | Message:
    """An organisation's name; its id only where the fund no longer has it."""
    known = {each.id: each.name for each in fund.partners}
    return m.ALL_OF_THEM if partner == CLEARS else known.get(partner, partner)


def logged_as(fund: Fund, text: str) -> dict[str, Scalar]:
    """A consent in words: "cpj:story", as it stands in the log."""
    partner, _, kind = text.partition(":")
    return {"name": called(fund, partner), "kind": names.KINDS.get(kind, kind)}
