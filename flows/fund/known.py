"""What is known of somebody already: offered as an answer, one tap, and never used unasked.

Three sources, each named before they agree: their profile, their open cases, their last request to
a fund. With "yes" they lie in `data["known"]`, sealed like the draft; without it nowhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.engine.days import local_day
from flows.engine.draft import without
from flows.engine.messages import Country, Line, Scalar
from flows.engine.model import Application, Choice, Data, Effect, Event, Facts, Say
from flows.engine.questionnaire import Question, Taken, goes
from flows.fund import form_messages as m
from flows.fund.form import Asked, answers, ask, put, taken

#: Of an earlier request, what stays true of the same people.
LASTING = ("journalist", "applicant", "evidence")


# ---------------------------------------------------------------- the three sources


def _profile(facts: Facts) -> Data:
    found = {"name": facts.person.name, "country": facts.places.country(facts.person.tz)}
    return {name: value for name, value in found.items() if value}


def _case(facts: Facts) -> Data:
    """The last words and place of the newest case in which there are any."""
    found: Data = {}
    for case in sorted(facts.cases, key=lambda each: each.opened_at):
        told = facts.mine.get(case.id, {})
        found["when"] = local_day(case.opened_at, facts.person.tz).isoformat()
        if told.get("text"):
            found["what"] = str(told["text"][0])
        if told.get("place"):
            lat, lon = told["place"][:2]
            found["where"] = f"{lat:.5f}, {lon:.5f}"
            found["country"] = facts.places.country(facts.places.nearest(lat, lon))
    return {name: value for name, value in found.items() if value}


def _last(facts: Facts) -> Application | None:
    mine = [a for a in facts.applications if a.person == facts.person.id and facts.mine.get(a.id)]
    return max(mine, key=lambda each: each.submitted_at, default=None)


def _request(facts: Facts) -> Data:
    last = _last(facts)
    told = facts.mine.get(last.id, {}) if last else {}
    return {name: told[name] for name in ("who", *LASTING) if told.get(name)}


# ---------------------------------------------------------------- may they be used


def ask_known(data: Data, event: Event, facts: Facts) -> Asked:
    profile, last = _profile(facts), _last(facts)
    lines = [Line(m.KNOWN_NAME, {"name": profile["name"]})] if "name" in profile else []
    if "country" in profile:
        lines.append(Line(m.KNOWN_COUNTRY, {"country": Country(profile["country"])}))
    lines += [Line(m.KNOWN_CASE, {"id": case.id}) for case in facts.cases]
    lines += [Line(m.KNOWN_REQUEST, {"id": last.id})] if last else []
    choices = (Choice(m.YES, "pick", "yes"), Choice(m.NO, "pick", "no"))
    return data, ask(m.KNOWN, {"lines": tuple(lines)}, *choices)


def take_known(data: Data, event: Event, facts: Facts) -> Taken:
    """Only with their consent, and only what they could read themselves."""
    if event.arg != "yes":
        return Taken(put(without(data, "known"), "linked", []))
    known = {"profile": _profile(facts), "case": _case(facts), "request": _request(facts)}
    return Taken(put({**data, "known": known}, "linked", [case.id for case in facts.cases]))


def show_linked(data: Data) -> Scalar:
    return ", ".join(f"#{case}" for case in answers(data).get("linked") or ())


# ---------------------------------------------------------------- offered as an answer


def known(data: Data, name: str) -> Any:
    """`name`: of an answer, or "journalist.name". None: nothing is known of it, or not of those
    whom this request is about."""
    sources, who = data.get("known", {}), answers(data).get("who")
    within, _, field = name.rpartition(".")
    profile, case, request = (sources.get(each, {}) for each in ("profile", "case", "request"))
    told: Mapping[str, Any] = request if request.get("who") == who else {}
    found = (told.get(within) or {}).get(field) if within else told.get(field)
    if within == ("journalist" if who == "me" else "applicant"):
        found = (case.get(field) if who == "me" else None) or found or profile.get(field)
    elif not within and who == "me":
        found = case.get(field) or found
    return None if found in ("", []) else found


def suggested(effects: tuple[Effect, ...], value: Scalar) -> tuple[Effect, ...]:
    """A plain question, with `value` under it and the button that takes it."""
    first = effects[0]
    if not isinstance(first, Say) or first.args:
        return effects
    args = {"asked": first.message, "known": value}
    choices = (Choice(m.USE, "use"), *first.choices)
    return (replace(first, message=m.OFFERED, args=args, choices=choices), *effects[1:])


def offered(name: str, question: Question) -> Question:
    """The question, with what is known of it shown, and one tap to take it."""

    def asked(data: Data, event: Event, facts: Facts) -> Asked:
        data, effects = question.ask(data, event, facts)
        value = known(data, name)
        if value is None:
            return data, effects
        return data, suggested(effects, question.show(put(data, name, value)))

    def use(data: Data, event: Event, facts: Facts) -> Taken:
        value = known(data, name)
        return taken(put(data, name, value) if value is not None else data, event, facts)

    return replace(question, ask=asked, takes={**question.takes, "use": goes(use)})
