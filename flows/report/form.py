"""What the questions of a report share: where answers are kept, and how they are asked."""

import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from flows.engine.messages import Message, Scalar
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say
from flows.engine.questionnaire import Question, Taken, goes
from flows.report import messages as m


class State(StrEnum):
    IDLE = "idle"
    #: A draft that somebody has left for a while.
    ASIDE = "aside"
    #: Where to go on, before anything is asked.
    CHANNEL = "channel"
    ROLE = "role"
    CLASS = "class"
    KINDS = "kinds"
    WHEN = "when"
    PRECISION = "precision"
    COUNTRY = "country"
    PLACE = "place"
    WHOM = "whom"
    GENDER = "gender"
    MEDIUM = "medium"
    WORDS = "words"
    EVIDENCE = "evidence"
    LINK = "link"
    REVIEW = "review"


S = State
Asked = tuple[Data, tuple[Effect, ...]]
SKIP = Choice(m.SKIP, "skip")
ALL = Choice(m.CHOSEN, "finish")
ANEW = Choice(m.ANEW, "anew")


# ---------------------------------------------------------------- small words


def answers(data: Data) -> Data:
    found: Data = data.get("answers", {})
    return found


def put(data: Data, **given: Any) -> Data:
    return {**data, "answers": {**answers(data), **given}}


def got(data: Data, name: str) -> Any:
    return answers(data).get(name)


def ask(message: Message, *choices: Choice, **args: Any) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def cleaned(text: str, longest: int) -> str:
    """One line without what can't be read."""
    plain = " ".join(text.split())
    return "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))[:longest]


def shown(name: str) -> Callable[[Data], Scalar]:
    return lambda data: str(got(data, name) or "") or m.EMPTY


def picked(
    state: State, name: str, asked: Message, label: Message, options: Mapping[str, Message]
) -> Question:
    """One of a few, as buttons."""

    def asks(data: Data, event: Event, facts: Facts) -> Asked:
        return data, ask(asked, *(Choice(said, "pick", o) for o, said in options.items()))

    def read(data: Data, event: Event, facts: Facts) -> Taken:
        return Taken(put(data, **{name: or_last(event.arg, options)}))

    def show(data: Data) -> Scalar:
        return options.get(str(got(data, name)), m.EMPTY)

    return Question(state, asks, {"pick": goes(read)}, (name,), label=label, show=show)


def or_last(chosen: str, options: Mapping[str, Message]) -> str:
    return chosen if chosen in options else str(list(options)[-1])
