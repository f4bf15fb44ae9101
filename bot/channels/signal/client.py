"""The wire to signal-cli-rest-api (json-rpc mode), through signalbot's client.

Rules for whoever edits this file:
- The server pushes without acknowledgement, and drops what comes while nobody listens or while
  its one receiver is busy writing to us. So the reader does nothing but read: frames go to memory
  at once, a committer hands over all that wait.
- Every end of signalbot's `receive()` is a disconnect: a clean close ends it silently, the rest is
  ReceiveError. websockets' own keepalive (a ping every 20 s, 20 s for the answer, signalbot leaves
  the default) turns a dead TCP connection into such an end; until then nothing tells it from quiet.
- signalbot's `send` drops the errors inside a 201 and the body of a 429, so we post through its
  session, URIs and models and read the answer ourselves. tests/test_signal_channel.py pins what we
  use of its internals.
- The chat's disappearing-message timer is kept by not touching it: signal-cli puts the contact's
  current timer and its version on every message (SendHelper.sendMessage, from the contact store),
  and learns a new one from the person's message. So never call UpdateContact with an expiration.
- No identifier, no text and no error body goes to a log.
- signalbot reads an attachment whole, and goes wherever its id leads. We read it in pieces, and to
  us an id is one step of a path.
"""

import asyncio
import logging
import os
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from signalbot import ConnectionMode
from signalbot._client import SignalAPI
from signalbot._generated import RemoteDeleteRequest, SendMessageV2, TextMode

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
    Retry,
)
from bot.channels.files import MAX_REF, PIECE, must_be_there, within
from bot.channels.signal import answers
from bot.channels.signal.parse import parse, to_frame
from bot.channels.signal.render import MAX_BYTES, data_uri, render

log = logging.getLogger(__name__)

#: The oldest signal-cli-rest-api that reports errors per recipient as `answers` reads them.
OLDEST = (0, 101)
#: Frames of one commit at most.
BATCH = 500
#: Seconds between two connections: the first comes soon, none later than LATEST.
SOON, LATEST = 0.1, 0.8
#: Bytes of a file: Signal's apps take no more (100 MB).
MAX_UPLOAD = 100_000_000
#: Seconds that frames already read have to be committed once we are cancelled.
GRACE = 2.0
#: Answers to a deletion: it was there, or it was not any more.
DELETED = frozenset({200, 204, 404})


def bypass_proxy(host: str) -> None:
    """websockets follows HTTP_PROXY, which signalbot can't turn off; a proxy between us and our own
    signal-cli-rest-api would make us deaf without a word. Plain requests never follow it."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        if host and host not in known.split(","):
            os.environ[name] = ",".join(filter(None, (known, host)))


class Signal:
    """`Channel` of one Signal account.

    account     our number, "+4712345678"
    api_url     "http://127.0.0.1:8080"; https where the server is behind TLS
    per_second  messages per second: Signal publishes no limit and blocks whole accounts, so low
    timeout     seconds for one request; after it nobody knows whether it was sent. Without a byte
                of a file that is fetched
    uploading   seconds for one with a file: signal-cli answers when Signal's own servers have it
    """

    name = "signal"

    def __init__(
        self,
        account: str,
        api_url: str,
        *,
        per_second: float = 1.0,
        burst: int = 5,
        reserve: int = 3,
        per_chat: float = 0.3,
        timeout: float = 20.0,
        uploading: float = 120.0,
    ) -> None:
        # signalbot logs whole messages at INFO, the others log addresses.
        for noisy in ("signalbot", "websockets", "aiohttp"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        self.limits = Limits(per_second, burst, reserve, per_chat, max_text=MAX_BYTES)
        self._account = account
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._uploading = aiohttp.ClientTimeout(total=uploading)
        self._fetching = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        self._doubts = answers.Doubts()
        url = urlsplit(api_url)
        bypass_proxy(url.hostname or "")
        self._api = SignalAPI(
            url.netloc + url.path.rstrip("/"),
            account,
            download_attachments=False,
            connection_mode=(
                ConnectionMode.HTTPS_ONLY if url.scheme == "https" else ConnectionMode.HTTP_ONLY
            ),
        )

    # ------------------------------------------------------------ in

    async def run(self, receive: Receive, cursor: str | None) -> None:
        """`cursor` means nothing here: the server keeps no position for us."""
        committer = Committer(receive)
        reading = asyncio.create_task(self._read(committer.put))
        committing = asyncio.create_task(committer.run())
        try:
            done, _ = await asyncio.wait({reading, committing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:  # neither ends by itself: if one does, that is a fault to be heard
                task.result()
        finally:
            reading.cancel()
            committer.close()
            await _ended({reading, committing}, GRACE)

    async def _read(self, put: Callable[[Frame], None]) -> None:
        """Connects for ever. A connection that gave something, or held, makes the next one soon."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            began, got = loop.time(), False
            try:
                async with aclosing(self._api.messages.receive()) as frames:  # type: ignore[type-var]
                    async for raw in frames:
                        got = True
                        put(to_frame(raw.encode("utf-8", "surrogatepass")))
            except Exception as error:
                log.debug("signal: connection ended: %s", type(error).__name__)
            held = got or loop.time() - began > LATEST
            failures = 0 if held else min(failures + 1, 10)
            await asyncio.sleep(min(SOON * 2**failures, LATEST) * random.uniform(0.5, 1.0))

    def parse(self, raw: bytes) -> Incoming:
        return parse(raw, self._account)

    # ------------------------------------------------------------ out

    async def send(self, out: Outgoing) -> str:
        """The timestamp of the message, of its last part where it was split: choices are there.

        When a part fails the whole message counts as not sent and comes again: a double is better
        than a miss.
        """
        if out.kind == "redact":
            return await self._redact(out)
        texts = render(out)
        if not texts:
            raise Refused(Reason.REJECTED, "nothing to say")
        if out.file and len(out.file.body) > MAX_UPLOAD:
            raise Refused(Reason.REJECTED, "too large")
        *before, last = texts
        sent = [await self._send(out.where, text) for text in before]
        return " ".join([*sent, await self._send(out.where, last, out.file)])

    async def _send(self, where: str, text: str, file: File | None = None) -> str:
        message = SendMessageV2(
            number=self._account,
            recipients=[where],
            message=text,
            text_mode=TextMode.NORMAL,
            notify_self=False,
            base64_attachments=[data_uri(file)] if file else None,
        )
        body = message.model_dump_json(exclude_none=True, by_alias=True)
        uri = self._api.messages._uris.send_uri()
        patience = self._uploading if file else self._timeout
        status, answer = await self._request("post", uri, body, patience)
        return self._doubts.settle(where, lambda: answers.sent(status, answer))

    async def _redact(self, out: Outgoing) -> str:
        """Nobody can delete another's message on Signal: the person is told to do it."""
        if out.target_of != "own":
            return ""
        if not out.target.isdecimal():
            raise Refused(Reason.REJECTED, "no timestamp to delete")
        request = RemoteDeleteRequest(recipient=out.where, timestamp=int(out.target))
        uri = self._api.messages._uris.remote_delete_uri()
        status, answer = await self._request("delete", uri, request.model_dump_json())
        return self._doubts.settle(out.where, lambda: answers.sent(status, answer))

    async def _request(
        self,
        verb: str,
        uri: str,
        body: str | None = None,
        patience: aiohttp.ClientTimeout | None = None,
    ) -> tuple[int, Any]:
        """(status, decoded body). Retry: nobody answered, or not in JSON where it must be."""
        headers = self._api.messages._add_auth({"Content-Type": "application/json"})
        session = await self._api.messages._sessions.get()
        try:
            async with session.request(
                verb, uri, data=body, headers=headers, timeout=patience or self._timeout
            ) as response:
                answer = await response.read()
                return response.status, answers.decode(answer)
        except LOST as error:
            raise _lost(error) from error

    # ------------------------------------------------------------ files

    def fetch(self, attachment: Attachment, most: int) -> AsyncGenerator[bytes, None]:
        """See `Channel.fetch`. signal-cli has fetched it before it told us of the message."""
        return within(self._pieces(attachment.ref), most)

    async def _pieces(self, ref: str) -> AsyncGenerator[bytes, None]:
        url = f"{self._api.attachments._uris.attachment_uri()}/{one_step(ref)}"
        headers = self._api.messages._add_auth({})
        session = await self._api.messages._sessions.get()
        try:
            async with session.get(
                url, headers=headers, timeout=self._fetching, allow_redirects=False
            ) as response:
                must_be_there(response.status)
                async for piece in response.content.iter_chunked(PIECE):
                    yield piece
        except LOST as error:
            raise _lost(error) from error

    async def forget(self, attachment: Attachment) -> None:
        """See `Channel.forget`. signal-cli keeps what it received, in clear, until it is told."""
        try:
            url = f"{self._api.attachments._uris.attachment_uri()}/{one_step(attachment.ref)}"
            status, _ = await self._request("delete", url)
            failed = "" if status in DELETED else f"status {status}"
        except Exception as error:
            failed = type(error).__name__
        if failed:
            log.warning("signal: an attachment stays on its disk (%s)", failed)

    # ------------------------------------------------------------ around

    async def check(self) -> list[str]:
        general = self._api.general._uris
        try:
            status, _ = await self._request("get", general.health_check_uri())
            _, about = await self._request("get", general.about_uri())
            _, accounts = await self._request("get", general._base.http_uri("/v1/accounts"))
        except Retry as error:
            return [f"signal-cli-rest-api can't be reached: {error.reason}."]
        wrong = [] if status == 204 else [f"signal-cli-rest-api is not healthy (status {status})."]
        return wrong + _about(about) + _registered(accounts, self._account)

    async def commands(self, menus: Sequence[Menu]) -> None:
        """Signal has no command menu."""

    async def invite_link(self, code: str) -> str:
        """The link opens a chat with us; Signal's links can't carry the code, so it is typed."""
        return f"https://signal.me/#p/{self._account} {code}"

    async def close(self) -> None:
        await self._api.close()


class Committer:
    """Hands what was read to `receive`, all that waits at once, the same again until it took it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._waiting: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def put(self, frame: Frame) -> None:
        self._waiting.append(frame)
        self._news.set()

    def close(self) -> None:
        """What waits is still committed, then `run` returns."""
        self._closed = True
        self._news.set()

    async def run(self) -> None:
        while self._waiting or not self._closed:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                frames = list(islice(self._waiting, BATCH))
                await self._commit(frames)
                for _ in frames:
                    self._waiting.popleft()

    async def _commit(self, frames: Sequence[Frame]) -> None:
        failures = 0
        while True:
            try:
                return await self._receive(frames, None)
            except Exception as error:
                failures += 1
                log.error("signal: %s, %d frames wait", type(error).__name__, len(self._waiting))
            await asyncio.sleep(min(0.05 * 2 ** min(failures, 10), 1.0))


async def _ended(tasks: set[asyncio.Task[None]], seconds: float) -> None:
    """Waits for tasks, cancels them when they take too long or when we are cancelled again.

    Also bounds websockets' closing handshake, which waits 10 s for a server that hangs.
    """
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


#: What is raised when nobody answers.
LOST = (TimeoutError, aiohttp.ClientError, OSError)


def _lost(error: Exception) -> Retry:
    if isinstance(error, aiohttp.ClientConnectorError):
        return Retry("server is not there", after=1.0, scope="platform")
    return Retry(f"no answer: {type(error).__name__}")


def one_step(ref: str) -> str:
    """An attachment's id as one step of a path. signal-cli makes it of letters, digits and the
    ending of the sender's file name, whatever that is."""
    if not ref or len(ref) > MAX_REF or ref.startswith(".") or {"/", "\\"} & set(ref):
        raise Refused(Reason.REJECTED, "not an id")
    return quote(ref, safe="", errors="replace")


def _about(about: object) -> list[str]:
    """Only json-rpc mode pushes what comes in; the version is compared by its numbers."""
    found: Mapping[str, Any] = about if isinstance(about, dict) else {}
    mode, version = found.get("mode"), str(found.get("version", "unset"))
    wrong = []
    if mode != "json-rpc":
        wrong.append(f"signal-cli-rest-api runs in mode {mode}; set MODE=json-rpc.")
    if answers.version(version) < OLDEST:
        wrong.append(f"signal-cli-rest-api is version {version}; 0.101 or later is needed.")
    return wrong


def _registered(accounts: object, account: str) -> list[str]:
    if isinstance(accounts, list) and account in accounts:
        return []
    return ["The Signal account is not registered with signal-cli-rest-api."]
