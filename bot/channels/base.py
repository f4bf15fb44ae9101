"""What a channel is: a door in, a door out, and a closed set of ways to fail.

    SendError
    ├── Retry         not sent, or nobody knows: try again (after `after` seconds)
    ├── Refused       this address will never take this message: blocked, gone, unregistered, ...
    └── Challenge     the whole account is held back until an operator acts: go round it now

In: the client calls `receive(frames, cursor)` and may confirm upstream only after it returned.
`parse` is pure, total (never raises) and works on one raw frame alone. Out: `send` returns the
platform's id of the accepted message, or raises a SendError.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from flows.engine.model import MAX_TEXT

LONGEST_TEXT = MAX_TEXT + 1  #: characters that `parse` keeps: one more says that it was longer


class SendError(Exception):
    """Base of everything `send` may raise."""


class Retry(SendError):
    """Transient or ambiguous. `after`: seconds to hold, None: our own backoff.

    `scope`: "chat" holds this address only, "platform" holds the whole channel.
    """

    def __init__(self, reason: str, after: float | None = None, scope: str = "chat") -> None:
        super().__init__(reason)
        self.reason, self.after, self.scope = reason, after, scope


class Reason(StrEnum):
    """Why an address will not take a message, in words for doctor and case log."""

    BLOCKED = "blocked"
    GONE = "gone"  #: chat or account deleted
    UNREGISTERED = "unregistered"
    IDENTITY = "identity"  #: the safety number changed: an operator must trust it first
    REJECTED = "rejected"  #: the platform refused this very message


class Refused(SendError):
    """Permanent for this address (for REJECTED: for this message)."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail


class Challenge(SendError):
    """The account must solve a challenge (Signal 429). Other addresses are tried at once."""

    def __init__(self, reason: str, tokens: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.tokens = reason, tokens


@dataclass(frozen=True, slots=True)
class Frame:
    """One raw upstream unit, not parsed yet.

    raw     its bytes as received (JSON)
    dedupe  what makes it the same frame when it comes again: (sender, upstream id, kind), or
            the frame itself where that can't be read
    sender  stable sender id as far as it can be read, "" otherwise
    hint    text for the urgency hint only, "" when unknown; never trusted for anything else
    """

    raw: bytes
    dedupe: tuple[str, ...]
    sender: str = ""
    hint: str = ""


class In(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  #: callback data of a button of ours
    LOCATION = "location"
    REACTION = "reaction"
    MEDIA = "media"
    IGNORE = "ignore"  #: not for us: groups, channels, bots, receipts, typing, our own echoes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a message, as the platform describes it: all of it the sender's claim.

    ref   what `Channel.fetch` gets it by
    kind  photo, video, voice, audio, document
    size  bytes, 0 when unknown
    """

    ref: str
    kind: str
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A parsed frame.

    where     where replies go and who it is from: telegram user id (= private chat id), signal
              UUID (or number where there is no UUID), simulator phone name
    number    signal: the sender's phone number when shown, else ""
    sent_ms   when the platform or the phone says it was sent (UTC ms)
    upstream  the platform's id of this message (for redact): telegram message_id, signal timestamp
    target    upstream id of the message of OURS that it answers (quote, reaction, button)
    """

    kind: In
    where: str = ""
    number: str = ""
    sent_ms: int = 0
    upstream: str = ""
    text: str = ""
    data: str = ""
    lat: float = 0.0
    lon: float = 0.0
    emoji: str = ""
    target: str = ""
    edited: bool = False
    #: telegram: callback query id, answered at once by the client; media: what it was
    note: str = ""
    #: telegram: the language of the sender's app, as it says ("fr", "ar", "pt-br")
    lang: str = ""
    #: in the order of the message; their names are not kept: they may name people
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str  #: opaque, at most 64 bytes


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that go with a message. `mime` decides how it is shown: image/jpeg and image/png as a
    photo, audio/ogg as a voice message, anything else as a document called `name`."""

    name: str
    mime: str
    body: bytes = field(repr=False)
    #: It may still hold where, when and by whom it was made; whoever gets it is told.
    uncleaned: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A rendered message. Channels without buttons get them as numbered lines.

    kind      "text", "redact" (delete `target` from the chat where the platform can)
    silent    deliver without sound where the platform can (routine and bulk)
    """

    where: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    kind: str = "text"
    target: str = ""
    #: "own": a message of ours, "theirs": the person's message
    target_of: str = "theirs"
    silent: bool = False
    rtl: bool = False
    #: bot.outbox.rank: who goes first; lower is more urgent
    rank: int = 3
    #: goes in one message with the text, as its caption; a text too long for that goes before it
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform takes, with headroom. Messages per second; `reserve`: tokens that only
    the urgent lane may take; `per_chat`: seconds between two messages to one chat;
    `chat_burst`: how many may come to one chat at once, all but one of them urgent; `max_text`:
    characters of one message."""

    per_second: float
    burst: int
    reserve: int
    per_chat: float
    max_text: int
    concurrency: int = 20
    chat_burst: int = 1


Receive = Callable[[Sequence[Frame], str | None], Awaitable[None]]


class Channel(Protocol):
    name: str
    limits: Limits

    async def run(self, receive: Receive, cursor: str | None) -> None:
        """Receive for ever: reconnects by itself, returns only when cancelled.

        `cursor` is what was last committed with `receive` (telegram: the next offset).
        """

    def parse(self, raw: bytes) -> Incoming: ...

    async def send(self, out: Outgoing) -> str:
        """The platform's id of what it accepted. A long text is several messages: all their ids,
        with spaces between, the last one (with the buttons) last. Raises SendError."""

    def fetch(self, attachment: Attachment, most: int) -> AsyncIterator[bytes]:
        """The bytes of what somebody sent, in pieces, as they come. Raises Retry; Refused(REJECTED)
        when it is gone, or when more than `most` bytes come, whatever was said before."""

    async def forget(self, attachment: Attachment) -> None:
        """Delete it where we fetched it from, if it lies on a server of ours. Never raises."""

    async def check(self) -> list[str]:
        """For `doctor`: what is wrong with this channel, in sentences; empty when healthy."""

    async def commands(self, menus: "Sequence[Menu]") -> None:
        """Set the platform's command menu, where it has one."""

    async def invite_link(self, code: str) -> str:
        """A link (or what to send) that brings a new person to us with this code."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Menu:
    """Neutral command menu of one language; `where`: for this chat only (roles), "" for all."""

    lang: str
    entries: tuple[tuple[str, str], ...]
    where: str = ""
