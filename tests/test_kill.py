"""The real process against SIGKILL: one event, one outcome; nobody's call is lost, none doubled.

People on both platforms write while the process is killed at random moments and started again.
Each journalist has a story that can be counted: so many calls for help, so many missed check-ins.
Signal drops what is sent while nobody listens, so people there write again when no answer comes.

    ONBELAY_DEATHS   how often it is killed (30; `make soak`: 1000)
    ONBELAY_SEED    to see the same story once more (printed)
"""

import asyncio
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.conftest import _new_database
from tests.process import QUICK, Facts, Installation, Person, Run, until
from tests.standins.signal import Fault as SignalFault
from tests.standins.telegram import Fault as TelegramFault

pytestmark = pytest.mark.kills

KILLS = int(os.environ.get("ONBELAY_DEATHS", "30"))
SEED = int(os.environ.get("ONBELAY_SEED", "0")) or random.randrange(1, 10**6)
PATIENCE = 4.0  #: seconds until somebody on Signal writes again
SOON = 120.0  #: seconds in which something comes that would otherwise come in an hour
QUIET = 240.0  #: seconds in which something must move until all has come to rest
CASE_ID = re.compile(r"#([2-9A-HJKMNP-Z]{4,6})\b")
#: Names and words that stand nowhere else, to be looked for in logs and in the database.
NAME, WORDS = "Zarqawa", "plover over the estuary"
HELD = "Thank you, noted. You can go on"
STARTED = "I'll ask you every"


def anything(text: str) -> bool:
    return True


def begins(with_: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(with_)


@dataclass
class Story:
    """Who does what. `calm` never have a case; the others have those that `expected` counts."""

    place: Installation
    rng: random.Random
    coordinators: list[Person] = field(default_factory=list)
    calm: list[Person] = field(default_factory=list)
    others: list[tuple[Person, str]] = field(default_factory=list)
    #: Cases that may be closed: nobody has anything more to say in them.
    finished: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    ending: bool = False

    async def people(self, count: int) -> None:
        """Three coordinators, four calm journalists, and `count` who get into trouble."""
        number = iter(range(1, 1_000_000))

        def one(role: str, channel: str) -> Person:
            n = next(number)
            return self.place.person(f"{NAME}{n:05}", role, channel, n)

        self.coordinators = [one("coordinator", c) for c in ("telegram", "signal", "signal")]
        self.calm = [one("journalist", c) for c in ("telegram", "signal") * 2]
        kinds = ("sos", "miss", "sos", "miss", "both")
        self.others = [
            (one("journalist", ("telegram", "signal")[n % 2]), kinds[n % len(kinds)])
            for n in range(count)
        ]
        troubled = [person for person, _ in self.others]
        await self.place.import_people([*self.coordinators, *self.calm, *troubled])

    def begin(self, story: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(story))

    # ------------------------------------------------------------ journalists

    async def says(self, who: Person, text: str, answered: Callable[[str], bool]) -> None:
        """Until it is answered; on Signal it is written again, Telegram itself keeps it."""
        seen = len(who.texts)
        await self.acts(who, lambda: who.send(text), lambda: any(map(answered, who.texts[seen:])))

    async def acts(self, who: Person, act: Callable[[], None], done: Callable[[], bool]) -> None:
        act()
        again = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > again and who.channel == "signal":
                act()
                again = time.monotonic() + PATIENCE
            await asyncio.sleep(0.05)

    async def in_trouble(self, who: Person, kind: str) -> None:
        await self.says(who, "menu", anything)
        if kind in ("miss", "both"):
            await self.says(who, f"checkin {self.rng.randint(3, 5)}s", begins("Good. " + STARTED))
        if kind == "miss":
            return
        if kind == "both":
            await until(lambda: self._told_of(who, "No answer to the"), QUIET)
        await self.says(who, "sos", begins(HELD))
        for n in range(self.rng.randint(1, 3)):
            await asyncio.sleep(self.rng.uniform(0, 1))
            await self._more(who, n)
        self.finished.add(who.name)

    async def _more(self, who: Person, n: int) -> None:
        """What they write after the call; each answered with one more «Noted.»."""
        noted = who.texts.count("Noted.")
        lat = round(self.rng.uniform(10, 50), 5)
        act: Callable[[], None] = lambda: who.send(f"{WORDS} {who.number} {n}")  # noqa: E731
        if self.rng.random() < 0.3:
            act = lambda: who.location(lat, 20.5)  # noqa: E731
        await self.acts(who, act, lambda: who.texts.count("Noted.") > noted)

    def _told_of(self, who: Person, line: str) -> bool:
        texts = (text for c in self.coordinators for text in c.texts)
        return any(who.name in text and line in text for text in texts)

    async def calmly(self, who: Person) -> None:
        await self.says(who, "menu", anything)
        while not self.ending:
            acts: list[Callable[[], None]] = [
                lambda: who.send("ok"),
                lambda: who.send("checkin 4h"),
                lambda: who.send(f"{WORDS} {who.number}"),
                lambda: who.location(12.5, 20.5),
            ]
            seen = len(who.texts)
            done = lambda seen=seen: len(who.texts) > seen or self.ending  # noqa: E731
            await self.acts(who, self.rng.choice(acts), done)
            await asyncio.sleep(self.rng.uniform(0.2, 1.5))

    # ------------------------------------------------------------ coordinators

    async def on_duty(self, who: Person) -> None:
        """Takes what nobody has, by button, reaction, reply or words; closes what is finished."""
        await self.says(who, "menu", anything)
        read = 0
        while True:
            await asyncio.sleep(self.rng.uniform(0.1, 0.5))
            texts = who.texts
            for n in range(read, len(texts)):
                if found := CASE_ID.match(texts[n]):
                    self._answer(who, n, found[1], texts[n])
            read = len(texts)

    def _answer(self, who: Person, n: int, case: str, text: str) -> None:
        if "To take it" in text and (self.ending or self.rng.random() < 0.6):
            self._take(who, n, case)
        elif "is yours until" in text and self._may_close(text) and self.rng.random() < 0.5:
            who.send(f"close {case} safe, {WORDS}")

    def _may_close(self, text: str) -> bool:
        """A panic of somebody who has said everything. Overdue cases stay: a closed one would let
        the check-in go on, and be missed again."""
        return "Called for help" in text and any(name in text for name in self.finished)

    def _take(self, who: Person, n: int, case: str) -> None:
        way = self.rng.choice(("word", "answer", "reaction"))
        if self.ending or way == "word":
            who.send(f"ack {case}")
        elif who.telegram:
            message = who.telegram.inbox[n]
            if way == "answer" and message.buttons:
                who.telegram.press(message, message.buttons[0][0])
            else:
                who.telegram.react(message, "👍")
        elif who.signal:
            if way == "answer":
                who.signal.quote(who.signal.inbox[n], f"{WORDS}: mine")
            else:
                who.signal.react(who.signal.inbox[n], "👍")

    # ------------------------------------------------------------ the platforms

    def mischief(self) -> None:
        """Now and then a platform takes a message and doesn't say so, or hangs up."""
        if self.rng.random() < 0.3:
            self.place.telegram.fail(TelegramFault.ACCEPTED_DROP)
        if self.rng.random() < 0.3:
            self.place.signal.faults.append(SignalFault.ACCEPTED_DROP)
        if self.rng.random() < 0.2:
            self.place.signal.abort()

    # ------------------------------------------------------------ what must have come of it

    def expected(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for person, kind in self.others:
            if kind in ("sos", "both"):
                found[person.name, "panic"] += 1
            if kind in ("miss", "both"):
                found[person.name, "overdue"] += 1
        return found


async def killed(place: Installation, rng: random.Random, when: Callable[[Run], Any]) -> None:
    run = await place.start()
    await when(run)
    await run.kill()
    if rng.random() < 0.3:
        await asyncio.sleep(rng.uniform(0, 1))


async def sometime(run: Run, rng: random.Random) -> None:
    """While it starts, or while it works."""
    if rng.random() < 0.2:
        await asyncio.sleep(rng.uniform(0.1, 1.5))
        return
    await run.ready()
    await asyncio.sleep(rng.uniform(0, 2))


async def play(place: Installation, kills: int, seed: int) -> Story:
    """The whole story, until everything has come to rest and the process was stopped kindly."""
    rng = random.Random(seed)
    story = Story(place, rng)
    await story.people(max(5, kills // 2))
    stories = [story.in_trouble(person, kind) for person, kind in story.others]
    desks = [asyncio.create_task(story.on_duty(c)) for c in story.coordinators]
    for person in story.calm:
        story.begin(story.calmly(person))
    begun = 0
    try:
        for n in range(kills):
            while begun < len(stories) * (n + 1) // kills:
                story.begin(stories[begun])
                begun += 1
            story.mischief()
            await killed(place, rng, lambda run: sometime(run, rng))
            _raise_failures([*story.tasks, *desks])
        story.ending = True
        run = await place.start()
        await run.ready()
        await rest(place, story)
        _raise_failures(desks)
        await run.stop()
    finally:
        for task in (*story.tasks, *desks):
            task.cancel()
        for left in stories[begun:]:
            left.close()
    return story


def _raise_failures(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done():
            task.result()


async def rest(place: Installation, story: Story) -> None:
    """Every case has its human, nothing waits anywhere, and that is so for a while. However many
    kills there were, something of it gets less all the time."""
    still, left, since = 0, (0, 0, 0, 0, 0, 0), time.monotonic()
    while still < 2:
        await asyncio.sleep(0.5)
        facts = await place.facts()
        kinds = Counter((facts.names[c["person_id"]], c["kind"]) for c in facts.cases)
        before, left = (
            left,
            (
                sum(not task.done() for task in story.tasks),
                len(place.telegram.updates),
                *await place.waiting(),
                sum(case["state"] == "open" for case in facts.cases),
                (story.expected() - kinds).total(),
            ),
        )
        if left != before:
            since = time.monotonic()
        assert time.monotonic() - since < QUIET, f"nothing moves any more: {left}"
        still = still + 1 if not any(left) else 0
    _raise_failures(story.tasks)


# ---------------------------------------------------------------- what must hold


def one_outcome_each(place: Installation, facts: Facts) -> None:
    assert {row["state"] for row in facts.inbox} == {"done"}
    updates = [raw["update_id"] for raw in facts.raws if "update_id" in raw]
    assert Counter(updates) == Counter(place.telegram.sent.keys())
    frames = [
        (raw["envelope"]["sourceUuid"], raw["envelope"]["timestamp"])
        for raw in facts.raws
        if "envelope" in raw
    ]
    assert len(frames) == len(set(frames))
    assert set(frames) <= place.signal.pushed
    assert {row["state"] for row in facts.outbox} <= {"sent", "replaced"}
    assert not place.signal.invalid


def every_case_once(story: Story, facts: Facts) -> None:
    kinds = Counter((facts.names[c["person_id"]], c["kind"]) for c in facts.cases)
    assert kinds == story.expected()
    assert len({c["id"] for c in facts.cases}) == len(facts.cases)
    opened = Counter(case for case, kind, _ in facts.log if kind == "opened")
    assert opened == Counter(c["id"] for c in facts.cases)
    for case in facts.cases:
        for coordinator in story.coordinators:
            assert coordinator.saw(case["id"]), (case["id"], case["kind"], coordinator.channel)


def every_word_once(story: Story, facts: Facts) -> None:
    """What was received after a call for help stands in the case's log, each frame once."""
    about = {c["id"]: facts.names[c["person_id"]] for c in facts.cases if c["kind"] == "panic"}
    logged = Counter(
        (about[case], kind)
        for case, kind, _ in facts.log
        if case in about and kind in ("opened", "again", "heard")
    )
    received: Counter[tuple[str, str]] = Counter()
    names = {str(p.telegram.id): p.name for p, _ in story.others if p.telegram}
    names |= {p.signal.uuid: p.name for p, _ in story.others if p.signal}
    for sender, text in map(_written, facts.raws):
        if sender not in names or text == "menu" or text.startswith("checkin"):
            continue
        name = names[sender]
        kind = "heard" if text != "sos" else "again" if received[name, "opened"] else "opened"
        received[name, kind] += 1
        # What it was opened with is heard too.
        received[name, "heard"] += kind == "opened"
    assert logged == received


def _written(raw: dict[str, Any]) -> tuple[str, str]:
    if "message" in raw:
        return str(raw["message"]["from"]["id"]), raw["message"].get("text", "")
    if "envelope" in raw:
        return raw["envelope"]["sourceUuid"], raw["envelope"]["dataMessage"]["message"] or ""
    return "", ""


def nothing_personal(place: Installation, story: Story) -> None:
    output = place.output()
    assert "Traceback" not in output
    people = [*story.coordinators, *story.calm, *(p for p, _ in story.others)]
    addresses = [p.address for p in people] + [p.signal.uuid for p in people if p.signal]
    for secret in (NAME, WORDS, "estuary", place.telegram.token, *addresses):
        assert secret not in output
    for file in place.folder.glob("onbelay.sqlite3*"):
        stored = file.read_bytes()
        assert NAME.encode() not in stored
        assert WORDS.encode() not in stored


async def check(place: Installation, story: Story) -> None:
    facts = await place.facts()
    one_outcome_each(place, facts)
    every_case_once(story, facts)
    every_word_once(story, facts)
    nothing_personal(place, story)


# ---------------------------------------------------------------- tests


async def test_killed_at_random_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    print(f"ONBELAY_SEED={SEED} ONBELAY_DEATHS={KILLS}")  # noqa: T201 - to see it again
    async with Installation.made(tmp_path) as place:
        await check(place, await play(place, KILLS, SEED))


async def test_killed_at_random_on_postgresql(tmp_path: Path, postgres: URL) -> None:
    database = (await _new_database(postgres)).replace("+asyncpg", "")
    kills = max(4, KILLS // 10)
    print(f"ONBELAY_SEED={SEED}, {kills} kills")  # noqa: T201 - to see it again
    async with Installation.made(tmp_path, database) as place:
        await check(place, await play(place, kills, SEED))


#: Whoever is not reached at once would be called in an hour.
SLOW = (
    QUICK.replace('repeat_every = "3s"', 'repeat_every = "1h"')
    .replace('after = "1s"', 'after = "1h"')
    .replace('uncertainty = "2s"', 'uncertainty = "1h"')
)


@pytest.mark.parametrize("down", ["telegram", "signal"])
async def test_one_platform_is_down(tmp_path: Path, down: str) -> None:
    """The call goes to the other address and to the next person at once, through kills; what
    waited arrives when the platform is back, and it stays one case."""
    up = {"telegram": "signal", "signal": "telegram"}[down]
    async with Installation.made(tmp_path, config=SLOW) as place:
        amina = place.person(f"{NAME}1", "journalist", up, 1)
        zara = place.person(f"{NAME}2", "journalist", up, 2)
        omar, omars_other = (place.person(f"{NAME}3", "coordinator", c, 3) for c in (down, up))
        lina = place.person(f"{NAME}4", "coordinator", down, 4)
        sami = place.person(f"{NAME}5", "coordinator", up, 5)
        people = [amina, zara, omar, lina, sami]
        await place.import_people(people)
        await place.second_address(omar, omars_other)
        run = await place.start()
        await run.ready()
        for person in (omars_other, *people):
            await greeted(person)
        lina.send("duty on")
        await until(lambda: "You are on duty." in lina.texts)
        platform = place.telegram if down == "telegram" else place.signal
        await platform.down()

        amina.send("checkin 2s")
        await until(lambda: told(sami, amina, "No answer"), SOON, "nobody else was called")
        await until(lambda: told(omars_other, amina, "No answer"), SOON, "no other address")
        await run.kill()
        run = await place.start()
        await run.ready()
        zara.send("sos")
        await until(lambda: told(sami, zara, "Called for help"), SOON)
        await until(lambda: told(omars_other, zara, "Called for help"), SOON)
        assert not told(lina, amina, "")
        await run.kill()
        run = await place.start()
        await run.ready()

        await platform.up()
        for journalist, line in ((amina, "No answer"), (zara, "Called for help")):
            await until(lambda j=journalist, it=line: told(lina, j, it), 90)  # type: ignore[misc]
        await run.kill()
        facts = await place.facts()
        kinds = Counter((facts.names[c["person_id"]], c["kind"]) for c in facts.cases)
        assert kinds == Counter({(amina.name, "overdue"): 1, (zara.name, "panic"): 1})
        assert "Traceback" not in place.output()


async def test_down_across_due_times(tmp_path: Path) -> None:
    """Whoever fell due meanwhile has a case at once, which says how late it is; they get one
    summary and no stale reminders."""
    async with Installation.made(tmp_path, config=SLOW) as place:
        late = [
            place.person(f"{NAME}{n}", "journalist", channel, n)
            for n, channel in enumerate(("telegram", "signal"))
        ]
        desk = [
            place.person(f"{NAME}{n}", "coordinator", channel, n)
            for n, channel in enumerate(("telegram", "signal"), 2)
        ]
        await place.import_people([*late, *desk])
        run = await place.start()
        await run.ready()
        for person in (*desk, *late):
            await greeted(person)
        for person in late:
            person.send("checkin 4s")
            await until(lambda p=person: any(STARTED in x for x in p.texts))  # type: ignore[misc]
        await run.kill()
        before = [len(person.texts) for person in late]
        await asyncio.sleep(37)  # an outage is 30 s without a sign of life

        run = await place.start()
        await run.ready()
        for coordinator in desk:
            for person in late:
                await until(
                    lambda c=coordinator, p=person: told(c, p, "Nobody was watching from"),  # type: ignore[misc]
                    SOON,
                )
        await asyncio.sleep(2)
        for person, n in zip(late, before, strict=True):
            since = [text for text in person.texts[n:] if not text.startswith("How are you")]
            assert [text.startswith("I was away from") for text in since] == [True], since
        await run.stop()
        facts = await place.facts()
        kinds = Counter((facts.names[c["person_id"]], c["kind"]) for c in facts.cases)
        assert kinds == Counter((person.name, "overdue") for person in late)


async def greeted(person: Person) -> None:
    """They have written to us, so they can be reached."""
    person.send("menu")
    await until(lambda: bool(person.texts), what=f"no answer on {person.channel}")


def told(who: Person, about: Person, line: str) -> bool:
    return any(CASE_ID.match(x) and about.name in x and line in x for x in who.texts)
