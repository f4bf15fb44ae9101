"""What is said, as rows of the outbox: to whom, where, in which order, sealed for whom.

The row's id comes from (event, ordinal): a turn that is done again says nothing twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot import notices as n
from bot.batch import Address, Batch, Instance, Someone
from bot.facts import Gathered
from bot.outbox import Order, decode, encode, known, pack_args, rank, short_id, unpack_args, waiting
from bot.store import tables as t
from bot.text import Text
from bot.vault import Erased
from bot.world import World
from flows.engine.asked import ASKING, PANIC_LISTENS
from flows.engine.messages import Message, Value
from flows.engine.model import Alert, Choice, Event, Kind, Lane, Person, Redact, Say, Where, Write

#: What these say is marked as a drill.
OF_DRILLS = ("drill", "surprise")


class Outgoing:
    def __init__(self, batch: Batch, world: World, gathered: Gathered) -> None:
        self.batch, self.world, self.gathered = batch, world, gathered
        self._ordinal = 0
        #: What this event has deleted: (address, the platform's id).
        self._deleted: set[tuple[str, str]] = set()

    def say(self, event: Event, by: Instance, say: Say) -> None:
        to = say.to or event.person
        someone = self.batch.people.get(to)
        if someone is None:
            return
        card = self.batch.card(to)
        assert card is not None
        payload = self.payload(card, by, say.message, say.args, say.choices)
        if say.real:
            payload.pop("d", None)
        if say.file:
            payload["f"] = [say.file.kind, say.file.name]
        # What somebody did is answered before words that are only passed on.
        order = rank(say.lane, Order.NEXT if to == event.person else Order.PASSED)
        if say.via:
            payload["via"] = say.via
        if say.fleeting:
            payload["fleeting"] = True
        asks = bool(say.choices or say.expects)
        if asks and not self._keeps_number(event, say, to):
            payload["q"] = [by.flow, by.subject, int(say.expects), int(to == event.person)]
        for address in self._where(event, someone, say):
            one = ("latest", by.flow, by.subject, say.latest, address.id)
            replaces = self.world.vault.digest(*one).hex() if say.latest else None
            key = say.apart or self._seals(by)
            self.put(address, payload, order, say.case, event.id, replaces, key, say.until)
        if asks and not self._comes_between(event, say, to):
            self._ask(to, by, payload["c"], say.expects, self._seals(by))

    def write(self, event: Event, by: Instance, effect: Write) -> None:
        """Nobody's address: it is not theirs until they have written to us."""
        where = effect.where
        digest = self.world.vault.digest("address", effect.channel, where).hex()
        stranger = Address(digest, "", effect.channel, where, where, None, None, "ok", None, 0)
        said = {"m": effect.message.key, "a": pack_args(effect.args), "c": []}
        payload = {**said, "lang": effect.lang, "tz": "UTC"}
        self.put(stranger, payload, rank(Lane.ROUTINE), "", event.id, key=by.key)

    def alert(self, event: Event, by: Instance, alert: Alert) -> None:
        someone, card = self.batch.people.get(alert.to), self.batch.card(alert.to)
        if someone is None or card is None:
            return
        payload = self.payload(card, by, alert.message, alert.args, alert.choices)
        if alert.choices:
            payload["q"] = [by.flow, by.subject, 0, 0]
        replaces, place = None, Order.NEXT if alert.repeat else Order.FIRST
        if alert.repeat:
            key = ("repeat", alert.about) if alert.about else ("again", alert.case)
            replaces = self.world.vault.digest(*key, alert.to).hex()
        addresses = someone.best()[:1] or list(someone.addresses.values())[:1]
        for address in addresses:
            self.put(address, payload, rank(Lane.URGENT, place), alert.case, event.id, replaces)
        if alert.choices:
            self._ask(alert.to, by, payload["c"], False, "")

    def unsay(self, by: Instance, to: str) -> None:
        """See Unsay: what waits in the store, and what earlier events of this turn have left."""
        assert by.key, "what has no key of its own can't be told from other messages"
        mine = [r["id"] for r in self.batch.outbox if r["person_id"] == to and _of(by, r["key"])]
        self.batch.append(self.batch.unsaid, {"key": by.key, "person_id": to, "ids": mine})

    def redact(self, event: Event, effect: Redact) -> None:
        # What a button press calls its own id is no message.
        own = "" if event.kind is Kind.CHOICE else event.upstream
        upstream = event.target if effect.ours else effect.upstream or own
        someone = self.batch.people.get(event.person)
        address = someone.addresses.get(event.address) if someone else None
        if address is not None and upstream:
            self._delete(event, address, upstream, "own" if effect.ours else "theirs")

    async def redact_shown(self, event: Event, by: Instance, key: str = "") -> None:
        """What this instance has said to the person as fleeting, and the sender has noted. `key`:
        to whomever, what that key seals."""
        c = t.outbox.c
        to_them = (c.key == by.key) | c.key.startswith(f"{by.key}/"), c.person_id == event.person
        query = select(c.id, c.person_id, c.address_id, c.key, c.sealed).where(
            *((c.key == key,) if key else to_them), c.state == "sent", c.sealed != b""
        )
        found = (await self.batch.conn.execute(query.order_by(c.seq))).all()
        await self.batch.load_people(row.person_id for row in found)
        for row in found:
            someone = self.batch.people.get(row.person_id)
            address = someone.addresses.get(row.address_id) if someone else None
            left = self._left(row.key, row.sealed) if address else {}
            for upstream in left.pop("shown", ()):
                assert address is not None
                self._delete(event, address, upstream, "own")
                self._not_again(row.id, row.key, left)

    def _not_again(self, row: str, key: str, left: Mapping[str, Any]) -> None:
        """What its buttons mean stays; that it has to be deleted doesn't."""
        sealed = self.world.vault.seal(key, encode(left), "outbox")
        self.batch.append(self.batch.deleted, {"id": row, "sealed": sealed})

    def _left(self, key: str, sealed: bytes) -> dict[str, Any]:
        try:
            return decode(self.world.vault.open(key, sealed, "outbox"))
        except Erased:  # came back with an old copy of the database
            return {}

    def _delete(self, event: Event, address: Address, upstream: str, of: str) -> None:
        """Once, however many reasons one event has for it."""
        if (address.id, upstream) in self._deleted:
            return
        self._deleted.add((address.id, upstream))
        self.put(address, {"redact": upstream, "of": of}, rank(Lane.REPLY), "", event.id)

    def payload(
        self,
        card: Person,
        by: Instance | None,
        message: Message,
        args: Mapping[str, Value],
        choices: Sequence[Choice] = (),
    ) -> dict[str, Any]:
        packed = [
            [
                c.label.key,
                pack_args(c.args),
                *(c.to or ((by.flow, by.subject) if by else ("home", card.id))),
                by.state if by else "",
                c.trigger,
                c.arg,
                int(c.always),
            ]
            for c in choices
        ]
        packed_up = {
            "m": message.key,
            "a": pack_args(args),
            "c": packed,
            "lang": card.lang,
            "tz": card.tz,
        }
        if by is None or by.flow not in OF_DRILLS:
            return packed_up
        over = {"over": 1} if by.state == "over" else {}  # the recall doesn't take that back
        return {**packed_up, "d": {"id": by.subject, **over}}

    def put(
        self,
        address: Address,
        payload: Mapping[str, Any],
        order: int,
        case: str,
        event_id: str,
        replaces: str | None = None,
        key: str = "",
        until: int = 0,
    ) -> None:
        """One outbox row. Its id comes from (event, ordinal): a replay adds nothing."""
        if key:
            self.world.vault.new_people([key])
        self._ordinal += 1
        digest = self.world.vault.digest("outbox", event_id, str(self._ordinal))
        self.batch.append(
            self.batch.outbox,
            {
                **waiting(self.batch.now),
                "id": short_id(digest),
                "channel": address.channel,
                "address_id": address.id,
                "person_id": address.person,
                "rank": order,
                "case_id": case,
                "replaces": replaces,
                "key": key,
                "drill": _of_drill(payload.get("d", {})),
                "expires_at": until or None,
                "sealed": self.world.vault.seal(
                    key or address.person, encode({**payload, "to": address.where}), "outbox"
                ),
            },
        )

    def _ask(self, to: str, by: Instance, choices: Sequence[Any], expects: bool, key: str) -> None:
        """From here on the next words, and these choices, are for `by`."""
        kept = {
            "flow": by.flow,
            "subject": by.subject,
            "expects": expects,
            "c": choices,
            "at": self.batch.now,
            "key": key,
        }
        self.batch.set("focus", self.batch.focus, to, kept)

    def _where(self, event: Event, someone: Someone, say: Say) -> list[Address]:
        where, best = say.where, someone.best()
        if say.via:
            return [address for address in best if address.channel == say.via][:1]
        if where is Where.EVERY:
            return best or list(someone.addresses.values())[:1]
        if where is Where.HERE and event.address in someone.addresses:
            return [someone.addresses[event.address]]
        return best[:1] or list(someone.addresses.values())[:1]

    def _seals(self, by: Instance) -> str:
        gone = any(row["key"] == by.key for row in self.batch.forgotten)
        return "" if gone else by.key

    def _comes_between(self, event: Event, say: Say, to: str) -> bool:
        """What nobody asked for doesn't take the answer of a check-in that waits for one, the words
        of somebody who has called for help, nor those that are written into a request or a report
        at this moment; and a drill doesn't take the answer to a call about a case."""
        focus = self.batch.focus.get(to) or {}
        writing = focus.get("flow") in ("application", "record") and focus["expects"]
        return self._keeps_number(event, say, to) or bool(self._unasked(event, say, to) and writing)

    def _unasked(self, event: Event, say: Say, to: str) -> bool:
        return to != event.person and say.lane >= Lane.ROUTINE

    def _keeps_number(self, event: Event, say: Say, to: str) -> bool:
        """A number that they type is still for the check-in, about their call for help, or,
        whatever a drill asks, about a call that they were shown."""
        if not self._unasked(event, say, to):
            return False
        states, focus = self.gathered.states(to), self.batch.focus.get(to) or {}
        shown = focus.get("flow") == "escalation" and focus["subject"] in self.batch.cases
        calling = states.get("panic") in PANIC_LISTENS or states.get("checkin") in ASKING
        return calling or (shown and say.lane is Lane.BULK)

    def which(self, event: Event, by: Instance, packed: Sequence[Sequence[Any]]) -> None:
        """Asks which of two choices was meant; either goes where it would have gone."""
        someone, card = self.batch.people.get(event.person), self.batch.card(event.person)
        assert someone is not None
        assert card is not None
        payload = {**self.payload(card, by, n.WHICH, {}), "c": packed}
        payload["q"] = [by.flow, by.subject, 0, 1]
        for address in self._where(event, someone, Say(n.WHICH)):
            self.put(address, payload, rank(Lane.REPLY, Order.NEXT), "", event.id)
        self._ask(event.person, by, packed, False, "")


def _of(by: Instance, key: str) -> bool:
    """Whether the instance's key seals it, or one that hangs on that."""
    return key == by.key or key.startswith(f"{by.key}/")


def _of_drill(said: Mapping[str, Any]) -> str:
    return f"{said['id']}/over" if said.get("over") else str(said.get("id", ""))


def labels(text: Text, packed: Sequence[Sequence[Any]], card: Person, now: int) -> tuple[str, ...]:
    """Of packed choices, as they are shown to this person."""
    return tuple(
        text.render(card.lang, card.tz, known(c[0]), unpack_args(c[1]), now) for c in packed
    )
