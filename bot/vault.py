"""Field encryption: what is stored about a person can be read only with that person's key.

Three things, kept in two places beside each other and outside every database backup:

    onbelay.keyring          the key ring: master, hash and inbox key (JSON, mode 0600)
    onbelay.keyring.people   one random key per person, wrapped by the master key (SQLite)

Rules for whoever edits this file:
- Erasing a person is deleting their key. The key is therefore never copied elsewhere, a key that
  is gone leaves a tombstone so that a replay can't make a new one, and restoring the database
  can't bring it back.
- A nonce is never used twice with one key: 12 random bytes each, also after a fork.
- Nothing secret or personal in a message or a repr: errors name files, contexts and ids.
- Sealed bytes are `version (1) | nonce (12) | ciphertext | tag (16)`: 29 bytes more than clear.

    VaultError
    ├── KeyRingMissing
    ├── KeyRingUnsafe      mode or owner lets others read it
    ├── KeyRingBroken      damaged, or the two files don't belong together
    ├── KeyRingExists      create refuses to overwrite
    ├── Tampered           stored bytes don't fit the key, the person or the context
    └── Erased             the person's key was deleted on purpose
        └── NoKey          no key was ever kept here for this person
"""

import base64
import hashlib
import json
import os
import secrets
import sqlite3
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY = 32  #: bytes of every key
NONCE = 12
VERSION = b"\x01"
CACHED_PEOPLE = 20_000  #: unwrapped keys kept in memory
BUSY_MS = 10_000  #: how long to wait for another process that writes the people's keys
SCHEMA = """
CREATE TABLE ring (fingerprint TEXT NOT NULL);
CREATE TABLE people (id TEXT PRIMARY KEY, wrapped BLOB) WITHOUT ROWID;
"""


class VaultError(Exception):
    """Says what happened, what it means for the people being watched, and what to do."""


class KeyRingMissing(VaultError):
    pass


class KeyRingUnsafe(VaultError):
    pass


class KeyRingBroken(VaultError):
    pass


class KeyRingExists(VaultError):
    pass


class Tampered(VaultError):
    pass


class Erased(VaultError):
    pass


class NoKey(Erased):
    pass


# ---------------------------------------------------------------- the key ring


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """The installation's own keys. `id` is random and public, the rest is secret."""

    path: Path
    id: str
    master: bytes
    hash: bytes
    inbox: bytes

    @classmethod
    def create(cls, path: Path) -> Self:
        """Makes a new ring and an empty file of people's keys beside it; both are on disk when
        this returns. Raises KeyRingExists rather than overwrite either."""
        ring = cls(path, secrets.token_hex(8), *(secrets.token_bytes(KEY) for _ in range(3)))
        _refuse_existing(path, ring.people_path)
        # The people's file first: a crash in between leaves no ring, and init starts again.
        make_people_file(ring, ring.people_path)
        try:
            _write_new(path, ring._written().encode())
        except FileExistsError:
            raise KeyRingExists(_exists(path)) from None
        return ring

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises KeyRingMissing, KeyRingUnsafe or KeyRingBroken."""
        text = _read_guarded(path)
        try:
            ring = cls._read(path, json.loads(text))
        except (ValueError, KeyError, TypeError):
            raise KeyRingBroken(
                f"The key ring {path} is damaged: it is not what `onbelay init` wrote. Nothing "
                "stored about people can be read with it, so nobody can be watched. Put back your "
                "copy of it. Only if this installation never had people: delete it and run "
                "`onbelay init`."
            ) from None
        return ring

    @property
    def people_path(self) -> Path:
        return Path(f"{self.path}.people")

    @property
    def fingerprint(self) -> str:
        """Identifies the ring without revealing it: 32 hex digits, safe to store and to print."""
        key = _derive(self.hash, "fingerprint")
        return _keyed(key, 16, self.id.encode(), self.master, self.hash, self.inbox).hex()

    def _written(self) -> str:
        keys = {name: getattr(self, name) for name in ("master", "hash", "inbox")}
        encoded = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        head = {"file": "onbelay key ring: secret, keep a copy off this machine", "version": 1}
        written = {**head, "id": self.id, **encoded, "fingerprint": self.fingerprint}
        return json.dumps(written, indent=1) + "\n"

    @classmethod
    def _read(cls, path: Path, written: dict[str, Any]) -> Self:
        names = ("master", "hash", "inbox")
        keys = [base64.b64decode(written[name], validate=True) for name in names]
        if written["version"] != 1 or any(len(key) != KEY for key in keys):
            raise ValueError("not a key ring of this version")
        ring = cls(path, written["id"], *keys)
        if ring.fingerprint != written["fingerprint"]:
            raise ValueError("a key was altered")
        return ring

    def __repr__(self) -> str:
        return f"KeyRing(path={str(self.path)!r}, id={self.id!r})"


def make_people_file(ring: KeyRing, path: Path) -> None:
    """An empty file of people's keys that belongs to `ring`. Raises KeyRingExists."""
    try:
        _write_new(path, b"")
    except FileExistsError:
        raise KeyRingExists(_exists(path)) from None
    with _closing_file(path) as db:
        db.executescript("BEGIN IMMEDIATE;" + SCHEMA)
        db.execute("INSERT INTO ring VALUES (?)", (ring.fingerprint,))
        db.execute("COMMIT")


def _refuse_existing(path: Path, people: Path) -> None:
    if path.exists():
        raise KeyRingExists(_exists(path))
    if not people.exists():
        return
    if _holds_people(people):
        raise KeyRingExists(_exists(people))
    # Left by an init that was interrupted: it holds nobody's key.
    for leftover in (people, Path(f"{people}-journal")):
        leftover.unlink(missing_ok=True)


def _holds_people(path: Path) -> bool:
    try:
        with _closing_file(path) as db:
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return False
            return db.execute("SELECT 1 FROM people LIMIT 1").fetchone() is not None
    except sqlite3.DatabaseError:
        return True


def _exists(path: Path) -> str:
    return (
        f"{path} exists already and is not overwritten: everything that it protects would be lost "
        "for good. To go on with it, just start Onbelay; for a new installation choose another "
        "place with ONBELAY_KEYRING."
    )


def _write_new(path: Path, content: bytes) -> None:
    """Whole and on disk, or not there. Raises FileExistsError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _read_guarded(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeyRingMissing(
            f"There is no key ring at {path}. Without it nothing stored about people can be read, "
            "so nobody can be watched. If this installation had people: put back your copy of the "
            "key ring and of its .people file. If it is new: run `onbelay init`."
        ) from None
    except OSError as error:
        raise KeyRingUnsafe(_unreadable(path, error)) from None
    with os.fdopen(fd, "rb") as file:
        _refuse_unsafe(path, os.fstat(file.fileno()))
        return file.read()


def _unreadable(path: Path, error: OSError) -> str:
    return (
        f"{path} can't be opened ({error.strerror}). Nothing stored about people can be read, so "
        "nobody can be watched. Run Onbelay as the user who owns that file, and give that user "
        "the folder too."
    )


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise KeyRingUnsafe(f"{path} is not a file. Point ONBELAY_KEYRING at the key ring itself.")
    if mode not in (0o600, 0o400):
        raise KeyRingUnsafe(
            f"{path} has mode {mode:04o}: other users of this machine may read it, and with it "
            "everything stored about people. Onbelay does not start with it. If only you had "
            f"access so far, run: chmod 600 {path}"
        )
    # root's file (a mounted secret) is fine: root can read everything anyway.
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyRingUnsafe(
            f"{path} belongs to another user (uid {status.st_uid}), who can read everything "
            "stored about people. Onbelay does not start with it. Run Onbelay as that user, or "
            f"make the file your own: chown {os.geteuid()} {path}"
        )


# ---------------------------------------------------------------- the vault


class Vault:
    """Seals and opens what is stored about people. Safe to share between threads.

    A person's key must exist before anything is sealed for them: `new_people` first, then the
    database's transaction. `preload` once per batch makes the rest of the batch free of I/O, and
    is where keys erased by another process are noticed.
    """

    def __init__(self, ring: KeyRing, people_path: Path | None = None) -> None:
        """Raises KeyRingMissing, KeyRingUnsafe or KeyRingBroken for the file of people's keys."""
        path = people_path or ring.people_path
        self.fingerprint = ring.fingerprint
        self._wrap = AESGCM(_derive(ring.master, "people"))
        self._inbox = AESGCM(_derive(ring.inbox, "inbox"))
        self._digest_key = _derive(ring.hash, "digest")
        self._word_key = _derive(ring.hash, "word")
        self._seed_key = _derive(ring.hash, "seed")
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, AESGCM] = OrderedDict()
        self._file = _PeopleFile(path, self.fingerprint)

    def close(self) -> None:
        with self._lock:
            self._cache.clear()
            self._file.close()

    # People

    def new_people(self, ids: Iterable[str]) -> None:
        """Keys for new people: on disk before this returns. Who has one keeps it; who was erased
        stays erased."""
        rows = [(person, self._wrapped(person)) for person in ids]
        with self._lock:
            self._file.add(rows)

    def preload(self, ids: Iterable[str]) -> None:
        """Brings many keys into memory with one query. Ids without a key are passed over."""
        with self._lock:
            if self._file.changed_elsewhere():
                self._cache.clear()
            wanted = {person for person in ids if person not in self._cache}
            for person, wrapped in self._file.keys(wanted).items():
                if wrapped is not None:
                    self._remember(person, self._unwrap(person, wrapped))

    def erase(self, *people: str) -> None:
        """Deletes keys for good: what was sealed for these people can't be opened again, by
        anybody, from any copy of the database. On disk when this returns."""
        with self._lock:
            for person in people:
                self._cache.pop(person, None)
            self._file.erase(people)

    def erased(self) -> frozenset[str]:
        """Ids of all who were erased: their rows may have come back with a restored database."""
        with self._lock:
            return self._file.tombstones()

    # Fields

    def seal(self, person: str, clear: bytes, context: str) -> bytes:
        """`context` is the field's fixed name ("person.name"); `open` must be given the same.
        Raises Erased (or NoKey: call new_people first)."""
        nonce = _nonce()
        return VERSION + nonce + self._key(person).encrypt(nonce, clear, _bound(person, context))

    def open(self, person: str, sealed: bytes, context: str) -> bytes:
        """Raises Erased when the key is gone, Tampered when the bytes were not sealed so."""
        return _opened(self._key(person), sealed, _bound(person, context), context)

    def seal_inbox(self, clear: bytes) -> bytes:
        """For what was received and isn't yet known to be about anybody."""
        nonce = _nonce()
        return VERSION + nonce + self._inbox.encrypt(nonce, clear, b"inbox")

    def open_inbox(self, sealed: bytes) -> bytes:
        """Raises Tampered."""
        return _opened(self._inbox, sealed, b"inbox", "inbox")

    # Keyed hashes: the same for ever with this ring, meaningless without it

    def digest(self, label: str, *parts: str) -> bytes:
        """16 bytes that find a value without storing it: an address, a dedupe key."""
        return _keyed(self._digest_key, 16, label.encode(), *(part.encode() for part in parts))

    def seed(self, event_id: str) -> bytes:
        """32 bytes of entropy for one event's flows (`Facts.seed`): a replay gets the same."""
        return _keyed(self._seed_key, 32, event_id.encode())

    def word_digest(self, person: str, word: str) -> bytes:
        """32 bytes to recognise a person's code word by. The caller has normalised `word`;
        compare with hmac.compare_digest."""
        return _keyed(self._word_key, 32, person.encode(), word.encode())

    # Inside

    def _key(self, person: str) -> AESGCM:
        with self._lock:
            key = self._cache.get(person)
            if key is None:
                return self._fetched(person)
            self._cache.move_to_end(person)
            return key

    def _fetched(self, person: str) -> AESGCM:
        found = self._file.keys({person})
        if person not in found:
            raise NoKey(
                f"There is no key for person {person}: the file of people's keys is older than the "
                "database, or the person was never added. What is stored about them can't be "
                "read. Put back the newest copy of the .people file."
            )
        wrapped = found[person]
        if wrapped is None:
            raise Erased(f"Person {person} was erased: nothing stored about them can be read.")
        key = self._unwrap(person, wrapped)
        self._remember(person, key)
        return key

    def _remember(self, person: str, key: AESGCM) -> None:
        self._cache[person] = key
        while len(self._cache) > CACHED_PEOPLE:
            self._cache.popitem(last=False)

    def _wrapped(self, person: str) -> bytes:
        nonce = _nonce()
        key = secrets.token_bytes(KEY)
        return VERSION + nonce + self._wrap.encrypt(nonce, key, person.encode())

    def _unwrap(self, person: str, wrapped: bytes) -> AESGCM:
        return AESGCM(_opened(self._wrap, wrapped, person.encode(), f"key of person {person}"))

    def __repr__(self) -> str:
        return f"Vault({self.fingerprint})"


class _PeopleFile:
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
            _refuse_unsafe(self._path, self._path.stat())
        except FileNotFoundError:
            raise KeyRingMissing(
                f"There is no {self._path} beside the key ring. It holds one key per person; "
                "without it nothing stored about people can be read, so nobody can be watched. "
                "Put back your newest copy of it; a new one would be empty."
            ) from None
        except OSError as error:
            raise KeyRingUnsafe(_unreadable(self._path, error)) from None

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
        with self._transaction():
            self._db.executemany(
                "INSERT INTO people VALUES (?, NULL) ON CONFLICT (id) DO UPDATE SET wrapped = NULL",
                rows,
            )
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
def _closing_file(path: Path) -> Iterator[sqlite3.Connection]:
    db = _connect(path)
    try:
        yield db
    finally:
        db.close()


# ---------------------------------------------------------------- primitives

_nonces: list[bytes] = []
# A forked child must not walk through the same nonces as its parent.
os.register_at_fork(after_in_child=_nonces.clear)


def _nonce() -> bytes:
    """One system call for a thousand nonces. `pop` is atomic: no nonce goes to two threads."""
    while True:
        try:
            return _nonces.pop()
        except IndexError:
            block = os.urandom(NONCE * 1024)
            _nonces.extend(block[at : at + NONCE] for at in range(0, len(block), NONCE))


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=f"onbelay/{purpose}/1".encode()).derive(key)


def _bound(person: str, context: str) -> bytes:
    return f"{len(context)}/{context}/{person}".encode()


def _opened(key: AESGCM, sealed: bytes, bound: bytes, what: str) -> bytes:
    try:
        if sealed[:1] != VERSION:
            raise InvalidTag
        return key.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound)
    except (InvalidTag, ValueError):
        raise Tampered(
            f"Stored bytes ({what}) don't fit their key: they were changed outside Onbelay, or "
            "come from another installation. They can't be read and are not used. Restore the "
            "database and the key ring that belong together."
        ) from None


def _keyed(key: bytes, size: int, *parts: bytes) -> bytes:
    """Each part with its length before it, so that ("ab", "c") is not ("a", "bc")."""
    keyed = hashlib.blake2b(key=key, digest_size=size)
    for part in parts:
        keyed.update(len(part).to_bytes(4, "big"))
        keyed.update(part)
    return keyed.digest()
