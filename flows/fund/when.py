"""When it happened, and when this fund helped before: kept as it was written, and beside it what of
it could be read. What has not come yet is asked again.
"""

from datetime import date

from flows.engine.days import FUTURE, future, local_day
from flows.engine.messages import Scalar
from flows.engine.model import Choice, Data, Event, Facts
from flows.engine.questionnaire import Again, Taken
from flows.fund import form_messages as m
from flows.fund.form import SKIP, Asked, ask, cut, cut_said, got, heard, put, said_no, taken


def _today(event: Event, facts: Facts) -> date:
    return local_day(event.at, facts.person.tz)


def take_when(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Kept as it was written, and beside it the day that it means, where that can be read."""
    text = "" if facts.words.none(event.text) else cut(event.text, "when")
    if text and not any(map(str.isalnum, text)):
        return Again(data)
    day = facts.words.day(text, _today(event, facts)) or ""
    if future(day, _today(event, facts)):
        return Again(data, ask(FUTURE, {}, SKIP))
    found = taken(put(put(data, "when", text), "when_day", day), event, facts)
    return heard(found, cut_said(event.text, "when"))


def no_when(data: Data, event: Event, facts: Facts) -> Taken:
    """Nor the day that was read in what stood there before."""
    return Taken(put(put(data, "when", ""), "when_day", ""))


def show_when(data: Data) -> Scalar:
    text, day = str(got(data, "when") or ""), str(got(data, "when_day") or "")
    return (f"{text} ({day})" if text and day not in ("", text) else text or day) or m.EMPTY


def ask_granted(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(m.GRANTED, {}, Choice(m.NEVER, "never"))


def take_granted(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A month, where it can be read; otherwise as it was said: an officer asks."""
    if facts.words.none(event.text) or facts.words.number(event.text) == 0:
        return never(data, event, facts)
    text = cut(event.text, "granted")
    if not any(map(str.isalnum, text)):
        return Again(data, ask(m.NOT_A_MONTH, {}, Choice(m.NEVER, "never")))
    day = facts.words.day(text, _today(event, facts)) or ""
    if future(day, _today(event, facts)):
        return Again(data, ask(FUTURE, {}, Choice(m.NEVER, "never")))
    told = put(data, "granted", day[:7] if "-" in day else text)
    found = taken(said_no(told, "granted", no=False), event, facts)
    return heard(found, cut_said(event.text, "granted"))


def never(data: Data, event: Event, facts: Facts) -> Taken:
    """The button, or "no" in words: an answer either way."""
    return Taken(said_no(put(data, "granted", ""), "granted"))
