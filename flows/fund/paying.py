"""After the decision: where to pay, the payment, the report.

Where to pay is asked for on Signal only, shown to who pays only, also on Signal only, written in no
log, sealed under a key of its own (accounts.py), and gone with that once it is paid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from flows.engine import days
from flows.engine.messages import Message, Moment, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Keep,
    Kind,
    Redact,
    Say,
    SetTimer,
    Step,
)
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.accounts import account, written
from flows.fund.deciding import AGREES, LEAVES, PAY_EVERY
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

LONGEST_DAY = 4  #: words of a date
QUESTIONS = "?؟"  #: what holds one of these is no account
WHERE = frozenset({"payout", "where_sure"})  #: what the applicant is asked of it
LONGEST_REPORT = 4 * LONGEST  #: characters, in several messages

# ---------------------------------------------------------------- where to pay


def payout(data: Data, event: Event, facts: Facts) -> Step:
    """The applicant wants to say where. Anywhere but on Signal nothing is taken."""
    if SIGNAL not in facts.person.channels:
        return stay(data, _other_app(data, facts))
    shown = data["asks"].get(event.person, {}).get("what") == "where_sure"
    gone = (Redact(ours=True),) if shown else ()
    asking = Say(w.ASK_PAYOUT, args_of(data, amount=data["granted"]), expects=True, via=SIGNAL)
    there = () if event.channel == SIGNAL else (Say(w.ON_SIGNAL, args_of(data)),)
    return go(State.PAYOUT, asked(data, event, asking, "payout"), *gone, *there, asking)


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
    return _echoed(data, event, facts, text)


def _echoed(data: Data, event: Event, facts: Facts, text: str) -> Step:
    """Shown to them as it was written, and confirmed before anybody is told. On Signal, where it
    was written; both are deleted there as far as possible."""
    if any(mark in text for mark in QUESTIONS):
        asking = Say(w.PAYOUT_QUESTION, args_of(data), (_human(data),), expects=True)
        return go(State.PAYOUT, asked(data, event, asking, "payout"), asking)
    sure = w.PAYOUT_SURE if facts.words.names_account(text) else w.PAYOUT_DOUBT
    choices = (
        Choice(w.PAYOUT_RIGHT, "pick", f"where_sure:{event.received}"),
        Choice(w.PAYOUT_AGAIN, "payout"),
    )
    data, key = written(data, facts, text)
    args = args_of(data, to=text)
    said = Say(sure, args, choices, expects=True, via=SIGNAL, fleeting=True, apart=key)
    kept = asked(data, event, said, "where_sure", account=key, at=event.received)
    return go(State.PAYOUT, kept, said, Redact())


def _human(data: Data) -> Choice:
    return Choice(w.A_HUMAN, "human", to=("guidance", data["person"]), always=True)


def where_sure(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Confirmed, or written once more. A button of what was shown before confirms nothing."""
    if data["state"] != State.PAYOUT:
        return stay(data, Redact(ours=True), Say(m.NOT_ASKED, args_of(data), (STATUS,)))
    typed = facts.words.command(text, facts.person.lang) if event.kind is Kind.TEXT else None
    if typed in LEAVES:
        return payout(data, event, facts)
    if typed in AGREES or text == str(pending["at"]):
        return _known(data, event, facts, pending)
    if event.kind is Kind.CHOICE:
        return _echoed(data, event, facts, account(data, pending["account"]))
    return where(data, event, facts, pending, text)


def _known(data: Data, event: Event, facts: Facts, pending: Pending) -> Step:
    again = "payout" in data or data.get("returned", False)
    changed = {"changed": True} if again else {}
    times = {"at": event.received, "typed_at": pending["at"]}
    new = {**data, "payout": {"account": pending["account"], **times, **changed}}
    new = logged(new, event, "payout_changed" if again else "payout")
    message = w.PAYOUT_CHANGED if again else w.PAYOUT_HERE
    told = tell(new, facts, message, {}, PAYING, to=may_pay(new, facts))
    told = (*told, *(ask_to_look(new, facts) if again else ()))
    said = Say(w.PAYOUT_KEPT, args_of(new), (STATUS,))
    pay = SetTimer("pay", event.received + PAY_EVERY)
    return stay(new, Redact(ours=True), said, *told, pay, before=data)


def unasked(data: Data, event: Event, facts: Facts) -> Step:
    """Words while where to pay is open, and nobody asked for them just now."""
    if not facts.words.names_account(event.text):
        choices = (Choice(w.WHERE_TO_PAY, "payout"), STATUS)
        return stay(data, Say(w.WHERE_OPEN, args_of(data), choices))
    if event.channel == SIGNAL:
        return _echoed(data, event, facts, event.text.strip()[:LONGEST])
    if SIGNAL in facts.person.channels:
        step = payout(data, event, facts)
        return replace(step, effects=(Redact(), Say(w.NOT_HERE, args_of(data)), *step.effects[1:]))
    return stay(data, Redact(), _other_app(data, facts))


def see(data: Data, event: Event, facts: Facts) -> Step:
    """Who pays looks at it."""
    if refused := stopped(data, event, facts, BEFORE_SEEING):
        return refused
    if SIGNAL not in facts.person.channels:
        return stay(data, Say(w.PAYER_NEEDS_SIGNAL, args_of(data)))
    key = data["payout"]["account"]
    args = args_of(data, amount=data["granted"], to=account(data, key))
    there = () if event.channel == SIGNAL else (Say(w.PAYER_ON_SIGNAL, args_of(data)),)
    warned = tuple(Say(each, args_of(data), via=SIGNAL) for each in _warnings(data, event, facts))
    paid_ = (button(w.PAID, "paid"),)
    shown = Say(w.PAY_TO, args, paid_, via=SIGNAL, fleeting=True, apart=key)
    data, asked_them = look_once(data, facts)
    seen = dict.fromkeys([*data["payout"].get("seen", ()), event.person])
    data = {**data, "payout": {**data["payout"], "seen": list(seen)}}
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
    """Recorded at once, as of today: what isn't recorded is paid twice. Where it went is forgotten.
    The reference, and another day, are asked for afterwards."""
    if data.get("paid", {}).get("by") == event.person:
        return for_words(data, event, w.ASK_PAID, "paid", on=data["paid"]["on"])
    if refused := stopped(data, event, facts):
        return refused
    if event.person not in data["payout"].get("seen", ()):
        return see(data, event, facts)  # as it is now; they may have paid to another
    on = days.local_day(event.received, facts.person.tz).isoformat()
    # What the applicant had written and not confirmed goes with it.
    asks = {who: each for who, each in data["asks"].items() if each["what"] not in WHERE}
    new = {k: v for k, v in data.items() if k != "payout"} | {"asks": asks}
    new["paid"] = {"on": on, "reference": "", "by": event.person, "at": event.received}
    report = event.received + fund_of(data, facts).deadlines.report
    new |= {"granted_at": event.received, "due": {**data["due"], "report": report}}
    new = logged(new, event, "paid", on)
    if event.person in approvers(data):
        new = logged(new, event, "paid_approver")
    told = tell(new, facts, m.PAID_TOLD, {"on": on}, but=event.person)
    when = Moment(report, "full")
    new, written = letter(new, facts, "paid", amount=data["granted"], on=on, report=when)
    timers = (CancelTimer("pay"), SetTimer("report", report))
    back = Choice(w.CAME_BACK, "missing")
    choices = (back, *way_on(new, event, facts))
    said = Say(w.PAID_SAID, args_of(new, on=on), choices, expects=True)
    new = asked(new, event, said, "paid")
    return go(State.PAID, new, Redact(ours=True), said, *told, *written, *timers, before=data)


def reference(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """What belongs to a payment that is recorded already."""
    before = data.get("paid", {})
    if before.get("by") != event.person:
        return unknown(data, event, facts)
    today = days.local_day(event.received, facts.person.tz)
    on, given = _dated(text, today, facts)
    on = on or before["on"]
    none = facts.words.passes(given) or facts.words.command(given, facts.person.lang) in AGREES
    if none:
        given = ""
    if not _may_be(on, data, today):
        return for_words(data, event, w.ASK_PAID_AGAIN, "paid", shown={"on": on})
    given = given[:80] or before["reference"]
    new = {**data, "paid": {**before, "on": on, "reference": given}}
    if new["paid"] != before:
        new = logged(new, event, "paid", f"{on} {given}".strip())
    args = args_of(new, on=on, reference=given)
    more = not given and not none  # the reference may still come
    message = w.PAID_NOTED if given else w.PAID_NOTED_BARE
    said = Say(message, args, way_on(new, event, facts), expects=more)
    return stay(asked(new, event, said, "paid") if more else new, said, before=data)


def _dated(text: str, today: date, facts: Facts) -> tuple[str, str]:
    """ "hier AB123", "AB123, 3 March": the day, "" where none is said, and the rest."""
    words = text.split()
    for n in range(min(len(words), LONGEST_DAY), 0, -1):
        for day, rest in ((words[:n], words[n:]), (words[-n:], words[:-n])):
            on = facts.words.day(" ".join(day).strip(" ,;:"), today) or ""
            if len(on) == len("2026-11-30"):
                return on, " ".join(rest).strip(" ,;:")
    return "", text.strip()


def _may_be(on: str, data: Data, today: date) -> bool:
    """Not before the decision, nor more than a day ahead: elsewhere it may be tomorrow already."""
    earliest = days.local_day(data.get("decided_at", 0), "UTC") - timedelta(days=1)
    return earliest <= date.fromisoformat(on) <= today + timedelta(days=1)


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
    """In words, with receipts; a receipt alone is kept, and the words are still waited for."""
    mine = (data["id"], data["id"], data["id"], event.person)
    kept_: tuple[Effect, ...] = ()
    if event.files:
        kept_ = (Keep("application", *mine, files=event.files),)
    if not text:
        said = Say(w.ADDED_FILE, args_of(data), (STATUS,), expects=True)
        return stay(asked(data, event, said, "report"), said, *kept_)
    so_far = data["report"]["text"] + "\n" if data.get("report") else ""
    whole = so_far + text
    kept = {"text": whole[:LONGEST_REPORT], "at": event.received}
    new = logged({**data, "report": kept}, event, "report")
    told = tell(new, facts, m.REPORT_TOLD)
    last = whole[LONGEST_REPORT - LAST : LONGEST_REPORT].strip()
    full = Say(w.REPORT_FULL, args_of(new, last=last))
    cut = (full,) if len(whole) > LONGEST_REPORT else ()
    said = Say(w.REPORT_KEPT, args_of(new), (STATUS,), expects=True)  # the receipts may follow
    return stay(asked(new, event, said, "report"), said, *cut, *told, *kept_, before=data)


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
