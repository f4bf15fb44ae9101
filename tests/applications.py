"""Requests to a fund as somebody may fill them in, for transcripts and tests."""

from typing import Any

#: All that the form asks for (flows/fund/rules.py). The first referee has an address with us in a
#: transcript that has a Rafik on Signal.
COMPLETE: dict[str, Any] = {
    "who": "me",
    "case": "protection",
    "cause": "work",
    "journalist": {
        "name": "Amina Haddad", "used_name": "", "birth_year": "1990", "country": "SD",
        "outlet": "Radio Nile",
    },
    "what": "Two men came to my house and said that they would burn it.",
    "when": "2026-11-12",
    "where": "Khartoum",
    "whom": "I don't know them",
    "link": "The day before I reported on the militia.",
    "evidence": ["https://example.org/report"],
    "dependants": 2,
    "budget": [
        {"item": "Rent", "amount": "300.00", "currency": "USD", "months": 3, "how": "contract"},
        {"item": "Bus", "amount": "80.00", "currency": "EUR", "months": 1, "how": "asked there"},
    ],
    "others": "",
    "granted": "",
    "noes": ["others", "granted"],
    "referees": [
        {"name": "Rafik Nour", "reach": "Rafik-signal", "allowed": True},
        {"name": "Dalia Said", "reach": "+249 99 555 0101", "allowed": True},
        {"name": "Omar Bashir", "reach": "omar@example.org", "allowed": False},
    ],
    "consent": {"cpj": ["check", "story"]},
    "danger": "no",
    "contact": "in the evening, in English",
    "files": 2,
}  # fmt: skip

#: Words after `apply amina protection F7K2QM`: what is different then.
CHANGES: dict[str, dict[str, Any]] = {
    "danger": {"danger": "yes"},
    "used": {"journalist": {**COMPLETE["journalist"], "used_name": "A. Nile"}},
    "bare": {"budget": [], "referees": [], "evidence": [], "consent": {}, "link": "", "files": 0},
    "noted": {
        "journalist": {**COMPLETE["journalist"], "used_name": "Amina H."},
        "applicant": {"name": "Lea Haddad", "relation": "sister", "reach": "+33 6 00 00"},
    },
    "disaster": {"cause": "disaster"},
    "by_relative": {
        "who": "relative",
        "journalist": {**COMPLETE["journalist"], "name": "Haddad, Amina"},
        "applicant": {"name": "Lea Haddad", "reach": "+249 99 555 0102", "relation": "her sister"},
    },
    "family": {
        "who": "relative",
        "case": "family",
        "fate": "killed",
        "files": 0,
        "applicant": {"name": "Lea Haddad", "reach": "+249 99 555 0102", "relation": "her sister"},
    },
    "big": {
        "budget": [
            {"item": "House", "amount": "9000.00", "currency": "EUR", "months": 1, "how": ""},
            {"item": "Goat", "amount": "12", "currency": "SDG", "months": 1, "how": "market"},
        ]
    },
    "long": {"what": " ".join(["They came again, and asked for me by name."] * 12)},
    "at_olga": {"referees": [{"name": "O. K.", "reach": "Olga-signal", "allowed": True}]},
    "untold": {"danger": ""},
    "olga": {"referees": [{"name": "Olga", "reach": "+1", "allowed": True}]},
}


def answers(case: str, *options: str) -> dict[str, Any]:
    found = {**COMPLETE, "case": case}
    for option in options:
        found |= CHANGES[option]
    return found
