"""What the answers of signal-cli-rest-api to a send mean: accepted, or which SendError.

What the server does, read in its source (src/api/api.go, src/client/) and in signal-cli's
(SendMessageResultUtils, JsonSendMessageResult, SignalJsonRpcCommandHandler):

- 201 with `errors.recipients[{number, uuid, username, reason}]`: some of the recipients failed,
  reason is a JsonSendMessageResult.Type.
- When *all* failed, and we send to one, signal-cli raises. Identity: 400 "... untrusted ...".
  Rate limit or proof required: 429 with challenge_tokens, which hold "" for a plain rate limit.
  Anything else, unregistered or a network failure: 400 "Failed to send message", nothing more.
- A proof that is required is RATE_LIMIT_FAILURE too, its token is lost inside a 201, and no answer
  carries signal-cli's retryAfterSeconds. So every rate limit is a Challenge: go round it now.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Challenge, Reason, Refused, Retry, SendError

#: Times that "Failed to send message" is believed to be the network, see Doubts.
DOUBTS = 3
MAX_DOUBTS = 1_000


class Unclear(Retry):
    """Not sent, and the server doesn't say why: unregistered, or the network."""


def sent(status: int, answer: object) -> str:
    """The timestamp of the accepted message, or raises what the answer means."""
    if status in (200, 201):
        return _accepted(answer)
    if status == 429:
        raise _limited(answer)
    if status == 400:
        raise _rejected(_error(answer))
    # 5xx, or a proxy in between that doesn't know us: no message's fault.
    raise Retry(f"server answered {status}", after=1.0, scope="platform")


def _accepted(answer: object) -> str:
    for result in answer if isinstance(answer, list) else [answer]:
        if isinstance(result, dict) and (failed := _reasons(result)):
            raise _failure(failed[0])
        if isinstance(result, dict) and (timestamp := result.get("timestamp")):
            return str(timestamp)
    raise Retry("accepted, but the answer can't be read")


def _reasons(result: Mapping[str, Any]) -> list[str]:
    """We send to one recipient, so every error listed is about that one, however it is named."""
    errors = result.get("errors")
    listed = errors.get("recipients") if isinstance(errors, dict) else None
    found = listed if isinstance(listed, list) else []
    return [str(one.get("reason", "")) for one in found if isinstance(one, dict)]


def _failure(reason: str) -> SendError:
    match reason:
        case "UNREGISTERED_FAILURE":
            return Refused(Reason.UNREGISTERED)
        case "IDENTITY_FAILURE":
            return Refused(Reason.IDENTITY)
        case "NETWORK_FAILURE":
            return Retry("network failure")
        case "RATE_LIMIT_FAILURE":
            return Challenge("rate limit")
        case _:
            # INVALID_PRE_KEY_FAILURE: the person's phone must renew its keys; and what is new.
            return Refused(Reason.REJECTED, reason[:60])


def _limited(answer: object) -> Challenge:
    """With or without a challenge to solve, the way round it now is another address."""
    tokens = answer.get("challenge_tokens") if isinstance(answer, dict) else None
    found = tuple(str(token) for token in tokens if token) if isinstance(tokens, list) else ()
    return Challenge("a challenge must be solved" if found else "rate limit", found)


#: Parts of the 400's text, first match counts: (any of these, what it means).
MEANINGS: tuple[tuple[tuple[str, ...], Callable[[], SendError]], ...] = (
    (("untrusted", "safety number"), lambda: Refused(Reason.IDENTITY)),
    (("captcha", "proof required"), lambda: Challenge("proof required")),
    (("rate limit",), lambda: Challenge("rate limit")),
    (
        ("account does not exist", "valid account parameter", "authorization failed"),
        lambda: Challenge("the account is not registered with the server"),
    ),
    (("is not registered", "unregistered"), lambda: Refused(Reason.UNREGISTERED)),
    (
        ("invalid phone number", "invalid identifier", "invalid recipient"),
        lambda: Refused(Reason.UNREGISTERED, "not an address"),
    ),
    # The server has lost signal-cli, or read half of its answer.
    (
        ("json-rpc", "broken pipe", "closed network", "connection re", "end of json", "i/o time"),
        lambda: Retry("server has no signal-cli", after=1.0, scope="platform"),
    ),
    # No room for an attachment on its way through the server: that passes, or somebody mends it.
    (
        ("no space left", "read-only file system", "permission denied"),
        lambda: Retry("server can't keep a file", after=10.0),
    ),
    # An IOException of signal-cli, with its text; without any, see Doubts.
    (("failed to send message:", "exception)", "timed out"), lambda: Retry("signal-cli failed")),
    (("failed to send message",), lambda: Unclear("failed without a reason")),
)


def _rejected(text: str) -> SendError:
    lower = text.lower()
    for parts, meaning in MEANINGS:
        if any(part in lower for part in parts):
            return meaning()
    return Refused(Reason.REJECTED, text[:60])


class Doubts:
    """Tells an unregistered address from a bad network when the server doesn't.

    An address that failed DOUBTS times in a row without a reason, while a message to another was
    accepted since the first of them, is gone. Without such an acceptance it may be our network.
    """

    def __init__(self) -> None:
        self._accepted = 0
        self._failed: dict[str, tuple[int, int]] = {}  # where: (times, accepted at the first)

    def settle(self, where: str, outcome: Callable[[], str]) -> str:
        try:
            timestamp = outcome()
        except Unclear:
            self._doubt(where)
            raise
        self._accepted += 1
        self._failed.pop(where, None)
        return timestamp

    def _doubt(self, where: str) -> None:
        times, accepted = self._failed.pop(where, (0, self._accepted))
        if times + 1 >= DOUBTS and self._accepted > accepted:
            raise Refused(Reason.UNREGISTERED, "the server gives no reason")
        self._failed[where] = (times + 1, accepted)
        while len(self._failed) > MAX_DOUBTS:
            self._failed.pop(next(iter(self._failed)))


# ---------------------------------------------------------------- reading what may be anything


def decode(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error(answer: object) -> str:
    found = answer.get("error") if isinstance(answer, dict) else None
    return found if isinstance(found, str) else ""


def version(text: str) -> tuple[int, ...]:
    """'0.101' > '0.99', 'v0.101-rc1' and 'unset' don't hurt."""
    numbers = []
    for part in text.strip().lstrip("v").split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits[:9]))
    return tuple(numbers)
