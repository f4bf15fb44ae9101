"""Every shipped drill, played badly: what its report says of it, in every format, is what comes out
when the rows that its engine wrote are counted again, by other code."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot.__main__ import app
from bot.channels.base import Reason, Refused, Retry
from bot.drill import scripts
from bot.store import tables as t
from flows.drill import messages as m
from flows.drill.flow import AFTER
from flows.drill.script import NOTHING, Act, Script
from tests.read_back import coarse, numbers, sections, span, table
from tests.recount import Recount
from tests.test_drill_shipped import MINUTE, SCRIPTS, Course, course
from tests.world import ISOLATES, Player

WITHIN = {"taken": 5 * MINUTE, "well": 60 * MINUTE}
#: What the drill's own is whenever it is done; commands are real outside their time.
MAY_BE_LATE = frozenset({"ok", "stand_down", "words", "step", "ack", "note", "say", "close"})
DESK = "coordinator"
#: Without these nothing else could go wrong.
NEEDED = frozenset({"sos", "duress", "human", "checkin", "close"})
EXTRA = {"two": "Zoe", "left": "Yara", "came late": "Noor", "declined": "Bo", "watched": "Vera"}
Found = dict[str, Any]


# ---------------------------------------------------------------- what goes wrong

#: What goes wrong -> whether the rows show that it did.
FAULTS: Mapping[str, Callable[[Recount], bool]] = {
    "left out": lambda r: bool(r.expected()[2]),
    "late": lambda r: any(step["late"] for who in r.players() for step in r.steps(who)),
    "unreachable": lambda r: _lost(r, "blocked"),
    "offline": lambda r: _lost(r, "retry"),
    "nobody takes": lambda r: not r.spans("taken"),
    "not confirmed": lambda r: any(
        r.first(case, "closed")[0] is not None and r.well(case) is None for case in r.about
    ),
    "ten times as fast": lambda r: r.pace == 10,
    "two": lambda r: _with(r, lambda one: one.state == "in") > len(r.script.parts),
    "left": lambda r: _with(r, lambda one: one.gone > 0) > 0,
    "came late": lambda r: _with(r, lambda one: one.since > 0) > 0,
    "declined": lambda r: _with(r, lambda one: one.state == "out" and not one.gone) > 0,
    "watched": lambda r: len(r.asked) > len(r.players()),
    "two at the desk": lambda r: any(
        step["colleague"] for who in r.players() for step in r.steps(who)
    ),
    "the desk left": lambda r: any(
        one.gone > 0 and _role(r.script, one.part) == DESK for one in r.asked.values()
    ),
    "one before": lambda r: r.began > 0,
}


def _with(r: Recount, wanted: Callable[[Any], bool]) -> int:
    return sum(wanted(one) for one in r.asked.values())


def _lost(r: Recount, why: str) -> bool:
    """Somebody who was called couldn't be, for that reason."""
    told = [x for log in r.log.values() for x in log if x.kind == "unreachable" and x.text == why]
    return bool(told) and any(x.lost for case in r.about for x in r.rounds(case))


def _role(script: Script, part: str) -> str:
    return next(p.role for p in script.parts if p.name == part)


def drawn(script: Script) -> frozenset[str]:
    """The same on every run; some exclude each other."""
    random = Random(script.name)
    about = {act.verb for act in script.acts if act.by != "trainer"}
    calls = "alert" in about
    desks = sum(part.role == DESK for part in script.parts)
    fitting = ["left out", "late", "ten times as fast", *EXTRA, "one before"]
    fitting += ["two at the desk", "the desk left"] if calls and desks == 1 else []
    desk = ["unreachable", "offline", "nobody takes"] if calls else []
    desk += ["not confirmed"] if "close" in about else []
    chosen = random.sample(desk, min(1, len(desk)))
    if "nobody takes" in chosen:
        fitting = [each for each in fitting if each not in ("late", "two at the desk")]
    return frozenset(chosen + random.sample(fitting, 5))


class Badly(Course):
    """Played with these faults."""

    faults: frozenset[str] = frozenset()

    def cast_it(self) -> None:
        """Who else is in it, and who won't do what."""
        self.random, script = Random(f"{self.script.name} played"), self.script
        self.pace = 10 if "ten times as fast" in self.faults else 1
        first = {role: next((p.name for p in script.parts if p.role == role), "")
                 for role in ("journalist", DESK)}  # fmt: skip
        beside = [name for kind, name in EXTRA.items() if kind in self.faults]
        self.beside = {first["journalist"]: tuple(beside)}
        self.absent = set(beside) & {EXTRA[k] for k in ("came late", "declined", "watched")}
        self.second = "Rana" if self.faults & {"two at the desk", "the desk left"} else ""
        self.beside[first[DESK]] = (self.second,) if self.second else ()
        self.desk = {part.name for part in script.parts if part.role == DESK}
        self.omar = self.cast[first[DESK]]
        closes_only = {"not confirmed": "nothing more to do"}
        self.ending = next((closes_only[f] for f in self.faults if f in closes_only), "")
        if not self.ending and self.random.random() < 0.5:
            self.ending = "safe, spoken to"
        #: Who has left -> how much had been said by then.
        self.gone: dict[str, int] = {}
        #: When somebody comes late or leaves.
        quarter = script.length // 4 // MINUTE * MINUTE
        self.comes, self.goes = quarter, 2 * quarter

    async def begin(self) -> None:
        await super().begin()
        here = self.here
        if "declined" in self.faults:
            await here.presses(EXTRA["declined"], self.label(m.DECLINE))
        if "watched" in self.faults:
            await here.presses(EXTRA["watched"], self.label(m.WATCH))
        if "unreachable" in self.faults:
            here.phone(self.omar).fault = Refused(Reason.BLOCKED)
        if "offline" in self.faults:
            here.phone(self.omar).fault = Retry("no signal")

    def plan(self) -> Iterator[tuple[int, int, Act, str]]:
        """(when, until when it is tried again, what, who) of what people do."""
        mine = [act for act in self.script.acts if act.by in self.cast and act.verb != NOTHING]
        could_be_late = [a for a in mine if a.verb in MAY_BE_LATE and self.who(a)]
        late = self.random.sample(could_be_late, min(2, len(could_be_late)))
        late = late if "late" in self.faults else []
        out = {self.random.choice([a for a in mine if a not in late and a.verb not in NEEDED])}
        out = out if "left out" in self.faults else set()
        for act in mine:
            who = self.who(act)
            for name in [self.random.choice(who)] if act.by in self.desk and who else who:
                at, until = act.at, act.until - MINUTE
                if act in late:
                    at, until = act.until + 2 * MINUTE, act.until + 9 * MINUTE
                if act not in out:
                    yield at, until, act, name

    def who(self, act: Act) -> list[str]:
        """Those of its part who can do it; of the desk, those who stay."""
        able = [name for name in self.playing(act.by) if not self.cannot(act, name)]
        return [n for n in able if self.inside(n, act.at)] if act.by in self.desk else able

    def cannot(self, act: Act, name: str) -> bool:
        if self.faults & {"unreachable", "offline"} and name == self.omar:
            return True
        if "nobody takes" in self.faults and act.by in self.desk:
            return True
        if "not confirmed" in self.faults and act.verb in ("ok", "stand_down"):
            return True
        return name in (EXTRA["declined"], EXTRA["watched"])

    async def play(self) -> None:
        todo: list[tuple[int, int, int, Act, str]] = []
        for n, (at, until, act, name) in enumerate(self.plan()):
            heappush(todo, (at, n, until, act, name))
        moves = self.moves()
        while todo or moves:
            if moves and (not todo or moves[0][0] <= todo[0][0]):
                at, name, label = moves.pop(0)
                await self.until(at)
                await self.here.presses(name, label)
                if label == self.label(m.LEAVE):
                    self.gone[name] = len(self.here.said)
                continue
            at, n, until, act, name = heappop(todo)
            await self.until(at)
            if not self.inside(name, at) or await self.tries(act, name):
                continue
            if at + MINUTE <= until:
                heappush(todo, (at + MINUTE, n, until, act, name))
        await self.until(self.script.length + AFTER + MINUTE)

    def moves(self) -> list[tuple[int, str, str]]:
        found = []
        if "came late" in self.faults:
            found.append((self.comes, EXTRA["came late"], self.label(m.JOIN)))
        if "left" in self.faults:
            found.append((self.goes, EXTRA["left"], self.label(m.LEAVE)))
        if "the desk left" in self.faults:
            found.append((self.goes, self.omar, self.label(m.LEAVE)))
        return sorted(found)

    def inside(self, name: str, at: int) -> bool:
        if name == EXTRA["came late"]:
            return at > self.comes
        gone = (EXTRA["left"], self.omar if "the desk left" in self.faults else "")
        return name not in gone or at < self.goes

    async def until(self, story: int) -> None:
        await self.here.to(self.began + story // self.pace)

    async def one_before(self) -> None:
        """A short one, which nobody takes."""
        here = self.here
        await here.says("Tara", "drill panic")
        for who in ("Amina", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
            await here.presses("Tara", who)
        for who in ("Amina", "Omar"):
            await here.presses(who, "Take part")
        await here.presses("Tara", "Begin now")
        await here.after(MINUTE)
        await here.says("Amina", "sos")
        await here.after(2 * MINUTE)
        await here.says("Tara", "recall")
        await here.after(10 * MINUTE)


async def people(drill: Badly) -> None:
    """Who is there beside the parts: with one address and no code words, or with one that has never
    written."""
    here = drill.here
    for name in drill.beside[next(iter(drill.beside))]:
        channels = ("telegram", "signal") if name == "Zoe" else ("telegram",)
        await here.add(Player(name, channels=channels))
    if drill.second:
        await here.add(Player(drill.second, "coordinator", duty=True))
    assert here.app is not None
    if "Zoe" in here.players:
        a = t.addresses.c
        hers = (a.person_id == here.players["Zoe"].id) & (a.channel == "signal")
        async with here.app.store.write() as conn:
            await conn.execute(update(t.addresses).where(hers).values(proven_at=None))


# ---------------------------------------------------------------- the same, counted again


def test_everything_that_can_go_wrong_does_somewhere() -> None:
    known = scripts.load()
    assert {fault for name in SCRIPTS for fault in drawn(known[name])} == set(FAULTS)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_the_figures_are_those_of_the_case_log(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    async with course(tmp_path / "w", name, of=Badly) as drill:
        assert isinstance(drill, Badly)
        drill.faults = drawn(drill.script)
        drill.cast_it()
        await people(drill)
        here = drill.here
        assert here.app is not None
        if "one before" in drill.faults:
            await drill.one_before()
        before = set(here.app.halls.reported)
        await drill.begin()
        await drill.play()
        (one,) = here.app.halls.reported - before
        monkeypatch.setenv("ONBELAY_CONFIG", str(here.folder / "onbelay.toml"))
        shown = {how: await reported(tmp_path / how, one, how) for how in ("json", "csv", "html")}
        own, real = here.app.settings.drills_folder / f"{one}.sqlite3", here.folder
        again = Recount(own, real / "world.sqlite3", one, drill.script, here.app.vault)
        past = [
            Recount(own.with_stem(each), real / "world.sqlite3", each, scripts.load()["panic"],
                    here.app.vault)
            for each in before
        ]  # fmt: skip
        said = [s.text.translate(ISOLATES) for s in here.said if s.to == "Tara"]
        over = drill.label(m.ENDED, title=drill.label(drill.script.title))
        for who, since in drill.gone.items():
            still = [s.text.translate(ISOLATES) for s in here.said[since:] if s.to == who]
            assert not [x for x in still if over not in x]
    assert {fault for fault, shows in FAULTS.items() if shows(again)} >= drill.faults
    found = json.loads(shown["json"])
    same_steps(found, again)
    same_cases(found, again)
    same_findings(found, again, past)
    same_rows(found, table(shown["csv"]))
    same_page(found, shown["html"])
    same_lines(found, said)


async def reported(path: Path, one: str, how: str) -> str:
    args = ["drill", "report", one, "--format", how, "--out", str(path)]
    made = await asyncio.to_thread(CliRunner().invoke, app, args)
    assert made.exit_code == 0, made.output
    return await asyncio.to_thread(path.read_text, "utf-8-sig")


def same_steps(found: Found, again: Recount) -> None:
    expected, done, missing = again.expected()
    assert (found["expected"], found["done"]) == (expected, done)
    assert {(x["step"], x["part"]) for x in found["missing"]} == missing
    assert found["pace"] == again.pace
    assert {p["id"]: p["state"] for p in found["people"]} == {
        who: one.state for who, one in again.players().items()
    }
    assert found["observers"] == len(again.asked) - len(again.players())
    keys = ("step", "by", "from", "until", "at", "late")
    for who in found["people"]:
        mine = again.steps(who["id"])
        assert [{k: s[k] for k in keys} for s in who["steps"]] == [
            {k: s[k] for k in keys} for s in mine
        ]
        assert [s["done_by"] for s in who["steps"]] == [s["colleague"] for s in mine]
        did = again.own(who["id"])
        assert {(e["at"], e["what"]) for e in who["timeline"] if e["own"]} == did
        assert {(e["at"], e["what"]) for e in who["timeline"] if not e["own"]} == again.came(
            who["id"]
        )
        for step in who["steps"]:
            meanwhile = {verb for at, verb in did if step["from"] <= at <= step["until"]}
            assert set(step["did"]) == meanwhile


def same_cases(found: Found, again: Recount) -> None:
    assert {case["id"] for case in found["cases"]} == set(again.about)
    for case in found["cases"]:
        one = case["id"]
        assert (case["person"], case["kind"], case["event"]) == again.about[one]
        assert again.first(one, "opened")[0] == case["event"]
        assert (case["acknowledged"], case["by"]) == again.first(one, "acknowledged")
        assert (case["closed"], case["closed_by"]) == again.first(one, "closed")
        assert case["answered"] == again.first(one, "answered")[0]
        assert case["well"] == again.well(one)
        rounds = again.rounds(one)
        assert [(x["at"], x["phase"], x["step"], x["called"], x["reached"])
                for x in case["ladder"]] == [
            (x.at, x.phase, x.step, x.called, x.reached) for x in rounds
        ]  # fmt: skip
        assert [set(x["unreachable"]) for x in case["ladder"]] == [x.lost for x in rounds]
        first = {who: min(x.at for x in rounds if who in x.called)
                 for x in rounds for who in x.called}  # fmt: skip
        assert case["called"] == first
    lost = [(one, x.at) for one in again.about for x in again.rounds(one) if not x.reached]
    assert sorted((x["case"], x["at"]) for x in found["reached_nobody"]) == sorted(lost)
    for which, told, until in (
        ("taken", "to_acknowledgement", "acknowledgement"), ("well", "to_welfare", "welfare"),
    ):  # fmt: skip
        assert found["times"][told] == again.middle(which)
        within = sum(each <= WITHIN[which] for each in again.spans(which))
        assert found["within"][until] == {"cases": len(again.about), "within": within}


def same_findings(found: Found, again: Recount, past: list[Recount]) -> None:
    """Those of the drill before that nobody has ticked off are this one's too."""
    past = [one for one in past if _same_team(one, again)]
    mine = again.findings()
    for one in past:
        mine |= {each for each in one.findings() if each[1] in {"", *again.players()}}
    assert {(f["kind"], f["about"], f["detail"]) for f in found["findings"]} == mine
    assert len(found["findings"]) == len(mine)
    assert [
        (e["done"], e["expected"], e["to_acknowledgement"], e["to_welfare"])
        for e in found["earlier"]
    ] == [
        (one.expected()[1], one.expected()[0], one.middle("taken"), one.middle("well"))
        for one in past
    ]


def _same_team(one: Recount, other: Recount) -> bool:
    """The same trainer gave the same script, or half of them were in both."""
    first, second = set(one.asked), set(other.asked)
    return one.script.name == other.script.name or 2 * len(first & second) >= len(first | second)


# ---------------------------------------------------------------- the same in every format


def same_rows(found: Found, rows: list[dict[str, str]]) -> None:
    """In the CSV."""
    names = {p["id"]: p["name"] for p in found["people"]}

    def of(kind: str, *columns: str) -> list[tuple[str, ...]]:
        return [tuple(row[c] for c in columns) for row in rows if row["table"] == kind]

    def strings(*values: object) -> tuple[str, ...]:
        return tuple("" if v is None else str(int(v) if v is True or v is False else v)
                     for v in values)  # fmt: skip

    assert of("step", "who", "what", "part", "from_ms", "until_ms", "at_ms", "late", "by",
              "done_by") == [
        strings(p["name"], s["step"], p["part"], s["from"], s["until"], s["at"], s["late"], s["by"],
                names.get(s["done_by"], ""))
        for p in found["people"] for s in p["steps"]
    ]  # fmt: skip
    assert of("moment", "who", "what", "at_ms", "by") == [
        strings(p["name"], e["what"], e["at"], "" if e["own"] else "bot")
        for p in found["people"] for e in p["timeline"]
    ]  # fmt: skip
    ends = {"acknowledged": "by", "closed": "closed_by", "answered": "", "well": ""}
    assert of("case", "what", "part", "at_ms") == [
        strings(c["id"], c["kind"], c["event"]) for c in found["cases"]
    ]
    for end, by in ends.items():
        assert of(end, "what", "who", "from_ms", "at_ms", "by") == [
            strings(c["id"], names.get(c["person"]), c["event"], c[end], names.get(c.get(by), ""))
            for c in found["cases"] if c[end] is not None
        ]  # fmt: skip
    assert of("ladder", "what", "who", "part", "at_ms", "by") == [
        strings(c["id"], " ".join(names[who] for who in x["called"]), f"{x['phase']} {x['step']}",
                x["at"], "" if x["reached"] else "reached nobody")
        for c in found["cases"] for x in c["ladder"]
    ]  # fmt: skip
    assert of("finding", "what", "who", "part", "by") == [
        strings(f["kind"], f["name"], f["detail"], f["done_at"]) for f in found["findings"]
    ]
    watched = [strings(found["observers"])] if found["observers"] else []
    assert of("observers", "what") == watched


def same_page(found: Found, page: str) -> None:
    made = {each.heading: each for each in sections(page)}
    first, names = next(iter(made.values())), {p["id"]: p["name"] for p in found["people"]}
    (steps,) = first.figures["Expected steps that happened"]
    assert numbers(steps) == [found["done"], found["expected"]]
    assert (f"Only watched: {found['observers']}." in first.said) == bool(found["observers"])
    labels = {"Taken after (median)": ("acknowledgement", "taken"),
              "Known to be well after (median)": ("welfare", "well")}  # fmt: skip
    assert (set(first.figures) >= set(labels)) == bool(found["cases"])
    for label, (which, target) in labels.items() if found["cases"] else ():
        after, within = first.figures[label]
        assert span(after) == coarse(found["times"][f"to_{which}"])
        inside = found["within"][which]
        assert numbers(within)[:2] == [inside["within"], inside["cases"]]
        assert span(within.partition("within")[2]) == WITHIN[target]
    cases = made["Cases"].rows
    assert len(cases) == len(found["cases"])
    for case, (who, began, *ends) in zip(found["cases"], cases, strict=True):
        assert who == f"#{case['id']} {names[case['person']]}"
        assert span(began) == coarse(case["event"])
        kinds = ("acknowledged", "answered", "closed", "well")
        for kind, said in zip(kinds, ends, strict=True):
            at = case[kind]
            assert span(said) == coarse(None if at is None else at - case["event"])
        assert names.get(case["by"], "") in ends[0]
        assert names.get(case["closed_by"], "") in ends[2]
    listed = {
        "Expected, but did not happen": len(found["missing"]),
        "Rounds of calls that reached nobody": len(found["reached_nobody"]),
        "To mend": len(found["findings"]),
    }
    for heading, n in listed.items():
        assert len(made[heading].said) == max(n, 1)
        assert (made[heading].said == ["None."]) == (n == 0)
    for x, said in zip(found["reached_nobody"], made[[*listed][1]].said, strict=False):
        assert f"#{x['case']}" in said
        assert f"round {x['step']}" in said
        assert span(said.partition("after")[2]) == coarse(max(0, x["at"]))
    came_in = {
        p["id"] for p in found["people"] if p["state"] == "in" or p["steps"] or p["timeline"]
    }
    assert len(came_in) == sum("(" in heading for heading in made)
    for one in found["people"]:
        theirs = [each for heading, each in made.items() if heading.split()[:1] == [one["name"]]]
        if one["id"] not in came_in:
            assert not theirs
            continue
        (section,) = theirs
        mine, came = section.rows[: len(one["steps"])], section.rows[len(one["steps"]) :]
        for step, (_, when, did) in zip(one["steps"], mine, strict=True):
            assert span(when) == coarse(step["at"])
            assert ("late" in when) == step["late"]
            assert names.get(step["done_by"], "") in when
            assert len(did.splitlines()) == len(step["did"])
        often = [numbers(when.partition("(")[2]) or [1] for _, when, _ in came]
        assert sum(n for (n,) in often) == len(one["timeline"])
    rows = [[found["done"], found["expected"], *found["times"].values()]]
    rows += [[e["done"], e["expected"], e["to_acknowledgement"], e["to_welfare"]]
             for e in found["earlier"]]  # fmt: skip
    shown = made["Compared with earlier drills"].rows if found["earlier"] else []
    assert [[*numbers(steps), span(taken), span(well)] for _, steps, taken, well in shown] == (
        [[done, of, coarse(taken), coarse(well)] for done, of, taken, well in rows] if shown else []
    )


def same_lines(found: Found, said: list[str]) -> None:
    """In chat: what the trainer is told when it is over, and the five lines of the report."""
    over = [x for x in said if "expected steps happened" in x][-1]
    counted = next(x for x in over.splitlines() if "expected steps happened" in x)
    assert numbers(counted) == [found["done"], found["expected"]]
    report = [x for x in said if ": the report." in x][-1].splitlines()[2:]
    assert len(report) <= 5
    left = list(report)
    if not found["cases"]:
        assert left.pop(0) == "Nobody had to be called."
    for which, begins in (("acknowledgement", "Calls"), ("welfare", "Known")):
        if not found["cases"]:
            break
        line, inside = left.pop(0), found["within"][which]
        median = found["times"][f"to_{which}"]
        if median is None:
            assert numbers(line) == [inside["cases"]]
            continue
        assert line.startswith(begins)
        after, _, within = line.partition("(median).")
        assert span(after) == coarse(median)
        assert numbers(within)[:2] == [inside["within"], inside["cases"]]
    if n := len(found["reached_nobody"]):
        assert left.pop(0) == f"Rounds of calls that reached nobody: {n}."
    if found["earlier"]:
        before, line = found["earlier"][0], left.pop(0)
        taken, _, well = line.partition("known to be well")
        assert span(taken) == coarse(before["to_acknowledgement"])
        assert span(well) == coarse(before["to_welfare"])
    if n := len(found["findings"]):
        assert left.pop(0).startswith(f"Things to mend: {n}.")
    watched = [f"Only watched: {found['observers']}."] if found["observers"] else []
    assert left == watched[: 5 - len(report) + len(left)]
