"""Reads a QR code by the book (ISO/IEC 18004), with nothing of the library that draws ours: what a
phone reads from a clean, upright picture, of version 3 or 4, in one segment of bytes.
"""

from collections.abc import Callable, Iterator, Sequence

from PIL import Image

Matrix = Sequence[Sequence[bool]]
LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
#: Of a version and level: how many blocks, and in each how many words of error correction.
BLOCKS = {
    (3, "M"): (1, 26), (3, "Q"): (2, 18), (3, "H"): (2, 22),
    (4, "M"): (2, 18), (4, "Q"): (2, 26), (4, "H"): (4, 16),
}  # fmt: skip
MASKS: Sequence[Callable[[int, int], int]] = (
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)


def said(picture: Image.Image) -> str:
    """Asserts that whatever should agree does: both formats, and the error correction."""
    dark = matrix(picture)
    size = len(dark)
    level, mask = form(dark)
    bits = [dark[y][x] ^ (MASKS[mask](y, x) == 0) for y, x in way(size)]
    words = bytes(number(bits[i : i + 8]) for i in range(0, len(bits) - 7, 8))
    many, correction = BLOCKS[(size - 17) // 4, level]
    blocks = [words[n::many] for n in range(many)]
    assert not any(value_at(block, root) for block in blocks for root in range(correction))
    data = b"".join(block[:-correction] for block in blocks).hex()
    assert data[0] == "4"  # bytes; their number follows
    return bytes.fromhex(data[3 : 3 + 2 * int(data[1:3], 16)]).decode("ascii")


def matrix(picture: Image.Image) -> Matrix:
    """One square is a seventh of the first black line, which a corner's mark begins with."""
    black = picture.convert("L").point(lambda grey: 255 * (grey < 128))
    black = black.crop(black.getbbox())
    square = next(x for x in range(black.width) if not black.getpixel((x, 0))) / 7
    places = [round((i + 0.5) * square) for i in range(round(black.width / square))]
    return [[bool(black.getpixel((x, y))) for x in places] for y in places]


def form(dark: Matrix) -> tuple[str, int]:
    """The level and the mask, which are written twice."""
    n = len(dark)
    around = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(y, 8) for y in range(n - 1, n - 8, -1)] + [(8, x) for x in range(n - 8, n)]
    once, twice = (number([dark[y][x] for y, x in places]) for places in (around, apart))
    assert once == twice
    plain = once ^ 0b101010000010010
    return LEVELS[plain >> 13], plain >> 10 & 0b111


def way(n: int) -> Iterator[tuple[int, int]]:
    """Squares of data: two columns at a time from the right, up and down in turn."""
    up = True
    for right in (*range(n - 1, 6, -2), *range(5, 0, -2)):
        for y in range(n - 1, -1, -1) if up else range(n):
            yield from ((y, x) for x in (right, right - 1) if not fixed(n, y, x))
        up = not up


def fixed(n: int, y: int, x: int) -> bool:
    corner = (y < 9 and (x < 9 or x >= n - 8)) or (y >= n - 8 and x < 9)
    return corner or 6 in (y, x) or max(abs(y - n + 7), abs(x - n + 7)) <= 2


def value_at(block: bytes, root: int) -> int:
    """Of the block as a polynomial over GF(256), at 2 to the power of `root`."""
    value = 0
    for word in block:
        for _ in range(root):
            value = value << 1 ^ (0x11D if value & 0x80 else 0)
        value ^= word
    return value


def number(bits: Sequence[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)
