"""Emergency numbers: some for every country that has any, the likeliest to answer first."""

from collections.abc import AsyncIterator
from pathlib import Path

import phonenumbers
import pytest

from bot.emergency import SHOWN, numbers
from bot.places import load
from tests.world import Player, World, world


@pytest.mark.parametrize(
    ("country", "its"),
    [
        ("US", ("112", "911")),
        ("GB", ("112", "999")),
        ("FR", ("112", "15", "17", "18")),
        ("UA", ("112", "101", "102", "103")),
        ("SY", ("112", "110", "113")),
        ("EG", ("122", "123", "180")),
        ("JO", ("112", "911", "191", "192")),
        # What begins with a zero is a number too.
        ("AU", ("000", "112", "106")),
        ("RU", ("112", "101", "102", "103")),
        ("TM", ("01", "02", "03")),
        ("UZ", ("01", "02", "03", "001")),
    ],
)
def test_the_numbers_of_a_country(country: str, its: tuple[str, ...]) -> None:
    assert numbers()[country] == its


def test_no_list_is_longer_than_somebody_in_need_can_try() -> None:
    assert {len(its) for its in numbers().values()} <= set(range(1, SHOWN + 1))


def test_every_number_is_an_emergency_number_there() -> None:
    for country, its in numbers().items():
        assert len(set(its)) == len(its)
        for number in its:
            assert phonenumbers.is_emergency_number(number, country), (country, number)


def test_only_who_has_none_is_missing() -> None:
    """Of a few countries the metadata has no short numbers of this kind at all."""
    assert set(phonenumbers.SUPPORTED_SHORT_REGIONS) - set(numbers()) == {"GN"}


def test_every_country_of_a_time_zone_is_known_or_has_no_numbers() -> None:
    places = load()
    zones = {"Europe/Kyiv": "UA", "Asia/Damascus": "SY", "America/Mexico_City": "MX"}
    for zone, country in zones.items():
        assert places.country(zone) == country
        assert country in numbers()
    assert places.country("Etc/UTC") not in numbers()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", '[guidance]\nno_ambulance = ["SY"]\n') as made:
        await made.add(Player("Amina", tz="Australia/Sydney"))
        await made.add(Player("Rana", tz="Asia/Damascus"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


async def numbers_told(here: World, name: str) -> str:
    await here.says(name, "firstaid tear gas")
    for _ in range(20):
        said = here.last(name)
        labels = [label for label in said.labels if "umbers" in label]
        if labels:
            await here.presses(name, labels[0])
            return here.last(name).text
        await here.presses(name, said.labels[0])
    raise AssertionError("the card has no end")


async def test_whoever_asks_reads_those_of_their_country(here: World) -> None:
    assert "000, 112, 106" in await numbers_told(here, "Amina")


async def test_where_no_ambulance_comes_that_is_said(here: World) -> None:
    told = await numbers_told(here, "Rana")
    assert "112, 110, 113" in told
    assert "no ambulance comes" in told
    assert "no ambulance comes" not in await numbers_told(here, "Amina")
