"""What we send Telegram: one `Outgoing` in, the parameters of one or more messages out.

Limits of the Bot API: 4096 UTF-16 units of text (an emoji is two), 1024 of a caption, 64 bytes of
callback data, 100 buttons; 10 MB of a photo, 50 MB of any file. Texts are plain: nobody's words are
read as markup.
"""

import unicodedata
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.base import Button, File, Outgoing
from bot.channels.files import plain_mime

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_LABEL = 64
MAX_DATA = 64
MAX_BUTTONS = 100
MAX_PHOTO = 10 << 20
MAX_UPLOAD = 50 << 20

#: How a file is shown: the name of its method, without "send".
SHAPES = {"image/jpeg": "photo", "image/png": "photo", "audio/ogg": "voice"}
#: Shows anything; what can't be shown as it should be goes out so.
DOCUMENT = "document"

RLM = "\u200f"
#: Isolates are skipped when a paragraph's direction is looked for (UAX #9, P2).
ISOLATES = "\u2066\u2067\u2068"
POP = "\u2069"

#: Where a long text may be cut, the best first.
BREAKS = ("\n\n", "\n", ". ", "! ", "? ", "؟ ", " ")


@dataclass(frozen=True, slots=True)
class Part:
    """Parameters of one message; `keyboard` and `file` on the last part only, where the text is
    the file's caption."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    file: File | None = None


def render(out: Outgoing) -> list[Part]:
    """At least one part. Telegram refuses an empty text, and so it should: that is our mistake.
    A file needs no text, and one that is too long for a caption goes before it."""
    text = clean(out.text)
    texts = split_text(_directed(text) if out.rtl else text)
    if out.file and units("".join(texts).strip()) > MAX_CAPTION:
        texts.append("")
    *before, last = texts
    return [*(Part(text) for text in before), Part(last, keyboard(out.buttons), out.file)]


def shape(file: File) -> str:
    found = SHAPES.get(plain_mime(file.mime), DOCUMENT)
    return DOCUMENT if found == "photo" and len(file.body) > MAX_PHOTO else found


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One button per row. One that Telegram would refuse is left out: the text must arrive."""
    fit = [button for button in buttons if 0 < len(button.data.encode()) <= MAX_DATA]
    rows = [
        [InlineKeyboardButton(_label(button.label), callback_data=button.data)]
        for button in fit[:MAX_BUTTONS]
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def split_text(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Parts of at most `limit` UTF-16 units, cut where a reader would pause."""
    parts = []
    while units(text) > limit:
        at = _cut(text, _fitting(text, limit))
        parts.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [part for part in [*parts, text] if part.strip()] or [text]


def units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """Lone surrogates can't be sent; the library would call it a network error, for ever."""
    return text.encode("utf-8", "replace").decode()


def _fitting(text: str, limit: int) -> int:
    used = 0
    for at, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return at
    return len(text)


def _cut(text: str, most: int) -> int:
    """The best break in the second half of what fits; in the middle of a word if there is none."""
    for mark in BREAKS:
        at = text.rfind(mark, most // 2, most)
        if at > 0:
            return at + len(mark)
    return most


def _label(label: str) -> str:
    text = " ".join(clean(label).split()) or "…"
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1].rstrip() + "…"


def _directed(text: str) -> str:
    """Telegram takes a line's direction from its first strong character: a mark where that lies."""
    return "\n".join(RLM + line if _starts_left(line) else line for line in text.split("\n"))


def _starts_left(line: str) -> bool:
    depth = 0
    for char in line:
        depth += (char in ISOLATES) - (char == POP)
        kind = unicodedata.bidirectional(char)
        if depth <= 0 and kind in ("L", "R", "AL"):
            return kind == "L"
    return False
