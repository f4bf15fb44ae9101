"""The working set: what the events of a turn see and change, with a journal to undo one of them."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch.rows import Address, Instance, Key, Someone, Timer, TimerKey
from bot.store.store import Row
from bot.vault import Vault
from flows.engine.model import Person, Role


class WorkingSet:
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
        #: What was said and isn't to be sent any more.
        #: Messages that are to be deleted from a chat: no longer noted as to be deleted.
        self.deleted: list[dict[str, Any]] = []
        self.unsaid: list[dict[str, Any]] = []
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

    # ------------------------------------------------------------ sealed columns

    def _changed(self, kind: str) -> list[Any]:
        return sorted(self._dirty.get(kind, ()), key=str)

    def _seal(self, person: str, value: Any, context: str) -> bytes:
        clear = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.vault.seal(person, clear, context)

    def _open(self, person: str, sealed: bytes, context: str) -> Any:
        return json.loads(self.vault.open(person, sealed, context))


def _drop_last(rows: list[dict[str, Any]]) -> None:
    rows.pop()
