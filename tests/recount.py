"""The figures of a drill's report, counted again from the rows that its engine wrote.

It reads the drill's own database, the one row that says who was asked to take part, and the script,
and shares no code with the report: what each figure means stands in flows/drill/review.py. Times
are ms of the drill's own time since it began.
"""

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bot.vault import Vault
from flows.drill.script import DOES, NOTHING, OWES, Act, Script

ANEW = ("opened", "phase", "escalated", "recovered", "expired", "handover")


class Row(NamedTuple):
    at: int
    who: str
    what: str
    urgent: bool


class Line(NamedTuple):
    at: int
    kind: str
    by: str
    text: str


class Asked(NamedTuple):
    """`gone`: when they were in it no longer; 0: they stayed, or never came."""

    part: str
    state: str
    since: int
    gone: int


@dataclass
class Round:
    at: int
    phase: str
    step: int
    called: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    skipped: bool = False

    @property
    def reached(self) -> bool:
        return not self.skipped and bool(set(self.called) - self.lost)


class Recount:
    """`real`: the database of the engine beside which it was played."""

    def __init__(self, own: Path, real: Path, drill: str, script: Script, vault: Vault) -> None:
        self.script = script
        (row,) = _rows(
            real, "select people, pace, began_at, ended_at from drills where id = ?", drill
        )
        people, self.pace, self.began, self.ended = row
        self.asked = dict(map(_asked, people.split()))
        self.lasted = (self.ended - self.began) * self.pace
        self.rows = [
            Row(at - self.began, who, what, bool(urgent))
            for at, who, what, urgent in _rows(
                own, "select at, person_id, what, urgent from happened order by seq"
            )
        ]
        self.about: dict[str, tuple[str, str, int]] = {}
        for case, who, kind, at in _rows(own, "select id, person_id, kind, opened_at from cases"):
            self.about[case] = (who, kind, at - self.began)
        self.log: dict[str, list[Line]] = {case: [] for case in self.about}
        for case, at, kind, by, sealed in _rows(
            own, "select case_id, at, kind, by, sealed from case_log order by seq"
        ):
            text = json.loads(vault.open(self.about[case][0], sealed, "log"))["text"]
            self.log[case].append(Line(at - self.began, kind, by, text))
        tried = {one for (one,) in _rows(own, "select address_id from outbox")}
        self.reach: dict[str, list[tuple[str, bool, bool, bool]]] = defaultdict(list)
        for who, channel, one, proven, used in _rows(
            own, "select person_id, channel, id, proven_at, used_at from addresses"
        ):
            heard = used >= self.began
            self.reach[who].append((channel, proven is not None, one in tried, heard))
        self.words: dict[str, bool] = {}
        for who, sealed in _rows(own, "select id, sealed from persons"):
            self.words[who] = bool(json.loads(vault.open(who, sealed, "person")).get("words"))

    # ------------------------------------------------------------ steps

    def players(self) -> dict[str, Asked]:
        return {who: one for who, one in self.asked.items() if one.state != "watches"}

    def owed_by(self, act: Act) -> list[str]:
        """Who was in it while it was to happen: not those who came when its time was over, nor
        those who went before it was."""
        return [
            who
            for who, one in self.players().items()
            if one.part == act.to
            and one.since <= act.until
            and (one.state == "in" or act.until <= one.gone)
        ]

    def shared(self, act: Act) -> bool:
        """One of the desk does it for all."""
        roles = {part.name: part.role for part in self.script.parts}
        return roles.get(act.by) == "coordinator" and act.verb != NOTHING

    def fits(self, act: Act, row: Row) -> bool:
        if row.at < act.at:
            return False
        if act.by == "bot":
            start, urgent = OWES[act.verb]
            return row.what.startswith(f"say.{start}") and (row.urgent or not urgent)
        return row.what in DOES.get(act.verb, ())

    def done(self) -> dict[tuple[int, str], Row]:
        """(act, who) -> what was it. Each row is one step at most, the earliest that waits for it.
        What the desk shares stands under "" of its part's act."""
        found: dict[tuple[int, str], Row] = {}
        used: set[tuple[int, str]] = set()
        for act in self.script.acts:
            if act.by == "trainer" or act.verb == NOTHING:
                continue
            mine = {who for who, one in self.players().items() if one.part == act.to}
            for people in [mine] if self.shared(act) else [{who} for who in sorted(mine)]:
                for n, row in enumerate(self.rows):
                    if row.who in people and (n, row.who) not in used and self.fits(act, row):
                        used.add((n, row.who))
                        found[act.number, "" if self.shared(act) else row.who] = row
                        break
        return found

    def silent(self, act: Act, who: str) -> bool:
        """They did nothing while they were to do nothing, and the drill went on until then."""
        anything = set().union(*DOES.values())
        broke = [
            row
            for row in self.rows
            if row.who == who and row.what in anything and act.at < row.at < act.until
        ]
        return not broke and self.lasted >= act.until

    def steps(self, who: str) -> list[dict[str, Any]]:
        """What was expected of them: each with when it happened, by whom, and whether late."""
        found, done = [], self.done()
        for act in self.script.acts:
            if act.by == "trainer" or who not in self.owed_by(act):
                continue
            row = done.get((act.number, "" if self.shared(act) else who))
            if act.verb == NOTHING:
                at = act.until if self.silent(act, who) else None
            else:
                at = row.at if row else None
            found.append(
                {
                    "act": act.number,
                    "step": act.verb,
                    "by": act.by,
                    "from": act.at,
                    "until": act.until,
                    "at": at,
                    "late": at is not None and at > act.until,
                    "colleague": row.who if row and act.by == act.to and row.who != who else "",
                }
            )
        return found

    def expected(self) -> tuple[int, int, set[tuple[str, str]]]:
        """How many steps, how many of them happened, and (verb, part) of the others."""
        wanted: dict[tuple[int, str], bool] = {}
        for who in self.players():
            for step in self.steps(who):
                act = self.script.acts[step["act"]]
                wanted[act.number, "" if self.shared(act) else who] = step["at"] is not None
        missing = {
            (self.script.acts[n].verb, self.script.acts[n].to)
            for (n, _), happened in wanted.items()
            if not happened
        }
        return len(wanted), sum(wanted.values()), missing

    def own(self, who: str) -> set[tuple[int, str]]:
        """(at, verb) of what they did."""
        verbs = {what: verb for verb, does in DOES.items() for what in does}
        mine = [row for row in self.rows if row.who == who and row.what in verbs and row.at >= 0]
        return {(row.at, verbs[row.what]) for row in mine}

    def came(self, who: str) -> set[tuple[int, str]]:
        """(at, what) of alerts, questions and reminders to them."""
        found = set()
        for row in self.rows:
            if row.who == who and row.what.startswith("say.") and row.at >= 0:
                if row.urgent:
                    found.add((row.at, "alert"))
                elif row.what.startswith("say.checkin.ask"):
                    found.add((row.at, "question"))
                elif row.what.startswith("say.checkin.remind"):
                    found.add((row.at, "reminder"))
        return found

    # ------------------------------------------------------------ cases

    def first(self, case: str, kind: str) -> tuple[int | None, str]:
        return next(((x.at, x.by) for x in self.log[case] if x.kind == kind), (None, ""))

    def well(self, case: str) -> int | None:
        said = False
        for line in self.log[case]:
            if line.kind in ("answered", "cancelled"):
                said = True
            if line.kind in ("not trusted", "again", "missed", "escalated"):
                said = False
            if line.kind == "closed":
                sure = line.text in ("safe, spoken to", "safe, confirmed", "mistake, confirmed")
                return line.at if said or sure else None
        return None

    def spans(self, which: str) -> list[int]:
        """From the event to the acknowledgement, or until they are known to be well."""
        ends = {
            case: self.well(case) if which == "well" else self.first(case, "acknowledged")[0]
            for case in self.about
        }
        return [end - self.about[case][2] for case, end in ends.items() if end is not None]

    def middle(self, which: str) -> int | None:
        spans = self.spans(which)
        return int(median(spans)) if spans else None

    def rounds(self, case: str) -> list[Round]:
        """A step of the ladder each time that it was called, or found nobody."""
        found: list[Round] = []
        since = 0
        for line in self.log[case]:
            if line.kind in ANEW:
                since = len(found)
            elif line.kind in ("called", "skipped"):
                step, phase = int(line.text.split()[1].strip(",")), line.text.split(", ")[-1]
                now = next(
                    (r for r in found[since:] if (r.at, r.step) == (line.at, step)), None
                )  # fmt: skip
                if now is None:
                    now = Round(line.at, phase, step)
                    found.append(now)
                now.skipped = now.skipped or line.kind == "skipped"
                now.called += [line.by] if line.kind == "called" else []
            elif line.kind == "unreachable":
                for each in found[since:]:
                    each.lost |= {line.by} & set(each.called)
        return sorted(found, key=lambda x: (x.at, x.step))

    # ------------------------------------------------------------ what can be mended

    def findings(self) -> set[tuple[str, str, str]]:
        """(kind, whom it is about, detail)."""
        found = set()
        for each in (each for case in self.about for each in self.rounds(case)):
            if not each.called:
                found.add(("nobody", "", str(each.step)))
            elif not each.reached:
                found.add(("unreached", "", str(each.step)))
        roles = {part.name: part.role for part in self.script.parts}
        for who, one in self.players().items():
            for channel, proven, tried, heard in self.reach.get(who, ()):
                if tried and not heard:
                    found.add(("silent", who, channel))
                elif not proven:
                    found.add(("unproven", who, channel))
            if self.reach.get(who) and roles[one.part] == "journalist" and not self.words[who]:
                found.add(("no_words", who, ""))
            if len(self.reach.get(who, ())) == 1:
                found.add(("one_address", who, ""))
        return found


def _asked(one: str) -> tuple[str, Asked]:
    who, part, state, since, gone = one.split(":")
    return who, Asked(part, state, int(since), int(gone))


def _rows(path: Path, query: str, *args: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as db:
        return db.execute(query, args).fetchall()


__all__ = ["Recount", "Round"]
