"""Who plays what: dealt out in turn, as named, and refused where it can't be played."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.batch import Batch
from bot.drill import scripts
from bot.store import tables as t
from flows.drill.cast import dealt, empty
from flows.drill.state import playing
from tests.world import Player, World, world

Shell = Callable[..., Awaitable[Result]]
CAST = (
    Player("Tara", "trainer"),
    Player("Amina"),
    Player("Zoe"),
    Player("Omar", "coordinator", ("signal",), duty=True),
    Player("Lina", "coordinator"),
    Player("Olga", "officer", ("signal",)),
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        for player in CAST:
            await made.add(player)
        yield made


@pytest.fixture
def shell(here: World, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))

    async def run(*args: str) -> Result:
        """{Name} in an argument is that person's id."""
        assert here.app is not None
        async with here.app.store.read() as conn:
            ids = list((await conn.scalars(select(t.persons.c.id))).all())
            batch = Batch(conn, here.app.vault, 0)
            await batch.load_people(ids)
        known = {one.profile["name"]: one.id for one in batch.people.values() if one}
        filled = [arg.format(**known) for arg in args]
        done = await asyncio.to_thread(CliRunner().invoke, app, ["drill", *filled])
        await here.run()
        return done

    return run


async def parts(here: World) -> tuple[list[str], int]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        (row,) = (await conn.execute(t.drills.select())).all()
    return sorted(one.part for one in playing(row.people).values()), row.pace


@pytest.mark.parametrize(
    ("name", "who", "expected"),
    [
        (
            "coordinator_asleep",
            "{Amina},{Omar},{Lina}",
            (["desk", "reporter", "sleeper"], 4),
        ),
        (
            "final_exercise",
            "{Amina},witness={Zoe},desk={Omar}",
            (["desk", "reporter", "witness"], 10),
        ),
    ],
)
async def test_parts_are_dealt_and_the_pace_is_the_scripts(
    here: World, shell: Shell, name: str, who: str, expected: tuple[list[str], int]
) -> None:
    done = await shell("start", name, "--trainer", "{Tara}", "--participants", who)
    assert done.exit_code == 0, done.output
    assert await parts(here) == expected


@pytest.mark.parametrize(
    ("name", "who", "why"),
    [
        ("coordinator_asleep", "{Amina},{Omar}", "nobody plays desk (coordinator)"),
        ("panic", "{Omar}", "nobody plays reporter (journalist)"),
        ("panic", "{Tara}", "can't play in it"),
        ("panic", "{Amina},{Omar},{Olga}", "is an officer, and has no part in panic"),
        ("panic", "desk={Amina},{Omar}", "the part desk is for a coordinator"),
        ("panic", "cook={Amina}", "has no part 'cook'"),
        ("panic", "{Amina},reporter={Amina}", "is named twice"),
        ("panic", "", "nobody takes part"),
    ],
)
async def test_what_cannot_be_played_is_refused(
    shell: Shell, name: str, who: str, why: str
) -> None:
    done = await shell("start", name, "--trainer", "{Tara}", "--participants", who)
    assert done.exit_code == 2
    assert why in done.output


async def test_who_is_missing_may_come_with_the_code(here: World, shell: Shell) -> None:
    asked = ("--trainer", "{Tara}", "--participants", "{Amina}", "--others-come")
    done = await shell("start", "panic", *asked)
    assert done.exit_code == 0, done.output
    await here.presses("Amina", "Take part")
    await here.presses("Tara", "Begin now")
    assert "Still without anybody" in here.last("Tara").text
    await here.presses("Tara", "Begin all the same")
    assert "It has begun" in here.last("Tara").text


async def test_all_of_these_are_dealt_over_the_parts_of_their_role(here: World) -> None:
    await here.says("Tara", "drill final_exercise")
    await here.presses("Tara", "All of these")
    assert "second journalist" in here.last("Tara").text
    for label in ("That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", label)
    assert (await parts(here))[0] == ["desk", "reporter", "witness"]


def test_dealing() -> None:
    script = scripts.load()["final_exercise"]
    two = [part for part in script.parts if part.role == "journalist"]
    assert dealt(two, "abc", {"c": "reporter"}) == {
        "c": "reporter",
        "a": "witness",
        "b": "reporter",
    }
    assert [part.name for part in empty(script, ["reporter"])] == ["witness", "desk"]


async def test_the_report_is_in_the_language_asked_for(here: World, shell: Shell) -> None:
    done = await shell("start", "panic", "--trainer", "{Tara}", "--participants", "{Amina},{Omar}")
    number = done.stdout.partition(":")[0]
    await here.presses("Amina", "Take part")
    await here.presses("Omar", "Take part")
    await here.presses("Tara", "Begin now")
    await here.says("Amina", "sos")
    await here.says("Tara", "recall")
    done = await shell("report", number, "--lang", "fr")
    assert done.exit_code == 0, done.output
    assert "Chronologie de chacun" in done.stdout
    assert "did not happen" not in done.stdout
