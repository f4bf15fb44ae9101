"""The offline pack: guidance cards as a text or a file, for when there is no connection.

On paper nobody asks "and now?": steps are numbered, every way out of one names the number that it
leads to, a timer becomes "After 3 minutes", a drawing stands beside its description. Each card says
first whether somebody qualified has looked at it, and last what it rests on.

A card is set in its own language, labels included, so that one that isn't translated stays whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import chain

from babel.dates import format_date

from bot import drawings
from bot.sheet import BLUE, GREY, Page, Row, Script, Sheet, Style, paginate, picture
from bot.text import UNREVIEWED, Text
from flows.engine.messages import Message, Span, Value, message
from flows.guidance import messages as guide
from flows.guidance.cards import Card, CardStep

TITLE = message(
    "pack.title",
    "Guide",
    note="Title of a file on somebody's phone: it must not say what it is about.",
)
PAPER = message(
    "pack.paper",
    "Nobody writes to you from here, and nobody is told. Where it says so: look at a watch, and "
    "call somebody yourself.",
    note="Stands at the head of what is kept on the phone or printed.",
)
CONTENTS = message("pack.contents", "Contents")
SELF = message("pack.self", "If you are the one who is hurt: {goes}")
GO_STEP = message("pack.go_step", "go to step {n}", note="Ends the lines below.")
GO_CARD = message("pack.go_card", "go to “{title}”", note="As pack.go_step; title of a card.")
GO_CARD_STEP = message("pack.go_card_step", "go to “{title}”, step {n}")
IF = message("pack.if", "If “{label}”: {goes}", note="label: a choice, as on its button.")
AFTER = message("pack.after", "After {span}: {goes}")
FAILS = message("pack.fails", "Doesn't work: {goes}")
THEN = message("pack.then", "Then: {goes}")
RECORD = message("pack.record", "Write down the time when this is done.")
END = message("pack.end", "That was the last step.")
HUMAN = message("pack.human", "That was the last step. Now talk to a person, if you can.")
DRAWING = message("pack.drawing", "Drawing: {alt}")
UNVERIFIED = message("pack.unverified", "Not yet checked against its source:")
SOURCES = message("pack.sources", "Sources:")
REVISION = message(
    "pack.revision", "Version {revision}", note="Changes when the text does: a number to compare."
)

RULE = "\n\n———\n\n"
TITLED = Style(22, bold=True)
WARNED = Style(12.5, bold=True)
LED = Style(12.5, colour=BLUE)
NOTED = Style(11, colour=GREY)
LISTED = Style(11, colour=GREY, indent=14)
CHAPTER = Style(13)
STEP = Style(14, indent=28)
CAPTION = Style(11, colour=GREY, indent=28)
WAY = Style(12.5, colour=BLUE, indent=28)
TOLD = Style(12.5, indent=28)  #: a way that can't be followed with a finger
TOP = "contents"


@dataclass(frozen=True, slots=True)
class Way:
    """`goes`: "card#step", or "" for nowhere in this pack."""

    text: str
    goes: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A step as it is printed."""

    n: int
    step: CardStep
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """The cards of one pack, for one reader. `lang`: the reader's, for what is around the cards."""

    cards: Mapping[str, Card]
    text: Text
    lang: str
    tz: str
    now: int

    def say(self, what: Message, args: Mapping[str, Value], lang: str) -> str:
        return self.text.render(lang, self.tz, what, args, self.now)

    def card(self, name: str, lang: str) -> Card | None:
        """One that is led to: of this pack, or, for its title, of all that there are."""
        return self.cards.get(name) or self.text.library.card(name, lang)


def plain(cards: Sequence[Card], text: Text, lang: str, tz: str, now: int) -> str:
    """The cards in this order, as text. `lang` and `tz`: the reader's."""
    edition = Edition({card.id: card for card in cards}, text, lang, tz, now)
    parts = ["\n".join(_plain(edition, card)) for card in cards]
    if len(parts) > 1:
        contents = [edition.say(CONTENTS, {}, lang), *(f"- {card.title}" for card in cards)]
        parts.insert(0, "\n".join(contents))
    return RULE.join(parts) + "\n"


def pdf(cards: Sequence[Card], text: Text, lang: str, tz: str, now: int) -> bytes:
    """The same as a PDF, with a list of contents when there are several. Takes its time: call it
    in a thread. The same cards give the same bytes."""
    edition = Edition({card.id: card for card in cards}, text, lang, tz, now)
    sheet, here = Sheet(), _script(text, lang)
    cut = [paginate(_card_rows(sheet, edition, card)) for card in cards]
    label = edition.say(CONTENTS, {}, lang) if len(cards) > 1 else ""
    front: list[Page] = []
    if label:
        # Twice: how many pages it takes decides on which page the first card is.
        front = _contents(sheet, edition, label, [0] * len(cut))
        front = _contents(sheet, edition, label, _starts(len(front), cut))

    def foot(n: int) -> Row:
        return Row(here, NOTED, label, NOTED.height, tail=str(n), link=TOP)

    return sheet.render([*front, *chain(*cut)], edition.say(TITLE, {}, lang), here.lang, foot)


# ---------------------------------------------------------------- what a card says on paper


def _notes(edition: Edition, card: Card) -> Iterator[Way]:
    yield Way(_review(edition, card))
    if any(step.then for step in card.steps.values()):
        yield Way(edition.say(PAPER, {}, card.lang))
    if card.first_self:
        yield _way(edition, card, SELF, f"{card.id}#{card.first_self}")


def _review(edition: Edition, card: Card) -> str:
    """As the bot says it, and the reviewer's qualification: paper is passed on to strangers."""
    said = edition.say(UNREVIEWED.get(card.reviewer, UNREVIEWED[""]), {}, card.lang)
    if card.reviewed:
        by = f"{card.reviewed_by} ({card.qualification})"
        args = {"by": by, "on": _day(edition.text, card)}
        said = edition.say(guide.REVIEWED, args, card.lang)
    english = edition.text.library.card(card.id)
    if english is None or card.source_revision in ("", english.revision):
        return said
    return edition.say(guide.OLDER, {"review": said}, card.lang)


def _day(text: Text, card: Card) -> str:
    try:
        day = date.fromisoformat(card.reviewed_on)
    except ValueError:
        return card.reviewed_on
    return format_date(day, "d MMMM y", locale=text.language(card.lang).locale)


def _steps(edition: Edition, card: Card) -> Iterator[Told]:
    for n, step in enumerate(card.steps.values(), 1):
        yield Told(n, step, tuple(_ways(edition, card, step)))


def _ways(edition: Edition, card: Card, step: CardStep) -> Iterator[Way]:
    """In the order in which a reader needs them. Done that leads to the next number, or to where
    its timer leads, needs none."""
    if step.record:
        yield Way(edition.say(RECORD, {}, card.lang))
    for option in step.options:
        yield _way(edition, card, IF, option.goes, label=option.label)
    if step.then:
        yield _way(edition, card, AFTER, step.then, span=Span(step.after))
    if step.fails:
        yield _way(edition, card, FAILS, step.fails)
    if step.done not in ("", step.then, _next(card, step)):
        yield _way(edition, card, THEN, step.done)
    if step.end:
        yield Way(edition.say(HUMAN if step.human else END, {}, card.lang))


def _next(card: Card, step: CardStep) -> str:
    ids = [*card.steps, ""]
    return f"{card.id}#{ids[ids.index(step.id) + 1]}"


def _way(edition: Edition, card: Card, what: Message, target: str, **args: Value) -> Way:
    name, _, step = target.partition("#")
    other = edition.card(name, card.lang)
    if other is None:
        # Its id says more than nothing.
        missing = args | {"goes": GO_CARD, "title": name.replace("-", " ")}
        return Way(edition.say(what, missing, card.lang))
    step = step if step in other.steps else other.first
    args |= {"title": other.title, "n": number(other, step)}
    args["goes"] = GO_CARD if step == other.first else GO_CARD_STEP
    if name == card.id:
        args["goes"] = GO_STEP
    goes = f"{name}#{step}" if name in edition.cards else ""
    return Way(edition.say(what, args, card.lang), goes)


def number(card: Card, step: str) -> int:
    """Of a step, as the reader counts."""
    return 1 + list(card.steps).index(step)


def _last(edition: Edition, card: Card) -> Iterator[tuple[str, list[str]]]:
    """What stands at the end, each list with its heading."""
    if card.unverified:
        yield edition.say(UNVERIFIED, {}, card.lang), list(card.unverified)
    sources = [
        edition.say(
            guide.SOURCE, {"title": s.title, "year": s.year, "section": s.section}, card.lang
        )
        for s in card.sources
    ]
    yield edition.say(SOURCES, {}, card.lang), sources
    yield edition.say(REVISION, {"revision": card.revision}, card.lang), []


# ---------------------------------------------------------------- as text


def _plain(edition: Edition, card: Card) -> Iterator[str]:
    yield card.title
    yield from (note.text for note in _notes(edition, card))
    for told in _steps(edition, card):
        yield ""
        yield f"{told.n}. {told.step.text}"
        if told.step.drawing:
            yield edition.say(DRAWING, {"alt": told.step.alt}, card.lang)
        yield from (f"- {way.text}" for way in told.ways)
    yield ""
    for heading, items in _last(edition, card):
        yield heading
        yield from (f"- {item}" for item in items)


# ---------------------------------------------------------------- as pages


def _script(text: Text, lang: str) -> Script:
    language = text.language(lang)
    return Script(language.code, language.font, language.rtl)


def _starts(front: int, cut: Sequence[Sequence[Page]]) -> list[int]:
    """The first page of each card."""
    return [1 + front + sum(map(len, cut[:n])) for n in range(len(cut))]


def _contents(sheet: Sheet, edition: Edition, label: str, starts: Iterable[int]) -> list[Page]:
    here = _script(edition.text, edition.lang)
    groups = [sheet.rows(here, TITLED, label, anchor=TOP)]
    for card, page in zip(edition.cards.values(), starts, strict=True):
        script, link = _script(edition.text, card.lang), f"{card.id}#"
        line = sheet.rows(script, CHAPTER, card.title, before=2, tail=str(page), link=link)
        groups.append(line)
    return paginate(groups)


def _card_rows(sheet: Sheet, edition: Edition, card: Card) -> Iterator[list[Row]]:
    """In groups: what should stay on one page."""
    script = _script(edition.text, card.lang)
    head = sheet.rows(script, TITLED, card.title, anchor=f"{card.id}#", section=card.title)
    for note in _notes(edition, card):
        style = LED if note.goes else WARNED
        head += sheet.rows(script, style, note.text, before=2, link=note.goes)
    for told in _steps(edition, card):
        yield [*head, *_step_rows(sheet, script, card, told)]
        head = []
    for heading, items in _last(edition, card):
        group = sheet.rows(script, NOTED, heading, before=16)
        for item in items:
            group += sheet.rows(script, LISTED, item, before=2, mark="•")
        yield group


def _step_rows(sheet: Sheet, script: Script, card: Card, told: Told) -> Iterator[Row]:
    step, anchor = told.step, f"{card.id}#{told.step.id}"
    yield from sheet.rows(script, STEP, step.text, before=14, mark=f"{told.n}.", anchor=anchor)
    if step.drawing:
        yield from _drawn(sheet, script, step)
    for way in told.ways:
        style = WAY if way.goes else TOLD
        yield from sheet.rows(script, style, way.text, before=3, link=way.goes)


def _drawn(sheet: Sheet, script: Script, step: CardStep) -> Iterator[Row]:
    """A drawing that can't be had doesn't keep anybody from the words."""
    with suppress(drawings.NoDrawing):
        yield picture(script, CAPTION, drawings.png(step.drawing), before=6)
    yield from sheet.rows(script, CAPTION, step.alt, before=4)
