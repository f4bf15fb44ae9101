"""How a drill went, as a picture for a chat: what everybody did, along its time.

Made of the same plot as on the page, with the fonts of locales/fonts and nothing of the machine.
"""

import re
from html import escape

import resvg_py

from bot.drawings import small
from bot.drill.page import Words, plot
from bot.record.plots import WIDTH
from bot.sheet import FONTS
from bot.text import Text
from flows.drill import report_messages as r
from flows.drill.review import Review
from flows.engine.messages import Message, Span

#: The library takes every line for one from left to right.
WRITTEN, RLI, PDI = re.compile(r">([^<]*)</text>"), "\u2067", "\u2069"
SHOWN = 16  #: people; the page has all of them
PIXELS = 1080
SIDE, TITLE_AT, LINE_AT, TOP, FOOT = 20, 36, 64, 108, 12
FAMILIES = {"NotoSans": "'Noto Sans'", "Vazirmatn": "'Vazirmatn'"}
STYLE = """
text{{font-family:{family},'Noto Sans','Vazirmatn';font-size:15px;fill:#1c2024}}
.title{{font-size:20px;font-weight:700}}
.n,.mark{{fill:#59636e;font-size:13px}}
.mark{{text-anchor:middle}}
.dot{{fill:#0b63a5}}
.none{{fill:#fff;stroke:#59636e;stroke-width:1.5}}
.axis{{fill:none;stroke:#d0d7de}}
.title,.name,.n{{text-anchor:{start}}}
"""


def png(seen: Review, title: Message, text: Text, lang: str, now: int) -> bytes:
    """Few colours on white: small on a bad line, readable on a dark screen."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg(seen, title, text, lang, now),
        width=PIXELS,
        background="#ffffff",
        skip_system_fonts=True,
        font_dirs=[str(FONTS)],
    )
    return small(bytes(drawn))


def svg(seen: Review, title: Message, text: Text, lang: str, now: int) -> str:
    language, words = text.language(lang), Words(text, lang, now)
    inner = plot(seen, words, SHOWN)
    found = re.search(r'viewBox="0 0 \d+ (\d+)">(.*)</svg>', inner, re.DOTALL)
    assert found
    height = TOP + int(found[1]) + FOOT
    start = "end" if language.rtl else "start"
    style = STYLE.format(family=FAMILIES.get(language.font, f"'{language.font}'"), start=start)
    x = WIDTH if language.rtl else 0
    lines = [
        words.say(r.MEDIAN_OF, what=what, span=span, target=Span(measure.target))
        for what, measure in (
            (r.TAKEN_AFTER, seen.acknowledgement),
            (r.WELL_AFTER, seen.welfare),
        )
        for span in [r.NEVER if measure.median is None else Span(measure.median)]
        if measure.of
    ]
    said = [f'<text class="title" x="{x}" y="{TITLE_AT}">{escape(words.say(title))}</text>']
    said += [
        f'<text class="n" x="{x}" y="{LINE_AT + 20 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
    whole = "".join(said) + f'<g transform="translate(0 {TOP})">{found[2]}</g>'
    if language.rtl:
        whole = WRITTEN.sub(f">{RLI}\\1{PDI}</text>", whole)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * SIDE} {height}">'
        f'<style>{style}</style><g transform="translate({SIDE} 0)">{whole}</g></svg>'
    )
