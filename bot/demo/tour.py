"""The guided tour: the story at a reader's pace, until somebody takes over, and on from there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import StrEnum

from bot.demo.story import STORY, Act

BEFORE = 3.0  #: seconds that a caption stands before its first line is played
BETWEEN = 3.5  #: seconds between two lines of an act
PER_WORD = 0.4  #: seconds for a word of a caption
LEAST, MORE = 6.0, 4.0  #: seconds to look at what came of it: at least, and beyond the reading


class State(StrEnum):
    WAITING = "waiting"  #: not begun, or paused
    PLAYING = "playing"
    OVER = "over"


def seconds(act: Act) -> float:
    """How long an act takes a reader."""
    return BEFORE + BETWEEN * (len(act.lines) - 1) + _reading(act)


def _reading(act: Act) -> float:
    return max(LEAST, PER_WORD * len(act.caption.split()) + MORE)


class Tour:
    """`perform` plays a line, when nothing else is going on; it is told whether it is an act's
    first."""

    def __init__(
        self, perform: Callable[[str, bool], Awaitable[None]], changed: Callable[[], None]
    ) -> None:
        self._perform, self._changed = perform, changed
        self.acts: Sequence[Act] = STORY
        #: The act that is shown (-1: none yet), and how many of its lines were played.
        self.step, self.line = -1, 0
        self.playing = False
        self.task: asyncio.Task[None] | None = None

    @property
    def act(self) -> Act | None:
        return self.acts[self.step] if 0 <= self.step < len(self.acts) else None

    @property
    def state(self) -> State:
        if self.playing:
            return State.PLAYING
        return State.OVER if self._ended() else State.WAITING

    @property
    def focus(self) -> list[str]:
        """The phones that this act is about."""
        return list(self.act.about) if self.act else []

    def _played(self) -> bool:
        return self.act is None or self.line >= len(self.act.lines)

    def _ended(self) -> bool:
        return self.step == len(self.acts) - 1 and self._played()

    # ------------------------------------------------------------ by itself

    async def play(self) -> None:
        if self.state is State.WAITING:
            self.playing = True
            self.task = asyncio.create_task(self._on())
            self._changed()

    async def pause(self) -> bool:
        """Ends what is being played with its line. Whether something was."""
        was = self.playing
        self.playing = False
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        self.task = None
        if was:
            self._changed()
        return was

    async def _on(self) -> None:
        try:
            while self.playing and not self._ended():
                await self._one()
        finally:
            self.playing = False
            self._changed()

    async def _one(self) -> None:
        """The next line, or the next act's caption, and the time that it takes to read."""
        if self._played():
            self._turn()
            await asyncio.sleep(BEFORE)
        await asyncio.shield(self._play())
        act = self.act
        assert act is not None
        await asyncio.sleep(_reading(act) if self._played() else BETWEEN)

    # ------------------------------------------------------------ step by step

    async def next(self) -> None:
        """The rest of this act; if nothing is left of it, all of the next one."""
        if self.state is State.OVER:
            return
        if self._played():
            self._turn()
        while not self._played():
            await self._play()

    def _turn(self) -> None:
        self.step, self.line = self.step + 1, 0
        self._changed()

    async def _play(self) -> None:
        assert self.act is not None
        line, first = self.act.lines[self.line], self.line == 0
        self.line += 1
        await self._perform(line, first)
        self._changed()
