"""The secret of a partnership, as text that can be read out over the phone.

    7K2Q-X 0M4T-9 …    thirteen groups of four and a check

32 random bytes in base 32, without the letters I, L, O and U. The last letter of a group checks
that group and its place: one wrong letter, two neighbours swapped and two groups swapped are
noticed, and the group is named, so that only that one has to be said again.
"""

import re
from collections.abc import Callable
from functools import reduce

from bot.jid.errors import JidError

BYTES = 32
GROUP = 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEARD = {"O": "0", "I": "1", "L": "1"}  #: who types these means those


def new_secret(entropy: Callable[[int], bytes]) -> bytes:
    """`entropy`: secrets.token_bytes, or what a test has instead."""
    return entropy(BYTES)


def say_secret(secret: bytes) -> str:
    """The groups, with a hyphen before each check, parted by spaces."""
    letters = to_letters(secret)
    groups = [letters[at : at + GROUP] for at in range(0, len(letters), GROUP)]
    return " ".join(f"{group}-{_check(place, group)}" for place, group in enumerate(groups))


def parse_secret(text: str) -> bytes:
    """Reads what say_secret wrote, in any case and spacing. Raises JidError."""
    typed = clean(text)
    if len(typed) != _TYPED:
        raise JidError(
            f"This is not a whole secret: it has {len(typed)} letters and digits, not {_TYPED}. "
            "Nothing was stored. Type all thirteen groups, each with its check."
        )
    groups = [typed[at : at + GROUP + 1] for at in range(0, _TYPED, GROUP + 1)]
    wrong = [str(at + 1) for at, group in enumerate(groups) if not _right(at, group)]
    if wrong:
        raise JidError(
            f"Group {', '.join(wrong)} of the secret is not what your partner has: a letter was "
            "misheard, or groups changed places. Nothing was stored. Have it read out again."
        )
    return from_letters("".join(group[:GROUP] for group in groups), BYTES)


_TYPED = (BYTES * 8 + 4) // 5 // GROUP * (GROUP + 1)


def clean(text: str) -> str:
    """What was typed, as letters of ALPHABET; anything else, as spaces and hyphens, is left out."""
    upper = "".join(_HEARD.get(char, char) for char in text.upper())
    return re.sub(f"[^{ALPHABET}]", "", upper)


def to_letters(raw: bytes) -> str:
    """Base 32, as many letters as it takes; the first bits first, filled up with zeros."""
    count = (len(raw) * 8 + 4) // 5
    number = int.from_bytes(raw) << (count * 5 - len(raw) * 8)
    return "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(count)))


def from_letters(letters: str, size: int) -> bytes:
    number = reduce(lambda sum_, char: sum_ << 5 | ALPHABET.index(char), letters, 0)
    return (number >> (len(letters) * 5 - size * 8)).to_bytes(size)


def _right(place: int, group: str) -> bool:
    return _check(place, group[:GROUP]) == group[GROUP:]


def _check(place: int, group: str) -> str:
    """A polynomial over the field of 32 elements, so that every single error shows."""
    values = [place + 1, *map(ALPHABET.index, group)]
    return ALPHABET[reduce(lambda sum_, value: _doubled(sum_) ^ value, values, 0)]


def _doubled(value: int) -> int:
    return (value << 1) ^ (0b100101 if value & 16 else 0)
