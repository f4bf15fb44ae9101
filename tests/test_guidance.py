"""Every path of every card, in every language: walked with the flow itself, and read as it is
shown. Nothing leads nowhere, nothing is in another language, and no step needs a second message."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Button, File, Outgoing
from bot.channels.signal.render import render as signal_parts
from bot.channels.telegram.render import render as telegram_parts
from bot.config import Settings
from bot.guidance import Shelf
from bot.languages import LOCALES, load_words
from bot.outbox import button_data
from bot.places import load as load_places
from bot.text import Text
from flows.engine.messages import Passage
from flows.engine.model import (
    CancelTimer,
    Case,
    Choice,
    Data,
    Event,
    Facts,
    Kind,
    OpenCase,
    Person,
    Phase,
    Role,
    Say,
    SetTimer,
    Signal,
    Step,
)
from flows.engine.words import Words
from flows.guidance import messages as m
from flows.guidance.cards import Card, CardStep
from flows.guidance.flow import FLOW
from flows.guidance.leading import UNATTENDED
from flows.guidance.library import Library

NOON = 1_795_262_400_000
LANGUAGES = ("en", "fr", "ar")
PICTURE = File("drawing.png", "image/png", b"\x89PNG")
CASE = Case("K7Q2", "p", "panic", Phase.DISTRESS, "open", False, NOON)


@cache
def text() -> Text:
    found = Text.load(LOCALES)
    found.library = Shelf(LOCALES).load()
    return found


def library() -> Library:
    return text().library


@cache
def words() -> Words:
    return load_words(text())


@cache
def policy() -> Any:
    return Settings.load({}, None).policy


@dataclass
class Reader:
    """Somebody with a card, as the engine would keep their instance."""

    lang: str = "en"
    state: str = "idle"
    stored: str = "{}"
    cases: tuple[Case, ...] = ()
    states: dict[str, str] = field(default_factory=dict)
    effects: tuple[Any, ...] = ()
    now: int = NOON
    role: Role = Role.JOURNALIST

    @property
    def data(self) -> Data:
        found: Data = json.loads(self.stored)
        return found

    @property
    def here(self) -> tuple[str, str]:
        return self.data.get("card", ""), self.data.get("step", "")

    def does(self, trigger: str, arg: str = "", **more: Any) -> "Reader":
        kind = Kind.TIMER if trigger.startswith("timer.") else Kind.TEXT
        at = more.pop("at", self.now)
        event = Event("e", kind, trigger, at, self.now, person="p", arg=arg, **more)
        facts = Facts(
            policy(),
            Person("p", self.role, "Amina", self.lang, "Europe/Kyiv"),
            cases=self.cases,
            words=words(),
            guidance=library(),
            places=load_places(),
            states=self.states,
        )
        step = FLOW.step(self.state, self.data, event, facts)
        assert isinstance(step, Step), f"{trigger} is not listed in {self.state}"
        self.state, self.stored, self.effects = str(step.state), json.dumps(step.data), step.effects
        return self

    @property
    def said(self) -> Say:
        (say,) = (e for e in self.effects if isinstance(e, Say))
        return say

    @property
    def choices(self) -> dict[str, Choice]:
        return {
            c.trigger + c.arg.rpartition("/")[2] * (c.trigger == "option"): c
            for c in self.said.choices
        }

    def found(self, kind: type) -> list[Any]:
        return [e for e in self.effects if isinstance(e, kind)]


def shown(reader: Reader, say: Say) -> Outgoing:
    render = text().render
    buttons = tuple(
        Button(render(reader.lang, "UTC", c.label, c.args, NOON), button_data("a" * 16, n))
        for n, c in enumerate(say.choices)
    )
    words = render(reader.lang, "UTC", say.message, say.args, NOON)
    return Outgoing(
        "1", words, buttons, rtl=text().rtl(reader.lang), file=PICTURE if say.file else None
    )


def everything() -> Iterator[tuple[str, str]]:
    for lang, cards in library().cards.items():
        for name in cards:
            yield lang, name


def ways(step: CardStep) -> list[tuple[str, str]]:
    """(trigger, argument's end) of each way out of a step that its card has."""
    own = [("option", f"/{n}") for n in range(len(step.options))]
    own += [("done", "")] if step.done and not step.options else []
    own += [("fails", "")] if step.fails else []
    return own + ([("timer.step", "")] if step.then else [])


@pytest.mark.parametrize(("lang", "name"), list(everything()))
def test_every_path_of_the_card_leads_to_an_end_in_its_language(lang: str, name: str) -> None:
    """From both beginnings, through every choice, timer and failure, also into other cards."""
    card = library().cards[lang][name]
    starts = [Reader(lang).does("firstaid", name)]
    if card.first_self:
        chosen = Reader(lang).does("what", "me").does("firstaid", name, choice_state="idle")
        starts.append(chosen)
        assert starts[1].here == (name, card.first_self)
    met: dict[tuple[str, str], Reader] = {}
    waiting, ends = list(starts), 0
    while waiting:
        reader = waiting.pop()
        if reader.here in met:
            continue
        met[reader.here] = reader
        card_id, step_id = reader.here
        step = library().cards["en"][card_id].steps[step_id]
        reads_well(reader, library().cards[lang][card_id], step)
        ends += step.end
        for trigger, tail in ways(step):
            arg = "" if trigger.startswith("timer") else f"{card_id}#{step_id}{tail}"
            following = replace(reader)
            following.does(trigger, arg)
            assert following.here != reader.here or trigger == "timer.step"
            waiting.append(following)
    assert ends, "no way led to an end"
    assert {s for c, s in met if c == name} >= set(card.steps) - only_from_elsewhere(card)


def only_from_elsewhere(card: Card) -> set[str]:
    """Steps that only another card leads to."""
    own = {t for s in card.steps.values() for t in s.targets()}
    reached = {card.first, card.first_self}
    reached |= {t.partition("#")[2] for t in own if t.startswith(f"{card.id}#")}
    return set(card.steps) - reached


def reads_well(reader: Reader, card: Card, step: CardStep) -> None:
    """In the reader's language, whole in one message on both platforms, the big next action first,
    a human one tap away."""
    out = shown(reader, reader.said)
    mine = card.steps[step.id]
    assert mine.text in out.text
    labels = [b.label for b in out.buttons]
    for option in mine.options:
        assert any(option.label in label for label in labels)
    assert len(telegram_parts(out)) == 1, f"{card.id}#{step.id}: two messages on Telegram"
    assert len(signal_parts(out)) == 1, f"{card.id}#{step.id}: two messages on Signal"
    assert bool(reader.said.file) == bool(step.drawing) or reader.data.get("unattended", 0) > 1
    triggers = [c.trigger for c in reader.said.choices]
    if step.options or step.done:
        assert triggers[0] in ("option", "done")
    if card.kind == "topic":
        assert "human" in triggers
    assert step_timer(reader) == bool(step.after)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_step_says_whether_a_clinician_has_reviewed_it(lang: str) -> None:
    for card in library().topics():
        out = shown(reader := Reader(lang), reader.does("firstaid", card.id).said)
        mine = library().cards[lang][card.id]
        note = m.UNREVIEWED_CLINICIAN if card.reviewer == "clinician" else m.UNREVIEWED_SPECIALIST
        expected = m.REVIEWED if mine.reviewed else note
        args = {"by": mine.reviewed_by, "on": mine.reviewed_on}
        assert text().render(lang, "UTC", expected, args, NOON) in out.text
        assert mine.title in out.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_topic_is_reached_from_the_three_questions(lang: str) -> None:
    reached = set()
    for whose in ("me", "them", "nobody"):
        reader = Reader(lang).does("firstaid").does("who").does("what", whose)
        offered = {c.arg for c in reader.said.choices if c.trigger == "firstaid"}
        out = shown(reader, reader.said)
        assert len(signal_parts(out)) == len(telegram_parts(out)) == 1
        assert "sexual-violence" in offered
        reached |= offered
    assert reached == {card.id for card in library().topics()}


def test_there_are_seventeen_topics_and_five_lessons_in_every_language() -> None:
    assert [card.order for card in library().topics()] == list(range(1, 18))
    assert len(library().lessons()) == 5
    for lang in LANGUAGES:
        assert library().cards[lang].keys() == library().cards["en"].keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_is_played_to_its_end_and_kept_as_finished(lang: str) -> None:
    for card in library().lessons():
        reader, met = Reader(lang).does("lessons", card.id), set()
        while not (step := library().cards["en"][card.id].steps[reader.here[1]]).end:
            here = f"{card.id}#{step.id}"
            met.add(here)
            # The first choice that isn't known yet: wrong answers lead back to the question.
            goes = [n for n, o in enumerate(step.options) if o.goes not in met]
            trigger, arg = ("option", f"{here}/{goes[0]}") if step.options else ("done", here)
            reader.does(trigger, arg)
        assert reader.data["lessons"][card.id]["done"] == NOON
        assert 5 <= len(met) + 1 <= 12


def test_what_a_card_asks_to_be_recorded_has_words_for_coordinators() -> None:
    from flows.escalation.lines import RECORDS

    recorded = {s.record for c in library().cards["en"].values() for s in c.steps.values()}
    assert recorded - {""} <= RECORDS.keys()


def test_the_first_time_that_was_noted_stays() -> None:
    reader = Reader().does("firstaid", "tourniquet")
    reader.does("option", "tourniquet#when/0").does("done", "tourniquet#place")
    reader.does("done", "tourniquet#strap")
    reader.now += 60_000
    reader.does("done", "tourniquet#turn")
    assert reader.data["times"] == {"tourniquet": NOON + 60_000}
    reader.does("back")
    reader.now += 60_000
    reader.does("done", "tourniquet#turn")
    assert reader.data["times"] == {"tourniquet": NOON + 60_000}


def test_a_button_of_an_earlier_step_leads_nowhere_but_here() -> None:
    reader = Reader().does("firstaid", "burns").does("option", "burns#fire/4")
    for trigger, arg in (("option", "burns#fire/0"), ("done", "burns#flames"), ("fails", "x#y")):
        reader.does(trigger, arg)
        assert reader.here == ("burns", "cool")
        assert reader.said.args["before"] == m.EARLIER


def test_a_step_that_was_taken_out_since_is_said_and_its_case_still_opens() -> None:
    reader = Reader().does("firstaid", "burns")
    reader.stored = json.dumps({**reader.data, "step": "no-longer"})
    first, again, question = (e for e in reader.does("tell").effects if isinstance(e, Say))
    assert [first.message, again.message, question.message] == [m.TOLD, m.STEP_GONE, m.SAFE]
    assert "step" not in reader.data
    reader.stored = json.dumps({**reader.data, "card": "burns", "step": "no-longer"})
    reader.does("resume")
    assert not reader.found(OpenCase)


def test_timers_that_nobody_reacts_to_end() -> None:
    """CPR goes round every two minutes; after an hour and a half without a hand on the phone it is
    quiet, and one tap goes on."""
    reader = Reader().does("firstaid", "unconscious")
    reader.stored = json.dumps({**reader.data, "step": "cpr"})
    for _ in range(UNATTENDED - 1):
        reader.does("timer.step")
        assert step_timer(reader)
    reader.does("timer.step")
    assert not step_timer(reader)
    assert reader.found(CancelTimer)
    assert reader.said.args["before"] == m.QUIET
    reader.does("done", "#".join(reader.here))
    assert reader.data["unattended"] == 0


def test_cases_learn_the_step_but_not_of_a_card_whose_reader_chooses_whom_to_tell() -> None:
    reader = Reader(cases=(CASE,)).does("firstaid", "burns")
    (told,) = reader.found(Signal)
    assert (told.flow, told.subject, told.name) == ("escalation", "K7Q2", "guided")
    assert told.args["guide"]["card"] == "burns"
    for name in ("sexual-violence", "online-abuse"):
        assert not Reader(cases=(CASE,)).does("firstaid", name).found(Signal)
        assert "tell" not in [c.trigger for c in Reader().does("firstaid", name).said.choices]


def test_sexual_violence_says_first_what_choices_exist_and_asks_nothing() -> None:
    for lang in LANGUAGES:
        card = library().cards[lang]["sexual-violence"]
        first = card.steps[card.first]
        assert first.options
        assert not {"?", "؟"} & set(first.text)


@pytest.mark.parametrize("name", ["arrest", "abduction", "online-abuse", "sexual-violence"])
def test_digital_and_legal_topics_end_with_a_human_first(name: str) -> None:
    card = library().cards["en"][name]
    ends = [step for step in card.steps.values() if step.end]
    assert ends
    assert all(step.human for step in ends)


def test_telling_coordinators_opens_one_medical_case_with_the_answers() -> None:
    reader = Reader().does("firstaid", "burns").does("option", "burns#fire/4").does("tell")
    (opened,) = reader.found(OpenCase)
    assert opened.kind == "medical"
    assert opened.args["guide"]["answers"] == [["burns", "fire", "option/4"]]
    reader.cases = (replace(CASE, kind="medical"),)
    assert not reader.does("tell").found(OpenCase)


def test_a_coordinators_view_of_a_step_is_its_question_or_first_sentence() -> None:
    shown_as = {(s.gist): s.text for c in library().cards["en"].values() for s in c.steps.values()}
    assert all(gist and gist in text_ for gist, text_ in shown_as.items())
    passage = Passage("burns", "gist", "fire")
    said = text().render("en", "UTC", m.STEP, {"text": passage}, NOON)
    assert said == "Then look: what is burning the skin?"


def test_the_library_says_where_a_broken_card_is(tmp_path: Path) -> None:
    own = tmp_path / "en" / "burns.md"
    own.parent.mkdir()
    own.write_text("no front matter", "utf-8")
    shelf = Shelf(LOCALES, tmp_path)
    assert [line for line in shelf.wrong() if str(own) in line]
    assert shelf.load().cards["en"]["burns"].title == "Burns"


def step_timer(reader: Reader) -> bool:
    return any(timer.name == "step" for timer in reader.found(SetTimer))


def silent(card: str, step: str, **more: Any) -> Reader:
    """Hurt, at that step, and two of its timers have passed without a word."""
    reader = Reader(**more).does("what", "me").does("firstaid", card, choice_state="idle")
    reader.stored = json.dumps({**reader.data, "card": card, "step": step, "unattended": 1})
    return reader.does("timer.step")


def test_who_is_hurt_and_falls_silent_is_told_of_once_and_again_while_it_lasts() -> None:
    reader = silent("bleeding", "alone-check")
    (opened,) = reader.found(OpenCase)
    assert opened.args["quiet"]
    reader.cases = (replace(CASE, kind="medical"),)
    reader.stored = json.dumps({**reader.data, "unattended": 11})
    reader.does("timer.step")
    assert [s.name for s in reader.found(Signal)].count("fell_silent") == 1


def test_nobody_is_told_of_silence_where_the_reader_chooses_or_captors_may_hold_the_phone() -> None:
    discreet = next(
        (card, step) for card in library().topics() for step in card.steps.values() if step.discreet
    )
    assert discreet
    for card in library().topics():
        for step in card.steps.values():
            if step.then and (card.talk or step.discreet):
                assert not silent(card.id, step.id).found(OpenCase)


def test_words_that_are_not_understood_change_nothing_about_whose_wound_it_is() -> None:
    reader = Reader().does("what", "me").does("firstaid", "bleeding", choice_state="idle")
    assert reader.data["self"]
    reader.does("text", text="please hurry")
    assert reader.said.args["before"] == m.NOT_FOUND
    assert reader.data["self"]
    reader.does("text", text="i burned my hand")
    assert (reader.here[0], reader.data["self"]) == ("burns", True)
