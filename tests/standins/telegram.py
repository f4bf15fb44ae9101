"""A Bot API server for tests: `TelegramStandIn` is the platform, `Phone` a person on it.

    server = TelegramStandIn(); await server.start()
    amina = server.phone(7); amina.send("hi"); await amina.wait_for(lambda m: "Hello" in m.text)

What it keeps of the real one (tdlib/telegram-bot-api): an offset deletes every update below it for
good; one that lies far outside is ignored; a negative one keeps only the last; of two pollers the
older gets 409; kinds of updates outside `allowed_updates` are never queued; text is trimmed, and
what the Bot API refuses is refused in its words; limits answer 429 and hold until they are over;
files: see telegram_files.py.

Nothing here follows the bot's side: what the bot sends is in `accepted`, what a person still sees
in `Phone.inbox`.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.standins.telegram_files import Kept, Shelf, caption_of, content, roomy_request
from tests.standins.telegram_phone import Message, Phone
from tests.standins.telegram_rules import (
    Fault,
    Flood,
    Params,
    Refusal,
    buttons_of,
    params_of,
    text_of,
)

__all__ = ["Fault", "Message", "Phone", "TelegramStandIn"]

DAY_MS = 86_400_000
#: Kinds that a bot only gets when it asks for them by name.
ON_REQUEST = {"message_reaction", "message_reaction_count", "chat_member"}

WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


class TelegramStandIn:
    """Limits: messages per second (overall and per chat) and how many may come at once.

    accepted   every message taken from the bot, in order, also those deleted later
    answered   ids of callback queries, in order of their answers
    requests   how often each method was called, "file": a download; `errors`: how often each code
               was answered
    shelf      all files
    on_accept  called with each accepted message
    """

    def __init__(
        self,
        token: str = "123456:stand-in",
        *,
        per_second: float = 30.0,
        burst: float = 30.0,
        chat_per_second: float = 1.0,
        chat_burst: float = 3.0,
        username: str = "climbing_notes_bot",
    ) -> None:
        self.token = token
        number = int(token.split(":")[0])
        self.me = {"id": number, "is_bot": True, "first_name": "Notes", "username": username}
        self.phones: dict[int, Phone] = {}
        self.accepted: list[Message] = []
        self.answered: list[str] = []
        self.requests: Counter[str] = Counter()
        self.errors: Counter[int] = Counter()
        self.menus: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.offsets: list[int] = []
        self.webhook = ""
        self.on_accept: Callable[[Message], None] = lambda message: None
        self.shelf = Shelf()
        self.updates: dict[int, bytes] = {}
        self._flood = Flood(per_second, burst, chat_per_second, chat_burst)
        self._faults: list[tuple[Fault, str, int]] = []
        self._allowed: set[str] | None = None
        self._numbers, self.update_id = 100, 1_000
        self._poll: asyncio.Future[bool] | None = None
        self._released = asyncio.Event()
        self._port = 0
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._answered = asyncio.Event()

    # ------------------------------------------------------------ life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        server = web.Server(self._serve, request_factory=roomy_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.up()

    async def stop(self) -> None:
        self.release()
        await self.down()
        if self._runner:
            await self._runner.cleanup()

    async def up(self) -> None:
        assert self._runner
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await self._site.start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Connections are refused, those that exist are reset, until `up`."""
        if self._site:
            await self._site.stop()
            self._site = None
        if self._runner and self._runner.server:
            for connection in tuple(self._runner.server.connections):
                if connection.transport:
                    connection.transport.abort()

    # ------------------------------------------------------------ what a test does

    def phone(self, user: int, lang: str = "en", name: str = "Someone") -> Phone:
        if user not in self.phones:
            self.phones[user] = Phone(self, user, lang, name)
        return self.phones[user]

    def fail(self, fault: Fault, method: str = "sendMessage", times: int = 1) -> None:
        """The next `times` calls of `method` end so."""
        self._faults.append((fault, method.lower(), times))

    def release(self) -> None:
        """Lets hanging requests go, and no more of them hang."""
        self._faults = [fault for fault in self._faults if fault[0] is not Fault.HANG]
        self._released.set()
        self._released = asyncio.Event()
        self._wake(True)

    def throttle(self, chat: int, seconds: float) -> None:
        """A flood limit of this chat. 0 as `chat`: of the bot."""
        self._flood.held[chat] = time.monotonic() + seconds

    def update(self, kind: str, body: dict[str, Any]) -> int:
        """Queues an update of any kind; its id."""
        allowed = kind in self._allowed if self._allowed else kind not in ON_REQUEST
        self.update_id += 1
        if allowed:
            raw = json.dumps({"update_id": self.update_id, kind: body}).encode()
            self.inject(raw, self.update_id)
        return self.update_id

    def inject(self, raw: bytes, number: int | None = None) -> int:
        """Queues these very bytes under the next id, whatever they say."""
        if number is None:
            self.update_id = number = self.update_id + 1
        self.updates[number] = raw
        self._wake(True)
        return number

    async def until(
        self,
        predicate: Callable[[], bool],
        timeout: float = 5.0,  # noqa: ASYNC109 - for tests
    ) -> None:
        """Waits until something that the bot asked for made `predicate` true."""
        async with asyncio.timeout(timeout):
            while not predicate():
                self._answered.clear()
                await self._answered.wait()

    def new_message(self, chat: int, text: str, own: bool = False) -> Message:
        self._numbers += 1
        at, ms = time.monotonic(), int(time.time() * 1000)
        return Message(self._numbers, chat, text, at, ms, own=own)

    # ------------------------------------------------------------ serving

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/file/bot"):
            return await self._download(request)
        token, _, method = request.path.removeprefix("/bot").partition("/")
        method = method.lower()
        params = await params_of(request)
        self.requests[method] += 1
        fault = self._fault(method)
        if fault and fault is not Fault.ACCEPTED_DROP:
            return await self._break(request, fault)
        response = await self._answer(token, method, params)
        self._answered.set()
        if fault and request.transport:
            request.transport.abort()
        return response

    async def _answer(self, token: str, method: str, params: Params) -> web.Response:
        try:
            if token != self.token:
                raise Refusal(401, "Unauthorized")
            self.shelf.must_fit(params)
            if method == "getupdates":
                return _json(b'{"ok":true,"result":[%s]}' % await self._get_updates(params))
            call = METHODS.get(method)
            if not call:
                raise Refusal(404, "Not Found")
            return _json(b'{"ok":true,"result":%s}' % json.dumps(call(self, params)).encode())
        except Refusal as no:
            self.errors[no.code] += 1
            body = {"ok": False, "error_code": no.code, "description": no.description}
            body |= {"parameters": no.parameters} if no.parameters else {}
            return _json(json.dumps(body).encode(), no.code)

    def _fault(self, method: str) -> Fault | None:
        for at, (fault, name, times) in enumerate(self._faults):
            if name == method:
                self._faults[at : at + 1] = [(fault, name, times - 1)] if times > 1 else []
                return fault
        return None

    async def _break(self, request: web.BaseRequest, fault: Fault) -> web.Response:
        self._answered.set()
        if fault is Fault.HANG:
            await self._released.wait()
        elif fault is Fault.DROP and request.transport:
            request.transport.abort()
        elif fault is Fault.SERVER_ERROR:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        return web.Response(status=200, text='{"ok": tr')

    # ------------------------------------------------------------ files

    async def _download(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests["file"] += 1
        token, _, path = request.path.removeprefix("/file/bot").partition("/")
        fault, kept = self._fault("file"), self.shelf.at(path)
        if fault in (Fault.DROP, Fault.SERVER_ERROR):
            return await self._break(request, fault)
        if token != self.token or kept is None:
            return _json(b'{"ok":false,"error_code":404,"description":"Not Found"}', 404)
        response = web.StreamResponse()
        response.content_length = len(kept.body)
        await response.prepare(request)
        await response.write(kept.body[: len(kept.body) // 2 if fault else None])
        if fault is Fault.HANG:
            await self._released.wait()
        if fault and request.transport:
            request.transport.abort()
        return response

    def _send_file(self, params: Params, shape: str) -> dict[str, Any]:
        phone = self._reach(params)
        caption, buttons = caption_of(params), buttons_of(params)
        if shape == "voice" and phone.no_voice:
            raise Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
        kept = self.shelf.take(shape, params)
        return self._accept(phone, params, caption, buttons, shape, kept)

    # ------------------------------------------------------------ receiving

    async def _get_updates(self, params: Params) -> bytes:
        if self.webhook:
            raise Refusal(409, WEBHOOK_ACTIVE)
        if params.get("allowed_updates"):
            self._allowed = set(json.loads(params["allowed_updates"]))
        self._forget(int(params.get("offset", "0")))
        self._answered.set()
        self._wake(False)
        if not self.updates and not await self._new_update(float(params.get("timeout", "0"))):
            raise Refusal(409, OTHER_POLLER)
        limit = min(max(int(params.get("limit", "100")), 1), 100)
        return b",".join(list(self.updates.values())[:limit])

    def _forget(self, offset: int) -> None:
        self.offsets.append(offset)
        if offset < 0:
            gone = list(self.updates)[: max(0, len(self.updates) + offset)]
        elif offset > self.update_id + 10:
            gone = []
        else:
            gone = [number for number in self.updates if number < offset]
        for number in gone:
            del self.updates[number]

    async def _new_update(self, seconds: float) -> bool:
        """False: another poller took over."""
        self._poll = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(self._poll, seconds)
        except TimeoutError:
            return True

    def _wake(self, stay: bool) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(stay)

    # ------------------------------------------------------------ methods

    def _send(self, params: Params) -> dict[str, Any]:
        return self._accept(self._reach(params), params, text_of(params), buttons_of(params))

    def _accept(
        self,
        phone: Phone,
        params: Params,
        text: str,
        buttons: list[tuple[str, str]],
        shape: str = "",
        kept: Kept | None = None,
    ) -> dict[str, Any]:
        self._flood.take(phone.id)
        message = self.new_message(phone.id, text)
        message.buttons, message.params = buttons, params
        message.shape, message.file = shape, kept
        message.silent = params.get("disable_notification") == "true"
        message.preview = "true" not in params.get("link_preview_options", "")
        phone.chat[message.id] = message
        self.accepted.append(message)
        self.on_accept(message)
        phone.changed()
        return self._shown(phone, message)

    def _edit(self, params: Params) -> dict[str, Any]:
        phone = self._reach(params)
        message = phone.chat.get(int(params.get("message_id", "0")))
        if not message:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message.own:
            raise Refusal(400, "Bad Request: message can't be edited")
        text, buttons = text_of(params), buttons_of(params)
        if (text, buttons) == (message.text, message.buttons):
            raise Refusal(400, "Bad Request: message is not modified")
        self._flood.take(phone.id)
        message.text, message.buttons, message.edited = text, buttons, True
        phone.changed()
        return self._shown(phone, message)

    def _delete(self, params: Params) -> bool:
        phone = self._reach(params)
        message = phone.chat.get(int(params.get("message_id", "0")))
        if not message:
            raise Refusal(400, "Bad Request: message to delete not found")
        if time.time() * 1000 - message.ms > 2 * DAY_MS:
            raise Refusal(400, "Bad Request: message can't be deleted for everyone")
        del phone.chat[message.id]
        phone.changed()
        return True

    def _callback(self, params: Params) -> bool:
        query = params.get("callback_query_id", "")
        if query in self.answered or not query:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired")
        self.answered.append(query)
        return True

    def _menu(self, params: Params) -> bool:
        words = [(c["command"], c["description"]) for c in json.loads(params["commands"])]
        if any(not w.isascii() or not w.replace("_", "a").isalnum() for w, _ in words):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if len(params.get("language_code", "en")) != 2:
            raise Refusal(400, "Bad Request: invalid language code specified")
        scope = json.loads(params.get("scope", '{"type": "default"}'))
        key = str(scope.get("chat_id") or scope["type"])
        self.menus[key, params.get("language_code", "")] = words
        return True

    def _get_me(self, params: Params) -> dict[str, Any]:
        return self.me

    def _set_webhook(self, params: Params) -> bool:
        self.webhook = params.get("url", "")
        if params.get("drop_pending_updates") == "true":
            self.updates.clear()
        return True

    def _webhook_info(self, params: Params) -> dict[str, Any]:
        count = len(self.updates)
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": count}

    def _reach(self, params: Params) -> Phone:
        chat = params.get("chat_id", "")
        phone = self.phones.get(int(chat)) if chat.lstrip("-").isdecimal() else None
        if not phone:
            raise Refusal(400, "Bad Request: chat not found")
        if phone.deactivated:
            raise Refusal(403, "Forbidden: user is deactivated")
        if phone.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if not phone.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return phone

    def _shown(self, phone: Phone, message: Message) -> dict[str, Any]:
        base = {"message_id": message.id, "from": self.me, "chat": phone.place}
        base["date"] = message.ms // 1000
        if message.file is None:
            return {**base, "text": message.text}
        return {
            **base,
            "caption": message.text,
            message.shape: content(message.shape, message.file),
        }


Method = Callable[[TelegramStandIn, Params], Any]

METHODS: dict[str, Method] = {
    "sendmessage": TelegramStandIn._send,
    "sendphoto": lambda server, params: server._send_file(params, "photo"),
    "sendvoice": lambda server, params: server._send_file(params, "voice"),
    "senddocument": lambda server, params: server._send_file(params, "document"),
    "getfile": lambda server, params: server.shelf.get_file(params),
    "editmessagetext": TelegramStandIn._edit,
    "deletemessage": TelegramStandIn._delete,
    "answercallbackquery": TelegramStandIn._callback,
    "setmycommands": TelegramStandIn._menu,
    "getme": TelegramStandIn._get_me,
    "setwebhook": TelegramStandIn._set_webhook,
    "deletewebhook": lambda server, params: server._set_webhook(params),
    "getwebhookinfo": TelegramStandIn._webhook_info,
}


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")
