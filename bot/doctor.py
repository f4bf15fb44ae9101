"""Looks for whatever could leave somebody unwatched, and says so in sentences.

Rules for whoever adds a check:
- A finding says what happened, what it means for people being watched, and what to do.
- Ids only, never a name, an address or a text: what doctor prints is pasted into chats.
- ERROR: somebody may not be heard, asked or called. WARN: a human should look. Each check that
  finds nothing says OK, so that the list shows what was looked at.
- Nothing is changed.

First what everything rests on (configuration, key ring, schema): when one of these fails, the
rest can't be looked at. Then CHECKS, in order.
"""

import asyncio
import os
import shutil
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import available_timezones

from sqlalchemy import func, select

from bot.app import check_key_ring
from bot.batch import Batch, Someone
from bot.channels.base import Channel
from bot.clock import Clock
from bot.config import Settings
from bot.outbox import URGENT_RANKS, decode
from bot.store import migrate
from bot.store import tables as t
from bot.store.store import Row, Store, StoreError, by, get_meta
from bot.text import Text
from bot.vault import Vault, VaultError
from flows.engine.model import Person, Role

CHUNK = 5_000  #: ids in one query
CHANNEL_SECONDS = 15.0  #: how long a channel may take to answer
MINUTE = 60_000
ALIVE = MINUTE  #: ms without a sign of life after which the engine counts as not running
STUCK = MINUTE  #: ms that something due, received or urgent may wait
SLOW = 60 * MINUTE  #: ms that anything else may wait
UNTAKEN = 60 * MINUTE  #: ms that a case may be open without anybody having it
STUBBORN = 5  #: attempts after which a message counts as stuck
SKEW = 2_000  #: ms that stored times may be ahead of the clock
FULL, SOON_FULL = 100_000_000, 1_000_000_000  #: bytes free on the database's disk
LISTED = 10  #: ids named in one sentence; --json has them all

#: A running check-in's state, and the timers of which one must be set.
WAITED = {
    "waiting": ("remind", "due"),
    "reminded": ("due",),
    "asked": ("grace",),
}
#: The same for a case.
CALLED = {"open": ("repeat",), "acknowledged": ("ack",)}


class Severity(StrEnum):
    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about`: ids of people, cases, addresses or rows that it is about."""

    check: str
    severity: Severity
    text: str
    about: tuple[str, ...] = ()


@dataclass
class Look:
    """What the checks look at. `people`: everybody whose row can be opened."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock
    text: Text
    channels: Mapping[str, Channel]
    people: dict[str, Someone] = field(default_factory=dict)
    cards: dict[str, Person] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()

    @property
    def now(self) -> int:
        return self.clock.now()


Check = Callable[[Look], Awaitable[list[Finding]]]


def error(check: str, text: str, about: Iterable[str] = ()) -> Finding:
    return Finding(check, Severity.ERROR, text, tuple(about))


def warn(check: str, text: str, about: Iterable[str] = ()) -> Finding:
    return Finding(check, Severity.WARN, text, tuple(about))


def named(ids: Sequence[str]) -> str:
    """Some ids for a sentence."""
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return ", ".join(ids[:LISTED]) + more


async def examine(look: Look) -> list[Finding]:
    """All checks. One that fails itself is a finding, and the others go on."""
    try:
        await migrate.check(look.store)
        await check_key_ring(look.store, look.vault)
    except StoreError as wrong:
        return [error("database", str(wrong))]
    findings = [Finding("database", Severity.OK, "Schema and key ring fit.")]
    await _open_people(look)
    for name, check in CHECKS.items():
        try:
            found = await check(look)
        except Exception as failed:
            found = [
                error(
                    name,
                    f"This could not be looked at ({type(failed).__name__}), so it may be broken. "
                    "Run doctor again; if it stays, report it with this line.",
                )
            ]
        findings += found or [Finding(name, Severity.OK, "Nothing found.")]
    return findings


async def _open_people(look: Look) -> None:
    """In large steps; one by one where somebody's row can't be opened."""
    unreadable: list[str] = []
    async with look.store.read() as conn:
        ids = [row[0] for row in await conn.execute(select(t.persons.c.id))]
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            batch = Batch(conn, look.vault, look.now)
            try:
                await batch.load_people(chunk)
            except VaultError:
                batch = Batch(conn, look.vault, look.now)
                for person in chunk:
                    try:
                        await batch.load_people([person])
                    except VaultError:
                        batch.people[person] = None
                        unreadable.append(person)
            for person, someone in batch.people.items():
                card = batch.card(person)
                if someone is not None and card is not None:
                    look.people[person], look.cards[person] = someone, card
    look.unreadable = tuple(unreadable)


# ---------------------------------------------------------------- machine


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


# ---------------------------------------------------------------- people


async def readable(look: Look) -> list[Finding]:
    gone = look.vault.erased()
    back = [p for p in look.unreadable if p in gone]
    lost = [p for p in look.unreadable if p not in gone]
    found = []
    if back:
        found.append(
            error(
                "people",
                f"{named(back)} were erased, but their rows are in the database again: an older "
                "copy was restored. They stop the engine from reading its people. Run for each: "
                "onbelay person erase ID --force",
                back,
            )
        )
    if lost:
        found.append(
            error(
                "people",
                f"What is stored about {named(lost)} can't be read: their key is missing, or the "
                "bytes were changed outside Onbelay. They are not watched. Put back the newest "
                "copy of the .people file beside the key ring, or the database that belongs to it.",
                lost,
            )
        )
    return found


async def coordinators(look: Look) -> list[Finding]:
    """DESIGN 6: two coordinators reachable is the least."""
    least = look.settings.safety.minimum_coordinators
    ready = [c.id for c in _coordinators(look) if _reaches(look, c)]
    if len(ready) >= least:
        return []
    return [
        error(
            "coordinators",
            f"{len(ready)} of at least {least} coordinators can be reached. A call for help "
            "may find nobody, and nobody receives a case about themselves. Invite more (onbelay "
            "invite --role coordinator --lang en), and have those who were added write to the bot "
            "once.",
            ready,
        )
    ]


def _coordinators(look: Look) -> list[Person]:
    return [c for c in look.cards.values() if c.role is Role.COORDINATOR and c.enrolled]


def _reaches(look: Look, card: Person) -> bool:
    """Proven, working, and on a channel that is on."""
    found = look.people[card.id].addresses.values()
    return any(a.counts and a.channel in look.channels for a in found)


async def ladder(look: Look) -> list[Finding]:
    found = []
    everybody = {c.id: c for c in _coordinators(look)}
    for number, step in enumerate(look.settings.policy.ladder, 1):
        people = [w for w in step.notify if w not in ("on_duty", "all")]
        strange = [w for w in people if w not in everybody]
        if strange:
            found.append(
                error(
                    "ladder",
                    f"Step {number} of the ladder names {named(strange)}, who is no coordinator "
                    "here. That call would reach nobody. Correct [[escalation.step]] notify: "
                    "on_duty, all, or ids from onbelay person list.",
                    strange,
                )
            )
        called = [everybody[w] for w in people if w in everybody]
        if len(people) < len(step.notify):
            duty = [c for c in everybody.values() if c.on_duty]
            called += list(everybody.values()) if "all" in step.notify or not duty else duty
        if not any(_reaches(look, c) for c in called):
            found.append(
                error(
                    "ladder",
                    f"Step {number} of the ladder reaches nobody whose address is proven. It would "
                    "be skipped when somebody is missed. Have those coordinators write to the bot "
                    "once, or name others.",
                    sorted({c.id for c in called}),
                )
            )
    return found


async def addresses(look: Look) -> list[Finding]:
    found = []
    unproven = sorted(
        {p.id for p in look.people.values() for a in p.addresses.values() if not a.proven_at}
    )
    if unproven:
        found.append(
            warn(
                "addresses",
                f"{named(unproven)} have addresses that never wrote to us. They are tried, but may "
                "never arrive. Send them their link again, or ask them to write to the bot once.",
                unproven,
            )
        )
    broken: dict[str, list[str]] = {}
    for someone in look.people.values():
        for address in someone.addresses.values():
            if address.state != "ok":
                broken.setdefault(address.state, []).append(someone.id)
    for state, ids in sorted(broken.items()):
        found.append(
            warn(
                "addresses",
                f"Messages to {named(ids)} are refused for good at one address ({state}). They "
                "are not tried there any more. Reach them another way; once they write to the "
                "bot again it counts again.",
                ids,
            )
        )
    return found + _unreachable(look)


def _unreachable(look: Look) -> list[Finding]:
    broken = [p.id for p in look.people.values() if p.enrolled and not p.best()]
    if not broken:
        return []
    return [
        error(
            "addresses",
            f"{named(broken)} have no address left that takes messages. They can't be asked or "
            "called. Reach them another way and send a new link: onbelay invite",
            broken,
        )
    ]


async def identities(look: Look) -> list[Finding]:
    changed = [p for p, card in look.cards.items() if card.changed]
    if not changed:
        return []
    return [
        error(
            "identities",
            f"A new Signal identity writes from the number of {named(changed)}. Until a human has "
            "confirmed it, they are shown nothing and only their calls for help are taken. Speak "
            "to them another way, then: onbelay person set ID --trust-identity",
            changed,
        )
    ]


async def code_words(look: Look) -> list[Finding]:
    bare = [p for p, card in look.cards.items() if card.risk == "high" and not card.has_words]
    if not bare:
        return []
    return [
        warn(
            "code words",
            f"{named(bare)} are at high risk and have no code words: whoever holds their phone can "
            "answer for them. Have them set their words with the bot.",
            bare,
        )
    ]


# ---------------------------------------------------------------- what waits


async def inbox(look: Look) -> list[Finding]:
    c = t.inbox.c
    async with look.store.read() as conn:
        aside = await conn.execute(select(c.seq, c.error).where(c.state == "aside").order_by(c.seq))
        rows = [f"{seq} ({why})" for seq, why in aside]
        stuck = await conn.scalar(
            select(func.count()).where(c.state == "waiting", c.received_at < look.now - STUCK)
        )
    found = []
    if rows:
        found.append(
            error(
                "inbox",
                f"{len(rows)} received messages could not be handled at all and were set aside: "
                f"rows {named(rows)}. Somebody was not heard. Look for event_set_aside in the log "
                "of that time, ask the people concerned, and report the error.",
                rows,
            )
        )
    if stuck:
        found.append(
            error(
                "inbox",
                f"{stuck} received messages have waited for more than a minute. People are not "
                "heard. Is `onbelay run` running, and does its log show turn_failed?",
            )
        )
    return found


async def outbox(look: Look) -> list[Finding]:
    c = t.outbox.c
    async with look.store.read() as conn:
        waiting = c.state == "waiting"
        urgent = await _ids(conn, waiting, c.rank < URGENT_RANKS, c.created_at < look.now - STUCK)
        old = await _ids(conn, waiting, c.rank >= URGENT_RANKS, c.created_at < look.now - SLOW)
        stubborn = await _ids(conn, waiting, c.attempts >= STUBBORN)
        failed = await conn.execute(
            select(c.error, c.person_id).where(c.state == "failed").order_by(c.seq)
        )
        reasons = [(why, person) for why, person in failed]
    found = []
    if urgent:
        text = (
            f"{len(urgent)} urgent messages have waited for more than a minute: {named(urgent)}. "
            "Somebody who should be called is not. Look at the channel, call them yourself: "
            "onbelay case list"
        )
        found.append(error("outbox", text, urgent))
    if old:
        text = (
            f"{len(old)} messages have waited for more than an hour: {named(old)}. Reminders "
            "arrive late or not at all. Look at the channel."
        )
        found.append(warn("outbox", text, old))
    if stubborn:
        text = (
            f"{len(stubborn)} messages failed {STUBBORN} times or more and are still tried: "
            f"{named(stubborn)}. The people they are for may not know. Look at the channel."
        )
        found.append(warn("outbox", text, stubborn))
    if reasons:
        people = sorted({person for _, person in reasons if person})
        why = ", ".join(sorted({str(reason) for reason, _ in reasons}))
        text = (
            f"{len(reasons)} messages were refused for good ({why}), for {named(people)}. They "
            "were not read. The next address or person was tried; check that someone was reached."
        )
        found.append(warn("outbox", text, people))
    return found


async def _ids(conn: object, *where: object) -> list[str]:
    found = await conn.execute(  # type: ignore[attr-defined]
        select(t.outbox.c.id).where(*where).order_by(t.outbox.c.seq)  # type: ignore[arg-type]
    )
    return [row[0] for row in found]


# ---------------------------------------------------------------- nobody forgotten


async def checkins(look: Look) -> list[Finding]:
    """Every check-in that runs has the timer that moves it on, or a case that is not closed."""
    c = t.instances.c
    async with look.store.read() as conn:
        found = await conn.execute(
            select(c.subject, c.person_id, c.state).where(c.flow == "checkin")
        )
        plans = [row._mapping for row in found]
        timers = await _timers(look, "checkin")
        watched = await by(conn, t.cases, "state", ["open", "acknowledged"])
    cases = {row["person_id"] for row in watched}
    lost = [
        row["person_id"]
        for row in plans
        if (
            row["state"] in WAITED
            and not timers.get(row["subject"], set()) & {*WAITED[row["state"]]}
        )
        or (row["state"] == "overdue" and row["person_id"] not in cases)
    ]
    if not lost:
        return []
    return [
        error(
            "check-ins",
            f"The check-ins of {named(lost)} run without a timer or an open case: nobody would "
            "miss them. Reach these people now, and have them start a new check-in. Report this: "
            "it must not happen.",
            lost,
        )
    ]


async def _timers(look: Look, flow: str) -> dict[str, set[str]]:
    c = t.timers.c
    found: dict[str, set[str]] = {}
    async with look.store.read() as conn:
        for subject, name in await conn.execute(select(c.subject, c.name).where(c.flow == flow)):
            found.setdefault(subject, set()).add(name)
    return found


async def cases(look: Look) -> list[Finding]:
    c = t.cases.c
    async with look.store.read() as conn:
        rows = [r._mapping for r in await conn.execute(select(t.cases).where(c.state != "closed"))]
        instances = {
            row["subject"]: row["state"]
            for row in await by(conn, t.instances, "flow", ["escalation"])
        }
    timers = await _timers(look, "escalation")
    found = []
    lost = [row["id"] for row in rows if _forgotten(row, instances, timers)]
    lost += [s for s, state in instances.items() if state != "closed" and s not in _case_ids(rows)]
    if lost:
        found.append(
            error(
                "cases",
                f"Cases {_cases_named(lost)} are open, but nothing calls anybody about them any "
                "more. Take them yourself now: onbelay case show ID. Report this: it must not "
                "happen.",
                lost,
            )
        )
    silent = [
        row["id"]
        for row in rows
        if row["state"] == "open"
        and instances.get(row["id"]) == "open"
        and row["opened_at"] < look.now - UNTAKEN
    ]
    if silent:
        found.append(
            error(
                "cases",
                f"Nobody has taken {_cases_named(silent)} for more than an hour. Somebody may be "
                "in danger and alone. Call your coordinators another way.",
                silent,
            )
        )
    return found


def _case_ids(rows: Iterable[Row]) -> set[str]:
    return {row["id"] for row in rows}


def _cases_named(ids: Sequence[str]) -> str:
    return named([f"#{i}" for i in ids])


def _forgotten(row: Row, instances: Mapping[str, str], timers: Mapping[str, set[str]]) -> bool:
    state = instances.get(row["id"])
    if state is None or state == "closed":
        return True
    needed = CALLED.get(state, ())
    return bool(needed) and not timers.get(row["id"], set()) & {*needed}


async def case_log(look: Look) -> list[Finding]:
    """Each line is hashed together with the one before it, with a key that the database hasn't."""
    bad: set[str] = set()
    chains: dict[str, str] = {}
    erased = look.vault.erased()
    async with look.store.read() as conn:
        owners = {
            case: person
            for case, person in await conn.execute(select(t.cases.c.id, t.cases.c.person_id))
        }
        lines = await conn.stream(select(t.case_log).order_by(t.case_log.c.seq))
        async for line in lines:
            row = line._mapping
            case = row["case_id"]
            if owners.get(case) in erased:
                continue
            expected = _chained(look.vault, owners.get(case, ""), chains.get(case, ""), row)
            if row["chain"] != expected:
                bad.add(case)
            chains[case] = row["chain"]
    bare = [case for case, who in owners.items() if case not in chains and who not in erased]
    found = sorted({*bad, *bare})
    if not found:
        return []
    return [
        error(
            "case log",
            f"The log of {_cases_named(found)} was changed outside Onbelay: lines are missing, "
            "altered or can't be read. Don't rely on what it says happened. Keep this database, "
            "find out who had access to it, and compare with a backup.",
            found,
        )
    ]


def _chained(vault: Vault, person: str, before: str, row: Row) -> str:
    """As bot/carry.py writes it; "" when the line can't be opened."""
    try:
        text = decode(vault.open(person, row["sealed"], "log"))["text"]
    except (VaultError, ValueError, KeyError):
        return ""
    line = (row["case_id"], str(row["at"]), row["kind"], row["by"])
    return vault.digest("chain", before, *line, text).hex()


CHECKS: dict[str, Check] = {
    "files": files,
    "disk": disk,
    "clock": clock,
    "time zones": time_zones,
    "engine": engine,
    "channels": channels,
    "people": readable,
    "coordinators": coordinators,
    "ladder": ladder,
    "addresses": addresses,
    "identities": identities,
    "code words": code_words,
    "inbox": inbox,
    "outbox": outbox,
    "check-ins": checkins,
    "cases": cases,
    "case log": case_log,
}
