"""What every command needs: the installation, opened; what is printed; how it refuses.

Rules:
- stdout carries the answer (with --json exactly one JSON value), stderr everything else.
- Whatever is refused ends with exit code 2 and a sentence, never with a traceback: a traceback
  could show what is stored about people.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.app import check_key_ring
from bot.clock import Clock, SystemClock
from bot.config import ConfigError, Settings
from bot.jid.errors import JidError
from bot.languages import LOCALES
from bot.store import migrate
from bot.store.store import Store, StoreError
from bot.text import BadCatalog, Text
from bot.vault import KeyRing, Vault, VaultError

T = TypeVar("T")

REFUSED = 2  #: exit code of everything that ends with a sentence on stderr


class Refusal(Exception):
    """What was asked for can't be done: what is wrong, and what would be right."""


@dataclass(frozen=True, slots=True)
class Opened:
    settings: Settings
    store: Store
    vault: Vault
    clock: Clock


@asynccontextmanager
async def opened() -> AsyncIterator[Opened]:
    """The installation, its schema and key ring checked. Raises ConfigError, StoreError,
    VaultError."""
    settings = settings_of_this_place()
    ring = KeyRing.load(Path(settings.keyring))
    vault = Vault(ring)
    store = Store.open(settings.async_database_url)
    try:
        await migrate.check(store)
        await check_key_ring(store, vault)
        yield Opened(settings, store, vault, SystemClock())
    finally:
        await store.close()
        vault.close()


def settings_of_this_place() -> Settings:
    """From the environment and the file it names, with logs going to stderr from here on."""
    settings = Settings.load()
    logs.setup()
    return settings


def shipped() -> Collection[str]:
    """Languages that people can be spoken to in."""
    return Text.load(LOCALES).languages


def right(check: Callable[..., str], *typed: Any) -> str:
    """What a check of newcomer.py makes of it. Raises Refusal."""
    try:
        return check(*typed)
    except ValueError as error:
        raise Refusal(f"nothing was changed.\n  {error}") from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it, or end with a sentence."""
    try:
        return asyncio.run(work)
    except (Refusal, ConfigError, StoreError, VaultError, BadCatalog, JidError) as error:
        say(f"onbelay: {error}")
    except SQLAlchemyError as error:
        say(f"onbelay: {_database(error)}")
    except BrokenPipeError:
        raise  # whoever reads has had enough; Typer ends quietly
    except OSError as error:
        say(f"onbelay: {error.strerror or error}: {error.filename or 'no connection'}")
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    raise typer.Exit(REFUSED)


def _database(error: SQLAlchemyError) -> str:
    """Never the statement or its values."""
    inner = getattr(error, "orig", None)
    what = type(inner or error).__name__
    return (
        f"the database can't be used ({what}). Nothing was changed. Check ONBELAY_DATABASE_URL, "
        "and that the disk has room and belongs to the user who runs Onbelay."
    )


def say(line: str) -> None:
    """For the operator, beside the answer: stderr."""
    typer.echo(line, err=True)


def show(line: str) -> None:
    """A line of the answer: stdout."""
    typer.echo(line)


def put(text: str) -> None:
    """An answer that ends its own lines: stdout."""
    typer.echo(text, nl=False)


def show_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Columns for a terminal; for machines there is --json."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        say(empty)
        return
    table = Table(*head, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout)
    Console(file=sys.stdout, width=None if console.is_terminal else 200).print(table)


def iso(ms: int | None) -> str | None:
    """UTC milliseconds as 2026-11-21T04:00:00.000Z."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def short_time(ms: int | None) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC" if ms else ""
