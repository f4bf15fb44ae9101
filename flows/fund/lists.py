"""Questions with several answers: the work, who can confirm it. What is half answered is in
`data["part"]`. The money: budget.py.
"""

from flows.engine.draft import without
from flows.engine.messages import Line, Scalar
from flows.engine.model import Choice, Data, Effect, Event, Facts, Say
from flows.engine.questionnaire import Again, Taken
from flows.fund import form_messages as m
from flows.fund.form import (
    ALL,
    ANEW,
    MOST_LINES,
    MOST_REFEREES,
    SKIP,
    Asked,
    answers,
    ask,
    cut,
    cut_said,
    put,
    taken,
)
from flows.fund.sharing import take_file

# ---------------------------------------------------------------- several answers to one question


def ask_evidence(data: Data, event: Event, facts: Facts) -> Asked:
    known = answers(data).get("evidence") or []
    if len(known) >= MOST_LINES:
        return data, ask(m.EVIDENCE_FULL, {"n": MOST_LINES}, ALL, ANEW)
    if event.files and answers(data).get("proofs"):
        return data, ask(m.FILE_COMES, {"n": len(facts.files)}, ALL)
    more = bool(known or answers(data).get("proofs"))
    choices: tuple[Choice, ...] = (ALL, ANEW) if more else (SKIP,)
    return data, ask(m.EVIDENCE_MORE if more else m.EVIDENCE, {}, *choices)


def take_evidence(data: Data, event: Event, facts: Facts) -> Again:
    kept = answers(data).get("evidence") or []
    text = cut(event.text, "evidence")
    if facts.words.means("yes", text):
        return Again(data, ask(m.GO_AHEAD, {}, ALL)) if kept else Again(data)
    full = len(kept) >= MOST_LINES
    data = put(data, "evidence", [*kept, text]) if text and not full else data
    return Again(data, said=_full(MOST_LINES) if full else cut_said(event.text, "evidence"))


def take_proof(data: Data, event: Event, facts: Facts) -> Again:
    """A picture or a document is kept like those at the end, and its words with the others."""
    found = take_file(data, event, facts)
    if not event.files:
        return found
    # Not counted among the documents yet: those that help most are asked for at the end.
    kept, text = answers(data).get("evidence") or [], cut(event.text, "evidence")
    told = [*kept, text] if text and len(kept) < MOST_LINES else kept
    new = put(data, "proofs", int(answers(data).get("proofs") or 0) + len(event.files))
    return Again(put(new, "evidence", told) if text else new, said=found.said)


def proofs(data: Data, facts: Facts) -> tuple[Line, ...]:
    count = int(answers(data).get("proofs") or 0)
    return (Line(m.WITH_FILES, {"n": count}),) if count else ()


def _full(most: int) -> tuple[Effect, ...]:
    return (Say(m.LIST_FULL, {"n": most}),)


def no_evidence(data: Data, event: Event, facts: Facts) -> Taken:
    return taken(put(data, "evidence", []), event, facts)


def finish(data: Data, event: Event, facts: Facts) -> Taken:
    return taken(without(data, "part"), event, facts)


def show_evidence(data: Data) -> Scalar:
    return "; ".join(answers(data).get("evidence") or []) or m.EMPTY


def ask_referees(data: Data, event: Event, facts: Facts) -> Asked:
    """A name, how to reach them, whether they may be asked; then the next one."""
    part = data.get("part", {})
    if "reach" in part:
        asked = (Choice(m.YES, "pick", "yes"), Choice(m.NOT_YET, "pick", "no"))
        return data, ask(m.MAY_ASK, {"name": part["name"]}, *asked)
    if "name" in part:
        return data, ask(m.REACH, {"name": part["name"]})
    known = answers(data).get("referees") or []
    if len(known) >= MOST_REFEREES:
        args = {"name": known[-1]["name"], "n": MOST_REFEREES}
        return data, ask(m.REFEREE_FULL, args, ALL, ANEW)
    if part or not known:
        return data, ask(m.REFEREE_NEXT if known else m.REFEREE, {}, SKIP)
    choices = (Choice(m.ANOTHER, "another"), ALL, ANEW)
    return data, ask(m.REFEREE_NOTED, {"name": known[-1]["name"]}, *choices)


def take_referee(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data.get("part", {}), cut(event.text, "name")
    if "reach" in part and facts.words.none(event.text):
        return may_ask(data, event, facts)
    if not text or "reach" in part:
        return Again(data)
    if "name" in part:
        reach = {**part, "reach": cut(event.text, "reach")}
        return Again({**data, "part": reach}, said=cut_said(event.text, "reach"))
    if len(answers(data).get("referees") or []) >= MOST_REFEREES:
        return Again(without(data, "part"), said=_full(MOST_REFEREES))
    return Again({**data, "part": {"name": text}}, said=cut_said(event.text, "name"))


def may_ask(data: Data, event: Event, facts: Facts) -> Again:
    part = data.get("part", {})
    if "reach" not in part:
        return Again(data)
    named = {"name": part["name"], "reach": part["reach"], "allowed": event.arg == "yes"}
    known = answers(data).get("referees") or []
    return Again(put(without(data, "part"), "referees", [*known, named]))


def another(data: Data, event: Event, facts: Facts) -> Again:
    full = len(answers(data).get("referees") or []) >= MOST_REFEREES
    return Again(data if full else {**data, "part": {"next": True}})


def referees_skip(data: Data, event: Event, facts: Facts) -> Taken:
    known = answers(data).get("referees") or []
    return taken(put(without(data, "part"), "referees", known), event, facts)


def show_referees(data: Data) -> Scalar:
    known = answers(data).get("referees") or []
    return "; ".join(f"{r['name']} ({r['reach']})" for r in known) or m.EMPTY


def kept_from(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Those of whom they said no."""
    known = answers(data).get("referees") or []
    return tuple(Line(m.NOT_ALLOWED, {"name": r["name"]}) for r in known if not r["allowed"])
