"""What a report of a drill says in English, read back into numbers: its CSV, its page, its lines in
chat. Shares no code with what writes them."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple
from xml.etree import ElementTree as Xml

from tests.world import ISOLATES

UNITS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1_000}
SPAN = re.compile(r"(\d+) (day|hour|minute|second)s?")


def span(said: str) -> int | None:
    """The ms of "1 hour 5 minutes"; None: never."""
    if "never" in said:
        return None
    found = SPAN.findall(said)
    assert found, said
    return sum(int(n) * UNITS[unit] for n, unit in found[:2])


def coarse(ms: int | None) -> int | None:
    """As exactly as a length is said: its largest unit, and the one below."""
    if ms is None:
        return None
    largest = next((n for n, length in enumerate(UNITS.values()) if ms >= length), 3)
    exact = list(UNITS.values())[min(largest + 1, 3)]
    return max(0, ms) // exact * exact


def numbers(said: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", said)]


def table(text: str) -> list[dict[str, str]]:
    rows = list(csv.DictReader(StringIO(text)))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows), "ragged"
    return rows


class Section(NamedTuple):
    heading: str
    said: list[str]
    #: label -> the figure, and the word on it
    figures: dict[str, list[str]]
    rows: list[list[str]]


def sections(page: str) -> Iterator[Section]:
    for part in Xml.fromstring(page.translate(ISOLATES)).iter("section"):
        heading = part.find("h1") if part.find("h1") is not None else part.find("h2")
        assert heading is not None
        figures = {}
        for each in part.iterfind("dl/div"):
            label, *said = (_text(cell) for cell in each)
            figures[label] = said
        rows = [[_text(cell) for cell in row] for row in part.iterfind(".//tbody/tr")]
        yield Section(_text(heading), [_text(p) for p in part.iterfind("p")], figures, rows)


def _text(cell: Xml.Element) -> str:
    return "\n".join(cell.itertext())
