"""The wire to the Bot API. The only I/O of this channel.

Received means committed: getUpdates with an offset deletes everything below it at Telegram, for
good. So the raw answer is handed to `receive` first, and the next offset is only used after that
returned. The library's Updater confirms from memory, and its `get_updates` parses all updates
before anybody sees one; here its custom-request seam keeps the raw bytes, and it parses nothing.

Secrets: httpx logs URLs (the token is in them) and the library logs answers it can't read (they
hold people's words), at ERROR. Our own lines name the class of an error, never its text.
"""

import asyncio
import json
import logging
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    LinkPreviewOptions,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.base import (
    Frame,
    Incoming,
    Limits,
    Menu,
    Outgoing,
    Reason,
    Receive,
    Refused,
    Retry,
    SendError,
)
from bot.channels.telegram.parse import UPDATES, Head, head, parse, split
from bot.channels.telegram.render import MAX_TEXT, Part, render

log = logging.getLogger(__name__)

#: The library's way to say: durations as timedelta. Without it each flood limit warns of its
#: future, and where warnings are errors the flood limit itself is lost.
os.environ["PTB_TIMEDELTA"] = "true"

#: Seconds. A hung connection must free its slot, an ambiguous send is simply sent again.
SEND_TIMEOUT = 10.0
POLL_TIMEOUT = 5.0  #: on top of the long poll's own length
ASK_TIMEOUT = 3.0  #: getMe for a link: somebody is waiting at a terminal
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
#: A refused token needs an operator; asking faster doesn't help.
TOKEN_PAUSE = 30.0

#: Button presses wait for their answer in these many slots, so that a thousand of them at once
#: leave connections for messages; more than ANSWERS_WAITING are dropped (they expire anyway).
ANSWER_SLOTS, ANSWERS_WAITING = 8, 2_000

GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
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
    #: `burst` together stay within 30, however Telegram cuts its seconds.
    limits = Limits(
        per_second=24.0, burst=6, reserve=4, per_chat=1.0, max_text=MAX_TEXT, concurrency=20
    )

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
        self._bot = Bot(
            token,
            base_url=api_url.rstrip("/") + "/bot",
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
            log.log(*_report(error))
        if isinstance(error, InvalidToken):
            pause = TOKEN_PAUSE
        elif isinstance(error, RetryAfter):
            pause = max(pause, 2 * _seconds(error))
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
        sent = await self._bot.send_message(
            chat_id=int(out.where),
            text=part.text,
            reply_markup=part.keyboard,
            disable_notification=out.silent,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return str(sent.message_id)

    async def _redact(self, out: Outgoing) -> str:
        if not _is_id(out.target):
            raise Refused(Reason.REJECTED, "not a message id")
        try:
            await self._bot.delete_message(int(out.where), int(out.target))
        except BadRequest as error:
            if DELETED not in str(error).lower():
                raise
        return out.target

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


def next_offset(heads: Sequence[Head], offset: int | None) -> int:
    """The offset that confirms these updates and none besides.

    Ids only grow within an answer, so an update whose id can't be read has at least the one after
    its neighbour's. The last id counts also where it is lower than the stored offset: after a week
    of silence Telegram starts again at a random number.
    """
    last = (offset or 1) - 1
    for top in heads:
        last = last + 1 if top.number is None else top.number
    return last + 1


def send_error(error: Exception) -> SendError:
    """BadRequest is a NetworkError to the library: it must be asked for first."""
    if isinstance(error, RetryAfter):
        return Retry("flood limit", after=_seconds(error))
    if isinstance(error, InvalidToken):
        return Retry("token refused", after=TOKEN_PAUSE, scope="platform")
    if isinstance(error, ChatMigrated):
        return Refused(Reason.GONE, "chat migrated")
    text = str(error)
    if isinstance(error, Forbidden):
        gone = "deactivated" in text.lower()
        return Refused(Reason.GONE if gone else Reason.BLOCKED, text)
    if isinstance(error, BadRequest):
        gone = any(sign in text.lower() for sign in GONE)
        return Refused(Reason.GONE if gone else Reason.REJECTED, text)
    return Retry(type(error).__name__)


def _report(error: Exception) -> tuple[int, str, str]:
    """Level, line and the class of the error: what only an operator can mend is an ERROR."""
    name = type(error).__name__
    if isinstance(error, InvalidToken):
        return logging.ERROR, "telegram: the bot token is refused; set a valid one (%s)", name
    if isinstance(error, Conflict) and "webhook" not in str(error).lower():
        line = "telegram: another program receives with this bot token; stop it (%s)"
        return logging.ERROR, line, name
    return logging.WARNING, "telegram: receiving failed (%s), trying on", name


def _frame(raw: bytes, top: Head) -> Frame:
    own = raw.decode("latin-1") if top.number is None else str(top.number)
    return Frame(raw, ("telegram", own), top.sender, top.hint)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int | float) else after.total_seconds()


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
        if _seconds(error) > 60:
            raise
        await asyncio.sleep(_seconds(error))
        await call()
