"""What a fund's rules say of an application.

A finding is never a refusal. The applicant is told it kindly and may go on; an officer sees it
beside the application; a human decides. Nothing here closes, hides or orders anything.

- Only what was answered is judged. A question that wasn't reached yet makes no finding, so that the
  form can ask after every answer; what is still missing is `completeness`.
- Answers come from a form whose version may be another one, and from what people type. Anything
  that isn't of the expected shape counts as not answered. Nothing here raises.
- Names, places and accounts of people stay out of findings, which are stored and listed. A line of
  the budget is named by its own words, cut short.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flows.fund import money
from flows.fund.terms import CASES, OTHER, Fund

Answers = Mapping[str, Any]
Args = dict[str, str | int]

WHO = ("me", "relative", "colleague")
LONGEST_ITEM = 40  #: characters of a line of the budget in a finding

AGAINST = "against"  # a rule of the fund speaks against it
ASK = "ask"  # somebody should ask
NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule`: an id of RULES; `args`: what its messages show, texts and whole numbers only."""

    rule: str
    weight: str
    args: Mapping[str, str | int] = field(default_factory=dict)


#: Every rule with its weight, in the order in which findings are listed.
RULES = {
    "case_not_accepted": AGAINST,
    "cause_excluded": AGAINST,
    "country_excluded": AGAINST,
    "granted_recently": AGAINST,
    "over_ceiling": AGAINST,
    "over_months": AGAINST,
    "granted_perhaps": ASK,
    "cause_other": ASK,
    "cause_unsure": ASK,
    "no_link": ASK,
    "not_close": ASK,
    "granted_unclear": ASK,
    "incident_future": ASK,
    "no_press_proof": ASK,
    "few_referees": ASK,
    "referees_not_allowed": ASK,
    "budget_empty": ASK,
    "budget_unclear": ASK,
    "budget_no_how": ASK,
    "over_usual": ASK,
    "document_missing": ASK,
    "no_rate": NOTE,
    "incident_old": NOTE,
}


def findings(
    fund: Fund,
    answers: Answers,
    earlier: Iterable[object],
    now: int,
    rates: Iterable[money.RateTable] = (),
) -> tuple[Finding, ...]:
    """`earlier`: grants that we know of, {"granted": "YYYY-MM", "fund": id}; without `fund` it is
    this one; with `perhaps` it may be another person's. `now`: UTC milliseconds. At most one
    finding per rule."""
    look = _Look(fund, answers, tuple(earlier), _day(now), tuple(rates))
    found: dict[str, Args] = {}
    for check in _CHECKS:
        for rule, args in check(look):
            found.setdefault(rule, args)
    return tuple(Finding(rule, RULES[rule], found[rule]) for rule in RULES if rule in found)


@dataclass(frozen=True, slots=True)
class _Look:
    fund: Fund
    answers: Answers
    earlier: tuple[object, ...]
    day: tuple[int, int, int]
    rates: tuple[money.RateTable, ...]

    @property
    def month(self) -> int:
        return _month(self.day[0], self.day[1])

    def text(self, name: str) -> str | None:
        """None: not answered."""
        return _text(self.answers, name)

    def lines(self) -> list[Mapping[str, Any]]:
        return _mappings(self.answers.get("budget"))


Found = Iterator[tuple[str, Args]]

# ---------------------------------------------------------------- the rules


def _case(look: _Look) -> Found:
    case = look.text("case")
    if case in (*CASES, OTHER) and case not in look.fund.cases:
        yield "case_not_accepted", {"case": case}


def _cause(look: _Look) -> Found:
    cause = look.text("cause")
    if cause in look.fund.causes_excluded and cause:
        yield "cause_excluded", {"cause": cause}
    elif cause in ("other", "disaster"):
        yield "cause_other", {"cause": cause}
    elif cause == "unsure":
        yield "cause_unsure", {}


def _country(look: _Look) -> Found:
    country = _text(_mapping(look.answers.get("journalist")), "country") or ""
    if re.fullmatch("[A-Z]{2}", country) and not look.fund.helps_in(country):
        yield "country_excluded", {"country": country}


def _granted(look: _Look) -> Found:
    said = look.text("granted")
    told = _when(said or "")
    if said and (told is None or told.first > look.day or "-" not in said):
        yield "granted_unclear", {}
        told = None
    ours = [g for g in _mappings(look.earlier) if _ours(look, g)]
    known = [_when(_text(g, "granted") or "") for g in ours if "perhaps" not in g]
    last = _last((told, *known))
    if last is not None and look.month - last < look.fund.once_in_months:
        again = last + look.fund.once_in_months
        yield "granted_recently", {"month": _shown(last), "next": _shown(again)}
    perhaps = [_when(_text(g, "granted") or "") for g in ours if "perhaps" in g]
    last = _last(perhaps)
    if last is not None and look.month - last < look.fund.once_in_months:
        yield "granted_perhaps", {"month": _shown(last)}


def _last(known: Iterable["_When | None"]) -> int | None:
    return max((_month(*when.last[:2]) for when in known if when), default=None)


def _ours(look: _Look, grant: Mapping[str, Any]) -> bool:
    return bool(grant.get("fund", look.fund.id) == look.fund.id)


def _sum(look: _Look) -> Found:
    fund, lines = look.fund, look.lines()
    asked = money.in_fund_currency(lines, look.rates, fund)
    if isinstance(asked, money.NoRate):
        yield "no_rate", {"currencies": ", ".join(asked.currencies)}
        return
    for rule, name, limit in (
        ("over_ceiling", "ceiling", fund.ceiling),
        ("over_usual", "usual", fund.usual),
    ):
        if limit is not None and asked.amount > limit:
            yield rule, {"total": str(asked.money), name: _in(limit, fund)}
            return


def _in(limit: Decimal, fund: Fund) -> str:
    return str(money.Money(limit, fund.currency))


def _months(look: _Look) -> Found:
    longest = max((money.months_of(line) for line in look.lines()), default=0)
    if longest > look.fund.months:
        yield "over_months", {"months": longest, "most": look.fund.months}


def _budget(look: _Look) -> Found:
    if not isinstance(look.answers.get("budget"), list | tuple):
        return
    if not look.lines():
        yield "budget_empty", {}
    for n, line in enumerate(look.lines(), 1):
        named: Args = {"item": (_text(line, "item") or "")[:LONGEST_ITEM], "n": n}
        if money.line(line) is None:
            yield "budget_unclear", named
        if not _text(line, "how"):
            yield "budget_no_how", named


def _incident(look: _Look) -> Found:
    if look.text("link") == "":
        yield "no_link", {}
    when = _when(look.text("when") or "") or _when(look.text("when_day") or "")
    if when is None:
        return
    if when.first > _next(look.day):
        yield "incident_future", {"when": when.text}
    elif 0 < look.fund.incident_months < look.month - _month(*when.last[:2]):
        yield "incident_old", {"when": when.text}


def _applicant(look: _Look) -> Found:
    who = look.text("who")
    if who and who not in WHO:
        yield "not_close", {}


def _evidence(look: _Look) -> Found:
    evidence = look.answers.get("evidence")
    if look.answers.get("proofs"):
        return  # in pictures or documents
    if isinstance(evidence, list | tuple) and not any(_filled(piece) for piece in evidence):
        yield "no_press_proof", {}


def _referees(look: _Look) -> Found:
    if not isinstance(look.answers.get("referees"), list | tuple):
        return
    named, need = _named(look.answers), look.fund.referees
    allowed = sum(referee.get("allowed") is True for referee in named)
    if len(named) < need:
        yield "few_referees", {"have": len(named), "need": need}
    elif allowed < need:
        yield "referees_not_allowed", {"have": allowed, "need": need}


def _documents(look: _Look) -> Found:
    have = look.answers.get("files")
    want = len(look.fund.documents.get(look.text("case") or "", ()))
    if isinstance(have, int) and not isinstance(have, bool) and have < want:
        yield "document_missing", {"have": max(0, have), "want": want}


_CHECKS: tuple[Callable[[_Look], Found], ...] = (
    _case, _cause, _country, _granted, _sum, _months, _budget, _incident, _applicant, _evidence,
    _referees, _documents,
)  # fmt: skip


# ---------------------------------------------------------------- how complete it is


class Completeness(NamedTuple):
    done: int
    of: int
    missing: tuple[str, ...]


#: What an application consists of, in the order of the form: all that is asked but a second name
#: to work under, which most don't have. APPLIES says which of them aren't always asked for.
PARTS = (
    "who", "applicant", "case", "fate", "cause", "name", "birth_year", "country", "outlet", "what",
    "when", "where", "whom", "link", "evidence", "dependants", "budget", "others", "granted",
    "referees", "danger", "contact", "consent", "files",
)  # fmt: skip
_OF_JOURNALIST = frozenset({"name", "birth_year", "country", "outlet"})
#: "No" is an answer: those whose name is in `noes`.
_MAY_BE_NO = frozenset({"others", "granted"})


def _for_another(fund: Fund, answers: Answers) -> bool:
    return _text(answers, "who") in WHO[1:]


def _of_a_family(fund: Fund, answers: Answers) -> bool:
    return _for_another(fund, answers) and _text(answers, "case") == "family"


def _documented(fund: Fund, answers: Answers) -> bool:
    return bool(fund.documents.get(_text(answers, "case") or ""))


def _has_partners(fund: Fund, answers: Answers) -> bool:
    return bool(fund.partners)


#: The form asks by the same (flows/fund/asking.py). Documents, where the fund names some.
APPLIES: Mapping[str, Callable[[Fund, Answers], bool]] = {
    "applicant": _for_another,
    "fate": _of_a_family,
    "consent": _has_partners,
    "files": _documented,
}


def asked_for(part: str, fund: Fund, answers: Answers) -> bool:
    applies = APPLIES.get(part)
    return applies is None or applies(fund, answers)


def completeness(fund: Fund, answers: Answers) -> Completeness:
    """How many of the PARTS that matter are there, and which aren't."""
    parts = [part for part in PARTS if asked_for(part, fund, answers)]
    missing = tuple(part for part in parts if not _has(fund, answers, part))
    return Completeness(len(parts) - len(missing), len(parts), missing)


def _has(fund: Fund, answers: Answers, part: str) -> bool:
    within = _mapping(answers.get("journalist")) if part in _OF_JOURNALIST else answers
    value = within.get(part)
    match part:
        case "budget":
            lines = _mappings(value)
            return bool(lines) and all(money.line(line) is not None for line in lines)
        case "referees":
            allowed = [r for r in _named(answers) if r.get("allowed") is True]
            return len(allowed) >= fund.referees
        case "evidence":
            told = isinstance(value, list | tuple) and any(map(_filled, value))
            return told or bool(answers.get("proofs"))
        case "applicant":
            return _filled(_mapping(value).get("name"))
        case "consent":
            return isinstance(value, Mapping)
        case "files":
            return _count(value) and value != 0
        case "dependants":
            return _count(value)
        case "birth_year":
            return _count(value) or _filled(value)
        case _:
            return _filled(value) or (part in _MAY_BE_NO and said_no(answers, part))


def said_no(answers: Answers, name: str) -> bool:
    """Asked, and answered with "no". `name`: of an answer, or "journalist.name"."""
    noes = answers.get("noes")
    return isinstance(noes, list | tuple) and name in noes


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# ---------------------------------------------------------------- answers, whatever they hold


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _text(tree: Mapping[str, Any], name: str) -> str | None:
    value = tree.get(name)
    return value.strip() if isinstance(value, str) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list | tuple) else []


def _named(answers: Answers) -> list[Mapping[str, Any]]:
    """Referees with a name and a way to reach them."""
    referees = _mappings(answers.get("referees"))
    return [r for r in referees if _filled(r.get("name")) and _filled(r.get("reach"))]


# ---------------------------------------------------------------- days and months


@dataclass(frozen=True, slots=True)
class _When:
    """A day, month or year that somebody wrote: the first and the last day that it may be."""

    text: str
    first: tuple[int, int, int]
    last: tuple[int, int, int]


_WHEN = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


def _when(text: str) -> _When | None:
    """None for free text, and for years of another calendar."""
    match = _WHEN.fullmatch(text)
    if match is None or not 1900 <= int(match[1]) <= 2200:
        return None
    year = int(match[1])
    first = (year, int(match[2] or 1), int(match[3] or 1))
    last = (year, int(match[2] or 12), int(match[3] or 31))
    legal = 1 <= first[1] <= 12 and 1 <= first[2] <= 31
    return _When(text, first, last) if legal else None


def _day(now: int) -> tuple[int, int, int]:
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=now)
    return at.year, at.month, at.day


def _next(day: tuple[int, int, int]) -> tuple[int, int, int]:
    """East of us it is tomorrow already."""
    then = datetime(*day, tzinfo=UTC) + timedelta(days=1)
    return then.year, then.month, then.day


def _month(year: int, month: int) -> int:
    return year * 12 + month - 1


def _shown(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"
