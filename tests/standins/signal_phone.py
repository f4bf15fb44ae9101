"""A person with Signal's app, for tests: `Phone` writes the frames that signal-cli would push.

The server behind it is a `Platform`: see tests/standins/signal.py.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Protocol


class Platform(Protocol):
    """What a phone needs of its server."""

    account: str
    uuid: str

    def now(self) -> int: ...

    def deliver(self, frame: object) -> bool: ...

    async def change(self) -> None: ...

    def keep(self, body: bytes, ending: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Attached:
    mime: str
    name: str
    body: bytes


@dataclass(slots=True)
class Message:
    """One that the server accepted for a phone. `at`: time.monotonic() of its arrival."""

    text: str
    timestamp: int
    at: float
    expires: int = 0
    deleted: bool = False
    files: list[Attached] = field(default_factory=list)


@dataclass(slots=True)
class Phone:
    """A person's app. Every act returns whether its frame went to a listening socket."""

    server: Platform
    number: str
    uuid: str
    hidden: bool = False
    expires: int = 0
    untrusted: bool = False
    #: Why messages to it fail: a JsonSendMessageResult.Type, e.g. "UNREGISTERED_FAILURE".
    failure: str = ""
    #: Everything accepted for it, in order of arrival.
    inbox: list[Message] = field(default_factory=list)
    #: Timestamps of what it sent.
    sent: list[int] = field(default_factory=list)

    def send(self, text: str | None, **more: Any) -> bool:
        return self.data(message=text, **more)

    def quote(self, message: Message, text: str, author: str = "") -> bool:
        return self.send(text, quote=self._to(message, author, "id", "author"))

    def react(self, message: Message, emoji: str, remove: bool = False, author: str = "") -> bool:
        target = self._to(message, author, "targetSentTimestamp", "targetAuthor")
        return self.data(reaction={"emoji": emoji, "isRemove": remove, **target})

    def edit(self, text: str, target: int = 0) -> bool:
        sent = self.server.now()
        message = {"timestamp": sent, "message": text, "expiresInSeconds": self.expires}
        edit = {"targetSentTimestamp": target or self.sent[-1], "dataMessage": message}
        return self.push({"editMessage": edit}, sent)

    def location(self, lat: float, lon: float, text: str = "") -> bool:
        link = f"https://maps.google.com/maps?q={lat}%2C{lon}"
        return self.send(f"{text}\n{link}".strip(), attachments=[attachment("image/jpeg")])

    def sticker(self) -> bool:
        return self.data(sticker={"packId": "9a32eda0", "stickerId": 3})

    def voice(self) -> bool:
        return self.data(attachments=[attachment("audio/aac", isVoiceNote=True)])

    def photo(self, caption: str | None = None) -> bool:
        return self.send(caption, attachments=[attachment("image/jpeg")])

    def attach(self, *files: Attached, text: str | None = None, **claims: Any) -> bool:
        """Sends files that can be fetched; `claims` instead of what is true of them."""
        parts = [
            attachment(
                file.mime,
                id=self.server.keep(file.body, PurePath(file.name).suffix),
                filename=file.name,
                size=len(file.body),
            )
            for file in files
        ]
        return self.send(text, attachments=[part | claims for part in parts])

    def long_text(self, text: str) -> bool:
        """Signal carries 2,000 bytes; the whole is an attachment, and signal-cli's message."""
        rest = Attached("text/x-signal-plain", "long-text.txt", text.encode())
        return self.attach(rest, text=text)

    def call(self) -> bool:
        return self.push({"callMessage": {"offerMessage": {"id": 7, "type": "AUDIO_CALL"}}})

    def typing(self) -> bool:
        now = self.server.now()
        return self.push({"typingMessage": {"action": "STARTED", "timestamp": now}}, now)

    def remote_delete(self, timestamp: int = 0) -> bool:
        return self.data(remoteDelete={"timestamp": timestamp or self.sent[-1]})

    def group(self, text: str) -> bool:
        return self.send(text, groupInfo={"groupId": "Zm9v", "revision": 1, "type": "DELIVER"})

    def set_expiration(self, seconds: int) -> bool:
        self.expires = seconds
        return self.data(isExpirationUpdate=True)

    def change_identity(self, uuid: str = "") -> None:
        """A new phone: refused until `trust`. With `uuid`, a new account on the same number."""
        self.untrusted, self.uuid = True, uuid or self.uuid

    def trust(self) -> None:
        self.untrusted = False

    async def wait_for(
        self,
        found: Callable[[Message], bool],
        timeout: float = 5.0,  # noqa: ASYNC109 - for tests
    ) -> Message:
        """The first accepted message that fits, now or within `timeout`; else TimeoutError."""
        async with asyncio.timeout(timeout):
            while True:
                if fitting := next((m for m in self.inbox if found(m)), None):
                    return fitting
                await self.server.change()

    def data(self, **parts: Any) -> bool:
        sent = self.server.now()
        message = {"timestamp": sent, "message": None, "expiresInSeconds": self.expires, **parts}
        return self.push({"dataMessage": message}, sent)

    def push(self, content: dict[str, Any], sent: int = 0, **frame: Any) -> bool:
        self.sent.append(sent or self.server.now())
        return self.server.deliver(self.envelope(content, self.sent[-1]) | frame)

    def envelope(self, content: dict[str, Any], sent: int) -> dict[str, Any]:
        number = None if self.hidden else self.number
        source = {"source": number or self.uuid, "sourceNumber": number, "sourceUuid": self.uuid}
        times = {"serverReceivedTimestamp": sent + 1, "serverDeliveredTimestamp": sent + 2}
        who = {"sourceName": "", "sourceDevice": 1, "timestamp": sent}
        return {"account": self.server.account, "envelope": {**source, **who, **times, **content}}

    def _to(self, message: Message, author: str, time_name: str, name: str) -> dict[str, Any]:
        ours = {name: self.server.account, f"{name}Number": self.server.account}
        ours[f"{name}Uuid"] = self.server.uuid
        theirs = {name: author, f"{name}Number": None, f"{name}Uuid": author}
        return {time_name: message.timestamp, **(theirs if author else ours)}


def attachment(content_type: str, **more: Any) -> dict[str, Any]:
    return {"contentType": content_type, "id": "a1", "size": 9, "isVoiceNote": False, **more}
