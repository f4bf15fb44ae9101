"""What happened in the simulator, as a transcript for tests/transcripts.

    title   Amina doesn't answer
    recorded 2026-12-31
    people  amina: journalist, telegram, en
    at 12:00
      amina > checkin 1h
      bot > amina            ...

The grammar is told in tests/transcript.py. A killed process is `crash`, or `asleep 20m` when time
went by until it was started again. `recorded` says on which day it begins. What waited on a phone
is said when it got through, with the time at which it was typed: `(sent 13:05) ack`. Case ids and
codes, drawn anew each time, become `(id Amina)` and `(code of nino)` where people type them. What
waits for ever is left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.demo.cast import Member
from bot.demo.phones import ISOLATES, Bubble, Happened, What
from flows.engine.model import Lane

INDENT = 25  #: columns before what the bot says
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
#: In the order in which the platforms send what is due at the same moment.
ORDER = ("telegram", "signal")
TITLE = 80  #: characters
LANES = {Lane.URGENT: "urgent", Lane.REPLY: "", Lane.ROUTINE: "routine", Lane.BULK: "bulk"}
TYPED_ID = re.compile(r"#?\b([2-9A-HJKMNP-Za-hjkmnp-z]{4,7})\b")
CODE = re.compile(r"\b[2-9A-HJKMNP-Z]{10}\b")


def transcript(
    title: str, cast: Sequence[Member], begin: int, log: Iterable[Happened], end: int
) -> str:
    """`begin` and `end` in virtual ms."""
    day = f"{datetime.fromtimestamp(begin / 1000, UTC):%Y-%m-%d}"
    head = [
        f"title   {titled(title)}",
        f"recorded {day}",
        *(f"people  {_person(member)}" for member in cast),
    ]
    made = Record(begin, {member.where: member for member in cast})
    for moment in moments(log, made.cast):
        made.add(moment)
    made.time(end)
    return "\n".join([*head, *made.lines]) + "\n"


def titled(title: str) -> str:
    return " ".join(title.split())[:TITLE] or "Recorded in the simulator"


def _person(member: Member) -> str:
    duty = ", duty" if member.on_duty else ""
    return f"{member.where}: {member.role}, {member.channel}, {member.lang}{duty}"


def moments(log: Iterable[Happened], cast: dict[str, Member]) -> Iterator[Happened]:
    """Platforms send side by side. Here one sends after the other, as when it is played."""
    together: list[Happened] = []
    for happened in log:
        if together and (happened.what is not What.LANDED or happened.at != together[0].at):
            yield from sorted(together, key=lambda h: _platform(h, cast))
            together = []
        if happened.what is What.LANDED:
            together.append(happened)
        else:
            yield happened
    yield from sorted(together, key=lambda h: _platform(h, cast))


def _platform(happened: Happened, cast: dict[str, Member]) -> int:
    assert happened.bubble is not None
    return ORDER.index(cast[happened.bubble.who].channel)


@dataclass
class Record:
    now: int
    cast: dict[str, Member]
    lines: list[str] = field(default_factory=list)
    dead_since: int | None = None
    #: What each person has read, for the ids that they type.
    read: dict[str, list[str]] = field(default_factory=dict)

    def add(self, happened: Happened) -> None:
        if happened.what is What.KILLED:
            self.time(happened.at)
            self.dead_since = happened.at
            return
        if happened.what is What.STARTED:
            self._started(happened.at)
            return
        # What happens to a platform meanwhile, a dead engine meets when it is back: said before.
        self.time(happened.at)
        match happened.what, happened.bubble:
            case What.FAULT, _:
                self.lines.append(f"fault {happened.words}")
            case What.TAKEN, Bubble() as bubble:
                self.lines.append(f"  {bubble.who} > {self._act(bubble)}")
            case What.LANDED, Bubble() as bubble:
                self.lines += landed(bubble)
                self.read.setdefault(bubble.who, []).append(bubble.words.translate(ISOLATES))

    def _started(self, at: int) -> None:
        if self.dead_since is not None:
            gone = at - self.dead_since
            self.lines.append(f"asleep {span(gone)}" if gone >= SECOND else "crash")
            self.now, self.dead_since = at, None

    def time(self, ms: int) -> None:
        """Time goes by until then: `at` where it is a full minute. Never back: what falls between
        two seconds is told of at the next one."""
        if self.dead_since is not None:
            return
        then = -(-ms // SECOND) * SECOND
        if not self.lines:
            self.lines.append(f"at {clock(self.now)}")
        if then <= self.now:
            return
        at = then % MINUTE == 0 and then - self.now < DAY
        self.lines.append(f"at {clock(then)}" if at else f"after {span(then - self.now)}")
        self.now = then

    def _act(self, bubble: Bubble) -> str:
        act = bubble.act
        if not act.startswith(("[", "(")):
            act = CODE.sub(lambda found: self._code(bubble.who, found[0]), act)
            act = TYPED_ID.sub(lambda found: self._about(bubble.who, found), act)
        if bubble.late is not None and not act.startswith("("):
            act = f"(sent {clock(bubble.at)}) {act}"
        return act

    def _code(self, who: str, code: str) -> str:
        """By who has read it: the last one that they were shown."""
        for reader in (who, *(other for other in self.read if other != who)):
            shown = [c for text in self.read.get(reader, []) for c in CODE.findall(text)]
            if shown and shown[-1] == code:
                return "(code)" if reader == who else f"(code of {reader})"
        return code

    def _about(self, who: str, found: re.Match[str]) -> str:
        """The case by its person, if that is how it is found again."""
        heads = (
            head
            for text in reversed(self.read.get(who, []))
            for head in re.findall(r"#(\w+) (\w+)", text)
        )
        latest: dict[str, str] = {}
        for case, name in heads:
            latest.setdefault(name, case)
        names = [name for name, case in latest.items() if case == found[1].upper()]
        people = {member.name for member in self.cast.values()}
        return f"(id {names[0]})" if names and names[0] in people else found[0]


def landed(bubble: Bubble) -> list[str]:
    lines = bubble.words.translate(ISOLATES).splitlines() or [""]
    if bubble.file:
        lines.append(f"({bubble.file.name})")
    if bubble.labels:
        lines.append(" ".join(f"[{label.translate(ISOLATES)}]" for label in bubble.labels))
    first = f"  bot > {bubble.who:<8} {LANES[bubble.lane]:<8}"
    shown = [f"{first:<{INDENT}}{lines[0]}", *(" " * INDENT + line for line in lines[1:])]
    return [line.rstrip() for line in shown]


def clock(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M}"


def span(ms: int) -> str:
    seconds = -(-ms // SECOND)
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{n}{unit}" for n, unit in parts if n)
