"""What frightened people say in a drill, in their own words, and what a classroom does too late:
the one is real, the other isn't."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.base import Retry
from tests.test_drill import begin, real_calls
from tests.test_words import WORDS
from tests.world import Player, World, world

MINUTE = 60_000
REAL = (
    "this isn't a drill", "it is real danger", "ceci n'est pas un exercice",
    "c'est pas un exercice", "ceci est réel", "c'est vraiment réel",
    "exercice fini, il y a un vrai incendie",
    "exercice terminé, vrai danger", "هذا ليس تمرين", "مش تمرين", "مو تمرين", "خطر حقيقي",
    "انتهى التمرين، هذا خطر حقيقي",
)  # fmt: skip


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Tara", "trainer"))
        await made.add(Player("Amina", words=("river", "lantern")))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await made.add(Player("Lina", "coordinator"))
        yield made


def test_no_drill_is_understood_as_people_say_it() -> None:
    assert [said for said in REAL if not WORDS.real(said)] == []


@pytest.mark.parametrize("said", REAL[6::3])
async def test_what_is_said_to_be_no_drill_is_real(here: World, said: str) -> None:
    """After the call that the script waits for, which was the drill's."""
    await begin(here)
    await here.says("Amina", "sos")
    assert await real_calls(here) == 0
    before = len(here.said)
    await here.says("Amina", said)
    assert await real_calls(here) == 1
    assert any(s.to == "Omar" and s.lane == "urgent" for s in here.said[before:])
    assert "may need help for real" in here.last("Tara").text


@pytest.mark.parametrize("asked", [True, False])
async def test_help_is_a_call_wherever_it_would_be_one_outside(here: World, asked: bool) -> None:
    """The drill's check-in asks; or its call for help is open."""
    if asked:
        await begin(here, "missed_checkin")
        await here.says("Amina", "checkin 30m")
        await here.after(31 * MINUTE)
        assert "How is your day" in here.last("Amina").text
    else:
        await begin(here)
        await here.says("Amina", "sos")
    assert await real_calls(here) == 0
    await here.says("Amina", "help")
    assert await real_calls(here) == 1
    before = len(here.said)
    await here.after(5 * MINUTE)
    assert not [s for s in here.said[before:] if s.to == "Amina" and "DRILL" in s.text]


async def test_nobody_goes_on_with_whoever_really_calls(here: World) -> None:
    """The script says "take your call back" next."""
    await begin(here)
    await here.says("Amina", "sos")
    await here.says("Amina", "sos")
    await here.presses("Tara", "Go on with Amina")
    assert "is still open" in here.last("Tara").text
    await here.after(30 * MINUTE)
    assert not any("take your call back" in s.text for s in here.said)
    called = next(s for s in here.said if s.to == "Omar" and s.lane == "urgent")
    found = re.search(r"#(\w+)", called.text)
    assert found
    await here.says("Omar", f"close {found[1]} safe, spoken to")
    await here.presses("Tara", "Go on with Amina")
    assert "takes part again" in here.last("Tara").text


async def test_nobody_is_told_late_to_call(here: World) -> None:
    """What the script waits for is over when the phone is there again: obeying would be real."""
    await here.says("Tara", "drill panic")
    for who in ("Amina", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Amina", "Take part")
    await here.presses("Omar", "Take part")
    here.phone("Amina").fault = Retry("down")
    await here.presses("Tara", "Begin now")
    await here.after(14 * MINUTE)
    here.phone("Amina").fault = None
    await here.after(MINUTE)
    told = [s.text for s in here.said if s.to == "Amina"]
    assert any("It begins" in text for text in told)
    assert not any("call for help" in text.lower() for text in told[1:]), told


@pytest.mark.parametrize(("after", "real"), [(9_000, 0), (40_000, 0), (300_000, 1)])
async def test_however_fast_it_goes_there_is_time_to_do_as_told(
    here: World, after: int, real: int
) -> None:
    await here.says("Tara", "drill panic")
    for who in ("Amina", "That is all", "Omar", "That is all"):
        await here.presses("Tara", who)
    await here.presses("Tara", "60 times as fast")
    await here.presses("Tara", "Don't tell them")
    await here.presses("Amina", "Take part")
    await here.presses("Omar", "Take part")
    await here.presses("Tara", "Begin now")
    here.clock.advance(after)
    await here.says("Amina", "sos")
    assert await real_calls(here) == real


async def test_a_call_is_one_whatever_code_stands_beside_it(here: World) -> None:
    await begin(here)
    assert here.app is not None
    code = next(
        word for s in here.said if s.to == "Tara" for word in s.text.split()
        if len(word) == 10 and word.isupper() and word.isalnum()
    )  # fmt: skip
    await here.says("Lina", f"help me {code}")
    assert "Do you need somebody" in here.last("Lina").text
    await here.after(3 * MINUTE)
    assert await real_calls(here) == 1


async def test_an_order_without_an_id_is_for_the_drills_case(here: World) -> None:
    await begin(here)
    await here.says("Amina", "sos")
    await here.says("Omar", "ack")
    said = here.last("Omar").text
    assert "DRILL" in said
    assert "is yours" in said
    await here.says("Omar", "note she is at home")
    assert "DRILL" in here.last("Omar").text


async def test_an_order_without_an_id_is_for_the_real_case_that_waits(here: World) -> None:
    await here.add(Player("Paul"))
    await begin(here)
    await here.says("Paul", "sos")
    await here.says("Amina", "sos")
    await here.says("Omar", "ack")
    assert "DRILL" not in here.last("Omar").text


async def test_a_number_is_for_the_invitation_that_stands_last(here: World) -> None:
    """However much stood there before; but not before a call that waits (warned.txt)."""
    await here.add(Player("Paul", channels=("signal",)))
    await here.says("Paul", "menu")
    await here.after(2 * MINUTE)
    await here.says("Tara", "drill panic")
    for who in ("Paul", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.says("Paul", "1")
    assert "You take part" in here.last("Paul").text
