"""All that whoever holds a database and the key ring can read in it."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from bot.record.kept import OLD
from bot.store import tables as t
from bot.store.store import Store
from bot.vault import Vault, VaultError
from flows import registry
from flows.engine.model import APART

FIELDS = (
    "person", "address", "focus", "outbox", "case", "log", "attachment", "record", "checked",
    "record_log", "figures", "inbox", *(f"instance/{flow}" for flow in registry.FLOWS),
)  # fmt: skip


async def readable(store: Store, vault: Vault) -> dict[str, str]:
    """By table: what stands there in clear, and what any key of the ring opens."""
    found = {}
    async with store.read() as conn:
        cases = await conn.execute(select(t.cases.c.id, t.cases.c.person_id))
        owner: dict[str, str] = {row.id: row.person_id for row in cases}
        for name, table in t.metadata.tables.items():
            rows = [row._mapping for row in await conn.execute(select(table))]
            found[name] = "\n".join(said for row in rows for said in _said(vault, row, owner))
    return found


async def everything(store: Store, vault: Vault) -> str:
    return "\n".join((await readable(store, vault)).values())


def _said(vault: Vault, row: Mapping[Any, Any], owner: Mapping[str, str]) -> Iterator[str]:
    names = [value for value in row.values() if isinstance(value, str)]
    names += [owner[name] for name in names if name in owner]
    for value in row.values():
        if isinstance(value, bytes):
            yield from _opened(vault, [*names, OLD], value)
        elif value is not None:
            yield str(value)


def _opened(vault: Vault, keys: list[str], sealed: bytes) -> Iterator[str]:
    for key in keys:
        for field in FIELDS:
            try:
                text = vault.open(key, sealed, field).decode()
            except VaultError:
                continue
            yield text
            held = json.loads(text) if text.startswith("{") else {}
            for inner, once_more in held.get(APART, {}).items():
                yield from _opened(vault, [inner], base64.b64decode(once_more))
