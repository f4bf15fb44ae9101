"""A linear form, declared as a list of questions, becomes rows of a flow's table.

    FORM = Form((Question(S.NAME, ask_name, {"text": tries(name)}), ...), done, (S.DONE,), m.AGAIN)
    TABLE = {**FORM.rows(), S.DONE: {}}

Theory. A question asks (effects) and reads (one reader per trigger). A reader validates; it says
what the answer did:

    Taken    answered, go on to the next question that is wanted
    Again    not answered: its effects say why and ask; without effects the question is asked again,
             after what is `said`
    Before   one question back

Every row also has: "back"; "start", which asks again where the person stopped (resume); whatever
else people send ("text", "location", "media", "ok"), which asks again kindly; with `later`, that
trigger saves for later. With a review, the end shows all answers, each can be changed, and a
changed one leads to what it makes necessary, and then back to the review. Nothing is held anywhere
but in the instance's state and data.

What answers a question that the other answers no longer ask for is dropped with the next answer,
and before the form ends (`settled`): nobody is asked, nor told about, by words that the review
doesn't show.

The targets of each edge are computed from the list, so the diagram shows only ways that exist: a
question with `wanted` may be passed over, one with `last` may end the form, and a reader is listed
with what it may say: goes(r) Taken, stays(r) Again, tries(r) either, returns(r) Before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flows.engine.flow import Edge, Handler, edge
from flows.engine.messages import Line, Message, Scalar
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say, Step
from flows.engine.refusals import (
    HUMAN,
    HUMAN_TYPED,
    IN_WORDS_LATER,
    NO_FILE,
    NO_FILE_NOR_WORDS,
    ONE_OF_THESE,
    VOICE,
)

ANYTHING = ("text", "location", "media", "ok")  #: triggers of what people may send to a question
EDITING = "_editing"  #: in data while an answer is changed from the review
DONE = "_done"  #: in data, with `empty`: the questions that were answered or left out
CATCHING = "_catching"  #: in data while only those are asked that were not
ANSWERS = "answers"  #: in data: what was answered, by `Question.names`
NOTHING: tuple[object, ...] = (None, "", [], {})  #: answers of whoever has left it out
REFUSED = "_refused"  #: in data: how many answers in a row could not be taken
LONG = 200  #: characters after which a text is no choice


@dataclass(frozen=True, slots=True)
class Taken:
    data: Data
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    data: Data
    effects: tuple[Effect, ...] = ()
    said: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    data: Data
    effects: tuple[Effect, ...] = ()


Ask = Callable[[Data, Event, Facts], tuple[Data, tuple[Effect, ...]]]
Reader = Callable[[Data, Event, Facts], Taken | Again | Before]


@dataclass(frozen=True, slots=True)
class Read:
    """A reader and what it may say."""

    reader: Reader
    says: tuple[type, ...]


def goes(reader: Reader) -> Read:
    return Read(reader, (Taken,))


def stays(reader: Reader) -> Read:
    return Read(reader, (Again,))


def tries(reader: Reader) -> Read:
    return Read(reader, (Taken, Again))


def returns(reader: Reader) -> Read:
    return Read(reader, (Before,))


@dataclass(frozen=True)
class Question:
    """`ask` may change the data too (a code that it drew, a pair that it shows).

    names    of its answers in data["answers"]; "journalist.name" is the name in journalist
    wanted   None: always asked; otherwise it may be passed over
    given    answered along with one before it: not asked on the way, but shown like the others
    last     true when the form ends with this answer
    follows  belongs to the question before it: when that is changed, this is asked too
    label    its name in the review, `show` its answer, or `show_in`, where that is the language's
             or the policy's word; without a label it isn't reviewed, and
             with "" it can be changed there but has no line
    beside   what the review says under that answer
    """

    state: StrEnum
    ask: Ask
    takes: Mapping[str, Read]
    names: tuple[str, ...] = ()
    wanted: Callable[[Data, Facts], bool] | None = None
    given: Callable[[Data], bool] | None = None
    last: Callable[[Data], bool] | None = None
    follows: bool = False
    label: Message | None = None
    show: Callable[[Data], Scalar] = lambda _data: ""
    show_in: Callable[[Data, Facts], Scalar] | None = None
    beside: Callable[[Data, Facts], tuple[Line, ...]] = lambda _data, _facts: ()


@dataclass(frozen=True)
class Review:
    """`text` has {lines}, `line` {label} and {answer}, `change_one` {label} (a button)."""

    state: StrEnum
    text: Message
    line: Message
    confirm: Message
    change: Message
    which: Message
    change_one: Message


@dataclass(frozen=True)
class Form:
    """`done` decides what happens at the end; it leads to one of `ends`."""

    questions: Sequence[Question]
    done: Handler
    ends: tuple[StrEnum, ...]
    again: Message
    later: Message | None = None
    review: Review | None = None
    #: What `show` says of no answer. With it the form remembers what was answered or left out, so
    #: that after an upgrade only what is new is asked.
    empty: Message | None = None
    #: Triggers of what people may send to a question; what it doesn't take asks again kindly.
    anything: tuple[str, ...] = ANYTHING
    #: Characters of an answer in their own words; with it whoever is refused twice is offered a
    #: human.
    longest: int = 0
    _at: dict[StrEnum, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._at.update({q.state: n for n, q in enumerate(self.questions)})

    # ------------------------------------------------------------ for the flow

    def rows(self) -> dict[StrEnum, dict[str, Edge]]:
        rows = {q.state: self._row(q) for q in self.questions}
        if self.review:
            rows[self.review.state] = self._review_row(self.review)
        return rows

    def first(
        self, data: Data, event: Event, facts: Facts, before: tuple[Effect, ...] = ()
    ) -> Step:
        return self._from(0, data, event, facts, before)

    def ask(
        self,
        state: StrEnum,
        data: Data,
        event: Event,
        facts: Facts,
        before: tuple[Effect, ...] = (),
    ) -> Step:
        """This question, after the effects `before`."""
        data, asked = self.questions[self._at[state]].ask(data, event, facts)
        return Step(state, data, (*before, *asked))

    def resume(self, state: StrEnum, data: Data, event: Event, facts: Facts) -> Step:
        """This question, or where it isn't wanted any more (they write elsewhere now) the next."""
        return self._from(self._at[state], data, event, facts, ())

    def after(
        self,
        state: StrEnum,
        data: Data,
        event: Event,
        facts: Facts,
        before: tuple[Effect, ...] = (),
    ) -> Step:
        """What comes once this question is answered."""
        at = self._at[state]
        if data.get(EDITING) and self.review:
            following = self.questions[at + 1] if at + 1 < len(self.questions) else None
            if following and following.follows and _asks(following, data, facts):
                return self.ask(following.state, data, event, facts, before)
            if unasked := self._unasked(data, facts):
                asked = self.ask(unasked.state, data, event, facts, before)
                return replace(asked, jump=True)
            kept = {k: v for k, v in data.items() if k != EDITING}
            return self.reviewed(kept, facts, before)
        last = self.questions[at].last
        if last and last(data):
            return self._end(data, event, facts, before)
        return self._from(at + 1, data, event, facts, before)

    def catch_up(
        self, data: Data, event: Event, facts: Facts, before: tuple[Effect, ...] = ()
    ) -> Step:
        """From now on only what was neither answered nor left out is asked; then the review."""
        return self._from(0, {**data, CATCHING: True}, event, facts, before)

    def state(self, value: str) -> StrEnum | None:
        """The question or review of this name, or None when this version has none."""
        review = (self.review.state,) if self.review else ()
        return next((s for s in (*self._at, *review) if s == value), None)

    def picks(self) -> frozenset[StrEnum]:
        """Where nothing but one of the choices is an answer."""
        found = (q.state for q in self.questions if "text" not in q.takes)
        return frozenset((*found, *((self.review.state,) if self.review else ())))

    def answered(self, question: Question, data: Data) -> bool:
        told = any(_value(data, name) not in NOTHING for name in question.names)
        return told or str(question.state) in data.get(DONE, ())

    def settled(self, data: Data, facts: Facts) -> Data:
        """Without what answers a question that the other answers no longer ask for."""
        idle = [q for q in self.questions if q.names and not _wanted(q, data, facts)]
        left = data
        for question in idle:
            left = unanswered(left, question.state, *question.names)
        return data if left == data else self.settled(left, facts)

    def targets(self, state: StrEnum) -> tuple[StrEnum, ...]:
        """Where `after` may lead."""
        at = self._at[state]
        found = self._following(at + 1)
        then = self.questions[at + 1] if at + 1 < len(self.questions) else None
        goes_on = bool(then and then.follows and then.wanted is None)
        if self.review and self._changeable(at) and not goes_on:
            found = (*found, self.review.state)
        return tuple(dict.fromkeys((*found, *self.ends) if self.questions[at].last else found))

    # ------------------------------------------------------------ the way through

    def _from(
        self, at: int, data: Data, event: Event, facts: Facts, before: tuple[Effect, ...]
    ) -> Step:
        catching = bool(data.get(CATCHING))
        for question in (*self.questions[at:], *(self.questions[:at] if catching else ())):
            if _asks(question, data, facts) and not (catching and self.answered(question, data)):
                asked = self.ask(question.state, data, event, facts, before)
                return replace(asked, jump=catching)
        if self.review:
            kept = {k: v for k, v in data.items() if k != CATCHING}
            return replace(self.reviewed(kept, facts, before), jump=catching)
        return self._end(data, event, facts, before)

    def _end(self, data: Data, event: Event, facts: Facts, before: tuple[Effect, ...]) -> Step:
        step = self._finished(data, event, facts)
        return Step(step.state, step.data, (*before, *step.effects))

    def _finished(self, data: Data, event: Event, facts: Facts) -> Step:
        return self.done(self.settled(data, facts), event, facts)

    def _unasked(self, data: Data, facts: Facts) -> Question | None:
        """What an answer that was changed has made necessary."""
        if self.empty is None:
            return None
        open_ = (q for q in self.questions if q.names and not self.answered(q, data))
        return next((q for q in open_ if _asks(q, data, facts)), None)

    def _before(
        self, at: int, data: Data, event: Event, facts: Facts, said: tuple[Effect, ...] = ()
    ) -> Step:
        """The nearest earlier question that is wanted; at the first one, the same again."""
        if data.get(EDITING) and self.review and not self.questions[at].follows:
            return self.reviewed({k: v for k, v in data.items() if k != EDITING}, facts, said)
        for question in reversed(self.questions[:at]):
            if _asks(question, data, facts):
                return self.ask(question.state, data, event, facts, said)
        return self.ask(self.questions[at].state, data, event, facts, said)

    def _following(self, at: int) -> tuple[StrEnum, ...]:
        found = []
        for question in self.questions[at:]:
            found.append(question.state)
            if question.wanted is None:
                return tuple(found)
        end = (self.review.state,) if self.review else self.ends
        return (*found, *end)

    def _preceding(self, at: int) -> tuple[StrEnum, ...]:
        found = []
        for question in reversed(self.questions[:at]):
            found.append(question.state)
            if question.wanted is None:
                break
        else:
            found.append(self.questions[min(at, len(self.questions) - 1)].state)
        whole = at < len(self.questions) and not self.questions[at].follows
        if self.review and whole and self._changeable(at):
            found.append(self.review.state)
        return tuple(found)

    def _changeable(self, at: int) -> bool:
        """It can be reached from the review."""
        return bool(self.questions[at].label or self.questions[at].follows)

    # ------------------------------------------------------------ one question's row

    def _row(self, question: Question) -> dict[str, Edge]:
        state, at = question.state, self._at[question.state]
        others = [t for t in self.anything if t not in question.takes]
        row = {
            trigger: edge(self._read(question, read.reader), *self._reach(at, read))
            for trigger, read in question.takes.items()
        }
        row |= {t: edge(self._asking(state, kindly=True), state) for t in others}
        row["back"] = edge(
            lambda data, event, facts: self._before(at, data, event, facts), *self._preceding(at)
        )
        row["start"] = edge(self._asking(state), state)
        if self.later:
            row["later"] = edge(self._saved(state, self.later), state)
        return row

    def _reach(self, at: int, read: Read) -> tuple[StrEnum, ...]:
        state = self.questions[at].state
        ways: dict[type, tuple[StrEnum, ...]] = {
            Taken: self.targets(state),
            Again: (state,),
            Before: self._preceding(at),
        }
        return tuple(dict.fromkeys(target for said in read.says for target in ways[said]))

    def _read(self, question: Question, reader: Reader) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            state, read = question.state, reader(data, event, facts)
            if isinstance(read, Again) and event.trigger == "text" and read.data == data:
                plain = not read.effects and not read.said
                said = (Say(self._sorry(state, event)),) if plain else read.said
                asked = self._answer(state, replace(read, said=said), event, facts)
                return self._refused(asked, event)
            if REFUSED in read.data:
                kept = {k: v for k, v in read.data.items() if k != REFUSED}
                read = replace(read, data=kept)
            match read:
                case Taken():
                    taken = self.settled(self._done(state, read.data), facts)
                    return self.after(state, taken, event, facts, read.effects)
                case Before():
                    return self._before(self._at[state], read.data, event, facts, read.effects)
                case Again():
                    return self._answer(state, read, event, facts)

        return handler

    def _answer(self, state: StrEnum, read: Again, event: Event, facts: Facts) -> Step:
        if read.effects:
            return Step(state, read.data, read.effects)
        return self.ask(state, read.data, event, facts, read.said)

    def _refused(self, step: Step, event: Event) -> Step:
        """Twice in a row: they are offered a human. Where a number is asked for, it isn't a choice
        that could be taken for one."""
        if not self.longest:
            return step
        count = int(step.data.get(REFUSED, 0)) + 1
        step = replace(step, data={**step.data, REFUSED: count})
        *before, last = step.effects
        if count < 2 or not isinstance(last, Say):
            return step
        if not last.choices:
            return replace(step, effects=(*before, Say(HUMAN_TYPED), last))
        human = Choice(HUMAN, "human", always=True, to=("guidance", event.person))
        offered = replace(last, choices=(*last.choices, human))
        return replace(step, effects=(*before, offered))

    def _done(self, state: StrEnum, data: Data) -> Data:
        known = data.get(DONE, [])
        if self.empty is None or str(state) in known:
            return data
        return {**data, DONE: [*known, str(state)]}

    def _asking(self, state: StrEnum, *, kindly: bool = False) -> Handler:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            sorry = (Say(self._sorry(state, event), {"n": self.longest}),) if kindly else ()
            if not _wanted(self.questions[self._at[state]], data, facts):
                # They write elsewhere now, where this needs no answer.
                return replace(self.resume(state, data, event, facts), jump=True)
            asked = self.ask(state, data, event, facts, sorry)
            return self._refused(asked, event) if kindly else asked

        return handler

    def _sorry(self, state: StrEnum, event: Event) -> Message:
        """Why it is no answer to this question, and what would be one."""
        if any(file.kind == "voice" for file in event.files):
            return VOICE
        later = any("media" in each.takes for each in self.questions[self._at[state] + 1 :])
        if event.trigger == "media" and later:
            return NO_FILE_NOR_WORDS if event.text.strip() else NO_FILE
        if not self.longest or "text" in self.questions[self._at[state]].takes:
            return self.again
        told = any("text" in each.takes for each in self.questions[self._at[state] + 1 :])
        return IN_WORDS_LATER if told and len(event.text) > LONG else ONE_OF_THESE

    def _saved(self, state: StrEnum, said: Message) -> Handler:
        return lambda data, _event, _facts: Step(state, data, (Say(said, expects=True),))

    # ------------------------------------------------------------ the review

    def _review_row(self, review: Review) -> dict[str, Edge]:
        changeable = tuple(q.state for q in self.questions if q.label)
        shown = edge(lambda data, _event, facts: self.reviewed(data, facts), review.state)
        sorry = (Say(ONE_OF_THESE),) if self.longest else ()
        again = edge(
            lambda data, event, facts: self._refused(self.reviewed(data, facts, sorry), event),
            review.state,
        )
        before = self._preceding(len(self.questions))
        # Where every question may be passed over, there is none to go back to.
        nothing = () if any(q.wanted is None for q in self.questions) else (review.state,)
        return {
            "confirm": edge(self._finished, *self.ends),
            "change": edge(self._change, review.state, *changeable),
            "back": edge(
                lambda data, event, facts: self._last(data, event, facts),
                *before,
                *nothing,
            ),
            **dict.fromkeys(self.anything, again),
            "start": shown,
            **(
                {"later": edge(self._saved(review.state, self.later), review.state)}
                if self.later
                else {}
            ),
        }

    def _last(self, data: Data, event: Event, facts: Facts) -> Step:
        for question in reversed(self.questions):
            if _asks(question, data, facts):
                return self.ask(question.state, data, event, facts)
        return self.reviewed(data, facts)

    def reviewed(self, data: Data, facts: Facts, before: tuple[Effect, ...] = ()) -> Step:
        assert self.review is not None
        lines: tuple[Line, ...] = ()
        for q in self.questions:
            answer = q.show_in(data, facts) if q.show_in else q.show(data)
            if q.label and answer != "" and _wanted(q, data, facts):
                shown = Line(self.review.line, {"label": q.label, "answer": answer})
                lines = (*lines, shown, *q.beside(data, facts))
        choices = (Choice(self.review.confirm, "confirm"), Choice(self.review.change, "change"))
        said = Say(self.review.text, {"lines": lines}, choices, expects=True)
        return Step(self.review.state, data, (*before, said))

    def _change(self, data: Data, event: Event, facts: Facts) -> Step:
        """Which one, and then that one."""
        assert self.review is not None
        for question in self.questions:
            if question.label and question.state == event.arg:
                return self.ask(question.state, {**data, EDITING: True}, event, facts)
        choices = tuple(
            Choice(self.review.change_one, "change", str(q.state), {"label": q.label})
            for q in self.questions
            if q.label and _wanted(q, data, facts)
        )
        return Step(
            self.review.state, data, (Say(self.review.which, choices=choices, expects=True),)
        )


def _wanted(question: Question, data: Data, facts: Facts) -> bool:
    return question.wanted is None or question.wanted(data, facts)


def _asks(question: Question, data: Data, facts: Facts) -> bool:
    return _wanted(question, data, facts) and not (question.given and question.given(data))


def _value(data: Data, name: str) -> object:
    found: object = data.get(ANSWERS)
    for each in name.split("."):
        found = found.get(each) if isinstance(found, Mapping) else None
    return found


def unanswered(data: Data, state: StrEnum, *names: str) -> Data:
    """As if that question, with its answers of these names, had never been asked."""
    told = dict(data.get(ANSWERS, {}))
    for within, _, name in (each.rpartition(".") for each in names):
        if not within:
            told.pop(name, None)
        elif name in told.get(within, {}):
            told[within] = {k: v for k, v in told[within].items() if k != name}
    left = {**data, ANSWERS: told}
    if DONE in data:
        left[DONE] = [each for each in data[DONE] if each != str(state)]
    return left
