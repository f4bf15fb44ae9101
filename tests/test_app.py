"""The whole of it running, as `run` does: what it tells platforms at its start, what wakes it, and
that it goes on after something failed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.pool import QueuePool

from bot.app import App, assemble
from bot.channels.base import Channel
from bot.clock import Clock, ManualClock, SystemClock
from bot.config import Settings
from bot.scheduler import Scheduler
from bot.store import tables as t
from bot.store.store import Store
from tests.standins.telegram import TelegramStandIn
from tests.world import NOON, Player, Recorder, World, world

HOUR = 3_600_000
PATIENCE = 120.0  #: seconds after which what is waited for never comes
QUICK = """
[checkin]
minimum_interval = "1s"
reminder_before = "1s"
[risk.medium]
grace = "1s"
"""

Channels = Callable[[Settings, Clock], Sequence[Channel]]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", QUICK) as made:
        yield made


@asynccontextmanager
async def running(
    here: World, clock: Clock, channels: Channels | None, **env: str
) -> AsyncIterator[App]:
    """A fresh process on the world's store and with its people, living by itself."""
    await here.close()
    for platform in here.platforms.values():
        platform.detach()
    settings = Settings.load(env, here.folder / "onbelay.toml")
    app = assemble(settings, clock, channels)
    life = asyncio.create_task(app.run())
    try:
        listening = [c for c in app.channels.values() if isinstance(c, Recorder)]
        await until(lambda: life.done() or (app.ready and all(c._receive for c in listening)))
        assert not life.done(), life.exception()
        yield app
        assert not life.done(), life.exception()
    finally:
        # In the middle of nothing: a connection that is just being made would live on.
        await until(lambda: idle(app))
        life.cancel()
        await asyncio.wait([life], timeout=PATIENCE)
        assert life.done(), "cancelled, and goes on"
        sending = [task for sender in app.senders.values() for task in sender.busy.values()]
        await asyncio.gather(*sending, return_exceptions=True)
        await until(lambda: idle(app))
        await app.close()


def idle(app: App) -> bool:
    pool = app.store.engine.pool
    return isinstance(pool, QueuePool) and pool.checkedout() == 0


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not found():  # noqa: ASYNC110 - what came out is looked at
            await asyncio.sleep(0.01)


def phones(here: World) -> Channels:
    return lambda _settings, _clock: [here.telegram, here.signal]


# ---------------------------------------------------------------- command menus


async def test_a_coordinators_chat_has_a_menu_of_its_own(here: World) -> None:
    await here.add(Player("Amina", where="1001"))
    await here.add(Player("Omar", "coordinator", lang="fr", where="1002"))
    await here.add(Player("Lena", "coordinator", unproven=True, where="1003"))
    await here.add(Player("Tara", "trainer", where="1004"))
    server = TelegramStandIn()
    await server.start()
    try:
        known = {"ONBELAY_TELEGRAM_TOKEN": server.token, "ONBELAY_TELEGRAM_API_URL": server.url}
        async with running(here, SystemClock(), None, **known):
            private = "all_private_chats"
            await until(lambda: (private, "") in server.menus)  # the last one that is set
        everybody = [word for word, _ in server.menus[private, "fr"]]
        assert everybody == ["menu", "ok", "checkin", "lang", "help"]
        own = {chat: menu for (chat, _), menu in server.menus.items() if chat != private}
        assert {chat: [word for word, _ in menu] for chat, menu in own.items()} == {
            "1002": ["cases", "duty", *everybody]
        }
        said = dict(own["1002"])
        assert {word: said[word] for word in everybody} == dict(server.menus[private, "fr"])
    finally:
        await server.stop()


# ---------------------------------------------------------------- woken


async def test_what_falls_due_rings_without_waiting_for_the_sweep(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm stands at the earliest due time, and after each ring at the next one."""
    monkeypatch.setattr("bot.scheduler.SWEEP_SECONDS", 3600)
    await here.add(Player("Amina"))
    await here.add(Player("Omar", "coordinator", ("signal",), duty=True))
    clock = SystemClock()
    async with running(here, clock, phones(here)):
        await here.phone("Amina").send("checkin 1s", sent_ms=clock.now())
        await until(lambda: any("No answer" in s.text for s in here.said if s.to == "Omar"))


async def rung(scheduler: Scheduler, woken: asyncio.Event, due: int) -> None:
    assert await scheduler.look() == due
    async with asyncio.timeout(PATIENCE):
        await woken.wait()
    woken.clear()
    assert scheduler.clock.now() >= due


async def test_the_alarm_follows_the_earliest_due_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scheduler.SWEEP_SECONDS", 3600)
    clock, woken = SystemClock(), asyncio.Event()
    scheduler = Scheduler(store, clock, woken.set)
    assert await scheduler.look() is None
    scheduler.start()
    try:
        for name, wait in (("late", HOUR), ("soon", 100), ("over", -HOUR)):
            due = clock.now() + wait
            row = {"flow": "checkin", "subject": "a", "person_id": "a", "revision": 1}
            async with store.write() as conn:
                await conn.execute(t.timers.insert(), {**row, "name": name, "due": due})
            if wait == HOUR:
                assert await scheduler.look() == due
            else:
                await rung(scheduler, woken, due)
    finally:
        scheduler.stop()


async def test_a_wall_clock_that_jumps_is_noticed_and_time_that_goes_by_is_not(
    store: Store,
) -> None:
    clock, woken = ManualClock(NOON), asyncio.Event()
    scheduler = Scheduler(store, clock, woken.set)
    for ms in (1_000, HOUR, 0):
        clock.advance(ms)
        await scheduler.sweep()
    assert scheduler.jumps == 0
    for noticed, ms in ((1, HOUR), (2, -HOUR), (2, 1_500), (2, -1_500), (3, -3_000)):
        clock.advance(1_000)
        clock.jump(ms)
        await scheduler.sweep()
        assert scheduler.jumps == noticed
        clock.advance(1_000)
        await scheduler.sweep()
        assert scheduler.jumps == noticed
    assert woken.is_set()


# ---------------------------------------------------------------- going on


async def test_the_engine_goes_on_after_the_database_was_gone(here: World) -> None:
    """What came meanwhile waits where it was committed, and is handled once it is back."""
    await here.add(Player("Amina"))
    await here.add(Player("Omar", "coordinator", ("signal",), duty=True))
    async with running(here, here.clock, phones(here)) as app:
        failures: list[object] = []
        event.listen(app.store.engine.sync_engine, "handle_error", failures.append)
        async with app.store.write() as conn:
            await conn.execute(text("ALTER TABLE timers RENAME TO gone"))
        await here.phone("Amina").send("sos")
        # The turn, and then its events one by one: from there it comes to the engine.
        await until(lambda: len(failures) >= 2)
        assert here.said == []
        async with app.store.write() as conn:
            await conn.execute(text("ALTER TABLE gone RENAME TO timers"))
        await until(lambda: {s.to for s in here.said} == {"Amina", "Omar"})


async def test_what_is_over_is_forgotten_without_being_told(here: World) -> None:
    await here.add(Player("Amina"))
    await here.says("Amina", "hello")
    assert await here.count("inbox") == 1
    here.clock.advance(6 * HOUR + 1)
    async with running(here, here.clock, phones(here)) as app:
        here.app = app
        async with asyncio.timeout(PATIENCE):
            while await here.count("inbox"):  # noqa: ASYNC110 - what is stored is looked at
                await asyncio.sleep(0.01)
        here.app = None
