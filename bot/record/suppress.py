"""Small numbers hidden, and enough others that nobody works them out. Pure.

What a reader has: the total, one table per question, each adding up to the total, and one table of
two questions, whose rows add up to the first one's table and whose columns to the second's. What is
hidden looks the same whether it is small or hides something small (`None`). So a reader knows of a
hidden number only that it is not negative, and the sums.

What holds afterwards:

1. Every number below the threshold is hidden, 0 too.
2. By all sums of all tables together, every hidden number that is below the threshold could be the
   threshold or more. So it can neither be computed, nor even be shown to be small.
3. No other hidden number can be computed either: it is hidden because one of the first kind can
   trade with it, so it has more than one value.

How. A table of one question (`hide_line`): hidden numbers must be two at least and add up to the
threshold at least; otherwise the smallest other number is hidden too. Any one of them could then be
all of their sum. Of two questions (`hide_grid`): a table with its sums is a network in which
numbers flow from the total through a row to a column. A hidden number can be greater by one exactly
if one unit can flow in a circle through it, over hidden numbers only. For each small number we let
flow what it lacks to the threshold, over hidden numbers for nothing, over shown ones at the cost of
what they show (cheapest circle first), and hide the shown ones that were needed. Hiding more never
takes a circle away, so once through is enough. It always ends well: with the whole grid hidden,
each number may be as great as the smaller of its row's and its column's sum, and both may reach the
threshold.

What this doesn't protect against:

- Two releases. Who subtracts last month's numbers from this month's sees what was added. Publish
  seldom and at fixed times; `coarse` rounds every number down to a multiple of the threshold, so
  that one more case mostly changes nothing, and then by a whole step.
- What others know. Who knows all cases but one of a hidden number knows that one.
- The same data published again, cut or suppressed in another way. Publish one summary.
- Guessing better than blindly: by how likely tables are, or by why this method hid just these
  numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

Cell = tuple[str, str]  #: (row, column)
#: A row's own sum, as a cell.
SUM = ""
Node = tuple[str, str]
TOTAL: Node = ("total", "")
FREE = 0


def hide_line(counts: Mapping[str, int], below: int) -> set[str]:
    """Which numbers of a table to hide. Its sum is known, and is at least `below`."""
    hidden = {key for key, n in counts.items() if n < below}
    shown = sorted(counts.keys() - hidden, key=lambda key: (counts[key], key))
    for key in shown if hidden else ():
        if len(hidden) > 1 and sum(counts[h] for h in hidden) >= below:
            break
        hidden.add(key)
    return hidden


def hide_grid(
    counts: Mapping[Cell, int], rows: Mapping[str, int], hidden_rows: set[str], below: int
) -> set[Cell]:
    """Which numbers of a table of two questions to hide. `counts` holds every (row, column) and
    `rows` every row's sum, of which `hidden_rows` are hidden; the columns' sums are shown, as is
    the total. Every shown sum is at least `below`."""
    grid = _Grid({(row, SUM): n for row, n in rows.items()} | dict(counts))
    grid.hidden = {(row, SUM) for row in hidden_rows}
    grid.hidden |= {cell for cell, n in counts.items() if n < below}
    for cell in sorted(grid.hidden):
        grid.make_room(cell, below)
    return {cell for cell in grid.hidden if cell[1] != SUM}


def could_be(
    counts: Mapping[Cell, int], rows: Mapping[str, int], hidden: set[Cell], cell: Cell, most: int
) -> int:
    """The greatest that a hidden number may be for all that a reader knows, up to `most`.
    `hidden` holds (row, SUM) for a hidden sum."""
    grid = _Grid({(row, SUM): n for row, n in rows.items()} | dict(counts), hidden)
    return grid.reach(cell, most, spend=False)


@dataclass
class _Grid:
    """Arcs: (row, SUM) from the total to a row, (row, column) from a row to a column."""

    counts: dict[Cell, int]
    hidden: set[Cell] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.of_row: dict[str, list[Cell]] = {}
        self.of_column: dict[str, list[Cell]] = {}
        for cell in sorted(self.counts):
            self.of_row.setdefault(cell[0], []).append(cell)
            self.of_column.setdefault(cell[1], []).append(cell)

    def make_room(self, cell: Cell, below: int) -> None:
        """Hide until the cell could be `below`."""
        self.reach(cell, below, spend=True)

    def reach(self, cell: Cell, most: int, spend: bool) -> int:
        """How great the cell could be, up to `most`. `spend`: by hiding what is shown."""
        now = dict(self.counts)
        while now[cell] < most:
            circle = self._circle(cell, now, spend)
            if circle is None:
                break
            room = [now[c] for c, sign in circle if sign < 0]
            unit = min([most - now[cell], *room])
            now[cell] += unit
            for other, sign in circle:
                now[other] += sign * unit
                # Only a cell of the grid is ever spent: sums that are shown stay so.
                self.hidden.add(other)
        return now[cell]

    def _circle(
        self, cell: Cell, now: Mapping[Cell, int], spend: bool
    ) -> list[tuple[Cell, int]] | None:
        """The cheapest way from where the cell ends to where it begins, without the cell: (other
        cell, +1 or -1); None if there is none."""
        start, goal = _ends(cell)[1], _ends(cell)[0]
        cost = {start: 0}
        came: dict[Node, tuple[Node, Cell, int]] = {}
        queue = [(0, start)]
        while queue:
            so_far, node = heappop(queue)
            if node == goal:
                return _back(came, start, goal)
            if so_far > cost[node]:
                continue
            for arc, sign in self._from(node):
                if arc == cell or (sign < 0 and not now[arc]):
                    continue
                if (price := self._price(arc, spend)) is None:
                    continue
                reached = _ends(arc)[1 if sign > 0 else 0]
                if so_far + price < cost.get(reached, so_far + price + 1):
                    cost[reached] = so_far + price
                    came[reached] = (node, arc, sign)
                    heappush(queue, (so_far + price, reached))
        return None

    def _price(self, arc: Cell, spend: bool) -> int | None:
        if arc in self.hidden:
            return FREE
        return self.counts[arc] if spend and arc[1] != SUM else None

    def _from(self, node: Node) -> Iterator[tuple[Cell, int]]:
        kind, name = node
        if kind == "row":
            for arc in self.of_row[name]:
                yield (arc, -1) if arc[1] == SUM else (arc, +1)
        elif kind == "column":
            yield from ((arc, -1) for arc in self.of_column[name])
        else:
            yield from ((arc, +1) for arc in self.of_column[SUM])


def _ends(arc: Cell) -> tuple[Node, Node]:
    row, column = arc
    return (TOTAL, ("row", row)) if column == SUM else (("row", row), ("column", column))


def _back(
    came: Mapping[Node, tuple[Node, Cell, int]], start: Node, goal: Node
) -> list[tuple[Cell, int]]:
    way, node = [], goal
    while node != start:
        node, arc, sign = came[node]
        way.append((arc, sign))
    return way
