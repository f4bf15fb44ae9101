"""Simulated phones at the other end of a wire: the engine's side, a channel like any other."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.channels.base import (
    Attachment,
    Button,
    File,
    Frame,
    Incoming,
    Menu,
    Outgoing,
    Reason,
    Receive,
    Refused,
    Retry,
    SendError,
)
from bot.channels.files import PIECE, within
from bot.channels.simulator.client import UNLIMITED
from bot.channels.simulator.parse import parse
from bot.channels.simulator.wire import Body, Wire


class Remote:
    limits = UNLIMITED

    def __init__(self, name: str, wire: Wire) -> None:
        self.name, self.wire = name, wire
        self._receive: asyncio.Future[Receive] = asyncio.get_running_loop().create_future()

    async def run(self, receive: Receive, cursor: str | None) -> None:
        if not self._receive.done():
            self._receive.set_result(receive)
        await asyncio.Event().wait()

    async def arrived(self, frame: Mapping[str, Any]) -> None:
        """Returns when the frame is committed: only then may the phone call it sent."""
        receive = await self._receive
        await receive([packed_frame(frame)], None)

    def parse(self, raw: bytes) -> Incoming:
        return parse(raw)

    async def send(self, out: Outgoing) -> str:
        return str((await self._ask("send", out=out_body(out)))["upstream"])

    def fetch(self, attachment: Attachment, most: int) -> AsyncGenerator[bytes, None]:
        return within(self._pieces(attachment), most)

    async def forget(self, attachment: Attachment) -> None:
        """The phones of a demo forget at its end."""

    async def _pieces(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Whole over the wire, then in pieces."""
        body = b64decode((await self._ask("fetch", file=asdict(attachment)))["body"])
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]

    async def _ask(self, what: str, **body: Mapping[str, Any]) -> Body:
        try:
            answer = await self.wire.ask(what, {"channel": self.name, **body})
        except ConnectionError:
            raise Retry("the phones are gone") from None
        if "refused" in answer:
            raise Refused(Reason(answer["refused"]))
        if "retry" in answer:
            raise Retry(answer["retry"])
        return answer

    async def check(self) -> list[str]:
        return []

    async def commands(self, menus: Sequence[Menu]) -> None:
        return None

    async def invite_link(self, code: str) -> str:
        return f"/start {code}"

    async def close(self) -> None:
        self.wire.cut()


def frame_body(channel: str, frame: Frame) -> dict[str, Any]:
    """A frame as it goes over the wire."""
    return {"channel": channel, **asdict(frame), "raw": frame.raw.decode()}


def packed_frame(body: Mapping[str, Any]) -> Frame:
    return Frame(body["raw"].encode(), tuple(body["dedupe"]), body["sender"], body["hint"])


def out_body(out: Outgoing) -> Body:
    """A message as it goes over the wire."""
    body = asdict(out)
    if out.file:
        body["file"]["body"] = b64encode(out.file.body).decode()
    return body


def outgoing(body: Mapping[str, Any]) -> Outgoing:
    """What the engine's side sent, put together again on the phones' side."""
    buttons = tuple(Button(**button) for button in body["buttons"])
    file = body.get("file")
    file = File(file["name"], file["mime"], b64decode(file["body"])) if file else None
    return Outgoing(**{**body, "buttons": buttons, "file": file})


async def fetched(pieces: AsyncIterator[bytes]) -> Body:
    """The phones' side of `fetch`."""
    return {"body": b64encode(b"".join([piece async for piece in pieces])).decode()}


def failed(error: SendError) -> dict[str, str]:
    """How the phones' side says that a message was not taken."""
    if isinstance(error, Refused):
        return {"refused": str(error.reason)}
    return {"retry": str(error)}
