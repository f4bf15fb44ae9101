"""A signal-cli-rest-api (json-rpc mode) for tests: `SignalStandIn` is the server, `Phone` a person.

    server = SignalStandIn("+4700000000"); await server.start()
    amina = server.phone("+4712345678"); amina.send("hi")
    await amina.wait_for(lambda m: "Hello" in m.text)

What it keeps of the real one (src/api/api.go, src/client/, signal-cli's SendMessageResultUtils):
frames are pushed without acknowledgement and dropped while nobody listens (`hold` keeps them, as
Signal's own servers do while signal-cli is stopped); a sole recipient that fails answers 400 and
gives a reason for an untrusted identity only; a rate limit is 429 with challenge tokens; every
message carries the chat's timer. Errors inside a 201 come with `inside_201`. Attachments lie in
`attachments` until somebody deletes them; one that signal-cli could not download is there, empty.

Every request body is checked against signalbot's models, generated from the API schema that it
ships, here strict and without room for unknown fields; every path must be in that schema. A request
that doesn't fit gets 400 and is kept in `invalid`.
"""

import asyncio
import base64
import json
import re
import time
import uuid as uuids
from collections import deque
from enum import Enum
from pathlib import Path
from typing import Any

import signalbot
from aiohttp import WSCloseCode, web
from pydantic import BaseModel, ConfigDict, ValidationError
from signalbot._generated import RemoteDeleteRequest, SendMessageV2

from tests.standins.signal_phone import Attached, Message, Phone

GENERATED = Path(signalbot.__file__).parent / "_generated"
SCHEMA = json.loads((GENERATED / "json_schema" / "signal-cli-rest-api.json").read_text("utf-8"))
UNTRUSTED = "Unable to complete request due to untrusted recipient keys"
NO_REASON = "Failed to send message"
__all__ = ["Attached", "Fault", "Message", "Phone", "SignalStandIn"]

LIMITED = (
    "Failed to send message due to rate limiting. Use the attached challenge tokens to lift the "
    "rate limit restrictions via the '/v1/accounts/{number}/rate-limit-challenge' endpoint."
)


class Send(SendMessageV2):
    model_config = ConfigDict(extra="forbid", strict=True)


class Delete(RemoteDeleteRequest):
    model_config = ConfigDict(extra="forbid", strict=True)


class Fault(Enum):
    """What happens to a send instead of an honest answer."""

    DROP = "drop"  #: connection aborted, nothing done
    ACCEPTED_DROP = "accepted_drop"  #: done, and the bot never learns
    HANG = "hang"  #: nothing done, no answer until release() or down()
    GARBAGE = "garbage"  #: 201, no JSON
    SERVER_ERROR = "server_error"  #: 502 with a page of HTML


class SignalStandIn:
    def __init__(self, account: str = "+4700000000", *, hold: bool = False) -> None:
        self.account, self.uuid, self.hold = account, str(uuids.uuid4()), hold
        self.phones: dict[str, Phone] = {}
        self.version, self.mode, self.accounts = "0.101", "json-rpc", [account]
        self.inside_201 = False  #: failures of the sole recipient as errors inside a 201
        self.limited: list[str] | None = None  #: challenge tokens while rate limited
        self.faults: deque[Fault | tuple[int, Any]] = deque()  #: of the next sends, in order
        self.attachments: dict[str, bytes] = {}
        self.torn: deque[Fault | tuple[int, Any]] = deque()  #: of the next downloads, in order
        self.asked: list[str] = []  #: paths of downloads, as they came
        self.accepted: list[tuple[Phone, Message]] = []
        self.requests: list[dict[str, Any]] = []  #: bodies of /v2/send
        self.invalid: list[str] = []
        self.dropped, self.delivered, self.connections, self.port = 0, 0, 0, 0
        self.held: deque[str] = deque()
        self._last = 0
        self._listeners: dict[web.WebSocketResponse, tuple[asyncio.Queue[str], web.Request]] = {}
        self._changed, self._released = asyncio.Event(), asyncio.Event()
        self._runner: web.AppRunner | None = None

    # ------------------------------------------------------------ for tests

    async def start(self) -> None:
        await self.up()

    async def stop(self) -> None:
        await self.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def phone(self, number: str, uuid: str = "", hidden: bool = False) -> Phone:
        phone = Phone(self, number, uuid or str(uuids.uuid4()), hidden)
        self.phones[number] = phone
        return phone

    async def up(self) -> None:
        """On the same port as before."""
        self._released.clear()
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def down(self) -> None:
        self.abort()
        self.release()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    def release(self) -> None:
        """Ends every hanging request."""
        self._released.set()

    def abort(self) -> None:
        """An unclean close of all websockets."""
        for _, request in list(self._listeners.values()):
            if request.transport:
                request.transport.abort()
        self._listeners.clear()

    async def close_clean(self) -> None:
        for ws in list(self._listeners):
            self._listeners.pop(ws, None)
            await ws.close(code=WSCloseCode.GOING_AWAY)

    @property
    def unheard(self) -> bool:
        """It is up, and nobody listens."""
        return self._runner is not None and not self._listeners

    async def listening(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109 - for tests
        """Returns once somebody listens."""
        async with asyncio.timeout(timeout):
            while not self._listeners:
                await self.change()

    async def change(self) -> None:
        """Returns when a message was accepted or a connection came."""
        await self._changed.wait()

    def deliver(self, frame: object) -> bool:
        """Any frame, also a malformed one (a str goes as it is)."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        if self._listeners:
            for queue, _ in self._listeners.values():
                queue.put_nowait(text)
            self.delivered += 1
            return True
        if self.hold:
            self.held.append(text)
        else:
            self.dropped += 1
        return False

    def error(self, text: str) -> bool:
        return self.deliver({"error": text})

    def now(self) -> int:
        """A timestamp in ms, like Signal's the only id of a message: never given twice."""
        self._last = max(self._last + 1, int(time.time() * 1000))
        return self._last

    def keep(self, body: bytes, ending: str) -> str:
        """As signal-cli names what it downloads: Signal's id, and the ending of the file's name."""
        name = f"{uuids.uuid4().hex}{ending}"
        self.attachments[name] = body
        return name

    # ------------------------------------------------------------ the server

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=200 << 20)
        app.router.add_get("/v1/health", self._health)
        app.router.add_get("/v1/about", self._about)
        app.router.add_get("/v1/accounts", self._accounts)
        app.router.add_get("/v1/contacts/{number}", self._contacts)
        app.router.add_get("/v1/receive/{number}", self._receive)
        app.router.add_get("/v1/attachments/{attachment}", self._attachment)
        app.router.add_delete("/v1/attachments/{attachment}", self._remove_attachment)
        app.router.add_post("/v2/send", self._send)
        app.router.add_delete("/v1/remote-delete/{number}", self._remote_delete)
        undocumented = {r.canonical for r in app.router.resources()} - set(SCHEMA["paths"])
        assert not undocumented, undocumented
        return app

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _about(self, request: web.Request) -> web.Response:
        about = {"build": 2, "capabilities": {"v2/send": ["quotes", "mentions"]}}
        more = {"mode": self.mode, "version": self.version, "versions": ["v1", "v2"]}
        return web.json_response(about | more)

    async def _accounts(self, request: web.Request) -> web.Response:
        return web.json_response(self.accounts)

    async def _contacts(self, request: web.Request) -> web.Response:
        known = self.phones.values()
        return web.json_response([{"number": p.number, "uuid": p.uuid} for p in known])

    async def _receive(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if request.match_info["number"] != self.account:  # connected, and never gets anything
            await ws.receive()
            return ws
        queue: asyncio.Queue[str] = asyncio.Queue()
        while self.held:
            queue.put_nowait(self.held.popleft())
        self._listeners[ws] = (queue, request)
        self.connections += 1
        self._notify()
        writer = asyncio.create_task(_write(ws, queue))
        try:
            async for _ in ws:
                pass
        finally:
            writer.cancel()
            self._listeners.pop(ws, None)
        return ws

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body = await self._valid(request, Send)
        if isinstance(body, web.Response):
            return body
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, tuple):
            return web.json_response(fault[1], status=fault[0])
        if fault in (None, Fault.ACCEPTED_DROP):
            answer = self._answer(body)
        return answer if fault is None else await self._fail(request, fault)

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        """Half of it comes with a fault."""
        self.asked.append(request.raw_path)
        body = self.attachments.get(request.match_info["attachment"])
        fault = self.torn.popleft() if self.torn else None
        if isinstance(fault, tuple):
            return web.json_response(fault[1], status=fault[0])
        if body is None:
            return web.json_response({"error": "No attachment with that name found"}, status=404)
        response = web.StreamResponse()
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2 if fault else None])
        return response if fault is None else await self._fail(request, fault)

    async def _remove_attachment(self, request: web.Request) -> web.Response:
        fault = self.torn.popleft() if self.torn else None
        if isinstance(fault, tuple):
            return web.json_response(fault[1], status=fault[0])
        if fault:
            await self._fail(request, fault)
            return web.Response(status=502)
        if self.attachments.pop(request.match_info["attachment"], None) is None:
            return web.json_response({"error": "No attachment with that name found"}, status=404)
        return web.Response(status=204)

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault:
            case Fault.GARBAGE:
                return web.Response(status=201, text="<html>")
            case Fault.SERVER_ERROR:
                return web.Response(status=502, text="<html>Bad gateway</html>")
            case Fault.HANG:
                await self._released.wait()
        if request.transport:
            request.transport.abort()
        return web.Response(status=503)

    def _answer(self, body: Any) -> web.Response:
        self.requests.append(body.model_dump(mode="json", exclude_none=True))
        if refused := self._refused(body):
            return refused
        phones = [self._phone(recipient) for recipient in body.recipients]
        failed = [(phone, reason) for phone in phones if (reason := _reason(phone))]
        if len(failed) == len(phones) and not self.inside_201:
            untrusted = all(reason == "IDENTITY_FAILURE" for _, reason in failed)
            if all(reason == "RATE_LIMIT_FAILURE" for _, reason in failed):
                return self._limit([""])
            return web.json_response({"error": UNTRUSTED if untrusted else NO_REASON}, status=400)
        sent = self.now()
        files = [_attached(uri) for uri in body.base64_attachments or []]
        for phone in phones:
            if phone and not _reason(phone):
                self._accept(phone, body.message, sent, files)
        return web.json_response([_result(sent, failed)], status=201)

    def _refused(self, body: Any) -> web.Response | None:
        if not body.recipients:
            text = "Couldn't process request - please provide at least one recipient"
            return web.json_response({"error": text}, status=400)
        if body.number not in self.accounts:
            return web.json_response({"error": "Specified account does not exist"}, status=400)
        for recipient in body.recipients:
            if recipient.startswith("+") and not re.fullmatch(r"\+\d{6,15}", recipient):
                text = f"Invalid phone number '{recipient}': not possible"
                return web.json_response({"error": text}, status=400)
        if not body.message and not body.base64_attachments:
            text = "Sending empty message is not allowed, either a message, attachment or sticker"
            return web.json_response({"error": text}, status=400)
        return None if self.limited is None else self._limit(self.limited)

    def _limit(self, tokens: list[str]) -> web.Response:
        body = {"error": LIMITED, "challenge_tokens": tokens, "account": self.account}
        return web.json_response(body, status=429)

    def _accept(self, phone: Phone, text: str, sent: int, files: list[Attached]) -> None:
        message = Message(text, sent, time.monotonic(), phone.expires, files=files)
        phone.inbox.append(message)
        self.accepted.append((phone, message))
        self._notify()

    async def _remote_delete(self, request: web.Request) -> web.Response:
        body = await self._valid(request, Delete)
        if isinstance(body, web.Response):
            return body
        phone = self._phone(body.recipient)
        if phone is None or _reason(phone):
            return web.json_response({"error": NO_REASON}, status=400)
        for message in phone.inbox:
            message.deleted |= message.timestamp == body.timestamp
        return web.json_response({"timestamp": str(self.now())}, status=201)

    async def _valid(self, request: web.Request, model: type[BaseModel]) -> Any:
        try:
            return model.model_validate_json(await request.read())
        except ValidationError as error:
            self.invalid.append(str(error))
            text = "Couldn't process request - invalid request"
            return web.json_response({"error": text}, status=400)

    def _phone(self, recipient: str) -> Phone | None:
        phones = self.phones.values()
        return next((p for p in phones if recipient in (p.uuid, p.number)), None)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def _write(ws: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
    while not ws.closed:
        await ws.send_str(await queue.get())


def _attached(uri: str) -> Attached:
    """As src/client/attachment.go reads it; it writes the file under that very name."""
    head, _, body = uri.rpartition("base64,")
    fields = [field for field in head.removesuffix(";").split(";") if field]
    mime = next((f.removeprefix("data:") for f in fields if f.startswith("data:")), "")
    names = [f.removeprefix("filename=") for f in fields if f.startswith("filename=")]
    name = names[-1] if names else ""
    assert "/" not in name, "leaves the folder of attachments"
    assert 0 < len(name.encode()) <= 255, "no name for a file"
    return Attached(mime, name, base64.b64decode(body, validate=True))


def _reason(phone: Phone | None) -> str:
    if phone is None:
        return "UNREGISTERED_FAILURE"
    return "IDENTITY_FAILURE" if phone.untrusted else phone.failure


def _result(sent: int, failed: list[tuple[Phone | None, str]]) -> dict[str, Any]:
    listed = [
        {"number": phone.number, "uuid": phone.uuid, "reason": reason}
        if phone
        else {"reason": reason}
        for phone, reason in failed
    ]
    result: dict[str, Any] = {"timestamp": str(sent)}
    return result | ({"errors": {"recipients": listed}} if listed else {})
