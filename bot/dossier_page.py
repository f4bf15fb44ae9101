"""A dossier as a reader reads it: each field as lines of declared messages, in one language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.dossier import NO
from bot.sheet import GREY, Row, Script, Sheet, Style, paginate
from bot.text import Text
from flows.engine.messages import Country, Line, Message, Moment, Scalar, message
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund import messages as names
from flows.fund import partners, rules, views
from flows.fund.deciding import VERDICTS

HEAD, HEADING, BODY = Style(18, bold=True), Style(11, bold=True), Style(12)
FOOT = Style(10, colour=GREY)
TITLE = message("dossier.title", "Notes", note="Title of a file: it must not say what it is about.")
PLAIN = message("dossier.plain", "{text}", note="A line that is only what somebody said.")
AT = message("dossier.at", "{at}", note="A day and a time.")
ITEM_OF = message("dossier.item_of", "- {text}", note="One of several.")
VERDICT = message("dossier.verdict", "{verdict}, {at}", note="verdict: approves, or declines")
REFEREE = message("dossier.referee", "{n}. {name}: {state}")

Lines = Callable[[Any], Iterable[Line]]


def pdf(
    found: Mapping[str, Any], headings: Mapping[str, Message], text: Text, lang: str, now: int
) -> bytes:
    """One heading and its lines for each field that says something."""
    language = text.language(lang)
    script = Script(language.code, language.font, language.rtl)
    sheet = Sheet()

    def say(what: Message, args: Mapping[str, Any] | None = None) -> str:
        return text.render(lang, "UTC", what, args or {}, now)

    groups: list[list[Row]] = [sheet.rows(script, HEAD, f"#{found['id']}")]
    for name, value in found.items():
        lines = [*lines_of(name, value)]
        if lines and name != "id":
            rows = sheet.rows(script, HEADING, _heading(say(headings[name])), before=10)
            for line in lines:
                rows += sheet.rows(script, BODY, say(line.message, dict(line.args)), before=2)
            groups.append(rows)

    def foot(n: int) -> Row:
        return Row(script, FOOT, f"#{found['id']}", FOOT.height, tail=str(n))

    return sheet.render(paginate(groups), say(TITLE), language.code, foot)


def _heading(said: str) -> str:
    """What stands inside a sentence elsewhere begins a line here."""
    return said[:1].upper() + said[1:]


def lines_of(name: str, value: Any) -> Iterator[Line]:
    if value not in (None, "", [], {}):
        yield from FIELDS.get(name, _plain)(value)


# ---------------------------------------------------------------- kinds of values


def _plain(value: Any) -> Iterator[Line]:
    if isinstance(value, list | tuple):
        for each in value:
            yield Line(ITEM_OF, {"text": str(each)})
    elif isinstance(value, Mapping):
        yield Line(PLAIN, {"text": ", ".join(str(each) for each in value.values() if each)})
    else:
        yield Line(PLAIN, {"text": str(value)})


def _at(value: str) -> Moment:
    return Moment(int(datetime.fromisoformat(value).timestamp() * 1000), "full")


def _moment(value: str) -> Iterator[Line]:
    yield Line(AT, {"at": _at(value)})


def _one_of(known: Mapping[Any, Message]) -> Lines:
    """A word of ours, by its name."""

    def lines(value: Any) -> Iterator[Line]:
        label = known.get(value)
        yield Line(label, {}) if label else Line(PLAIN, {"text": str(value)})

    return lines


def _country(value: str) -> Iterator[Line]:
    yield Line(PLAIN, {"text": Country(value) if len(value) == 2 else value})


def _complete(value: str) -> Iterator[Line]:
    done, _, of = value.partition("/")
    yield Line(m.COMPLETE, {"done": int(done), "of": int(of)})


def _findings(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        args = {k: v for k, v in each.items() if k not in ("rule", "weight")}
        yield names.brief(rules.Finding(each["rule"], each["weight"], args))


# ---------------------------------------------------------------- money


def _budget(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        shown: dict[str, Scalar] = {k: str(each.get(k) or "-") for k in ("item", "amount", "how")}
        months = int(each.get("months") or 1)
        many = {**shown, "months": months}
        yield Line(m.ITEM_MONTHS, many) if months > 1 else Line(m.ITEM, shown)


def _converted(value: Mapping[str, Any]) -> Iterator[Line]:
    amount, on = value["amount"], value["rates_of"]
    if amount and on:
        yield Line(m.CONVERTED, {"amount": amount, "on": on})
    elif amount:
        yield Line(PLAIN, {"text": amount})
    else:
        yield Line(m.NO_RATE, {"currencies": ", ".join(value["lacking"])})


# ---------------------------------------------------------------- people


def _referees(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for n, each in enumerate(value, start=1):
        state = m.ALLOWED if each["allowed"] else m.REF_NOT_ALLOWED
        args: dict[str, Scalar] = {"n": n, "name": str(each["name"]), "state": state}
        reach = each.get("reach")
        yield Line(m.REFEREE, {**args, "reach": reach}) if reach else Line(REFEREE, args)
        told = each.get("reference")
        if told:
            yield Line(m.REF_VIA_BOT if told["via"] == "bot" else m.REF_VIA_CALL, {})
            for step, label in views.SAID.items():
                if said := told.get(step):
                    yield Line(label, {"text": views.PICKED.get(said, said)})


def _consent(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        for kind in each["kinds"]:
            shown = names.KINDS.get(kind, kind)
            yield Line(m.CONSENT, {"who": each["partner"], "kind": shown})


def _partners(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        for hit in each["hits"]:
            yield Line(m.P_HIT, {"who": each["partner"], "theirs": hit})
        if each["asked_at"]:
            args: dict[str, Scalar] = {"who": each["partner"], "by": each["asked_by"] or "-"}
            yield Line(m.P_ASKED, {**args, "at": _at(each["asked_at"])})
            yield from partners.answers(each["answers"])


def _erasing(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        for kind in each["kinds"]:
            args: dict[str, Scalar] = {"who": each["partner"], "kind": names.KINDS.get(kind, kind)}
            if each["asked_at"]:
                done = {**args, "by": each["asked_by"] or "-", "at": _at(each["asked_at"])}
                yield Line(m.ERASE_DONE, done)
            else:
                yield Line(m.ERASE_OPEN, args)


# ---------------------------------------------------------------- what was decided


def _log(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        args: dict[str, Scalar] = {
            "at": _at(each["at"]), "who": each["by"] or "-", "text": each["text"],
        }  # fmt: skip
        yield Line(views.LOGGED.get(each["kind"], m.LOG_NOTE), args)


def _recommendation(value: Mapping[str, Any]) -> Iterator[Line]:
    args: dict[str, Scalar] = {"who": value["by"], "reason": value["reason"]}
    if value["amount"]:
        yield Line(m.PROPOSES, {**args, "amount": value["amount"]})
    else:
        yield Line(m.PROPOSES_DECLINE, args)
    if value["conditions"]:
        yield Line(m.CONDITIONS, {"conditions": value["conditions"]})


def _decisions(value: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for each in value:
        verdict = VERDICTS[each["verdict"]]
        if "by" in each:
            args: dict[str, Scalar] = {"who": each["by"], "reason": each["reason"]}
            yield Line(m.DECISION, {**args, "verdict": verdict})
        else:
            yield Line(VERDICT, {"verdict": verdict, "at": _at(each["at"])})


def _paid(value: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(m.PAID_ON, {"on": value["on"], "reference": value["reference"]})


def _or_no(value: Any) -> Iterator[Line]:
    yield from (Line(w.NO, {}),) if value == NO else _plain(value)


FIELDS: dict[str, Lines] = {
    **dict.fromkeys(
        (
            "used_name",
            "outlet",
            "contact",
            "where",
            "whom",
            "link",
            "others",
            "granted_before",
        ),
        _or_no,
    ),
    "fate": _one_of(views.FATES),
    "case": _one_of(names.CASES),
    "cause": _one_of(names.CAUSES),
    "state": _one_of({str(state): label for state, label in views.STATES.items()}),
    "submitted": _moment,
    "deadline": _moment,
    "complete": _complete,
    "findings": _findings,
    "who": _one_of(views.WHO),
    "danger": _one_of(views.CHOSEN["danger"]),
    "country": _country,
    "budget": _budget,
    "requested": _converted,
    "referees": _referees,
    "consent": _consent,
    "partners": _partners,
    "erasing": _erasing,
    "log": _log,
    "recommendation": _recommendation,
    "decisions": _decisions,
    "paid": _paid,
}
