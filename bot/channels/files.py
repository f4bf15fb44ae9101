"""Files, the same for all channels: what we call them, what comes in, what the answer to a
download means. Names and types are somebody's claim: what leaves here can't break out of a folder,
a header or a data URI.
"""

import mimetypes
import posixpath
import re
import unicodedata
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.channels.base import File, Reason, Refused, Retry

PIECE = 64 * 1024  #: bytes of one piece of a download
#: Characters; together at most 255 bytes, which is as long as a file's name may be.
MAX_STEM, MAX_ENDING = 55, 8
#: An id longer than that is not one, and cut short it would be another.
MAX_REF = 255

MIME = re.compile(r"[a-z0-9][\w.+-]{0,63}/[a-z0-9][\w.+-]{0,63}", re.ASCII)
FORBIDDEN = frozenset('/\\:;,"<>|?*%')
#: Python leaves some to the machine's own tables, which differ.
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "audio/ogg": ".ogg", "video/mp4": ".mp4"}

#: Answers to a download that mean: it isn't there any more, or never was.
GONE = frozenset({400, 403, 404, 410})


def plain_mime(found: object) -> str:
    """ "type/subtype" without parameters, "" for anything else."""
    if not isinstance(found, str):
        return ""
    mime = found[:200].partition(";")[0].strip().lower()
    return mime if MIME.fullmatch(mime) else ""


def plain_name(file: File) -> str:
    """Its name, with an ending: the platforms and the phones tell the type by that."""
    safe = "".join(map(_plain, file.name)).strip(" ._") or "file"
    stem, ending = posixpath.splitext(safe)
    mime = plain_mime(file.mime)
    ending = ending or ENDINGS.get(mime) or mimetypes.guess_extension(mime) or ""
    return stem[:MAX_STEM] + ending[:MAX_ENDING]


def _plain(char: str) -> str:
    """Control characters, direction marks and lone surrogates are all of category C."""
    return "_" if char in FORBIDDEN or unicodedata.category(char).startswith("C") else char


def must_be_there(status: int) -> None:
    """Raises what the HTTP status of a download means, unless it is 200."""
    if status in GONE:
        raise Refused(Reason.REJECTED, "gone")
    if status != 200:
        raise Retry(f"server answered {status}")


async def within(pieces: AsyncGenerator[bytes, None], most: int) -> AsyncGenerator[bytes, None]:
    """The same pieces; Refused once there are more than `most` bytes, or when there were none:
    signal-cli leaves an empty file where its own download failed."""
    total = 0
    async with aclosing(pieces):
        async for piece in pieces:
            total += len(piece)
            if total > most:
                raise Refused(Reason.REJECTED, "too large")
            yield piece
    if not total:
        raise Refused(Reason.REJECTED, "empty")
