"""What goes wrong around the flows, and who is told: messages that don't arrive or
can't be handled, an identity that changed, a key that is missing."""

from collections.abc import Mapping
from dataclasses import replace

from bot import notices as n
from bot.batch import Address, Instance, Someone
from bot.carry import Carrier
from bot.outbox import decode, rank
from bot.store.store import Row
from bot.vault import Erased
from flows.engine.asked import ASKING, Route
from flows.engine.messages import Message, Value
from flows.engine.model import (
    Event,
    Kind,
    Lane,
    OpenCase,
    Phase,
    Say,
    SetProfile,
    Signal,
    Where,
)


async def changed_identity(carrier: Carrier, event: Event, where: str, duress: bool) -> None:
    """Another identity writes from a known number: nothing personal is shown, panic works, and
    so does the duress word.

    What it sends during a panic is passed on; anything else gets a stranger's line.
    """
    someone = carrier.batch.people[event.person]
    assert someone is not None
    if not someone.profile.get("changed"):
        carrier.kept.profile(event, SetProfile("changed", True))
        waiting = carrier.known.states(event.person).get("checkin") in ASKING
        lane = Lane.URGENT if waiting or carrier.batch.cases_about(someone.id) else Lane.ROUTINE
        named = {"name": someone.profile["name"]}
        _tell_coordinators(carrier, event, n.IDENTITY_CHANGED, named, lane)
    if duress:
        await carrier.duress(event)
    if carrier.world.words.panic(event.text):
        await carrier.signal(event, Signal("panic", event.person, "sos"), False)
        await carrier.drain()
    elif carrier.known.states(event.person).get("panic") == "active":
        await carrier.step(Route("panic", event.person, event))
    else:
        card, address = carrier.batch.card(event.person), someone.addresses[event.address]
        assert card is not None
        payload = carrier.out.payload(card, None, n.STRANGER, {})
        carrier.out.put(replace(address, where=where), payload, rank(Lane.REPLY), "", event.id)


def lost(carrier: Carrier, address: Address, reason: str, event_id: str) -> None:
    """Nothing arrives there any more: marked, and coordinators are told, once."""
    if address.state != "ok":
        return
    carrier.batch.put_address(replace(address, state=reason))
    someone = carrier.batch.people[address.person]
    assert someone is not None
    now = carrier.batch.now
    event = Event(event_id, Kind.SIGNAL, "undelivered", now, now, person=someone.id)
    _tell_coordinators(carrier, event, n.UNDELIVERED, {"name": someone.profile.get("name", "")})


async def undelivered(carrier: Carrier, row: Row, kind: str, reason: str, event_id: str) -> None:
    """The next address is tried at once; where there is none, the case calls the next person.

    kind  "refused": this address will never take it; "held": it may yet, but not soon
    """
    someone = carrier.batch.people.get(row["person_id"])
    if someone is None or row["state"] == "sent":
        return  # it has arrived since
    try:
        sealed_for = row["key"] or someone.id
        payload = decode(carrier.world.vault.open(sealed_for, row["sealed"], "outbox"))
    except Erased:
        return  # what it was about has been withdrawn: nobody misses it
    if "redact" in payload:
        if kind == "refused" and payload["of"] == "theirs":
            _delete_it(carrier, someone, row, event_id)
        return
    address = someone.addresses.get(row["address_id"])
    if kind == "refused" and address is not None and reason != "rejected":
        lost(carrier, address, reason, event_id)
    tried = [*payload.get("tried", []), row["address_id"]]
    now = carrier.batch.now
    event = Event(event_id, Kind.SIGNAL, "undelivered", now, now, person=someone.id)
    following = carrier.batch.people[someone.id]
    assert following is not None
    via = payload.get("via")
    left = (each for each in following.best(tried) if not via or each.channel == via)
    nxt = next(left, None)
    if nxt is not None:
        again = {**payload, "tried": tried}
        again.pop("to")
        # A repeat that goes round takes the place of the one before it there, too.
        key = row["replaces"]
        replaces = carrier.world.vault.digest("round", key, nxt.id).hex() if key else None
        carrier.out.put(nxt, again, row["rank"], row["case_id"], event_id, replaces, row["key"])
    if row["case_id"] and not row["key"] and (nxt is None or not nxt.counts):
        args = {"who": someone.id, "reason": reason or kind}
        await carrier.signal(
            event, Signal("escalation", row["case_id"], "unreachable", args), False
        )
        await carrier.drain()


def _delete_it(carrier: Carrier, someone: Someone, row: Row, event_id: str) -> None:
    """What the platform won't delete, the person is asked to."""
    address, card = someone.addresses.get(row["address_id"]), carrier.batch.card(someone.id)
    if address is not None and card is not None:
        payload = carrier.out.payload(card, None, n.DELETE_IT, {})
        carrier.out.put(address, payload, rank(Lane.REPLY), "", event_id)


def keyless(carrier: Carrier, person: str, event_id: str, text: str) -> None:
    """Somebody enrolled whose key isn't here: nothing can be answered, but they were heard."""
    now = carrier.batch.now
    event = Event(event_id, Kind.SIGNAL, "keyless", now, now)
    lane = Lane.URGENT if carrier.world.words.panic(text) else Lane.ROUTINE
    _tell_coordinators(carrier, event, n.KEYLESS, {"person": person, "text": text}, lane)


async def unhandled(carrier: Carrier, event: Event, duress: bool) -> None:
    """The same for both code words; beside it, the silent case that one of them opens."""
    by = bot_of(event.person)
    if duress:
        await carrier.duress(event)
    carrier.out.say(event, by, Say(n.SORRY))
    await carrier.open_case(
        event, OpenCase("unhandled", Phase.ALERT, event.at, False, {"text": event.text})
    )
    await carrier.drain()


async def unhandled_timer(carrier: Carrier, person: str, flow: str, due: int) -> None:
    """A timer whose step raised: a human is told that somebody is no longer watched."""
    now = carrier.batch.now
    event = Event(f"failed/{flow}/{person}/{due}", Kind.SIGNAL, "start", due, now, person)
    await carrier.open_case(event, OpenCase("unhandled", Phase.ALERT, due, False, {"text": flow}))
    await carrier.drain()


def _tell_coordinators(
    carrier: Carrier,
    event: Event,
    message: Message,
    args: Mapping[str, Value],
    lane: Lane = Lane.ROUTINE,
) -> None:
    cards = [c for c in carrier.known.coordinators() if c.id != event.person]
    duty = [c for c in cards if c.on_duty] or cards
    for card in duty:
        carrier.out.say(
            event,
            bot_of(card.id),
            Say(message, args, to=card.id, lane=lane, where=Where.FIRST),
        )


def bot_of(person: str) -> Instance:
    return Instance("home", person, person, "home", 1, 0, {})
