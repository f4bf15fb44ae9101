"""Recommending, and two different people who decide.

A recommendation is no decision: whoever made it may be one of the two. Each decision belongs to the
recommendation as it stood: what was written for an older one counts for nothing. Two decisions that
differ send it back to vetting, with both reasons.

Nothing is recorded by its reason alone: what will be recorded is shown, and confirmed or left.
"""

from collections.abc import Mapping

from flows.engine.messages import Line, Message, Scalar, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    SetTimer,
    Step,
)
from flows.fund import deadlines, money
from flows.fund import desk_messages as m
from flows.fund import messages as names
from flows.fund.conflicts import lacking
from flows.fund.inviting import dismissed
from flows.fund.judging import against
from flows.fund.request import (
    CANCELLED,
    DAY,
    Pending,
    State,
    for_words,
    fund_of,
    go,
    here,
    letter,
    logged,
    name_of,
    officers,
    payers,
    reasons,
    stay,
    tell,
    told_them,
)
from flows.fund.rules import Finding
from flows.fund.terms import Fund

PAY_EVERY = 3 * DAY  #: ms between two reminders of where to pay, or to pay
KEPT_DECLINED = 30 * DAY  #: ms in which the applicant may ask to have it looked at again
VERDICTS = {"approve": m.APPROVES, "decline": m.DECLINES}

# ---------------------------------------------------------------- recommending


def recommend(data: Data, event: Event, facts: Facts) -> Step:
    return for_words(data, event, m.ASK_AMOUNT, "amount", currency=fund_of(data, facts).currency)


def refuse(data: Data, event: Event, facts: Facts) -> Step:
    return _ask_why(data, event, "reason", {"amount": "", "conditions": ""})


def amount(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """More than the ceiling, or than was asked for, is said and asked again; the officer may
    insist."""
    fund, lang = fund_of(data, facts), facts.person.lang
    sure = text.removeprefix("sure ")
    read = money.read(sure, fund.currency, lang)
    if isinstance(read, money.Unread):
        why = names.amount_reason(read)
        picks = tuple(_pick("amount", each) for each in read.choices if " " in each)
        return _again(data, event, (why,), picks, fund.currency)
    doubts = (*_over_ceiling(read, facts, fund), *_over_asked(read, data, facts, fund))
    if doubts and sure == text:
        insist = Choice(m.INSIST, "pick", f"amount:sure {read}", {"amount": read.shown})
        return _again(data, event, doubts, (insist,), fund.currency)
    none = Choice(m.NO_CONDITIONS, "pick", "conditions:")
    return for_words(data, event, m.ASK_CONDITIONS, "conditions", none, amount=str(read))


def _over_ceiling(given: money.Money, facts: Facts, fund: Fund) -> tuple[Line, ...]:
    """What can't be converted may be more."""
    if fund.ceiling is None:
        return ()
    total = money.in_fund_currency([_item(given)], facts.policy.rates, fund)
    if isinstance(total, money.Converted) and total.amount <= fund.ceiling:
        return ()
    ceiling = money.Money(fund.ceiling, fund.currency).shown
    return (Line(m.OVER_CEILING, {"amount": given.shown, "ceiling": ceiling}),)


def _over_asked(given: money.Money, data: Data, facts: Facts, fund: Fund) -> tuple[Line, ...]:
    """In the currency in which all of it was asked for, or else in the fund's. What can't be
    compared isn't doubted, and nobody has asked for nothing."""
    budget = data["answers"].get("budget")
    totals = money.totals(budget)
    if set(totals) == {given.currency}:
        asked, amount = money.Money(totals[given.currency], given.currency), given.amount
    else:
        whole, one = (
            money.in_fund_currency(each, facts.policy.rates, fund)
            for each in (budget, [_item(given)])
        )
        if not isinstance(whole, money.Converted) or not isinstance(one, money.Converted):
            return ()
        asked, amount = whole.money, one.amount
    if not totals or amount <= asked.amount:
        return ()
    return (Line(m.OVER_ASKED, {"amount": given.shown, "asked": asked.shown}),)


def _item(given: money.Money) -> dict[str, str]:
    return {"amount": given.plain, "currency": given.currency}


def _pick(what: str, value: str) -> Choice:
    return Choice(m.THIS_AMOUNT, "pick", f"{what}:{value}", {"amount": money.shown(value)})


def _again(
    data: Data, event: Event, why: tuple[Line, ...], picks: tuple[Choice, ...], currency: str
) -> Step:
    shown: dict[str, Value] = {"why": why}
    return for_words(
        data, event, m.ASK_AMOUNT_AGAIN, "amount", *picks, shown=shown, currency=currency
    )


def conditions(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    none = facts.words.command(text, facts.person.lang) == ("no", "")
    return _ask_why(
        data, event, "reason", {"amount": pending["amount"], "conditions": "" if none else text}
    )


def _recommended(data: Data, event: Event, facts: Facts, pending: Pending) -> Step:
    text = pending["reason"]
    new = {**data, "recommendation": _made(data, event, pending), "decisions": []}
    if pending["amount"]:
        new = logged(new, event, "recommended", f"{pending['amount']}: {text}")
    else:
        new = logged(new, event, "proposed", text)
    args: dict[str, Value] = {
        "who": name_of(event.person, facts),
        "lines": proposal(new, facts),
    }
    told = tell(new, facts, m.RECOMMENDED_TOLD, args, but=event.person)
    said = here(new, m.RECOMMENDED_SAID)
    return go(State.RECOMMENDED, new, said, *told, before=data)


def _made(data: Data, event: Event, pending: Pending) -> Data:
    number = 1 + sum(kind in ("recommended", "proposed") for _, kind, _, _ in data["log"])
    return {
        "n": number, "by": event.person, "at": event.received, "amount": pending["amount"],
        "conditions": pending["conditions"], "reason": pending["reason"],
    }  # fmt: skip


def proposal(data: Data, facts: Facts) -> tuple[Line, ...]:
    """The recommendation and what was decided on it so far."""
    made = data.get("recommendation")
    if not made:
        return ()
    who = name_of(made["by"], facts)
    if not made["amount"]:
        head = Line(m.PROPOSES_DECLINE, {"who": who, "reason": made["reason"]})
    else:
        given = {"amount": money.shown(made["amount"]), "reason": made["reason"]}
        head = Line(m.PROPOSES, {"who": who, **given})
    found = [head]
    if made["conditions"]:
        found.append(Line(m.CONDITIONS, {"conditions": made["conditions"]}))
    return (*found, *(_decision(each, facts) for each in data["decisions"]))


def _decision(each: Data, facts: Facts) -> Line:
    args: dict[str, Scalar] = {"who": name_of(each["by"], facts), "reason": each["reason"]}
    return Line(m.DECISION, {**args, "verdict": VERDICTS[each["verdict"]]})


# ---------------------------------------------------------------- deciding


def decide(data: Data, event: Event, facts: Facts) -> Step:
    """[Approve] or [Decline]: the reason is asked for, and only that records it."""
    made, verdict = data["recommendation"], event.arg
    if has_decided(data, event.person):
        return stay(data, here(data, m.ALREADY))
    if verdict == "approve" and not made["amount"]:
        return stay(data, here(data, m.NO_AMOUNT))
    if verdict == "approve":
        return _why_approve(data, event, facts, against(data, facts, event.received))
    return _ask_why(data, event, verdict, {"n": made["n"], "amount": made["amount"]})


def _why_approve(data: Data, event: Event, facts: Facts, found: tuple[Finding, ...]) -> Step:
    """With all that speaks against it now, and a note of what they have read."""
    made = data["recommendation"]
    read = {"n": made["n"], "amount": made["amount"], "against": [each.rule for each in found]}
    if not found:
        return _ask_why(data, event, "approve", read)
    lines = {"lines": tuple(names.brief(each) for each in found)}
    return _ask_why(data, event, "approve", read, m.WHY_ALL_THE_SAME, lines)


def has_decided(data: Data, who: str) -> bool:
    return any(each["by"] == who for each in data["decisions"])


def _is_deciding(data: Data, who: str) -> bool:
    pending = data["asks"].get(who, {})
    return not VERDICTS.keys().isdisjoint({pending.get("what"), pending.get("of")})


def _decided(data: Data, event: Event, facts: Facts, pending: Pending) -> Step:
    verdict, text = pending["of"], pending["reason"]
    found = against(data, facts, event.received) if verdict == "approve" else ()
    if any(each.rule not in pending.get("against", ()) for each in found):
        return _why_approve(data, event, facts, found)  # something else was granted meanwhile
    one = {"by": event.person, "verdict": verdict, "reason": text, "at": event.received}
    new = {**data, "decisions": [*data["decisions"], one]}
    new = logged(new, event, verdict, text)
    if len(new["decisions"]) == 1:
        # Whoever is writing their own reason learns only what came of it.
        others = [e.id for e in officers(new, facts) if not _is_deciding(new, e.id)]
        lines = proposal(new, facts)
        told = tell(new, facts, m.ONE_DECIDED, {"lines": lines}, but=event.person, to=others)
        if few := lacking(new, facts):
            alone = deadlines.too_few(new, facts)
            return stay(new, here(new, m.FIRST_OF_ONE, lines=few), *alone, before=data)
        return stay(new, here(new, m.FIRST_OF_TWO), *told, before=data)
    first, second = new["decisions"]
    if first["verdict"] != second["verdict"]:
        return _sent_back(data, new, event, facts, m.DIFFER)
    settled = {**new, "decided_at": event.received, "answered_at": event.received}
    end = _approved if verdict == "approve" else _declined
    return end(data, settled, event, facts)


# ---------------------------------------------------------------- the reason, confirmed

WHY = {"reason": m.ASK_REASON, "approve": m.WHY_APPROVE, "decline": m.WHY_DECLINE}
SURE = {"reason": m.SURE_RECOMMEND, "approve": m.SURE_APPROVE, "decline": m.SURE_DECLINE}
#: Of what was asked, what its answer needs.
KEPT = ("n", "amount", "conditions", "against")
AGREES = frozenset({("yes", ""), ("ok", "")})
#: What is said to a question, and is no reason. Some of it leaves the question.
LEAVES = frozenset({("no", ""), ("cancel", ""), ("back", ""), ("stop", "")})


def _cancel(what: str) -> Choice:
    return Choice(m.CANCEL, "pick", f"{what}:{CANCELLED}")


def _ask_why(
    data: Data,
    event: Event,
    what: str,
    more: Pending,
    message: Message | None = None,
    shown: Mapping[str, Value] | None = None,
) -> Step:
    return for_words(data, event, message or WHY[what], what, _cancel(what), shown=shown, **more)


def reason(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Shown, with what is recorded by it. "No" or "yes" alone is no reason for anybody."""
    what = pending["of"] if pending["what"] == "sure" else pending["what"]
    kept: Pending = {k: pending[k] for k in KEPT if k in pending}
    if refused := _too_late(data, event, what, pending):
        return refused
    if facts.words.command(text, facts.person.lang) in AGREES | LEAVES:
        return _ask_why(data, event, what, kept, m.REASON_AGAIN)
    kept |= {"of": what, "reason": text, "at": event.received}
    confirm = Choice(m.CONFIRM, "pick", f"sure:{event.received}")
    shown: dict[str, Value] = {}
    if what == "reason":
        made = _made(data, event, kept)
        shown = {"lines": proposal({**data, "recommendation": made, "decisions": []}, facts)}
    return for_words(data, event, SURE[what], "sure", confirm, _cancel("sure"), shown=shown, **kept)


def sure(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Confirmed, left, or the reason once more in other words. A button of what was shown before
    confirms nothing: the last is shown again."""
    typed = facts.words.command(text, facts.person.lang) if event.kind is Kind.TEXT else None
    if typed in LEAVES:
        return stay(data, here(data, m.LEFT_IT))
    if typed not in AGREES and text != str(pending["at"]):
        words = pending["reason"] if event.kind is Kind.CHOICE else text
        return reason(data, event, facts, pending, words)
    if refused := _too_late(data, event, pending["of"], pending):
        return refused
    end = _recommended if pending["of"] == "reason" else _decided
    return end(data, event, facts, pending)


def _too_late(data: Data, event: Event, what: str, pending: Pending) -> Step | None:
    """Meanwhile others may have decided, or recommended something else."""
    if what == "reason":
        return None if data["state"] == State.VETTING else stay(data, here(data, m.TOO_LATE))
    made = data.get("recommendation")
    if data["state"] != State.RECOMMENDED or not made or made["n"] != pending["n"]:
        return stay(data, here(data, m.TOO_LATE))
    return stay(data, here(data, m.ALREADY)) if has_decided(data, event.person) else None


# ---------------------------------------------------------------- what comes of it


def _sent_back(old: Data, new: Data, event: Event, facts: Facts, said: Message) -> Step:
    lines = proposal(new, facts)
    kept = {"recommendation": new["recommendation"], "decisions": new["decisions"]}
    new = {**new, "past": [*new["past"], kept], "recommendation": None, "decisions": []}
    told = tell(new, facts, said, {"lines": lines}, but=event.person)
    return go(State.VETTING, new, here(new, said, lines=lines), *told, before=old)


def revise(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Back to vetting, with a reason."""
    if data["state"] != State.RECOMMENDED:
        return stay(data, here(data, m.TOO_LATE))
    return _sent_back(data, logged(data, event, "revise", text), event, facts, m.SENT_BACK)


def _stopped(data: Data) -> tuple[Effect, ...]:
    """Nothing of it is owed any more, and no referee is waited for."""
    names = ("first", "decision", "referees")
    return (*(CancelTimer(name) for name in names), *dismissed(data))


def _approved(old: Data, new: Data, event: Event, facts: Facts) -> Step:
    made = new["recommendation"]
    # What was asked before the decision needs no answer any more.
    new = {**{k: v for k, v in new.items() if k != "questions"}, "granted": made["amount"]}
    args: dict[str, Value] = {"lines": proposal(new, facts)}
    args |= told_them(new, facts, m.TOLD_APPROVED)
    told = tell(new, facts, m.APPROVED_TOLD, args, but=event.person)
    lacking = () if payers(new, facts) else tell(new, facts, m.NO_PAYER)
    given = {"conditions": made["conditions"]} if made["conditions"] else {}
    name = "approved" if given else "approved_bare"
    new, written = letter(new, facts, name, amount=made["amount"], **given)
    said = here(new, m.APPROVED_TOLD, **args)
    pay = SetTimer("pay", event.received + PAY_EVERY)
    return go(
        State.APPROVED,
        new,
        said,
        *told,
        *lacking,
        *written,
        *_stopped(new),
        pay,
        before=old,
    )


def _declined(old: Data, new: Data, event: Event, facts: Facts) -> Step:
    """The applicant reads both reasons, without names."""
    args: dict[str, Value] = {"lines": proposal(new, facts)}
    args |= told_them(new, facts, m.TOLD_DECLINED)
    told = tell(new, facts, m.DECLINED_TOLD, args, but=event.person)
    new, written = letter(new, facts, "declined", reason=reasons(new))
    said = here(new, m.DECLINED_TOLD, **args)
    close = SetTimer("close", event.received + KEPT_DECLINED)
    return go(State.DECLINED, new, said, *told, *written, *_stopped(new), close, before=old)
