"""What the applicant does with a request: it comes in, how it stands, additions, withdrawal."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flows.engine.messages import Line, Moment, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Forget,
    Keep,
    Kind,
    Say,
    Step,
    Where,
)
from flows.fund import deadlines, rules, views
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.conflicts import lacking, stand_in
from flows.fund.grants import only_month
from flows.fund.inviting import dismissed, permissions
from flows.fund.judging import judged
from flows.fund.request import (
    GRANTED,
    LONGEST,
    OFFERED,
    OPEN,
    STATUS,
    Pending,
    State,
    args_of,
    asked,
    button,
    by_channel,
    dangerous,
    elsewhere,
    for_words,
    fund_name,
    fund_of,
    go,
    holder_or_all,
    logged,
    name_of,
    officers,
    open_it,
    open_questions,
    payers,
    reasons,
    stay,
    tell,
    unread,
    waits_for,
)

ASKED = 3  #: open questions that are shown again
LISTED = 4  #: findings in the first message about a request

# ---------------------------------------------------------------- it comes in


def start(data: Data, event: Event, facts: Facts) -> Step:
    """`args`: id, fund, case, answers (rules.py), lang; files, if some were kept for it."""
    given = event.args
    new: Data = {
        "id": given["id"], "fund": given["fund"], "case": given["case"],
        "answers": dict(given["answers"]), "lang": given.get("lang", "en"),
        "person": event.person, "channel": event.channel,
        "submitted_at": event.received, "holder": "",
        "asks": {}, "due": {}, "late": {}, "log": [], "references": [], "recommendation": None,
        "decisions": [], "past": [],
    }  # fmt: skip
    new["conflicts"] = stand_in(new, facts)
    before = new
    new, timers = deadlines.begin(logged(new, event, "submitted"), event, facts)
    for who in new["conflicts"]:
        new = logged(new, event, "conflict", by=who)
    called = _called(new, facts, event)
    alone = deadlines.too_few(new, facts) if called and lacking(new, facts) else ()
    called = called or deadlines.uncared(new, facts)
    return go(State.SUBMITTED, new, *called, *alone, *timers, before=before)


def _called(data: Data, facts: Facts, event: Event) -> tuple[Say, ...]:
    found = rules.findings(*judged(data, facts, event.received))
    danger = (Line(m.DANGER, {}),) if dangerous(data) else ()
    kept = (Line(m.STANDS_IN, {"who": name_of(who, facts)}) for who in data["conflicts"])
    lines = (
        *danger,
        *kept,
        *lacking(data, facts),
        *views.brief(data, facts, found[:LISTED], len(found)),
    )
    done = rules.completeness(fund_of(data, facts), data["answers"])
    args: dict[str, Value] = {
        "due": Moment(data["due"]["first"], "full"), "done": done.done, "of": done.of,
        "lines": lines,
    }  # fmt: skip
    take = (Choice(m.TAKE, "take"), *open_it(data))
    return tuple(
        said
        for each in officers(data, facts)
        for name in [fund_name(data, facts, each.id)]
        for said in tell(data, facts, m.CAME_IN, {**args, "fund": name}, take, to=[each.id])
    )


# ---------------------------------------------------------------- how it stands

STANDS = {
    State.SUBMITTED: w.STANDS_SUBMITTED,
    State.VETTING: w.STANDS_VETTING,
    State.RECOMMENDED: w.STANDS_RECOMMENDED,
    State.APPROVED: w.STANDS_APPROVED,
    State.PAYOUT: w.STANDS_PAYOUT,
    State.PAID: w.STANDS_PAID,
    State.REPORT: w.STANDS_REPORT,
    State.DECLINED: w.STANDS_DECLINED,
    State.CLOSED: w.STANDS_CLOSED,
}


#: What is not forgotten because somebody looks how it stands.
UNTIL_SAID = frozenset({"answer", "reply"})
#: Where words are for those who help.
LISTENING: Mapping[str, frozenset[str]] = {
    "panic": frozenset({"active", "confirm"}),
    "hotline": frozenset({"choosing", "waiting", "open"}),
    "checkin": frozenset({"reminded", "asked", "overdue"}),
}  # fmt: skip


def status(data: Data, event: Event, facts: Facts) -> Step:
    """In plain words, with what comes next; before it what they were not told for their safety."""
    if State(data["state"]) is State.DECLINED and event.arg in DECLINED:
        return DECLINED[event.arg](data, event, facts)
    told = any(name == "wrote" for name, _, _ in data.get("news", ()))
    asked_them = () if told else _open_questions(data, facts)
    data, letters = unread(data, facts)
    state = State(data["state"])
    message = STANDS[state]
    if state is State.PAYOUT and "payout" in data:
        message = w.STANDS_PAYING
    if state is State.REPORT and data.get("report"):
        message = w.STANDS_REPORTED
    args: dict[str, Value] = {"since": Moment(data["submitted_at"], "full")}
    if due := deadlines.next_due(data):
        args["due"] = Moment(due, "full")
    if state is State.SUBMITTED and data.get("answered_at"):
        message = w.STANDS_VETTING
    if state in OPEN and due and due <= event.received:
        message = w.STANDS_LATE
    can_do = _can_do(data, facts, state)
    # What they write below it is asked about, unless somebody else is waiting for their words.
    waits = bool(waits_for(data)) and not any(
        facts.states.get(flow) in states for flow, states in LISTENING.items()
    )
    said = Say(message, args_of(data, **args), can_do, expects=waits)
    if waits and data["asks"].get(event.person, {}).get("what") not in UNTIL_SAID:
        data = asked(data, event, said, OFFERED)
    return stay(data, *letters, *asked_them, said)


def _why(data: Data, event: Event, facts: Facts) -> Step:
    """By the channel on which it was told before."""
    via = by_channel(data, facts) or ""
    elsewhere_ = via and event.channel != via
    there = (Say(w.WRITE_ON_SIGNAL, args_of(data)),) if elsewhere_ else ()
    args = args_of(data, reason=reasons(data))
    said = Say(w.WHY_DECLINED, args, _declined(data), via=via)
    return stay(data, *there, said)


def _others(data: Data, event: Event, facts: Facts) -> Step:
    """And a human, who may know of more."""
    found, me = elsewhere(data, facts), data["person"]
    human = Choice(w.A_HUMAN, "human", to=("guidance", me), always=True)
    said = Say(w.ELSEWHERE, {"elsewhere": found}) if found else Say(w.ELSEWHERE_NONE)
    return stay(data, replace(said, choices=(human, *_declined(data))))


#: What can be asked about a decision: the button's `arg`.
DECLINED: Mapping[str, Callable[[Data, Event, Facts], Step]] = {"why": _why, "others": _others}


def _declined(data: Data) -> tuple[Choice, ...]:
    anew = Choice(w.NEW_REQUEST, "fund", "new", to=("fund", data["person"]), always=True)
    return (button(w.LOOK_AGAIN, "again"), Choice(w.ADD, "add"), anew)


def _open_questions(data: Data, facts: Facts) -> tuple[Say, ...]:
    """By the channel on which they were asked."""
    via = by_channel(data, facts)
    answer_it = (button(w.ANSWER, "answer"),)
    return tuple(
        Say(w.OPEN_QUESTION, args_of(data, text=text), answer_it, via=via or "")
        for text in open_questions(data)[-ASKED:]
        if via is not None
    )


def _can_do(data: Data, facts: Facts, state: State) -> tuple[Choice, ...]:
    share = (Choice(w.MAY_SHARE, "consent"),) if fund_of(data, facts).partners else ()
    return (*_next(data, state), *share, Choice(w.WITHDRAW, "withdraw"))


def _next(data: Data, state: State) -> tuple[Choice, ...]:
    asked_them = (button(w.ANSWER, "answer"),) if open_questions(data) else ()
    more, missing = (*asked_them, Choice(w.ADD, "add")), Choice(w.NOT_ARRIVED, "missing")
    match state:
        case State.APPROVED | State.PAYOUT:
            return (Choice(w.WHERE_TO_PAY, "payout"), *more)
        case State.PAID:
            return (*more, missing)
        case State.REPORT:
            return (button(w.WRITE_REPORT, "report"), *more, missing)
        case State.DECLINED:
            asks = (Choice(w.WHY, "status", "why"), Choice(w.OTHER_HELP, "status", "others"))
            return (*asks, *_declined(data))
        case State.CLOSED:
            return ()
        case _:
            return (*more, *permissions(data))


# ---------------------------------------------------------------- more of it


def add(data: Data, event: Event, facts: Facts) -> Step:
    return for_words(data, event, w.ASK_MORE, "add")


def added(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """Words or files, or an answer to what was asked. More may follow."""
    kind = "answered" if pending["what"] == "answer" else "added"
    new = data
    if kind == "answered":
        new = {k: v for k, v in data.items() if k != "questions"}
    effects: tuple[Effect, ...] = ()
    if text:
        new = logged(new, event, kind, text)
        effects = _passed_on(new, facts, kind, text)
    kept: tuple[Effect, ...] = ()
    if event.files:
        mine = (data["id"], data["id"], data["id"], event.person)
        kept = (Keep("application", *mine, files=event.files),)
    done = (STATUS,)
    said = Say(w.ADDED if text else w.ADDED_FILE, args_of(new), done, expects=True)
    new = asked(new, event, said, "add")
    return stay(new, said, *effects, *kept, before=data)


def _passed_on(data: Data, facts: Facts, kind: str, text: str) -> tuple[Say, ...]:
    message = m.ANSWERED_TOLD if kind == "answered" else m.ADDED_TOLD
    to = holder_or_all(data, facts)
    return tell(data, facts, message, {"text": text[:LONGEST]}, to=to)


def kept(data: Data, event: Event, facts: Facts) -> Step:
    new = logged(data, event, "file")
    told = tell(new, facts, m.FILE_TOLD, to=holder_or_all(new, facts))
    return stay(new, *told, before=data)


RECORDED = {
    "linked": m.RECORD_LINKED, "added": m.RECORD_ADDED, "withdrawn": m.RECORD_WITHDRAWN,
}  # fmt: skip


def recorded(data: Data, event: Event, facts: Facts) -> Step:
    """A report in the record of attacks belongs to it, or no longer does: whoever works on the
    request learns that much, and nothing of what the report says."""
    record, what = str(event.args["record"]), str(event.args["what"])
    others = [each for each in data.get("records", []) if each != record]
    new = {**data, "records": others if what == "withdrawn" else [*others, record]}
    if what == "linked":
        new = logged(new, event, "record", record)
    told = tell(new, facts, RECORDED[what], {"record": record}, to=holder_or_all(new, facts))
    return stay(new, *told, before=data)


LOST = {"big": w.FILE_BIG, "many": w.FILE_MANY}


def lost(data: Data, event: Event, facts: Facts) -> Step:
    why = LOST.get(str(event.args.get("why", "")), w.FILE_GONE)
    return stay(data, Say(why, args_of(data, megabytes=facts.policy.megabytes)))


def answer(data: Data, event: Event, facts: Facts) -> Step:
    return for_words(data, event, w.ASK_ANSWER, "answer")


def again(data: Data, event: Event, facts: Facts) -> Step:
    return for_words(data, event, w.ASK_AGAIN, "again")


def looked_at_again(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """As if it had just come in, with what was decided before."""
    if data["state"] != State.DECLINED:
        return stay(data, Say(m.NOT_ASKED, args_of(data), (STATUS,)))
    past = {"recommendation": data["recommendation"], "decisions": data["decisions"]}
    new = {**data, "recommendation": None, "decisions": [], "past": [*data["past"], past]}
    new = {k: v for k, v in new.items() if k not in ("answered_at", "decided_at")}
    new = logged({**new, "holder": ""}, event, "again", text)
    new, timers = deadlines.begin(new, event, facts)
    take = (Choice(m.TAKE, "take"), *open_it(new))
    called = tell(new, facts, m.AGAIN_TOLD, {"text": text}, take)
    due = Moment(new["due"]["first"], "full")
    said = Say(w.AGAIN_SAID, args_of(new, due=due), (STATUS,))
    return go(State.SUBMITTED, new, said, *called, *timers, CancelTimer("close"), before=data)


# ---------------------------------------------------------------- withdrawing


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """Asked once. Then nothing of it is left but that it was there, and in which month it was paid:
    a fund gives once in so many months."""
    if event.arg == "no" and event.kind is not Kind.SIGNAL:
        return stay(data, Say(w.KEPT, args_of(data), (STATUS,)))
    if event.arg != "yes" or event.kind is Kind.SIGNAL:
        paid = State(data["state"]) in GRANTED
        choices = (Choice(w.WITHDRAW_YES, "withdraw", "yes"), Choice(w.KEEP_IT, "withdraw", "no"))
        return stay(data, Say(w.WITHDRAW_PAID if paid else w.WITHDRAW_SURE, args_of(data), choices))
    gone: dict[str, Value] = {"id": data["id"]}
    to = dict.fromkeys([*(each.id for each in officers(data, facts)), *payers(data, facts)])
    told = tuple(Say(m.WITHDRAWN_TOLD, gone, to=who, where=Where.FIRST) for who in to)
    left = {k: data[k] for k in ("fund", "case", "submitted_at")}
    left |= {"granted_at": only_month(data["granted_at"])} if data.get("granted_at") else {}
    people = (Forget(data["id"]), *dismissed(data))
    effects: tuple[Effect, ...] = (*people, Say(w.WITHDRAWN, gone), *told)
    return Step(State.WITHDRAWN, {**left, "ended_at": event.received}, effects)
