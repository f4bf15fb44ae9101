"""The questions of a request to a fund, in their order. Answers are in `data["answers"]`, of the
shape that rules.py reads; `data["part"]` holds what is half answered (a line of the budget, a
person who can confirm, what an organisation may learn).

- Nothing is refused: where a rule of the fund speaks against it, it is said at once, kindly, with
  others who may help, and the next question comes.
- Every question can be left out but those without which nobody could decide anything.
"""

from collections.abc import Callable

from flows.engine.messages import Country, Scalar
from flows.engine.model import Choice, Data, Event, Facts
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries
from flows.engine.safer import Safer
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund.form import (
    DANGER,
    OLDEST,
    SKIP,
    WHO,
    Asked,
    State,
    anew,
    answers,
    ask,
    fund_of,
    got,
    picked,
    put,
    shown,
    skipped,
    taken,
    written,
)
from flows.fund.lists import (
    amount_meant,
    another,
    ask_budget,
    ask_evidence,
    ask_referees,
    budget_skip,
    finish,
    may_ask,
    referees_skip,
    show_budget,
    show_evidence,
    show_referees,
    take_budget,
    take_evidence,
    take_referee,
)
from flows.fund.sharing import (
    ask_files,
    ask_partners,
    chosen,
    consented,
    kind,
    partner,
    show_files,
    show_partners,
    take_file,
)
from flows.fund.terms import said

S = State
SAFER = Safer(S.CHANNEL, m.ON_TELEGRAM, m.SIGNAL_KNOWN, m.SIGNAL_CODE)

# ---------------------------------------------------------------- before it begins


def ask_fund(data: Data, event: Event, facts: Facts) -> Asked:
    lang = facts.person.lang
    funds = facts.policy.funds.values()
    choices = (Choice(m.FUND, "pick", f.id, {"name": said(f.name, lang)}) for f in funds)
    return data, ask(m.WHICH, {}, *choices)


def take_fund(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken({**data, "fund": event.arg})


def ask_begin(data: Data, event: Event, facts: Facts) -> Asked:
    fund = fund_of(data, facts)
    name = said(fund.name, facts.person.lang) if fund else ""
    return data, ask(m.BEGIN, {"name": name}, Choice(m.START, "pick"), Choice(m.NOT_NOW, "leave"))


def ask_known(data: Data, event: Event, facts: Facts) -> Asked:
    asked = m.KNOWN if facts.cases else m.KNOWN_BARE
    return data, ask(asked, {}, Choice(m.YES, "pick", "yes"), Choice(m.NO, "pick", "no"))


def take_known(data: Data, event: Event, facts: Facts) -> Taken:
    """Only with their consent, and only what they could read themselves."""
    if event.arg != "yes":
        return Taken(data)
    known = {"name": facts.person.name, "country": facts.places.country(facts.person.tz)}
    data = {**data, "known": {k: v for k, v in known.items() if v}}
    return Taken(put(data, "linked", [case.id for case in facts.cases]) if facts.cases else data)


def take_who(data: Data, event: Event, facts: Facts) -> Taken:
    """Who asks for themself has a name and a country already, where they agreed to that."""
    data = put(data, "who", event.arg)
    for name, value in data.get("known", {}).items() if event.arg == "me" else ():
        data = data if got(data, f"journalist.{name}") else put(data, f"journalist.{name}", value)
    return taken(data, event, facts)


def _unless(name: str) -> Callable[[Data, Facts], bool]:
    return lambda data, _facts: not (got(data, name) and answers(data).get("who") == "me")


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
    return data, ask(m.COUNTRY, {}, SKIP)


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
    return data, ask(m.DEPENDANTS, {})


def take_dependants(data: Data, event: Event, facts: Facts) -> Taken | Again:
    number = facts.words.number(event.text.strip())
    if number is None or number > 99:
        return Again(data, ask(m.NOT_A_NUMBER, {}))
    return Taken(put(data, "dependants", number))


def ask_granted(data: Data, event: Event, facts: Facts) -> Asked:
    return data, ask(m.GRANTED, {}, Choice(m.NEVER, "never"))


def take_granted(data: Data, event: Event, facts: Facts) -> Taken | Again:
    typed = facts.words.normal(event.text)
    year, _, month = typed.partition(" ")
    right = len(year) == 4 and (year + month).isascii() and year.isdigit() and month.isdigit()
    if not right or not 1 <= int(month) <= 12:
        return Again(data, ask(m.NOT_A_MONTH, {}, Choice(m.NEVER, "never")))
    return taken(put(data, "granted", f"{year}-{int(month):02}"), event, facts)


def never(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(put(data, "granted", ""))


# ---------------------------------------------------------------- the list


def _several(data: Data, facts: Facts) -> bool:
    return len(facts.policy.funds) > 1


QUESTIONS = (
    Question(S.FUND, ask_fund, {"pick": goes(take_fund)}, wanted=_several),
    SAFER.question(),
    Question(S.BEGIN, ask_begin, {"pick": goes(lambda data, _event, _facts: Taken(data))}),
    Question(S.KNOWN, ask_known, {"pick": goes(take_known)}),
    Question(
        S.WHO,
        lambda data, _event, _facts: (
            data,
            ask(m.WHO, {}, *(Choice(label, "pick", who) for who, label in WHO.items())),
        ),
        {"pick": goes(take_who)},
        label=m.L_WHO,
        show=lambda data: WHO.get(str(answers(data).get("who")), m.EMPTY),
    ),
    picked(S.CASE, "case", m.CASE, m.L_CASE, names.CASES),
    picked(S.CAUSE, "cause", m.CAUSE, m.L_CAUSE, names.CAUSES),
    written(
        S.NAME, "journalist.name", m.NAME, m.L_NAME, must=True, wanted=_unless("journalist.name")
    ),
    written(S.USED, "journalist.used_name", m.USED, m.L_USED),
    Question(
        S.BORN,
        ask_born,
        {"text": tries(take_born), "skip": skipped("journalist.birth_year")},
        label=m.L_BORN,
        show=shown("journalist.birth_year"),
    ),
    Question(
        S.COUNTRY,
        ask_country,
        {
            "text": tries(take_country),
            "location": goes(country_at),
            "skip": skipped("journalist.country"),
        },
        wanted=_unless("journalist.country"),
        label=m.L_COUNTRY,
        show=show_country,
    ),
    written(S.OUTLET, "journalist.outlet", m.OUTLET, m.L_OUTLET),
    written(S.WHAT, "what", m.WHAT, m.L_WHAT, must=True),
    written(S.WHEN, "when", m.WHEN, m.L_WHEN),
    written(S.WHERE, "where", m.WHERE, m.L_WHERE),
    written(S.WHOM, "whom", m.WHOM, m.L_WHOM),
    written(S.LINK, "link", m.LINK, m.L_LINK),
    Question(
        S.EVIDENCE,
        ask_evidence,
        {
            "text": Read(take_evidence, (Again,)),
            "anew": anew("evidence"),
            "finish": goes(finish),
            "skip": goes(lambda data, _event, _facts: Taken(put(data, "evidence", []))),
        },
        label=m.L_EVIDENCE,
        show=show_evidence,
    ),
    Question(
        S.DEPENDANTS,
        ask_dependants,
        {"text": tries(take_dependants)},
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
            "anew": anew("budget"),
            "finish": goes(finish),
            "skip": tries(budget_skip),
        },
        label=m.L_BUDGET,
        show=show_budget,
    ),
    written(S.OTHERS, "others", m.OTHERS, m.L_OTHERS),
    Question(
        S.GRANTED,
        ask_granted,
        {"text": tries(take_granted), "never": goes(never)},
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
        label=m.L_REFEREES,
        show=show_referees,
    ),
    picked(S.DANGER, "danger", m.DANGER, m.L_DANGER, DANGER),
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
        wanted=lambda data, facts: bool((fund := fund_of(data, facts)) and fund.partners),
        label=m.L_PARTNERS,
        show=show_partners,
    ),
    Question(
        S.FILES,
        ask_files,
        {"media": Read(take_file, (Again,)), "finish": goes(finish)},
        label=m.L_FILES,
        show=show_files,
    ),
)
