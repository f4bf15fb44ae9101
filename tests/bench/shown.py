"""A line of the table: what was measured, the goal, whether it holds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`at_most` or `at_least` is the goal; a line without either is only told."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool:
        if self.at_most is not None and self.value > self.at_most:
            return False
        return self.at_least is None or self.value >= self.at_least

    def __str__(self) -> str:
        goal, verdict = "", ""
        if self.at_most is not None:
            goal = f"goal ≤ {_number(self.at_most)}"
        elif self.at_least is not None:
            goal = f"goal ≥ {_number(self.at_least)}"
        if goal:
            verdict = "holds" if self.holds else "MISSED"
        measured = f"{_number(self.value)} {self.unit}"
        return f"  {self.what:<58} {measured:>14}   {goal:<14} {verdict}".rstrip()


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def percentile(values: Sequence[float], part: float) -> float:
    """The nearest rank: a value that was measured, never one in between."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(part * len(ordered) * 1000) // 1000) - 1)]
