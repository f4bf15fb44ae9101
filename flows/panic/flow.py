"""Panic: commit, call everybody, acknowledge with a neutral line, take whatever comes.

- A phrase inside a sentence is asked about once; the next one is a call. Who doesn't answer that
  is not forgotten: after a while a case opens at `uncertainty`, because a person who can't tap a
  button looks the same.
- What was written as an answer to a form is not passed on: it is sealed for those who read the
  request. After "no" it is that answer, and the form goes on.
- A cancel is never believed by itself: it is passed on, and a human confirms.
- It ends when a human closes the case.
"""

from enum import StrEnum

from flows.engine import aid
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Message
from flows.engine.model import (
    MAX_TEXT,
    CancelTimer,
    Case,
    Choice,
    Data,
    Effect,
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
from flows.panic import messages as m

KEPT_TEXT = 1_000  #: characters of what was written while the question stood
WRITING = frozenset({"waiting", "open"})  #: states of a line to a human
UNANSWERED = 2 * 60_000  #: ms until an unanswered "do you need somebody" becomes a case


class State(StrEnum):
    CALM = "calm"
    CONFIRM = "confirm"
    ACTIVE = "active"


def sos(data: Data, event: Event, facts: Facts) -> Step:
    """No questions. The check-in learns that this person has been heard of. Who was writing with
    one whom they chose is told that others read from now on."""
    args = _told(_kept(data, event))
    chosen = any(c.only for c in facts.cases) and facts.states.get("hotline") in WRITING
    wider = (Say(m.WIDER, lane=Lane.URGENT),) if chosen else ()
    return Step(
        State.ACTIVE,
        {},
        (
            CancelTimer("confirm"),
            OpenCase("panic", Phase.DISTRESS, event.at, args=args),
            _heard(m.RECEIVED, event, facts),
            *wider,
            Signal("checkin", event.person, "called"),
            Signal("guidance", event.person, "link"),
        ),
    )


def again(data: Data, event: Event, facts: Facts) -> Step:
    said = _heard(m.AGAIN, event, facts)
    return Step(State.ACTIVE, data, (*_to_case(event, facts, "again"), said))


def take(data: Data, event: Event, facts: Facts) -> Step:
    """Whatever it is goes to who is called. A hurt that there is a card for is one tap away: a card
    that opened by itself could come in the way of who is hiding."""
    said = _crisis(event, facts) or (Say(m.PASSED, {}, aid.cards(event, facts)),)
    return Step(State.ACTIVE, data, (*_to_case(event, facts, "heard"), *said))


def _crisis(event: Event, facts: Facts) -> tuple[Effect, ...]:
    """Thoughts of suicide have their own answer, also in the middle of this."""
    found = event.kind is Kind.TEXT and facts.words.crisis(event.text)
    return (Signal("guidance", event.person, "crisis"),) if found else ()


def moved(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.ACTIVE, data, _to_case(event, facts, "moved"))


def no_more(data: Data, event: Event, facts: Facts) -> Step:
    """The button "no" takes it back. The word may answer anything: it is passed on."""
    return (cancel if event.kind is Kind.CHOICE else take)(data, event, facts)


def cancel(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.ACTIVE, data, (*_to_case(event, facts, "cancelled"), Say(m.CANCELLED)))


def seen(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.ACTIVE, data, (Say(m.SEEN, to=event.args["person"], where=Where.FIRST),))


def alone(data: Data, event: Event, facts: Facts) -> Step:
    """Nobody can be reached yet. Said, so that nobody waits for help that isn't coming."""
    said = Say(m.ALONE, to=event.args["person"], lane=Lane.URGENT, where=Where.FIRST)
    return Step(State.ACTIVE, data, (said,))


def closed(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.CALM, {}, (Say(m.CLOSED, to=event.args["person"], where=Where.FIRST),))


def maybe(data: Data, event: Event, facts: Facts) -> Step:
    since = {"since": event.at}
    form = event.args.get("form")
    kept = _sealed(since, event, form) if form else _kept(since, event)
    asked = _question(m.MAYBE, event, facts)
    return Step(State.CONFIRM, kept, (asked, SetTimer("confirm", event.received + UNANSWERED)))


def ask_again(data: Data, event: Event, facts: Facts) -> Step:
    """What is written meanwhile is kept: it goes to whoever is called."""
    said = _crisis(event, facts) or (_question(m.ASK_AGAIN, event, facts),)
    return Step(State.CONFIRM, _kept(data, event), said)


def no(data: Data, event: Event, facts: Facts) -> Step:
    """A joke, a quotation, a song. Whatever was going on goes on: what was an answer is one."""
    if data.get("form"):
        flow, subject = data["form"]
        answer = Signal(flow, subject, "text", text=data["answer"])
        return Step(State.CALM, {}, (CancelTimer("confirm"), Say(m.GO_ON), answer))
    if "enrolment" not in facts.states:
        step = Signal("guidance", event.person, "go_on")
        return Step(State.CALM, {}, (CancelTimer("confirm"), Say(m.FINE), step))
    going_on = Signal("enrolment", event.person, "start")
    return Step(State.CALM, {}, (CancelTimer("confirm"), Say(m.GO_ON), going_on))


def unanswered(data: Data, event: Event, facts: Facts) -> Step:
    opened = OpenCase("panic", Phase.UNCERTAINTY, data["since"], args=_told(data))
    return Step(State.ACTIVE, {}, (opened,))


def _kept(data: Data, event: Event) -> Data:
    """All that was written since the question was asked, and where they were last."""
    text = event.text.strip()
    said = "\n".join(filter(None, (data.get("text", ""), text)))
    kept = {**data, "text": said[-KEPT_TEXT:], "at": event.at} if text else data
    if text and data.get("form"):
        kept["answer"] = f"{data['answer']}\n{text}"[:MAX_TEXT]
    if event.lat or event.lon:
        kept = {**kept, "place": [event.lat, event.lon, event.at]}
    return kept


def _sealed(data: Data, event: Event, form: list[str]) -> Data:
    """An answer to a form: kept until it is known whether it was more, and told to nobody."""
    return {**data, "form": form, "answer": event.text, "sealed": event.at}


def _told(data: Data) -> Data:
    """What a case is opened with."""
    text = {"text": [data["text"], data["at"]]} if data.get("text") else {}
    text |= {"sealed": data["sealed"]} if data.get("sealed") else {}
    return text | ({"place": data["place"]} if data.get("place") else {})


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state nobody knows any more: fail open, a human is called."""
    return sos(data, event, facts)


def _heard(message: Message, event: Event, facts: Facts) -> Say:
    """From here on words are for whoever has the case, and "1" is no answer to an older question:
    that may have been whether all is to be erased."""
    return Say(message, {}, aid.cards(event, facts), lane=Lane.URGENT, expects=True)


def _question(message: Message, event: Event, facts: Facts) -> Say:
    choices = (Choice(m.YES, "sos", always=True), Choice(m.NO, "no", always=True))
    return Say(message, choices=(*choices, *aid.cards(event, facts)), expects=True)


def _case(facts: Facts) -> Case | None:
    found = [c for c in facts.cases if c.kind == "panic"]
    return found[0] if found else None


def _to_case(event: Event, facts: Facts, name: str) -> tuple[Effect, ...]:
    """The open case; should it be gone, a new one: nothing is lost."""
    args = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
    case = _case(facts)
    if case is None:
        return (OpenCase("panic", Phase.DISTRESS, event.at, args=args),)
    return (Signal("escalation", case.id, name, args),)


S = State

TABLE: Table = {
    S.CALM: {
        "sos": edge(sos, S.ACTIVE),
        "maybe": edge(maybe, S.CONFIRM),
    },
    S.CONFIRM: {
        "sos": edge(sos, S.ACTIVE),
        "maybe": edge(sos, S.ACTIVE),
        "no": edge(no, S.CALM),
        "text": edge(ask_again, S.CONFIRM),
        "location": edge(ask_again, S.CONFIRM),
        "media": edge(ask_again, S.CONFIRM),
        "timer.confirm": edge(unanswered, S.ACTIVE),
    },
    S.ACTIVE: {
        "sos": edge(again, S.ACTIVE),
        "maybe": edge(again, S.ACTIVE),
        "text": edge(take, S.ACTIVE),
        "location": edge(take, S.ACTIVE),
        "media": edge(take, S.ACTIVE),
        "ok": edge(cancel, S.ACTIVE),
        "cancel": edge(cancel, S.ACTIVE),
        "stop": edge(cancel, S.ACTIVE),
        "no": edge(no_more, S.ACTIVE),
        "moved": edge(moved, S.ACTIVE),
        "seen": edge(seen, S.ACTIVE),
        "alone": edge(alone, S.ACTIVE),
        "case_closed": edge(closed, S.CALM),
    },
}

FLOW = Flow("panic", TABLE, S.CALM, recover, lobby=frozenset({S.CALM}))
