"""A stored record, opened; and what is left of it for counting once its time is over.

Of an old record only what is counted stays (`FIGURES`): no words, no day, no place but the country,
no evidence, nobody who reported it or whom it happened to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bot.outbox import decode, encode
from bot.vault import Vault, VaultError
from flows.report.classes import Record, State, coarsen

FIELDS = {field.name for field in fields(Record)}
MONTH = len("YYYY-MM")
FIGURES = (
    "cls", "kinds", "when", "time_precision", "country", "perpetrator", "gender", "medium",
    "state", "event",
)  # fmt: skip
#: Whose key seals what is counted of old records. No record and no person is called so.
OLD = "old records"


@dataclass(frozen=True, slots=True)
class Known:
    """A record that can be read. `checked`: what the operator has verified it by."""

    row: Mapping[Any, Any]
    record: Record
    words: Mapping[str, Any]
    checked: tuple[str, ...]


def read(vault: Vault, row: Mapping[Any, Any]) -> Known | None:
    """None when its key is gone: withdrawn, and come back with a restored database."""
    record = row["id"]
    try:
        said = decode(vault.open(record, row["sealed"], "record"))
        checked = decode(vault.open(record, row["checked"], "checked")) if row["checked"] else {}
    except VaultError:
        return None
    sources = tuple(checked.get("sources", ()))
    given = {name: value for name, value in said["record"].items() if name in FIELDS}
    given |= {"id": record, "state": row["state"], "event": row["event"], "sources": len(sources)}
    return Known(row, _built(given), said["words"], sources)


def _built(given: dict[str, Any]) -> Record:
    given["kinds"] = tuple(given.get("kinds", ()))
    given["evidence"] = tuple((kind, sha, at) for kind, sha, at in given.get("evidence", ()))
    given.setdefault("cls", "")
    return Record(**given)


def figures(vault: Vault, row: Mapping[Any, Any]) -> bytes | None:
    """What stays of a record, sealed; None of one that is not counted, or can't be read."""
    known = read(vault, row) if row["ended_at"] is None else None
    if known is None or known.record.state == State.WITHDRAWN:
        return None
    coarse = coarsen(known.record)
    left = {name: getattr(coarse, name) for name in FIGURES}
    left["when"] = coarse.when[:MONTH]
    vault.new_people([OLD])
    return vault.seal(OLD, encode(left), "figures")


def read_figures(vault: Vault, row: Mapping[Any, Any]) -> Record | None:
    try:
        left = decode(vault.open(OLD, row["sealed"], "figures"))
    except VaultError:
        return None
    given = {name: value for name, value in left.items() if name in FIGURES}
    return _built({**given, "id": row["id"]})
