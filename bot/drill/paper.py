"""The report of a drill as a PDF: the blocks of its page, set line by line."""

from collections.abc import Iterator

from bot.drill.page import Block, Report, Words, blocks
from bot.drill.picture import png
from bot.sheet import GREY, Row, Script, Sheet, Style, paginate, picture
from flows.drill import report_messages as r

HEAD, HEADING, BODY = Style(18, bold=True), Style(12, bold=True), Style(11)
SMALL = Style(10, colour=GREY)


def pdf(report: Report, words: Words) -> bytes:
    language = words.text.language(words.lang)
    script, sheet = Script(language.code, language.font, language.rtl), Sheet()
    groups: list[list[Row]] = []
    for n, block in enumerate(blocks(report, words)):
        rows = sheet.rows(script, HEADING if n else HEAD, block.heading, before=12)
        for said in _lines(block):
            rows += sheet.rows(script, BODY, said, before=3)
        groups.append(rows)
        if block.svg and not block.rows:
            drawn = png(report.seen, report.script.title, words.text, words.lang, words.now)
            groups.append([picture(script, BODY, drawn, 6)])

    def foot(n: int) -> Row:
        return Row(script, SMALL, str(report.row["id"]), SMALL.height, tail=str(n))

    return sheet.render(paginate(groups), words.say(r.PAGE), language.code, foot)


def _lines(block: Block) -> Iterator[str]:
    yield from block.sentences
    for label, figure, more in block.figures:
        yield f"{label}: {figure}. {more}".removesuffix(". ")
    for first, *rest in block.rows:
        # A table is too wide for a phone: each row is a sentence, with what each cell is.
        cells = [
            f"{head}: {_one(cell)}"
            for head, cell in zip(block.head[1:], rest, strict=False)
            if cell
        ]
        yield "\n".join([_one(first), *cells])


def _one(said: str) -> str:
    return said.replace("\n", " · ")
