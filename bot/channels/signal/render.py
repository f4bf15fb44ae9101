"""What we send to Signal: one `Outgoing` in, the texts of one or more messages out.

Rules for whoever edits this file:
- Signal has no buttons: choices are numbered lines under the text, in the order of the buttons,
  counted from 1. The number typed back is matched by the engine.
- Signal's own limit is 2,000 UTF-8 *bytes*, not characters (signal-cli, ServiceConfig.
  MAX_MESSAGE_SIZE_BYTES): beyond it the rest travels as an attachment behind "Read more". We cut
  before that, so that all of an Arabic text is on the screen.
- The choices are in the last part: that is the message which is quoted and reacted to. A file is
  in that one too.
"""

import unicodedata
from base64 import b64encode
from collections.abc import Iterator

from bot.channels.base import Button, File, Outgoing
from bot.channels.files import plain_mime, plain_name

MAX_BYTES = 2_000

#: Where a text may be cut, the best place first.
BORDERS = ("\n\n", "\n", ". ", "! ", "? ", "؟ ", "۔ ", "。", " ")
#: Never the first character of a part: it belongs to the one before (joiner, variation selectors).
JOINED = "\u200d\ufe0e\ufe0f"


def render(out: Outgoing) -> list[str]:
    """The texts to send, in order; empty when there is nothing to say. A file needs no text."""
    text, choices = out.text.strip("\n"), numbered(out.buttons)
    whole = "\n\n".join(part for part in (text, choices) if part)
    # A lone surrogate can't be sent at all.
    texts = list(split(whole.encode("utf-8", "replace").decode()))
    return texts or ([""] if out.file else [])


def data_uri(file: File) -> str:
    """As signal-cli-rest-api reads it: fields between semicolons. It makes a file of that name, and
    signal-cli guesses the type again, by the ending."""
    mime = plain_mime(file.mime) or "application/octet-stream"
    return f"data:{mime};filename={plain_name(file)};base64,{b64encode(file.body).decode()}"


def numbered(buttons: tuple[Button, ...]) -> str:
    return "\n".join(f"{n}  {button.label}" for n, button in enumerate(buttons, 1))


def split(text: str, limit: int = MAX_BYTES) -> Iterator[str]:
    """Parts of at most `limit` bytes; only white space at the cuts is lost."""
    while len(text.encode()) > limit:
        at = _border(text, _fitting(text, limit))
        if part := text[:at].rstrip():
            yield part
        text = text[at:].lstrip()
    if text.strip():
        yield text


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` bytes."""
    return len(text.encode()[:limit].decode("utf-8", "ignore"))


def _border(text: str, most: int) -> int:
    """Where to cut, at most at `most`: a border in the second half, else between characters."""
    for border in BORDERS:
        at = text.rfind(border, most // 2, most)
        if at > 0:
            return at + len(border)
    at = most
    while at > 1 and _joined(text, at):
        at -= 1
    return at if at > 1 else max(most, 1)


def _joined(text: str, at: int) -> bool:
    """Whether a cut before `at` would tear one visible character apart."""
    after, before = text[at : at + 1], text[at - 1]
    return before == "\u200d" or after in JOINED or bool(after and unicodedata.combining(after))
