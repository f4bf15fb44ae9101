"""Every shipped drill, played on the real engine in virtual time by people who do as they are
asked, in each language. With somebody for whom it is real: test_drill_real.py.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.drill import scripts
from bot.store import tables as t
from flows.drill import messages as m
from flows.drill.flow import AFTER
from flows.drill.script import NOTHING, Act, Script
from flows.engine.messages import Message
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
        #: Who plays a part beside them.
        self.beside: dict[str, tuple[str, ...]] = {}
        #: Of these: who doesn't join when they are asked.
        self.absent: set[str] = set()
        self.pace = 1
        self.began = self.start = 0
        self.channel: dict[str, str] = {}
        #: How cases are closed; "": in words of their own.
        self.ending = ""

    def label(self, shown: Message, **args: str | int) -> str:
        assert self.here.app is not None
        text = self.here.app.world.text.render(self.lang, "UTC", shown, args, 0)
        return text.translate(ISOLATES)

    async def begin(self) -> None:
        await self.gather()
        await self.go()

    async def gather(self) -> None:
        """Whoever plays is asked, and takes part."""
        here = self.here
        self.start = len(here.said)
        await here.says("Tara", f"drill {self.script.name}")
        for part in self.script.parts:
            for each in self.playing(part.name):
                await here.presses("Tara", each)
            await here.presses("Tara", self.label(m.THAT_IS_ALL))
        faster = self.label(m.FASTER, n=self.pace)
        await here.presses("Tara", faster if self.pace > 1 else self.label(m.AS_IT_IS))
        await here.presses("Tara", self.label(m.DONT_TELL))
        if self.script.surprise:
            await here.presses("Tara", self.label(m.NOW))
        for part in self.script.parts:
            for each in self.playing(part.name):
                if each not in self.absent:
                    await here.presses(each, self.label(m.JOIN))

    def playing(self, part: str) -> tuple[str, ...]:
        first = (self.cast[part],) if part in self.cast else ()
        return (*first, *self.beside.get(part, ()))

    async def go(self) -> None:
        await self.here.presses("Tara", self.label(m.BEGIN))
        if not all(self.playing(part.name) for part in self.script.parts):
            await self.here.presses("Tara", self.label(m.BEGIN_ANYWAY))
        self.began = self.here.clock.now()

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


async def test_calls_climb_in_the_radio_check_until_somebody_takes_one(tmp_path: Path) -> None:
    """From step to step and from phase to phase, by the log of the case; nobody in it is asked to
    call for help, which would call everybody at once."""
    async with course(tmp_path / "w", "radio_check") as drill:
        await drill.begin()
        await drill.play()
        assert drill.here.app is not None
        (kept,) = drill.here.app.settings.drills_folder.glob("*.sqlite3")
        store = await drill.here.app.halls.database(kept)
        async with store.read() as conn:
            log = (await conn.execute(select(t.case_log).order_by(t.case_log.c.seq))).all()
        await store.close()
    before = log[: [line.kind for line in log].index("acknowledged")]
    phases = [line.kind for line in before if line.kind in ("opened", "phase")]
    assert phases == ["opened", "phase", "phase"]
    # In each of these, more than one step was called.
    assert len({line.at for line in before if line.kind == "called"}) > len(phases)
