"""The questions of a request to a fund, in their order. Answers are in `data["answers"]`, of the
shape that rules.py reads; `data["part"]` holds what is half answered (a line of the budget, a
person who can confirm, what an organisation may learn).

- Nothing is refused: where a rule of the fund speaks against it, it is said at once, kindly, with
  others who may help, and the next question comes.
- Every question can be left out but those without which nobody could decide anything.
"""

from collections.abc import Callable
from typing import Any

from flows.engine.draft import without
from flows.engine.messages import Country, Message, Scalar, Span, Value
from flows.engine.model import Choice, Data, Event, Facts
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries, unanswered
from flows.engine.safer import Safer
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund.budget import (
    amount_meant,
    ask_budget,
    budget_lines,
    budget_skip,
    change_line,
    show_budget,
    take_budget,
)
from flows.fund.form import (
    DANGER,
    FATE,
    OLDEST,
    SKIP,
    TAKES,
    WHO,
    Asked,
    State,
    anew,
    answers,
    ask,
    counted,
    cut,
    cut_said,
    fund_of,
    got,
    heard,
    picked,
    put,
    shown,
    skipped,
    story,
    taken,
    tense,
    written,
)
from flows.fund.known import ask_known, known, offered, show_linked, suggested, take_known
from flows.fund.lists import (
    another,
    ask_evidence,
    ask_referees,
    finish,
    kept_from,
    may_ask,
    no_evidence,
    proofs,
    referees_skip,
    show_evidence,
    show_referees,
    take_evidence,
    take_proof,
    take_referee,
)
from flows.fund.rules import asked_for
from flows.fund.sharing import (
    all_files,
    ask_files,
    ask_partners,
    chosen,
    consented,
    kind,
    kinds_shared,
    partner,
    show_files,
    show_partners,
    take_file,
)
from flows.fund.terms import said
from flows.fund.when import ask_granted, never, no_when, show_when, take_granted, take_when

S = State
SAFER = Safer(S.CHANNEL, m.ON_TELEGRAM, m.SIGNAL_KNOWN, m.SIGNAL_CODE, plain=frozenset({S.FUND}))

# ---------------------------------------------------------------- before it begins


def ask_fund(data: Data, event: Event, facts: Facts) -> Asked:
    lang = facts.person.lang
    funds = facts.policy.funds.values()
    choices = (Choice(m.FUND, "pick", f.id, {"name": said(f.name, lang)}) for f in funds)
    return data, ask(m.WHICH, {}, *choices)


def take_fund(data: Data, event: Event, facts: Facts) -> Taken:
    """Another one has rules of its own, and partners who are asked about anew."""
    if event.arg == data.get("fund"):
        return Taken(data)
    new = without({**data, "fund": event.arg}, "told", "part")
    if not answers(data):
        return Taken(new)
    return taken(unanswered(new, S.PARTNERS, "consent"), event, facts)


def show_fund(data: Data, facts: Facts) -> Scalar:
    fund = fund_of(data, facts)
    return said(fund.name, facts.person.lang) if fund else m.EMPTY


def ask_begin(data: Data, event: Event, facts: Facts) -> Asked:
    fund = fund_of(data, facts)
    name = said(fund.name, facts.person.lang) if fund else ""
    args: dict[str, Value] = {"name": name, "span": Span(TAKES)}
    return data, ask(m.BEGIN, args, Choice(m.START, "pick"), Choice(m.NOT_NOW, "leave"))


def take_begin(data: Data, event: Event, facts: Facts) -> Taken:
    """The first moment at which a rule can speak against it: a grant that we know of."""
    return taken(data, event, facts)


# ---------------------------------------------------------------- who asks, for whom


def take_who(data: Data, event: Event, facts: Facts) -> Taken:
    return taken(without(put(data, "who", event.arg), "part"), event, facts)


OF_APPLICANT = {"name": m.OWN_NAME, "reach": m.OWN_REACH, "relation": m.RELATION}


def _next_of_applicant(data: Data, part: Data) -> str:
    fields = (f for f in OF_APPLICANT if f != "relation" or got(data, "who") == "relative")
    return next((f for f in fields if f not in part), "")


def ask_applicant(data: Data, event: Event, facts: Facts) -> Asked:
    """Whoever asks for somebody else: their own name, how to reach them, what they are to the
    journalist."""
    field = _next_of_applicant(data, data.get("part", {}))
    asked = ask(OF_APPLICANT[field or "name"], {}, *((SKIP,) if field == "reach" else ()))
    value = known(data, f"applicant.{field}")
    return data, suggested(asked, str(value)) if value else asked


def take_applicant(data: Data, event: Event, facts: Facts) -> Taken | Again:
    field = _next_of_applicant(data, data.get("part", {}))
    text = cut(event.text, field)
    if not any(map(str.isalnum, text)):
        return Again(data)
    return heard(_of_applicant(data, event, facts, text), cut_said(event.text, field))


def use_applicant(data: Data, event: Event, facts: Facts) -> Taken | Again:
    field = _next_of_applicant(data, data.get("part", {}))
    return _of_applicant(data, event, facts, str(known(data, f"applicant.{field}") or ""))


def skip_applicant(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Only how to reach them."""
    field = _next_of_applicant(data, data.get("part", {}))
    return _of_applicant(data, event, facts, "") if field == "reach" else Again(data)


def _of_applicant(data: Data, event: Event, facts: Facts, text: str) -> Taken | Again:
    part = data.get("part", {})
    part = {**part, _next_of_applicant(data, part): text}
    if _next_of_applicant(data, part):
        return Again({**data, "part": part})
    return taken(put(without(data, "part"), "applicant", part), event, facts)


def show_applicant(data: Data) -> Scalar:
    told = answers(data).get("applicant") or {}
    return ", ".join(filter(None, (told.get(f) for f in ("name", "relation", "reach")))) or m.EMPTY


def _applies(part: str) -> Callable[[Data, Facts], bool]:
    """By the same as it is counted by: what nobody was asked can't be missing."""

    def wanted(data: Data, facts: Facts) -> bool:
        fund = fund_of(data, facts)
        return fund is not None and asked_for(part, fund, answers(data))

    return wanted


# ---------------------------------------------------------------- numbers, places, times


def take_born(data: Data, event: Event, facts: Facts) -> Taken | Again:
    year = facts.words.number(event.text.strip())
    now = 1970 + event.received // 31_556_952_000
    if year is None or not now - OLDEST <= year <= now:
        return Again(data, ask(m.NOT_A_YEAR, {}, SKIP))
    return Taken(put(data, "journalist.birth_year", year))


def ask_born(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(m.BORN, {}, SKIP)


def ask_country(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(tense(data, m.COUNTRY, m.COUNTRY_PAST, m.COUNTRY_MINE), {}, SKIP)


def take_country(data: Data, event: Event, facts: Facts) -> Taken | Again:
    zones = [zone for zone, _ in facts.places.find(event.text)]
    country = next(filter(None, map(facts.places.country, zones)), "")
    if not country:
        return Again(data, ask(m.NO_PLACE, {}, SKIP))
    return taken(put(data, "journalist.country", country), event, facts)


def country_at(data: Data, event: Event, facts: Facts) -> Taken:
    country = facts.places.country(facts.places.nearest(event.lat, event.lon))
    return taken(put(data, "journalist.country", country), event, facts)


def show_country(data: Data) -> Scalar:
    code = got(data, "journalist.country")
    return Country(code) if code else m.EMPTY


def ask_dependants(data: Data, event: Event, facts: Facts) -> Asked:
    """No button: where buttons are numbers, "1" would be one."""
    return data, ask(tense(data, m.DEPENDANTS, m.DEPENDANTS_PAST, m.DEPENDANTS_MINE), {})


def take_dependants(data: Data, event: Event, facts: Facts) -> Taken | Again:
    number = 0 if facts.words.none(event.text) else counted(event.text, 0, facts)
    if number is None:
        return Again(data, ask(m.NOT_A_NUMBER, {}))
    return Taken(put(data, "dependants", number))


# ---------------------------------------------------------------- the list


def _several(data: Data, facts: Facts) -> bool:
    return len(facts.policy.funds) > 1


def _written(state: State, name: str, asked: Message, label: Message, **more: Any) -> Question:
    """In their own words, or as it is known."""
    return offered(name, written(state, name, asked, label, **more))


QUESTIONS = (
    Question(
        S.FUND,
        ask_fund,
        {"pick": goes(take_fund)},
        wanted=_several,
        label=m.L_FUND,
        show_in=show_fund,
    ),
    SAFER.question(),
    Question(S.BEGIN, ask_begin, {"pick": goes(take_begin)}),
    Question(
        S.KNOWN,
        ask_known,
        {"pick": goes(take_known)},
        ("linked",),
        label=m.L_LINKED,
        show=show_linked,
    ),
    Question(
        S.WHO,
        lambda data, _event, _facts: (
            data,
            ask(m.WHO, {}, *(Choice(label, "pick", who) for who, label in WHO.items())),
        ),
        {"pick": goes(take_who)},
        ("who",),
        label=m.L_WHO,
        show=lambda data: WHO.get(str(answers(data).get("who")), m.EMPTY),
    ),
    Question(
        S.APPLICANT,
        ask_applicant,
        {
            "text": tries(take_applicant),
            "use": tries(use_applicant),
            "skip": tries(skip_applicant),
        },
        ("applicant",),
        wanted=_applies("applicant"),
        follows=True,
        label=m.L_APPLICANT,
        show=show_applicant,
    ),
    picked(S.CASE, "case", m.CASE, m.L_CASE, names.CASES),
    picked(S.FATE, "fate", m.FATE, m.L_FATE, FATE, wanted=_applies("fate"), follows=True),
    picked(S.CAUSE, "cause", m.CAUSE, m.L_CAUSE, names.CAUSES),
    _written(
        S.NAME, "journalist.name", m.NAME, m.L_NAME, must=True, past=m.NAME_PAST, mine=m.NAME_MINE
    ),
    _written(S.USED, "journalist.used_name", m.USED, m.L_USED, past=m.USED_PAST, mine=m.USED_MINE),
    offered(
        "journalist.birth_year",
        Question(
            S.BORN,
            ask_born,
            {"text": tries(take_born), "skip": skipped("journalist.birth_year")},
            ("journalist.birth_year",),
            label=m.L_BORN,
            show=shown("journalist.birth_year"),
        ),
    ),
    offered(
        "journalist.country",
        Question(
            S.COUNTRY,
            ask_country,
            {
                "text": tries(take_country),
                "location": goes(country_at),
                "skip": skipped("journalist.country"),
            },
            ("journalist.country",),
            label=m.L_COUNTRY,
            show=show_country,
        ),
    ),
    _written(
        S.OUTLET, "journalist.outlet", m.OUTLET, m.L_OUTLET, past=m.OUTLET_PAST, mine=m.OUTLET_MINE
    ),
    offered("what", story(S.WHAT, "what", m.WHAT, m.L_WHAT)),
    offered(
        "when",
        Question(
            S.WHEN,
            lambda data, _event, _facts: (data, ask(m.WHEN, {}, SKIP)),
            {"text": tries(take_when), "skip": goes(no_when)},
            ("when", "when_day"),
            label=m.L_WHEN,
            show=show_when,
        ),
    ),
    _written(S.WHERE, "where", m.WHERE, m.L_WHERE),
    written(S.WHOM, "whom", m.WHOM, m.L_WHOM),
    written(S.LINK, "link", m.LINK, m.L_LINK),
    offered(
        "evidence",
        Question(
            S.EVIDENCE,
            ask_evidence,
            {
                "text": Read(take_evidence, (Again,)),
                "media": Read(take_proof, (Again,)),
                "anew": anew("evidence"),
                "finish": goes(finish),
                "skip": goes(no_evidence),
            },
            ("evidence", "proofs"),
            label=m.L_EVIDENCE,
            show=show_evidence,
            beside=proofs,
        ),
    ),
    Question(
        S.DEPENDANTS,
        ask_dependants,
        {"text": tries(take_dependants)},
        ("dependants",),
        label=m.L_DEPENDANTS,
        show=lambda data: (
            found if (found := answers(data).get("dependants")) is not None else m.EMPTY
        ),
    ),
    Question(
        S.BUDGET,
        ask_budget,
        {
            "text": Read(take_budget, (Again,)),
            "amount": Read(amount_meant, (Again,)),
            "line": Read(change_line, (Again,)),
            "anew": anew("budget"),
            "finish": goes(finish),
            "skip": tries(budget_skip),
        },
        ("budget",),
        label=m.L_BUDGET,
        show=show_budget,
        beside=budget_lines,
    ),
    written(S.OTHERS, "others", m.OTHERS, m.L_OTHERS),
    Question(
        S.GRANTED,
        ask_granted,
        {"text": tries(take_granted), "never": goes(never)},
        ("granted",),
        label=m.L_GRANTED,
        show=shown("granted"),
    ),
    Question(
        S.REFEREES,
        ask_referees,
        {
            "text": Read(take_referee, (Again,)),
            "pick": Read(may_ask, (Again,)),
            "another": Read(another, (Again,)),
            "anew": anew("referees"),
            "finish": goes(finish),
            "skip": goes(referees_skip),
        },
        ("referees",),
        label=m.L_REFEREES,
        show=show_referees,
        beside=kept_from,
    ),
    picked(
        S.DANGER,
        "danger",
        m.DANGER_BOTH,
        m.L_DANGER,
        DANGER,
        past=m.DANGER,  # there is only the family left
        mine=m.DANGER,
    ),
    written(S.CONTACT, "contact", m.CONTACT, m.L_CONTACT),
    Question(
        S.PARTNERS,
        ask_partners,
        {
            "partner": Read(partner, (Again,)),
            "kind": Read(kind, (Again,)),
            "chosen": Read(chosen, (Again,)),
            "finish": goes(consented),
        },
        ("consent",),
        wanted=_applies("consent"),
        label=m.L_PARTNERS,
        show=show_partners,
        beside=kinds_shared,
    ),
    Question(
        S.FILES,
        ask_files,
        {"media": Read(take_file, (Again,)), "finish": goes(all_files)},
        ("files",),
        label=m.L_FILES,
        show=show_files,
    ),
)
