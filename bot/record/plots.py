"""Bars and lines as SVG: strings in, a string out. Pure.

Everything a plot shows stands in a table beside it, so a plot is one picture with a name for
whoever can't see it. Colours and sizes of letters come from the page's style sheet, by class. For
right-to-left readers the picture is mirrored: bars and time run from the right. Letters aren't:
where they are anchored follows `direction`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 640
ROW, BAR, TEXT_AT, BAR_AT = 52, 14, 18, 26
#: Room for the number at the end of a bar.
BESIDE = 60
STUB = 24  #: of a hidden bar
TALL, HEAD, FOOT, SIDE = 180, 14, 26, 44
DOT = 3
STRIP, STRIP_AT = 46, 32  #: of one row of moments, and its line
MOST_MARKS = 12  #: names along a line

#: None: hidden.
Point = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """`rtl`: mirrored. `hidden`: what stands where a number is hidden."""

    rtl: bool
    hidden: str

    def x(self, at: float, width: float = 0) -> str:
        return _n(WIDTH - at - width if self.rtl else at)


def bars(frame: Frame, name: str, points: Sequence[Point]) -> str:
    """One bar below the other, each under its name."""
    most = max((n for _, n in points if n), default=1)
    drawn: list[str] = []
    for i, (label, n) in enumerate(points):
        top = i * ROW
        long = STUB if n is None else max(2, (WIDTH - BESIDE) * n / most)
        kind = "none" if n is None else "bar"
        drawn += [
            _text(frame, 0, top + TEXT_AT, "name", label),
            f'<rect class="{kind}" x="{frame.x(0, long)}" y="{top + BAR_AT}" '
            f'width="{_n(long)}" height="{BAR}"/>',
            _text(frame, long + 6, top + BAR_AT + BAR - 2, "n", _said(frame, n)),
        ]
    return _svg(frame, name, len(points) * ROW, drawn)


def line(frame: Frame, name: str, points: Sequence[Point], marks: Sequence[int]) -> str:
    """Over time. A hidden point is a gap with a short stroke at the foot. `marks`: the points whose
    name is written below."""
    most = max((n for _, n in points if n), default=1)
    step = (WIDTH - 2 * SIDE) / max(1, len(points) - 1)
    foot = HEAD + TALL

    def at(i: int, n: int) -> tuple[str, str]:
        return frame.x(SIDE + i * step), _n(foot - TALL * n / most)

    drawn = [_axis(frame, foot, most)]
    for run in _runs(points):
        ends = " ".join(",".join(at(i, n)) for i, n in run)
        drawn.append(f'<polyline class="line" points="{ends}"/>')
        drawn += [_dot(*at(i, n)) for i, n in run]
    for i, (_, n) in enumerate(points):
        if n is None:
            x = frame.x(SIDE + i * step)
            drawn.append(f'<path class="none" d="M{x} {foot - 4}V{foot + 4}"/>')
    for i in marks[:: 1 + len(marks) // MOST_MARKS]:
        drawn.append(_text(frame, SIDE + i * step, foot + 20, "mark", points[i][0]))
    return _svg(frame, name, foot + FOOT, drawn)


def strips(
    frame: Frame,
    name: str,
    rows: Sequence[tuple[str, Sequence[tuple[int, bool]]]],
    length: int,
    marks: Sequence[tuple[int, str]],
) -> str:
    """A line for each row, with its moments from 0 to `length`: filled (True) or open. `marks`: the
    moments whose name is written below all."""
    foot = len(rows) * STRIP
    edge = DOT + 3
    wide = WIDTH - 2 * edge

    def x(at: int) -> float:
        return edge + wide * min(at, length) / max(1, length)

    drawn = [f'<path class="axis" d="M{frame.x(x(at))} {TEXT_AT}V{foot}"/>' for at, _ in marks]
    for i, (label, moments) in enumerate(rows):
        top = i * STRIP
        drawn.append(_text(frame, 0, top + TEXT_AT, "name", label))
        line = top + STRIP_AT
        drawn.append(f'<path class="axis" d="M0 {line}H{WIDTH}"/>')
        for at, filled in sorted(moments, key=lambda each: each[1]):
            kind = "dot" if filled else "none"
            drawn.append(
                f'<circle class="{kind}" cx="{frame.x(x(at))}" cy="{line}" r="{DOT + 2}"/>'
            )
    for at, words in marks:
        inside = min(max(x(at), SIDE), WIDTH - SIDE)
        drawn.append(_text(frame, inside, foot + 20, "mark", words))
    return _svg(frame, name, foot + FOOT, drawn)


def _runs(points: Sequence[Point]) -> Iterable[list[tuple[int, int]]]:
    """Neighbours that are shown."""
    run: list[tuple[int, int]] = []
    for i, (_, n) in enumerate(points):
        if n is not None:
            run.append((i, n))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _axis(frame: Frame, foot: int, most: int) -> str:
    ends = f"M{frame.x(SIDE)} {HEAD}V{foot}H{frame.x(WIDTH - SIDE)}"
    top, low = _text(frame, 4, HEAD + 4, "n", str(most)), _text(frame, 4, foot + 4, "n", "0")
    return f'<path class="axis" d="{ends}"/>{top}{low}'


def _dot(x: str, y: str) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="{DOT}"/>'


def _text(frame: Frame, at: float, y: float, kind: str, words: str) -> str:
    return f'<text class="{kind}" x="{frame.x(at)}" y="{_n(y)}">{escape(words)}</text>'


def _said(frame: Frame, n: int | None) -> str:
    return frame.hidden if n is None else str(n)


def _svg(frame: Frame, name: str, height: int, drawn: Iterable[str]) -> str:
    shown = "".join(drawn)
    return (
        f'<svg role="img" aria-label="{escape(name)}" direction="{"rtl" if frame.rtl else "ltr"}" '
        f'viewBox="0 0 {WIDTH} {max(1, height)}">{shown}</svg>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
