"""The cards of locales/, as tests and checks read them.

python -m tests.cards [word ...]   what is wrong with them (only lines with one of the words)
python -m tests.cards --stamp      writes the English cards' own revision into them
"""

import sys
from pathlib import Path

from flows.guidance.cards import BadCard, Card, parse
from flows.guidance.check import problems

LOCALES = Path(__file__).parents[1] / "locales"
DRAWINGS = LOCALES / "drawings"


def drawings() -> set[str]:
    return {path.stem for path in DRAWINGS.glob("*.svg")}


def files(lang: str = "*") -> list[Path]:
    return sorted(LOCALES.glob(f"{lang}/guidance/*.md"))


def read(path: Path) -> Card:
    lang = path.parts[-3]
    card = parse(path.read_text("utf-8"), lang, f"{lang}/guidance/{path.name}")
    if card.id != path.stem:
        raise BadCard(f"{lang}/guidance/{path.name}: its id is {card.id}")
    return card


def stamp() -> None:
    """The English text's revision, written where translators find it."""
    for path in files("en"):
        card = read(path)
        old, new = f'source_revision = "{card.source_revision}"', card.revision
        path.write_text(
            path.read_text("utf-8").replace(old, f'source_revision = "{new}"', 1), "utf-8"
        )


def main(wanted: list[str]) -> int:
    if wanted == ["--stamp"]:
        stamp()
        return 0
    cards: dict[str, dict[str, Card]] = {"en": {}}
    found = []
    for path in files():
        try:
            card = read(path)
        except BadCard as error:
            found.append(str(error))
        else:
            cards.setdefault(card.lang, {})[card.id] = card
    found += problems(cards, drawings())
    shown = [line for line in found if not wanted or any(word in line for word in wanted)]
    print("\n".join(shown) or "nothing is wrong")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
