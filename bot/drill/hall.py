"""One drill's engine: the real one's code, on a database and a clock of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import func, select

from bot.batch import Address, Batch, Someone
from bot.carry import Carrier
from bot.channels.simulator.parse import parse
from bot.clock import Clock
from bot.drill.clock import StoryClock
from bot.inbox import Inbox
from bot.numbers import offers
from bot.outbox import decode
from bot.outgoing import labels
from bot.rehearsal import DURESS, ORDINARY
from bot.store import tables as t
from bot.store.store import Row, Store
from bot.turn import Turn
from bot.vault import VaultError
from bot.world import World
from flows.drill.state import playing
from flows.engine.asked import Focus
from flows.engine.model import Role
from flows.engine.rehearsal import Part

log = structlog.get_logger()

#: Flows that are the same person's in every drill; the rest belong to the real engine.
APART = ("drill", "trainer", "surprise", "enrolment")
LONG_AGO = 86_400_000  #: ms
AT_ONCE = 4  #: events in one turn: the real engine waits for no more than these
ROLE = {"journalist": "journalist", "coordinator": "coordinator"}


class Hall:
    """`row`: of the table `drills`."""

    def __init__(self, row: Row, store: Store, world: World, clock: Clock) -> None:
        self.id, self.row = str(row["id"]), row
        began = int(row["began_at"] or clock.now())
        self.clock = StoryClock(clock, began, int(row["pace"]))
        self.store = store
        self.world = replace(
            world,
            vault=world.vault.beside(received_by(self.id)),
            flows={name: flow for name, flow in world.flows.items() if name not in APART},
            parsers=dict.fromkeys(world.parsers, parse),
            rehearsing=True,
        )
        self.turn = Turn(self.store, self.world, self.clock)
        self.inbox = Inbox(self.store, self.world.vault, world.words, self.clock, lambda: None)
        #: What a turn of the real engine may know: person -> what they do here.
        self.parts: dict[str, Part] = {}
        self._seen = 0
        #: Who is in it, as far as is known.
        self.inside: set[str] = set()
        #: Nothing of its last turn is left to be brought out or told; not known at its start.
        self.settled = False
        #: Something is to be deleted that is still on its way.
        self.waits = False
        #: Whom it leaves alone, as far as that is done.
        self.left: list[str] = []

    async def close(self) -> None:
        await self.store.close()

    # ------------------------------------------------------------ who is in it

    async def people(self) -> set[str]:
        async with self.store.read() as conn:
            return {row[0] for row in await conn.execute(select(t.persons.c.id))}

    async def let_in(self, someone: Someone, role: str) -> None:
        """As they are known to the real engine, with their addresses, but for their code words."""
        digest = self.world.vault.word_digest
        words = [digest(someone.id, word).hex() for word in (ORDINARY, DURESS)]
        own = {k: v for k, v in someone.profile.items() if k != "words"}
        has_words = bool(someone.profile.get("words"))
        profile = {**own, **({"words": words} if has_words else {})}
        if someone.role == Role.TRAINEE:
            profile["guest"] = True
        copy = replace_someone(someone, role, profile, self.clock.now())
        async with self.store.write() as conn:
            batch = Batch(conn, self.world.vault, self.clock.now())
            batch.put_person(copy)
            for address in someone.addresses.values():
                # In their order, and so old that whatever comes from there is noted.
                batch.put_address(replace(address, used_at=address.used_at - LONG_AGO))
            await batch.write()

    async def calls_only(self, people: Iterable[str]) -> None:
        """Of its coordinators, these can be called."""
        c = t.persons.c
        there = {"enrolled": c.id.in_(list(people))}
        async with self.store.write() as conn:
            desk = t.persons.update().where(c.role == ROLE["coordinator"])
            await conn.execute(desk.values(there))

    def expects(self, person: str) -> frozenset[str]:
        """Verbs of its script that it waits for from them at this moment."""
        script = self.world.scripts.get(self.row["script"])
        known = playing(self.row["people"]).get(person)
        if script is None or known is None:
            return frozenset()
        at = self.clock.now() - self.clock.began
        return frozenset(act.verb for act in script.awaits(known.part, at, self.clock.pace))

    # ------------------------------------------------------------ turns

    async def run(self) -> int:
        """What waits, one turn; how many events had their outcome."""
        return await self.turn.run(AT_ONCE)

    async def touched(self) -> set[str]:
        """Who did something here, or was told something, since this was asked last."""
        c = t.happened.c
        async with self.store.read() as conn:
            found = await conn.execute(select(c.seq, c.person_id).where(c.seq > self._seen))
            rows = found.all()
        self._seen = max((row.seq for row in rows), default=self._seen)
        return {row.person_id for row in rows}

    async def due(self) -> int | None:
        """When, by the clock on the wall, something is due here; None: nothing waits."""
        async with self.store.read() as conn:
            due = await conn.scalar(select(func.min(t.timers.c.due)))
        return None if due is None else self.clock.wall(due)

    async def look(self, people: Iterable[str] | None = None) -> None:
        """Learn what these (without any: all) do here, for the next turn of the real engine."""
        async with self.store.read() as conn:
            batch = Batch(conn, self.world.vault, self.clock.now())
            if people is None:
                people = [row[0] for row in await conn.execute(select(t.persons.c.id))]
            wanted = list(people)
            await batch.load_people(wanted)
            await batch.load_cases(wanted, ())
            await batch.load_subjects(wanted)
        carrier = Carrier(batch, self.world, None)
        for who in wanted:
            if batch.people.get(who) is not None:
                self.parts[who] = self._part(batch, carrier, who)

    def _part(self, batch: Batch, carrier: Carrier, who: str) -> Part:
        kept, card, states = batch.focus.get(who), batch.card(who), carrier.known.states(who)
        focus, asked = Focus("", "", False), 0
        if kept and card:
            shown = labels(self.world.text, kept["c"], card, batch.now)
            focus = Focus(kept["flow"], kept["subject"], kept["expects"], offers(kept), shown)
            asked = self.clock.wall(int(kept.get("at", 0)))
        calls = {row["kind"] for row in batch.cases_about(who)} & {"panic", "duress"}
        called = bool(calls) or states.get("panic") == "active"
        return Part(self.id, states, focus, asked, called=called)

    async def closed_cases(self) -> dict[str, int]:
        """When each was closed, by the clock on the wall."""
        c = t.cases.c
        async with self.store.read() as conn:
            found = await conn.execute(select(c.id, c.closed_at).where(c.state == "closed"))
            return {case: self.clock.wall(at or 0) for case, at in found}

    def open_payload(self, row: Row) -> dict[str, Any] | None:
        """What a row of this outbox says; None when its key is gone."""
        try:
            return decode(
                self.world.vault.open(row["key"] or row["person_id"], row["sealed"], "outbox")
            )
        except VaultError:
            return None


def received_by(drill: str) -> str:
    """The name of the key that seals what its engine receives. What still waits there after a crash
    is read however late it is."""
    return f"drill/{drill}"


def replace_someone(someone: Someone, role: str, profile: Mapping[str, Any], now: int) -> Someone:
    addresses: dict[str, Address] = dict(someone.addresses)
    duty = role == "coordinator"
    return Someone(someone.id, ROLE[role], someone.risk, duty, True, now, dict(profile), addresses)
