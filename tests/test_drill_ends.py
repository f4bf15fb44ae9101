"""How a drill ends: for one who leaves, for everybody, and in the middle of a message."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.batch import Batch, Instance
from bot.carry import Carrier
from bot.channels.base import Outgoing, Retry
from bot.drill import door
from bot.drill.hall import Hall, received_by
from bot.store import tables as t
from bot.store.forgetting import blank_received, forget_received
from bot.vault import Erased
from flows.drill import messages as m
from flows.drill.results import results
from flows.drill.script import DOES, read
from flows.engine.model import Event, Kind, Redact, Say
from tests.test_drill import begin
from tests.world import Crash, Player, World, world

OVER = "The drill is over"
HOUR = 3_600_000


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Tara", "trainer"))
        await made.add(Player("Amina"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await made.add(Player("Lina", "coordinator"))
        yield made


def hall_of(here: World) -> Hall:
    assert here.app is not None
    return next(iter(here.app.halls.halls.values()))


def told(here: World, name: str) -> list[str]:
    return [said.text for said in here.said if said.to == name]


# ---------------------------------------------------------------- leaving


@pytest.mark.parametrize("word", ["leave", "bye", "stop"])
async def test_a_word_leaves_the_drill_and_what_is_real_goes_on(here: World, word: str) -> None:
    await here.says("Amina", "checkin 30m")
    await begin(here)
    assert "type: leave" in told(here, "Amina")[-2]
    await here.says("Amina", word)
    assert "You have left the drill" in told(here, "Amina")[-1]
    assert (await here.states())["Amina.checkin"] == "waiting"
    before = len(here.said)
    await here.after(25 * 60_000)
    assert {s.lane for s in here.said[before:] if s.to == "Amina"} == {"routine"}


async def test_stop_is_real_again_once_the_drill_is_left(here: World) -> None:
    await here.says("Amina", "checkin 30m")
    await begin(here)
    await here.says("Amina", "stop")
    await here.says("Amina", "stop")
    assert (await here.states()).get("Amina.checkin") != "waiting"


async def test_stop_is_the_drills_while_it_watches_over_them(here: World) -> None:
    await here.says("Amina", "checkin 30m")
    await begin(here, "missed_checkin")
    await here.says("Amina", "checkin 45m")
    await here.says("Amina", "stop")
    assert (await here.states())["Amina.checkin"] == "waiting"
    assert not any("You have left the drill" in text for text in told(here, "Amina"))


async def test_bye_ends_the_drills_chat_before_it_leaves_the_drill(here: World) -> None:
    await begin(here, "phone_lost")
    await here.after(16 * 60_000)
    await here.says("Amina", "human")
    await here.says("Amina", "bye")
    assert "You have left the drill" not in told(here, "Amina")[-1]
    await here.says("Amina", "bye")
    assert "You have left the drill" in told(here, "Amina")[-1]


async def test_a_call_is_taken_back_with_a_card_open(here: World) -> None:
    await begin(here)
    await here.says("Amina", "sos")
    await here.says("Amina", "firstaid bleeding")
    await here.after(21 * 60_000)
    await here.says("Amina", "cancel")
    hall = hall_of(here)
    async with hall.store.read() as conn:
        did = [row.what for row in await conn.execute(t.happened.select())]
    assert set(did) & DOES["stand_down"]


async def test_a_coordinator_who_has_left_is_not_called_in_it(here: World) -> None:
    """Nobody is on duty in it any more, and its case log says so."""
    await begin(here)
    await here.says("Omar", "leave")
    before = len(here.said)
    await here.says("Amina", "sos")
    await here.after(10 * 60_000)
    assert not [said for said in here.said[before:] if said.to == "Omar"]
    async with hall_of(here).store.read() as conn:
        kinds = [row.kind for row in await conn.execute(t.case_log.select())]
    assert "skipped" in kinds
    assert "called" not in kinds


# ---------------------------------------------------------------- the recall


class Slow:
    """One phone that takes its time: what is on its way to it is there when `gate` opens."""

    def __init__(self, here: World, name: str) -> None:
        phone = here.phone(name)
        self.where, self.send = phone.where, phone.simulator.send
        self.gate, self.began = asyncio.Event(), asyncio.Event()
        phone.simulator.send = self  # type: ignore[method-assign]

    async def __call__(self, out: Outgoing) -> str:
        if out.where == self.where:
            self.began.set()
            await self.gate.wait()
        return await self.send(out)


async def recalled_on_the_way(here: World) -> tuple[Slow, int]:
    """Amina's invitation is on its way, Omar's waits, and the trainer ends it all."""
    assert here.app is not None
    app = here.app
    await here.says("Tara", "drill panic")
    for who in ("Amina", "That is all", "Omar", "That is all", "As it is"):
        await here.presses("Tara", who)
    slow, before = Slow(here, "Amina"), len(here.said)
    with here.held():
        await here.presses("Tara", "Don't tell them")
        await app.turn.run()
        await app.senders["telegram"].pass_once()
        await slow.began.wait()
        await here.says("Tara", "recall")
        await app.turn.run()
        await app.senders["signal"].drain()
        await app.halls.pass_once()
    return slow, before


async def test_what_waits_when_it_is_recalled_is_never_sent(here: World) -> None:
    slow, before = await recalled_on_the_way(here)
    slow.gate.set()
    await here.run()
    assert not [s for s in here.said[before:] if s.to == "Omar"]
    mine = [s.text for s in here.said[before:] if s.to == "Amina"]
    assert len(mine) == 2, mine
    assert "invites you" in mine[0]
    assert OVER in mine[1]


async def test_what_was_on_its_way_when_the_process_died_is_recalled(here: World) -> None:
    """It had arrived, and nobody had written that down: what is said is true either way."""
    slow, before = await recalled_on_the_way(here)

    def dies(at: str) -> None:
        if at == "telegram/after_send":
            here.boundary = lambda _at: None
            raise Crash(at)

    here.boundary = dies
    assert here.app is not None
    slow.gate.set()
    with pytest.raises(Crash):
        await asyncio.gather(*here.app.senders["telegram"].busy.values())
    await here.restart()
    mine = [s.text for s in here.said[before:] if s.to == "Amina"]
    assert len(mine) == 2, mine
    assert "it has been called off. If not, all is as before." in mine[1]
    assert not [s for s in here.said[before:] if s.to == "Omar"]


async def test_nobody_hears_that_it_is_over_who_never_heard_that_it_was(here: World) -> None:
    """The process dies before anything goes to Omar, and while Amina's invitation is on its way;
    that one never arrives."""
    assert here.app is not None
    slow, before = await recalled_on_the_way(here)
    for task in here.app.senders["telegram"].busy.values():
        task.cancel()
    phone = here.phone("Amina")
    phone.simulator.send = slow.send  # type: ignore[method-assign]
    await here.restart()
    told = {s.to: s.text for s in here.said[before:] if s.to in ("Amina", "Omar")}
    assert set(told) == {"Amina"}
    assert OVER not in told["Amina"]
    assert "If a drill has just reached you" in told["Amina"]


async def test_who_got_something_before_is_told_plainly(here: World) -> None:
    """What is in doubt was not the first that they got."""
    await begin(here)
    assert here.app is not None
    app, slow, before = here.app, Slow(here, "Amina"), len(here.said)
    with here.held():
        await here.says("Amina", "sos")
        await app.turn.run()
        await app.halls.pass_once()
        await app.senders["telegram"].pass_once()
        await slow.began.wait()
        await here.says("Tara", "recall")
        await app.turn.run()
    for task in app.senders["telegram"].busy.values():
        task.cancel()
    here.phone("Amina").simulator.send = slow.send  # type: ignore[method-assign]
    await here.restart()
    over = [s.text for s in here.said[before:] if s.to == "Amina"]
    assert OVER in over[0]


@pytest.mark.parametrize("hours", [2, 100])
async def test_who_got_something_is_told_however_long_nothing_ran_after_it(
    here: World, hours: int
) -> None:
    """The process ends with the turn that ends the drill, and what had been sent is as old as what
    is otherwise deleted."""
    await begin(here)
    await here.says("Amina", "sos")
    before = len(here.said)
    assert here.app is not None
    with here.held():
        await here.says("Tara", "recall")
        await here.app.turn.run()
    await here.stop()
    here.clock.set(here.clock.now() + hours * HOUR)
    await here.start()
    await here.app.enforce_retention()
    await here.run()
    over = sorted(s.to for s in here.said[before:] if OVER in s.text)
    assert over == ["Amina", "Omar"]
    assert any("the report" in text for text in told(here, "Tara"))
    await here.restart()
    assert sorted(s.to for s in here.said[before:] if OVER in s.text) == over


async def test_a_drill_of_many_days_is_recalled_where_it_reached_anybody(here: World) -> None:
    await begin(here)
    assert here.app is not None
    for _ in range(5):
        here.clock.set(here.clock.now() + 24 * HOUR)
        await here.app.enforce_retention()
    before = len(here.said)
    await here.says("Tara", "recall")
    assert sorted(s.to for s in here.said[before:] if OVER in s.text) == ["Amina", "Omar"]


async def test_who_asks_after_its_end_is_answered(here: World) -> None:
    await begin(here)
    await here.says("Tara", "recall")
    await here.presses("Amina", "Take part")
    assert "That drill is over" in told(here, "Amina")[-1]


# ---------------------------------------------------------------- keys of what is received


async def test_what_waits_for_a_drill_is_read_however_late(here: World) -> None:
    """The process dies after the drill's own inbox has it, and is back later. What was
    received beside it is gone by then, and at its start so are keys that the real inbox needs no
    more."""
    await begin(here)
    assert here.app is not None
    with here.held():
        await here.says("Amina", "sos")
        await here.app.turn.run()
        assert await door.take_in(hall_of(here), here.app.store, here.app.vault) == 1
    async with here.app.store.write() as conn:
        await blank_received(conn)
    await here.stop()
    here.clock.set(here.clock.now() + 20 * 60_000)
    await here.start()
    before = len(here.said)
    await here.run()
    called = [s.text for s in here.said[before:] if s.to == "Omar" and "#D" in s.text]
    assert called
    assert "DRILL" in called[0]


async def test_a_drill_destroys_no_key_that_the_real_inbox_needs(here: World) -> None:
    await begin(here)
    assert here.app is not None
    hall = hall_of(here)
    with here.held():
        await here.says("Lina", "menu")
        await forget_received(hall.store, hall.world.vault)
    before = len(told(here, "Lina"))
    await here.run()
    assert len(told(here, "Lina")) > before


async def test_a_drill_is_forgotten_in_time(here: World) -> None:
    await begin(here)
    assert here.app is not None
    app, key = here.app, received_by(hall_of(here).id)
    await here.says("Amina", "sos")
    await here.says("Tara", "recall")
    sealed = app.vault.seal(key, b"a frame", "inbox")
    here.clock.set(here.clock.now() + app.settings.drills.kept - 1)
    await app.enforce_retention()
    assert len(list(app.settings.drills_folder.iterdir())) == 1
    here.clock.set(here.clock.now() + 2)
    await app.enforce_retention()
    assert not list(app.settings.drills_folder.iterdir())
    assert await here.count("drills") == await here.count("instances", flow="drill") == 0
    with pytest.raises(Erased):
        app.vault.open(key, sealed, "inbox")


# ---------------------------------------------------------------- before it begins


async def test_a_trainer_learns_who_has_no_words_where_they_are_needed(here: World) -> None:
    await here.add(Player("Paul", words=("stone", "marble")))
    await here.says("Tara", "drill duress")
    for who in ("Amina", "Paul", "That is all", "Omar", "That is all", "As it is"):
        await here.presses("Tara", who)
    await here.presses("Tara", "Don't tell them")
    found = [text for text in told(here, "Tara") if "no code words" in text]
    assert len(found) == 1
    assert "Amina" in found[0]
    assert "Paul" not in found[0]
    assert "Omar" not in found[0]


async def test_nobody_is_asked_for_words_where_none_are_needed(here: World) -> None:
    await begin(here)
    assert not any("no code words" in text for text in told(here, "Tara"))


# ---------------------------------------------------------------- what came of it

SCRIPT = """title A title
goal A goal
people a: journalist   b: coordinator
at 0m
  a > sos     within 5m
  b > ack     within 5m
  a > words   within 5m
done a > sos
"""


@pytest.mark.parametrize(
    ("people", "did", "said"),
    [
        ("ab", ("0/a", "1/b", "2/a"), [m.RESULT, m.WENT_WELL]),
        ("ab", ("0/a",), [m.RESULT, m.WENT_WELL, m.NOT_DONE, m.NOT_DONE]),
        ("ab", ("1/b", "2/a"), [m.RESULT, m.NOT_DONE]),
        ("b", ("1/b",), [m.RESULT, m.NOT_DONE]),
    ],
)
def test_it_went_well_when_what_must_happen_did(
    people: str, did: tuple[str, ...], said: list[object]
) -> None:
    script = read("must_happen", SCRIPT)
    data = {"people": {who: [who, "in"] for who in people}, "did": {key: [0, 0, 0] for key in did}}
    lines = results(data, script)
    assert [line.message for line in lines] == said


# ---------------------------------------------------------------- what is deleted again


async def in_the_hall(here: World, does: Callable[[Carrier, Event], Awaitable[None]]) -> None:
    """A step of a request to a fund, in the drill's own engine."""
    hall = hall_of(here)
    amina, now = here.players["Amina"].id, hall.clock.now()
    async with hall.store.write() as conn:
        batch = Batch(conn, hall.world.vault, now)
        await batch.load_people([amina])
        card = batch.people[amina]
        assert card is not None
        event = Event(here.next_upstream(), Kind.TEXT, "text", now, now, amina,
                      address=next(iter(card.addresses)), upstream="p1000")  # fmt: skip
        await does(Carrier(batch, hall.world, None), event)
        await batch.write()
    hall.settled = False
    await here.run()


async def test_what_a_drill_says_to_be_deleted_is_deleted_like_the_real(here: World) -> None:
    """An account to pay to, and what somebody typed: as soon as it is there."""
    await begin(here)
    amina = here.phone("Amina")
    request = Instance("application", "F7K2QM", here.players["Amina"].id, "payout", 1, 1, {},
                       "F7K2QM")  # fmt: skip

    async def says(carrier: Carrier, event: Event) -> None:
        carrier.out.say(event, request, Say(m.LEFT, fleeting=True))

    async def deletes(carrier: Carrier, event: Event) -> None:
        carrier.out.redact(event, Redact())
        await carrier.out.redact_shown(event, request)

    amina.fault = Retry("down")
    await in_the_hall(here, says)
    await in_the_hall(here, deletes)
    assert not amina.deleted
    amina.fault = None
    before = len(here.said)
    await here.after(2 * 60_000)
    (shown,) = [s for s in here.said[before:] if s.to == "Amina"]
    assert amina.deleted == {shown.shown.upstream, "p1000"}
    assert await here.count("outbox", state="waiting") == 0


async def test_a_code_word_is_deleted_once(here: World) -> None:
    await here.add(Player("Paul", words=("stone", "marble")))
    await here.says("Tara", "drill missed_checkin")
    for who in ("Paul", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Paul", "Take part")
    await here.presses("Omar", "Take part")
    await here.presses("Tara", "Begin now")
    await here.says("Paul", "checkin 30m")
    await here.after(31 * 60_000)
    sent: list[Outgoing] = []
    phone = here.phone("Paul")
    send = phone.simulator.send

    async def counted(out: Outgoing) -> str:
        sent.append(out)
        return await send(out)

    phone.simulator.send = counted  # type: ignore[method-assign]
    await here.says("Paul", "stone")
    assert [out.kind for out in sent if out.where == phone.where].count("redact") == 1
