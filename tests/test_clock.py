"""Virtual time moves only when told to; real time is real."""

import asyncio
import threading
import time

import pytest

from bot.clock import Clock, ManualClock, SystemClock

START = 1_700_000_000_000


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_system_clock_is_the_machines() -> None:
    clock: Clock = SystemClock()
    assert abs(clock.now() - time.time() * 1000) < 1000
    before = clock.monotonic()
    asyncio.run(clock.sleep(0.01))
    assert clock.monotonic() - before >= 0.009


def test_time_stands_still_until_it_is_moved() -> None:
    clock: ManualClock = ManualClock(START)
    before = clock.monotonic()
    assert clock.now() == START
    clock.advance(1500)
    assert (clock.now(), clock.monotonic() - before) == (START + 1500, 1.5)
    clock.set(START + 60_000)
    assert clock.now() == START + 60_000
    with pytest.raises(ValueError, match="jump"):
        clock.set(START)


def test_sleepers_wake_in_order_at_their_time_and_not_before() -> None:
    async def story() -> None:
        clock, woken = ManualClock(START), []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        tasks = [asyncio.create_task(sleeper(n, s)) for n, s in (("b", 2), ("a", 1), ("c", 60))]
        await _settle()
        assert clock.next_wake() == START + 1000
        clock.advance(999)
        await _settle()
        assert woken == []
        clock.advance(1001)
        await _settle()
        assert woken == ["a", "b"]
        tasks[2].cancel()
        await _settle()
        assert clock.next_wake() is None
        clock.advance(100_000)
        await _settle()
        assert woken == ["a", "b"]

    asyncio.run(story())


def test_not_sleeping_at_all_still_gives_way() -> None:
    async def story() -> None:
        await ManualClock(START).sleep(0)
        await ManualClock(START).sleep(-1)

    asyncio.run(asyncio.wait_for(story(), 1))


def test_a_jump_moves_the_wall_only_and_wakes_nobody() -> None:
    async def story() -> None:
        clock = ManualClock(START)
        sleeping = asyncio.create_task(clock.sleep(5))
        await _settle()
        clock.jump(-3_600_000)
        await _settle()
        assert (clock.now(), clock.monotonic()) == (START - 3_600_000, 0.0)
        assert not sleeping.done()
        clock.advance(5000)
        await asyncio.wait_for(sleeping, 1)

    asyncio.run(story())


def test_another_thread_may_move_the_clock() -> None:
    async def story() -> None:
        clock = ManualClock(START)
        sleeping = asyncio.create_task(clock.sleep(5))
        await _settle()
        threading.Thread(target=clock.advance, args=(5000,)).start()
        await asyncio.wait_for(sleeping, 2)

    asyncio.run(story())
