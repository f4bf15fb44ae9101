"""Rows, opened: what the working set of a turn is made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flows.engine.model import Data

Key = tuple[str, str]  #: flow, subject
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
