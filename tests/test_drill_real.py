"""Somebody in a drill for whom it is real, in every shipped script, at moments drawn at random: who
is on duty has it at once, unmarked, and the drill leaves that person alone. And a recall reaches
whoever got something.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.drill import scripts
from flows.drill import messages as m
from flows.drill.script import Part, Script
from flows.engine.rehearsal import CALLS
from tests.test_drill_shipped import FUNDS, MARK, MINUTE, Course
from tests.world import ISOLATES, Player, Said, world

SEED = 5
IN_EACH, OF_EACH = 3, 3  #: ways in each script at least; scripts for each way at least
BUTTON = "This is real"
TYPED = ("sos", "help me", "sos they are here", "HELP ME!!")


@dataclass(frozen=True, slots=True)
class Way:
    """How it comes to be real. `said`: what is, drawn from these. `before`: what they say first,
    which is the drill's. `waits`: whether the script waits for a call from them at that moment;
    None: whatever it waits for."""

    said: tuple[str, ...] = TYPED
    before: str = ""
    role: str = "journalist"
    waits: bool | None = False


WAYS: Mapping[str, Way] = {
    "said again": Way(before="sos", waits=True),
    "the button": Way((BUTTON,), before="sos", waits=True),
    "no duff": Way(("no duff", "No duff!"), before="sos", waits=True),
    "in a sentence": Way(("help, this is real, they take Paul away",), waits=True),
    "not waited for": Way(),
    "duress": Way(("lantern",)),
    "a coordinator": Way(role="coordinator", waits=None),
    "faster": Way(),
    "who has left": Way(before="leave"),
    "after the recall": Way(waits=None),
    "before the beginning": Way(waits=None),
}
WAITED_FOR = tuple(name for name, way in WAYS.items() if way.waits)
OTHERS = tuple(name for name in WAYS if name not in WAITED_FOR)
PACE = 10  #: of a script in which "faster" is drawn
LATER = ("before the beginning", "after the recall")  #: at no moment of the drill's own time
#: Of as many journalists as may be needed, and where they are.
NAMES = {"Amina": "telegram", "Paul": "signal", "Zoe": "telegram", "Sami": "signal"}
TWIN = "Nadia"  #: says and does the same as who says a duress word, but for that word
DESK = "Dana"


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: ms of the drill's time; where it isn't of that, ms that go by before."""

    way: str
    part: Part
    at: int
    said: str


def pace_of(ways: Iterable[str]) -> int:
    return PACE if "faster" in ways else 1


def waits(script: Script, part: Part, at: int, pace: int) -> bool:
    return any(act.verb in CALLS for act in script.awaits(part.name, at, pace))


def fitting(script: Script, way: Way, pace: int = 1) -> list[tuple[Part, int]]:
    """Parts and whole minutes at which it can come; the prompt of that minute has arrived."""
    minutes = range(MINUTE, script.length, MINUTE)
    return [
        (part, at)
        for part in script.parts
        if part.role == way.role
        for at in minutes
        if way.waits is None
        or {way.waits} == {waits(script, part, each, pace) for each in (at - 1, at)}
    ]


def drawn(shipped: Mapping[str, Script], random: Random) -> dict[str, tuple[Moment, ...]]:
    """Drawn again until it covers what has to be covered."""
    while True:
        plan = {name: tuple(ways_of(script, random)) for name, script in shipped.items()}
        if all(sum(way in ways for ways in plan.values()) >= OF_EACH for way in WAYS):
            break
    return {
        name: tuple(one_moment(shipped[name], way, pace_of(ways), random) for way in ways)
        for name, ways in plan.items()
    }


def ways_of(script: Script, random: Random) -> Iterator[str]:
    calls = fitting(script, WAYS[WAITED_FOR[0]])
    yield from random.sample(WAITED_FOR, IN_EACH if calls else 0)
    yield from random.sample(OTHERS, 1 if calls else IN_EACH)


def one_moment(script: Script, way: str, pace: int, random: Random) -> Moment:
    part, at = random.choice(fitting(script, WAYS[way], pace))
    gap = random.randrange(5) * MINUTE if way in LATER else at
    return Moment(way, part, gap, random.choice(WAYS[way].said))


SHIPPED = scripts.load()
PLAN = drawn(SHIPPED, Random(SEED))


def test_what_is_drawn_covers_every_way_and_every_script() -> None:
    assert drawn(SHIPPED, Random(SEED)) == PLAN
    assert set(PLAN) == set(SHIPPED)
    for name, moments in PLAN.items():
        ways, script = {one.way for one in moments}, SHIPPED[name]
        assert len(ways) == len(moments) >= IN_EACH
        for one in moments:
            waited = waits(script, one.part, one.at, pace_of(ways))
            assert WAYS[one.way].waits in (None, waited), (name, one)
    for way in WAYS:
        found = [one for moments in PLAN.values() for one in moments if one.way == way]
        assert len(found) >= OF_EACH, way
        assert way in LATER or len({one.at for one in found}) > 1, way


# ---------------------------------------------------------------- one drill


class Real:
    """One script, with its moments played in their order, each by somebody else."""

    def __init__(self, drill: Course, moments: tuple[Moment, ...]) -> None:
        self.drill, self.here = drill, drill.here
        self.moments = sorted(moments, key=lambda one: one.at)
        self.who: dict[str, str] = {}
        #: From which message on it is real, by way; and whose alert is still to be closed.
        self.since: dict[str, int] = {}
        self.open: list[Said] = []

    async def cast(self) -> None:
        """As many as are needed, beside Omar, who is on duty and plays in it."""
        drill, here, names = self.drill, self.here, iter(NAMES)
        parts: dict[str, list[str]] = {part.name: [] for part in drill.script.parts}
        await here.add(Player("Tara", "trainer"))
        for one in self.moments:
            self.who[one.way] = who = DESK if one.part.role == "coordinator" else next(names)
            parts[one.part.name].append(who)
            players = [Player(who, one.part.role, (NAMES.get(who, "telegram"),))]
            if one.way == "duress":
                parts[one.part.name].append(TWIN)
                players.append(Player(TWIN, channels=players[0].channels))
            for player in players:
                player.words = ("river", "lantern")
                await here.add(player)
        desk = next(part.name for part in drill.script.parts if part.role == "coordinator")
        parts[desk].append("Omar")
        await here.add(Player("Omar", "coordinator", duty=True))
        await here.add(Player("Noor"))  # nothing of it is for her
        await here.add(Player("Rana", "coordinator", duty=True))  # nor for her, but what is real is
        drill.cast, drill.beside = {}, {part: tuple(names) for part, names in parts.items()}
        drill.pace = pace_of(self.who)

    async def play(self) -> None:
        drill, here = self.drill, self.here
        await drill.gather()
        await self._later("before the beginning")
        await drill.go()
        await self._check_in()
        for one in self.moments:
            if one.way not in LATER:
                await here.to(drill.began + one.at // drill.pace)
                await self._happens(one)
        await here.after(3 * MINUTE // drill.pace)
        for way, since in self.since.items():
            self._left_alone(way, since)
        await self._recalled()
        await self._later("after the recall")

    async def _check_in(self) -> None:
        """So that the drill has something to ask of them, too."""
        acts = self.drill.script.acts
        watched = {act.by for act in acts if act.verb == "checkin" and act.at == 0}
        for part in watched:
            for who in self.drill.playing(part):
                if (self.who.get("before the beginning")) != who:
                    await self.here.says(who, "checkin 30m")

    async def _later(self, way: str) -> None:
        for one in self.moments:
            if one.way == way:
                await self.here.after(one.at)
                await self._happens(one)
                self._nothing_of_it(self.who[way], self.since[way])

    # ------------------------------------------------------------ one moment

    async def _happens(self, one: Moment) -> None:
        here, who, first = self.here, self.who[one.way], WAYS[one.way].before
        before = len(here.said)
        if one.way == "who has left":
            with here.held():
                await here.says(who, first)
                await here.says(who, one.said)
            await here.run()
        else:
            if first:
                await here.says(who, first)
                assert {s.lane for s in here.said[before:]} == {"bulk"}, one
            if one.way == "duress":
                self.since[TWIN] = before
                await here.says(TWIN, "river")
            before = len(here.said)
            await (here.presses if one.said == BUTTON else here.says)(who, one.said)
        self.since[one.way] = before
        call = self._heard(one, here.said[before:])
        if one.way in LATER or one.way == "duress":
            self.open.append(call)
        else:
            await self._closed(call)

    def _heard(self, one: Moment, said: list[Said]) -> Said:
        """Those on duty have it, unmarked; whoever called hears that it was heard, unmarked, but
        for a duress word."""
        real = [s for s in said if s.lane == "urgent"]
        hear = {"Rana", "Omar"} | (set() if one.way == "duress" else {self.who[one.way]})
        assert hear <= {s.to for s in real}, one
        assert not any(MARK["en"] in s.text for s in real), one
        return next(s for s in real if s.to == "Rana")

    async def _closed(self, call: Said) -> None:
        found = re.search(r"#(\w+)", call.text)
        assert found
        await self.here.says("Rana", f"close {found[1]} safe")

    # ------------------------------------------------------------ from then on

    def _left_alone(self, way: str, since: int) -> None:
        """Nothing of it goes to them, and the trainer has heard of it once; of a duress word
        nothing shows anywhere."""
        if way == TWIN:
            return
        who, label = self.who[way], self.drill.label
        about = [text for text in self._to("Tara", since) if who in text]
        shown = {"duress": [], "who has left": [m.HAS_LEFT]}.get(way, [m.STOPPED])
        assert about == [f"{MARK['en']}\n{label(one, name=who)}" for one in shown], way
        if way == "duress":
            assert self._phone(who, since) == self._phone(TWIN, self.since[TWIN])
        elif way == "who has left":
            assert self._marked(who, since) == [f"{MARK['en']}\n{label(m.LEFT)}"]
        else:
            self._nothing_of_it(who, since)

    def _nothing_of_it(self, who: str, since: int) -> None:
        assert self._marked(who, since) == []

    def _marked(self, who: str, since: int) -> list[str]:
        return [text for text in self._to(who, since) if MARK["en"] in text]

    def _to(self, who: str, since: int) -> list[str]:
        return [s.text.translate(ISOLATES) for s in self.here.said[since:] if s.to == who]

    def _phone(self, who: str, since: int) -> list[tuple[str, str, tuple[str, ...]]]:
        """All that stands on it."""
        mine = [s for s in self.here.said[since:] if s.to == who]
        return [(s.lane, s.text.replace(who, "?"), s.labels) for s in mine]

    async def _recalled(self) -> None:
        """Said to whoever got something of it, there where they got it, and to nobody else."""
        drill, here = self.drill, self.here
        got = {(s.to, s.channel) for s in here.said[drill.start :] if MARK["en"] in s.text}
        before = len(here.said)
        await here.says("Tara", "recall")
        over = drill.label(m.ENDED, title=drill.label(drill.script.title))
        said = [s for s in here.said[before:] if over in s.text.translate(ISOLATES)]
        assert sorted((s.to, s.channel) for s in said) == sorted(got - {("Tara", "telegram")})
        assert not {"Noor", "Rana"} & {who for who, _ in got}
        if "duress" in self.who:
            who = self.who["duress"]
            assert self._phone(who, before) == self._phone(TWIN, before)


@pytest.mark.parametrize("name", sorted(SHIPPED))
async def test_what_is_real_in_a_drill_is_real_and_a_recall_reaches_whoever_got_something(
    tmp_path: Path, name: str
) -> None:
    async with world(tmp_path / "w", FUNDS) as here:
        played = Real(Course(here, SHIPPED[name], "en"), PLAN[name])
        await played.cast()
        await played.play()
