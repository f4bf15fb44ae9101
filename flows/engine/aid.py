"""First aid for what somebody writes to a flow that has something else to do: one tap away."""

from flows.engine.messages import Passage, message
from flows.engine.model import Choice, Event, Facts

TOPIC = message("aid.topic", "{topic}", note="A button: the name of a first-aid card.")
MOST = 2  #: cards; more would hide what the message asks


def cards(event: Event, facts: Facts) -> tuple[Choice, ...]:
    """A card that opened by itself could come in the way of who is hiding."""
    known = facts.guidance.match(event.text)[:MOST] if facts.guidance and event.text else ()
    to = ("guidance", event.person)
    return tuple(
        Choice(TOPIC, "firstaid", name, {"topic": Passage(name, "see")}, to=to, always=True)
        for name in known
    )
