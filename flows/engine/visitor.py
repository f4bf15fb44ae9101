"""Somebody who isn't enrolled, and is here for one thing.

A referee was asked about somebody's work: what they write goes to the instance that asks them, and
to nothing else: no menu, no command but a language's name, no call for help.

A trainee has come to a drill with its code: what they write is for the drill, or leaves it, or is a
call for help, which is as real as anybody's. While somebody has taken that up, they are answered
like anybody else who called.

Neither learns what else this is.
"""

from collections.abc import Mapping
from dataclasses import replace

from flows.engine.asked import PANIC_LISTENS, Answered, Focus, Route
from flows.engine.flow import Flow
from flows.engine.model import Event, Facts, Kind
from flows.engine.offered import said
from flows.engine.options import Offer
from flows.engine.route import route

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


# ---------------------------------------------------------------- trainees

#: How somebody says that they have had enough.
GOES = frozenset({"leave", "bye", "stop", "cancel"})
#: What a call for help leads to; open to them once they have called.
HELP = frozenset({"hotline", "guidance"})


def trainee_route(
    event: Event,
    facts: Facts,
    flows: Mapping[str, Flow],
    focus: Focus,
    answered: Answered | None = None,
) -> Route | None:
    """None: there is nothing that this could be for."""
    found = route(event, facts, flows, focus, answered)
    called = bool(facts.cases) or facts.states.get("panic") in PANIC_LISTENS
    if found.flow == "panic" or (found.flow in HELP and (called or found.flow == focus.flow)):
        return found
    if found.event.trigger in ("crisis", "no_duff"):
        return found
    command = facts.words.command(event.text, facts.person.lang) if event.text else None
    drill = _drill(facts, focus)
    if command and command[0] in GOES and drill:
        return Route("drill", drill, replace(event, kind=Kind.CHOICE, trigger="leave"))
    if command and command[0] == "lang" and command[1] and drill:
        asked = replace(event, kind=Kind.CHOICE, trigger="speak", arg=command[1])
        return Route("drill", drill, asked)
    return found if found.flow in ("drill", "enrolment") else None


def _drill(facts: Facts, focus: Focus) -> str:
    """The one that they are in, or have been asked about last."""
    mine = (each.id for each in facts.drills if each.mine)
    return next(mine, focus.subject if focus.flow == "drill" else "")
