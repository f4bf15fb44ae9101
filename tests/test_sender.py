"""Lanes, holds and retries: an urgent message never waits behind another lane."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.base import Challenge, Limits, Outgoing, Retry, SendError
from bot.outbox import Order, encode, rank
from bot.pace import Bucket
from bot.sender import Sender
from bot.store import tables as t
from bot.store.store import get_meta
from flows.engine.model import Lane
from tests.world import Player, World, world

LIMITS = Limits(per_second=10, burst=4, reserve=2, per_chat=0.0, max_text=4096, concurrency=4)
URGENT, REPEAT, PASSED, REPLY, ROUTINE, BULK = (
    rank(Lane.URGENT, Order.FIRST),
    rank(Lane.URGENT, Order.NEXT),
    rank(Lane.URGENT, Order.PASSED),
    rank(Lane.REPLY),
    rank(Lane.ROUTINE),
    rank(Lane.BULK),
)


class Wire:
    """What the platform accepted, and how it fails."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.faults: dict[str, list[SendError]] = {}
        self.hangs: set[str] = set()
        self.release = asyncio.Event()

    async def send(self, out: Outgoing) -> str:
        if out.where in self.hangs:
            await self.release.wait()
        faults = self.faults.get(out.where, [])
        if faults:
            raise faults.pop(0)
        self.accepted.append(out.where)
        return str(len(self.accepted))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Amina"))
        yield made


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def sender(here: World, wire: Wire) -> Sender:
    assert here.app is not None
    made = here.app.senders["telegram"]
    made.channel.limits = LIMITS
    made.channel.send = wire.send  # type: ignore[method-assign]
    made.bucket = Bucket(LIMITS, LIMITS.burst, here.clock.monotonic())
    return made


async def put(here: World, where: str, order: int, **more: object) -> None:
    """A row that waits; `where` is its own chat."""
    assert here.app is not None
    person = here.players["Amina"].id
    payload = {"m": "checkin.need_word", "a": {}, "c": [], "lang": "en", "tz": "UTC", "to": where}
    now = here.clock.now()
    row = {
        "id": f"{where:>16}",
        "channel": "telegram",
        "address_id": where,
        "person_id": person,
        "rank": order,
        "case_id": "",
        "replaces": None,
        "sealed": here.app.vault.seal(person, encode(payload), "outbox"),
        "state": "waiting",
        "attempts": 0,
        "next_at": now,
        "created_at": now,
        **more,
    }
    async with here.app.store.write() as conn:
        await conn.execute(t.outbox.insert(), row)


async def sent_now(sender: Sender) -> None:
    await sender.pass_once()
    await asyncio.gather(*sender.busy.values())


async def states(here: World) -> dict[str, tuple[str, int]]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        rows = await conn.execute(
            select(t.outbox.c.address_id, t.outbox.c.state, t.outbox.c.attempts)
        )
        return {row[0]: (row[1], row[2]) for row in rows}


async def challenge(here: World) -> str:
    """What doctor tells the operator about."""
    assert here.app is not None
    async with here.app.store.read() as conn:
        return await get_meta(conn, "challenge/telegram") or ""


async def test_the_most_urgent_goes_first_and_the_reserve_is_its_own(
    here: World, sender: Sender, wire: Wire
) -> None:
    for order, where in [(BULK, "bulk"), (ROUTINE, "routine"), (REPLY, "reply")]:
        await put(here, where, order)
    await put(here, "repeat", REPEAT)
    await put(here, "urgent", URGENT)
    await sent_now(sender)
    # Four tokens: two for the urgent lane, then the reserve is left to it alone.
    assert wire.accepted == ["urgent", "repeat"]
    here.clock.advance(1_000)
    await sender.drain()
    assert wire.accepted[2:] == ["reply", "routine"]


async def test_others_that_hang_leave_room_for_the_urgent_lane(
    here: World, sender: Sender, wire: Wire
) -> None:
    sender.bucket = Bucket(replace(LIMITS, burst=100, reserve=0), 100, here.clock.monotonic())
    for n in range(10):
        wire.hangs.add(f"hang{n}")
        await put(here, f"hang{n}", ROUTINE)
    await sender.pass_once()
    assert len(sender.busy) == 3
    await put(here, "urgent", URGENT)
    await sender.pass_once()
    await sender.busy["urgent"]
    assert wire.accepted == ["urgent"]
    wire.release.set()
    await sender.drain()


async def test_a_chat_keeps_room_for_what_is_urgent(
    here: World, sender: Sender, wire: Wire
) -> None:
    """One a second, whatever it is; but what is urgent doesn't wait for the pause that another
    message has caused, and others leave the chat room for that."""
    sender.channel.limits = replace(LIMITS, per_chat=1.0, chat_burst=2)
    sender.bucket = Bucket(replace(LIMITS, burst=100, reserve=0), 100, here.clock.monotonic())

    async def chat(order: int, name: str) -> None:
        await put(here, "omar", order, id=f"{name:>16}")

    async def after(ms: int) -> int:
        here.clock.advance(ms)
        before = len(wire.accepted)
        await sender.drain()
        return len(wire.accepted) - before

    await chat(BULK, "drill 1")
    assert await after(0) == 1
    await chat(BULK, "drill 2")
    assert await after(990) == 0
    await chat(URGENT, "call 1")
    assert await after(0) == 1
    await chat(URGENT, "call 2")
    assert await after(20) == 1
    await chat(URGENT, "call 3")
    assert await after(980) == 0
    assert await after(20) == 1
    assert await after(1_980) == 0
    assert await after(20) == 1


async def test_what_is_urgent_wakes_a_sender_that_pauses(
    here: World, sender: Sender, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has just looked and found nothing that may go: others' wakes wait, this one doesn't."""
    monkeypatch.setattr("bot.sender.FRUITLESS", 3600)
    taken = asyncio.Event()

    async def takes(out: Outgoing) -> str:
        taken.set()
        return await wire.send(out)

    sender.channel.send = takes  # type: ignore[method-assign]
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.05)
    sender.wake()
    await put(here, "omar", URGENT)
    sender.wake(urgent=True)
    async with asyncio.timeout(20):
        await taken.wait()
    running.cancel()
    assert wire.accepted == ["omar"]


async def test_a_hold_is_for_the_chat_it_was_given_for(
    here: World, sender: Sender, wire: Wire
) -> None:
    wire.faults["held"] = [Retry("429", after=7, scope="chat")]
    await put(here, "held", URGENT)
    await put(here, "free", URGENT)
    await sender.drain()
    assert wire.accepted == ["free"]
    here.clock.advance(6_000)
    await sender.drain()
    assert wire.accepted == ["free"]
    here.clock.advance(1_500)
    await sender.drain()
    assert wire.accepted == ["free", "held"]


async def test_after_an_ambiguous_failure_it_is_sent_again(
    here: World, sender: Sender, wire: Wire
) -> None:
    wire.faults["a"] = [Retry("timeout"), Retry("timeout")]
    await put(here, "a", REPLY)
    for _ in range(20):
        await sender.drain()
        here.clock.advance(1_000)
    assert wire.accepted == ["a"]
    assert (await states(here))["a"] == ("sent", 3)


async def test_what_is_urgent_goes_round_after_two_failures(
    here: World, sender: Sender, wire: Wire
) -> None:
    wire.faults["a"] = [Retry("down")] * 9
    await put(here, "a", URGENT)
    for _ in range(3):
        await sender.drain()
        here.clock.advance(1_500)
    assert await here.count("inbox", channel="bot") == 1


async def test_a_challenge_leaves_the_platform_alone_and_goes_round_at_once(
    here: World, sender: Sender, wire: Wire
) -> None:
    wire.faults["a"] = [Challenge("captcha", ("token",))]
    await put(here, "a", URGENT)
    await put(here, "b", ROUTINE)
    sender.bucket = Bucket(replace(LIMITS, burst=1, reserve=0), 1, here.clock.monotonic())
    await sender.drain()
    assert await here.count("inbox", channel="bot") == 1
    assert "token" in await challenge(here)
    here.clock.advance(30_000)
    await sender.drain()
    assert wire.accepted == []
    here.clock.advance(31_000)
    await sender.drain()
    here.clock.advance(1_000)
    await sender.drain()
    assert sorted(wire.accepted) == ["a", "b"]
    assert await challenge(here) == ""


async def test_a_mark_that_could_not_be_written_sends_again(
    here: World, sender: Sender, wire: Wire
) -> None:
    """Accepted, then the process died before it was noted: a double is better than a miss."""
    await put(here, "a", URGENT)

    class Gone(BaseException):
        pass

    def boundary(name: str) -> None:
        raise Gone

    sender.boundary = boundary
    with pytest.raises(Gone):
        await sender.drain()
    sender.boundary = lambda _name: None
    await sender.drain()
    assert wire.accepted == ["a", "a"]
    assert (await states(here))["a"][0] == "sent"


def test_the_rate_is_kept_over_any_second() -> None:
    bucket = Bucket(LIMITS, LIMITS.burst, 0.0)
    taken = [at / 100 for at in range(300) if bucket.take(at / 100, urgent=True) == 0]
    for start in taken:
        within = [x for x in taken if start <= x < start + 1]
        assert len(within) <= LIMITS.burst + LIMITS.per_second


async def test_a_first_alert_goes_before_any_words_that_are_passed_on(tmp_path: Path) -> None:
    """However much one person writes and however often they call, another's call is not behind."""
    async with world(tmp_path / "w") as here:
        for name in ("Amina", "Bela"):
            await here.add(Player(name))
        await here.add(Player("Omar", "coordinator", duty=True))
        assert here.app is not None
        omars = here.app.senders["telegram"].holds
        omars.platform = here.clock.monotonic() + 30
        await here.says("Amina", "sos")
        for n in range(6):
            await here.says("Amina", f"they are at door {n}")
            await here.says("Amina", "sos")
        await here.says("Bela", "sos")
        before = len(here.said)
        await here.after(60_000)
        told = [s.text for s in here.said[before:] if s.to == "Omar"]
        assert "Amina" in told[0]
        assert "Bela" in told[1]
        assert "called for help again" in told[2]
        assert [text[-6:] for text in told[3:]] == [f"door {n}" for n in range(6)]


async def test_what_went_round_already_hides_nobody(
    here: World, sender: Sender, wire: Wire
) -> None:
    """A held platform with more urgent rows than are fetched at once: a new call goes round too."""
    sender.holds.platform = here.clock.monotonic() + 60
    for n in range(150):
        await put(here, f"words {n}", PASSED)
    await sender.pass_once()
    assert await here.count("inbox", channel="bot") == 150
    await put(here, "new", URGENT)
    await sender.pass_once()
    assert await here.count("inbox", channel="bot") == 151
    assert wire.accepted == []


async def test_a_repeat_that_waits_is_replaced_by_the_next_one(here: World) -> None:
    """Signal is down for three repeats: what comes out of it then is the last one alone."""
    minute, names = 60_000, ("Omar", "Lena")
    for name in names:
        await here.add(Player(name, "coordinator", ("signal", "telegram"), duty=True))
    here.signal.down = Retry("down")
    began = here.clock.now()
    await here.says("Amina", "sos")
    assert here.app is not None
    for nth in (1, 2, 3):
        await here.to(began + (5 * nth + 2) * minute)
        for name in names:
            mine = {"person_id": here.players[name].id, "rank": REPEAT, "channel": "signal"}
            newest = began + 5 * nth * minute
            assert await here.count("outbox", **mine, state="waiting") == 1
            assert await here.count("outbox", **mine, state="waiting", created_at=newest) == 1
            assert await here.count("outbox", **mine, state="replaced") == nth - 1
    here.signal.down = None
    before = len(here.said)
    await here.to(began + 19 * minute)
    late = [s.to for s in here.said[before:] if "nobody has this yet" in s.text]
    assert sorted(late) == sorted(names)


async def test_an_outage_of_the_only_platform_leaves_one_call_and_one_repeat(
    tmp_path: Path,
) -> None:
    async with world(tmp_path / "w") as here:
        await here.add(Player("Amina"))
        await here.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await here.add(Player("Lena", "coordinator", ("signal",)))
        here.signal.down = Retry("down")
        await here.says("Amina", "sos")
        await here.after(27 * 60_000)
        assert await here.count("outbox", state="waiting", rank=URGENT) == 2
        assert await here.count("outbox", state="waiting", rank=REPEAT) == 2
        assert await here.count("outbox", state="waiting") == 4


async def test_what_was_replaced_while_it_was_sent_stops_nobody(
    here: World, sender: Sender, wire: Wire
) -> None:
    """It failed, and another row has its place: that one goes, and so does everything else."""
    await put(here, "slow", REPEAT, replaces="key")
    wire.hangs.add("slow")
    wire.faults["slow"] = [Retry("timeout")]
    await sender.pass_once()
    await asyncio.sleep(0)
    assert here.app is not None
    async with here.app.store.write() as conn:
        await conn.execute(t.outbox.update().values(state="replaced", replaces=None))
    await put(here, "next", REPEAT, replaces="key")
    await put(here, "other", URGENT)
    wire.release.set()
    await sender.drain()
    here.clock.advance(5_000)
    await sender.drain()
    found = await states(here)
    assert found["slow"][0] == "replaced"
    assert found["next"][0] == found["other"][0] == "sent"
    assert sorted(wire.accepted) == ["next", "other"]


async def test_repeats_that_go_round_take_one_anothers_place(tmp_path: Path) -> None:
    async with world(tmp_path / "w") as here:
        await here.add(Player("Amina"))
        await here.add(Player("Omar", "coordinator", ("signal", "telegram"), duty=True))
        here.signal.down = here.telegram.down = Retry("down")
        await here.says("Amina", "sos")
        await here.after(42 * 60_000)
        here.telegram.down = None
        before = len(here.said)
        await here.after(2 * 60_000)
        told = [s for s in here.said[before:] if s.to == "Omar" and s.lane == "urgent"]
        assert 1 <= len(told) <= 3
