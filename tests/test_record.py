"""The record of attacks: what a record may be, each event once, and numbers that nobody can undo.

The reader who works against us here knows every published sum. For small tables we try every table
that fits; for large ones we solve the equations and tighten bounds over all tables together.
"""

import csv
import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from html.parser import HTMLParser
from io import StringIO
from itertools import product
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.languages import LOCALES
from bot.record import labels as said
from bot.record.output import as_csv, as_html, as_json, csv_text
from bot.record.plots import Frame, bars, line
from bot.record.summary import OTHER, QUESTIONS, Count, Summary, spoken, summarise
from bot.record.suppress import SUM, Cell, could_be, hide_grid, hide_line
from bot.text import Text
from flows.report import labels
from flows.report.classes import (
    COUNTRIES,
    NEEDS,
    RANKED,
    Class,
    Gender,
    Kind,
    Medium,
    Perpetrator,
    PlacePrecision,
    Record,
    Role,
    State,
    TimePrecision,
    coarsen,
    days,
    lacks,
    problems,
)
from flows.report.likeness import SUGGEST, same_event

NOW = int(datetime(2026, 5, 14, 12, tzinfo=UTC).timestamp() * 1000)
LANGS = ("en", "fr", "ar")
TEXT = Text.load(LOCALES, strict=True)
SHA = "ab" * 32
#: Everybody's: nothing impossible in it.
PLAIN = Record(
    id="r1",
    cls=Class.OTHER,
    kinds=(Kind.RAID, Kind.GENDER_BASED),
    when="2026-05-13",
    country="KE",
    region="Coast",
    city="Mombasa",
    place="Moi Avenue 1",
    place_precision=PlacePrecision.EXACT,
    time_precision=TimePrecision.DAY,
    gender=Gender.WOMAN,
    state=State.ONE_SOURCE,
    sources=1,
    evidence=(("photo", SHA, NOW - 3_600_000),),
    reported_at=NOW - 7_200_000,
)

# ---------------------------------------------------------------- a record


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, ()),
        ({"when": "", "region": "", "city": "", "place": ""}, ()),
        ({"when": "2026"}, ()),
        # Tomorrow has begun in Kiritimati; it hadn't yet a day ago.
        ({"when": "2026-05-15"}, ()),
        ({"when": "2026-05-15", "reported_at": NOW - 86_400_000}, ("when too late",)),
        ({"when": "2026-05-16"}, ("when future",)),
        ({"when": "2027"}, ("when future",)),
        ({"when": "2026-02-30"}, ("when no date",)),
        ({"when": "2026-13"}, ("when no date",)),
        ({"when": "٢٠٢٦"}, ("when no date",)),
        ({"when": "1066"}, ("when too early",)),
        ({"cls": "murder"}, ("cls unknown", "kinds not of this class")),
        ({"cls": Class.TORTURE}, ("kinds not of this class",)),
        ({"cls": Class.TORTURE, "kinds": (Kind.GENDER_BASED,)}, ()),
        ({"kinds": ("shout",)}, ("kinds unknown",)),
        ({"country": "XX"}, ("country unknown",)),
        ({"country": "ke"}, ("country unknown",)),
        ({"gender": "", "role": "spy"}, ("gender unknown", "role unknown")),
        ({"state": State.VERIFIED}, ("sources missing",)),
        ({"state": State.VERIFIED, "sources": 2, "evidence": ()}, ("evidence missing",)),
        ({"state": State.WITHDRAWN, "sources": 0}, ()),
        (
            {"evidence": (("photo", "AB" * 32, NOW + 1),)},
            ("evidence unreadable", "evidence future"),
        ),
        ({"sources": -1}, ("sources negative", "sources missing")),
        ({"reported_at": NOW + 1}, ("reported_at future",)),
        ({"place": "x" * 301, "city": "a\0b"}, ("city unreadable", "place too long")),
        ({"id": ""}, ("id missing",)),
    ],
)
def test_what_cannot_be_is_found(changed: dict[str, Any], found: tuple[str, ...]) -> None:
    record = replace(PLAIN, **changed)
    assert tuple(f"{p.field} {p.why}" for p in problems(record, NOW)) == found


def test_each_state_says_what_it_needs() -> None:
    assert set(NEEDS) == set(State)
    bare = replace(PLAIN, sources=0, evidence=())
    assert lacks(bare, State.REPORTED) == ()
    assert lacks(bare, State.VERIFIED) == ("sources", "evidence", "reason")
    assert lacks(replace(PLAIN, sources=2), State.VERIFIED, "I called both") == ()
    assert lacks(bare, State.DISPUTED, " ") == ("reason",)
    assert lacks(bare, "certain") == ("state",)


def test_only_what_was_allowed_is_kept() -> None:
    city = coarsen(replace(PLAIN, place_precision="city", time_precision="month"))
    assert (city.region, city.city, city.place) == ("Coast", "Mombasa", "")
    assert city.when == "2026-05"
    may = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp() * 1000)
    assert city.reported_at == may
    assert city.evidence == (("photo", SHA, may),)
    least = coarsen(replace(PLAIN, place_precision="anything", time_precision=""))
    assert (least.country, least.region, least.city, least.place) == ("KE", "", "", "")
    assert (least.when, least.reported_at) == ("", 0)
    assert coarsen(PLAIN).place == "Moi Avenue 1"
    assert coarsen(Record(id="1", cls=Class.KILLING, when="2026-05-13")).when == ""


@pytest.mark.parametrize(
    ("changed", "score", "reasons"),
    [
        ({}, 95, ("class", "country", "day", "city", "region")),
        ({"when": "2026-05-12"}, 85, ("class", "country", "near day", "city", "region")),
        ({"when": "2026-05", "city": "", "region": ""}, 65, ("class", "country", "month")),
        ({"when": "", "city": " MOMBASA"}, 65, ("class", "country", "city", "region")),
        ({"when": "2026-05-01"}, 0, ("other time",)),
        ({"when": "2025"}, 0, ("other time",)),
        ({"country": "UG"}, 0, ("other country",)),
        ({"cls": Class.KILLING}, 0, ("other class",)),
        ({"journalist": "h1"}, 100, ("class", "country", "day", "journalist", "city", "region")),
        ({"journalist": "h2"}, 0, ("other journalist",)),
        ({"id": "r1"}, 0, ("same record",)),
    ],
)
def test_two_records_of_one_event_are_suggested(
    changed: dict[str, Any], score: int, reasons: tuple[str, ...]
) -> None:
    ours = replace(PLAIN, journalist="h1" if "journalist" in changed else "")
    other = replace(PLAIN, **({"id": "r2"} | changed))
    assert same_event(ours, other) == same_event(other, ours) == (score, reasons)


def test_who_was_taken_may_have_been_detained_or_kidnapped() -> None:
    a = replace(PLAIN, cls=Class.DETENTION)
    b = replace(PLAIN, id="r2", cls=Class.KIDNAPPING)
    assert "near class" in same_event(a, b).reasons
    assert same_event(a, b).score >= SUGGEST


def test_every_entry_has_its_words_and_every_country_its_name() -> None:
    for among, words in (
        (Class, labels.CLASSES),
        (Kind, labels.KINDS),
        (Perpetrator, labels.PERPETRATORS),
        (Gender, labels.GENDERS),
        (Medium, labels.MEDIA),
        (State, labels.STATES),
        (Role, labels.ROLES),
        (PlacePrecision, labels.PLACES),
        (TimePrecision, labels.TIMES),
    ):
        assert list(words) == list(among)
    assert set(said.TABLES) == set(QUESTIONS)
    for lang in LANGS:
        assert Locale(lang).territories.keys() >= COUNTRIES
        assert not [key for key, _ in TEXT.gaps(lang) if key.startswith(("record.", "report."))]


# ---------------------------------------------------------------- hidden is hidden

BELOW = 3
small = st.integers(0, 5)


def grids(most_rows: int, most_columns: int) -> st.SearchStrategy[list[list[int]]]:
    return st.tuples(st.integers(2, most_rows), st.integers(2, most_columns)).flatmap(
        lambda size: st.lists(
            st.lists(small, min_size=size[1], max_size=size[1]),
            min_size=size[0],
            max_size=size[0],
        )
    )


def as_grid(table: Sequence[Sequence[int]]) -> tuple[dict[Cell, int], dict[str, int]]:
    counts = {(f"r{i}", f"c{j}"): n for i, row in enumerate(table) for j, n in enumerate(row)}
    return counts, {f"r{i}": sum(row) for i, row in enumerate(table)}


def columns_are_large(table: Sequence[Sequence[int]]) -> bool:
    return all(sum(column) >= BELOW for column in zip(*table, strict=True))


def vectors(length: int, total: int) -> Iterator[tuple[int, ...]]:
    if length == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in vectors(length - 1, total - first):
            yield (first, *rest)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=2), st.integers(0, 9), min_size=1, max_size=4))
def test_no_hidden_number_of_a_line_can_be_computed(counts: dict[str, int]) -> None:
    total = sum(counts.values())
    if total < BELOW:
        return
    hidden = sorted(hide_line(counts, BELOW))
    assert {key for key, n in counts.items() if n < BELOW} <= set(hidden)
    left = total - sum(n for key, n in counts.items() if key not in hidden)
    fits = list(vectors(len(hidden), left)) if hidden else []
    for i, _ in enumerate(hidden):
        assert {table[i] for table in fits} >= set(range(BELOW + 1))


@settings(max_examples=250, deadline=None)
@given(grids(3, 3) | grids(2, 4))
def test_no_hidden_number_of_a_small_grid_can_be_computed(table: list[list[int]]) -> None:
    """Every table that fits everything that is published."""
    if not columns_are_large(table):
        return
    counts, rows = as_grid(table)
    unsaid = hide_line(rows, BELOW)
    hidden = hide_grid(counts, rows, unsaid, BELOW)
    assert {cell for cell, n in counts.items() if n < BELOW} <= hidden
    options = [
        [
            column
            for column in vectors(len(rows), sum(row[j] for row in table))
            if all((f"r{i}", f"c{j}") in hidden or n == table[i][j] for i, n in enumerate(column))
        ]
        for j in range(len(table[0]))
    ]
    fits = []
    for columns in product(*options):
        tried, its_rows = as_grid(list(zip(*columns, strict=True)))
        if all(its_rows[row] == n for row, n in rows.items() if row not in unsaid):
            fits.append((tried, its_rows))
    assert fits
    sums = {(row, SUM) for row in unsaid}
    for cell in hidden:
        values = {tried[cell] for tried, _ in fits}
        assert len(values) > 1
        assert counts[cell] >= BELOW or max(values) >= BELOW
        assert could_be(counts, rows, hidden | sums, cell, 99) == max(values)
    for row in unsaid:
        assert len({its_rows[row] for _, its_rows in fits}) > 1


def test_one_small_number_takes_three_others_with_it() -> None:
    """A rectangle: with only one or two hidden, the sums would say it."""
    counts, rows = as_grid([[1, 9, 20], [8, 7, 20], [30, 30, 30]])
    assert hide_grid(counts, rows, set(), BELOW) == {
        ("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1"),
    }  # fmt: skip


def test_a_line_with_one_small_number_hides_a_second() -> None:
    assert hide_line({"a": 1, "b": 9, "c": 20}, 5) == {"a", "b"}
    assert hide_line({"a": 4, "b": 4, "c": 20}, 5) == {"a", "b"}
    assert hide_line({"a": 0, "b": 0, "c": 20}, 5) == {"a", "b", "c"}
    assert hide_line({"a": 5, "b": 9}, 5) == set()


# ---------------------------------------------------------------- whole summaries, attacked

hostile = st.sampled_from(
    ["=1+1", "<script>", "\0", "\ud800", "'; DROP", "9" * 50, "2026-99", "\u202e", "other", ""]
)


def one_of(among: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([str(value) for value in among]) | hostile


def records(clean: bool = False) -> st.SearchStrategy[list[Record]]:
    def choice(among: Sequence[str]) -> st.SearchStrategy[str]:
        return st.sampled_from([str(v) for v in among]) if clean else one_of(among)

    return st.lists(
        st.builds(
            Record,
            id=st.integers(0, 400).map(str),
            event=st.integers(0, 60).map(lambda n: f"e{n}" if n < 20 else ""),
            cls=choice([*Class, *[Class.OTHER] * 4]),
            country=choice(["KE", "UG", "UG", "UA", "UA", "UA", "MM"]),
            when=choice(["2024", "2024-03", "2025-11-02", "2025-11", "2026-01", ""]),
            time_precision=choice(TimePrecision.__members__.values()),  # type: ignore[arg-type]
            gender=choice(list(Gender)),
            state=choice(list(State)),
            sources=st.integers(-1, 4),
            kinds=st.sampled_from([(), (Kind.GENDER_BASED,), ("=x",)]),
        ),
        max_size=90,
    )


def equations(summary: Summary) -> list[tuple[list[tuple[str, ...]], int]]:
    """(hidden numbers, what they add up to): all that a reader can write down."""
    if summary.total is None:
        return []
    found = []

    def add(line: Mapping[tuple[str, ...], Count], total: Count, own: tuple[str, ...]) -> None:
        unsaid = [key for key, n in line.items() if n is None]
        shown = sum(n for n in line.values() if n is not None)
        if total is not None:
            found.append((unsaid, total - shown))
        else:
            # What is unknown on both sides: the total comes over with a minus.
            found.append(([*unsaid, ("minus", *own)], -shown))

    for question, table in summary.tables.items():
        add({(question, value): n for value, n in table.items()}, summary.total, ())
    for cls, n in summary.tables["cls"].items() if summary.cross else ():
        row: dict[tuple[str, ...], Count] = {
            ("x", c, k): v for (c, k), v in summary.cross.items() if c == cls
        }
        add(row, n, ("cls", cls))
    for country, n in summary.tables["country"].items() if summary.cross else ():
        column: dict[tuple[str, ...], Count] = {
            ("x", c, k): v for (c, k), v in summary.cross.items() if k == country
        }
        add(column, n, ("country", country))
    return found


def solved(lines: list[tuple[list[tuple[str, ...]], int]]) -> set[tuple[str, ...]]:
    """The numbers that the equations alone decide (Gauss and Jordan, exact)."""
    names = sorted({key[1:] if key[0] == "minus" else key for line, _ in lines for key in line})
    at = {name: i for i, name in enumerate(names)}
    matrix = []
    for line_, total in lines:
        row = [Fraction(0)] * (len(names) + 1)
        for key in line_:
            if key[0] == "minus":
                row[at[key[1:]]] -= 1
            else:
                row[at[key]] += 1
        row[-1] = Fraction(total)
        matrix.append(row)
    done = 0
    for column in range(len(names)):
        pivot = next((r for r in range(done, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        head = matrix[done][column]
        matrix[done] = [value / head for value in matrix[done]]
        for r, row in enumerate(matrix):
            if r != done and row[column]:
                by = row[column]
                matrix[r] = [a - by * b for a, b in zip(row, matrix[done], strict=True)]
        done += 1
    return {
        names[places[0]]
        for row in matrix[:done]
        if len(places := [i for i, value in enumerate(row[:-1]) if value]) == 1
    }


def bounded(lines: list[tuple[list[tuple[str, ...]], int]]) -> dict[tuple[str, ...], list[int]]:
    """What no hidden number can be below or above, by sums and because none is negative."""
    most = max((abs(total) for _, total in lines), default=0)
    names = {key[1:] if key[0] == "minus" else key for line, _ in lines for key in line}
    bounds = {name: [0, most] for name in names}
    for _ in range(200):
        before = {name: list(pair) for name, pair in bounds.items()}
        for line_, total in lines:
            signed = [(key[1:], -1) if key[0] == "minus" else (key, 1) for key in line_]
            for name, sign in signed:
                rest = [(bounds[n], s) for n, s in signed if n != name]
                least = sum(b[0] if s > 0 else -b[1] for b, s in rest)
                top = sum(b[1] if s > 0 else -b[0] for b, s in rest)
                low, high = sorted((sign * (total - least), sign * (total - top)))
                bounds[name][0] = max(bounds[name][0], low)
                bounds[name][1] = min(bounds[name][1], high)
        if bounds == before:
            break
    return bounds


def attacked(summary: Summary) -> None:
    lines = equations(summary)
    assert not solved(lines)
    for name, (low, high) in bounded(lines).items():
        assert low < high, name


@settings(max_examples=150, deadline=None)
@given(records(clean=True), st.sampled_from([2, 3, 5]))
def test_a_summary_cannot_be_undone(made: list[Record], below: int) -> None:
    summary = summarise(made, below)
    attacked(summary)
    shown = [n for table in summary.tables.values() for n in table.values() if n is not None]
    shown += [n for n in summary.cross.values() if n is not None]
    assert all(n >= below for n in shown)


@pytest.mark.parametrize("seed", range(6))
def test_a_year_of_many_countries_cannot_be_undone(seed: int) -> None:
    chance = Random(seed)
    made = [
        replace(
            PLAIN,
            id=str(i),
            cls=chance.choices(list(Class), [3, 1, 1, 12, 2, 40])[0],
            country=f"{chance.choices('KTUB', [8, 4, 2, 1])[0]}{chance.choice('GMZ')}",
            when=f"2025-{chance.randint(1, 12):02}",
            time_precision="month",
        )
        for i in range(60 * (seed + 2))
    ]
    summary = summarise(made)
    assert any(summary.cross.values())
    attacked(summary)


def told(made: Sequence[Record]) -> list[Record]:
    readable = [record for record in made if record.cls in list(Class)]
    return [record for record in spoken(readable) if record.state != State.DISPUTED]


@settings(max_examples=150, deadline=None)
@given(records(), st.randoms())
def test_every_event_is_counted_once_whatever_the_order(made: list[Record], chance: object) -> None:
    summary = summarise(made, 2)
    shuffled = list(made)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summarise(shuffled, 2) == summary
    events = told(made)
    assert len({record.group for record in events}) == len(events)
    assert summary.total == (len(events) if len(events) >= 2 else None)
    for table in summary.tables.values():
        shown = sum(n for n in table.values() if n is not None)
        assert shown <= len(events)
        assert shown == len(events) or None in table.values()
    doubled = made + [replace(record, state=State.WITHDRAWN) for record in made]
    assert summarise(doubled, 2) == replace(summary, unread=2 * summary.unread)


@settings(max_examples=60, deadline=None)
@given(records(), st.sampled_from(LANGS), st.booleans())
def test_nothing_that_somebody_typed_breaks_it_or_gets_out(
    made: list[Record], lang: str, coarse: bool
) -> None:
    for record in made:
        problems(record, NOW)
        coarsen(record)
        same_event(record, PLAIN)
    summary = summarise(made, 2, tuple(q for q in QUESTIONS if q != "year"), coarse=coarse)
    if not coarse:
        attacked(summary)
    page = as_html(summary, TEXT, lang, NOW)
    out = page + as_csv(summary, TEXT, lang, NOW) + as_json(summary, NOW)
    out.encode()
    for typed in ("=1+1", "script", "DROP", "\0", "\u202e", "999"):
        assert typed not in out
    Page().feed(page)


@given(st.text(max_size=12), st.text(max_size=12))
def test_days_and_coarsening_never_say_more(when: str, precision: str) -> None:
    days(when)
    record = replace(PLAIN, when=when, time_precision=precision)
    once = coarsen(record)
    assert coarsen(once) == once
    assert once.when == "" or when.startswith(once.when)


# ---------------------------------------------------------------- what a summary says


def many(n: int, start: int = 0, **fields: Any) -> list[Record]:
    """Records of different events, allowed to the month."""
    return [replace(PLAIN, id=f"m{start + i}", time_precision="month", **fields) for i in range(n)]


#: 41 events in two countries that are named and two that aren't, and what isn't counted.
SCENE = [
    *many(12, 0, country="KE"),
    *many(9, 100, country="UA", cls=Class.DETENTION, kinds=(), gender=Gender.MAN),
    *many(7, 200, country="KE", cls=Class.DETENTION, kinds=(), when="2026-04-02"),
    *many(8, 300, country="UA", state=State.VERIFIED, sources=2, gender=Gender.MAN),
    *many(3, 400, country="MM", cls=Class.KILLING, kinds=()),
    *many(2, 500, country="SD", when=""),
    *many(6, 600, country="KE", state=State.DISPUTED),
    *many(5, 700, country="KE", state=State.WITHDRAWN),
]


def test_the_best_verified_record_of_an_event_speaks() -> None:
    worse = many(6, 0, state=State.REPORTED, gender=Gender.WOMAN)
    better = many(6, 50, state=State.VERIFIED, gender=Gender.MAN)
    taken_back = many(6, 90, state=State.WITHDRAWN, gender=Gender.OTHER)
    both = [
        replace(record, event=f"e{i % 6}")
        for i, record in enumerate([*worse, *better, *taken_back])
    ]
    summary = summarise(both)
    assert summary.total == 6
    assert [record.state for record in spoken(both)] == [State.VERIFIED] * 6
    # "verified" alone would say that all others are 0.
    assert summary.tables["state"] == dict.fromkeys(
        ["reported", "one_source", "two_sources", "verified"]
    )
    disputed = [replace(record, state=State.DISPUTED) for record in better]
    apart = summarise([*disputed, *many(5, 200)])
    assert (apart.total, apart.disputed) == (5, 6)
    assert RANKED[0] is State.VERIFIED


def test_what_is_counted_is_what_was_allowed() -> None:
    by_day = many(12, 0, when="2026-03-02")
    unsaid = [replace(r, id=f"u{r.id}", time_precision="unknown") for r in by_day[:9]]
    months = summarise([*by_day, *unsaid], until="2026-05").tables["month"]
    assert months["2026-03"] == 12
    assert "2026-06" not in months
    # What nobody knows is hidden with the months that had none, or it would say that they had none.
    assert [month for month, n in months.items() if n] == ["2026-03"]
    assert OTHER in months


def test_the_scene_adds_up() -> None:
    summary = summarise(SCENE, until="2026-05")
    assert (summary.total, summary.disputed) == (41, 6)
    assert summary.tables["country"] == {"KE": 19, "UA": 17, OTHER: 5}
    assert "MM" not in as_csv(summary, TEXT, "en", NOW)
    assert summary.tables["cls"]["killing"] is None
    attacked(summary)
    coarse = summarise(SCENE, coarse=True)
    assert coarse.total == 40
    assert coarse.tables["country"] == {"KE": 15, "UA": 15, OTHER: 5}
    numbers = [n for table in coarse.tables.values() for n in table.values() if n is not None]
    assert {n % 5 for n in numbers} == {0}


def test_too_few_events_give_no_numbers_at_all() -> None:
    summary = summarise(many(4))
    assert summary.total is None
    assert not any(n for table in summary.tables.values() for n in table.values())
    assert summary.cross == {}
    assert '"events": null' in as_json(summary, NOW)
    assert summarise([]).total is None
    assert "fewer than 5, or hidden" in as_html(summarise([]), TEXT, "en", NOW)


def test_what_cannot_be_asked_is_refused() -> None:
    for below, by in ((1, ("cls",)), (101, ("cls",)), (5, ("shoe",)), (5, ("month", "year"))):
        with pytest.raises(ValueError):
            summarise([], below, by)
    assert summarise(SCENE, by=("country",)).cross == {}
    assert summarise(SCENE, by=()).tables == {}
    assert summarise([replace(PLAIN, cls="?")]).unread == 1


def test_a_world_of_records_is_summarised_in_seconds() -> None:
    codes = sorted(COUNTRIES)
    world = [
        replace(PLAIN, id=str(i), cls=list(Class)[i * i % 6], country=codes[i * 7 % (1 + i % 249)])
        for i in range(20_000)
    ]
    summary = summarise(world)
    assert len(summary.tables["country"]) == 61
    attacked(replace(summary, cross={}))


# ---------------------------------------------------------------- CSV and JSON


def test_csv_is_read_back_by_anybody() -> None:
    text = as_csv(summarise(SCENE), TEXT, "fr", NOW)
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert rows[0] == {
        "table": "total", "value": "", "country": "", "label": "Événements", "events": "41",
        "suppressed": "no",
    }  # fmt: skip
    hidden = [row for row in rows if row["suppressed"] == "yes"]
    assert hidden
    assert {row["events"] for row in hidden} == {""}
    assert {row["table"] for row in rows} >= {"cls", "month", "country", "cls_by_country"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "＝", " =", "\ufeff="])
def test_no_field_is_a_formula(start: str) -> None:
    typed = f'{start}HYPERLINK("x","y")'
    (row,) = csv.reader(StringIO(csv_text([[typed, -3, "a\0,\ud800b"]]), newline=""))
    assert row == [f"'{typed}", "-3", "a,b"]


def test_json_says_what_is_suppressed() -> None:
    found = json.loads(as_json(summarise(SCENE), NOW))
    assert found["as_of"] == "2026-05-14"
    assert found["total"] == {"events": 41, "suppressed": False}
    assert {"value": "killing", "events": None, "suppressed": True} in found["tables"]["cls"]
    for row in [*found["cls_by_country"], *found["tables"]["month"]]:
        assert (row["events"] is None) == row["suppressed"]


# ---------------------------------------------------------------- the page


class Page(HTMLParser):
    """What a browser would see; raises for a tag that isn't closed."""

    VOID = frozenset({"meta", "rect", "circle", "path", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append((self.open[-1] if self.open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def read(lang: str, summary: Summary | None = None) -> tuple[str, Page]:
    page = as_html(summary or summarise(SCENE, until="2026-05"), TEXT, lang, NOW)
    seen = Page()
    seen.feed(page)
    assert seen.open == []
    return page, seen


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_asks_nobody_for_anything(lang: str) -> None:
    page, seen = read(lang)
    assert "//" not in page
    assert not re.search(r"url\(|@import|javascript:|data:", page)
    wanted = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "a", "use"}
    assert not wanted & {tag for tag, _ in seen.tags}
    for _, attrs in seen.tags:
        assert not {"src", "href", "style", "srcset", "action"} & attrs.keys()
        assert not [name for name in attrs if name.startswith("on")]
    (policy,) = [m["content"] for m in seen.named("meta") if m.get("http-equiv")]
    (style,) = [words for tag, words in seen.words if tag == "style"]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "prefers-color-scheme:dark" in style


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_well_formed(lang: str) -> None:
    """By a parser that forgives nothing; hostile answers are in no table."""
    hostile = replace(PLAIN, id="<&>", country="]]>", gender="<b>", city="<i>&", event="&amp")
    for summary in (summarise(SCENE, until="2026-05"), summarise([]), summarise([hostile] * 9, 2)):
        page = ElementTree.fromstring(as_html(summary, TEXT, lang, NOW))
        assert page.tag == "html"
        assert page.find("body/main/h1") is not None


@pytest.mark.parametrize("lang", LANGS)
def test_no_hidden_number_is_in_the_source(lang: str) -> None:
    """Not in a size, a place or a name either: other numbers that are hidden give the same page."""
    few = [replace(PLAIN, id=f"a{n}", cls=Class.KILLING, country="KE") for n in range(1)]
    more = [replace(PLAIN, id=f"a{n}", cls=Class.TORTURE, country="KE") for n in range(1)]
    many = [replace(PLAIN, id=f"b{n}", country="KE") for n in range(30)]
    pages = {as_html(summarise(many + each), TEXT, lang, NOW) for each in (few, more)}
    assert len(pages) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_can_be_read_by_everybody(lang: str) -> None:
    _, seen = read(lang)
    (html,) = seen.named("html")
    assert html == {"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"}
    assert [tag for tag, _ in seen.tags if tag in ("h1", "h2")] == ["h1"] + ["h2"] * 7
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(set(ids)) == len(ids)
    for _, attrs in seen.tags:
        assert attrs.get("aria-labelledby") in (None, *ids)
    plots = seen.named("svg")
    assert len(plots) == 5
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    assert len(seen.named("table")) == len(plots) + 1
    assert all(th["scope"] in ("row", "col") for th in seen.named("th"))
    for tag, attrs in seen.tags:
        if tag in ("rect", "text", "circle"):
            assert 0 <= float(attrs.get("x") or attrs.get("cx") or -1) <= 640


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ("As of 14 May 2026.", "Kenya", "fewer than 5, or hidden", "Of these, not verified"),
        ),
        ("fr", ("État au 14 mai 2026.", "Kenya", "moins de 5, ou masqué", "Dont non vérifiés")),
        ("ar", ("14 مايو 2026", "كينيا", "أو محجوب", "منها لم يُتحقق منه")),
    ],
)
def test_the_page_speaks_the_readers_language(lang: str, words: tuple[str, ...]) -> None:
    page, seen = read(lang)
    text = "\n".join(data for _, data in seen.words)
    for wanted in words:
        assert wanted in text
    assert lang == "en" or "How this was counted" not in page
    assert not re.search("[٠-٩]", page)


def test_a_coarse_page_says_so() -> None:
    page, _ = read("en", summarise(SCENE, coarse=True))
    assert "rounded down to multiples of 5" in page


def test_plots_are_mirrored_and_escaped() -> None:
    points = [("<a>", 4), ("b", None), ("c", 0)]
    left, right = (bars(Frame(rtl, "hidden"), '"x"', points) for rtl in (False, True))
    assert "<a>" not in left
    assert "&lt;a&gt;" in left
    assert 'aria-label="&quot;x&quot;"' in left
    assert '<rect class="bar" x="0" ' in left
    assert '<rect class="bar" x="60" ' in right
    over = line(Frame(False, "hidden"), "y", [("1", 3), ("2", None), ("3", 2), ("4", 1)], [0])
    assert over.count("<polyline") == 2
    assert over.count("<circle") == 3
    assert line(Frame(True, "h"), "y", [], [])
