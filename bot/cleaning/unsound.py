"""What a cleaner raises, and how it reads numbers without reading past the end."""


class Unsound(Exception):
    """The file isn't as its format says, so nothing can be said of what is in it."""


def number(body: bytes | bytearray, at: int, size: int, order: str = "big") -> int:
    """`size` bytes at `at`; none may be missing."""
    if at < 0 or at + size > len(body):
        raise Unsound
    return int.from_bytes(body[at : at + size], "little" if order == "little" else "big")
