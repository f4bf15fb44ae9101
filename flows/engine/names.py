"""What somebody may be called here.

A name stands in alerts beside ids and commands: it must not look like one, turn the line round, or
grow over its neighbours.
"""

import unicodedata

LONGEST = 40
MOST_MARKS = 4  #: combining marks on one letter; Vietnamese and vocalised Arabic need three
JOINERS = "\u200c\u200d"  #: invisible, and part of how names are written in some scripts
BLANKS = frozenset("\u115f\u1160\u3164\uffa0")  #: letters by category, and nothing to see
PICTURES = frozenset({"So", "Sk"})  #: categories of emoji and their skin tones
PICTURE_MARK = "\ufe0f"  #: "show it as a picture"
SIGNS = frozenset(" -'’ʼ.·‧׳״،" + JOINERS)


def named(text: str) -> str:
    """What was typed, as a name: emoji are part of how people write theirs in chats, not of what
    they are called."""
    called = " ".join(unicodedata.normalize("NFC", text).split())
    plain = "".join(" " if unicodedata.category(c) in PICTURES else c for c in called)
    return " ".join(" ".join(word.strip(JOINERS + PICTURE_MARK) for word in plain.split()).split())


def too_long(called: str) -> bool:
    return len(called.translate(dict.fromkeys(map(ord, JOINERS)))) > LONGEST


def is_name(called: str) -> bool:
    """Letters, digits and the signs of names, with at least one letter."""
    marks = 0
    for char in called:
        kind = unicodedata.category(char)[0]
        marks = marks + 1 if kind == "M" else 0
        known = kind in "LMN" or char in SIGNS
        if marks > MOST_MARKS or not known or char in BLANKS:
            return False
    return any(c.isalpha() for c in called)
