"""The composition root: puts the parts together, runs them, takes them down in order.

start   check the schema and the key ring, claim the database, find out since when nobody was
        watching, claim everything overdue first, then open the doors
run     one engine task (turns), one sender and one receiver per channel, one scheduler
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import languages
from bot.channels.base import Channel
from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.drill.guests import forget_guests
from bot.drill.halls import Halls
from bot.enclosing import Enclosing
from bot.inbox import Inbox
from bot.keeper import Bounds, Keeper
from bot.scheduler import Scheduler
from bot.sender import Sender
from bot.store.forgetting import forget, forget_received
from bot.store.migrate import check as check_schema
from bot.store.store import Store, StoreError, get_meta, set_meta
from bot.turn import Turn
from bot.vault import KeyRing, Vault
from bot.world import World
from flows import registry
from flows.drill.review import Targets

log = structlog.get_logger()

CLAIM_EVERY = 5  #: seconds between two looks whether the database is still ours
MEGABYTE = 1024 * 1024
PLACEHOLDER = "{code}"
DRILL_SECONDS = 1  #: between two looks at what drills have to do
DRILL_PAUSE = 0.2  #: seconds after each of them: one look costs as much as some real messages
PURGE_EVERY = 600  #: seconds between two enforcements of retention


@dataclass
class App:
    """An Onbelay that is put together; `run()` is its life."""

    settings: Settings
    store: Store
    vault: Vault
    world: World
    clock: Clock
    channels: Mapping[str, Channel]

    def __post_init__(self) -> None:
        self.turn = Turn(self.store, self.world, self.clock)
        self._work, self._idle = asyncio.Event(), asyncio.Event()
        self.inbox = Inbox(self.store, self.vault, self.world.words, self.clock, self.wake)
        self.scheduler = Scheduler(self.store, self.clock, self.wake)
        kept = self.settings.attachments
        bounds = Bounds(
            kept.most_megabytes * MEGABYTE, kept.files_per_case, kept.megabytes_per_case * MEGABYTE
        )
        self.keeper = Keeper(
            self.channels,
            self.store,
            self.vault,
            self.settings.files,
            bounds,
            self.clock,
            self.wake,
        )
        enclosing = Enclosing(self.store, self.keeper.folder, self.world.text)
        self.senders = {
            name: Sender(
                c, self.store, self.vault, self.world.text, self.clock, self.wake, enclosing
            )
            for name, c in self.channels.items()
        }
        drills = self.settings.drills
        self.halls = Halls(
            self.store,
            self.world,
            self.clock,
            self.settings.drills_folder,
            Targets(drills.acknowledge_within, drills.welfare_within),
        )
        enclosing.of_drill = self.halls.picture
        self.turn.part = self.halls.part
        self.halls.under_way = self._under_way
        self._rehearsal = asyncio.Event()
        self._one_rehearses = asyncio.Lock()
        self.ready = False

    def _under_way(self) -> set[str]:
        return {address for sender in self.senders.values() for address in sender.busy}

    def wake(self) -> None:
        """Something waits: a message, or a timer that may be due."""
        self._work.set()

    async def prepare(self) -> None:
        """Everything that may refuse to start, before anything is touched. Raises StoreError."""
        await check_schema(self.store)
        await check_key_ring(self.store, self.vault)
        await self.store.claim()
        await forget(self.store, self.vault)
        await forget_received(self.store, self.vault)
        self.turn.outage = await self.scheduler.outage()
        await self.halls.open()
        if self.turn.outage:
            log.warning("nobody_was_watching", ms=self.turn.outage[1] - self.turn.outage[0])

    async def settle(self) -> None:
        """Turns until nothing waits any more."""
        while await self.turn.run():
            for sender in self.senders.values():
                sender.wake(self.turn.urgent)
            self.keeper.wake()
            self._rehearsal.set()
        await self.scheduler.look()

    async def run(self) -> None:
        """Until cancelled."""
        await self.prepare()
        await self.settle()
        self.scheduler.start()
        self.ready = True
        tasks = [
            *(s.run() for s in self.senders.values()),
            *(self._receive(c) for c in self.channels.values()),
            self._engine(),
            self._rehearse(),
            self.keeper.run(),
            self._introduce(),
            self._keep_retention(),
            self._keep_claim(),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for task in tasks:
                    group.create_task(task)
        finally:
            self.ready = False
            self.scheduler.stop()

    async def close(self) -> None:
        for channel in self.channels.values():
            await channel.close()
        await self.halls.close()
        await self.store.close()

    async def _engine(self) -> None:
        while True:
            self._idle.set()
            await self._work.wait()
            self._idle.clear()
            self._work.clear()
            try:
                await self.settle()
            except Exception as error:
                # Disk full, database gone: everything still waits where it was committed.
                log.error("engine_failed", error=type(error).__name__)
                await asyncio.sleep(1)
                self._work.set()

    async def _rehearse(self) -> None:
        """Drills go on behind everything else, and never in its way: a little at a time, and not
        while something real waits."""
        while True:
            self._rehearsal.clear()
            left = 0
            try:
                left = await self.rehearse_once()
            except Exception as error:
                log.error("drill_failed", error=type(error).__name__)
            await asyncio.sleep(DRILL_PAUSE)
            await self._idle.wait()
            if not left:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRILL_SECONDS):
                        await self._rehearsal.wait()

    async def rehearse_once(self) -> int:
        """All that drills have to do at this moment; 0: nothing was left."""
        async with self._one_rehearses:
            done = await self.halls.pass_once()
        if done:
            self.wake()
            for sender in self.senders.values():
                sender.wake()
        return done

    async def _receive(self, channel: Channel) -> None:
        while True:
            async with self.store.read() as conn:
                cursor = await get_meta(conn, f"cursor/{channel.name}")
            try:
                await channel.run(self.inbox.door(channel.name), cursor)
            except Exception as error:
                log.error("receiver_failed", channel=channel.name, error=type(error).__name__)
                await asyncio.sleep(1)

    async def _introduce(self) -> None:
        """Tells the platforms our command menus, and learns where people can write to us."""
        menus = languages.menus(self.world.text)
        menus += await languages.role_menus(self.store, self.vault, self.world.text)
        for channel in self.channels.values():
            try:
                link = await channel.invite_link(PLACEHOLDER)
                if link.startswith("https:"):
                    self.world.contacts[channel.name] = link.removesuffix(f" {PLACEHOLDER}")
                await channel.commands(menus)
            except Exception as error:
                log.warning("commands_not_set", channel=channel.name, error=type(error).__name__)

    async def _keep_claim(self) -> None:
        """Ends this process when another one has the database: two would alert people twice."""
        while True:
            await asyncio.sleep(CLAIM_EVERY)
            try:
                await self.store.hold()
            except StoreError:
                raise
            except Exception as error:
                log.error("claim_unknown", error=type(error).__name__)

    async def _keep_retention(self) -> None:
        while True:
            try:
                await self.enforce_retention()
                await self.keeper.tidy()
            except Exception as error:
                log.error("retention_failed", error=type(error).__name__)
            await asyncio.sleep(PURGE_EVERY)

    async def enforce_retention(self) -> None:
        """What is over is deleted, and the keys that only sealed this are destroyed."""
        from bot.store import retention

        kept = self.settings.retention_ms
        await retention.purge(self.store, self.vault, self.clock.now(), kept)
        drills = self.settings.drills
        await self.halls.tidy(self.clock.now() - drills.kept)
        await forget_guests(self.store, self.vault, self.clock.now() - drills.guests_kept)
        await forget(self.store, self.vault)
        await forget_received(self.store, self.vault)


async def check_key_ring(store: Store, vault: Vault) -> None:
    """The ring that sealed this database, or nothing is touched."""
    async with store.read() as conn:
        known = await get_meta(conn, "key_ring")
    if known is None:
        async with store.write() as conn:
            await set_meta(conn, "key_ring", vault.fingerprint)
    elif known != vault.fingerprint:
        raise StoreError(
            "this key ring is not the one that sealed the database. Nothing could be read, and "
            "nobody would be watched. Put the right key ring at ONBELAY_KEYRING, or point "
            "ONBELAY_DATABASE_URL at the right database; nothing was touched."
        )


def assemble(
    settings: Settings,
    clock: Clock | None = None,
    make_channels: Callable[[Settings, Clock], Sequence[Channel]] | None = None,
    store: Store | None = None,
) -> App:
    """Put an App together. Raises ConfigError, VaultError or StoreError; touches nothing."""
    clock = clock or SystemClock()
    ring = KeyRing.load(Path(settings.keyring))
    vault = Vault(ring, Path(f"{settings.keyring}.people"))
    channels = {c.name: c for c in (make_channels or real_channels)(settings, clock)}
    world = languages.world(settings, vault, channels, registry.FLOWS)
    store = store or Store.open(settings.async_database_url)
    return App(settings, store, vault, world, clock, channels)


def real_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """A channel without its settings is simply off."""
    found: list[Channel] = []
    if settings.telegram_token:
        from bot.channels.telegram.client import Telegram

        token = settings.telegram_token.get_secret_value()
        found.append(Telegram(token, str(settings.telegram_api_url)))
    if settings.signal_account and settings.signal_api_url:
        from bot.channels.signal.client import Signal

        rate = settings.signal.per_second
        found.append(Signal(settings.signal_account, settings.signal_api_url, per_second=rate))
    return found
