"""Enrolment, home and the form builder, stepped by hand, data going through JSON between all."""

import json
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.engine.check import edges, problems
from flows.engine.flow import BrokenFlow, Flow
from flows.engine.messages import Line, Message, Moment, declared, message
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
    Policy,
    Redact,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    StartFlow,
    Step,
)
from flows.engine.normal import normal
from flows.engine.places import Places
from flows.engine.questionnaire import (
    Again,
    Form,
    Question,
    Review,
    Taken,
    goes,
    tries,
)
from flows.engine.words import Words
from flows.enrolment import flow as enrolment
from flows.enrolment import messages as m
from flows.home import flow as home
from flows.home import messages as h

NOON = 1_800_014_400_000  # 2027-01-15 12:00 UTC
LOCALES = Path(__file__).parents[1] / "locales"
WORDS = Words(
    {p.parent.name: tomllib.loads(p.read_text("utf-8")) for p in LOCALES.glob("*/words.toml")}
)
CITIES = {
    "tbilisi": (("Asia/Tbilisi", "Tbilisi"),),
    "tripoli": (("Africa/Tripoli", "Tripoli, Libya"), ("Asia/Beirut", "Tripoli, Lebanon")),
}
PLACES = Places(
    CITIES,
    {
        z.casefold(): z
        for z in ("Asia/Kolkata", "Etc/UTC", *(f"Etc/GMT{n:+d}" for n in range(-14, 13)))
    },
    (("Asia/Tbilisi", 41.7, 44.8),),
)
POLICY = Policy(300_000, 300_000, {}, (), 900_000, 300_000, {"inbox": 86_400_000}, "The Example")
LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}


def coordinator(n: int, reachable: bool = True) -> Person:
    return Person(f"c{n}", Role.COORDINATOR, f"C{n}", reachable=reachable)


TWO = (coordinator(1), coordinator(2))


@dataclass
class Phone:
    """One person and their instance of one flow, as the engine would keep it."""

    flow: Flow = enrolment.FLOW
    person: Person = field(
        default_factory=lambda: Person(
            "p", Role.JOURNALIST, "", enrolled=False, channels=("telegram",)
        )
    )
    state: str = ""
    stored: str = "{}"
    states: dict[str, str] = field(default_factory=dict)
    coordinators: tuple[Person, ...] = TWO
    cases: tuple[Case, ...] = ()
    channels: tuple[str, ...] = ("telegram", "signal")
    contacts: dict[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=lambda: LANGUAGES)
    now: int = NOON
    effects: tuple[Effect, ...] = ()
    words: list[str] = field(default_factory=list)
    walked: tuple[str, str, str, str] = ("", "", "", "")
    n: int = 0

    @property
    def data(self) -> Data:
        found: Data = json.loads(self.stored)
        return found

    def facts(self) -> Facts:
        self.n += 1
        return Facts(
            POLICY,
            self.person,
            coordinators=self.coordinators,
            cases=self.cases,
            words=WORDS,
            places=PLACES,
            languages=self.languages,
            channels=self.channels,
            contacts=self.contacts,
            states=self.states,
            seed=str(self.n).encode(),
        )

    def does(self, trigger: str, kind: Kind = Kind.SIGNAL, **more: Any) -> "Phone":
        """One event. A trigger that isn't listed changes nothing."""
        event = Event(str(self.n), kind, trigger, more.pop("at", self.now), self.now, "p", **more)
        state = self.state or str(self.flow.initial)
        if self.flow.final(state):
            state, self.stored = str(self.flow.initial), "{}"
        step = self.flow.step(state, self.data, event, self.facts())
        self.effects = step.effects if step else ()
        if step:
            self.walked = (self.flow.name, state, trigger, str(step.state))
            self.state, self.stored = str(step.state), json.dumps(step.data)
            for effect in step.effects:
                if isinstance(effect, SetProfile):
                    self._profile(effect)
        return self

    def _profile(self, change: SetProfile) -> None:
        if change.field == "words":
            self.words, self.person = change.value, replace(self.person, has_words=True)
        elif change.field != "link":
            self.person = replace(self.person, **{change.field: change.value})

    def types(self, text: str, **more: Any) -> "Phone":
        return self.does("text", Kind.TEXT, text=text, **more)

    def taps(self, trigger: str, arg: str = "") -> "Phone":
        """A choice that the last messages offered to this flow."""
        assert (trigger, arg) in [(c.trigger, c.arg) for c in self.choices if not c.to]
        return self.does(trigger, Kind.CHOICE, arg=arg)

    @property
    def said(self) -> list[Message]:
        return [e.message for e in self.effects if isinstance(e, Say)]

    @property
    def choices(self) -> list[Choice]:
        return [c for e in self.effects if isinstance(e, Say) for c in e.choices]

    def args(self, said: Message) -> Mapping[str, Any]:
        return next(e.args for e in self.effects if isinstance(e, Say) and e.message is said)


def at(state: enrolment.State, **more: Any) -> Phone:
    """Somebody who has come as far as this."""
    phone = Phone(**more).does("start", args={"lang": "en"})
    way: tuple[Callable[[Phone], Phone], ...] = (
        lambda p: p.taps("choose", "en"),
        lambda p: p.taps("agree"),
        lambda p: p.types("Amina"),
        lambda p: p.types("Tbilisi"),
        lambda p: p.taps("yes"),
        lambda p: p.taps("skip") if p.state == S.SECOND else p,
        lambda p: p.taps("use"),
        lambda p: p.does("sos", Kind.TEXT, text="sos"),
        lambda p: p.does("ok", Kind.TEXT, text="ok"),
    )
    for step in way:
        if phone.state == state:
            return phone
        step(phone)
    assert phone.state == state
    return phone


def enrolled(**more: Any) -> Phone:
    person = Person("p", Role.JOURNALIST, "Amina", channels=("telegram",), has_words=True)
    return Phone(person=replace(person, **more.pop("person", {})), **more)


S = enrolment.State
OPEN = [s for s in S if s is not S.DONE]


# ---------------------------------------------------------------- the whole way


def test_the_whole_way_ends_in_the_menu() -> None:
    phone = at(S.DONE)
    assert phone.person.enrolled
    assert (phone.person.name, phone.person.tz) == ("Amina", "Asia/Tbilisi")
    assert phone.said == [m.ANSWERED, m.DONE]
    assert phone.effects[-1] == Signal("home", "p", "menu")
    assert phone.data == {}


def test_tables_are_sound() -> None:
    assert problems(enrolment.FLOW) == []
    assert problems(home.FLOW) == []


@pytest.mark.parametrize("state", OPEN)
def test_every_question_takes_free_text_and_offers_a_way(state: enrolment.State) -> None:
    phone = at(state)
    asked = [e for e in phone.effects if isinstance(e, Say)][-1]
    assert asked.expects
    assert asked.choices or state in (S.NAME, S.ZONE)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("trigger", ["location", "media", "ok", "start", "text"])
def test_whatever_is_sent_is_answered(state: enrolment.State, trigger: str) -> None:
    phone = at(state).does(trigger, text="?? ?")
    assert phone.said or phone.state == S.DONE


@pytest.mark.parametrize("state", OPEN[1:])
def test_back_goes_one_step_back(state: enrolment.State) -> None:
    order = list(S)
    phone = at(state).does("back", Kind.TEXT)
    assert phone.state == order[order.index(state) - 1]
    assert phone.said


def test_start_again_asks_where_they_stopped() -> None:
    phone = at(S.ZONE).does("start")
    assert (phone.state, phone.said) == (S.ZONE, [m.ZONE])


def test_one_language_and_one_app_are_not_asked_about() -> None:
    phone = Phone(languages={"en": "English"}, channels=("telegram",)).does("start")
    assert phone.state == S.PRIVACY
    phone.does("back")
    assert phone.state == S.PRIVACY
    phone.does("agree").types("Amina").types("tbilisi").taps("yes")
    assert phone.state == S.WORDS
    assert phone.does("back").state == S.ZONE_CHECK


def test_a_language_may_be_typed() -> None:
    phone = Phone().does("start").types("francais")
    assert (phone.state, phone.person.lang) == (S.PRIVACY, "fr")
    phone = Phone().does("start").types("AR")
    assert phone.person.lang == "ar"


def test_privacy_is_generated_from_what_is_configured() -> None:
    phone = at(S.PRIVACY)
    lines = [line.message for line in phone.args(m.PRIVACY_OF)["lines"]]
    assert m.KEPT_INBOX in lines
    assert m.KEPT_OUTBOX not in lines
    assert m.TELEGRAM_READS in lines
    alone = at(S.PRIVACY, channels=("signal",))
    assert m.TELEGRAM_READS not in [x.message for x in alone.args(m.PRIVACY_OF)["lines"]]


def test_not_now_can_be_resumed() -> None:
    phone = at(S.PRIVACY).taps("not_now")
    assert (phone.state, phone.said) == (S.PRIVACY, [m.WAITING])
    assert phone.types("I am back").said[-1] is m.PRIVACY_OF
    assert phone.taps("agree").state == S.NAME


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    "typed",
    [
        "Amina",
        "أمينة",
        "Nguyễn Thị",
        "O'Brien-Smith",
        "می‌نا",
        "J. R.",
        "  two\n lines ",
        "김",
        "अमीना",
    ],
)
def test_names_of_many_scripts(typed: str) -> None:
    phone = at(S.NAME).types(typed)
    assert phone.state == S.ZONE
    assert phone.person.name == unicodedata.normalize("NFC", " ".join(typed.split()))


@pytest.mark.parametrize(
    ("typed", "called"),
    [("Zoé 🌸", "Zoé"), ("❤️ Amina ❤️", "Amina"), ("👩🏽‍🚒 أمينة", "أمينة"), ("⚠️Omar", "Omar")],
)
def test_pictures_beside_a_name_are_left_out(typed: str, called: str) -> None:
    phone = at(S.NAME).types(typed)
    assert (phone.state, phone.person.name) == (S.ZONE, called)


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\u3164", "\u200c", "A\u202eanima", "A\x00", "#K7Q2", "/start ABCDEFGHJK",
        "<b>x</b>", "***", "a@b", "12", "\ud800", "Z" + "\u0301" * 9, "x" * 41, "x" * 8_000, "🙂",
    ],
)  # fmt: skip
def test_hostile_names_are_refused_kindly(typed: str) -> None:
    phone = at(S.NAME).types(typed)
    assert phone.state == S.NAME
    assert phone.said[0] in (m.NAME_LENGTH, m.NAME_LETTERS)
    assert phone.person.name == ""


@given(st.text(max_size=60))
def test_no_name_turns_a_line_round_or_breaks_it(typed: str) -> None:
    phone = at(S.NAME).types(typed)
    name = phone.person.name
    assert len(name) <= 40 + name.count("\u200c") + name.count("\u200d")
    shown = name.replace("\u200c", "").replace("\u200d", "")
    assert not any(unicodedata.category(c)[0] == "C" for c in shown)
    assert not set(name) & set("#/@*<>\n")


def test_a_name_that_is_known_can_be_kept() -> None:
    phone = at(S.ZONE).does("back").taps("keep")
    assert (phone.state, phone.person.name) == (S.ZONE, "Amina")


# ---------------------------------------------------------------- time zones


def test_the_zone_is_set_before_the_time_is_said() -> None:
    phone = at(S.ZONE_CHECK)
    fields = [e.field if isinstance(e, SetProfile) else e.message.key for e in phone.effects]  # type: ignore[union-attr]
    assert fields == ["tz", "enrolment.zone_check"]
    assert phone.args(m.ZONE_CHECK) == {"now": Moment(NOON)}


def test_several_places_are_chosen_from() -> None:
    phone = at(S.ZONE).types("Tripoli")
    assert [c.args["name"] for c in phone.choices] == ["Tripoli, Libya", "Tripoli, Lebanon"]
    phone.taps("pick", "Asia/Beirut")
    assert (phone.state, phone.person.tz) == (S.ZONE_CHECK, "Asia/Beirut")


def test_a_location_will_do() -> None:
    phone = at(S.ZONE).does("location", Kind.LOCATION, lat=41.0, lon=45.0)
    assert (phone.state, phone.person.tz) == (S.ZONE_CHECK, "Asia/Tbilisi")


@pytest.mark.parametrize(
    ("typed", "tz"),
    [
        ("12:01", "Etc/UTC"), ("15:02", "Etc/GMT-3"), ("6:57", "Etc/GMT+5"),
        ("17:30", "Asia/Kolkata"), ("٢٠:٠٠", "Etc/GMT-8"), ("00:00", "Etc/GMT-12"),
    ],
)  # fmt: skip
def test_the_clock_will_do(typed: str, tz: str) -> None:
    assert at(S.ZONE).types(typed).person.tz == tz


def test_an_unknown_place_asks_again() -> None:
    phone = at(S.ZONE).types("Xyzzyqw")
    assert (phone.state, phone.said) == (S.ZONE, [m.ZONE_UNKNOWN])


def test_a_wrong_clock_is_put_right() -> None:
    phone = at(S.ZONE_CHECK).taps("no")
    assert phone.state == S.ZONE
    phone = at(S.ZONE_CHECK).types("Tripoli")
    assert (phone.state, phone.said) == (S.ZONE_CHECK, [m.ZONE_WHICH])
    phone.taps("pick", "Africa/Tripoli")
    assert (phone.state, phone.person.tz) == (S.ZONE_CHECK, "Africa/Tripoli")


# ---------------------------------------------------------------- the second app


def _code(phone: Phone) -> str:
    drawn = [e.value for e in phone.effects if isinstance(e, SetProfile) and e.field == "link"]
    return str(drawn[0])


def test_the_code_is_shown_again_while_it_works() -> None:
    phone = at(S.SECOND)
    code = _code(phone)
    assert len(code) == 10
    assert phone.args(m.SECOND) == {"app": "Signal", "code": code, "where": ""}
    phone.types("what?")
    assert phone.args(m.SECOND)["code"] == code
    assert not [e for e in phone.effects if isinstance(e, SetProfile)]
    assert phone.types(code.lower()).said == [m.SECOND_HERE]
    phone.now += 24 * 3_600_000
    assert _code(phone.does("start")) != code


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://t.me/quiet_bot?start={code}", "https://t.me/quiet_bot?start=%s"),
        ("https://signal.me/#p/+4512345678", "https://signal.me/#p/+4512345678"),
    ],
)
def test_a_link_that_can_carry_the_code_carries_it(link: str, shown: str) -> None:
    phone = at(S.SECOND)
    code = _code(phone)
    phone.contacts = {"signal": link}
    phone.does("start")
    assert phone.args(m.SECOND)["where"] == (shown % code if "%" in shown else shown)


def test_linked_goes_on() -> None:
    phone = at(S.SECOND)
    phone.person = replace(phone.person, channels=("signal", "telegram"))
    assert phone.does("linked").state == S.WORDS
    assert phone.does("back").state == S.ZONE_CHECK


def test_no_other_app_any_more() -> None:
    phone = at(S.SECOND)
    phone.channels = ("telegram",)
    assert phone.does("start").said == [m.SECOND_NONE]
    assert phone.taps("skip").state == S.WORDS


# ---------------------------------------------------------------- the two words


def test_words_shown_are_taken_and_forgotten() -> None:
    phone = at(S.WORDS)
    first = phone.data["pair"]
    assert phone.said == [m.WORDS, m.PAIR]
    phone.taps("others")
    assert phone.data["pair"] != first
    shown = phone.data["pair"]
    phone.taps("use")
    assert phone.words == [normal(w) for w in shown]
    assert phone.said[0] is m.WORDS_SET
    assert "pair" not in phone.data


def test_own_words_are_taken_and_their_message_goes() -> None:
    phone = at(S.WORDS).types("Harmonica, Wolkenbruch")
    assert phone.words == ["harmonica", "wolkenbruch"]
    assert phone.effects[0] == Redact()
    assert phone.state == S.REHEARSE_PANIC
    assert "harmonica" not in phone.stored


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("harmonica", m.TWO_WORDS), ("a b c", m.TWO_WORDS), ("", m.TWO_WORDS),
        ("harmonica abc", m.TOO_SHORT), ("harmonica " + "abcdefg" * 4, m.TOO_LONG),
        ("harmonica 12345", m.DIGITS), ("harmonica tomorrow", m.COMMON),
        ("harmonica harmonica", m.ALIKE), ("harmonica harmonicas", m.ALIKE),
        ("harmonica harmonika", m.ALIKE), ("harmonica armonica", m.ALIKE),
        ("harmonica harmonia", m.ALIKE),
    ],
)  # fmt: skip
def test_words_are_refused_with_a_reason(typed: str, why: Message) -> None:
    phone = at(S.WORDS).types(typed)
    assert (phone.state, phone.said, phone.words) == (S.WORDS, [why], [])
    assert phone.effects[0] == Redact()
    assert [c.trigger for c in phone.choices] == ["others", "skip"]


def test_present_words_are_no_new_words() -> None:
    """Whichever of the two it was, the answer is the same."""
    phone = at(S.WORDS).does("ok", Kind.TEXT, text="*** harmonica", word=True)
    assert (phone.state, phone.said) == (S.WORDS, [m.NEW_WORDS])
    assert phone.effects[0] == Redact()


def test_words_can_wait() -> None:
    phone = at(S.WORDS).taps("skip")
    assert phone.state == S.REHEARSE_PANIC
    assert "pair" not in phone.data


# ---------------------------------------------------------------- practice


def _calls(phone: Phone) -> bool:
    return Signal("panic", "p", "sos") in phone.effects


def test_one_sos_is_practice_and_the_next_is_real() -> None:
    phone = at(S.REHEARSE_PANIC).does("sos", Kind.TEXT, text="sos")
    assert not _calls(phone)
    assert phone.said[0] is m.PRACTISED
    assert "sos" not in enrolment.FLOW.claims.get(S(phone.state), frozenset())


def test_a_button_calls_for_real() -> None:
    phone = at(S.REHEARSE_PANIC)
    real = next(c for c in phone.choices if c.label is m.REAL)
    assert (real.to, real.trigger, real.always) == (("panic", "p"), "sos", True)
    assert _calls(phone.does("sos", Kind.CHOICE))
    assert not phone.said


@pytest.mark.parametrize(
    "change",
    [
        {"now": NOON + 11 * 60_000},
        {"states": {"checkin": "asked"}},
        {"states": {"checkin": "overdue"}},
        {"states": {"panic": "active"}},
        {"cases": (Case("K7Q2", "p", "overdue", Phase.ALERT, "open", False, NOON),)},
    ],
)
def test_a_real_call_always_wins(change: dict[str, Any]) -> None:
    phone = at(S.REHEARSE_PANIC)
    for name, value in change.items():
        setattr(phone, name, value)
    assert _calls(phone.does("sos", Kind.TEXT, text="sos"))
    phone.states, phone.cases = {}, ()
    assert _calls(phone.does("sos", Kind.TEXT, text="sos")), "and so do all that follow"


def test_the_practice_ends_by_itself() -> None:
    phone = at(S.REHEARSE_PANIC)
    due = next(e.at for e in phone.effects if isinstance(e, SetTimer))
    phone.now = due
    phone.does("timer.practice", Kind.TIMER)
    assert (phone.state, phone.said[0]) == (S.REHEARSE_CHECKIN, m.PRACTICE_OVER)


def test_at_high_risk_a_word_is_practised() -> None:
    phone = at(S.REHEARSE_PANIC)
    phone.person = replace(phone.person, risk="high")
    phone.taps("skip")
    assert phone.said == [m.SKIPPED, m.PRACTICE_ASK_WORD]
    assert phone.does("ok", Kind.TEXT, text="ok").state == S.REHEARSE_CHECKIN
    assert phone.does("ok", Kind.TEXT, text="***", word=True).state == S.DONE


def test_not_good_in_practice_calls_nobody() -> None:
    phone = at(S.REHEARSE_CHECKIN).taps("not_good")
    assert (phone.state, phone.said[0]) == (S.DONE, m.ANSWERED_BAD)
    assert not _calls(phone)
    assert at(S.REHEARSE_CHECKIN).does("skip", Kind.CHOICE).state == S.DONE


@pytest.mark.parametrize("state", OPEN)
def test_an_ok_reaches_the_real_check_in_that_waits(state: enrolment.State) -> None:
    phone = at(state)
    phone.states = {"checkin": "overdue"}
    phone.does("ok", Kind.TEXT, text="***", word=True)
    assert Signal("checkin", "p", "ok") in phone.effects
    phone.states = {"checkin": "overdue", "panic": "active"}
    phone.does("ok", Kind.TEXT, text="***", word=True)
    assert Signal("panic", "p", "ok") in phone.effects
    assert phone.state == state


# ---------------------------------------------------------------- roles and honesty


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ((), m.NOBODY),
        ((coordinator(1, reachable=False),), m.NOBODY),
        ((coordinator(1), coordinator(2, reachable=False)), m.ONE_ONLY),
    ],
)
def test_too_few_coordinators_are_told_of(who: tuple[Person, ...], told: Message) -> None:
    assert told in at(S.DONE, coordinators=who).said


@pytest.mark.parametrize(
    ("role", "told"), [(Role.COORDINATOR, m.COORDINATOR), (Role.TRAINER, m.TRAINER)]
)
def test_roles_are_explained(role: Role, told: Message) -> None:
    person = Person("p", role, "", enrolled=False, channels=("telegram",))
    assert at(S.DONE, person=person, coordinators=()).said[1:] == [told, m.DONE]


# ---------------------------------------------------------------- one step alone


@pytest.mark.parametrize("only", ["words", "second"])
@pytest.mark.parametrize("way", ["skip", "back", "cancel", "menu"])
def test_one_step_alone_leads_back_to_the_menu(only: str, way: str) -> None:
    phone = enrolled().does("start", args={"only": only})
    assert phone.state == only
    phone.does(way)
    assert (phone.state, phone.effects[-1]) == (S.DONE, Signal("home", "p", "menu"))


def test_alone_words_are_set() -> None:
    phone = enrolled().does("start", args={"only": "words"}).types("harmonica wolkenbruch")
    assert (phone.state, phone.words) == (S.DONE, ["harmonica", "wolkenbruch"])
    phone = enrolled().does("start", args={"only": "words"}).taps("use")
    assert (phone.state, len(phone.words)) == (S.DONE, 2)
    assert enrolled().does("start", args={"only": "second"}).does("linked").state == S.DONE


@pytest.mark.parametrize(("one", "other"), [("words", "second"), ("second", "words")])
def test_what_is_left_open_closes_by_itself_or_makes_room(one: str, other: str) -> None:
    phone = enrolled().does("start", args={"only": one})
    assert any(isinstance(e, SetTimer) and e.name == "leave" for e in phone.effects)
    assert phone.does("start", args={"only": other}).state == other
    phone.does("timer.leave", Kind.TIMER)
    assert (phone.state, phone.said, phone.data) == (S.DONE, [], {})


def test_every_app_is_there_already() -> None:
    both = {"person": {"channels": ("signal", "telegram")}}
    phone = enrolled(**both).does("start", args={"only": "second"})
    assert (phone.state, phone.said) == (S.DONE, [m.SECOND_NONE])
    phone = enrolled(**both).does("start", args={"only": "words"})
    assert phone.does("start", args={"only": "second"}).state == S.DONE
    phone = enrolled().does("start", args={"only": "second"})
    phone.person = replace(phone.person, channels=("signal", "telegram"))
    phone.does("start", args={"only": "second"})
    assert (phone.state, phone.said) == (S.SECOND, [m.SECOND_NONE])


def test_who_is_done_is_not_asked_again() -> None:
    phone = enrolled().does("start")
    assert (phone.state, phone.effects) == (S.DONE, (Signal("home", "p", "menu"),))


@pytest.mark.parametrize("state", [S.SECOND, S.WORDS])
def test_menu_and_cancel_within_the_whole_enrolment(state: enrolment.State) -> None:
    phone = at(state).does("menu")
    assert (phone.state, phone.effects) == (state, (Signal("home", "p", "menu"),))
    assert at(state).does("cancel").said


def test_a_link_after_the_end_starts_nothing() -> None:
    phone = at(S.DONE).does("linked")
    assert phone.effects == ()


# ---------------------------------------------------------------- recovery


@pytest.mark.parametrize(
    ("person", "data", "state"),
    [
        ({}, {}, S.LANGUAGE),
        ({}, {"agreed": 1}, S.NAME),
        ({"name": "Amina"}, {"agreed": 1}, S.ZONE),
        ({"name": "Amina"}, {"agreed": 1, "zoned": True}, S.WORDS),
        ({"name": "Amina", "has_words": True}, {"agreed": 1, "zoned": True}, S.REHEARSE_PANIC),
        ({"enrolled": True}, {}, S.DONE),
    ],
)
def test_a_state_nobody_knows_goes_on_at_the_right_place(
    person: dict[str, Any], data: Data, state: enrolment.State
) -> None:
    phone = Phone(state="a state of another version", stored=json.dumps(data))
    phone.person = replace(phone.person, **person)
    phone.types("hello")
    assert (phone.state, phone.said[0]) == (state, m.RECOVER)


# ---------------------------------------------------------------- anything, in any order

TRIGGERS = sorted({t for row in enrolment.TABLE.values() for t in row})


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(TRIGGERS),
            st.sampled_from(["", "Amina", "Tbilisi", "Tripoli", "14:05", "harmonica wolkenbruch"])
            | st.text(max_size=30),
            st.booleans(),
        ),
        max_size=25,
    ),
    st.sampled_from([{}, {"only": "words"}, {"only": "second"}]),
    st.booleans(),
)
def test_random_events_never_strand_anybody(
    events: list[tuple[str, str, bool]], args: dict[str, str], known: bool
) -> None:
    """A person's event is answered or passed on; no code word stays in the data at the end."""
    phone = (enrolled() if known else Phone()).does("start", args=args)
    for trigger, text, word in events:
        chosen = [c for c in phone.choices if c.trigger == trigger and not c.to]
        arg = chosen[0].arg if chosen else "Asia/Tbilisi" if trigger == "pick" else "en"
        phone.now += 60_000
        listened = enrolment.FLOW.accepts(phone.state, trigger)
        if trigger == "sos":
            listened = phone.state == S.REHEARSE_PANIC
        phone.does(trigger, Kind.TEXT, text=text, arg=arg, word=word, args=args)
        if listened and trigger != "timer.leave":
            assert phone.effects
        if phone.state == S.DONE:
            assert phone.data == {}
        if phone.state not in (S.WORDS, S.SECOND, S.ZONE_CHECK, S.ZONE):
            # As somebody's name it may stay: they have said so.
            assert "harmonica" not in json.dumps({**phone.data, "name": ""})


# ---------------------------------------------------------------- home


def at_home(**more: Any) -> Phone:
    return enrolled(flow=home.FLOW, **more)


MENUS = ["menu", "help", "start", "more", "plans", "settings", "lang", "unknown", "stale", "back"]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("trigger", MENUS)
@pytest.mark.parametrize("checkin", ["", "waiting", "asked", "overdue"])
def test_menus_have_at_most_six_choices_and_a_way_on(
    role: Role, trigger: str, checkin: str
) -> None:
    states = {"checkin": checkin} if checkin else {}
    phone = at_home(person={"role": role}, states=states).does(trigger, Kind.TEXT, text="x")
    shown = [e for e in phone.effects if isinstance(e, Say)]
    assert 1 <= len(shown[-1].choices) <= 6
    assert all(c.always for c in phone.choices)
    for choice in phone.choices:
        if not choice.to:
            assert home.FLOW.accepts("home", choice.trigger)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("known", [True, False])
def test_someone_is_one_tap_away(role: Role, known: bool) -> None:
    phone = at_home(person={"role": role, "enrolled": known}).does("menu")
    assert (("panic", "p"), "sos") in [(c.to, c.trigger) for c in phone.choices]


def test_coordinators_have_cases_trainers_have_not() -> None:
    def triggers(role: Role) -> list[str]:
        return [c.trigger for c in at_home(person={"role": role}).does("menu").choices]

    assert triggers(Role.COORDINATOR) == ["cases", "duty", "sos", "more"]
    assert triggers(Role.TRAINER) == ["duty", "sos", "more"]
    assert triggers(Role.JOURNALIST) == ["ok", "sos", "human", "firstaid", "plans", "more"]
    on = at_home(person={"role": Role.COORDINATOR, "on_duty": True}).does("menu")
    assert [c.arg for c in on.choices if c.trigger == "duty"] == ["off"]


def test_at_high_risk_no_button_says_all_good() -> None:
    for trigger in ("menu", "plans"):
        phone = at_home(person={"risk": "high"}, states={"checkin": "asked"}).does(trigger)
        assert "ok" not in [c.trigger for c in phone.choices]


def test_a_running_plan_can_be_stopped() -> None:
    phone = at_home(states={"checkin": "waiting"}).does("plans")
    assert phone.said == [h.PLANNED]
    assert "stop" in [c.trigger for c in phone.choices]
    assert "stop" not in [c.trigger for c in at_home().does("plans").choices]


@pytest.mark.parametrize(
    "typed", ["fr", "FR", "fr-CA", "fr_BE", "Français", "francais", " FRANÇAIS "]
)
def test_a_language_is_set_before_it_is_spoken(typed: str) -> None:
    phone = at_home().does("lang", Kind.TEXT, text="lang " + typed, arg=typed)
    assert phone.effects[0] == SetProfile("lang", "fr")
    assert phone.said == [h.LANGUAGE_SET]


def test_languages_are_offered_in_their_own_names() -> None:
    for arg, said in (("", h.LANGUAGES), ("tlhingan", h.NO_LANGUAGE)):
        phone = at_home().does("lang", Kind.TEXT, arg=arg)
        assert phone.said == [said]
        assert [c.args["name"] for c in phone.choices] == list(LANGUAGES.values())
    assert phone.taps("set_lang", "ar").person.lang == "ar"
    assert at_home().does("set_lang", Kind.CHOICE, arg="xx").said == [h.NO_LANGUAGE]


def test_what_nobody_waited_for() -> None:
    assert at_home().does("unknown", Kind.TEXT, text="x").said == [h.UNKNOWN]
    assert at_home().does("unknown", Kind.MEDIA).said == [h.ONLY_WORDS]
    assert at_home().does("stale", Kind.CHOICE).said == [h.STALE]
    assert at_home().does("edited", Kind.TEXT).said == [h.EDITED]
    assert at_home().does("start").said == [h.WELCOME, h.MENU]


def test_a_reaction_is_answered_only_while_an_answer_is_awaited() -> None:
    assert at_home().does("reaction", Kind.REACTION, text="👍").effects == ()
    asked = at_home(states={"checkin": "asked"}).does("reaction", Kind.REACTION, text="👍")
    assert asked.said == [h.ASKED]
    assert [c.trigger for c in asked.choices] == ["ok", "not_good", "menu"]
    new = at_home(person={"enrolled": False}).does("reaction", Kind.REACTION, text="👍")
    assert new.said == [h.NOT_AN_ANSWER]


@pytest.mark.parametrize("trigger", ["unknown", "stale", "back", "start"])
def test_who_is_not_enrolled_yet_is_led_back(trigger: str) -> None:
    phone = at_home(person={"enrolled": False}).does(trigger, Kind.TEXT, text="x")
    assert phone.effects == (Signal("enrolment", "p", "start"),)


def test_a_language_in_the_midst_of_enrolment_asks_the_same_again() -> None:
    phone = at_home(person={"enrolled": False}).does("lang", Kind.TEXT, arg="fr")
    assert phone.effects[0] == SetProfile("lang", "fr")
    assert phone.effects[-1] == Signal("enrolment", "p", "start")
    menu = at_home(person={"enrolled": False}).does("menu")
    assert menu.said == [h.UNFINISHED]
    assert (menu.choices[0].to, menu.choices[0].trigger) == (("enrolment", "p"), "start")


@pytest.mark.parametrize("only", ["words", "second"])
def test_words_and_the_second_app_are_set_later(only: str) -> None:
    assert only in [c.trigger for c in at_home().does("settings").choices]
    assert at_home().does(only).effects == (StartFlow("enrolment", "p", {"only": only}),)


def test_home_recovers_into_the_menu() -> None:
    assert at_home(state="gone").does("x").said == [h.MENU]


# ---------------------------------------------------------------- texts

TELLTALE = ("security", "journalist", "alert", "panic", "emergency", "safety", "danger")


def test_texts_are_calm_and_neutral() -> None:
    for key, said in declared().items():
        if key.startswith(("home.", "enrolment.")):
            assert "!" not in said.text, key
            assert not any(word in said.text.lower() for word in TELLTALE), key
            assert len(said.text) <= 300, key


# ---------------------------------------------------------------- the form builder


class Q(StrEnum):
    COLOUR = "colour"
    SHADE = "shade"
    SIZE = "size"
    REVIEW = "review"
    SENT = "sent"


ASKS = {s: message(f"test.form.{s}", f"{s}?") for s in Q}
ASKED_AGAIN = message("test.form.again", "Once more.")
SAVED = message("test.form.saved", "Saved.")


def _question(state: Q, **more: Any) -> Question:
    def ask(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
        return data, (Say(ASKS[state], expects=True),)

    def read(data: Data, event: Event, facts: Facts) -> Taken | Again:
        ok = event.text.isalpha()
        return Taken({**data, str(state): event.text}) if ok else Again(data)

    return Question(
        state,
        ask,
        {"text": tries(read), "skip": goes(lambda data, event, facts: Taken(data))},
        label=ASKS[state],
        show=lambda data: data.get(str(state), ""),
        **more,
    )


def _sent(data: Data, event: Event, facts: Facts) -> Step:
    return Step(Q.SENT, data)


LINE = message("test.form.line", "{label} {answer}")
FORM = Form(
    (
        _question(Q.COLOUR),
        _question(Q.SHADE, follows=True, wanted=lambda data, _: data.get("colour") != "black"),
        _question(Q.SIZE),
    ),
    _sent,
    (Q.SENT,),
    ASKED_AGAIN,
    later=SAVED,
    review=Review(Q.REVIEW, ASKS[Q.REVIEW], LINE, SAVED, ASKED_AGAIN, ASKS[Q.SENT], ASKS[Q.SIZE]),
)
SHIRT = Flow("shirt", {**FORM.rows(), Q.SENT: {}}, Q.COLOUR, _sent)


def shirt() -> Phone:
    return Phone(flow=SHIRT).does("start")


def test_a_form_is_sound_and_runs_to_its_end() -> None:
    assert problems(SHIRT) == []
    phone = shirt().types("red").types("dark").types("L")
    assert phone.state == Q.REVIEW
    assert phone.args(ASKS[Q.REVIEW])["lines"][0] == Line(
        LINE, {"label": ASKS[Q.COLOUR], "answer": "red"}
    )
    assert phone.taps("confirm").state == Q.SENT
    assert phone.data == {"colour": "red", "shade": "dark", "size": "L"}


def test_a_form_validates_passes_over_and_goes_back() -> None:
    phone = shirt().types("7")
    assert (phone.state, phone.said) == (Q.COLOUR, [ASKED_AGAIN, ASKS[Q.COLOUR]])
    assert phone.types("black").state == Q.SIZE
    assert phone.does("back").state == Q.COLOUR
    assert phone.does("back").state == Q.COLOUR
    assert phone.does("media").said == [ASKED_AGAIN, ASKS[Q.COLOUR]]
    phone.does("skip").does("skip").does("skip")
    assert phone.state == Q.REVIEW
    assert phone.does("text").state == Q.REVIEW
    assert phone.does("back").state == Q.SIZE


def test_a_form_is_kept_for_later() -> None:
    phone = shirt().types("red").does("later")
    assert (phone.state, phone.said) == (Q.SHADE, [SAVED])
    assert phone.does("start").said == [ASKS[Q.SHADE]]
    phone.does("skip").does("skip").does("later")
    assert (phone.state, phone.said) == (Q.REVIEW, [SAVED])


def test_an_answer_is_changed_from_the_review() -> None:
    phone = shirt().types("red").types("dark").types("L").taps("change")
    assert phone.said == [ASKS[Q.SENT]]
    phone.taps("change", "colour").types("blue")
    assert phone.state == Q.SHADE
    phone.types("light")
    assert (phone.state, phone.data) == (
        Q.REVIEW,
        {"colour": "blue", "shade": "light", "size": "L"},
    )
    phone.taps("change").taps("change", "size").does("back")
    assert (phone.state, phone.data["size"]) == (Q.REVIEW, "L")
    phone.taps("change").taps("change", "colour").types("black")
    assert phone.state == Q.REVIEW


def test_a_reader_that_says_what_it_does_not_declare_is_a_bug() -> None:
    wrong = replace(FORM.questions[0], takes={"text": goes(FORM.questions[0].takes["text"].reader)})
    form = Form((wrong,), _sent, (Q.SENT,), ASKED_AGAIN)
    flow = Flow("wrong", {**form.rows(), Q.SENT: {}}, Q.COLOUR, _sent)
    with pytest.raises(BrokenFlow):
        Phone(flow=flow).does("start").types("7")


# ---------------------------------------------------------------- every edge exists


def guest() -> Phone:
    """A relative, colleague or witness, asked for their name."""
    someone = Person("p", Role.GUEST, "", enrolled=False, channels=("telegram",))
    return Phone(person=someone).does("start").does("choose", arg="en").does("agree")


def test_a_guest_is_through_after_the_name() -> None:
    through = guest().does("text", Kind.TEXT, text="Rana")
    assert through.state == S.DONE
    assert SetProfile("enrolled", True) in through.effects
    lost = guest()
    lost.state = "gone"
    assert lost.does("text", Kind.TEXT, text="x").state == S.NAME
    named = guest()
    named.state, named.person = "gone", replace(named.person, name="Rana")
    assert named.does("text", Kind.TEXT, text="x").state == S.DONE


def _everywhere() -> list[Phone]:
    """Every state, in every circumstance that decides where it leads."""
    some: list[Phone] = []
    for state in OPEN:
        some.append(at(state))
        some.append(replace(some[-1], states={"panic": "active"}))
        if state is not S.LANGUAGE:
            some.append(replace(some[-2], languages={"en": "English"}))
        if state is not S.SECOND:
            some.append(at(state, channels=("telegram",)))
    both = ("signal", "telegram")
    some += [enrolled().does("start", args={"only": only}) for only in ("words", "second")]
    some += [replace(p, person=replace(p.person, channels=both)) for p in some[-2:]]
    return [
        *some,
        enrolled(),
        enrolled(person={"channels": both}),
        Phone(languages={"en": "English"}),
        guest(),
    ]


def test_every_edge_exists_and_no_other() -> None:
    """`step` raises where one leads elsewhere; here, none is declared that nothing walks."""
    walked = set()
    for phone in _everywhere():
        for trigger in TRIGGERS:
            for text in ("?? ?", "fr", "Amina", "Tbilisi", "harmonica wolkenbruch"):
                for args in ({}, {"only": "words"}, {"only": "second"}):
                    copy = replace(phone)
                    copy.does(trigger, Kind.TEXT, text=text, arg="Asia/Tbilisi", args=args)
                    walked.add(copy.walked)
    assert sorted(set(edges(enrolment.FLOW)) - walked) == []
