"""The demo's story as plain lines, and what it plays on: a real engine that can be killed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels.base import Button, Frame, Outgoing, Reason, Refused, Retry
from bot.channels.simulator import remote
from bot.demo import acts, by_itself, cast, stage, story
from bot.demo.show import Lines
from bot.demo.stage import Stage
from tests.simulator import PATIENCE

ROOT = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ONBELAY_", "COLUMNS"))}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1"}


# ---------------------------------------------------------------- without a terminal


def test_without_a_terminal_the_story_plays_and_ends_well() -> None:
    """Played once; what must hold of it is looked at in one place."""
    played = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stderr == ""
    assert "\x1b" not in played.stdout, "colours, and no terminal"
    before, _, _ = played.stdout.partition("13:15  bot > Omar")
    assert "URGENT" not in before, "somebody is alerted before the grace is over"
    the_main_moments_come_in_order(played.stdout)


def the_main_moments_come_in_order(told: str) -> None:
    moments = (
        r"12:00  Amina > bot +checkin 1h",
        r"12:00  bot > Amina",
        r"12:00  Bilal > bot +موعد",
        r"12:55  bot > Amina",
        r"13:00  bot > Amina",
        r"13:02  Bilal > bot +١",
        r"> kill$",
        r"13:05  Omar  > bot +cases.*waits",
        r"> start$",
        r"Omar's “cases” has got through",
        r"13:15  bot > Omar +URGENT +#\w{4,6} Amina",
        r"> kill next$",
        r"13:20  bot > (Lena|Omar) +URGENT +#\w{4,6} Amina",
        r"> start$",
        r"13:20  bot > Lena +URGENT +#\w{4,6} Amina",
        r"13:21  Omar  > bot +ack",
        r"13:24  Amina > bot +\[All good\]",
        r"13:24  bot > Omar +URGENT",
        r"13:26  Omar  > bot +close",
        r"13:30  Bilal > bot +النجدة",
        r"13:30  bot > Lena +URGENT +#\w{4,6} Bilal",
        r"13:31  Lena  > bot +\[",
        r"13:36  Lena  > bot +clore",
        r"13:36  bot > Bilal",
        r"#\w+ +overdue +\w+ +closed +Amina .* Omar",
        r"#\w+ +panic +\w+ +closed +Bilal .* Lena",
    )
    at = 0
    for moment in moments:
        found = re.compile(moment, re.MULTILINE).search(told, at)
        assert found, f"{moment} is missing after:\n{told[:at][-1500:]}"
        at = found.end()


@pytest.mark.parametrize(
    ("at_a_terminal", "port", "browser", "alone"),
    [
        (False, None, True, True),
        (True, None, True, False),
        (False, 0, True, False),
        (False, None, False, False),
    ],
)
def test_nobody_at_a_terminal_and_no_word_of_a_page_the_story_plays(
    at_a_terminal: bool, port: int | None, browser: bool, alone: bool
) -> None:
    assert by_itself(at_a_terminal, port, browser) == alone


async def test_a_line_that_is_not_understood_says_what_could_be_typed(tmp_path: Path) -> None:
    await cast.install(tmp_path, cast.noon())
    on = Stage(tmp_path, cast.noon())
    try:
        for line, example in (
            ("frobnicate", "amina ok"),
            ("+5", r"\+15m"),
            ("+25h", r"\+24h"),
            ("at 25:00", "at 18:30"),
            ("amina", "amina ok"),
        ):
            with pytest.raises(acts.NotUnderstood, match=example):
                await acts.do(on, line)
    finally:
        await on.close()


# ---------------------------------------------------------------- killed in the middle


async def sent_to(on: Stage, name: str) -> list[str]:
    return [b.text for b in on.phones[name].bubbles if not b.mine]


async def test_killed_in_the_middle_of_a_send_nothing_is_lost(tmp_path: Path) -> None:
    """The phone has the message, the engine never learned it: it comes again."""
    async with stage.opened(tmp_path) as on:
        await acts.do(on, "kill next")
        await acts.do(on, "amina sos")
        assert not on.alive()
        before = len(on.journal)
        await acts.do(on, "start")
        assert len(on.journal) > before
        for name in ("omar", "lena"):
            assert any("#" in text for text in await sent_to(on, name))
        assert await sent_to(on, "amina")
        assert await on.counts() == (0, 1)


async def dying(on: Stage, line: str) -> None:
    """The act, the engine killed at the first message that lands, and started again."""
    await acts.do(on, "kill next")
    await acts.do(on, line)
    assert not on.alive()
    await acts.do(on, "start")


async def test_killed_at_every_step_a_missed_checkin_still_ends_with_a_human(
    tmp_path: Path,
) -> None:
    async with stage.opened(tmp_path) as on:
        await dying(on, "amina checkin 1h")
        for _step in ("the reminder", "the question", "the call"):
            await dying(on, "at 13:15")
        assert on.phones["omar"].case
        for line in ("omar ack", "amina ok", "omar close {case} safe"):
            await dying(on, line.format(case=on.phones["omar"].case))
        assert await on.counts() == (0, 0)
        assert "safe" in (await sent_to(on, "lena") + await sent_to(on, "omar"))[-1]


async def test_typed_while_the_engine_is_dead_it_arrives_once_and_in_order(
    tmp_path: Path,
) -> None:
    async with stage.opened(tmp_path) as on:
        await acts.do(on, "kill")
        await acts.do(on, "omar cases")
        await acts.do(on, "+1m")
        await acts.do(on, "omar duty off")
        assert [b.waits for b in on.phones["omar"].bubbles] == [True, True]
        await acts.do(on, "start")
        mine = [b for b in on.phones["omar"].bubbles if b.mine]
        assert [b.late is not None for b in mine] == [True, True]
        answers = await sent_to(on, "omar")
        assert len(answers) == 2
        await on.settle()
        assert await sent_to(on, "omar") == answers


async def test_time_that_passes_while_nobody_watches_is_told(tmp_path: Path) -> None:
    async with stage.opened(tmp_path) as on:
        await acts.do(on, "amina checkin 1h")
        await acts.do(on, "kill")
        await acts.do(on, "+2h")
        assert not on.phones["omar"].bubbles
        await acts.do(on, "start")
        await acts.do(on, "+16m")
        assert on.phones["omar"].case


#: Of the buttons of a question the first that is in this list is pressed.
PRESSED = (
    "Send it", "Here, I know the risk", "Begin", "I am the journalist",
    "Protection from a direct threat", "The journalistic work", "Use this", "Leave it out",
    "No, never", "That is all", "Done", "No",
)  # fmt: skip
DECIDED = (
    "nadia Take it", "nadia What next", "nadia Recommend an amount", "nadia 500 EUR",
    "nadia No conditions", "nadia The threat is confirmed.", "nadia Confirm", "nadia What next",
    "nadia Approve", "nadia It fits the rules.", "nadia Confirm", "sami applications", "sami 1",
    "sami Approve", "sami I agree with Nadia.", "sami Confirm",
)  # fmt: skip


async def test_a_request_to_a_fund_can_be_tried_and_two_officers_decide(tmp_path: Path) -> None:
    async with stage.opened(tmp_path) as on:
        await acts.do(on, "amina fund")
        for _ in range(40):
            question = on.phones["amina"].bubbles[-1]
            if "private code" in question.text:
                break
            labels = [label for label, _ in question.buttons]
            words = "0" if "number" in question.text else "They want to burn my house."
            label = next((each for each in PRESSED if each in labels), words)
            await acts.do(on, f"amina {label}")
        for line in DECIDED:
            await acts.do(on, line)
        assert "it is approved" in (await sent_to(on, "amina"))[-1]


async def test_a_story_that_ends_otherwise_is_noticed(tmp_path: Path) -> None:
    async with stage.opened(tmp_path) as on:
        screen = Lines(on)
        await story.play(on, screen, story.STORY[:9])
        wrong = await story.end(on, screen)
    assert any("cases should be" in line for line in wrong)


async def test_an_engine_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    async with stage.opened(tmp_path) as on:
        assert on.engine is not None
        on.engine.process.terminate()
        with pytest.raises(stage.EngineFailed):
            await acts.do(on, "+1m")
        assert not on.alive()


# ---------------------------------------------------------------- over the wire


def test_what_goes_over_the_wire_comes_out_the_same() -> None:
    frame = Frame('{"text": "النجدة"}'.encode(), ("signal", "x", "1"), "x", "النجدة")
    assert remote.packed_frame(remote.frame_body("signal", frame)) == frame
    assert remote.failed(Refused(Reason.BLOCKED)) == {"refused": "blocked"}
    assert remote.failed(Retry("down")) == {"retry": "down"}
    buttons = ({"label": "All good", "data": "x.0"},)
    out = remote.outgoing({"where": "amina", "text": "hi", "buttons": buttons, "rank": 1})
    assert out == Outgoing("amina", "hi", (Button("All good", "x.0"),), rank=1)
