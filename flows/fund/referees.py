"""The referees whom the applicant has named: may they be asked, and what do they say."""

from typing import Any

from flows.engine.messages import Line, Message, Scalar
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Forget,
    Lane,
    Role,
    Say,
    SetTimer,
    Step,
    Where,
)
from flows.engine.safer import HERE_TOO, TO_SIGNAL, others_can_read
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.request import (
    NEXT,
    SIGNAL,
    Pending,
    State,
    asked,
    button,
    fund_of,
    go,
    here,
    holder_or_all,
    logged,
    may_see,
    stay,
    tell,
    unknown,
)

#: What is asked of a referee, or of an officer who has called one, and what may be picked.
QUESTIONS: dict[str, tuple[Message, tuple[tuple[str, Message], ...]]] = {
    "how": (w.REF_HOW, ()),
    "since": (w.REF_SINCE, ()),
    "incident": (
        w.REF_INCIDENT,
        (("yes", w.YES), ("partly", w.PARTLY), ("no", w.NO), ("unknown", w.UNSURE)),
    ),
    "journalism": (
        w.REF_JOURNALISM,
        (("yes", w.YES), ("partly", w.PARTLY), ("no", w.NO), ("unknown", w.UNSURE)),
    ),
    "words": (w.REF_WORDS, (("none", w.NOTHING_MORE),)),
}
STEPS = tuple(QUESTIONS)


def referees(data: Data) -> list[dict[str, Any]]:
    found = data.get("answers", {}).get("referees")
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def list_them(data: Data, event: Event, facts: Facts) -> Step:
    """A button for each, without the name: what stands on buttons isn't sealed with the rest."""
    people = referees(data)
    if not people:
        return stay(data, here(data, m.NO_REFEREES))
    lines = tuple(_line(data, facts, n, each) for n, each in enumerate(people))
    buttons = [button(m.REFEREE_BUTTON, f"referee:{n}", n=n + 1) for n in range(len(people))]
    return stay(data, here(data, m.REFEREES, *buttons, NEXT, lines=lines))


def _line(data: Data, facts: Facts, n: int, referee: dict[str, Any]) -> Line:
    state = m.REF_NOT_ALLOWED if referee.get("allowed") is not True else m.REF_NOT_ASKED
    if (found := reference(data, n)) is not None:
        state = m.REF_ANSWERED if found.get("at") else m.REF_REFUSED
        state = m.REF_WAITING if found.get("asked_at") and not found.get("ended") else state
    args: dict[str, Scalar] = {
        "n": n + 1, "name": str(referee.get("name", "?")), "reach": str(referee.get("reach", "?")),
        "state": state,
    }  # fmt: skip
    return Line(m.REFEREE, args)


def reference(data: Data, n: int) -> dict[str, Any] | None:
    return next((each for each in data["references"] if each["n"] == n), None)


def one(data: Data, event: Event, facts: Facts, n: int, ways: tuple[Choice, ...]) -> Step:
    """`ways`: to reach them."""
    people = referees(data)
    if not 0 <= n < len(people):
        return stay(data, here(data, m.NO_REFEREES))
    referee = people[n]
    line = (_line(data, facts, n, referee),)
    if referee.get("allowed") is not True:
        ask = button(m.REF_PERMIT, f"permit:{n}")
        return stay(data, here(data, m.REF_NO_PERMISSION, ask, NEXT, lines=line))
    return stay(data, here(data, m.REF_HOW_TO, *ways, NEXT, lines=line))


def known_as(data: Data, facts: Facts, referee: dict[str, Any]) -> str:
    """The id of the person who is reached there; "" when it is nobody we can write to. Nobody
    confirms their own request, and no officer somebody else's."""
    who = facts.reach.get(str(referee.get("reach", "")), "")
    known = facts.people.get(who)
    if known is None or who == data["person"] or known.role is Role.OFFICER:
        return ""
    return who if known.reachable else ""


def send(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """A message that says nothing of what it is about, until the referee has agreed."""
    people = referees(data)
    who = known_as(data, facts, people[n]) if 0 <= n < len(people) else ""
    if not who or people[n].get("allowed") is not True:
        return stay(data, here(data, m.REF_UNKNOWN))
    new = kept(data, n, {"via": "bot", "by": who, "asked_at": event.received})
    due = event.received + fund_of(data, facts).deadlines.referees
    new = logged({**new, "due": {**data["due"], "referees": due}}, event, "asked", f"{n + 1}")
    sent = Say(w.REF_LETTER, {}, answers_to(n), to=who, lane=Lane.ROUTINE, where=Where.FIRST)
    said = here(new, m.REF_SENT, n=n + 1)
    return stay(new, said, sent, SetTimer("referees", due), before=data)


def answers_to(n: int) -> tuple[Choice, ...]:
    return (Choice(w.REF_AGREE, "refer", f"yes:{n}"), Choice(w.REF_REFUSE, "refer", f"no:{n}"))


def is_visitor(reference: dict[str, Any]) -> bool:
    """They came with a code, and are here for nothing else."""
    return bool(reference.get("visitor") and reference.get("by"))


def released(event: Event, facts: Facts) -> tuple[Forget, ...]:
    """A visitor who has nothing more to do here is forgotten at once."""
    return (Forget(event.person),) if facts.person.role is Role.REFEREE else ()


def refer(data: Data, event: Event, facts: Facts) -> Step:
    """The referee has agreed to answer, or not."""
    word, _, number = event.arg.partition(":")
    n = int(number)
    found = reference(data, n)
    if found is None or not may_answer(data, event, n):
        return unknown(data, event, facts)
    refused = bool(found.get("refused"))
    if word == "yes" and refused:
        choices = (Choice(w.REF_SURE_YES, "refer", f"sure:{n}"), answers_to(n)[1])
        return stay(data, Say(w.REF_SURE, {}, choices))
    if word in ("yes", "sure") and others_read(data, event, facts):
        there = (Choice(TO_SIGNAL, "refer", f"signal:{n}"),) if SIGNAL in facts.channels else ()
        choices = (*there, Choice(HERE_TOO, "refer", f"here:{n}"))
        return stay(data, Say(w.REF_ON_TELEGRAM, {}, choices))
    if word in ("yes", "sure", "here"):
        return begins(data, event, facts, n, found)
    if refused:
        return stay(data, Say(w.REF_THANKS))
    new = kept(data, n, {**found, "ended": event.received, "refused": True})
    new = logged(new, event, "refused", f"{n + 1}", by="")
    told = tell(new, facts, m.REF_REFUSED_TOLD, {"n": n + 1}, to=holder_or_all(new, facts))
    done: tuple[Effect, ...] = (*released(event, facts), *all_heard(new))
    return stay(new, Say(w.REF_THANKS), *told, *done, before=data)


def may_answer(data: Data, event: Event, n: int) -> bool:
    """They were asked and have not answered, or have refused and may still be asked."""
    found = reference(data, n)
    if found is None or found.get("by") != event.person:
        return False
    return not found.get("ended") or bool(found.get("refused") and may_be_asked(data, n))


def others_read(data: Data, event: Event, facts: Facts) -> bool:
    """Where they would answer, and the fund would rather not have it read along."""
    return fund_of(data, facts).details != "any" and others_can_read(event)


def begins(data: Data, event: Event, facts: Facts, n: int, found: dict[str, Any]) -> Step:
    """The first question. Whoever had refused is waited for again, and that is said."""
    said = Say(w.REF_ABOUT, {"name": journalist(data)})
    told: tuple[Effect, ...] = ()
    new = data
    if found.get("refused"):
        open_again = {k: v for k, v in found.items() if k not in ("ended", "refused")}
        new = logged(kept(data, n, open_again), event, "agreed", f"{n + 1}", by="")
        told = tell(new, facts, m.REF_AGREED_TOLD, {"n": n + 1}, to=holder_or_all(new, facts))
    step = next_question(new, event, n, "bot", {})
    return go(State(data["state"]), step.data, said, *step.effects, *told, before=data)


def may_be_asked(data: Data, n: int) -> bool:
    people = referees(data)
    return 0 <= n < len(people) and people[n].get("allowed") is True


def journalist(data: Data) -> str:
    known = data["answers"].get("journalist")
    return str(known.get("name", "?")) if isinstance(known, dict) else "?"


def call(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """An officer has spoken to the referee, and writes down the same answers."""
    people = referees(data)
    if not 0 <= n < len(people) or people[n].get("allowed") is not True:
        return stay(data, here(data, m.REF_UNKNOWN))
    return next_question(data, event, n, "call", {})


def next_question(data: Data, event: Event, n: int, via: str, got: dict[str, str]) -> Step:
    step = STEPS[len(got)]
    message, options = QUESTIONS[step]
    choices = tuple(Choice(label, "pick", f"reference:{value}") for value, label in options)
    said = Say(message, {}, choices, expects=True)
    return stay(asked(data, event, said, "reference", n=n, via=via, got=got), said)


def told(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """One answer of a reference. Where there are buttons, one of them must be taken."""
    n, via, got = pending["n"], pending["via"], dict(pending["got"])
    if via == "call" and not may_see(data, facts, event.person):
        return unknown(data, event, facts)
    step = STEPS[len(got)]
    values = [value for value, _ in QUESTIONS[step][1]]
    if values and step != "words" and text not in values:
        return next_question(data, event, n, via, got)
    nothing = text == "none" or facts.words.command(text, facts.person.lang) == ("no", "")
    got[step] = "" if step == "words" and nothing else text
    if len(got) < len(STEPS):
        return next_question(data, event, n, via, got)
    return _complete(data, event, facts, n, via, got)


def _complete(
    data: Data, event: Event, facts: Facts, n: int, via: str, got: dict[str, str]
) -> Step:
    before = reference(data, n) or {}
    now = event.received
    told = {**before, "via": via, "by": event.person, **got, "at": now, "ended": now}
    by = event.person if via == "call" else ""
    new = logged(kept(data, n, told), event, "reference", f"{n + 1}", by=by)
    said = here(new, m.NOTED) if via == "call" else Say(w.REF_THANKS)
    others = holder_or_all(new, facts)
    heard = tell(new, facts, m.REF_TOLD, {"n": n + 1}, to=others, but=event.person)
    done: tuple[Effect, ...] = (*released(event, facts), *all_heard(new))
    return stay(new, said, *heard, *done, before=data)


def kept(data: Data, n: int, told: dict[str, Any]) -> Data:
    others = [each for each in data["references"] if each["n"] != n]
    return {**data, "references": sorted([*others, {"n": n, **told}], key=lambda r: int(r["n"]))}


def waiting(data: Data) -> list[int]:
    """Referees who were written to and have not answered."""
    asked_of = [r for r in data["references"] if r.get("asked_at") and not r.get("ended")]
    return [int(r["n"]) for r in asked_of]


def all_heard(data: Data) -> tuple[CancelTimer, ...]:
    return () if waiting(data) else (CancelTimer("referees"),)
