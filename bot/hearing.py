"""What a platform's message says: who wrote it, whether that is proven, what it answers.

Code words are compared by keyed hash and taken out here, before anybody reads or stores the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.batch import Address, Batch
from bot.channels.base import In, Incoming
from bot.numbers import offers
from bot.outbox import decode, read_button
from bot.outgoing import labels as shown_as
from bot.store.store import Row
from bot.vault import Erased
from bot.world import World
from flows.engine.asked import Answered, Focus
from flows.engine.model import MAX_TEXT, Claim, Event, Kind

#: Platforms tell the time in whole seconds: an answer given in the second that a check-in fell due
#: counts as given after it.
GRAIN = 999
MASK = "***"  #: stands for a code word in what flows and coordinators read
KINDS: Mapping[In, tuple[Kind, str]] = {
    In.TEXT: (Kind.TEXT, "text"),
    In.CHOICE: (Kind.CHOICE, "choice"),
    In.LOCATION: (Kind.LOCATION, "location"),
    In.REACTION: (Kind.REACTION, "reaction"),
    In.MEDIA: (Kind.MEDIA, "media"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that has come due, as it stood when it was claimed."""

    flow: str
    subject: str
    name: str
    person: str
    due: int
    revision: int


@dataclass(frozen=True, slots=True)
class Received:
    """An inbox row, opened and parsed. `message` is None for what the bot itself put there."""

    seq: int
    key: str
    channel: str
    received_at: int
    message: Incoming | None
    own: Mapping[str, Any] = field(default_factory=dict)


Item = Received | Due


class Hearing:
    def __init__(self, world: World) -> None:
        self.world = world

    def where_hash(self, channel: str, where: str) -> str:
        return self.world.vault.digest("address", channel, where).hex()

    def upstream_hash(self, channel: str, upstream: str) -> str:
        return self.world.vault.digest("upstream", channel, upstream).hex()

    def address(self, batch: Batch, channel: str, message: Incoming) -> Address | None:
        for name in (message.where, message.number):
            if name and (found := batch.by_hash.get((channel, self.where_hash(channel, name)))):
                return found
        return None

    async def identity_changed(self, batch: Batch, address: Address, message: Incoming) -> bool:
        """True when another identity now uses the known number; otherwise it is proven, as it wrote
        to us."""
        digest = self.where_hash(address.channel, message.where)
        if address.hash == digest:
            fresh = batch.now - address.used_at > 60_000
            if address.proven_at is None or address.state != "ok" or fresh:
                batch.put_address(_proven(address, batch.now, message, digest))
            return False
        if address.hash is None:
            batch.put_address(_proven(address, batch.now, message, digest))
            return False
        return True

    def event(self, batch: Batch, item: Received, message: Incoming, address: Address) -> Event:
        kind, trigger = KINDS[message.kind]
        sent = message.sent_ms + GRAIN if message.sent_ms > 0 else item.received_at
        text = message.emoji if message.kind is In.REACTION else message.text
        arg = read_button(message.data)[1] if message.data else message.note
        known = batch.sent.get(read_button(message.data)[0]) if message.data else None
        if known is not None and known["done_at"]:
            # Pressed after it was shown, whatever the phone's clock says.
            sent = max(sent, known["done_at"])
        return Event(
            id=item.key,
            kind=kind,
            trigger=trigger,
            at=min(sent, item.received_at),
            received=item.received_at,
            person=address.person,
            text=self._masked(batch, address.person, text[:MAX_TEXT]),
            arg=arg,
            lat=message.lat,
            lon=message.lon,
            word=bool(self._matches(batch, address.person, text)),
            edited=message.edited,
            channel=address.channel,
            address=address.id,
            upstream=message.upstream,
            target=message.target,
            files=tuple(Claim(f.ref, f.kind, f.mime, f.size) for f in message.files),
        )

    def _matches(self, batch: Batch, person: str, text: str) -> set[int]:
        """Which of the two code words stand in the text: 0 the ordinary one, 1 the duress word."""
        someone = batch.people.get(person)
        digests = someone.profile.get("words") if someone else None
        if not digests or not text:
            return set()
        found = set()
        for token in dict.fromkeys(self.world.words.tokens(text)):
            digest = self.world.vault.word_digest(person, token).hex()
            found |= {i for i, known in enumerate(digests) if known == digest}
        return found

    def _masked(self, batch: Batch, person: str, text: str) -> str:
        """Code words are taken out before anybody reads or stores the text."""
        if not self._matches(batch, person, text):
            return text
        return " ".join(
            MASK if self._matches(batch, person, part) else part for part in text.split()
        )

    def duress(self, batch: Batch, person: str, text: str) -> bool:
        return 1 in self._matches(batch, person, text)

    def answered(
        self, batch: Batch, address: Address, channel: str, message: Incoming
    ) -> Answered | None:
        """The message of ours that this one answers."""
        row = self.sent(batch, address, channel, message)
        if row is None:
            return None
        try:
            sealed_for = row["key"] or address.person
            sealed = row["sealed"]
            payload = decode(self.world.vault.open(sealed_for, sealed, "outbox")) if sealed else {}
        except Erased:
            return None  # what it was about has been withdrawn
        return Answered(offers(payload), row["case_id"])

    def sent(self, batch: Batch, address: Address, channel: str, message: Incoming) -> Row | None:
        """Our message that this one answers, if it was sent to the same person."""
        row = batch.sent.get(read_button(message.data)[0]) if message.data else None
        if row is None and message.target:
            upstream = self.upstream_hash(channel, message.target)
            row = batch.sent.get(batch.sent_upstream.get((address.id, upstream), ""))
        return row if row is not None and row["person_id"] == address.person else None

    def focus(self, batch: Batch, person: str, text: str) -> Focus:
        kept = batch.focus.get(person)
        if not kept:
            return Focus("", "", False)
        labels: tuple[str, ...] = ()
        card = batch.card(person)
        if kept["c"] and text and len(text) <= 80 and card:
            labels = shown_as(self.world.text, kept["c"], card, batch.now)
        return Focus(kept["flow"], kept["subject"], kept["expects"], offers(kept), labels)


def event_id(due: Due) -> str:
    return f"timer/{due.flow}/{due.subject}/{due.name}/{due.due}"


def _proven(address: Address, now: int, message: Incoming, digest: str) -> Address:
    return Address(
        address.id,
        address.person,
        address.channel,
        message.where or address.where,
        message.number or address.number,
        digest,
        address.number_hash,
        "ok",
        address.proven_at or now,
        now,
    )
