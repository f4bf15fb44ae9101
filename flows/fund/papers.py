"""Papers that leave the system: a dossier takes two people.

Who asks for one on the command line says for whom and why. An officer other than they shows the
one-time word, and reads it out to them; with it the file is made, once, while the word is good.
Asking, showing the word and making are in the log.
"""

from typing import Any

from flows.engine.draft import drawn
from flows.engine.messages import Moment, Value
from flows.engine.model import Choice, Data, Event, Facts, Kind, Say, Step
from flows.fund import desk_messages as m
from flows.fund import partners
from flows.fund.request import (
    HOUR,
    args_of,
    here,
    logged,
    name_of,
    officers,
    stay,
    tell,
    unknown,
)

WORD = 8  #: letters
LASTS = 24 * HOUR
#: Who will read it.
ROLES = {
    "committee": m.ROLE_COMMITTEE, "officer": m.ROLE_OFFICER, "payer": m.ROLE_PAYER,
    "partner": m.ROLE_PARTNER,
}  # fmt: skip


def told(data: Data, event: Event, facts: Facts) -> Step:
    """What the operator does on the command line."""
    if event.kind is not Kind.SIGNAL:
        return unknown(data, event, facts)
    return OPERATOR[event.args["what"]](data, event, facts)


def wanted(data: Data, event: Event, facts: Facts) -> Step:
    """To all officers but the one who asks; that one learns that it was asked in their name."""
    by, number = str(event.args["by"]), str(event.args["number"])
    paper = {
        "by": by, "role": event.args["role"], "partner": event.args["partner"],
        "reason": event.args["reason"], "until": event.received + LASTS, "word": "", "shown_by": "",
        "made": 0,
    }  # fmt: skip
    new = {**data, "papers": {**data.get("papers", {}), number: paper}}
    new = logged(new, event, "paper_asked", str(paper["reason"]), by=by)
    args: dict[str, Value] = {
        "who": name_of(by, facts),
        "role": ROLES[str(paper["role"])],
        "reason": str(paper["reason"]),
    }
    show = (Choice(m.SHOW_WORD, "show", f"word:{number}"),)
    asked = tell(new, facts, m.PAPER_ASKED, args, show, but=by)
    own = tell(new, facts, m.PAPER_YOURS, args, to=[each.id for each in officers(new, facts)])
    return stay(new, *asked, *(each for each in own if each.to == by), before=data)


def word(data: Data, event: Event, facts: Facts, number: str) -> Step:
    paper = data.get("papers", {}).get(number)
    if paper is None or paper["made"] or event.received > paper["until"]:
        return stay(data, here(data, m.PAPER_OVER))
    if paper["by"] == event.person:
        return stay(data, here(data, m.PAPER_OWN))
    shown = paper["word"] or drawn(facts, "paper", WORD)
    kept = {**paper, "word": shown, "shown_by": event.person}
    new = {**data, "papers": {**data["papers"], number: kept}}
    new = logged(new, event, "paper_shown", str(paper["reason"]))
    until = Moment(paper["until"], "full")
    args = args_of(new, word=shown, who=name_of(paper["by"], facts), until=until)
    return stay(new, Say(m.PAPER_WORD, args), before=data)


def made(data: Data, event: Event, facts: Facts) -> Step:
    number = str(event.args["number"])
    paper: dict[str, Any] | None = data.get("papers", {}).get(number)
    if paper is None or paper["made"]:
        return stay(data)
    new = {**data, "papers": {**data["papers"], number: {**paper, "made": event.received}}}
    new = logged(new, event, "paper_made", str(paper["reason"]), by=paper["by"])
    return stay(new, before=data)


OPERATOR = {
    "match": partners.match,
    "noted": partners.noted,
    "wanted": wanted,
    "made": made,
}
