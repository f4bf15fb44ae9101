"""A drill as a trainer reads and writes it, in the transcripts' grammar.

    title    A missed check-in, from start to close
    goal     Everybody has been missed once, and has been the one who is called.
    people   reporter: journalist   desk: coordinator
    pace     10
    at 0m
      trainer > reporter   You leave for the hills for half an hour. Please type: checkin 30m
      reporter > checkin   within 10m
    at 30m
      reporter > nothing   within 20m
      bot > desk           alert within 60m
      desk > ack           within 60m
    done     desk > close

- `at` counts from the beginning, in the drill's own time. `pace 10`: an hour of it takes six
  minutes unless the trainer chooses otherwise.
- `trainer > PART text`: sent to everybody with this part, under the drill mark.
- `PART > verb within 10m`: what each of them is expected to do, from `at` until then. `nothing` is
  expected of who must not answer. `bot > PART alert within ..` is what the system owes.
- `surprise yes`: it may come every month by surprise, to people who have agreed to that. It should
  be short, and tell nobody beforehand what they can't know.
- `done` lists what must have happened for the drill to have gone well, in the words from above
  (`desk > close`, `bot > desk alert`); of the same twice, the later. The rest is told as it was.

Texts are declared messages (`drill.NAME.1`, ...), so that each person reads them in their own
language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flows.engine.messages import Message, message

#: What may be expected of people: verb -> the steps that are it, as "flow.trigger".
DOES: Mapping[str, frozenset[str]] = {
    "checkin": frozenset({"checkin.checkin"}),
    "ok": frozenset({"checkin.ok", "checkin.arrived"}),
    "extend": frozenset({"checkin.extend"}),
    "not_good": frozenset({"checkin.not_good"}),
    "sos": frozenset({"panic.sos"}),
    "stand_down": frozenset({"panic.ok", "panic.cancel", "panic.stop", "panic.no"}),
    "duress": frozenset({"escalation.start/duress"}),
    "place": frozenset({"checkin.location", "panic.location", "hotline.location", "panic.moved"}),
    "words": frozenset({"panic.text", "hotline.text", "checkin.text"}),
    "human": frozenset({"guidance.human", "hotline.human"}),
    "bye": frozenset({"hotline.bye", "hotline.leave"}),
    "first_aid": frozenset({"guidance.firstaid", "guidance.text", "guidance.pack"}),
    "step": frozenset({"guidance.option", "guidance.done", "guidance.fails"}),
    "ack": frozenset({"escalation.ack", "escalation.take"}),
    "note": frozenset({"escalation.note", "escalation.text"}),
    "say": frozenset({"escalation.say"}),
    "handover": frozenset({"escalation.handover"}),
    "escalate": frozenset({"escalation.escalate"}),
    "close": frozenset({"escalation.close"}),
    "request": frozenset({"fund.fund"}),
    "send": frozenset({"application.start"}),
    "report": frozenset({"report.report"}),
}
#: Expected of who must not answer: none of the others.
NOTHING = "nothing"
#: What the system owes: verb -> the beginning of the message's key, and whether it is urgent.
OWES: Mapping[str, tuple[str, bool]] = {
    "alert": ("", True),
    "question": ("checkin.ask", False),
    "reminder": ("checkin.remind", False),
    "message": ("", False),
}
ROLES = ("journalist", "coordinator")
UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST = 7 * UNITS["d"]
LEAST = 240_000  #: ms by the clock that people have, at any pace, for what is expected of them
READS = 120_000  #: of these, that somebody has who is told late
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
SPAN = re.compile(r"(?:\d+[smhd])+")


class ScriptError(Exception):
    """What is wrong with a script, with its name and line."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Act:
    """`by`: "trainer" (sends `text`), "bot" (owes `verb`) or a part (is expected to do `verb`).
    `at` and `within` in ms of the drill's own time; `number` is its place in the script."""

    number: int
    at: int
    by: str
    to: str
    verb: str = ""
    within: int = 0
    text: Message | None = None

    @property
    def until(self) -> int:
        return self.at + self.within

    def ends(self, pace: int) -> int:
        """When, in the drill's time, it isn't waited for any more."""
        return max(self.until, self.at + LEAST * pace)


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    title: Message
    goal: Message
    parts: tuple[Part, ...]
    acts: tuple[Act, ...]
    pace: int = 1
    #: It may come by surprise.
    surprise: bool = False
    #: Numbers of the acts without which it hasn't gone well.
    done: frozenset[int] = frozenset()

    @property
    def length(self) -> int:
        return max((act.until for act in self.acts), default=0)

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def needs_words(self, part: str) -> bool:
        """Nobody gives a duress word who has none."""
        return any(act.by == part and act.verb == "duress" for act in self.acts)

    def awaits(self, part: str, at: int, pace: int = 1) -> tuple[Act, ...]:
        """What the script waits for from this part at that moment of its own time. However fast it
        goes, people have LEAST to read and to answer: whoever does late what they were told to do
        would call for real."""
        return tuple(
            act
            for act in self.acts
            if act.by == part and act.verb != NOTHING and act.at <= at <= act.ends(pace)
        )

    def expected(self, part: str, at: int) -> frozenset[str]:
        """Verbs of these."""
        return frozenset(act.verb for act in self.awaits(part, at))

    def told_until(self, told: Act, pace: int) -> int:
        """The last moment, in its own time, at which what the trainer says there may still arrive;
        0: at any time. Afterwards nobody waits any more for what it asks for."""
        asked = (a for a in self.acts if (a.at, a.by) == (told.at, told.to) and a.verb != NOTHING)
        last = max((act.ends(pace) for act in asked), default=0)
        return last and last - READS * pace


def read(name: str, text: str) -> Script:
    """Raises ScriptError."""
    return _Reader(name).read(text)


def span(text: str) -> int:
    """ "1h30m" in ms. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError(text)
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))


class _Reader:
    def __init__(self, name: str) -> None:
        self.name, self.line, self.at = name, 0, 0
        self.head: dict[str, str] = {}
        self.parts: list[Part] = []
        self.acts: list[Act] = []
        self.done: set[int] = set()

    def read(self, text: str) -> Script:
        if not NAME.fullmatch(self.name):
            raise ScriptError(f"{self.name}: a name is lower-case letters, digits and _")
        for self.line, line in enumerate(text.splitlines(), 1):
            bare = line.partition("#")[0].rstrip()
            if bare:
                self._line(bare)
        self.line = 0
        for wanted in ("title", "goal"):
            if wanted not in self.head:
                self._wrong(f"has no `{wanted}`")
        if not self.parts or not self.acts:
            self._wrong("has no people, or nothing happens")
        title, goal = (
            message(f"drill.{self.name}.{what}", self.head[what], note=f"A drill: its {what}.")
            for what in ("title", "goal")
        )
        pace = self.head.get("pace", "1")
        if not pace.isascii() or not pace.isdecimal() or not 1 <= int(pace) <= 60:
            self._wrong("`pace` is a number from 1 to 60")
        if self.head.get("surprise", "no") not in ("yes", "no"):
            self._wrong("`surprise` is yes or no")
        return Script(
            self.name,
            title,
            goal,
            tuple(self.parts),
            tuple(self.acts),
            int(pace),
            self.head.get("surprise") == "yes",
            frozenset(self.done),
        )

    def _line(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if line[0] == " ":
            self._act(line.strip())
        elif word in ("title", "goal", "pace", "surprise") and rest:
            self.head[word] = rest
        elif word == "people":
            self._people(rest)
        elif word == "at":
            self._moves(rest)
        elif word == "done":
            self._ends(rest)
        else:
            self._wrong(f"{word!r} is not known here")

    def _people(self, rest: str) -> None:
        for name, role in re.findall(r"(\w+): (\w+)", rest):
            if role not in ROLES:
                self._wrong(f"{name} is {role}; a part is played by a {' or '.join(ROLES)}")
            if name in ("bot", "trainer") or any(p.name == name for p in self.parts):
                self._wrong(f"the part {name!r} is taken")
            self.parts.append(Part(name, role))

    def _moves(self, rest: str) -> None:
        try:
            at = span(rest)
        except ValueError:
            self._wrong(f"{rest!r} is no time; write 90m or 1h30m")
        if at < self.at or at > LONGEST:
            self._wrong("times go forward, and a drill lasts a week at most")
        self.at = at

    def _act(self, line: str) -> None:
        by, arrow, rest = line.partition(" > ")
        by, rest = by.strip(), rest.strip()
        if not arrow:
            self._wrong("who does what? Write: PART > what")
        if by in ("trainer", "bot"):
            to, _, rest = rest.partition(" ")
            self._known(to)
        else:
            to = by
            self._known(by)
        number = len(self.acts)
        if by == "trainer":
            key = f"drill.{self.name}.{sum(a.by == 'trainer' for a in self.acts) + 1}"
            note = f"A drill, to: {to}."
            self.acts.append(
                Act(number, self.at, by, to, text=message(key, rest.strip(), note=note))
            )
            return
        verb, _, within = rest.strip().partition(" within ")
        verb = verb.strip()
        known = OWES if by == "bot" else {**DOES, NOTHING: frozenset()}
        if verb not in known:
            self._wrong(f"{verb!r} is not one of: {', '.join(sorted(known))}")
        try:
            length = span(within.strip())
        except ValueError:
            self._wrong(f"{verb}: within what time? Write: within 10m")
        self.acts.append(Act(number, self.at, by, to, verb, length))

    def _ends(self, rest: str) -> None:
        for each in rest.split(","):
            who, _, verb = (x.strip() for x in each.partition(" > "))
            found = [
                a.number for a in self.acts if a.by == who and verb in (a.verb, f"{a.to} {a.verb}")
            ]
            if not found:
                self._wrong(f"{each.strip()!r} is not expected anywhere above")
            self.done.add(found[-1])

    def _known(self, part: str) -> None:
        if not any(p.name == part for p in self.parts):
            self._wrong(f"nobody here is {part!r}")

    def _wrong(self, what: str) -> None:
        where = f", line {self.line}" if self.line else ""
        raise ScriptError(f"drill {self.name}{where}: {what}")
