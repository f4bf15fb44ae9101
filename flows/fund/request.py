"""What a request keeps, its states, and the small words that the handlers share.

An instance's data:
- the request: id, fund, case, answers (flows/fund/rules.py reads them), person (who asked), lang,
  submitted_at, state
- the channel on which it was sent, as far as known
- who works on it: holder, conflicts (officers who must not see it), asks (person -> what they were
  asked last and answer in words)
- questions: what officers have asked the applicant, and wait to be answered
- what is owed: due (name -> ms), late (name -> how often it was said), answered_at
- what was learned: log ([at, kind, by, text]), references, records (linked reports of attacks)
- the decision: recommendation, decisions, past (those that were sent back), decided_at
- the money: granted (the amount), granted_at, payout (account: by which name it is in APART; when
  it was written, confirmed, looked into, seen; gone once it is paid), paid
- its end: report, ended_at
- news: letters to the applicant that wait until they ask (contact is dangerous)
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from flows.engine.flow import Handler
from flows.engine.messages import Line, Message, Moment, Value
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Lane,
    Log,
    Person,
    Role,
    Say,
    Step,
    Where,
)
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund import messages as names
from flows.fund import money
from flows.fund.terms import Fund, said

HOUR, DAY = 3_600_000, 86_400_000
SIGNAL = "signal"
LONGEST = 10_000  #: characters of what somebody writes into a request
LAST = 40  #: characters by which somebody finds where their text was cut


class State(StrEnum):
    NEW = "new"
    SUBMITTED = "submitted"  #: nobody has it
    VETTING = "vetting"
    RECOMMENDED = "recommended"
    APPROVED = "approved"  #: where to pay is not asked yet
    PAYOUT = "payout"  #: asked; paid when the payer says so
    PAID = "paid"
    REPORT = "report"  #: a report about the grant is owed
    DECLINED = "declined"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


#: The money isn't decided yet.
OPEN = frozenset({State.SUBMITTED, State.VETTING, State.RECOMMENDED})
#: Where officers and the applicant can write to each other: until it is closed.
TALKED = frozenset(
    {State.VETTING, State.RECOMMENDED, State.APPROVED, State.PAYOUT, State.PAID, State.REPORT}
)
#: Money was given; it counts for the next request.
GRANTED = frozenset({State.PAID, State.REPORT})
TWO = 2  #: different people decide


def stay(data: Data, *effects: Effect, before: Data | None = None) -> Step:
    return go(State(data["state"]), data, *effects, before=before)


def go(state: State, data: Data, *effects: Effect, before: Data | None = None) -> Step:
    """With a line in the log for each that `data` has more than `before`."""
    old = len(before["log"]) if before else len(data["log"])
    written = tuple(Log(kind, text, by) for _, kind, by, text in data["log"][old:])
    return Step(state, {**data, "state": str(state)}, (*written, *effects))


def logged(data: Data, event: Event, kind: str, text: str = "", by: str | None = None) -> Data:
    who = event.person if by is None else by
    return {**data, "log": [*data["log"], [event.received, kind, who, text[:LONGEST]]]}


# ---------------------------------------------------------------- the fund, the people


def fund_of(data: Data, facts: Facts) -> Fund:
    """One that is no longer configured has only its id."""
    return facts.policy.funds.get(data["fund"]) or Fund(data["fund"], {"en": data["fund"]}, "USD")


def fund_name(data: Data, facts: Facts, reader: str) -> str:
    known = facts.people.get(reader)
    return said(fund_of(data, facts).name, known.lang if known else "en")


def name_of(person: str, facts: Facts) -> str:
    known = facts.people.get(person)
    return known.name if known else "?"


def officers(data: Data, facts: Facts) -> list[Person]:
    """Those to whom it exists."""
    kept_from = {data["person"], *data["conflicts"]}
    return [each for each in facts.officers if each.id not in kept_from]


def may_see(data: Data, facts: Facts, who: str) -> bool:
    return any(each.id == who for each in officers(data, facts))


def payers(data: Data, facts: Facts) -> list[str]:
    kept_from = {data["person"], *data["conflicts"]}
    found = sorted(fund_of(data, facts).payers - kept_from)
    return [each for each in found if each in facts.people]


def by_officer(handler: Handler, others: Handler | None = None) -> Handler:
    def guarded(data: Data, event: Event, facts: Facts) -> Step:
        if not may_see(data, facts, event.person):
            return (others or unknown)(data, event, facts)
        return handler(data, event, facts)

    return guarded


def by_applicant(handler: Handler) -> Handler:
    def guarded(data: Data, event: Event, facts: Facts) -> Step:
        if event.person != data["person"]:
            return unknown(data, event, facts)
        return handler(data, event, facts)

    return guarded


def unknown(data: Data, event: Event, facts: Facts) -> Step:
    """To whoever may not do this, each in their own words. To an officer it isn't there: the same
    bytes as for an id that nobody knows."""
    if event.person == data["person"]:
        return stay(data, Say(w.NOT_NEEDED, args_of(data), (STATUS,)))
    if facts.person.role is Role.OFFICER:
        return stay(data, Say(m.UNKNOWN))
    return stay(data, Say(w.OVER))


# ---------------------------------------------------------------- what is said


def args_of(data: Data, **more: Value) -> dict[str, Value]:
    case: Value = names.CASES.get(data["case"], str(data["case"]))
    if isinstance(amount := more.get("amount"), str):
        more["amount"] = money.shown(amount)
    return {"id": data["id"], "case": case, **more}


def open_it(data: Data) -> tuple[Choice, ...]:
    return (Choice(m.OPEN, "show", args={"id": data["id"]}),)


def button(label: Message, what: str, **args: Any) -> Choice:
    """Asks whoever presses it for words: see flows/fund/answering.py."""
    return Choice(label, "ask", what, args=args)


def tell(
    data: Data,
    facts: Facts,
    message: Message,
    args: Mapping[str, Value] | None = None,
    choices: tuple[Choice, ...] | None = None,
    *,
    but: str = "",
    lane: Lane = Lane.ROUTINE,
    to: Iterable[str] | None = None,
) -> tuple[Say, ...]:
    """All officers to whom it exists, or those given."""
    people = [each.id for each in officers(data, facts)] if to is None else to
    shown = open_it(data) if choices is None else choices
    return tuple(
        Say(message, args_of(data, **(args or {})), shown, to=who, lane=lane, where=Where.FIRST)
        for who in people
        if who != but
    )


def holder_or_all(data: Data, facts: Facts) -> list[str]:
    found = [each.id for each in officers(data, facts)]
    return [data["holder"]] if data.get("holder") in found else found


NEXT = Choice(m.NEXT, "show", "next")


def here(data: Data, message: Message, *choices: Choice, **args: Value) -> Say:
    """To whoever did something; without buttons of its own it shows the way on."""
    return Say(message, args_of(data, **args), choices or (NEXT,))


def open_questions(data: Data) -> list[str]:
    """What the applicant was asked and has not answered. Once it is over nobody waits for it."""
    asked: list[str] = data.get("questions", [])
    return asked if State(data["state"]) in OPEN | TALKED else []


def waits_for(data: Data) -> str:
    """What the applicant is asked for in words: "question", "payout", "report", or nothing."""
    state = State(data["state"])
    if open_questions(data):
        return "question"
    if state in (State.APPROVED, State.PAYOUT) and "payout" not in data:
        return "payout"
    return "report" if state is State.REPORT and not data.get("report") else ""


# ---------------------------------------------------------------- letters to the applicant

STATUS = Choice(w.STATUS, "status")
#: What is written to the applicant unasked, and the buttons below it.
LETTERS: dict[str, tuple[Message, tuple[Choice, ...]]] = {
    "taken": (w.TAKEN_LETTER, (STATUS,)),
    "wrote": (w.WROTE_LETTER, (button(w.ANSWER, "answer"),)),
    "approved": (w.APPROVED_LETTER, (Choice(w.WHERE_TO_PAY, "payout"),)),
    "approved_bare": (w.APPROVED_BARE, (Choice(w.WHERE_TO_PAY, "payout"),)),
    "where": (w.WHERE_LETTER, (Choice(w.WHERE_TO_PAY, "payout"),)),
    "undone": (w.UNDONE_LETTER, (STATUS,)),
    "declined": (w.DECLINED_LETTER, (button(w.LOOK_AGAIN, "again"), STATUS)),
    "paid": (w.PAID_LETTER, (STATUS,)),
    "permit": (w.PERMIT_LETTER, ()),
    "hand": (w.HAND_LETTER, (STATUS,)),
    "late": (w.LATE_LETTER, (STATUS,)),
    "report": (w.REPORT_LETTER, (button(w.WRITE_REPORT, "report"),)),
    "closed": (w.CLOSED_LETTER, (STATUS,)),
    "closed_why": (w.CLOSED_WHY_LETTER, (STATUS,)),
    "reopened": (w.REOPENED_LETTER, (STATUS,)),
    "returned": (w.RETURNED_LETTER, (Choice(w.WHERE_TO_PAY, "payout"),)),
}


REMINDERS = frozenset({"where", "report", "late"})  #: of these the last one says it all


def permission(n: int) -> tuple[Choice, ...]:
    """For the applicant: may this referee be asked?"""
    return (button(w.MAY_ASK, f"allow:{n}", n=n + 1), button(w.MAY_NOT, f"keep:{n}"))


def reads_later(data: Data, facts: Facts) -> bool:
    """They get only that there is news, and the letter itself when they ask for it."""
    return dangerous(data) or by_channel(data, facts) is None


def told_them(data: Data, facts: Facts, said: Message) -> dict[str, Value]:
    """For officers: `said`, or what really happened."""
    if not reads_later(data, facts):
        return {"told": said}
    return {"told": m.TOLD_NEWS if dangerous(data) else m.TOLD_NO_SIGNAL}


def letter(
    data: Data, facts: Facts, name: str, lane: Lane = Lane.ROUTINE, **args: str | int | Moment
) -> tuple[Data, tuple[Effect, ...]]:
    """To the applicant, on Signal if they have applied there. Where contact is dangerous, or Signal
    is gone, only that there is news; the rest waits until they ask for it."""
    if reads_later(data, facts):
        kept = {k: v.ms if isinstance(v, Moment) else v for k, v in args.items()}
        moments = [k for k, v in args.items() if isinstance(v, Moment)]
        # A reminder stands for those before it.
        waits = [each for each in data.get("news", []) if each[0] != name or name not in REMINDERS]
        data = {**data, "news": [*waits, [name, kept, moments]]}
        news = Say(w.NEWS, {}, (STATUS,), data["person"], lane, Where.FIRST)
        return data, (news,)
    by = by_channel(data, facts)
    said = _written(data, facts, name, dict(args), data["person"], lane, Where.FIRST)
    return data, (replace(said, via=by or ""),)


def by_channel(data: Data, facts: Facts) -> str | None:
    """The channel that letters go by: who has applied on Signal reads them there only. "": any;
    None: it would be Signal, and they have none any more."""
    if data.get("channel") != SIGNAL:
        return ""
    known = facts.people.get(data["person"])
    return SIGNAL if known and SIGNAL in known.channels else None


def unread(data: Data, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """What waited, now that they ask."""
    said = []
    for name, args, moments in data.get("news", []):
        shown = {k: Moment(v, "full") if k in moments else v for k, v in args.items()}
        one = _written(data, facts, name, shown, "", Lane.REPLY, Where.HERE)
        said.append(replace(one, via=by_channel(data, facts) or ""))
    return {k: v for k, v in data.items() if k != "news"}, tuple(said)


def _written(
    data: Data, facts: Facts, name: str, args: dict[str, Any], to: str, lane: Lane, where: Where
) -> Say:
    message, choices = LETTERS[name]
    if name == "declined":
        args["elsewhere"] = elsewhere(data, facts)
    if name == "permit":
        choices = permission(args["n"])
    answers = name == "wrote"  #: with words, or with the button
    return Say(message, args_of(data, **args), choices, to, lane, where, expects=answers)


def reasons(data: Data) -> str:
    """Of those who decided, without names."""
    return "\n".join(dict.fromkeys(each["reason"] for each in data["decisions"]))


def elsewhere(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Other sources of help, in the applicant's language."""
    known = facts.people.get(data["person"])
    lang = known.lang if known else data.get("lang", "en")
    sources = fund_of(data, facts).elsewhere
    return tuple(
        Line(w.SOURCE, {"name": said(each.name, lang), "reach": said(each.reach, lang)})
        for each in sources
    )


def dangerous(data: Data) -> bool:
    """Anything but a clear no counts as a yes; no answer, too."""
    told = str(data["answers"].get("danger") or "").strip().casefold()
    return told not in ("no", "none", "safe")


def file_of(name: str) -> Enclosed:
    return Enclosed("kept", name)


# ---------------------------------------------------------------- asking for words

Pending = dict[str, Any]
OFFERED = "offered"  #: what they write next is asked about: is it what it waits for?
CANCELLED = "cancel"  #: of a button that leaves a question: "approve:cancel"


def asked(data: Data, event: Event, said: Say, what: str, **more: Any) -> Data:
    """Notes what the next words of this person answer. Goes with a `Say` that expects them."""
    assert said.expects
    return {**data, "asks": {**data["asks"], event.person: {"what": what, **more}}}


def for_words(
    data: Data,
    event: Event,
    message: Message,
    what: str,
    *choices: Choice,
    shown: Mapping[str, Value] | None = None,
    **more: Any,
) -> Step:
    """Asks, and stays. `more`: kept for the answer, and shown as far as the message has it."""
    said = Say(message, args_of(data, **more, **(shown or {})), choices, expects=True)
    return stay(asked(data, event, said, what, **more), said)


def answered(data: Data, person: str) -> Data:
    return {**data, "asks": {who: what for who, what in data["asks"].items() if who != person}}
