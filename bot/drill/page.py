"""The report of a drill as somebody reads it: a page, and what its page and its PDF have in common.

    Review ── blocks ──▶ headings, sentences, tables, plots ──▶ as_html here, pdf in paper.py

The page is one file that asks nobody for anything (bot/record/output.py). Times are written as
lengths since the beginning, in the drill's own time. Without names everybody is a participant with
a number, the same one in every format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from bot.drill.report import Past
from bot.record.output import csv_text, whole_page
from bot.record.plots import Frame, bars, strips
from bot.store.store import Row
from bot.text import Text
from flows.drill import messages as m
from flows.drill import report_messages as r
from flows.drill.results import part_name
from flows.drill.review import Entry, Expected, Looked, Measure, Played, Review, renamed
from flows.drill.script import Script
from flows.drill.state import playing
from flows.drill.telling import finding
from flows.engine.messages import Message, Moment, Span, Value

MINUTE = 60_000
MARKS = 4  #: lengths of time written below a plot, at most
#: What they are multiples of.
STEPS = tuple(n * MINUTE for n in (1, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 2880))
PLOTTED = 40  #: people in one plot
CSV = ("table", "who", "what", "part", "from_ms", "until_ms", "at_ms", "late", "by", "done_by")


@dataclass(frozen=True, slots=True)
class Report:
    """`found`: findings as they are kept: [kind, about, detail, when mended or 0] each. `titles`:
    of all scripts. `hidden`: names are."""

    row: Row
    script: Script
    seen: Review
    past: Sequence[Past]
    found: Sequence[Sequence[Any]]
    titles: Mapping[str, Message]
    hidden: bool = False

    @property
    def named(self) -> Mapping[str, str]:
        return {one.id: one.name for one in self.seen.people}


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with what stands below it. `svg` shows what the tables say."""

    heading: str
    sentences: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    svg: str = ""
    #: Below the first heading: what a figure is, the figure, and a word on it.
    figures: tuple[tuple[str, str, str], ...] = ()


def without_names(report: Report, words: "Words") -> Report:
    """Whoever was asked is "participant 1", and so on, in the order of their ids."""
    ids = sorted(playing(report.row["people"]))
    names = {who: words.say(r.HIDDEN, n=n) for n, who in enumerate(ids, 1)}
    found = [[f[0], names.get(f[1], f[1] and "-"), *f[2:]] for f in report.found]
    return Report(
        report.row, report.script, renamed(report.seen, names), report.past, found, report.titles,
        True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What one reader reads."""

    text: Text
    lang: str
    now: int

    def say(self, said: Message, /, **args: Value) -> str:
        return self.text.render(self.lang, "UTC", said, args, self.now)

    def span(self, ms: int | None) -> str:
        return self.say(r.NEVER) if ms is None else self.say(r.SPAN, span=Span(ms))

    @property
    def frame(self) -> Frame:
        return Frame(self.text.language(self.lang).rtl, "")


# ---------------------------------------------------------------- what stands on it


def blocks(report: Report, words: Words) -> Iterator[Block]:
    seen = report.seen
    yield Block(words.say(report.script.title), tuple(_given(report, words)),
                figures=tuple(_figures(seen, words)))  # fmt: skip
    missing = [
        words.say(m.NOT_DONE, what=m.VERBS[verb], **part_name(report.script, part))
        for verb, part in seen.missing
    ]
    yield Block(words.say(r.MISSING), tuple(missing) or (words.say(r.EMPTY),))
    yield _cases(report, words)
    nobody = [
        words.say(
            r.RUNG,
            case=f"#{case.id}",
            phase=PHASES.get(rung.phase, rung.phase),
            n=rung.number,
            at=Span(max(0, rung.at)),
        )
        for case, rung in seen.nobody
    ]
    yield Block(words.say(r.LADDER), tuple(nobody) or (words.say(r.EMPTY),))
    yield Block(words.say(r.EVERYBODY), (words.say(r.STRIP),), svg=plot(seen, words))
    yield from (_person(one, report, words) for one in seen.people if _came(one))
    if report.past:
        yield _compared(report, words)
    yield Block(words.say(r.MEND), tuple(_to_mend(report, words)) or (words.say(r.EMPTY),))


PHASES: Mapping[str, str] = {"uncertainty": "1", "alert": "2", "distress": "3"}


def _given(report: Report, words: Words) -> Iterator[str]:
    row = report.row
    yield words.say(r.GIVEN, at=Moment(row["began_at"] or 0, "full"), id=row["id"])
    if row["pace"] > 1:
        yield words.say(r.PACED, n=row["pace"])
    if report.seen.observers:
        yield words.say(r.OBSERVERS, n=report.seen.observers)
    if report.hidden:
        yield words.say(r.TRAINER_HIDES)


def _figures(seen: Review, words: Words) -> Iterator[tuple[str, str, str]]:
    yield words.say(r.STEPS_DONE), _n_of(words, seen.done, seen.expected), ""
    for label, found in ((r.TAKEN_AFTER, seen.acknowledgement), (r.WELL_AFTER, seen.welfare)):
        if found.of:
            yield words.say(label), words.span(found.median), _within(found, words)


def _within(found: Measure, words: Words) -> str:
    return words.say(r.WITHIN, n=found.within, of=found.of, target=Span(found.target))


def _cases(report: Report, words: Words) -> Block:
    names = report.named
    columns = ("who", "event", "taken", "answered", "closed", "well")
    rows = tuple(
        (
            _named(case, names, words),
            words.span(max(0, case.event)),
            _by(case.acknowledged, case.by, case, names, words),
            _by(case.answered, "", case, names, words),
            _by(case.closed, case.closed_by, case, names, words),
            _by(case.well, "", case, names, words),
        )
        for case in report.seen.cases
    )
    points = [
        (_named(case, names, words), round((taken - case.event) / MINUTE))
        for case in report.seen.cases
        if (taken := case.acknowledged) is not None
    ]
    svg = bars(words.frame, words.say(r.TAKEN_MINUTES), points[:PLOTTED]) if points else ""
    said = (words.say(r.TAKEN_MINUTES),) if svg else ()
    if not rows:
        return Block(words.say(r.CASES), (words.say(r.NO_CASE),))
    head = tuple(words.say(r.COLUMNS[name]) for name in columns)
    return Block(words.say(r.CASES), said, head, rows, svg)


def _named(case: Looked, names: Mapping[str, str], words: Words) -> str:
    return words.say(r.CASE, case=f"#{case.id}", name=names.get(case.person, "")).strip()


def _by(at: int | None, who: str, case: Looked, names: Mapping[str, str], words: Words) -> str:
    if at is None:
        return words.say(r.NEVER)
    after = words.say(r.AFTER, span=Span(at - case.event))
    return f"{after}\n{names.get(who, '')}".strip()


def plot(seen: Review, words: Words, most: int = PLOTTED) -> str:
    """A line for each person: what they did is filled, what came to them is open."""
    last = max((e.at for one in seen.people for e in one.timeline), default=0)
    step = next((s for s in STEPS if last <= s * MARKS), last // MARKS + 1)
    length = max(step, -(-last // step) * step)
    marks = [(at, words.span(at)) for at in range(step, length + 1, step)]
    came = [one for one in seen.people if _came(one)][:most]
    rows = [(one.name, [(e.at, e.own) for e in one.timeline]) for one in came]
    return strips(words.frame, words.say(r.STRIP), rows, length, marks)


def _came(one: Played) -> bool:
    """Of who was asked and never came there is nothing to say, not even a name."""
    return one.state in ("in", "real") or bool(one.steps or one.timeline)


def _person(one: Played, report: Report, words: Words) -> Block:
    part = words.say(part_name(report.script, one.part)["part"])  # type: ignore[arg-type]
    names = report.named
    steps = tuple(
        (words.say(m.VERBS[s.verb]), _when(s, names, words), _did(s, words)) for s in one.steps
    )
    timeline = tuple(_moments(one.timeline, words))
    head = tuple(words.say(r.COLUMNS[name]) for name in ("step", "at", "did"))
    return Block(f"{one.name} ({part})", head=head, rows=steps + timeline)


def _when(step: Expected, names: Mapping[str, str], words: Words) -> str:
    """With the name of the colleague who did it."""
    if step.at is None:
        return words.say(r.NEVER)
    at = words.say(r.LATE, at=Span(step.at)) if step.late else words.span(step.at)
    return f"{at}\n{names.get(step.done_by, '')}".strip()


def _did(step: Expected, words: Words) -> str:
    return "\n".join(words.say(m.VERBS[verb]) for verb in step.did)


def _moments(timeline: Iterable[Entry], words: Words) -> Iterator[tuple[str, str, str]]:
    """What comes again and again, with nothing between, once: when first, and how often."""
    for (verb, own), run in groupby(timeline, lambda e: (e.verb, e.own)):
        first, *rest = run
        often = f" ({len(rest) + 1})" if rest else ""
        what = words.say(r.OWN_ENTRY if own else r.CAME, what=m.VERBS[verb])
        yield what, f"{words.span(first.at)}{often}", ""


def _compared(report: Report, words: Words) -> Block:
    seen = report.seen
    rows = [(words.say(r.THIS), _n_of(words, seen.done, seen.expected),
             words.span(seen.acknowledgement.median), words.span(seen.welfare.median))]  # fmt: skip
    for past in report.past:
        title = report.titles.get(past.script)
        name = words.say(title) if title else past.script
        on = words.say(r.ON, at=Moment(past.began, "full"))
        steps = _n_of(words, past.done, past.of)
        rows.append((f"{name}\n{on}", steps, words.span(past.taken), words.span(past.well)))
    head = [words.say(r.COLUMNS["drill"])]
    head += [words.say(each) for each in (r.STEPS_DONE, r.TAKEN_AFTER, r.WELL_AFTER)]
    return Block(words.say(r.COMPARED), head=tuple(head), rows=tuple(rows))


def _n_of(words: Words, n: int, of: int) -> str:
    return words.say(r.N_OF, n=n, of=of)


def _to_mend(report: Report, words: Words) -> Iterator[str]:
    for n, each in enumerate(report.found, 1):
        line = finding(n, list(each), report.named)
        said = words.say(line.message, **line.args)
        yield words.say(r.TICKED, what=said) if each[3] else said


# ---------------------------------------------------------------- as a page


def as_html(report: Report, words: Words) -> str:
    made = [*blocks(report, words)]
    body = [part for n, block in enumerate(made) for part in _section(block, n)]
    return whole_page(words.text.language(words.lang), words.say(r.PAGE), body)


def _section(block: Block, n: int) -> Iterable[str]:
    yield f'<section aria-labelledby="s{n}">'
    level = "h1" if n == 0 else "h2"
    yield f'<{level} id="s{n}">{escape(block.heading)}</{level}>'
    yield from (f"<p>{escape(said)}</p>" for said in block.sentences)
    if block.figures:
        yield "<dl>"
        for label, figure, more in block.figures:
            below = f'<dd class="hid">{escape(more)}</dd>' if more else ""
            yield f"<div><dt>{escape(label)}</dt><dd>{escape(figure)}</dd>{below}</div>"
        yield "</dl>"
    if block.svg:
        yield block.svg
    if block.rows:
        head = "".join(f'<th scope="col">{escape(each)}</th>' for each in block.head)
        yield f'<div class="wide" role="region" tabindex="0" aria-labelledby="s{n}">'
        yield f"<table><thead><tr>{head}</tr></thead><tbody>"
        for first, *rest in block.rows:
            cells = "".join(f"<td>{_lines(each)}</td>" for each in rest)
            yield f'<tr><th scope="row">{_lines(first)}</th>{cells}</tr>'
        yield "</tbody></table></div>"
    yield "</section>"


def _lines(said: str) -> str:
    first, _, rest = escape(said).partition("\n")
    return f"{first}<br/>{rest.replace(chr(10), '<br/>')}" if rest else first


# ---------------------------------------------------------------- as rows


def as_csv(report: Report) -> str:
    """RFC 4180. One line for each step expected of somebody, each moment of theirs, each call of a
    case, each step of its ladder and each finding; names as the report has them, times in ms."""
    return csv_text([CSV, *_rows(report)])


def _rows(report: Report) -> Iterator[list[object]]:
    names = report.named
    if report.seen.observers:
        yield ["observers", "", report.seen.observers, "", "", "", "", "", "", ""]
    for one in report.seen.people:
        for s in one.steps:
            at = "" if s.at is None else s.at
            other = names.get(s.done_by, "")
            yield ["step", one.name, s.verb, one.part, s.start, s.until, at, int(s.late), s.by,
                   other]  # fmt: skip
        for e in one.timeline:
            yield ["moment", one.name, e.verb, one.part, "", "", e.at, "",
                   "" if e.own else "bot", ""]  # fmt: skip
    for case in report.seen.cases:
        who = names.get(case.person, "")
        yield ["case", who, case.id, case.kind, case.event, "", case.event, "", "", ""]
        ends = (
            ("acknowledged", case.acknowledged, case.by),
            ("answered", case.answered, ""),
            ("closed", case.closed, case.closed_by),
            ("well", case.well, ""),
        )
        for what, ended, by in ends:
            if ended is not None:
                yield [what, who, case.id, case.kind, case.event, "", ended, "", names.get(by, ""),
                       ""]  # fmt: skip
        for rung in case.rungs:
            called = " ".join(names.get(each, "") for each in rung.called)
            lost = "" if rung.reached else "reached nobody"
            yield ["ladder", called, case.id, f"{rung.phase} {rung.number}", "", "", rung.at, "",
                   lost, ""]  # fmt: skip
    for kind, about, detail, mended in report.found:
        yield ["finding", names.get(about, ""), kind, detail, "", "", "", "", mended or "", ""]


__all__ = ["Report", "Words", "as_csv", "as_html", "blocks", "plot", "without_names"]
