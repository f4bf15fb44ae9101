"""Buttons: what one that was pressed, or typed back, stands for; those that are too old. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from flows.engine.asked import DRAFTS, FORMS, NOBODY, PANIC_LISTENS, Answered, Focus, Route, takes
from flows.engine.draft import OLDER
from flows.engine.flow import Flow
from flows.engine.model import Event, Facts, Kind
from flows.engine.options import Offer
from flows.engine.words import Words

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
#: Of a question with two buttons, the one for which a word stands: what its argument begins with.
SAID: Mapping[str, tuple[str, ...]] = {
    "yes": ("yes:", "sure:", "allow:"), "no": ("no:", "keep:"),
}  # fmt: skip
#: The same, of buttons that an invitation to a drill has.
JOINS: Mapping[str, str] = {"yes": "join", "no": "decline"}


def home(event: Event, trigger: str) -> Route:
    return Route("home", event.person, replace(event, trigger=trigger))


def call_for_help(event: Event, facts: Facts, flows: Mapping[str, Flow]) -> Route:
    """A flow may claim it (practice), but never from somebody who is really calling."""
    if facts.states.get("panic") in PANIC_LISTENS:
        return Route("panic", event.person, replace(event, trigger="sos"))
    for name, state in facts.states.items():
        flow = flows.get(name)
        known = flow.state(state) if flow else None
        if flow and known is not None and "sos" in flow.claims.get(known, ()):
            return Route(name, event.person, replace(event, trigger="sos"))
    return Route("panic", event.person, replace(event, trigger="sos"))


def offered(
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
        return call_for_help(taken, facts, flows)
    return Route(offer.flow, offer.subject, taken)


def stale(event: Event, facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> Route:
    """A button of another state, or one that is forgotten. A form that waits for an answer asks
    again: what they write next is for it. Anything else home answers kindly."""
    if focus.flow in FORMS and takes(flows, facts, focus, "text"):
        if focus.flow not in DRAFTS:
            return home(event, "stale_open")
        again = replace(event, kind=Kind.CHOICE, trigger=focus.flow, arg=OLDER, text="")
        return Route(focus.flow, focus.subject, again)
    return home(event, "stale")


def offer_at(answered: Answered | None, arg: str) -> Offer | None:
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


def language_named(command: tuple[str, str] | None, focus: Focus) -> Offer | None:
    """A language's name is a command anywhere, and the answer where languages are offered."""
    if command is None or command[0] != "lang" or not command[1]:
        return None
    return next((offer for offer in focus.offers if offer.arg == command[1]), None)


def carefully(offer: Offer, event: Event, facts: Facts, focus: Focus) -> Offer:
    """A bare number doesn't begin or end a duty from the menu: it is shown, and asked."""
    number = facts.words.number(event.text) is not None
    stray = number and focus.flow == "home" and (offer.flow, offer.trigger) == ("desk", "duty")
    return replace(offer, arg="") if stray else offer


def outlived(offer: Offer, event: Event, facts: Facts) -> bool:
    """ "1" after "do you need somebody" was answered is meant for something else by now. A button
    still works, and so does the word."""
    asking = facts.states.get("panic") in PANIC_LISTENS
    return (offer.flow, offer.trigger) == ("panic", "sos") and not asking and len(event.text) < 3
