"""While somebody takes part in a drill: which of their words are for it, and which are real.

A drill runs on an engine of its own (bot/drill), so that nothing of it can be taken for the real
thing. What decides is here, and pure. In order:

1. whatever has "no duff" or "this is real" in it: real, and the drill leaves them alone; an edit
   that is no call for help is real too
2. what answers a message of ours belongs to where that message came from
3. a call for help: the drill's where its script waits for one, once; said again, at any other
   moment, or while a real call of theirs is open: real, and the drill leaves them alone
4. while a real call for help or a real line to a human is open: real
5. a command: the drill's where the script waits for it, or where it answers what the drill asked
   last; real otherwise
6. an answer goes to whoever asked last, if they take it
7. everything else is real: a drill swallows nothing

A duress word is not decided here: see `duress_in_drill`. Nothing that is seen may depend on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flows.engine.asked import ASKING, LINE_OPEN, NOBODY, PANIC_LISTENS, Focus, takes
from flows.engine.flow import Flow
from flows.engine.model import Event, Facts, Kind
from flows.engine.offered import typed_back
from flows.engine.route import COMMANDS, YES_NO

#: The first letter and the length of a drill's cases; real ones are four to six letters long.
CASE_PREFIX, CASE_LENGTH = "D", 7
#: Verbs of a script (flows/drill/script.py) that are calls for help.
CALLS = frozenset({"sos", "duress"})
#: Commands of the desk that name a case.
DESK = frozenset({"ack", "note", "escalate", "close", "say", "handover"})
#: What is the drill's only where its script waits for it: verb -> command.
ASKED_FOR: Mapping[str, str] = {
    "checkin": "checkin",
    "human": "human",
    "firstaid": "first_aid",
    "fund": "request",
    "report": "report",
    "pack": "first_aid",
    "numbers": "first_aid",
}
#: States of a check-in that is planned.
WATCHED = ASKING | {"waiting"}
#: Whose question goes before the drill's that was asked at the same moment.
FIRST = frozenset({"escalation", "panic", "checkin"})
#: What somebody types who has had enough.
GOES = frozenset({"bye", "stop"})
QUESTIONS = "?؟"
ANSWERS = frozenset({"ok", "arrived", "extend", "stop", "cancel", "back"})


class Belongs(StrEnum):
    REAL = "real"
    DRILL = "drill"
    STOPS = "stops"  #: real, and the drill leaves this person alone from here on
    LEAVES = "leaves"  #: they take part no longer, and nothing else has changed


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody does in a drill that is going on.

    states   what their own flows do there, as Facts.states
    focus    what they were asked last there, `asked_at` when (UTC ms)
    expects  verbs of the script that it waits for from them now
    called   they have called for help in it
    """

    drill: str
    states: Mapping[str, str] = field(default_factory=dict)
    focus: Focus = NOBODY
    asked_at: int = 0
    expects: frozenset[str] = frozenset()
    called: bool = False


def belongs(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    part: Part,
    focus: Focus = NOBODY,
    asked_at: int = 0,
    answers: str | None = None,
) -> Belongs:
    """`facts`, `focus` and `asked_at` are the real ones. `answers`: the drill whose message the
    event answers, "" a real message, None: it answers none."""
    words = facts.words
    typed = event.text if event.kind in (Kind.TEXT, Kind.MEDIA, Kind.LOCATION) else ""
    command = words.command(typed, facts.person.lang) if typed else None
    if typed and words.real(typed):
        return Belongs.STOPS
    called = calls(event, facts) or helps(event, facts, part)
    if event.kind is Kind.CHOICE and answers is None:
        return Belongs.REAL  # of a message that isn't known any more
    if event.edited and not called:
        return Belongs.REAL
    if answers is not None and not called:
        return Belongs.DRILL if answers == part.drill else Belongs.REAL
    if called:
        waits = part.expects & CALLS and not part.called and not _calling(facts)
        return Belongs.DRILL if waits and not event.edited else Belongs.STOPS
    if _calling(facts) or facts.states.get("hotline") in LINE_OPEN:
        return Belongs.REAL
    there = replace(facts, states=part.states)
    newer = (part.asked_at, focus.flow not in FIRST) >= (asked_at, True)
    if command and command[0] in GOES and not event.word:
        last = newer or focus.flow == "drill"
        if found := _goes(command[0], there, part, last):
            return found
    if command and (verb := command[0]) and (owner := COMMANDS.get(verb)):
        return _commanded(verb, command[1], owner, facts, there, part, newer)
    if focus.flow == "escalation" and _taken_up(event, facts, focus):
        return Belongs.REAL
    mine, theirs = _answered(event, facts, flows, focus), _answered(event, there, flows, part.focus)
    if command and command[0] in YES_NO and part.states.get("panic") in PANIC_LISTENS:
        theirs = True
    if theirs and (newer or not mine):
        return Belongs.DRILL
    return Belongs.REAL


def _goes(verb: str, there: Facts, part: Part, last: bool) -> Belongs | None:
    """ "bye" ends the drill's chat, or else their part in the drill. "stop", where the drill has
    spoken last and doesn't watch over them, is said to the drill, not to what is real."""
    if verb == "bye":
        chats = there.states.get("hotline") in LINE_OPEN or verb in part.expects
        return Belongs.DRILL if chats else Belongs.LEAVES
    watched = there.states.get("checkin") in WATCHED or _calling(there)
    return Belongs.LEAVES if last and not watched else None


def _commanded(
    verb: str, rest: str, owner: str, facts: Facts, there: Facts, part: Part, newer: bool
) -> Belongs:
    if verb in DESK:
        its = names_drill_case(rest, facts) or _its_desk(rest, facts, part)
        return Belongs.DRILL if its else Belongs.REAL
    if verb in ANSWERS:
        asked = there.states.get(owner) is not None or _calling(there)
        waits = facts.states.get("checkin") in ASKING
        return Belongs.DRILL if asked and (newer or not waits) else Belongs.REAL
    wanted = ASKED_FOR.get(verb)
    if wanted and wanted in part.expects:
        return Belongs.DRILL
    return Belongs.REAL


def _its_desk(rest: str, facts: Facts, part: Part) -> bool:
    """ "ack", without an id: the drill's, where a case of it is what they were shown last, and no
    real one waits for anybody."""
    named = rest.split()[:1]
    waits = any(not case.quiet for case in facts.desk)
    shown = part.focus.flow == "escalation"
    return shown and not waits and not any(map(facts.words.names_case, named))


def _calling(facts: Facts) -> bool:
    return facts.states.get("panic") in PANIC_LISTENS


def names_drill_case(text: str, facts: Facts) -> bool:
    """ "ack D7K2QX9 I have him": the drill's, whoever types it."""
    first = facts.words.normal(text.strip().partition(" ")[0]).replace(" ", "").upper()
    return len(first) == CASE_LENGTH and first.startswith(CASE_PREFIX)


def _taken_up(event: Event, facts: Facts, focus: Focus) -> bool:
    """A number, typed while a real call of somebody's stands before them: never the drill's."""
    open_ = any(case.id == focus.subject and not case.quiet for case in facts.desk)
    return open_ and facts.words.number(event.text) is not None


def _answered(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    if event.kind is Kind.TEXT and typed_back(event.text, focus, facts.words):
        return True
    listens = facts.states.get("panic") in PANIC_LISTENS
    taken = takes(flows, facts, focus, event.trigger)
    asked = facts.states.get("checkin") in ASKING and event.trigger in ("text", "location", "media")
    return listens or taken or asked


def calls(event: Event, facts: Facts) -> bool:
    """A call for help, whole or inside a sentence."""
    typed = event.text if event.kind in (Kind.TEXT, Kind.MEDIA, Kind.LOCATION) else ""
    command = facts.words.command(typed, facts.person.lang) if typed else None
    return bool(typed and facts.words.panic(typed)) or bool(command and command[0] == "sos")


def helps(event: Event, facts: Facts, part: Part) -> bool:
    """ "Help", where that is a call for help: while a check-in asks or a call is open, be it the
    drill's or a real one."""
    typed = event.text if event.kind in (Kind.TEXT, Kind.MEDIA, Kind.LOCATION) else ""
    command = facts.words.command(typed, facts.person.lang) if typed else None
    if command != ("help", ""):
        return False
    both = (facts.states, part.states)
    return any(s.get("panic") in PANIC_LISTENS or s.get("checkin") in ASKING for s in both)


def insists(event: Event) -> Event:
    """What says that it is real is a call for help; as a question ("is this for real?") it is asked
    about."""
    asks = any(mark in event.text for mark in QUESTIONS)
    return replace(event, trigger="maybe" if asks else "sos")


def duress_in_drill(part: Part) -> bool:
    """The duress word, said where the script waits for it, is the drill's; once."""
    return "duress" in part.expects and not part.called


__all__ = [
    "CALLS",
    "Belongs",
    "Part",
    "belongs",
    "calls",
    "duress_in_drill",
    "helps",
    "insists",
    "names_drill_case",
]
