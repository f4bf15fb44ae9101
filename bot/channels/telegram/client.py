"""The wire to the Bot API. The only I/O of this channel.

Received means committed: getUpdates with an offset deletes everything below it at Telegram, for
good. So the raw answer is handed to `receive` first, and the next offset is only used after that
returned. The library's Updater confirms from memory, and its `get_updates` parses all updates
before anybody sees one; here its custom-request seam keeps the raw bytes, and it parses nothing.

Secrets: httpx logs URLs (the token is in them, also in that of a file) and the library logs answers
it can't read (they hold people's words), at ERROR. Our own lines name the class of an error, never
its text.
"""

import asyncio
import json
import logging
import os
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

import httpx
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    LinkPreviewOptions,
    Message,
)
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import (
    Attachment,
    File,
    Frame,
    Incoming,
    Limits,
    Menu,
    Outgoing,
    Reason,
    Receive,
    Refused,
    SendError,
)
from bot.channels.files import PIECE, must_be_there, plain_name, within
from bot.channels.telegram.answers import (
    TOKEN_PAUSE,
    fetch_error,
    no_such_chat,
    report,
    seconds,
    send_error,
)
from bot.channels.telegram.parse import UPDATES, Head, head, next_offset, parse, split
from bot.channels.telegram.render import DOCUMENT, MAX_TEXT, MAX_UPLOAD, Part, render, shape

log = logging.getLogger(__name__)

#: The library's way to say: durations as timedelta. Without it each flood limit warns of its
#: future, and where warnings are errors the flood limit itself is lost.
os.environ["PTB_TIMEDELTA"] = "true"

#: Seconds. A hung connection must free its slot, an ambiguous send is simply sent again.
SEND_TIMEOUT = 10.0
POLL_TIMEOUT = 5.0  #: on top of the long poll's own length
ASK_TIMEOUT = 3.0  #: getMe for a link: somebody is waiting at a terminal
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
#: Seconds without a byte, up or down. Telegram answers once it has all of it; getFile, once the Bot
#: API server has.
FILE_TIMEOUT = 60.0
DOWNLOADS = 8  #: at once; they have connections of their own, messages don't wait for them

#: Button presses wait for their answer in these many slots, so that a thousand of them at once
#: leave connections for messages; more than ANSWERS_WAITING are dropped (they expire anyway).
ANSWER_SLOTS, ANSWERS_WAITING = 8, 2_000

DELETED = "message to delete not found"


class Discreet(HTTPXRequest):
    """The library's own logs an unreadable answer whole, at ERROR."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(found, dict):
            raise TelegramError("Invalid server response")
        return found


class Keeping(Discreet):
    """Keeps a good answer of getUpdates as its bytes and gives the library an empty one."""

    kept = b""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if code != 200:
            return code, payload
        self.kept = payload
        return code, b'{"ok": true, "result": []}'


class Telegram:
    """The channel "telegram". Opens nothing until it is used.

    token         from BotFather
    api_url       base; "/bot<token>/<method>" is appended (a self-hosted server, a stand-in)
    poll_seconds  length of one long poll
    """

    name = "telegram"
    #: About 30/s overall and 1/s per private chat (core.telegram.org/bots/faq). `per_second` and
    #: `burst` together stay within 30, however Telegram cuts its seconds. A short burst in one chat
    #: is allowed there: it is kept for what is urgent.
    limits = Limits(
        per_second=24.0, burst=6, reserve=4, per_chat=1.0, max_text=MAX_TEXT, concurrency=20,
        chat_burst=2,
    )  # fmt: skip

    def __init__(
        self, token: str, api_url: str = "https://api.telegram.org", *, poll_seconds: int = 25
    ) -> None:
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._poll = Keeping(
            connection_pool_size=2, read_timeout=POLL_TIMEOUT, connect_timeout=SEND_TIMEOUT
        )
        self._calls = Discreet(
            connection_pool_size=64,
            read_timeout=SEND_TIMEOUT,
            write_timeout=SEND_TIMEOUT,
            connect_timeout=SEND_TIMEOUT,
            pool_timeout=SEND_TIMEOUT,
        )
        self._files = httpx.AsyncClient(
            timeout=httpx.Timeout(FILE_TIMEOUT, connect=SEND_TIMEOUT),
            limits=httpx.Limits(max_connections=DOWNLOADS),
        )
        self._bot = Bot(
            token,
            base_url=api_url.rstrip("/") + "/bot",
            base_file_url=api_url.rstrip("/") + "/file/bot",
            request=self._calls,
            get_updates_request=self._poll,
        )
        self._poll_seconds = poll_seconds
        self._answers: set[asyncio.Task[None]] = set()
        self._answer_slots = asyncio.Semaphore(ANSWER_SLOTS)
        self._username = ""

    def parse(self, raw: bytes) -> Incoming:
        return parse(raw)

    async def close(self) -> None:
        for task in tuple(self._answers):
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._poll.shutdown()
        await self._calls.shutdown()
        await self._files.aclose()

    # ------------------------------------------------------------ in

    async def run(self, receive: Receive, cursor: str | None) -> None:
        """See `Channel.run`. A failing `receive` leaves the offset where it was."""
        offset = int(cursor) if cursor and cursor.isdecimal() else None
        failures = 0
        while True:
            try:
                offset = await self._turn(receive, offset)
                if failures:
                    log.info("telegram: receiving again")
                failures = 0
            except Exception as error:  # whatever it is, somebody's next panic comes this way
                failures += 1
                await self._rest(error, failures)

    async def _turn(self, receive: Receive, offset: int | None) -> int | None:
        await self._bot.get_updates(
            offset=offset,
            timeout=self._poll_seconds,
            allowed_updates=UPDATES,
        )
        payload, self._poll.kept = self._poll.kept, b""
        raws = split(payload)
        if not raws:
            return offset
        heads = [head(raw) for raw in raws]
        following = next_offset(heads, offset)
        frames = [_frame(raw, top) for raw, top in zip(raws, heads, strict=True)]
        await receive(frames, str(following))
        for top in heads:
            self._answer_soon(top.callback)
        if all(top.number is None for top in heads):
            raise ValueError("no update has a readable id")
        return following

    async def _rest(self, error: Exception, failures: int) -> None:
        """Waits as long as this error deserves; the first of a row is logged, then every 50th."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        if failures % 50 == 1:
            log.log(*report(error))
        if isinstance(error, InvalidToken):
            pause = TOKEN_PAUSE
        elif isinstance(error, RetryAfter):
            pause = max(pause, 2 * seconds(error))
        elif isinstance(error, Conflict) and "webhook" in str(error).lower():
            await self._remove_webhook()
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))

    async def _remove_webhook(self) -> None:
        """One that was left behind keeps us from receiving. Its updates stay."""
        log.warning("telegram: a webhook was set for this bot; removing it")
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except Exception as error:
            log.warning("telegram: the webhook stays (%s)", type(error).__name__)

    def _answer_soon(self, callback: str) -> None:
        if callback and len(self._answers) < ANSWERS_WAITING:
            task = asyncio.create_task(self._answer(callback))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _answer(self, callback: str) -> None:
        """Stops the button's spinner. Only that: too late or refused doesn't matter."""
        try:
            async with self._answer_slots:
                await self._bot.answer_callback_query(callback)
        except Exception as error:
            log.debug("telegram: a button press was not answered (%s)", type(error).__name__)

    # ------------------------------------------------------------ out

    async def send(self, out: Outgoing) -> str:
        """See `Channel`. Fails part-way: all of it is sent again."""
        if not _is_id(out.where):
            raise Refused(Reason.GONE, "not a chat id")
        try:
            if out.kind == "redact":
                return await self._redact(out)
            return " ".join([await self._send_part(out, part) for part in render(out)])
        except SendError:
            raise
        except Exception as error:
            raise send_error(error) from None

    async def _send_part(self, out: Outgoing, part: Part) -> str:
        if part.file:
            return str((await self._send_file(out, part, part.file)).message_id)
        sent = await self._bot.send_message(
            chat_id=int(out.where),
            text=part.text,
            reply_markup=part.keyboard,
            disable_notification=out.silent,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return str(sent.message_id)

    async def _send_file(self, out: Outgoing, part: Part, file: File) -> Message:
        """What isn't taken as photo (its dimensions, its bytes) or as voice (Premium can refuse
        those) goes out as a document at once: to have it matters, not how it looks."""
        if len(file.body) > MAX_UPLOAD:
            raise Refused(Reason.REJECTED, "too large")
        wanted = shape(file)
        try:
            return await self._upload(wanted, out, part, file)
        except BadRequest as error:
            if wanted == DOCUMENT or no_such_chat(error):
                raise
        return await self._upload(DOCUMENT, out, part, file)

    async def _upload(self, wanted: str, out: Outgoing, part: Part, file: File) -> Message:
        common: dict[str, Any] = {
            "chat_id": int(out.where),
            "caption": part.text.strip() or None,
            "reply_markup": part.keyboard,
            "disable_notification": out.silent,
            "filename": plain_name(file),
            "read_timeout": FILE_TIMEOUT,
            "write_timeout": FILE_TIMEOUT,
        }
        match wanted:
            case "photo":
                return await self._bot.send_photo(photo=file.body, **common)
            case "voice":
                return await self._bot.send_voice(voice=file.body, **common)
        # Else Telegram makes a voice message of an .ogg again.
        return await self._bot.send_document(
            document=file.body, disable_content_type_detection=True, **common
        )

    async def _redact(self, out: Outgoing) -> str:
        if not _is_id(out.target):
            raise Refused(Reason.REJECTED, "not a message id")
        try:
            await self._bot.delete_message(int(out.where), int(out.target))
        except BadRequest as error:
            if DELETED not in str(error).lower():
                raise
        return out.target

    # ------------------------------------------------------------ files

    def fetch(self, attachment: Attachment, most: int) -> AsyncGenerator[bytes, None]:
        """See `Channel.fetch`. The Bot API gives nobody more than 20 MB."""
        return within(self._pieces(attachment.ref), most)

    async def forget(self, attachment: Attachment) -> None:
        """See `Channel.forget`. It lies at Telegram: no bot can delete it there."""

    async def _pieces(self, ref: str) -> AsyncGenerator[bytes, None]:
        try:
            url = await self._file_url(ref)
            async with self._files.stream("GET", url) as response:
                must_be_there(response.status_code)
                async for piece in response.aiter_bytes(PIECE):
                    yield piece
        except SendError:
            raise
        except Exception as error:
            raise fetch_error(error) from None

    async def _file_url(self, ref: str) -> str:
        """Holds the token. A server that runs with --local names a path on its own disk instead:
        that is never opened, whatever lies there on ours."""
        found = await self._bot.get_file(ref, read_timeout=FILE_TIMEOUT)
        base, path = self._bot.base_file_url + "/", found.file_path or ""
        if not path.startswith(base):
            log.warning("telegram: the Bot API server offers no way to fetch a file")
            raise Refused(Reason.REJECTED, "not offered")
        return base + quote(path.removeprefix(base))

    # ------------------------------------------------------------ around it

    async def check(self) -> list[str]:
        """See `Channel.check`. Asks Telegram; changes nothing there."""
        try:
            await self._bot.get_me(read_timeout=SEND_TIMEOUT)
            webhook = await self._bot.get_webhook_info()
        except InvalidToken:
            return ["Telegram refuses the bot token. Copy it again from BotFather."]
        except Exception as error:
            return [f"Telegram can't be reached ({type(error).__name__})."]
        if webhook.url:
            return ["A webhook is set for this bot: it is removed when `run` starts receiving."]
        return []

    async def commands(self, menus: Sequence[Menu]) -> None:
        """See `Channel.commands`. A menu that can't be set is logged: it is a convenience."""
        general = [menu for menu in menus if not menu.where]
        for menu in menus:
            if _is_id(menu.where):
                await self._menu(menu, BotCommandScopeChat(int(menu.where)), None)
            elif not menu.where:
                await self._menu(menu, BotCommandScopeAllPrivateChats(), menu.lang[:2])
        # A phone in a language that isn't shipped sees English, or else the first there is.
        for menu in sorted(general, key=lambda menu: menu.lang != "en")[:1]:
            await self._menu(menu, BotCommandScopeAllPrivateChats(), None)

    async def _menu(self, menu: Menu, scope: BotCommandScope, language: str | None) -> None:
        entries = [BotCommand(word, text[:256]) for word, text in menu.entries if _settable(word)]
        try:
            await _patiently(
                lambda: self._bot.set_my_commands(entries, scope=scope, language_code=language)
            )
        except Exception as error:
            log.warning("telegram: a command menu was not set (%s)", type(error).__name__)

    async def invite_link(self, code: str) -> str:
        """See `Channel.invite_link`. Without Telegram's answer: what to send to the bot."""
        try:
            self._username = self._username or await self._ask_username()
        except Exception as error:
            log.warning("telegram: the bot's name is not known (%s)", type(error).__name__)
        return f"https://t.me/{self._username}?start={code}" if self._username else f"/start {code}"

    async def _ask_username(self) -> str:
        me = await self._bot.get_me(
            read_timeout=ASK_TIMEOUT, connect_timeout=ASK_TIMEOUT, pool_timeout=ASK_TIMEOUT
        )
        return me.username or ""


def _frame(raw: bytes, top: Head) -> Frame:
    own = raw.decode("latin-1") if top.number is None else str(top.number)
    return Frame(raw, ("telegram", own), top.sender, top.hint)


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) <= 20


def _settable(word: str) -> bool:
    """Telegram takes [a-z0-9_]{1,32}; one word beyond that and it refuses the whole menu."""
    plain = word.isascii() and word.replace("_", "a").isalnum() and word == word.lower()
    return plain and len(word) <= 32


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """Once more after a flood limit of up to a minute."""
    try:
        await call()
    except RetryAfter as error:
        if seconds(error) > 60:
            raise
        await asyncio.sleep(seconds(error))
        await call()
