"""What the Bot API takes and refuses, and how it counts."""

import json
import time
from urllib.parse import parse_qsl


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


def params_of(body: bytes, content_type: str, query: str) -> dict[str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    if content_type == "application/json":
        whole = json.loads(body)
        return found | {k: v if isinstance(v, str) else json.dumps(v) for k, v in whole.items()}
    return found | dict(parse_qsl(body.decode(), keep_blank_values=True))


def text_of(params: dict[str, str]) -> str:
    text = params.get("text", "").strip()
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > 4096:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def buttons_of(params: dict[str, str]) -> list[tuple[str, str]]:
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
