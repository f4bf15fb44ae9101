"""Voice messages and music: titles, makers and programs go, the sound stays as it is."""

from collections.abc import Iterator

from bot.cleaning.unsound import Unsound, number

PAGE_HEAD = 27  #: bytes before a page's table
FIRST = 0x02  #: flag of a stream's first page
TAGS = b"OpusTags"
NOT_ENDED = 255  #: in a page's table: the packet goes on
MOST_TAGS = 64  #: pages of tags
ID3_HEAD, ID3_TAIL = 10, 128


def _check(byte: int) -> int:
    check = byte << 24
    for _ in range(8):
        check = check << 1 ^ (0x04C11DB7 if check & 0x80000000 else 0)
    return check & 0xFFFFFFFF


CHECKS = tuple(map(_check, range(256)))  #: the checksum of one byte


def opus(body: bytes) -> bytes:
    """An Ogg file with one Opus stream; its tags are emptied where they stand."""
    out, pages = bytearray(body), list(_pages(body))
    starts = [number(body, at + 5, 1) & FIRST for at, _, _ in pages]
    if len(pages) < 2 or not starts[0] or any(starts[1:]):
        raise Unsound
    if not body[pages[0][1] :].startswith(b"OpusHead") or not body[pages[1][1] :].startswith(TAGS):
        raise Unsound
    keep = len(TAGS)
    for at, inside, end in pages[1:MOST_TAGS]:
        out[inside + keep : end] = bytes(end - inside - keep)
        _seal(out, at, end)
        keep = 0
        table = body[at + PAGE_HEAD : inside]
        if any(size != NOT_ENDED for size in table[:-1]):
            raise Unsound  # the sound begins on a page of its own
        if table and table[-1] != NOT_ENDED:
            return bytes(out)
    raise Unsound


def _pages(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each page begins, where what it holds does, and its end."""
    at = 0
    while at < len(body):
        if body[at : at + 4] != b"OggS":
            raise Unsound
        inside = at + PAGE_HEAD + number(body, at + 26, 1)
        end = inside + sum(body[at + PAGE_HEAD : inside])
        if end > len(body):
            raise Unsound
        yield at, inside, end
        at = end


def _seal(out: bytearray, at: int, end: int) -> None:
    """The page's checksum, which counts itself as zeros."""
    out[at + 22 : at + 26] = bytes(4)
    out[at + 22 : at + 26] = checksum(out[at:end]).to_bytes(4, "little")


def checksum(body: bytes | bytearray) -> int:
    check = 0
    for byte in body:
        check = (check << 8 & 0xFFFFFFFF) ^ CHECKS[check >> 24 ^ byte]
    return check


def mp3(body: bytes) -> bytes:
    """Without the tags before and behind it."""
    at, end = 0, len(body)
    while body.startswith(b"ID3", at):
        size = 0
        for digit in range(at + 6, at + ID3_HEAD):
            size = size << 7 | number(body, digit, 1) & 0x7F
        at += ID3_HEAD + size
    if body.startswith(b"TAG", max(at, end - ID3_TAIL)):
        end -= ID3_TAIL
    if number(body, at, 1) != 0xFF or number(body, at + 1, 1) < 0xE0 or b"APETAGEX" in body:
        raise Unsound
    return body[at:end]
