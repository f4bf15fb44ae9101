"""Random stories on the real engine: no panic is lost, nobody overdue is left unwatched, and the
two worlds of duress look the same to whoever holds the phone."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.store import tables as t
from tests.world import Player, World, world

ORDINARY, DURESS = "lantern", "marble"
MINUTE = 60_000
SLOW = settings(
    max_examples=int(os.environ.get("ONBELAY_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)

#: What Amina may do. {word} is one of her two words: which one, only the world knows.
AMINA = st.sampled_from(
    [
        "ok",
        "checkin 1h",
        "checkin 10m",
        "checkin 14:30",
        "extend 20m",
        "stop",
        "cancel",
        "sos",
        "help",
        "menu",
        "where am I",
        "they shout sos outside",
        "no",
        "yes",
        "1",
        "2",
        "LOCATION",
        "PHOTO",
        "they shout sos outside {word}",
        "EDIT all fine {word}",
        "arrived",
        "firstaid burns",
        "he is not breathing {word}",
        "human",
        "i want to die",
        "done",
        "5",
        "FILE",
        "bye",
        "numbers",
        "{word}",
        "all fine {word}",
        "stop {word}",
        "cancel {word}",
        "sos {word}",
    ]
)
OMAR = st.sampled_from(
    [
        "ack",
        "note calling her",
        "escalate",
        "close spoke to her",
        "cases",
        "say hello",
        "handover x",
    ]
)
STORY = st.lists(
    st.one_of(
        st.tuples(st.just("amina"), AMINA),
        st.tuples(st.just("omar"), OMAR),
        st.tuples(st.just("wait"), st.integers(1, 45)),
        st.tuples(st.just("crash"), st.just(0)),
    ),
    min_size=4,
    max_size=14,
)
RISKS = st.sampled_from(["low", "medium", "high"])


def told(story: Callable[[World], Coroutine[Any, Any, Any]], risk: str) -> Any:
    """Runs a story in a fresh world."""

    async def run() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            async with world(Path(folder) / "w") as here:
                words = (ORDINARY, DURESS)
                await here.add(Player("Amina", risk=risk, words=words))
                await here.add(Player("Omar", "coordinator", ("signal",), duty=True))
                await here.add(Player("Lena", "coordinator"))
                return await story(here)

    return asyncio.run(run())


async def act(here: World, who: str, what: Any, word: str) -> None:
    if who == "wait":
        await here.after(what * MINUTE)
    elif who == "crash":
        await here.restart()
    elif who == "omar":
        verb, _, rest = str(what).partition(" ")
        case = await visible_case(here)
        if verb == "cases" or case:
            await here.says("Omar", f"{verb} {case} {rest}".strip() if case else verb)
    elif what == "LOCATION":
        await here.acts("Amina", "location", lat=41.7, lon=44.8)
    elif str(what).startswith("EDIT "):
        await here.says("Amina", str(what)[5:].format(word=word), edited=True)
    elif what == "FILE":
        kept = here.phone("Amina").simulator.keep("", b"\xff\xd8\xff" + bytes(99), "photo")
        await here.acts("Amina", "media", note="photo", files=[kept])
    elif what == "PHOTO":
        await here.acts("Amina", "media", note="photo")
    else:
        await here.says("Amina", str(what).format(word=word))


async def visible_case(here: World) -> str:
    """The oldest open case about Amina that isn't silent: there in both worlds."""
    assert here.app is not None
    c = t.cases.c
    query = select(c.id).where(c.state != "closed", c.silent.is_(False)).order_by(c.opened_at)
    async with here.app.store.read() as conn:
        found: str | None = await conn.scalar(query.limit(1))
    return found or ""


# ---------------------------------------------------------------- the two worlds


def screen(here: World) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """All that Amina's phone has ever shown, in order."""
    return [(s.channel, s.lane, s.text, s.labels) for s in here.said if s.to == "Amina"]


async def shown(here: World, story: list[tuple[str, Any]], word: str) -> list[Any]:
    """Amina's screen after each act, with the time, and what was deleted from her chat."""
    seen: list[Any] = []
    for who, what in [("amina", "checkin 1h"), ("wait", 60), ("amina", "{word}"), *story]:
        await act(here, who, what, word)
        phone = here.phone("Amina")
        seen.append((here.clock.now(), len(screen(here)), sorted(phone.deleted)))
    return [screen(here), seen]


@SLOW
@given(STORY, RISKS)
def test_the_two_worlds_of_duress_look_the_same(story: list[tuple[str, Any]], risk: str) -> None:
    """The same later events, coordinators' acts included, until a human closes the silent case."""
    calm = told(lambda here: shown(here, story, ORDINARY), risk)
    forced = told(lambda here: shown(here, story, DURESS), risk)
    assert forced == calm


def test_the_worlds_do_differ_for_coordinators() -> None:
    """The property above would hold for a bot that ignores the duress word."""

    async def silent(here: World) -> int:
        await act(here, "amina", "{word}", DURESS)
        return await here.count("cases", silent=True, kind="duress")

    assert told(silent, "high") == 1


# ---------------------------------------------------------------- nothing is lost


@SLOW
@given(STORY, RISKS)
def test_nobody_is_left_unwatched(story: list[tuple[str, Any]], risk: str) -> None:
    async def run(here: World) -> None:
        for who, what in [("amina", "checkin 10m"), *story]:
            await act(here, who, what, ORDINARY)
            await watched(here)
            await repeated(here)
            if who == "amina" and what in ("sos", "sos {word}"):
                await called(here)

    told(run, risk)


NEEDED = {
    ("checkin", "waiting"): {"due"},
    ("checkin", "reminded"): {"due"},
    ("checkin", "asked"): {"grace"},
    ("escalation", "open"): {"repeat"},
    ("escalation", "acknowledged"): {"ack"},
    ("panic", "confirm"): {"confirm"},
    ("hotline", "waiting"): {"wait"},
}


async def watched(here: World) -> None:
    """Every state that must not wait for ever has its timer; who is overdue has a case."""
    assert here.app is not None
    async with here.app.store.read() as conn:
        instances = (await conn.execute(select(t.instances))).all()
        timers = {(r.flow, r.subject, r.name) for r in await conn.execute(select(t.timers))}
        open_cases = {
            (r.person_id, r.kind)
            for r in await conn.execute(select(t.cases).where(t.cases.c.state != "closed"))
        }
    for row in instances:
        for name in NEEDED.get((row.flow, row.state), ()):
            assert (row.flow, row.subject, name) in timers, (row.flow, row.state, timers)
        if (row.flow, row.state) == ("checkin", "overdue"):
            assert (row.person_id, "overdue") in open_cases
        if row.flow == "hotline" and row.state in ("waiting", "open"):
            assert any(person == row.person_id for person, _ in open_cases)
        if (row.flow, row.state) == ("panic", "active"):
            assert (row.person_id, "panic") in open_cases
    assert await here.count("inbox", state="waiting") == 0
    assert await here.count("inbox", state="aside") == 0


async def repeated(here: World) -> None:
    """While nobody has a case, somebody hears about its person again and again."""
    assert here.app is not None
    c = t.cases.c
    async with here.app.store.read() as conn:
        loud = (await conn.execute(select(c.id).where(c.state != "closed", ~c.quiet))).all()
    if not loud:
        return
    every = here.app.world.policy.repeat_every
    before = len(here.said)
    await here.after(every + 1_000)
    heard = [s for s in here.said[before:] if s.lane == "urgent" and "Amina" in s.text]
    assert heard, loud


async def called(here: World) -> None:
    """The last sos reached every coordinator, as an urgent message about its case."""
    assert here.app is not None
    c = t.cases.c
    async with here.app.store.read() as conn:
        case = await conn.scalar(
            select(c.id).where(c.kind == "panic", c.state != "closed").limit(1)
        )
    assert case
    for name in ("Omar", "Lena"):
        assert any(
            s.to == name and s.lane == "urgent" and f"#{case}" in s.text for s in here.said
        ), name
