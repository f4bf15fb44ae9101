"""The machine: files, disk, clock, time zones, the engine's signs of life, the channels."""

import asyncio
import json
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

from sqlalchemy import func, select

from bot.batch import Someone
from bot.channels.base import Channel
from bot.config.sections import DAY
from bot.doctor.look import MINUTE, STUCK, Finding, Look, error, named, warn
from bot.guidance import Shelf
from bot.languages import LOCALES
from bot.store import tables as t
from bot.store.store import get_meta
from flows.engine.model import Policy

CHANNEL_SECONDS = 15.0  #: how long a channel may take to answer
ALIVE = MINUTE  #: ms without a sign of life after which the engine counts as not running
SKEW = 2_000  #: ms that stored times may be ahead of the clock
FULL, SOON_FULL = 100_000_000, 1_000_000_000  #: bytes free on the database's disk


async def files(look: Look) -> list[Finding]:
    path = look.store.path
    if path is None:
        return []
    found = []
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            status = file.stat()
        except FileNotFoundError:
            continue
        if stat.S_IMODE(status.st_mode) & 0o077:
            found.append(
                warn(
                    "files",
                    f"{file} can be opened by other users of this machine. They see who was "
                    "written to when, and could change what is stored. Run: chmod 600 "
                    f"{file}",
                )
            )
        if status.st_uid not in (os.geteuid(), 0):
            found.append(
                warn(
                    "files",
                    f"{file} belongs to uid {status.st_uid}, not to the user who runs this. The "
                    "engine may not be able to write, and then nothing is received. Run it and "
                    "its commands as one user.",
                )
            )
    return found


async def cards(look: Look) -> list[Finding]:
    """Cards of the organisation's own that can't be read: ours are shown in their place."""
    return [
        warn(
            "guidance",
            f"{wrong}. People are led by our card instead, stay at that step, or have none for "
            "this. Mend the file, then restart.",
        )
        for wrong in Shelf(LOCALES, look.settings.guidance.folder).wrong()
    ]


async def rates(look: Look) -> list[Finding]:
    """Exchange rates that a fund's budgets go by: their day lies long ago, or is yet to come."""
    policy, found = look.settings.policy, []
    # Where it is tomorrow already, that day's rates aren't of the future.
    tomorrow = datetime.fromtimestamp((look.now + DAY) / 1000, UTC).date().isoformat()
    newest_of: dict[str, str] = {}
    for table in policy.rates:
        for code in (table.base, *table.rates):
            newest_of[code] = max(newest_of.get(code, ""), table.date)
    for table in policy.rates if policy.funds else ():
        newest = [code for code in (table.base, *table.rates) if newest_of[code] == table.date]
        if newest and table.is_old(look.now):
            found.append(
                warn(
                    "rates",
                    f"The exchange rates of {table.date} ({named(newest)}) are older than "
                    f"{table.days} days. Sums are still converted with them and may be wrong. Add "
                    "a table with today's rates to the file of fund.rates, then restart.",
                )
            )
        elif table.date > tomorrow:
            found.append(
                warn(
                    "rates",
                    f"The exchange rates of {table.date} are dated in the future, and sums are "
                    "converted with them already. Correct the date in the file of fund.rates.",
                )
            )
    return found + _no_rates(policy, set(newest_of))


def _no_rates(policy: Policy, known: set[str]) -> list[Finding]:
    """That there are no rates at all is said of the configuration."""
    lacking = sorted({fund.currency for fund in policy.funds.values()} - known) if known else []
    if not lacking:
        return []
    return [
        warn(
            "rates",
            f"No table of exchange rates has {named(lacking)}, in which a fund counts. Applicants "
            "can ask in any currency, but nobody sees whether it is more than the fund gives, and "
            "officers must work it out. Add a table with it to the file of fund.rates, restart.",
            lacking,
        )
    ]


async def attachments(look: Look) -> list[Finding]:
    """The folder of what people send: readable by this user alone."""
    folder = look.settings.files
    if not folder.exists():
        return []
    if not os.access(folder, os.W_OK | os.X_OK):
        return [
            error(
                "attachments",
                f"{folder} can't be written to: pictures, voice messages and documents that people "
                "send to a case are lost (their words arrive). Give it to the user who runs this.",
            )
        ]
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return [
            warn(
                "attachments",
                f"{folder} can be opened by other users of this machine: they see how much people "
                f"send, and when. Run: chmod 700 {folder}",
            )
        ]
    return []


async def disk(look: Look) -> list[Finding]:
    if look.store.path is None:
        return []
    free = shutil.disk_usage(look.store.path.resolve().parent).free
    text = (
        f"{free // 1_000_000} MB are free on the database's disk. When it is full, messages can't "
        "be received and nobody is watched. Make room."
    )
    if free < FULL:
        return [error("disk", text)]
    return [warn("disk", text)] if free < SOON_FULL else []


async def clock(look: Look) -> list[Finding]:
    """Stored times that lie ahead of the clock: it was set back, or was wrong before."""
    async with look.store.read() as conn:
        alive = await get_meta(conn, "alive_at")
        received = await conn.scalar(select(func.max(t.inbox.c.received_at)))
    latest = max(int(alive or 0), received or 0)
    if latest <= look.now + SKEW:
        return []
    return [
        error(
            "clock",
            f"This machine's clock is {(latest - look.now) // 1000} s behind times that were "
            "stored earlier: it was set back, or was wrong before. Check-ins would be asked and "
            "missed that much too late. Set the clock (NTP), then restart.",
        )
    ]


async def time_zones(look: Look) -> list[Finding]:
    known = available_timezones()
    if "Europe/Oslo" not in known:
        return [
            error(
                "time zones",
                "There is no time zone database. Times that people type can't be read. Install "
                "the tzdata package.",
            )
        ]
    lost = [p for p, card in look.cards.items() if card.tz not in known]
    if not lost:
        return []
    return [
        error(
            "time zones",
            f"The time zone of {named(lost)} isn't in this machine's database. Their check-in "
            "times can't be worked out. Update tzdata, or set another: onbelay person set ID --tz",
            lost,
        )
    ]


async def engine(look: Look) -> list[Finding]:
    async with look.store.read() as conn:
        alive = await get_meta(conn, "alive_at")
        timers = await conn.scalar(select(func.count(t.timers.c.name))) or 0
        overdue = await conn.scalar(
            select(func.count(t.timers.c.name)).where(t.timers.c.due < look.now - STUCK)
        )
    found = []
    quiet = look.now - int(alive) if alive else None
    if quiet is None or quiet > ALIVE:
        since = "has never run" if quiet is None else f"gave no sign of life for {quiet // 1000} s"
        text = f"The engine {since}. Messages are not received, and nobody is called."
        start = " Start it: onbelay run"
        if timers:
            text += f" {timers} timers are set for people who count on being watched."
        found.append((error if timers else warn)("engine", text + start))
    if overdue:
        found.append(
            error(
                "engine",
                f"{overdue} timers are more than a minute overdue. People are not asked, or not "
                "missed, in time. Is `onbelay run` running, and does its log show turn_failed or "
                "engine_failed?",
            )
        )
    return found


async def channels(look: Look) -> list[Finding]:
    if not look.channels:
        return [
            error(
                "channels",
                "No channel is configured. Nobody can reach anybody. Set ONBELAY_TELEGRAM_TOKEN, "
                "or ONBELAY_SIGNAL_ACCOUNT and ONBELAY_SIGNAL_API_URL.",
            )
        ]
    answers = await asyncio.gather(*(_asked(c) for c in look.channels.values()))
    found = [
        error(
            "channels",
            f"{name}: {sentence} While this lasts, people may not be heard or called there.",
        )
        for name, sentences in zip(look.channels, answers, strict=True)
        for sentence in sentences
    ]
    off = sorted({a.channel for p in look.people.values() for a in p.addresses.values()})
    for name in off:
        if name not in look.channels:
            ids = [p.id for p in look.people.values() if _only_on(p, name)]
            found.append(
                (error if ids else warn)(
                    "channels",
                    f"{name} is off, but people have addresses there. "
                    + (f"{named(ids)} can't be reached at all. " if ids else "")
                    + "Configure it, or give them an address elsewhere.",
                    ids,
                )
            )
    return found


def _only_on(someone: Someone, channel: str) -> bool:
    return {a.channel for a in someone.addresses.values()} == {channel}


async def _asked(channel: Channel) -> list[str]:
    try:
        async with asyncio.timeout(CHANNEL_SECONDS):
            return await channel.check()
    except Exception as failed:
        return [f"It can't be reached ({type(failed).__name__})."]


async def challenges(look: Look) -> list[Finding]:
    """A platform that wants a human to solve something before it takes messages again."""
    found = []
    for name in look.settings.channels:
        async with look.store.read() as conn:
            kept = await get_meta(conn, f"challenge/{name}")
        if kept:
            tokens = ", ".join(json.loads(kept)["tokens"]) or "none was given"
            found.append(
                error(
                    "challenges",
                    f"{name} holds this account back until a challenge is solved. People who can "
                    "only be reached there get nothing. Solve it as the runbook says (token: "
                    f"{tokens}); others are called on their other addresses meanwhile.",
                )
            )
    return found


async def languages(look: Look) -> list[Finding]:
    """Texts that a language doesn't have, or has for an older English text."""
    found = []
    for lang in look.text.languages:
        keys = [f"{key} ({why})" for key, why in look.text.gaps(lang)]
        if keys:
            found.append(
                warn(
                    "languages",
                    f"{lang}: {len(keys)} texts are shown in English instead: {named(keys)}. "
                    "Whoever chose that language may not understand them. Complete "
                    f"locales/{lang}.",
                    keys,
                )
            )
    return found
