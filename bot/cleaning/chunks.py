"""PNG, WebP, GIF: a row of chunks, of which those stay that the picture is made of."""

import zlib
from collections.abc import Iterator

from bot.cleaning import turning
from bot.cleaning.unsound import Unsound, number

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs acTL fcTL "
    b"fdAT".split()
)
WEBP_FRAME = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
WEBP_KEPT = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF"}) | WEBP_FRAME
WEBP_FLAGS, HAS_EXIF, HAS_XMP = 8, 0x08, 0x04
FRAME_HEAD = 16  #: bytes of an animation's frame before its own chunks
GIF_LOOPS = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
EXTENSION, IMAGE, TRAILER, CONTROL, APPLICATION = 0x21, 0x2C, 0x3B, 0xF9, 0xFF


# ---------------------------------------------------------------- PNG


def png(body: bytes) -> bytes:
    """Up to its end, no further."""
    if not body.startswith(PNG_HEAD):
        raise Unsound
    kept, turned, at, name = [PNG_HEAD], 0, len(PNG_HEAD), b""
    while name != b"IEND":
        end = at + 12 + number(body, at, 4)
        if end > len(body):
            raise Unsound
        name = body[at + 4 : at + 8]
        if name == b"eXIf" and not turned:
            turned = turning.orientation(body[at + 8 : end - 4])
            if turned != turning.UPRIGHT:
                kept.append(_png_chunk(b"eXIf", turning.block(turned)))
        if name in PNG_KEPT:
            kept.append(body[at:end])
        at = end
    return b"".join(kept)


def _png_chunk(name: bytes, inside: bytes) -> bytes:
    return len(inside).to_bytes(4) + name + inside + zlib.crc32(name + inside).to_bytes(4)


# ---------------------------------------------------------------- WebP


def webp(body: bytes) -> bytes:
    """As long as it says that it is, no further."""
    size = number(body, 4, 4, "little") + 8
    if body[:4] != b"RIFF" or body[8:12] != b"WEBP" or size > len(body):
        raise Unsound
    turned, kept = turning.UPRIGHT, []
    for name, inside in _riff(body, 12, size):
        if name == b"EXIF":
            turned = turning.orientation(inside.removeprefix(b"Exif\0\0"))
        if name in WEBP_KEPT:
            kept.append((name, _frame(inside) if name == b"ANMF" else inside))
    if not kept:
        raise Unsound
    if kept[0][0] == b"VP8X":
        kept[0] = (b"VP8X", _flags(kept[0][1], turned))
        if turned != turning.UPRIGHT:
            kept.append((b"EXIF", turning.block(turned)))
    inside = b"WEBP" + b"".join(_riff_chunk(*chunk) for chunk in kept)
    return _riff_chunk(b"RIFF", inside)


def _flags(head: bytes, turned: int) -> bytes:
    """What it says that it holds."""
    flags = number(head, 0, 1) & ~(HAS_EXIF | HAS_XMP)
    return bytes((flags | (HAS_EXIF if turned != turning.UPRIGHT else 0),)) + head[1:]


def _frame(inside: bytes) -> bytes:
    """One picture of an animation, which has chunks of its own."""
    chunks = _riff(inside, FRAME_HEAD, len(inside))
    kept = (_riff_chunk(*chunk) for chunk in chunks if chunk[0] in WEBP_FRAME)
    return inside[:FRAME_HEAD] + b"".join(kept)


def _riff(body: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at < end:
        size = number(body, at + 4, 4, "little")
        if at + 8 + size > end:
            raise Unsound
        yield body[at : at + 4], body[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _riff_chunk(name: bytes, inside: bytes) -> bytes:
    return name + len(inside).to_bytes(4, "little") + inside + bytes(len(inside) % 2)


# ---------------------------------------------------------------- GIF


def gif(body: bytes) -> bytes:
    """Comments and what applications add go; how often it is played stays."""
    if body[:6] not in (b"GIF87a", b"GIF89a"):
        raise Unsound
    at = 13 + _palette(number(body, 10, 1))
    kept = [body[:at]]
    while (what := number(body, at, 1)) != TRAILER:
        if what == IMAGE:
            end = _blocks(body, at + 11 + _palette(number(body, at + 9, 1)))
            kept.append(body[at:end])
        elif what == EXTENSION:
            end = _blocks(body, at + 2)
            if _needed(body[at:end]):
                kept.append(body[at:end])
        else:
            raise Unsound
        at = end
    return b"".join(kept) + bytes((TRAILER,))


def _palette(flags: int) -> int:
    return 3 * 2 ** (flags % 8 + 1) if flags & 0x80 else 0


def _blocks(body: bytes, at: int) -> int:
    """Behind a row of blocks, each with its length before it, the last one empty."""
    while size := number(body, at, 1):
        at += 1 + size
    return at + 1


def _needed(extension: bytes) -> bool:
    if extension[1] == CONTROL:
        return True
    return extension[1] == APPLICATION and extension[3:14] in GIF_LOOPS and len(extension) == 19
