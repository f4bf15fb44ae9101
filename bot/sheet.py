"""Pages for a phone: lines in any script, and pictures, set one by one into a PDF.

    room for a line is known ── wrap ──▶ rows ── paginate ──▶ pages ── render ──▶ bytes

Lines are broken here and not by the library, which measures letter by letter: Arabic letters are
narrower joined than alone. So every height is known before anything is drawn, what belongs
together can stay on one page, and the list of contents knows its page numbers.

Nothing of the machine and of the moment is used: fonts come from locales/fonts/, there is no date,
author or identifier in the file, and the same rows give the same bytes. Nothing is shared between
calls, so that each may run in a thread of its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.line_break import Fragment
from fpdf.output import OutputProducer, PDFInfo
from PIL import Image

from bot.text import RTL

FONTS = Path(__file__).parents[1] / "locales" / "fonts"
PAGE = (420.0, 595.0)  #: A5, in points: a phone shows it across, a printer two on a sheet
MARGIN = 28.0
WIDTH = PAGE[0] - 2 * MARGIN
FOOT = 20.0  #: of the page number, above the lower margin
ACROSS = 180.0  #: of a picture
ROOM = PAGE[1] - 2 * MARGIN - FOOT
LEADING = 1.4  #: line height in letter sizes; Arabic needs it for its marks
BLACK, GREY, BLUE = (20, 20, 20), (95, 95, 95), (20, 70, 130)
ISOLATES, PDI = "\u2066\u2067\u2068", "\u2069"
UNSEEN = dict.fromkeys(map(ord, ISOLATES + PDI))  #: no longer needed once a line is in order
#: Where a line may end. French writes a space within its quotes and before these marks.
BREAK = re.compile("(?<!«) (?![:;?!»])")

Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Script:
    """How a language is written. `family`: its font, "Vazirmatn" for Vazirmatn-Regular.ttf."""

    lang: str
    family: str
    rtl: bool


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in points. `indent`: kept free where a line begins, for its mark."""

    size: float = 14
    bold: bool = False
    colour: tuple[int, int, int] = BLACK
    indent: float = 0

    @property
    def height(self) -> float:
        return self.size * LEADING


@dataclass(frozen=True, slots=True)
class Row:
    """One line, or one picture.

    `before`: space above it, unless it is the first of its page. `mark`: before the line, as a
    step's number. `tail`: at the other end, as a page number. `link` leads to the row of that
    `anchor`, if there is one. A `section` is listed among the reader's bookmarks.
    """

    script: Script
    style: Style
    text: str = ""
    height: float = 0
    before: float = 0
    mark: str = ""
    tail: str = ""
    link: str = ""
    anchor: str = ""
    section: str = ""
    picture: bytes = b""


Page = list[tuple[float, Row]]  #: rows, each with its distance from the upper margin


def wrap(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Lines of at most that width. Breaks at spaces; inside a word only if it must."""
    line, used, space = "", 0.0, measure(" ")
    for word in _fitting(BREAK.split(text), width, measure):
        needs = measure(word)
        if line and used + space + needs > width:
            yield line
            line, used = word, needs
        else:
            line, used = (f"{line} {word}", used + space + needs) if line else (word, needs)
    yield line


def _fitting(words: Iterable[str], width: float, measure: Measure) -> Iterator[str]:
    for word in words:
        rest = word
        while measure(rest) > width and len(rest) > 1:
            n = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or measure(rest[:n]) <= width)
            yield rest[:n]
            rest = rest[n:]
        yield rest


def whole(lines: Iterable[str]) -> Iterator[str]:
    """What is isolated (bot/text.py) and goes on in the next line is isolated there too."""
    opened = ""
    for line in lines:
        shown, opened = opened + line, ""
        for letter in shown:
            if letter in ISOLATES:
                opened += letter
            elif letter == PDI:
                opened = opened[:-1]
        yield shown + PDI * len(opened)


def visual(text: str, rtl: bool) -> list[tuple[str, bool]]:
    """The line's pieces from left to right as (text, is it right-to-left), each of one direction.

    The library knows every letter's level (Unicode's algorithm) but then orders pieces as if there
    were two levels only: a name in brackets inside a sentence of the other direction is torn.
    """
    if not rtl and not RTL.search(text):
        return [(text.translate(UNSEEN), False)]
    base = TextDirection.RTL if rtl else TextDirection.LTR
    letters = BidiParagraph(text, base).get_characters_with_embedding_level()
    runs = [
        (level, "".join(letter.character for letter in run).translate(UNSEEN))
        for level, run in groupby(letters, attrgetter("embedding_level"))
    ]
    for least in range(max((level for level, _ in runs), default=0), 0, -1):
        runs = _turned(runs, least)
    return [(piece, level % 2 == 1) for level, piece in runs if piece]


def _turned(runs: Iterable[tuple[int, str]], least: int) -> list[tuple[int, str]]:
    """With every sequence of that level or higher the other way round."""
    found: list[tuple[int, str]] = []
    for high, run in groupby(runs, lambda each: each[0] >= least):
        sequence = list(run)
        found += reversed(sequence) if high else sequence
    return found


def picture(script: Script, style: Style, png: bytes, before: float) -> Row:
    with Image.open(BytesIO(png)) as image:
        height = ACROSS * image.height / image.width
    return Row(script, style, height=height, before=before, picture=png)


def paginate(groups: Iterable[Sequence[Row]], room: float = ROOM) -> list[Page]:
    """A group is kept on one page if it fits on one."""
    pages: list[Page] = [[]]
    y = 0.0
    for group in groups:
        needs = sum(row.before + row.height for row in group)
        if pages[-1] and y + needs > room >= needs:
            pages.append([])
        for row in group:
            if pages[-1] and y + row.before + row.height > room:
                pages.append([])
            y = y + row.before if pages[-1] else 0.0
            pages[-1].append((y, row))
            y += row.height
    return pages


class _Unsigned(OutputProducer):
    """Doesn't say when it was made."""

    def _add_info(self) -> PDFInfo:
        info = super()._add_info()
        info.creation_date = None  # type: ignore[assignment]
        return info


class Sheet(FPDF):
    """One document. First `rows`, as often as needed, then `render`, once."""

    def __init__(self) -> None:
        super().__init__(unit="pt", format=PAGE)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        families = []
        for regular in sorted(FONTS.glob("*-Regular.ttf")):
            family = regular.stem.removesuffix("-Regular")
            families.append(family)
            self.add_font(family, "", regular)
            self.add_font(family, "B", regular.with_name(f"{family}-Bold.ttf"))
        self.set_fallback_fonts(families)
        self._widths: dict[tuple[Script, Style, str], float] = {}

    def file_id(self) -> None:
        """None: the library's own holds the time."""

    def _preload_bidirectional_text(self, text: str, markdown: bool) -> Sequence[Fragment]:
        """What `visual` gives has one direction. To find it out again took half of the time."""
        shaping = self.text_shaping or {}
        shaping["paragraph_direction"] = shaping["fragment_direction"] = shaping["direction"]
        return self._preload_font_styles(text, markdown)

    def rows(
        self,
        script: Script,
        style: Style,
        text: str,
        *,
        before: float = 0,
        mark: str = "",
        tail: str = "",
        link: str = "",
        anchor: str = "",
        section: str = "",
    ) -> list[Row]:
        """The text's lines; an empty one is half as high. Mark, anchor and section go with the
        first, the tail with the last."""

        def measure(piece: str) -> float:
            return self._width(script, style, piece)

        # Widths of words don't quite add up to the width of a line.
        width = WIDTH - style.indent - (measure(tail) + style.size if tail else 0) - 1
        made: list[Row] = []
        for paragraph in text.split("\n"):
            if not paragraph:
                before += style.height / 2
                continue
            for line in whole(wrap(paragraph, width, measure)):
                made.append(Row(script, style, line, style.height, before, link=link))
                before = 0
        if made:
            made[0] = replace(made[0], mark=mark, anchor=anchor, section=section)
            made[-1] = replace(made[-1], tail=tail)
        return made

    def render(
        self, pages: Sequence[Page], title: str, lang: str, foot: Callable[[int], Row]
    ) -> bytes:
        """`foot`: the last line of each page, by its number."""
        self.set_title(title)
        self.set_lang(lang)
        links = {
            row.anchor: self.add_link(y=y + MARGIN / 2, page=n)
            for n, page in enumerate(pages, 1)
            for y, row in page
            if row.anchor
        }
        for n, page in enumerate(pages, 1):
            self.add_page()
            for y, row in page:
                self._draw(MARGIN + y, row, links)
            self._draw(PAGE[1] - MARGIN - foot(n).height, foot(n), links)
        return bytes(self.output(output_producer_class=_Unsigned))

    def _width(self, script: Script, style: Style, piece: str) -> float:
        key = (script, style, piece)
        if key not in self._widths:
            self._use(script, style)
            self._widths[key] = self.get_string_width(piece)
        return self._widths[key]

    def _use(self, script: Script, style: Style) -> None:
        self.set_font(script.family, "B" if style.bold else "", style.size)
        direction = "rtl" if script.rtl else "ltr"
        # Without a language the shaping engine asks the machine for its own.
        self.set_text_shaping(True, direction=direction, language=script.lang)

    def _draw(self, y: float, row: Row, links: dict[str, int]) -> None:
        indent, rtl = row.style.indent, row.script.rtl
        left = MARGIN if rtl else MARGIN + indent
        if row.section:
            self.set_y(y)
            self.start_section(row.section)
        if row.picture:
            x = MARGIN + WIDTH - indent - ACROSS if rtl else left
            self.image(BytesIO(row.picture), x=x, y=y, w=ACROSS)
        self.set_text_color(*row.style.colour)
        if row.text:
            self._line(left, y, WIDTH - indent, row, row.text, at_end=rtl)
        if row.mark:
            self._line(MARGIN + WIDTH - indent if rtl else MARGIN, y, indent, row, row.mark, rtl)
        if row.tail:
            self._line(MARGIN, y, WIDTH, row, row.tail, at_end=not rtl)
        if row.link in links:
            self.link(left, y, WIDTH - indent, row.height, links[row.link])

    def _line(self, x: float, y: float, width: float, row: Row, text: str, at_end: bool) -> None:
        """The pieces of the line, from left to right. `at_end`: as far to the right as it goes."""
        script, style = row.script, row.style
        pieces = [(piece, replace(script, rtl=rtl)) for piece, rtl in visual(text, script.rtl)]
        widths = [self._width(its, style, piece) for piece, its in pieces]
        x += width - sum(widths) if at_end else 0
        for (piece, its), w in zip(pieces, widths, strict=True):
            self._use(its, style)
            self.set_xy(x, y)
            self.cell(w, row.height, piece)
            x += w
