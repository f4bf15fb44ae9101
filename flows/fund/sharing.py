"""What leaves the person's hands: which organisation may learn what, and files."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flows.engine.draft import without
from flows.engine.messages import Line, Scalar
from flows.engine.model import Choice, Data, Event, Facts, Keep, Say
from flows.engine.questionnaire import Again, Taken
from flows.engine.refusals import NOT_ARRIVED
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
    taken,
)
from flows.fund.terms import KINDS, Fund, said

# ---------------------------------------------------------------- who may learn what


Given = Mapping[str, Sequence[str]]


def given_in(answered: Mapping[str, Any]) -> dict[str, list[str]]:
    """Partner -> kinds. A form of another version may have kept something else."""
    found = answered.get("consent")
    each = found.items() if isinstance(found, Mapping) else ()
    return {str(p): [str(k) for k in kinds] for p, kinds in each if isinstance(kinds, list)}


def changed(fund: Fund, given: Given, chosen: str, kind: str, allow: bool) -> dict[str, list[str]]:
    """One kind allowed, or taken back, for one partner or for all (CLEARS)."""
    new = {partner: list(kinds) for partner, kinds in given.items()}
    for each in (p.id for p in fund.partners if chosen in (CLEARS, p.id)):
        others = {k for k in given.get(each, ()) if k != kind}
        new[each] = [k for k in KINDS if k in others or (allow and k == kind)]
    return {partner: kinds for partner, kinds in new.items() if kinds}


def allowed_to(fund: Fund, given: Given, chosen: str) -> frozenset[str]:
    """What this partner may learn; of all (CLEARS), what any of them may."""
    those = [p.id for p in fund.partners if chosen in (CLEARS, p.id)]
    return frozenset(kind for each in those for kind in given.get(each, ()))


def partner_lines(fund: Fund, given: Given) -> tuple[Line, ...]:
    of = len(fund.consents)
    return tuple(
        Line(m.PARTNER, {"name": p.name, "n": len(given.get(p.id, ())), "of": of})
        for p in fund.partners
    )


def kind_lines(fund: Fund, now: Collection[str], lang: str) -> tuple[Line, ...]:
    """Each kind with the consequence of letting them have it."""
    return tuple(
        Line(m.CONSENT, {"mark": _mark(k, now), "text": said(fund.consents[k], lang)})
        for k in KINDS
        if k in fund.consents
    )


def kind_choices(
    fund: Fund, now: Collection[str], trigger: str, arg: Callable[[str], str] = str
) -> tuple[Choice, ...]:
    return tuple(
        Choice(m.KIND, trigger, arg(k), {"mark": _mark(k, now), "kind": names.KINDS[k]})
        for k in KINDS
        if k in fund.consents
    )


def _mark(kind: str, now: Collection[str]) -> str:
    return ON if kind in now else OFF


def ask_partners(data: Data, event: Event, facts: Facts) -> Asked:
    """First the organisations, then, of one or of all, what it may learn."""
    fund, given = fund_of(data, facts), given_in(answers(data))
    chosen = data.get("part", {}).get("partner")
    partners = fund.partners if fund else ()
    if fund is None or chosen is None:
        lines = partner_lines(fund, given) if fund else ()
        each = (
            Choice(m.ORGANISATION, "partner", p.id, {"name": p.name}, always=True) for p in partners
        )
        every = Choice(m.ALL_OF_THEM, "partner", CLEARS, always=True)
        return data, ask(m.PARTNERS, {"lines": lines}, every, *each, Choice(m.DONE, "finish"))
    name = next((p.name for p in partners if p.id == chosen), "")
    now = allowed_to(fund, given, chosen if name else CLEARS)
    lines, kinds = kind_lines(fund, now, facts.person.lang), kind_choices(fund, now, "kind")
    asked = m.MAY_LEARN if name else m.MAY_ALL_LEARN
    return data, ask(asked, {"name": name, "lines": lines}, *kinds, Choice(m.DONE, "chosen"))


def partner(data: Data, event: Event, facts: Facts) -> Again:
    return Again({**data, "part": {"partner": event.arg}})


def kind(data: Data, event: Event, facts: Facts) -> Again:
    """Allowed, or taken back."""
    fund, chosen = fund_of(data, facts), data.get("part", {}).get("partner")
    if fund is None or chosen is None or event.arg not in KINDS:
        return Again(data)
    given = given_in(answers(data))
    allow = event.arg not in allowed_to(fund, given, chosen)
    return Again(put(data, "consent", changed(fund, given, chosen, event.arg, allow)))


def chosen(data: Data, event: Event, facts: Facts) -> Again:
    return Again(without(data, "part"))


def consented(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(put(without(data, "part"), "consent", answers(data).get("consent") or {}))


def show_partners(data: Data) -> Scalar:
    """How many; who they are stands in the lines below it."""
    return len(given_in(answers(data))) or m.NOTHING


def kinds_shared(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Organisation by organisation, what it may learn."""
    fund, given = fund_of(data, facts), given_in(answers(data))
    return tuple(
        Line(m.SHARED, {"name": p.name, "kind": names.KINDS[k]})
        for p in (fund.partners if fund else ())
        for k in KINDS
        if k in given.get(p.id, [])
    )


# ---------------------------------------------------------------- files


def ask_files(data: Data, event: Event, facts: Facts) -> Asked:
    if event.files:
        return data, ask(m.FILE_COMES, {"n": len(facts.files)}, ALL)
    if data.get("filed"):
        return data, ask(m.FILES_HERE, {"n": len(facts.files)}, ALL)
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
    """Sealed like the answers, and gone with them. Only what has arrived is counted: this one may
    yet be too large, which is said then."""
    if not event.files:
        return Again(data, said=(Say(NOT_ARRIVED),))
    data = {**put(data, "files", len(facts.files)), "filed": True}
    keep = Keep("home", event.person, data["id"], data["id"], event.person)
    return Again(data, said=(keep,))


def all_files(data: Data, event: Event, facts: Facts) -> Taken:
    """What was on its way when it was last counted may have come."""
    if data.get("filed") or answers(data).get("proofs"):
        data = put(data, "files", len(facts.files))
    return taken(data, event, facts)


def show_files(data: Data) -> Scalar:
    return int(answers(data).get("files") or 0)
