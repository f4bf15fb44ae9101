"""The simulator as somebody drives it from its page: what can be asked of it, and what it looks
like now. One thing happens at a time: an act, a line of the tour, a moment that goes by.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.demo import cast, drill, record, story
from bot.demo.engine import EngineFailed
from bot.demo.phones import LANGUAGES, Bubble, Handset
from bot.demo.stage import Seen, Stage
from bot.demo.tour import Tour
from bot.demo.view import bubble_view, phone_view, shown_day, shown_second

#: How fast the clock may run: seconds between two looks, and seconds that go by in each.
SPEEDS = {1: (1.0, 1), 60: (0.25, 15), 600: (0.25, 150)}
LONGEST = 24 * 3600  #: seconds that one jump may skip
TEXT = 4096  #: characters of one message, as on the platforms
TAKEN_OVER = "You have taken over; the tour waits. Go on with it whenever you like."


class Wrong(Exception):
    """What was asked makes no sense, in a sentence."""


class Session:
    def __init__(self, folder: Path, begin: int = 0) -> None:
        self.folder, self.begin = folder, begin or cast.noon()
        #: How often it was started over.
        self.round = 0
        self.stage: Stage | None = None
        self.tour = Tour(self._plays, self.changed)
        self.speed = 0
        self.said = ""
        self.failed = False
        self.seen = Seen({}, (), frozenset())
        #: Set when it shall end.
        self.leaving = asyncio.Event()
        self._busy = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._watching: set[asyncio.Event] = set()

    # ------------------------------------------------------------ from start to end

    async def open(self) -> None:
        async with self._busy:
            await self._fresh()

    async def _fresh(self) -> None:
        folder = self.folder / str(self.round)
        folder.mkdir(mode=0o700)
        await cast.install(folder, self.begin)
        self.stage = Stage(folder, self.begin)
        self.stage.landed = self.changed
        await self.stage.start()
        await self._look()

    def leave(self) -> None:
        self.leaving.set()
        self.changed()

    async def close(self) -> None:
        await self._still()
        await self.tour.pause()
        if self.stage is not None:
            with contextlib.suppress(EngineFailed):
                await self.stage.close()

    async def _over(self, _asked: Mapping[str, Any]) -> str:
        """Everybody as at noon, on a new database."""
        await self._still()
        await self._on.close()
        self.round, self.said, self.failed = self.round + 1, "", False
        self.tour = Tour(self._plays, self.changed)
        await self._fresh()
        return "Started over. Nothing of before is left."

    @property
    def _on(self) -> Stage:
        assert self.stage is not None
        return self.stage

    # ------------------------------------------------------------ what can be asked

    async def act(self, asked: Mapping[str, Any]) -> str:
        """Do it; a sentence about it, or "". Raises Wrong."""
        do = ACTS.get(str(asked.get("do")))
        if do is None:
            raise Wrong("There is no such act.")
        taken = await self.tour.pause()
        async with self._busy:
            self.said = await self._safely(do(self, asked))
        if taken and not self.said:
            self.said = TAKEN_OVER
        self.changed()
        return self.said

    async def guide(self, wanted: str) -> None:
        """The tour: play, pause, next. Raises Wrong."""
        await self._still()
        match wanted:
            case "play":
                self.said = ""
                await self.tour.play()
            case "pause":
                await self.tour.pause()
            case "next":
                self.said = ""
                playing = await self.tour.pause()
                await self.tour.next()
                if playing:
                    await self.tour.play()
            case _:
                raise Wrong("The tour can play, pause, or go on to what comes next.")
        self.changed()

    async def _plays(self, line: str, first: bool) -> None:
        """A line of the tour. It goes on with a running engine, whatever somebody did before."""

        async def plays() -> str:
            if first and not self._on.alive() and line != "start":
                await self._on.start()
            await story.perform(self._on, line)
            return ""

        async with self._busy:
            self.said = await self._safely(plays())

    async def _safely(self, doing: Awaitable[str]) -> str:
        """An engine that ended by itself is told of, not hidden."""
        try:
            said = await doing
        except EngineFailed as failed:
            self.failed, self.speed = True, 0
            said = str(failed)
        await self._look()
        return said

    # ------------------------------------------------------------ phones

    def _phone(self, asked: Mapping[str, Any]) -> Handset:
        phone = self._on.phones.get(str(asked.get("who")))
        if phone is None:
            raise Wrong("There is no such phone.")
        return phone

    def _meant(self, asked: Mapping[str, Any], key: str = "message") -> Bubble | None:
        """The message on that phone that is answered, by its number."""
        number = asked.get(key)
        if number is None:
            return None
        journal = self._on.journal
        if type(number) is not int or not 0 <= number < len(journal):
            raise Wrong("There is no such message.")
        bubble = journal[number]
        if bubble.who != asked.get("who") or bubble.mine or bubble.deleted or bubble.unseen:
            raise Wrong("There is no such message on this phone.")
        return bubble

    async def _types(self, asked: Mapping[str, Any]) -> str:
        phone, text = self._phone(asked), asked.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > TEXT:
            raise Wrong(f"A message has 1 to {TEXT} characters.")
        meant = self._meant(asked)
        phone.types(text.strip(), meant.upstream if meant else "")
        return await self._sends()

    async def _presses(self, asked: Mapping[str, Any]) -> str:
        phone, bubble, index = self._phone(asked), self._meant(asked), asked.get("button")
        if bubble is None or type(index) is not int or not 0 <= index < len(bubble.buttons):
            raise Wrong("There is no such button.")
        phone.presses(bubble, index)
        return await self._sends()

    async def _reacts(self, asked: Mapping[str, Any]) -> str:
        bubble = self._meant(asked)
        self._phone(asked).reacts("👍", bubble.upstream if bubble else "")
        return await self._sends()

    async def _locates(self, asked: Mapping[str, Any]) -> str:
        lat, lon = asked.get("lat"), asked.get("lon")
        if not (_number(lat, 90) and _number(lon, 180)):
            raise Wrong("A place is a latitude and a longitude.")
        self._phone(asked).locates(float(lat or 0), float(lon or 0))
        return await self._sends()

    async def _photographs(self, asked: Mapping[str, Any]) -> str:
        self._phone(asked).photographs()
        return await self._sends()

    async def _speaks(self, asked: Mapping[str, Any]) -> str:
        """As people do it: the name of a language is understood at any moment."""
        phone, lang = self._phone(asked), str(asked.get("lang"))
        if lang not in LANGUAGES:
            raise Wrong("English, French or Arabic.")
        if phone.lang != lang:
            phone.types(LANGUAGES[lang])
        return await self._sends()

    async def _sends(self) -> str:
        await self._on.settle()
        return ""

    # ------------------------------------------------------------ faults

    async def _offline(self, asked: Mapping[str, Any]) -> str:
        await self._on.offline(self._phone(asked).member.where, asked.get("on") is True)
        return ""

    async def _down(self, asked: Mapping[str, Any]) -> str:
        channel = str(asked.get("channel"))
        if channel not in self._on.platforms:
            raise Wrong("There is no such platform.")
        await self._on.down(channel, asked.get("on") is True)
        return ""

    async def _kills(self, asked: Mapping[str, Any]) -> str:
        if not self._on.alive():
            raise Wrong("It is dead already.")
        if asked.get("when") == "next":
            self._on.dies_at_next = True
            return "It will be killed as soon as one more message has landed on a phone."
        await self._on.kill()
        return "Killed, with SIGKILL. What is typed now waits on the phones."

    async def _starts(self, _asked: Mapping[str, Any]) -> str:
        if self._on.alive():
            raise Wrong("It is running.")
        self.failed = False
        await self._on.start()
        return "Started: it goes on from what is in its database."

    # ------------------------------------------------------------ time

    async def _jumps(self, asked: Mapping[str, Any]) -> str:
        seconds = asked.get("seconds")
        if type(seconds) is not int or not 0 < seconds <= LONGEST:
            raise Wrong("A jump is of a second to a day.")
        return await self._to(self._on.now + seconds * 1000)

    async def _to_due(self, _asked: Mapping[str, Any]) -> str:
        due = self._on.due
        if due is None:
            return "Nothing will fall due."
        return await self._to(max(self._on.now, -(-due // 1000) * 1000))

    async def _to(self, ms: int) -> str:
        watched = self._on.alive()
        await self._on.to(ms)
        if watched and not self._on.alive():
            return "The engine died on the way, and time stands still."
        return "" if watched else "Time has gone by, and nobody watched."

    async def _runs(self, asked: Mapping[str, Any]) -> str:
        speed = asked.get("speed")
        if type(speed) is not int or speed not in {0, *SPEEDS}:
            raise Wrong("The clock stands still, or runs 1, 60 or 600 times as fast.")
        await self._still()
        if speed:
            self.speed = speed
            self._running = asyncio.create_task(self._run(*SPEEDS[speed]))
        return ""

    async def _still(self) -> None:
        self.speed = 0
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def _run(self, every: float, seconds: int) -> None:
        """Time goes by in full seconds. A slow machine's clock is slow; nothing is left out."""
        while self.speed:
            await asyncio.sleep(every)
            await asyncio.shield(self._passes(seconds))

    async def _passes(self, seconds: int) -> None:
        async with self._busy:
            if self.speed:
                self.said = await self._safely(self._to(self._on.now + seconds * 1000))
        self.changed()

    # ------------------------------------------------------------ what it looks like

    async def _look(self) -> None:
        self.seen = await self._on.seen()
        self.changed()

    def changed(self) -> None:
        for event in self._watching:
            event.set()

    @contextlib.contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may look different."""
        event = asyncio.Event()
        self._watching.add(event)
        try:
            yield event
        finally:
            self._watching.discard(event)

    def now(self) -> dict[str, Any]:
        on, seen = self._on, self.seen
        names = {who: phone.member.name for who, phone in on.phones.items()}
        engine = "failed" if self.failed else "running" if on.alive() else "killed"
        return {
            "round": self.round,
            "now": on.now,
            "time": shown_second(on.now),
            "day": shown_day(on.now),
            "due": shown_second(on.due) if on.due is not None else None,
            "speed": self.speed,
            "engine": engine,
            "pid": on.engine.process.pid if on.engine else None,
            "dies": on.dies_at_next,
            "waiting": dict(seen.waiting),
            "down": {name: p.down is not None for name, p in on.platforms.items()},
            "cases": [
                {
                    "id": case.id,
                    "kind": case.kind,
                    "phase": case.phase,
                    "state": case.state,
                    "about": names.get(case.about, ""),
                    "by": names.get(case.by, ""),
                }
                for case in seen.cases
            ],
            "phones": [phone_view(p, p.member.where in seen.on_duty) for p in on.shown()],
            "tour": {
                "state": self.tour.state,
                "step": self.tour.step + 1,
                "steps": len(self.tour.acts),
                "caption": self.tour.act.caption if self.tour.act else "",
                "focus": self.tour.focus,
            },
            "said": self.said,
        }

    def bubbles(self) -> dict[int, dict[str, Any]]:
        """What stands on the screens, by its number."""
        journal, phones = self._on.journal, self._on.phones
        return {
            n: bubble_view(n, bubble, phones[bubble.who], journal)
            for n, bubble in enumerate(journal)
            if not bubble.unseen
        }

    def file(self, number: int) -> Bubble | None:
        journal = self._on.journal
        bubble = journal[number] if 0 <= number < len(journal) else None
        return bubble if bubble and bubble.file and not bubble.deleted else None

    def written(self, form: str, title: str) -> str:
        """What happened so far. Raises Wrong."""
        on = self._on
        shown = [phone.member for phone in on.shown()]
        match form:
            case "transcript":
                return record.transcript(title, shown, on.begin, on.log, on.now)
            case "drill":
                return drill.script(title, shown, on.begin, on.log)
        raise Wrong("A transcript or a drill.")


def _number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and abs(value) <= most


ACTS: dict[str, Callable[[Session, Mapping[str, Any]], Awaitable[str]]] = {
    "type": Session._types,
    "press": Session._presses,
    "react": Session._reacts,
    "place": Session._locates,
    "photo": Session._photographs,
    "language": Session._speaks,
    "offline": Session._offline,
    "down": Session._down,
    "kill": Session._kills,
    "start": Session._starts,
    "jump": Session._jumps,
    "due": Session._to_due,
    "run": Session._runs,
    "over": Session._over,
}
