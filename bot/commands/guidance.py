"""The cards, as the organisation's operator and reviewers see them."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from bot.commands import shell
from bot.commands.shell import Refusal
from bot.guidance import Shelf
from bot.languages import LOCALES
from flows.guidance.cards import BadCard, Card
from flows.guidance.library import FALLBACK, Library

SHORTEST_NAME = 3


async def list_cards(as_json: bool) -> None:
    library = _library(_shelf())
    cards = [card for its in library.cards.values() for card in its.values()]
    cards.sort(key=lambda card: (card.order, card.id, card.lang != FALLBACK, card.lang))
    shown = [_row(card, library) for card in cards]
    if as_json:
        shell.show_json(shown)
        return
    head = ("id", "language", "title", "kind", "revision", "review", "steps")
    lines = [
        (*(str(row[n]) for n in head[:5]), _said(row["review"]), str(row["steps"])) for row in shown
    ]
    shell.show_table(head, lines, "No cards.")
    open_ = sum(not row["review"]["reviewed"] for row in shown)
    shell.say(f"{open_} of {len(shown)} are not reviewed: people read that under the title.")


async def show_card(name: str, lang: str, as_json: bool) -> None:
    library = _library(_shelf())
    card = _card(library, name, lang)
    if as_json:
        steps = [asdict(step) for step in card.steps.values()]
        unverified = list(card.unverified)
        shell.show_json({**_row(card, library), "steps": steps, "unverified": unverified})
        return
    shell.show(f"{card.title} ({card.id}, {card.lang}), revision {card.revision}")
    shell.show(_said(_review(card, library)))
    for step in card.steps.values():
        shell.show(f"\n## {step.id}\n{step.text}")
        if step.drawing:
            shell.show(f"[drawing {step.drawing}: {step.alt}]")
        for option in step.options:
            shell.show(f"- {option.label} -> {option.goes}")
        for what, goes in (("Done", step.done), ("Doesn't work", step.fails), ("Timer", step.then)):
            if goes:
                after = f" after {step.after // 1000} s" if what == "Timer" else ""
                shell.show(f"{what}{after} -> {goes}")
    shell.show("")
    for source in card.sources:
        shell.show(f"Source: {source.title}, {source.year}, {source.section}")
    for fact in card.unverified:
        shell.show(f"Not checked in its source: {fact}")


async def review(name: str, lang: str, by: str, qualification: str, on: str) -> None:
    """Signs the text as it stands now."""
    shelf = _shelf()
    library = _library(shelf)
    card = _card(library, name, lang)
    english = library.cards[FALLBACK][card.id]
    if card.lang != FALLBACK and card.source_revision != english.revision:
        raise Refusal(
            f"the English text of {card.id} is newer (revision {english.revision}) than what the "
            f"{card.lang} one translates ({card.source_revision or 'none'}). Bring it up to date "
            "first: a review would cover an old text. Nothing was signed."
        )
    if len(by.strip()) < SHORTEST_NAME or len(qualification.strip()) < SHORTEST_NAME:
        raise Refusal("a review has a name and a qualification (--by, --qualification).")
    try:
        path = shelf.sign(card.id, card.lang, by.strip(), qualification.strip(), _date(on))
    except BadCard as error:
        raise Refusal(f"nothing was signed. {error}") from None
    shell.show(f"signed: {card.id} ({card.lang}), revision {card.revision}")
    shell.show(f"file: {path}")
    shell.say(
        "People read it after the next start of `onbelay run`. Any change of the text makes this "
        "review void."
    )


def _date(typed: str) -> date:
    today = datetime.now(UTC).date()
    try:
        on = date.fromisoformat(typed) if typed else today
    except ValueError:
        raise Refusal(f'"{typed}" is not a date. Write it like 2026-11-21.') from None
    if on > today:
        raise Refusal(f"{on} has not come yet: a review is signed when it was made.")
    return on


def _shelf() -> Shelf:
    return Shelf(LOCALES, shell.settings_of_this_place().guidance.folder)


def _library(shelf: Shelf) -> Library:
    try:
        return shelf.load()
    except BadCard as error:
        raise Refusal(f"a card can't be read. {error}") from None


def _card(library: Library, name: str, lang: str) -> Card:
    card = library.cards.get(lang, {}).get(library.named(name) or name)
    if card is None:
        raise Refusal(f"there is no card {name} in {lang}. `onbelay guidance list` shows all.")
    return card


def _row(card: Card, library: Library) -> dict[str, Any]:
    return {
        "id": card.id,
        "language": card.lang,
        "title": card.title,
        "kind": card.kind,
        "revision": card.revision,
        "source": [asdict(source) for source in card.sources],
        "review": _review(card, library),
        "steps": len(card.steps),
    }


def _review(card: Card, library: Library) -> dict[str, Any]:
    english = library.cards[FALLBACK].get(card.id)
    older = (
        card.lang != FALLBACK and english is not None and card.source_revision != english.revision
    )
    return {
        "reviewed": card.reviewed,
        "by": card.reviewed_by or None,
        "qualification": card.qualification or None,
        "on": card.reviewed_on or None,
        "void": bool(card.reviewed_text) and card.reviewed_text != card.revision,
        "older_than_english": older,
    }


def _said(review: dict[str, Any]) -> str:
    older = "; the English text is newer" if review["older_than_english"] else ""
    who = f"{review['by']}, {review['qualification']}, {review['on']}"
    if review["void"]:
        return f"void: changed after the review by {who}{older}"
    return (f"reviewed by {who}" if review["reviewed"] else "not reviewed") + older
