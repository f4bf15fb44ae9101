"""The questions of a request to a fund, in their order. Answers are in `data["answers"]`, of the
shape that rules.py reads; `data["part"]` holds what is half answered (a line of the budget, a
person who can confirm, what an organisation may learn).

- Nothing is refused: where a rule of the fund speaks against it, it is said at once, kindly, with
  others who may help, and the next question comes.
- Every question can be left out but those without which nobody could decide anything.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from flows.engine.messages import Country, Line, Message, Scalar, Value
from flows.engine.model import Choice, Data, Effect, Event, Facts, Keep, Say
from flows.engine.questionnaire import Again, Question, Read, Taken, goes, tries
from flows.fund import form_messages as m
from flows.fund import messages as names
from flows.fund import money
from flows.fund.rules import AGAINST, findings
from flows.fund.terms import KINDS, Fund, said

LONGEST = {"what": 3_000, "how": 300, "name": 120, "item": 80}  #: characters; others LONGEST_ANSWER
LONGEST_ANSWER = 1_000
MOST_LINES = 30  #: of a budget, of evidence
MOST_REFEREES = 6
OLDEST = 110  #: years
ON, OFF = "☑", "☐"
PREFERRED = "signal"
CLEARS = "_"  #: arg of the button that clears a choice


class State(StrEnum):
    IDLE = "idle"
    #: A draft that somebody has left for a while.
    ASIDE = "aside"
    FUND = "fund"
    CHANNEL = "channel"
    BEGIN = "begin"
    KNOWN = "known"
    WHO = "who"
    CASE = "case"
    CAUSE = "cause"
    NAME = "name"
    USED = "used"
    BORN = "born"
    COUNTRY = "country"
    OUTLET = "outlet"
    WHAT = "what"
    WHEN = "when"
    WHERE = "where"
    WHOM = "whom"
    LINK = "link"
    EVIDENCE = "evidence"
    DEPENDANTS = "dependants"
    BUDGET = "budget"
    OTHERS = "others"
    GRANTED = "granted"
    REFEREES = "referees"
    DANGER = "danger"
    CONTACT = "contact"
    PARTNERS = "partners"
    FILES = "files"
    REVIEW = "review"


S = State
Asked = tuple[Data, tuple[Effect, ...]]
WHO = {"me": m.ME, "relative": m.RELATIVE, "colleague": m.COLLEAGUE}
DANGER = {"yes": m.YES, "no": m.NO, "unsure": m.UNSURE}
_SKIP = Choice(m.SKIP, "skip")
_ALL = Choice(m.THAT_IS_ALL, "finish")


# ---------------------------------------------------------------- small words


def fund_of(data: Data, facts: Facts) -> Fund | None:
    found: Fund | None = facts.policy.funds.get(data.get("fund", ""))
    return found


def answers(data: Data) -> Data:
    found: Data = data.get("answers", {})
    return found


def put(data: Data, name: str, value: Any) -> Data:
    """`name`: of an answer, or "journalist.name"."""
    within, _, field = name.rpartition(".")
    given = answers(data)
    if within:
        value = {**given.get(within, {}), field: value}
    return {**data, "answers": {**given, within or field: value}}


def got(data: Data, name: str) -> Any:
    within, _, field = name.rpartition(".")
    found = answers(data).get(within, {}) if within else answers(data)
    return found.get(field)


def without(data: Data, *keys: str) -> Data:
    return {k: v for k, v in data.items() if k not in keys}


def _ask(message: Message, args: Mapping[str, Value], *choices: Choice) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def _cut(text: str, name: str) -> str:
    return " ".join(text.split())[: LONGEST.get(name.rpartition(".")[2], LONGEST_ANSWER)]


def against(data: Data, event: Event, facts: Facts) -> tuple[Data, tuple[Effect, ...]]:
    """What has come to light with this answer and speaks against it: said once, and never more."""
    fund = fund_of(data, facts)
    if fund is None:
        return data, ()
    found = findings(fund, answers(data), (), event.received, facts.policy.rates)
    fresh = [f for f in found if f.weight == AGAINST and f.rule not in data.get("told", [])]
    if not fresh:
        return data, ()
    lang = facts.person.lang
    lines = tuple(
        Line(m.SOURCE, {"name": said(s.name, lang), "reach": said(s.reach, lang)})
        for s in fund.elsewhere
    )
    told = {**data, "told": [*data.get("told", []), *(f.rule for f in fresh)]}
    reason = names.reason(fresh[0])
    args: dict[str, Value] = {"reason": (reason,)}
    if lines:
        return told, (Say(m.AGAINST, {**args, "lines": lines}),)
    return told, (Say(m.AGAINST_BARE, args),)


def _taken(data: Data, event: Event, facts: Facts) -> Taken:
    data, effects = against(data, event, facts)
    return Taken(data, effects)


# ---------------------------------------------------------------- kinds of questions


def skipped(name: str) -> Read:
    return goes(lambda data, _event, _facts: Taken(put(data, name, "")))


def written(
    state: State, name: str, asked: Message, label: Message, must: bool = False, **more: Any
) -> Question:
    """An answer in their own words."""

    def ask(data: Data, event: Event, facts: Facts) -> Asked:
        return data, _ask(asked, {}, *(() if must else (_SKIP,)))

    def read(data: Data, event: Event, facts: Facts) -> Taken | Again:
        text = "" if not must and _none(event, facts) else _cut(event.text, name)
        if text and not any(map(str.isalnum, text)):
            return Again(data)  # "???" is no answer
        return _taken(put(data, name, text), event, facts)

    takes = {"text": tries(read)} | ({} if must else {"skip": skipped(name)})
    return Question(state, ask, takes, label=label, show=_shown(name), **more)


def _none(event: Event, facts: Facts) -> bool:
    """ "no" to a question that may be left out."""
    return bool(facts.words.command(event.text, facts.person.lang) == ("no", ""))


def _shown(name: str) -> Callable[[Data], Scalar]:
    return lambda data: str(got(data, name) or "") or m.EMPTY


def picked(
    state: State, name: str, asked: Message, label: Message, options: Mapping[str, Message]
) -> Question:
    """One of a few, as buttons."""

    def ask(data: Data, event: Event, facts: Facts) -> Asked:
        fund = fund_of(data, facts)
        allowed = fund.cases if fund and name == "case" else options
        return data, _ask(asked, {}, *(Choice(options[o], "pick", o) for o in allowed))

    def read(data: Data, event: Event, facts: Facts) -> Taken:
        return _taken(put(data, name, event.arg), event, facts)

    def show(data: Data) -> Scalar:
        return options.get(str(got(data, name)), m.EMPTY)

    return Question(state, ask, {"pick": goes(read)}, label=label, show=show)


# ---------------------------------------------------------------- before it begins


def ask_fund(data: Data, event: Event, facts: Facts) -> Asked:
    lang = facts.person.lang
    funds = facts.policy.funds.values()
    choices = (Choice(m.FUND, "pick", f.id, {"name": said(f.name, lang)}) for f in funds)
    return data, _ask(m.WHICH, {}, *choices)


def take_fund(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken({**data, "fund": event.arg})


def ask_channel(data: Data, event: Event, facts: Facts) -> Asked:
    choices = (Choice(m.TO_SIGNAL, "to_signal"), Choice(m.HERE, "pick", "here"))
    return data, _ask(m.ON_TELEGRAM, {}, *choices)


def ask_begin(data: Data, event: Event, facts: Facts) -> Asked:
    fund = fund_of(data, facts)
    name = said(fund.name, facts.person.lang) if fund else ""
    return data, _ask(m.BEGIN, {"name": name}, Choice(m.START, "pick"), Choice(m.NOT_NOW, "leave"))


def ask_known(data: Data, event: Event, facts: Facts) -> Asked:
    asked = m.KNOWN if facts.cases else m.KNOWN_BARE
    return data, _ask(asked, {}, Choice(m.YES, "pick", "yes"), Choice(m.NO, "pick", "no"))


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
    return _taken(data, event, facts)


def _unless(name: str) -> Callable[[Data, Facts], bool]:
    return lambda data, _facts: not (got(data, name) and answers(data).get("who") == "me")


# ---------------------------------------------------------------- numbers, places, times


def take_born(data: Data, event: Event, facts: Facts) -> Taken | Again:
    year = facts.words.number(event.text.strip())
    now = 1970 + event.received // 31_556_952_000
    if year is None or not now - OLDEST <= year <= now:
        return Again(data, _ask(m.NOT_A_YEAR, {}, _SKIP))
    return Taken(put(data, "journalist.birth_year", year))


def ask_born(data: Data, event: Event, facts: Facts) -> Asked:
    return data, _ask(m.BORN, {}, _SKIP)


def ask_country(data: Data, event: Event, facts: Facts) -> Asked:
    return data, _ask(m.COUNTRY, {}, _SKIP)


def take_country(data: Data, event: Event, facts: Facts) -> Taken | Again:
    zones = [zone for zone, _ in facts.places.find(event.text)]
    country = next(filter(None, map(facts.places.country, zones)), "")
    if not country:
        return Again(data, _ask(m.NO_PLACE, {}, _SKIP))
    return _taken(put(data, "journalist.country", country), event, facts)


def country_at(data: Data, event: Event, facts: Facts) -> Taken:
    country = facts.places.country(facts.places.nearest(event.lat, event.lon))
    return _taken(put(data, "journalist.country", country), event, facts)


def show_country(data: Data) -> Scalar:
    code = got(data, "journalist.country")
    return Country(code) if code else m.EMPTY


def ask_dependants(data: Data, event: Event, facts: Facts) -> Asked:
    """No button: where buttons are numbers, "1" would be one."""
    return data, _ask(m.DEPENDANTS, {})


def take_dependants(data: Data, event: Event, facts: Facts) -> Taken | Again:
    number = facts.words.number(event.text.strip())
    if number is None or number > 99:
        return Again(data, _ask(m.NOT_A_NUMBER, {}))
    return Taken(put(data, "dependants", number))


def ask_granted(data: Data, event: Event, facts: Facts) -> Asked:
    return data, _ask(m.GRANTED, {}, Choice(m.NEVER, "never"))


def take_granted(data: Data, event: Event, facts: Facts) -> Taken | Again:
    typed = facts.words.normal(event.text)
    year, _, month = typed.partition(" ")
    right = len(year) == 4 and (year + month).isascii() and year.isdigit() and month.isdigit()
    if not right or not 1 <= int(month) <= 12:
        return Again(data, _ask(m.NOT_A_MONTH, {}, Choice(m.NEVER, "never")))
    return _taken(put(data, "granted", f"{year}-{int(month):02}"), event, facts)


def never(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(put(data, "granted", ""))


def anew(name: str) -> Read:
    """A list is written again from its beginning."""
    return Read(lambda data, _e, _f: Again(put(without(data, "part"), name, [])), (Again,))


_ANEW = Choice(m.ANEW, "anew")


# ---------------------------------------------------------------- several answers to one question


def ask_evidence(data: Data, event: Event, facts: Facts) -> Asked:
    more = bool(answers(data).get("evidence"))
    choices: tuple[Choice, ...] = (_ALL, _ANEW) if more else (_SKIP,)
    return data, _ask(m.EVIDENCE_MORE if more else m.EVIDENCE, {}, *choices)


def take_evidence(data: Data, event: Event, facts: Facts) -> Again:
    kept = answers(data).get("evidence") or []
    text = _cut(event.text, "evidence")
    return Again(put(data, "evidence", [*kept, text][:MOST_LINES]) if text else data)


def finish(data: Data, event: Event, facts: Facts) -> Taken:
    return _taken(without(data, "part"), event, facts)


def show_evidence(data: Data) -> Scalar:
    return "; ".join(answers(data).get("evidence") or []) or m.EMPTY


def ask_budget(data: Data, event: Event, facts: Facts) -> Asked:
    """An item, its amount, how many months, and how that is known; then the next item."""
    part = data.get("part", {})
    if "months" in part:
        return data, _ask(m.HOW, {}, _SKIP)
    if "amount" in part:
        return data, _ask(m.MONTHS, {})
    if "item" in part:
        return data, _ask(m.AMOUNT, {"item": part["item"]})
    lines = answers(data).get("budget") or []
    if not lines:
        return data, _ask(m.ITEM, {}, _SKIP)
    last = lines[-1]
    args = {"item": last["item"], "amount": f"{last['amount']} {last['currency']}"}
    return data, _ask(m.ITEM_NOTED, {**args, "total": total(data)}, _ALL, _ANEW)


def total(data: Data) -> str:
    """Per currency: "1200.00 USD, 300.00 EUR"."""
    sums = money.totals(answers(data).get("budget") or []).items()
    return ", ".join(str(money.Money(amount, code)) for code, amount in sums)


def take_budget(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data.get("part", {}), _cut(event.text, "item")
    if "months" in part:
        return _line_done(data, _cut(event.text, "how"))
    if "amount" in part:
        months = facts.words.number(event.text.strip())
        if months is None or not 1 <= months <= 99:
            return Again(data, _ask(m.NOT_A_NUMBER, {}))
        return Again({**data, "part": {**part, "months": months}})
    if "item" in part:
        return _amount(data, event, facts)
    full = len(answers(data).get("budget") or []) >= MOST_LINES
    return Again(data if full or not text else {**data, "part": {"item": text}})


def _amount(data: Data, event: Event, facts: Facts) -> Again:
    fund = fund_of(data, facts)
    read = money.read(event.text, fund.currency if fund else "", facts.person.lang)
    if isinstance(read, money.Unread):
        each = (
            Choice(m.SUM, "amount", f"{said}/{event.text[:80]}", {"sum": said})
            for said in read.choices
        )
        return Again(data, _ask(m.AMOUNT_WRONG, {"why": (names.amount_reason(read),)}, *each))
    return _priced(data, read)


def _priced(data: Data, found: money.Money) -> Again:
    part = {**data["part"], "amount": found.plain, "currency": found.currency}
    return Again({**data, "part": part})


def amount_meant(data: Data, event: Event, facts: Facts) -> Again:
    """Which of two numbers, or which currency, was meant."""
    meant, _, typed = event.arg.partition("/")
    found = money.of(meant) or money.read(typed, meant, facts.person.lang)
    if "item" not in data.get("part", {}) or not isinstance(found, money.Money):
        return Again(data)
    return _priced(data, found)


def _line_done(data: Data, how: str) -> Again:
    lines = [*(answers(data).get("budget") or []), {**data["part"], "how": how}]
    return Again(put(without(data, "part"), "budget", lines))


def budget_skip(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Left out: how it is known; or, before the first item, the budget."""
    if "months" in data.get("part", {}):
        return _line_done(data, "")
    return Taken(put(without(data, "part"), "budget", answers(data).get("budget") or []))


def show_budget(data: Data) -> Scalar:
    lines = [
        f"{line['item']} {line['amount']} {line['currency']} × {line['months']}"
        for line in answers(data).get("budget") or []
    ]
    return "; ".join([*lines, f"= {total(data)}"]) if lines else m.EMPTY


def ask_referees(data: Data, event: Event, facts: Facts) -> Asked:
    """A name, how to reach them, whether they may be asked; then the next one."""
    part = data.get("part", {})
    if "reach" in part:
        asked = (Choice(m.YES, "pick", "yes"), Choice(m.NOT_YET, "pick", "no"))
        return data, _ask(m.MAY_ASK, {"name": part["name"]}, *asked)
    if "name" in part:
        return data, _ask(m.REACH, {"name": part["name"]})
    known = answers(data).get("referees") or []
    if part or not known:
        return data, _ask(m.REFEREE_NEXT if known else m.REFEREE, {}, _SKIP)
    choices = (Choice(m.ANOTHER, "another"), _ALL, _ANEW)
    return data, _ask(m.REFEREE_NOTED, {"name": known[-1]["name"]}, *choices)


def take_referee(data: Data, event: Event, facts: Facts) -> Again:
    part, text = data.get("part", {}), _cut(event.text, "name")
    if not text or "reach" in part:
        return Again(data)
    if "name" in part:
        return Again({**data, "part": {**part, "reach": _cut(event.text, "reach")}})
    full = len(answers(data).get("referees") or []) >= MOST_REFEREES
    return Again(data if full else {**data, "part": {"name": text}})


def may_ask(data: Data, event: Event, facts: Facts) -> Again:
    part = data.get("part", {})
    if "reach" not in part:
        return Again(data)
    named = {"name": part["name"], "reach": part["reach"], "allowed": event.arg == "yes"}
    known = answers(data).get("referees") or []
    return Again(put(without(data, "part"), "referees", [*known, named]))


def another(data: Data, event: Event, facts: Facts) -> Again:
    return Again({**data, "part": {"next": True}})


def referees_skip(data: Data, event: Event, facts: Facts) -> Taken:
    known = answers(data).get("referees") or []
    return _taken(put(without(data, "part"), "referees", known), event, facts)


def show_referees(data: Data) -> Scalar:
    known = answers(data).get("referees") or []
    return "; ".join(f"{r['name']} ({r['reach']})" for r in known) or m.EMPTY


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
        return data, _ask(m.PARTNERS, {"lines": lines}, every, *each, Choice(m.DONE, "finish"))
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
    return data, _ask(asked, {"name": name, "lines": lines}, *kinds, Choice(m.DONE, "chosen"))


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


# ---------------------------------------------------------------- files


def ask_files(data: Data, event: Event, facts: Facts) -> Asked:
    if n := answers(data).get("files"):
        return data, _ask(m.FILE_TAKEN, {"n": n}, _ALL)
    fund, lang = fund_of(data, facts), facts.person.lang
    wanted = fund.documents.get(str(answers(data).get("case")), ()) if fund else ()
    lines = tuple(
        Line(m.DOCUMENT, {"name": said(fund.document_texts.get(d, {}), lang) or names.DOCUMENTS[d]})
        for d in wanted
        if fund and (d in fund.document_texts or d in names.DOCUMENTS)
    )
    if lines:
        return data, _ask(m.FILES, {"lines": lines}, _ALL)
    return data, _ask(m.FILES_BARE, {}, _ALL)


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


# ---------------------------------------------------------------- the list


def _several(data: Data, facts: Facts) -> bool:
    return len(facts.policy.funds) > 1


QUESTIONS = (
    Question(S.FUND, ask_fund, {"pick": goes(take_fund)}, wanted=_several),
    Question(
        S.CHANNEL,
        ask_channel,
        {"pick": goes(lambda data, _event, _facts: Taken({**data, "warned": True}))},
        wanted=lambda data, _facts: (
            data.get("on") not in (PREFERRED, None) and not data.get("warned")
        ),
    ),
    Question(S.BEGIN, ask_begin, {"pick": goes(lambda data, _event, _facts: Taken(data))}),
    Question(S.KNOWN, ask_known, {"pick": goes(take_known)}),
    Question(
        S.WHO,
        lambda data, _event, _facts: (
            data,
            _ask(m.WHO, {}, *(Choice(label, "pick", who) for who, label in WHO.items())),
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
        show=_shown("journalist.birth_year"),
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
        show=_shown("granted"),
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
