"""What leaves the person's hands: which organisation may learn what, and files."""

from flows.engine.draft import without
from flows.engine.messages import Line, Scalar
from flows.engine.model import Choice, Data, Event, Facts, Keep
from flows.engine.questionnaire import Again, Taken
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund.form import (
    ALL,
    CLEARS,
    OFF,
    ON,
    Asked,
    answers,
    ask,
    fund_of,
    put,
)
from flows.fund.terms import KINDS, said

# ---------------------------------------------------------------- who may learn what


def ask_partners(data: Data, event: Event, facts: Facts) -> Asked:
    """First the organisations, then, of one or of all, what it may learn."""
    fund, lang = fund_of(data, facts), facts.person.lang
    given = answers(data).get("consent") or {}
    chosen = data.get("part", {}).get("partner")
    if fund is None or chosen is None:
        lines = tuple(
            Line(
                m.PARTNER, {"name": p.name, "n": len(given.get(p.id, [])), "of": len(fund.consents)}
            )
            for p in (fund.partners if fund else ())
            if fund
        )
        each = (
            Choice(m.ORGANISATION, "partner", p.id, {"name": p.name}, always=True)
            for p in (fund.partners if fund else ())
        )
        every = Choice(m.ALL_OF_THEM, "partner", CLEARS, always=True)
        return data, ask(m.PARTNERS, {"lines": lines}, every, *each, Choice(m.DONE, "finish"))
    name = next((p.name for p in fund.partners if p.id == chosen), "")
    now = given.get(chosen if name else fund.partners[0].id, [])
    lines = tuple(
        Line(m.CONSENT, {"mark": ON if k in now else OFF, "text": said(fund.consents[k], lang)})
        for k in KINDS
        if k in fund.consents
    )
    kinds = (
        Choice(m.KIND, "kind", k, {"mark": ON if k in now else OFF, "kind": names.KINDS[k]})
        for k in KINDS
        if k in fund.consents
    )
    asked = m.MAY_LEARN if name else m.MAY_ALL_LEARN
    return data, ask(asked, {"name": name, "lines": lines}, *kinds, Choice(m.DONE, "chosen"))


def partner(data: Data, event: Event, facts: Facts) -> Again:
    return Again({**data, "part": {"partner": event.arg}})


def kind(data: Data, event: Event, facts: Facts) -> Again:
    """Allowed, or taken back."""
    fund, chosen = fund_of(data, facts), data.get("part", {}).get("partner")
    if fund is None or chosen is None or event.arg not in KINDS:
        return Again(data)
    given = dict(answers(data).get("consent") or {})
    ids = [p.id for p in fund.partners if chosen in (CLEARS, p.id)]
    allowed = event.arg not in given.get(ids[0] if ids else "", [])
    for each in ids:
        others = {k for k in given.get(each, []) if k != event.arg}
        given[each] = [k for k in KINDS if k in others or (allowed and k == event.arg)]
    return Again(put(data, "consent", {k: v for k, v in given.items() if v}))


def chosen(data: Data, event: Event, facts: Facts) -> Again:
    return Again(without(data, "part"))


def consented(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(put(without(data, "part"), "consent", answers(data).get("consent") or {}))


def show_partners(data: Data) -> Scalar:
    return ", ".join(sorted(answers(data).get("consent") or {})) or m.NOTHING


def kinds_shared(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Organisation by organisation, what it may learn."""
    fund, given = fund_of(data, facts), answers(data).get("consent") or {}
    return tuple(
        Line(m.SHARED, {"name": p.name, "kind": names.KINDS[k]})
        for p in (fund.partners if fund else ())
        for k in KINDS
        if k in given.get(p.id, [])
    )


# ---------------------------------------------------------------- files


def ask_files(data: Data, event: Event, facts: Facts) -> Asked:
    if n := answers(data).get("files"):
        return data, ask(m.FILE_TAKEN, {"n": n}, ALL)
    fund, lang = fund_of(data, facts), facts.person.lang
    wanted = fund.documents.get(str(answers(data).get("case")), ()) if fund else ()
    lines = tuple(
        Line(m.DOCUMENT, {"name": said(fund.document_texts.get(d, {}), lang) or names.DOCUMENTS[d]})
        for d in wanted
        if fund and (d in fund.document_texts or d in names.DOCUMENTS)
    )
    if lines:
        return data, ask(m.FILES, {"lines": lines}, ALL)
    return data, ask(m.FILES_BARE, {}, ALL)


def take_file(data: Data, event: Event, facts: Facts) -> Again:
    """Sealed like the answers, and gone with them."""
    if not event.files:
        return Again(data)
    n = int(answers(data).get("files") or 0) + len(event.files)
    data = put(data, "files", n)
    keep = Keep("home", event.person, data["id"], data["id"], event.person)
    return Again(data, (keep, *ask_files(data, event, facts)[1]))


def show_files(data: Data) -> Scalar:
    return int(answers(data).get("files") or 0)
