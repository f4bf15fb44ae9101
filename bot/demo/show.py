"""The story as plain lines: no colours, no boxes, each message once, in the order in which they
happened."""

import sys
import textwrap

from bot.demo.phones import ISOLATES, Bubble
from bot.demo.stage import Stage, shown_time


class Lines:
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

    def refresh(self) -> None:
        self._new()
        sys.stdout.flush()

    def _new(self) -> None:
        for bubble in self._waiting:
            if not bubble.waits:
                name = self.stage.phones[bubble.who].member.name
                late = bubble.late or self.stage.now
                self._put(f"{shown_time(late)}  {name}'s “{shown(bubble)}” has got through")
        self._waiting = [b for b in self._waiting if b.waits]
        for bubble in self.stage.journal[self._shown :]:
            self._bubble(bubble)
        self._shown = len(self.stage.journal)

    def _bubble(self, bubble: Bubble) -> None:
        name = self.stage.phones[bubble.who].member.name
        who = f"{name:<5} > bot" if bubble.mine else f"bot > {name:<5}"
        head = f"{shown_time(bubble.at)}  {who:<13}{'URGENT' if bubble.urgent else '':<8}"
        text = shown(bubble) + ("\n" + numbered(bubble) if bubble.buttons else "")
        if bubble.waits:
            self._waiting.append(bubble)
            text += "   (waits on the phone: nobody is listening)"
        lines = [w for line in text.splitlines() for w in textwrap.wrap(line, self.WIDTH)] or [""]
        self._put(f"{head:<{self.INDENT}}{lines[0]}")
        self._put(*(" " * self.INDENT + line for line in lines[1:]))

    def _put(self, *lines: str) -> None:
        for line in lines:
            sys.stdout.write(line.rstrip() + "\n")


def shown(bubble: Bubble) -> str:
    text = bubble.text.translate(ISOLATES)
    if bubble.kind == "choice":
        return f"[{text}]"
    return f"({bubble.file.name}) {text}".strip() if bubble.file else text


def numbered(bubble: Bubble) -> str:
    labels = (label.translate(ISOLATES) for label, _ in bubble.buttons)
    return " ".join(f"[{i} {label}]" for i, label in enumerate(labels, 1))
