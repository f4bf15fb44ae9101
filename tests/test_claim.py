"""A PostgreSQL that drops its connections forgets who runs: claimed again, or given up."""

import pytest
from sqlalchemy import text

from bot.store.store import Store, StoreError


async def drop_connections(store: Store) -> None:
    async with store.read() as conn:
        await conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


async def test_a_forgotten_claim_is_taken_again(postgres_store: Store) -> None:
    await postgres_store.claim()
    await drop_connections(postgres_store)
    await postgres_store.hold()
    url = postgres_store.engine.url.render_as_string(hide_password=False)
    second = Store.open(url)
    with pytest.raises(StoreError, match="already runs"):
        await second.claim()
    await second.close()


async def test_a_claim_that_another_took_meanwhile_is_given_up(postgres_store: Store) -> None:
    await postgres_store.claim()
    await drop_connections(postgres_store)
    second = Store.open(postgres_store.engine.url.render_as_string(hide_password=False))
    await second.claim()
    with pytest.raises(StoreError, match="already runs"):
        await postgres_store.hold()
    await second.close()
