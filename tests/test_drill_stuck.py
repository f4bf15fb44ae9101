"""Drills that can't go on, and what may not stop the rest: a mistaken script, a trainer who is
gone, a script that is taken away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.drill import scripts
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget
from flows.drill.script import ScriptError, read
from tests.test_drill import begin
from tests.world import Player, World, world

OWN = """title A walk
goal To be back.
people reporter : journalist   desk: coordinator
at 0m
\ttrainer > reporter   Please type: checkin 30m
\treporter > checkin   within 10m
\tdesk > ack           within 10m
"""


async def people(here: World) -> None:
    await here.add(Player("Tara", "trainer"))
    await here.add(Player("Amina"))
    await here.add(Player("Omar", "coordinator", ("signal",), duty=True))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await people(made)
        yield made


async def states(here: World) -> list[str]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return [row.state for row in await conn.execute(t.drills.select())]


def told(here: World, name: str, words: str) -> int:
    return sum(words in said.text for said in here.said if said.to == name)


# ---------------------------------------------------------------- scripts


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"\x00\x01 4f5 garbage", 1, "unknown"),
        (OWN.replace("title A", "title À").encode("latin-1"), 1, "encoding"),
        (OWN.replace("within 10m", "within soon").encode(), 6, "within"),
    ],
)
async def test_the_engine_starts_without_a_mistaken_script(
    tmp_path: Path, raw: bytes, line: int, reason: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "walk.txt").write_bytes(b"\xef\xbb\xbf" + OWN.replace("A walk", "A stroll").encode())
    (own / "torn.txt").write_bytes(raw)
    (own / ".walk.txt").write_bytes(raw)  # an editor's
    with capture_logs() as logged:
        async with world(tmp_path / "w", f'[drills]\nscripts = "{own}"\n') as made:
            await people(made)
            await made.says("Tara", "drills")
            assert "A stroll" in made.last("Tara").labels
            await made.says("Amina", "sos")
            assert made.last("Omar").lane == "urgent"
    (said,) = [each for each in logged if each["event"] == "script_left_out"]
    assert (said["file"], said["line"], said["reason"]) == ("torn.txt", line, reason)
    (wrong,) = scripts.look(own).mistakes
    assert str(wrong).startswith(f"torn.txt, line {line}: ")
    assert "garbage" not in str(wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OWN.replace("within 10m", "within 0m"), "in no time"),
        (OWN.replace("within 10m", "within 9d"), "a week at most"),
        (OWN.replace("Please type: checkin 30m", ""), "says nothing"),
        (OWN + "title Another\n", "already"),
        (OWN.replace("checkin 30m", "{name}"), "may not have {"),
        (OWN.replace("reporter : journalist", "reporter journalist"), "who plays what"),
    ],
)
def test_what_would_vanish_or_never_happen_is_refused(text: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why):
        read("refused_one", text)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (wrong,) = scripts.look(tmp_path / "none").mistakes
    assert "can't be read: No such file" in str(wrong)


# ---------------------------------------------------------------- who gives it is gone


@pytest.mark.parametrize("down", [False, True])
async def test_a_drill_ends_for_everybody_when_its_trainer_is_erased(
    here: World, down: bool
) -> None:
    await begin(here)
    assert here.app is not None
    app = here.app
    async with app.store.write() as conn:
        query = t.persons.select().where(t.persons.c.role == "trainer")
        (tara,) = [row.id for row in await conn.execute(query)]
        await erase_rows(conn, app.vault, tara)
    await forget(app.store, app.vault)
    if down:
        await here.restart()
    await here.after(2_000)
    assert await states(here) == ["over"]
    for name in ("Amina", "Omar"):
        assert told(here, name, "The drill is over: Calling for help") == 1
    await here.says("Amina", "leave")
    assert "You take part in no drill" in here.last("Amina").text
    await here.says("Amina", "sos")
    assert here.last("Omar").lane == "urgent"


async def test_a_drill_ends_when_its_trainer_is_one_no_longer(here: World) -> None:
    await begin(here)
    assert here.app is not None
    async with here.app.store.write() as conn:
        changed = t.persons.update().where(t.persons.c.role == "trainer")
        await conn.execute(changed.values(role="journalist"))
    await here.after(2_000)
    assert await states(here) == ["over"]
    assert told(here, "Amina", "The drill is over: Calling for help") == 1


# ---------------------------------------------------------------- its script is gone


async def test_a_drill_whose_script_was_taken_away_is_ended(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    path = own / "hike.txt"
    path.write_text(OWN)
    async with world(tmp_path / "w", f'[drills]\nscripts = "{own}"\n') as here:
        await people(here)
        await here.add(Player("Lina", "coordinator"))
        await begin(here, "hike")
        assert await states(here) == ["running"]
        path.unlink()
        await here.restart()
        await here.after(2_000)
        assert await states(here) == ["over"]
        assert told(here, "Tara", "its script is no longer there") == 1
        assert told(here, "Amina", "The drill is over. From here on everything is real.") == 1
        await here.says("Amina", "sos")
        assert here.last("Omar").lane == "urgent"
