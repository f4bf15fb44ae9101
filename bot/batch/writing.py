"""From the working set into the store: each table once, sealed once."""

import base64
from collections.abc import Sequence
from contextlib import suppress

from bot.batch.rows import Instance
from bot.batch.working import WorkingSet
from bot.store import tables as t
from bot.store.forgetting import blank_received, give_up
from bot.store.store import Row, delete, insert_new, update, upsert
from bot.vault import Erased
from flows.engine.model import APART, Data


class Writing(WorkingSet):
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
        self.outbox = [row for row in self.outbox if not {*_with_above(row["key"])} & keys]
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
                        inst.key or inst.person, self._parted(inst), f"instance/{inst.flow}"
                    ),
                }
            )
        await delete(self.conn, t.instances, gone)
        await upsert(self.conn, t.instances, rows)

    def _new_keys(self) -> list[str]:
        """Made before anything is sealed with them; who has one keeps it."""
        changed = [i for key in self._changed("instance") if (i := self.instances[key]) and i.key]
        return sorted({key for i in changed for key in (i.key, *i.data.get(APART, ()))})

    def _parted(self, inst: Instance) -> Data:
        """See APART. An entry whose key was destroyed (this is an old copy of the database) is not
        kept."""
        if APART not in inst.data:
            return inst.data
        kept = {}
        for key, value in inst.data[APART].items():
            assert key.startswith(f"{inst.key}/"), "it goes with the instance's own key"
            with suppress(Erased):
                sealed = self._seal(key, value, f"instance/{inst.flow}")
                kept[key] = base64.b64encode(sealed).decode()
        return {**inst.data, APART: kept}

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
        for said in self.unsaid:
            await self._drop_unsaid(said)
        await update(self.conn, t.outbox, "id", self.deleted)
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

    async def _drop_unsaid(self, said: Row) -> None:
        self.outbox = [row for row in self.outbox if row["id"] not in said["ids"]]
        c = t.outbox.c
        of_it = (c.key == said["key"]) | c.key.startswith(f"{said['key']}/")
        await self.conn.execute(
            t.outbox.update()
            .where(of_it, c.person_id == said["person_id"], c.state == "waiting")
            .values(state="replaced", replaces=None, done_at=self.now)
        )

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


def _with_above(key: str) -> tuple[str, str]:
    """A key, and the one that it hangs on: see APART."""
    return key, key.partition("/")[0]
