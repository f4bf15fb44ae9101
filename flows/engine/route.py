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

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flows.engine.draft import OLDER
from flows.engine.flow import Flow
from flows.engine.model import STAFF, Case, Event, Facts, Kind, Role
from flows.engine.options import Offer, meant
from flows.engine.words import ALONE, Words


@dataclass(frozen=True, slots=True)
class Focus:
    """What the person was asked last. `labels` are the offers' texts as they were shown."""

    flow: str
    subject: str
    expects: bool
    offers: tuple[Offer, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the event replies to, when it does: a message of ours with these offers, this case."""

    offers: tuple[Offer, ...] = ()
    case: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    flow: str
    subject: str
    event: Event


NOBODY = Focus("", "", False)

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
#: States in which a check-in is waiting for its answer: "help" is then a call for help.
ASKING = frozenset({"reminded", "asked", "overdue"})
PANIC_ACTIVE = "active"
PANIC_ASKS = "confirm"
#: States in which what somebody writes goes to the panic flow.
PANIC_LISTENS = frozenset({PANIC_ACTIVE, PANIC_ASKS})
#: States of the line to a human in which it takes what nobody else waits for.
LINE_OPEN = frozenset({"choosing", "waiting", "open"})
#: What people say to one another: on an open line it is for the human.
TALK = frozenset({"hello", "ok", "yes", "no", "back"})
#: Of that, what can't be an answer to a check-in or a question about a call for help.
GREETS = frozenset({"hello", "back"})
#: What asks so that a line to a human goes before it.
GIVES_WAY = frozenset({"guidance", "hotline", "home"})
#: Forms whose words are sealed: an answer is read by those whom it is for, and nobody else.
FORMS = frozenset({"fund", "report", "application", "record"})
PASSES = ("skip", "finish")  #: triggers of the buttons with which a question is passed over
DRAFTS = frozenset({"fund", "report"})  #: forms that are left by the word that begins them
LEAVES = frozenset({"stop", "cancel", "extend"})  #: "stop", "never mind", "later"
CODE = re.compile(r"[2-9A-HJKMNP-Z]{10}|[FR][2-9A-HJKMNP-Z]{5,6}")  #: of a request or report
SHORT_ORDER = 3  #: words, at most, of what is still an order to us where words were asked for
APPROVING = frozenset({"👍", "✅", "🆗", "👌", "❤", "🙏", "✔"})
#: Choices that can't be taken back, or that somebody's safety hangs on: (flow, trigger).
FINAL = frozenset(
    {
        ("fund", "erase_it"), ("report", "erase_it"), ("report", "withdraw_it"),
        ("application", "withdraw"), ("application", "conflict"), ("application", "close"),
        ("application", "missing"), ("application", "checked"), ("application", "undo"),
        ("escalation", "close"), ("checkin", "ok"), ("checkin", "stop"), ("checkin", "arrived"),
        ("panic", "sos"), ("panic", "no"), ("panic", "ok"), ("panic", "stop"),
    }
)  # fmt: skip
PAID = ("ask", "paid")  #: the button that records a payment: its trigger and argument
ERASES = ("application", "withdraw", "yes")  #: the button that erases a request
#: What the argument of such a button begins with: it records a decision, or where to pay.
RECORDS = ("sure:", "where_sure:")
LEFT = ":cancel"  #: how the argument of a button ends that leaves a question of a request
YES_NO = {"yes": "sos", "no": "no"}  #: the triggers with which a call for help is confirmed
#: Of a question with two buttons, the one for which a word stands: what its argument begins with.
SAID: Mapping[str, tuple[str, ...]] = {
    "yes": ("yes:", "sure:", "allow:"), "no": ("no:", "keep:"),
}  # fmt: skip
#: The same, of buttons that an invitation to a drill has.
JOINS: Mapping[str, str] = {"yes": "join", "no": "decline"}
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
        return _offered(event, facts, _at(answered, event.arg), flows, focus)
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
    if _on_line(facts):
        return Route("hotline", person, event)
    if taken:
        return Route(focus.flow, focus.subject, event)
    if event.kind is Kind.TEXT and facts.guidance and facts.guidance.match(event.text):
        return Route("guidance", person, event)
    if facts.states.get("guidance") == "led" and any(c.kind == "medical" for c in facts.cases):
        return Route("guidance", person, event)
    if _accepts(flows, facts, "checkin", event.trigger):
        return Route("checkin", person, event)
    if request := _asks(event, facts):
        return Route("application", request, replace(event, trigger="reply"))
    return _home(event, "unknown")


def _asks(event: Event, facts: Facts) -> str:
    """The one request of theirs that waits for words: these may be the ones."""
    said = event.kind in (Kind.TEXT, Kind.MEDIA) and (event.text.strip() or event.files)
    asking = [a.id for a in facts.applications if a.person == event.person and a.asks]
    return asking[0] if said and len(asking) == 1 else ""


def _edited(event: Event, facts: Facts) -> Route:
    """A live location comes as an edit every few seconds: it is followed, and nothing is said."""
    if event.kind is not Kind.LOCATION:
        return _home(event, "edited")
    moved = replace(event, trigger="moved")
    if _calling(facts):
        return Route("panic", event.person, moved)
    if facts.states.get("checkin") == "overdue":
        return Route("checkin", event.person, moved)
    return _home(event, "moved")


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
        return _panic(event, facts, flows)
    if event.edited:
        # An edit that holds a panic is a panic; other edits change nothing.
        if not panic and _in_crisis(event, facts, command):
            return Route("guidance", person, replace(event, trigger="crisis"))
        return _panic(event, facts, flows) if panic else _home(event, "edited")
    if panic and event.word:
        # "all fine" and "help" in one breath: asked about, never taken for an answer.
        return Route("panic", person, replace(event, trigger="maybe"))
    if event.word:
        return _code_word(event, facts, command)
    if meant := _erased(event, facts, flows, focus, command) or _paid(event, facts, flows, focus):
        return meant
    if offer := _named_language(command, focus):
        return _offered(event, facts, offer, flows)
    if at_step := _at_step(event, facts, flows, focus):
        return at_step
    if panic and _answers_guidance(event, facts, flows, focus):
        return Route("guidance", person, event)
    if dictated := _dictated(event, facts, flows, focus):
        return dictated
    quoting = bool(coordinator and answered and answered.case)
    if not quoting and _in_crisis(event, facts, command):
        return Route("guidance", person, replace(event, trigger="crisis"))
    if quoting and answered and _has_line(answered.case, facts) and not _ordered(event, words):
        # In a conversation "close the door" is no order to us, and "ok" is for the other.
        return Route("escalation", answered.case, replace(event, trigger="say"))
    if command and command[0] == "ok" and answered and answered.case and coordinator:
        return Route("escalation", answered.case, replace(event, trigger="ack"))
    if event.text.translate(SKIN_TONES) in APPROVING and _calling(facts):
        return Route("panic", person, event)  # to whoever has the case: it takes nothing back
    # Desk words are everyday words to everybody else: "close to the market, three men".
    owner = COMMANDS.get(command[0], "") if command else ""
    if command and _in_form(facts, flows, focus) and not _argued(event, facts, *command):
        command, owner = None, ""
    if command and owner and (coordinator or owner != "desk" or _to_pay(*command, facts)):
        return _command(event, facts, flows, focus, *command)
    n = words.number(event.text) if answered and answered.offers else None
    if n is not None and (picked := _at(answered, str(n - 1))):
        return _offered(event, facts, picked, flows, focus)
    if answered and answered.case and coordinator:
        asked = focus.subject == answered.case and takes(flows, facts, focus, "text")
        trigger = "text" if asked else "say" if _has_line(answered.case, facts) else "ack"
        return Route("escalation", answered.case, replace(event, trigger=trigger))
    if (offer := typed_back(event.text, focus, words)) and not _outlived(offer, event, facts):
        return _offered(event, facts, _careful(offer, event, facts, focus), flows)
    if _thanked(event, facts, flows, focus):
        return _home(event, "thanks")
    if offer := _passed_over(event, facts, flows, focus) or _named(event, facts, flows, focus):
        return _offered(event, facts, offer, flows)
    if command and command[0] in YES_NO and facts.states.get("panic") == PANIC_ASKS:
        return Route("panic", person, replace(event, trigger=YES_NO[command[0]]))
    if command and command[0] in YES_NO and _on_line(facts):
        return None
    if (offer := said(command, focus)) and focus.flow in ("application", "drill"):
        return _offered(event, facts, offer, flows)
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
        return _asked_about(event, facts, flows, focus)
    return None


def _erased(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    focus: Focus,
    command: tuple[str, str] | None,
) -> Route | None:
    """Typed where it was asked whether a request is to be erased: goes before whoever else
    listens, a human or responders, who can't do it. Said unasked, it is asked."""
    erase = facts.words.means("erase", event.text)
    yes = next((o for o in focus.offers if (o.flow, o.trigger, o.arg) == ERASES), None)
    if yes is None:
        mine = any(a.person == event.person and a.state != "withdrawn" for a in facts.applications)
        asks = erase and mine and not _in_form(facts, flows, focus)
        return _home(event, "withdraw") if asks else None
    if erase or (command and command[0] == "yes"):
        return _offered(event, facts, yes, flows)
    if offer := typed_back(event.text, focus, facts.words):
        return _offered(event, facts, offer, flows)
    if command and command[0] in ("no", "cancel", "back"):
        return _offered(event, facts, next((o for o in focus.offers if o != yes), None), flows)
    return None


def _paid(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "Paid", where a payment was shown, or somebody was reminded of it: as the button."""
    shown = (o for o in focus.offers if (o.trigger, o.arg) == PAID or o.trigger == "where")
    offer = next(shown, None) if focus.flow == "application" else None
    if offer is None or not facts.words.means("paid", event.text):
        return None
    return _offered(event, facts, replace(offer, trigger=PAID[0], arg=PAID[1]), flows)


def _careful(offer: Offer, event: Event, facts: Facts, focus: Focus) -> Offer:
    """A bare number doesn't begin or end a duty from the menu: it is shown, and asked."""
    number = facts.words.number(event.text) is not None
    stray = number and focus.flow == "home" and (offer.flow, offer.trigger) == ("desk", "duty")
    return replace(offer, arg="") if stray else offer


def _to_pay(verb: str, rest: str, facts: Facts) -> bool:
    """`application` with the id of what somebody is to pay, who may be anybody."""
    id_ = facts.words.normal(rest).replace(" ", "").upper()
    others = (a.id for a in facts.applications if a.person != facts.person.id)
    return verb == "application" and id_ in set(others)


def _in_form(facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """A form waits for an answer in the person's own words."""
    return focus.flow in FORMS and takes(flows, facts, focus, "text")


def _passed_over(
    event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus
) -> Offer | None:
    """ "None", "I don't know", "that is all", where a form has a button for that."""
    if not _in_form(facts, flows, focus) or facts.states.get("panic") == PANIC_ASKS:
        return None
    if not facts.words.passes(event.text):
        return None
    found = (o for trigger in PASSES for o in focus.offers if o.trigger == trigger)
    return next(found, None)


def _thanked(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """ "Thank you", which answers nothing. Not where somebody reads it: in a call for help, on an
    open line, beside a case, to officers; nor where a check-in waits for its answer."""
    if not facts.words.thanks(event.text) or facts.cases or _enrolling(facts) or _on_line(facts):
        return False
    asked = facts.states.get("panic") in PANIC_LISTENS or facts.states.get("checkin") in ASKING
    read = takes(flows, facts, focus, "text") and focus.flow not in DRAFTS | GIVES_WAY
    return not asked and not read


def _named(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Offer | None:
    """Words that stand for one of a draft's choices: flows.engine.options says which."""
    if focus.flow not in DRAFTS or not _in_form(facts, flows, focus):
        return None
    if facts.states.get("panic") == PANIC_ASKS:
        return None
    flow = flows[focus.flow]
    picks = flow.state(facts.states[focus.flow]) in flow.picks
    return meant(event.text, focus.offers, focus.labels, facts.words, picks)


def _argued(event: Event, facts: Facts, verb: str, rest: str) -> bool:
    """Inside a form a word with something behind it is a command only if that is what the command
    takes: "status renewal at the consulate" is an answer."""
    words: Words = facts.words
    if not rest or verb in ALONE or event.text.strip().startswith("/"):
        return True
    match verb:
        case "status" | "application":
            return bool(CODE.fullmatch(rest.strip("# ").upper()))
        case "lang":
            return rest in facts.languages
        case "checkin" | "extend":
            return bool(words.duration(rest) or words.once(rest) or words.clock_time(rest))
        case "numbers":
            return bool(facts.places and facts.places.find(rest))
        case "firstaid":
            return bool(facts.guidance and facts.guidance.match(rest))
        case "duty":
            return words.command(rest, facts.person.lang) in (("on", ""), ("off", ""))
        case _:
            return words.names_case(rest.split()[0])


def _asked_about(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route:
    """A call for help inside a sentence. What answers a form stays sealed, and goes back to it."""
    fresh = facts.states.get("panic") not in PANIC_LISTENS
    form = [focus.flow, focus.subject] if fresh and _in_form(facts, flows, focus) else None
    asked = replace(event, trigger="maybe", args={"form": form} if form else {})
    return Route("panic", event.person, asked)


def _dictated(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """What an officer was asked to write into a request: it may quote a call for help, or begin
    with a word that is an order elsewhere. A short text may still be an order."""
    officer = facts.person.role is Role.OFFICER and focus.flow == "application"
    if not officer or not takes(flows, facts, focus, "text"):
        return None
    if len(event.text.split()) <= SHORT_ORDER or event.text.strip().startswith("/"):
        return None
    if offer := typed_back(event.text, focus, facts.words):
        return _offered(event, facts, offer, flows)
    return Route(focus.flow, focus.subject, event)


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


def _outlived(offer: Offer, event: Event, facts: Facts) -> bool:
    """ "1" after "do you need somebody" was answered is meant for something else by now. A button
    still works, and so does the word."""
    asking = facts.states.get("panic") in PANIC_LISTENS
    return (offer.flow, offer.trigger) == ("panic", "sos") and not asking and len(event.text) < 3


def _on_line(facts: Facts) -> bool:
    return facts.states.get("hotline") in LINE_OPEN


def _has_line(case: str, facts: Facts) -> bool:
    """What a coordinator writes in reply goes to the person: they asked for a human."""
    return any(c.id == case and c.line for c in facts.desk)


def _calling(facts: Facts) -> bool:
    return facts.states.get("panic") == PANIC_ACTIVE


def _named_language(command: tuple[str, str] | None, focus: Focus) -> Offer | None:
    """A language's name is a command anywhere, and the answer where languages are offered."""
    if command is None or command[0] != "lang" or not command[1]:
        return None
    return next((offer for offer in focus.offers if offer.arg == command[1]), None)


def _at_step(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "ok", "it doesn't work": typed instead of the button of the step that was shown last; what
    may be said to a human isn't. Where the step has no such button it is shown again: rather than
    "all good" or the end of a call for help, which it could be taken for."""
    verb, led = facts.words.at_step(event.text), facts.states.get("guidance") == "led"
    if verb == "tell" and led:
        return Route("guidance", event.person, replace(event, trigger="tell"))
    if not verb or focus.flow != "guidance" or _on_line(facts):
        return None
    if offer := next((offer for offer in focus.offers if offer.trigger == verb), None):
        return _offered(event, facts, offer, flows)
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
        return _panic(event, facts, flows)
    if panic:
        return _asked_about(event, facts, flows, focus)
    command = facts.words.command(event.text, facts.person.lang)
    if event.word and not event.edited:
        return _code_word(event, facts, command)
    if not event.edited and _in_crisis(event, facts, command):
        return Route("guidance", event.person, replace(event, trigger="crisis"))
    if command and command[0] == "say" and facts.person.role in STAFF:
        return Route("desk", event.person, replace(event, trigger="say", arg=command[1]))
    return None


def _panic(event: Event, facts: Facts, flows: Mapping[str, Flow]) -> Route:
    """A flow may claim it (practice), but never from somebody who is really calling."""
    if facts.states.get("panic") in PANIC_LISTENS:
        return Route("panic", event.person, replace(event, trigger="sos"))
    for name, state in facts.states.items():
        flow = flows.get(name)
        known = flow.state(state) if flow else None
        if flow and known is not None and "sos" in flow.claims.get(known, ()):
            return Route(name, event.person, replace(event, trigger="sos"))
    return Route("panic", event.person, replace(event, trigger="sos"))


def _code_word(event: Event, facts: Facts, command: tuple[str, str] | None) -> Route:
    """Either code word is an answer. The flows can't tell which of the two it was."""
    verb = command[0] if command and command[0] in BESIDE_WORD else "ok"
    owner = "checkin"
    if _calling(facts) and verb in ("ok", "cancel", "stop"):
        owner = "panic"
    elif verb == "ok" and _enrolling(facts):
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
        return _panic(event, facts, flows)
    if verb in TALK and _on_line(facts) and (not calling or verb in GREETS):
        return Route("hotline", person, event)
    if verb == "bye" and not _on_line(facts):
        return _home(event, "menu")
    if verb == "hello":
        return _home(typed, "menu")
    if _calling(facts) and verb in ("ok", "cancel", "stop"):
        return Route("panic", person, typed)
    if _calling(facts) and verb in ("extend", "checkin", "arrived"):
        return Route("panic", person, event)  # words to whoever has the case, nothing else
    if verb == "ok" and (agreed := _agreed(event, facts, flows, focus)):
        return agreed
    if verb in FOCUSED and not rest and (left := _left(facts, focus)):
        return _offered(event, facts, left, flows)
    if verb in LEAVES and not rest and _leaves_form(verb, facts, flows, focus):
        # What of a running check-in is meant by it, the form's question says.
        return Route(focus.flow, focus.subject, replace(event, trigger=focus.flow))
    if verb == "extend" and not rest and _laid_aside(facts, focus):
        return Route(focus.flow, focus.subject, replace(event, trigger="later"))
    if verb in FOCUSED and takes(flows, facts, focus, verb):
        return Route(focus.flow, focus.subject, typed)
    if verb in ("ok", "back") and _enrolling(facts):
        return Route("enrolment", person, typed)
    if COMMANDS[verb] == "checkin" and facts.person.role is Role.GUEST:
        return _home(event, "menu")
    return Route(COMMANDS[verb], person, typed)


def _agreed(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "Ok", "d'accord" where a form waits for words is its answer; not where a check-in asks.
    Where nothing is planned and one question is open, it may be the answer to that."""
    checkin = facts.states.get("checkin")
    if checkin in ASKING or _enrolling(facts):
        return None
    if _in_form(facts, flows, focus):
        return Route(focus.flow, focus.subject, event)
    request = "" if checkin else _asks(event, facts)
    return Route("application", request, replace(event, trigger="reply")) if request else None


def _left(facts: Facts, focus: Focus) -> Offer | None:
    """The button with which the question of a request is left, while no check-in asks."""
    if focus.flow != "application" or facts.states.get("checkin") in ASKING:
        return None
    return next((offer for offer in focus.offers if offer.arg.endswith(LEFT)), None)


def _leaves_form(verb: str, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """Not where a check-in waits for its answer; nor "more time" while one runs."""
    checkin = facts.states.get("checkin")
    if focus.flow not in DRAFTS or not _in_form(facts, flows, focus) or checkin in ASKING:
        return False
    return verb != "extend" or checkin != "waiting"


def _laid_aside(facts: Facts, focus: Focus) -> bool:
    """ "Later", of a form that was left a moment ago; not "more time" for a check-in."""
    aside = focus.flow in DRAFTS and facts.states.get(focus.flow) == "aside"
    return aside and facts.states.get("checkin") not in {*ASKING, "waiting"}


def _unwell(event: Event, facts: Facts) -> Route:
    """ "I'm not well": an answer to a check-in that asks, otherwise asked about."""
    if _calling(facts):
        return Route("panic", event.person, event)
    if facts.states.get("checkin") in ASKING:
        return Route("checkin", event.person, replace(event, trigger="not_good"))
    asked = facts.states.get("panic") == PANIC_ASKS
    return Route("panic", event.person, replace(event, trigger="sos" if asked else "maybe"))


def _enrolling(facts: Facts) -> bool:
    """Enrolment takes answers, but never one that a waiting check-in needs."""
    return "enrolment" in facts.states and facts.states.get("checkin") not in ASKING


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
        return _offered(event, facts, first, flows)
    if approves and coordinator and any(_free(case, facts) for case in facts.desk):
        return Route("desk", event.person, replace(event, trigger="cases", arg="", text=""))
    if facts.words.panic(event.text) == "whole":
        return Route("panic", event.person, replace(event, trigger="sos"))
    return _home(event, "reaction")


def _free(case: Case, facts: Facts) -> bool:
    """Waits for somebody, and not about the one who looks."""
    return not case.quiet and case.person != facts.person.id


def _offered(
    event: Event,
    facts: Facts,
    offer: Offer | None,
    flows: Mapping[str, Flow],
    focus: Focus = NOBODY,
) -> Route:
    if offer is None:
        return stale(event, facts, flows, focus)
    taken = replace(
        event,
        kind=Kind.CHOICE,
        trigger=offer.trigger,
        arg=offer.arg,
        choice_state=offer.state,
        text="",
    )
    if outdated(offer, facts):
        return stale(taken, facts, flows, focus)
    if offer.flow == "panic" and offer.trigger == "sos":
        return _panic(taken, facts, flows)
    return Route(offer.flow, offer.subject, taken)


def stale(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route:
    """A button of another state, or one that is forgotten. A form that waits for an answer asks
    again: what they write next is for it. Anything else home answers kindly."""
    if focus.flow in FORMS and takes(flows, facts, focus, "text"):
        if focus.flow not in DRAFTS:
            return _home(event, "stale_open")
        again = replace(event, kind=Kind.CHOICE, trigger=focus.flow, arg=OLDER, text="")
        return Route(focus.flow, focus.subject, again)
    return _home(event, "stale")


def _at(answered: Answered | None, arg: str) -> Offer | None:
    if answered is None or not (arg.isascii() and arg.isdigit()) or len(arg) > 3:
        return None
    return answered.offers[int(arg)] if int(arg) < len(answered.offers) else None


def outdated(offer: Offer, facts: Facts) -> bool:
    """Shown in a state in which its instance is no more."""
    own = offer.subject == facts.person.id
    return own and not offer.always and facts.states.get(offer.flow) != offer.state


def final(offer: Offer) -> bool:
    records = offer.arg.startswith(RECORDS) or (offer.trigger, offer.arg) == PAID
    return (offer.flow, offer.trigger) in FINAL or records


def typed_back(text: str, focus: Focus, words: Words) -> Offer | None:
    if not focus.offers or len(text) > 80:
        return None
    n = words.number(text)
    if n is not None:
        return focus.offers[n - 1] if 1 <= n <= len(focus.offers) else None
    typed = words.normal(text)
    matches = [
        offer
        for offer, label in zip(focus.offers, focus.labels, strict=False)
        if typed and words.normal(label) == typed
    ]
    return matches[0] if matches else None


def said(command: tuple[str, str] | None, focus: Focus) -> Offer | None:
    """ "Yes" or "no", typed where both are offered under other names."""
    if command is None or command[1]:
        return None
    meant = {word: next((o for o in focus.offers if _means(o, word)), None) for word in SAID}
    return meant.get(command[0]) if all(meant.values()) else None


def _means(offer: Offer, word: str) -> bool:
    joins = offer.flow == "drill" and offer.trigger == JOINS[word]
    return joins or f"{offer.arg}:".startswith(SAID[word])


def takes(flows: Mapping[str, Flow], facts: Facts, focus: Focus, trigger: str) -> bool:
    if not focus.expects or focus.flow not in flows:
        return False
    if focus.flow == "escalation":
        return trigger == "text" and any(case.id == focus.subject for case in facts.desk)
    if focus.flow in ("application", "record"):
        # Officers, the applicant, referees, who pays: it knows itself whom it has asked.
        return trigger in ("text", "media")
    if focus.flow == "drill":
        return trigger == "text"  # a guest, who was asked what to call them
    return _accepts(flows, facts, focus.flow, trigger)


def _accepts(flows: Mapping[str, Flow], facts: Facts, flow: str, trigger: str) -> bool:
    state = facts.states.get(flow)
    return state is not None and flow in flows and flows[flow].accepts(state, trigger)


def _home(event: Event, trigger: str) -> Route:
    return Route("home", event.person, replace(event, trigger=trigger))
