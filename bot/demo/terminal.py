"""A person at the keyboard: takes over phones, moves the clock, kills the engine, or reads on."""

import asyncio
import codecs
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.demo import acts, stage, story
from bot.demo.show import Phones
from bot.demo.stage import Stage
from bot.demo.story import Story

PROMPT = "› "
READING = 4.0  #: seconds for an act when the story plays on by itself
TICK = 1.0  #: seconds between two looks at the clock on the wall
GREETING = (
    "Enter plays the story, act by act; the clock stands still while you read. Or take over a "
    "phone, for example: amina checkin 1h. What else can be typed: help"
)
END = "quit"


class Keyboard:
    """Whole lines, as they are typed; `END` when there are no more. Nothing waits in a thread, so
    that leaving is leaving at once."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._typed = asyncio.Event()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)

    def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    async def line(self) -> str:
        await self._typed.wait()
        found = self._lines.popleft()
        if not self._lines:
            self._typed.clear()
        return found

    async def touched(self, seconds: float) -> bool:
        """Whether something was typed; what it was is still there to be read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._typed.wait()
        return self._typed.is_set()

    def _read(self) -> None:
        try:
            read = os.read(sys.stdin.fileno(), 65536)
        except OSError:
            read = b""
        if not read:
            self.stop()
            self._put(END)
            return
        *lines, self._rest = (self._rest + self._decoder.decode(read)).split("\n")
        for line in lines:
            self._put(line)

    def _put(self, line: str) -> None:
        self._lines.append(line)
        self._typed.set()


class Session:
    def __init__(self, on: Stage) -> None:
        self.stage, self.screen, self.keyboard = on, Phones(on), Keyboard()
        self.story = Story(on, self.screen)
        #: One thing happens at a time: an act of somebody, or a second that goes by.
        self.busy = asyncio.Lock()
        #: The clock stands still while somebody only reads, and runs from their first own act on.
        self.interfered = False

    async def play(self) -> None:
        self.screen.caption(story.INTRO)
        await self.screen.draw()
        self.screen.caption(GREETING)
        while True:
            self._prompt()
            line = (await self.keyboard.line()).strip()
            if line.casefold() in (END, "exit", "q"):
                self.screen.said("Nothing of this is kept.")
                return
            await self._line(line)

    async def _line(self, line: str) -> None:
        verb = line.casefold()
        if verb == "story":
            await self._play_on()
        elif not line:
            await self._next()
        elif verb in ("help", "?"):
            self.screen.said(acts.HELP)
        elif verb == "phones":
            await self.screen.draw()
        elif verb == "cases":
            found = await story.command(self.stage.folder, "case", "list")
            self.screen.said(found or "No cases.")
        else:
            await self._act(line)

    async def _act(self, line: str) -> None:
        async with self.busy:
            try:
                said = await acts.do(self.stage, line)
                self.interfered = True
            except acts.NotUnderstood as error:
                said = str(error)
            await self.screen.refresh()
        self.screen.said(said)

    async def _next(self) -> None:
        if self.story.over():
            self.screen.said("The story is over. Go on by yourself: help shows how.")
            return
        async with self.busy:
            await self.story.play()
            if self.story.over():
                await self._over()

    async def _over(self) -> None:
        if self.interfered:
            self.screen.said(await story.command(self.stage.folder, "case", "list"))
            self.screen.caption("With your help the story ended as it did. " + story.OUTRO)
            return
        for wrong in await story.end(self.stage, self.screen):
            self.screen.said(wrong)

    async def _play_on(self) -> None:
        if self.story.over():
            await self._next()
        while not self.story.over():
            await self._next()
            if await self.keyboard.touched(READING):
                return

    async def tick(self) -> None:
        """Time goes by at its own speed, jumps apart."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            async with self.busy:
                passed, last = int((time.monotonic() - last) * 1000), time.monotonic()
                if self.interfered:
                    await self._passed(passed)

    async def _passed(self, ms: int) -> None:
        before = len(self.stage.journal)
        await self.stage.to(self.stage.now + ms)
        if len(self.stage.journal) != before:
            await self.screen.refresh()
            self._prompt()

    def _prompt(self) -> None:
        self.screen.console.print(PROMPT, end="")
        self.screen.console.file.flush()


async def play(folder: Path) -> int:
    async with stage.opened(folder) as on, _ticking(Session(on)) as session:
        await session.play()
    return 0


@asynccontextmanager
async def _ticking(session: Session) -> AsyncIterator[Session]:
    """What goes wrong while time goes by ends the session: a dead tick would look like peace."""
    session.keyboard.listen()
    playing = asyncio.current_task()
    ticking = asyncio.create_task(session.tick())

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() and playing:
            playing.cancel()

    ticking.add_done_callback(ended)
    try:
        yield session
    except asyncio.CancelledError:
        if ticking.done():
            ticking.result()
        raise
    finally:
        session.keyboard.stop()
        ticking.cancel()
        with suppress(asyncio.CancelledError, stage.EngineFailed):
            await ticking
