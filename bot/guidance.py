"""The cards on disk: ours in locales/<lang>/guidance/, an organisation's own beside or over them.

A review is signed in the card's own file, in its front matter, with the revision of the text that
was reviewed: change a word and it no longer counts. With a folder of the organisation's own, it is
signed there, in a copy, so that ours stay as they came.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unicodedata import category

import structlog

from flows.guidance.cards import FENCE, BadCard, Card, parse
from flows.guidance.check import find
from flows.guidance.library import FALLBACK, Library

log = structlog.get_logger()


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
        for lang, its in cards.items():
            for name in its.keys() - cards[FALLBACK].keys():
                log.error("card_refused", error=f"{lang}/{name}")
                del its[name]
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
        found, files, english = [], self.files(), {}
        if self.own and not self.own.is_dir():
            found.append(f"{self.own}: there is no such folder ([guidance] folder)")
        for (lang, name), path in files.items():
            try:
                card = _read(path, lang, name)
            except BadCard as error:
                found.append(str(error))
                continue
            if lang == FALLBACK:
                english[name] = card
            if (FALLBACK, name) not in files:
                found.append(f"{path}: there is no English card, which says what leads where")
        own = {
            name: path for name in english if self.own in (path := files[FALLBACK, name]).parents
        }
        return found + [
            f"{path}: step {step.id} leads to {target}, which doesn't exist"
            for name, path in own.items()
            for step in english[name].steps.values()
            for target in step.targets()
            if find(english, target) is None
        ]

    def sign(self, name: str, lang: str, by: str, qualification: str, on: date) -> Path:
        """Records a review; the file that holds it. Raises KeyError for a card that isn't there,
        BadCard when it, or the signature, can't be read, OSError when it can't be written."""
        source = self.files()[lang, name]
        card = _read(source, lang, name)
        signed = {
            "status": "reviewed",
            "reviewed_by": by,
            "qualification": qualification,
            "reviewed_on": on.isoformat(),
            "reviewed_text": card.revision,
        }
        written = _signed(source.read_bytes().decode(), signed)
        if not parse(written, lang, str(source)).reviewed:
            raise BadCard(f"{source}: the review can't be written there as {by!r}")
        target = self.own / lang / f"{name}.md" if self.own else source
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target.resolve(), written.encode())
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


def _signed(text: str, values: Mapping[str, str]) -> str:
    """The text with these lines of its front matter written anew, where they stand; those that
    aren't there go before any [[source]]. All others stay as they are, also their ends."""
    lines = text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    fence = next(n for n, line in enumerate(lines) if n and line.strip() == FENCE)
    top = next((n for n in range(1, fence) if lines[n].startswith("[")), fence)
    while not lines[top - 1].strip():
        top -= 1
    fresh = {name: f"{name} = {_quoted(value)}{end}" for name, value in values.items()}
    for n in range(1, top):
        name = lines[n].partition("=")[0].strip()
        lines[n] = fresh.pop(name, lines[n])
    lines[top:top] = fresh.values()
    return "\n".join(lines)


def _quoted(value: str) -> str:
    clean = " ".join(value.split()).replace("\\", "").replace('"', "'")
    return '"' + "".join(c for c in clean if category(c) not in ("Cc", "Cs")) + '"'


def _replace(path: Path, content: bytes) -> None:
    """Whole, or not at all: a card that was cut short would be none."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(content)
        if path.exists():
            shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
