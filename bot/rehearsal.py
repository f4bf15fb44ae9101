"""What a turn does with the words of somebody who takes part in a drill.

Which words those are, flows.engine.rehearsal decides. What is for the drill is written down for it
in the same commit (bot.drill.door carries it over); what is real goes its way as always. A duress
word that no script waits for reaches those on duty, and the drill goes on as if it had been the
ordinary one: nothing that is seen depends on it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot import numbers
from bot.carry import Carrier
from bot.channels.base import In, Incoming
from bot.outbox import Order, decode, encode, rank, read_button
from bot.store import tables as t
from bot.store.store import Row
from bot.vault import VaultError
from flows import registry
from flows.engine.asked import Focus, Route
from flows.engine.model import Event, Facts, Kind, Lane, Redact, SetProfile, Signal
from flows.engine.rehearsal import (
    CALLS,
    Belongs,
    Part,
    belongs,
    calls,
    duress_in_drill,
    helps,
    insists,
)

#: What stands for a code word in a drill: the words themselves never go there.
ORDINARY, DURESS = "belayordinaryword", "belayduressword"
MASK = "***"
CODE_LASTS = 86_400_000  #: ms in which the code of a drill lets somebody in
KINDS = {kind: kind.value for kind in In}
URGENT = rank(Lane.REPLY, Order.FIRST)


async def taking_part(carrier: Carrier, part: Part | None, event: Event) -> Part | None:
    """What its engine knows, and what has happened in this turn and since: who has left it, or has
    heard that it is over, isn't in it; for what somebody has called they don't call again; and who
    hasn't got yet what it said can't be answering it."""
    drill = await carrier.batch.instance("drill", part.drill) if part else None
    if part is None or drill is None or not registry.plays(drill.state, drill.data, event.person):
        return None
    script = carrier.world.scripts[drill.data["script"]]
    expects = registry.awaited(drill.data, script, event.person, event.at)
    if expects & CALLS and await _waits_for(carrier, part.drill, event.person):
        expects -= CALLS
    return replace(part, expects=expects)


async def _waits_for(carrier: Carrier, drill: str, person: str) -> bool:
    """Whether something of the drill is still on its way to them."""
    c = t.outbox.c
    found = await carrier.batch.conn.scalar(
        select(c.id)
        .where(c.person_id == person, c.drill == drill, c.state == "waiting")
        .where(c.expires_at.is_(None) | (c.expires_at > carrier.batch.now))
        .limit(1)
    )
    return found is not None


class Rehearsed:
    """One message of somebody in a drill. `duress`: it holds the real duress word."""

    def __init__(
        self, carrier: Carrier, message: Incoming, event: Event, part: Part, duress: bool
    ) -> None:
        self.carrier, self.message, self.event = carrier, message, event
        self.part, self.duress = part, duress

    async def taken(self, facts: Facts, focus: Focus, asked_at: int, sent: Row | None) -> bool:
        """Whether it was for the drill, and has gone there. `sent`: the message of ours that it
        answers."""
        event, flows = self.event, self.carrier.world.flows
        if await self._typed_real(sent):
            tap = replace(event, kind=Kind.CHOICE, trigger="tap", text="")
            await self.carrier.message(Route("drill", self.part.drill, tap), self.duress)
            return True
        ours, answers = _of_drill(self.carrier, sent), None
        if sent is not None:
            answers = self.part.drill if ours and not self._taps(ours) else ""
        found = belongs(event, facts, flows, self.part, focus, asked_at, answers)
        expected = self.duress and duress_in_drill(self.part)
        if found is Belongs.STOPS:
            stop = Signal("drill", self.part.drill, "real")
            await self.carrier.signal(event, stop, False)
            help_ = helps(event, facts, self.part)
            if facts.words.real(event.text) or help_:
                said = replace(event, trigger="sos") if help_ else insists(event)
                await self.carrier.message(Route("panic", event.person, said), self.duress)
                return True
        if found is Belongs.LEAVES:
            leave = Signal("drill", self.part.drill, "leave")
            await self.carrier.signal(event, leave, False)
            return True
        if found is not Belongs.DRILL:
            return False
        if self.duress and not expected:
            await self.carrier.duress(event)
        else:
            await self.carrier.heard(event)
        if expected or calls(event, facts) or helps(event, facts, self.part):
            await self.carrier.signal(event, Signal("drill", self.part.drill, "called"), False)
        self._forward(ours, DURESS if expected else ORDINARY)
        if event.word:
            self.carrier.out.redact(event, Redact())
        return True

    def _taps(self, ours: Mapping[str, Any]) -> bool:
        """The button "This is real", which the drill's own engine doesn't know."""
        _, index = read_button(self.message.data)
        return index.isdigit() and _is_real(ours, int(index))

    async def _typed_real(self, sent: Row | None) -> bool:
        """Its number, typed where there are no buttons: as a quote of the message that has it, or
        after it."""
        number = numbers.typed(self.event, self.carrier.world.words)
        if number is None:
            return False
        ours = _of_drill(self.carrier, sent) if sent is not None else await self._last_list()
        return _is_real(ours or {}, number - 1)

    async def _last_list(self) -> dict[str, Any]:
        """The newest message here that has choices, or asks for words; empty where a drill's engine
        didn't say it."""
        c, batch = t.outbox.c, self.carrier.batch
        sent = select(t.outbox).where(c.address_id == self.event.address, c.state == "sent")
        newest = sent.order_by(c.done_at.desc(), c.seq.desc()).limit(numbers.NEWEST)
        for row in (found._mapping for found in await batch.conn.execute(newest)):
            left = _left(self.carrier, row)
            if left.get("c") or left.get("q", (0, 0, 0))[2]:
                return _of_drill(self.carrier, row) or {}
        return {}

    def _forward(self, ours: Mapping[str, Any] | None, word: str) -> None:
        message, event = self.message, self.event
        frame: dict[str, Any] = {
            "kind": KINDS[message.kind],
            "where": message.where,
            "number": message.number,
            "sent_ms": event.at,
            "upstream": message.upstream,
            "text": event.text.replace(MASK, word) if event.word else event.text,
            "lat": message.lat,
            "lon": message.lon,
            "emoji": message.emoji,
            "edited": message.edited,
            "note": message.note,
            "lang": message.lang,
        }
        if message.kind is In.REACTION:
            frame["text"] = ""
        if ours is not None:
            frame["target"] = ours["outer"]
            if message.data:
                frame["data"] = f"{ours['d']['row']}.{read_button(message.data)[1]}"
        batch, vault = self.carrier.batch, self.carrier.world.vault
        raw = json.dumps(frame, ensure_ascii=False).encode()
        batch.append(
            batch.drill_inbox,
            {
                "drill": self.part.drill,
                "person_id": event.person,
                "channel": event.channel,
                "key": event.id,
                "received_at": event.received,
                "sealed": vault.seal(event.person, raw, "drill"),
            },
        )


def _of_drill(carrier: Carrier, sent: Row | None) -> dict[str, Any] | None:
    """The payload of a message that came out of a drill's engine; None for every other."""
    payload = _left(carrier, sent) if sent is not None and sent["drill"] else {}
    return {**payload, "outer": sent["id"]} if sent and "row" in payload.get("d", {}) else None


def _left(carrier: Carrier, sent: Row) -> dict[str, Any]:
    """What is left of a message that was sent."""
    try:
        key, sealed = sent["key"] or sent["person_id"], sent["sealed"]
        return decode(carrier.world.vault.open(key, sealed, "outbox")) if sealed else {}
    except VaultError:
        return {}


def _is_real(ours: Mapping[str, Any], index: int) -> bool:
    choices = ours.get("c", [])
    return 0 <= index < len(choices) and choices[index][2] == "drill"


#: What the operator wants of a monthly surprise, and what its flow calls that.
OF_SURPRISES = {"plan": "start", "unplan": "cancel"}


async def told(carrier: Carrier, own: Mapping[str, Any], key: str) -> None:
    """What a drill's engine says has happened there, or what the operator wants: "start" and "plan"
    (args as the flows take them), "recall", "unplan"."""
    drill, kind, batch = str(own["drill"]), str(own["kind"]), carrier.batch
    row, now = batch.drills.get(drill), batch.now
    trainer = own.get("trainer") or (row["trainer"] if row else "")
    await batch.load_people([trainer, *own.get("args", {}).get("people", ())])
    if batch.people.get(trainer) is None:
        # Erased, and the drill's own flow with them: its row says what else there is to do.
        if kind == "recall" and row is not None and row["state"] != "over":
            batch.put_drill({**row, "state": "over", "ended_at": now})
        return
    args = own.get("args", {"rows": own.get("rows", [])})
    event = Event(key, Kind.SIGNAL, kind, now, now, person=trainer, args=args)
    if kind in OF_SURPRISES:
        asked = replace(event, trigger=OF_SURPRISES[kind])
        await carrier.step(Route("surprise", drill, asked))
        return
    if kind == "start":
        until = now + CODE_LASTS
        carrier.kept.profile(event, SetProfile("drill", [args["code"], drill, until]))
    await carrier.step(Route("drill", drill, event))


async def undelivered(carrier: Carrier, row: Row, own: Mapping[str, Any], key: str) -> None:
    """Somebody can't be reached: the trainer learns of it, and the drill's engine does what the
    real one would do."""
    drill = row["drill"].partition("/")[0]
    known = carrier.batch.drills.get(drill)
    if known is None:
        await carrier.batch.load_drills([drill])
        known = carrier.batch.drills.get(drill)
    if known is None:
        return
    await carrier.batch.load_people([known["trainer"]])
    now = carrier.batch.now
    event = Event(key, Kind.SIGNAL, "unreachable", now, now, person=known["trainer"],
                  args={"to": row["person_id"]})  # fmt: skip
    await carrier.step(Route("drill", drill, event))
    ours = _of_drill(carrier, row)
    if ours is None:
        return
    inner = {"own": {**own, "outbox": ours["d"]["row"]}}
    carrier.batch.append(
        carrier.batch.drill_inbox,
        {
            "drill": drill,
            "person_id": row["person_id"],
            "channel": row["channel"],
            "key": f"{own.get('kind', '')}/{ours['d']['row']}",
            "received_at": now,
            "sealed": carrier.world.vault.seal(row["person_id"], encode(inner), "drill"),
        },
    )
