"""The line to a human: what the person writes goes to whoever has the case, and back.

- Asking opens a case of kind hotline: it is escalated like an overdue check-in until somebody has
  it. While nobody has, the person is told so, honestly and less and less often.
- Neither side sees the other's address, and the person never sees who it is.
- Whom somebody chose alone is asked; whether anybody else is, they decide.
- It ends when a human closes the case, or when the person no longer wants it.
"""

from dataclasses import replace
from enum import StrEnum

from flows.engine.flow import Edge, Flow, Handler, Table, edge
from flows.engine.messages import Message, Place, Span, Value
from flows.engine.model import (
    CancelTimer,
    Case,
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Keep,
    OpenCase,
    Phase,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.hotline import messages as m

MINUTE = 60_000
#: After how many minutes without anybody the person is told so, again and again at the last.
TOLD_AFTER = (3, 10, 30, 60)
REMINDED = 5  #: minutes after which who hasn't chosen is told that nobody was asked yet
KEPT_TEXT = 1_000  #: characters of what was written before they chose
KEPT_EVERY = 2 * MINUTE  #: ms between two "passed on" while nobody is there
WHY = {"big": m.TOO_BIG, "many": m.TOO_MANY, "gone": m.NOT_LOADED}


class State(StrEnum):
    OFF = "off"
    CHOOSING = "choosing"
    WAITING = "waiting"
    OPEN = "open"


# ---------------------------------------------------------------- asking


def human(data: Data, event: Event, facts: Facts) -> Step:
    """`human`, or a button of a card: then what was answered so far goes along."""
    given = {k: event.args[k] for k in ("guide", "text", "place") if k in event.args}
    if not event.args.get("choose"):
        # What was written for somebody whom they choose isn't for everybody.
        return _asked({"given": given, "since": event.at}, event, facts, "")
    kept: Data = {"given": _together(data.get("given", {}), given), "since": event.at}
    others = [c for c in facts.coordinators if c.id != facts.person.id and c.about and c.reachable]
    choices = [Choice(m.SOMEBODY, "whom", c.id, {"about": c.about}, always=True) for c in others]
    choices += [Choice(m.ANYBODY, "whom", "", always=True), _LEAVE]
    remind = SetTimer("wait", event.received + REMINDED * MINUTE)
    asked = Say(_whom(data, event, facts), choices=tuple(choices), expects=True)
    return Step(State.CHOOSING, {**kept, "told": data.get("told", 0)}, (asked, remind))


def _together(before: Data, given: Data) -> Data:
    """Nothing of what was written while they chose is lost."""
    old, new = (each.get("text", ["", 0])[0] for each in (before, given))
    if old and old not in new:
        words = "\n".join(filter(None, (old, new)))
        given = {**given, "text": [words[-KEPT_TEXT:], (given.get("text") or before["text"])[1]]}
    return {**before, **given}


def _whom(data: Data, event: Event, facts: Facts) -> Message:
    if event.files:
        return m.WHOM_FIRST
    others_know = any(not case.only for case in facts.cases)
    return m.WHOM_STILL if data.get("told") and not others_know else m.WHOM


def not_chosen(data: Data, event: Event, facts: Facts) -> Step:
    """Who doesn't choose isn't left believing that somebody is on the way. Told once: whoever holds
    the phone by now need not read it again."""
    if data.get("told"):
        return Step(State.CHOOSING, data)
    given = {**data.get("given", {}), "choose": True}
    return human({**data, "told": 1}, replace(event, args=given), facts)


def whom(data: Data, event: Event, facts: Facts) -> Step:
    return _asked(data, event, facts, event.arg)


def choosing(data: Data, event: Event, facts: Facts) -> Step:
    """What is written before they chose waits for the one they choose; a file can't."""
    given = data.get("given", {})
    words = "\n".join(filter(None, [given.get("text", [""])[0], event.text.strip()]))
    text = {"text": [words[-KEPT_TEXT:], event.at]} if words else {}
    place = {"place": [event.lat, event.lon, event.at]} if event.lat or event.lon else {}
    choose = {**given, **text, **place, "choose": True}
    return human(data, replace(event, args=choose, text=""), facts)


def _asked(data: Data, event: Event, facts: Facts, only: str) -> Step:
    """A case of its own; or the one that their coordinators have of them already."""
    mine = (c for c in facts.cases if c.kind in ("medical", "hotline") and c.only == only)
    if told := next(mine, None):
        kept: Data = {"since": event.at, "told": 0, "only": only, "case": told.id}
        said = Say(_asking(facts), expects=True)
        wants = Signal("escalation", told.id, "wants", data.get("given", {}))
        return Step(State.WAITING, kept, (said, wants, SetTimer("wait", _next_at(kept, event))))
    args = {**data.get("given", {}), **({"only": only} if only else {})}
    opened = OpenCase("hotline", Phase.UNCERTAINTY, event.at, args=args)
    kept = {"since": event.at, "told": 0, "only": only}
    said = Say(_asking(facts), expects=True)
    return Step(State.WAITING, kept, (opened, said, SetTimer("wait", _next_at(kept, event))))


def _asking(facts: Facts) -> Message:
    return m.ASKED_LED if facts.states.get("guidance") == "led" else m.ASKED


_LEAVE = Choice(m.LEAVE, "leave", always=True)
#: Only where there is something to choose: on a line where people talk, "1" is something they say.
_WIDENING: tuple[Choice, ...] = (Choice(m.ANYBODY, "anybody", always=True), _LEAVE)
_NONE: tuple[Choice, ...] = ()


def _next_at(data: Data, event: Event) -> int:
    return event.received + TOLD_AFTER[min(data["told"], len(TOLD_AFTER) - 1)] * MINUTE


def waited(data: Data, event: Event, facts: Facts) -> Step:
    """Nobody yet. Said, so that nobody waits for an answer that isn't coming."""
    data = {**data, "told": data["told"] + 1}
    span = Span(max(1, round((event.received - data["since"]) / MINUTE)) * MINUTE)
    said, choices = m.STILL, _NONE
    if data.get("only"):
        said, choices = m.STILL_CHOSEN, _WIDENING
    shown = Say(said, {"span": span}, choices)
    return Step(State.WAITING, data, (shown, SetTimer("wait", _next_at(data, event))))


def anybody(data: Data, event: Event, facts: Facts) -> Step:
    """The person no longer insists on the one they chose."""
    told = _to_case(data, event, facts, "widened", {})
    return Step(State.WAITING, {**data, "only": ""}, (*told, Say(_asking(facts))))


def again(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.WAITING, data, (*_guided(data, event, facts), Say(m.WAITING)))


def talking(data: Data, event: Event, facts: Facts) -> Step:
    return Step(State.OPEN, data, (*_guided(data, event, facts), Say(m.TALKING)))


def _guided(data: Data, event: Event, facts: Facts) -> tuple[Effect, ...]:
    """Not of a card whose reader chooses whom to talk to: they didn't choose who is here."""
    guide = None if event.args.get("choose") else event.args.get("guide")
    return _to_case(data, event, facts, "guided", {"guide": guide, "aloud": True}) if guide else ()


# ---------------------------------------------------------------- there and back


def waiting_words(data: Data, event: Event, facts: Facts) -> Step:
    """Kept for whoever comes; said so now and then."""
    effects = _heard(data, event, facts)
    if event.received - data.get("kept_at", 0) >= KEPT_EVERY and event.trigger != "heard":
        data = {**data, "kept_at": event.received}
        effects = (*effects, Say(m.KEPT))
    return Step(State.WAITING, data, effects)


def words(data: Data, event: Event, facts: Facts) -> Step:
    """Straight to whoever has the case. In a conversation nothing is said to each line."""
    return Step(State.OPEN, data, _heard(data, event, facts))


def overheard(state: State) -> Handler:
    """Went to a call for help or a check-in: who is on the line reads it too, once."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        case = _case(data, facts)
        mine = case is not None and case.kind in ("hotline", "medical")
        return Step(state, data, _heard(data, event, facts) if mine else ())

    return handler


def _heard(data: Data, event: Event, facts: Facts) -> tuple[Effect, ...]:
    text = str(event.args.get("text", "")) or event.text
    args = {"text": text, "lat": event.lat, "lon": event.lon, "note": event.arg}
    return _to_case(data, event, facts, "heard", args)


def here(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody has the case."""
    if of_another(data, event):
        return Step(State.WAITING, data)
    said = _to_them(event, m.HERE)
    return Step(State.OPEN, data, (CancelTimer("wait"), said))


def of_another(data: Data, event: Event) -> bool:
    """A signal of a case that isn't the line's own."""
    return bool(data.get("case")) and event.args.get("case") not in (None, data["case"])


def still_here(data: Data, event: Event, facts: Facts) -> Step:
    """Another one has taken over: to the person it is the same line."""
    return Step(State.OPEN, data)


def alone(data: Data, event: Event, facts: Facts) -> Step:
    """Nobody of those who are asked can be reached at all."""
    said, choices = m.NOBODY, _NONE
    if data.get("only"):
        said, choices = m.CHOSEN_LOST, _WIDENING
    return Step(State.WAITING, data, (replace(_to_them(event, said), choices=choices),))


def gone(data: Data, event: Event, facts: Facts) -> Step:
    if of_another(data, event):
        return Step(State.OPEN, data)
    data = {**data, "since": event.received, "told": 0}
    timer = SetTimer("wait", _next_at(data, event))
    return Step(State.WAITING, data, (_to_them(event, m.GONE), timer))


def said(data: Data, event: Event, facts: Facts) -> Step:
    """A coordinator's words, and nothing of who wrote them. Whoever writes is there."""
    effects: list[Effect] = [CancelTimer("wait")]
    if text := str(event.args.get("text", "")):
        effects.append(_to_them(event, m.FROM_HUMAN, text=text))
    if "lat" in event.args:
        spot = Place(event.args["lat"], event.args["lon"])
        effects.append(_to_them(event, m.PLACE_FROM_HUMAN, place=spot))
    if event.files:
        case = str(event.args["case"])
        keep = Keep("hotline", str(event.args["person"]), case, event.args["person"], event.person)
        effects.append(keep)
    return Step(State.OPEN, {"case": str(event.args["case"]), **data}, tuple(effects))


def said_meanwhile(data: Data, event: Event, facts: Facts) -> Step:
    """Another case's coordinator writes while they choose: read, and the choice stands."""
    step = said({}, event, facts)
    said_only = (e for e in step.effects if not isinstance(e, CancelTimer))
    effects = tuple(replace(e, expects=False) if isinstance(e, Say) else e for e in said_only)
    return Step(State.CHOOSING, data, effects)


def opened(data: Data, event: Event, facts: Facts) -> Step:
    """Its case has an id now."""
    return Step(State.WAITING, {**data, "case": str(event.args["case"])})


def kept(state: State) -> Handler:
    """A coordinator's file has been stored: it goes to the person, whatever happened since."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        shown = replace(_to_them(event, m.FILE_FROM_HUMAN), expects=state is State.OPEN)
        return Step(state, data, (replace(shown, file=Enclosed("kept", event.args["file"])),))

    return handler


def lost(state: State) -> Handler:
    """A coordinator's file didn't come through: whoever sent it learns it."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        why = WHY.get(str(event.args["why"]), m.NOT_LOADED)
        told = Say(m.NOT_PASSED, {"why": why}, to=str(event.args["by"]), where=Where.FIRST)
        return Step(state, data, (told,))

    return handler


def not_passed(state: State) -> Handler:
    """The person's own file didn't come through."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        why = WHY.get(str(event.args["why"]), m.NOT_LOADED)
        return Step(state, data, (_to_them(event, m.NOT_PASSED, why=why),))

    return handler


# ---------------------------------------------------------------- the end


def leave(data: Data, event: Event, facts: Facts) -> Step:
    """The person's own end. The case stays for a human to close."""
    case = _case(data, facts)
    told = (Signal("escalation", case.id, "left", {}),) if case and case.line else ()
    calling = facts.states.get("panic") == "active"
    said = Say(m.LEFT_CALLING if calling else m.LEFT)
    return Step(State.OFF, {}, (CancelTimer("wait"), *told, said))


def over(state: State) -> Handler:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return Step(state, data) if of_another(data, event) else _over(event)

    return handler


def _over(event: Event) -> Step:
    return Step(State.OFF, {}, (CancelTimer("wait"), _to_them(event, m.OVER)))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """A state nobody knows any more: ask anew, nobody is left without an answer."""
    return _asked({"given": {}}, event, facts, "")


def _to_them(event: Event, message: Message, **args: Value) -> Say:
    """What a human, or the line itself, says: what is typed next is an answer to it."""
    return Say(message, args, to=str(event.args["person"]), where=Where.FIRST, expects=True)


def _case(data: Data, facts: Facts) -> Case | None:
    """The one that was opened for this line, or in which a coordinator wrote first. Never guessed:
    what is written for one of them isn't for another."""
    return next((c for c in facts.cases if c.id == data.get("case")), None)


def _to_case(data: Data, event: Event, facts: Facts, name: str, args: Data) -> tuple[Effect, ...]:
    """The line's case; should it be gone, one of theirs that is everybody's, or a new one: nothing
    is lost, and nothing goes to whom it wasn't meant for."""
    shared = (c for c in facts.cases if c.kind == "hotline" and not c.only)
    case = _case(data, facts) or next(shared, None)
    if case is None:
        text = {"text": [args["text"], event.at]} if args.get("text") else {}
        return (OpenCase("hotline", Phase.UNCERTAINTY, event.at, args=text),)
    return (Signal("escalation", case.id, name, args),)


def _files(state: State) -> dict[str, Edge]:
    """What has become of files, theirs and a coordinator's: said in every state."""
    told = {"kept": kept, "lost": lost, "not_passed": not_passed}
    return {trigger: edge(handler(state), state) for trigger, handler in told.items()}


S = State
TABLE: Table = {
    S.OFF: {
        "human": edge(human, S.CHOOSING, S.WAITING),
        "said": edge(said, S.OPEN),
        **_files(S.OFF),
    },
    S.CHOOSING: {
        "human": edge(human, S.CHOOSING, S.WAITING),
        "whom": edge(whom, S.WAITING),
        "timer.wait": edge(not_chosen, S.CHOOSING),
        "text": edge(choosing, S.CHOOSING),
        "location": edge(choosing, S.CHOOSING),
        "media": edge(choosing, S.CHOOSING),
        "said": edge(said_meanwhile, S.CHOOSING),
        **_files(S.CHOOSING),
        "leave": edge(leave, S.OFF),
        "bye": edge(leave, S.OFF),
    },
    S.WAITING: {
        "opened": edge(opened, S.WAITING),
        "human": edge(again, S.WAITING),
        "text": edge(waiting_words, S.WAITING),
        "location": edge(waiting_words, S.WAITING),
        "media": edge(waiting_words, S.WAITING),
        "heard": edge(waiting_words, S.WAITING),
        "overheard": edge(overheard(S.WAITING), S.WAITING),
        "timer.wait": edge(waited, S.WAITING),
        "anybody": edge(anybody, S.WAITING),
        "alone": edge(alone, S.WAITING),
        "seen": edge(here, S.OPEN, S.WAITING),
        "said": edge(said, S.OPEN),
        **_files(S.WAITING),
        "leave": edge(leave, S.OFF),
        "bye": edge(leave, S.OFF),
        "case_closed": edge(over(S.WAITING), S.OFF, S.WAITING),
    },
    S.OPEN: {
        "human": edge(talking, S.OPEN),
        "text": edge(words, S.OPEN),
        "location": edge(words, S.OPEN),
        "media": edge(words, S.OPEN),
        "heard": edge(words, S.OPEN),
        "overheard": edge(overheard(S.OPEN), S.OPEN),
        "seen": edge(still_here, S.OPEN),
        "said": edge(said, S.OPEN),
        **_files(S.OPEN),
        "gone": edge(gone, S.WAITING, S.OPEN),
        "leave": edge(leave, S.OFF),
        "bye": edge(leave, S.OFF),
        "case_closed": edge(over(S.OPEN), S.OFF, S.OPEN),
    },
}

FLOW = Flow("hotline", TABLE, S.OFF, recover, lobby=frozenset({S.OFF}))
