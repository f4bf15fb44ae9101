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
from dataclasses import dataclass, replace
from typing import NoReturn

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
SHOWN = 40  #: characters of a script that are quoted
LEAST = 240_000  #: ms by the clock that people have, at any pace, for what is expected of them
READS = 120_000  #: of these, that somebody has who is told late
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
SPAN = re.compile(r"(?:\d+[smhd])+")
PART = re.compile(r"(\w+)\s*:\s*(\w+)")
#: A word or a few; whatever else stands in a file that is no script isn't quoted.
PLAIN = re.compile(r"[^\W\d][^\W\d_ ]*(?:[ >_-]+[^\W\d_]+)*|\d{1,5}[a-z]?")


class ScriptError(Exception):
    """What is wrong with a script, with its name and line. `reason`: one word of ours for it, which
    may stand in a log; `what` quotes the script. `line`: 0, the whole of it."""

    def __init__(self, name: str, line: int, reason: str, what: str) -> None:
        where = f", line {line}" if line else ""
        super().__init__(f"drill {name}{where}: {what}")
        self.name, self.line, self.reason, self.what = name, line, reason, what


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
    return _Reader(name).read(text.removeprefix("\N{BYTE ORDER MARK}"))


def span(text: str) -> int:
    """ "1h30m" in ms. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError(text)
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))


def quoted(text: str) -> str:
    """Of a script, for whoever mends it."""
    short = text.strip()
    return repr(short) if PLAIN.fullmatch(short) and len(short) <= SHOWN else "this"


class _Reader:
    def __init__(self, name: str) -> None:
        self.name, self.line, self.at = name, 0, 0
        self.head: dict[str, str] = {}
        self.parts: list[Part] = []
        self.acts: list[Act] = []
        #: What the trainer says, by the number of the act.
        self.said: dict[int, str] = {}
        self.done: set[int] = set()

    def read(self, text: str) -> Script:
        if not NAME.fullmatch(self.name):
            self._wrong("name", "a name is lower-case letters, digits and _")
        for self.line, line in enumerate(text.splitlines(), 1):
            bare = line.expandtabs().partition("#")[0].rstrip()
            if bare:
                self._line(bare)
        self.line = 0
        for wanted in ("title", "goal"):
            if wanted not in self.head:
                self._wrong("missing", f"has no `{wanted}`")
        if not self.parts or not self.acts:
            self._wrong("missing", "has no people, or nothing happens")
        pace = self.head.get("pace", "1")
        if not pace.isascii() or not pace.isdecimal() or not 1 <= int(pace) <= 60:
            self._wrong("pace", "`pace` is a number from 1 to 60")
        if self.head.get("surprise", "no") not in ("yes", "no"):
            self._wrong("surprise", "`surprise` is yes or no")
        return self._made(int(pace))

    def _made(self, pace: int) -> Script:
        """Its texts are declared once nothing is wrong with it."""
        title, goal = (
            self._declared(what, self.head[what], f"A drill: its {what}.")
            for what in ("title", "goal")
        )
        texts = {
            number: self._declared(str(n), text, f"A drill, to: {self.acts[number].to}.")
            for n, (number, text) in enumerate(self.said.items(), 1)
        }
        return Script(
            self.name,
            title,
            goal,
            tuple(self.parts),
            tuple(replace(act, text=texts.get(act.number)) for act in self.acts),
            pace,
            self.head.get("surprise") == "yes",
            frozenset(self.done),
        )

    def _declared(self, what: str, text: str, note: str) -> Message:
        try:
            return message(f"drill.{self.name}.{what}", text, note=note)
        except ValueError:
            return self._wrong("changed", "was read before with another text: restart")

    def _line(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if line[0] == " ":
            self._act(line.strip())
        elif word in ("title", "goal", "pace", "surprise") and rest:
            self._heads(word, rest)
        elif word == "people":
            self._people(rest)
        elif word == "at":
            self._moves(rest)
        elif word == "done":
            self._ends(rest)
        else:
            self._wrong("unknown", f"{quoted(word)} is not known here")

    def _heads(self, word: str, rest: str) -> None:
        if word in self.head:
            self._wrong("twice", f"there is a `{word}` already")
        self.head[word] = self._text(rest)

    def _text(self, text: str) -> str:
        """What people read. Nothing is put into it, so that what looks like that would vanish."""
        if "{" in text or "}" in text:
            self._wrong("braces", "a text may not have { or } in it: nothing is put in there")
        return text

    def _people(self, rest: str) -> None:
        if not rest or PART.sub("", rest).strip(" ,"):
            self._wrong("people", "who plays what? Write: people reporter: journalist")
        for name, role in PART.findall(rest):
            if role not in ROLES:
                is_ = f"{name} is {role}" if quoted(role) != "this" else "this is no part"
                self._wrong("role", f"{is_}; a part is played by a {' or '.join(ROLES)}")
            if name in ("bot", "trainer") or any(p.name == name for p in self.parts):
                self._wrong("taken", f"the part {name!r} is taken")
            self.parts.append(Part(name, role))

    def _moves(self, rest: str) -> None:
        try:
            at = span(rest)
        except ValueError:
            self._wrong("time", f"{quoted(rest)} is no time; write 90m or 1h30m")
        if at < self.at or at > LONGEST:
            self._wrong("time", "times go forward, and a drill lasts a week at most")
        self.at = at

    def _act(self, line: str) -> None:
        by, arrow, rest = line.partition(" > ")
        by, rest = by.strip(), rest.strip()
        if not arrow:
            self._wrong("act", "who does what? Write: PART > what")
        if by in ("trainer", "bot"):
            to, _, rest = rest.partition(" ")
            self._known(to)
        else:
            to = by
            self._known(by)
        number = len(self.acts)
        if by == "trainer":
            if not rest.strip():
                self._wrong("text", f"the trainer says nothing. Write: trainer > {to} your words")
            self.said[number] = self._text(rest.strip())
            self.acts.append(Act(number, self.at, by, to))
            return
        verb, _, within = rest.strip().partition(" within ")
        verb = verb.strip()
        known = OWES if by == "bot" else {**DOES, NOTHING: frozenset()}
        if verb not in known:
            self._wrong("verb", f"{quoted(verb)} is not one of: {', '.join(sorted(known))}")
        self.acts.append(Act(number, self.at, by, to, verb, self._within(verb, within.strip())))

    def _within(self, verb: str, within: str) -> int:
        try:
            length = span(within)
        except ValueError:
            self._wrong("within", f"{verb}: within what time? Write: within 10m")
        if not length:
            self._wrong("within", f"{verb}: nobody does that in no time. Write: within 10m")
        if self.at + length > LONGEST:
            self._wrong("within", f"{verb}: a drill lasts a week at most")
        return length

    def _ends(self, rest: str) -> None:
        for each in rest.split(","):
            who, _, verb = (x.strip() for x in each.partition(" > "))
            found = [
                a.number for a in self.acts if a.by == who and verb in (a.verb, f"{a.to} {a.verb}")
            ]
            if not found:
                self._wrong("done", f"{quoted(each)} is not expected anywhere above")
            self.done.add(found[-1])

    def _known(self, part: str) -> None:
        if not any(p.name == part for p in self.parts):
            self._wrong("nobody", f"nobody here is {quoted(part)}")

    def _wrong(self, reason: str, what: str) -> NoReturn:
        raise ScriptError(self.name, self.line, reason, what)
