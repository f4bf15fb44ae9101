"""A JPEG: what its picture needs, its colours and which way up it is; up to its end, no further.

Behind the end lies what phones hide there: a film of the moment, a second picture with an EXIF of
its own (MPO). Any number of fill bytes (FF) may stand before a marker.
"""

import re

from bot.cleaning import turning
from bot.cleaning.unsound import Unsound, number

FILL, BEGIN, END, SCAN = 0xFF, 0xD8, 0xD9, 0xDA
JFIF, EXIF, COLOURS, ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  #: markers that nothing follows
#: Frames, tables, scans, restarts. Not: APPn, comments, what is reserved.
PICTURE = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)}) - {0xC8}
#: What ends the coded picture: a marker that is neither a stuffed FF nor a restart nor fill.
NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
EXIF_HEAD = b"Exif\0\0"
JFIF_KEPT, ADOBE_KEPT = 12, 12  #: bytes; what follows in a JFIF block is a small picture


def cleaned(body: bytes) -> bytes:
    if body[:2] != bytes((FILL, BEGIN)):
        raise Unsound
    kept: list[bytes] = []
    turned, at, seen = turning.UPRIGHT, 2, False
    while at < len(body):
        marker, at = _marker(body, at)
        if marker == END:
            break
        if marker in ALONE:
            kept.append(bytes((FILL, marker)))
            continue
        end = at + number(body, at, 2)
        if end < at + 2 or end > len(body):
            raise Unsound
        block = body[at + 2 : end]
        if marker == EXIF and block.startswith(EXIF_HEAD) and turned == turning.UPRIGHT:
            turned = turning.orientation(block[len(EXIF_HEAD) :])
        if (keep := _kept(marker, block)) is not None:
            kept.append(_segment(marker, keep))
        at = end
        if marker == SCAN:
            seen, begins = True, at
            found = NEXT.search(body, at)
            at = found.start() if found else len(body)  # cut short: what there is
            kept.append(body[begins:at])
    if not seen:
        raise Unsound
    first = 1 if kept[0][1] == JFIF else 0
    if turned != turning.UPRIGHT:
        kept.insert(first, _segment(EXIF, EXIF_HEAD + turning.block(turned)))
    return bytes((FILL, BEGIN)) + b"".join(kept) + bytes((FILL, END))


def _marker(body: bytes, at: int) -> tuple[int, int]:
    """The marker here, and what follows it."""
    if body[at] != FILL:
        raise Unsound
    while at < len(body) and body[at] == FILL:
        at += 1
    marker = number(body, at, 1)
    if marker in (0, BEGIN):
        raise Unsound
    return marker, at + 1


def _kept(marker: int, block: bytes) -> bytes | None:
    if marker in PICTURE:
        return block
    if marker == JFIF and block.startswith(b"JFIF\0") and len(block) >= JFIF_KEPT:
        return block[:JFIF_KEPT] + bytes(2)
    if marker == COLOURS and block.startswith(b"ICC_PROFILE\0"):
        return block
    if marker == ADOBE and block.startswith(b"Adobe"):
        return block[:ADOBE_KEPT]
    return None


def _segment(marker: int, block: bytes) -> bytes:
    return bytes((FILL, marker)) + (len(block) + 2).to_bytes(2) + block
