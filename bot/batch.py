"""The working set of one turn: what the waiting events need, stepped in memory, written once.

Everything that an event changes goes through `Batch`, which keeps a journal, so that an event that
raises can be undone without touching its neighbours. Rows are written table by table with
executemany. Sealed columns are opened lazily and sealed once.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t
from bot.store.forgetting import blank_received, give_up
from bot.store.store import Row, by, delete, insert_new, update, upsert
from bot.vault import Erased, NoKey, Vault
from flows.engine.model import Data, Person, Role

log = structlog.get_logger()

Key = tuple[str, str]  #: flow, subject
EVERYBODY = 1_000  #: people that a trainer's list knows at most
DESK = 200  #: open cases that a coordinator's list knows at most
TimerKey = tuple[str, str, str]  #: flow, subject, name


@dataclass(slots=True)
class Instance:
    flow: str
    subject: str
    person: str
    state: str
    version: int
    revision: int
    data: Data
    #: Whose key seals it; "": the person's.
    key: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    due: int
    revision: int
    person: str


@dataclass(frozen=True, slots=True)
class Address:
    id: str
    person: str
    channel: str
    where: str
    number: str
    hash: str | None
    number_hash: str | None
    state: str
    proven_at: int | None
    used_at: int

    @property
    def counts(self) -> bool:
        """Reachable means proven: it has written to us, and nothing has failed for good."""
        return self.proven_at is not None and self.state == "ok"


@dataclass(slots=True)
class Someone:
    """A person's row, opened."""

    id: str
    role: str
    risk: str
    on_duty: bool
    enrolled: bool
    created_at: int
    profile: dict[str, Any]
    addresses: dict[str, Address] = field(default_factory=dict)

    def best(self, skip: Iterable[str] = ()) -> list[Address]:
        """Addresses in the order in which to try them: proven first, then last used."""
        tried = set(skip)
        usable = [a for a in self.addresses.values() if a.id not in tried and a.state == "ok"]
        return sorted(usable, key=lambda a: (a.proven_at is None, -a.used_at, a.id))


class Batch:
    """One turn's view of the store. Not shared, not reused."""

    def __init__(self, conn: AsyncConnection, vault: Vault, now: int) -> None:
        self.conn, self.vault, self.now = conn, vault, now
        self.people: dict[str, Someone | None] = {}
        self.by_hash: dict[tuple[str, str], Address] = {}
        self.instances: dict[Key, Instance | None] = {}
        self.timers: dict[TimerKey, Timer | None] = {}
        self.focus: dict[str, dict[str, Any] | None] = {}
        self.sent: dict[str, Row] = {}
        self.sent_upstream: dict[tuple[str, str], str] = {}
        self.cases: dict[str, Row] = {}
        #: Ids of `cases` by the person they are about; may hold ids that were undone.
        self._about: dict[str, dict[str, None]] = {}
        self.coordinators: list[str] = []
        self.officers: list[str] = []
        #: Requests to funds, those that are open or named.
        self.applications: dict[str, Row] = {}
        #: Reports of attacks that this turn has changed.
        self.records: dict[str, Row] = {}
        #: People whose key isn't here, and whose the addresses are that can't be opened.
        self.keyless: set[str] = set()
        #: Closed cases that were named.
        self.closed: set[str] = set()
        self.locked: dict[tuple[str, str], str] = {}
        self.outbox: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        #: Files to fetch, and those that something has become of.
        self.attachments: list[dict[str, Any]] = []
        self.files: dict[str, Row] = {}
        #: Cases of which the files that are here already are to be cleaned (bot.keeper).
        self.to_clean: list[dict[str, Any]] = []
        #: Drills that aren't over.
        self.drills: dict[str, Row] = {}
        #: What was done in this turn of a drill's engine.
        self.happened: list[dict[str, Any]] = []
        #: What goes into a drill's own inbox.
        self.drill_inbox: list[dict[str, Any]] = []
        self.inbox_done: list[dict[str, Any]] = []
        #: Keys that are destroyed once this turn is committed, and all that they seal with it.
        self.forgotten: list[dict[str, Any]] = []
        self.codes: dict[str, Row | None] = {}
        self.strangers: dict[str, tuple[int, int]] = {}
        self.chains: dict[str, str] = {}
        self._drawn: dict[str, bool] = {}
        self._stored_timers: set[TimerKey] = set()
        self._moved: dict[str, Address] = {}
        self._dirty: dict[str, set[Any]] = {}
        self._undo: list[Callable[[], None]] = []
        self._cards: dict[str, Person] = {}

    # ------------------------------------------------------------ journal

    def mark(self) -> int:
        return len(self._undo)

    def rollback(self, mark: int) -> None:
        """Undo what happened since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()
        self._cards.clear()

    def set(self, kind: str, store: dict[Any, Any], key: Any, value: Any) -> None:
        missing = object()
        before = store.get(key, missing)
        dirty = self._dirty.setdefault(kind, set())
        was_dirty = key in dirty

        def undo() -> None:
            if before is missing:
                store.pop(key, None)
            else:
                store[key] = before
            if not was_dirty:
                dirty.discard(key)

        self._undo.append(undo)
        store[key] = value
        dirty.add(key)

    def append(self, rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
        rows.append(row)
        self._undo.append(lambda: _drop_last(rows))

    def put_person(self, someone: Someone) -> None:
        self._cards.pop(someone.id, None)
        self.set("person", self.people, someone.id, someone)

    def put_case(self, row: Row) -> None:
        self._about.setdefault(row["person_id"], {})[row["id"]] = None
        self.set("case", self.cases, row["id"], row)

    def put_application(self, row: Row) -> None:
        self.set("application", self.applications, row["id"], row)

    def put_drill(self, row: Row) -> None:
        self.set("drill", self.drills, row["id"], row)

    def put_record(self, row: Row) -> None:
        self.set("record", self.records, row["id"], row)

    def cases_about(self, person: str) -> list[Row]:
        return [row for i in self._about.get(person, ()) if (row := self.cases.get(i))]

    def put_address(self, address: Address) -> None:
        """Add or change an address of a person that is loaded."""
        someone = self.people[address.person]
        assert someone is not None
        self._cards.pop(someone.id, None)
        self.set("address", someone.addresses, address.id, address)
        for digest in (address.hash, address.number_hash):
            if digest:
                self.set("by_hash", self.by_hash, (address.channel, digest), address)
        self.set("moved", self._moved, address.id, address)

    # ------------------------------------------------------------ loading

    async def load_addresses(self, wanted: Iterable[tuple[str, str]]) -> None:
        """By (channel, hash), whichever of the two hashes it is."""
        digests = {digest for _, digest in wanted}
        rows = [
            *await by(self.conn, t.addresses, "hash", digests),
            *await by(self.conn, t.addresses, "number_hash", digests),
        ]
        await self.load_people(row["person_id"] for row in rows)

    async def load_people(self, ids: Iterable[str]) -> None:
        wanted = [i for i in dict.fromkeys(ids) if i and i not in self.people]
        if not wanted:
            return
        self.vault.preload(wanted)
        for i in wanted:
            self.people[i] = None
        for row in await by(self.conn, t.persons, "id", wanted):
            try:
                self.people[row["id"]] = self._someone(row)
            except NoKey:
                # Their key was never here: they can't be watched, and somebody must know.
                log.error("person_without_key", person=row["id"])
                self.keyless.add(row["id"])
            except Erased:
                continue  # came back with a restored database: the key is gone, so are they
        for row in await by(self.conn, t.addresses, "person_id", wanted):
            someone = self.people[row["person_id"]]
            if row["person_id"] in self.keyless:
                for digest in filter(None, (row["hash"], row["number_hash"])):
                    self.locked[row["channel"], digest] = row["person_id"]
            if someone is not None:
                address = self._address(row)
                someone.addresses[address.id] = address
                for digest in (address.hash, address.number_hash):
                    if digest:
                        self.by_hash[address.channel, digest] = address

    async def load_coordinators(self) -> None:
        """Who works cases, and who works on requests to funds."""
        found = await self.conn.execute(
            select(t.persons.c.id, t.persons.c.role)
            .where(t.persons.c.role.in_((Role.COORDINATOR, Role.OFFICER)))
            .order_by(t.persons.c.created_at, t.persons.c.id)
        )
        rows = found.all()
        self.coordinators = [row.id for row in rows if row.role == Role.COORDINATOR]
        self.officers = [row.id for row in rows if row.role == Role.OFFICER]
        await self.load_people([*self.coordinators, *self.officers])

    async def load_subjects(self, people: Iterable[str]) -> None:
        """All that the people's own flows and the cases about them may need."""
        wanted = list(dict.fromkeys(p for p in people if p))
        for row in await by(self.conn, t.instances, "person_id", wanted):
            self._keep_instance(row)
        for row in await by(self.conn, t.timers, "person_id", wanted):
            self._keep_timer(row)
        await self.load_focus(wanted)

    async def load_focus(self, people: Iterable[str]) -> None:
        """What these were asked last, who are spoken to and have not written now."""
        wanted = [person for person in people if person not in self.focus]
        for row in await by(self.conn, t.focus, "person_id", wanted):
            with suppress(Erased):  # what it was about has been withdrawn
                sealed_for = row["key"] or row["person_id"]
                kept = self._open(sealed_for, row["sealed"], "focus")
                self.focus[row["person_id"]] = {**kept, "key": row["key"]}

    async def load_cases(self, people: Iterable[str], ids: Iterable[str]) -> None:
        """Open cases about the people, and those that somebody names."""
        rows = [
            *await by(self.conn, t.cases, "id", ids),
            *await by(self.conn, t.cases, "person_id", people),
        ]
        self._keep_cases(rows)
        self.closed |= {row["id"] for row in rows if row["state"] == "closed"}
        await self.load_people(row["person_id"] for row in rows if row["state"] != "closed")

    async def load_desk(self) -> None:
        """Open cases, those that nobody has and the oldest first, for coordinators' lists."""
        found = await self.conn.execute(
            select(t.cases)
            .where(t.cases.c.state != "closed")
            .order_by(t.cases.c.quiet, t.cases.c.opened_at)
            .limit(DESK)
        )
        rows = [row._mapping for row in found]
        self._keep_cases(rows)
        await self.load_people(row["person_id"] for row in rows)

    async def load_applications(self, people: Iterable[str], ids: Iterable[str]) -> None:
        """The people's own, those that are named, and for officers all that are open."""
        c, wanted = t.applications.c, list(people)
        rows = [
            *await by(self.conn, t.applications, "person_id", wanted),
            *await by(self.conn, t.applications, "id", ids),
        ]
        if set(wanted) & set(self.officers):
            query = select(t.applications).where(c.ended_at.is_(None)).order_by(c.submitted_at)
            rows += [row._mapping for row in await self.conn.execute(query.limit(DESK))]
        for row in rows:
            self.applications.setdefault(row["id"], row)
        await self.load_people(row["person_id"] for row in rows)

    async def load_drills(self, ids: Iterable[str] = ()) -> None:
        """Those that aren't over, of which there are few, and those that are named."""
        c = t.drills.c
        query = select(t.drills).where((c.state != "over") | c.id.in_(list(ids)))
        for row in await self.conn.execute(query):
            self.drills.setdefault(row.id, row._mapping)

    def _keep_cases(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row["state"] != "closed":
                self.cases.setdefault(row["id"], row)
                self._about.setdefault(row["person_id"], {})[row["id"]] = None

    async def load_sent(self, ids: Iterable[str], upstreams: Iterable[str]) -> None:
        """Messages of ours that events answer to: by outbox id, or by the platform's id."""
        wanted = list(upstreams)
        parts = await by(self.conn, t.parts, "upstream", wanted)
        for part in parts:
            self.sent_upstream[part["address_id"], part["upstream"]] = part["outbox_id"]
        rows = [
            *await by(self.conn, t.outbox, "id", {*ids, *(part["outbox_id"] for part in parts)}),
            *await by(self.conn, t.outbox, "upstream", wanted),
        ]
        for row in rows:
            self.sent[row["id"]] = row
            if row["upstream"]:
                self.sent_upstream[row["address_id"], row["upstream"]] = row["id"]

    async def load_files(self, ids: Iterable[str]) -> None:
        self.files = {row["id"]: row for row in await by(self.conn, t.attachments, "id", ids)}

    async def load_everybody(self) -> None:
        """For trainers, who choose among them. The first ones, should there be very many."""
        found = await self.conn.execute(
            select(t.persons.c.id).order_by(t.persons.c.created_at, t.persons.c.id).limit(EVERYBODY)
        )
        await self.load_people([row[0] for row in found])

    async def load_codes(self, hashes: Iterable[str]) -> None:
        wanted = list(hashes)
        self.codes.update(dict.fromkeys(wanted))
        self.codes.update({r["hash"]: r for r in await by(self.conn, t.codes, "hash", wanted)})

    async def load_strangers(self, hashes: Iterable[str]) -> None:
        for row in await by(self.conn, t.strangers, "hash", hashes):
            self.strangers[row["hash"]] = (row["count"], row["since"])

    async def instance(self, flow: str, subject: str) -> Instance | None:
        key = (flow, subject)
        if key not in self.instances:
            self.instances[key] = None
            found = await self.conn.execute(
                select(t.instances).where(
                    t.instances.c.flow == flow, t.instances.c.subject == subject
                )
            )
            for row in found:
                await self.load_people([row.person_id])
                self._keep_instance(row._mapping)
                timers = await self.conn.execute(
                    select(t.timers).where(t.timers.c.flow == flow, t.timers.c.subject == subject)
                )
                for timer in timers:
                    self._keep_timer(timer._mapping)
        return self.instances[key]

    async def load_drawn(self, ids: Iterable[str]) -> None:
        """Whether these case ids are taken, with one statement for all of them."""
        self._drawn = dict.fromkeys(ids, False)
        if self._drawn:
            found = await self.conn.execute(
                select(t.cases.c.id).where(t.cases.c.id.in_(list(self._drawn)))
            )
            self._drawn |= {row[0]: True for row in found}

    async def case_id_taken(self, case_id: str) -> bool:
        if case_id in self.cases:
            return True
        if case_id in self._drawn:
            return self._drawn[case_id]
        found = await self.conn.scalar(select(t.cases.c.id).where(t.cases.c.id == case_id))
        return found is not None

    # ------------------------------------------------------------ views

    def card(self, person: str) -> Person | None:
        """What flows may know of a person."""
        if person in self._cards:
            return self._cards[person]
        someone = self.people.get(person)
        if someone is None:
            return None
        profile = someone.profile
        card = Person(
            id=someone.id,
            role=Role(someone.role),
            name=profile.get("name", ""),
            lang=profile.get("lang", "en"),
            tz=profile.get("tz", "UTC"),
            risk=someone.risk,
            on_duty=someone.on_duty,
            reachable=any(a.counts for a in someone.addresses.values()),
            enrolled=someone.enrolled,
            has_words=bool(profile.get("words")),
            channels=tuple(sorted({a.channel for a in someone.addresses.values()})),
            changed=bool(profile.get("changed")),
            about=profile.get("about", ""),
        )
        self._cards[person] = card
        return card

    # ------------------------------------------------------------ writing

    async def write(self) -> None:
        """Each table once. The caller's transaction commits it all or nothing."""
        await self._write_forgotten()
        await self._write_people()
        await self._write_instances()
        await self._write_timers()
        await self._write_small()
        await self._write_outbox()
        if self.log:
            await self.conn.execute(t.case_log.insert(), self.log)
        if self.to_clean:
            c = t.attachments.c
            again = t.attachments.update().where(
                c.state == "kept", c.case_id.in_([each["case"] for each in self.to_clean])
            )
            await self.conn.execute(again.values(state="wanted", channel="", next_at=self.now))
        if self.attachments:
            await self.conn.execute(insert_new(self.conn, t.attachments), self.attachments)
        if self.happened:
            await self.conn.execute(t.happened.insert(), self.happened)
        if self.drill_inbox:
            await self.conn.execute(t.drill_inbox.insert(), self.drill_inbox)
        await upsert(self.conn, t.drills, [dict(self.drills[i]) for i in self._changed("drill")])
        await update(self.conn, t.inbox, "seq", self.inbox_done)
        if self.forgotten:
            await blank_received(self.conn)

    async def _write_people(self) -> None:
        gone = self._gone()
        people = [p for i in self._changed("person") if (p := self.people[i]) and i not in gone]
        await upsert(
            self.conn,
            t.persons,
            [
                {
                    "id": p.id,
                    "role": p.role,
                    "risk": p.risk,
                    "on_duty": p.on_duty,
                    "enrolled": p.enrolled,
                    "sealed": self._seal(p.id, p.profile, "person"),
                    "created_at": p.created_at,
                }
                for p in people
            ],
        )
        moved = [a for i in self._changed("moved") if (a := self._moved[i]).person not in gone]
        await upsert(
            self.conn,
            t.addresses,
            [
                {
                    "id": a.id,
                    "person_id": a.person,
                    "channel": a.channel,
                    "hash": a.hash,
                    "number_hash": a.number_hash,
                    "sealed": self._seal(
                        a.person, {"where": a.where, "number": a.number}, "address"
                    ),
                    "state": a.state,
                    "proven_at": a.proven_at,
                    "used_at": a.used_at,
                }
                for a in moved
            ],
        )

    def _gone(self) -> frozenset[str]:
        """Keys that are destroyed after this turn: of requests, of people who are forgotten."""
        return frozenset(row["key"] for row in self.forgotten)

    async def _write_forgotten(self) -> None:
        if not self.forgotten:
            return
        keys = self._gone()
        self.outbox = [row for row in self.outbox if row["key"] not in keys]
        self.attachments = [row for row in self.attachments if row["person_id"] not in keys]
        self.log = [row for row in self.log if row["case_id"] not in keys]
        await give_up(self.conn, keys)

    async def _write_instances(self) -> None:
        self.vault.new_people(self._new_keys())
        rows, gone = [], []
        destroyed = self._gone()
        for key in self._changed("instance"):
            inst = self.instances[key]
            if inst is None or inst.key in destroyed:
                gone.append({"flow": key[0], "subject": key[1]})
                continue
            rows.append(
                {
                    "flow": inst.flow,
                    "subject": inst.subject,
                    "person_id": inst.person,
                    "state": inst.state,
                    "version": inst.version,
                    "revision": inst.revision,
                    "key": inst.key,
                    "sealed": self._seal(
                        inst.key or inst.person, inst.data, f"instance/{inst.flow}"
                    ),
                }
            )
        await delete(self.conn, t.instances, gone)
        await upsert(self.conn, t.instances, rows)

    def _new_keys(self) -> list[str]:
        """Made before anything is sealed with them; who has one keeps it."""
        changed = (self.instances[key] for key in self._changed("instance"))
        return sorted({inst.key for inst in changed if inst and inst.key})

    async def _write_timers(self) -> None:
        rows, gone = [], []
        for key in self._changed("timer"):
            timer = self.timers[key]
            named = {"flow": key[0], "subject": key[1], "name": key[2]}
            if timer is None:
                if key in self._stored_timers:
                    gone.append(named)
                continue
            rows.append(
                {
                    **named,
                    "person_id": timer.person,
                    "due": timer.due,
                    "revision": timer.revision,
                }
            )
        await delete(self.conn, t.timers, gone)
        await upsert(self.conn, t.timers, rows)

    async def _write_small(self) -> None:
        await self._write_focus()
        await upsert(self.conn, t.cases, [dict(self.cases[c]) for c in self._changed("case")])
        changed = self._changed("application")
        await upsert(self.conn, t.applications, [dict(self.applications[a]) for a in changed])
        await self._write_records()
        codes = [dict(row) for h in self._changed("code") if (row := self.codes[h])]
        await upsert(self.conn, t.codes, codes)
        await upsert(
            self.conn,
            t.strangers,
            [
                {"hash": h, "count": self.strangers[h][0], "since": self.strangers[h][1]}
                for h in self._changed("stranger")
            ],
        )

    async def _write_focus(self) -> None:
        gone = self._gone()
        rows = []
        for person in self._changed("focus"):
            kept = dict(self.focus[person] or {})
            key = kept.pop("key", "")
            if key in gone or person in gone:
                continue  # deleted with its key
            sealed = self._seal(key or person, kept, "focus")
            rows.append({"person_id": person, "key": key, "sealed": sealed})
        await upsert(self.conn, t.focus, rows)

    async def _write_records(self) -> None:
        """What the operator has said of a record stays, until it is withdrawn."""
        rows = [self.records[record] for record in self._changed("record")]
        if not rows:
            return
        fresh = [{**row, "event": "", "checked": b""} for row in rows]
        await self.conn.execute(insert_new(self.conn, t.records), fresh)
        said = ({k: row[k] for k in ("id", "sealed", "ended_at")} for row in rows)
        await update(self.conn, t.records, "id", list(said))
        gone = [row for row in fresh if row["ended_at"] is not None]
        ended = [{k: row[k] for k in ("id", "state", "checked")} for row in gone]
        await update(self.conn, t.records, "id", ended)

    async def _write_outbox(self) -> None:
        closing = [i for i in self._changed("case") if self.cases[i]["state"] == "closed"]
        if closing:
            await self._drop_calls(closing)
        if not self.outbox:
            return
        keys = {row["replaces"] for row in self.outbox if row["replaces"]}
        if keys:
            await self.conn.execute(
                t.outbox.update()
                .where(t.outbox.c.replaces.in_(keys))
                .values(state="replaced", replaces=None, done_at=self.now)
            )
            self._replace_among_themselves()
        await self.conn.execute(insert_new(self.conn, t.outbox), self.outbox)

    async def _drop_calls(self, closing: Sequence[str]) -> None:
        """Nobody is called any more to a case that is closed; that it is closed, they are told."""
        c = t.outbox.c
        await self.conn.execute(
            t.outbox.update()
            .where(c.case_id.in_(closing), c.state == "waiting")
            .values(state="replaced", replaces=None, done_at=self.now)
        )

    def _replace_among_themselves(self) -> None:
        last = {row["replaces"]: i for i, row in enumerate(self.outbox) if row["replaces"]}
        self.outbox = [
            row
            for i, row in enumerate(self.outbox)
            if not row["replaces"] or last[row["replaces"]] == i
        ]

    # ------------------------------------------------------------ sealed columns

    def _changed(self, kind: str) -> list[Any]:
        return sorted(self._dirty.get(kind, ()), key=str)

    def _seal(self, person: str, value: Any, context: str) -> bytes:
        clear = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.vault.seal(person, clear, context)

    def _open(self, person: str, sealed: bytes, context: str) -> Any:
        return json.loads(self.vault.open(person, sealed, context))

    def _someone(self, row: Row) -> Someone:
        return Someone(
            row["id"],
            row["role"],
            row["risk"],
            row["on_duty"],
            row["enrolled"],
            row["created_at"],
            self._open(row["id"], row["sealed"], "person"),
        )

    def _address(self, row: Row) -> Address:
        clear = self._open(row["person_id"], row["sealed"], "address")
        return Address(
            row["id"],
            row["person_id"],
            row["channel"],
            clear["where"],
            clear["number"],
            row["hash"],
            row["number_hash"],
            row["state"],
            row["proven_at"],
            row["used_at"],
        )

    def _keep_instance(self, row: Row) -> None:
        key = (row["flow"], row["subject"])
        if self.instances.get(key) is not None:
            return
        try:
            sealed_for = row["key"] or row["person_id"]
            data = self._open(sealed_for, row["sealed"], f"instance/{row['flow']}")
        except Erased:
            # Withdrawn, and come back with a restored database: to us it isn't there.
            return
        self.instances[key] = Instance(
            row["flow"],
            row["subject"],
            row["person_id"],
            row["state"],
            row["version"],
            row["revision"],
            data,
            row["key"],
        )

    def _keep_timer(self, row: Row) -> None:
        key = (row["flow"], row["subject"], row["name"])
        self._stored_timers.add(key)
        self.timers.setdefault(key, Timer(row["due"], row["revision"], row["person_id"]))


def _drop_last(rows: list[dict[str, Any]]) -> None:
    rows.pop()
