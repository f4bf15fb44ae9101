"""The cards on disk: ours in locales/<lang>/guidance/, an organisation's own beside or over them.

A review is signed in the card's own file, in its front matter, with the revision of the text that
was reviewed: change a word and it no longer counts. With a folder of the organisation's own, it is
signed there, in a copy, so that ours stay as they came.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import structlog

from flows.guidance.cards import FENCE, BadCard, Card, parse
from flows.guidance.library import FALLBACK, Library

log = structlog.get_logger()

SIGNED = ("status", "reviewed_by", "qualification", "reviewed_on", "reviewed_text")


@dataclass(frozen=True)
class Shelf:
    """Where cards are. `own`: the organisation's folder, <lang>/<id>.md; it goes before ours."""

    locales: Path
    own: Path | None = None

    def files(self) -> dict[tuple[str, str], Path]:
        """(language, id) -> the file that counts."""
        found = {(p.parts[-3], p.stem): p for p in sorted(self.locales.glob("*/guidance/*.md"))}
        if self.own and self.own.is_dir():
            found |= {(p.parts[-2], p.stem): p for p in sorted(self.own.glob("*/*.md"))}
        return found

    def load(self) -> Library:
        """Raises BadCard for one of ours; one of the organisation's that can't be read gives way
        to ours, and is logged: nobody goes without guidance for a slip in a file."""
        cards: dict[str, dict[str, Card]] = {FALLBACK: {}}
        for (lang, name), card in self._cards():
            cards.setdefault(lang, {})[name] = card
        return Library(cards)

    def _cards(self) -> Iterator[tuple[tuple[str, str], Card]]:
        ours = Shelf(self.locales).files()
        for key, path in self.files().items():
            try:
                yield key, _read(path, *key)
            except BadCard as error:
                if path == ours.get(key):
                    raise
                log.error("card_refused", error=str(error))
                if key in ours:
                    yield key, _read(ours[key], *key)

    def wrong(self) -> list[str]:
        """What is wrong with the organisation's own cards, for `doctor`."""
        found = []
        for key, path in self.files().items():
            try:
                _read(path, *key)
            except BadCard as error:
                found.append(str(error))
        return found

    def sign(self, name: str, lang: str, by: str, qualification: str, on: date) -> Path:
        """Records a review; the file that holds it. Raises KeyError for a card that isn't there,
        OSError when it can't be written."""
        source = self.files()[lang, name]
        text = source.read_text("utf-8")
        card = _read(source, lang, name)
        signed = {
            "status": "reviewed",
            "reviewed_by": by,
            "qualification": qualification,
            "reviewed_on": on.isoformat(),
            "reviewed_text": card.revision,
        }
        target = self.own / lang / f"{name}.md" if self.own else source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_signed(text, signed), "utf-8")
        return target


def _read(path: Path, lang: str, name: str) -> Card:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCard(f"{path}: can't be read ({type(error).__name__})") from None
    card = parse(text, lang, str(path))
    if card.id != name:
        raise BadCard(f"{path}: its id is {card.id!r}; the file must have that name")
    return card


def _signed(text: str, values: dict[str, str]) -> str:
    """The text with these lines of its front matter written anew, before any [[source]]."""
    head, rest = text.split(f"\n{FENCE}", 1)
    first, _, body = head.partition(FENCE)
    top, table, sources = body.partition("\n[[")
    kept = [x for x in top.splitlines() if not re.match(rf"({'|'.join(SIGNED)})\s*=", x)]
    kept += [f"{name} = {_quoted(value)}" for name, value in values.items()]
    return f"{first}{FENCE}" + "\n".join(kept) + f"\n{table}{sources}\n{FENCE}{rest}"


def _quoted(value: str) -> str:
    clean = " ".join(value.split()).replace("\\", "").replace('"', "'")
    return f'"{clean}"'
