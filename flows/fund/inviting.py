"""May a referee be asked, and how do they come to us.

The applicant allows each referee. Whom we can't write to gets a code: whoever sends it to us, from
any address, is asked the questions of a reference, and nothing else. It works once; a newer code
for the same referee makes an older one void. On a Signal number the first message, with the code,
may be sent directly.
"""

import re
from dataclasses import replace
from typing import Any

from flows.engine.draft import drawn
from flows.engine.messages import Message, Moment, Value
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Forget,
    Kind,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Step,
    Write,
)
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund import referees as refs
from flows.fund.request import (
    DAY,
    SIGNAL,
    STATUS,
    State,
    args_of,
    button,
    fund_of,
    here,
    holder_or_all,
    letter,
    logged,
    permission,
    stay,
    tell,
    told_them,
    unknown,
)

CODE = 10  #: letters, as in bot/strangers.py
CODE_LASTS = 14 * DAY
NUMBER = re.compile(r"\+[\d\s().-]{7,24}")

# ---------------------------------------------------------------- may they be asked


def permit(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """An officer asks the applicant."""
    people = refs.referees(data)
    if not 0 <= n < len(people):
        return stay(data, here(data, m.NO_REFEREES))
    new = logged(data, event, "permit", f"{n + 1}")
    new, written = letter(new, facts, "permit", whom=_name(people[n]), n=n)
    return stay(
        new,
        here(new, m.REF_PERMIT_SENT, n=n + 1, **told_them(new, facts, m.TOLD_PERMIT)),
        *written,
        before=data,
    )


def allow(data: Data, event: Event, facts: Facts) -> Step:
    """The applicant answers that, or says it unasked, or takes it back. A yes after a no counts
    once they have read what it may mean for the referee."""
    what, number, sure = [*event.arg.split(":"), "", ""][:3]
    people, n, yes = refs.referees(data), int(number or -1), what == "allow"
    if not 0 <= n < len(people):
        return unknown(data, event, facts)
    if yes and people[n].get("allowed") is not True and sure != "yes":
        choices = (button(w.MAY_ASK_YES, f"allow:{n}:yes"), button(w.MAY_NOT, f"keep:{n}"))
        return stay(data, Say(w.MAY_ASK_SURE, args_of(data, name=_name(people[n])), choices))
    said = w.MAY_ASK_SAID if yes else w.MAY_NOT_SAID
    other = (button(w.MAY_NOT, f"keep:{n}"),) if yes else permission(n)[:1]
    answer = Say(said, args_of(data, name=_name(people[n])), (*other, STATUS))
    if (people[n].get("allowed") is True) is yes:
        return stay(data, answer)
    changed = [{**each, "allowed": yes} if at == n else each for at, each in enumerate(people)]
    new = {**data, "answers": {**data["answers"], "referees": changed}}
    new = logged(new, event, "allowed" if yes else "kept_from", f"{n + 1}")
    gone: tuple[Effect, ...] = ()
    if not yes and n in refs.waiting(new):
        gone = dismissed(new, n)
        new = refs.kept(new, n, {**(refs.reference(new, n) or {}), "ended": event.received})
        gone = (*gone, *refs.all_heard(new))
    message = m.REF_ALLOWED_TOLD if yes else m.REF_KEPT_TOLD
    told = tell(new, facts, message, {"n": n + 1}, to=holder_or_all(new, facts))
    return stay(new, *gone, answer, *told, before=data)


def permissions(data: Data) -> tuple[Choice, ...]:
    """For the applicant: those who may not be asked so far may be, and the other way round, as long
    as they have not answered."""
    return tuple(
        button(w.MAY_NOT_ONE, f"keep:{n}", n=n + 1)
        if each.get("allowed") is True
        else permission(n)[0]
        for n, each in enumerate(refs.referees(data))
        if each.get("allowed") is not True or not _answered(data, n)
    )


def _answered(data: Data, n: int) -> bool:
    return bool((refs.reference(data, n) or {}).get("at"))


def _name(referee: dict[str, Any]) -> str:
    return str(referee.get("name", "?"))


# ---------------------------------------------------------------- a code for a referee


def ways(data: Data, facts: Facts, n: int) -> tuple[Choice, ...]:
    """What an officer can do to reach this referee."""
    referee = refs.referees(data)[n]
    known = (button(m.REF_SEND, f"send:{n}"),) if refs.known_as(data, facts, referee) else ()
    direct = (button(m.REF_FIRST, f"first:{n}"),) if _number(facts, referee) else ()
    code = (button(m.REF_CODE_BUTTON, f"code:{n}"), button(m.REF_HAND, f"hand:{n}"))
    return (*known, *direct, *code, button(m.REF_CALLED, f"call:{n}"))


def _number(facts: Facts, referee: dict[str, Any]) -> str:
    """Where Signal may find them."""
    reach = str(referee.get("reach", "")).strip()
    if SIGNAL not in facts.channels or not NUMBER.fullmatch(reach):
        return ""
    return "+" + "".join(c for c in reach if c.isdecimal())


def _coded(data: Data, event: Event, facts: Facts, n: int) -> tuple[Data, str, list[Effect]]:
    """With a fresh code for this referee; the one before it is void."""
    code, before = drawn(facts, "referee", CODE), refs.reference(data, n) or {}
    gone = dismissed(data, n)
    turn = before.get("turn", 0) + 1
    kept = {"via": "bot", "by": "", "turn": turn, "asked_at": event.received}
    due = event.received + fund_of(data, facts).deadlines.referees
    new = refs.kept({**data, "due": {**data["due"], "referees": due}}, n, kept)
    by = "" if before.get("by") == event.person else event.person  # or the referee themself
    new = logged(new, event, "asked", f"{n + 1}", by=by)
    until = event.received + CODE_LASTS
    stored = SetProfile("referee", [code, data["id"], n, turn, until])
    return new, code, [*gone, stored, SetTimer("referees", due)]


def _shown(event: Event, facts: Facts, code: str) -> dict[str, Any]:
    links = ("\n" + where.replace("{code}", code) for where in facts.contacts.values())
    until = Moment(event.received + CODE_LASTS, "full")
    return {"code": code, "links": "".join(links), "until": until}


def _refused(data: Data, n: int) -> Message | None:
    people = refs.referees(data)
    if not 0 <= n < len(people):
        return m.NO_REFEREES
    return None if people[n].get("allowed") is True else m.REF_UNKNOWN


def code(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """For the officer, who hands it on."""
    if refused := _refused(data, n):
        return stay(data, here(data, refused))
    new, drawn_, effects = _coded(data, event, facts, n)
    said = here(new, m.REF_CODE, n=n + 1, **_shown(event, facts, drawn_))
    return stay(new, said, *effects, before=data)


def hand(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """For the applicant, who hands it on."""
    if refused := _refused(data, n):
        return stay(data, here(data, refused))
    new, drawn_, effects = _coded(data, event, facts, n)
    whom = _name(refs.referees(data)[n])
    new, written = letter(new, facts, "hand", whom=whom, **_shown(event, facts, drawn_))
    return stay(
        new,
        here(new, m.REF_HANDED, n=n + 1, **told_them(new, facts, m.TOLD_HAND)),
        *written,
        *effects,
        before=data,
    )


def first(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """Straight to the referee's number, in the applicant's language: nobody knows theirs yet."""
    refused = _refused(data, n)
    where = "" if refused else _number(facts, refs.referees(data)[n])
    if refused or not where:
        return stay(data, here(data, refused or m.REF_UNKNOWN))
    new, drawn_, effects = _coded(data, event, facts, n)
    sent = Write(SIGNAL, where, w.REF_FIRST_LETTER, {"code": drawn_}, str(data["lang"]))
    return stay(new, here(new, m.REF_FIRST_SENT, n=n + 1), sent, *effects, before=data)


# ---------------------------------------------------------------- the referee


def refer(data: Data, event: Event, facts: Facts) -> Step:
    """A referee has come with a code, agrees or not, or wants another language."""
    if event.kind is Kind.SIGNAL:
        return _arrived(data, event, facts)
    word, _, rest = event.arg.partition(":")
    if word == "signal":
        return _to_signal(data, event, facts, int(rest))
    return _speak(data, event, facts, rest) if word == "lang" else refs.refer(data, event, facts)


def _arrived(data: Data, event: Event, facts: Facts) -> Step:
    n, found = event.args["n"], refs.reference(data, event.args["n"])
    if not found or found.get("turn") != event.args["turn"] or _refused(data, n):
        return stay(data, *refs.released(event, facts), Say(w.OVER))
    visitor = facts.person.role is Role.REFEREE
    new = refs.kept(data, n, {**found, "by": event.person, "visitor": visitor})
    return stay(new, _letter(facts, n, facts.person.lang))


def _letter(facts: Facts, n: int, lang: str) -> Say:
    """In other languages, too, for somebody of whom we don't know which is theirs."""
    spoken: tuple[Choice, ...] = ()
    if facts.person.role is Role.REFEREE:
        spoken = tuple(
            Choice(w.OWN_NAME, "refer", f"lang:{other}", {"name": name})
            for other, name in facts.languages.items()
            if other != lang
        )
    return Say(w.REF_LETTER, {}, (*refs.answers_to(n), *spoken))


def _to_signal(data: Data, event: Event, facts: Facts, n: int) -> Step:
    """Where nobody reads along: at an address of theirs, or from any with another code. A visitor
    is forgotten here, and comes anew there."""
    found = refs.reference(data, n)
    if found is None or not refs.may_answer(data, event, n) or _refused(data, n):
        return unknown(data, event, facts)
    if SIGNAL in facts.person.channels:
        step = refs.begins(data, event, facts, n, found)
        return replace(step, effects=(Say(w.REF_THERE), *map(_there, step.effects)))
    new, drawn_, effects = _coded(data, event, facts, n)
    link = facts.contacts.get(SIGNAL, "").replace("{code}", drawn_)
    until = Moment(event.received + CODE_LASTS, "full")
    args: dict[str, Value] = {"code": drawn_, "link": link and f"\n{link}", "until": until}
    return stay(new, Say(w.REF_TO_SIGNAL, args), *effects, before=data)


def _there(effect: Effect) -> Effect:
    if isinstance(effect, Say) and not effect.to:
        return replace(effect, via=SIGNAL)
    return effect


def invited(data: Data, who: str) -> int | None:
    """Which referee this person is, who was asked and has not answered."""
    open_ones = (refs.reference(data, n) for n in refs.waiting(data))
    return next((int(each["n"]) for each in open_ones if each and each.get("by") == who), None)


def again(data: Data, event: Event, facts: Facts, n: int, lang: str = "") -> Step:
    """What they were asked, once more."""
    pending = data["asks"].get(event.person)
    if pending is None:
        return stay(data, _letter(facts, n, lang or facts.person.lang))
    step = refs.next_question(data, event, n, pending["via"], dict(pending["got"]))
    return Step(State(data["state"]), step.data, step.effects)


def _speak(data: Data, event: Event, facts: Facts, lang: str) -> Step:
    n = invited(data, event.person)
    if n is None or facts.person.role is not Role.REFEREE or lang not in facts.languages:
        return unknown(data, event, facts)
    step = again(data, event, facts, n, lang)
    return Step(step.state, step.data, (SetProfile("lang", lang), *step.effects))


def dismissed(data: Data, *numbers: int) -> tuple[Forget, ...]:
    """Referees who came with a code and have not answered are forgotten: all, or these."""
    wanted = numbers or tuple(refs.waiting(data))
    found = (refs.reference(data, n) for n in wanted)
    return tuple(Forget(each["by"]) for each in found if each and refs.is_visitor(each))
