"""From the store into the working set, table by table; sealed columns are opened here."""

import base64
from collections.abc import Iterable
from contextlib import suppress

import structlog
from sqlalchemy import select

from bot.batch.rows import Address, Instance, Someone, Timer
from bot.batch.working import WorkingSet
from bot.store import tables as t
from bot.store.store import Row, by
from bot.vault import Erased, NoKey
from flows.engine.model import APART, Data, Role

log = structlog.get_logger()

EVERYBODY = 1_000  #: people that a trainer's list knows at most
DESK = 200  #: open cases that a coordinator's list knows at most
RECENT = 30 * 86_400_000  #: ms after its end in which a drill is among what every turn knows


class Loading(WorkingSet):
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

    async def load_drills(self, ids: Iterable[str] = (), trainers: Iterable[str] = ()) -> None:
        """Those of which anything is kept, and there are few; those that are named, and all of
        these trainers: what is over for long isn't here for others."""
        c = t.drills.c
        recent = c.ended_at >= self.now - RECENT
        named = c.id.in_(list(ids)) | c.trainer.in_(list(trainers))
        query = select(t.drills).where((c.state != "over") | recent | named)
        for row in await self.conn.execute(query):
            self.drills.setdefault(row.id, row._mapping)

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

    # ------------------------------------------------------------ opened

    def _keep_cases(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row["state"] != "closed":
                self.cases.setdefault(row["id"], row)
                self._about.setdefault(row["person_id"], {})[row["id"]] = None

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
            data = self._joined(data, f"instance/{row['flow']}")
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

    def _joined(self, data: Data, context: str) -> Data:
        """With what was sealed once more; what can't be read any more is left out."""
        if APART not in data:
            return data
        found = {}
        for key, sealed in data[APART].items():
            with suppress(Erased):
                found[key] = self._open(key, base64.b64decode(sealed), context)
        return {**data, APART: found}

    def _keep_timer(self, row: Row) -> None:
        key = (row["flow"], row["subject"], row["name"])
        self._stored_timers.add(key)
        self.timers.setdefault(key, Timer(row["due"], row["revision"], row["person_id"]))
