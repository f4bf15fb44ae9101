"""What organisations count, list and publish is the same with a drill as without one."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.__main__ import app
from bot.store import tables as t
from bot.web import metrics
from tests.applications import COMPLETE
from tests.test_drill_shipped import MINUTE, course
from tests.test_records import TYPED, WORDS
from tests.world import ISOLATES, World

Told = Callable[[World], Coroutine[Any, Any, dict[str, str]]]
#: All that the operator can list or publish; what follows is the id of a request.
LISTS = (
    ("case", "list", "--json"),
    ("checkin", "list", "--json"),
    ("record", "list", "--json"),
    ("record", "duplicates", "--json"),
    ("record", "summary", "--json"),
    ("record", "summary", "--format", "csv"),
    ("record", "summary", "--format", "html"),
    ("fund", "list", "--json"),
    ("fund", "show", "F7K2QM", "--json"),
    ("person", "list", "--json"),
)
#: Figures of the machine, and of what was received: a drill's words were received too.
OF_THE_MACHINE = re.compile(
    r"^(# .*|process_.*|onbelay_(alive_seconds|timers.*|inbox_.*|drills_.*) .*)$", re.MULTILINE
)
#: Two events are counted, so that a third would show.
COUNTED = "[record]\nsuppress_below = 2\n"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)

    async def found(here: World) -> dict[str, str]:
        monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
        assert here.app is not None
        shown = {}
        async with here.app.store.read() as conn:
            cases = list((await conn.scalars(select(t.cases.c.id))).all())
        for args in (*LISTS, *(("case", "show", case, "--json") for case in cases)):
            done = await asyncio.to_thread(CliRunner().invoke, app, list(args))
            assert done.exit_code == 0, done.output
            shown[" ".join(args)] = done.stdout
        figures = await metrics.text(here.app.store, here.app.senders, here.clock, True)
        shown["metrics"] = OF_THE_MACHINE.sub("", figures.decode()).strip()
        await here.says("Omar", "cases")
        shown["cases"] = here.last("Omar").text.translate(ISOLATES)
        return shown

    return found


@pytest.mark.parametrize("name", ["final_exercise", "fund_under_stress"])
async def test_every_list_and_every_report_is_as_it_was_before_the_drill(
    tmp_path: Path, name: str, told: Told
) -> None:
    async with course(tmp_path / "w", name, config=COUNTED) as drill:
        here = drill.here
        await here.says("Amina", "sos")
        await here.presses("Omar", "I have it")
        called = next(s.text for s in here.said if s.to == "Omar" and "#" in s.text)
        (case,) = set(re.findall(r"#(\w+)", called))
        await here.says("Amina", "cancel")
        await here.says("Omar", f"close {case} safe")
        for typed in ("report", *TYPED, WORDS, "1", "1") * 4:
            await here.says("Amina", typed, "signal")
        await here.applies("Amina", "F7K2QM", "protection", COMPLETE)
        before = await told(here)
        assert case in before["case list --json"]
        assert "F7K2QM" in before["fund list --json"]
        assert json.loads(before["record summary --json"])["total"]["events"] == 2
        await drill.begin()
        await drill.play()
        started = [s for s in here.said if "DRILL" in s.text]
        assert len(started) > 10
        await here.after(MINUTE)
        assert await told(here) == before
