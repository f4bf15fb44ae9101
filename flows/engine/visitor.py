"""Somebody who is here to be asked one thing, and is not enrolled: a referee.

What they write goes to the instance that asks them, and to nothing else: no menu, no command but a
language's name, no call for help. They never learn what else this is.
"""

from dataclasses import replace

from flows.engine.model import Event, Facts, Kind
from flows.engine.route import Answered, Focus, Offer, Route, said

ASKS = "application"  #: the one flow that visitors speak with
TAKEN = frozenset({Kind.TEXT, Kind.MEDIA})


def visitor_route(
    event: Event, facts: Facts, focus: Focus, answered: Answered | None = None
) -> Route | None:
    """None: there is nothing that this could be for."""
    if event.kind is Kind.CHOICE:
        at = int(event.arg) if event.arg.isdecimal() else -1
        offers = answered.offers if answered else ()
        return _taken(event, offers[at]) if 0 <= at < len(offers) else None
    if focus.flow != ASKS or event.kind not in TAKEN or event.edited:
        return None
    if offer := _typed(event, facts, focus):
        return _taken(event, offer)
    command = facts.words.command(event.text, facts.person.lang)
    if command and command[0] == "lang" and command[1]:
        asked = replace(event, kind=Kind.CHOICE, trigger="refer", arg=f"lang:{command[1]}")
        return Route(ASKS, focus.subject, asked)
    return Route(ASKS, focus.subject, replace(event, trigger="text"))


def _taken(event: Event, offer: Offer) -> Route | None:
    if offer.flow != ASKS:
        return None
    chosen = replace(event, kind=Kind.CHOICE, text="", trigger=offer.trigger, arg=offer.arg)
    return Route(ASKS, offer.subject, replace(chosen, choice_state=offer.state))


def _typed(event: Event, facts: Facts, focus: Focus) -> Offer | None:
    """A number, a label, yes or no."""
    n = facts.words.number(event.text)
    if n is not None:
        return focus.offers[n - 1] if 1 <= n <= len(focus.offers) else None
    typed = facts.words.normal(event.text)
    shown = zip(focus.offers, focus.labels, strict=False)
    if found := next((o for o, label in shown if facts.words.normal(label) == typed), None):
        return found
    return said(facts.words.command(event.text, facts.person.lang), focus)
