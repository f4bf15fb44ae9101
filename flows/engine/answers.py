"""Words where a form or a request waits for an answer: what of them is the answer, what passes it
over, and what is still an order. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace

from flows.engine.asked import (
    ASKING,
    DRAFTS,
    GIVES_WAY,
    PANIC_ASKS,
    PANIC_LISTENS,
    Focus,
    Route,
    asks_for_words,
    enrolling,
    in_form,
    on_line,
    takes,
)
from flows.engine.flow import Flow
from flows.engine.model import Event, Facts, Role
from flows.engine.offered import ERASES, LEFT, PAID, home, offered, typed_back
from flows.engine.options import Offer, meant
from flows.engine.words import ALONE, Words

PASSES = ("skip", "finish")  #: triggers of the buttons with which a question is passed over
LEAVES = frozenset({"stop", "cancel", "extend"})  #: "stop", "never mind", "later"
CODE = re.compile(r"[2-9A-HJKMNP-Z]{10}|[FR][2-9A-HJKMNP-Z]{5,6}")  #: of a request or report
SHORT_ORDER = 3  #: words, at most, of what is still an order to us where words were asked for


def erased(
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
        asks = erase and mine and not in_form(facts, flows, focus)
        return home(event, "withdraw") if asks else None
    if erase or (command and command[0] == "yes"):
        return offered(event, facts, yes, flows)
    if offer := typed_back(event.text, focus, facts.words):
        return offered(event, facts, offer, flows)
    if command and command[0] in ("no", "cancel", "back"):
        return offered(event, facts, next((o for o in focus.offers if o != yes), None), flows)
    return None


def paid(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "Paid", where a payment was shown, or somebody was reminded of it: as the button."""
    shown = (o for o in focus.offers if (o.trigger, o.arg) == PAID or o.trigger == "where")
    offer = next(shown, None) if focus.flow == "application" else None
    if offer is None or not facts.words.means("paid", event.text):
        return None
    return offered(event, facts, replace(offer, trigger=PAID[0], arg=PAID[1]), flows)


def passed_over(
    event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus
) -> Offer | None:
    """ "None", "I don't know", "that is all", where a form has a button for that."""
    if not in_form(facts, flows, focus) or facts.states.get("panic") == PANIC_ASKS:
        return None
    if not facts.words.passes(event.text):
        return None
    found = (o for trigger in PASSES for o in focus.offers if o.trigger == trigger)
    return next(found, None)


def with_words(route: Route, event: Event) -> Route:
    """The words stay with the button that they stand for: "no" is an answer, "skip" is none."""
    return replace(route, event=replace(route.event, text=event.text))


def choice_named(
    event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus
) -> Offer | None:
    """Words that stand for one of a draft's choices: flows.engine.options says which."""
    if focus.flow not in DRAFTS or not in_form(facts, flows, focus):
        return None
    if facts.states.get("panic") == PANIC_ASKS:
        return None
    flow = flows[focus.flow]
    picks = flow.state(facts.states[focus.flow]) in flow.picks
    return meant(event.text, focus.offers, focus.labels, facts.words, picks)


def thanked(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """ "Thank you", which answers nothing. Not where somebody reads it: in a call for help, on an
    open line, beside a case, to officers; nor where a check-in waits for its answer."""
    if not facts.words.thanks(event.text) or facts.cases or enrolling(facts) or on_line(facts):
        return False
    asked = facts.states.get("panic") in PANIC_LISTENS or facts.states.get("checkin") in ASKING
    read = takes(flows, facts, focus, "text") and focus.flow not in DRAFTS | GIVES_WAY
    return not asked and not read


def argued(event: Event, facts: Facts, verb: str, rest: str) -> bool:
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


def asked_about(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route:
    """A call for help inside a sentence. What answers a form stays sealed, and goes back to it."""
    fresh = facts.states.get("panic") not in PANIC_LISTENS
    form = [focus.flow, focus.subject] if fresh and in_form(facts, flows, focus) else None
    asked = replace(event, trigger="maybe", args={"form": form} if form else {})
    return Route("panic", event.person, asked)


def dictation(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """What an officer was asked to write into a request: it may quote a call for help, or begin
    with a word that is an order elsewhere. A short text may still be an order."""
    officer = facts.person.role is Role.OFFICER and focus.flow == "application"
    if not officer or not takes(flows, facts, focus, "text"):
        return None
    if len(event.text.split()) <= SHORT_ORDER or event.text.strip().startswith("/"):
        return None
    if offer := typed_back(event.text, focus, facts.words):
        return offered(event, facts, offer, flows)
    return Route(focus.flow, focus.subject, event)


def agreement(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route | None:
    """ "Ok", "d'accord" where a form waits for words is its answer; not where a check-in asks.
    Where nothing is planned and one question is open, it may be the answer to that."""
    checkin = facts.states.get("checkin")
    if checkin in ASKING or enrolling(facts):
        return None
    if in_form(facts, flows, focus):
        return Route(focus.flow, focus.subject, event)
    request = "" if checkin else asks_for_words(event, facts)
    return Route("application", request, replace(event, trigger="reply")) if request else None


def way_out(facts: Facts, focus: Focus) -> Offer | None:
    """The button with which the question of a request is left, while no check-in asks."""
    if focus.flow != "application" or facts.states.get("checkin") in ASKING:
        return None
    return next((offer for offer in focus.offers if offer.arg.endswith(LEFT)), None)


def leaves_form(verb: str, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """Not where a check-in waits for its answer; nor "more time" while one runs."""
    checkin = facts.states.get("checkin")
    if focus.flow not in DRAFTS or not in_form(facts, flows, focus) or checkin in ASKING:
        return False
    return verb != "extend" or checkin != "waiting"


def laid_aside(facts: Facts, focus: Focus) -> bool:
    """ "Later", of a form that was left a moment ago; not "more time" for a check-in."""
    aside = focus.flow in DRAFTS and facts.states.get(focus.flow) == "aside"
    return aside and facts.states.get("checkin") not in {*ASKING, "waiting"}
