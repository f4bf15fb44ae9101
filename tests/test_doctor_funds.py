"""What doctor finds about funds: who decides, who pays, what is late."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import doctor
from bot.channels.simulator.client import Simulator
from bot.config import ConfigError, Settings
from bot.doctor import Severity
from bot.store import tables as t
from tests.test_doctor import HOUR, NOON, Patient, configured, patient
from tests.test_funds_config import SMALL

__all__ = ["configured", "patient"]  # fixtures

Configured = Callable[[str], None]
ZOE = "ponmlkjihgfedcba"  # of nobody
OLGA = "abcdefghijklmnop"  # the payer of SMALL


@pytest.fixture
async def fund(patient: Patient, configured: Configured, tmp_path: Path) -> Patient:
    """Two officers who can be reached, and one of them pays."""
    patient.look.channels["signal"] = Simulator("signal", patient.look.clock)  # type: ignore[index]
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "small.toml").write_text(SMALL, "utf-8")
    configured('[fund]\nfolder = "funds"\n')
    await patient.person(OLGA, role="officer", channel="signal")
    await patient.person("oscar", role="officer")
    await patient.person("amina")
    return patient


async def applied(patient: Patient, **more: Any) -> None:
    row = {
        "id": "F7K2QM", "person_id": "amina", "fund": "small", "kind": "protection",
        "state": "vetting", "holder": "", "conflicts": "", "submitted_at": NOON - HOUR,
        "due_at": NOON + HOUR, "granted_at": None, "ended_at": None,
    }  # fmt: skip
    await patient.put(t.applications, {**row, **more})


async def wrong(patient: Patient, check: str) -> list[tuple[Severity, tuple[str, ...]]]:
    """What the check says, and the same at start."""
    found = [f for f in await patient.findings(check) if f.severity is not Severity.OK]
    patient.look.people.clear()
    patient.look.cards.clear()
    assert [f for f in await doctor.at_start(patient.look) if f.check == check] == found
    return [(f.severity, f.about) for f in found]


async def test_a_fund_that_is_well(fund: Patient) -> None:
    await fund.person("odile", role="officer")
    await applied(fund)
    for check in doctor.FUNDS:
        assert await wrong(fund, check) == []


async def test_without_a_fund_nothing_is_missing(patient: Patient) -> None:
    await applied(patient, due_at=NOON - 1)
    for check in doctor.FUNDS:
        assert await wrong(patient, check) == []


@pytest.mark.parametrize("more", [{"enrolled": False}, {"proven_at": None}, {"role": "trainer"}])
async def test_fewer_than_two_officers_decide_nothing(
    patient: Patient, fund: Patient, more: dict[str, Any]
) -> None:
    await fund.person("oscar", **{"role": "officer", **more})
    assert await wrong(fund, "fund officers") == [(Severity.ERROR, (OLGA,))]


@pytest.mark.parametrize("more", [{"conflicts": f"x {OLGA}"}, {"person_id": "oscar"}])
async def test_a_request_that_only_one_officer_may_see(fund: Patient, more: dict[str, Any]) -> None:
    await applied(fund, **more)
    assert await wrong(fund, "fund officers") == [(Severity.ERROR, ("F7K2QM",))]


async def test_what_is_decided_needs_no_officers(fund: Patient) -> None:
    await applied(fund, conflicts=f"{OLGA} oscar", state="paid", due_at=NOON - 1)
    assert await wrong(fund, "fund officers") == []
    assert await wrong(fund, "requests") == []


async def test_a_request_that_is_late(fund: Patient) -> None:
    await applied(fund, due_at=NOON - 1)
    assert await wrong(fund, "requests") == [(Severity.WARN, ("F7K2QM",))]


@pytest.mark.parametrize("more", [{"channel": "telegram"}, {"proven_at": None}, {"state": "gone"}])
async def test_a_payer_who_can_not_be_shown_where_to_pay(
    fund: Patient, more: dict[str, Any]
) -> None:
    await fund.person(OLGA, **{"role": "officer", "channel": "signal", **more})
    assert await wrong(fund, "payers") == [(Severity.ERROR, (OLGA,))]


async def test_a_payer_whom_nobody_knows_beside_one_who_can_pay(
    fund: Patient, configured: Configured, tmp_path: Path
) -> None:
    two = SMALL.replace(f'"{OLGA}"', f'"{OLGA}", "{ZOE}"')
    (tmp_path / "funds" / "small.toml").write_text(two, "utf-8")
    configured('[fund]\nfolder = "funds"\n')
    assert await wrong(fund, "payers") == [(Severity.WARN, (ZOE,))]


@pytest.mark.parametrize(
    ("setting", "severity"), [("", Severity.WARN), ("separate_payer = true\n", Severity.ERROR)]
)
async def test_who_pays_has_to_approve_too(
    fund: Patient, configured: Configured, tmp_path: Path, setting: str, severity: Severity
) -> None:
    (tmp_path / "funds" / "small.toml").write_text(setting + SMALL, "utf-8")
    configured('[fund]\nfolder = "funds"\n')
    assert await wrong(fund, "separate payer") == [(severity, (OLGA,))]
    await fund.person("odile", role="officer")
    assert await wrong(fund, "separate payer") == []


async def test_where_to_pay_needs_signal(fund: Patient) -> None:
    del fund.look.channels["signal"]  # type: ignore[attr-defined]
    assert await wrong(fund, "payers") == [(Severity.ERROR, ())]


async def test_a_currency_that_no_rates_know(
    fund: Patient, configured: Configured, tmp_path: Path
) -> None:
    (tmp_path / "rates.toml").write_text(
        '[[table]]\ndate = "2026-11-20"\nbase = "USD"\nrates = {DKK = "6.9"}\n', "utf-8"
    )
    configured('[fund]\nfolder = "funds"\nrates = "rates.toml"\n')
    (found,) = await fund.findings("rates")
    assert (found.severity, found.about) == (Severity.WARN, ("EUR",))


def test_a_fund_that_can_not_be_read_says_what_it_means_for_applicants(tmp_path: Path) -> None:
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "small.toml").write_text('currency = "EUR\n', "utf-8")
    config = tmp_path / "onbelay.toml"
    config.write_text('[fund]\nfolder = "funds"\n', "utf-8")
    with pytest.raises(ConfigError, match="nobody can apply, and who has applied waits"):
        Settings.load({}, config)
