"""A form whose answers others should not read: asked where to go on, before anything is told.

    SAFER = Safer(S.CHANNEL, m.ON_TELEGRAM, m.SIGNAL_KNOWN, m.SIGNAL_CODE)
    FORM = Form((SAFER.question(), ...), ...)
    DRAFT = Draft(FORM, ..., caution=SAFER.caution())
    TABLE = {S.ASIDE: {..., "to_signal": SAFER.to_signal(S.ASIDE)},
             **DRAFT.rows({S.CHANNEL: {"to_signal": SAFER.to_signal(S.CHANNEL)}})}

Who is on the preferred channel isn't asked. Who has an address there types the form's word there,
and it goes on; anybody else gets a code that joins the two addresses. data["warned"]: they chose to
go on here.
"""

from dataclasses import dataclass
from enum import StrEnum

from flows.engine.draft import HERE, Caution, drawn
from flows.engine.flow import Edge, edge
from flows.engine.messages import Message, Span, Value, message
from flows.engine.model import (
    LINK_LASTS,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Say,
    SetProfile,
    Step,
)
from flows.engine.questionnaire import Question, Taken, goes

PREFERRED = "signal"
CODE = 10  #: letters

TO_SIGNAL = message("safer.to_signal", "On Signal", note="A button.")
HERE_TOO = message("safer.here", "Here, I know the risk", note="A button.")
WARNED = message("safer.warned", "Telegram can read what you write here. Signal is safer.")


def others_can_read(event: Event) -> bool:
    return event.channel not in (PREFERRED, "")


@dataclass(frozen=True)
class Safer:
    """`asked`: the warning, and where to go on. `known`: they have an address there. `code` has
    {code}, {link} and {span}. The last two name the word that is typed there. `plain`: questions
    before this one, which may be read by anybody."""

    state: StrEnum
    asked: Message
    known: Message
    code: Message
    plain: frozenset[StrEnum] = frozenset()

    def question(self) -> Question:
        return Question(
            self.state,
            lambda data, _event, facts: (data, self._warn(facts, "pick", expects=True)),
            {"pick": goes(lambda data, _event, _facts: Taken({**data, "warned": True}))},
            wanted=lambda data, _facts: (
                data.get("on") not in (PREFERRED, None) and not data.get("warned")
            ),
        )

    def caution(self) -> Caution:
        """For a draft that is gone on with where others can read it."""
        return Caution(
            lambda data, event: others_can_read(event) and not data.get("warned"),
            lambda _data, _event, facts: self._warn(facts, "start"),
            self.plain | {self.state},
        )

    def to_signal(self, state: StrEnum) -> Edge:
        """Their answers are the same there: it is one person."""

        def handler(data: Data, event: Event, facts: Facts) -> Step:
            if PREFERRED in facts.person.channels:
                return Step(state, data, (Say(self.known),))
            code = drawn(facts, "link", CODE)
            link = facts.contacts.get(PREFERRED, "").replace("{code}", code)
            args: dict[str, Value] = {"code": code, "link": link, "span": Span(LINK_LASTS)}
            return Step(state, data, (SetProfile("link", code), Say(self.code, args)))

        return edge(handler, state)

    def _warn(self, facts: Facts, trigger: str, expects: bool = False) -> tuple[Effect, ...]:
        there = (Choice(TO_SIGNAL, "to_signal"),) if PREFERRED in facts.channels else ()
        choices = (*there, Choice(HERE_TOO, trigger, HERE))
        return (Say(self.asked, choices=choices, expects=expects),)
