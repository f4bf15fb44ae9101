"""Guests of a drill: nobody whom we know, in it with its code, and gone again after it."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot import qr, strangers
from bot.store import tables as t
from flows.drill import joining
from tests import qr_reader
from tests.test_drill import OF_DRILLS, OF_MESSAGES, counts
from tests.world import ISOLATES, Player, World, world

MINUTE, DAY = 60_000, 86_400_000


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", '[drills]\nguests_kept = "2d"\n') as made:
        await made.add(Player("Tara", "trainer"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await made.add(Player("Lina", "coordinator"))
        yield made


async def gathers(here: World) -> str:
    """Its code."""
    await here.says("Tara", "drill panic")
    for who in ("That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Omar", "Take part")
    asked = next(s.text for s in here.said if s.to == "Tara" and "can take part" in s.text)
    return asked.translate(ISOLATES).split(": ")[-1].split()[0]


async def guest(here: World, code: str, name: str) -> None:
    await here.add(Player(name, stranger=True))
    await here.says(name, code)
    await here.presses(name, "Take part")
    await here.says(name, name)


def told(here: World, name: str) -> str:
    return here.last(name).text.translate(ISOLATES)


async def test_nothing_is_kept_of_who_declines_and_of_guests_for_as_long_as_configured(
    here: World,
) -> None:
    code = await gathers(here)
    await guest(here, code, "Sam")
    await here.add(Player("Bo", stranger=True))
    await here.says("Bo", code)
    assert "2 days after its end" in told(here, "Bo")
    await here.presses("Bo", "Not now")
    assert here.app is not None
    assert await here.count("persons", role="trainee") == 2
    await here.app.enforce_retention()
    assert await here.count("persons", role="trainee") == 1
    await here.presses("Tara", "Begin now")
    await here.says("Sam", "sos")
    await here.says("Tara", "recall")
    here.clock.advance(2 * DAY - 1)
    await here.app.enforce_retention()
    assert await here.count("persons", role="trainee") == 1
    here.clock.advance(2)
    await here.app.enforce_retention()
    assert await here.count("persons", role="trainee") == await here.count("forgotten") == 0
    sams = "Sam-telegram"
    digest = here.app.turn.hears.where_hash("telegram", sams)
    assert await here.count("addresses", hash=digest) == 0
    await here.says("Sam", "hello")
    assert "I can't help with that" in told(here, "Sam")


async def test_a_real_call_of_a_guest_keeps_them_for_as_long_as_their_case(here: World) -> None:
    code = await gathers(here)
    await guest(here, code, "Sam")
    await here.says("Sam", "no duff")
    real = [s for s in here.said if s.to in ("Omar", "Lina") and s.lane == "urgent"]
    assert {s.to for s in real} == {"Omar", "Lina"}
    assert all("Sam" in s.text and "DRILL" not in s.text for s in real)
    await here.says("Tara", "recall")
    here.clock.advance(3 * DAY)
    assert here.app is not None
    await here.app.enforce_retention()
    assert await here.count("persons", role="trainee") == 1
    await here.presses("Lina", "I have it")
    await here.says("Sam", "they have gone")
    assert "they have gone" in told(here, "Lina")


async def test_who_has_not_agreed_yet_calls_for_real_too(here: World) -> None:
    code = await gathers(here)
    await here.add(Player("Sam", stranger=True))
    await here.says("Sam", code)
    await here.says("Sam", "help me")
    assert any(s.to == "Omar" and s.lane == "urgent" for s in here.said)


@pytest.mark.parametrize(
    "typed",
    ["menu", "checkin 30m", "firstaid burns", "fund", "report", "cases", "human", "status",
     "invite", "drills", "drill panic", "recall", "duty on", "lessons", "withdraw"],
)  # fmt: skip
async def test_a_guest_learns_of_nothing_else(here: World, typed: str) -> None:
    code = await gathers(here)
    await guest(here, code, "Sam")
    assert here.app is not None
    before, said = await counts(here.app.store), len(here.said)
    await here.says("Sam", typed)
    assert [(s.to, s.text[:8]) for s in here.said[said:]] == [("Sam", "Here you")]
    after = await counts(here.app.store)
    assert {name for name, n in after.items() if n != before[name]} <= OF_DRILLS | OF_MESSAGES


async def test_codes_are_not_guessed_and_a_full_drill_takes_nobody(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "GUESTS", 1)
    code = await gathers(here)
    await guest(here, code, "Sam")
    await here.add(Player("Bo", stranger=True))
    await here.says("Bo", code)
    assert "Nobody else can take part" in told(here, "Bo")
    await here.add(Player("Eve", stranger=True))
    for _ in range(strangers.CODES_A_DAY):
        await here.says("Eve", "2222222222")
    said = len(here.said)
    await here.says("Eve", code)
    assert here.said[said:] == []


async def test_the_code_of_a_drill_that_is_over_lets_nobody_in(here: World) -> None:
    code = await gathers(here)
    await here.says("Tara", "recall")
    await here.add(Player("Sam", stranger=True))
    await here.says("Sam", code)
    assert "no longer works" in told(here, "Sam")
    assert await here.count("persons", role="trainee") == 0


async def test_a_guest_who_may_enrols_like_anybody(here: World) -> None:
    code = await gathers(here)
    await here.presses("Tara", "Guests may enrol afterwards")
    await guest(here, code, "Sam")
    await here.says("Tara", "recall")
    await here.after(MINUTE)
    await here.presses("Sam", "Enrol")
    assert "Which language" in told(here, "Sam")
    here.clock.advance(30 * DAY)
    assert here.app is not None
    await here.app.enforce_retention()
    assert await here.count("persons", role="trainee") == 0
    async with here.app.store.read() as conn:
        found = await conn.execute(t.persons.select().where(t.persons.c.enrolled.is_(False)))
        assert [row.role for row in found] == ["journalist"]


async def test_an_invitation_of_their_own_enrols_a_guest(here: World) -> None:
    code = await gathers(here)
    await guest(here, code, "Sam")
    await here.invite("ABCDEFGH23", "journalist", "en")
    await here.says("Sam", "ABCDEFGH23")
    assert "Which language" in told(here, "Sam")
    assert await here.count("persons", role="trainee") == 0


async def test_a_guest_has_no_code_words_and_the_trainer_hears_so(here: World) -> None:
    await here.says("Tara", "drill duress")
    for who in ("That is all", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    asked = next(s.text for s in here.said if s.to == "Tara" and "can take part" in s.text)
    await guest(here, asked.translate(ISOLATES).split(": ")[-1].split()[0], "Sam")
    assert "Guests have no code words" in told(here, "Tara")


async def test_what_nobody_could_do_any_more_is_not_expected_of_who_comes_late(
    here: World,
) -> None:
    code = await gathers(here)
    await guest(here, code, "Sam")
    await here.presses("Tara", "Begin now")
    await here.after(25 * MINUTE)
    await guest(here, code, "Late")
    await here.says("Tara", "recall")
    own = {s.to: s.text.translate(ISOLATES) for s in here.said if "how it went for you" in s.text}
    of = {name: int(text.split(" of your steps")[0].split()[-1]) for name, text in own.items()}
    assert of["Late"] < of["Sam"]


async def test_the_picture_on_the_wall_says_the_link_with_the_code(here: World) -> None:
    assert here.app is not None
    here.app.world.contacts["telegram"] = "https://t.me/belay_bot?start={code}"
    code = await gathers(here)
    (file,) = (s.shown.file for s in here.said if s.to == "Tara" and s.shown.file)
    with Image.open(BytesIO(file.body)) as drawn:
        assert qr_reader.said(drawn) == f"https://t.me/belay_bot?start={code}"


@pytest.mark.parametrize(
    "link",
    [
        "https://signal.me/#p/+4915112345678",
        f"https://t.me/{'a' * 28}_bot?start=ABCDEFGH23",  # the longest name a bot can have
    ],
)
def test_every_link_of_ours_can_be_read(link: str) -> None:
    with Image.open(BytesIO(qr.png(link))) as drawn:
        assert qr_reader.said(drawn) == link


def test_the_code_is_drawn_with_a_margin() -> None:
    """Black and white squares, with what a phone's camera needs around them."""
    with Image.open(BytesIO(qr.png("https://t.me/belay_bot?start=ABCDEFGH23"))) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width == drawn.height >= 300
        grey = drawn.convert("L")
        edge = qr.SCALE * qr.BORDER
        assert {grey.getpixel((x, x)) for x in range(edge)} == {255}
        assert grey.getpixel((edge, edge)) == 0
