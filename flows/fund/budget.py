"""The money that somebody asks for, line by line: what for, how much, for how many months, and how
that is known. `data["part"]` holds what is half answered:

    item, amount, months       a line, so far; with `at` it takes the place of that line
    typed, monthly             the number whose currency is asked, and whether it is each month's
    lines                      which line would they like to change?
    line                       that one: out, written anew, or left as it is
"""

import re

from flows.engine.draft import without
from flows.engine.messages import Amounts, Line, Message, Scalar
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say
from flows.engine.questionnaire import Again, Taken
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund import money
from flows.fund.currencies import PAID_IN
from flows.fund.form import (
    ALL,
    ANEW,
    MOST_LINES,
    SKIP,
    Asked,
    answers,
    ask,
    cut,
    cut_said,
    fund_of,
    got,
    heard,
    months_said,
    put,
    taken,
)

LINE = ("item", "amount", "currency", "months")  #: what of a part belongs to the line
OUT, WRITE, KEEP = "out", "write", "keep"  #: what can be done with a line
CHANGE = Choice(m.CHANGE_LINE, "line")
#: "500 EUR per month": of a line, not of an amount anywhere else.
MONTHLY = re.compile(
    r"(?:/|\b(?:per|par|a|an|each|every|chaque|pro|في|كل|لكل)\s)\s*(?:month|mois|mo|الشهر|شهر)\b"
    r"|\b(?:monthly|mensuel(?:le)?s?|شهري[اةً]*\b|بالشهر|للشهر)",
    re.IGNORECASE,
)


def lines_of(data: Data) -> list[Data]:
    return list(answers(data).get("budget") or [])


# ---------------------------------------------------------------- asking


def ask_budget(data: Data, event: Event, facts: Facts) -> Asked:
    """An item, its amount, how many months, and how that is known; then the next item."""
    part, lines = data.get("part", {}), lines_of(data)
    if "line" in part:
        return data, _about(lines[part["line"]])
    if "lines" in part:
        each = (Choice(m.ONE_LINE, "line", str(n), _named(x)) for n, x in enumerate(lines))
        return data, ask(m.WHICH_LINE, {}, *each, Choice(m.KEEP_LINE, "line", KEEP))
    if "months" in part:
        return data, ask(m.HOW, {}, SKIP)
    if "amount" in part:
        return data, ask(m.MONTHS_MORE if part.get("monthly") else m.MONTHS, {})
    if "item" in part:
        return data, ask(m.AMOUNT, {"item": part["item"]})
    if "at" in part or not lines:
        return data, ask(m.ITEM, {}, *(() if "at" in part else (SKIP,)))
    return data, _noted(data, lines, facts)


def _noted(data: Data, lines: list[Data], facts: Facts) -> tuple[Effect, ...]:
    last = lines[-1]
    args = {"item": last["item"], "amount": _amount_of(last), "total": total(data)}
    if len(lines) >= MOST_LINES:
        return ask(m.ITEM_FULL, {**args, "n": MOST_LINES}, ALL, CHANGE, ANEW)
    if (sum_ := converted(data, facts)) is None:
        return ask(m.ITEM_NOTED, args, ALL, CHANGE, ANEW)
    args |= {"sum": sum_.money.shown, "on": sum_.on}
    return ask(m.ITEM_NOTED_SUM, args, ALL, CHANGE, ANEW)


def _about(line: Data) -> tuple[Effect, ...]:
    does: tuple[tuple[Message, str], ...] = (
        (m.LINE_OUT, OUT), (m.LINE_ANEW, WRITE), (m.KEEP_LINE, KEEP),
    )  # fmt: skip
    return ask(m.LINE_IS, _named(line), *(Choice(said, "line", what) for said, what in does))


def _named(line: Data) -> dict[str, Scalar]:
    return {"item": line["item"], "amount": _amount_of(line), "months": line["months"]}


def _amount_of(line: Data) -> Scalar:
    return money.shown(line["amount"], line["currency"])


def converted(data: Data, facts: Facts) -> money.Converted | None:
    """All of it in the fund's own currency; None where it is in that already, or can't be said."""
    fund = fund_of(data, facts)
    found = money.in_fund_currency(lines_of(data), facts.policy.rates, fund) if fund else None
    return found if isinstance(found, money.Converted) and found.on else None


def total(data: Data) -> Amounts:
    """Per currency."""
    sums = money.totals(lines_of(data)).items()
    return Amounts(tuple(money.Money(amount, code).shown for code, amount in sums))


# ---------------------------------------------------------------- a line, piece by piece


def take_budget(data: Data, event: Event, facts: Facts) -> Taken | Again:
    part, text = data.get("part", {}), cut(event.text, "item")
    if part.keys() & {"line", "lines"}:
        return Again(data)
    if "months" in part:
        return heard(_line_done(data, cut(event.text, "how")), cut_said(event.text, "how"))
    if "amount" in part:
        months = months_said(event.text, facts)
        if months is None:
            return Again(data, ask(m.NOT_MONTHS, {}))
        return Again({**data, "part": {**part, "months": months}})
    if "item" in part:
        return _amount(data, event, facts)
    if facts.words.means("yes", text):
        more = bool(lines_of(data)) and "at" not in part
        return Again(data, ask(m.ITEM, {}, ALL) if more else ())
    if "at" not in part and len(lines_of(data)) >= MOST_LINES:
        return Again(data, said=(Say(m.LIST_FULL, {"n": MOST_LINES}),))
    if not text:
        return Again(data)
    return Again({**data, "part": {**part, "item": text}}, said=cut_said(event.text, "item"))


def _amount(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data["part"], MONTHLY.sub(" ", event.text).strip()
    monthly = text != event.text.strip() or bool(part.get("monthly"))
    data = {**data, "part": {**part, "monthly": monthly}}
    read = _read(text, data, facts)
    if isinstance(read, money.Unread) and read.why == "empty" and "typed" in part:
        read = _read(f"{part['typed']} {text}", data, facts)  # the currency that was asked for
    if isinstance(read, money.Money):
        return _priced(data, read)
    if read.why == "currency":
        data = {**data, "part": {**data["part"], "typed": text}}
    each = (Choice(m.SUM, "amount", said, {"sum": money.shown(said)}) for said in read.choices)
    return Again(data, ask(m.AMOUNT_WRONG, {"why": (names.amount_reason(read),)}, *each))


def _read(text: str, data: Data, facts: Facts) -> money.Money | money.Unread:
    fund, places = fund_of(data, facts), facts.places
    countries = (got(data, "journalist.country"), places.country(facts.person.tz))
    near = [PAID_IN[country] for country in countries if country in PAID_IN]
    return money.read(text, fund.currency if fund else "", facts.person.lang, near)


def _priced(data: Data, found: money.Money) -> Again:
    part = {**data["part"], "amount": found.plain, "currency": found.currency}
    return Again({**data, "part": part})


def amount_meant(data: Data, event: Event, facts: Facts) -> Again:
    """Which of two numbers, or which currency, was meant."""
    found = money.of(event.arg.partition("/")[0])
    if "item" not in data.get("part", {}) or found is None:
        return Again(data)
    return _priced(data, found)


def _line_done(data: Data, how: str) -> Again:
    lines, part = lines_of(data), data["part"]
    line = {**{name: part[name] for name in LINE}, "how": how}
    at = part.get("at", len(lines))
    return Again(put(without(data, "part"), "budget", [*lines[:at], line, *lines[at + 1 :]]))


def budget_skip(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Left out: how it is known; or, before the first item, the budget."""
    if "months" in data.get("part", {}):
        return _line_done(data, "")
    return taken(put(without(data, "part"), "budget", lines_of(data)), event, facts)


def change_line(data: Data, event: Event, facts: Facts) -> Again:
    """Which one, what with it, and then that. Of a single line it isn't asked which."""
    part, lines, arg = data.get("part", {}), lines_of(data), event.arg
    data, at = without(data, "part"), part.get("line")
    if arg.isdecimal() and int(arg) < len(lines):
        return Again({**data, "part": {"line": int(arg)}})
    if arg == OUT and at is not None:
        return Again(put(data, "budget", [*lines[:at], *lines[at + 1 :]]))
    if arg == WRITE and at is not None:
        return Again({**data, "part": {"at": at}})
    if arg or not lines:
        return Again(data)
    return Again({**data, "part": {"line": 0} if len(lines) == 1 else {"lines": True}})


# ---------------------------------------------------------------- in the review


def show_budget(data: Data) -> Scalar:
    return total(data) if lines_of(data) else m.EMPTY


def budget_lines(data: Data, facts: Facts) -> tuple[Line, ...]:
    lines = tuple(
        Line(m.BUDGET_LINE if line["months"] == 1 else m.BUDGET_LINE_MONTHS, _named(line))
        for line in lines_of(data)
    )
    if (sum_ := converted(data, facts)) is None:
        return lines
    return (*lines, Line(m.IN_FUND, {"sum": sum_.money.shown, "on": sum_.on}))
