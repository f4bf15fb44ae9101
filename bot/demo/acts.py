"""The lines of the story: what people do, how time goes by, what happens to the engine.

amina hello           types on Amina's phone; `amina 1` presses button 1 where there are buttons
omar react 👍         reacts to the last message; `omar reply on my way` quotes it
amina place 41.7 44.8 sends where she is; `amina photo`
+15m, +1h30m, at 18:30  time goes by, and stops wherever something falls due
kill, kill next, start  SIGKILL now, or as soon as one more message has landed; and again
"""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.demo.phones import Bubble, Handset
from bot.demo.stage import Stage, shown_time

UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000}
LONGEST = 24 * 3_600_000  #: ms that one jump may skip
SPAN = re.compile(r"\+\s*((?:\d+\s*[smh]\s*)+)")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")


class NotUnderstood(Exception):
    """What was typed, and what could be typed instead."""


async def do(stage: Stage, line: str) -> str:
    """Returns a word to say about it, or "". Raises NotUnderstood."""
    verb, _, rest = line.strip().partition(" ")
    verb, rest = verb.casefold(), rest.strip()
    if verb in stage.phones:
        return await _phone(stage, stage.phones[verb], rest)
    if line.strip().startswith("+"):
        return await _pass(stage, line.strip())
    if verb in VERBS:
        return await VERBS[verb](stage, rest)
    raise NotUnderstood(f"I don't know “{verb}”. For example: amina ok")


# ---------------------------------------------------------------- phones


async def _phone(stage: Stage, phone: Handset, rest: str) -> str:
    if not rest:
        raise NotUnderstood(f"What does {phone.member.name} type? For example: amina ok")
    bubble = _bubble(phone, rest)
    await stage.settle()
    if bubble.waits:
        return f"Nobody is listening: it waits on {phone.member.name}'s phone."
    return ""


def _bubble(phone: Handset, typed: str) -> Bubble:
    verb, _, rest = typed.partition(" ")
    rest = rest.strip()
    match verb.casefold():
        case "react" if rest:
            return phone.reacts(rest)
        case "reply" if rest:
            return phone.types(rest, phone.last())
        case "photo" if not rest:
            return phone.photographs()
        case "place" if found := re.fullmatch(r"(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)", rest):
            lat, lon = float(found[1]), float(found[2])
            if abs(lat) <= 90 and abs(lon) <= 180:
                return phone.locates(lat, lon)
    asked = next((b for b in reversed(phone.bubbles) if b.buttons), None)
    if asked and typed.isdecimal() and 1 <= int(typed) <= len(asked.buttons):
        return phone.presses(asked, int(typed) - 1)
    return phone.types(typed)


# ---------------------------------------------------------------- time


async def _pass(stage: Stage, line: str) -> str:
    found = SPAN.fullmatch(line)
    if found is None:
        raise NotUnderstood("How long? For example: +15m, +1h30m, +20s")
    span = sum(int(n) * UNITS[u] for n, u in re.findall(r"(\d+)\s*([smh])", found[1]))
    if span > LONGEST:
        raise NotUnderstood("A day at a time is the most: +24h")
    return await _to(stage, stage.now + span)


async def _at(stage: Stage, rest: str) -> str:
    found = CLOCK.fullmatch(rest)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise NotUnderstood("What time? For example: at 18:30")
    now = datetime.fromtimestamp(stage.now / 1000, UTC)
    then = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    if then < now:
        then += timedelta(days=1)
    return await _to(stage, int(then.timestamp() * 1000))


async def _to(stage: Stage, ms: int) -> str:
    watched = stage.alive()
    await stage.to(ms)
    if watched and not stage.alive():
        return f"The engine died at {shown_time(stage.now)}, and time stands still."
    return "" if watched else "Time goes by, and nobody watches."


# ---------------------------------------------------------------- the engine


async def _kill(stage: Stage, rest: str) -> str:
    if stage.engine is None:
        return "It is dead already."
    if rest == "next":
        stage.dies_at_next = True
        return "It will be killed as soon as one more message has landed on a phone."
    await stage.kill()
    return "Killed. What is typed now waits on the phones."


async def _start(stage: Stage, _rest: str) -> str:
    if stage.engine is not None:
        return "It is running."
    await stage.start()
    return "Started: it goes on from what is in the store."


VERBS: dict[str, Callable[[Stage, str], Awaitable[str]]] = {
    "at": _at,
    "kill": _kill,
    "start": _start,
}
