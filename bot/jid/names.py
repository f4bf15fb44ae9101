"""Two spellings of one person's name, found without comparing them letter by letter: each name has
a few forms, and the same person's names have one in common.

    "Ahmed M. al-Sharif"   va *ahmed+Sarif      as it sounds in Latin letters
                           ga *ahmed+SrYf       perhaps written so in Arabic, one of four guesses
    "أحمد محمود الشريف"    wa *ahmed+*mahmoud+SrYf
                           ws *ahmed+SrYf       meets the guess

A form is a `space` (v, w, g), an `extent` (a: all parts of the name, s: some of a longer one) and
keys in order of the alphabet, so the order of a name doesn't matter. What leaves us is `variants`;
what we look for among somebody else's variants is `lookups` of ours. They differ, because two
guesses prove nothing, nor do some parts of two longer names: brothers share their father's.

Some parts are always the first one with one or two others: of "Ahmed Mahmoud Hassan Ali" also
"Ahmed Ali" and "Ahmed Hassan Ali", never "Mahmoud Hassan". A name that is written with the family
name first, without a comma, is found by all its parts or by those of them that go with the first.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, combinations, islice, pairwise, product
from math import prod

from bot.jid.parts import ARTICLES, Word, split, words
from bot.jid.sounds import COMMON, Keys, keys, spoken, written

MOST_FORMS = 600  #: of a name; more than four parts with many vowels each lose the last
MOST_OF_READING = 128  #: forms of the same parts in one space

#: Which of their spaces and extents ours may meet.
SPACES = {"v": "v", "w": "wg", "g": "w"}
EXTENTS = {"a": "as", "s": "a"}


def variants(name: str) -> frozenset[str]:
    """What leaves us about a name; empty if it has no letters. Any text will do; what is beyond
    parts.LONGEST and MOST_FORMS is not looked at."""
    return frozenset(islice(_forms(name), MOST_FORMS))


def lookups(form: str) -> tuple[str, ...]:
    """The variants of somebody else that this one of ours meets."""
    return tuple(
        space + extent + form[2:] for space in SPACES[form[0]] for extent in EXTENTS[form[1]]
    )


def meet(one: str, other: str) -> bool:
    """Whether two names may be one person's. It doesn't matter which is ours."""
    wanted = chain.from_iterable(map(lookups, variants(one)))
    return not variants(other).isdisjoint(wanted)


def telling(form: str) -> bool:
    """Whether it says who somebody is when nothing else is known. Two common parts don't (there are
    thousands of Mohammed Alis), nor common ones and a very short one."""
    parts = form[2:].split("+")
    rare = [part for part in parts if not part.startswith(COMMON)]
    least = 3 if len(parts) > 1 else 4
    return len(parts) >= 3 or any(len(part) >= least or not part.isascii() for part in rare)


def anchors(name: str) -> frozenset[str]:
    """The forms of one or two parts: to be looked for with a birth year or an outlet."""
    return frozenset(form for form in variants(name) if form.count("+") < 2)


def anchor_lookups(form: str) -> tuple[str, ...]:
    """As `lookups`. With a year or an outlet, some parts of each of two longer names are enough,
    unless both are common: many Ahmed Mahmoud Something were born in 1988."""
    extents = "as" if telling(form) else EXTENTS[form[1]]
    return tuple(space + extent + form[2:] for space in SPACES[form[0]] for extent in extents)


# ---------------------------------------------------------------- forms


def _forms(name: str) -> Iterator[str]:
    for extent, reading in _readings(words(name)):
        parts = [keys(word) for word in reading]
        for space, choices in _spaces(parts):
            for chosen in product(*_fair(choices)):
                yield space + extent + "+".join(sorted(set(chosen)))


def _readings(parts: tuple[Word, ...]) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """All parts; with two neighbours as one, since Ali Reza is Alireza; some parts."""
    if parts:
        yield "a", parts
    if 3 <= len(parts) <= 4:
        yield from (("a", joined) for joined in _joined(parts))
    first, others = parts[:1], parts[1:]
    for some in range(1, min(len(others), 3)):
        yield from (("s", first + picked) for picked in combinations(others, some))


def _joined(parts: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    for at, (one, other) in enumerate(pairwise(parts)):
        if one.script == other.script:
            yield (*parts[:at], Word(one.text + other.text, one.script), *parts[at + 2 :])


Choices = list[tuple[str, ...]]


def _spaces(parts: list[Keys]) -> Iterator[tuple[str, Choices]]:
    if all(part.written for part in parts):
        yield "w", [part.written for part in parts]
    else:
        yield "v", [part.spoken or part.written for part in parts]
        yield "g", [part.written or part.guessed for part in parts]


def _fair(choices: Choices) -> Choices:
    """Leaves out the last key of the part with most, until they make no more than MOST_OF_READING
    forms. In an order that isn't the name's."""
    kept = sorted(choices)
    while prod(map(len, kept)) > MOST_OF_READING:
        longest = max(range(len(kept)), key=lambda at: len(kept[at]))
        kept[longest] = kept[longest][:-1]
    return kept


# ---------------------------------------------------------------- outlets

#: Words that an outlet's name has or hasn't, depending on who writes it.
GENERIC = set("""
    www com net org info press news newspaper newspapers daily weekly magazine online agency media
    tv television radio fm channel network the of and english arabic francais journal hebdo agence
    presse groupe jaridat sahifat qanat
    جريدة صحيفة قناة وكالة موقع شبكة مجلة إذاعة اذاعة راديو تلفزيون أنباء انباء أخبار اخبار إخبارية
    روزنامه خبرگزاری شبکه
    gazeta ɣazeta novosti zhurnal žurnal telekanal radio agentstvo aɣentstvo informatsionnoye
""".split())  # fmt: skip


def outlet(name: str) -> str:
    """The consonants of an outlet's name in any script, "" if it has no letters. That is less than
    of a person's, since it only counts beside one: Al-Masry Al-Youm, المصري اليوم are both msrm."""
    found = [word for word in split(name) if word.text not in ARTICLES]
    named = [word for word in found if word.text not in GENERIC] or found
    bones = "".join(map(_bones, named))
    return bones if len(bones) >= 2 else "".join(word.text for word in named)


def _bones(word: Word) -> str:
    sounds: Iterable[str] = (word.text,)
    if word.script == "arabic":
        sounds = written(re.sub("^ال(?=.{3})", "", word.text))
    if word.script == "latin":
        sounds = spoken(re.sub("^[ae]l(?=.{4})", "", word.text))
    sound = next(iter(sounds), "").translate(_HARD)
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiuEOAYWyw]", "", sound))


#: What alternatives would tell apart; an outlet has one key only.
_HARD = str.maketrans({"g": "k", "j": "k", "p": "b", "v": "f"})
