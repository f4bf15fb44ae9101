"""A dossier on paper, read back with a real reader: every label in the reader's language."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from bot import dossier, dossier_page
from bot.commands.fund import allowed
from bot.commands.shell import Refusal
from bot.config import Settings
from bot.config.funds import load
from bot.languages import LOCALES
from bot.text import Text
from flows.fund.asking import QUESTIONS
from tests.applications import answers

NOW = 1_795_262_400_000
TEXT = Text.load(LOCALES)


def request(*options: str) -> dict[str, Any]:
    given = answers("protection", "noted", *options)
    by = {"by": "olga", "at": NOW}
    return {
        "id": "F7K2QM", "fund": "safety", "case": "protection", "state": "recommended",
        "submitted_at": NOW, "due": {"decision": NOW + 1}, "earlier": [], "answers": given,
        "references": [{"n": 0, "via": "bot", "how": "A colleague", "incident": "yes", "at": NOW}],
        "log": [[NOW, "taken", "olga", ""], [NOW, "note", "olga", "Called the editor"]],
        "past": [], "decisions": [{**by, "verdict": "approve", "reason": "It fits"}],
        "recommendation": {
            **by, "amount": "500.00 EUR", "conditions": "", "reason": "Urgent", "n": 1,
        },
        "partners": {
            "cpj": {"hits": {"7K2Q-X0M4": {}}, "asked_at": NOW, "asked_by": "olga",
                    "answers": {"heard": "yes", "helped": "yes", "amount": "300.00 USD"}},
        },
        "erasing": {
            "cpj": {"kinds": ["story"], "since": NOW, "asked_at": NOW, "by": "olga"},
        },
    }  # fmt: skip


def found(role: str, partner: str = "", lang: str = "en", *options: str) -> dict[str, Any]:
    funds, rates = load(Path("tests/funds"), Path("tests/funds/rates/rates.toml"))
    policy = replace(Settings.load({}).policy, funds=funds, rates=rates)
    return dossier.dossier(request(*options), policy, {"olga": "Olga"}, 2, NOW, role, partner, lang)


def read(role: str, lang: str, *options: str) -> str:
    headings = {name: heading for name, (heading, _) in dossier.FIELDS.items()}
    made = dossier_page.pdf(found(role, "", lang, *options), headings, TEXT, lang, NOW)
    assert made == dossier_page.pdf(found(role, "", lang, *options), headings, TEXT, lang, NOW)
    pages = [page.get_textpage().get_text_range() for page in PdfDocument(made)]
    return re.sub(r"\s+", " ", " ".join(pages))


#: What stands in the data, and never on paper.
RAW = ("recommended", "amount:", "allowed:", "True", "kind:", "taken", "protection", "None", "cpj")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["Safety Fund", "Protection from a direct threat", "It waits for two decisions",
                "The journalist's name", "Amina H.", "Lea Haddad", "rates of 2026-11-15",
                "may be contacted", "Confirms what happened: Yes", "Olga approves: It fits",
                "Called the editor", "Have helped: Yes",
                "was asked to erase: What happened, and the budget. By Olga"]),
        ("fr", ["Fonds de sécurité", "Protection", "Le nom sous lequel la personne travaille",
                "2026-11-15", "Partenaires"]),
        ("ar", ["2026-11-15", "Amina Haddad", "300.00 USD"]),
    ],
)  # fmt: skip
def test_a_dossier_speaks_the_readers_language(lang: str, said: list[str]) -> None:
    text = read("officer", lang)
    assert [each for each in said if each not in text] == []
    assert [each for each in RAW if each in text] == []
    if lang == "ar":
        assert "\u0635\u0646\u062f\u0648\u0642" in text or "\u0642\u0648\u062f\u0646\u0635" in text
        assert "journalist" not in text


def test_a_committee_reads_the_story_but_not_how_people_are_reached() -> None:
    whole = found("committee")
    assert {"what", "budget", "referees", "partners", "erasing", "decisions"} <= set(whole)
    assert whole["erasing"][0]["asked_by"] == "Olga"
    assert {"contact", "log", "deadline"}.isdisjoint(whole)
    assert all("reach" not in each for each in whole["referees"])
    assert "+249 99 555 0101" not in read("committee", "en")


def test_a_partner_reads_what_was_agreed_to_and_documents_only_then() -> None:
    shared = found("partner", "cpj")
    assert {"name", "country", "what", "budget"} <= set(shared)
    assert {"documents", "contact", "applicant", "referees", "partners"}.isdisjoint(shared)
    assert "erasing" not in shared


@pytest.mark.parametrize(
    ("kinds", "opened"),
    [
        ([], set()),
        (["check"], {"id", "fund", "name", "used_name", "birth_year", "country", "outlet"}),
        (
            ["story"],  # "what happened and your budget": neither what was decided nor of whom
            {
                "id",
                "fund",
                "cause",
                "what",
                "when",
                "where",
                "whom",
                "link",
                "budget",
                "totals",
                "requested",
            },
        ),
        (["documents"], {"id", "fund", "documents"}),
        (["contact"], {"id", "fund", "contact", "danger", "applicant"}),
    ],
)
def test_a_partner_reads_only_these_kinds(kinds: list[str], opened: set[str]) -> None:
    data = request()
    data["answers"] = {**data["answers"], "consent": {"cpj": kinds, "rsf": ["story"]}}
    assert dossier.readable(data, "partner", "cpj") == opened


def word(conflicts: list[str]) -> str:
    paper = {
        "by": "olga", "shown_by": "oscar", "role": "committee", "partner": "", "word": "ABCDEFGH",
        "until": NOW + 1, "made": 0,
    }  # fmt: skip
    data = {**request(), "person": "amina", "conflicts": conflicts, "papers": {"1": paper}}
    return allowed(data, "committee", "", "abcd efgh", NOW)


@pytest.mark.parametrize("who", ["olga", "oscar"])
def test_a_conflict_declared_since_stops_a_dossier(who: str) -> None:
    assert word(["ines"]) == "1"
    with pytest.raises(Refusal, match="conflict of interest"):
        word([who])


def test_a_fund_is_called_as_the_reader_calls_it() -> None:
    assert found("payer", lang="ar")["fund"] != found("payer", lang="en")["fund"]


#: How a dossier calls what the form calls otherwise.
CALLED = {"granted": "granted_before", "files": "documents"}
#: What is answered, and in no dossier, and why.
LEFT_OUT = {
    "linked": "numbers of open cases: whoever works on those knows them",
    "when_day": "what was read in `when`, which is there",
    "proofs": "files, counted among the documents",
}
#: What is there beside the answers.
BESIDE = {
    "id", "fund", "state", "submitted", "deadline", "complete", "findings", "totals", "requested",
    "partners", "erasing", "log", "recommendation", "decisions", "amount", "conditions", "paid",
    "report",
}  # fmt: skip


def test_every_question_of_the_form_is_in_a_dossier_or_left_out_for_a_reason() -> None:
    asked = {name.removeprefix("journalist.") for q in QUESTIONS for name in q.names}
    shown = {CALLED.get(name, name) for name in asked - set(LEFT_OUT)}
    assert set(LEFT_OUT) <= asked
    assert shown | BESIDE == set(dossier.FIELDS) == set(found("officer"))
    assert set(dossier.FIELDS) - set(found("committee")) == {"contact", "log", "deadline"}


def test_who_decides_reads_that_the_journalist_was_killed() -> None:
    text = read("committee", "en", "family")
    assert "Whether the journalist is alive no, was killed" in text
    assert "Other applications No" in text
    assert "fate" not in found("payer")
