"""Field encryption: what is stored about a person can be read only with that person's key.

Two files, beside each other and outside every database backup:

    onbelay.keyring          the key ring: master, hash and inbox key (JSON)        keyring.py
    onbelay.keyring.people   one random key per person, wrapped by the master key   people.py
                             and one per hour for what is received, wrapped by the inbox key

Rules for whoever edits this room:
- Erasing a person is deleting their key. The key is therefore never copied elsewhere, a key that
  is gone leaves a tombstone so that a replay can't make a new one, and restoring the database
  can't bring it back.
- Nothing secret or personal in a message or a repr: errors name files, contexts and ids.
- How bytes are sealed is in sealing.py alone, what can go wrong in errors.py.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable
from copy import copy
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vault.errors import (
    Erased,
    KeyRingBroken,
    KeyRingExists,
    KeyRingMissing,
    KeyRingUnsafe,
    NoKey,
    Tampered,
    VaultError,
)
from bot.vault.keyring import KeyRing
from bot.vault.people import PeopleFile
from bot.vault.sealing import KEY, VERSION, bound, derive, keyed, nonce, opened

__all__ = [
    "INBOX",
    "Erased",
    "KeyRing",
    "KeyRingBroken",
    "KeyRingExists",
    "KeyRingMissing",
    "KeyRingUnsafe",
    "NoKey",
    "Tampered",
    "Vault",
    "VaultError",
]

#: What isn't known yet to be about anybody is sealed under keys of these names, one after another.
INBOX = "inbox/"
INBOX_LASTS = 3_600_000  #: ms after which the next one begins
CACHED_PEOPLE = 20_000  #: unwrapped keys kept in memory


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
        self._wrap = AESGCM(derive(ring.master, "people"))
        self._wrap_inbox = AESGCM(derive(ring.inbox, "inbox"))
        #: The key for what is received now, and since when; made at the first message.
        self._inbox: tuple[str, int] | None = None
        #: What is sealed instead of by such a key: see `beside`.
        self._received_by = ""
        self._digest_key = derive(ring.hash, "digest")
        self._word_key = derive(ring.hash, "word")
        self._seed_key = derive(ring.hash, "seed")
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, AESGCM] = OrderedDict()
        self._file = PeopleFile(path, self.fingerprint)

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
        """Deletes keys for good, with those that hang on them ("KEY/..."): what was sealed for
        these people can't be opened again, by anybody, from any copy of the database. On disk when
        this returns."""
        with self._lock:
            below = [name for person in people for name in self._file.named(f"{person}/")]
            gone = [*people, *below]
            for name in gone:
                self._cache.pop(name, None)
            self._file.erase(gone)

    def erased(self) -> frozenset[str]:
        """Ids of all who were erased: their rows may have come back with a restored database."""
        with self._lock:
            return self._file.tombstones()

    # Fields

    def seal(self, person: str, clear: bytes, context: str) -> bytes:
        """`context` is the field's fixed name ("person.name"); `open` must be given the same.
        Raises Erased (or NoKey: call new_people first)."""
        fresh = nonce()
        return VERSION + fresh + self._key(person).encrypt(fresh, clear, bound(person, context))

    def open(self, person: str, sealed: bytes, context: str) -> bytes:
        """Raises Erased when the key is gone, Tampered when the bytes were not sealed so."""
        return opened(self._key(person), sealed, bound(person, context), context)

    # What was received and isn't yet known to be about anybody

    def inbox_key(self, now: int) -> str:
        """The name of the key for what is received now: on disk before this returns.

        Seal with it inside the database's write transaction only: `drop_inbox_keys` is called in
        one, too, and destroys what no committed row needs.
        """
        if self._received_by:
            return self._received_by
        with self._lock:
            if self._inbox is None or not 0 <= now - self._inbox[1] < INBOX_LASTS:
                fresh = INBOX + secrets.token_hex(8)
                self._file.add([(fresh, self._wrapped(fresh))])
                self._inbox = (fresh, now)
            return self._inbox[0]

    def drop_inbox_keys(self, needed: Collection[str]) -> int:
        """Destroys all others, and begins a new one with the next message; how many there were.
        Names are never used again, so none of them needs a tombstone."""
        if self._received_by:
            return 0
        with self._lock:
            self._inbox = None
            gone = [name for name in self._file.named(INBOX) if name not in needed]
            for name in gone:
                self._cache.pop(name, None)
            self._file.drop(gone)
            return len(gone)

    def beside(self, key: str) -> "Vault":
        """For an engine with a database of its own: the same keys, but what it receives is sealed
        by `key`, as long as that lives, and it never destroys a key that this database needs."""
        self.new_people([key])
        other = copy(self)
        other._received_by = key
        return other

    # Keyed hashes: the same for ever with this ring, meaningless without it

    def digest(self, label: str, *parts: str) -> bytes:
        """16 bytes that find a value without storing it: an address, a dedupe key."""
        return keyed(self._digest_key, 16, label.encode(), *(part.encode() for part in parts))

    def chained(self, before: str, *line: str) -> str:
        """Over a line of a log and the hash of the one before it: tampering shows."""
        return self.digest("chain", before, *line).hex()

    def seed(self, event_id: str) -> bytes:
        """32 bytes of entropy for one event's flows (`Facts.seed`): a replay gets the same."""
        return keyed(self._seed_key, 32, event_id.encode())

    def word_digest(self, person: str, word: str) -> bytes:
        """32 bytes to recognise a person's code word by. The caller has normalised `word`;
        compare with hmac.compare_digest."""
        return keyed(self._word_key, 32, person.encode(), word.encode())

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
        if person not in found and person.startswith(INBOX):
            raise Erased("What was received then can't be read any more: its key was destroyed.")
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
        fresh = nonce()
        key = secrets.token_bytes(KEY)
        return VERSION + fresh + self._wrapping(person).encrypt(fresh, key, person.encode())

    def _unwrap(self, person: str, wrapped: bytes) -> AESGCM:
        by = self._wrapping(person)
        return AESGCM(opened(by, wrapped, person.encode(), f"key of person {person}"))

    def _wrapping(self, person: str) -> AESGCM:
        return self._wrap_inbox if person.startswith(INBOX) else self._wrap

    def __repr__(self) -> str:
        return f"Vault({self.fingerprint})"
