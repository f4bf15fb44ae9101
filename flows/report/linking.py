"""What a report belongs to: an open case, a request to a fund. Only with consent."""

from flows.engine.messages import Scalar
from flows.engine.model import Choice, Data, Event, Facts
from flows.engine.questionnaire import Taken, unanswered
from flows.report import messages as m
from flows.report.classes import Role
from flows.report.form import Asked, State, ask, got, put

MOST_LINKS = 6
NO_LINK = "none"
#: A request that is decided takes no more.
UNDECIDED = frozenset({"submitted", "vetting", "recommended"})


#: Its answers; `about`: the id of whom the case is about.
LINKS = ("case", "application", "about")


def linkable(data: Data, facts: Facts) -> dict[str, Choice]:
    """Open cases that they may know of, and requests of their own: also a witness may have asked
    for somebody else."""
    me = facts.person.id
    if got(data, "role") == Role.COORDINATOR:
        desk = (c for c in facts.desk if c.person != me and c.only in ("", me) and not c.silent)
        found = [(f"case/{c.id}", m.LINK_CASE) for c in desk]
    else:
        found = [(f"case/{c.id}", m.LINK_CASE) for c in facts.cases]
        found += [
            (f"application/{a.id}", m.LINK_REQUEST)
            for a in facts.applications
            if a.person == me and a.state in UNDECIDED
        ]
    return {
        to: Choice(label, "pick", to, {"id": to.partition("/")[2]})
        for to, label in found[:MOST_LINKS]
    }


def asks_link(data: Data, facts: Facts) -> bool:
    """Once it is linked the review says so, though the case be closed by then."""
    return bool(linkable(data, facts)) or show_link(data) is not m.EMPTY


def unlinked(data: Data) -> Data:
    """It is asked anew."""
    return unanswered(data, State.LINK, *LINKS)


def ask_link(data: Data, event: Event, facts: Facts) -> Asked:
    asked = m.LINK_OTHER if got(data, "role") == Role.COORDINATOR else m.LINK
    no = Choice(m.NO_LINK, "pick", NO_LINK)
    return data, ask(asked, *linkable(data, facts).values(), no)


def take_link(data: Data, event: Event, facts: Facts) -> Taken:
    """What was closed meanwhile can't be linked any more; the review says so."""
    data = put(data, **dict.fromkeys(LINKS, ""))
    if event.arg not in linkable(data, facts):
        return Taken(data)
    what, _, linked = event.arg.partition("/")
    about = next((c.person for c in facts.desk if what == "case" and c.id == linked), "")
    return Taken(put(data, **{what: linked}, about=about))


def show_link(data: Data) -> Scalar:
    return next((f"#{got(data, f)}" for f in ("case", "application") if got(data, f)), m.EMPTY)
