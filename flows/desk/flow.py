"""The desk: `cases`, `duty`, and `ack`, `note`, `escalate`, `close` with a case's id; for officers
of a fund `applications`, and `application` with an id; for both `invite`.

To a coordinator, a case about themselves doesn't exist; to an officer, a request of their own, or
one that they must not see.
"""

from enum import StrEnum

from flows.desk import messages as m
from flows.engine.draft import drawn
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Line, Moment, Scalar, Value
from flows.engine.model import (
    Application,
    Case,
    Choice,
    Data,
    Event,
    Facts,
    Lane,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    Step,
    Weighed,
    Where,
)

LONGEST_ABOUT = 38  #: characters: it is a button
#: What never goes to a case by guess.
NAMED_ONLY = frozenset({"close", "say"})
CODE_LENGTH = 10  #: letters
INVITING = frozenset({Role.COORDINATOR, Role.OFFICER})
GATHERS = 15 * 60_000  #: ms in which more that is late comes into the same message
ONCE_IN = 23 * 3_600_000  #: ms between two such messages
OWED = frozenset({"submitted", "vetting", "recommended"})  #: states in which an answer is owed
SHOWN = 8  #: cases in one list; more would hide the first ones
#: States of a request in which somebody has something to do.
WORKED_ON = {
    "submitted": m.SUBMITTED,
    "vetting": m.VETTING,
    "recommended": m.RECOMMENDED,
    "approved": m.APPROVED,
    "payout": m.PAYOUT,
    "paid": m.PAID,
    "report": m.REPORT,
}


class State(StrEnum):
    DESK = "desk"


def cases(data: Data, event: Event, facts: Facts) -> Step:
    found = sorted(_others(facts), key=lambda c: (c.state != "open", c.opened_at))
    if not found:
        return _say(data, Say(m.NONE))
    rows = tuple(_line(c, facts) for c in found[:SHOWN])
    buttons = tuple(
        Choice(m.OPEN, "show", args={"id": c.id}, always=True, to=("escalation", c.id))
        for c in found[:SHOWN]
    )
    return _say(data, Say(m.LIST, {"n": len(found), "lines": rows}, buttons))


def _line(case: Case, facts: Facts) -> Line:
    who = facts.people.get(case.person)
    held = m.HELD if case.state != "open" else m.ANSWERED if case.quiet else m.FREE
    name = who.name if who else "?"
    since = Moment(case.opened_at)
    return Line(m.CASE, {"id": case.id, "name": name, "since": since, "held": held})


def about_case(data: Data, event: Event, facts: Facts) -> Step:
    """The first word is the id, with or without #, in digits of any script. An officer takes a
    request with the same words.

    With one open case it may be left out, except where that would close it.
    """
    first, _, rest = event.arg.strip().partition(" ")
    known = {c.id: c for c in _others(facts)}
    typed = facts.words.normal(first).replace(" ", "").upper()
    case = known.get(typed)
    if event.trigger == "ack" and (request := _requested(typed, facts)):
        does = "take" if request.state in ("submitted", "vetting") else "show"
        return Step(State.DESK, data, (Signal("application", request.id, does),))
    if typed in facts.closed and case is None:
        return _say(data, Say(m.OVER, {"id": typed}))
    if case is None and (first.startswith("#") or any(c.isdigit() for c in typed)):
        officer = facts.person.role is Role.OFFICER
        return _say(data, Say(m.NO_REQUEST if officer else m.NO_CASE))
    if case is None and len(known) == 1 and event.trigger not in NAMED_ONLY:
        case, rest = next(iter(known.values())), event.arg
    if case is None:
        verb = event.text.split()[0].lstrip("/") if event.text.strip() else event.trigger
        args = {"verb": verb, "id": "#" + next(iter(known), "")}
        return _say(data, Say(m.WHICH, args) if known else Say(m.NO_CASE))
    told = Signal("escalation", case.id, event.trigger, {"text": rest.strip()})
    return Step(State.DESK, data, (told,))


def about(data: Data, event: Event, facts: Facts) -> Step:
    """How people who choose whom to write with see this coordinator, who has no name there."""
    text = " ".join(event.arg.split())[:LONGEST_ABOUT]
    if not text:
        now = facts.person.about
        return _say(data, Say(m.ABOUT_NOW, {"about": now}) if now else Say(m.ABOUT_NONE))
    return Step(State.DESK, data, (SetProfile("about", text), Say(m.ABOUT_SET, {"about": text})))


def over(data: Data, event: Event, facts: Facts) -> Step:
    """A button or a reply of a case that was closed meanwhile."""
    return _say(data, Say(m.OVER, {"id": event.arg}))


def duty(data: Data, event: Event, facts: Facts) -> Step:
    wanted = facts.words.command(event.arg, facts.person.lang) if event.arg.strip() else None
    word = wanted[0] if wanted else event.arg.strip().lower()
    if word not in ("on", "off"):
        now = m.ON if facts.person.on_duty else m.OFF
        choices = (
            Choice(m.GO_ON, "duty", "on", always=True),
            Choice(m.GO_OFF, "duty", "off", always=True),
        )
        return _say(data, Say(now, choices=choices))
    others = any(c.on_duty for c in facts.coordinators if c.id != facts.person.id)
    said = m.ON if word == "on" else m.OFF if others else m.LAST_OFF
    return Step(State.DESK, data, (SetProfile("on_duty", word == "on"), Say(said)))


# ---------------------------------------------------------------- requests to funds


def applications(data: Data, event: Event, facts: Facts) -> Step:
    """What is due next first. What was declined or is done with isn't there."""
    if facts.person.role is not Role.OFFICER:
        return _say(data, Say(m.OFFICERS_ONLY))
    open_ones = [a for a in _requests(facts) if a.state in WORKED_ON]
    found = sorted(open_ones, key=lambda each: each.turn)
    if not found:
        return _say(data, Say(m.NO_REQUESTS))
    rows = tuple(line for a in found[:SHOWN] for line in (_request(a, event), *_weighed(a.weighed)))
    buttons = tuple(
        Choice(m.OPEN, "show", args={"id": a.id}, always=True, to=("application", a.id))
        for a in found[:SHOWN]
    )
    said = m.REQUESTS if len(found) <= SHOWN else m.FIRST_REQUESTS
    return _say(data, Say(said, {"n": len(found), "lines": rows}, buttons))


def late(data: Data, event: Event, facts: Facts) -> Step:
    """One more request that this officer should look at is late: told with the others, once a day
    (flows/fund/deadlines.py tells it of each, every day)."""
    if data.get("late_at", 0) > event.received:
        return Step(State.DESK, data)
    at = max(event.received + GATHERS, data.get("late_said", 0) + ONCE_IN)
    return Step(State.DESK, {**data, "late_at": at}, (SetTimer("late", at),))


def all_late(data: Data, event: Event, facts: Facts) -> Step:
    open_ones = [a for a in _requests(facts) if a.state in OWED and a.due_at is not None]
    found = sorted((a for a in open_ones if (a.due_at or 0) <= event.received), key=_due)
    data = {**data, "late_said": event.received, "late_at": 0}
    if not found or facts.person.role is not Role.OFFICER:
        return Step(State.DESK, data)
    rows = tuple(_request(each, event) for each in found[:SHOWN])
    buttons = tuple(
        Choice(m.OPEN, "show", args={"id": a.id}, always=True, to=("application", a.id))
        for a in found[:SHOWN]
    )
    said: dict[str, Value] = {"n": len(found), "lines": rows}
    return Step(
        State.DESK, data,
        (Say(m.LATE, said, buttons, lane=Lane.ROUTINE, where=Where.FIRST),),
    )  # fmt: skip


def _due(each: Application) -> int:
    return each.due_at or 0


def _request(each: Application, event: Event) -> Line:
    held = m.HELD if each.holder else m.FREE
    shown: dict[str, Scalar] = {"id": each.id, "state": WORKED_ON[each.state], "held": held}
    if each.due_at is None:
        return Line(m.REQUEST, {**shown, "since": Moment(each.submitted_at, "full")})
    said = m.REQUEST_LATE if each.due_at <= event.received else m.REQUEST_DUE
    return Line(said, {**shown, "due": Moment(each.due_at, "full")})


def _weighed(found: Weighed | None) -> tuple[Line, ...]:
    """What tells ten requests apart; the reasons are with each."""
    if found is None:
        return ()
    args: dict[str, Scalar] = {"done": found.done, "of": found.of}
    if not found.against and not found.ask:
        return (Line(m.REQUEST_CLEAR, args),)
    said = m.REQUEST_AGAINST if found.against else m.REQUEST_ASK
    return (Line(said, {**args, "against": found.against, "ask": found.ask}),)


def application(data: Data, event: Event, facts: Facts) -> Step:
    """The first word is the id. What it shows, the request itself says."""
    first = event.arg.strip().partition(" ")[0]
    typed = facts.words.normal(first).replace(" ", "").upper()
    if typed not in {a.id for a in _requests(facts)}:
        officer = facts.person.role is Role.OFFICER
        return _say(data, Say(m.NO_REQUEST if officer else m.OFFICERS_ONLY))
    return Step(State.DESK, data, (Signal("application", typed, "show"),))


def _requests(facts: Facts) -> list[Application]:
    """Those that this officer may see, or that this person is to pay; nobody else sees any."""
    others = [a for a in facts.applications if a.person != facts.person.id]
    mine = [a for a in others if facts.person.role is Role.OFFICER or _pays(facts, a)]
    return [a for a in mine if facts.person.id not in a.conflicts and a.state != "withdrawn"]


def _requested(typed: str, facts: Facts) -> Application | None:
    """ "I take F7K2QM", said by an officer."""
    if facts.person.role is not Role.OFFICER:
        return None
    return next((each for each in _requests(facts) if each.id == typed), None)


def _pays(facts: Facts, each: Application) -> bool:
    fund = facts.policy.funds.get(each.fund)
    return each.state == "payout" and fund is not None and facts.person.id in fund.payers


# ---------------------------------------------------------------- invitations


def invite(data: Data, event: Event, facts: Facts) -> Step:
    """For one relative, colleague or witness. Who takes part in more is invited by the operator."""
    if facts.person.role not in INVITING:
        return _say(data, Say(m.NO_INVITING))
    code = drawn(facts, "invite", CODE_LENGTH)
    links = (where.replace("{code}", code) for where in facts.contacts.values())
    lines = tuple(Line(m.INVITE_LINK, {"link": link}) for link in (code, *links))
    said = Say(m.INVITED, {"lines": lines})
    return Step(State.DESK, data, (SetProfile("invite", code), said))


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return cases(data, event, facts)


def _say(data: Data, said: Say) -> Step:
    return Step(State.DESK, data, (said,))


def _others(facts: Facts) -> list[Case]:
    me = facts.person.id
    return [c for c in facts.desk if c.person != me and c.only in ("", me)]


S = State

TABLE: Table = {
    S.DESK: {
        "cases": edge(cases, S.DESK),
        "ack": edge(about_case, S.DESK),
        "note": edge(about_case, S.DESK),
        "escalate": edge(about_case, S.DESK),
        "close": edge(about_case, S.DESK),
        "say": edge(about_case, S.DESK),
        "handover": edge(about_case, S.DESK),
        "about": edge(about, S.DESK),
        "duty": edge(duty, S.DESK),
        "over": edge(over, S.DESK),
        "applications": edge(applications, S.DESK),
        "application": edge(application, S.DESK),
        "invite": edge(invite, S.DESK),
        "late": edge(late, S.DESK),
        "timer.late": edge(all_late, S.DESK),
    },
}

FLOW = Flow("desk", TABLE, S.DESK, recover, lobby=frozenset({S.DESK}), sees_silent=True)
