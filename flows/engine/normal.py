"""The form in which what people type is compared, and how phrases are looked for in it. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from flows.engine.model import MAX_TEXT

LONGEST = MAX_TEXT  #: characters of a message that are read at all; platforms allow about 4,000
LONGEST_FOLDED = 3 * LONGEST  #: one sign can stand for 18 letters; no language needs more than 3
#: Letters that people and keyboards use for one another (Arabic, Persian, Urdu).
VARIANTS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و",
        "ة": "ه", "ک": "ك", "ـ": None, "œ": "oe", "æ": "ae", "ß": "ss", "ı": "i",
    }
)  # fmt: skip
RUN = re.compile(r"(.)\1+")
#: Arabic joins "and", "by", "to" and "the" to the word that follows.
ARTICLE = re.compile(r"[وف]?(?:[بك]?ال|لل)(?=\w{4})")
LONGEST_CACHED = 64  #: characters; what is typed again and again is short


def normal(text: str) -> str:
    """The form in which texts are compared: words in lower case, one space between them."""
    return _normal_cached(text) if len(text) <= LONGEST_CACHED else _normal(text)


def _normal(text: str) -> str:
    kept = []
    for char in folded(text):
        category = unicodedata.category(char)
        if category[0] in "LN":
            kept.append(char)
        else:
            kept.append(f" {char} " if category == "So" else " ")
    return " ".join("".join(kept).split())


_normal_cached = lru_cache(maxsize=4096)(_normal)


def folded(text: str) -> str:
    """Without case, accents, invisible marks, variants; digits are 0 to 9. Punctuation stays."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(VARIANTS)[:LONGEST_FOLDED]
    kept = []
    for char in unicodedata.normalize("NFKD", plain):
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.digit(char)))
        elif category[0] != "M" and category != "Cf":
            kept.append(char)
    return "".join(kept).translate(VARIANTS)


GAP = r"(?: \S+){0,3}"  #: what ".." in a phrase stands for


def anywhere(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds the phrases as whole words in a normalised text. In a phrase a star at the end of a
    word stands for any ending, ".." for up to three words between."""
    found = sorted({p for phrase in phrases if (p := _pattern(phrase))}, key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(found) or '(?!)'})(?!\S)")


def _pattern(phrase: str) -> str:
    found = ""
    for part in phrase.split():
        stem = " ".join(map(re.escape, normal(part.rstrip("*")).split()))
        if part == "..":
            found += GAP
        elif stem:
            found += (" " if found else "") + stem + (r"\S*" if part.endswith("*") else "")
    return found


def short(normalised: str) -> str:
    """Runs of one letter as one: "soooos" and "sos" are the same."""
    return RUN.sub(r"\1", normalised)


def longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, words), key=len, reverse=True))
