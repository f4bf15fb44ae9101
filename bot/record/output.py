"""A summary as CSV, as JSON, and as one page that needs nothing else. Pure.

The page has no script and asks nobody for anything: its policy allows only the style sheet that it
carries, by hash, so style attributes wouldn't work and there are none. It is well-formed XML too.
Each plot is followed by its table. What is hidden reads the same everywhere (suppress.py says why);
a number that isn't in the summary isn't worked out here either.
"""

import csv
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from io import StringIO

from bot.record import labels as m
from bot.record.labels import Words, day_of
from bot.record.plots import Frame, Point, bars, line
from bot.record.summary import OTHER, YEAR_ONLY, Count, Summary
from bot.text import Language, Text

#: What a spreadsheet takes for the beginning of a formula, in any width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = ("table", "value", "country", "label", "events", "suppressed")

# ---------------------------------------------------------------- CSV


def as_csv(summary: Summary, text: Text, lang: str, now: int) -> str:
    """RFC 4180, one line per number: which table, the answer's code, for class by country the
    country too, its name. A hidden number is empty. Spreadsheets want it as "utf-8-sig"."""
    return csv_text([COLUMNS, *_lines(summary, Words(text, lang, now, summary.below))])


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Any rows, none of which a spreadsheet takes for a formula."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_inert(value) for value in row] for row in rows)
    return out.getvalue()


def _inert(value: object) -> str:
    """Numbers stay numbers. NUL, which no spreadsheet reads, and halves of characters, which can't
    be written, are taken out."""
    if isinstance(value, int):
        return str(int(value))
    words = str(value).replace("\0", "").encode("utf-8", "ignore").decode()
    return f"'{words}" if words.lstrip(" \xa0\ufeff").startswith(FORMULA) else words


def _lines(summary: Summary, words: Words) -> Iterator[list[object]]:
    for name, n in _whole(summary).items():
        yield [name, "", "", words.say(WHOLE[name]), *_number(n)]
    for question, table in summary.tables.items():
        for value, n in table.items():
            yield [question, value, "", words.answer(question, value), *_number(n)]
    for (cls, country), n in summary.cross.items():
        label = f"{words.answer('cls', cls)}, {words.answer('country', country)}"
        yield ["cls_by_country", cls, country, label, *_number(n)]


WHOLE = {"total": m.TOTAL, "unverified": m.UNVERIFIED, "disputed": m.DISPUTED}


def _whole(summary: Summary) -> Mapping[str, Count]:
    return {
        "total": summary.total,
        "unverified": summary.unverified,
        "disputed": summary.disputed,
    }


def _number(n: Count) -> tuple[object, str]:
    return ("", "yes") if n is None else (n, "no")


# ---------------------------------------------------------------- JSON


def as_json(summary: Summary, now: int) -> str:
    """Codes, not names. `events` is null where `suppressed` is true."""
    found = {
        "version": 1,
        "as_of": day_of(now).isoformat(),
        "suppress_below": summary.below,
        "rounded_down_to": summary.below if summary.coarse else 1,
        **{name: _cell(n) for name, n in _whole(summary).items()},
        "tables": {
            question: [{"value": value, **_cell(n)} for value, n in table.items()]
            for question, table in summary.tables.items()
        },
        "cls_by_country": [
            {"cls": cls, "country": country, **_cell(n)}
            for (cls, country), n in summary.cross.items()
        ],
    }
    return json.dumps(found, indent=2) + "\n"


def _cell(n: Count) -> dict[str, Count | bool]:
    return {"events": n, "suppressed": n is None}


# ---------------------------------------------------------------- a page

STYLE = """
:root{color-scheme:light dark;
--paper:#fff;--ink:#1c2024;--soft:#59636e;--rule:#d0d7de;--bar:#0b63a5}
@media screen and (prefers-color-scheme:dark){
:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--rule:#3a424b;--bar:#6cb2ee}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif}
main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem}
p{margin:0 0 .75rem}
.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem;margin:1.5rem 0}
dt{color:var(--soft)}
dd{margin:0;font-size:1.4rem;font-weight:600}
dd.hid{font-size:1rem;font-weight:400;color:var(--soft)}
svg{display:block;width:100%;height:auto;margin:0 0 1rem}
text{fill:var(--ink);font-size:14px}
.n,.mark{fill:var(--soft);font-size:13px}
.mark{text-anchor:middle}
.bar,.dot{fill:var(--bar)}
.line{fill:none;stroke:var(--bar);stroke-width:2}
.none{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:3 2}
.axis{fill:none;stroke:var(--rule)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .5rem;border-bottom:1px solid var(--rule);text-align:start;vertical-align:top}
th{font-weight:500}
td,thead th{text-align:end}
thead th:first-child{text-align:start}
td.hid{color:var(--soft);font-size:.85rem}
@media(max-width:36rem){text{font-size:20px}.n,.mark{font-size:19px}}
@media print{body{font-size:10pt}main{max-width:none}section{break-inside:avoid}
.wide{overflow:visible}td.hid{font-size:.7rem}}
"""


def as_html(summary: Summary, text: Text, lang: str, now: int) -> str:
    """The whole page, for a reader of `lang`. `now`: ms, the day of the data."""
    words = Words(text, lang, now, summary.below)
    language = text.language(lang)
    frame = Frame(language.rtl, words.hidden)
    title = words.say(m.TITLE)
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(words.say(m.MADE, on=words.made))}</p>',
        *_heads(summary, words),
        *(part for name in summary.tables for part in _section(summary, words, frame, name)),
        *(_cross(summary, words) if summary.cross else ()),
        *_method(summary, words),
    ]
    return whole_page(language, title, body)


def whole_page(language: Language, title: str, body: Iterable[str]) -> str:
    """Around any of our pages: it asks nobody for anything."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{language.code}" dir="{"rtl" if language.rtl else "ltr"}">',
            "<head>",
            '<meta charset="utf-8"/>',
            f'<meta http-equiv="Content-Security-Policy" content="{policy()}"/>',
            '<meta name="referrer" content="no-referrer"/>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def policy() -> str:
    """Nothing but the style sheet above."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _heads(summary: Summary, words: Words) -> Iterator[str]:
    yield "<dl>"
    for name, n in _whole(summary).items():
        kind = ' class="hid"' if n is None else ""
        said = f"<dd{kind}>{_said(words, n)}</dd>"
        yield f"<div><dt>{escape(words.say(WHOLE[name]))}</dt>{said}</div>"
    yield "</dl>"


def _said(words: Words, n: Count) -> str:
    return escape(words.count(n))


def _section(summary: Summary, words: Words, frame: Frame, question: str) -> Iterator[str]:
    table, title = summary.tables[question], words.say(m.TABLES[question])
    yield f'<section aria-labelledby="{question}">'
    yield f'<h2 id="{question}">{escape(title)}</h2>'
    if table:
        yield _plot(words, frame, question, table)
    yield f'<table aria-labelledby="{question}"><thead><tr>'
    yield f'<td></td><th scope="col">{escape(words.say(m.TOTAL))}</th></tr></thead><tbody>'
    for value, n in table.items():
        name = escape(words.answer(question, value))
        yield f'<tr><th scope="row">{name}</th>{_td(words, n)}</tr>'
    yield f'<tr><th scope="row">{escape(words.say(m.SUM))}</th>{_td(words, summary.total)}</tr>'
    yield "</tbody></table></section>"


def _plot(words: Words, frame: Frame, question: str, table: Mapping[str, Count]) -> str:
    """Times that have an order as a line, everything else as bars."""
    said = words.say(m.PLOT, title=m.TABLES[question])
    if question != "month":
        points = [(words.answer(question, value), n) for value, n in table.items()]
        return bars(frame, said, points)
    months = [value for value in table if value != OTHER and len(value) > YEAR_ONLY]
    over: list[Point] = [(value[:YEAR_ONLY], table[value]) for value in months]
    return line(frame, said, over, [i for i, month in enumerate(months) if month[-3:] == "-01"])


def _td(words: Words, n: Count) -> str:
    return f'<td class="hid">{_said(words, n)}</td>' if n is None else f"<td>{n}</td>"


def _cross(summary: Summary, words: Words) -> Iterator[str]:
    """Countries down, classes across: there are more countries."""
    classes, countries = summary.tables["cls"], summary.tables["country"]
    yield '<section aria-labelledby="cross">'
    yield f'<h2 id="cross">{escape(words.say(m.CROSS))}</h2>'
    yield '<div class="wide" role="region" tabindex="0" aria-labelledby="cross"><table><thead><tr>'
    yield "<td></td>"
    for cls in classes:
        yield f'<th scope="col">{escape(words.answer("cls", cls))}</th>'
    yield f'<th scope="col">{escape(words.say(m.SUM))}</th></tr></thead><tbody>'
    for country, n in countries.items():
        cells = "".join(_td(words, summary.cross[cls, country]) for cls in classes)
        name = escape(words.answer("country", country))
        yield f'<tr><th scope="row">{name}</th>{cells}{_td(words, n)}</tr>'
    sums = "".join(_td(words, n) for n in classes.values())
    yield f'<tr><th scope="row">{escape(words.say(m.SUM))}</th>{sums}{_td(words, summary.total)}'
    yield "</tr></tbody></table></div></section>"


def _method(summary: Summary, words: Words) -> Iterator[str]:
    yield '<section aria-labelledby="method">'
    yield f'<h2 id="method">{escape(words.say(m.METHOD))}</h2>'
    said = [words.say(m.ONCE), words.say(m.SMALL, n=summary.below)]
    if summary.coarse:
        said.append(words.say(m.AT_LEAST, n=summary.below))
    for paragraph in (*said, words.say(m.LIMITS), words.say(m.DIFFERENCE)):
        yield f"<p>{escape(paragraph)}</p>"
    yield "</section>"
