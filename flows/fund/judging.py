"""What the rules say of a request as it stands now: with what was granted meanwhile, to the same
applicant or perhaps to the same person."""

from collections.abc import Mapping
from typing import Any

from flows.engine.model import Data, Facts, Weighed
from flows.fund import grants, money, rules
from flows.fund.request import fund_of
from flows.fund.terms import Fund

Judged = tuple[Fund, Mapping[str, Any], list[object], int, tuple[money.RateTable, ...]]


def judged(data: Data, facts: Facts, now: int) -> Judged:
    """What the rules look at. Files that came later count too."""
    answers = dict(data["answers"])
    if facts.files:
        answers["files"] = max(int(answers.get("files") or 0), len(facts.files))
    earlier: list[object] = [*grants.beside(data["person"], facts.beside, now)]
    return fund_of(data, facts), answers, earlier, now, tuple(facts.policy.rates)


def weighed(data: Data, facts: Facts, now: int) -> Weighed:
    asked = judged(data, facts, now)
    done = rules.completeness(asked[0], asked[1])
    weights = [each.weight for each in rules.findings(*asked)]
    return Weighed(done.done, done.of, weights.count(rules.AGAINST), weights.count(rules.ASK))


def against(data: Data, facts: Facts, now: int) -> tuple[rules.Finding, ...]:
    """What whoever approves has to have read."""
    found = rules.findings(*judged(data, facts, now))
    return tuple(f for f in found if f.weight == rules.AGAINST or f.rule == "granted_perhaps")
