"""A surprise every month: when it comes, whom it leaves out, what it survives."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.drill import scripts
from bot.store import tables as t
from flows.drill.monthly import FLOW, State
from flows.engine.model import Event, Facts, Kind, Person, Policy, Risk, Role, SetTimer, StartFlow
from tests.world import ISOLATES, NOON, Player, World, world

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BEGUN = "A surprise, as you have agreed"


async def team(here: World) -> None:
    """Amina and Paul have agreed, and Omar, who is on duty."""
    await here.add(Player("Tara", "trainer"))
    await here.add(Player("Amina", words=("river", "lantern")))
    await here.add(Player("Paul"))
    await here.add(Player("Omar", "coordinator", duty=True))
    await here.add(Player("Lina", "coordinator"))
    await here.says("Tara", "drill radio_check")
    for who in ("Amina", "Paul", "That is all", "Omar", "That is all", "As it is"):
        await here.presses("Tara", who)
    await here.presses("Tara", "Don't tell them")
    await here.presses("Tara", "Monthly, from 9:00 to 17:00")
    for who in ("Amina", "Paul", "Omar"):
        await here.presses(who, "Yes, once a month")


async def due(here: World) -> int:
    assert here.app is not None
    query = select(t.timers.c.due).where(t.timers.c.flow == "surprise")
    async with here.app.store.read() as conn:
        return int(await conn.scalar(query) or 0)


def surprised(here: World, since: int) -> set[str]:
    return {s.to for s in here.said[since:] if BEGUN in s.text}


def trainers(here: World, since: int) -> str:
    told = (s.text.translate(ISOLATES) for s in here.said[since:] if s.to == "Tara")
    return "\n".join(told)


async def test_it_comes_at_its_moment_whatever_dies_before(tmp_path: Path) -> None:
    async with world(tmp_path / "w") as here:
        await team(here)
        first, before = await due(here), len(here.said)
        await here.to(first - 1)
        await here.restart()
        assert surprised(here, before) == set()
        await here.to(first)
        assert surprised(here, before) == {"Amina", "Paul", "Omar"}
        assert first < await due(here) < first + 62 * DAY
        await here.restart()
        assert len([s for s in here.said[before:] if BEGUN in s.text]) == 3


@pytest.mark.parametrize(
    ("rule", "reached", "said"),
    [("skip", set(), "not held this month"), ("without", {"Paul", "Omar"}, "has begun")],
)
@pytest.mark.parametrize("silent", [False, True])
async def test_what_is_real_goes_before_it(
    tmp_path: Path, rule: str, reached: set[str], said: str, silent: bool
) -> None:
    """A silent case counts too; the trainer hears of nobody."""
    async with world(tmp_path / "w", f'[drills]\nduring_a_case = "{rule}"\n') as here:
        await team(here)
        await here.to(await due(here) - 5 * MINUTE)
        await here.says("Amina", "lantern" if silent else "sos")
        before = len(here.said)
        await here.after(6 * MINUTE)
        assert surprised(here, before) == reached
        told = trainers(here, before)
        assert said in told
        assert "Amina" not in told
        assert (await here.states())["Tara.surprise"] == "waiting"


async def test_it_is_not_held_at_another_hour_than_was_agreed(tmp_path: Path) -> None:
    async with world(tmp_path / "w") as here:
        await team(here)
        moment = await due(here)
        assert here.app is not None
        await here.app.scheduler.sweep()
        await here.stop()
        here.clock.set(moment + 2 * HOUR)
        await here.start()
        before = len(here.said)
        await here.run()
        assert surprised(here, before) == set()
        assert "not held this month" in trainers(here, 0)
        assert await due(here) > here.clock.now()


async def test_who_is_in_another_drill_is_left_out(tmp_path: Path) -> None:
    async with world(tmp_path / "w") as here:
        await team(here)
        await here.to(await due(here) - 5 * MINUTE)
        await here.says("Tara", "drill panic")
        for who in ("Paul", "That is all", "That is all", "As it is", "Don't tell them"):
            await here.presses("Tara", who)
        await here.presses("Paul", "Take part")
        before = len(here.said)
        await here.after(6 * MINUTE)
        assert surprised(here, before) == {"Amina", "Omar"}


async def test_nobody_is_surprised_who_has_not_agreed(tmp_path: Path) -> None:
    async with world(tmp_path / "w") as here:
        await team(here)
        await here.presses("Amina", "No more surprises")
        await here.presses("Paul", "No surprises")
        before = len(here.said)
        await here.to(await due(here))
        assert surprised(here, before) == set()
        assert "not held this month" in trainers(here, before)


# ---------------------------------------------------------------- its moment


def facts(tz: str, seed: int) -> Facts:
    risks = {"medium": Risk(1, 1, 1)}
    policy = Policy(1, 1, risks, (), 1, 1)
    tara = Person("t", Role.TRAINER, "Tara", tz=tz, reachable=True)
    return Facts(policy, tara, people={"t": tara}, scripts=scripts.load(), seed=bytes([seed]))


@pytest.mark.parametrize("tz", ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("hours", [(9, 17), (0, 24), (23, 24)])
def test_once_in_each_month_within_the_hours(tz: str, hours: tuple[int, int]) -> None:
    args = {"id": "Y234567", "script": "radio_check", "trainer": "t", "people": {"a": "reporter"},
            "pace": 1, "duty": False, "hours": list(hours)}  # fmt: skip
    state, data = str(FLOW.initial), dict[str, Any]()
    event = Event("e0", Kind.SIGNAL, "start", NOON, NOON, "t", args=args)
    moments, zone = [], ZoneInfo(tz)
    for n in range(30):
        step = FLOW.step(state, data, event, facts(tz, n))
        assert step is not None
        state, data = str(step.state), step.data
        (timer,) = [e for e in step.effects if isinstance(e, SetTimer)]
        assert not [e for e in step.effects if isinstance(e, StartFlow)]  # nobody has agreed
        moments.append(timer.at)
        event = Event(f"e{n + 1}", Kind.TIMER, "timer.due", timer.at, timer.at, "t")
    assert state == State.WAITING
    local = [datetime.fromtimestamp(at / 1000, zone) for at in moments]
    assert NOON < moments[0] < NOON + 30 * DAY
    months = [at.year * 12 + at.month for at in local]
    assert [b - a for a, b in pairwise(months)] == [1] * 29
    assert all(hours[0] <= at.hour < hours[1] for at in local)
    assert len({at.day for at in local}) > 10


# ---------------------------------------------------------------- from the command line


async def test_the_operator_plans_lists_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    async with world(tmp_path / "w") as here:
        monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
        for player in (Player("Tara", "trainer"), Player("Amina"), Player("Omar", "coordinator")):
            await here.add(player)
        ids = {name: player.id for name, player in here.players.items()}

        async def schedule(*args: str) -> Result:
            made = await asyncio.to_thread(CliRunner().invoke, app, ["drill", "schedule", *args])
            await here.run()
            return made

        who = ["--trainer", ids["Tara"], "--participants", f"{ids['Amina']},{ids['Omar']}"]
        assert "doesn't say so" in (await schedule("panic", *who)).output
        assert "no hours of a day" in (await schedule("radio_check", *who, "--hours", "9")).output
        made = await schedule("radio_check", *who, "--hours", "22-23")
        assert made.exit_code == 0, made.output
        await here.presses("Amina", "Yes, once a month")
        (listed,) = json.loads((await schedule("--json")).stdout)
        assert (listed["asked"], listed["agreed"], listed["held"]) == (2, 1, 0)
        assert datetime.fromtimestamp(await due(here) / 1000, UTC).hour == 22
        ended = await schedule("--cancel", listed["id"])
        assert ended.exit_code == 0, ended.output
        assert "comes no more" in here.last("Amina").text
        assert json.loads((await schedule("--json")).stdout) == []
        assert "no surprise" in (await schedule("--cancel", listed["id"])).output
        assert await due(here) == 0
