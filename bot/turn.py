"""A turn: the waiting events, stepped through the pure flows in memory, written in one commit.

    1. take what waits: inbox rows (senders with something urgent first), then due timers
    2. load what they need, table by table
    3. for each event: who is it, which instance gets it (flows.engine.route), step, carry out
    4. write each table once, commit once

One event, one outcome: a step that raises is undone alone, its message becomes a case for a human.
A commit that fails runs its events again one by one; only what fails alone is set aside.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import mishaps, notices, numbers, rehearsal, strangers
from bot.batch import Batch
from bot.carry import Carrier
from bot.channels.base import In, Incoming
from bot.clock import Clock
from bot.codes import code_hash
from bot.hearing import Due, Hearing, Item, Received, event_id
from bot.kept import drawn_case_ids
from bot.outbox import URGENT_RANKS, decode, read_button
from bot.store import tables as t
from bot.store.forgetting import forget, forget_received
from bot.store.store import Row, Store
from bot.vault import VaultError
from bot.world import World
from flows.engine.asked import Route
from flows.engine.messages import Value
from flows.engine.model import MAX_TEXT, Event, Kind, Role, Say, Signal
from flows.engine.rehearsal import Part
from flows.engine.route import route
from flows.engine.visitor import trainee_route, visitor_route

log = structlog.get_logger()

BATCH = 256  #: events in one turn at most
POSTPONED = 60_000  #: ms until a timer that could not be handled at all is tried again
#: Timers that open a case: the ids that these may draw are looked up together, not one by one.
OPENING = ("grace",)
BOT = "bot"  #: the channel of events that the bot itself puts in the inbox
CASE_ID = re.compile(r"[2-9A-HJKMNP-Z]{4,6}")
LAST = 40  #: characters by which somebody finds where their text was cut


class Turn:
    def __init__(self, store: Store, world: World, clock: Clock) -> None:
        self.store, self.world, self.clock = store, world, clock
        self.hears = Hearing(world)
        #: When nobody was watching: (from, to). Set at start, told with what fell due meanwhile.
        self.outage: tuple[int, int] | None = None
        #: What somebody does in a drill that is going on (bot.drill.halls); None: they are in none.
        self.part: Callable[[str], Part | None] = lambda _person: None
        #: The last turn has said something urgent.
        self.urgent = False
        #: Tests stop the process at its boundaries; None in production.
        self.boundary: Callable[[str], None] = lambda _name: None

    async def run(self, limit: int = BATCH) -> int:
        """One turn. Returns how many events had their outcome; 0 when nothing waited."""
        try:
            return await self._transaction(None, limit)
        except Exception as error:
            log.error("turn_failed", error=type(error).__name__)
            return await self._one_by_one(limit)

    async def _one_by_one(self, limit: int) -> int:
        async with self.store.read() as conn:
            rows, dues = await _waiting(conn, self.clock.now(), limit)
        for wanted in [*(r["seq"] for r in rows), *dues]:
            try:
                await self._transaction(wanted, 1)
            except Exception as error:
                log.error("event_set_aside", error=type(error).__name__)
                await self._set_aside(wanted, error)
        return len(rows) + len(dues)

    async def _transaction(self, only: "int | Due | None", limit: int) -> int:
        now = self.clock.now()
        async with self.store.write() as conn:
            rows, dues = await _waiting(conn, now, limit, only)
            if not rows and not dues:
                return 0
            batch = Batch(conn, self.world.vault, now)
            items: list[Item] = [*(self._open(row) for row in rows), *dues]
            await self._load(batch, items)
            for item in _in_order(batch, items):
                await self._outcome(batch, item)
            self.boundary("before_commit")
            await batch.write()
            self.urgent = any(row["rank"] < URGENT_RANKS for row in batch.outbox)
        self.boundary("after_commit")
        if batch.forgotten:
            await forget(self.store, self.world.vault)
            await forget_received(self.store, self.world.vault)
        return len(items)

    async def _set_aside(self, wanted: "int | Due", error: Exception) -> None:
        """With its error; the person is told, and a human gets it. At the very least it is kept."""
        try:
            await self._aside(wanted, error, tell=True)
        except Exception as again:
            log.error("aside_untold", error=type(again).__name__)
            await self._aside(wanted, error, tell=False)

    async def _aside(self, wanted: "int | Due", error: Exception, tell: bool) -> None:
        now = self.clock.now()
        async with self.store.write() as conn:
            rows, dues = await _waiting(conn, now, 1, wanted)
            if isinstance(wanted, Due):
                await self._postpone(conn, wanted)
            else:
                kept = {"state": "aside", "error": type(error).__name__, "done_at": now}
                await conn.execute(t.inbox.update().where(t.inbox.c.seq == wanted).values(kept))
            if tell:
                batch = Batch(conn, self.world.vault, now)
                items: list[Item] = [*(self._open(row) for row in rows), *dues]
                await self._load(batch, items)
                for item in items:
                    await self._to_a_human(batch, item)
                await batch.write()

    async def _postpone(self, conn: AsyncConnection, due: Due) -> None:
        """An alarm is never thrown away: unless a case has taken its place, it comes again."""
        c = t.timers.c
        await conn.execute(
            t.timers.update()
            .where(c.flow == due.flow, c.subject == due.subject, c.name == due.name)
            .values(due=self.clock.now() + POSTPONED)
        )

    # ------------------------------------------------------------ load

    def _open(self, row: Row) -> Received:
        raw = self.world.vault.open(row["sealed_by"], row["sealed"], "inbox")
        head = (row["seq"], row["key"], row["channel"], row["received_at"])
        if row["channel"] == BOT:
            return Received(*head, None, decode(raw))
        parse = self.world.parsers.get(row["channel"])
        return Received(*head, parse(raw) if parse else Incoming(In.IGNORE))

    async def _load(self, batch: Batch, items: Sequence[Item]) -> None:
        wanted, buttons, upstreams, codes, files = [], set(), set(), set(), set()
        unknown, named, drills = set(), set(), set()
        for item in items:
            if isinstance(item, Due):
                continue
            if item.message is None:
                buttons.add(item.own.get("outbox", ""))
                files.add(item.own.get("attachment", ""))
                drills.add(item.own.get("drill", ""))
                continue
            message, channel = item.message, item.channel
            names = filter(None, (message.where, message.number))
            wanted += [(channel, self.hears.where_hash(channel, name)) for name in names]
            unknown.add(self.hears.where_hash(channel, message.where))
            if message.data:
                buttons.add(read_button(message.data)[0])
            if message.target:
                upstreams.add(self.hears.upstream_hash(channel, message.target))
            named |= set(CASE_ID.findall(self.world.words.normal(message.text[:80]).upper()))
            if code := strangers.code_in(message.text):
                codes.add(code_hash(self.world.vault, code))
        await batch.load_coordinators()
        await batch.load_drills(drills - {""})
        await batch.load_codes(codes)
        await batch.load_addresses(wanted)
        await batch.load_sent(buttons - {""}, upstreams)
        if files - {""}:
            await batch.load_files(files - {""})
        people = {item.person for item in items if isinstance(item, Due)}
        people |= {who for row in batch.files.values() for who in (row["person_id"], row["by"])}
        people |= {a.person for key in wanted if (a := batch.by_hash.get(key))}
        people |= {row["person_id"] for row in batch.sent.values()}
        await batch.load_people(people)
        await batch.load_people(self._payers())
        await batch.load_cases(people, named)
        asked = {
            row["person_id"] for row in batch.codes.values() if row and row["kind"] == "status"
        }
        await batch.load_applications(people, named | asked)
        if people & set(batch.coordinators):
            await batch.load_desk()
        known = filter(None, map(batch.people.get, people))
        if trainers := [each.id for each in known if each.role == Role.TRAINER]:
            await batch.load_everybody()
            await batch.load_drills(trainers=trainers)
        await batch.load_subjects(people)
        ends = (due for due in items if isinstance(due, Due) and due.name in OPENING)
        await batch.load_drawn(next(drawn_case_ids(self.world, event_id(due))) for due in ends)
        if codes or len(wanted) != sum(key in batch.by_hash for key in wanted):
            await batch.load_strangers(unknown)

    def _payers(self) -> list[str]:
        """Who pays for a fund may be anybody, and is told without having written."""
        return sorted({who for fund in self.world.policy.funds.values() for who in fund.payers})

    # ------------------------------------------------------------ one event

    async def _outcome(self, batch: Batch, item: Item) -> None:
        mark = batch.mark()
        try:
            await self._process(batch, item)
        except Exception as error:
            batch.rollback(mark)
            log.exception("step_failed", error=type(error).__name__)
            await self._to_a_human(batch, item)
        if isinstance(item, Received):
            batch.inbox_done.append({"seq": item.seq, "state": "done", "done_at": batch.now})

    async def _process(self, batch: Batch, item: Item) -> None:
        if isinstance(item, Due):
            await self._timer(batch, item)
        elif item.message is None:
            await self._own(batch, item)
        elif item.message.kind is In.IGNORE:
            self._ignored(batch, item, item.message)
        else:
            await self._message(batch, item, item.message)

    async def _timer(self, batch: Batch, due: Due) -> None:
        key = (due.flow, due.subject, due.name)
        timer = batch.timers.get(key)
        instance = await batch.instance(due.flow, due.subject)
        if timer is not None and (timer.due, timer.revision) != (due.due, due.revision):
            return  # an earlier event of this turn moved or cancelled it
        if timer is None and key in batch.timers:
            return
        batch.set("timer", batch.timers, key, None)
        if instance is None or due.revision > instance.revision:
            return
        trigger = f"timer.{due.name}"
        event = Event(
            id=event_id(due),
            kind=Kind.TIMER,
            trigger=trigger,
            at=due.due,
            received=batch.now,
            person=instance.person,
        )
        await self._carrier(batch).step(Route(due.flow, due.subject, event))

    async def _message(self, batch: Batch, item: Received, message: Incoming) -> None:
        address = self.hears.address(batch, item.channel, message)
        if address is None:
            carrier = self._carrier(batch)
            names = filter(None, (message.where, message.number))
            keys = [(item.channel, self.hears.where_hash(item.channel, name)) for name in names]
            if locked := next(filter(None, map(batch.locked.get, keys)), ""):
                mishaps.keyless(carrier, locked, item.key, message.text)
            await strangers.answer(carrier, item.channel, item.key, item.received_at, message)
            return
        changed = await self.hears.identity_changed(batch, address, message)
        person = batch.card(address.person)
        assert person is not None
        event = self.hears.event(
            batch,
            item,
            message,
            batch.by_hash.get(
                (address.channel, self.hears.where_hash(address.channel, message.where)), address
            ),
        )
        answered = self.hears.answered(batch, address, item.channel, message)
        focus = self.hears.focus(batch, address.person, event.text)
        carrier = self._carrier(batch)
        if changed:
            duress = self.hears.duress(batch, address.person, message.text)
            await mishaps.changed_identity(carrier, event, message.where, duress)
            return
        trainee = person.role is Role.TRAINEE
        # A call for help is one whatever code stands beside it.
        if not self.world.words.panic(event.text) and await self._by_code(carrier, event, item):
            return
        facts = carrier.facts(event, person.id, own=True)
        if person.role is Role.REFEREE:
            if to := visitor_route(event, facts, focus, answered):
                await carrier.message(to, False)
            else:
                carrier.out.say(event, mishaps.bot_of(person.id), Say(notices.STRANGER))
            return
        duress = self.hears.duress(batch, address.person, message.text)
        part = await rehearsal.taking_part(carrier, self.part(person.id), event)
        if part is not None:
            asked_at = int((batch.focus.get(person.id) or {}).get("at", 0))
            sent = self.hears.sent(batch, address, item.channel, message)
            rehearsed = rehearsal.Rehearsed(carrier, message, event, part, duress)
            if await rehearsed.taken(facts, focus, asked_at, sent):
                await carrier.drain()
                return
        if answered is None and (number := numbers.typed(event, self.world.words)) is not None:
            asked_here = await numbers.asked_here(batch, address)
            if which := numbers.crossed(number, asked_here, event):
                await carrier.heard(event)
                await carrier.drain()
                choices = numbers.question(number, which)
                carrier.out.which(event, mishaps.bot_of(person.id), choices)
                return
            focus = numbers.focused(number, asked_here, focus, facts)
        if trainee:
            if to := trainee_route(event, facts, self.world.flows, focus, answered):
                await carrier.message(to, duress)
            else:
                carrier.out.say(event, mishaps.bot_of(person.id), Say(notices.TRAINEE))
            return
        target = route(event, facts, self.world.flows, focus, answered)
        await carrier.message(target, duress)
        if len(message.text) > MAX_TEXT:
            read: dict[str, Value] = {"n": MAX_TEXT, "last": event.text[-LAST:].strip()}
            carrier.out.say(event, mishaps.bot_of(person.id), Say(notices.TOO_LONG, read))

    async def _by_code(self, carrier: Carrier, event: Event, item: Received) -> bool:
        """What somebody known sends with a code in it: whether that was it."""
        text, person = event.text, event.person
        if strangers.own_code(carrier, text, person, item.received_at):
            welcome = replace(event, kind=Kind.SIGNAL, trigger="start")
            await carrier.step(Route("home", person, welcome))
            return True
        if drill := strangers.joins(carrier, text):
            joins = replace(event, kind=Kind.SIGNAL, trigger="join")
            await carrier.step(Route("drill", drill, joins))
            return True
        if own := strangers.own_request(carrier, text, person):
            shown = replace(event, trigger="status", text="")
            await carrier.step(Route("application", own, shown))
            return True
        if asked := strangers.asked_status(carrier, text):
            carrier.out.say(event, mishaps.bot_of(person), Say(asked[0], asked[1]))
            return True
        card = carrier.batch.card(person)
        if card is not None and card.role is Role.TRAINEE:
            return await strangers.promoted(carrier, event, text)
        if code := strangers.referee_code(carrier, text):
            if told := await strangers.known_referee(carrier, event, code):
                carrier.out.say(event, mishaps.bot_of(person), Say(told))
            return True
        return False

    async def _own(self, batch: Batch, item: Received) -> None:
        """What the bot told itself: a message that can't be delivered, or is held back; a file
        that has come, or never will."""
        if (kept := batch.files.get(item.own.get("attachment", ""))) is not None:
            await self._filed(batch, item, kept)
            return
        if request := item.own.get("application"):
            await self._by_operator(batch, item, request)
            return
        if "drill" in item.own:
            await rehearsal.told(self._carrier(batch), item.own, item.key)
            return
        row = batch.sent.get(item.own.get("outbox", ""))
        if row is not None and row["drill"]:
            await rehearsal.undelivered(self._carrier(batch), row, item.own, item.key)
        elif row is not None and row["person_id"]:
            reason = item.own.get("reason", "")
            carrier = self._carrier(batch)
            await mishaps.undelivered(carrier, row, item.own["kind"], reason, item.key)

    async def _by_operator(self, batch: Batch, item: Received, request: str) -> None:
        """Something about a request that was done on the command line (bot/commands/tell.py)."""
        instance = await batch.instance("application", request)
        if instance is None:
            return  # withdrawn meanwhile
        now = batch.now
        event = Event(item.key, Kind.SIGNAL, "told", now, now, instance.person, args=item.own)
        await self._carrier(batch).step(Route("application", request, event))

    async def _filed(self, batch: Batch, item: Received, row: Row) -> None:
        if any(gone["key"] == row["person_id"] for gone in batch.forgotten):
            return  # withdrawn a moment ago, with all that belongs to it
        # Whoever sent it may have been erased since; it is the case's all the same.
        by = row["by"] if batch.people.get(row["by"]) else row["person_id"]
        event = Event(
            id=item.key,
            kind=Kind.SIGNAL,
            trigger=item.own["kind"],
            at=min(row["created_at"], batch.now),
            received=batch.now,
            person=by,
        )
        args = {"file": row["id"], "by": row["by"], "person": row["person_id"]}
        args["why"] = item.own.get("reason", "")
        args["is"] = self._seen(row)
        carrier = self._carrier(batch)
        told = Signal(row["flow"], row["subject"], item.own["kind"], args)
        await carrier.signal(event, told, False)
        await carrier.drain()

    def _seen(self, row: Row) -> Mapping[str, Any]:
        """What a file is that is here: kind, mime, sha256, at; {} of one that isn't."""
        if row["state"] != "kept":
            return {}
        try:
            return decode(self.world.vault.open(row["person_id"], row["sealed"], "attachment"))
        except VaultError:
            return {}

    def _ignored(self, batch: Batch, item: Received, message: Incoming) -> None:
        if message.note == "blocked":
            address = self.hears.address(batch, item.channel, message)
            if address is not None:
                mishaps.lost(self._carrier(batch), address, "blocked", item.key)

    async def _to_a_human(self, batch: Batch, item: Item) -> None:
        """The message that no flow could handle: the person is told, a human gets it."""
        mark = batch.mark()
        try:
            if isinstance(item, Due):
                # The case watches over this person now; the timer would only break again.
                key = (item.flow, item.subject, item.name)
                batch.set("timer", batch.timers, key, None)
                if item.flow == "drill":
                    return  # nobody is watched by it
                carrier = self._carrier(batch)
                await mishaps.unhandled_timer(carrier, item.person, item.flow, item.due)
            elif item.message is not None:
                address = self.hears.address(batch, item.channel, item.message)
                if address is not None:
                    event = self.hears.event(batch, item, item.message, address)
                    duress = self.hears.duress(batch, address.person, item.message.text)
                    await mishaps.unhandled(self._carrier(batch), event, duress)
        except Exception as error:
            batch.rollback(mark)
            log.exception("unhandled_failed", error=type(error).__name__)
            raise

    # ------------------------------------------------------------ who, what, which

    def _carrier(self, batch: Batch) -> Carrier:
        return Carrier(batch, self.world, self.outage)


def _in_order(batch: Batch, items: Sequence[Item]) -> list[Item]:
    """By time. What fell due for these people before they wrote is stepped before it."""
    people = {a.person for a in batch.by_hash.values()}
    claimed = {(i.flow, i.subject, i.name) for i in items if isinstance(i, Due)}
    also = [
        Due(*key, timer.person, timer.due, timer.revision)
        for key, timer in batch.timers.items()
        if timer and timer.due <= batch.now and timer.person in people and key not in claimed
    ]
    return sorted([*also, *items], key=_when)


def _when(item: Item) -> tuple[int, bool]:
    """A repeat goes after what else falls due at that moment, which may make it needless."""
    if isinstance(item, Due):
        return item.due, item.name == "repeat"
    return item.received_at, False


async def _waiting(
    conn: AsyncConnection, now: int, limit: int, only: "int | Due | None" = None
) -> tuple[list[Row], list[Due]]:
    """What waits, about `limit`. A sender with something urgent goes first, in its own order."""
    if isinstance(only, Due):
        return [], [due for due in await _due(conn, now, 10_000) if due == only]
    rows = t.inbox.c
    query = select(t.inbox).where(rows.state == "waiting").order_by(rows.seq).limit(limit)
    if only is not None:
        found = await conn.execute(select(t.inbox).where(rows.seq == only, rows.state == "waiting"))
        return list(found.mappings()), []
    urgent = select(rows.sender).where(rows.state == "waiting", rows.urgent.is_(True)).limit(limit)
    found = await conn.execute(query.where(rows.sender.in_(urgent)))
    first: list[Row] = list(found.mappings())
    if len(first) < limit:
        seen = {row["seq"] for row in first}
        rest = (await conn.execute(query)).mappings()
        first += [row for row in rest if row["seq"] not in seen][: limit - len(first)]
    # However many messages wait, some of what is due is claimed in every turn.
    return first, await _due(conn, now, max(limit - len(first), limit // 4))


async def _due(conn: AsyncConnection, now: int, limit: int) -> list[Due]:
    if limit <= 0:
        return []
    c = t.timers.c
    found = await conn.execute(
        select(c.flow, c.subject, c.name, c.person_id, c.due, c.revision)
        .where(c.due <= now)
        .order_by(c.due)
        .limit(limit)
    )
    return [Due(*row) for row in found]
