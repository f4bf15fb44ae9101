"""The check-in: how it is planned, asked, answered, and how it becomes overdue.

Time line of one due time:

    waiting ──remind──▶ reminded ──due──▶ asked ──grace──▶ overdue (the case is open)

- The next interval counts from the answer. One plan has at most one open case.
- An answer proves safety at the time it was sent: one that was sent before the due time and
  arrives after it is passed on, and the person is asked again.
- After the due time `stop` and `extend` don't close anything: they are passed on as unverified,
  unless they come with a code word.
- At high risk an answer is one of the two words. The flow can't tell which of the two it was.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from flows.checkin import messages as m
from flows.engine import aid
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Moment, Span, Value
from flows.engine.model import (
    CancelTimer,
    Case,
    Choice,
    Data,
    Effect,
    EndFlow,
    Event,
    Facts,
    Kind,
    Lane,
    OpenCase,
    Phase,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)

LONGEST = 7 * 24 * 3_600_000  #: ms; somebody unheard of for a week must not look planned
HOUR = 3_600_000
EXTENSION = HOUR // 2  #: ms, what the button adds
POSTPONED = HOUR // 4  #: ms, while a human is busy with this person's call for help
LATE = 30_000  #: ms after which a timer that fired counts as late


class State(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    REMINDED = "reminded"
    ASKED = "asked"
    OVERDUE = "overdue"
    SAFE = "safe"


# ---------------------------------------------------------------- planning


def plan(data: Data, event: Event, facts: Facts) -> Step:
    """`checkin 4h` repeats, `checkin 18:30` and `checkin in 4h` are once, `checkin` asks."""
    state = State.WAITING if data.get("due") else State.NEW
    words = facts.words
    if not event.arg.strip():
        quick = (
            Choice(m.EVERY, "checkin", f"{n}h", {"span": Span(n * HOUR)}, always=True)
            for n in (1, 4, 12)
        )
        return Step(state, data, (Say(m.HOW, choices=tuple(quick)),))
    span, single = words.duration(event.arg), words.once(event.arg) is not None
    clock = None if span else words.clock_time(event.arg)
    if span:
        due, tomorrow = event.received + span, False
    elif clock:
        due, tomorrow = _at(clock, event, facts)
    else:
        return Step(state, data, (Say(m.NOT_A_TIME),))
    least = facts.policy.minimum_interval
    if due - event.received < least and span:
        return Step(state, data, (Say(m.TOO_SHORT, {"least": Span(least)}),))
    if due - event.received > LONGEST:
        return Step(state, data, (Say(m.TOO_LONG, {"most": Span(LONGEST)}),))
    kept = {k: v for k, v in data.items() if k == "place"}
    fresh = {**kept, "person": event.person, "interval": 0 if single else span or 0, "due": due}
    if fresh["interval"]:
        args: dict[str, Value] = {"span": Span(fresh["interval"]), "due": Moment(due, "full")}
        said = Say(m.EVERY_STARTED, args, _along(event))
    else:
        started = m.TOMORROW if tomorrow else m.ONCE_STARTED
        said = Say(started, {"due": Moment(due, "full")}, _along(event))
    instead = (Say(m.INSTEAD, {"due": Moment(data["due"])}),) if data.get("due") else ()
    return Step(State.WAITING, fresh, (said, *instead, *_timers(due, event, facts)))


def _along(event: Event) -> tuple[Choice, ...]:
    """Before an assignment: what can be read where there is no signal."""
    return (Choice(m.TAKE_ALONG, "pack", to=("guidance", event.person), always=True),)


def _at(clock: tuple[int, int], event: Event, facts: Facts) -> tuple[int, bool]:
    """The next time that the person's clock shows this, and whether that is tomorrow."""
    zone = ZoneInfo(facts.person.tz)
    now = datetime.fromtimestamp(event.received / 1000, zone)
    due = now.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    tomorrow = due.timestamp() <= now.timestamp()
    if tomorrow:
        due = (due.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return int(due.timestamp() * 1000), tomorrow


def _timers(due: int, event: Event, facts: Facts) -> tuple[Effect, ...]:
    remind = due - facts.policy.reminder_before
    first = SetTimer("remind", remind) if remind > event.received else CancelTimer("remind")
    return (first, SetTimer("due", due), CancelTimer("grace"))


def place_unplanned(data: Data, event: Event, facts: Facts) -> Step:
    """Where they are is kept for the next plan, and told to nobody."""
    return Step(State.NEW, _heard(data, event), (Say(m.PLACE_KEPT),))


def not_good_unplanned(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.NEW, data, (Signal("panic", event.person, "sos"), EndFlow()))


def no_plan(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.NEW, data, (Say(m.NOTHING), EndFlow()))


# ---------------------------------------------------------------- before the due time


def remind(data: Data, event: Event, facts: Facts) -> Step:
    """A reminder that comes after what it reminds of is no reminder: it is left out."""
    if _helped(facts):
        return _postponed(data, event, facts)
    if event.received >= data["due"] or event.late > LATE:
        return Step(State.REMINDED, data)
    args: dict[str, Value] = {"name": facts.person.name, "due": Moment(data["due"])}
    said = Say(m.REMIND, args, _answers(facts, before=True), lane=Lane.ROUTINE, where=Where.EVERY)
    return Step(State.REMINDED, data, (said,))


def good_early(data: Data, event: Event, facts: Facts) -> Step:
    """Heard of before the due time. A repeating plan counts on from here; a single one stands."""
    if _word_missing(event, facts):
        return Step(State.WAITING, data, (Say(m.NEED_WORD),))
    if data["interval"]:
        return _next(data, event, facts)
    args = {"at": Moment(event.at), "due": Moment(data["due"])}
    buttons = () if _by_word(facts) else (Choice(m.ARRIVED, "arrived", always=True),)
    return Step(State.WAITING, data, (Say(m.STANDS, args, buttons),))


def good_soon(data: Data, event: Event, facts: Facts) -> Step:
    """Answered between the reminder and the due time: that is the answer."""
    if _word_missing(event, facts):
        return Step(State.REMINDED, data, (Say(m.NEED_WORD, expects=True),))
    return _next(data, event, facts)


def stop(data: Data, event: Event, facts: Facts) -> Step:
    """Theirs to decide before the due time. At high risk somebody should know of it."""
    told: list[Effect] = []
    if facts.person.risk == "high":
        args: dict[str, Value] = {"name": facts.person.name, "at": Moment(event.at)}
        told = [
            Say(m.STOPPED_BY, args, to=c.id, lane=Lane.ROUTINE, where=Where.FIRST)
            for c in facts.on_duty(event.person)
        ]
    return Step(State.SAFE, {}, (Say(m.STOPPED), *told))


def keep(data: Data, event: Event, facts: Facts) -> Step:
    """Out of a question, not out of being watched: that takes the word stop."""
    return Step(_state(facts), data, (Say(m.KEPT, {"due": Moment(data["due"], "full")}),))


def extend(data: Data, event: Event, facts: Facts) -> Step:
    span = facts.words.duration(event.arg) if event.arg.strip() else EXTENSION
    if span is None:
        return Step(State.WAITING, data, (Say(m.NOT_A_TIME),))
    due = data["due"] + span
    if due - event.received > LONGEST:
        return Step(State.WAITING, data, (Say(m.TOO_LONG, {"most": Span(LONGEST)}),))
    said = Say(m.EXTENDED, {"due": Moment(due, "full")})
    return Step(State.WAITING, {**data, "due": due}, (said, *_timers(due, event, facts)))


def place(data: Data, event: Event, facts: Facts) -> Step:
    return Step(_state(facts), _heard(data, event), (Say(m.PLACE_KEPT),))


# ---------------------------------------------------------------- at the due time


def ask(data: Data, event: Event, facts: Facts) -> Step:
    """Only the person is written to, on every address, for as long as their grace lasts."""
    if _helped(facts):
        return _postponed(data, event, facts)
    by = data["due"] + facts.policy.risks[facts.person.risk].grace
    args: dict[str, Value] = {"name": facts.person.name, "by": Moment(by)}
    message = m.ASK_WORD if _by_word(facts) else m.ASK
    if facts.outage and event.late > LATE:
        start, end = facts.outage
        args = {"name": facts.person.name, "start": Moment(start), "end": Moment(end)}
        message = m.ASK_LATE
    said = Say(message, args, _answers(facts), lane=Lane.ROUTINE, where=Where.EVERY, expects=True)
    return Step(State.ASKED, data, (said, SetTimer("grace", by)))


def overdue(data: Data, event: Event, facts: Facts) -> Step:
    """The grace is over: people are told. A plan whose last case is still open continues it."""
    known: Data = {k: data[k] for k in ("place", "text", "silenced") if k in data}
    opened = _case(facts)
    told: Effect = OpenCase("overdue", Phase.UNCERTAINTY, data["due"], args=known)
    if opened:
        told = Signal("escalation", opened.id, "missed", {"since": data["due"], **known})
    args: dict[str, Value] = {"name": facts.person.name, "since": Moment(data["due"])}
    still = Say(m.STILL, args, _answers(facts), lane=Lane.ROUTINE, where=Where.EVERY, expects=True)
    return Step(State.OVERDUE, data, (told, still))


def good(data: Data, event: Event, facts: Facts) -> Step:
    """All good, said at or after the due time. Everybody who was told is stood down."""
    state = _state(facts)
    if _word_missing(event, facts):
        return Step(state, data, (Say(m.NEED_WORD, expects=True),))
    if event.at < data["due"]:
        args = {"at": Moment(event.at)}
        asked = Say(m.SENT_BEFORE, args, _answers(facts), expects=True)
        return Step(state, _heard(data, event), (*_pass_on(event, facts), asked))
    answered = _to_case(facts, "answered", {"at": event.at})
    step = _next(data, event, facts)
    # Who was being led through first aid goes on there.
    led = Signal("guidance", event.person, "go_on")
    return replace(step, effects=(*answered, *step.effects, led))


def arrived(data: Data, event: Event, facts: Facts) -> Step:
    """Safe arrival ends the plan. At high risk it takes a word, like every answer."""
    if _word_missing(event, facts):
        return Step(_state(facts), data, (Say(m.NEED_WORD),))
    said = Say(m.THANKS, {"name": facts.person.name, "at": Moment(event.at)})
    return Step(State.SAFE, {}, (said,))


def arrived_late(data: Data, event: Event, facts: Facts) -> Step:
    """An answer like any other, and the end of the plan."""
    answer = good(data, event, facts)
    if answer.state is _state(facts):
        return answer
    told = _to_case(facts, "answered", {"at": event.at})
    said = Say(m.THANKS, {"name": facts.person.name, "at": Moment(event.at)})
    return Step(State.SAFE, {}, (*told, said))


def stop_late(data: Data, event: Event, facts: Facts) -> Step:
    """After the due time a stop proves nothing, unless a code word stands beside it."""
    if not event.word or event.at < data["due"]:
        return silenced(data, event, facts)
    answered = _to_case(facts, "answered", {"at": event.at})
    return Step(State.SAFE, {}, (*answered, Say(m.STOPPED)))


def silenced(data: Data, event: Event, facts: Facts) -> Step:
    """Silencing is never silent: what was typed is passed on as unverified."""
    what = event.text.strip()[:60] or event.trigger
    kept = {**data, "silenced": what}
    told = _to_case(facts, "silenced", {"what": what})
    said = Say(m.UNCHANGED, choices=_answers(facts), expects=True)
    return Step(_state(facts), kept, (*told, said))


def heard(data: Data, event: Event, facts: Facts) -> Step:
    """Words or a place that may be an answer: kept, passed on, and asked again. Whoever writes of
    a wound has help for it as the first choice."""
    said = Say(m.PASSED_ON, choices=(*aid.cards(event, facts), *_answers(facts)), expects=True)
    return Step(_state(facts), _heard(data, event), (*_pass_on(event, facts), said))


def moved(data: Data, event: Event, facts: Facts) -> Step:
    """A live location: followed, without a word."""
    args: dict[str, object] = {"lat": event.lat, "lon": event.lon}
    return Step(_state(facts), _heard(data, event), _to_case(facts, "moved", args))


def not_good(data: Data, event: Event, facts: Facts) -> Step:
    """A call for help. The panic flow has them now, and says so here with `called`."""
    return Step(_state(facts), data, (Signal("panic", event.person, "sos"),))


def called(data: Data, event: Event, facts: Facts) -> Step:
    """They called for help: they have been heard of, and a human has it. The plan goes on."""
    if not data["interval"]:
        return Step(State.SAFE, {})
    due = event.received + data["interval"]
    return Step(State.WAITING, {**data, "due": due}, _timers(due, event, facts))


def case_closed(data: Data, event: Event, facts: Facts) -> Step:
    """A human confirmed how they are. A repeating plan goes on from here."""
    if not data["interval"]:
        return Step(State.SAFE, {})
    due = event.received + data["interval"]
    said = Say(m.GOES_ON, {"due": Moment(due, "full")}, to=data["person"], where=Where.FIRST)
    return Step(State.WAITING, {**data, "due": due}, (said, *_timers(due, event, facts)))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state nobody knows any more: the plan is lost, so a human is told that nobody watches."""
    told = OpenCase("unhandled", Phase.UNCERTAINTY, event.at, args={"text": "checkin"})
    return Step(State.SAFE, {}, (Say(m.RECOVER, where=Where.FIRST), told))


# ---------------------------------------------------------------- small words


def _next(data: Data, event: Event, facts: Facts) -> Step:
    """Answered. The next interval counts from the answer; a single plan is done."""
    if not data["interval"]:
        said = Say(m.THANKS, {"name": facts.person.name, "at": Moment(event.at)})
        return Step(State.SAFE, {}, (said,))
    due = event.at + data["interval"]
    if due <= event.received:
        due = event.received + data["interval"]
    kept = {"person": event.person, "interval": data["interval"], "due": due}
    said = Say(m.NEXT, {"due": Moment(due, "full")})
    return Step(State.WAITING, kept, (said, *_timers(due, event, facts)))


def _helped(facts: Facts) -> bool:
    """They called for help and a human has not closed it yet, or are just being asked whether they
    need somebody: another question would only disturb, and take the answer."""
    return facts.states.get("panic") in ("active", "confirm")


def _postponed(data: Data, event: Event, facts: Facts) -> Step:
    due = event.received + POSTPONED
    return Step(State.WAITING, {**data, "due": due}, _timers(due, event, facts))


def _by_word(facts: Facts) -> bool:
    return facts.person.risk == "high" and facts.person.has_words


def _word_missing(event: Event, facts: Facts) -> bool:
    return _by_word(facts) and not event.word


def _answers(facts: Facts, before: bool = False) -> tuple[Choice, ...]:
    """At high risk an answer is one of the two words, never a button."""
    bad = Choice(m.NOT_GOOD, "not_good", always=True)
    if _by_word(facts):
        return (bad,)
    good = Choice(m.GOOD, "ok", always=True)
    return (good, bad, Choice(m.LATER, "extend", always=True)) if before else (good, bad)


def _state(facts: Facts) -> State:
    """Where the plan stands now: for handlers that leave it there."""
    return State(facts.states["checkin"])


def _case(facts: Facts) -> Case | None:
    found = [c for c in facts.cases if c.kind == "overdue"]
    return found[0] if found else None


def _to_case(facts: Facts, name: str, args: dict[str, object]) -> tuple[Effect, ...]:
    case = _case(facts)
    return (Signal("escalation", case.id, name, args),) if case else ()


def _pass_on(event: Event, facts: Facts) -> tuple[Effect, ...]:
    # A button says nothing but what it stands for.
    text = event.trigger if event.kind is Kind.CHOICE else event.text
    args = {"text": text, "lat": event.lat, "lon": event.lon, "note": event.arg}
    return _to_case(facts, "heard", dict(args))


def _heard(data: Data, event: Event) -> Data:
    if event.kind is Kind.LOCATION:
        return {**data, "place": [event.lat, event.lon, event.at]}
    return {**data, "text": [event.text[:500], event.at]} if event.text else data


# ---------------------------------------------------------------- the table

S = State

TABLE: Table = {
    S.NEW: {
        "checkin": edge(plan, S.NEW, S.WAITING),
        "ok": edge(no_plan, S.NEW),
        "stop": edge(no_plan, S.NEW),
        "cancel": edge(no_plan, S.NEW),
        "extend": edge(no_plan, S.NEW),
        "arrived": edge(no_plan, S.NEW),
        "not_good": edge(not_good_unplanned, S.NEW),
        "location": edge(place_unplanned, S.NEW),
    },
    S.WAITING: {
        "checkin": edge(plan, S.WAITING),
        "ok": edge(good_early, S.WAITING),
        "arrived": edge(arrived, S.SAFE, S.WAITING),
        "stop": edge(stop, S.SAFE),
        "cancel": edge(keep, S.WAITING),
        "extend": edge(extend, S.WAITING),
        "not_good": edge(not_good, S.WAITING),
        "location": edge(place, S.WAITING),
        "timer.remind": edge(remind, S.REMINDED, S.WAITING),
        "timer.due": edge(ask, S.ASKED, S.WAITING),
    },
    S.REMINDED: {
        "checkin": edge(plan, S.WAITING),
        "ok": edge(good_soon, S.REMINDED, S.WAITING, S.SAFE),
        "arrived": edge(arrived, S.SAFE, S.REMINDED),
        "stop": edge(stop, S.SAFE),
        "cancel": edge(keep, S.REMINDED),
        "extend": edge(extend, S.WAITING),
        "not_good": edge(not_good, S.REMINDED),
        "called": edge(called, S.WAITING, S.SAFE),
        "location": edge(place, S.REMINDED),
        "timer.due": edge(ask, S.ASKED, S.WAITING),
    },
    S.ASKED: {
        "ok": edge(good, S.ASKED, S.WAITING, S.SAFE),
        "arrived": edge(arrived_late, S.ASKED, S.SAFE),
        "checkin": edge(silenced, S.ASKED),
        "stop": edge(stop_late, S.ASKED, S.SAFE),
        "cancel": edge(stop_late, S.ASKED, S.SAFE),
        "extend": edge(silenced, S.ASKED),
        "not_good": edge(not_good, S.ASKED),
        "called": edge(called, S.WAITING, S.SAFE),
        "text": edge(heard, S.ASKED),
        "location": edge(heard, S.ASKED),
        "media": edge(heard, S.ASKED),
        "timer.grace": edge(overdue, S.OVERDUE),
    },
    S.OVERDUE: {
        "ok": edge(good, S.OVERDUE, S.WAITING, S.SAFE),
        "arrived": edge(arrived_late, S.OVERDUE, S.SAFE),
        "checkin": edge(silenced, S.OVERDUE),
        "stop": edge(stop_late, S.OVERDUE, S.SAFE),
        "cancel": edge(stop_late, S.OVERDUE, S.SAFE),
        "extend": edge(silenced, S.OVERDUE),
        "not_good": edge(not_good, S.OVERDUE),
        "called": edge(called, S.WAITING, S.SAFE),
        "moved": edge(moved, S.OVERDUE),
        "text": edge(heard, S.OVERDUE),
        "location": edge(heard, S.OVERDUE),
        "media": edge(heard, S.OVERDUE),
        "case_closed": edge(case_closed, S.WAITING, S.SAFE),
    },
    S.SAFE: {},
}

FLOW = Flow("checkin", TABLE, S.NEW, recover)
