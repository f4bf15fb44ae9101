"""The simulator as it is driven from its page: what comes of an act, a fault, the tour, and what is
kept as a record."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.demo import tour
from bot.demo.session import Wrong
from bot.demo.story import STORY
from bot.demo.tour import State, seconds
from flows.drill import script as drill_script
from tests.simulator import PATIENCE, Driver, driven
from tests.transcript import compared, play, read
from tests.world import NOON, world

MINUTE = 60_000

HOURS = 3600


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Driver]:
    async with driven(tmp_path) as found:
        yield found


async def test_what_is_typed_and_pressed_is_answered_and_a_case_opens(sim: Driver) -> None:
    assert [p["role"] for p in sim.now["phones"]].count("trainer") == 1
    await sim.type("amina", "checkin 1h")
    assert sim.now["due"] == "12:55:00"
    await sim.do("due")
    assert (sim.now["time"], sim.now["day"]) == ("12:55:00", "Sat 21 Nov")
    await sim.do("jump", seconds=20 * 60)
    (case,) = sim.now["cases"]
    assert (case["about"], case["kind"], case["by"]) == ("Amina", "overdue", "")
    assert sim.on("omar")[-1]["urgent"]
    assert not any(b["urgent"] for b in sim.on("amina"))
    await sim.press("amina", "All good")
    pressed = next(b for b in reversed(sim.on("amina")) if b["mine"])
    assert (pressed["kind"], pressed["text"]) == ("choice", "All good")
    last = sim.on("omar")[-1]
    await sim.type("omar", "on my way", message=last["n"])
    quote = next(b for b in reversed(sim.on("omar")) if b["mine"])["quote"]
    assert quote[:20] == " ".join(last["text"].split())[:20]


async def test_a_language_is_chosen_as_people_do_it(sim: Driver) -> None:
    await sim.do("language", who="amina", lang="ar")
    assert sim.phone("amina")["lang"] == "ar"
    assert re.search("[\u0600-\u06ff]", sim.theirs("amina")[-1])
    await sim.type("amina", "english")
    assert sim.phone("amina")["lang"] == "en"
    assert sim.theirs("amina")[-1].isascii()


async def test_a_phone_without_a_connection_gets_and_sends_all_of_it_later(sim: Driver) -> None:
    await sim.do("offline", who="omar", on=True)
    await sim.type("omar", "cases")
    await sim.type("amina", "sos")
    assert [b["waits"] for b in sim.on("omar")] == [True]
    assert sim.phone("omar")["unseen"] == 1
    assert sim.now["waiting"] == {"telegram": 0, "signal": 0}
    await sim.do("jump", seconds=60)
    await sim.do("offline", who="omar", on=False)
    mine = next(b for b in sim.on("omar") if b["mine"])
    assert (mine["waits"], mine["time"], mine["late"]) == (False, "12:00", "12:01")
    assert "12:01" in {b["late"] for b in sim.on("omar") if not b["mine"]}
    assert sim.phone("omar")["unseen"] == 0


async def test_a_platform_that_is_down_takes_nothing_and_gets_it_later(sim: Driver) -> None:
    await sim.do("down", channel="telegram", on=True)
    await sim.type("bilal", "النجدة")
    assert sim.on("lena") == []
    assert sim.now["waiting"]["telegram"] > 0
    await sim.type("lena", "menu")
    assert sim.on("lena")[0]["waits"]
    await sim.do("down", channel="telegram", on=False)
    await sim.do("jump", seconds=HOURS)
    assert sim.now["waiting"]["telegram"] == 0
    assert any("#" in text for text in sim.theirs("lena"))


async def test_killed_and_started_again_it_goes_on(sim: Driver) -> None:
    pid = sim.now["pid"]
    assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    await sim.do("kill")
    assert not psutil.pid_exists(pid)
    assert (sim.now["engine"], sim.now["pid"]) == ("killed", None)
    await sim.type("omar", "cases")
    assert sim.on("omar")[0]["waits"]
    await sim.do("start")
    assert sim.now["engine"] == "running"
    assert len(sim.theirs("omar")) == 1
    await sim.do("kill", when="next")
    assert sim.now["dies"]
    await sim.type("omar", "cases")
    assert sim.now["engine"] == "killed"


async def test_an_engine_that_ends_by_itself_is_told(sim: Driver) -> None:
    psutil.Process(sim.now["pid"]).terminate()
    assert "ended by itself" in await sim.do("jump", seconds=60)
    assert sim.now["engine"] == "failed"
    await sim.do("start")
    assert sim.now["engine"] == "running"


async def test_the_clock_runs_in_full_seconds_until_it_is_stopped(sim: Driver) -> None:
    await sim.type("amina", "checkin 1h")
    with sim.session.watched() as happened:
        await sim.do("run", speed=600)
        async with asyncio.timeout(PATIENCE):
            while len(sim.theirs("amina")) < 2:
                happened.clear()
                await happened.wait()
    assert sim.now["speed"] == 600
    await sim.do("run", speed=0)
    stopped = sim.now["now"]
    assert stopped % 1000 == 0
    assert stopped > NOON
    await asyncio.sleep(0.6)
    assert sim.now["now"] == stopped


async def test_what_makes_no_sense_is_refused_and_changes_nothing(sim: Driver) -> None:
    await sim.type("amina", "menu")
    theirs = next(b["n"] for b in sim.on("amina") if not b["mine"])
    wrong: list[dict[str, Any]] = [
        {},
        {"do": "fly"},
        {"do": ["kill"]},
        {"do": "type", "who": "amina"},
        {"do": "type", "who": "amina", "text": " "},
        {"do": "type", "who": "amina", "text": "x" * 4097},
        {"do": "type", "who": "eve", "text": "hi"},
        {"do": "type", "who": "omar", "text": "hi", "message": theirs},
        {"do": "press", "who": "amina", "message": theirs, "button": 99},
        {"do": "press", "who": "amina", "message": -1, "button": 0},
        {"do": "press", "who": "amina", "message": "0", "button": 0},
        {"do": "place", "who": "amina", "lat": 91, "lon": 0},
        {"do": "place", "who": "amina", "lat": float("nan"), "lon": 0},
        {"do": "language", "who": "amina", "lang": "xx"},
        {"do": "down", "channel": "smoke"},
        {"do": "jump", "seconds": 0},
        {"do": "jump", "seconds": 86_401},
        {"do": "jump", "seconds": True},
        {"do": "run", "speed": 7},
        {"do": "run", "speed": [1]},
        {"do": "start"},
    ]
    before = sim.session.bubbles(), sim.now["now"]
    for asked in wrong:
        with pytest.raises(Wrong):
            await sim.session.act(asked)
    with pytest.raises(Wrong):
        await sim.session.guide("backwards")
    assert (sim.session.bubbles(), sim.now["now"]) == before


# ---------------------------------------------------------------- the tour


def test_the_tour_takes_about_five_minutes() -> None:
    assert 240 <= sum(map(seconds, STORY)) <= 330


async def test_the_tour_goes_step_by_step_and_waits_for_who_takes_over(
    sim: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sim.session.guide("next")
    assert sim.now["tour"] | {"caption": ""} == {
        "state": "waiting",
        "step": 1,
        "steps": len(STORY),
        "caption": "",
        "focus": ["amina"],
    }
    assert "13:00" in sim.theirs("amina")[0]
    monkeypatch.setattr(tour, "BEFORE", 3600)
    await sim.session.guide("play")
    await asyncio.sleep(0.05)
    assert (sim.now["tour"]["state"], sim.now["tour"]["step"]) == ("playing", 2)
    await sim.type("lena", "garde")
    assert sim.now["tour"]["state"] == "waiting"
    assert "taken over" in sim.now["said"]
    await sim.do("kill")
    await sim.session.guide("next")
    assert sim.now["tour"]["step"] == 2
    assert (sim.now["engine"], len(sim.theirs("bilal"))) == ("running", 2)


async def test_the_tour_plays_on_by_itself_to_its_end(
    sim: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BEFORE", "BETWEEN", "PER_WORD", "LEAST", "MORE"):
        monkeypatch.setattr(tour, name, 0.0)
    sim.session.tour.acts = STORY[:5]
    with sim.session.watched() as happened:
        await sim.session.guide("play")
        async with asyncio.timeout(PATIENCE):
            while sim.session.tour.state is not State.OVER:
                happened.clear()
                await happened.wait()
    assert sim.now["time"] == "13:02:00"
    assert "١" in [b["text"] for b in sim.on("bilal") if b["mine"]]


# ---------------------------------------------------------------- the record


async def test_what_was_recorded_on_another_day_plays_with_its_drill(tmp_path: Path) -> None:
    """A Thursday in March, before clocks go forward: days and drawn numbers are those of that day.
    Bilal comes in with the code that stands on Nino's phone."""
    day = int(datetime(2027, 3, 25, 12, tzinfo=UTC).timestamp() * 1000)
    (tmp_path / "sim").mkdir()
    async with driven(tmp_path / "sim", day) as sim:
        await sim.type("amina", "checkin 20h")
        await sim.type("nino", "drill panic")
        for label in ("Amina", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
            await sim.press("nino", label)
        await sim.press("amina", "Take part")
        await sim.type("omar", "1")
        code = re.findall(r"\b[2-9A-HJKMNP-Z]{10}\b", "\n".join(sim.theirs("nino")))[-1]
        await sim.type("bilal", code)
        await sim.press("nino", "Begin now")
        await sim.type("amina", "sos")
        await sim.type("nino", "recall")
        text = sim.session.written("transcript", "Recorded on another day")
    path = tmp_path / "recorded.txt"
    path.write_text(text, "utf-8")
    script = read(path)
    assert {"recorded 2027-03-25", "  bilal > (code of nino)"} <= set(text.splitlines())
    assert "Fri" in text
    async with world(tmp_path / "w", begin=script.begin) as here:
        said = await play(script, here)
    assert compared(script, said) == compared(script, [beat.expected for beat in script.beats])


async def test_what_was_recorded_plays_as_a_transcript_with_the_same_answers(
    sim: Driver, tmp_path: Path
) -> None:
    await sim.type("amina", "checkin 1h")
    await sim.type("bilal", "موعد")
    await sim.type("bilal", "١")
    await sim.do("run", speed=1)
    await sim.do("run", speed=0)
    await sim.do("jump", seconds=HOURS)
    await sim.press("amina", "Not good")
    await sim.do("kill")
    await sim.type("bilal", "1")
    await sim.type("lena", "(je regarde)")
    await sim.do("jump", seconds=10 * 60)
    await sim.do("start")
    case = sim.now["cases"][0]["id"]
    await sim.type("omar", f"ack {case}")
    await sim.do("place", who="amina", lat=41.7, lon=44.8)
    await sim.do("photo", who="amina")
    await sim.do("react", who="lena")
    await sim.do("kill")
    await sim.do("start")
    await sim.do("offline", who="nino", on=True)
    await sim.type("nino", "lessons")
    await sim.do("jump", seconds=90)
    await sim.do("offline", who="nino", on=False)
    await sim.do("language", who="nino", lang="fr")
    await sim.type("omar", f"close {case} safe, we spoke")
    text = sim.session.written("transcript", "Recorded in a test")
    path = tmp_path / "recorded.txt"
    path.write_text(text, "utf-8")
    script = read(path)
    async with world(tmp_path / "w", begin=script.begin) as here:
        said = await play(script, here)
    assert compared(script, said) == compared(script, [beat.expected for beat in script.beats])
    for line in (
        "people  omar: coordinator, signal, en, duty",
        "  amina > [Not good]",
        "  omar > ack (id Amina)",
        "asleep 10m",
        "  lena > (text) (je regarde)",
        "crash",
        "  nino > Français",
    ):
        assert line in text.splitlines(), line
    assert re.search(r"  bilal > \(sent \d\d:\d\d\) 1\n", text)
    saved = sim.session.written("drill", "Not #1")
    drill = saved.splitlines()
    assert drill[0] == "title    Not 1"
    assert drill[2].endswith("omar: coordinator   lena: coordinator")
    bare = [line.partition("#")[0].rstrip() for line in drill]
    for line in (
        "at 0m",
        "  amina > checkin within 10m",
        "at 60m",
        "  amina > not_good within 10m",
        "  bot > omar alert within 10m",
        "at 70m",
        "  omar > ack within 10m",
        "  amina > place within 10m",
        "  omar > close within 10m",
    ):
        assert line in bare, line
    assert "  # nino > lessons" in drill
    made = drill_script.read("recorded_here", saved)
    assert [part.name for part in made.parts] == ["amina", "bilal", "omar", "lena"]
    expected = {(act.at, act.by, act.verb, act.until - act.at) for act in made.acts}
    assert (0, "amina", "checkin", 10 * MINUTE) in expected
    assert (60 * MINUTE, "bot", "alert", 10 * MINUTE) in expected
    assert (70 * MINUTE, "omar", "ack", 10 * MINUTE) in expected
    assert len(made.acts) == sum(" within 10m" in line for line in bare)
