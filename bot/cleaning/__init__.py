"""Takes out of a file where, when, by whom and with what it was made; what it shows stays.

Every format is walked by its own rules, and what isn't known to belong to the picture or the sound
goes. Files come from people we can't vouch for: one that breaks its format's rules is Unsound, and
no word is said of what may still be in it. Nothing is decoded: a picture keeps its quality, and a
small file can't become a huge one. A PDF must be read to be cleaned: that is done in a process of
its own, which may use so much memory and time and no more.
"""

from collections.abc import Callable, Mapping

from bot.cleaning import boxes, chunks, document, jpeg, sound
from bot.cleaning.unsound import Unsound

CLEANERS: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": jpeg.cleaned,
    "image/png": chunks.png,
    "image/gif": chunks.gif,
    "image/webp": chunks.webp,
    "image/heic": boxes.picture,
    "image/avif": boxes.picture,
    "video/mp4": boxes.film,
    "audio/mp4": boxes.film,
    "audio/ogg": sound.opus,
    "audio/mpeg": sound.mp3,
    "application/pdf": document.cleaned,
}
#: Frame after frame of sound: these formats have no place for anything else.
BARE = frozenset({"audio/aac", "audio/amr"})


def cleaned(kind: str, body: bytes) -> bytes | None:
    """None when it can't be done: of this type nothing is known, or the file isn't sound. May take
    a while: not to be called on the loop."""
    if kind in BARE:
        return body
    clean = CLEANERS.get(kind)
    try:
        return clean(body) if clean else None
    except Unsound:
        return None
