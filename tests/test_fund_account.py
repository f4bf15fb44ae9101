"""Where to pay has a key of its own: once it is paid, no copy of the database can be read."""

import base64
import itertools
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.vault import Vault, VaultError
from flows.fund.accounts import parted
from tests.test_fund_desk import ACCOUNT, approved, data, here, words
from tests.world import World

__all__ = ["here"]  # the fixture
OTHER = "IBAN XX99 0000 1111"
#: Tables with words in them, and the name under which these are sealed.
SEALED = {
    "inbox": "inbox", "outbox": "outbox", "instances": "instance/application", "focus": "focus",
    "case_log": "log", "attachments": "attachment", "applications": "application",
}  # fmt: skip


@pytest.fixture
async def copies(here: World) -> list[Path]:
    """The database as it was after every turn from then on."""
    made: list[Path] = []

    def copy(name: str) -> None:
        if name != "turn/after_commit":
            return
        made.append(here.folder / f"copy{len(made)}.sqlite3")
        live, other = (sqlite3.connect(f) for f in (here.folder / "world.sqlite3", made[-1]))
        with closing(live), closing(other):
            live.backup(other)

    await approved(here)
    here.boundary = copy
    return made


def opened(vault: Vault, names: set[str], sealed: bytes, context: str) -> Iterator[str]:
    """With every key that is named beside it, and what is sealed once more inside."""
    for name in names:
        with suppress(VaultError):
            text = vault.open(name, sealed, context).decode()
            yield text
            held = json.loads(text)
            apart = held.get("apart", {}) if isinstance(held, dict) else {}
            for key, inner in apart.items():
                yield from opened(vault, {key}, base64.b64decode(inner), context)


def showing(here: World, copies: list[Path], account: str = ACCOUNT) -> set[str]:
    """The tables of these copies in which the keys that there are now still find the account."""
    assert here.app is not None
    vault = here.app.vault
    seen: set[bytes] = set()
    found: set[str] = set()
    for copy, table in itertools.product(copies, SEALED):
        with closing(sqlite3.connect(copy)) as db:
            for row in db.execute(f"SELECT * FROM {table}"):
                names = {value for value in row if isinstance(value, str) and value}
                new = {value for value in row if isinstance(value, bytes) and value} - seen
                seen |= new
                texts = (x for one in new for x in opened(vault, names, one, SEALED[table]))
                if any(account in text for text in texts):
                    found.add(table)
    return found


async def waits(here: World) -> None:
    """Said, confirmed, and shown to who pays."""
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")
    await here.presses("Paula", "See where to pay")
    assert ACCOUNT in words(here, "Paula")


async def _paid(here: World) -> None:
    await here.presses("Paula", "It is paid")


async def _withdrawn(here: World) -> None:
    await here.presses("Amina", "How it stands")
    await here.presses("Amina", "Withdraw it")
    await here.presses("Amina", "Yes, delete everything")


async def _taken_back(here: World) -> None:
    await here.says("Olga", "application F7K2QM")
    await here.presses("Olga", "Take the decision back")
    await here.says("Olga", "The landlord gave her back the flat.")
    await here.presses("Oscar", "Confirm it")


async def _closed(here: World) -> None:
    await here.says("Olga", "application F7K2QM")
    await here.presses("Olga", "It can't be paid")
    await here.says("Olga", "No bank pays there.")


async def _conflict(here: World) -> None:
    """Of somebody who has decided: as if it had just come in."""
    await here.says("Olga", "application F7K2QM")
    await here.presses("Olga", "Conflict of interest")
    await here.presses("Olga", "I have a conflict")


async def _corrected(here: World) -> None:
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", OTHER, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")


ENDS = (_paid, _withdrawn, _taken_back, _closed, _conflict, _corrected)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__.strip("_"))
async def test_a_copy_made_while_the_payment_waited_does_not_tell_where(
    here: World, copies: list[Path], end: Callable[[World], Awaitable[None]]
) -> None:
    """Neither the request in it, nor a message on its way to who pays, nor what was received."""
    await waits(here)
    before = list(copies)
    assert showing(here, before) == {"inbox", "instances", "outbox"}
    await end(here)
    assert showing(here, copies) == set()
    phone = here.phone("Paula", "signal")
    assert {e.upstream for e in phone.shown if ACCOUNT in e.text} <= phone.deleted


async def test_what_was_written_and_never_confirmed_goes_too(
    here: World, copies: list[Path]
) -> None:
    await waits(here)
    await here.presses("Amina", "Where to pay", "telegram")
    await here.says("Amina", OTHER, "signal")
    before = list(copies)
    assert showing(here, before, OTHER)
    await _paid(here)
    assert showing(here, before, OTHER) == showing(here, before) == set()


async def test_of_an_account_that_came_back_with_a_copy_nothing_is_known(
    here: World, copies: list[Path]
) -> None:
    """The database of a day when it waited is put back: it is asked for anew, and can be given."""
    await waits(here)
    before = copies[-1]
    await _paid(here)
    here.boundary = lambda _name: None
    await here.close()
    for name in ("world.sqlite3-wal", "world.sqlite3-shm"):
        (here.folder / name).unlink(missing_ok=True)
    before.replace(here.folder / "world.sqlite3")
    await here.start()
    assert (await data(here))["apart"] == {}
    await here.says("Paula", "application F7K2QM", "signal")
    assert "See where to pay" not in here.last("Paula", "signal").labels
    await here.says("Amina", "status F7K2QM", "signal")
    await here.presses("Amina", "Where to pay", "signal")
    await here.says("Amina", OTHER, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")
    found = await data(here)
    assert found["apart"] == {found["payout"]["account"]: OTHER}


def test_what_an_older_version_kept_among_the_rest_is_set_apart() -> None:
    old: dict[str, Any] = {
        "id": "F7K2QM",
        "asks": {"p1": {"what": "where_sure", "text": OTHER, "at": 5}, "p2": {"what": "note"}},
        "payout": {"text": ACCOUNT, "at": 4},
    }
    assert parted("payout", old, 1) == (
        "payout",
        {
            "id": "F7K2QM",
            "asks": {
                "p1": {"what": "where_sure", "at": 5, "account": "F7K2QM/asked"},
                "p2": {"what": "note"},
            },
            "payout": {"at": 4, "account": "F7K2QM/given"},
            "apart": {"F7K2QM/asked": OTHER, "F7K2QM/given": ACCOUNT},
        },
    )
    assert parted("vetting", {"id": "F7K2QM", "asks": {}}, 1) == (
        "vetting",
        {"id": "F7K2QM", "asks": {}},
    )
