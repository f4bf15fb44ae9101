"""What a fund's rules say: never a refusal, never of what wasn't answered, never an exception."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import LOCALES
from bot.text import Text, fields, source
from flows.engine.messages import Country
from flows.fund import messages, rules
from flows.fund.money import RateTable
from flows.fund.rules import AGAINST, Completeness, Finding, completeness, findings
from flows.fund.terms import CASES, CAUSES, DOCUMENTS, KINDS, OTHER, Fund, Partner, said

MARCH_2 = 1_772_409_600_000  # 2026-03-02 00:00 UTC
DAY = 86_400_000

FUND = Fund(
    id="f",
    name={"en": "Fund", "fr": "Fonds"},
    currency="EUR",
    cases=("protection", "legal_medical"),
    causes_excluded=frozenset({"disaster"}),
    ceiling=Decimal(5000),
    usual=Decimal(2000),
    denied=frozenset({"SE"}),
    documents={"protection": ("identity", "threat_proof")},
    partners=(Partner("cpj", "CPJ"),),
)
RATES = (RateTable("2026-03-01", "EUR", {"USD": Decimal("1.25")}),)

COMPLETE: dict[str, Any] = {
    "who": "me",
    "case": "protection",
    "cause": "work",
    "journalist": {
        "name": "A B",
        "used_name": "",
        "birth_year": "1990",
        "country": "SD",
        "outlet": "Radio",
    },
    "what": "Threats",
    "when": "2026-02-20",
    "where": "Khartoum",
    "whom": "unknown",
    "link": "After my report",
    "evidence": ["https://example.org/a"],
    "dependants": 0,
    "budget": [
        {"item": "Rent", "amount": "300.00", "currency": "USD", "months": 3, "how": "contract"}
    ],
    "others": "",
    "granted": "",
    "noes": ["others", "granted"],
    "referees": [
        {"name": "C", "reach": "+1", "allowed": True},
        {"name": "D", "reach": "d@example.org", "allowed": True},
    ],
    "consent": {"cpj": ["check"]},
    "danger": "no",
    "contact": "in the evening",
    "files": 2,
}


def found(
    changes: Mapping[str, Any], fund: Fund = FUND, earlier: Any = (), now: int = MARCH_2
) -> list[Finding]:
    return list(findings(fund, {**COMPLETE, **changes}, earlier, now, RATES))


def line(**changes: Any) -> list[dict[str, Any]]:
    return [{**COMPLETE["budget"][0], **changes}]


def test_an_application_that_fits_has_no_findings() -> None:
    assert found({}) == []


@pytest.mark.parametrize(
    ("changes", "rule", "args"),
    [
        ({"case": "family"}, "case_not_accepted", {"case": "family"}),
        ({"case": "other"}, "case_not_accepted", {"case": "other"}),
        ({"cause": "disaster"}, "cause_excluded", {"cause": "disaster"}),
        ({"cause": "other"}, "cause_other", {"cause": "other"}),
        ({"cause": "unsure"}, "cause_unsure", {}),
        ({"journalist": {"country": "SE"}}, "country_excluded", {"country": "SE"}),
        ({"granted": "2025-04"}, "granted_recently", {"month": "2025-04", "next": "2026-04"}),
        ({"granted": "2026-03"}, "granted_recently", {"month": "2026-03", "next": "2027-03"}),
        ({"granted": "last summer"}, "granted_unclear", {}),
        ({"granted": "2026-04"}, "granted_unclear", {}),
        ({"granted": "2025-13"}, "granted_unclear", {}),
        (
            {"budget": line(amount="2084.00")},
            "over_ceiling",
            {"total": "5001.60 EUR", "ceiling": "5000.00 EUR"},
        ),
        (
            {"budget": line(amount="2000.01 EUR", currency="EUR", months=1)},
            "over_usual",
            {"total": "2000.01 EUR", "usual": "2000.00 EUR"},
        ),
        ({"budget": line(currency="SDG")}, "no_rate", {"currencies": "SDG"}),
        ({"budget": line(months=7)}, "over_months", {"months": 7, "most": 6}),
        ({"budget": []}, "budget_empty", {}),
        ({"budget": line(how=" ")}, "budget_no_how", {"item": "Rent", "n": 1}),
        ({"budget": line(amount="a lot")}, "budget_unclear", {"item": "Rent", "n": 1}),
        ({"budget": line(amount=300.5)}, "budget_unclear", {"item": "Rent", "n": 1}),
        ({"budget": line(item="x" * 99, how="")}, "budget_no_how", {"item": "x" * 40, "n": 1}),
        ({"link": ""}, "no_link", {}),
        ({"when": "2025-02-27"}, "incident_old", {"when": "2025-02-27"}),
        ({"when": "long ago", "when_day": "2024"}, "incident_old", {"when": "2024"}),
        ({"when": "2024"}, "incident_old", {"when": "2024"}),
        ({"when": "2026-03-04"}, "incident_future", {"when": "2026-03-04"}),
        ({"when": "2026-04"}, "incident_future", {"when": "2026-04"}),
        ({"who": "neighbour"}, "not_close", {}),
        ({"evidence": []}, "no_press_proof", {}),
        ({"evidence": ["", " "]}, "no_press_proof", {}),
        ({"referees": COMPLETE["referees"][:1]}, "few_referees", {"have": 1, "need": 2}),
        ({"referees": [{"name": "C"}, {}]}, "few_referees", {"have": 0, "need": 2}),
        (
            {"referees": [*COMPLETE["referees"][:1], {"name": "D", "reach": "x"}]},
            "referees_not_allowed",
            {"have": 1, "need": 2},
        ),
        ({"files": 1}, "document_missing", {"have": 1, "want": 2}),
    ],
)
def test_what_each_rule_finds(changes: Mapping[str, Any], rule: str, args: dict[str, Any]) -> None:
    assert found(changes) == [Finding(rule, rules.RULES[rule], args)]


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "legal_medical"},
        {"who": "relative"},
        {"who": "colleague"},
        {"granted": "2025-03"},
        {"journalist": {"country": "Sweden"}},
        {"budget": line(amount="833.33")},
        {"budget": line(months=6)},
        {"when": "2026-03-03"},  # east of us it is tomorrow already
        {"when": "2025-03-01"},
        {"when": "2025"},
        {"when": "some weeks ago"},
        {"when": "1404-05-01"},
        {"files": 3},
        {"files": 0, "case": "legal_medical"},
    ],
)
def test_what_is_within_the_rules_is_not_mentioned(changes: Mapping[str, Any]) -> None:
    assert found(changes) == []


def test_what_was_not_reached_yet_is_not_found_wanting() -> None:
    assert findings(FUND, {}, (), MARCH_2) == ()
    for part in COMPLETE:
        rest = {name: value for name, value in COMPLETE.items() if name != part}
        assert findings(FUND, rest, (), MARCH_2, RATES) == ()
        assert findings(FUND, {part: None}, (), MARCH_2) == ()


def test_grants_that_we_know_of_count_and_those_of_other_funds_do_not() -> None:
    ours, theirs = {"granted": "2025-10-31"}, {"granted": "2026-01", "fund": "g"}
    (known,) = found({}, earlier=[ours, theirs])
    assert known.args == {"month": "2025-10", "next": "2026-10"}
    assert found({}, earlier=[theirs, "x", None, {"granted": 3}]) == []
    assert found({}, earlier=[{"granted": "2026-01", "fund": "f"}])[0].rule == "granted_recently"
    assert found({"granted": "2026-02"}, earlier=[ours])[0].args["month"] == "2026-02"
    assert found({"granted": "2026-02"}, replace(FUND, once_in_months=0)) == []


def test_a_grant_to_perhaps_the_same_person_is_asked_about() -> None:
    perhaps = {"granted": "2026-01", "fund": "f", "perhaps": "F7K2QM"}
    (known,) = found({}, earlier=[perhaps])
    assert (known.rule, known.weight) == ("granted_perhaps", rules.ASK)
    assert not found({}, earlier=[{**perhaps, "granted": "2024-01"}])
    assert not found({}, earlier=[{**perhaps, "fund": "another"}])


def test_a_fund_may_list_the_countries_it_works_in() -> None:
    only = replace(FUND, allowed=frozenset({"SD"}), denied=frozenset())
    assert found({}, only) == []
    assert found({"journalist": {"country": "UA"}}, only)[0].rule == "country_excluded"


def test_limits_that_a_fund_does_not_have_are_not_applied() -> None:
    free = replace(FUND, ceiling=None, usual=None, incident_months=0, referees=0)
    much = {"budget": line(amount="99999.00"), "when": "2001-01-01", "referees": []}
    assert found(much, free) == []


def test_they_are_listed_by_weight_and_each_rule_once() -> None:
    lines = [*line(how=""), *line(item="Second", how=""), *line(months=12), *line(currency="SDG")]
    answers = {"budget": lines, "cause": "unsure", "granted": "2026-01", "link": ""}
    listed = found(answers)
    assert [f.rule for f in listed] == [
        "granted_recently",
        "over_months",
        "cause_unsure",
        "no_link",
        "budget_no_how",
        "no_rate",
    ]
    assert listed[4].args == {"item": "Rent", "n": 1}
    assert sorted(rules.RULES.values(), key=["against", "ask", "note"].index) == list(
        rules.RULES.values()
    )


# ---------------------------------------------------------------- completeness


#: Of PARTS, what isn't asked of everybody.
SOMETIMES = {"applicant", "fate", "files"}


def test_how_complete_it_is() -> None:
    always = tuple(part for part in rules.PARTS if part not in SOMETIMES)
    alone = replace(FUND, partners=())
    assert completeness(FUND, COMPLETE) == Completeness(22, 22, ())
    assert completeness(FUND, {}) == Completeness(0, 21, always)
    assert completeness(FUND, {"case": "protection"}).of == 22
    assert completeness(FUND, {**COMPLETE, "case": "legal_medical", "files": 0}).missing == ()
    assert completeness(alone, {**COMPLETE, "consent": None}) == Completeness(21, 21, ())


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"others": None, "noes": ["granted"]}, "others"),
        ({"noes": ["granted"]}, "others"),
        ({"noes": None, "others": "CPJ"}, "granted"),
        ({"contact": ""}, "contact"),
        ({"dependants": None}, "dependants"),
        ({"dependants": True}, "dependants"),
        ({"budget": []}, "budget"),
        ({"budget": line(amount="x")}, "budget"),
        ({"referees": COMPLETE["referees"][1:]}, "referees"),
        ({"consent": []}, "consent"),
        ({"evidence": [" "]}, "evidence"),
        ({"what": "  "}, "what"),
        ({"files": 0}, "files"),
        ({"journalist": {**COMPLETE["journalist"], "outlet": ""}}, "outlet"),
    ],
)
def test_what_is_missing(changes: Mapping[str, Any], missing: str) -> None:
    assert completeness(FUND, {**COMPLETE, **changes}) == Completeness(21, 22, (missing,))


# ---------------------------------------------------------------- whatever the answers hold

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", *CASES, *CAUSES, "me", "SE", "2026-01", "0000-00", "300.00", "USD"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["name", "reach", "allowed", "amount", "currency", "months", "how", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
ANSWERS = st.dictionaries(st.sampled_from([*COMPLETE, "x"]), JSON, max_size=12)
NOW = st.integers(0, 4_102_444_800_000)


@given(ANSWERS, st.lists(JSON | ANSWERS, max_size=3), NOW)
def test_any_answers_give_findings_that_can_be_stored_and_shown(
    answers: dict[str, Any], earlier: list[Any], now: int
) -> None:
    listed = findings(FUND, answers, earlier, now, RATES)
    assert listed == findings(FUND, answers, earlier, now, RATES)
    for finding in listed:
        assert finding.weight == rules.RULES[finding.rule]
        assert all(type(arg) in (str, int) for arg in finding.args.values())
        json.dumps(dict(finding.args))
        for shown in (messages.reason(finding), messages.brief(finding)):
            TEXT.render("en", "UTC", shown.message, shown.args, now)
    done, of, missing = completeness(FUND, answers)
    assert done + len(missing) == of


# ---------------------------------------------------------------- what it is called in words

TEXT = Text.load(LOCALES, strict=True)


def test_every_rule_has_both_of_its_messages_and_every_id_a_name() -> None:
    assert list(messages.REASONS) == list(messages.BRIEF) == list(rules.RULES)
    assert tuple(messages.CASES) == (*CASES, OTHER)
    assert tuple(messages.CAUSES) == CAUSES
    assert tuple(messages.DOCUMENTS) == DOCUMENTS
    assert tuple(messages.KINDS) == KINDS
    assert set(rules.PARTS) <= set(messages.PARTS)


def test_what_the_applicant_is_told_is_one_sentence_that_refuses_nothing() -> None:
    for rule, message in messages.REASONS.items():
        for text in source(message):
            assert text.count(". ") == 0, rule
            assert not {"must", "cannot", "refused", "rejected", "not allowed"} & set(text.split())
            if rules.RULES[rule] != AGAINST:
                assert "doesn't usually" not in text


def test_every_finding_can_be_said_in_every_language() -> None:
    args: dict[str, str | int] = {
        "case": "legal_medical", "cause": "other", "country": "SD", "month": "2026-01",
        "next": "2027-01", "total": "5.00 EUR", "ceiling": "4.00 EUR", "usual": "3.00 EUR",
        "months": 7, "most": 6, "item": "Rent", "when": "2024", "have": 1, "need": 2, "want": 3,
        "currencies": "SDG", "n": 1,
    }  # fmt: skip
    for rule, weight in rules.RULES.items():
        named = fields(messages.REASONS[rule].text) | fields(messages.BRIEF[rule].text)
        finding = Finding(rule, weight, {name: args[name] for name in named})
        for lang in ("en", "fr", "ar"):
            for shown in (messages.reason(finding), messages.brief(finding)):
                text = TEXT.render(lang, "UTC", shown.message, shown.args, MARCH_2)
                assert "{" not in text
                assert "_" not in text


def test_ids_become_names() -> None:
    case = messages.reason(Finding("case_not_accepted", AGAINST, {"case": "family"}))
    assert case.args["case"] == messages.CASES["family"]
    country = messages.brief(Finding("country_excluded", AGAINST, {"country": "SD"}))
    assert country.args["country"] == Country("SD")
    odd = messages.brief(Finding("cause_other", "ask", {"cause": "weather"}))
    assert odd.args["cause"] == "weather"


def test_a_funds_texts_fall_back_to_english() -> None:
    assert [said(FUND.name, lang) for lang in ("fr", "fr-CA", "fr_CA", "ar", "")] == [
        "Fonds",
        "Fonds",
        "Fonds",
        "Fund",
        "Fund",
    ]
    assert said({}, "en") == ""
