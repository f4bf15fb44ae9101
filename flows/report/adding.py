"""More about a report that was sent: words, who else knows of it, files, and what was wrong.

Nothing that was said is written over. What comes later stands beside it with its time, and whoever
works on the record sees both (`onbelay record show`); to count it otherwise takes the operator's
word (`onbelay record correct`). Words belong to the record from the first one: they lie under its
key, and go with it.
"""

from collections.abc import Mapping

from flows.engine.messages import Message
from flows.engine.model import Choice, Data, Effect, Event, Keep, Say, Signal
from flows.engine.refusals import NOT_ARRIVED
from flows.engine.safer import WARNED, others_can_read
from flows.report import messages as m
from flows.report.asking import LONGEST_SOURCE, LONGEST_WORDS, cut_said
from flows.report.form import cleaned

MOST_ADDED = 50  #: to one report; files are counted apart
QUIET = 3_600_000  #: ms between two times that staff are told of additions to one report
WORDS, SOURCE, WRONG = "words", "source", "wrong"
#: What can have been wrong, and how the operator names it.
ANSWERS: Mapping[str, Message] = {
    "cls": m.L_CLASS, "kinds": m.L_KINDS, "when": m.L_WHEN, "country": m.L_COUNTRY,
    "place": m.L_PLACE, "perpetrator": m.L_WHOM, "gender": m.L_GENDER, "medium": m.L_MEDIUM,
    "words": m.L_WORDS,
}  # fmt: skip
#: What a `record` signal says to the case and the request that it is linked to.
LINKED, ADDED, WITHDRAWN = "linked", "added", "withdrawn"

_MORE = (
    Choice(m.ADD_SOURCE, "add", SOURCE),
    Choice(m.ADD_WRONG, "add", WRONG),
    Choice(m.ADD_DONE, "add", "done"),
)
Said = tuple[Data, tuple[Effect, ...]]


def ask(data: Data, event: Event) -> Said:
    """`arg`: "" for words and files, SOURCE, WRONG, "wrong:when", "done"."""
    what, _, name = event.arg.partition(":")
    args = {"id": data["id"]}
    data = {**data, "adding": WORDS}
    if what == "done":
        return data, (Say(m.ADD_END, args),)
    if what == SOURCE:
        return {**data, "adding": SOURCE}, (Say(m.ADD_WHO, args, expects=True),)
    if what == WRONG and name in ANSWERS:
        shown = {**args, "label": ANSWERS[name]}
        return {**data, "adding": event.arg}, (Say(m.ADD_RIGHT, shown, expects=True),)
    if what == WRONG:
        each = (
            Choice(m.CHANGE_ONE, "add", f"{WRONG}:{name}", {"label": label})
            for name, label in ANSWERS.items()
        )
        return data, (Say(m.ADD_WHICH, args, (*each, _MORE[-1])),)
    # Each time: what is added is as telling as what was reported.
    first = (Say(WARNED),) if others_can_read(event) and not event.text else ()
    return data, (*first, Say(m.ADD_ASK, args, _MORE, expects=True))


def take(data: Data, event: Event) -> Said:
    """Words, files with or without words."""
    what, _, name = data.get("adding", WORDS).partition(":")
    text = cleaned(event.text, LONGEST_SOURCE if what == SOURCE else LONGEST_WORDS)
    cut = cut_said(event.text, text)
    keep = (Keep("record", data["id"], data["id"], data["id"], event.person),) * bool(event.files)
    if not text and not keep:
        data, asked = ask(data, event)
        return data, (Say(NOT_ARRIVED), *asked)
    said: Message = m.ADD_NOTED
    if text and len(added(data)) >= MOST_ADDED:
        text, said, cut = "", m.ADD_FULL, ()
    if text:
        line = [event.received, what, name, text]
        data = {**data, "added": [*added(data), line]}
    data, told = news(data, event) if text else (data, ())
    noted = Say(said, {"id": data["id"]}, _MORE, expects=True)
    return {**data, "adding": WORDS}, (*cut, noted, *keep, *told)


def added(data: Data) -> list[list[object]]:
    """[when in ms, what, which answer was wrong, the words]"""
    found: list[list[object]] = data.get("added", [])
    return found


def news(data: Data, event: Event) -> tuple[Data, tuple[Signal, ...]]:
    """Staff are told, but not of each of ten photos."""
    if event.received - data.get("news_at", -QUIET) < QUIET:
        return data, ()
    return {**data, "news_at": event.received}, tell(data, ADDED)


def tell(data: Data, what: str) -> tuple[Signal, ...]:
    """Whoever has the case or the request that it is linked to. Nothing of what it says."""
    given = data.get("answers", {})
    linked = (("escalation", given.get("case")), ("application", given.get("application")))
    args = {"record": data["id"], "what": what}
    return tuple(Signal(flow, to, "record", args) for flow, to in linked if to)
