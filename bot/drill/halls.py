"""All drills that are going on, beside the real engine and behind it.

A turn of the real engine learns from `part()` what somebody does in a drill; nothing here is waited
for by it. `pass_once()` moves everything on: it is called again and again, and after any crash.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import structlog
from sqlalchemy import select

from bot.batch import Batch
from bot.clock import Clock
from bot.drill import door, report, stuck
from bot.drill.hall import Hall, received_by
from bot.inbox import own_row
from bot.outbox import UNDER_WAY, Order, encode, inside_drill, pack_args, rank, short_id, waiting
from bot.store import tables as t
from bot.store.migrate import upgrade
from bot.store.store import Row, Store, insert_new
from bot.world import World
from flows.drill import messages as m
from flows.drill.review import Review, Targets
from flows.drill.state import playing
from flows.engine.model import Lane
from flows.engine.rehearsal import Part

log = structlog.get_logger()

RECALLS = 3_600_000  #: ms after its end in which what was under way may still arrive somewhere
TARGETS = Targets(5 * 60_000, 60 * 60_000)


#: What is said when it is certain that something has arrived, and when it is not.
_ENDED = (m.ENDED, m.ENDED_PERHAPS)
_ENDED_UNTITLED = (m.ENDED_UNTITLED, m.ENDED_PERHAPS_UNTITLED)


async def database(path: Path) -> Store:
    store = Store.open(f"sqlite+aiosqlite:///{path}")
    await upgrade(store)
    return store


class Halls:
    def __init__(
        self, store: Store, world: World, clock: Clock, folder: Path, targets: Targets = TARGETS
    ) -> None:
        self.store, self.world, self.clock, self.folder = store, world, clock, folder
        self.targets = targets
        #: Drills that are over and were reported by this process.
        self.reported: set[str] = set()
        #: Drills that were over when this process began: nobody may have been told yet.
        self.behind: set[str] = set()
        #: Drills that nobody can give any more, and that this process has ended.
        self.ended: set[str] = set()
        self.halls: dict[str, Hall] = {}
        #: Drills that can't go on at this moment, since when; of these, whose trainer knows it.
        self.failing: dict[str, int] = {}
        self.behind_told: set[str] = set()
        #: Addresses to which something is on its way at this moment.
        self.under_way: Callable[[], Collection[str]] = tuple
        #: Opens a drill's own database, which may be new.
        self.database: Callable[[Path], Awaitable[Store]] = database

    # ------------------------------------------------------------ for the real turn

    def part(self, person: str) -> Part | None:
        """What this person does in the drill that they are in, as its engine last knew; None: they
        are in none. See bot.rehearsal.taking_part for what has happened since."""
        for hall in self.halls.values():
            known = playing(hall.row["people"]).get(person)
            if hall.id in self.behind_told:
                continue  # nobody would see what is called there
            if known and known.state == "in" and (found := hall.parts.get(person)):
                return found
        return None

    # ------------------------------------------------------------ their life

    async def open(self) -> None:
        """Before the first turn, which must know who takes part in what. A drill that can't be
        opened doesn't keep the real engine from starting."""
        await self._end_lost()
        async with self.store.read() as conn:
            self.behind_told = set(await stuck.behind(conn))
        rows = await self._rows(since=0)
        self.behind = {row["id"] for row in rows if row["state"] == "over"}
        for row in rows:
            if row["state"] == "over" or self._runs(row):
                try:
                    await (self._open(row) if row["state"] == "running" else self._recall(row))
                except Exception as error:
                    log.error("drill_not_opened", drill=row["id"], error=type(error).__name__)

    async def pass_once(self) -> int:
        """Everything that may happen now; 0 when nothing was left."""
        done = await self._end_lost()
        rows = await self._rows(self.clock.now() - RECALLS)
        running = {row["id"]: row for row in rows if self._runs(row)}
        for gone in set(self.halls) - set(running):
            await self.halls.pop(gone).close()
        for drill, row in running.items():
            try:
                hall = self.halls.get(drill) or await self._open(row)
                hall.row = row
                done += await self._one(hall)
            except Exception as error:
                # One drill that breaks keeps nothing else from going on.
                log.error("drill_failed", drill=drill, error=type(error).__name__)
                done += await self._fails(row)
            else:
                done += await self._goes_on(row)
        for row in rows:
            if row["state"] == "over":
                done += await self._recall(row)
                done += await self._report(row)
                self.behind.discard(row["id"])
        return done

    def _runs(self, row: Row) -> bool:
        return row["state"] == "running" and row["script"] in self.world.scripts

    async def _end_lost(self) -> int:
        events = await stuck.lost(self.store, self.world.scripts)
        new = [each for each in events if each["drill"] not in self.ended]
        self.ended |= {str(each["drill"]) for each in new}
        return await stuck.told(self.store, self.world.vault, self.clock.now(), new)

    async def _fails(self, row: Row) -> int:
        """1: its trainer is told that it can't go on."""
        drill, now = str(row["id"]), self.clock.now()
        since = self.failing.setdefault(drill, now)
        if now - since < stuck.BEHIND or drill in self.behind_told:
            return 0
        await stuck.says(self.store, self.world.vault, row, now, again=False)
        self.behind_told.add(drill)
        return 1

    async def _goes_on(self, row: Row) -> int:
        drill = str(row["id"])
        self.failing.pop(drill, None)
        if drill not in self.behind_told:
            return 0
        await stuck.says(self.store, self.world.vault, row, self.clock.now(), again=True)
        self.behind_told.discard(drill)
        return 1

    async def due(self) -> int | None:
        found = [await hall.due() for hall in self.halls.values()]
        return min((x for x in found if x is not None), default=None)

    async def close(self) -> None:
        for hall in self.halls.values():
            await hall.close()
        self.halls.clear()

    async def tidy(self, before: int) -> None:
        """Drills that ended before that: their databases, the keys of what these received, and
        what the real one knows of them."""
        c = t.drills.c
        async with self.store.read() as conn:
            over = select(c.id).where(c.state == "over", c.ended_at < before)
            gone = [row[0] for row in await conn.execute(over)]
        for drill in gone:
            for file in self.folder.glob(f"{drill}.sqlite3*"):
                file.unlink(missing_ok=True)
        if not gone:
            return
        self.world.vault.erase(*map(received_by, gone))
        i = t.instances.c
        async with self.store.write() as conn:
            await conn.execute(t.drill_inbox.delete().where(t.drill_inbox.c.drill.in_(gone)))
            await conn.execute(t.instances.delete().where(i.flow == "drill", i.subject.in_(gone)))
            await conn.execute(t.drills.delete().where(c.id.in_(gone)))
            known = [stuck.META + drill for drill in gone]
            await conn.execute(t.meta.delete().where(t.meta.c.key.in_(known)))

    async def _rows(self, since: int) -> list[Row]:
        """Those that go on, that ended since, or whose end nobody may have been told of."""
        c = t.drills.c
        wanted = (c.state == "running") | (c.ended_at >= since) | c.id.in_(self.behind)
        query = select(t.drills).where(wanted)
        async with self.store.read() as conn:
            return [row._mapping for row in await conn.execute(query.order_by(c.id))]

    async def _open(self, row: Row) -> Hall:
        path = self.folder / f"{row['id']}.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        hall = Hall(row, await self.database(path), self.world, self.clock)
        await self._let_in(hall, row)
        await hall.look()
        self.halls[hall.id] = hall
        return hall

    async def _let_in(self, hall: Hall, row: Row) -> None:
        wanted = _inside(row)
        if wanted <= hall.inside:
            return
        hall.inside |= await hall.people()
        fresh = sorted(wanted - hall.inside)
        script, parts = self.world.scripts[row["script"]], playing(row["people"])
        async with self.store.read() as conn:
            batch = Batch(conn, self.world.vault, self.clock.now())
            await batch.load_people(fresh)
        for who in fresh:
            someone, part = batch.people.get(who), script.part(parts[who].part)
            if someone is not None and part is not None:
                await hall.let_in(someone, part.role)
        hall.inside |= wanted
        await hall.look()

    async def _one(self, hall: Hall) -> int:
        now = self.clock.now()
        await self._let_in(hall, hall.row)
        await self._leave_alone(hall)
        done = await door.take_in(hall, self.store, self.world.vault)
        done += await hall.run()
        if not done and hall.settled:
            return 0  # only its turns leave anything for the rest
        out = await door.bring_out(hall, self.store, now)
        if done:
            await hall.look(await hall.touched())
        out += await door.tell(hall, self.store, self.world.vault, now)
        await self._drop_closed(hall, now)
        hall.settled = not done and not out and not hall.waits
        return done + out

    async def _leave_alone(self, hall: Hall) -> None:
        """Whoever said that something is real, or has left: nothing of it goes to them, they are
        not called in it, and nobody is called about them."""
        out = sorted(set(playing(hall.row["people"])) - _inside(hall.row))
        if out == hall.left:
            return
        hall.left = out
        await hall.calls_only(hall.inside - set(out))
        c = t.outbox.c
        dropped = {"state": "replaced", "replaces": None}
        waiting = c.person_id.in_(out) & (c.state == "waiting")
        async with hall.store.write() as conn:
            await conn.execute(t.outbox.update().where(waiting).values(dropped))
            await conn.execute(t.timers.delete().where(t.timers.c.person_id.in_(out)))
        async with self.store.write() as conn:
            mine = waiting & (c.drill == inside_drill(hall.id))
            await conn.execute(t.outbox.update().where(mine).values(dropped))

    async def _drop_closed(self, hall: Hall, now: int) -> None:
        """Calls of a case that was closed meanwhile."""
        c = t.outbox.c
        query = select(c.id, c.case_id, c.created_at).where(
            c.drill == inside_drill(hall.id), c.state == "waiting", c.case_id != ""
        )
        async with self.store.read() as conn:
            waiting = (await conn.execute(query)).all()
        if not waiting:
            return
        closed = {f"{hall.id}/{case}": at for case, at in (await hall.closed_cases()).items()}
        # That it is closed is said later than it was.
        gone = [row.id for row in waiting if row.created_at < closed.get(row.case_id, 0)]
        if gone:
            async with self.store.write() as conn:
                await conn.execute(
                    t.outbox.update()
                    .where(c.id.in_(gone), c.state == "waiting")
                    .values(state="replaced", replaces=None, done_at=now)
                )

    # ------------------------------------------------------------ its report

    async def _report(self, row: Row) -> int:
        """What came of it, to its own flow; the event's key makes it once."""
        if row["id"] in self.reported:
            return 0
        self.reported.add(row["id"])
        try:
            found = await self._told(row)
        except Exception as error:
            log.error("drill_not_reported", drill=row["id"], error=type(error).__name__)
            return 0
        if found is None:
            return 0
        own = {"kind": "reported", "drill": row["id"], "args": found}
        key = f"drill/{row['id']}/reported"
        event = own_row(self.world.vault, self.clock.now(), key, encode(own), urgent=False)
        async with self.store.write() as conn:
            await conn.execute(insert_new(conn, t.inbox), [event])
        return 1

    async def _told(self, row: Row) -> dict[str, object] | None:
        found = await self.seen(row)
        if found is None:
            return None
        async with self.store.read() as conn:
            batch = Batch(conn, self.world.vault, self.clock.now())
            known = await batch.instance("drill", row["id"])
            if known is not None and known.data.get("report"):
                return None  # in an earlier life of the process
            past = await report.earlier(batch, row)
            still = await report.still_open(batch, past)
        return report.told(found, past, still)

    async def seen(self, row: Row) -> Review | None:
        """None: it never began, or nothing of it is kept any more."""
        script = self.world.scripts.get(row["script"])
        path = report.kept(self.folder, row["id"])
        if script is None or path is None or not row["began_at"]:
            return None
        store = await self.database(path)
        try:
            return await report.seen_in(store, self.world.vault, row, script, self.targets)
        finally:
            await store.close()

    async def picture(self, drill: str, lang: str, tz: str, now: int) -> bytes:
        """How it went, as a PNG. Raises LookupError."""
        from bot.drill.picture import png  # draws: not loaded at a start

        async with self.store.read() as conn:
            row = (await conn.execute(select(t.drills).where(t.drills.c.id == drill))).first()
        found = await self.seen(row._mapping) if row else None
        if row is None or found is None:
            raise LookupError(drill)
        title = self.world.scripts[row.script].title
        return await asyncio.to_thread(png, found, title, self.world.text, lang, now)

    # ------------------------------------------------------------ the recall

    async def _recall(self, row: Row) -> int:
        """Nothing more is sent; everybody who got anything is told, there where they got it. What
        is under way when it ends counts as soon as it has arrived. Of what was under way when the
        process died nobody knows whether it has: who got nothing else is told what is true either
        way."""
        c, now, drill = t.outbox.c, self.clock.now(), str(row["id"])
        told = select(c.address_id).where(c.drill == _end(drill))
        both = (drill, inside_drill(drill))
        waiting = c.drill.in_(both) & (c.state == "waiting")
        waiting &= c.address_id.not_in(list(self.under_way()))
        perhaps = waiting & (c.error == UNDER_WAY)
        reached = (
            select(t.outbox)
            .where((c.drill.in_(both) & (c.state == "sent")) | perhaps, c.address_id.not_in(told))
            .where(c.person_id != row["trainer"])  # who has ended it
            .order_by(c.state.desc(), c.seq)
        )
        async with self.store.read() as conn:
            left = await conn.scalar(select(c.id).where(waiting).limit(1))
            rows = [found._mapping for found in await conn.execute(reached)]
        if not left and not rows:
            return 0
        # What has arrived comes last, and takes the place of what only may have.
        one_each = {each["address_id"]: each for each in rows}
        ended = [await self._ended(row, each, now) for each in one_each.values()]
        says = [made for made in ended if made]
        async with self.store.write() as conn:
            dropped = (
                t.outbox.update()
                .where(waiting)
                .values(state="replaced", replaces=None, done_at=now)
            )
            await conn.execute(dropped)
            if says:
                await conn.execute(insert_new(conn, t.outbox), says)
        with contextlib.suppress(KeyError):
            await self.halls.pop(drill).close()
        return len(says)

    async def _ended(self, row: Row, reached: Row, now: int) -> dict[str, object] | None:
        vault, person, drill = self.world.vault, reached["person_id"], str(row["id"])
        async with self.store.read() as conn:
            batch = Batch(conn, vault, now)
            await batch.load_people([person])
        card, someone = batch.card(person), batch.people.get(person)
        address = someone.addresses.get(reached["address_id"]) if someone else None
        if card is None or address is None:
            return None  # erased meanwhile
        script = self.world.scripts.get(row["script"])
        sure, perhaps = _ENDED if script else _ENDED_UNTITLED
        payload = {
            "m": (sure if reached["state"] == "sent" else perhaps).key,
            "a": pack_args({"title": script.title} if script else {}),
            "c": [],
            "lang": card.lang,
            "tz": card.tz,
            "to": address.where,
            "d": {"id": drill},
        }
        return {
            **waiting(now),
            "id": short_id(vault.digest("recall", drill, reached["address_id"])),
            "channel": reached["channel"],
            "address_id": reached["address_id"],
            "person_id": person,
            "rank": rank(Lane.BULK, Order.FIRST),
            "drill": _end(drill),
            "sealed": vault.seal(person, encode(payload), "outbox"),
        }


def _end(drill: str) -> str:
    """Stands for the drill in the row that says that it is over."""
    return f"{drill}/end"


def _inside(row: Row) -> set[str]:
    """Who takes part, and isn't left alone."""
    return {who for who, known in playing(row["people"]).items() if known.state == "in"}
