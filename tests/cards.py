"""The cards of locales/, as tests and checks read them.

python -m tests.cards [word ...]   what is wrong with them (only lines with one of the words)
python -m tests.cards --levels     how hard each is to read
python -m tests.cards --stamp      writes the English cards' own revision into them
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from bot import drawings
from flows.guidance.cards import BadCard, Card, parse
from flows.guidance.check import problems

LOCALES = Path(__file__).parents[1] / "locales"
VOWELS = re.compile("[aeiouyàâäéèêëîïôöùûüœæ]+")


def files(lang: str = "*") -> list[Path]:
    return sorted(LOCALES.glob(f"{lang}/guidance/*.md"))


def read(path: Path) -> Card:
    lang = path.parts[-3]
    card = parse(path.read_text("utf-8"), lang, f"{lang}/guidance/{path.name}")
    if card.id != path.stem:
        raise BadCard(f"{lang}/guidance/{path.name}: its id is {card.id}")
    return card


def shelf() -> tuple[dict[str, dict[str, Card]], list[str]]:
    """Language -> id -> card, and the files that can't be read."""
    cards: dict[str, dict[str, Card]] = {"en": {}}
    unread = []
    for path in files():
        try:
            card = read(path)
        except BadCard as error:
            unread.append(str(error))
        else:
            cards.setdefault(card.lang, {})[card.id] = card
    return cards, unread


def wrong() -> list[str]:
    cards, unread = shelf()
    return [*unread, *problems(cards, drawings.names())]


def stamp() -> None:
    """The English text's revision, written where translators find it."""
    for path in files("en"):
        card = read(path)
        old, new = f'source_revision = "{card.source_revision}"', card.revision
        path.write_text(
            path.read_text("utf-8").replace(old, f'source_revision = "{new}"', 1), "utf-8"
        )


# ---------------------------------------------------------------- how hard to read


def levels() -> Iterator[str]:
    """Per language: the mean and the hardest card. English: school years (Flesch and Kincaid).
    French: ease, 100 is easiest (Kandel and Moles). Others: words in a sentence, letters in a
    word; no formula for Arabic is settled."""
    for lang, its in shelf()[0].items():
        found = {name: level(card) for name, card in its.items()}
        hardest = (min if lang == "fr" else max)(found, key=lambda name: found[name])
        shown = f"mean {mean(found.values()):.1f}, hardest {hardest} {found[hardest]:.1f}"
        yield f"reading level, {UNIT.get(lang, UNIT[''])}: {lang} {shown}"


UNIT = {"en": "school years", "fr": "ease of 100", "": "words in a sentence"}


def level(card: Card) -> float:
    text = " ".join(step.text for step in card.steps.values())
    sentences = [s for s in re.split(r"[.:?!؟\n]+", text) if s.strip()]
    words = re.findall(r"\w+", text)
    in_sentence = len(words) / len(sentences)
    syllables = sum(max(1, len(VOWELS.findall(word.lower()))) for word in words) / len(words)
    if card.lang == "en":
        return 0.39 * in_sentence + 11.8 * syllables - 15.59
    if card.lang == "fr":
        return 207 - 1.015 * in_sentence - 73.6 * syllables
    return in_sentence


def main(wanted: list[str]) -> int:
    if wanted == ["--stamp"]:
        stamp()
        return 0
    if wanted == ["--levels"]:
        print("\n".join(levels()))
        return 0
    shown = [line for line in wrong() if not wanted or any(word in line for word in wanted)]
    print("\n".join(shown) or "nothing is wrong")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
