"""`init` and `db upgrade`: key ring, schema, configuration file."""

import os
from pathlib import Path

from bot.app import check_key_ring
from bot.commands import shell
from bot.config import Settings
from bot.store import migrate
from bot.store.store import Store
from bot.vault import KeyRing, Vault


async def init() -> None:
    """Asks nothing, may be run again: what is there already is kept."""
    config = _write_config()
    settings = shell.settings_of_this_place()
    keyring = Path(settings.keyring)
    ring, verb = _key_ring(keyring)
    vault = Vault(ring)
    store = Store.open(settings.async_database_url)
    try:
        _make_folder(store)
        await migrate.upgrade(store)
        await check_key_ring(store, vault)
    finally:
        await store.close()
        vault.close()
    if config:
        shell.show(f"configuration: {config}")
    shell.show(f"key ring: {keyring} ({verb}), with {keyring}.people beside it")
    shell.show("database: ready")
    shell.say(_next(settings))


def _key_ring(path: Path) -> tuple[KeyRing, str]:
    if path.exists():
        return KeyRing.load(path), "kept"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return KeyRing.create(path), "made"


async def db_upgrade() -> None:
    store = Store.open(shell.settings_of_this_place().async_database_url)
    try:
        await migrate.upgrade(store)
    finally:
        await store.close()
    shell.show("database: ready")


def _make_folder(store: Store) -> None:
    if store.path is not None:
        store.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _write_config() -> str:
    """The file that ONBELAY_CONFIG names, when there is none yet. Says what became of it."""
    named = os.environ.get("ONBELAY_CONFIG", "")
    if not named:
        return ""
    path = Path(named)
    if path.exists():
        return f"{path} (kept)"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Settings.sample(), "utf-8")
    path.chmod(0o600)
    return f"{path} (made, with the defaults)"


def _next(settings: Settings) -> str:
    steps = []
    if not settings.channels:
        steps.append(
            "Set ONBELAY_TELEGRAM_TOKEN, or ONBELAY_SIGNAL_ACCOUNT and ONBELAY_SIGNAL_API_URL."
        )
    if settings.path is None:
        steps.append("For a file with all settings: ONBELAY_CONFIG=onbelay.toml onbelay init")
    steps += [
        f"Keep a copy of {settings.keyring} and of {settings.keyring}.people off this machine: "
        "without both nothing can be read.",
        "Invite two coordinators: onbelay invite --role coordinator --lang en",
        "Start: onbelay run. Then look at it: onbelay doctor",
    ]
    return "\n".join(["Next:", *(f"  {i}. {step}" for i, step in enumerate(steps, 1))])
