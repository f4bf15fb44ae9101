"""Which instance gets the event; the exits that work everywhere.

The order is the rule, from what saves a life to what is merely polite:

1. a button: the instance that showed it
2. a panic phrase as the whole message, or picked from a menu
3. a code word anywhere in the text: an answer (or the stop or cancel that it stands beside)
4. a command, in English or in the person's language
5. a reply or reaction to a message about a case
6. a number or a label typed back for the last question
7. a panic phrase inside a sentence: asked once (an answer to a form is given back to it after
   "no"); then thoughts of suicide
8. a running panic takes whatever is sent
9. a form that asked last, if it takes free text
10. a line to a human that is open
11. the instance that asked last, if it takes free text
12. words about something that guidance has a card for
13. the check-in, for what may be an answer to it
14. a request to a fund with an open question: asked whether it is the answer
15. home: one kind line and the menu
"""

from collections.abc import Mapping
from dataclasses import replace

from flows.engine.answers import (
    LEAVES,
    agreement,
    argued,
    asked_about,
    choice_named,
    dictation,
    erased,
    laid_aside,
    leaves_form,
    paid,
    passed_over,
    thanked,
    way_out,
    with_words,
)
from flows.engine.asked import (
    ASKING,
    FORMS,
    GIVES_WAY,
    NOBODY,
    PANIC_ASKS,
    PANIC_LISTENS,
    Answered,
    Focus,
    Route,
    accepts,
    asks_for_words,
    enrolling,
    has_line,
    in_call,
    in_form,
    on_line,
    takes,
)
from flows.engine.flow import Flow
from flows.engine.model import STAFF, Case, Event, Facts, Kind, Role
from flows.engine.offered import (
    call_for_help,
    carefully,
    home,
    language_named,
    offer_at,
    offered,
    outlived,
    said,
    typed_back,
)
from flows.engine.words import Words

#: Command -> the flow that owns it. The subject is always the person.
COMMANDS: Mapping[str, str] = {
    "menu": "home",
    "hello": "home",
    "bye": "hotline",
    "lang": "home",
    "back": "home",
    "sos": "panic",
    "ok": "checkin",
    "arrived": "checkin",
    "checkin": "checkin",
    "extend": "checkin",
    "stop": "checkin",
    "cancel": "checkin",
    "help": "home",
    "firstaid": "guidance",
    "human": "guidance",
    "lessons": "guidance",
    "pack": "guidance",
    "numbers": "guidance",
    "assign": "guidance",
    "fund": "fund",
    "status": "fund",
    "withdraw": "home",
    "report": "report",
    "drills": "trainer",
    "drill": "trainer",
    "recall": "trainer",
    "findings": "trainer",
    "surprises": "trainer",
    "leave": "trainer",
    "no_duff": "trainer",
    "cases": "desk",
    "applications": "desk",
    "application": "desk",
    "invite": "desk",
    "say": "desk",
    "handover": "desk",
    "about": "desk",
    "ack": "desk",
    "note": "desk",
    "escalate": "desk",
    "close": "desk",
    "duty": "desk",
}
#: Commands that a flow which is asking a question may take for itself: it is "cancelled", "back".
FOCUSED = frozenset({"back", "cancel", "stop", "menu"})
#: Commands beside which a code word may stand; anywhere else it is an answer by itself.
BESIDE_WORD = frozenset({"stop", "cancel", "extend", "arrived"})
#: What people say to one another: on an open line it is for the human.
TALK = frozenset({"hello", "ok", "yes", "no", "back"})
#: Of that, what can't be an answer to a check-in or a question about a call for help.
GREETS = frozenset({"hello", "back"})
APPROVING = frozenset({"👍", "✅", "🆗", "👌", "❤", "🙏", "✔"})
YES_NO = {"yes": "sos", "no": "no"}  #: the triggers with which a call for help is confirmed
SKIN_TONES = dict.fromkeys([*range(0x1F3FB, 0x1F400), 0xFE0F])


def route(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    focus: Focus = NOBODY,
    answered: Answered | None = None,
) -> Route:
    """Total: every event gets a route. Events of kind TIMER and SIGNAL carry their own target."""
    person = event.person
    coordinator = facts.person.role in STAFF and facts.person.enrolled
    if event.kind is Kind.CHOICE:
        return offered(event, facts, offer_at(answered, event.arg), flows, focus)
    if event.kind is Kind.REACTION:
        return _reaction(event, facts, flows, answered, coordinator)
    if event.kind is Kind.TEXT:
        found = _typed(event, facts, flows, focus, answered, coordinator)
        if found:
            return found
    elif event.text and (found := _captioned(event, facts, flows, focus)):
        return found
    if event.edited:
        return _edited(event, facts)
    if coordinator and answered and answered.case and event.kind in (Kind.MEDIA, Kind.LOCATION):
        return Route("escalation", answered.case, replace(event, trigger="say"))
    taken = takes(flows, facts, focus, event.trigger)
    if taken and focus.flow in FORMS:
        # They came back to it after their call for help: nobody but its readers gets the answer.
        return Route(focus.flow, focus.subject, event)
    if facts.states.get("panic") in PANIC_LISTENS:
        return Route("panic", person, event)
    if taken and focus.flow not in GIVES_WAY:
        return Route(focus.flow, focus.subject, event)
    if on_line(facts):
        return Route("hotline", person, event)
    if taken:
        return Route(focus.flow, focus.subject, event)
    if event.kind is Kind.TEXT and facts.guidance and facts.guidance.match(event.text):
        return Route("guidance", person, event)
    if facts.states.get("guidance") == "led" and any(c.kind == "medical" for c in facts.cases):
        return Route("guidance", person, event)
    if accepts(flows, facts, "checkin", event.trigger):
        return Route("checkin", person, event)
    if request := asks_for_words(event, facts):
        return Route("application", request, replace(event, trigger="reply"))
    return home(event, "unknown")


def _edited(event: Event, facts: Facts) -> Route:
    """A live location comes as an edit every few seconds: it is followed, and nothing is said."""
    if event.kind is not Kind.LOCATION:
        return home(event, "edited")
    moved = replace(event, trigger="moved")
    if in_call(facts):
        return Route("panic", event.person, moved)
    if facts.states.get("checkin") == "overdue":
        return Route("checkin", event.person, moved)
    return home(event, "moved")


def _typed(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    focus: Focus,
    answered: Answered | None,
    coordinator: bool,
) -> Route | None:
    words: Words = facts.words
    person = event.person
    command = words.command(event.text, facts.person.lang)
    panic = words.panic(event.text)
    if panic == "whole" or (command and command[0] == "sos" and not command[1]):
        return call_for_help(event, facts, flows)
    if event.edited:
        # An edit that holds a panic is a panic; other edits change nothing.
        if not panic and _in_crisis(event, facts, command):
            return Route("guidance", person, replace(event, trigger="crisis"))
        return call_for_help(event, facts, flows) if panic else home(event, "edited")
    if panic and event.word:
        # "all fine" and "help" in one breath: asked about, never taken for an answer.
        return Route("panic", person, replace(event, trigger="maybe"))
    if event.word:
        return _code_word(event, facts, command)
    if meant := erased(event, facts, flows, focus, command) or paid(event, facts, flows, focus):
        return meant
    if offer := language_named(command, focus):
        return offered(event, facts, offer, flows)
    if at_step := _at_step(event, facts, flows, focus):
        return at_step
    if panic and _answers_guidance(event, facts, flows, focus):
        return Route("guidance", person, event)
    if dictated := dictation(event, facts, flows, focus):
        return dictated
    quoting = bool(coordinator and answered and answered.case)
    if not quoting and _in_crisis(event, facts, command):
        return Route("guidance", person, replace(event, trigger="crisis"))
    if quoting and answered and has_line(answered.case, facts) and not _ordered(event, words):
        # In a conversation "close the door" is no order to us, and "ok" is for the other.
        return Route("escalation", answered.case, replace(event, trigger="say"))
    if command and command[0] == "ok" and answered and answered.case and coordinator:
        return Route("escalation", answered.case, replace(event, trigger="ack"))
    if event.text.translate(SKIN_TONES) in APPROVING and in_call(facts):
        return Route("panic", person, event)  # to whoever has the case: it takes nothing back
    # Desk words are everyday words to everybody else: "close to the market, three men".
    owner = COMMANDS.get(command[0], "") if command else ""
    if command and in_form(facts, flows, focus) and not argued(event, facts, *command):
        command, owner = None, ""
    if command and owner and (coordinator or owner != "desk" or _to_pay(*command, facts)):
        return _command(event, facts, flows, focus, *command)
    n = words.number(event.text) if answered and answered.offers else None
    if n is not None and (picked := offer_at(answered, str(n - 1))):
        return offered(event, facts, picked, flows, focus)
    if answered and answered.case and coordinator:
        asked = focus.subject == answered.case and takes(flows, facts, focus, "text")
        trigger = "text" if asked else "say" if has_line(answered.case, facts) else "ack"
        return Route("escalation", answered.case, replace(event, trigger=trigger))
    if (offer := typed_back(event.text, focus, words)) and not outlived(offer, event, facts):
        return offered(event, facts, carefully(offer, event, facts, focus), flows)
    if thanked(event, facts, flows, focus):
        return home(event, "thanks")
    if offer := passed_over(event, facts, flows, focus):
        return with_words(offered(event, facts, offer, flows), event)
    if offer := choice_named(event, facts, flows, focus):
        return offered(event, facts, offer, flows)
    if command and command[0] in YES_NO and facts.states.get("panic") == PANIC_ASKS:
        return Route("panic", person, replace(event, trigger=YES_NO[command[0]]))
    if command and command[0] in YES_NO and on_line(facts):
        return None
    if (offer := said(command, focus)) and focus.flow in ("application", "drill"):
        return offered(event, facts, offer, flows)
    if command and command[0] in YES_NO and takes(flows, facts, focus, command[0]):
        return Route(focus.flow, focus.subject, replace(event, trigger=command[0]))
    if command and command[0] == "not_good":
        return _unwell(event, facts)
    if facts.states.get("panic") == PANIC_ASKS and not panic:
        return Route("panic", person, event)
    planning = focus.flow == "checkin" or any(o.trigger == "checkin" for o in focus.offers)
    if planning and (words.duration(event.text) or words.clock_time(event.text)):
        return Route("checkin", person, replace(event, trigger="checkin", arg=event.text))
    if panic:
        return asked_about(event, facts, flows, focus)
    return None


def _to_pay(verb: str, rest: str, facts: Facts) -> bool:
    """`application` with the id of what somebody is to pay, who may be anybody."""
    id_ = facts.words.normal(rest).replace(" ", "").upper()
    others = (a.id for a in facts.applications if a.person != facts.person.id)
    return verb == "application" and id_ in set(others)


def _in_crisis(event: Event, facts: Facts, command: tuple[str, str] | None) -> bool:
    """Thoughts of suicide go before whatever else the words are, but not before a call for help,
    nor in what a coordinator notes or passes on."""
    noted = bool(command and COMMANDS.get(command[0]) == "desk")
    listens = facts.states.get("panic") in PANIC_LISTENS
    return not noted and not listens and bool(facts.words.crisis(event.text))


def _ordered(event: Event, words: Words) -> bool:
    """Meant for us, though it quotes a conversation: with a slash, or with a case's id."""
    text = event.text.strip()
    return text.startswith("/") or any(map(words.names_case, text.split()[1:3]))


def _at_step(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "ok", "it doesn't work": typed instead of the button of the step that was shown last; what
    may be said to a human isn't. Where the step has no such button it is shown again: rather than
    "all good" or the end of a call for help, which it could be taken for."""
    verb, led = facts.words.at_step(event.text), facts.states.get("guidance") == "led"
    if verb == "tell" and led:
        return Route("guidance", event.person, replace(event, trigger="tell"))
    if not verb or focus.flow != "guidance" or on_line(facts):
        return None
    if offer := next((offer for offer in focus.offers if offer.trigger == verb), None):
        return offered(event, facts, offer, flows)
    return Route("guidance", event.person, event) if takes(flows, facts, focus, "option") else None


def _answers_guidance(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """ "bleeding", said when we asked what they see: the answer, not a cry to be asked about."""
    asked = focus.flow == "guidance" and takes(flows, facts, focus, "text")
    listens = facts.states.get("panic") in PANIC_LISTENS
    return bool(asked and not listens and facts.guidance and facts.guidance.match(event.text))


def _captioned(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """Words beside a picture or a place are read for what matters most."""
    panic = facts.words.panic(event.text)
    if panic == "whole":
        return call_for_help(event, facts, flows)
    if panic:
        return asked_about(event, facts, flows, focus)
    command = facts.words.command(event.text, facts.person.lang)
    if event.word and not event.edited:
        return _code_word(event, facts, command)
    if not event.edited and _in_crisis(event, facts, command):
        return Route("guidance", event.person, replace(event, trigger="crisis"))
    if command and command[0] == "say" and facts.person.role in STAFF:
        return Route("desk", event.person, replace(event, trigger="say", arg=command[1]))
    return None


def _code_word(event: Event, facts: Facts, command: tuple[str, str] | None) -> Route:
    """Either code word is an answer. The flows can't tell which of the two it was."""
    verb = command[0] if command and command[0] in BESIDE_WORD else "ok"
    owner = "checkin"
    if in_call(facts) and verb in ("ok", "cancel", "stop"):
        owner = "panic"
    elif verb == "ok" and enrolling(facts):
        owner = "enrolment"
    return Route(
        owner, event.person, replace(event, trigger=verb, arg=command[1] if command else "")
    )


def _command(
    event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus, verb: str, rest: str
) -> Route:
    person, states = event.person, facts.states
    typed = replace(event, trigger=verb, arg=rest)
    calling = states.get("panic") in PANIC_LISTENS or states.get("checkin") in ASKING
    if verb == "help" and calling:
        return call_for_help(event, facts, flows)
    if verb in TALK and on_line(facts) and (not calling or verb in GREETS):
        return Route("hotline", person, event)
    if verb == "bye" and not on_line(facts):
        return home(event, "menu")
    if verb == "hello":
        return home(typed, "menu")
    if in_call(facts) and verb in ("ok", "cancel", "stop"):
        return Route("panic", person, typed)
    if in_call(facts) and verb in ("extend", "checkin", "arrived"):
        return Route("panic", person, event)  # words to whoever has the case, nothing else
    if verb == "ok" and (agreed := agreement(event, facts, flows, focus)):
        return agreed
    if verb in FOCUSED and not rest and (left := way_out(facts, focus)):
        return offered(event, facts, left, flows)
    if verb in LEAVES and not rest and leaves_form(verb, facts, flows, focus):
        # What of a running check-in is meant by it, the form's question says.
        return Route(focus.flow, focus.subject, replace(event, trigger=focus.flow))
    if verb == "extend" and not rest and laid_aside(facts, focus):
        return Route(focus.flow, focus.subject, replace(event, trigger="later"))
    if verb in FOCUSED and takes(flows, facts, focus, verb):
        return Route(focus.flow, focus.subject, typed)
    if verb in ("ok", "back") and enrolling(facts):
        return Route("enrolment", person, typed)
    if COMMANDS[verb] == "checkin" and facts.person.role is Role.GUEST:
        return home(event, "menu")
    return Route(COMMANDS[verb], person, typed)


def _unwell(event: Event, facts: Facts) -> Route:
    """ "I'm not well": an answer to a check-in that asks, otherwise asked about."""
    if in_call(facts):
        return Route("panic", event.person, event)
    if facts.states.get("checkin") in ASKING:
        return Route("checkin", event.person, replace(event, trigger="not_good"))
    asked = facts.states.get("panic") == PANIC_ASKS
    return Route("panic", event.person, replace(event, trigger="sos" if asked else "maybe"))


def _reaction(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    answered: Answered | None,
    coordinator: bool,
) -> Route:
    """A thumbs-up on an alert acknowledges it, on "how are you" it is "all good". On anything else,
    while a case waits: which one?"""
    approves = event.text.translate(SKIN_TONES) in APPROVING
    if answered and answered.case and coordinator and approves:
        return Route("escalation", answered.case, replace(event, trigger="ack", text=""))
    first = answered.offers[0] if answered and answered.offers else None
    if approves and first and (first.flow, first.trigger) == ("checkin", "ok"):
        return offered(event, facts, first, flows)
    if approves and coordinator and any(_free(case, facts) for case in facts.desk):
        return Route("desk", event.person, replace(event, trigger="cases", arg="", text=""))
    if facts.words.panic(event.text) == "whole":
        return Route("panic", event.person, replace(event, trigger="sos"))
    return home(event, "reaction")


def _free(case: Case, facts: Facts) -> bool:
    """Waits for somebody, and not about the one who looks."""
    return not case.quiet and case.person != facts.person.id
