"""What the steps of enrolment share."""

from collections.abc import Mapping

from flows.engine.messages import Message, Value
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Role,
    Say,
)
from flows.engine.questionnaire import (
    Taken,
)
from flows.enrolment import messages as m

Asked = tuple[Data, tuple[Effect, ...]]
SKIP = Choice(m.SKIP, "skip")


def ask(message: Message, args: Mapping[str, Value], *choices: Choice) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def without(data: Data, *keys: str) -> Data:
    return {k: v for k, v in data.items() if k not in keys}


def is_guest(facts: Facts) -> bool:
    return facts.person.role is Role.GUEST


def skip(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data)
