"""`doctor`: what bot/doctor.py finds, printed, and its exit code."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from bot import doctor as d
from bot.app import real_channels
from bot.clock import SystemClock
from bot.commands import shell
from bot.config import ConfigError
from bot.doctor import Finding, Look, Severity
from bot.languages import LOCALES
from bot.store.store import Store
from bot.text import Text
from bot.vault import KeyRing, Vault, VaultError

UNHEALTHY = 1  #: exit code when a finding is an error


async def doctor(as_json: bool) -> int:
    findings = await _findings()
    errors = [f for f in findings if f.severity is Severity.ERROR]
    if as_json:
        shell.show_json({"healthy": not errors, "findings": [asdict(f) for f in findings]})
    else:
        for finding in findings:
            shell.show(f"{finding.severity.upper():5}  {finding.check}: {finding.text}")
        count = Counter(f.severity for f in findings)
        shell.say(f"{count[Severity.ERROR]} errors, {count[Severity.WARN]} warnings.")
    return UNHEALTHY if errors else 0


async def _findings() -> list[Finding]:
    """What everything rests on first: without it the rest can't be looked at."""
    try:
        settings = shell.settings_of_this_place()
    except ConfigError as wrong:
        return [d.error("configuration", str(wrong))]
    found = [d.warn("configuration", warning) for warning in settings.warnings]
    found = found or [Finding("configuration", Severity.OK, "It can be read.")]
    try:
        ring = KeyRing.load(Path(settings.keyring))
        vault = Vault(ring)
    except VaultError as wrong:
        return [*found, d.error("key ring", str(wrong))]
    found.append(Finding("key ring", Severity.OK, "It is whole, and its owner's alone."))
    store, clock = Store.open(settings.async_database_url), SystemClock()
    channels = {c.name: c for c in real_channels(settings, clock)}
    try:
        text = Text.load(LOCALES)
        return found + await d.examine(Look(settings, store, vault, clock, text, channels))
    finally:
        for channel in channels.values():
            await channel.close()
        await store.close()
        vault.close()
