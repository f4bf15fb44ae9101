"""Every text that a person sees is declared once, here is how.

    ASK = message("checkin.ask", "Are you safe, {name}?")

The key becomes the catalog's msgctxt, the English text its msgid. A plural takes the name of the
argument that counts:

    LATE = plural("case.late", "{n} minute late", "{n} minutes late", count="n")

Arguments are `Value`s: plain text and whole numbers, or one of the shapes below, which the bot
formats in the reader's own language and time zone. Plain text is isolated for right-to-left
readers; a `Message` as an argument is translated first.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    key: str
    text: str
    plural: str | None = None
    count: str | None = None
    #: One sentence for translators, copied to the catalog.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, UTC milliseconds. `form`: "time" (18:30), "full" (with day and zone)."""

    ms: int
    form: str = "time"


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in milliseconds, shown in its largest sensible units."""

    ms: int


@dataclass(frozen=True, slots=True)
class Place:
    """Coordinates in degrees, shown as numbers and as a link that any phone's map opens."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a guidance card, in the reader's language. Each `part` is as the card has it:
    "title", "see", "text" (of the step), "gist" (its question, or else its first sentence) or
    "option/0", "option/1", ... (its choices' labels)."""

    card: str
    part: str = "title"
    step: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """Whether the card that the reader is shown was reviewed, by whom and when; and, where it is
    so, that it is older than the English one."""

    card: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country's name. `code`: ISO 3166 alpha-2."""

    code: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money, shown with the marks that the reader's language puts into numbers. `number`:
    exact, with a point and nothing else ("1500.50"). `currency`: ISO 4217."""

    number: str
    currency: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """Several of them, in one line."""

    each: tuple[Amount, ...]


Scalar = str | int | Moment | Span | Place | Message | Passage | Review | Country | Amount | Amounts
Value = Scalar | tuple["Line", ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A message with its arguments, as one line inside another message."""

    message: Message
    args: Mapping[str, Scalar]


_declared: dict[str, Message] = {}


def message(key: str, text: str, *, note: str = "") -> Message:
    """Declare a text. Raises ValueError when the key is taken by another text."""
    return _declare(Message(key, text, note=note))


def plural(key: str, one: str, many: str, *, count: str, note: str = "") -> Message:
    return _declare(Message(key, one, many, count, note))


def _declare(new: Message) -> Message:
    known = _declared.setdefault(new.key, new)
    if known != new:
        raise ValueError(f"message {new.key!r} is declared twice")
    return new


def declared() -> Mapping[str, Message]:
    """All messages declared by the modules imported so far, by key."""
    return _declared
