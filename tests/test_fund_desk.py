"""Requests to a fund on the real engine: who sees them, who decides, what is left of them."""

import asyncio
import json
import random
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import dossier
from bot.__main__ import app as commands
from bot.batch import Batch, Instance
from bot.channels.base import Reason, Refused
from bot.doctor import watched
from bot.doctor.look import Look
from bot.store import tables as t
from bot.vault import Erased
from flows.fund.application import application_row
from flows.fund.request import dangerous
from tests.applications import answers
from tests.world import ISOLATES, Player, Said, World, world

HOUR = 3_600_000
ACCOUNT = "IBAN SD12 3456 7890"
CONFIG = (
    '[fund]\nfolder = "{root}/tests/funds"\nrates = "{root}/tests/funds/rates/rates.toml"\n'
    "[safety]\nminimum_coordinators = 1\n"
    # Calls that repeat through days of these stories say nothing about money, and take long.
    '[escalation]\nrepeat_every = "6h"\n'
)
PEOPLE = (
    Player("Amina", channels=("telegram", "signal")),
    Player("Olga", "officer"),
    Player("Oscar", "officer"),
    Player("Ines", "officer"),
    Player("Paula", "coordinator", ("signal", "telegram")),
)


def looked(here: World) -> Look:
    assert here.app is not None
    app = here.app
    return Look(app.settings, app.store, app.vault, here.clock, app.world.text, app.channels)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", CONFIG) as made:
        for player in PEOPLE:
            await made.add(Player(player.name, player.role, player.channels))
        yield made


async def applied(here: World, request: str = "F7K2QM", *options: str) -> None:
    await here.applies("Amina", request, "protection", answers("protection", *options))


async def recommended(here: World, amount: str = "500 EUR") -> None:
    await applied(here)
    await here.presses("Olga", "Take it")
    await here.presses("Olga", "What next")
    await here.presses("Olga", "Recommend an amount")
    await here.says("Olga", amount)
    await here.presses("Olga", "No conditions")
    await here.says("Olga", "It is urgent for her.")
    await here.presses("Olga", "Confirm")


async def approved(here: World) -> None:
    await recommended(here)
    for name in ("Olga", "Oscar"):
        await here.presses(name, "#F7K2QM" if name == "Oscar" else "What next")
        await here.presses(name, "Approve")
        await here.says(name, "It fits the rules.")
        await here.presses(name, "Confirm")


async def instance(here: World, request: str = "F7K2QM") -> Instance | None:
    """As the next turn would see it."""
    assert here.app is not None
    async with here.app.store.read() as conn:
        return await Batch(conn, here.app.vault, here.clock.now()).instance("application", request)


async def data(here: World, request: str = "F7K2QM") -> dict[str, Any]:
    found = await instance(here, request)
    assert found is not None
    return {**found.data}


def heard(here: World, name: str) -> list[Said]:
    return [said for said in here.said if said.to == name]


def words(here: World, name: str) -> str:
    return "\n".join(said.text.translate(ISOLATES) for said in heard(here, name))


# ---------------------------------------------------------------- who sees it


async def test_the_log_of_a_request_is_whole_and_shows_what_was_changed(here: World) -> None:
    """It lies under the request's own key: not to be taken for one that was tampered with."""
    await recommended(here)
    assert await watched.case_log(looked(here)) == []
    assert here.app is not None
    async with here.app.store.write() as conn:
        await conn.execute(t.case_log.update().values(kind="note"))
    assert [f.about for f in await watched.case_log(looked(here))] == [("F7K2QM",)]


async def test_a_coordinator_and_a_journalist_hear_nothing_of_it(here: World) -> None:
    await applied(here)
    assert not heard(here, "Paula")
    await here.says("Paula", "application F7K2QM")
    assert "Only fund officers see requests" in words(here, "Paula")
    await here.says("Amina", "application F7K2QM")
    assert "house" not in words(here, "Amina")


async def test_with_a_conflict_a_request_is_one_that_nobody_knows(here: World) -> None:
    """The same bytes, whatever they try: words, old buttons, words that were asked for before."""
    await applied(here)
    await here.says("Oscar", "application F9Z9Z9")
    unknown = here.last("Oscar").text
    await here.presses("Oscar", "Take it")
    await here.presses("Oscar", "What next")
    await here.presses("Oscar", "Conflict of interest")
    await here.presses("Oscar", "I have a conflict")
    for label in ("What next", "Write a note", "Take it", "Recommend an amount", "#F7K2QM"):
        await here.presses("Oscar", label)
        assert here.last("Oscar").text == unknown, label
    await here.says("Oscar", "application F7K2QM")
    assert here.last("Oscar").text == unknown
    await here.says("Oscar", "applications")
    assert here.last("Oscar").text == "No open requests."
    before = len(heard(here, "Oscar"))
    await here.presses("Olga", "Take it")
    await here.after(30 * HOUR)
    assert len(heard(here, "Oscar")) == before


async def test_an_officer_who_is_named_in_it_never_hears_of_it(here: World) -> None:
    await applied(here, "F7K2QM", "olga")
    assert not heard(here, "Olga")
    assert heard(here, "Oscar")


async def test_an_officer_who_comes_later_has_a_conflict_with_what_names_their_address(
    here: World,
) -> None:
    await applied(here)  # a referee is reached at Rafik's address
    await here.add(Player("Rafik", "officer", ("signal",)))
    await here.presses("Olga", "Take it")
    assert "Rafik has a conflict of interest" in words(here, "Oscar")
    await here.says("Rafik", "application F7K2QM")
    assert here.last("Rafik").text == "I don't know a request with that id. Type: applications"
    assert [said.text for said in heard(here, "Rafik")] == [here.last("Rafik").text]
    await here.presses("Olga", "What next")
    await here.presses("Olga", "Referees")
    await here.presses("Olga", "Referee 1")
    with pytest.raises(AssertionError):
        await here.presses("Olga", "Write to them")


async def test_officers_learn_no_address_and_no_name_of_theirs_reaches_the_applicant(
    here: World,
) -> None:
    await approved(here)
    assert "Olga" not in words(here, "Amina")
    assert "Oscar" not in words(here, "Amina")


# ---------------------------------------------------------------- two people decide


@pytest.mark.parametrize("together", [True, False])
async def test_two_officers_in_one_moment_make_exactly_two_decisions(
    here: World, together: bool
) -> None:
    await recommended(here)
    for name in ("Olga", "Oscar", "Ines"):
        await here.presses(name, "What next" if name == "Olga" else "#F7K2QM")
        await here.presses(name, "Approve")
        await here.says(name, "Yes, she needs it now.")
    if together:
        with here.held():
            for name in ("Olga", "Olga", "Oscar", "Ines"):
                await here.presses(name, "Confirm")
        await here.run()
    else:
        for name in ("Olga", "Olga", "Oscar", "Ines"):
            await here.presses(name, "Confirm")
    found = await data(here)
    assert found["state"] == "approved"
    assert len(found["decisions"]) == 2
    assert len({each["by"] for each in found["decisions"]}) == 2
    told = [name for name in ("Olga", "Oscar", "Ines") if "gone on meanwhile" in words(here, name)]
    assert told == ["Ines"]


async def test_nobody_decides_twice(here: World) -> None:
    await recommended(here)
    for _ in range(2):
        await here.presses("Olga", "What next")
        await here.presses("Olga", "Approve")
        await here.says("Olga", "It fits the rules.")
        await here.presses("Olga", "Confirm")
    found = await data(here)
    assert (found["state"], len(found["decisions"])) == ("recommended", 1)


async def test_what_was_written_for_another_recommendation_counts_for_nothing(here: World) -> None:
    await recommended(here)
    await here.presses("Oscar", "#F7K2QM")
    await here.presses("Oscar", "Approve")
    await here.presses("Olga", "What next")
    await here.presses("Olga", "Back to vetting")
    await here.says("Olga", "I have to ask the landlord.")
    await here.presses("Olga", "What next")
    await here.presses("Olga", "Recommend an amount")
    await here.says("Olga", "800 EUR")
    await here.presses("Olga", "No conditions")
    await here.says("Olga", "The landlord wants more.")
    await here.presses("Olga", "Confirm")
    await here.says("Oscar", "Fine with me.")
    found = await data(here)
    assert (found["state"], found["decisions"]) == ("recommended", [])


async def test_amounts_are_exact_texts_with_their_currency(here: World) -> None:
    await recommended(here, "0.10 EUR")
    made = (await data(here))["recommendation"]
    assert made["amount"] == "0.10 EUR"
    assert not [each for each in _leaves(await data(here)) if isinstance(each, float)]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]


# ---------------------------------------------------------------- where to pay


async def asked_to_pay(here: World) -> None:
    await approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")
    await here.presses("Paula", "See where to pay")


async def paid(here: World) -> None:
    await asked_to_pay(here)
    await here.presses("Paula", "It is paid")
    await here.says("Paula", "2026-11-21 TX 1")


async def test_where_to_pay_is_for_who_pays_and_gone_once_it_is_paid(here: World) -> None:
    await asked_to_pay(here)
    assert ACCOUNT in json.dumps(await data(here))
    assert ACCOUNT in words(here, "Paula")
    for name in ("Olga", "Oscar", "Ines"):
        await here.says(name, "application F7K2QM")
        assert ACCOUNT not in words(here, name)
    assert ACCOUNT not in json.dumps(await shown_to(here, "officer"))
    await here.presses("Paula", "It is paid")
    found = await data(here)
    assert found["state"] == "paid"
    assert ACCOUNT not in json.dumps(found)
    await here.says("Paula", "2026-11-21 TX 1")
    assert (await data(here))["paid"]["reference"] == "TX 1"


async def test_nobody_is_told_where_to_pay_before_it_is_confirmed(here: World) -> None:
    """What was typed wrong is written again; both are deleted where they were shown."""
    await approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", "IBAN SD99 0000 0001", "signal")
    await here.says("Amina", ACCOUNT, "signal")
    assert "payout" not in await data(here)
    assert "a payment is to be made" not in words(here, "Paula")
    await here.presses("Amina", "Yes, it is right", "signal")
    found = await data(here)
    assert found["apart"] == {found["payout"]["account"]: ACCOUNT}
    assert "has changed where to pay" not in words(here, "Oscar")
    echoed = {e.upstream for e in here.phone("Amina", "signal").shown if "IBAN" in e.text}
    assert len(echoed) == 2
    assert echoed <= here.phone("Amina", "signal").deleted
    assert "IBAN" not in "".join(e.text for e in here.phone("Amina", "telegram").shown)


async def test_where_to_pay_is_never_taken_on_telegram_nor_shown_there(here: World) -> None:
    await approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "telegram")
    assert "payout" not in await data(here)
    assert here.phone("Amina", "telegram").deleted
    said = [each for each in here.said if each.channel == "telegram" and ACCOUNT in each.text]
    assert not said


async def test_where_to_pay_does_not_go_round_by_another_address(here: World) -> None:
    """What can't be sent on Signal isn't sent at all."""
    await approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")
    here.phone("Paula", "signal").fault = Refused(Reason.BLOCKED)
    await here.presses("Paula", "See where to pay")
    await here.says("Paula", "hello", "telegram")
    assert ACCOUNT not in "".join(s.text for s in here.said if s.channel == "telegram")


# ---------------------------------------------------------------- withdrawn


async def test_a_withdrawn_request_is_unreadable_also_from_a_backup(
    here: World, tmp_path: Path
) -> None:
    await approved(here)
    assert here.app is not None
    database = here.folder / "world.sqlite3"
    backup = tmp_path / "backup.sqlite3"
    with sqlite3.connect(database) as db, sqlite3.connect(backup) as copy:
        db.backup(copy)
    await _withdraw(here)
    assert await left(here) == {"fund", "case", "submitted_at", "ended_at"}
    for name in ("outbox", "attachments"):
        column = "key" if name == "outbox" else "person_id"
        assert await here.count(name, **{column: "F7K2QM"}) == 0
    assert await here.count("case_log", case_id="F7K2QM") == 0
    await here.close()
    for path in here.folder.glob("world.sqlite3*"):
        path.unlink()
    shutil.copy(backup, database)
    await here.start()
    await here.run()
    await here.says("Olga", "application F7K2QM")
    await here.presses("Olga", "What next")
    assert "burn" not in "".join(s.text for s in heard(here, "Olga")[-3:])
    assert await instance(here) is None
    with pytest.raises(Erased):
        here.app.vault.seal("F7K2QM", b"", "instance/application")


async def _withdraw(here: World) -> None:
    await here.presses("Amina", "How it stands")
    await here.presses("Amina", "Withdraw it")
    await here.presses("Amina", "Yes, delete everything")


async def left(here: World) -> set[str]:
    return set(await data(here))


# ---------------------------------------------------------------- late


async def test_a_late_request_is_called_for_by_ever_more_people_then_once_a_day(
    here: World,
) -> None:
    """Nobody does anything for three weeks: no day is silent, and none brings a flood."""
    await here.add(Player("Cora", "coordinator", duty=True))
    await applied(here)
    hours: dict[str, list[int]] = {}
    for hour in range(6, 21 * 24, 6):
        before = len(here.said)
        await here.after(6 * HOUR)
        for said in here.said[before:]:
            hours.setdefault(said.to, []).append(hour)
    # Half way, due, a quarter later; the next day with whatever else is late by a little later.
    assert hours["Olga"][:4] == [12, 24, 30, 60]
    assert hours["Cora"][:3] == [24, 30, 54]  # on duty, called before Paula
    assert hours["Paula"][0] == 30
    for name, most in (("Olga", 24 + 6), ("Cora", 24)):
        late = hours[name][2:]
        assert max(b - a for a, b in pairwise(late)) <= most
        assert len(late) <= 21 + 3


# ---------------------------------------------------------------- on paper


async def shown_to(here: World, role: str, partner: str = "") -> dict[str, Any]:
    assert here.app is not None
    found = await data(here)
    policy = here.app.settings.policy
    return dossier.dossier(found, policy, {}, 0, here.clock.now(), role, partner)


async def test_each_role_reads_its_own_fields_of_a_dossier(here: World) -> None:
    await paid(here)
    officer, payer = await shown_to(here, "officer"), await shown_to(here, "payer")
    partner, cpj = await shown_to(here, "partner"), await shown_to(here, "partner", "cpj")
    assert set(officer) == set(dossier.FIELDS)
    assert officer["consent"] == [
        {"partner": "Committee to Protect Journalists", "kinds": ["check", "story"]}
    ]
    assert {"what", "referees", "log", "danger"}.isdisjoint(payer)
    assert payer["amount"] == "500.00 EUR"
    assert set(payer["decisions"][0]) == {"verdict", "at"}
    assert partner == {}
    assert cpj["what"] == officer["what"]
    assert {"contact", "danger", "documents", "referees", "log"}.isdisjoint(cpj)
    with pytest.raises(ValueError, match="no role"):
        await shown_to(here, "minister")


async def test_what_is_taken_back_is_in_no_dossier_from_then_on(here: World) -> None:
    await applied(here)
    await here.says("Amina", "status")
    await here.presses("Amina", "#F7K2QM")
    await here.presses("Amina", "What may be shared")
    await here.presses("Amina", "Committee to Protect Journalists")
    await here.presses("Amina", "☑ What happened, and the budget")
    cpj, officer = await shown_to(here, "partner", "cpj"), await shown_to(here, "officer")
    assert "what" not in cpj
    assert cpj["name"] == "Amina Haddad"
    assert officer["log"][-1]["text"] == "Committee to Protect Journalists: story"


async def test_the_operator_reads_all_that_is_promised_of_a_request(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its findings and what is missing, too: the same as the officers read."""
    await applied(here, "F7K2QM", "disaster", "bare")
    await applied(here, "F8K2QM")
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
    await here.says("Oscar", "applications")
    listed = here.last("Oscar").text.translate(ISOLATES)
    await here.close()

    def do(*args: str) -> Any:
        return json.loads(CliRunner().invoke(commands, args).stdout)

    bare, whole = await asyncio.to_thread(do, "fund", "list", "--json")
    assert bare == await asyncio.to_thread(do, "fund", "show", "F7K2QM", "--json")
    assert {"id", "fund", "state", "case", "amounts", "deadline", "findings", "decisions"} <= {
        *bare
    }
    assert bare["findings"] == [
        {"rule": "cause_excluded", "weight": "against", "cause": "disaster"},
        {"rule": "no_link", "weight": "ask"},
        {"rule": "no_press_proof", "weight": "ask"},
        {"rule": "few_referees", "weight": "ask", "have": 0, "need": 2},
        {"rule": "budget_empty", "weight": "ask"},
        {"rule": "document_missing", "weight": "ask", "have": 0, "want": 2},
    ]
    missing = ["link", "evidence", "budget", "referees", "files"]
    assert bare["complete"] == {"done": 17, "of": 22, "missing": missing}
    assert "Complete: 17 of 22. Against it: 1; to be asked about: 5" in listed
    assert (whole["findings"], whole["complete"]["done"]) == ([], 22)
    assert "Complete: 22 of 22. The rules found nothing." in listed


async def test_the_command_line_lists_shows_and_writes(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await approved(here)
    await applied(here, "F8K2QM")
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
    out = tmp_path / "dossier.json"
    await here.close()

    def do(*args: str) -> Any:
        return CliRunner().invoke(commands, args)

    listed = await asyncio.to_thread(do, "fund", "list", "--json")
    assert listed.exit_code == 0, listed.stderr
    first, second = json.loads(listed.stdout)
    assert (first["id"], first["state"], first["case"]) == ("F7K2QM", "approved", "protection")
    assert first["amounts"]["granted"] == "500.00 EUR"
    assert first["amounts"]["totals"] == ["80.00 EUR", "900.00 USD"]
    assert [each["verdict"] for each in first["decisions"]] == ["approve", "approve"]
    assert first["decisions"][0]["by"] == "Olga"
    assert (first["complete"], first["findings"]) == ({"done": 22, "of": 22, "missing": []}, [])
    read = await asyncio.to_thread(do, "fund", "list")
    assert "Safety Fund" in read.stdout
    assert " safety " not in read.stdout
    read = await asyncio.to_thread(do, "fund", "show", "F7K2QM")
    assert "fund: Safety Fund\n" in read.stdout
    assert second["deadline"] == "2026-11-22T12:00:00.000Z"
    shown = await asyncio.to_thread(do, "fund", "show", "#f7k2qm", "--json")
    assert json.loads(shown.stdout) == first
    args = ("fund", "dossier", "F7K2QM", "--role", "payer", "--format", "json", "--out", str(out))
    assert (await asyncio.to_thread(do, *args, "--word", "ABCDEFGH")).exit_code == 2
    assert (await asyncio.to_thread(do, *args, "--by", "Olga")).exit_code == 2
    why = ("--by", "Olga", "--reason", "For the payment")
    asked = await asyncio.to_thread(do, *args, *why)
    assert asked.exit_code == 0, asked.stderr
    assert not out.exists()
    await here.start()
    await here.run()
    await here.presses("Ines", "Show the word")
    found_word = re.search(r": ([2-9A-HJKMNP-Z]{8})", here.last("Ines").text.translate(ISOLATES))
    assert found_word
    await here.close()
    word = ("--word", found_word[1])
    written = await asyncio.to_thread(do, *args, *word)
    assert written.exit_code == 0, written.stderr
    assert json.loads(out.read_text())["amount"] == "500.00 EUR"
    assert out.stat().st_mode & 0o077 == 0
    out.unlink()
    assert (await asyncio.to_thread(do, *args, *word)).exit_code == 2
    await here.start()
    await here.run()
    made = (await data(here))["log"][-3:]
    assert [kind for _, kind, _, _ in made] == ["paper_asked", "paper_shown", "paper_made"]
    assert {why for *_, why in made} == {"For the payment"}
    await here.close()
    assert not out.exists()
    assert (await asyncio.to_thread(do, "fund", "show", "FXXXX2")).exit_code == 2
    await here.start()


# ---------------------------------------------------------------- whatever they do

TYPED = ("1", "2", "6", "yes", "500", "9000 EUR", "It is so, I am sure of it.", "applications")


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_they_press_in_whatever_order_nothing_breaks(
    here: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old buttons, words for nothing, time that passes: no step raises, no text shows a key."""
    draw = random.Random(seed)
    broken: list[str] = []
    monkeypatch.setattr("bot.turn.log.exception", lambda *a, **_: broken.append(repr(a)))
    await applied(here)
    for _ in range(50):
        name = draw.choice(list(here.players))
        buttons = [(said, label) for said in heard(here, name) for label in said.labels]
        what = draw.random()
        if what < 0.7 and buttons:
            said, label = draw.choice(buttons[-40:])
            index = said.labels.index(label)
            if said.shown.buttons:
                pressed = {"data": said.shown.buttons[index][1], "target": said.shown.upstream}
                await here.acts(name, "choice", said.channel, **pressed)
            else:
                await here.says(name, str(index + 1), said.channel, target=said.shown.upstream)
        elif what < 0.95:
            await here.says(name, draw.choice(TYPED))
        else:
            await here.after(draw.choice((1, 12, 30)) * HOUR)
    assert not broken


# ---------------------------------------------------------------- is contact dangerous


@pytest.mark.parametrize(
    ("told", "is_dangerous"),
    [("no", False), ("yes", True), ("unsure", True), ("", True), (None, True), ("maybe", True)],
)
def test_whatever_is_no_clear_no_counts_as_dangerous(told: str | None, is_dangerous: bool) -> None:
    assert dangerous({"answers": {"danger": told}}) is is_dangerous
    assert dangerous({"answers": {}})
    request = {
        "fund": "safety", "case": "protection", "submitted_at": 0, "questions": ["Where?"],
        "answers": {"danger": told},
    }  # fmt: skip
    assert bool(application_row("vetting", request)["asks"]) is not is_dangerous
