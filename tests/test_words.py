"""What people type, in three languages, and what it is taken for."""

import string
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.engine.days import future
from flows.engine.normal import anywhere, normal, short
from flows.engine.words import LONGEST_COMMAND, Words

LOCALES = Path(__file__).parents[1] / "locales"
TABLES = {
    path.parent.name: tomllib.loads(path.read_text("utf-8"))
    for path in sorted(LOCALES.glob("*/words.toml"))
}
WORDS = Words(TABLES)
LANGUAGES = sorted(TABLES)
PHRASES = [phrase for _, phrase in WORDS.panic_phrases()]
ALONE = [phrase for _, phrase in WORDS.panic_phrases("alone")]
ASK = [phrase for _, phrase in WORDS.panic_phrases("ask")]
ASK_ALONE = [phrase for _, phrase in WORDS.panic_phrases("ask_alone")]
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
#: Text as it comes: anything, and much of what looks like ours.
ANY = st.text(max_size=200) | st.lists(
    st.sampled_from([*PHRASES, "ok", "checkin", "4h", "ساعة", "و", "/", "🆘", "\u200f", "ـ", "½"])
    | st.text(max_size=3)
).map(" ".join)


def test_days_as_they_are_written_in_three_languages_and_which_have_not_come() -> None:
    today = date(2026, 11, 21)
    for text, meant in (
        ("3 mars", "2026-03-03"), ("mars 2026", "2026-03"), ("١٩ نوفمبر", "2026-11-19"),
        ("آذار ٢٠٢٦", "2026-03"), ("1er mars 2026", "2026-03-01"),
    ):  # fmt: skip
        assert WORDS.day(text, today) == meant
    come = ("2026-11-21", "2026-11-22", "2026-11", "2026", "")  # the 22nd is today elsewhere
    assert not any(future(each, today) for each in come)
    assert all(future(each, today) for each in ("2026-11-23", "2026-12", "2027", "2027-01-05"))


# ---------------------------------------------------------------- the form that is compared


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("  Aidez-Moi !! ", "aidez moi"),
        ("Où êtes-vous ?", "ou etes vous"),
        ("cœur", "coeur"),
        ("STRASSE straße", "strasse strasse"),
        ("İstanbul ısı", "istanbul isi"),
        ("𝐒𝐎𝐒 ＳＯＳ Ⓢⓞⓢ", "sos sos sos"),
        ("s\u200bo\u00ads\ufeff", "sos"),
        ("النَّجْدَةُ", "النجده"),
        ("أإآٱا", "ااااا"),
        ("مكتبة ومكتبه", "مكتبه ومكتبه"),
        ("کی", "كي"),
        ("تـــمام", "تمام"),
        ("٤ ۴ 4 ४", "4 4 4 4"),
        ("🆘🆘", "🆘 🆘"),
        ("I'm l’ancre", "i m l ancre"),
        ("...", ""),
        ("", ""),
    ],
)
def test_texts_are_compared_in_one_form(typed: str, form: str) -> None:
    assert normal(typed) == form


@given(st.text())
@example("\u0345")
@example("ſ\u0307")
def test_the_form_of_a_form_is_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)
    assert normal(text) == normal(unicodedata.normalize("NFC", text))


# ---------------------------------------------------------------- panic


@pytest.mark.parametrize("phrase", [*PHRASES, *ALONE])
@pytest.mark.parametrize(
    "dress",
    ["{}", " {} ", "/{}", "{}!!!", "¡¡{}??", "«{}»", "\u200f{}", "{} 😭😭", "{0} {0}", "{0}, {0}!",
     "{}\n", "*{}*"],
)  # fmt: skip
def test_a_phrase_that_is_the_whole_message_is_panic(phrase: str, dress: str) -> None:
    assert WORDS.panic(dress.format(phrase)) == "whole"
    assert WORDS.panic(dress.format(phrase.upper())) == "whole"
    assert WORDS.panic(dress.format(unicodedata.normalize("NFD", phrase))) == "whole"


@pytest.mark.parametrize("phrase", [*PHRASES, *ALONE])
def test_a_stretched_phrase_is_panic(phrase: str) -> None:
    for at, char in enumerate(phrase):
        if char.isalpha():
            assert WORDS.panic(phrase[:at] + char * 4 + phrase[at:]) == "whole"


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_among_other_words_is_asked_about(phrase: str) -> None:
    for text in (f"tomorrow {phrase}", f"{phrase} bonjour", f"غدا {phrase} 12", f"x {phrase}, y"):
        assert WORDS.panic(text) == "inside"


@pytest.mark.parametrize(
    "text",
    ["SOSSOSSOS", "sos sos sos", "s.o.s.", "S O S", "helpme", "helppp meee", "aidezmoi", "🆘🆘🆘",
     "🆘❗", "sos au secours النجدة", "النجدة النجدة", "الحقونييي", "SOS" * 40],
)  # fmt: skip
def test_cries_come_in_many_forms(text: str) -> None:
    assert WORDS.panic(text) == "whole"


@pytest.mark.parametrize("phrase", ALONE)
def test_what_reports_are_full_of_is_panic_only_alone(phrase: str) -> None:
    assert WORDS.panic(f"xx {phrase} 12") is None


@pytest.mark.parametrize("phrase", ASK)
def test_what_may_be_a_cry_is_asked_about_anywhere(phrase: str) -> None:
    for text in (phrase, f"{phrase}!!", f"/{phrase}", f"{phrase} 😭", f"xx {phrase} 12"):
        assert WORDS.panic(text) == "inside"


@pytest.mark.parametrize("phrase", ASK_ALONE)
def test_an_everyday_word_that_stands_alone_is_asked_about(phrase: str) -> None:
    for text in (phrase, f"{phrase}!!", f"/{phrase}", f"{phrase} 😭", f"{phrase} {phrase}"):
        assert WORDS.panic(text) == "inside"
    assert WORDS.panic(f"xx {phrase} 12") is None


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("panic", "whole"), ("/panic", "whole"), ("Panique", "whole"), ("kidnapped", "whole"),
        ("they have me", "whole"), ("They’ve got me", "whole"), ("being arrested", "whole"),
        ("I’m being arrested", "whole"), ("arrested", "whole"), ("send help", "whole"),
        ("Send help now!!", "whole"), ("plz help me", "whole"), ("help help help", "whole"),
        ("kidnappée", "whole"), ("la police est là", "whole"), ("Police chez moi", "whole"),
        ("la police est chez moi", "whole"), ("ils sont devant la porte", "whole"),
        ("في خطر", "whole"), ("الشرطة عندي", "whole"), ("الشرطة عند الباب", "whole"),
        ("مخطوفة", "whole"),
        # more of the same makes no sentence of a cry
        ("emergency, help me!", "whole"), ("sos urgence", "whole"), ("help police sos", "whole"),
        ("urgence ils m'arrêtent", "whole"), ("طوارئ ساعدوني", "whole"),
        ("emergency", "inside"), ("URGENCE", "inside"), ("c’est urgent", "inside"),
        ("urgence urgence", "inside"), ("help police", "inside"), ("help emergency", "inside"),
        ("طوارئ", "inside"), ("خطر", "inside"), ("في ناس برا", "inside"),
        ("enlevé", "inside"), ("enlève", "inside"), ("danger", "inside"), ("police", "inside"),
        ("ok they have me", "inside"), ("on me suit depuis ce matin", "inside"),
        ("I think they are following me", "inside"), ("je panique", "inside"),
        ("the police chief spoke", None), ("rendez-vous avec la police demain", None),
        ("three people were arrested at the protest", None), ("don't panic", None),
        ("la police est la première arrivée", None), ("le ministre a été kidnappé", None),
        ("the emergency meeting is at five", None), ("c'est urgent, rappelle le bureau", None),
        ("help help desk", "inside"), ("البلد في خطر", None), ("حالة طوارئ في العاصمة", None),
        ("الشرطة في الشارع", None),
    ],
)  # fmt: skip
def test_what_people_wrote_when_it_was_tried(text: str, heard: str | None) -> None:
    assert WORDS.panic(text) == heard


def test_arabic_joins_and_to_what_follows() -> None:
    assert WORDS.panic("تعالوا وأنقذوني") == "inside"


@pytest.mark.parametrize(
    "text",
    ["", " ", "!!!", "help", "aide", "مساعدة", "the urgent parcel", "SO", "👍👍", "✅",
     "os", "resos", "sosie", "the sossy", "ok", "all good", "les secours sont là",
     "1", "👍", "so sorry", "soso"],
)  # fmt: skip
def test_ordinary_words_are_no_panic(text: str) -> None:
    assert WORDS.panic(text) is None


def test_the_phrases_that_we_promise_are_there() -> None:
    assert {"sos", "aidez-moi", "النجدة", "🆘"} <= set(PHRASES)


def test_a_cry_is_heard_in_a_long_text() -> None:
    assert WORDS.panic("x " * 2_000 + "sos") == "inside"


@given(st.text(), st.sampled_from(PHRASES), st.text())
def test_a_phrase_is_heard_whatever_stands_around_it(left: str, phrase: str, right: str) -> None:
    assert WORDS.panic(f"{left} {phrase} {right}") in ("whole", "inside")


# ---------------------------------------------------------------- commands


def every_command() -> Iterator[tuple[str, str, str]]:
    for lang in LANGUAGES:
        for command, typed in TABLES[lang]["commands"].items():
            for word in typed:
                yield lang, command, word


@pytest.mark.parametrize(("lang", "command", "typed"), list(every_command()))
def test_every_command_is_understood(lang: str, command: str, typed: str) -> None:
    for dress in ("{}", "/{}", " {} ", "{}.", "\u200f/{}", "{}!"):
        assert WORDS.command(dress.format(typed), lang) == (command, "")
        assert WORDS.command(dress.format(typed.upper()), lang) == (command, "")


@pytest.mark.parametrize(
    ("typed", "lang", "taken"),
    [
        ("checkin 4h", "en", ("checkin", "4h")),
        ("Check in 18:30", "fr", ("checkin", "18:30")),
        ("/checkin@quiet_bot 4h", "en", ("checkin", "4h")),
        ("/menu@quiet_bot", "ar", ("menu", "")),
        ("pointage 4 heures", "fr", ("checkin", "4 heures")),
        ("pointage toutes les 2 heures", "fr", ("checkin", "toutes les 2 heures")),
        ("check on me every 2 hours 30 minutes", "en", ("checkin", "every 2 hours 30 minutes")),
        ("rdv avec le ministre demain", "fr", None),
        ("arrêter les pointages", "fr", ("stop", "")),
        ("موعد ٤ ساعات", "ar", ("checkin", "٤ ساعات")),
        ("extend 30m", "ar", ("extend", "30m")),
        ("stop marble", "en", None),
        ("lang fr", "ar", ("lang", "fr")),
        ("note K7Q2 He called; he is at home.", "en", ("note", "K7Q2 He called; he is at home.")),
        ("close #K7Q2 safe", "fr", ("close", "#K7Q2 safe")),
        ("je m'en occupe #K7Q2", "fr", ("ack", "#K7Q2")),
        ("duty on", "ar", ("duty", "on")),
        ("garde activer", "fr", ("duty", "activer")),
        ("je suis bien arrivée", "fr", ("arrived", "")),
        ("أنا بخير الحمد لله", "ar", ("ok", "")),
        # the person's language and English, no other
        ("aide", "fr", ("help", "")),
        ("aide", "en", None),
        ("مساعدة", "fr", None),
        ("aide", "xx", None),
        ("help", "xx", ("help", "")),
        # a sentence isn't a command
        ("help my brother", "en", None),
        ("menu for tonight", "en", None),
        ("stop by the office when you can", "en", None),
        ("no idea", "en", None),
        ("", "en", None),
        ("/", "en", None),
        ("///", "en", None),
        ("/@bot", "en", None),
        ("ok " + "x" * LONGEST_COMMAND, "en", None),
        # how it was said when it was tried
        ("tt va bien", "fr", ("ok", "")),
        ("tt va bien merci", "fr", ("ok", "merci")),
        ("oui tout va bien", "fr", ("ok", "")),
        ("Oui, ça va.", "fr", ("ok", "")),
        ("oui", "fr", ("yes", "")),
        ("oui ça va mal", "fr", None),
        ("انا منيح", "ar", ("ok", "")),
        ("انا منيحة", "ar", ("ok", "")),
        ("كل شي تمام", "ar", ("ok", "")),
        ("كل شيء تمام", "ar", ("ok", "")),
        ("انا منيحة بس في ناس برا", "ar", None),
        ("👍", "fr", ("ok", "")),
        ("👍🏽", "ar", ("ok", "")),
        ("✅", "en", ("ok", "")),
        ("tout va bien👍", "fr", ("ok", "👍")),
        ("👍 but they are outside", "en", None),
        ("👎", "en", None),
        ("🙏", "en", None),
        ("ça va pas du tout", "fr", ("not_good", "")),
        ("ça ne va pas du tout", "fr", ("not_good", "")),
        ("مش منيح", "ar", ("not_good", "")),
        ("مش منيحة", "ar", ("not_good", "")),
        ("انا مش بخير", "ar", ("not_good", "")),
        ("خايف", "ar", ("not_good", "")),
        ("خايفة كثير", "ar", ("not_good", "")),
        ("انا خايفة كثير", "ar", ("not_good", "")),
        ("not ok", "fr", ("not_good", "")),
        ("I’m not ok", "en", ("not_good", "")),
        ("im scared", "en", ("not_good", "")),
        ("pointage 2 heures et demie", "fr", ("checkin", "2 heures et demie")),
        ("اطمئنان كل ٤ ساعات", "ar", ("checkin", "كل ٤ ساعات")),
        ("pointage dans 20 min", "fr", ("checkin", "dans 20 min")),
        # any language's word for it, and any language's name
        ("langue", "ar", ("lang", "")),
        ("اللغة", "en", ("lang", "")),
        ("language", "ar", ("lang", "")),
        ("langue française", "en", ("lang", "fr")),
        ("اللغة الفرنسية", "en", ("lang", "fr")),
        ("lang Arabic", "fr", ("lang", "ar")),
        ("français", "ar", ("lang", "fr")),
        ("Francais", "en", ("lang", "fr")),
        ("العربية", "fr", ("lang", "ar")),
        ("عربي", "en", ("lang", "ar")),
        ("english", "fr", ("lang", "en")),
        ("English please", "ar", ("lang", "en")),
        ("anglais", "ar", ("lang", "en")),
        ("arabe", "en", ("lang", "ar")),
        ("الفرنسية", "ar", ("lang", "fr")),
        ("français", "xx", ("lang", "fr")),
        ("the french embassy", "en", None),
        ("english breakfast", "en", None),
        ("please", "en", None),
        ("la langue de bois du ministre", "ar", None),
        # a coordinator in a hurry
        ("je prend 5apq", "fr", ("ack", "5apq")),
        ("prends K7Q2", "fr", ("ack", "K7Q2")),
        ("prends #ktqm", "fr", ("ack", "#ktqm")),
        ("notes K7Q2 text", "en", ("note", "K7Q2 text")),
        ("note on K7Q2 text", "en", ("note", "K7Q2 text")),
        ("i have it K7Q2", "en", ("ack", "K7Q2")),
        ("i have k7q2", "en", ("ack", "k7q2")),
        ("take K7Q2", "ar", ("ack", "K7Q2")),
        ("closing K7Q2 when she answers", "en", None),
        ("close the case K7Q2 safe", "en", ("close", "K7Q2 safe")),
        ("taking KTQM", "en", ("ack", "KTQM")),
        ("أتولى K7Q2", "ar", ("ack", "K7Q2")),
        ("take care", "en", None),
        ("TAKE THEM", "en", None),
        ("take 5 minutes", "en", None),
        ("take", "en", None),
        ("notes from the meeting", "en", None),
        ("j'ai faim", "fr", None),
        ("I got hurt", "en", None),
    ],
)
def test_commands_take_what_belongs_to_them(
    typed: str, lang: str, taken: tuple[str, str] | None
) -> None:
    assert WORDS.command(typed, lang) == taken


def test_no_word_means_two_commands() -> None:
    """English works everywhere, so a word there can't mean something else in another language."""
    for lang in LANGUAGES:
        meaning: dict[str, str] = {}
        for other in {lang, "en"}:
            for command, typed in TABLES[other]["commands"].items():
                for word in typed:
                    assert meaning.setdefault(normal(word), command) == command, word
            for command, typed in TABLES[other]["before_id"].items():
                for word in typed:
                    assert meaning.get(normal(word), command) == command, word
        assert set(TABLES[lang]["commands"]) == set(TABLES["en"]["commands"])


def test_every_language_has_a_name_in_every_language() -> None:
    for lang in LANGUAGES:
        assert set(TABLES[lang]["names"]) == set(LANGUAGES)
        for code, names in TABLES[lang]["names"].items():
            for name, other in product(names, LANGUAGES):
                assert WORDS.command(name, other) == ("lang", code)


# ---------------------------------------------------------------- numbers, lengths, times


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1", 1), (" 2. ", 2), ("#3", 3), ("4)", 4), ("1️⃣", 1), ("١", 1), ("۲", 2), ("३", 3),
        ("１２", 12), ("٠", 0), ("0001", 1), ("", None), ("a", None), ("1 2", None), ("1a", None),
        ("12345", None), ("-", None), ("half", None), ("1" * 5_000, None),
    ],
)  # fmt: skip
def test_numbers(typed: str, number: int | None) -> None:
    assert WORDS.number(typed) == number


@given(st.integers(0, 9_999), st.sampled_from(["0", "٠", "۰", "०", "０", "০", "𝟎"]))
def test_digits_of_any_script_are_digits(number: int, zero: str) -> None:
    typed = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    assert WORDS.number(typed) == number
    assert WORDS.duration(f"{typed}h") == (number * HOUR or None)


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("90s", 90 * SECOND), ("15m", 15 * MINUTE), ("4h", 4 * HOUR), ("2d", 2 * DAY),
        ("4 H", 4 * HOUR), ("1h30m", 90 * MINUTE), ("1h30", 90 * MINUTE),
        ("1h 30 min.", 90 * MINUTE),
        ("1m30", 90 * SECOND), ("1d12", 36 * HOUR), ("1.5h", 90 * MINUTE), ("1,5 h", 90 * MINUTE),
        ("١٫٥ ساعة", 90 * MINUTE), ("0.5h", 30 * MINUTE), ("2 hours", 2 * HOUR),
        ("two hours", 2 * HOUR), ("an hour", HOUR), ("half an hour", 30 * MINUTE),
        ("an hour and a half", 90 * MINUTE), ("2 hours and 30 minutes", 150 * MINUTE),
        ("every 4h", 4 * HOUR), ("in two days", 2 * DAY), ("2 heures", 2 * HOUR), ("3 j", 3 * DAY),
        ("2h et 15 min", 135 * MINUTE), ("2 heures et demie", 150 * MINUTE),
        ("une demi-heure", 30 * MINUTE), ("un quart d'heure", 15 * MINUTE),
        ("toutes les 4 heures", 4 * HOUR), ("dans 2 h", 2 * HOUR),
        ("٤ ساعات", 4 * HOUR), ("۴ساعات", 4 * HOUR), ("4 س", 4 * HOUR), ("٣٠ د", 30 * MINUTE),
        ("ثلاث ساعات", 3 * HOUR), ("ساعة", HOUR), ("ساعةً", HOUR), ("ساعة واحدة", HOUR),
        ("ساعتين", 2 * HOUR), ("ساعتان", 2 * HOUR), ("ساعتين و30 دقيقة", 150 * MINUTE),
        ("ساعتين ونصف", 150 * MINUTE), ("ساعة ونصف", 90 * MINUTE), ("نصف ساعة", 30 * MINUTE),
        ("ربع ساعة", 15 * MINUTE), ("بعد ساعتين", 2 * HOUR), ("كل 4 ساعات", 4 * HOUR),
        ("دقيقتين", 2 * MINUTE), ("يومين", 2 * DAY), ("٩٠ ثانية", 90 * SECOND),
        ("toutes les deux heures", 2 * HOUR), ("toutes les 2 heures", 2 * HOUR),
        ("كل ٤ ساعات", 4 * HOUR), ("كل ساعتين", 2 * HOUR), ("٣٠ دقيقة", 30 * MINUTE),
        ("every two hours", 2 * HOUR), ("every 90 minutes", 90 * MINUTE), ("every hour", HOUR),
        ("chaque heure", HOUR), ("toutes les heures", HOUR), ("كل ساعة", HOUR),
        ("كل يوم", DAY), ("tous les jours", DAY), ("toutes les demi-heures", 30 * MINUTE),
        ("dans 20 min", 20 * MINUTE), ("in 20 min", 20 * MINUTE), ("بعد ٢٠ دقيقة", 20 * MINUTE),
        ("in about 2 hours", 2 * HOUR), ("d’ici 20 min", 20 * MINUTE),
        ("in hours", None), ("for hours", None), ("pendant des heures", None), ("heure", None),
        ("every", None), ("chaque", None), ("every hour or so", None),
        # nothing that could be meant otherwise
        ("", None), ("4", None), ("h", None), ("0h", None), ("0.0h", None), ("4-6h", None),
        ("-4h", None), ("−4h", None), ("18:30", None), ("1:30", None), ("1.5", None),
        ("4 5h", None),
        ("1,000s", None), ("1234567s", None), ("4h?", None), ("4 apples", None), ("2 x 4h", None),
        ("a", None), ("and", None), ("half", None), ("و", None), ("soon", None), ("4h" * 40, None),
    ],
)  # fmt: skip
def test_lengths(typed: str, length: int | None) -> None:
    assert WORDS.duration(typed) == length


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("dans 20 min", 20 * MINUTE), ("in 20 min", 20 * MINUTE), ("In 2 hours", 2 * HOUR),
        ("بعد ٢٠ دقيقة", 20 * MINUTE), ("بعد ساعتين", 2 * HOUR), ("dans une heure", HOUR),
        ("in an hour and a half", 90 * MINUTE), ("خلال ساعة", HOUR), ("in about 2 hours", 2 * HOUR),
        ("20 min", None), ("every 20 min", None), ("toutes les 2 heures", None),
        ("كل ساعتين", None), ("pendant 2 heures", None), ("in", None), ("in Paris", None),
        ("in 18:30", None), ("dans", None), ("", None), ("in 2 hours at the bridge", None),
    ],
)  # fmt: skip
def test_once_is_no_rhythm(typed: str, length: int | None) -> None:
    assert WORDS.once(typed) == length
    assert length is None or WORDS.duration(typed) == length


@given(st.integers(0, 99), st.integers(0, 59), st.sampled_from(LANGUAGES), st.data())
def test_every_unit_of_every_language_counts(
    hours: int, minutes: int, lang: str, data: st.DataObject
) -> None:
    hour = data.draw(st.sampled_from(TABLES[lang]["units"]["h"]))
    minute = data.draw(st.sampled_from(TABLES[lang]["units"]["m"]))
    length = hours * HOUR + minutes * MINUTE
    assert WORDS.duration(f"{hours} {hour} {minutes} {minute}") == (length or None)
    assert WORDS.duration(f"{hours}{hour}{minutes}{minute}") == (length or None)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("18:30", (18, 30)), ("8:05", (8, 5)), ("18h30", (18, 30)), ("18H30", (18, 30)),
        ("18 h 30", (18, 30)), ("18.30", (18, 30)), ("18 30", (18, 30)), ("00:00", (0, 0)),
        ("6:30pm", (18, 30)), ("6:30 PM", (18, 30)), ("6pm", (18, 0)), ("6 p.m.", (18, 0)),
        ("12am", (0, 0)), ("12:30 am", (0, 30)), ("12pm", (12, 0)), ("at 18:30", (18, 30)),
        ("until 6pm", (18, 0)), ("noon", (12, 0)), ("at midnight", (0, 0)),
        ("à 18h30", (18, 30)), ("à 18h", (18, 0)), ("jusqu'à 19h15", (19, 15)), ("Midi", (12, 0)),
        ("8h15 du soir", (20, 15)), ("٢٠:١٥", (20, 15)), ("۲۰:۱۵", (20, 15)), ("６:３０", (6, 30)),
        ("الساعة ١٨:٣٠", (18, 30)), ("٦ مساءً", (18, 0)), ("6:30 م", (18, 30)),
        ("6:30 ص", (6, 30)), ("3 بعد الظهر", (15, 0)), ("الظهر", (12, 0)),
        ("\u200f18:30", (18, 30)),
        ("24:00", None), ("18:60", None), ("13pm", None), ("0pm", None), ("18:30:00", None),
        ("1830", None), ("18h", None), ("18", None), ("at 6", None), ("", None), ("soon", None),
        ("18:3", None), ("118:30", None), ("18:300", None), ("18:30 tomorrow", None),
        ("½:30", None),
    ],
)  # fmt: skip
def test_times_of_day(typed: str, clock: tuple[int, int] | None) -> None:
    assert WORDS.clock_time(typed) == clock


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(":.h "))
def test_every_minute_of_the_day_can_be_typed(hour: int, minute: int, mark: str) -> None:
    typed = f"{hour:02}{mark}{minute:02}"
    assert WORDS.clock_time(typed) == (hour, minute)
    if mark != "h":
        assert WORDS.duration(typed) is None


# ---------------------------------------------------------------- code words


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "several"), ("two words", "several"), ("...", "several"), ("porte-plume", "several"),
        ("1234", "digits"), ("٤٥٦٧", "digits"), ("cat", "short"), ("aaaa", "short"),
        ("abab", "short"), ("x" * 20 + "abcde", "long"), ("help", "common"), ("Maison", "common"),
        ("MÈRE", "common"), ("البيت", "common"), ("والمدرسة", "common"), ("danger", "common"),
        ("password", "common"), ("checkin", "common"), ("menu", "common"), ("annuler", "common"),
        ("النجدة", "common"), ("secours", "common"), ("moneyyy", "common"), ("thanks", "common"),
        ("lantern", None), ("Marbre", None), ("فانوس", None), ("الفانوس", None), ("zanzibar", None),
    ],
)  # fmt: skip
def test_why_a_code_word_is_refused(word: str, reason: str | None) -> None:
    assert WORDS.refuse_code_word(word) == reason


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I need the Lantern!", "lantern"),
        ("lantern", "lantern"),
        ("(LANTERN)", "lantern"),
        ("the lantern’s light", "lantern"),
        ("j'ai vu l’abeille.", "abeille"),
        ("sous l'érable,", "érable"),
        ("SOUS L'ERABLE", "érable"),
        ("أعطني الفَانُوسَ، من فضلك", "فانوس"),
        ("عندي فانوس.", "فانوس"),
        ("والفانوس؟", "فانوس"),
        ("بالفانوس", "فانوس"),
        ("للفانوس!", "فانوس"),
        ("فـــانوس", "فانوس"),
        ("عندي فانوس", "الفانوس"),
        ("سلحفاه", "سلحفاة"),
    ],
)
def test_a_code_word_is_found_in_a_sentence(text: str, word: str) -> None:
    (token,) = WORDS.tokens(word)
    assert token in WORDS.tokens(text)


@pytest.mark.parametrize("text", ["lanterns", "lanternfish", "a lan tern", "", "🆘"])
def test_a_code_word_is_a_whole_word(text: str) -> None:
    assert "lantern" not in WORDS.tokens(text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pool_is_large_and_all_of_it_can_be_drawn(lang: str) -> None:
    pool = TABLES[lang]["code_words"]["pool"]
    assert len(pool) >= 300
    assert WORDS.pool(lang) == pool
    for word in pool:
        (token,) = WORDS.tokens(word)
        assert token == normal(word)
        assert 4 <= len(token) <= 10


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_two_words_of_a_pool_can_be_taken_for_one_another(lang: str) -> None:
    """One letter more, less, other or swapped: a slip of the thumb must not be the other word."""
    pool = [short(normal(word)) for word in WORDS.pool(lang)]
    slips: dict[str, str] = {}
    for word in pool:
        for slip in {word, *(word[:at] + "?" + word[at + 1 :] for at in range(len(word)))}:
            assert slip not in slips, (word, slips[slip])
            slips[slip] = word
    known = set(pool)
    for word in pool:
        assert not known & {word[:at] + word[at + 1 :] for at in range(len(word))}, word
        swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
        assert not known & (swapped - {word}), word
    whole = [normal(word) for word in WORDS.pool(lang)]
    assert not [(a, b) for a, b in combinations(whole, 2) if a in b or b in a]


@given(st.binary(min_size=8, max_size=32), st.sampled_from([*LANGUAGES, "xx"]))
def test_drawn_words_are_two_and_always_the_same(entropy: bytes, lang: str) -> None:
    first, second = WORDS.generate(entropy, lang)
    assert (first, second) == Words(TABLES).generate(entropy, lang)
    assert normal(first) != normal(second)
    assert {first, second} <= set(WORDS.pool(lang) or WORDS.pool("en"))


def test_every_word_of_the_pool_is_drawn_sometimes() -> None:
    draws = (n.to_bytes(4, "big") + m.to_bytes(4, "big") for n in range(400) for m in (0, 1, n))
    drawn = {word for entropy in draws for word in WORDS.generate(entropy, "en")}
    assert drawn == set(WORDS.pool("en"))


# ---------------------------------------------------------------- the lists


def test_nothing_collides() -> None:
    assert WORDS.collisions() == []


@pytest.mark.parametrize(
    ("phrases", "everyday", "commands", "found"),
    [
        (["Help!"], [], {"help": ["help"]}, "en: panic phrase 'Help!' is the command help in en"),
        (["hilfe"], ["Hilfe"], {}, "en: panic phrase 'hilfe' is an everyday word in en"),
        (["sos"], [], {"sos": ["sos"]}, None),
    ],
)
def test_collisions_are_found(
    phrases: list[str], everyday: list[str], commands: dict[str, list[str]], found: str | None
) -> None:
    table = {"panic": {"phrases": phrases}, "everyday": {"words": everyday}, "commands": commands}
    assert Words({"en": table}).collisions() == ([found] if found else [])
    table["panic"] = {"alone": phrases}
    assert Words({"en": table}).collisions() == ([found] if found else [])
    table["panic"] = {"ask": phrases}
    assert Words({"en": table}).collisions() == ([found] if found else [])
    table["panic"] = {"ask_alone": phrases}
    only_commands = [found] if found and "everyday" not in found else []
    assert Words({"en": table}).collisions() == only_commands


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_everyday_list_is_long_and_never_panic(lang: str) -> None:
    everyday = TABLES[lang]["everyday"]["words"]
    assert len(everyday) >= 300
    asked = {normal(word) for word in ASK_ALONE}
    for word in everyday:
        assert WORDS.panic(word) == ("inside" if normal(word) in asked else None), word


@pytest.mark.parametrize(("lang", "command", "typed"), list(every_command()))
def test_no_command_is_panic_but_sos(lang: str, command: str, typed: str) -> None:
    assert (WORDS.panic(typed) == "whole") == (command == "sos")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_is_a_length_in_one_language_and_another_in_the_next(lang: str) -> None:
    units = {
        normal(word): unit
        for table in TABLES.values()
        for unit, words in table["units"].items()
        for word in words
    }
    for unit, words in TABLES[lang]["units"].items():
        for word in words:
            assert units[normal(word)] == unit, word


# ---------------------------------------------------------------- anything


@settings(max_examples=400, deadline=None)
@given(ANY, st.sampled_from([*LANGUAGES, "", "xx"]))
@example("\ud800", "en")
@example("\0", "ar")
@example("²½①❶", "en")
@example("1" * 200, "en")
def test_every_reader_is_total(text: str, lang: str) -> None:
    assert all(token and " " not in token for token in WORDS.tokens(text))
    command = WORDS.command(text, lang)
    assert command is None or command[0] in TABLES["en"]["commands"]
    assert WORDS.panic(text) in (None, "whole", "inside")
    number = WORDS.number(text)
    assert number is None or 0 <= number <= 9_999
    length = WORDS.duration(text)
    assert length is None or length > 0
    assert WORDS.once(text) in (None, length)
    clock = WORDS.clock_time(text)
    assert clock is None or (0 <= clock[0] < 24 and 0 <= clock[1] < 60)
    assert WORDS.refuse_code_word(text) in (None, "several", "short", "long", "digits", "common")


@given(st.text("0123456789 :.hms,٫-و" + string.ascii_lowercase, max_size=12))
def test_a_length_or_a_time_is_never_both(text: str) -> None:
    assert WORDS.duration(text) is None or WORDS.clock_time(text) is None


def test_a_text_of_any_length_is_read() -> None:
    """How long that takes is measured in tests/bench/texts.py."""
    worst = [
        "sos" * 30_000,
        "so" * 40_000,
        "s o s " * 20_000,
        "a" * 10**6,
        "1h" * 10**5,
        "🆘" * 10**5,
    ]
    worst += [
        "help " * 20_000,
        "ال" * 50_000,
        "\u0301" * 10**6,
        "aidez" * 20_000,
        "ﷺ" * 10**5,
        " " * 10**6,
    ]
    for text in worst:
        for read in (WORDS.panic, WORDS.tokens, WORDS.number, WORDS.duration, WORDS.clock_time):
            read(text)
        WORDS.once(text)
        WORDS.command(text, "fr")
        assert WORDS.refuse_code_word(text) is not None, text[:10]


@pytest.mark.parametrize(
    ("typed", "lang", "read"),
    [
        ("ok thanks", "en", ("ok", "thanks")),
        ("Tout va bien, merci beaucoup", "fr", ("ok", "merci beaucoup")),
        ("بخير شكرا", "ar", ("ok", "شكرا")),
        ("ok 👍", "en", ("ok", "👍")),
        ("ok lantern", "en", None),
        ("ok handcuffed", "en", None),
        ("safe shelling", "en", None),
        ("ok they have me", "en", None),
        ("ok 🆘", "en", None),
        ("ok kidnapped", "en", None),
        ("tt va bien pas", "fr", None),
        ("ok not", "en", None),
        ("ok help me", "en", None),
        ("safe house raided", "en", None),
        ("fine police here", "en", None),
        ("stop they are shooting", "en", None),
        ("ok no", "en", None),
    ],
)
def test_an_answer_that_goes_on_is_no_answer(
    typed: str, lang: str, read: tuple[str, str] | None
) -> None:
    assert WORDS.command(typed, lang) == read


def test_no_word_of_a_prompt_can_be_a_code_word() -> None:
    assert WORDS.refuse_code_word("saxophone") is None
    asking = Words(TABLES, ("Play the Saxophone, {name}?", "أعطني الفانوس"))
    assert asking.refuse_code_word("saxophone") == "common"
    assert asking.refuse_code_word("فانوس") == "common"
    assert "saxophone" not in asking.pool("en")


# ---------------------------------------------------------------- phrases anywhere


@pytest.mark.parametrize(
    ("phrases", "text", "found"),
    [
        (["on fire"], "He is ON  FIRE!", True),
        (["on fire"], "on firewood", False),
        (["on fire"], "iron fire", False),
        (["burn*"], "burning", True),
        (["burn*"], "burn", True),
        (["burn*"], "sunburn", False),
        (["skin .. burn*"], "the skin burns", True),
        (["skin .. burn*"], "my skin is badly, badly burnt", True),
        (["skin .. burn*"], "skin of his two hands burns", False),
        (["skin .. burn*"], "burnt skin", False),
        (["brûlé*"], "BRULEES", True),
        (["l'eau"], "l’eau bouillante", True),
        (["حرق"], "عندي حَرْق", True),
        (["حرق"], "حريق", False),
        (["a.c"], "abc", False),
        (["a (b"], "a b", True),
        (["short", "short of breath"], "he is short of breath now", True),
        # What says nothing finds nothing.
        ([], "anything", False),
        (["", "  ", "!", "*", "..", ".. ..", "* .. *"], "anything at all", False),
    ],
)
def test_phrases_are_found_as_whole_words(phrases: list[str], text: str, found: bool) -> None:
    assert bool(anywhere(phrases).search(normal(text))) is found


def test_of_phrases_that_begin_alike_the_longest_counts() -> None:
    """By how much was said the likeliest card is chosen."""
    assert anywhere(["short", "short of breath"]).findall("short of breath") == ["short of breath"]


CRISIS = [(lang, phrase) for lang, table in TABLES.items() for phrase in table["crisis"]["phrases"]]
NO_CRISIS = [(lang, phrase) for lang, table in TABLES.items() for phrase in table["crisis"]["not"]]


def test_every_phrase_of_a_crisis_is_heard_alone_and_in_a_sentence() -> None:
    """Unless a longer one that begins so means something else."""
    unheard = []
    for lang, phrase in CRISIS:
        said = phrase.replace("*", "").replace("..", "xyz")
        texts = (said, f"xyz {said}, xyz.", said.upper())
        if not all(map(WORDS.crisis, texts)) and not anywhere(no for _, no in NO_CRISIS).search(
            normal(said)
        ):
            unheard.append((lang, phrase))
    assert unheard == []


def test_what_is_taken_out_is_no_crisis_alone_but_hides_none() -> None:
    told = [phrase.replace("*", "").replace("..", "xyz") for _, phrase in NO_CRISIS]
    assert [phrase for phrase in told if WORDS.crisis(phrase)] == []
    for phrase in told:
        assert WORDS.crisis(f"{phrase}. i want to kill myself")
        assert WORDS.crisis(f"i want to kill myself. {phrase}")


def test_a_crisis_is_heard_in_every_language_whatever_the_table() -> None:
    table = {"crisis": {"phrases": ["end it"], "not": ["end it there"]}}
    two = Words({"xx": table, "yy": {"crisis": {"phrases": ["finir"]}}, "zz": {}})
    assert two.crisis("I will END it")
    assert two.crisis("finir")
    assert not two.crisis("let's end it there")
    assert two.crisis("let's end it there. Or end it")
    assert not Words({}).crisis("kill myself")


def test_words_that_stood_apart_are_not_joined_by_what_is_taken_out() -> None:
    table = {"crisis": {"phrases": ["want die"], "not": ["never ever"]}}
    assert not Words({"xx": table}).crisis("want never ever die")


@given(ANY)
def test_a_crisis_is_a_yes_or_a_no(text: str) -> None:
    assert WORDS.crisis(text) in (True, False)


def test_no_language_knows_nothing_and_minds_nothing() -> None:
    empty = Words({})
    assert empty.command("ok", "en") is None
    assert empty.panic("sos") is None
    assert empty.command("français", "fr") is None
    assert empty.duration("4h") == 4 * HOUR
    assert empty.once("in 4h") is None
    assert empty.refuse_code_word("lantern") is None


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("yesterday", "2026-11-20"),
        ("hier soir", "2026-11-20"),
        ("أمس", "2026-11-20"),
        ("Aujourd’hui", "2026-11-21"),
        ("last week", "2026-11"),
        ("il y a deux semaines", "2026-11"),
        ("3 days ago", "2026-11-18"),
        ("قبل 3 أيام", "2026-11-18"),
        ("a month ago", "2026-10"),
        ("last year", "2025"),
        ("12 November 2026", "2026-11-12"),
        ("On the 12th of November", "2026-11-12"),
        ("le 1er mars", "2026-03-01"),
        ("١٢ تشرين الثاني", "2026-11-12"),
        ("mars 2025", "2025-03"),
        ("December", "2025-12"),
        ("19.11.2026", "2026-11-19"),
        ("it may be in 2025", None),
        ("between 12 and 14 November", None),
        ("31.2.2026", None),
        ("on Monday", None),
        ("1403", None),
        ("in 99999999999999 days", None),
        ("999 years ago", None),
    ],
)
def test_a_day_is_read_as_exactly_as_it_was_written(typed: str, day: str | None) -> None:
    assert WORDS.day(typed, date(2026, 11, 21)) == day


@pytest.mark.parametrize("typed", ["No", "never", "None.", "jamais", "لا", "لا أبدا", "aucune"])
def test_no_is_no_in_every_language(typed: str) -> None:
    assert WORDS.none(typed)
    assert not WORDS.none(f"{typed} 2025")
