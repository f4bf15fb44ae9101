"""The people's keys: one wrapped key per person, in a SQLite file beside the key ring."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.vault.errors import KeyRingBroken, KeyRingExists, KeyRingMissing, KeyRingUnsafe
from bot.vault.guarded import already_there, refuse_unsafe, unreadable, write_new

BUSY_MS = 10_000  #: how long to wait for another process that writes the people's keys
SCHEMA = """
CREATE TABLE ring (fingerprint TEXT NOT NULL);
CREATE TABLE people (id TEXT PRIMARY KEY, wrapped BLOB) WITHOUT ROWID;
"""


class PeopleFile:
    """The wrapped keys on disk; a NULL key is the tombstone of somebody erased.

    A rollback journal that stays (PERSIST) instead of one that is unlinked: only so can `erase`
    overwrite the copies of old pages in it, and synchronous=FULL is durable without syncing the
    folder.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._refuse_wrong_file()
        try:
            self._db = _connect(path)
            self._refuse_other_ring(fingerprint)
            self._version = self._data_version()
        except sqlite3.DatabaseError:
            raise KeyRingBroken(
                f"The file of people's keys {path} is damaged. What is stored about people can't "
                "be read, so nobody can be watched. Put back your newest copy of it."
            ) from None

    def _refuse_wrong_file(self) -> None:
        try:
            refuse_unsafe(self._path, self._path.stat())
        except FileNotFoundError:
            raise KeyRingMissing(
                f"There is no {self._path} beside the key ring. It holds one key per person; "
                "without it nothing stored about people can be read, so nobody can be watched. "
                "Put back your newest copy of it; a new one would be empty."
            ) from None
        except OSError as error:
            raise KeyRingUnsafe(unreadable(self._path, error)) from None

    def _refuse_other_ring(self, fingerprint: str) -> None:
        row = self._db.execute("SELECT fingerprint FROM ring").fetchone()
        if row is None or row[0] != fingerprint:
            self._db.close()
            raise KeyRingBroken(
                f"{self._path} belongs to another key ring. What is stored about people can't be "
                "read with these two, so nobody can be watched. Put back the key ring and the "
                ".people file of the same installation."
            )

    def keys(self, ids: set[str]) -> dict[str, bytes | None]:
        """Who is in the file: their wrapped key, or None for who was erased."""
        if not ids:
            return {}
        found = self._db.execute(
            "SELECT id, wrapped FROM people WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return dict(found.fetchall())

    def add(self, rows: list[tuple[str, bytes]]) -> None:
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO people VALUES (?, ?)", rows)

    def erase(self, ids: Iterable[str]) -> None:
        rows = [(person,) for person in ids]
        if not rows:
            return
        with self._transaction():
            self._db.executemany(
                "INSERT INTO people VALUES (?, NULL) ON CONFLICT (id) DO UPDATE SET wrapped = NULL",
                rows,
            )
        self._wipe_journal()

    def named(self, prefix: str) -> list[str]:
        """Ids that begin so. `prefix` has no character that GLOB would take for another."""
        query = "SELECT id FROM people WHERE id GLOB ?"
        return [row[0] for row in self._db.execute(query, (f"{prefix}*",))]

    def drop(self, ids: Iterable[str]) -> None:
        """Like `erase`, without a tombstone: for ids that are never used again."""
        rows = [(name,) for name in ids]
        if not rows:
            return
        with self._transaction():
            self._db.executemany("DELETE FROM people WHERE id = ?", rows)
        self._wipe_journal()

    def tombstones(self) -> frozenset[str]:
        rows = self._db.execute("SELECT id FROM people WHERE wrapped IS NULL").fetchall()
        return frozenset(row[0] for row in rows)

    def changed_elsewhere(self) -> bool:
        """True once after another process, or another connection, has written to the file."""
        before, self._version = self._version, self._data_version()
        return before != self._version

    def close(self) -> None:
        self._db.close()

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        self._db.execute(f"BEGIN {kind}")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def _wipe_journal(self) -> None:
        """The journal still holds the pages as they were, with the erased key. Under the exclusive
        lock it is nobody's, and an all-zero journal is a finished one."""
        journal = Path(f"{self._path}-journal")
        with self._transaction("EXCLUSIVE"), journal.open("r+b") as file:
            file.write(bytes(journal.stat().st_size))
            file.flush()
            os.fsync(file.fileno())


def _connect(path: Path) -> sqlite3.Connection:
    """Never creates the file: an empty one would make everybody look erased."""
    uri = f"{path.resolve().as_uri()}?mode=rw"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    pragmas = ("synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY", "journal_mode=PERSIST")
    for pragma in (f"busy_timeout={BUSY_MS}", *pragmas):
        db.execute(f"PRAGMA {pragma}")
    return db


@contextmanager
def closing_file(path: Path) -> Iterator[sqlite3.Connection]:
    db = _connect(path)
    try:
        yield db
    finally:
        db.close()


def make_people_file(path: Path, fingerprint: str) -> None:
    """An empty file of people's keys, for the ring with that fingerprint. Raises KeyRingExists."""
    try:
        write_new(path, b"")
    except FileExistsError:
        raise KeyRingExists(already_there(path)) from None
    with closing_file(path) as db:
        db.executescript("BEGIN IMMEDIATE;" + SCHEMA)
        db.execute("INSERT INTO ring VALUES (?)", (fingerprint,))
        db.execute("COMMIT")


def holds_people(path: Path) -> bool:
    try:
        with closing_file(path) as db:
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return False
            return db.execute("SELECT 1 FROM people LIMIT 1").fetchone() is not None
    except sqlite3.DatabaseError:
        return True
