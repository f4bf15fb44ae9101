"""What officers do before anything is decided: take it, note, write to the applicant. The referees
are in referees.py, partner organisations in partners.py, conflicts of interest in conflicts.py."""

from flows.engine.model import CancelTimer, Data, Event, Facts, Step
from flows.fund import desk_messages as m
from flows.fund.request import (
    Pending,
    State,
    by_channel,
    go,
    here,
    letter,
    logged,
    name_of,
    reads_later,
    stay,
    tell,
    told_them,
)


def take(data: Data, event: Event, facts: Facts) -> Step:
    """Or take over. The others are told, and the applicant that a human has it."""
    if data.get("holder") == event.person:
        return stay(data, here(data, m.YOURS_ALREADY))
    new = logged({**data, "holder": event.person}, event, "taken")
    first = not any(kind == "taken" for _, kind, _, _ in data["log"])
    new, written = letter(new, facts, "taken") if first else (new, ())
    told = tell(new, facts, m.TAKEN, {"who": name_of(event.person, facts)}, but=event.person)
    return go(
        State.VETTING,
        new,
        here(new, m.YOURS, **told_them(new, facts, m.TOLD_TAKEN)),
        *told,
        *written,
        before=data,
    )


# ---------------------------------------------------------------- words


def note(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    kind = pending["what"]
    new = logged(data, event, kind, text)
    return stay(new, here(new, m.NOTED), before=data)


def write(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """To the applicant, without the officer's name. It is an answer: the first one is owed."""
    new = logged({"answered_at": event.received} | data, event, "wrote", text)
    new["questions"] = [*data.get("questions", []), text]
    if not reads_later(new, facts):
        # What they write next, where they read it, is the answer.
        waits = {"what": "answer", "on": by_channel(new, facts)}
        new["asks"] = {**new["asks"], new["person"]: waits}
    new, written = letter(new, facts, "wrote", text=text)
    said = here(new, m.WROTE, **told_them(new, facts, m.TOLD_WROTE))
    return stay(new, said, *written, CancelTimer("first"), before=data)
