"""Questions with several answers: the work, the money, who can confirm it. What is half answered is
in `data["part"]`.
"""

from flows.engine.draft import without
from flows.engine.messages import Line, Scalar
from flows.engine.model import Choice, Data, Event, Facts
from flows.engine.questionnaire import Again, Taken
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund import money
from flows.fund.form import (
    ALL,
    ANEW,
    MOST_LINES,
    MOST_REFEREES,
    SKIP,
    Asked,
    answers,
    ask,
    cut,
    fund_of,
    put,
    taken,
)

# ---------------------------------------------------------------- several answers to one question


def ask_evidence(data: Data, event: Event, facts: Facts) -> Asked:
    more = bool(answers(data).get("evidence"))
    choices: tuple[Choice, ...] = (ALL, ANEW) if more else (SKIP,)
    return data, ask(m.EVIDENCE_MORE if more else m.EVIDENCE, {}, *choices)


def take_evidence(data: Data, event: Event, facts: Facts) -> Again:
    kept = answers(data).get("evidence") or []
    text = cut(event.text, "evidence")
    return Again(put(data, "evidence", [*kept, text][:MOST_LINES]) if text else data)


def no_evidence(data: Data, event: Event, facts: Facts) -> Taken:
    return taken(put(data, "evidence", []), event, facts)


def finish(data: Data, event: Event, facts: Facts) -> Taken:
    return taken(without(data, "part"), event, facts)


def show_evidence(data: Data) -> Scalar:
    return "; ".join(answers(data).get("evidence") or []) or m.EMPTY


def ask_budget(data: Data, event: Event, facts: Facts) -> Asked:
    """An item, its amount, how many months, and how that is known; then the next item."""
    part = data.get("part", {})
    if "months" in part:
        return data, ask(m.HOW, {}, SKIP)
    if "amount" in part:
        return data, ask(m.MONTHS, {})
    if "item" in part:
        return data, ask(m.AMOUNT, {"item": part["item"]})
    lines = answers(data).get("budget") or []
    if not lines:
        return data, ask(m.ITEM, {}, SKIP)
    last = lines[-1]
    args = {"item": last["item"], "amount": f"{last['amount']} {last['currency']}"}
    args["total"] = total(data)
    if (sum_ := converted(data, facts)) is None:
        return data, ask(m.ITEM_NOTED, args, ALL, ANEW)
    args |= {"sum": str(sum_.money), "on": sum_.on}
    return data, ask(m.ITEM_NOTED_SUM, args, ALL, ANEW)


def converted(data: Data, facts: Facts) -> money.Converted | None:
    """All of it in the fund's own currency; None where it is in that already, or can't be said."""
    fund, items = fund_of(data, facts), answers(data).get("budget") or []
    found = money.in_fund_currency(items, facts.policy.rates, fund) if fund else None
    return found if isinstance(found, money.Converted) and found.on else None


def in_fund(data: Data, facts: Facts) -> tuple[Line, ...]:
    if (sum_ := converted(data, facts)) is None:
        return ()
    return (Line(m.IN_FUND, {"sum": str(sum_.money), "on": sum_.on}),)


def total(data: Data) -> str:
    """Per currency: "1200.00 USD, 300.00 EUR"."""
    sums = money.totals(answers(data).get("budget") or []).items()
    return ", ".join(str(money.Money(amount, code)) for code, amount in sums)


def take_budget(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data.get("part", {}), cut(event.text, "item")
    if "months" in part:
        return _line_done(data, cut(event.text, "how"))
    if "amount" in part:
        months = facts.words.number(event.text.strip())
        if months is None or not 1 <= months <= 99:
            return Again(data, ask(m.NOT_A_NUMBER, {}))
        return Again({**data, "part": {**part, "months": months}})
    if "item" in part:
        return _amount(data, event, facts)
    full = len(answers(data).get("budget") or []) >= MOST_LINES
    return Again(data if full or not text else {**data, "part": {"item": text}})


def _amount(data: Data, event: Event, facts: Facts) -> Again:
    fund = fund_of(data, facts)
    read = money.read(event.text, fund.currency if fund else "", facts.person.lang)
    if isinstance(read, money.Unread):
        each = (
            Choice(m.SUM, "amount", f"{said}/{event.text[:80]}", {"sum": said})
            for said in read.choices
        )
        return Again(data, ask(m.AMOUNT_WRONG, {"why": (names.amount_reason(read),)}, *each))
    return _priced(data, read)


def _priced(data: Data, found: money.Money) -> Again:
    part = {**data["part"], "amount": found.plain, "currency": found.currency}
    return Again({**data, "part": part})


def amount_meant(data: Data, event: Event, facts: Facts) -> Again:
    """Which of two numbers, or which currency, was meant."""
    meant, _, typed = event.arg.partition("/")
    found = money.of(meant) or money.read(typed, meant, facts.person.lang)
    if "item" not in data.get("part", {}) or not isinstance(found, money.Money):
        return Again(data)
    return _priced(data, found)


def _line_done(data: Data, how: str) -> Again:
    lines = [*(answers(data).get("budget") or []), {**data["part"], "how": how}]
    return Again(put(without(data, "part"), "budget", lines))


def budget_skip(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Left out: how it is known; or, before the first item, the budget."""
    if "months" in data.get("part", {}):
        return _line_done(data, "")
    kept = answers(data).get("budget") or []
    return taken(put(without(data, "part"), "budget", kept), event, facts)


def show_budget(data: Data) -> Scalar:
    lines = [
        f"{line['item']} {line['amount']} {line['currency']} × {line['months']}"
        for line in answers(data).get("budget") or []
    ]
    return "; ".join([*lines, f"= {total(data)}"]) if lines else m.EMPTY


def ask_referees(data: Data, event: Event, facts: Facts) -> Asked:
    """A name, how to reach them, whether they may be asked; then the next one."""
    part = data.get("part", {})
    if "reach" in part:
        asked = (Choice(m.YES, "pick", "yes"), Choice(m.NOT_YET, "pick", "no"))
        return data, ask(m.MAY_ASK, {"name": part["name"]}, *asked)
    if "name" in part:
        return data, ask(m.REACH, {"name": part["name"]})
    known = answers(data).get("referees") or []
    if part or not known:
        return data, ask(m.REFEREE_NEXT if known else m.REFEREE, {}, SKIP)
    choices = (Choice(m.ANOTHER, "another"), ALL, ANEW)
    return data, ask(m.REFEREE_NOTED, {"name": known[-1]["name"]}, *choices)


def take_referee(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data.get("part", {}), cut(event.text, "name")
    if not text or "reach" in part:
        return Again(data)
    if "name" in part:
        return Again({**data, "part": {**part, "reach": cut(event.text, "reach")}})
    full = len(answers(data).get("referees") or []) >= MOST_REFEREES
    return Again(data if full else {**data, "part": {"name": text}})


def may_ask(data: Data, event: Event, facts: Facts) -> Again:
    part = data.get("part", {})
    if "reach" not in part:
        return Again(data)
    named = {"name": part["name"], "reach": part["reach"], "allowed": event.arg == "yes"}
    known = answers(data).get("referees") or []
    return Again(put(without(data, "part"), "referees", [*known, named]))


def another(data: Data, event: Event, facts: Facts) -> Again:
    return Again({**data, "part": {"next": True}})


def referees_skip(data: Data, event: Event, facts: Facts) -> Taken:
    known = answers(data).get("referees") or []
    return taken(put(without(data, "part"), "referees", known), event, facts)


def show_referees(data: Data) -> Scalar:
    known = answers(data).get("referees") or []
    return "; ".join(f"{r['name']} ({r['reach']})" for r in known) or m.EMPTY
