"""Words that an applicant who asked on Signal is about to write where others can read them: said
once, with Signal offered."""

from collections.abc import Callable
from dataclasses import replace

from flows.engine.model import Choice, Data, Event, Facts, Say, Step
from flows.engine.safer import HERE_TOO, TO_SIGNAL, others_can_read
from flows.fund import letters as w
from flows.fund.request import SIGNAL, args_of, stay

Asking = Callable[[Data, Event, Facts], Step]
HERE, THERE = "here", "signal"  #: at the end of a button's `arg`


def safely(asking: Asking) -> Asking:
    """`asking`, after the warning. A button's `arg` ends in where they want to write."""

    def asks(data: Data, event: Event, facts: Facts) -> Step:
        what, _, chosen = event.arg.rpartition(":") if ":" in event.arg else (event.arg, "", "")
        if chosen == HERE:
            data = {**data, "warned": True}
        if chosen == THERE and others_can_read(event):
            return _there(asking, data, event, facts)
        if data.get("channel") != SIGNAL or not others_can_read(event) or data.get("warned"):
            return asking(data, event, facts)
        each = ((TO_SIGNAL, THERE), (HERE_TOO, HERE))
        choices = tuple(Choice(label, event.trigger, f"{what}:{to}") for label, to in each)
        return stay(data, Say(w.ON_TELEGRAM, args_of(data), choices))

    return asks


def _there(asking: Asking, data: Data, event: Event, facts: Facts) -> Step:
    if SIGNAL not in facts.person.channels:
        other = Choice(w.OTHER_APP, "second", always=True, to=("home", facts.person.id))
        return stay(data, Say(w.NO_SIGNAL, args_of(data), (other,)))
    step = asking(data, event, facts)
    said = (replace(each, via=SIGNAL) if isinstance(each, Say) else each for each in step.effects)
    return replace(step, effects=(Say(w.WRITE_ON_SIGNAL, args_of(data)), *said))
