"""After the decision: where to pay, the payment, the report.

Where to pay is asked for on Signal only, shown to who pays only, also on Signal only, written in no
log, and gone from the request once it is paid.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from flows.engine.messages import Message, Moment, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Redact,
    Say,
    SetTimer,
    Step,
)
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.deciding import PAY_EVERY
from flows.fund.payers import (
    BEFORE_SEEING,
    PAYING,
    approvers,
    ask_to_look,
    look_once,
    may_pay,
    stopped,
    to_see,
    unchecked,
    way_on,
)
from flows.fund.request import (
    DAY,
    LAST,
    LONGEST,
    SIGNAL,
    STATUS,
    Pending,
    State,
    args_of,
    asked,
    button,
    for_words,
    fund_of,
    go,
    here,
    letter,
    logged,
    may_see,
    name_of,
    officers,
    open_it,
    payers,
    stay,
    tell,
    told_them,
    unknown,
)

REPORT_EVERY = 7 * DAY  #: ms between two reminders of a report, or of one that waits to be read

LONGEST_REPORT = 4 * LONGEST  #: characters, in several messages

# ---------------------------------------------------------------- where to pay


def payout(data: Data, event: Event, facts: Facts) -> Step:
    """The applicant wants to say where. Anywhere but on Signal nothing is taken."""
    if SIGNAL not in facts.person.channels:
        return stay(data, _other_app(data, facts))
    asking = Say(w.ASK_PAYOUT, args_of(data, amount=data["granted"]), expects=True, via=SIGNAL)
    there = () if event.channel == SIGNAL else (Say(w.ON_SIGNAL, args_of(data)),)
    return go(State.PAYOUT, asked(data, event, asking, "payout"), *there, asking)


def _other_app(data: Data, facts: Facts) -> Say:
    other = Choice(w.OTHER_APP, "second", always=True, to=("home", facts.person.id))
    return Say(w.COME_TO_SIGNAL, args_of(data), (other,))


def where(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Written on another channel it is deleted there as far as possible, and not kept."""
    if data["state"] != State.PAYOUT:
        return stay(data, Redact(), Say(m.NOT_ASKED, args_of(data), (STATUS,)))
    if event.channel != SIGNAL:
        kept = {**data, "asks": {**data["asks"], event.person: pending}}
        return stay(kept, Redact(), Say(w.NOT_HERE, args_of(data), expects=True))
    again = "payout" in data or data.get("returned", False)
    changed = {"changed": True} if again else {}
    new = {**data, "payout": {"text": text, "at": event.received, **changed}}
    new = logged(new, event, "payout_changed" if again else "payout")
    message = w.PAYOUT_CHANGED if again else w.PAYOUT_HERE
    told = tell(new, facts, message, {}, PAYING, to=may_pay(new, facts))
    told = (*told, *(ask_to_look(new, facts) if again else ()))
    said = Say(w.PAYOUT_KEPT, args_of(new), (STATUS,))
    pay = SetTimer("pay", event.received + PAY_EVERY)
    return stay(new, said, Redact(), *told, pay, before=data)


def see(data: Data, event: Event, facts: Facts) -> Step:
    """Who pays looks at it."""
    if refused := stopped(data, event, facts, BEFORE_SEEING):
        return refused
    if SIGNAL not in facts.person.channels:
        return stay(data, Say(w.PAYER_NEEDS_SIGNAL, args_of(data)))
    args = args_of(data, amount=data["granted"], to=data["payout"]["text"])
    there = () if event.channel == SIGNAL else (Say(w.PAYER_ON_SIGNAL, args_of(data)),)
    warned = tuple(Say(each, args_of(data), via=SIGNAL) for each in _warnings(data, event, facts))
    paid_ = (button(w.PAID, "paid"),)
    shown = Say(w.PAY_TO, args, paid_, via=SIGNAL, fleeting=True)
    data, asked_them = look_once(data, facts)
    return stay(data, *there, *warned, shown, *asked_them)


def _warnings(data: Data, event: Event, facts: Facts) -> tuple[Message, ...]:
    own = (w.PAY_APPROVED_IT,) if event.person in approvers(data) else ()
    if not unchecked(data, facts):
        return own
    return (*own, w.PAY_UNCHECKED if data["payout"].get("changed") else w.PAY_DOUBTED)


def pay_it(data: Data, event: Event, facts: Facts) -> Step:
    """For who pays and is no officer: all that they may know of it."""
    choices = to_see(data, facts, event.person)
    if not choices:
        return unknown(data, event, facts)
    return stay(data, Say(w.PAYOUT_HERE, args_of(data), (*choices, *PAYING[1:])))


# ---------------------------------------------------------------- paid


def paid(data: Data, event: Event, facts: Facts) -> Step:
    if refused := stopped(data, event, facts):
        return refused
    step = for_words(data, event, w.ASK_PAID, "paid")
    return stay(step.data, Redact(ours=True), *step.effects)


def reference(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    on, rest = _dated(text, event.received)
    if not rest:
        return paid(data, event, facts)
    if not _may_be(on, data, event.received):
        step = for_words(data, event, w.ASK_PAID_AGAIN, "paid", shown={"on": on})
        return stay(step.data, Redact(ours=True), *step.effects)
    yes = Choice(w.PAID_YES, "pick", "confirm:yes")
    return for_words(data, event, w.PAID_SURE, "confirm", yes, on=on, reference=rest[:80])


def _dated(text: str, now: int) -> tuple[str, str]:
    """ "2026-11-20 ABC": the day and the rest. Without a day it is today."""
    today = _day(now)
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\b\s*(.*)", text.strip(), re.DOTALL)
    if match:
        try:
            return date.fromisoformat(match[1]).isoformat(), match[2].strip()
        except ValueError:
            return "", ""
    return today.isoformat(), text.strip()


def _day(ms: int) -> date:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).date()


def _may_be(on: str, data: Data, now: int) -> bool:
    """Not before the decision, nor more than a day ahead: elsewhere it may be tomorrow already."""
    earliest = _day(data.get("decided_at", 0)) - timedelta(days=1)
    return earliest <= date.fromisoformat(on) <= _day(now) + timedelta(days=1)


def confirmed(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Where it went is forgotten. Words instead of the button are the reference once more."""
    if data["state"] != State.PAYOUT:
        return unknown(data, event, facts)
    if refused := stopped(data, event, facts):
        return refused
    if text != "yes":
        return reference(data, event, facts, pending, text)
    on, given = pending["on"], pending["reference"]
    new = {k: v for k, v in data.items() if k != "payout"}
    new["paid"] = {"on": on, "reference": given, "by": event.person, "at": event.received}
    report = event.received + fund_of(data, facts).deadlines.report
    new |= {"granted_at": event.received, "due": {**data["due"], "report": report}}
    new = logged(new, event, "paid", f"{on} {given}")
    if event.person in approvers(data):
        new = logged(new, event, "paid_approver")
    told = tell(new, facts, m.PAID_TOLD, {"on": on}, but=event.person)
    when = Moment(report, "full")
    new, written = letter(new, facts, "paid", amount=data["granted"], on=on, report=when)
    timers = (CancelTimer("pay"), SetTimer("report", report))
    back = Choice(w.CAME_BACK, "missing")
    said = Say(w.PAID_SAID, args_of(new), (back, *way_on(new, event, facts)))
    return go(State.PAID, new, Redact(ours=True), said, *told, *written, *timers, before=data)


def not_paid(data: Data, event: Event, facts: Facts) -> Step:
    """Time has passed: who still has to do something is reminded; later the officers are told."""
    late = data["late"].get("pay", 0)
    new = {**data, "late": {**data["late"], "pay": late + 1}}
    effects: tuple[Effect, ...]
    if "payout" in data:
        message = w.PAY_HELD if facts.held else w.PAY_REMINDER
        effects = tell(new, facts, message, {}, PAYING, to=may_pay(new, facts))
        new, asked_them = look_once(new, facts)
        effects = (*effects, *asked_them)
    else:
        new, effects = letter(new, facts, "where", amount=data["granted"])
    if late:
        effects = (*effects, *tell(new, facts, m.NOT_PAID))
    return stay(new, *effects, SetTimer("pay", event.received + PAY_EVERY))


# ---------------------------------------------------------------- it did not arrive


def missing(data: Data, event: Event, facts: Facts) -> Step:
    """Said by the applicant, an officer or who pays; asked once. Where to pay is asked anew, and as
    somebody else may hold the phone, another person looks into it like into any change."""
    mine = event.person == data["person"]
    ours = may_see(data, facts, event.person) or event.person in payers(data, facts)
    if not mine and not ours:
        return unknown(data, event, facts)
    if event.arg != "yes":
        asking, yes = (
            (w.NOT_ARRIVED_SURE, w.NOT_ARRIVED_YES) if mine else (w.CAME_BACK_SURE, w.CAME_BACK_YES)
        )
        args = args_of(data, amount=data["granted"])
        return stay(data, Say(asking, args, (Choice(yes, "missing", "yes"),)))
    new = {k: v for k, v in data.items() if k not in ("paid", "granted_at", "undo")}
    new["due"] = {k: v for k, v in data["due"].items() if k != "report"}
    new |= {"returned": True, "late": {k: v for k, v in data["late"].items() if k != "pay"}}
    new = logged(new, event, "not_arrived" if mine else "came_back")
    timers = (CancelTimer("report"), SetTimer("pay", event.received + PAY_EVERY))
    to = dict.fromkeys([*(each.id for each in officers(new, facts)), *payers(new, facts)])
    if mine:
        told = _who_pays(new, facts, m.NOT_ARRIVED_TOLD, to)
        said = Say(w.NOT_ARRIVED_SAID, args_of(new), (Choice(w.WHERE_TO_PAY, "payout"),))
        return go(State.PAYOUT, new, said, *told, *timers, before=data)
    args = {"who": name_of(event.person, facts)}
    told = _who_pays(new, facts, m.CAME_BACK_TOLD, [e for e in to if e != event.person], args)
    new, written = letter(new, facts, "returned", amount=data["granted"])
    said = Say(w.CAME_BACK_SAID, args_of(new), way_on(new, event, facts))
    return go(State.PAYOUT, new, said, *told, *written, *timers, before=data)


def _who_pays(
    data: Data, facts: Facts, message: Message, to: Iterable[str],
    args: Mapping[str, Value] | None = None,
) -> tuple[Effect, ...]:  # fmt: skip
    """With a way to the request for those to whom it exists."""
    return tuple(
        said
        for who in to
        for opens in [open_it(data) if may_see(data, facts, who) else ()]
        for said in tell(data, facts, message, args, opens, to=[who])
    )


# ---------------------------------------------------------------- the report, the end


def owed(data: Data, event: Event, facts: Facts) -> Step:
    new, written = letter(data, facts, "report")
    return go(State.REPORT, new, *written, SetTimer("report", event.received + REPORT_EVERY))


def still_owed(data: Data, event: Event, facts: Facts) -> Step:
    late = data["late"].get("report", 0)
    new = {**data, "late": {**data["late"], "report": late + 1}}
    effects: tuple[Effect, ...] = ()
    if not data.get("report"):
        new, effects = letter(new, facts, "report")
    if late or data.get("report"):
        message = m.REPORT_WAITS if data.get("report") else m.REPORT_LATE
        args = told_them(new, facts, m.TOLD_REPORT)
        effects = (*effects, *tell(new, facts, message, args))
    return stay(new, *effects, SetTimer("report", event.received + REPORT_EVERY))


def report(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    so_far = data["report"]["text"] + "\n" if data.get("report") else ""
    whole = so_far + text
    kept = {"text": whole[:LONGEST_REPORT], "at": event.received}
    new = logged({**data, "report": kept}, event, "report")
    told = tell(new, facts, m.REPORT_TOLD)
    last = whole[LONGEST_REPORT - LAST : LONGEST_REPORT].strip()
    full = Say(w.REPORT_FULL, args_of(new, last=last))
    said = (full,) if len(whole) > LONGEST_REPORT else ()
    return stay(new, Say(w.REPORT_KEPT, args_of(new), (STATUS,)), *said, *told, before=data)


def close(data: Data, event: Event, facts: Facts) -> Step:
    """A human has read the report, or no longer waits for it."""
    if event.arg != "yes" and not data.get("report"):
        sure = Choice(m.CLOSE_YES, "close", "yes")
        return stay(data, here(data, m.CLOSE_SURE, sure))
    new = logged({**data, "ended_at": event.received}, event, "closed")
    told = tell(new, facts, m.CLOSED_TOLD, {"who": name_of(event.person, facts)}, but=event.person)
    new, written = letter(new, facts, "closed")
    said = Say(m.CLOSED_SAID, args_of(new))
    return go(State.CLOSED, new, said, *told, *written, CancelTimer("report"), before=data)


def lapsed(data: Data, event: Event, facts: Facts) -> Step:
    """Declined some time ago, and nobody asked to have it looked at again."""
    return go(State.CLOSED, {**data, "ended_at": event.received})
