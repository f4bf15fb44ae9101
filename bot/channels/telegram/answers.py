"""What the errors of the Bot API mean: which SendError, for a message and for a file, and what the
log says of them.

BadRequest is a NetworkError to the library: it must be asked for first.
"""

import logging

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
)

from bot.channels.base import Reason, Refused, Retry, SendError

#: A refused token needs an operator; asking faster doesn't help.
TOKEN_PAUSE = 30.0

GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
#: 413, in the words of the Bot API, of a proxy before it, and of newer HTTP.
TOO_LARGE = ("entity too large", "content too large")


def send_error(error: Exception) -> SendError:
    if isinstance(error, RetryAfter):
        return Retry("flood limit", after=seconds(error))
    if isinstance(error, InvalidToken):
        return Retry("token refused", after=TOKEN_PAUSE, scope="platform")
    if isinstance(error, ChatMigrated):
        return Refused(Reason.GONE, "chat migrated")
    text = str(error)
    if isinstance(error, Forbidden):
        gone = "deactivated" in text.lower()
        return Refused(Reason.GONE if gone else Reason.BLOCKED, text)
    if isinstance(error, BadRequest):
        return Refused(Reason.GONE if no_such_chat(error) else Reason.REJECTED, text)
    if any(sign in text.lower() for sign in TOO_LARGE):
        return Refused(Reason.REJECTED, "too large")
    return Retry(type(error).__name__)


def fetch_error(error: Exception) -> SendError:
    """The same for getFile and what follows: nothing of it is about a person's address."""
    if isinstance(error, BadRequest | Forbidden):
        big = "too big" in str(error).lower()
        return Refused(Reason.REJECTED, "too large" if big else "gone")
    return send_error(error)


def no_such_chat(error: BadRequest) -> bool:
    """The address is at fault, not what was sent to it."""
    return any(sign in str(error).lower() for sign in GONE)


def report(error: Exception) -> tuple[int, str, str]:
    """Level, line and the class of the error: what only an operator can mend is an ERROR."""
    name = type(error).__name__
    if isinstance(error, InvalidToken):
        return logging.ERROR, "telegram: the bot token is refused; set a valid one (%s)", name
    if isinstance(error, Conflict) and "webhook" not in str(error).lower():
        line = "telegram: another program receives with this bot token; stop it (%s)"
        return logging.ERROR, line, name
    return logging.WARNING, "telegram: receiving failed (%s), trying on", name


def seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int | float) else after.total_seconds()
