"""The body of an alert: what happened, how bad, what is known, what to do. Pure lines."""

from collections.abc import Iterable

from flows.engine.messages import Line, Message, Moment, Passage, Place, Scalar, Span
from flows.engine.model import Case, Data, Facts, Phase, Role
from flows.escalation import messages as m

HAPPENED = {
    "overdue": m.OVERDUE,
    "panic": m.PANIC,
    "duress": m.DURESS,
    "medical": m.MEDICAL,
    "hotline": m.HOTLINE,
    "unhandled": m.UNHANDLED,
}
PHASES = {
    Phase.UNCERTAINTY: m.UNCERTAINTY,
    Phase.ALERT: m.PHASE_ALERT,
    Phase.DISTRESS: m.DISTRESS,
}
#: What has its time written down by a card's `Record:`; anything else is told by its name.
RECORDS: dict[str, Message] = {"tourniquet": m.TOURNIQUET}
LATE = 60_000  #: ms; a message that took longer is told with the time it was sent


def name(data: Data, facts: Facts) -> Scalar:
    """The name of the person whom the case is about; who was just invited has none yet."""
    known = facts.people.get(data["person"])
    return known.name if known and known.name else m.NAMELESS


def body(case_id: str, data: Data, facts: Facts, extra: Iterable[Line] = ()) -> tuple[Line, ...]:
    return (
        *happened(data, facts),
        *extra,
        *_phase(data, facts),
        *known(data, name(data, facts)),
        *to_do(case_id, data, facts),
    )


def _phase(data: Data, facts: Facts) -> tuple[Line, ...]:
    """How bad it is. Who would like to write with a human isn't missing."""
    if data["kind"] == "hotline":
        return ()
    return (Line(PHASES[Phase(data["phase"])], {"name": name(data, facts)}),)


def happened(data: Data, facts: Facts) -> tuple[Line, ...]:
    said = HAPPENED.get(data["kind"], m.UNHANDLED)
    if data["kind"] == "panic" and data.get("perhaps"):
        said = m.PERHAPS
    if data.get("quiet"):
        said = m.MEDICAL_QUIET
    args: dict[str, Scalar] = {"since": Moment(data["since"]), "name": name(data, facts)}
    lines = [Line(said, args)]
    who = facts.people.get(data["person"])
    if who is not None and who.role is Role.TRAINEE:
        lines.append(Line(m.OF_A_DRILL, {}))
    if data.get("outage"):
        start, end, late = data["outage"]
        when: dict[str, Scalar] = {"start": Moment(start), "end": Moment(end), "late": Span(late)}
        lines.append(Line(m.LATE, when))
    if data.get("sent_late"):
        sent: dict[str, Scalar] = {"at": Moment(data["since"]), "late": Span(data["sent_late"])}
        lines.append(Line(m.SENT_LATE, sent))
    return tuple(lines)


def known(data: Data, who: Scalar) -> tuple[Line, ...]:
    lines = []
    if data.get("text"):
        text, at = data["text"]
        lines.append(Line(m.LAST_TEXT, {"text": text, "at": Moment(at)}))
    if data.get("sealed"):
        lines.append(Line(m.SEALED, {"at": Moment(data["sealed"])}))
    if data.get("place"):
        lat, lon, at = data["place"]
        lines.append(Line(m.LAST_PLACE, {"place": Place(lat, lon), "at": Moment(at)}))
    if data.get("cancelled"):
        lines.append(Line(m.CANCELLED_AT, {"at": Moment(data["cancelled"])}))
    if data.get("silenced"):
        lines.append(Line(m.SILENCED, {"what": data["silenced"]}))
    lines += [Line(m.RECORDED, {"record": record}) for record in data.get("records", ())]
    return (*lines, *guided(data, who))


def guided(data: Data, who: Scalar, answers: bool = True) -> tuple[Line, ...]:
    """Which step of a card they are at, the times noted, the answers on the way."""
    guide = data.get("guide")
    if not guide:
        return ()
    at = Passage(guide["card"], "gist", guide["step"])
    lines = [Line(m.GUIDED, {"title": Passage(guide["card"]), "text": at})]
    if guide.get("self"):
        lines.append(Line(m.FOR_THEMSELF, {"name": who}))
    for name, ms in guide.get("times", {}).items():
        said = RECORDS.get(name, m.STEP_TIME)
        lines.append(Line(said, {"at": Moment(ms), "what": name}))
    for card, step, answer in guide.get("answers", ()) if answers else ():
        question = Passage(card, "gist", step)
        if answer == "fails":
            lines.append(Line(m.GUIDE_FAILED, {"question": question}))
        else:
            label = Passage(card, answer, step)
            lines.append(Line(m.GUIDE_ANSWER, {"question": question, "answer": label}))
    return tuple(lines)


def others(data: Data, facts: Facts) -> list[Case]:
    """The other open cases about the same person, but those that only one coordinator knows."""
    known = {c.id: c for c in (*facts.cases, *facts.desk) if not c.only}
    return [c for c in known.values() if c.person == data["person"] and c.id != data["id"]]


def to_do(case_id: str, data: Data, facts: Facts) -> tuple[Line, ...]:
    also = others(data, facts)
    who = name(data, facts)
    # One silent case about somebody makes every call to them dangerous.
    silent = data["silent"] or any(c.silent for c in also)
    found = [Line(m.ALSO, {"name": who, "other": c.id}) for c in also]
    if data.get("only"):
        found.append(Line(m.ONLY_YOU, {"name": who}))
    talks = data.get("line") and not silent
    careful = data.get("guide", {}).get("discreet") or any(c.discreet for c in also)
    do = m.DO_SILENT if silent else m.DO_CAREFUL if careful else m.DO_REACH
    do = m.DO_SAY if talks and not careful else do
    found.append(Line(do, {"name": who, "id": case_id}))
    if not data.get("holder"):
        found.append(Line(m.DO_TAKE, {"id": case_id}))
    return tuple(found)
