"""What the demo looks like: phones side by side for a person, plain lines for everybody else."""

import sys
import textwrap
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.demo.phones import Bubble, Handset
from bot.demo.stage import Stage, shown_time

PLATFORMS = {"telegram": "Telegram", "signal": "Signal"}
RTL = ("ar", "fa", "he", "ur")
NARROW, LEAST = 27, 40  #: columns of a phone beside others, and of one on its own
LOWEST, HIGHEST = 4, 18  #: lines of a phone's screen
QUIET = {"journalist": "green", "coordinator": "blue", "officer": "magenta"}
WAITS, LATE, DELETED = "🕓 waits: nobody is listening", "arrived", "(deleted)"


# ---------------------------------------------------------------- plain lines


class Lines:
    """No colours, no boxes: each message once, in the order in which they happened."""

    INDENT = 32
    WIDTH = 78

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._shown = 0
        self._waiting: list[Bubble] = []

    def caption(self, text: str) -> None:
        self._put("", *textwrap.wrap(text, self.WIDTH))

    def typed(self, line: str) -> None:
        """People's acts show as messages, the rest as what it was."""
        self._new()
        verb = line.partition(" ")[0]
        if verb not in self.stage.phones:
            self._put(f"       > {line}")

    def said(self, text: str) -> None:
        self._put(*text.splitlines())

    async def refresh(self) -> None:
        self._new()
        sys.stdout.flush()

    def _new(self) -> None:
        for bubble in self._waiting:
            if not bubble.waits:
                name = self.stage.phones[bubble.who].member.name
                late = bubble.late or self.stage.now
                self._put(f"{shown_time(late)}  {name}'s “{bubble.text}” has got through")
        self._waiting = [b for b in self._waiting if b.waits]
        for bubble in self.stage.journal[self._shown :]:
            self._bubble(bubble)
        self._shown = len(self.stage.journal)

    def _bubble(self, bubble: Bubble) -> None:
        name = self.stage.phones[bubble.who].member.name
        who = f"{name:<5} > bot" if bubble.mine else f"bot > {name:<5}"
        head = f"{shown_time(bubble.at)}  {who:<13}{'URGENT' if bubble.urgent else '':<8}"
        text = bubble.text + ("\n" + numbered(bubble) if bubble.buttons else "")
        if bubble.waits:
            self._waiting.append(bubble)
            text += "   (waits on the phone: nobody is listening)"
        lines = [w for line in text.splitlines() for w in textwrap.wrap(line, self.WIDTH)] or [""]
        self._put(f"{head:<{self.INDENT}}{lines[0]}")
        self._put(*(" " * self.INDENT + line for line in lines[1:]))

    def _put(self, *lines: str) -> None:
        for line in lines:
            sys.stdout.write(line.rstrip() + "\n")


def numbered(bubble: Bubble) -> str:
    return " ".join(f"[{i} {label}]" for i, (label, _) in enumerate(bubble.buttons, 1))


# ---------------------------------------------------------------- phones


class Phones:
    """Phones in the terminal, drawn again after whatever changed something."""

    def __init__(self, stage: Stage, console: Console | None = None) -> None:
        self.stage = stage
        self.console = console or Console(highlight=False)
        self._drawn: tuple[Any, ...] = ()

    def caption(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold cyan"))

    def typed(self, line: str) -> None:
        self.console.print(Text(f"  › {line}", style="dim"))

    def said(self, text: str) -> None:
        if text:
            self.console.print(Text(text))

    async def refresh(self) -> None:
        """Draws when there is something new to see."""
        if await self._state() != self._drawn:
            await self.draw()

    async def draw(self) -> None:
        self._drawn = await self._state()
        counts = await self.stage.counts()
        self.console.print(screen(self.stage, self.console.width, self.console.height))
        self.console.print(status(self.stage, *counts))

    async def _state(self) -> tuple[Any, ...]:
        journal = self.stage.journal
        waiting = sum(b.waits for b in journal)
        gone = sum(b.deleted for b in journal)
        alive = self.stage.engine is not None
        return len(journal), waiting, gone, alive, await self.stage.counts()


def screen(stage: Stage, width: int, height: int) -> Table:
    """All phones: in a row, in pairs, or below one another. Officers' once they are needed."""
    everybody = stage.phones.values()
    phones = [each for each in everybody if each.bubbles or each.member.role != "officer"]
    across = next((n for n in (4, 2) if width // n >= (NARROW if n == 4 else LEAST)), 1)
    rows = -(-len(phones) // across)
    lines = min(HIGHEST, max(6, (height - 6) // rows - 3))
    table = Table.grid(expand=True)
    for _ in range(across):
        table.add_column(ratio=1)
    for start in range(0, len(phones), across):
        table.add_row(*_row(phones[start : start + across], width // across, lines))
    return table


def _row(phones: list[Handset], width: int, most: int) -> list[Panel]:
    """As high as the fullest of them."""
    inner = max(12, width - 4)
    drawn = [_last(phone, inner, most) for phone in phones]
    lines = max(LOWEST, *(sum(_height(b, inner) for b in bubbles) for bubbles in drawn), 0)
    return [
        phone_panel(phone, bubbles, lines) for phone, bubbles in zip(phones, drawn, strict=True)
    ]


def phone_panel(phone: Handset, bubbles: list[Padding], lines: int) -> Panel:
    member = phone.member
    alarm = any(b.urgent for b in phone.bubbles[-1:])
    return Panel(
        Group(*bubbles),
        title=Text(f"{member.name} · {PLATFORMS[member.channel]} · {member.language}"),
        subtitle=Text(member.role + (", on duty" if member.on_duty else "")),
        border_style="bold red" if alarm else QUIET[member.role],
        box=box.HEAVY if alarm else box.ROUNDED,
        height=lines + 2,
    )


def _last(phone: Handset, inner: int, lines: int) -> list[Padding]:
    """The newest bubbles that fit; the newest one in any case."""
    found: list[Padding] = []
    rtl = phone.member.lang in RTL
    for bubble in reversed(phone.bubbles):
        drawn = _bubble(bubble, rtl)
        needs = _height(drawn, inner)
        if found and needs > lines:
            break
        found.insert(0, drawn)
        lines -= needs
    return found


def _bubble(bubble: Bubble, rtl: bool) -> Padding:
    """Theirs with a margin at the left, ours with one at the right; right-to-left text at its
    own side of the bubble."""
    text = Text(justify="right" if rtl and _has_rtl(bubble.text) else "left", overflow="fold")
    if bubble.urgent:
        text.append("URGENT\n", style="bold red")
    text.append(DELETED if bubble.deleted else bubble.text)
    if bubble.buttons and not bubble.deleted:
        text.append("\n" + numbered(bubble), style="bold")
    text.append(f"\n{_foot(bubble)}", style="dim")
    style = "on grey23" if bubble.mine else ""
    return Padding(text, (0, 0, 0, 3) if bubble.mine else (0, 3, 0, 0), style=style)


def _foot(bubble: Bubble) -> str:
    at = shown_time(bubble.at)
    if bubble.waits:
        return f"{at} {WAITS}"
    if bubble.late is not None:
        return f"{at} ✓ {LATE} {shown_time(bubble.late)}"
    return f"{at} ✓" if bubble.mine else at


def _has_rtl(text: str) -> bool:
    return any("\u0590" <= c <= "\u08ff" for c in text)


def _height(drawn: Padding, inner: int) -> int:
    measuring = Console(width=inner, file=sys.stdout, force_terminal=False)
    return len(measuring.render_lines(drawn, measuring.options, pad=False))


def status(stage: Stage, waiting: int, still_open: int) -> Text:
    alive = stage.engine is not None
    text = Text()
    text.append(f" {shown_time(stage.now)} UTC ", style="reverse")
    text.append("  engine: ")
    if stage.engine is not None:
        text.append(f"running (pid {stage.engine.process.pid})", style="green")
    text.append("" if alive else "killed", style="bold red")
    text.append(f"  waiting to be sent: {waiting}  open cases: {still_open}")
    return text
