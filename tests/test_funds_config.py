"""Funds and exchange rates from their files: what they become, what is refused or warned of."""

import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import ConfigError, Settings
from bot.config import sections as s
from bot.config.funds import load, load_fund, load_rates
from flows.fund.money import RateTable
from flows.fund.terms import CASES, DOCUMENTS, KINDS, Deadlines, Fund, Partner, Source

Write = Callable[..., Path]
EXAMPLE = Path(__file__).parents[1] / "deploy" / "funds" / "ims-dj.toml"

SMALL = """\
currency = "EUR"
payers = ["abcdefghijklmnop"]
name = {en = "Fund", fr = "Fonds"}
[consent]
check = {en = "a", fr = "a"}
story = {en = "b", fr = "b"}
documents = {en = "c", fr = "c"}
contact = {en = "d", fr = "d"}
"""
RATES = """\
[[table]]
date = "2026-03-02"
base = "EUR"
[table.rates]
USD = "1.0832"
DKK = "7.4605"
[[table]]
date = 2026-01-31
base = "USD"
days = 7
rates = {SDG = "600"}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "funds/small.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


def refusal(*paths: Path | None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(*paths)
    return str(caught.value)


def changed(old: str, new: str, text: str = SMALL) -> str:
    assert old in text
    return text.replace(old, new, 1)


# ---------------------------------------------------------------- what it becomes


def test_a_small_file_has_defaults_for_the_rest(write: Write) -> None:
    path = write(SMALL)
    texts = {kind: {"en": letter, "fr": letter} for kind, letter in zip(KINDS, "abcd", strict=True)}
    assert load(path.parent, None) == (
        {
            "small": Fund(
                id="small",
                name={"en": "Fund", "fr": "Fonds"},
                currency="EUR",
                consents=texts,
                payers=frozenset({"abcdefghijklmnop"}),
            )
        },
        (),
    )
    fund = load_fund(path)
    assert fund.cases == CASES
    assert fund.deadlines == Deadlines(24 * s.HOUR, 3 * s.DAY, 7 * s.DAY, 90 * s.DAY)
    assert (fund.ceiling, fund.months, fund.once_in_months, fund.referees) == (None, 6, 12, 2)


def test_everything_can_be_set(write: Write) -> None:
    more = """\
ceiling = "5000.00"
usual = "2000"
months = 3
once_in_months = 24
incident_months = 6
referees = 3
cases = ["legal_medical"]
causes_excluded = ["disaster", "other"]
"""
    tables = """
[countries]
allowed = ["SD", "UA"]
[deadlines]
first_answer = "12h"
[documents]
legal_medical = ["medical", "passport"]
[document]
medical = "A paper"
passport = {en = "A passport"}
[[partner]]
id = "cpj"
name = "CPJ"
description = "Helps"
[[partner]]
id = "rsf"
name = "RSF"
[[elsewhere]]
name = "CPJ"
reach = {en = "cpj.org", fr = "cpj.org/fr"}
"""
    fund = load_fund(write(more + SMALL + tables))
    assert (fund.ceiling, fund.usual) == (Decimal("5000.00"), Decimal(2000))
    assert (fund.months, fund.once_in_months, fund.incident_months, fund.referees) == (3, 24, 6, 3)
    assert fund.cases == ("legal_medical",)
    assert fund.causes_excluded == {"disaster", "other"}
    assert fund.allowed == {"SD", "UA"}
    assert not fund.denied
    assert fund.deadlines == Deadlines(first_answer=12 * s.HOUR)
    assert fund.documents == {"legal_medical": ("medical", "passport")}
    assert fund.document_texts["medical"] == {"en": "A paper"}
    assert fund.partners == (Partner("cpj", "CPJ", {"en": "Helps"}), Partner("rsf", "RSF"))
    reach = {"en": "cpj.org", "fr": "cpj.org/fr"}
    assert fund.elsewhere == (Source({"en": "CPJ"}, reach),)


def test_rates_are_exact_and_dated(write: Write) -> None:
    assert load_rates(write(RATES, "rates.toml")) == (
        RateTable("2026-03-02", "EUR", {"USD": Decimal("1.0832"), "DKK": Decimal("7.4605")}, 30),
        RateTable("2026-01-31", "USD", {"SDG": Decimal(600)}, 7),
    )


def test_without_a_folder_there_are_no_funds() -> None:
    assert load(None, None) == ({}, ())
    assert Settings.load({}).policy.funds == {}
    assert Settings.load({}).policy.rates == ()


def test_settings_hand_them_to_the_flows(write: Write, tmp_path: Path) -> None:
    write(SMALL)
    write(RATES, "rates.toml")
    path = write('[fund]\nfolder = "funds"\nrates = "rates.toml"\n', "onbelay.toml")
    settings = Settings.load({}, path)
    assert settings.policy.funds == {"small": load_fund(tmp_path / "funds" / "small.toml")}
    assert [table.date for table in settings.policy.rates] == ["2026-03-02", "2026-01-31"]
    assert [text for text in settings.warnings if "fund" in text] == []
    given = {"ONBELAY_FUND__FOLDER": str(tmp_path / "funds")}
    assert list(Settings.load(given).policy.funds) == ["small"]


# ---------------------------------------------------------------- the example


def test_the_example_is_the_fund_that_the_organisation_describes() -> None:
    fund = load_fund(EXAMPLE)
    assert fund.id == "ims-dj"
    assert (fund.cases, fund.months, fund.once_in_months) == (CASES, 6, 12)
    assert fund.causes_excluded == {"disaster"}
    assert fund.deadlines.first_answer == 24 * s.HOUR
    assert fund.languages() == {"en", "fr", "ar"}
    assert set(fund.consents) == set(KINDS)
    assert set(fund.document_texts) == set(DOCUMENTS)
    assert set(fund.documents) == set(CASES)
    assert {"cpj", "rsf", "frontline", "rorypeck", "fpu", "ifj"} <= {p.id for p in fund.partners}
    assert len(fund.elsewhere) >= 3


def test_its_sentences_are_short_and_calm() -> None:
    fund = load_fund(EXAMPLE)
    texts = [fund.name, *fund.consents.values(), *fund.document_texts.values()]
    for text in (text for by_language in texts for text in by_language.values()):
        assert len(text) <= 160
        assert not set("!！") & set(text)
    for kind, by_language in fund.consents.items():
        assert all(text.rstrip(".").count(". ") == 0 for text in by_language.values()), kind


def test_unchanged_it_is_warned_of_and_only_of_what_is_meant(write: Write, tmp_path: Path) -> None:
    (tmp_path / "funds").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "funds")
    write(RATES, "rates.toml")
    path = write('[fund]\nfolder = "funds"\nrates = "rates.toml"\n', "onbelay.toml")
    told = [text for text in Settings.load({}, path).warnings if "fund" in text]
    assert [re.split("[:;]", text)[0] for text in told] == [
        "fund ims-dj is still our example",
        "fund ims-dj has no payer",
    ]


# ---------------------------------------------------------------- what is warned of


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed("name =", "example = true\nname ="), "fund small is still our example"),
        (changed('payers = ["abcdefghijklmnop"]', ""), "fund small has no payer"),
        (changed(', fr = "Fonds"', ""), "fund small does not have all its texts in two languages"),
        (changed(', fr = "d"', ""), "fund small does not have all its texts in two languages"),
    ],
)
def test_what_is_allowed_but_deserves_a_second_look(write: Write, text: str, says: str) -> None:
    write(text)
    write(RATES, "rates.toml")
    path = write('[fund]\nfolder = "funds"\nrates = "rates.toml"\n', "onbelay.toml")
    (told,) = (text for text in Settings.load({}, path).warnings if "fund" in text)
    assert told.startswith(says)


def test_no_fund_and_no_rates_are_said(write: Write, tmp_path: Path) -> None:
    path = write('[fund]\nfolder = "funds"\n', "onbelay.toml")
    (tmp_path / "funds").mkdir()
    assert any("has no fund in it" in text for text in Settings.load({}, path).warnings)
    write(SMALL)
    assert any("fund.rates is not set" in text for text in Settings.load({}, path).warnings)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (changed('"EUR"', '"euro"'), 1, '"euro" is no currency'),
        (changed('currency = "EUR"', "months = 3"), 0, "currency is missing"),
        ("ceiling = 5000\n" + SMALL, 1, "in quotes"),
        ("ceiling = 5000.5\n" + SMALL, 1, "in quotes"),
        ('ceiling = "5,000"\n' + SMALL, 1, '"5,000" is not an amount'),
        ('ceiling = "1e3"\n' + SMALL, 1, "is not an amount"),
        ('ceiling = "0"\n' + SMALL, 1, "is nothing"),
        ('usual = "1.005"\n' + SMALL, 1, "more decimals than EUR"),
        ("months = 0\n" + SMALL, 1, "greater than or equal to 1"),
        ("month = 6\n" + SMALL, 1, "unknown setting month. Did you mean months?"),
        ('cases = ["familly"]\n' + SMALL, 1, "Write of: family, protection, legal_medical"),
        ('cases = "family"\n' + SMALL, 1, 'Write ["family"]'),
        ("cases = []\n" + SMALL, 1, "nobody could be helped"),
        ('causes_excluded = ["work"]\n' + SMALL, 1, "Write of: disaster, other"),
        (changed('"abcdefghijklmnop"', '"Omar B"'), 2, "onbelay person list"),
        (changed('en = "Fund", ', ""), 3, 'Add en = "…"'),
        (changed('"Fund"', '""'), 3, "the text for en is empty"),
        (changed("fr =", "French ="), 3, '"French" is no language'),
        (changed('"a"', f'"{"a" * 301}"'), 5, "longer than 300"),
        (changed("story =", "stories ="), 4, "a sentence for each of check, story, documents"),
        (SMALL + '[countries]\nallowed = ["Sudan"]\n', 10, '"Sudan" is not a country'),
        (SMALL + '[countries]\nallowed = ["SD"]\ndenied = ["SD"]\n', 9, "SD is both"),
        (SMALL + "[countries]\nallow = []\n", 10, "Did you mean allowed?"),
        (SMALL + '[deadlines]\nfirst_answer = "1 day"\n', 10, "is not a duration"),
        (SMALL + '[deadlines]\nanswer = "1d"\n', 10, "unknown setting deadlines.answer"),
        (SMALL + '[documents]\nfamily = ["visa"]\n', 9, "visa is asked for"),
        (SMALL + "[documents]\nfamilly = []\n", 10, "documents.familly is not a case"),
        (SMALL + '[document]\n"My visa" = "x"\n', 10, "is no id of a document"),
        (SMALL + '[[partner]]\nid = "C P J"\nname = "CPJ"\n', 10, "is no id of a partner"),
        (SMALL + '[[partner]]\nid = "cpj"\n', 9, "partner.name is missing. Add name"),
        (SMALL + '[[partner]]\nid = "a"\nname = "A"\n' * 2, 9, "two partners have the id a"),
        (SMALL + '[[elsewhere]]\nname = "A"\n', 9, "see deploy/funds/ims-dj.toml"),
        (SMALL + "[consent]\n", 9, "this is not TOML"),
    ],
)
def test_a_fund_is_refused_with_file_line_and_fix(
    write: Write, text: str, line: int, says: str
) -> None:
    path = write(text)
    told = refusal(path.parent, None)
    assert told.startswith(f"{path}, line {line}: " if line else f"{path}: ")
    assert says in told


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (changed('"1.0832"', "1.0832", RATES), 5, "1.0832 is not an amount"),
        (changed('"1.0832"', '"0.0"', RATES), 5, "is nothing"),
        (changed('"2026-03-02"', '"2 March"', RATES), 2, "is not a day"),
        (changed('"EUR"', '"XYZ"', RATES), 3, "is no currency"),
        (changed("USD =", "usd =", RATES), 5, '"usd" is no currency'),
        (changed("days = 7", "days = 0", RATES), 10, "greater than or equal to 1"),
        (changed('base = "EUR"\n', "", RATES), 1, "table.base is missing"),
        ('[[tables]]\nbase = "EUR"\n', 1, "unknown setting tables. Did you mean table?"),
    ],
)
def test_rates_are_refused_with_file_line_and_fix(
    write: Write, text: str, line: int, says: str
) -> None:
    path = write(text, "rates.toml")
    told = refusal(None, path)
    assert f"{path}, line {line}: " in told
    assert says in told


def test_the_problems_of_all_files_are_told_at_once(write: Write, tmp_path: Path) -> None:
    write(changed('"EUR"', '"euro"'))
    write(SMALL, "funds/Big Fund.toml")
    path = write('[fund]\nfolder = "funds"\nrates = "none.toml"\n', "onbelay.toml")
    with pytest.raises(ConfigError) as caught:
        Settings.load({}, path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        f"{tmp_path}/funds/Big Fund.toml",
        f"{tmp_path}/funds/small.toml, line 1",
        f"{tmp_path}/none.toml",
        "fund",
    ]
    assert "its name is the fund's id" in caught.value.problems[0]
    assert "there is no such file" in caught.value.problems[2]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "there is no such folder" in refusal(tmp_path / "funds", None)
