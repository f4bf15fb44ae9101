"""A name as its parts: what is one name stays together, what is none is left out.

    fold ──▶ split ──▶ pieces ── RULES, one after the other ──▶ words

"Dr. Nour al-Din A. Ben Salah" has the parts "nurdin" and "salah", and so has نور الدين بن صالح in
its own letters. Cyrillic has become Latin when this is over, Arabic stays.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Literal

from bot.jid.letters import (
    ARABIC_LIKE,
    CYRILLIC,
    CYRILLIC_RULES,
    MARKED,
    SERBIAN,
    SERBIAN_MARKED,
)

LONGEST = 160  #: characters of a name that are read
MOST = 6  #: parts of a name that are kept: the first five and the last

Script = Literal["latin", "arabic", "other"]


@dataclass(frozen=True, slots=True)
class Word:
    """Folded letters of one script. `glued`: a hyphen stood before it."""

    text: str
    script: Script
    glued: bool = False


NOTHING = Word("", "other")


# ---------------------------------------------------------------- words that are no names

TITLES = set(
    "dr mr mrs ms miss prof professor eng dipl ing hajj hadj haji alhaj الحاج دكتور".split()
)
ARTICLES = set("al el ul ol il ال آل".split())
SUN_ARTICLES = set("as ash ach ad az an ar at ath adh es esh ech ed ez en er et ess er".split())
NASAB = set("""
    bin ben ibn bint bent benti ould wuld wld walad ag ait aït بن ابن إبن بنت ولد آيت
    ogly oglu oghlu uly kyzy qizi kizi
    de da do dos das du del della di van von der den la le y e af av zu zum
""".split())  # fmt: skip
SLAVES = set("abd abdel abdul abdal abdil abdoul abdur abder abdar abdir abdus abdes عبد".split())
KUNYA = {"abu": "abu", "abou": "abu", "abo": "abu", "aboo": "abu", "abi": "abu", "bu": "bu"} | {
    "bou": "bu", "umm": "um", "oum": "um", "um": "um", "om": "um",
    "أبو": "ابو", "ابو": "ابو", "أبي": "ابو", "ابي": "ابو", "بو": "بو", "أم": "ام", "ام": "ام",
}  # fmt: skip
DIN = "din dine deen eddin eddine uddin uddine addin addine aldin".split()
TAILS = dict.fromkeys(DIN, "din") | {
    "الدين": "دين", "دين": "دين", "allah": "alah", "ullah": "alah", "ollah": "alah", "الله": "له",
}  # fmt: skip

#: Within a word: the same compounds written without a space, as RULES make them.
COMPOUNDS = (
    ("^abd(?!(?:ou|[aeiu])l+a(?:h|ye)?$)(?:ou|[aeiu])?l?(.{3,})$", r"abd\1"),
    ("^ab(?:ou|[uo])l(?=.{4})", "abu"),
    ("^[اأ]بوال(?=.{2})", "ابو"),
    ("^(.{3,}?)(?:[aeiou]l?dd+|[aeiou]?ld|[eu]d)(?:ee|i)ne?$", r"\1din"),
    ("^(.{2,}?)[aou]l+ah$", r"\1alah"),
    ("^عبدال(?!له$)(.{2,})$", r"عبد\1"),
    ("^(.{2,})الدين$", r"\1دين"),
    ("^(.{2,})(?<!عبد)الله$", r"\1له"),
    ("^ال(?!ياس$|كس|يزا|ينا$)(.{3,})$", r"\1"),
)


# ---------------------------------------------------------------- from text to words


def words(name: str) -> tuple[Word, ...]:
    """The parts of a name, in their order, at most MOST."""
    found = reduce(lambda pieces, rule: rule(pieces), RULES, split(name))
    found = [replace(word, text=compound(word.text)) for word in found]
    return tuple(found if len(found) <= MOST else [*found[: MOST - 1], found[-1]])


def split(name: str) -> list[Word]:
    """Folded words. What stands before a single comma is the family name, and goes last."""
    halves = fold(name[:LONGEST]).split(",")
    text = " , ".join(reversed(halves)) if len(halves) == 2 else " ".join(halves)
    pieces = re.findall(r"(-?)([^\s,-]+)", text)
    return [_word(text, glued) for glued, text in pieces if any(map(str.isalpha, text))]


def fold(text: str) -> str:
    """Small letters without marks, Cyrillic as Latin, parted by spaces, hyphens and commas."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(SERBIAN_MARKED) if re.search(SERBIAN, text) else text
    for pattern, sound in CYRILLIC_RULES:
        text = re.sub(pattern, sound, text)
    return "".join(map(_letter, text))


def _letter(char: str) -> str:
    for table in (CYRILLIC, MARKED, ARABIC_LIKE, _SIGNS):
        if char in table:
            return table[char]
    kind = unicodedata.category(char)
    if kind[0] in "LM":
        return char if _arabic(char) and kind != "Mn" else _bare(char)
    return {"Pd": "-", "Cf": ""}.get(kind, " ")


#: The apostrophes, also those for hamza and ayn, are not heard; the mark that parts Persian letters
#: without a space is as good as a hyphen; a tatweel only makes a word longer.
_SIGNS = dict.fromkeys("'’‘ʼʻʾʿ`´′ˈـ", "") | {"\u200c": "-", ",": ",", "،": ",", "·": "-"}
#: Which of two shapes an emoji or a letter has.
_SIGNS |= dict.fromkeys(map(chr, range(0xFE00, 0xFE10)), "")


def _bare(char: str) -> str:
    """Without its marks. Vowel signs of Indian scripts are no marks: they have class 0 to 9."""
    apart = unicodedata.normalize("NFKD", char)
    kept = (part for part in apart if unicodedata.combining(part) < 10)
    return "".join(CYRILLIC.get(part, part) for part in kept)


def _arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff" or "\u0750" <= char <= "\u077f"


def _word(text: str, glued: str) -> Word:
    if any(map(_arabic, text)):
        return Word("".join(filter(_arabic, text)), "arabic", bool(glued))
    latin = all(char in _LATIN for char in text)
    return Word(text, "latin" if latin else "other", bool(glued))


_LATIN = set("abcdefghijklmnopqrstuvwxyzšžčđɣʃʒ")


def compound(text: str) -> str:
    for pattern, joined in COMPOUNDS:
        text = re.sub(pattern, joined, text)
    return text


# ---------------------------------------------------------------- what belongs together

Rule = Callable[[list[Word]], list[Word]]


def _without(unwanted: Callable[[Word, Word], bool], least: int) -> Rule:
    """Leaves out each word that is unwanted before the next one, if `least` words stay. Whoever
    follows it hangs on what it hung on: in "Ahmed al-Sharif" that is nothing."""

    def rule(found: list[Word]) -> list[Word]:
        kept: list[Word] = []
        glued = None
        for word, after in pairwise([*found, NOTHING]):
            word = word if glued is None else replace(word, glued=glued)
            glued = word.glued if unwanted(word, after) else None
            kept += [word] if glued is None else []
        return kept if len(kept) >= least else found

    return rule


def _onto_next(heads: dict[str, str]) -> Rule:
    """Joins a head to the word after it, and forgets an article between them."""

    def rule(found: list[Word]) -> list[Word]:
        joined: list[Word] = []
        rest = [*reversed(found)]
        while rest:
            word = rest.pop()
            if word.text in heads and rest:
                word = replace(word, text=heads[word.text] + _after_head(rest))
            joined.append(word)
        return joined

    return rule


def _after_head(rest: list[Word]) -> str:
    """Takes the next word; `rest` is in reverse, and not empty."""
    if rest[-1].text in ARTICLES and len(rest) > 1:
        rest.pop()
    return re.sub("^ال(?!له$)(?=..)", "", rest.pop().text)


def _onto_last(joins: Callable[[Word, Word], str]) -> Rule:
    """Joins a word to the one before it, if `joins` says how it is then written."""

    def rule(found: list[Word]) -> list[Word]:
        joined: list[Word] = []
        for word in found:
            if joined and (tail := joins(joined[-1], word)):
                before = joined.pop()
                word = replace(before, text=before.text + tail)
            joined.append(word)
        return joined

    return rule


def _tail(before: Word, word: Word) -> str:
    return TAILS.get(word.text, "")


def _hyphened(before: Word, word: Word) -> str:
    """Jean-Pierre is one name."""
    return word.text if word.glued and word.script == before.script else ""


def _is_article(word: Word, after: Word) -> bool:
    """ "ash" before "sharif" is one; alone it is a name."""
    sun = word.text in SUN_ARTICLES and after.text[:1] == word.text[1:2]
    return word.text in ARTICLES or sun


RULES: tuple[Rule, ...] = (
    _without(lambda word, _: word.text in TITLES, least=2),
    _without(lambda word, _: len(word.text) == 1 and word.script != "other", least=2),
    _onto_next(dict.fromkeys(SLAVES, "abd") | {"عبد": "عبد"}),
    _onto_next(KUNYA),
    _without(_is_article, least=1),
    _onto_last(_tail),
    _without(lambda word, _: word.text in NASAB, least=2),
    _onto_last(_hyphened),
)
