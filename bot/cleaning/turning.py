"""Which way up a picture is: the one thing that is kept of an EXIF block, in a block of its own.
Phones write it instead of turning the picture, which without it would lie on its side."""

from bot.cleaning.unsound import Unsound, number

TAG = 0x0112
UPRIGHT = 1
TURNED = range(2, 9)
ORDERS = {b"II*\0": "little", b"MM\0*": "big"}


def orientation(block: bytes) -> int:
    """Of an EXIF block as TIFF, without what stands before it. What can't be read is upright."""
    order = ORDERS.get(block[:4])
    if order is None:
        return UPRIGHT
    try:
        first = number(block, 4, 4, order)
        entries = number(block, first, 2, order)
        for at in range(first + 2, first + 2 + entries * 12, 12):
            if number(block, at, 2, order) == TAG:
                turned = number(block, at + 8, 2, order)
                return turned if turned in TURNED else UPRIGHT
    except Unsound:
        pass
    return UPRIGHT


def block(turned: int) -> bytes:
    """An EXIF block that says this and nothing else."""
    entry = TAG.to_bytes(2) + (3).to_bytes(2) + (1).to_bytes(4) + turned.to_bytes(2) + bytes(2)
    return b"MM\0*" + (8).to_bytes(4) + (1).to_bytes(2) + entry + bytes(4)
