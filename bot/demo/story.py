"""What happens, act by act, and how it must end. The lines are what a person could type, too."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.demo import acts, stage
from bot.demo.cast import CONFIG
from bot.demo.engine import environment
from bot.demo.stage import Stage, shown_time

INTRO = (
    "Onbelay holds the rope: journalists check in, and when one doesn't, people are called until "
    "a human has the case. Here are four phones, and an engine that is a real process on a real "
    "database. Only the platforms and the clock are made up."
)
OUTRO = (
    "To try next, in a terminal: make demo, then take over a phone (amina sos), let nobody "
    "answer (+2h), kill the engine and let time go by (kill, +1h, start). Or ask a fund for help: "
    "amina fund, then question by question (a number stands for a button). Two officers "
    "decide, Nadia and Sami: nadia applications, nadia Take it. How to connect a real Telegram bot "
    "and a real Signal number: README.md."
)


@dataclass(frozen=True, slots=True)
class Act:
    """`{case}` in a line is the case that the phone which types it was told of last."""

    caption: str
    lines: tuple[str, ...]


STORY = (
    Act(
        "Amina is a journalist. On Telegram, she plans to check in every hour.",
        ("amina checkin 1h",),
    ),
    Act(
        "So does Bilal, on Signal, in Arabic. Signal has no buttons: he types the number of his "
        "choice, in his own digits.",
        ("bilal موعد", "bilal ١"),
    ),
    Act("Five minutes before the hour, both get a quiet reminder.", ("at 12:55",)),
    Act(
        "Then both are asked how they are. The words are neutral: who looks over their shoulder "
        "learns nothing. For a quarter of an hour only they are written to.",
        ("at 13:00",),
    ),
    Act("Bilal answers: all good.", ("at 13:02", "bilal ١")),
    Act(
        "The engine is killed: SIGKILL, no time to say goodbye. What Omar the coordinator types "
        "waits on his phone, because nobody takes it.",
        ("at 13:05", "kill", "omar cases"),
    ),
    Act(
        "It is started again and goes on from its store. Omar's message gets through and is "
        "answered; Amina's quarter of an hour is still running.",
        ("start",),
    ),
    Act(
        "Amina has not answered. A case opens, and Omar, who is on duty, is called.",
        ("at 13:15",),
    ),
    Act(
        "Nobody takes the case, so everybody is called. At that moment the engine is killed "
        "again, after an alert has landed and before it could note that it has.",
        ("kill next", "at 13:20"),
    ),
    Act(
        "Started again, it sends whatever it doesn't know to have arrived. What had landed comes "
        "twice: better than not at all.",
        ("start",),
    ),
    Act("Omar takes the case. Lena is told that he has it.", ("at 13:21", "omar ack")),
    Act(
        "Amina answers: her battery was empty. Omar and Lena are stood down.",
        ("at 13:24", "amina 1"),
    ),
    Act(
        "But only a person closes a case. Omar has called her, and closes it.",
        ("at 13:26", "omar close {case} safe, I spoke to her"),
    ),
    Act(
        "Half past one. Bilal types one word: help. Nothing is asked first. Both coordinators are "
        "called at once; what he reads himself looks harmless.",
        ("at 13:30", "bilal النجدة"),
    ),
    Act(
        "Lena reads it in French and takes it with her button. Bilal learns that somebody is "
        "there.",
        ("at 13:31", "lena 1"),
    ),
    Act(
        "She has spoken to him: he is safe. She closes the case, and is asked how it ended.",
        ("at 13:36", "lena clore {case}", "lena 1"),
    ),
)


class Screen(Protocol):
    def caption(self, text: str) -> None: ...
    def typed(self, line: str) -> None: ...
    def said(self, text: str) -> None: ...
    async def refresh(self) -> None: ...


class Story:
    def __init__(self, on: Stage, screen: Screen, played: tuple[Act, ...] = STORY) -> None:
        self.stage, self.screen, self.acts = on, screen, played
        self.next = 0

    def over(self) -> bool:
        return self.next >= len(self.acts)

    async def play(self) -> None:
        """The next act. What somebody else did meanwhile stays as it is."""
        act = self.acts[self.next]
        self.next += 1
        self.screen.caption(act.caption)
        lines = list(act.lines)
        if self.stage.engine is None and lines[0] != "start":
            lines.insert(0, "start")
        for line in lines:
            await self._line(line)
        await self.screen.refresh()

    async def _line(self, line: str) -> None:
        if line.startswith("at "):
            self.screen.typed(line)
            hour, minute = line[3:].split(":")
            since = (int(hour) - 12) * 60 + int(minute)
            # Once somebody has taken part, what is due is due some seconds past the minute.
            past = 59_000 if self.stage.now % 60_000 else 0
            await self.stage.to(self.stage.begin + since * 60_000 + past)
            return
        phone = self.stage.phones.get(line.partition(" ")[0])
        case = phone.case if phone else ""
        line = line.replace("{case}", case)
        self.screen.typed(line)
        await acts.do(self.stage, line)


# ---------------------------------------------------------------- how it must end


async def alone(folder: Path) -> int:
    """Play it all by itself. 0 when it ended as it should."""
    from bot.demo.show import Lines

    async with stage.opened(folder) as on:
        screen = Lines(on)
        screen.caption(INTRO)
        story = Story(on, screen)
        while not story.over():
            await story.play()
        wrong = await end(on, screen)
    for line in wrong:
        sys.stderr.write(f"onbelay demo: {line}\n")
    return 1 if wrong else 0


async def end(on: Stage, screen: Screen) -> list[str]:
    """What the store has to say, and what to try next. Returns what went wrong."""
    shown, found = await asyncio.gather(
        command(on.folder, "case", "list"), command(on.folder, "case", "list", "--json")
    )
    screen.caption(f"{shown_time(on.now)}, and this is what the store knows (onbelay case list):")
    screen.said(shown)
    waiting, _ = await on.counts()
    wrong = list(_wrong(on, json.loads(found), waiting))
    ok = "Two cases, both taken and closed by people; two kills, nothing lost."
    screen.caption(ok if not wrong else "This is not how it should have ended.")
    screen.caption(OUTRO)
    return wrong


async def command(folder: Path, *args: str) -> str:
    """What `onbelay` answers beside the running engine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *args),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment(), "ONBELAY_CONFIG": str(folder / CONFIG)},
    )
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise stage.EngineFailed(f"onbelay {' '.join(args)}: {errors.decode(errors='replace')}")
    return out.decode().rstrip()


def _wrong(on: Stage, cases: list[dict[str, Any]], waiting: int) -> Iterator[str]:
    expected = [("overdue", "Amina", "Omar"), ("panic", "Bilal", "Lena")]
    found = [(c["kind"], c["person"], c["acknowledged_by"]) for c in cases]
    if found != expected:
        yield f"the cases should be {expected}, and are {found}"
    for case in cases:
        if case["state"] != "closed" or not case["outcome"]:
            yield f"case #{case['id']} should be closed with an outcome, and is {case['state']}"
        for name in ("omar", "lena"):
            bubbles = on.phones[name].bubbles
            if not any(b.urgent and f"#{case['id']}" in b.text for b in bubbles):
                yield f"{name} was never called about #{case['id']}"
    stuck = [b for b in on.journal if b.waits]
    if stuck:
        yield f"{len(stuck)} messages never left their phones"
    if waiting:
        yield f"{waiting} messages were never sent"
