"""The local pages, over real HTTP on loopback, on a real store."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.base import Channel
from bot.channels.simulator.client import Simulator
from bot.clock import ManualClock
from bot.languages import LOCALES
from bot.outbox import rank
from bot.sender import Sender
from bot.store import migrate
from bot.store import tables as t
from bot.store.store import Store, set_meta
from bot.text import Text
from bot.vault import KeyRing, Vault
from bot.web import listen, serving
from bot.web.metrics import quantile
from flows.engine.model import Lane

NOON = 1_795_262_400_000
MINUTE = 60_000


class Platform(Simulator):
    """A channel that can be asked how it is."""

    wrong: tuple[str, ...] = ()
    asked = 0

    async def check(self) -> list[str]:
        self.asked += 1
        return list(self.wrong)


@dataclass
class Engine:
    """What the pages look at, without its tasks."""

    store: Store
    clock: ManualClock
    channels: Mapping[str, Channel]
    senders: dict[str, Sender] = field(default_factory=dict)
    ready: bool = True


@dataclass
class Pages:
    engine: Engine
    platform: Platform
    http: httpx.AsyncClient

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        answer = await self.http.get(path)
        return answer.status_code, answer.json()

    async def numbers(self) -> dict[str, float]:
        answer = await self.http.get("/metrics")
        assert answer.status_code == 200
        found = re.findall(r"^(onbelay_\S+) (\S+)$", answer.text, re.MULTILINE)
        return {name.removeprefix("onbelay_"): float(value) for name, value in found}

    async def put(self, table: Any, *rows: dict[str, Any]) -> None:
        async with self.engine.store.write() as conn:
            await conn.execute(table.insert(), list(rows))

    async def alive(self, ms: int) -> None:
        async with self.engine.store.write() as conn:
            await set_meta(conn, "alive_at", str(ms))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Pages]:
    store = Store.open(f"sqlite+aiosqlite:///{folder}/pages.sqlite3")
    await migrate.upgrade(store)
    vault = Vault(KeyRing.create(folder / "pages.keyring"))
    clock = ManualClock(NOON)
    platform = Platform("telegram", clock)
    sender = Sender(platform, store, vault, Text.load(LOCALES), clock, lambda: None)
    engine = Engine(store, clock, {"telegram": platform}, {"telegram": sender})
    door = listen("127.0.0.1", 0)
    try:
        async with serving(engine, door):
            url = f"http://127.0.0.1:{door.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=url, timeout=10) as http:
                yield Pages(engine, platform, http)
    finally:
        await store.close()
        vault.close()


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    async with opened(tmp_path) as found:
        yield found


def message(n: int, lane: Lane, **more: Any) -> dict[str, Any]:
    return {
        "id": f"m{n}",
        "channel": "telegram",
        "address_id": "a",
        "person_id": "p",
        "rank": rank(lane),
        "case_id": "",
        "replaces": None,
        "sealed": b"",
        "state": "waiting",
        "attempts": 0,
        "next_at": NOON,
        "created_at": NOON,
        "error": None,
        "drill": "",
        **more,
    }


def case(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"K7Q{n}",
        "person_id": "p",
        "kind": "panic",
        "phase": "alert",
        "state": "open",
        "silent": False,
        "quiet": False,
        "opened_at": NOON,
        "acknowledged_by": "",
        "acknowledged_at": None,
        "closed_at": None,
        "sealed": b"",
        **more,
    }


def timer(due: int) -> dict[str, Any]:
    named = {"flow": "checkin", "subject": f"p{due}", "name": "due"}
    return {**named, "person_id": "p", "due": due, "revision": 1}


# ---------------------------------------------------------------- health


async def test_healthy_while_it_leaves_signs_of_life(pages: Pages) -> None:
    await pages.alive(NOON - 4_000)
    assert await pages.get("/health") == (
        200,
        {"ok": True, "process": True, "store": True, "engine": True, "timers": True},
    )
    pages.engine.clock.advance(MINUTE)
    status, told = await pages.get("/health")
    assert (status, told["engine"]) == (503, False)


async def test_unhealthy_when_a_timer_is_long_overdue(pages: Pages) -> None:
    await pages.alive(NOON)
    await pages.put(t.timers, timer(NOON - 30_000))
    assert (await pages.get("/health"))[0] == 200
    await pages.put(t.timers, timer(NOON - 2 * MINUTE))
    status, told = await pages.get("/health")
    assert (status, told["timers"]) == (503, False)


async def test_starting_is_healthy_and_not_ready(pages: Pages) -> None:
    """Settling what fell due while nobody watched can take its time: it isn't killed for that."""
    pages.engine.ready = False
    await pages.put(t.timers, timer(NOON - 99 * MINUTE))
    assert (await pages.get("/health"))[0] == 200
    status, told = await pages.get("/ready")
    assert (status, told["prepared"]) == (503, False)


async def test_a_store_that_is_gone_is_told(pages: Pages) -> None:
    async with pages.engine.store.write() as conn:
        await conn.run_sync(t.timers.drop)
    status, told = await pages.get("/health")
    assert (status, told["store"]) == (503, False)


# ---------------------------------------------------------------- ready


async def test_ready_when_prepared_and_channels_answer(pages: Pages) -> None:
    assert await pages.get("/ready") == (
        200,
        {"ok": True, "prepared": True, "schema": True, "telegram": True},
    )


async def test_channels_are_not_asked_at_every_look(pages: Pages) -> None:
    await asyncio.gather(*(pages.get("/ready") for _ in range(5)))
    assert pages.platform.asked == 1
    pages.platform.wrong = ("The token is refused.",)
    pages.engine.clock.advance(61_000)
    assert (await pages.get("/ready"))[0] == 503
    pages.platform.wrong = ()
    pages.engine.clock.advance(6_000)
    assert (await pages.get("/ready"))[0] == 200
    assert pages.platform.asked == 3


# ---------------------------------------------------------------- metrics


async def test_numbers_of_an_empty_installation(pages: Pages) -> None:
    numbers = await pages.numbers()
    assert numbers["ready"] == 1
    assert numbers["inbox_waiting"] == 0
    assert numbers["outbox_oldest_urgent_seconds"] == 0
    assert numbers['cases_open{phase="alert",state="open"}'] == 0
    assert not [name for name in numbers if name.startswith("acknowledgement_seconds")]


async def test_numbers_of_what_waits(pages: Pages) -> None:
    received = {"channel": "telegram", "sender": "", "urgent": False, "received_at": NOON}
    await pages.put(
        t.inbox,
        {**received, "key": "1", "sealed": b"", "state": "waiting"},
        {**received, "key": "2", "sealed": b"", "state": "aside"},
        {**received, "key": "3", "sealed": b"", "state": "done"},
    )
    await pages.put(
        t.outbox,
        message(1, Lane.URGENT, created_at=NOON - 7_000),
        message(2, Lane.URGENT, error="challenge"),
        message(3, Lane.BULK),
        message(4, Lane.BULK, state="sent"),
        message(5, Lane.REPLY, state="failed"),
        message(6, Lane.BULK, drill="X7/in"),
        message(7, Lane.BULK, drill="X7", state="failed"),
    )
    await pages.put(t.timers, timer(NOON - 1_000), timer(NOON + 1_000))
    numbers = await pages.numbers()
    assert (numbers["inbox_waiting"], numbers["inbox_aside"]) == (1, 1)
    assert numbers['outbox_waiting{channel="telegram",lane="urgent"}'] == 2
    assert numbers['outbox_waiting{channel="telegram",lane="bulk"}'] == 1
    assert numbers["outbox_oldest_urgent_seconds"] == 7
    assert (numbers["outbox_failed"], numbers["outbox_challenged"]) == (1, 1)
    assert numbers["drills_waiting"] == 1
    assert (numbers["timers"], numbers["timers_due"], numbers["timers_late_seconds"]) == (2, 1, 1)


async def test_numbers_of_cases(pages: Pages) -> None:
    taken = [
        case(n, state="closed", acknowledged_at=NOON + n * 1_000, opened_at=NOON)
        for n in range(1, 9)
    ]
    await pages.put(t.cases, *taken, case(9), case(0, phase="distress", state="acknowledged"))
    numbers = await pages.numbers()
    assert numbers['cases_open{phase="alert",state="open"}'] == 1
    assert numbers['cases_open{phase="distress",state="acknowledged"}'] == 1
    assert numbers["acknowledgements"] == 8
    assert numbers['acknowledgement_seconds{quantile="0.5"}'] == 4
    assert numbers['acknowledgement_seconds{quantile="0.985"}'] == 8


async def test_a_platform_that_is_held_back_shows(pages: Pages) -> None:
    holds = pages.engine.senders["telegram"].holds
    holds.platform = pages.engine.clock.monotonic() + 60
    holds.chats["a"] = pages.engine.clock.monotonic() + 5
    numbers = await pages.numbers()
    assert numbers['channel_held_seconds{channel="telegram"}'] == 60
    assert numbers['chats_held{channel="telegram"}'] == 1


async def test_no_page_names_anybody(pages: Pages) -> None:
    await pages.put(t.outbox, message(1, Lane.URGENT, person_id="zq7person", address_id="zq7where"))
    await pages.put(t.cases, case(1, person_id="zq7person"))
    for path in ("/health", "/ready", "/metrics"):
        text = (await pages.http.get(path)).text
        assert "zq7" not in text
        assert "K7Q1" not in text


async def test_only_these_pages_exist(pages: Pages) -> None:
    for path in ("/", "/docs", "/cases"):
        assert (await pages.http.get(path)).status_code == 404
    assert (await pages.http.post("/health")).status_code == 405


def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([1.0], 0.985) == 1.0
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.8) == 4.0
