"""What the checks look at, and what they say. The rules stand in bot/doctor/__init__.py."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.batch import Batch, Someone
from bot.channels.base import Channel
from bot.clock import Clock
from bot.config import Settings
from bot.store.store import Store
from bot.text import Text
from bot.vault import Vault, VaultError
from flows.engine.model import Person

MINUTE = 60_000
CHUNK = 5_000  #: ids in one query; databases limit how many values a statement may have
STUCK = MINUTE  #: ms that something due, received or urgent may wait
LISTED = 10  #: ids named in one sentence; --json has them all


class Severity(StrEnum):
    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about`: ids of people, cases, addresses or rows that it is about."""

    check: str
    severity: Severity
    text: str
    about: tuple[str, ...] = ()


@dataclass
class Look:
    """What the checks look at. `people`: everybody whose row can be opened."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock
    text: Text
    channels: Mapping[str, Channel]
    people: dict[str, Someone] = field(default_factory=dict)
    cards: dict[str, Person] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()

    @property
    def now(self) -> int:
        return self.clock.now()


Check = Callable[[Look], Awaitable[list[Finding]]]


def error(check: str, text: str, about: Iterable[str] = ()) -> Finding:
    return Finding(check, Severity.ERROR, text, tuple(about))


def warn(check: str, text: str, about: Iterable[str] = ()) -> Finding:
    return Finding(check, Severity.WARN, text, tuple(about))


def named(ids: Sequence[str]) -> str:
    """Some ids for a sentence."""
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ", ".join(ids[:LISTED]) + more


async def open_people(conn: AsyncConnection, vault: Vault, ids: Sequence[str]) -> Batch:
    """A working set with these people; None stands for whoever's row is gone or can't be opened."""
    batch = Batch(conn, vault, 0)
    for start in range(0, len(ids), CHUNK):
        chunk = list(dict.fromkeys(i for i in ids[start : start + CHUNK] if i))
        try:
            await batch.load_people(chunk)
        except VaultError:
            await _one_by_one(batch, chunk)
    return batch


async def _one_by_one(batch: Batch, ids: Sequence[str]) -> None:
    for person in ids:
        batch.people.pop(person, None)
        try:
            await batch.load_people([person])
        except VaultError:
            batch.people[person] = None
