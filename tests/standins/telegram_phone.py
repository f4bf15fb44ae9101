"""A person with Telegram, and what is on their phone."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.standins.telegram_files import Kept, content
from tests.standins.telegram_rules import Upload

if TYPE_CHECKING:
    from tests.standins.telegram import TelegramStandIn


@dataclass(slots=True)
class Message:
    """One message in a private chat. `at`: time.monotonic() of arrival; `ms`: wall clock."""

    id: int
    chat: int
    text: str
    at: float
    ms: int
    buttons: list[tuple[str, str]] = field(default_factory=list)
    own: bool = False  #: written by the person, not by the bot
    silent: bool = False
    edited: bool = False
    preview: bool = True
    params: dict[str, str] = field(default_factory=dict)
    #: photo, voice or document; "" for a text
    shape: str = ""
    file: Kept | None = None


class Phone:
    """A person with Telegram. What they do becomes an update for the bot."""

    def __init__(self, server: "TelegramStandIn", user: int, lang: str, name: str) -> None:
        self.server, self.id, self.lang, self.name = server, user, lang, name
        self.chat: dict[int, Message] = {}
        self.started = self.blocked = self.deactivated = False
        self.no_voice = False  #: Premium: refuses voice messages
        self._changed = asyncio.Event()

    @property
    def inbox(self) -> list[Message]:
        """Messages of the bot that are still in the chat, oldest first."""
        return [message for message in self.chat.values() if not message.own]

    @property
    def user(self) -> dict[str, Any]:
        lang = {"language_code": self.lang} if self.lang else {}
        return {"id": self.id, "is_bot": False, "first_name": self.name, **lang}

    @property
    def place(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.name}

    def send(self, text: str, **content: Any) -> Message:
        return self._write(text, text=text, **content)

    def reply(self, to: Message, text: str) -> Message:
        return self.send(text, reply_to_message=self._json(to))

    def location(self, lat: float, lon: float, **more: Any) -> Message:
        return self._write("", location={"latitude": lat, "longitude": lon, **more})

    def media(self, kind: str, content: Any, caption: str = "") -> Message:
        return self._write(caption, **{kind: content}, **({"caption": caption} if caption else {}))

    def attach(
        self, kind: str, upload: Upload, caption: str = "", claimed: int | None = None, **more: Any
    ) -> Message:
        """A photo, voice, document, ...; `claimed`: its size, as the app says."""
        kept = self.server.shelf.keep(kind, upload, claimed)
        message = self.media(kind, content(kind, kept, **more), caption)
        message.shape, message.file = kind, kept
        return message

    def sticker(self, emoji: str) -> Message:
        return self.media("sticker", {"file_id": "s", "emoji": emoji})

    def edit(self, message: Message, text: str) -> None:
        message.text, message.edited = text, True
        body = self._json(message, text=text, edit_date=int(time.time()))
        self.server.update("edited_message", body)

    def press(self, message: Message, label: str) -> str:
        """Presses the button that is labelled so; returns the id of the callback query."""
        data = dict(self.chat[message.id].buttons)[label]
        query = f"{self.id}-{self.server.update_id}"
        body = {"id": query, "from": self.user, "chat_instance": "1", "data": data}
        self.server.update("callback_query", {**body, "message": self._json(message)})
        return query

    def react(self, message: Message, emoji: str, before: str = "") -> None:
        """An empty `emoji` takes the reaction `before` back."""
        old, new = ([{"type": "emoji", "emoji": e}] if e else [] for e in (before, emoji))
        body = {"chat": self.place, "message_id": message.id, "user": self.user}
        body |= {"date": int(time.time()), "old_reaction": old, "new_reaction": new}
        self.server.update("message_reaction", body)

    def delete(self, message: Message) -> None:
        """Bots are not told."""
        self.chat.pop(message.id, None)

    def block(self) -> None:
        self.blocked = True
        self._membership("member", "kicked")

    def unblock(self) -> None:
        self.blocked = False
        self._membership("kicked", "member")

    async def wait_for(
        self,
        predicate: Callable[[Message], bool] = lambda message: True,
        timeout: float = 5.0,  # noqa: ASYNC109 - for tests
    ) -> Message:
        """The first message of the inbox that satisfies; TimeoutError when none comes."""
        async with asyncio.timeout(timeout):
            while True:
                self._changed.clear()
                for message in self.inbox:
                    if predicate(message):
                        return message
                await self._changed.wait()

    def changed(self) -> None:
        self._changed.set()

    def _write(self, shown: str, **content: Any) -> Message:
        if self.blocked or self.deactivated:
            raise AssertionError("this person can't write to the bot: blocked it, or is gone")
        self.started = True
        message = self.server.new_message(self.id, shown, own=True)
        self.chat[message.id] = message
        self.server.update("message", self._json(message, **content))
        return message

    def _json(self, message: Message, **content: Any) -> dict[str, Any]:
        sender = self.user if message.own else self.server.me
        base = {"message_id": message.id, "from": sender, "chat": self.place}
        content = content or {"text": message.text}
        return {**base, "date": message.ms // 1000, **content}

    def _membership(self, old: str, new: str) -> None:
        body = {"chat": self.place, "from": self.user, "date": int(time.time())}
        members = (("old_chat_member", old), ("new_chat_member", new))
        body |= {key: {"user": self.server.me, "status": status} for key, status in members}
        self.server.update("my_chat_member", body)
