"""What a bare number means, where buttons are numbers that are typed back.

- As a quote of a message it means that message's choice (`flows.engine.route` sees to it).
- Otherwise it means the choices of the newest message that was delivered to this person at this
  address before they wrote; not of one that waits, or went to another app.
- What a form asks to be written ("for how many months?") hides the choices before it.
- Two lists that crossed are asked about: the number was written before the newer one arrived; or
  both came within a minute, nobody had asked for the newer one, and what it would do is for good.

A check-in that waits for its answer and a call for help keep the number, whatever came between: see
`Outgoing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from bot import notices as n
from bot.batch import Address, Batch
from bot.outbox import IN_DRILL, decode, known, pack_args
from bot.store import tables as t
from bot.vault import VaultError
from flows.engine.asked import Focus
from flows.engine.messages import Moment, Value
from flows.engine.model import Event, Facts, Kind
from flows.engine.offered import final, outdated, typed_back
from flows.engine.options import Offer

NEWEST = 8  #: messages that are looked at: among them are those without any choice
CROSSED = 60_000  #: ms between two lists that can be taken for one another


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of ours that asked something. `own`: it answered what the person had done."""

    at: int
    flow: str
    subject: str
    expects: bool
    own: bool
    packed: Sequence[Sequence[Any]]

    def offer(self, number: int) -> Offer | None:
        return offer(self.packed[number - 1]) if 0 < number <= len(self.packed) else None


def offer(packed: Sequence[Any]) -> Offer:
    _label, _args, flow, subject, state, trigger, arg, always = packed
    return Offer(flow, subject, state, trigger, arg, bool(always))


def offers(payload: Mapping[str, Sequence[Sequence[Any]]]) -> tuple[Offer, ...]:
    return tuple(map(offer, payload.get("c", ())))


async def asked_here(batch: Batch, address: Address) -> list[Asked]:
    """The newest first."""
    c = t.outbox.c
    found = await batch.conn.execute(
        select(c.done_at, c.key, c.sealed)
        .where(c.address_id == address.id, c.state == "sent")
        .where(~c.drill.endswith(IN_DRILL))
        .order_by(c.done_at.desc(), c.seq.desc())
        .limit(NEWEST)
    )
    return [one for row in found if (one := _asked(batch, address, *row)) is not None]


def _asked(batch: Batch, address: Address, at: int, key: str, sealed: bytes) -> Asked | None:
    try:
        left = decode(batch.vault.open(key or address.person, sealed, "outbox")) if sealed else {}
    except VaultError:
        return None  # what it was about has been withdrawn
    if "q" not in left:
        return None
    flow, subject, expects, own = left["q"]
    return Asked(at, flow, subject, bool(expects), bool(own), left.get("c", ()))


def focused(number: int, found: Sequence[Asked], focus: Focus, facts: Facts) -> Focus:
    """What a number is for: the focus, or what was asked here instead. Who goes on in another app
    answers what stands there, unless that would be for good."""
    newest = found[0] if found else None
    if newest is None or offers({"c": newest.packed}) == focus.offers:
        return focus
    first, there = newest.offer(1), typed_back(str(number), focus, facts.words)
    if first and outdated(first, facts) and there and not final(there):
        return focus
    if newest.packed and newest.offer(number) is None:
        return replace(focus, offers=(), labels=())  # not in the list: words like any other
    return Focus(newest.flow, newest.subject, newest.expects, offers({"c": newest.packed}))


def crossed(number: int, found: Sequence[Asked], event: Event) -> tuple[Asked, ...]:
    """The two lists of which either may be meant; empty where it is clear."""
    if len(found) < 2:
        return ()
    newer, older = found[:2]
    first, second = newer.offer(number), older.offer(number)
    if first is None or second is None or first == second:
        return ()
    late = older.at <= event.at < newer.at
    close = newer.at - older.at <= CROSSED and not newer.own
    return (older, newer) if late or (close and (final(first) or final(second))) else ()


def question(number: int, found: Sequence[Asked]) -> list[list[Any]]:
    """The choices of `notices.WHICH`: each by its name and when it was asked."""
    choices = []
    for each in found:
        label, _, *meaning = each.packed[number - 1]
        called: Value = known(label) if label else str(number)
        shown: dict[str, Value] = {"label": called, "at": Moment(each.at)}
        choices.append([n.ASKED_AT.key, pack_args(shown), *meaning])
    return choices


def typed(event: Event, words: Any) -> int | None:
    """The number that a message consists of."""
    bare = event.kind is Kind.TEXT and not event.edited and len(event.text.strip()) <= 3
    found: int | None = words.number(event.text) if bare else None
    return found
