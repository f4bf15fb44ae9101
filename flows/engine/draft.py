"""A long form as somebody's draft: kept at every answer, left and gone on with, recalled, erased.

    DRAFT = Draft(FORM, S.IDLE, S.ASIDE, ("report",), unfinished, m.ERASED, m.ERASED)
    TABLE = {S.IDLE: {...}, S.ASIDE: DRAFT.aside_row(), **DRAFT.rows()}

- The draft lies under a key of its own, data["id"], which is destroyed with it.
- A word that would begin the form leaves a draft aside (data["at"] says where it stopped): the
  person goes on, from any address, or erases it.
- What sounds like a call for help is kept as the answer, and the person is asked whether it is one.
- A draft that nobody touches is recalled once, RECALLED after the last answer, and erased after
  ERASED. The recall lies on a phone that others may look at: it says nothing of what it is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from flows.engine.flow import Edge, Handler, edge
from flows.engine.messages import Message, message
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Forget,
    Lane,
    Say,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.engine.questionnaire import EDITING, Form

DAY = 86_400_000
RECALLED = 3 * DAY  #: ms after the last answer
ERASED = 30 * DAY
#: The flows that are such forms, in which people write what was done to them.
FORMS = ("fund", "report")
LEFT = frozenset({"idle", "aside"})  #: states of theirs in which no question stands
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: of ids and codes that people type: no look-alikes
STOP = (CancelTimer("recall"), CancelTimer("erase"))  #: once a draft is sent or erased

GO_ON = message("draft.go_on", "Go on", note="A button.")
ERASE = message("draft.erase", "Erase it", note="A button.")
KEEP = message("draft.keep", "Keep it", note="A button.")
REALLY_ERASE = message(
    "draft.really_erase", "Erase all that you have answered? It can't be brought back."
)
WAITS = message(
    "draft.waits",
    "What you began here is not finished. It is erased 30 days after your last answer.",
    note="On a phone that others may look at: says nothing of what it is about.",
)
BOTH = (Choice(GO_ON, "start"), Choice(ERASE, "erase"))


def drawn(facts: Facts, purpose: str, letters: int, prefix: str = "") -> str:
    """An id or a code that somebody can read out."""
    return prefix + "".join(ALPHABET[b % len(ALPHABET)] for b in facts.draw(purpose, letters))


def without(data: Data, *names: str) -> Data:
    return {k: v for k, v in data.items() if k not in names}


@dataclass(frozen=True)
class Draft:
    """`words` are the triggers that leave it aside, `unfinished` what is said then; `left` is what
    of the data stays when a draft is erased, `empty` whether a question is not answered yet."""

    form: Form
    idle: StrEnum
    aside: StrEnum
    words: tuple[str, ...]
    unfinished: Callable[[Data, Facts], tuple[Effect, ...]]
    erased: Message
    empty: Message
    left: Callable[[Data], Data] = lambda _data: {}

    # ------------------------------------------------------------ for the flow

    def rows(
        self, more: Mapping[StrEnum, Mapping[str, Edge]] | None = None
    ) -> dict[StrEnum, dict[str, Edge]]:
        """The form's rows, with what works at every question, and `more` at some."""
        states = type(self.idle)
        return {
            states(state): {**self._row(states(state), row), **(more or {}).get(state, {})}
            for state, row in self.form.rows().items()
        }

    def aside_row(self) -> dict[str, Edge]:
        again = edge(self._still, self.aside)
        return {
            "start": edge(self._go_on, *self.form.rows()),
            **dict.fromkeys(self.words, again),
            "erase": edge(self._ask_erase, self.aside),
            "erase_it": edge(self.erase, self.idle),
            "timer.recall": edge(self._recall_again, self.aside),
            "timer.erase": edge(self._too_late, self.idle),
        }

    def begin(self, data: Data, event: Event, facts: Facts) -> Step:
        return timed(self.form.first(data, event, facts), event)

    def erase(self, data: Data, event: Event, facts: Facts) -> Step:
        said = Say(self.erased)
        return Step(self.idle, self.left(data), (Forget(data["id"]), *STOP, said))

    def recover(self, data: Data, event: Event, facts: Facts) -> Step:
        """A question that this version no longer has: the first not answered, or the review."""
        data = without(data, "at", "part", EDITING)
        for question in self.form.questions:
            wanted = question.wanted is None or question.wanted(data, facts)
            if question.label and wanted and question.show(data) is self.empty:
                return self.form.ask(question.state, data, event, facts)
        return self.form.reviewed(data)

    # ------------------------------------------------------------ one question

    def _row(self, state: StrEnum, row: Mapping[str, Edge]) -> dict[str, Edge]:
        asked = {
            trigger: Edge(self._keeping(found.handler), found.targets)
            for trigger, found in row.items()
            if trigger != "start"  # a draft that was left is gone on with from aside
        }
        leave = edge(self._leave(state), self.aside)
        recall = edge(self._recall(state), self.aside)
        return {**asked, **dict.fromkeys(self.words, leave), "timer.recall": recall}

    def _keeping(self, handler: Handler) -> Handler:
        """Every answer begins the time anew after which a draft is erased."""

        def kept(data: Data, event: Event, facts: Facts) -> Step:
            step = handler(data, event, facts)
            if event.trigger == "text" and facts.words.panic(event.text):
                # Kept as the answer, and asked about all the same: it may be a call for help.
                asked = Signal("panic", event.person, "maybe")
                step = replace(step, effects=(*step.effects, asked))
            return timed(step, event) if step.state is not self.idle else step

        return kept

    def _leave(self, state: StrEnum) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            kept = {**data, "at": str(state), "on": event.channel}
            return Step(self.aside, kept, self.unfinished(data, facts))

        return handler

    def _recall(self, state: StrEnum) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            return Step(self.aside, {**data, "at": str(state)}, (_waits(),))

        return handler

    # ------------------------------------------------------------ aside

    def _go_on(self, data: Data, event: Event, facts: Facts) -> Step:
        state, kept = type(self.idle)(data["at"]), without(data, "at")
        review = self.form.review
        if review and state is review.state:
            return timed(self.form.reviewed(kept), event)
        return timed(self.form.ask(state, kept, event, facts), event)

    def _still(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.aside, data, self.unfinished(data, facts))

    def _ask_erase(self, data: Data, event: Event, facts: Facts) -> Step:
        choices = (Choice(ERASE, "erase_it"), Choice(KEEP, "start"))
        return Step(self.aside, data, (Say(REALLY_ERASE, choices=choices),))

    def _recall_again(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.aside, data, (_waits(),))

    def _too_late(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.idle, self.left(data), (Forget(data["id"]), CancelTimer("recall")))


def timed(step: Step, event: Event) -> Step:
    """The step of an answer: the time begins anew after which the draft is erased."""
    later = (
        SetTimer("recall", event.received + RECALLED),
        SetTimer("erase", event.received + ERASED),
    )
    return replace(step, effects=(*step.effects, *later))


def _waits() -> Say:
    return Say(WAITS, choices=BOTH, lane=Lane.ROUTINE, where=Where.FIRST)
