"""Requests to a fund, at the edges of what officers, payers and referees may do and learn."""

import shutil
from pathlib import Path

from tests.test_fund_desk import ACCOUNT, CONFIG, PEOPLE, approved, words
from tests.world import Player, world

PIA = "3eiisqhartfh7qi6"  #: the id of Pia, made from her name (tests/world.py)


def funds(folder: Path, **changed: str) -> str:
    """The configuration, with the fund of the tests changed: its setting -> what stands there."""
    shutil.copytree("tests/funds", folder, ignore=shutil.ignore_patterns("two"))
    file = folder / "safety.toml"
    lines = file.read_text().splitlines()
    for name, value in changed.items():
        lines = [line for line in lines if not line.startswith(f"{name} = ")]
        lines.insert(0, f"{name} = {value}")
    file.write_text("\n".join(lines))
    return CONFIG.replace("{root}/tests/funds", str(folder))


async def test_a_payment_goes_to_another_when_who_pays_has_a_conflict(tmp_path: Path) -> None:
    config = funds(tmp_path / "funds", payers=f'["uixzl6ifjuoqf6dx", "{PIA}"]')
    async with world(tmp_path / "w", config) as here:
        for player in (*PEOPLE, Player("Pia", "coordinator", ("signal",))):
            await here.add(Player(player.name, player.role, player.channels))
        await approved(here)
        await here.presses("Amina", "Where to pay")
        await here.says("Amina", ACCOUNT, "signal")
        await here.presses("Paula", "Conflict of interest")
        await here.presses("Paula", "I have a conflict")
        await here.presses("Paula", "See where to pay")
        assert ACCOUNT not in words(here, "Paula")
        assert "Others who pay for this fund were told" in words(here, "Oscar")
        await here.presses("Pia", "See where to pay")
        assert ACCOUNT in words(here, "Pia")
