"""Every shipped drill, played on the real engine in virtual time: by people who do as they are
asked, in each language; and with somebody for whom it is real.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.drill import scripts
from bot.store import tables as t
from flows.drill import messages as m
from flows.drill.flow import AFTER
from flows.drill.script import NOTHING, Act, Script
from flows.engine.messages import Message
from flows.engine.rehearsal import CALLS
from flows.escalation import messages as case
from flows.hotline import messages as line
from tests.test_drill import real_rows
from tests.world import ISOLATES, LANGUAGES, Player, World, world

MINUTE = 60_000
SCRIPTS = sorted(scripts.load())
CAST = {"journalist": ("Amina", "Paul"), "coordinator": ("Omar", "Lina")}
#: What is typed for what is asked; the first that stands in what they were told.
TYPED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "checkin": ("checkin 30m",),
        "ok": ("arrived", "ok"),
        "sos": ("sos",),
        "stand_down": ("cancel",),
        "human": ("human",),
        "first_aid": ("firstaid bleeding",),
        "request": ("fund",),
    },
    "fr": {
        "checkin": ("pointage 30m",),
        "ok": ("bien arrivé", "ok"),
        "sos": ("sos",),
        "stand_down": ("annuler",),
        "human": ("humain",),
        "first_aid": ("premiers secours saignement",),
        "request": ("fonds",),
    },
    "ar": {
        "checkin": ("اطمئنان 30 دقيقة",),
        "ok": ("وصلت", "ok"),
        "sos": ("sos",),
        "stand_down": ("إلغاء",),
        "human": ("إنسان",),
        "first_aid": ("إسعاف نزيف",),
        "request": ("صندوق",),
    },
}
#: What coordinators type before the id of a case.
DESK: Mapping[str, Mapping[str, str]] = {
    "en": {"note": "note", "say": "say", "close": "close"},
    "fr": {"note": "note", "say": "dire", "close": "clore"},
    "ar": {"note": "ملاحظة", "say": "قل", "close": "إغلاق"},
}
FREELY = {"en": "We are by the station", "fr": "Nous sommes à la gare", "ar": "نحن عند المحطة"}
MARK = {"en": "DRILL. Not real.", "fr": "EXERCICE. Rien de réel.", "ar": "تمرين. ليس حقيقيا."}
FUNDS = '[fund]\nfolder = "{root}/tests/funds"\n'


class Course:
    """One drill: a trainer, and whoever its parts are played by."""

    def __init__(self, here: World, script: Script, lang: str) -> None:
        self.here, self.script, self.lang = here, script, lang
        left = {role: list(names) for role, names in CAST.items()}
        self.cast = {part.name: left[part.role].pop(0) for part in script.parts}
        #: Who plays a part beside them, between spaces.
        self.beside: dict[str, str] = {}
        #: Of these: who doesn't join when they are asked.
        self.absent: set[str] = set()
        self.began = self.start = 0
        self.channel: dict[str, str] = {}
        self.pace = 1
        #: How cases are closed; "": in words of their own.
        self.ending = ""

    def label(self, shown: Message, **args: str) -> str:
        assert self.here.app is not None
        text = self.here.app.world.text.render(self.lang, "UTC", shown, args, 0)
        return text.translate(ISOLATES)

    async def begin(self) -> None:
        here = self.here
        self.start = len(here.said)
        await here.says("Tara", f"drill {self.script.name}")
        for part, name in self.cast.items():
            for each in (name, *self.beside.get(part, "").split()):
                await here.presses("Tara", each)
            await here.presses("Tara", self.label(m.THAT_IS_ALL))
        faster = self.label(m.FASTER, n=str(self.pace)) if self.pace > 1 else ""
        await here.presses("Tara", faster or self.label(m.AS_IT_IS))
        await here.presses("Tara", self.label(m.DONT_TELL))
        if self.script.surprise:
            await here.presses("Tara", self.label(m.NOW))
        for name in (*self.cast.values(), *" ".join(self.beside.values()).split()):
            if name not in self.absent:
                await here.presses(name, self.label(m.JOIN))
        await here.presses("Tara", self.label(m.BEGIN))
        self.began = here.clock.now()

    async def play(self) -> None:
        """Everybody does what is expected of them."""
        for act in self.script.acts:
            await self.here.to(self.began + act.at)
            if act.by in self.cast and act.verb != NOTHING:
                await self._done(act)
        await self.here.to(self.began + self.script.length + AFTER + MINUTE)

    async def _done(self, act: Act) -> None:
        """As soon as it can be done."""
        for _ in range(act.within // MINUTE):
            if await self.tries(act, self.cast[act.by]):
                return
            await self.here.after(MINUTE)
        raise AssertionError(f"{act.by} can't {act.verb}")

    async def tries(self, act: Act, name: str) -> bool:
        """Whether it could be done at this moment."""
        here = self.here
        if act.verb in TYPED[self.lang]:
            return await self._types(act, name)
        if act.verb in DESK[self.lang]:
            return await self._at_the_desk(act.verb, name)
        if act.verb == "duress":
            if here.players[name].id not in await self._asked():
                return False
            await here.says(name, "lantern")
        elif act.verb == "words":
            await self._chosen(name)
            await here.says(name, FREELY[self.lang], self.channel.get(name, ""))
        elif act.verb == "step":
            shown = next((s for s in reversed(here.said) if s.to == name and s.labels), None)
            if shown is None:
                return False
            await here.presses(name, shown.labels[0].translate(ISOLATES))
        else:
            assert act.verb == "ack"
            if not any(self.label(case.TAKE) in s.labels for s in here.said if s.to == name):
                return False
            await here.presses(name, self.label(case.TAKE))
        return True

    async def _types(self, act: Act, name: str) -> bool:
        """What the trainer's last message to them asks for, in its words."""
        told = next(
            a.text
            for a in reversed(self.script.acts[: act.number])
            if a.text is not None and a.to == act.by
        )
        text = self.label(told)
        typed = next((x for x in TYPED[self.lang][act.verb] if x in text), None)
        assert typed, f"{text!r} doesn't say what to type for {act.verb}"
        if self.script.name == "phone_lost" and act.verb == "human":
            self.channel[name] = "signal"
        await self.here.says(name, typed, self.channel.get(name, ""))
        return True

    async def _chosen(self, name: str) -> None:
        """Whom to write with, if that is asked."""
        channel, anybody = self.channel.get(name, "telegram"), self.label(line.ANYBODY)
        if anybody in self.here.last(name, channel).labels:
            await self.here.presses(name, anybody, channel)

    async def _at_the_desk(self, verb: str, name: str) -> bool:
        cases = await self.cases()
        for each in cases if verb == "close" else cases[:1]:
            said = self.ending if verb == "close" and self.ending else FREELY[self.lang]
            await self.here.says(name, f"{DESK[self.lang][verb]} {each} {said}")
        return bool(cases)

    async def _asked(self) -> set[str]:
        assert self.here.app is not None
        hall = next(iter(self.here.app.halls.halls.values()))
        return {who for who, part in hall.parts.items() if part.states.get("checkin") == "asked"}

    async def cases(self) -> list[str]:
        """Those of the drill that are open."""
        assert self.here.app is not None
        hall = next(iter(self.here.app.halls.halls.values()))
        async with hall.store.read() as conn:
            c = t.cases.c
            query = select(c.id).where(c.state != "closed").order_by(c.opened_at)
            return list((await conn.scalars(query)).all())


@asynccontextmanager
async def course(
    folder: Path, name: str, lang: str = "en", config: str = "", of: type[Course] | None = None
) -> AsyncIterator[Course]:
    script = scripts.load()[name]
    async with world(folder, FUNDS + config) as here:
        made = (of or Course)(here, script, lang)
        await here.add(Player("Tara", "trainer", lang=lang))
        for part in script.parts:
            who = made.cast[part.name]
            if part.role == "coordinator":
                await here.add(Player(who, "coordinator", lang=lang, duty=True))
            else:
                both = ("telegram", "signal")
                await here.add(Player(who, channels=both, lang=lang, words=("river", "lantern")))
        yield made


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_drill_goes_well_when_everybody_does_as_asked(
    tmp_path: Path, name: str, lang: str
) -> None:
    async with course(tmp_path / "w", name, lang) as drill:
        here = drill.here
        assert here.app is not None
        before = await real_rows(here.app.store)
        await drill.begin()
        first = len(here.said)
        await drill.play()
        over = [s.text.translate(ISOLATES) for s in here.said if s.to == "Tara"]
        well = drill.label(m.WENT_WELL)
        assert any(well in said.splitlines() for said in over), over[-2:]
        mark = MARK[lang]
        for said in here.said[first:]:
            assert said.text.translate(ISOLATES).startswith(mark), said.text
            assert said.lane == "bulk"
        second = [said for said in here.said[first:] if said.channel == "signal"]
        assert second or name != "phone_lost"
        assert await real_rows(here.app.store) == before


def moments(script: Script, who: tuple[str, ...]) -> list[int]:
    """One for each of these parts, in ms of the drill's time, at which no call for help is waited
    for; the same on every run."""
    drawn, found = Random(script.name), [0]
    for part in who:
        free = [
            at
            for at in range(found[-1] + MINUTE, script.length, MINUTE)
            if not script.expected(part, at) & CALLS
        ]
        # Not so late that nothing is left for the next one.
        found.append(drawn.choice(free[: len(free) * 2 // 3]))
    return found[1:]


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_real_call_in_a_drill_is_real_and_a_recall_reaches_whoever_got_something(
    tmp_path: Path, name: str
) -> None:
    async with course(tmp_path / "w", name) as drill:
        here, script = drill.here, drill.script
        parts = tuple(part.name for part in script.parts if part.role == "journalist")
        if len(parts) == 1:
            drill.beside[parts[0]] = "Paul"
            await here.add(Player("Paul", words=("stone", "marble")))
            parts *= 2
        await here.add(Player("Noor"))  # nothing of it is for her
        await here.add(Player("Rana", "coordinator", duty=True))  # nor for her, but what is real is
        await drill.begin()
        for who in ("Amina", "Paul"):
            if any(act.verb == "checkin" for act in script.acts):
                await here.says(who, "checkin 30m")
        when = moments(script, parts)
        stopped: dict[str, int] = {}
        for who, words, at in zip(("Amina", "Paul"), ("help me", "no duff"), when, strict=True):
            await here.to(drill.began + at)
            before = len(here.said)
            await here.says(who, words)
            stopped[who] = before
            said = here.said[before:]
            real = [s for s in said if s.lane == "urgent"]
            assert {"Rana", "Omar", who} <= {s.to for s in real}, (who, at // MINUTE)
            assert not any(MARK["en"] in s.text for s in real)
            told = drill.label(m.STOPPED, name=who)
            assert [s.to for s in said if told in s.text.translate(ISOLATES)] == ["Tara"]
            called = next(s for s in real if s.to == "Rana")
            found = re.search(r"#(\w+)", called.text)
            assert found
            await here.says("Rana", f"close {found[1]} safe")
        await here.after(3 * MINUTE)
        for who, since in stopped.items():
            assert not [s for s in here.said[since:] if s.to == who and MARK["en"] in s.text]
        got = {(s.to, s.channel) for s in here.said[drill.start :] if MARK["en"] in s.text}
        before = len(here.said)
        await here.says("Tara", "recall")
        over = drill.label(m.ENDED, title=drill.label(script.title))
        said = [s for s in here.said[before:] if over in s.text.translate(ISOLATES)]
        assert sorted((s.to, s.channel) for s in said) == sorted(got - {("Tara", "telegram")})
        assert not {"Noor", "Rana"} & {who for who, _ in got}
