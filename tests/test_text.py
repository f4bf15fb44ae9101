"""Texts as people read them: three languages, plurals, times in their zone, isolated names."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outbox import encode, pack_args, unpack_args
from bot.text import FSI, LRI, PDI, BadCatalog, Text, isolated, plural_header, template
from flows.engine.messages import (
    Amount,
    Amounts,
    Country,
    Line,
    Message,
    Moment,
    Passage,
    Place,
    Review,
    Span,
    Value,
)
from flows.guidance.cards import Card, CardStep, Option
from flows.guidance.library import Library

LOCALES = Path(__file__).parents[1] / "locales"
NOW = int(datetime(2026, 11, 21, 14, 30, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR
TEXT = Text.load(LOCALES)
LANGS = list(TEXT.languages)

HELLO = Message("test.hello", "Hello {name}.")
WHEN = Message("test.when", "At {at}.")
CASES = Message("test.cases", "{n} case", "{n} cases", count="n")

CATALOG = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

{entries}
"""


def render(lang: str, said: Message, tz: str = "UTC", /, **args: Value) -> str:
    return TEXT.render(lang, tz, said, args, NOW)


def folder(tmp_path: Path, entries: str, lang: str = "ar") -> Text:
    """Languages from scratch: English, and one whose catalog holds these entries."""
    for code in ("en", lang):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        known = (LOCALES / code / "language.toml").read_text("utf-8")
        (tmp_path / code / "language.toml").write_text(known, "utf-8")
    plural = TEXT.language(lang).plural
    po = tmp_path / lang / "LC_MESSAGES" / "onbelay.po"
    po.write_text(CATALOG.format(plural=plural, entries=entries), "utf-8")
    return Text.load(tmp_path)


def test_every_language_is_named_in_itself_english_first() -> None:
    assert TEXT.languages == {"en": "English", "ar": "العربية", "fr": "Français"}
    assert next(iter(TEXT.languages)) == "en"


def test_an_unknown_language_is_english_and_a_regional_one_its_own() -> None:
    assert TEXT.language("xx").code == "en"
    assert TEXT.language("fr-CA").code == "fr"
    assert TEXT.language("").code == "en"


def test_times_are_of_the_reader_and_say_their_day_unless_it_is_today() -> None:
    assert render("en", WHEN, "Asia/Tbilisi", at=Moment(NOW)) == "At 18:30."
    assert render("en", WHEN, "Asia/Tbilisi", at=Moment(NOW + 2 * DAY)) == "At Mon 18:30."
    assert render("en", WHEN, "Asia/Tbilisi", at=Moment(NOW + 9 * DAY)) == "At Mon 30 Nov, 18:30."
    assert render("en", WHEN, "Pacific/Auckland", at=Moment(NOW - 4 * HOUR)) == "At Sat 23:30."


def test_a_full_time_names_day_city_and_offset() -> None:
    full = Moment(NOW, "full")
    assert render("en", WHEN, "Asia/Tbilisi", at=full) == "At Sat 21 Nov, 18:30 (Tbilisi, UTC+4)."
    assert "(Tbilissi, UTC+4)" in render("fr", WHEN, "Asia/Tbilisi", at=full)
    assert "18:30 (تبليسي، UTC+4)" in render("ar", WHEN, "Asia/Tbilisi", at=full)
    assert render("en", WHEN, "UTC", at=full) == "At Sat 21 Nov, 14:30 (UTC)."
    assert "20:15 (Kathmandu, UTC+5:45)" in render("en", WHEN, "Asia/Kathmandu", at=full)
    assert "11:30 (UTC-3)" in render("en", WHEN, "Etc/GMT+3", at=full)


def test_an_unknown_zone_is_utc() -> None:
    for zone in ("", "Mars/Phobos", "../etc/passwd", "\0"):
        assert render("en", WHEN, zone, at=Moment(NOW)) == "At 14:30."


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 seconds"), (1, "1 second"), (90, "1 minute 30 seconds"), (300, "5 minutes"),
        (5400, "1 hour 30 minutes"), (4 * 3600, "4 hours"), (2 * 86_400 + 30, "2 days"),
        (-5, "0 seconds"),
    ],
)  # fmt: skip
def test_a_span_shows_its_two_largest_units(seconds: int, shown: str) -> None:
    assert render("en", Message("test.s", "{s}"), s=Span(seconds * 1000)) == shown


def test_a_place_is_numbers_and_a_link_that_nothing_sticks_to() -> None:
    for lang in LANGS:
        shown = render(lang, Message("test.p", "{p}"), p=Place(41.7151, 44.8271))
        assert "41.71510, 44.82710" in shown
        link = shown.split()[-1]
        assert link.startswith("https://www.openstreetmap.org/?mlat=41.71510&mlon=44.82710")
        assert link.isascii()


def test_names_are_isolated_for_who_reads_from_the_right() -> None:
    assert render("ar", HELLO, name="Amina") == f"Hello {FSI}Amina{PDI}."
    assert render("en", HELLO, name="Amina") == "Hello Amina."
    assert render("en", HELLO, name="أمينة") == f"Hello {FSI}أمينة{PDI}."


def test_a_name_cannot_break_out_of_its_isolate() -> None:
    assert render("en", HELLO, name=f"a{PDI}\u202eb") == "Hello ab."
    assert render("ar", HELLO, name=f"{PDI}x") == f"Hello {FSI}x{PDI}."


def test_a_case_id_stays_one_piece() -> None:
    shown = render("ar", Message("test.id", "#{id} {name}"), id="K7Q2", name="Omar")
    assert shown == f"{FSI}#K7Q2{PDI} {FSI}Omar{PDI}"


def test_messages_and_lines_inside_messages_are_rendered_too() -> None:
    lines = (Line(HELLO, {"name": "A"}), Line(CASES, {"n": 2}))
    assert render("en", Message("test.b", "{body}"), body=lines) == "Hello A.\n2 cases"
    assert render("en", Message("test.c", "{x} {name}"), x=HELLO, name="B") == "Hello B. B"


def test_a_missing_argument_raises_only_where_it_is_asked_to() -> None:
    assert render("en", HELLO) == "Hello ."
    with pytest.raises(KeyError):
        Text.load(LOCALES, strict=True).render("en", "UTC", HELLO, {}, NOW)


# ---------------------------------------------------------------- guidance cards

COLD = CardStep("cold", "Come in. Is it white?", (Option("Yes", "frost#warm"),), done="frost#warm")
WARM = CardStep("warm", "Warm it slowly.", end=True)
FROST = Card(
    "frost", "en", "Frost", 1, {"cold": COLD, "warm": WARM}, see="Cold hands", source_revision="x"
)
GEL = Card(
    "frost",
    "fr",
    "Gelures",
    1,
    {"cold": CardStep("cold", "Rentrez. Est-ce blanc ?", (Option("Oui", "frost#warm"),))},
    source_revision=FROST.revision,
)
PASSAGE = Message("test.passage", "<{part}>")


def with_cards(*cards: Card) -> Text:
    shelf: dict[str, dict[str, Card]] = {"en": {}}
    for card in cards:
        shelf.setdefault(card.lang, {})[card.id] = card
    text = Text.load(LOCALES)
    text.library = Library(shelf)
    return text


def shown(value: Value, lang: str = "en", *cards: Card, tz: str = "UTC") -> str:
    text = with_cards(*(cards or (FROST, GEL)))
    return text.render(lang, tz, PASSAGE, {"part": value}, NOW).removeprefix("<").removesuffix(">")


@pytest.mark.parametrize(
    ("passage", "english", "french"),
    [
        (Passage("frost"), "Frost", "Gelures"),
        (Passage("frost", "text", "cold"), "Come in. Is it white?", "Rentrez. Est-ce blanc ?"),
        (Passage("frost", "gist", "cold"), "Is it white?", "Est-ce blanc ?"),
        (Passage("frost", "option/0", "cold"), "Yes", "Oui"),
        # What the French card lacks is English, what no card has is its name.
        (Passage("frost", "text", "warm"), "Warm it slowly.", "Warm it slowly."),
        (Passage("frost", "option/1", "cold"), "frost", "frost"),
        (Passage("frost", "text", "gone"), "frost", "frost"),
        (Passage("gone"), "gone", "gone"),
    ],
)
def test_a_passage_is_in_the_readers_language(passage: Passage, english: str, french: str) -> None:
    assert shown(passage) == english
    assert shown(passage, "fr") == shown(passage, "fr-CA") == french
    assert shown(passage, "ar") == english


def test_what_somebody_would_see_is_the_title_where_it_is_not_said() -> None:
    assert shown(Passage("frost", "see")) == "Cold hands"
    assert shown(Passage("frost", "see"), "fr") == "Gelures"


def test_what_our_own_cards_say_is_not_isolated() -> None:
    """It is a text of ours, in the reader's own direction."""
    assert FSI not in shown(Passage("frost"), "ar")


SIGNED: dict[str, Any] = {
    "status": "reviewed",
    "reviewed_by": "Dr Sana Haddad",
    "reviewed_on": "2026-11-01",
}


def test_that_nobody_has_reviewed_it_is_said_with_who_should() -> None:
    assert shown(Review("frost")) == "Not yet reviewed by a clinician."
    law = replace(FROST, reviewer="specialist")
    assert shown(Review("frost"), "en", law) == "Not yet reviewed by a specialist."


def test_a_review_is_shown_with_who_and_when_as_long_as_it_counts() -> None:
    signed = replace(FROST, **SIGNED, reviewed_text=FROST.revision)
    assert shown(Review("frost"), "en", signed) == "Reviewed by Dr Sana Haddad, 2026-11-01."
    void = replace(signed, title="Frosts")
    assert shown(Review("frost"), "en", void) == "Not yet reviewed by a clinician."


def test_a_translation_that_is_older_says_so_reviewed_or_not() -> None:
    """And the English card is never older than itself, whatever stands in it."""
    newer = replace(FROST, title="Frosts")
    signed = replace(GEL, **SIGNED, reviewed_text=GEL.revision)
    current, old = shown(Review("frost"), "fr"), shown(Review("frost"), "fr", newer, GEL)
    assert old.startswith(current)
    assert len(old) > len(current)
    assert "Dr Sana Haddad" in shown(Review("frost"), "fr", newer, signed)
    assert shown(Review("frost"), "en", newer, GEL) == "Not yet reviewed by a clinician."


def test_the_review_is_of_the_card_that_is_shown() -> None:
    """Arabic has none: the English one is shown, and its review."""
    signed = replace(FROST, **SIGNED, reviewed_text=FROST.revision)
    assert "Dr Sana Haddad" in shown(Review("frost"), "ar", signed, GEL)
    assert "Dr Sana Haddad" not in shown(Review("frost"), "fr", signed, GEL)
    assert shown(Review("gone")) == ""


@pytest.mark.parametrize(
    ("code", "english", "french"),
    [("UA", "Ukraine", "Ukraine"), ("EG", "Egypt", "Égypte"), ("ZZZ", "ZZZ", "ZZZ"), ("", "", "")],
)
def test_a_country_is_named_in_the_readers_language(code: str, english: str, french: str) -> None:
    assert (shown(Country(code)), shown(Country(code), "fr")) == (english, french)


@pytest.mark.parametrize(
    ("number", "currency", "english", "french"),
    [
        ("500.000", "TND", "500 TND", "500 TND"),
        ("1500.50", "EUR", "1,500.50 EUR", "1\u202f500,50 EUR"),
        ("500.500", "TND", "500.50 TND", "500,50 TND"),
        ("0.125", "KWD", "0.125 KWD", "0,125 KWD"),
        (
            "123456789012.99",
            "USD",
            "123,456,789,012.99 USD",
            "123\u202f456\u202f789\u202f012,99 USD",
        ),
        ("much", "USD", "much USD", "much USD"),
    ],
)
def test_an_amount_is_marked_as_its_reader_does(
    number: str, currency: str, english: str, french: str
) -> None:
    """Three zeros behind a point are thousands to who writes a comma there."""
    assert shown(Amount(number, currency)) == english
    assert shown(Amount(number, currency), "fr") == french
    assert shown(Amount(number, currency), "ar") == f"{FSI}{english}{PDI}"
    several = Amounts((Amount(number, currency), Amount("5.00", "EUR")))
    assert shown(several, "fr") == f"{french}, 5 EUR"
    args: dict[str, Value] = {"one": several.each[0], "all": several}
    assert unpack_args(json.loads(encode(pack_args(args)))) == args


def test_a_date_behind_arabic_letters_is_not_turned_round() -> None:
    assert isolated("قبل 2026-11-19", True) == f"{FSI}قبل {LRI}2026-11-19{PDI}{PDI}"
    assert isolated("في 2026-03", False) == f"{FSI}في {LRI}2026-03{PDI}{PDI}"
    assert isolated("2026-11-19", True) == f"{FSI}2026-11-19{PDI}"
    assert isolated("+216 71 2026-111", False) == "+216 71 2026-111"


@given(
    st.sampled_from(LANGS),
    st.builds(
        Passage,
        st.sampled_from(["frost", "gone", ""]),
        st.sampled_from(["title", "see", "text", "gist", "option/0", "option/7"]),
        st.sampled_from(["cold", "warm", "gone", ""]),
    )
    | st.builds(Review, st.text())
    | st.builds(Country, st.text()),
)
def test_no_card_makes_render_raise(lang: str, value: Value) -> None:
    assert isinstance(shown(value, lang), str)


def test_arabic_has_six_plurals(tmp_path: Path) -> None:
    forms = "\n".join(f'msgstr[{i}] "{{n}} form{i}"' for i in range(6))
    text = folder(
        tmp_path,
        f'msgctxt "test.cases"\nmsgid "{{n}} case"\nmsgid_plural "{{n}} cases"\n{forms}\n',
    )
    shown = {n: text.render("ar", "UTC", CASES, {"n": n}, NOW) for n in (0, 1, 2, 3, 10, 11, 99)}
    assert [s[-1] for s in shown.values()] == ["0", "1", "2", "3", "3", "4", "4"]
    for n, form in ((100, "5"), (102, "5"), (103, "3"), (111, "4"), (1000, "5")):
        assert text.render("ar", "UTC", CASES, {"n": n}, NOW)[-1] == form


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('msgid "Hello {name}."\nmsgstr ""', "missing"),
        ('#, fuzzy\nmsgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X {name}"', "fuzzy"),
        ('msgctxt "test.hello"\nmsgid "Hi {name}."\nmsgstr "X {name}"', "another English text"),
        ('msgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X"', "placeholders"),
        ('msgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X {name} {x}"', "placeholders"),
        ('msgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X {name"', "filled in"),
        ('msgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X {name!r:>9}"', "filled in"),
        ('msgctxt "test.hello"\nmsgid "Hello {name}."\nmsgstr "X {name.x}"', "filled in"),
    ],
)
def test_a_broken_translation_is_english_and_reported(
    tmp_path: Path, entry: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = folder(tmp_path, entry, "fr")
    monkeypatch.setattr("bot.text.declared", lambda: {HELLO.key: HELLO})
    assert text.render("fr", "UTC", HELLO, {"name": "A"}, NOW) == "Hello A."
    ((key, found),) = text.gaps("fr")
    assert key == "test.hello"
    assert why in found


def test_a_language_folder_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match="missing"):
        Text.load(tmp_path)
    folder(tmp_path, "")
    (tmp_path / "ar" / "language.toml").write_text('name = "x"', "utf-8")
    with pytest.raises(BadCatalog, match=r"ar.language\.toml"):
        Text.load(tmp_path)


def test_plural_headers_are_read_strictly() -> None:
    assert plural_header("nplurals=2; plural=(n != 1);") == ("2", "(n != 1)")
    for bad in ("", "nplurals=0; plural=0;", "plural=n"):
        with pytest.raises(ValueError, match="Plural-Forms"):
            plural_header(bad)


def test_templates_take_plain_names_only() -> None:
    assert template("a {b} c") == (("a ", "b"), (" c", ""))
    for bad in ("{}", "{0}", "{a.b}", "{a[0]}", "{a:>3}", "{a!r}", "{", "}"):
        with pytest.raises(ValueError, match=r".+"):
            template(bad)


# ---------------------------------------------------------------- whatever comes

values = st.one_of(
    st.text(),
    st.integers(),
    st.builds(Moment, st.integers(), st.sampled_from(["time", "full"])),
    st.builds(Span, st.integers()),
    st.builds(Place, st.floats(-90, 90), st.floats(-180, 180)),
)


@given(st.sampled_from([*LANGS, "xx"]), st.text(max_size=40), st.dictionaries(st.text(), values))
def test_render_never_raises(lang: str, zone: str, args: dict[str, Value]) -> None:
    said = Message("test.any", "{a} #{b}", "{c} {a}", count="c")
    keyed: dict[str, Value] = dict(zip("abc", args.values(), strict=False))
    assert isinstance(TEXT.render(lang, zone, said, keyed, NOW), str)


@given(st.sampled_from(LANGS), st.text())
def test_isolates_are_balanced_on_every_line(lang: str, name: str) -> None:
    for line in render(lang, HELLO, name=name).splitlines():
        count = Counter(line)
        assert count[FSI] + count[LRI] == count[PDI]


@given(st.text())
def test_any_text_is_a_template_or_refused_with_a_value_error(text: str) -> None:
    try:
        pairs = template(text)
    except ValueError:
        return
    assert all(name == "" or name.lstrip("#").isidentifier() for _, name in pairs)
