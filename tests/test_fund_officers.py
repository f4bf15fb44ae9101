"""Requests to a fund, at the edges of what officers, payers and referees may do and learn."""

import asyncio
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import app as commands
from bot.channels.base import Outgoing
from bot.codes import code_hash
from bot.config.funds import load_fund
from bot.store import tables as t
from flows.fund.terms import Fund
from tests.applications import answers
from tests.test_fund_desk import (
    ACCOUNT,
    CONFIG,
    HOUR,
    PEOPLE,
    applied,
    approved,
    here,
    words,
)
from tests.transcript import _act
from tests.world import ISOLATES, Player, World, world

__all__ = ["here"]  # the fixture

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
        await here.presses("Amina", "Yes, it is right", "signal")
        await here.presses("Paula", "Conflict of interest")
        await here.presses("Paula", "I have a conflict")
        await here.presses("Paula", "See where to pay")
        assert ACCOUNT not in words(here, "Paula")
        assert "Others who pay for this fund were told" in words(here, "Oscar")
        await here.presses("Pia", "See where to pay")
        assert ACCOUNT in words(here, "Pia")


# ---------------------------------------------------------------- referees


async def coded(here: World) -> str:
    """Amina's request, and a code for its second referee."""
    await applied(here)
    for label in ("Take it", "What next", "Referees", "Referee 2", "Make a code"):
        await here.presses("Olga", label)
    found = re.search(r"\b[2-9A-HJKMNP-Z]{10}\b", here.last("Olga").text)
    assert found
    return found[0]


async def test_a_referee_is_forgotten_with_the_last_answer_and_with_the_request(
    here: World,
) -> None:
    code = await coded(here)
    await here.add(Player("Karim", stranger=True))
    await here.says("Karim", f"hello {code}")
    assert await here.count("persons", role="referee") == 1
    await here.says("Karim", "no")
    assert await here.count("persons", role="referee") == 0
    for label in ("What next", "Referees", "Referee 2", "Make a code"):
        await here.presses("Olga", label)
    code = re.findall(r"\b[2-9A-HJKMNP-Z]{10}\b", here.last("Olga").text)[0]
    await here.says("Karim", code)
    assert await here.count("persons", role="referee") == 1
    for label in ("How it stands", "Withdraw it", "Yes, delete everything"):
        await here.presses("Amina", label)
    assert await here.count("persons", role="referee") == 0
    assert await here.count("focus") == 0


async def test_a_referees_code_is_good_for_a_while_and_for_one_request(here: World) -> None:
    code = await coded(here)
    await here.add(Player("Karim", stranger=True))
    async with here.app.store.write() as conn:  # type: ignore[union-attr]
        await conn.execute(t.codes.update().values(expires_at=here.clock.now() - 1))
    await here.says("Karim", code)
    assert "no longer works" in words(here, "Karim")
    assert await here.count("persons", role="referee") == 0


async def test_an_older_code_of_the_same_referee_is_void(here: World) -> None:
    older = await coded(here)
    for label in ("What next", "Referees", "Referee 2", "Make a code"):
        await here.presses("Olga", label)
    await here.add(Player("Karim", stranger=True))
    await here.says("Karim", older)
    assert "no longer open" in words(here, "Karim")
    assert await here.count("persons", role="referee") == 0


async def test_the_links_to_us_are_handed_on_with_the_code(here: World) -> None:
    assert here.app is not None
    here.app.world.contacts["telegram"] = "https://t.me/example_bot?start={code}"
    code = await coded(here)
    assert f"https://t.me/example_bot?start={code}" in words(here, "Olga")


async def test_a_first_message_goes_to_a_number_on_signal_in_neutral_words(here: World) -> None:
    await applied(here)
    sent = []
    assert here.app is not None
    channel = here.app.channels["signal"]
    told = channel.send

    async def send(out: Outgoing) -> Any:
        sent.append(out)
        return await told(out)

    channel.send = send  # type: ignore[method-assign]
    for label in ("Take it", "What next", "Referees", "Referee 2", "Write first on Signal"):
        await here.presses("Olga", label)
    await here.run()
    (first,) = [each for each in sent if each.where == "+249995550101"]
    assert "Amina" not in first.text
    assert "fund" not in first.text
    assert await here.count("addresses") == sum(len(p.channels) for p in PEOPLE)


async def test_a_visitor_reaches_nothing_but_the_questions(here: World) -> None:
    code = await coded(here)
    await here.add(Player("Karim", stranger=True))
    await here.says("Karim", code)
    asked = here.last("Karim").text
    for typed in ("sos", "menu", "fund", "report", "cases", "status", "check in 1h", "stop"):
        await here.says("Karim", typed)
        assert here.last("Karim").text == asked, typed
    assert not await here.count("cases")
    await here.acts("Karim", "location", lat=15.5, lon=32.5)
    assert "can't help" in here.last("Karim").text


# ---------------------------------------------------------------- codes, deadlines


async def test_the_code_that_shows_the_status_expires(here: World) -> None:
    assert here.app is not None
    await applied(here)
    now, code = here.clock.now(), "ABCDEFGHJK"
    row = {
        "hash": code_hash(here.app.vault, code), "kind": "status", "role": "", "lang": "",
        "person_id": "F7K2QM", "expires_at": now + 1000, "used_at": None,
    }  # fmt: skip
    async with here.app.store.write() as conn:
        await conn.execute(t.codes.insert(), row)
    await here.add(Player("Karim", stranger=True))
    await here.says("Karim", f"status {code}")
    assert "#F7K2QM" in here.last("Karim").text.translate(ISOLATES)
    await here.after(2000)
    await here.says("Karim", f"status {code}")
    assert "no longer works" in here.last("Karim").text


async def test_a_coordinator_who_applies_is_not_told_that_their_own_request_waits(
    tmp_path: Path,
) -> None:
    async with world(tmp_path / "w", CONFIG) as here:
        for player in (Player("Omar", "coordinator"), Player("Lena", "coordinator")):
            await here.add(player)
        await here.applies("Omar", "F7K2QM", "protection", answers("protection"))
        await here.after(30 * HOUR)
        assert "A request to a fund waits" in words(here, "Lena")
        assert "A request to a fund waits" not in words(here, "Omar")


# ---------------------------------------------------------------- what may be read where


async def test_a_letter_to_who_applied_on_signal_goes_nowhere_else(tmp_path: Path) -> None:
    config = funds(tmp_path / "funds", details='"signal"')
    async with world(tmp_path / "w", config) as here:
        for player in (Player("Amina", channels=("telegram", "signal")), *PEOPLE[1:3]):
            await here.add(Player(player.name, player.role, player.channels))
        given = answers("protection")
        await here.applies("Amina", "F7K2QM", "protection", given, "signal")
        await here.presses("Olga", "Take it")
        assert [said.channel for said in here.said if said.to == "Amina"] == ["signal"]
        async with here.app.store.write() as conn:  # type: ignore[union-attr]
            mine = t.addresses.c.person_id == here.players["Amina"].id
            on_signal = t.addresses.c.channel == "signal"
            await conn.execute(t.addresses.delete().where(mine, on_signal))
        assert "house" not in words(here, "Olga")
        await here.says("Olga", "application F7K2QM")
        assert "house" not in words(here, "Olga")
        assert "on Signal only" in words(here, "Olga")


def test_officers_read_on_signal_only_unless_the_fund_says_otherwise(tmp_path: Path) -> None:
    assert Fund("f", {"en": "F"}, "EUR").details == "signal"
    (tmp_path / "f").mkdir()
    file = shutil.copy("tests/funds/safety.toml", tmp_path / "f" / "safety.toml")
    assert load_fund(Path(file)).details == "any"
    Path(file).write_text(Path(file).read_text().replace('details = "any"', ""))
    assert load_fund(Path(file)).details == "signal"


async def _asks(here: World, *args: str) -> Any:
    """On the command line, while nothing else runs."""
    await here.close()
    done = await asyncio.to_thread(CliRunner().invoke, commands, ["fund", "dossier", *args])
    await here.start()
    await here.run()
    return done


def _on_the_line(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))


WHY = ("--by", "Olga", "--reason", "Can they add?")


async def test_nothing_goes_to_a_partner_without_consent_for_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _on_the_line(here, monkeypatch)
    given = answers("protection") | {"consent": {"cpj": [], "nobody": ["story"]}}
    await here.applies("Amina", "F7K2QM", "protection", given)
    for partner, why in (("cpj", "has agreed to nothing"), ("nobody", "is no partner")):
        done = await _asks(here, "F7K2QM", "--role", "partner", "--partner", partner, *WHY)
        assert done.exit_code == 2
        assert why in done.stderr
    assert "dossier" not in words(here, "Oscar")


async def test_a_partners_dossier_holds_the_documents_only_with_consent(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _on_the_line(here, monkeypatch)
    found = {}
    for request, kinds, more in (
        ("F7K2QM", ["check", "documents"], []),
        ("F8K2QM", ["check"], []),
        ("F9K2QM", ["documents"], ["--with-uncleaned"]),
    ):
        given = answers("protection") | {"consent": {"cpj": kinds}}
        await here.applies("Amina", request, "protection", given)
        await here.says("Amina", "status")
        await here.presses("Amina", f"#{request}")
        await here.presses("Amina", "Add something")
        await _act(here, "Amina", "telegram", "(photo 5KB) the letter")
        await here.phone("Amina").media("document", [("application/zip", b"PK a letter")])
        await here.run()
        out = tmp_path / f"{request}.zip"
        args = [request, "--role", "partner", "--partner", "cpj"]
        assert (await _asks(here, *args, *WHY)).exit_code == 0
        await here.presses("Oscar", "Show the word")
        shown = re.search(r": ([2-9A-HJKMNP-Z]{8})", here.last("Oscar").text)
        assert shown
        word = ("--word", shown[1], "--format", "zip", "--out", str(out))
        done = await _asks(here, *args, *word, *more)
        assert done.exit_code == 0, done.stderr
        found[request] = zipfile.ZipFile(out).namelist(), done.stderr
    cleaned, said = found["F7K2QM"]
    assert [name for name in cleaned if name.endswith("-file.jpg")]
    assert not [name for name in cleaned if "uncleaned" in name]
    assert "-uncleaned-file.bin was left out" in said
    assert found["F8K2QM"][0] == ["notes.pdf", "notes.json"]
    assert [name for name in found["F9K2QM"][0] if name.endswith("-uncleaned-file.bin")]
    assert "-uncleaned-file.bin is in it all the same" in found["F9K2QM"][1]


# ---------------------------------------------------------------- who becomes an officer


#: What each has to answer before they are in.
ENROLS = {
    "person add": (),
    "invite": ("English", "I agree", "Ona", "Paris", "Yes", "Skip", "Skip", "sos", "All good"),
}


@pytest.mark.parametrize("way", ENROLS)
async def test_whom_the_operator_makes_an_officer_works_at_the_desk(
    here: World, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """From the command to the first request that they take."""
    await applied(here)
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
    await here.close()
    new = ["--name", "Ona", "--tz", "UTC", "--channel", "telegram", "--address", "1001"]
    typed = [*way.split(), "--role", "officer", "--lang", "en", *(new if "add" in way else ())]
    done = await asyncio.to_thread(CliRunner().invoke, commands, [*typed, "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    code = told.get("code") or told["link"].split()[-1]
    await here.start()
    await here.add(Player("Ona", channels=("telegram",), stranger=True, where="1001"))
    await here.says("Ona", f"/start {code}")
    for label in ENROLS[way]:
        await (here.says if label in ("Ona", "Paris", "sos") else here.presses)("Ona", label)
    await here.says("Ona", "applications")
    assert "#F7K2QM New. Nobody has it." in here.last("Ona").text
    await here.presses("Ona", "#F7K2QM")
    await here.presses("Ona", "Take it")
    assert "#F7K2QM is yours." in words(here, "Ona")
