"""The two long forms, walked by a robot: every question of a request and of a report is answered,
left out after an earlier answer, or made pointless by another answer. No more is kept than what
the review shows, and a request in which everything is answered is complete."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from bot.config.funds import load
from flows.engine.flow import Flow
from flows.engine.messages import Message
from flows.engine.model import (
    Case,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    Person,
    Phase,
    Role,
    Say,
    Signal,
)
from flows.engine.places import Places
from flows.engine.questionnaire import EDITING, NOTHING, Form, Question
from flows.engine.words import Words
from flows.fund import flow as fund
from flows.fund import form_messages as fm
from flows.fund.form import FATE, State
from flows.fund.rules import completeness
from flows.fund.terms import CASES, OTHER, Fund
from flows.report import flow as report
from flows.report import messages as rm
from flows.report.form import State as R

NOON = 1_795_262_400_000
ME = Person("p", Role.JOURNALIST, "Amina", channels=("signal",))
CITIES = {"tbilisi": (("Asia/Tbilisi", "Tbilisi"),), "georgia": (("Asia/Tbilisi", "Georgia"),)}
PLACES = Places(CITIES, {}, (("Asia/Tbilisi", 41.7, 44.8),), {"Asia/Tbilisi": "GE"})
LOCALES = Path(__file__).parents[1] / "locales"
WORDS = Words(
    {p.parent.name: tomllib.loads(p.read_text("utf-8")) for p in LOCALES.glob("*/words.toml")}
)
RATES = Path("tests/funds/rates/rates.toml")
FUNDS = {
    (folder, each.id): each
    for folder in ("tests/funds", "tests/funds/two", "deploy/funds")
    for each in load(Path(folder), RATES)[0].values()
}
OPEN = Case("K7Q2", "p", "hotline", Phase.ALERT, "open", False, NOON)


def facts(funds: Mapping[str, Fund] | None = None, files: int = 0) -> Facts:
    policy = replace(Settings.load({}).policy, funds=funds or {})
    kept = tuple(map(str, range(files)))
    return Facts(policy, ME, cases=(OPEN,), words=WORDS, places=PLACES, files=kept)


@dataclass
class Robot:
    """Answers each question with the triggers listed for it."""

    flow: Flow
    facts: Facts
    says: Mapping[Any, tuple[tuple[str, str], ...]]
    state: Any = None
    data: Data = field(default_factory=dict)
    seen: list[Any] = field(default_factory=list)
    effects: tuple[Effect, ...] = ()

    def does(self, trigger: str, what: str = "") -> None:
        typed = trigger in ("text", "media")
        event = Event(
            "e", Kind.TEXT if typed else Kind.CHOICE, trigger, NOON, NOON, "p",
            text=what if typed else "", arg="" if typed else what, channel="signal",
        )  # fmt: skip
        step = self.flow.step(self.state, self.data, event, self.facts)
        assert step is not None, f"{self.state} has no {trigger}"
        self.state, self.data, self.effects = step.state, step.data, step.effects

    def walks(self, end: Any) -> "Robot":
        while self.state is not end:
            asked = self.state
            self.seen.append(asked)
            for trigger, what in self.says[asked]:
                self.does(trigger, what)
            assert self.state is not asked, f"{asked} isn't answered"
        return self


#: What is typed: one thing, or one after the other. "words" where nothing stands here.
TYPED: Mapping[Any, tuple[str, ...]] = {
    State.BORN: ("1990",),
    State.COUNTRY: ("Georgia",),
    State.WHEN: ("2026-11-12",),
    State.DEPENDANTS: ("0",),
    State.GRANTED: ("2024-01",),
    State.EVIDENCE: ("x.org",),
    State.BUDGET: ("rent", "300 EUR", "2", "a bill"),
}
REFEREE = (("text", "+2"), ("pick", "yes"))


def asks(a_fund: Fund, who: str = "me", case: str = "protection", fate: str = "killed") -> Robot:
    """A whole request, up to its review."""
    partner = a_fund.partners[0].id if a_fund.partners else ""
    relation = (("text", "sister"),) if who == "relative" else ()
    says: dict[Any, tuple[tuple[str, str], ...]] = {
        state: tuple(("text", text) for text in TYPED.get(state, ("words",))) for state in State
    }
    says |= {
        State.BEGIN: (("pick", ""),),
        State.KNOWN: (("pick", "yes"),),
        State.WHO: (("pick", who),),
        State.APPLICANT: (("text", "Lea"), ("text", "+1"), *relation),
        State.CASE: (("pick", case),),
        State.FATE: (("pick", fate),),
        State.CAUSE: (("pick", "work"),),
        State.DANGER: (("pick", "no"),),
        State.REFEREES: (
            ("text", "Nino"), *REFEREE, ("another", ""),
            ("text", "Davit"), *REFEREE, ("finish", ""),
        ),
        State.PARTNERS: (("partner", partner), ("kind", "check"), ("chosen", ""), ("finish", "")),
        State.FILES: (("finish", ""),),
    }  # fmt: skip
    for several in (State.EVIDENCE, State.BUDGET):
        says[several] += (("finish", ""),)
    begun = {"id": "F1", "fund": a_fund.id, "on": "signal", "answers": {}, "filed": True}
    robot = Robot(fund.FLOW, facts({a_fund.id: a_fund}, files=3), says, State.BEGIN, begun)
    return robot.walks(State.REVIEW)


def tells(precision: str = "exact") -> Robot:
    says: dict[Any, tuple[tuple[str, str], ...]] = {
        R.ROLE: (("pick", "journalist"),),
        R.CLASS: (("pick", "other"),),
        R.KINDS: (("kind", "threat"), ("finish", "")),
        R.WHEN: (("text", "2026-11-12"),),
        R.PRECISION: (("pick", precision),),
        R.COUNTRY: (("text", "Georgia"),),
        R.PLACE: (("text", "Tbilisi, Rustaveli 1"),),
        R.WHOM: (("pick", "police"),),
        R.GENDER: (("pick", "woman"),),
        R.MEDIUM: (("pick", "radio"),),
        R.WORDS: (("text", "They came at night."),),
        R.EVIDENCE: (("text", "my neighbour"), ("finish", "")),
        R.LINK: (("pick", "case/K7Q2"),),
    }
    begun = {"id": "R1", "on": "signal", "answers": {}}
    return Robot(report.FLOW, facts(), says, R.ROLE, begun).walks(R.REVIEW)


def said(robot: Robot) -> Say:
    return next(e for e in reversed(robot.effects) if isinstance(e, Say))


def value(data: Data, name: str) -> Any:
    found: Any = data["answers"]
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


# ---------------------------------------------------------------- left out

#: Buttons with which a question is passed over, or answered with nothing to keep.
PASSES = (fm.SKIP, fm.NEVER, rm.SKIP, rm.NOT_TOLD, rm.NO_LINK)
#: Without these nobody could decide or count anything, or saying nothing is one of the answers. Of
#: who asks for another it can only be left out how they are reached.
MUST: Mapping[str, Mapping[Any, str]] = {
    "fund": {
        **dict.fromkeys(("who", "case", "fate", "cause", "danger", "known"), "one of a few"),
        "applicant": "an officer has to know who asks",
        "name": "nobody is paid without a name",
        "what": "what it is about",
        "dependants": "0 is none",
        "partners": "each consent can be taken back",
        "files": "files are kept",
    },
    "report": {
        **dict.fromkeys(
            ("role", "class", "kinds", "precision", "whom", "gender", "medium"), "one of a few"
        ),
        "country": "what is counted by",
    },
}
SAFETY = FUNDS["tests/funds", "safety"]
FULL = {
    "me": asks(SAFETY),
    "relative": asks(SAFETY, "relative", "family"),
    **{precision: tells(precision) for precision in ("exact", "city", "region")},
}
FORMS: Mapping[Any, Form] = {fund.FLOW.name: fund.FORM, report.FLOW.name: report.FORM}
EACH = [
    pytest.param(name, question, changed, id=f"{name}-{question.state}-{way}")
    for name, robot in FULL.items()
    for question in FORMS[robot.flow.name].questions
    if question.names and question.state in robot.seen
    for changed, way in ((True, "changed"), (False, "gone back"))
]


def passing(shown: tuple[Choice, ...]) -> Choice | None:
    return next((each for each in shown if each.label in PASSES), None)


@pytest.mark.parametrize(("name", "question", "changed"), EACH)
def test_what_is_left_out_after_an_answer_is_gone(
    name: str, question: Question, changed: bool
) -> None:
    full = FULL[name]
    form = FORMS[full.flow.name]
    data = {**full.data, **({EDITING: True} if changed else {})}
    assert any(value(data, each) not in NOTHING for each in question.names)
    event = Event("e", Kind.CHOICE, "start", NOON, NOON, "p", channel="signal")
    asked = form.ask(question.state, data, event, full.facts)
    robot = replace(full, state=asked.state, data=asked.data, effects=asked.effects)
    if any(each.trigger == "anew" for each in said(robot).choices):
        robot.does("anew")
    left = passing(said(robot).choices)
    assert (left is None) == (question.state in MUST[full.flow.name])
    if left is None:
        return
    robot.does(left.trigger, left.arg.partition("@")[0])
    assert robot.state is not question.state
    kept = {each: value(robot.data, each) for each in question.names}
    nor: tuple[object, ...] = ("unknown", 0)  # a time, the number of files
    assert {k: v for k, v in kept.items() if v not in NOTHING + nor} == {}
    assert question.show(robot.data) in (form.empty, fm.NO, 0)


def test_what_can_only_be_begun_anew_is_gone_then() -> None:
    robot = replace(FULL["exact"], state=R.EVIDENCE)
    robot.does("anew")
    robot.does("finish")
    assert value(robot.data, "told_by") == []
    robot = replace(FULL["relative"], state=State.APPLICANT)
    for trigger, text in (("text", "Lea"), ("skip", ""), ("text", "sister")):
        robot.does(trigger, text)
    assert value(robot.data, "applicant") == {"name": "Lea", "reach": "", "relation": "sister"}


def test_a_point_takes_the_place_of_a_town_that_was_written_before() -> None:
    robot = replace(FULL["exact"], state=R.PLACE)
    assert value(robot.data, "city") == "Tbilisi"
    robot.does("location")
    assert (value(robot.data, "city"), value(robot.data, "place")) == ("", "0.00000, 0.00000")


# ---------------------------------------------------------------- no longer asked for


def unwanted(robot: Robot) -> dict[str, Any]:
    """Answers of questions that the others don't ask for."""
    form = FORMS[robot.flow.name]
    idle = [q for q in form.questions if q.wanted and not q.wanted(robot.data, robot.facts)]
    names = [name for q in idle for name in q.names]
    return {name: value(robot.data, name) for name in names if value(robot.data, name)}


PICKS = [
    ("relative", State.WHO, "me"),
    ("relative", State.WHO, "colleague"),
    ("relative", State.CASE, "protection"),
    ("relative", State.CASE, "other"),
    ("exact", R.PRECISION, "country"),
]


@pytest.mark.parametrize("changed", [True, False], ids=["changed", "gone back"])
@pytest.mark.parametrize(("name", "state", "chosen"), PICKS)
def test_what_is_no_longer_asked_for_is_dropped_at_once(
    name: str, state: Any, chosen: str, changed: bool
) -> None:
    data = {**FULL[name].data, **({EDITING: True} if changed else {})}
    robot = replace(FULL[name], state=state, data=data)
    robot.does("pick", chosen)
    assert robot.data["answers"] != data["answers"]
    assert unwanted(robot) == {}


def test_what_an_older_version_kept_is_dropped_when_it_is_sent() -> None:
    robot = replace(FULL["me"])
    robot.data = {**robot.data, "answers": {**robot.data["answers"], "fate": "killed"}}
    assert unwanted(robot) == {"fate": "killed"}
    robot.does("confirm")
    sent = next(e for e in robot.effects if isinstance(e, Signal))
    assert sent.args["answers"] == FULL["me"].data["answers"]


@pytest.mark.parametrize("fate", FATE)
def test_only_of_somebody_who_was_killed_is_spoken_in_the_past(fate: str) -> None:
    robot = replace(asks(SAFETY, "relative", "family", fate), state=State.CAUSE)
    robot.does("pick", "work")
    assert said(robot).message is (fm.NAME_PAST if fate == "killed" else fm.NAME)
    robot.state = State.CASE
    robot.does("pick", "protection")
    robot.does("pick", "work")
    assert said(robot).message is fm.NAME


def test_contact_may_endanger_both_while_the_journalist_lives() -> None:
    def asked(*who: str) -> Message:
        robot = replace(asks(SAFETY, *who), state=State.REFEREES)
        robot.does("finish")
        return said(robot).message

    assert asked("me") is asked("relative", "family", "killed") is fm.DANGER
    assert asked("colleague") is asked("relative", "family", "alive") is fm.DANGER_BOTH


# ---------------------------------------------------------------- what a change makes necessary


def changes(robot: Robot, state: Any, chosen: str) -> Robot:
    robot = replace(robot, state=robot.state)
    robot.does("change", str(state))
    robot.does("pick", chosen)
    return robot


def test_a_change_asks_for_what_it_makes_necessary() -> None:
    robot = changes(asks(SAFETY, "me", "family"), State.WHO, "relative")
    robot.says = {**robot.says, State.APPLICANT: tuple(("text", x) for x in ("L", "+1", "s"))}
    robot.seen = []
    robot.walks(State.REVIEW)
    assert robot.seen == [State.APPLICANT, State.FATE]
    assert completeness(SAFETY, robot.data["answers"]).missing == ()


def test_who_reports_keeps_the_link_and_did_not_report_their_own_death() -> None:
    robot = changes(FULL["exact"], R.ROLE, "witness")
    assert (robot.state, value(robot.data, "case")) == (R.REVIEW, "K7Q2")
    robot = changes(robot, R.CLASS, "killing")
    robot.does("finish")
    robot = changes(robot, R.ROLE, "journalist")
    assert robot.state is R.CLASS
    assert value(robot.data, "cls") is None


def test_a_link_that_another_role_can_choose_is_asked_anew() -> None:
    works = replace(ME, role=Role.COORDINATOR)
    other = replace(OPEN, id="MYJ5", person="q")
    full = replace(FULL["exact"], facts=replace(facts(), person=works, desk=(other,)))
    robot = changes(full, R.ROLE, "coordinator")
    assert (robot.state, value(robot.data, "case")) == (R.LINK, None)
    robot.does("pick", "case/MYJ5")
    assert (robot.state, value(robot.data, "about")) == (R.REVIEW, "q")
    robot = changes(robot, R.ROLE, "witness")
    assert (robot.state, value(robot.data, "about")) == (R.LINK, None)


def test_a_link_stays_to_be_seen_when_the_case_is_closed() -> None:
    robot = replace(FULL["exact"], facts=replace(facts(), cases=()))
    robot.does("text", "?")
    lines: Any = said(robot).args["lines"]
    assert {"label": rm.L_LINK, "answer": "#K7Q2"} in [line.args for line in lines]


def test_another_fund_asks_anew_whom_it_may_ask() -> None:
    one, two = FUNDS["tests/funds/two", "safety"], FUNDS["tests/funds/two", "small"]
    third = replace(one, id="third")
    both = {each.id: each for each in (one, two, third)}
    robot = replace(asks(one), facts=facts(both))
    robot = changes(robot, State.FUND, one.id)
    assert value(robot.data, "consent") == {one.partners[0].id: ["check"]}
    other = changes(robot, State.FUND, third.id)
    assert (other.state, value(other.data, "consent")) == (State.PARTNERS, None)
    robot = changes(robot, State.FUND, two.id)
    assert (robot.state, value(robot.data, "consent")) == (State.REVIEW, None)
    robot = changes(robot, State.FUND, one.id)
    assert robot.state is State.PARTNERS


# ---------------------------------------------------------------- complete

#: Asked, and not counted: most have no other name, and who begins from nothing lacks nothing.
NOT_COUNTED = {State.BEGIN, State.KNOWN, State.USED}


@pytest.mark.parametrize("key", FUNDS, ids=lambda key: "-".join(key))
def test_a_form_in_which_everything_is_answered_is_complete(key: tuple[str, str]) -> None:
    a_fund = FUNDS[key]
    for who, case, fate in product(("me", "relative", "colleague"), (*CASES, OTHER), FATE):
        robot = asks(a_fund, who, case, fate)
        done = completeness(a_fund, robot.data["answers"])
        documents = set() if a_fund.documents.get(case) else {State.FILES}
        counted = set(robot.seen) - NOT_COUNTED - documents
        assert (done.missing, done.of) == ((), len(counted)), (who, case, fate)
        assert unwanted(robot) == {}


def test_what_was_left_out_is_missing_and_a_no_is_not() -> None:
    robot = replace(FULL["me"], state=State.OTHERS)
    robot.does("skip")
    assert completeness(SAFETY, robot.data["answers"]).missing == ("others",)
    robot.state = State.OTHERS
    robot.does("text", "no")
    assert completeness(SAFETY, robot.data["answers"]).missing == ()
