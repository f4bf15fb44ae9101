"""A long form as somebody's draft: kept at every answer, left and gone on with, recalled, erased.

    DRAFT = Draft(FORM, S.IDLE, S.ASIDE, ("report",), unfinished, m.ERASED, m.ERASED)
    TABLE = {S.IDLE: {...}, S.ASIDE: DRAFT.aside_row(), **DRAFT.rows()}

- The draft lies under a key of its own, data["id"], which is destroyed with it.
- A word that would begin the form leaves a draft aside (data["at"] says where it stopped): the
  person goes on, from any address, or erases it. Until they have said "later" (data["later"]) a
  greeting, or what nobody understands, is answered with the way back to it (`Facts.begun`).
- With a `caution` nothing of it is shown on a channel that others can read before the person has
  been warned there: whatever they sent is taken, and the draft waits aside.
- A button belongs to the question that showed it (`asked`): an older one asks again what is open,
  and changes nothing.
- A draft that nobody touches is recalled once, RECALLED after the last answer, and erased after
  ERASED. The recall lies on a phone that others may look at: it says nothing of what it is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from flows.engine.flow import Edge, Handler, edge
from flows.engine.messages import Message, Span, message
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Forget,
    Kind,
    Lane,
    Say,
    SetTimer,
    Step,
    Where,
)
from flows.engine.questionnaire import EDITING, Form
from flows.engine.refusals import STALE

DAY = 86_400_000
RECALLED = 3 * DAY  #: ms after the last answer
ERASED = 30 * DAY
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: of ids and codes that people type: no look-alikes
STOP = (CancelTimer("recall"), CancelTimer("erase"))  #: once a draft is sent or erased

GO_ON = message("draft.go_on", "Go on", note="A button.")
ERASE = message("draft.erase", "Erase it", note="A button.")
LATER = message("draft.later", "Keep it for later", note="A button: what was begun waits.")
STOP_CHECKIN = message("draft.stop_checkin", "Stop my check-ins", note="A button.")
KEEP = message("draft.keep", "Keep it", note="A button.")
REALLY_ERASE = message(
    "draft.really_erase", "Erase all that you have answered? It can't be brought back."
)
WAITS = message(
    "draft.waits",
    "What you began here is not finished. It is erased {span} after your last answer.",
    note="On a phone that others may look at: says nothing of what it is about.",
)
CHECKIN_RUNS = message("draft.checkin_runs", "Your check-ins go on.")
CHANGED = message(
    "draft.changed",
    "The questions have changed since you began. What you have answered is kept; only what is new "
    "is asked.",
)
SPAN = {"span": Span(ERASED)}  #: for what says when a draft is erased
STOPS = ("stop", "cancel")  #: commands that may be meant for a check-in as well
HERE = "here"  #: arg of the button with which somebody goes on though they were warned
ON = "on"  #: arg of the form's word, on a button: goes on at once
OLDER = "older"  #: arg of the form's word, where a button's question has been left behind
COUNT = "_asked"  #: in data: how many questions were asked; what binds a button to its own
OF = "@"  #: between a button's argument and that number
BOTH = (Choice(GO_ON, "start"), Choice(ERASE, "erase"))
WAIT = Choice(LATER, "later")  #: the last one, where somebody has left it


def drawn(facts: Facts, purpose: str, letters: int, prefix: str = "") -> str:
    """An id or a code that somebody can read out."""
    return prefix + "".join(ALPHABET[b % len(ALPHABET)] for b in facts.draw(purpose, letters))


def without(data: Data, *names: str) -> Data:
    return {k: v for k, v in data.items() if k not in names}


@dataclass(frozen=True)
class Caution:
    """`missing`: they write where others can read it, and don't know that yet. `said` has a button
    with the trigger "start" and the arg HERE. `plain`: questions that may be read by anybody."""

    missing: Callable[[Data, Event], bool]
    said: Callable[[Data, Event, Facts], tuple[Effect, ...]]
    plain: frozenset[StrEnum]


@dataclass(frozen=True)
class Draft:
    """`words` are the triggers that leave it aside, `unfinished` what is said then; `left` is what
    of the data stays when a draft is erased."""

    form: Form
    idle: StrEnum
    aside: StrEnum
    words: tuple[str, ...]
    unfinished: Callable[[Data, Event, Facts], tuple[Effect, ...]]
    erased: Message
    #: What is said to "Later": {span}, and the word with which it goes on.
    kept: Message
    left: Callable[[Data], Data] = lambda _data: {}
    caution: Caution | None = None
    #: Triggers of choices of which several are made under one message.
    several: frozenset[str] = frozenset()

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
            "start": edge(self._go_on, *self.form.rows(), *((self.aside,) if self.caution else ())),
            **dict.fromkeys(self.words, again),
            "later": edge(self._later, self.aside),
            "erase": edge(self._ask_erase, self.aside),
            "erase_it": edge(self.erase, self.idle),
            "timer.recall": edge(self._recall_again, self.aside),
            "timer.erase": edge(self._too_late, self.idle),
        }

    def begin(self, data: Data, event: Event, facts: Facts) -> Step:
        return self._timed(self.form.first(data, event, facts), event)

    def erase(self, data: Data, event: Event, facts: Facts) -> Step:
        said = Say(self.erased)
        return Step(self.idle, self.left(data), (Forget(data["id"]), *STOP, said))

    def recover(self, data: Data, event: Event, facts: Facts) -> Step:
        """A question that this version no longer has: the next that was neither answered nor left
        out, or the review."""
        left = without(data, "at", "later", "part", EDITING)
        return self._timed(self.form.catch_up(left, event, facts, (Say(CHANGED),)), event)

    def recovers(self, begin: Handler) -> Handler:
        """The same for a flow; `begin` is for whoever has no draft."""

        def recover(data: Data, event: Event, facts: Facts) -> Step:
            return self.recover(data, event, facts) if data.get("id") else begin(data, event, facts)

        return recover

    # ------------------------------------------------------------ one question

    def _row(self, state: StrEnum, row: Mapping[str, Edge]) -> dict[str, Edge]:
        asked = {
            trigger: Edge(self._keeping(state, found.handler), found.targets)
            for trigger, found in row.items()
            if trigger != "start"  # a draft that was left is gone on with from aside
        }
        leave = edge(self._leave(state), self.aside)
        recall = edge(self._recall(state), self.aside)
        return {**asked, **dict.fromkeys(self.words, leave), "timer.recall": recall}

    def _keeping(self, state: StrEnum, handler: Handler) -> Handler:
        """Every answer begins the time anew after which a draft is erased."""

        def kept(data: Data, event: Event, facts: Facts) -> Step:
            arg, of, count = event.arg.rpartition(OF)
            if event.kind is Kind.CHOICE and of and count.isdecimal():
                event = replace(event, arg=arg)
                late = int(count) != data.get(COUNT) and event.trigger not in self.several
                if late:
                    return self._stale(state, data, event, facts)
            step = handler(_here(data, event), event, facts)
            if step.state is self.idle:
                return step
            return self._timed(self._warned(step, event, facts), event)

        return kept

    def _warned(self, step: Step, event: Event, facts: Facts) -> Step:
        """The answer is taken; what it would show waits until they have chosen where."""
        first = self.caution
        if first is None or step.state in first.plain or not first.missing(step.data, event):
            return step
        quiet = tuple(effect for effect in step.effects if not isinstance(effect, Say))
        kept = {**step.data, "at": str(step.state)}
        return Step(self.aside, kept, (*quiet, *first.said(kept, event, facts)), jump=True)

    def _leave(self, state: StrEnum) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            kept = {**_here(data, event), "at": str(state)}
            if event.arg == ON:
                return replace(self._go_on(kept, event, facts), jump=True)
            if event.arg == OLDER:
                return self._stale(state, kept, event, facts)
            return Step(
                self.aside, kept, _beside_checkin(self.unfinished(data, event, facts), event, facts)
            )

        return handler

    def _stale(self, state: StrEnum, data: Data, event: Event, facts: Facts) -> Step:
        """Pressed too late, or twice: what is open is asked again."""
        step = self._go_on({**data, "at": str(state)}, event, facts)
        return replace(step, effects=(Say(STALE), *step.effects), jump=True)

    def _recall(self, state: StrEnum) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            return Step(self.aside, {**data, "at": str(state)}, (_waits(),))

        return handler

    def _timed(self, step: Step, event: Event) -> Step:
        in_form = step.state not in (self.idle, self.aside)
        return timed(asked(step) if in_form else step, event)

    # ------------------------------------------------------------ aside

    def _go_on(self, data: Data, event: Event, facts: Facts) -> Step:
        state, first = self.form.state(data["at"]), self.caution
        if state is None:
            return self.recover(data, event, facts)
        data = without(_here(data, event), "later")
        if first and event.arg == HERE:
            data = {**data, "warned": True}
        if first and state not in first.plain and first.missing(data, event):
            return self._timed(Step(self.aside, data, first.said(data, event, facts)), event)
        kept = without(data, "at")
        review = self.form.review
        if review and state is review.state:
            return self._timed(self.form.reviewed(kept, facts), event)
        again = self.form.resume if first and state in first.plain else self.form.ask
        return self._timed(again(state, kept, event, facts), event)

    def _still(self, data: Data, event: Event, facts: Facts) -> Step:
        if event.arg == ON:
            return replace(self._go_on(data, event, facts), jump=True)
        return Step(self.aside, data, self.unfinished(data, event, facts))

    def _later(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.aside, {**data, "later": True}, (Say(self.kept, SPAN),))

    def _ask_erase(self, data: Data, event: Event, facts: Facts) -> Step:
        choices = (Choice(ERASE, "erase_it"), Choice(KEEP, "start"))
        return Step(self.aside, data, (Say(REALLY_ERASE, choices=choices),))

    def _recall_again(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.aside, data, (_waits(),))

    def _too_late(self, data: Data, event: Event, facts: Facts) -> Step:
        return Step(self.idle, self.left(data), (Forget(data["id"]), CancelTimer("recall")))


def _beside_checkin(said: tuple[Effect, ...], event: Event, facts: Facts) -> tuple[Effect, ...]:
    """ "Stop" may be meant for the check-in that runs: it goes on, and one tap stops it."""
    typed = facts.words.command(event.text, facts.person.lang) if event.text else None
    *before, last = said
    if not typed or typed[0] not in STOPS or facts.states.get("checkin") != "waiting":
        return said
    assert isinstance(last, Say)
    stop = Choice(STOP_CHECKIN, "stop", to=("checkin", event.person), always=True)
    return (*before, Say(CHECKIN_RUNS), replace(last, choices=(*last.choices, stop)))


def asked(step: Step) -> Step:
    """The buttons of a question carry its number. Those that always work, or are somebody else's,
    don't."""
    if not any(isinstance(each, Say) and each.expects for each in step.effects):
        return step
    count = int(step.data.get(COUNT, 0)) + 1
    effects = tuple(_bound(each, count) if isinstance(each, Say) else each for each in step.effects)
    return replace(step, data={**step.data, COUNT: count}, effects=effects)


def _bound(say: Say, count: int) -> Say:
    if not say.expects:
        return say
    choices = tuple(
        each if each.always or each.to else replace(each, arg=f"{each.arg}{OF}{count}")
        for each in say.choices
    )
    return replace(say, choices=choices)


def timed(step: Step, event: Event) -> Step:
    """The step of an answer: the time begins anew after which the draft is erased."""
    later = (
        SetTimer("recall", event.received + RECALLED),
        SetTimer("erase", event.received + ERASED),
    )
    return replace(step, effects=(*step.effects, *later))


def _here(data: Data, event: Event) -> Data:
    return {**data, "on": event.channel} if event.channel else data


def _waits() -> Say:
    return Say(WAITS, SPAN, choices=BOTH, lane=Lane.ROUTINE, where=Where.FIRST)
