"""A request to a fund on paper, or as JSON, for those who may read that much of it. How it looks:
bot/dossier_page.py.

What each role may read is a table (FIELDS): a field that isn't in it is in no dossier. Where to
pay never is. To a partner organisation goes what the applicant has agreed to for it (CONSENT),
and nothing at all without any consent for it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from flows.engine.messages import Message, message
from flows.engine.model import Policy
from flows.fund import consent, money, rules
from flows.fund import messages as names
from flows.fund.deadlines import next_due
from flows.fund.sharing import given_in
from flows.fund.terms import Fund, said

ROLES = ("committee", "officer", "payer", "partner")
_EACH, _OFFICER = frozenset(ROLES), frozenset({"officer"})
#: Who decides reads all but how people are reached, and who has done what when.
_COMMITTEE = _OFFICER | {"committee"}
#: Partners read only what CONSENT opens to them.
_PAYER = _COMMITTEE | {"payer"}


def _label(name: str, text: str) -> Message:
    return message(f"dossier.{name}", text, note="A heading in a printed request to a fund.")


#: Field -> its heading, and who reads it.
FIELDS: dict[str, tuple[Message, frozenset[str]]] = {
    "id": (_label("id", "Number"), _EACH),
    "fund": (_label("fund", "Fund"), _EACH),
    "case": (_label("case", "What help is needed"), _PAYER),
    "state": (_label("state", "State"), _PAYER),
    "submitted": (_label("submitted", "Came in"), _PAYER),
    "deadline": (_label("deadline", "Next answer due"), _OFFICER),
    "complete": (_label("complete", "Complete"), _COMMITTEE),
    "findings": (_label("findings", "What the rules found"), _COMMITTEE),
    "who": (names.PARTS["who"], _COMMITTEE),
    "applicant": (_label("applicant", "Who asks for them"), _COMMITTEE),
    "name": (names.PARTS["name"], _PAYER),
    "used_name": (names.PARTS["used_name"], _COMMITTEE),
    "birth_year": (names.PARTS["birth_year"], _COMMITTEE),
    "country": (names.PARTS["country"], _COMMITTEE),
    "outlet": (names.PARTS["outlet"], _COMMITTEE),
    "danger": (names.PARTS["danger"], _COMMITTEE),
    "contact": (_label("contact", "How to contact"), _OFFICER),
    "fate": (names.PARTS["fate"], _COMMITTEE),
    "cause": (names.PARTS["cause"], _COMMITTEE),
    "what": (names.PARTS["what"], _COMMITTEE),
    "when": (names.PARTS["when"], _COMMITTEE),
    "where": (names.PARTS["where"], _COMMITTEE),
    "whom": (names.PARTS["whom"], _COMMITTEE),
    "link": (names.PARTS["link"], _COMMITTEE),
    "evidence": (names.PARTS["evidence"], _COMMITTEE),
    "dependants": (names.PARTS["dependants"], _COMMITTEE),
    "budget": (names.PARTS["budget"], _COMMITTEE),
    "totals": (_label("totals", "Totals"), _COMMITTEE),
    "requested": (_label("requested", "In the fund's currency"), _COMMITTEE),
    "others": (names.PARTS["others"], _COMMITTEE),
    "granted_before": (names.PARTS["granted"], _COMMITTEE),
    "documents": (names.PARTS["files"], _COMMITTEE),
    "referees": (names.PARTS["referees"], _COMMITTEE),
    "partners": (_label("partners", "Partners"), _COMMITTEE),
    "consent": (names.PARTS["consent"], _COMMITTEE),
    "erasing": (_label("erasing", "To be erased by partners"), _COMMITTEE),
    "log": (_label("log", "Log"), _OFFICER),
    "recommendation": (_label("recommendation", "Recommendation"), _COMMITTEE),
    "decisions": (_label("decisions", "Decisions"), _PAYER),
    "amount": (_label("amount", "Granted"), _PAYER),
    "conditions": (_label("conditions", "Conditions"), _PAYER),
    "paid": (_label("paid", "Paid"), _PAYER),
    "report": (_label("report", "Report about the grant"), _COMMITTEE),
}
#: What each consent opens to the partner for whom it was given, besides the number and the fund: no
#: more than its sentence in the fund's file says. check: who it is, and where from. story: what
#: happened, and the budget; not what was decided, nor who else is meant.
CONSENT: dict[str, tuple[str, ...]] = {
    "check": ("name", "used_name", "birth_year", "country", "outlet"),
    "story": (
        "cause", "what", "when", "where", "whom", "link", "budget", "totals", "requested",
    ),
    "documents": ("documents",),
    "contact": ("contact", "danger", "applicant"),
}  # fmt: skip
#: Of a decision and the payment, what others than officers read.
BRIEFLY: dict[str, tuple[str, ...]] = {"decisions": ("verdict", "at"), "paid": ("on", "reference")}

#: Of a referee, what a committee reads.
UNREACHABLE = ("name", "allowed", "reference")

NO = "no"  #: what was asked, and answered with no more than that

Data = Mapping[str, Any]


def readable(data: Data, role: str, partner: str = "") -> frozenset[str]:
    """The fields that this role may read; a partner, none without a consent for it. Raises
    ValueError for a role that there isn't."""
    if role not in ROLES:
        raise ValueError(f"there is no role {role}. Use one of: {', '.join(ROLES)}.")
    found = {name for name, (_, roles) in FIELDS.items() if role in roles}
    if role == "partner":
        kinds = consented(data, partner)
        found = found | set(chain.from_iterable(CONSENT[k] for k in kinds)) if kinds else set()
    return frozenset(found)


def consented(data: Data, partner: str) -> tuple[str, ...]:
    """What the applicant has agreed to for this partner."""
    return tuple(kind for kind in given_in(data["answers"]).get(partner, ()) if kind in CONSENT)


def dossier(
    data: Data, policy: Policy, people: Mapping[str, str], files: int, now: int, role: str,
    partner: str = "", lang: str = "en",
) -> dict[str, Any]:  # fmt: skip
    """In the table's order. `people`: names by id; `files`: how many were sent."""
    allowed = readable(data, role, partner)
    whole = _whole(data, policy, people, files, now)
    whole["fund"] = said(fund_of(data, policy).name, lang)
    found = {name: whole[name] for name in FIELDS if name in allowed and name in whole}
    if role == "committee":
        found["referees"] = [_less(each, UNREACHABLE) for each in found["referees"]]
    elif role != "officer":
        for name, kept in BRIEFLY.items():
            if name in found:
                found[name] = _less(found[name], kept)
    return found


def _less(value: Any, kept: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_less(each, kept) for each in value]
    return {name: value[name] for name in kept if name in value} if value else value


# ---------------------------------------------------------------- what it says


def fund_of(data: Data, policy: Policy) -> Fund:
    return policy.funds.get(data["fund"]) or Fund(data["fund"], {"en": data["fund"]}, "USD")


def amounts(data: Data, policy: Policy) -> dict[str, Any]:
    """As strings with their currency."""
    items, fund = data["answers"].get("budget"), fund_of(data, policy)
    total = money.in_fund_currency(items, policy.rates, fund)
    made = data.get("recommendation") or {}
    return {
        "totals": [str(money.Money(each, code)) for code, each in money.totals(items).items()],
        "requested": None if isinstance(total, money.NoRate) else str(total.money),
        "rates_of": None if isinstance(total, money.NoRate) else total.on or None,
        "recommended": made.get("amount") or None,
        "granted": data.get("granted"),
    }


def findings(data: Data, policy: Policy, files: int, now: int) -> tuple[rules.Finding, ...]:
    answers, fund = _with_files(data, files), fund_of(data, policy)
    return rules.findings(fund, answers, data.get("earlier", ()), now, policy.rates)


def complete(data: Data, policy: Policy, files: int) -> dict[str, Any]:
    """How many parts of it are answered, of how many, and which aren't."""
    found = rules.completeness(fund_of(data, policy), _with_files(data, files))
    return {"done": found.done, "of": found.of, "missing": list(found.missing)}


def _with_files(data: Data, files: int) -> dict[str, Any]:
    """Those that came later count too."""
    answers = dict(data["answers"])
    return {**answers, "files": max(files, int(answers.get("files") or 0))}


def decisions(data: Data, people: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those that count, and before them those that were sent back."""
    every = [*chain.from_iterable(each["decisions"] for each in data["past"]), *data["decisions"]]
    return [
        {
            "by": people.get(each["by"], each["by"]), "verdict": each["verdict"],
            "reason": each["reason"], "at": iso(each["at"]),
        }
        for each in every
    ]  # fmt: skip


def iso(ms: int | None) -> str | None:
    return None if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%MZ}"


def _whole(
    data: Data, policy: Policy, people: Mapping[str, str], files: int, now: int
) -> dict[str, Any]:
    answers, fund = data["answers"], fund_of(data, policy)
    known = answers.get("journalist")
    journalist = known if isinstance(known, Mapping) else {}
    done = rules.completeness(fund, {**answers, "files": max(files, answers.get("files") or 0)})
    sums = amounts(data, policy)
    made = data.get("recommendation")
    paid = data.get("paid")
    plain = {
        name: _or_no(answers, name)
        for name in (
            "who", "danger", "contact", "fate", "cause", "what", "when", "where", "whom", "link",
            "evidence", "dependants", "others", "applicant",
        )
    }  # fmt: skip
    told = {
        name: _or_no(answers, f"journalist.{name}", journalist.get(name))
        for name in ("name", "used_name", "birth_year", "country", "outlet")
    }
    return {
        **plain,
        **told,
        "id": data["id"],
        "fund": fund.id,
        "case": data["case"],
        "state": data["state"],
        "submitted": iso(data["submitted_at"]),
        "deadline": iso(next_due(dict(data))),
        "complete": f"{done.done}/{done.of}",
        "findings": [
            {"rule": each.rule, "weight": each.weight, **each.args}
            for each in findings(data, policy, files, now)
        ],
        "budget": [_item(each) for each in _mappings(answers.get("budget"))],
        "totals": sums["totals"],
        "requested": _requested(data, policy, sums),
        "granted_before": _or_no(answers, "granted"),
        "consent": [
            {"partner": called(fund, one), "kinds": list(kinds)}
            for one, kinds in given_in(answers).items()
        ],
        "erasing": erasing(data, policy, people),
        "documents": files,
        "referees": _referees(data, people),
        "partners": asked_partners(data, policy, people),
        "log": [_entry(each, people, fund) for each in data["log"]],
        "recommendation": made and {
            "by": people.get(made["by"], made["by"]), "amount": made["amount"] or None,
            "conditions": made["conditions"], "reason": made["reason"],
        },
        "decisions": decisions(data, people),
        "amount": data.get("granted"),
        "conditions": made["conditions"] if made else None,
        "paid": paid and {"on": paid["on"], "reference": paid["reference"]},
        "report": (data.get("report") or {}).get("text"),
    }  # fmt: skip


def _or_no(answers: Data, name: str, value: Any = None) -> Any:
    """As it was answered; NO is an answer, and "" or None is none."""
    found = answers.get(name, value)
    return NO if found in (None, "") and rules.said_no(answers, name) else found


def _requested(data: Data, policy: Policy, sums: Mapping[str, Any]) -> dict[str, Any]:
    """In the fund's currency, by the rates of which day."""
    total = money.in_fund_currency(
        data["answers"].get("budget"), policy.rates, fund_of(data, policy)
    )
    lacking = list(total.currencies) if isinstance(total, money.NoRate) else []
    return {"amount": sums["requested"], "rates_of": sums["rates_of"], "lacking": lacking}


def asked_partners(data: Data, policy: Policy, people: Mapping[str, str]) -> list[dict[str, Any]]:
    """Which partners may know of it, who asked them when, and what they answered."""
    fund = fund_of(data, policy)
    return [
        {
            "id": partner,
            "partner": called(fund, partner),
            "hits": list(known.get("hits", {})),
            "asked_at": iso(known.get("asked_at")),
            "asked_by": people.get(known.get("asked_by", ""), known.get("asked_by")) or None,
            "answers": {
                k: people.get(v, v) if k == "by" else iso(v) if k == "at" else v
                for k, v in known.get("answers", {}).items()
            },
        }
        for partner, known in data.get("partners", {}).items()
    ]


def erasing(data: Data, policy: Policy, people: Mapping[str, str]) -> list[dict[str, Any]]:
    """Of consents that were taken back: which partner has to erase what, and was asked when."""
    fund = fund_of(data, policy)
    return [
        {
            "id": partner,
            "partner": called(fund, partner),
            "kinds": list(known["kinds"]),
            "since": iso(known["since"]),
            "asked_at": iso(known.get("asked_at")),
            "asked_by": people.get(known.get("by", ""), known.get("by")) or None,
        }
        for partner, known in data.get("erasing", {}).items()
    ]


def called(fund: Fund, partner: str) -> str:
    """An organisation's name, in English as the rest of it."""
    known = consent.called(fund, partner)
    return known if isinstance(known, str) else known.text


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value or () if isinstance(each, Mapping)]


def _item(item: Data) -> dict[str, Any]:
    amount = f"{item.get('amount', '')} {item.get('currency') or ''}".strip()
    return {
        "item": item.get("item"), "amount": amount, "months": money.months_of(item),
        "how": item.get("how"),
    }  # fmt: skip


def _referees(data: Data, people: Mapping[str, str]) -> list[dict[str, Any]]:
    told = {each["n"]: each for each in data["references"]}
    wanted = ("via", "how", "since", "incident", "journalism", "words")
    return [
        {
            "name": each.get("name"), "reach": each.get("reach"),
            "allowed": each.get("allowed") is True,
            "reference": {k: told[n][k] for k in wanted if told[n].get(k)}
            if told.get(n, {}).get("at") else None,
        }
        for n, each in enumerate(_mappings(data["answers"].get("referees")))
    ]  # fmt: skip


def _entry(line: list[Any], people: Mapping[str, str], fund: Fund) -> dict[str, Any]:
    at, kind, by, text = line
    if kind in consent.TOLD:
        partner, _, what = text.partition(":")
        text = f"{called(fund, partner)}: {what}"
    return {"at": iso(at), "kind": kind, "by": people.get(by, by) or None, "text": text}
