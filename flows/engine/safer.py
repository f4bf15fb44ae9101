"""A form whose answers others should not read: asked where to go on, before its first question.

    SAFER = Safer(S.CHANNEL, m.ON_TELEGRAM, m.SIGNAL_KNOWN, m.SIGNAL_CODE)
    FORM = Form((SAFER.question(), ...), ...)
    TABLE = DRAFT.rows({S.CHANNEL: {"to_signal": SAFER.edge()}})

- Who is on the preferred channel isn't asked. Who has an address there types the form's word there,
  and it goes on; anybody else gets a code that joins the two addresses.
- data["on"]: where the form began or was gone on with. data["warned"]: they chose to go on here. A
  draft that was begun there and is gone on with here says so once (`warning`, data["warned_late"]).
"""

from dataclasses import dataclass
from enum import StrEnum

from flows.engine.flow import Edge, edge
from flows.engine.messages import Message, message
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say, SetProfile, Step
from flows.engine.questionnaire import Question, Taken, goes

PREFERRED = "signal"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: of ids and codes that people type: no look-alikes
CODE = 10  #: letters

TO_SIGNAL = message("safer.to_signal", "On Signal", note="A button.")
HERE = message("safer.here", "Here, I know the risk", note="A button.")
WARNED = message("safer.warned", "Telegram can read what you write here. Signal is safer.")


def drawn(facts: Facts, purpose: str, letters: int, prefix: str = "") -> str:
    """An id or a code that somebody can read out."""
    return prefix + "".join(ALPHABET[b % len(ALPHABET)] for b in facts.draw(purpose, letters))


def exposed(data: Data) -> bool:
    """Others can read along, and the person hasn't said that they know."""
    return data.get("on") not in (PREFERRED, None) and not data.get("warned")


def warning(data: Data) -> tuple[Data, tuple[Effect, ...]]:
    """For who goes on where others can read along, without having been asked."""
    if not exposed(data) or data.get("warned_late"):
        return data, ()
    return {**data, "warned_late": True}, (Say(WARNED),)


@dataclass(frozen=True)
class Safer:
    """`asked`: the warning, and where to go on. `known`: they have an address there. `code` has
    {code} and {link}. The last two name the word that is typed there."""

    state: StrEnum
    asked: Message
    known: Message
    code: Message

    def question(self) -> Question:
        return Question(
            self.state,
            self._ask,
            {"pick": goes(lambda data, _event, _facts: Taken({**data, "warned": True}))},
            wanted=lambda data, _facts: exposed(data),
        )

    def edge(self) -> Edge:
        """Of the trigger "to_signal"."""
        return edge(self._to_signal, self.state)

    def _ask(self, data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
        there = (Choice(TO_SIGNAL, "to_signal"),) if PREFERRED in facts.channels else ()
        choices = (*there, Choice(HERE, "pick", "here"))
        return data, (Say(self.asked, choices=choices, expects=True),)

    def _to_signal(self, data: Data, event: Event, facts: Facts) -> Step:
        """Their answers are the same there: it is one person."""
        if PREFERRED in facts.person.channels:
            return Step(self.state, data, (Say(self.known),))
        code = drawn(facts, "link", CODE)
        link = facts.contacts.get(PREFERRED, "").replace("{code}", code)
        said_so = Say(self.code, {"code": code, "link": link})
        return Step(self.state, data, (SetProfile("link", code), said_so))
