"""The report of a drill: names that are hidden; what can be mended, ticked off; every format. Its
figures are counted again in test_drill_figures.py."""

import asyncio
import csv
import json
from collections.abc import Callable, Coroutine
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

from bot.__main__ import app
from bot.doctor import drills
from bot.doctor.look import Look
from flows.drill import messages as m
from flows.drill import report_messages as r
from flows.drill.results import matched, results
from flows.drill.review import (
    Case,
    Finding,
    Happening,
    Logged,
    Reach,
    Somebody,
    Targets,
    only,
    review,
    rungs,
)
from flows.drill.script import NOTHING, read
from tests.test_drill_shipped import MINUTE, Course, course
from tests.world import ISOLATES

Do = Callable[..., Coroutine[Any, Any, str]]


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch) -> Callable[[Course], Do]:
    """`onbelay drill …` beside the running engine."""
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)

    def at(drill: Course) -> Do:
        monkeypatch.setenv("ONBELAY_CONFIG", str(drill.here.folder / "onbelay.toml"))

        async def done(*args: str) -> str:
            made = await asyncio.to_thread(CliRunner().invoke, app, ["drill", *args])
            assert made.exit_code == 0, made.output
            return made.stdout

        return done

    return at


def number(drill: Course) -> str:
    assert drill.here.app is not None
    return next(iter(drill.here.app.halls.reported))


def looked(drill: Course) -> Look:
    here = drill.here.app
    assert here is not None
    return Look(here.settings, here.store, here.vault, here.clock, here.world.text, {})


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("lang", ["en", "fr", "ar"])
async def test_hidden_names_are_hidden_in_every_format(
    tmp_path: Path, do: Callable[[Course], Do], lang: str
) -> None:
    async with course(tmp_path / "w", "panic", lang) as drill:
        await drill.begin()
        await drill.play()
        here, onbelay, one = drill.here, do(drill), number(drill)
        secret = {n for p in here.players.values() for n in (p.name, p.id)}
        read_as = {"json": _text, "csv": _text, "html": _text, "pdf": _pdf}
        for how, opened in read_as.items():
            shown, hidden = tmp_path / f"shown.{how}", tmp_path / f"hidden.{how}"
            args = ("report", one, "--format", how, "--lang", lang, "--out")
            await onbelay(*args, str(shown))
            await onbelay(*args, str(hidden), "--hide-names")
            assert {"Amina", "Omar"} <= {s for s in secret if s in opened(shown)}
            assert not [s for s in secret if s in opened(hidden)], how
        label = drill.label(r.HIDDEN, n="1")
        text = (tmp_path / "hidden.csv").read_text("utf-8-sig").translate(ISOLATES)
        assert any(label in row for row in csv.reader(StringIO(text)))
        page = (tmp_path / "shown.html").read_text()
        rtl = lang == "ar"
        assert f'<html lang="{lang}" dir="{"rtl" if rtl else "ltr"}">' in page
        assert "http:" not in page
        assert "https:" not in page
        assert "<svg" in page
        mine = json.loads(
            await onbelay("report", one, "--json", "--person", here.players["Amina"].id)
        )
        assert [p["name"] for p in mine["people"]] == ["Amina"]


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _pdf(path: Path) -> str:
    pages = PdfReader(path).pages
    assert pages
    return "\n".join(page.extract_text() for page in pages)


# ---------------------------------------------------------------- told in chat


async def test_the_trainer_gets_a_picture_and_each_their_own_lines(tmp_path: Path) -> None:
    async with course(tmp_path / "w", "missed_checkin") as drill:
        here = drill.here
        await drill.begin()
        await drill.play()
        told = [s for s in here.said if ": the report." in s.text]
        assert [s.to for s in told] == ["Tara"]
        (report,) = told
        _mark, _title, *lines = report.text.splitlines()
        assert 1 <= len(lines) <= 5
        assert here.app is not None
        png = await here.app.halls.picture(number(drill), "ar", "UTC", here.clock.now())
        with Image.open(BytesIO(png)) as picture:
            assert picture.format == "PNG"
            assert picture.width > picture.height
        own = {s.to: s.text.splitlines()[2:] for s in here.said if "how it went for you" in s.text}
        assert set(own) == {"Amina", "Omar"}
        assert all(1 <= len(lines) <= 3 for lines in own.values())
        assert "Omar" not in "".join(own["Amina"])
        await here.restart()
        await here.after(MINUTE)
        assert sum(": the report." in s.text for s in here.said) == 1


async def test_what_can_be_mended_is_ticked_off_and_comes_again_if_it_is_not(
    tmp_path: Path, do: Callable[[Course], Do]
) -> None:
    async with course(tmp_path / "w", "panic") as drill:
        here, onbelay = drill.here, do(drill)
        await drill.begin()
        await here.after(MINUTE)
        await here.says("Amina", "sos")
        await here.after(5 * MINUTE)
        await here.says("Tara", "recall")
        first = number(drill)
        await here.says("Tara", "findings")
        shown = here.last("Tara").text.translate(ISOLATES)
        assert shown.splitlines()[2:] == [
            "1. Omar never answered on Telegram.",
            "2. Omar has no second address.",
        ]
        await here.presses("Tara", "Done: 2")
        assert "second address" not in here.last("Tara").text
        kept = json.loads(await onbelay("findings", first, "--json"))
        assert [(f["kind"], f["name"], bool(f["done_at"])) for f in kept] == [
            ("silent", "Omar", False),
            ("one_address", "Omar", True),
        ]
        assert here.app is not None
        here.app.halls.reported.clear()
        await here.after(2 * 60 * MINUTE)
        await drill.begin()
        await drill.play()
        second = (here.app.halls.reported - {first}).pop()
        again = json.loads(await onbelay("report", second, "--json"))
        assert [each["id"] for each in again["earlier"]] == [first]
        assert [f["kind"] for f in again["findings"]] == ["one_address", "silent"]
        assert any("The drill before: taken after never" in s.text.translate(ISOLATES)
                   for s in here.said)  # fmt: skip
        (warned,) = await drills.findings(looked(drill))
        assert warned.about == (second, first)
        assert "3 findings of 2 drills" in warned.text
        done = json.loads(await onbelay("findings", second, "--done", "1", "--json"))
        assert [bool(f["done_at"]) for f in done] == [True, False]
        await here.run()
        assert here.last("Tara").text.splitlines()[2:] == ["2. Omar never answered on Telegram."]
        await here.presses("Tara", "Done: 2")
        assert "Nothing is left to mend" in here.last("Tara").text


# ---------------------------------------------------------------- the model

SCRIPT = read(
    "report_said",
    "title A\ngoal B\npeople a: journalist  b: coordinator\nat 0m\n  a > sos within 5m\n",
)


def test_a_round_of_calls_that_found_nobody_is_told() -> None:
    log = (
        Logged(0, "opened", "", "panic uncertainty"),
        Logged(0, "skipped", "", "step 1 reached nobody, uncertainty"),
        Logged(0, "called", "b", "step 2, uncertainty"),
        Logged(0, "called", "c", "step 2, uncertainty"),
        Logged(5, "unreachable", "b", "blocked"),
        Logged(9, "phase", "", "alert"),
        Logged(9, "skipped", "", "step 2 reached nobody, alert"),
        Logged(9, "called", "b", "step 1, alert"),
        Logged(9, "called", "d", "step 2, alert"),
        Logged(10, "unreachable", "b", "blocked"),
    )
    found = [(x.phase, x.number, x.called, x.reached) for x in rungs(log)]
    assert found == [
        ("uncertainty", 1, (), False),
        ("uncertainty", 2, ("b", "c"), True),
        ("alert", 1, ("b",), False),
        ("alert", 2, ("d",), False),
    ]
    people = [
        Somebody("a", "Amina", "a", "in", False, (Reach("signal", True, True, False),)),
        Somebody("b", "Omar", "b", "out"),
    ]
    case = Case("D234567", "a", "panic", 0, log)
    seen = review(SCRIPT, people, [], [case], Targets(1, 1))
    assert seen.findings == (
        Finding("nobody", "", "1"),
        Finding("unreached", "", "1"),
        Finding("unreached", "", "2"),
        Finding("silent", "a", "signal"),
        Finding("no_words", "a"),
        Finding("one_address", "a"),
    )
    assert seen.missing == (("sos", "a"),)
    assert [f.about for f in only(seen, "a").findings] == ["a", "a", "a"]
    assert only(seen, "b").cases == ()


SILENT = read(
    "report_silent",
    "title A\ngoal B\npeople a: journalist  b: coordinator\nat 0m\n  a > nothing within 10m\n"
    "  b > nothing within 5m\nat 10m\n  a > ok within 10m\ndone a > nothing\n",
)


@pytest.mark.parametrize(
    ("did", "lasted", "done"),
    [
        ([], 20, {"a": True, "b": True}),
        ([], 7, {"a": False, "b": True}),
        ([("a", "checkin.ok", 4)], 20, {"a": False, "b": True}),
        ([("a", "checkin.ok", 10)], 20, {"a": True, "b": True}),
        ([("a", "home.menu", 4)], 20, {"a": True, "b": True}),
        ([("a", "say.checkin.ask", 4)], 20, {"a": True, "b": True}),
        ([("b", "escalation.ack", 3), ("a", "panic.sos", 9)], 20, {"a": False, "b": False}),
    ],
)
def test_who_was_to_stay_silent_and_did(
    did: list[tuple[str, str, int]], lasted: int, done: dict[str, bool]
) -> None:
    """In the report, and in what the trainer is told when it is over."""
    people = [Somebody("a", "Amina", "a", "in"), Somebody("b", "Omar", "b", "in")]
    rows = [Happening(at * MINUTE, who, what) for who, what, at in did]
    seen = review(SILENT, people, rows, [], Targets(1, 1), lasted * MINUTE)
    found = {p.id: s.at is not None for p in seen.people for s in p.steps if s.verb == NOTHING}
    assert found == done
    assert {part for verb, part in seen.missing if verb == NOTHING} == {
        part for part, kept in done.items() if not kept
    }
    matches = matched(
        SILENT, {"a": "a", "b": "b"}, {}, [(w, d, False, a * MINUTE, 0) for w, d, a in did]
    )
    data = {"people": {"a": ["a", "in"], "b": ["b", "in"]}, "did": matches, "began": 0,
            "ended": lasted * MINUTE, "pace": 1}  # fmt: skip
    lines = results(data, SILENT)
    assert (m.WENT_WELL in [line.message for line in lines]) == done["a"]


def test_who_came_late_and_who_only_watched() -> None:
    people = [
        Somebody("a", "Amina", "a", "in", since=11 * MINUTE),
        Somebody("b", "Omar", "b", "watches"),
    ]
    seen = review(SILENT, people, [], [], Targets(1, 1), 20 * MINUTE)
    assert [s.verb for p in seen.people for s in p.steps] == ["ok"]
    assert (seen.expected, seen.observers) == (1, 1)
    assert [p.id for p in seen.people] == ["a"]


TAKING_TURNS = read(
    "report_turns",
    "title A\ngoal B\npeople a: journalist  b: coordinator\nat 0m\n  a > sos within 5m\n"
    "  b > ack within 10m\nat 10m\n  b > ack within 10m\n  b > close within 10m\n",
)


def test_what_one_of_the_desk_has_done_is_done_for_all_and_stays_done() -> None:
    """Two take a case each; one of them leaves, and later the journalist."""
    people = [
        Somebody("a", "Amina", "a", "out", gone=7 * MINUTE),
        Somebody("b", "Omar", "b", "out", gone=12 * MINUTE),
        Somebody("c", "Lina", "b", "in"),
    ]
    did = [("a", "panic.sos", 1), ("b", "escalation.ack", 2), ("c", "escalation.ack", 11)]
    rows = [Happening(at * MINUTE, who, what) for who, what, at in did]
    seen = review(TAKING_TURNS, people, rows, [], Targets(1, 1), 30 * MINUTE)
    assert (seen.expected, seen.done, seen.missing) == (4, 3, (("close", "b"),))
    steps = {p.id: [(s.verb, s.at, s.done_by) for s in p.steps] for p in seen.people}
    assert steps == {
        "a": [("sos", 1 * MINUTE, "")],
        "b": [("ack", 2 * MINUTE, "")],
        "c": [("ack", 2 * MINUTE, "b"), ("ack", 11 * MINUTE, ""), ("close", None, "")],
    }


@pytest.mark.parametrize(
    ("between", "ending", "well"),
    [("", "over", 9), ("escalated", "over", None), ("escalated", "safe, spoken to", 9)],
)
def test_who_was_not_believed_is_not_known_to_be_well(
    between: str, ending: str, well: int | None
) -> None:
    """They said that it was over, and whoever had it called more people all the same."""
    said = (Logged(0, "opened", "", "panic alert"), Logged(5, "cancelled", "a"))
    doubted = (Logged(6, between, "b", "distress"),) if between else ()
    case = Case("D234567", "a", "panic", 0, (*said, *doubted, Logged(9, "closed", "b", ending)))
    (seen,) = review(SCRIPT, [], [], [case], Targets(1, 1)).cases
    assert seen.well == well
