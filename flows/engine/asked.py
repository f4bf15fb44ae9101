"""What somebody was asked last, and what of theirs waits for words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.engine.flow import Flow
from flows.engine.model import Event, Facts, Kind
from flows.engine.options import Offer


@dataclass(frozen=True, slots=True)
class Focus:
    """What the person was asked last. `labels` are the offers' texts as they were shown."""

    flow: str
    subject: str
    expects: bool
    offers: tuple[Offer, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the event replies to, when it does: a message of ours with these offers, this case."""

    offers: tuple[Offer, ...] = ()
    case: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    flow: str
    subject: str
    event: Event


NOBODY = Focus("", "", False)
#: States in which a check-in is waiting for its answer: "help" is then a call for help.
ASKING = frozenset({"reminded", "asked", "overdue"})
PANIC_ACTIVE = "active"
PANIC_ASKS = "confirm"
#: States in which what somebody writes goes to the panic flow.
PANIC_LISTENS = frozenset({PANIC_ACTIVE, PANIC_ASKS})
#: States of the line to a human in which it takes what nobody else waits for.
LINE_OPEN = frozenset({"choosing", "waiting", "open"})
#: What asks so that a line to a human goes before it.
GIVES_WAY = frozenset({"guidance", "hotline", "home"})
#: Forms whose words are sealed: an answer is read by those whom it is for, and nobody else.
FORMS = frozenset({"fund", "report", "application", "record"})
DRAFTS = frozenset({"fund", "report"})  #: forms that are left by the word that begins them


def takes(flows: Mapping[str, Flow], facts: Facts, focus: Focus, trigger: str) -> bool:
    if not focus.expects or focus.flow not in flows:
        return False
    if focus.flow == "escalation":
        return trigger == "text" and any(case.id == focus.subject for case in facts.desk)
    if focus.flow in ("application", "record"):
        # Officers, the applicant, referees, who pays: it knows itself whom it has asked.
        return trigger in ("text", "media")
    if focus.flow == "drill":
        return trigger == "text"  # a guest, who was asked what to call them
    return accepts(flows, facts, focus.flow, trigger)


def accepts(flows: Mapping[str, Flow], facts: Facts, flow: str, trigger: str) -> bool:
    state = facts.states.get(flow)
    return state is not None and flow in flows and flows[flow].accepts(state, trigger)


def in_form(facts: Facts, flows: Mapping[str, Flow], focus: Focus) -> bool:
    """A form waits for an answer in the person's own words."""
    return focus.flow in FORMS and takes(flows, facts, focus, "text")


def asks_for_words(event: Event, facts: Facts) -> str:
    """The one request of theirs that waits for words: these may be the ones."""
    said = event.kind in (Kind.TEXT, Kind.MEDIA) and (event.text.strip() or event.files)
    asking = [a.id for a in facts.applications if a.person == event.person and a.asks]
    return asking[0] if said and len(asking) == 1 else ""


def in_call(facts: Facts) -> bool:
    return facts.states.get("panic") == PANIC_ACTIVE


def on_line(facts: Facts) -> bool:
    return facts.states.get("hotline") in LINE_OPEN


def enrolling(facts: Facts) -> bool:
    """Enrolment takes answers, but never one that a waiting check-in needs."""
    return "enrolment" in facts.states and facts.states.get("checkin") not in ASKING


def has_line(case: str, facts: Facts) -> bool:
    """What a coordinator writes in reply goes to the person: they asked for a human."""
    return any(c.id == case and c.line for c in facts.desk)
