"""Paying what was approved: two people look, and nothing of the account stays behind."""

from pathlib import Path

import pytest

from bot import notices
from bot.codes import code_hash
from bot.store import tables as t
from flows.fund.flow import STATES
from tests.test_fund_desk import (
    ACCOUNT,
    CONFIG,
    PEOPLE,
    approved,
    here,
    recommended,
    words,
)
from tests.test_fund_officers import PIA, funds
from tests.world import Player, World, world

__all__ = ["here"]  # the fixture
PAULA = "uixzl6ifjuoqf6dx"
OTHER = "IBAN XX99 0000 1111"
DAY = 86_400_000
CODE = "7KQ2XM4PHT"


async def asked(here: World) -> None:
    await approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")


def shown(here: World, *said: str) -> set[str]:
    """The platform's ids of what Paula was shown with these words in it, on Signal."""
    phone = here.phone("Paula", "signal")
    return {each.upstream for each in phone.shown if any(one in each.text for one in said)}


async def test_what_showed_the_account_is_deleted_however_it_was_answered(here: World) -> None:
    """Signal has no buttons: "1" answers no message that a platform knows of."""
    await asked(here)
    await here.says("Paula", "application F7K2QM", "telegram")
    await here.presses("Paula", "See where to pay", "telegram")
    await here.presses("Paula", "See where to pay", "telegram")
    await here.says("Paula", "1", "signal")
    assert len(shown(here, ACCOUNT)) == 2
    assert here.phone("Paula", "signal").deleted == shown(here, ACCOUNT)


async def test_what_was_shown_again_meanwhile_is_deleted_once_it_is_paid(here: World) -> None:
    await asked(here)
    for label in ("See where to pay", "See where to pay", "It is paid"):
        await here.presses("Paula", label)
    await here.says("Paula", "2026-11-21 TX 1")
    assert shown(here, ACCOUNT) <= here.phone("Paula", "signal").deleted
    assert not here.phone("Paula", "signal").deleted & shown(here, "recorded as paid")


# ---------------------------------------------------------------- two different people


async def of_two_payers(here: World) -> None:
    """Paula, an officer, and Pia may pay; Paula and Olga approve."""
    for player in PEOPLE:
        role = "officer" if player.name == "Paula" else player.role
        await here.add(Player(player.name, role, player.channels))
    await here.add(Player("Pia", "coordinator", ("signal",)))
    await recommended(here)
    for name in ("Olga", "Paula"):
        await here.presses(name, "#F7K2QM" if name == "Paula" else "What next")
        await here.presses(name, "Approve")
        await here.says(name, "It fits the rules.")
        await here.presses(name, "Confirm")
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")


@pytest.mark.parametrize("setting", ["", "true", "false"])
async def test_who_approved_leaves_the_paying_to_another(tmp_path: Path, setting: str) -> None:
    said = {"separate_payer": setting} if setting else {}
    config = funds(tmp_path / "funds", payers=f'["{PAULA}", "{PIA}"]', **said)
    async with world(tmp_path / "w", config) as here:
        await of_two_payers(here)
        asked = "a payment is to be made" in words(here, "Paula")
        await here.says("Paula", "application F7K2QM")
        offered = "See where to pay" in here.last("Paula", "signal").labels
        assert asked is offered is (setting == "false")
        await here.presses("Pia", "See where to pay")
        assert ACCOUNT in words(here, "Pia")


async def test_where_it_must_be_another_the_only_payer_can_not(tmp_path: Path) -> None:
    config = funds(tmp_path / "funds", separate_payer="true")
    async with world(tmp_path / "w", config) as here:
        await of_two_payers(here)
        await here.says("Paula", "application F7K2QM")
        assert "See where to pay" not in here.last("Paula", "signal").labels


async def test_whoever_looked_into_a_change_does_not_pay_it(tmp_path: Path) -> None:
    config = funds(tmp_path / "funds", payers=f'["{PAULA}", "{PIA}"]')
    async with world(tmp_path / "w", config) as here:
        for player in (*PEOPLE, Player("Pia", "coordinator", ("signal",))):
            await here.add(Player(player.name, player.role, player.channels))
        await asked(here)
        await here.presses("Amina", "Where to pay")
        await here.says("Amina", OTHER, "signal")
        await here.presses("Amina", "Yes, it is right", "signal")
        await here.says("Pia", "application F7K2QM")
        await here.presses("Pia", "They wanted it")
        for label in ("See where to pay", "It is paid"):
            await here.presses("Pia", label)
        assert "somebody else pays it" in here.last("Pia").text
        for label in ("See where to pay", "It is paid"):
            await here.presses("Paula", label)
        assert "Which reference" in here.last("Paula", "signal").text


# ---------------------------------------------------------------- somebody may hold the phone


@pytest.mark.parametrize("channel", ["signal", "telegram"])
async def test_what_the_applicant_sees_does_not_depend_on_a_silent_case(
    tmp_path: Path, channel: str
) -> None:
    seen = []
    for word in ("lantern", "marble"):
        async with world(tmp_path / word, CONFIG) as here:
            for player in PEOPLE:
                pair = ("lantern", "marble") if player.name == "Amina" else None
                await here.add(Player(player.name, player.role, player.channels, words=pair))
            await asked(here)
            await here.says("Amina", word, channel)
            await here.presses("Paula", "See where to pay")
            held = ACCOUNT not in words(here, "Paula")
            assert held is (word == "marble")
            await here.says("Amina", "status", channel)
            await here.presses("Amina", "Where to pay")
            await here.says("Amina", OTHER, "signal")
            await here.presses("Amina", "Yes, it is right", "signal")
            await here.presses("Olga", "They wanted it")
            await here.after(4 * DAY)
            await here.says("Amina", "status", channel)
            seen.append([(s.channel, s.text, s.labels) for s in here.said if s.to == "Amina"])
    assert seen[0] == seen[1]


async def test_an_account_first_given_under_duress_is_asked_about_once_that_is_over(
    tmp_path: Path,
) -> None:
    """And the applicant sees the same as if nothing had been."""
    seen = []
    for word in ("lantern", "marble"):
        async with world(tmp_path / word, CONFIG) as here:
            for player in PEOPLE:
                pair = ("lantern", "marble") if player.name == "Amina" else None
                await here.add(Player(player.name, player.role, player.channels, words=pair))
            await approved(here)
            await here.says("Amina", word, "signal")
            await here.presses("Amina", "Where to pay")
            await here.says("Amina", ACCOUNT, "signal")
            await here.presses("Amina", "Yes, it is right", "signal")
            await here.after(DAY)
            async with here.app.store.write() as conn:  # type: ignore[union-attr]
                closed = {"state": "closed", "closed_at": here.clock.now() - 1}
                await conn.execute(t.cases.update().values(closed))
            # A bare number would be for the newest call of the case.
            await here.says("Paula", "application F7K2QM", "signal")
            await here.presses("Paula", "See where to pay")
            await here.says("Amina", "status", "signal")
            seen.append([(s.channel, s.text, s.labels) for s in here.said if s.to == "Amina"])
            await here.presses("Paula", "It is paid")
            refused = "ask the applicant again" in here.last("Paula", "signal").text
            assert refused is (word == "marble")
    assert seen[0] == seen[1]


# ---------------------------------------------------------------- how it stands


def test_what_was_approved_is_not_said_to_be_worked_on() -> None:
    for state in ("approved", "payout", "paid", "report"):
        assert "works on" not in notices.STATUS[state].text
        assert "works on" not in STATES[state].text


async def test_who_asked_is_shown_all_of_it_with_their_own_code(here: World) -> None:
    await recommended(here)
    await here.says("Olga", "menu")
    async with here.app.store.write() as conn:  # type: ignore[union-attr]
        code = {"hash": code_hash(here.app.vault, CODE), "kind": "status", "role": ""}  # type: ignore[union-attr]
        until = {"expires_at": here.clock.now() + DAY, "used_at": None}
        await conn.execute(t.codes.insert(), {**code, "lang": "", "person_id": "F7K2QM", **until})
    await here.says("Amina", f"status {CODE}")
    assert "Withdraw it" in here.last("Amina").labels
    await here.says("Olga", f"status {CODE}")
    assert here.last("Olga").labels == ()
