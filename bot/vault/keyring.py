"""The key ring: the installation's own keys, in a JSON file for its owner only."""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.vault.errors import KeyRingBroken, KeyRingExists
from bot.vault.guarded import already_there, read_guarded, write_new
from bot.vault.people import holds_people, make_people_file
from bot.vault.sealing import KEY, derive, keyed


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
        make_people_file(ring.people_path, ring.fingerprint)
        try:
            write_new(path, ring._written().encode())
        except FileExistsError:
            raise KeyRingExists(already_there(path)) from None
        return ring

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises KeyRingMissing, KeyRingUnsafe or KeyRingBroken."""
        text = read_guarded(path)
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
        key = derive(self.hash, "fingerprint")
        return keyed(key, 16, self.id.encode(), self.master, self.hash, self.inbox).hex()

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


def _refuse_existing(path: Path, people: Path) -> None:
    if path.exists():
        raise KeyRingExists(already_there(path))
    if not people.exists():
        return
    if holds_people(people):
        raise KeyRingExists(already_there(people))
    # Left by an init that was interrupted: it holds nobody's key.
    for leftover in (people, Path(f"{people}-journal")):
        leftover.unlink(missing_ok=True)
