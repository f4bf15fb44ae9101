"""Between the phones and an engine in another process: JSON lines, both sides ask and answer.

    {"ask": 7, "what": "frame", "body": {...}}   answered   {"answer": 7, "body": {...}}

An ask that isn't answered when the other side dies raises ConnectionError: nobody knows whether it
was done. Whoever asked asks again, as the real platforms do. An ask that failed over there raises
Undone.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Self

LINE = 96 * 1024 * 1024  #: bytes of the longest line: the largest file, a third longer in base64

Body = dict[str, Any]
Answer = Callable[[str, Body], Awaitable[Mapping[str, Any]]]


class Undone(Exception):
    """The other side could not do what it was asked; the name of its error."""


class Wire:
    """One end. `serve` must run for asks to be answered, on this side and the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked: dict[int, asyncio.Future[Body]] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut = False

    @classmethod
    async def on(cls, end: socket.socket) -> Self:
        return cls(*await asyncio.open_unix_connection(sock=end, limit=LINE))

    async def ask(self, what: str, body: Mapping[str, Any]) -> Body:
        """Raises ConnectionError when the other side is gone before it answered, or Undone."""
        if self._cut:
            raise ConnectionError("the other side is gone")
        self._count += 1
        number = self._count
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await self._write({"ask": number, "what": what, "body": dict(body)})
            return await answer
        finally:
            self._asked.pop(number, None)

    async def serve(self, answer: Answer) -> None:
        """Until the other side is gone. Asks are answered side by side: one may wait for one."""
        try:
            with suppress(ConnectionError):
                while line := await self._reader.readline():
                    self._take(json.loads(line), answer)
        finally:
            self.cut()

    def cut(self) -> None:
        """Nothing goes through any more; who still waits for an answer learns it."""
        self._cut = True
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the other side is gone"))
        for task in self._tasks:
            task.cancel()
        self._writer.close()

    def _take(self, line: Body, answer: Answer) -> None:
        if "ask" in line:
            task = asyncio.create_task(self._reply(line, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif (asked := self._asked.get(line["answer"])) is not None and not asked.done():
            if "error" in line:
                asked.set_exception(Undone(line["error"]))
            else:
                asked.set_result(line["body"])

    async def _reply(self, line: Body, answer: Answer) -> None:
        reply: Body = {"answer": line["ask"]}
        try:
            reply["body"] = dict(await answer(line["what"], line["body"]))
        except Exception as error:
            reply["error"] = type(error).__name__
        with suppress(ConnectionError):
            await self._write(reply)

    async def _write(self, line: Body) -> None:
        self._writer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        await self._writer.drain()
