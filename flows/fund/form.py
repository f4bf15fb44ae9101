"""What the questions of a request share: where answers are kept, what is said as soon as a rule of
the fund speaks against one, and the kinds of questions that come more than once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from flows.engine.draft import without
from flows.engine.messages import Line, Message, Scalar, Value
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund.grants import grants
from flows.fund.rules import AGAINST, Finding, findings
from flows.fund.terms import Fund, said

LONGEST = {"what": 3_000, "how": 300, "name": 120, "item": 80}  #: characters; others LONGEST_ANSWER
LONGEST_ANSWER = 1_000
MOST_LINES = 30  #: of a budget, of evidence
MOST_REFEREES = 6
MOST = 99  #: of people, of months
OLDEST = 110  #: years
LONGEST_STORY = 9_000  #: characters, in several messages
ENOUGH = 500  #: characters of it in the review
LAST = 40  #: characters that are shown of the end
ON, OFF = "☑", "☐"
TAKES = 20 * 60_000  #: ms in which the questions can be answered
CLEARS = "_"  #: arg of the button that clears a choice


class State(StrEnum):
    IDLE = "idle"
    #: A draft that somebody has left for a while.
    ASIDE = "aside"
    FUND = "fund"
    CHANNEL = "channel"
    BEGIN = "begin"
    KNOWN = "known"
    WHO = "who"
    CASE = "case"
    CAUSE = "cause"
    APPLICANT = "applicant"
    FATE = "fate"
    NAME = "name"
    USED = "used"
    BORN = "born"
    COUNTRY = "country"
    OUTLET = "outlet"
    WHAT = "what"
    WHEN = "when"
    WHERE = "where"
    WHOM = "whom"
    LINK = "link"
    EVIDENCE = "evidence"
    DEPENDANTS = "dependants"
    BUDGET = "budget"
    OTHERS = "others"
    GRANTED = "granted"
    REFEREES = "referees"
    DANGER = "danger"
    CONTACT = "contact"
    PARTNERS = "partners"
    FILES = "files"
    REVIEW = "review"


S = State
Asked = tuple[Data, tuple[Effect, ...]]
WHO = {"me": m.ME, "relative": m.RELATIVE, "colleague": m.COLLEAGUE}
#: Of the journalist, where a family asks.
FATE = {"killed": m.KILLED, "alive": m.ALIVE, "unknown": m.UNKNOWN}
DANGER = {"yes": m.YES, "no": m.NO, "unsure": m.UNSURE}
SKIP = Choice(m.SKIP, "skip")
ALL = Choice(m.THAT_IS_ALL, "finish")


# ---------------------------------------------------------------- small words


def fund_of(data: Data, facts: Facts) -> Fund | None:
    found: Fund | None = facts.policy.funds.get(data.get("fund", ""))
    return found


def answers(data: Data) -> Data:
    found: Data = data.get("answers", {})
    return found


def put(data: Data, name: str, value: Any) -> Data:
    """`name`: of an answer, or "journalist.name"."""
    within, _, field = name.rpartition(".")
    given = answers(data)
    if within:
        value = {**given.get(within, {}), field: value}
    return {**data, "answers": {**given, within or field: value}}


def got(data: Data, name: str) -> Any:
    within, _, field = name.rpartition(".")
    found = answers(data).get(within, {}) if within else answers(data)
    return found.get(field)


def ask(message: Message, args: Mapping[str, Value], *choices: Choice) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def cut(text: str, name: str) -> str:
    return " ".join(text.split())[: LONGEST.get(name.rpartition(".")[2], LONGEST_ANSWER)].rstrip()


def is_cut(text: str, name: str) -> bool:
    return len(" ".join(text.split())) > len(cut(text, name))


def cut_said(text: str, name: str) -> tuple[Effect, ...]:
    """Nobody's words are left out unsaid."""
    return (Say(m.CUT, _at_end(cut(text, name))),) if is_cut(text, name) else ()


def heard(read: Taken | Again, said: tuple[Effect, ...]) -> Taken | Again:
    """The same, after what is said of the answer."""
    if isinstance(read, Again) and not read.effects:
        return replace(read, said=(*said, *read.said))
    return replace(read, effects=(*said, *read.effects))


def _at_end(text: str) -> dict[str, Value]:
    """By which somebody finds where it was cut."""
    return {"n": len(text), "last": text[-LAST:].strip()}


def counted(text: str, least: int, facts: Facts) -> int | None:
    """A number of people or of months; a minus before it is no dash."""
    found: int | None = facts.words.number(text.strip())
    signed = text.strip()[:1] in "-−–"
    return None if found is None or signed or not least <= found <= MOST else found


def months_said(text: str, facts: Facts) -> int | None:
    """ "3", "three months", or a word of its own for two of them."""
    found: int | None = facts.words.months(text.strip())
    signed = text.strip()[:1] in "-−–"
    return None if found is None or signed or not 1 <= found <= MOST else found


def against(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """All that has come to light with this answer: a line each, said once, and never more. Who can
    help beside this fund is named where a rule speaks against it."""
    fund = fund_of(data, facts)
    if fund is None:
        return data, ()
    told: list[str] = data.get("told", [])
    found = findings(
        fund, answers(data), grants(facts, event.received), event.received, facts.policy.rates
    )
    fresh = [each for each in found if each.rule not in told]
    if not fresh:
        return data, ()
    data = {**data, "told": [*told, *(each.rule for each in fresh)]}
    hard = [each for each in fresh if each.weight == AGAINST]
    soft = [each for each in fresh if each.weight != AGAINST]
    said = (Say(m.WORTH_KNOWING, {"reason": _reasons(soft)}),) if soft else ()
    return data, (*(_spoken_against(fund, hard, facts) if hard else ()), *said)


def _spoken_against(fund: Fund, found: list[Finding], facts: Facts) -> tuple[Effect, ...]:
    lang = facts.person.lang
    lines = tuple(
        Line(m.SOURCE, {"name": said(s.name, lang), "reach": said(s.reach, lang)})
        for s in fund.elsewhere
    )
    args: dict[str, Value] = {"reason": _reasons(found)}
    return (Say(m.AGAINST, {**args, "lines": lines}) if lines else Say(m.AGAINST_BARE, args),)


def _reasons(found: list[Finding]) -> tuple[Line, ...]:
    return tuple(map(names.reason, found))


def taken(data: Data, event: Event, facts: Facts) -> Taken:
    data, effects = against(data, event, facts)
    return Taken(data, effects)


# ---------------------------------------------------------------- kinds of questions


def skipped(name: str) -> Read:
    return goes(lambda data, _event, _facts: Taken(put(data, name, "")))


def left_out(name: str) -> Read:
    """The same, where "no" is an answer: typed, it comes with its words (flows/engine/answers.py),
    and the button without any."""

    def read(data: Data, event: Event, facts: Facts) -> Taken:
        none = facts.words.none(event.text)
        return taken(said_no(put(data, name, ""), name, none), event, facts)

    return goes(read)


def said_no(data: Data, name: str, no: bool = True) -> Data:
    """ "No" is an answer, though there is nothing else to keep of it."""
    others = [each for each in got(data, "noes") or [] if each != name]
    return put(data, "noes", [*others, name] if no else others)


def written(
    state: State,
    name: str,
    asked: Message,
    label: Message,
    must: bool = False,
    past: Message | None = None,
    mine: Message | None = None,
    **more: Any,
) -> Question:
    """An answer in their own words. `past`: how it is asked of somebody who was killed, `mine`: of
    whoever asks for themself."""

    def asked_for(data: Data, event: Event, facts: Facts) -> Asked:
        return data, ask(tense(data, asked, past, mine), {}, *(() if must else (SKIP,)))

    def read(data: Data, event: Event, facts: Facts) -> Taken | Again:
        text = "" if not must and facts.words.none(event.text) else cut(event.text, name)
        if text and not any(map(str.isalnum, text)):
            return Again(data)  # "???" is no answer
        none = not must and facts.words.none(event.text)
        found = taken(said_no(put(data, name, text), name, none), event, facts)
        return heard(found, cut_said(event.text, name))

    takes = {"text": tries(read)} | ({} if must else {"skip": left_out(name)})
    return Question(state, asked_for, takes, (name,), label=label, show=shown(name), **more)


def story(state: State, name: str, asked: Message, label: Message) -> Question:
    """In their own words, and at length: what doesn't fit one message is sent in the next."""

    def read(data: Data, event: Event, facts: Facts) -> Taken | Again:
        text, going_on = cut(event.text, name), data.get("part", {}).get("more")
        if not any(map(str.isalnum, text)):
            return Again(data)
        so_far = str(got(data, name)) + "\n" if going_on else ""
        whole = (so_far + text)[:LONGEST_STORY]
        data = put(data, name, whole)
        if len(whole) == LONGEST_STORY:
            found = taken(without(data, "part"), event, facts)
            return heard(found, (Say(m.CUT, _at_end(whole)),))
        if is_cut(event.text, name):
            return Again({**data, "part": {"more": True}}, ask(m.CUT_MORE, _at_end(text), ALL))
        return taken(without(data, "part"), event, facts)

    finish = goes(lambda data, event, facts: taken(without(data, "part"), event, facts))
    takes = {"text": tries(read), "finish": finish}
    return Question(
        state,
        lambda data, _e, _f: (data, ask(asked, {})),
        takes,
        (name,),
        label=label,
        show=begins(name),
    )


def tense(data: Data, asked: Message, past: Message | None, mine: Message | None = None) -> Message:
    """Of the dead nobody is asked in which country they are, of nobody who they are themself."""
    if mine and got(data, "who") == "me":
        return mine
    return past if past and got(data, "fate") == "killed" else asked


def begins(name: str) -> Callable[[Data], Scalar]:
    """A long answer by its two ends: the review is read on a phone."""

    def show(data: Data) -> Scalar:
        text = str(got(data, name) or "")
        short = len(text) <= ENOUGH
        return text if short else f"{text[: ENOUGH - 2 * LAST].strip()} … {text[-LAST:].strip()}"

    return show


def shown(name: str) -> Callable[[Data], Scalar]:
    """What was answered; a "no" of which nothing is kept is one still."""

    def show(data: Data) -> Scalar:
        nothing = m.NO if name in (got(data, "noes") or ()) else m.EMPTY
        return str(got(data, name) or "") or nothing

    return show


def picked(
    state: State,
    name: str,
    asked: Message,
    label: Message,
    options: Mapping[str, Message],
    past: Message | None = None,
    mine: Message | None = None,
    **more: Any,
) -> Question:
    """One of a few, as buttons. `past`, `mine`: as in `written`."""

    def asked_for(data: Data, event: Event, facts: Facts) -> Asked:
        choices = (Choice(said, "pick", o) for o, said in options.items())
        return data, ask(tense(data, asked, past, mine), {}, *choices)

    def read(data: Data, event: Event, facts: Facts) -> Taken:
        return taken(put(data, name, event.arg), event, facts)

    def show(data: Data) -> Scalar:
        return options.get(str(got(data, name)), m.EMPTY)

    return Question(state, asked_for, {"pick": goes(read)}, (name,), label=label, show=show, **more)


def anew(name: str) -> Read:
    """A list is written again from its beginning."""
    return Read(lambda data, _e, _f: Again(put(without(data, "part"), name, [])), (Again,))


ANEW = Choice(m.ANEW, "anew")
