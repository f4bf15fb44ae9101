"""What the Bot API takes and refuses, and how it counts."""

import json
import math
import time
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web


class Fault(Enum):
    """What happens to a request instead of an honest answer. Downloads ("file") break off in the
    middle (ACCEPTED_DROP), or stop there and hang."""

    DROP = "drop"  #: connection reset, nothing done
    ACCEPTED_DROP = "accepted_drop"  #: done, and the bot never learns
    HANG = "hang"  #: nothing done, no answer until stop() or release()
    GARBAGE = "garbage"  #: status 200, no JSON
    SERVER_ERROR = "server_error"  #: 502 with a page of HTML


class Refusal(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Bucket:
    def __init__(self, per_second: float, burst: float) -> None:
        self.rate, self.burst, self.level, self.seen = per_second, burst, burst, time.monotonic()

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0: there is one."""
        self.level = min(self.burst, self.level + (now - self.seen) * self.rate)
        self.seen = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


class Flood:
    """Limits: messages per second, overall and per chat, and how many may come at once. One that
    was answered holds for as long as it said, whatever the bucket has by then. Chat 0: the bot."""

    def __init__(
        self, per_second: float, burst: float, chat_per_second: float, chat_burst: float
    ) -> None:
        self._overall, self._chat = Bucket(per_second, burst), (chat_per_second, chat_burst)
        self._chats: dict[int, Bucket] = {}
        self.held: dict[int, float] = {}

    def take(self, chat: int) -> None:
        now = time.monotonic()
        if chat not in self._chats:
            self._chats[chat] = Bucket(*self._chat)
        for key, bucket in ((0, self._overall), (chat, self._chats[chat])):
            wait = max(bucket.wait(now), self.held.get(key, 0) - now)
            if wait > 0:
                after = math.ceil(wait)
                self.held[key] = max(self.held.get(key, 0), now + after)
                raise Refusal(429, f"Too Many Requests: retry after {after}", retry_after=after)
        self._overall.level -= 1
        self._chats[chat].level -= 1


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    mime: str
    body: bytes


class Params(dict[str, str]):
    """The fields of a request; `uploads`: those that are files, by field."""

    def __init__(self, query: str) -> None:
        super().__init__(parse_qsl(query, keep_blank_values=True))
        self.uploads: dict[str, Upload] = {}


async def params_of(request: web.BaseRequest) -> Params:
    found = Params(request.query_string)
    if request.content_type == "application/json":
        whole = json.loads(await request.read())
        found |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in whole.items()}
    elif request.content_type.startswith("multipart/"):
        await _parts(request, found)
    else:
        found |= dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    return found


async def _parts(request: web.BaseRequest, found: Params) -> None:
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name, body = part.name or "", bytes(await part.read())
        if part.filename is None:
            found[name] = body.decode()
        else:
            mime = part.headers.get("Content-Type", "")
            found.uploads[name] = Upload(part.filename, mime, body)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def text_of(params: Params) -> str:
    text = params.get("text", "").strip()
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > 4096:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def buttons_of(params: Params) -> list[tuple[str, str]]:
    markup = json.loads(params.get("reply_markup") or "{}")
    row_of = [button for row in markup.get("inline_keyboard", []) for button in row]
    found = [(button["text"], button.get("callback_data", "")) for button in row_of]
    if any(not 0 < len(data.encode()) <= 64 for _, data in found):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    if any(not label.strip() for label, _ in found):
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: text is empty")
    if len(found) > 100:
        raise Refusal(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
    return found
