"""What the Bot API takes and refuses, and how it counts."""

import json
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web


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
