"""What is done with is kept for its time and then gone; what somebody still needs stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.base import Reason, Refused, Retry
from bot.store import retention
from tests.world import Player, World, world

#: Each kind has a time of its own, so that none can be taken for another.
CONFIG = """
[retention]
inbox = "2h"
outbox = "3h"
closed_cases = "10h"
strangers = "4h"
codes = "5h"
"""
HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", CONFIG) as made:
        await made.add(Player("Amina"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


async def purged(here: World, ms: int = 0) -> None:
    """`ms` go by in which nothing else is done, and then retention is enforced."""
    assert here.app is not None
    here.clock.advance(ms)
    await retention.purge(
        here.app.store, here.app.vault, here.clock.now(), here.app.settings.retention_ms
    )


async def test_what_people_wrote_is_gone_after_its_time(here: World) -> None:
    await here.says("Amina", "hello")
    await purged(here, 2 * HOUR)
    assert await here.count("inbox", state="done") == 1
    await purged(here, 1)
    assert await here.count("inbox") == 0


async def test_what_was_not_handled_yet_is_kept_however_old(here: World) -> None:
    """Waiting for a turn. Of what was set aside only that it happened, not what it was."""

    def full(name: str) -> None:
        if name == "turn/before_commit":
            raise OSError("disk")

    here.boundary = full
    await here.says("Amina", "hello")
    await here.phone("Amina").send("hello again")
    await purged(here, 3 * HOUR)
    assert await here.count("inbox", state="aside", sealed=b"") == 1
    assert await here.count("inbox", state="waiting") == 1
    await purged(here, 100 * DAY)
    assert await here.count("inbox", state="aside") == 0
    assert await here.count("inbox", state="waiting") == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_we_wrote_is_gone_after_its_time(here: World, arrived: bool) -> None:
    here.phone("Amina").fault = None if arrived else Refused(Reason.REJECTED)
    await here.says("Amina", "hello")
    await purged(here, 3 * HOUR)
    assert await here.count("outbox", state="sent" if arrived else "failed") == 1
    await purged(here, 1)
    assert await here.count("outbox") == 0


async def test_what_was_not_sent_yet_is_kept_however_old(here: World) -> None:
    here.telegram.down = Retry("down")
    await here.says("Amina", "hello")
    await purged(here, DAY)
    assert await here.count("outbox", state="waiting") == 1


async def test_that_a_stranger_wrote_is_gone_after_its_time(here: World) -> None:
    await here.add(Player("Zed", stranger=True))
    await here.says("Zed", "hello")
    await purged(here, 4 * HOUR)
    assert await here.count("strangers") == 1
    await purged(here, 1)
    assert await here.count("strangers") == 0


async def test_a_code_is_gone_some_time_after_it_expired(here: World) -> None:
    """Until then it is told as expired."""
    await here.invite("ABCDEFGHJK", "journalist", "en")
    await purged(here, DAY + 5 * HOUR)
    assert await here.count("codes") == 1
    await purged(here, 1)
    assert await here.count("codes") == 0


async def a_case(here: World) -> str:
    await here.says("Amina", "sos")
    return next(key[1:] for key in await here.states() if key.startswith("#"))


async def left_of(here: World, case: str) -> tuple[int, bool, int]:
    """Its row, whether it has log lines, its instance."""
    row = await here.count("cases", id=case)
    lines = await here.count("case_log", case_id=case)
    return row, lines > 0, await here.count("instances", flow="escalation", subject=case)


async def test_a_closed_case_is_gone_with_its_log_after_its_time(here: World) -> None:
    case = await a_case(here)
    here.clock.advance(HOUR)  # counted from when it was closed
    await here.says("Omar", f"close {case} safe")
    assert await here.count("cases", id=case, state="closed") == 1
    await purged(here, 10 * HOUR)
    assert await left_of(here, case) == (1, True, 1)
    await purged(here, 1)
    assert await left_of(here, case) == (0, False, 0)


async def test_what_was_sent_goes_with_its_case_and_not_with_another(here: World) -> None:
    """Their rows; the files themselves follow when the engine tidies up (test_keeper)."""
    await here.add(Player("Bela"))
    case = await a_case(here)
    await here.says("Bela", "sos")
    for name in ("Amina", "Bela"):
        await here.phone(name).media("photo", [("image/jpeg", b"a photo")])
    await here.run()
    await here.says("Omar", f"close {case} safe")
    assert await here.count("attachments") == 2
    await purged(here, 10 * HOUR)
    assert await here.count("attachments", case_id=case) == 1
    await purged(here, 1)
    assert await here.count("attachments", case_id=case) == 0
    assert await here.count("attachments", state="kept") == 1


async def test_an_open_case_is_kept_however_old(here: World) -> None:
    case = await a_case(here)
    await purged(here, 30 * DAY)
    assert await left_of(here, case) == (1, True, 1)
    assert await here.count("timers", subject=case) > 0


async def test_the_people_and_their_plans_stay(here: World) -> None:
    await here.says("Amina", "checkin 1h")
    await purged(here, 30 * DAY)
    assert (await here.states())["Amina.checkin"] == "waiting"
    assert await here.count("persons") == await here.count("addresses") == 2
    assert await here.count("timers", flow="checkin") > 0
