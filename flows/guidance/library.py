"""All cards in all languages, and which of them somebody's words are about. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.engine.normal import normal
from flows.guidance.cards import Card, CardStep
from flows.guidance.check import find

FALLBACK = "en"
LONGEST = 500  #: characters of a text in which topics are looked for


@dataclass(frozen=True)
class Library:
    """`cards`: language -> id -> card. English says what leads where, the others how it is said."""

    cards: Mapping[str, Mapping[str, Card]]
    _named: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for its in reversed(list(self.cards.values())):
            for name, card in its.items():
                for typed in (name, card.title, card.see):
                    self._named[normal(typed)] = name
        self._named.pop("", None)

    def card(self, name: str, lang: str = FALLBACK) -> Card | None:
        """In that language, or its first part ("fr-CA"), or English."""
        for code in (lang, lang.split("-")[0], FALLBACK):
            if card := self.cards.get(code, {}).get(name):
                return card
        return None

    def step(self, target: str) -> CardStep | None:
        """The English step of "card#step", or the card's first one."""
        return find(self.cards[FALLBACK], target)

    def alternative(self, drawing: str, lang: str) -> str:
        """In words, what a drawing shows; "" when no card has it."""
        names = (card.id for card in self.cards[FALLBACK].values())
        cards = filter(None, (self.card(name, lang) for name in names))
        steps = (step for card in cards for step in card.steps.values())
        return next((step.alt for step in steps if step.drawing == drawing), "")

    def topics(self, group: str = "") -> list[Card]:
        """Topics in order of use, of one group or all; those of another group last."""
        topics = self._sorted("topic")
        return [c for c in topics if group in ("", c.group)] + [
            c for c in topics if c.also == group != ""
        ]

    def lessons(self) -> list[Card]:
        return self._sorted("lesson")

    def _sorted(self, kind: str) -> list[Card]:
        cards = (card for card in self.cards[FALLBACK].values() if card.kind == kind)
        return sorted(cards, key=lambda card: (card.order, card.id))

    def named(self, text: str) -> str:
        """The id of the card that is called so, in any language; "" when none is."""
        return self._named.get(normal(text[:LONGEST]), "")

    def lesson(self, text: str) -> str:
        """The lesson that is called so, or whose name, in any language, holds these words."""
        typed = normal(text[:LONGEST])
        if (name := self.named(text)) and (card := self.card(name)) and card.kind == "lesson":
            return name
        titles = (
            (card.id, normal(card.title))
            for its in self.cards.values()
            for card in its.values()
            if card.kind == "lesson"
        )
        found = [name for name, title in titles if typed and f" {typed}" in f" {title}"]
        return next(iter(found or self.match(text, "lesson")), "")

    def match(self, text: str, kind: str = "topic") -> list[str]:
        """Topics that the words are about, the likeliest first: most letters said of it, and
        between equals in the order of use. Those of which less than a third as much is said as of
        the first are left out. Words of every language are known."""
        typed = normal(text[:LONGEST])
        said: dict[str, int] = {}
        for its in self.cards.values():
            for name, card in its.items():
                if card.kind == kind:
                    letters = sum(len(found) for found in card.pattern.findall(typed))
                    said[name] = max(letters, said.get(name, 0))
        order = {name: card.order for name, card in self.cards[FALLBACK].items()}
        most = max(said.values(), default=0)
        found = [name for name, n in said.items() if n and 3 * n >= most and name in order]
        return sorted(found, key=lambda name: (-said[name], order[name]))
