"""The questions that lead to the right card: at most three, each answered by a tap."""

from flows.engine.messages import Passage
from flows.engine.model import Choice, Data, Event, Facts, Step
from flows.guidance import messages as m
from flows.guidance.cards import Card
from flows.guidance.place import ask, attended, human_choice, library, stay

LISTED = 14  #: topics in one question: a list is read, a fourth question is one too many
GROUPS = ("hurt", "safety")


def new(data: Data, event: Event, facts: Facts) -> Step:
    choices = (Choice(m.YES, "who", always=True), Choice(m.NO, "not_safe", always=True))
    return stay(attended(data), ask(m.SAFE, *choices, *human_choice(facts)))


def not_safe(data: Data, event: Event, facts: Facts) -> Step:
    safer = Choice(m.SAFER, "who", always=True)
    return stay(data, ask(m.GET_SAFE, safer, *human_choice(facts)))


def who(data: Data, event: Event, facts: Facts) -> Step:
    choices = (
        Choice(m.ME, "what", "me", always=True),
        Choice(m.SOMEBODY, "what", "them", always=True),
        Choice(m.NOBODY, "what", "nobody", always=True),
    )
    return stay(data, ask(m.WHO, *choices))


def what(data: Data, event: Event, facts: Facts) -> Step:
    """Who needs help decides which topics are offered: `arg` is me, them or nobody."""
    data = {**data, "self": event.arg == "me"}
    return _list(data, facts, "safety" if event.arg == "nobody" else "hurt", 0)


def further(data: Data, event: Event, facts: Facts) -> Step:
    """`arg`: the group, and from which topic on."""
    group, _, at = event.arg.partition("/")
    return _list(data, facts, group, int(at))


def _list(data: Data, facts: Facts, group: str, at: int) -> Step:
    """A few of them; `Something else` shows the next ones, and after the last the other group."""
    topics = library(facts).topics(group)
    other = GROUPS[1 - GROUPS.index(group)]
    after = f"{group}/{at + LISTED}" if at + LISTED < len(topics) else f"{other}/0"
    choices = [topic(card) for card in topics[at : at + LISTED]]
    choices.append(Choice(m.ELSE, "further", after, always=True))
    asked = m.WHAT_SAFETY if group == "safety" else m.WHAT_ME if data.get("self") else m.WHAT
    return stay(data, ask(asked, *choices, *human_choice(facts)))


def topic(card: Card) -> Choice:
    return Choice(m.TOPIC, "firstaid", card.id, {"topic": Passage(card.id, "see")}, always=True)
