"""What happens, act by act, and how it must end. The lines are what a person could type, too."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo import acts, stage
from bot.demo.cast import CONFIG
from bot.demo.engine import environment
from bot.demo.show import Lines
from bot.demo.stage import Stage, shown_time

INTRO = (
    "Onbelay holds the rope: journalists check in, and when one doesn't, people are called until "
    "a human has the case. Here are five phones, and an engine that is a real process on a real "
    "database. Only the platforms and the clock are made up."
)
OUTRO = (
    "To try next, in a browser: onbelay demo --port 8910, then take over a phone, let nobody "
    "answer, kill the engine and let time go by. Or ask a fund for help on Amina's phone (fund): "
    "two officers decide, Nadia and Sami (applications). How to connect a real Telegram bot and a "
    "real Signal number: README.md."
)


@dataclass(frozen=True, slots=True)
class Act:
    """`{case}` in a line is the case that the phone which types it was told of last. `about`: the
    phones to look at, the first one first."""

    caption: str
    lines: tuple[str, ...]
    about: tuple[str, ...] = ()


STORY = (
    Act(
        "Amina is a journalist. On Telegram, she plans to check in every hour.",
        ("amina checkin 1h",),
        ("amina",),
    ),
    Act(
        "So does Bilal, on Signal, in Arabic. Signal has no buttons: he types the number of his "
        "choice, in his own digits.",
        ("bilal موعد", "bilal ١"),
        ("bilal",),
    ),
    Act(
        "Five minutes before the hour, both get a quiet reminder.",
        ("at 12:55",),
        ("amina", "bilal"),
    ),
    Act(
        "Then both are asked how they are. The words are neutral: who looks over their shoulder "
        "learns nothing. For a quarter of an hour only they are written to.",
        ("at 13:00",),
        ("amina", "bilal"),
    ),
    Act("Bilal answers: all good.", ("at 13:02", "bilal ١"), ("bilal",)),
    Act(
        "The engine is killed: SIGKILL, no time to say goodbye. What Omar the coordinator types "
        "waits on his phone, because nobody takes it.",
        ("at 13:05", "kill", "omar cases"),
        ("omar",),
    ),
    Act(
        "It is started again and goes on from its store. Omar's message gets through and is "
        "answered; Amina's quarter of an hour is still running.",
        ("start",),
        ("omar",),
    ),
    Act(
        "Amina has not answered. A case opens, and Omar, who is on duty, is called.",
        ("at 13:15",),
        ("omar",),
    ),
    Act(
        "Nobody takes the case, so everybody is called. At that moment the engine is killed "
        "again, after an alert has landed and before it could note that it has.",
        ("kill next", "at 13:20"),
        ("lena", "omar"),
    ),
    Act(
        "Started again, it sends whatever it doesn't know to have arrived. What had landed comes "
        "twice: better than not at all.",
        ("start",),
        ("lena", "omar"),
    ),
    Act(
        "Omar takes the case. Lena is told that he has it.",
        ("at 13:21", "omar ack"),
        ("omar", "lena"),
    ),
    Act(
        "Amina answers: her battery was empty. Omar and Lena are stood down.",
        ("at 13:24", "amina 1"),
        ("amina", "omar", "lena"),
    ),
    Act(
        "But only a person closes a case. Omar has called her, and closes it.",
        ("at 13:26", "omar close {case} safe, I spoke to her"),
        ("omar", "amina"),
    ),
    Act(
        "Half past one. Bilal types one word: help. Nothing is asked first. Both coordinators are "
        "called at once; what he reads himself looks harmless.",
        ("at 13:30", "bilal النجدة"),
        ("bilal", "omar", "lena"),
    ),
    Act(
        "Lena reads it in French and takes it with her button. Bilal learns that somebody is "
        "there.",
        ("at 13:31", "lena 1"),
        ("lena", "bilal"),
    ),
    Act(
        "She has spoken to him: he is safe. She closes the case, and is asked how it ended.",
        ("at 13:36", "lena clore {case}", "lena 1"),
        ("lena", "bilal"),
    ),
    Act(
        "Nino is a trainer. She asks them all to a drill.",
        ("nino drill panic", "nino 3", "nino 3", "nino 1", "nino 2"),
        ("nino", "amina"),
    ),
    Act(
        "Amina and Omar take part, and Nino begins it.",
        ("amina 1", "omar 1", "nino 1"),
        ("nino", "amina", "omar"),
    ),
    Act(
        "Amina calls for help: marked, behind all that is real. One word ends it for everybody.",
        ("amina sos", "nino recall"),
        ("amina", "omar", "nino"),
    ),
)


async def perform(on: Stage, line: str) -> None:
    """One line of an act."""
    if line.startswith("at "):
        hour, minute = line[3:].split(":")
        since = (int(hour) - 12) * 60 + int(minute)
        # Once somebody has taken part, what is due is due some seconds past the minute.
        past = 59_000 if on.now % 60_000 else 0
        await on.to(on.begin + since * 60_000 + past)
        return
    await acts.do(on, filled(on, line))


def filled(on: Stage, line: str) -> str:
    phone = on.phones.get(line.partition(" ")[0])
    return line.replace("{case}", phone.case if phone else "")


async def play(on: Stage, screen: Lines, played: tuple[Act, ...]) -> None:
    for act in played:
        screen.caption(act.caption)
        for line in act.lines:
            screen.typed(filled(on, line))
            await perform(on, line)
        screen.refresh()


# ---------------------------------------------------------------- how it must end


async def alone(folder: Path) -> int:
    """Play it all by itself. 0 when it ended as it should."""
    async with stage.opened(folder) as on:
        screen = Lines(on)
        screen.caption(INTRO)
        await play(on, screen, STORY)
        wrong = await end(on, screen)
    for line in wrong:
        sys.stderr.write(f"onbelay demo: {line}\n")
    return 1 if wrong else 0


async def end(on: Stage, screen: Lines) -> list[str]:
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
    for name in ("amina", "omar"):
        if not any("The drill is over" in b.text for b in on.phones[name].bubbles):
            yield f"{name} was never told that the drill is over"
    if any(b.urgent and "DRILL" in b.text for b in on.journal):
        yield "something of the drill went before what is real"
    stuck = [b for b in on.journal if b.waits]
    if stuck:
        yield f"{len(stuck)} messages never left their phones"
    if waiting:
        yield f"{waiting} messages were never sent"
