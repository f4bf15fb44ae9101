"""Trainers and whom they give lessons to: names and lessons, of whoever is there now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.batch import loading
from bot.store.erasing import erase_rows
from bot.vault.people import closing_file
from tests.world import Player, World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Tara", "trainer"))
        for name in ("Cira", "Amina", "Bela"):
            await made.add(Player(name))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


async def asked_whom(here: World) -> tuple[str, ...]:
    """The names that Tara is offered."""
    await here.says("Tara", "assign")
    await here.presses("Tara", here.last("Tara").labels[0])
    return here.last("Tara").labels


async def erase(here: World, name: str, rows: bool = True) -> None:
    """`rows` False: they came back with a restored database."""
    assert here.app is not None
    person = here.players[name].id
    if rows:
        async with here.app.store.write() as conn:
            await erase_rows(conn, here.app.vault, person)
    here.app.vault.erase(person)


async def well(here: World) -> None:
    """Nothing broke: no message was set aside, and none became a case."""
    assert await here.count("inbox", state="aside") == 0
    assert await here.count("cases") == 0


async def test_a_trainer_chooses_among_all_others_journalists_first(here: World) -> None:
    await here.add(Player("Zed", stranger=True))
    assert asked_labels(await asked_whom(here)) == ["Amina", "Bela", "Cira", "Omar"]


def asked_labels(labels: tuple[str, ...]) -> list[str]:
    """Without what stands below every list."""
    return [label for label in labels if label.isalpha()]


async def test_nobody_else_is_shown_anybody(here: World) -> None:
    for name in ("Amina", "Omar"):
        await here.says(name, "assign")
        assert not set(here.last(name).labels) & set(here.players)


async def test_a_list_is_of_the_first_ones_when_there_are_very_many(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "EVERYBODY", 3)
    shown = set(asked_labels(await asked_whom(here)))
    assert shown == {"Amina", "Cira", "Omar"}  # coordinators are known to every turn


@pytest.mark.parametrize("rows", [True, False])
async def test_whoever_was_erased_is_not_in_the_list(here: World, rows: bool) -> None:
    await erase(here, "Bela", rows)
    assert asked_labels(await asked_whom(here)) == ["Amina", "Cira", "Omar"]
    await well(here)


async def test_whose_key_is_missing_is_not_in_the_list(here: World) -> None:
    assert here.app is not None
    path = here.app.settings.keyring.with_name("test.keyring.people")
    with closing_file(path) as db:
        db.execute("DELETE FROM people WHERE id = ?", (here.players["Bela"].id,))
    assert asked_labels(await asked_whom(here)) == ["Amina", "Cira", "Omar"]
    await well(here)


async def test_a_lesson_for_somebody_erased_meanwhile_is_for_the_others(here: World) -> None:
    await asked_whom(here)
    await erase(here, "Bela")
    await here.presses("Tara", "All of these")
    for name in ("Amina", "Cira", "Omar"):
        assert "lesson" in here.last(name).text
    await well(here)


async def test_a_lesson_of_a_trainer_erased_meanwhile_is_finished_all_the_same(
    here: World,
) -> None:
    await asked_whom(here)
    await here.presses("Tara", "Amina")
    await erase(here, "Tara")
    await here.presses("Amina", here.last("Amina").labels[0])
    for _ in range(30):
        onward = here.last("Amina").labels[:1]
        if onward == ("Lessons",):
            break
        await here.presses("Amina", onward[0])
    assert here.last("Amina").labels[0] == "Lessons"
    await well(here)


async def test_a_trainer_reads_who_has_finished_also_of_somebody_erased(here: World) -> None:
    await asked_whom(here)
    await here.presses("Tara", "Amina")
    await erase(here, "Amina")
    await here.says("Tara", "progress")
    assert "Amina" not in here.last("Tara").text
    await well(here)
