"""Who takes part, and the installation they take part in: a folder with everything in it."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.app import check_key_ring
from bot.batch import Address, Batch, Someone
from bot.config import Settings
from bot.outbox import short_id
from bot.store import migrate
from bot.store.store import Store
from bot.vault import KeyRing, Vault

CONFIG = "onbelay.toml"


@dataclass(frozen=True, slots=True)
class Member:
    """`where` on the simulated platform is the name in small letters: it is what one types."""

    name: str
    role: str
    channel: str
    lang: str
    on_duty: bool = False

    @property
    def where(self) -> str:
        return self.name.lower()


CAST = (
    Member("Amina", "journalist", "telegram", "en"),
    Member("Bilal", "journalist", "signal", "ar"),
    Member("Omar", "coordinator", "signal", "en", on_duty=True),
    Member("Lena", "coordinator", "telegram", "fr"),
    Member("Nino", "trainer", "telegram", "en"),
    Member("Nadia", "officer", "signal", "en"),
    Member("Sami", "officer", "signal", "en"),
)

#: For whoever wants to try `amina fund`: it gives nothing.
FUND = """\
currency = "EUR"
name = {en = "Demo Fund", fr = "Fonds de démonstration", ar = "صندوق تجريبي"}
causes_excluded = ["disaster"]
ceiling = "5000.00"

[consent]
check = "They may be asked whether they know you."
story = "They may read what happened."
documents = "They may get your documents."
contact = "They may write to you directly."
"""


def noon() -> int:
    """When the story begins: today at 12:00 UTC, in ms."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return int(today.timestamp() * 1000)


def settings(folder: Path) -> Settings:
    """The default policy. The environment of whoever plays has no part in it."""
    return Settings.load({}, folder / CONFIG)


async def install(folder: Path, now: int) -> None:
    """What `onbelay init` and `person add` do; everybody has written to the bot before."""
    (folder / "funds").mkdir()
    (folder / "funds" / "demo.toml").write_text(FUND, "utf-8")
    (folder / CONFIG).write_text(
        f'database_url = "sqlite:///{folder}/onbelay.sqlite3"\nkeyring = "{folder}/keyring"\n'
        '[fund]\nfolder = "funds"\n',
        "utf-8",
    )
    vault = Vault(KeyRing.create(folder / "keyring"))
    store = Store.open(settings(folder).async_database_url)
    try:
        await migrate.upgrade(store)
        await check_key_ring(store, vault)
        async with store.write() as conn:
            batch = Batch(conn, vault, now)
            for order, member in enumerate(CAST):
                _add(batch, vault, member, now + order)
            await batch.write()
    finally:
        await store.close()
        vault.close()


def _add(batch: Batch, vault: Vault, member: Member, now: int) -> None:
    person = short_id(os.urandom(10))
    vault.new_people([person])
    profile = {"name": member.name, "lang": member.lang, "tz": "UTC"}
    batch.put_person(Someone(person, member.role, "medium", member.on_duty, True, now, profile))
    batch.put_address(
        Address(
            id=short_id(vault.digest("address id", member.channel, member.where)),
            person=person,
            channel=member.channel,
            where=member.where,
            number="",
            hash=vault.digest("address", member.channel, member.where).hex(),
            number_hash=None,
            state="ok",
            proven_at=now,
            used_at=now,
        )
    )
