"""Where officers read what a request says: on Signal only, unless the fund says otherwise.

What somebody sent in confidence on Signal is not shown on a chat that its platform can read. There
an officer learns the number, what help is needed, what is due and what the rules found, and is
told to open the rest on Signal.

One place for all of it: whatever a step says that is PRIVATE goes to Signal, whoever said it.
"""

from collections.abc import Iterator
from dataclasses import replace

from flows.engine.flow import Edge, Handler
from flows.engine.messages import Message
from flows.engine.model import Data, Effect, Event, Facts, Say, Step
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.request import SIGNAL, args_of, fund_of

#: Messages that say what an applicant, a referee, a partner or an officer has written, or how much
#: money it is about.
PRIVATE = frozenset(
    each.key
    for each in (
        m.DETAIL_PERSON, m.DETAIL_STORY, m.DETAIL_BUDGET, m.DETAIL_REFEREES, m.DETAIL_LOG,
        m.DOCUMENT, m.WHOLE, m.WHOLE_LOG,
        m.SHORT, m.ANSWERED_TOLD, m.ADDED_TOLD, m.AGAIN_TOLD, m.REFEREES, m.REF_HOW_TO,
        m.REF_NO_PERMISSION, m.REF_CODE, m.RECOMMENDED_TOLD, m.ONE_DECIDED, m.APPROVED_TOLD,
        m.DECLINED_TOLD, m.DIFFER, m.SENT_BACK, m.PARTNERS, m.DETAIL_PARTNERS, m.P_MATCH,
        m.PAPER_WORD, m.PAPER_ASKED, m.PAPER_YOURS, m.UNDO_TOLD, m.CONFLICT_WHY, m.P_AGAIN,
        m.ASK_AMOUNT_AGAIN, m.ASK_CONDITIONS, m.WHY_APPROVE, m.WHY_ALL_THE_SAME, w.PAID_NOTED,
        m.SURE_RECOMMEND, m.SURE_APPROVE, m.SURE_DECLINE, m.OVER_ASKED,
    )
)  # fmt: skip


def discreet(edge: Edge) -> Edge:
    return Edge(_handler(edge.handler), edge.targets)


def _handler(handler: Handler) -> Handler:
    def guarded(data: Data, event: Event, facts: Facts) -> Step:
        step = handler(data, event, facts)
        if "fund" not in step.data or fund_of(step.data, facts).details == "any":
            return step
        return replace(step, effects=tuple(_all(step.data, step.effects, event, facts)))

    return guarded


def _all(data: Data, effects: tuple[Effect, ...], event: Event, facts: Facts) -> Iterator[Effect]:
    told: set[str] = set()
    for effect in effects:
        if not isinstance(effect, Say) or effect.message.key not in PRIVATE:
            yield effect
            continue
        who = effect.to or event.person
        yield from _one(data, effect, who, event, facts, who in told)
        told.add(who)


def _one(data: Data, said: Say, who: str, event: Event, facts: Facts, again: bool) -> Iterator[Say]:
    known = facts.people.get(who)
    elsewhere = not said.to and event.channel != SIGNAL
    if known is not None and SIGNAL in known.channels:
        if elsewhere and not again:
            yield _instead(data, said, w.PAYER_ON_SIGNAL)
        yield replace(said, via=SIGNAL)
    elif not again:
        yield _instead(data, said, w.PAYER_NEEDS_SIGNAL)


def _instead(data: Data, said: Say, message: Message) -> Say:
    return replace(said, message=message, args=args_of(data), choices=(), file=None)
