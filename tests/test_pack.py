"""The offline pack, opened with real readers: pypdf for its structure, pdfium for what is seen."""

import asyncio
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.output import OutputProducer
from PIL import Image
from pypdf import PdfReader

from bot import drawings, pack, sheet
from bot.guidance import Shelf
from bot.languages import LOCALES
from bot.sheet import Row, Script, Style, paginate, visual, whole, wrap
from bot.text import FSI, PDI, Text
from flows.guidance import messages as guide
from flows.guidance.cards import Card, parse

NOW = 1_795_000_000_000
LANGS = ("en", "fr", "ar")
SCRIPT, LINE = Script("en", "NotoSans", rtl=False), Style(10)

ENGLISH = """+++
id = "tap"
order = 1
title = "A tap"
see = "A tap that drips"
reviewer = "specialist"
source_revision = ""
status = "unreviewed"
reviewed_by = ""
reviewed_text = ""
unverified = ["How long it drips."]
self = "look"

[[source]]
title = "On taps"
year = 2020
section = "chapter 2"
+++

## close
Close it, gently.

![A hand on a tap, a drop below it](no-such-drawing)

- [It drips](#look)
- [It is closed](#done)
Fails: other#
After 3m: #done

## look
Look at it.

Done: #done

## wait
Wait.

Done: #close
Record: tap

## done
Good.

End: human
"""

ARABIC = """+++
id = "tap"
order = 1
title = "صنبور"
source_revision = "00000000"
status = "unreviewed"
reviewed_by = ""
reviewed_text = ""

[[source]]
title = "On taps (second edition)"
year = 2020
section = "2.1"
+++

## close
نظفوا الجرح بماء نظيف لمدة 20 دقيقة ثم غطوه بقماش جديد.

End

## ask
اسم الطبيبة هو Amina Haddad (MSF) وهي في المدينة.

End
"""


def shipped() -> Text:
    text = Text.load(LOCALES)
    text.library = Shelf(LOCALES).load()
    return text


TEXT = shipped()
BARE = Text.load(LOCALES)  #: knows no cards


def cards(lang: str) -> list[Card]:
    library = TEXT.library
    named = [*library.topics(), *library.lessons()]
    return [card for each in named if (card := library.card(each.id, lang))]


def made(source: str, lang: str) -> Card:
    return parse(source, lang, "a test")


def plain(*some: Card, lang: str = "en", text: Text = BARE) -> str:
    return pack.plain(some, text, lang, "UTC", NOW)


def pdf(*some: Card, lang: str = "en", text: Text = BARE) -> bytes:
    return pack.pdf(some, text, lang, "UTC", NOW)


@pytest.fixture(scope="module")
def whole_packs() -> dict[str, bytes]:
    return {lang: pdf(*cards(lang), lang=lang, text=TEXT) for lang in LANGS}


def shown(body: bytes) -> str:
    """What somebody who copies all of it gets."""
    pages = pypdfium2.PdfDocument(body)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


# ---------------------------------------------------------------- as text


def test_the_text_says_where_everything_leads() -> None:
    assert plain(made(ENGLISH, "en")).splitlines() == [
        "A tap",
        "Not yet reviewed by a specialist.",
        "Nobody writes to you from here, and nobody is told. Where it says so: look at a watch, "
        "and call somebody yourself.",
        "If you are the one who is hurt: go to step 2",
        "",
        "1. Close it, gently.",
        "Drawing: A hand on a tap, a drop below it",
        "- If “It drips”: go to step 2",
        "- If “It is closed”: go to step 4",
        "- After 3 minutes: go to step 4",
        "- Doesn't work: go to “other”",
        "",
        "2. Look at it.",
        "- Then: go to step 4",
        "",
        "3. Wait.",
        "- Write down the time when this is done.",
        "- Then: go to step 1",
        "",
        "4. Good.",
        "- That was the last step. Now talk to a person, if you can.",
        "",
        "Not yet checked against its source:",
        "- How long it drips.",
        "Sources:",
        "- On taps, 2020, chapter 2",
        f"Version {made(ENGLISH, 'en').revision}",
    ]


def test_another_card_is_named_by_its_title_and_by_the_step() -> None:
    other = made(
        ENGLISH.replace('"tap"', '"other"')
        .replace('"A tap"', '"A hose"')
        .replace("#look", "tap#look"),
        "en",
    )
    text = plain(made(ENGLISH, "en"), other)
    assert text.startswith("Contents\n- A tap\n- A hose\n")
    assert "- Doesn't work: go to “A hose”\n" in text
    assert "- If “It drips”: go to “A tap”, step 2\n" in text


def test_a_review_counts_for_the_text_that_was_reviewed() -> None:
    signed = ENGLISH.replace('"unreviewed"', '"reviewed"').replace(
        'reviewed_by = ""',
        'reviewed_by = "Dr. Sara N."\nqualification = "plumber"\nreviewed_on = "2026-11-21"',
    )
    revision = made(signed, "en").revision
    signed = signed.replace('reviewed_text = ""', f'reviewed_text = "{revision}"')
    assert "Reviewed by Dr. Sara N. (plumber), 21 November 2026.\n" in plain(made(signed, "en"))
    changed = signed.replace("Wait.", "Wait a bit.")
    assert "Not yet reviewed by a specialist.\n" in plain(made(changed, "en"))


def test_a_translation_that_is_older_than_its_english_says_so() -> None:
    card = next(card for card in cards("fr") if card.lang == "fr")
    english = TEXT.library.card(card.id)
    assert english
    for revision, says in ((english.revision, False), ("00000000", True)):
        this = replace(card, source_revision=revision)
        review = plain(this, lang="fr", text=TEXT).splitlines()[1]
        wanted = {"review": "\0"}
        newer = TEXT.render("fr", "UTC", guide.OLDER, wanted, NOW).replace("\0", "")
        assert review.endswith(newer) == says


@pytest.mark.parametrize("lang", LANGS)
def test_every_step_stands_once_and_every_target_exists(lang: str) -> None:
    for card in cards(lang):
        text = plain(card, lang=lang, text=TEXT)
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
        assert numbers == list(range(1, len(card.steps) + 1)), card.id
        for n, step in enumerate(card.steps.values(), 1):
            assert text.count(f"\n{n}. {step.text}\n") == 1, (card.id, step.id)
        library = TEXT.library
        edition = pack.Edition({card.id: card}, TEXT, lang, "UTC", NOW)
        for step in card.steps.values():
            ways = [way.text for way in pack._ways(edition, card, step)]
            for target in step.targets():
                name, _, to = target.partition("#")
                other = library.card(name, card.lang)
                assert other, target
                number = pack.number(other, to or other.first)
                wanted = str(number) if name == card.id else other.title
                following = name == card.id and number == pack.number(card, step.id) + 1
                assert following or any(wanted in way for way in ways), (card.id, step.id, target)


# ---------------------------------------------------------------- as pages


def test_arabic_comes_out_in_the_order_in_which_it_is_read() -> None:
    text = shown(pdf(made(ARABIC, "ar"), lang="ar"))
    # A reader that copies puts line ends where lines end.
    assert "نظفوا الجرح بماء نظيف لمدة 20 دقيقة ثم غطوه بقماش جديد." in " ".join(text.split())
    assert re.search(r"\bAmina\b", text)
    assert re.search(r"\bHaddad\b", text)


def test_arabic_begins_at_the_right_and_its_letters_are_joined() -> None:
    page = pypdfium2.PdfDocument(pdf(made(ARABIC, "ar"), lang="ar"))[0]
    words = page.get_textpage()
    at = words.get_text_range().index("صنبور")
    right = words.get_charbox(at)[2]
    assert right == pytest.approx(sheet.PAGE[0] - sheet.MARGIN, abs=3)
    used = sheet.Sheet()
    style, script = Style(20), Script("ar", "Vazirmatn", rtl=True)
    alone = sum(used._width(script, style, letter) for letter in "نظفوا")
    assert used._width(script, style, "نظفوا") < 0.8 * alone


@pytest.mark.parametrize(
    ("text", "rtl", "pieces"),
    [
        ("all of it", False, ["all of it"]),
        ("بعد 20 دقيقة", True, [" دقيقة", "20", "بعد "]),
        (f"من {FSI}Amina (MSF){PDI}، الآن", True, ["، الآن", "Amina (MSF)", "من "]),
        (f"If {FSI}نعم 12 لا{PDI}: go", True, ["If ", " لا", "12", "نعم ", ": go"]),
        (f"from {FSI}نعم (12){PDI}: go", False, ["from ", ")", "12", "نعم (", ": go"]),
    ],
)
def test_a_line_of_two_directions_is_laid_out_by_unicodes_algorithm(
    text: str, rtl: bool, pieces: list[str]
) -> None:
    assert [piece for piece, _ in visual(text, rtl)] == pieces


def test_what_we_use_of_the_library_is_still_there() -> None:
    """Levels of letters, and the two hooks that we override: without them the file would hold a
    date, or take twice as long."""
    letters = BidiParagraph("a ب", None).get_characters_with_embedding_level()
    assert [letter.embedding_level for letter in letters] == [0, 0, 1]
    assert hasattr(OutputProducer, "_add_info")
    assert hasattr(FPDF, "_preload_bidirectional_text")


@pytest.mark.parametrize("lang", LANGS)
def test_the_whole_pack_is_small_and_says_nothing_about_its_making(
    lang: str, whole_packs: dict[str, bytes]
) -> None:
    body = whole_packs[lang]
    assert len(body) < 1_000_000
    reader = read(body)
    assert dict(reader.metadata) == {"/Title": TEXT.render(lang, "UTC", pack.TITLE, {}, NOW)}
    assert reader.xmp_metadata is None
    assert "/ID" not in reader.trailer
    assert reader.trailer["/Root"]["/Lang"] == lang
    assert not re.search(rb"\(D:|Date|Author|Creator|Producer|fpdf", body)


@pytest.mark.parametrize("lang", LANGS)
def test_one_card_is_small(lang: str) -> None:
    longest = sorted(cards(lang), key=lambda card: len(card.steps))[-4:]
    sizes = {card.id: len(pdf(card, lang=lang, text=TEXT)) for card in longest}
    assert max(sizes.values()) < 120_000, sizes


@pytest.mark.parametrize("lang", LANGS)
def test_its_fonts_are_all_inside(lang: str, whole_packs: dict[str, bytes]) -> None:
    found = set()
    for page in read(whole_packs[lang]).pages:
        for font in page["/Resources"]["/Font"].values():
            its = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in its["/FontDescriptor"], its
            found.add(its["/BaseFont"])
    assert found


@pytest.mark.parametrize("lang", LANGS)
def test_no_letter_is_missing_from_the_fonts(lang: str) -> None:
    fonts: Any = sheet.Sheet().fonts
    have = set().union(*(font.cmap for font in fonts.values()))
    said = pack.plain(cards(lang), TEXT, lang, "UTC", NOW)
    assert not {letter for letter in said if ord(letter) not in have} - {"\n"}
    family = TEXT.language(lang).font.lower()
    assert {family, f"{family}B"} <= fonts.keys()


@pytest.mark.parametrize("lang", LANGS)
def test_the_contents_name_every_card_with_its_page_and_lead_there(
    lang: str, whole_packs: dict[str, bytes]
) -> None:
    reader = read(whole_packs[lang])
    some = cards(lang)
    front = pypdfium2.PdfDocument(whole_packs[lang])[0].get_textpage().get_text_range()
    starts = [reader.get_destination_page_number(mark) + 1 for mark in reader.outline]
    assert len(starts) == len(some)
    assert all(a < b for a, b in pairwise(starts))
    assert set(map(str, starts)) <= set(front.split())
    led = [target(reader, link) for link in links(reader, 0)]
    assert set(starts) <= set(led)


def test_a_way_leads_to_its_step_and_to_another_card() -> None:
    hose = ENGLISH.replace('"tap"', '"other"').replace('"A tap"', '"A hose"')
    body = pdf(made(ENGLISH, "en"), made(hose, "en"))
    reader = read(body)
    led = [(target(reader, link), link["/Dest"][3]) for link in links(reader, 1)]
    words = pypdfium2.PdfDocument(body)[1].get_textpage()
    text = words.get_text_range()
    tops = [words.get_charbox(text.index(said))[3] for said in ("Look", "Good", "Close it")]
    # The self line, two choices, the timer, Doesn't work, Then twice; and to the contents.
    pages = [2, 2, 2, 2, 4, 2, 2, 1]
    assert [page for page, _ in led] == pages
    look, good, close = (top + 3 for top in tops)
    for (_, y), top in zip(led, (look, look, good, good, None, good, close, None), strict=True):
        assert top is None or 0 < y - top < sheet.MARGIN


@pytest.mark.parametrize("lang", LANGS)
def test_every_link_leads_to_a_page(lang: str, whole_packs: dict[str, bytes]) -> None:
    reader = read(whole_packs[lang])
    led = [target(reader, link) for n in range(len(reader.pages)) for link in links(reader, n)]
    ways = [way for card in cards(lang) for step in card.steps.values() for way in step.options]
    # One of each page to the contents, one of each choice, those of the contents.
    assert len(led) > len(reader.pages) + len(ways) + len(cards(lang))


def read(body: bytes) -> Any:
    """Untyped: every object of a PDF may be of any kind."""
    return PdfReader(BytesIO(body))


def links(reader: Any, page: int) -> list[Any]:
    return [each.get_object() for each in reader.pages[page].get("/Annots", [])]


def target(reader: Any, link: Any) -> int:
    references = [page.indirect_reference for page in reader.pages]
    return 1 + references.index(link["/Dest"][0])


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_cut_at_the_edges(lang: str, whole_packs: dict[str, bytes]) -> None:
    edge = round(sheet.MARGIN / 2)
    for page in pypdfium2.PdfDocument(whole_packs[lang]):
        seen = page.render(scale=1, grayscale=True).to_pil()
        box = seen.point(lambda grey: 255 * (grey < 200)).getbbox()
        assert box is not None
        assert min(box[0], box[1]) >= edge
        assert box[2] <= seen.width - edge
        assert box[3] <= seen.height - edge


def test_drawings_are_in_it(whole_packs: dict[str, bytes]) -> None:
    reader = read(whole_packs["en"])
    drawn = [step for card in cards("en") for step in card.steps.values() if step.drawing]
    pictures = sum(
        each.get_object()["/Type"] == "/XObject"
        for page in reader.pages
        for each in page["/Resources"].get("/XObject", {}).values()
    )
    assert drawn
    assert pictures >= len({step.drawing for step in drawn})
    assert "A hand on a tap" in shown(pdf(made(ENGLISH, "en")))  # there is no such drawing


def test_the_same_cards_give_the_same_bytes_in_another_process_too() -> None:
    here = pdf(made(ARABIC, "ar"), made(ENGLISH.replace('"tap"', '"b"'), "en"), lang="ar")
    code = (
        "import sys; from tests.test_pack import *;"
        "some = made(ARABIC, 'ar'), made(ENGLISH.replace('\"tap\"', '\"b\"'), 'en');"
        "sys.stdout.buffer.write(pdf(*some, lang='ar'))"
    )
    # No fonts and no locale of the machine, another order of hashes.
    bare = {"PATH": "", "HOME": "/nowhere", "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Aden"}
    root = Path(__file__).parents[1]
    there = subprocess.run(
        [sys.executable, "-c", code], env=bare, cwd=root, capture_output=True, check=True
    )
    assert there.stdout == here


async def test_packs_are_made_side_by_side_in_threads() -> None:
    some = {lang: cards(lang)[:3] for lang in LANGS}
    alone = [pdf(*some[lang], lang=lang, text=TEXT) for lang in LANGS]
    together = await asyncio.gather(
        *(asyncio.to_thread(pack.pdf, some[lang], TEXT, lang, "UTC", NOW) for lang in LANGS)
    )
    assert together == alone


# ---------------------------------------------------------------- lines and pages


def test_lines_break_at_spaces_and_long_words_where_they_must() -> None:
    def lines(text: str, width: int) -> list[str]:
        return list(wrap(text, width, lambda piece: float(len(piece))))

    assert lines("one two three", 7) == ["one two", "three"]
    assert lines("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert lines("a b", 9) == ["a b"]
    assert lines("wide", 0) == ["w", "i", "d", "e"]
    assert lines("", 9) == [""]
    assert lines("Où est « la plaie » ?", 10) == ["Où est", "« la", "plaie » ?"]


def test_what_is_isolated_stays_so_over_the_end_of_a_line() -> None:
    assert list(whole([f"a {FSI}b", "c", f"d{PDI} e"])) == [
        f"a {FSI}b{PDI}",
        f"{FSI}c{PDI}",
        f"{FSI}d{PDI} e",
    ]


def test_what_belongs_together_stays_on_a_page_if_it_fits_on_one() -> None:
    def group(name: str, n: int) -> list[Row]:
        return [Row(SCRIPT, LINE, f"{name}{i}", height=10, before=5) for i in range(n)]

    def texts(*groups: list[Row]) -> list[str]:
        return [" ".join(row.text for _, row in page) for page in paginate(groups, 60)]

    assert texts(group("a", 2), group("b", 2)) == ["a0 a1 b0 b1"]
    assert texts(group("a", 2), group("b", 3)) == ["a0 a1", "b0 b1 b2"]
    assert texts(group("a", 6)) == ["a0 a1 a2 a3", "a4 a5"]
    first, second = paginate([group("a", 6)], 60)
    assert [y for y, _ in first] == [0, 15, 30, 45]
    assert [y for y, _ in second] == [0, 15]


# ---------------------------------------------------------------- drawings


@pytest.mark.parametrize("name", drawings.names())
def test_every_drawing_is_a_small_picture(name: str) -> None:
    body = drawings.png(name)
    assert len(body) < 40_000
    with Image.open(BytesIO(body)) as image:
        assert (image.format, image.width, image.mode) == ("PNG", drawings.WIDTH, "P")
        assert 0.5 < image.height / image.width < 1.5
        ground = image.convert("RGB").getpixel((2, 2))
        assert ground == (255, 255, 255) or len(image.getcolors() or []) > 2
    assert drawings.png(name) is body


def test_a_drawing_has_the_width_that_is_asked_for() -> None:
    with Image.open(BytesIO(drawings.png(drawings.names()[0], 200))) as image:
        assert image.width == 200


def test_a_drawing_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "DRAWINGS", tmp_path)
    (tmp_path / "torn.svg").write_text("<svg")
    for name in ("nothing", "torn"):
        with pytest.raises(drawings.NoDrawing, match=rf"{name}\.svg"):
            drawings.png(name)
