"""What must hold of all cards together. `make check` prints what doesn't.

Every step is reached, every way leads somewhere, every walk can end; texts are short and calm;
source and review fields are there; drawings exist and have text alternatives; a translation has
the steps of the English card and belongs to its present text.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from flows.guidance.cards import GROUPS, KINDS, REVIEWERS, Card, CardStep

LONGEST = {"en": 320}  #: characters of a step
LONGEST_OTHER = 400  #: other languages need more of them for the same
LONGEST_LABEL = 30
LONGEST_TITLE = 40
MOST_OPTIONS = 5
MOST_TIMER = 60 * 60_000
LESSON_STEPS = (5, 10)
FEWEST_WORDS = 6
STATUS = ("unreviewed", "reviewed")
#: A picture's own text says what it shows; shorter ones don't.
SHORTEST_ALT = 15
SHOUTING = re.compile("[!！¡]")

Cards = Mapping[str, Mapping[str, Card]]  #: language -> id -> card


def problems(cards: Cards, drawings: Collection[str]) -> Iterator[str]:
    """One sentence each, saying where and what to do."""
    english = cards["en"]
    for lang, its in cards.items():
        for missing in english.keys() - its.keys():
            yield f"{lang}/guidance/{missing}.md is missing"
        for name, card in its.items():
            where = f"{lang}/guidance/{name}.md"
            yield from (f"{where}: {why}" for why in _alone(card, drawings))
            yield from (f"{where}: {why}" for why in _leads(card, english))
            if lang != "en":
                yield from (f"{where}: {why}" for why in _beside(card, english.get(name)))
            elif card.source_revision != card.revision:
                yield f"{where}: source_revision is stale: make catalogs"
    used = {step.drawing for card in english.values() for step in card.steps.values()}
    for drawing in sorted(set(drawings) - used):
        yield f"drawings/{drawing}.svg is shown nowhere"


def _alone(card: Card, drawings: Collection[str]) -> Iterator[str]:
    if card.also not in ("", *GROUPS):
        yield f"also is one of {GROUPS}"
    if card.kind not in KINDS or card.group not in GROUPS or card.reviewer not in REVIEWERS:
        yield f"kind is one of {KINDS}, group of {GROUPS}, reviewer of {REVIEWERS}"
    if not card.sources:
        yield "has no [[source]]"
    for source in card.sources:
        if len(source.title) < 4 or not source.section or not 1980 <= source.year <= 2100:
            yield f"source {source.title!r}: title, year and section are all needed"
    if card.status not in STATUS:
        yield f"status is one of {STATUS}"
    if card.status == "reviewed":
        yield from _signed(card)
    if card.kind == "topic" and len(set(card.words)) < FEWEST_WORDS:
        yield f"words: {FEWEST_WORDS} phrases at least, of what people would write"
    if not 0 < len(card.title) <= LONGEST_TITLE or len(card.see) > LONGEST_TITLE:
        yield f"title and see have 1 to {LONGEST_TITLE} characters"
    if card.kind == "topic" and not card.see:
        yield "see is missing: what somebody would say they see"
    if card.kind == "lesson":
        fewest, most = LESSON_STEPS
        if not fewest <= len(longest_way(card)) <= most:
            yield f"a lesson takes {fewest} to {most} steps, this {len(longest_way(card))}"
    for step in card.steps.values():
        yield from (f"step {step.id}: {why}" for why in _step(card, step, drawings))


def _signed(card: Card) -> Iterator[str]:
    try:
        date.fromisoformat(card.reviewed_on)
    except ValueError:
        yield "reviewed_on is a date like 2026-11-21"
    if not (card.reviewed_by and card.qualification):
        yield "reviewed: by whom, and with what qualification?"
    if card.reviewed_text != card.revision:
        yield "was changed after its review: have it reviewed again, or write unreviewed"


def _step(card: Card, step: CardStep, drawings: Collection[str]) -> Iterator[str]:
    most = LONGEST.get(card.lang, LONGEST_OTHER)
    if len(step.text) > most:
        yield f"{len(step.text)} characters, {most} at most: one action per step"
    if SHOUTING.search(step.text):
        yield "an exclamation mark: nothing we say shouts"
    if re.search(r"[*_`]|\]\(", step.text):
        yield "plain text only: phones show * and _ as they are"
    if len(step.options) > MOST_OPTIONS:
        yield f"{MOST_OPTIONS} choices at most"
    labels = [option.label.casefold() for option in step.options]
    if len(set(labels)) < len(labels):
        yield "two choices read the same"
    for option in step.options:
        if len(option.label) > LONGEST_LABEL or SHOUTING.search(option.label):
            yield f"choice {option.label!r}: {LONGEST_LABEL} characters at most, calm"
    if step.end and (step.options or step.done or step.then):
        yield "an End has no choices, no Done: and no timer"
    if step.options and step.done:
        yield "either choices or Done:, not both"
    if bool(step.after) != bool(step.then) or step.after > MOST_TIMER:
        yield "a timer has a length, of an hour at most, and a target"
    if step.drawing and step.drawing not in drawings:
        yield f"drawings/{step.drawing}.svg doesn't exist"
    if step.drawing and len(step.alt) < SHORTEST_ALT:
        yield "the drawing needs a text that says what it shows"


def _leads(card: Card, english: Mapping[str, Card]) -> Iterator[str]:
    """Every way leads to a step, every step is on a way, and every step has a way to an end."""
    for step in card.steps.values():
        for target in step.targets():
            if find(english, target) is None:
                yield f"step {step.id} leads to {target}, which doesn't exist"
    if card.first_self and card.first_self not in card.steps:
        yield f"self: step {card.first_self} doesn't exist"
    reached = set(walk(card))
    # Steps that only another card leads to are fine.
    reached |= {
        target.partition("#")[2]
        for other in english.values()
        for step in other.steps.values()
        for target in step.targets()
        if other.id != card.id and target.startswith(f"{card.id}#")
    }
    more = True
    while more:
        found = {s for name in reached if name in card.steps for s in _own(card, card.steps[name])}
        more = not found <= reached
        reached |= found
    for name in card.steps.keys() - reached:
        yield f"step {name} is never reached"
    ends = {s.id for s in card.steps.values() if s.end or _leaves(card, s)}
    more = True
    while more:
        found = {s.id for s in card.steps.values() if set(_own(card, s)) & ends} - ends
        more, ends = bool(found), ends | found
    for name in card.steps.keys() - ends:
        yield f"step {name}: no way leads from here to an end"


def _beside(card: Card, english: Card | None) -> Iterator[str]:
    if english is None:
        yield "there is no English card of this name"
        return
    shapes = [step.shape for step in card.steps.values()]
    for mine, its in zip(shapes, (s.shape for s in english.steps.values()), strict=False):
        if mine != its:
            yield f"step {mine[0]} differs from the English one: {mine} {its}"
            return
    if len(shapes) != len(english.steps):
        yield f"has {len(shapes)} steps, the English card {len(english.steps)}"
    head = ("order", "kind", "group", "also", "reviewer", "first_self", "talk")
    for name in head:
        if getattr(card, name) != getattr(english, name):
            yield f"{name.removeprefix('first_')} differs from the English card's"
    if len(card.sources) != len(english.sources):
        yield "has other sources than the English card"
    if card.source_revision != english.revision:
        yield (
            f"translates revision {card.source_revision or '(none)'}, the English one is "
            f"{english.revision}: bring the text up to date, then write that number"
        )


# ---------------------------------------------------------------- ways


def find(cards: Mapping[str, Card], target: str) -> CardStep | None:
    """The step of "card#step"; without a step, the card's first."""
    name, _, step = target.partition("#")
    card = cards.get(name)
    return card.steps.get(step or card.first) if card else None


def _own(card: Card, step: CardStep) -> Iterator[str]:
    for target in step.targets():
        name, _, step_id = target.partition("#")
        if name == card.id:
            yield step_id or card.first


def _leaves(card: Card, step: CardStep) -> bool:
    return any(not target.startswith(f"{card.id}#") for target in step.targets())


def walk(card: Card) -> list[str]:
    """Every step of this card that its beginnings lead to, in the order of discovery."""
    found = [card.first, *filter(None, [card.first_self])]
    for name in found:
        if name in card.steps:
            found += [s for s in dict.fromkeys(_own(card, card.steps[name])) if s not in found]
    return found


def longest_way(card: Card) -> list[str]:
    """The longest way through the card that meets no step twice."""

    def beyond(name: str, met: tuple[str, ...]) -> list[str]:
        step = card.steps.get(name)
        if step is None or name in met:
            return []
        ways = [beyond(target, (*met, name)) for target in _own(card, step)]
        return [name, *max(ways, key=len, default=[])]

    return beyond(card.first, ())
