"""One part of a name as keys: spellings of the same name share one.

    Latin, Cyrillic  ─▶ spoken ─▶ guessed     how it may be written in Arabic, several guesses
    Arabic           ─▶ written               the short vowels aren't there

A guess counts against what is really written, never against another guess: or else Jamal and
Jamil, both jml to a reader who sees no vowels, would be one. A name of bot/jid/families.py has
the same keys in every script, and so has a part in a script that isn't transliterated.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, pairwise, product, zip_longest

from bot.jid import letters
from bot.jid.families import rows
from bot.jid.parts import Word, words

MOST_SPOKEN = 12  #: keys of one part; a name with more vowels than anybody has loses some
MOST_WRITTEN = 12
MOST_GUESSED = 32

LISTED, COMMON = "=", "*"  #: what keys of bot/jid/families.py begin with, COMMON if starred


@dataclass(frozen=True, slots=True)
class Keys:
    """Each tuple is in a fixed order, without doubles. Either `written` is empty, or `guessed`."""

    spoken: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()


def keys(word: Word) -> Keys:
    known = family(word)
    if known or word.script == "other":
        return Keys(known or (word.text,), known or (word.text,))
    itself = (word.text,)  # of letters that no table knows
    if word.script == "arabic":
        return Keys(written=written(word.text) or itself)
    sounds = spoken(word.text)
    return Keys(spoken=heard(sounds) or itself, guessed=guessed(sounds) or itself)


def family(word: Word) -> tuple[str, ...]:
    """The listed names that this may be."""
    found = {name for sound in _identity(word) for name in _rows().get(sound, ())}
    return tuple(sorted(found))


@cache
def _rows() -> dict[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for name, *others in rows():
        for spelling in (name.lstrip(COMMON), *others):
            for sound in _identity(words(spelling)[0]):
                index[sound] = (*index.get(sound, ()), _key(name))
    return index


def _key(name: str) -> str:
    return name if name.startswith(COMMON) else LISTED + name


def _identity(word: Word) -> tuple[str, ...]:
    """How listed names are recognised: stricter than keys, which would take Alina for Elena."""
    if word.script != "latin":
        return stems(word.text)
    return tuple(re.sub(letters.SILENT, "", sound) for sound in spoken(word.text))


# ---------------------------------------------------------------- Latin, once Cyrillic


def spoken(text: str) -> tuple[str, ...]:
    """Sounds, with `e` and `v` not yet decided."""
    ways = (way for stem in stems(text) for way in _choices(_scan(stem)))
    return _some((blend(way, _BLENDS) for way in ways), MOST_SPOKEN)


def stems(text: str) -> tuple[str, ...]:
    """Elmasry is Masry, too, Ennaji Naji, Larbi Arbi and Benslimane Slimane."""
    found = _GLUED.match(text)
    return (text, text[found.end() :]) if found else (text,)


_GLUED = re.compile(
    "l(?=a.{3})|b[ei]n(?=.{4})|[ae](?:l(?=.{4})|(ch|sh|[dnrstz])(?=\\1.{3}))|بن(?=.{4})"
)


def heard(sounds: Iterable[str]) -> tuple[str, ...]:
    return _some(
        (
            blend(way, _HEARD_BLENDS)
            for sound in sounds
            for way in _choices(letters.HEARD.get(c, c) for c in re.sub(letters.SILENT, "", sound))
        ),
        MOST_SPOKEN,
    )


def guessed(sounds: Iterable[str]) -> tuple[str, ...]:
    """First guesses of all the sounds, then second ones, so that a limit takes from all alike."""
    turns = zip_longest(*(_choices(_as_written(sound)) for sound in sounds))
    ways = filter(None, chain.from_iterable(turns))
    return _some((blend(way, _WRITTEN_BLENDS) for way in ways), MOST_GUESSED)


def _as_written(sound: str) -> Iterator[str]:
    first, last = sound[:1], sound[1:][-1:]
    yield "a|i" if first == "e" else first if first in "aiuEO" else letters.LIKELY.get(first, first)
    for char, after in pairwise(sound[1:]):
        likely = letters.LIKELY_BEFORE_VOWEL if after in "aeuEO" else {}
        yield likely.get(char) or letters.LIKELY.get(char, char)
    yield letters.LIKELY_LAST.get(last) or letters.LIKELY.get(last, last)


# ---------------------------------------------------------------- Arabic


def written(text: str) -> tuple[str, ...]:
    ways = (way for stem in stems(text) for way in _choices(_letters(stem)))
    return _some((blend(way, _WRITTEN_BLENDS) for way in ways), MOST_WRITTEN)


def _letters(text: str) -> Iterator[str]:
    head, rest = _first(text.rstrip("ء") or text)
    body, last = rest[:-1], rest[-1:]
    yield head
    yield from (letters.ARABIC.get(char, "") for char in body)
    yield letters.ARABIC_LAST.get(last) or letters.ARABIC.get(last, "")


def _first(text: str) -> tuple[str, str]:
    """The first vowel, if the word begins with one, and the rest."""
    for pattern, sound in letters.ARABIC_FIRST:
        if found := re.match(pattern, text):
            return sound, text[found.end() :]
    return "", text


# ---------------------------------------------------------------- rules at work

Blends = tuple[tuple[re.Pattern[str], str], ...]


def blend(sounds: str, blends: Blends) -> str:
    for pattern, result in blends:
        sounds = pattern.sub(result, sounds)
    return sounds


def _compiled(blends: Iterable[tuple[str, str]]) -> Blends:
    return tuple((re.compile(pattern), result) for pattern, result in blends)


_BLENDS = _compiled(letters.BLENDS)
_WRITTEN_BLENDS = _compiled(letters.WRITTEN_BLENDS)
_HEARD_BLENDS = _compiled(letters.HEARD_BLENDS)
_SPOKEN = _compiled(letters.SPOKEN)


def _scan(text: str) -> Iterator[str]:
    """The alternatives at each place, by the first pattern that fits there."""
    at = 0
    while at < len(text):
        fits = ((pattern.match(text, at), sound) for pattern, sound in _SPOKEN)
        found, sound = next(((m, s) for m, s in fits if m), (None, text[at]))
        yield sound
        at = found.end() if found else at + 1


def _choices(alternatives: Iterable[str]) -> Iterator[str]:
    """One alternative of each, in all combinations."""
    return map("".join, product(*(one.split("|") for one in alternatives)))


def _some(found: Iterable[str], most: int) -> tuple[str, ...]:
    """The first few that differ. What is looked at is bounded too, whatever the name is."""
    return tuple(dict.fromkeys(filter(None, islice(found, 4 * most))))[:most]
