"""What an officer sees of a request: a few messages that fit a phone, and what can be done now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flows.engine.messages import Country, Line, Message, Moment, Scalar
from flows.engine.model import Choice, Data, Event, Facts, Say, Step
from flows.fund import desk_messages as m
from flows.fund import erasing, money, partners, rules
from flows.fund import letters as w
from flows.fund import messages as names
from flows.fund.conflicts import lacking
from flows.fund.consent import GIVEN, TAKEN_BACK, TOLD, called, logged_as
from flows.fund.deadlines import next_due
from flows.fund.deciding import has_decided, proposal
from flows.fund.judging import judged
from flows.fund.papers import word
from flows.fund.payers import to_see
from flows.fund.referees import STEPS, referees, reference
from flows.fund.request import (
    SIGNAL,
    State,
    args_of,
    button,
    dangerous,
    file_of,
    fund_name,
    fund_of,
    logged,
    name_of,
    open_it,
    stay,
)
from flows.fund.sharing import given_in

LINE = 400  #: characters of one answer
PIECE = 2_000  #: characters of a text in one message: it fits every channel
SHOWN = 12  #: lines of the log
LOOKED_AGAIN = 86_400_000  #: ms after which it is noted anew that somebody looks
WEIGHTS = {rules.AGAINST: m.AGAINST, rules.ASK: m.TO_ASK, rules.NOTE: m.TO_KNOW}
WHO = {"me": m.WHO_ME, "relative": m.WHO_RELATIVE, "colleague": m.WHO_COLLEAGUE}
STATES = {
    State.SUBMITTED: m.STATE_SUBMITTED,
    State.VETTING: m.STATE_VETTING,
    State.RECOMMENDED: m.STATE_RECOMMENDED,
    State.APPROVED: m.STATE_APPROVED,
    State.PAYOUT: m.STATE_PAYOUT,
    State.PAID: m.STATE_PAID,
    State.REPORT: m.STATE_REPORT,
    State.DECLINED: m.STATE_DECLINED,
    State.CLOSED: m.STATE_CLOSED,
}
LOGGED = {
    "submitted": m.LOG_SUBMITTED, "taken": m.LOG_TAKEN, "note": m.LOG_NOTE,
    "verified": m.LOG_VERIFIED, "wrote": m.LOG_WROTE, "answered": m.LOG_ANSWERED,
    "added": m.LOG_ADDED, "file": m.LOG_FILE, "looked": m.LOG_LOOKED,
    "record": m.LOG_RECORD,
    "conflict": m.LOG_CONFLICT, "conflict_why": m.LOG_CONFLICT_WHY, "asked": m.LOG_ASKED,
    "permit": m.LOG_PERMIT, "allowed": m.LOG_ALLOWED, "kept_from": m.LOG_KEPT_FROM,
    "refused": m.LOG_REFUSED, "agreed": m.LOG_AGREED,
    "reference": m.LOG_REFERENCE, "recommended": m.LOG_RECOMMENDED,
    "proposed": m.LOG_PROPOSED, "partner_asked": m.LOG_PARTNER_ASKED,
    "partner_answered": m.LOG_PARTNER_ANSWERED, "partner_hit": m.LOG_PARTNER_HIT,
    "paper_asked": m.LOG_PAPER_ASKED, "paper_shown": m.LOG_PAPER_SHOWN,
    "paper_made": m.LOG_PAPER_MADE,
    "approve": m.LOG_APPROVE, "decline": m.LOG_DECLINE, "revise": m.LOG_REVISE,
    "again": m.LOG_AGAIN, "payout": m.LOG_PAYOUT, "payout_changed": m.LOG_PAYOUT_CHANGED,
    "checked": m.LOG_CHECKED, "paid": m.LOG_PAID, "paid_approver": m.LOG_PAID_APPROVER,
    "report": m.LOG_REPORT, "not_arrived": m.LOG_NOT_ARRIVED, "came_back": m.LOG_CAME_BACK,
    "undo": m.LOG_UNDO, "undone": m.LOG_UNDONE, "closed_why": m.LOG_CLOSED_WHY,
    "closed": m.LOG_CLOSED, GIVEN: m.LOG_CONSENT_GIVEN, TAKEN_BACK: m.LOG_CONSENT_TAKEN_BACK,
    "erase_asked": m.LOG_ERASE_ASKED,
}  # fmt: skip
FATES = {"killed": m.FATE_KILLED, "alive": w.YES, "unknown": m.FATE_UNKNOWN}
#: What an answer may be, where it is no free text.
CHOSEN: Mapping[str, Mapping[str, Message]] = {
    "cause": names.CAUSES,
    "who": WHO,
    "danger": {"yes": w.YES, "no": w.NO, "unsure": w.UNSURE},
}
PERSON = (
    "journalist.name", "journalist.used_name", "journalist.birth_year", "journalist.country",
    "journalist.outlet", "who", "danger",
)  # fmt: skip
#: The story, in this order; each part's name is in flows/fund/messages.py.
STORY = (
    "cause", "what", "when", "where", "whom", "link", "evidence", "dependants", "others", "granted",
)  # fmt: skip
APPLICANT = ("name", "relation", "reach")
PICKED = {"yes": w.YES, "partly": w.PARTLY, "no": w.NO, "unknown": w.UNSURE}

# ---------------------------------------------------------------- what the rules say


def brief(data: Data, facts: Facts, found: Iterable[rules.Finding], total: int) -> tuple[Line, ...]:
    lines = tuple(_finding(data, facts, each) for each in found)
    if not total:
        return (Line(m.NO_FINDINGS, {}),)
    more = total - len(lines)
    return (*lines, Line(m.AND_MORE, {"n": more})) if more else lines


def _finding(data: Data, facts: Facts, each: rules.Finding) -> Line:
    return names.brief(each, everywhere=fund_of(data, facts).details != "any")


# ---------------------------------------------------------------- the whole of it


def show(data: Data, event: Event, facts: Facts) -> Step:
    if event.arg == "files":
        shown = fund_of(data, facts).details == "any" or SIGNAL in facts.person.channels
        seen = logged(data, event, "looked") if shown and not _lately(data, event) else data
        said = Say(m.THAT_IS_ALL, args_of(data), open_it(data))
        return stay(seen, *_files(data, facts), said, before=data)
    if event.arg == "whole":
        said = Say(m.THAT_IS_ALL, args_of(data), open_it(data))
        return stay(data, *_whole(data, facts), said)
    if event.arg.startswith("word:"):
        return word(data, event, facts, event.arg.removeprefix("word:"))
    if event.arg == "next":
        stands = Line(STATES[State(data["state"])], {})
        short = (stands, *lacking(data, facts), *proposal(data, facts))
        said = Say(m.SHORT, args_of(data, lines=short), acts(data, facts, event.person))
        return stay(data, said)
    head = {"fund": fund_name(data, facts, event.person)}
    parts: tuple[tuple[Message, tuple[Line, ...]], ...] = (
        (m.DETAIL, (*_standing(data, facts), *_checked(data, facts, event))),
        (m.DETAIL_PERSON, _person(data)),
        (m.DETAIL_STORY, _story(data, facts)),
        (m.DETAIL_BUDGET, _budget(data, facts, event.received)),
        (m.DETAIL_REFEREES, (*_referees(data), *_consents(data, facts))),
    )
    if data.get("partners") or data.get("erasing"):
        asked = (*partners.lines(data, facts), *erasing.lines(data, facts))
        parts = (*parts, (m.DETAIL_PARTNERS, asked))
    told = [Say(message, args_of(data, lines=lines, **head)) for message, lines in parts]
    lines = (*_money(data), *proposal(data, facts), *_report(data), *_log(data, facts))
    last = Say(m.DETAIL_LOG, args_of(data, lines=lines), acts(data, facts, event.person))
    return stay(data, *told, last)


def _files(data: Data, facts: Facts) -> tuple[Say, ...]:
    return tuple(
        Say(m.DOCUMENT, args_of(data, n=n), file=file_of(name))
        for n, name in enumerate(facts.files, start=1)
    )


def _lately(data: Data, event: Event) -> bool:
    """Looked at again within a day: it is in the log already."""
    since = event.received - LOOKED_AGAIN
    return any(
        kind == "looked" and by == event.person and at > since for at, kind, by, _ in data["log"]
    )


def _standing(data: Data, facts: Facts) -> tuple[Line, ...]:
    found = [Line(STATES[State(data["state"])], {}), *lacking(data, facts)]
    if data.get("holder"):
        found.append(Line(m.HELD_BY, {"who": name_of(data["holder"], facts)}))
    found.append(Line(m.SUBMITTED_AT, {"at": Moment(data["submitted_at"], "full")}))
    if due := next_due(data):
        found.append(Line(m.DUE_AT, {"due": Moment(due, "full")}))
    found += [Line(m.RECORDED, {"record": record}) for record in data.get("records", ())]
    return tuple(found)


def _money(data: Data) -> tuple[Line, ...]:
    found = []
    if data.get("granted"):
        found.append(Line(m.GRANTED, {"amount": money.shown(data["granted"])}))
    if paid := data.get("paid"):
        found.append(Line(m.PAID_ON, {"on": paid["on"], "reference": paid["reference"]}))
    return tuple(found)


def _report(data: Data) -> tuple[Line, ...]:
    report = data.get("report")
    return (Line(m.REPORT_IS, {"text": cut(report["text"])}),) if report else ()


def _person(data: Data) -> tuple[Line, ...]:
    answers = data["answers"]
    known = answers.get("journalist")
    journalist = known if isinstance(known, dict) else {}
    told = {**answers, **{f"journalist.{name}": value for name, value in journalist.items()}}
    found = [*_parts(told, PERSON)]
    if applicant := _applicant(answers):
        found.append(Line(m.APPLICANT, {"text": applicant}))
    if contact := _told(answers, "contact"):
        found.append(Line(m.HOW_TO_CONTACT, {"text": contact}))
    if dangerous(data):
        found.append(Line(m.DANGER, {}))
    return tuple(found)


def _applicant(answers: Mapping[str, Any]) -> str:
    """Who asks for somebody else: their own name, what they are to the journalist, how to reach
    them."""
    told = answers.get("applicant")
    parts = (told.get(each) for each in APPLICANT) if isinstance(told, Mapping) else ()
    return ", ".join(_text(each) for each in parts if each not in (None, ""))


def _parts(answers: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[Line]:
    for name in wanted:
        if text := _told(answers, name):
            yield Line(m.PART, {"part": names.PARTS[name.rpartition(".")[2]], "text": text})


def _told(answers: Mapping[str, Any], name: str) -> Scalar:
    """ "" of what wasn't answered; "no" is an answer."""
    value = answers.get(name)
    if value in (None, "", [], ()):
        return w.NO if rules.said_no(answers, name) else ""
    return _value(name.rpartition(".")[2], value)


def _value(name: str, value: Any) -> Scalar:
    if name == "country" and isinstance(value, str) and len(value) == 2:
        return Country(value)
    chosen = CHOSEN.get(name, {}).get(str(value))
    return chosen or _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n- ".join(["", *(_text(each) for each in value)]) if value else "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items())
    return cut(str(value))


def cut(text: str) -> str:
    """As long as one line of it may be. The whole of it has a button of its own."""
    return text if len(text) <= LINE else f"{text[:LINE]}…"


def _checked(data: Data, facts: Facts, event: Event) -> tuple[Line, ...]:
    asked = judged(data, facts, event.received)
    done = rules.completeness(asked[0], asked[1])
    lines = [Line(m.COMPLETE, {"done": done.done, "of": done.of})]
    lines += [Line(m.MISSING, {"part": names.PARTS[part]}) for part in done.missing]
    found = rules.findings(*asked)
    if not found:
        lines.append(Line(m.NO_FINDINGS, {}))
    for weight, head in WEIGHTS.items():
        of_weight = [_finding(data, facts, each) for each in found if each.weight == weight]
        lines += [Line(head, {}), *of_weight] if of_weight else []
    return tuple(lines)


def _story(data: Data, facts: Facts) -> tuple[Line, ...]:
    answers = _dated(data["answers"])
    found = tuple(_parts(answers, STORY))
    files = (Line(m.FILES, {"n": len(facts.files)}),) if facts.files else ()
    return (*found, *_fate(answers), *_linked(answers), *files) or (Line(m.NOTHING, {}),)


def _fate(answers: Mapping[str, Any]) -> tuple[Line, ...]:
    fate = FATES.get(str(answers.get("fate")))
    return (Line(m.IS_ALIVE, {"fate": fate}),) if fate else ()


def _linked(answers: Mapping[str, Any]) -> tuple[Line, ...]:
    """The open cases that the applicant let us name; coordinators know what is in them."""
    cases = ", ".join(f"#{case}" for case in answers.get("linked") or ())
    return (Line(m.LINKED, {"cases": cases}),) if cases else ()


def _dated(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """As it was written, with the day that was read in it."""
    when, day = answers.get("when"), answers.get("when_day")
    return {**answers, "when": f"{when} ({day})"} if day and day != when else answers


def _budget(data: Data, facts: Facts, now: int) -> tuple[Line, ...]:
    items = data["answers"].get("budget")
    lines = [_item(each) for each in items if isinstance(each, Mapping)] if items else []
    for code, amount in money.totals(items).items():
        lines.append(Line(m.TOTAL, {"amount": money.Money(amount, code).shown}))
    fund = fund_of(data, facts)
    total = money.in_fund_currency(items, facts.policy.rates, fund)
    if isinstance(total, money.NoRate):
        lines.append(Line(m.NO_RATE, {"currencies": ", ".join(total.currencies)}))
    elif total.on:
        converted = m.CONVERTED_OLD if total.is_old(now) else m.CONVERTED
        lines.append(Line(converted, {"amount": total.money.shown, "on": total.on}))
    if fund.ceiling is not None:
        ceiling = money.Money(fund.ceiling, fund.currency).shown
        lines.append(Line(m.CEILING, {"amount": ceiling}))
    return tuple(lines) or (Line(m.NOTHING, {}),)


def _item(item: Mapping[str, Any]) -> Line:
    args: dict[str, Scalar] = {
        "item": _text(item.get("item", "?")), "how": _text(item.get("how") or "-"),
        "amount": money.shown(item.get("amount", "?"), item.get("currency")),
    }  # fmt: skip
    months = money.months_of(item)
    return Line(m.ITEM_MONTHS, args | {"months": months}) if months > 1 else Line(m.ITEM, args)


def _referees(data: Data) -> tuple[Line, ...]:
    lines = []
    for n, each in enumerate(referees(data)):
        allowed = m.ALLOWED if each.get("allowed") is True else m.REF_NOT_ALLOWED
        args: dict[str, Scalar] = {
            "n": n + 1, "name": str(each.get("name", "?")), "reach": str(each.get("reach", "?")),
            "state": allowed,
        }  # fmt: skip
        lines.append(Line(m.REFEREE, args))
        found = reference(data, n)
        if found and found.get("at"):
            lines.append(Line(m.REF_VIA_BOT if found["via"] == "bot" else m.REF_VIA_CALL, {}))
            lines += [_said(step, found.get(step, "")) for step in STEPS if found.get(step)]
    return tuple(lines)


SAID = {
    "how": m.SAID_HOW, "since": m.SAID_SINCE, "incident": m.SAID_INCIDENT,
    "journalism": m.SAID_JOURNALISM, "words": m.SAID_WORDS,
}  # fmt: skip


def _said(step: str, value: str) -> Line:
    return Line(SAID[step], {"text": PICKED.get(value, value)})


def _consents(data: Data, facts: Facts) -> tuple[Line, ...]:
    """Partner by partner, what may be shared."""
    if not isinstance(data["answers"].get("consent"), Mapping):
        return ()
    fund = fund_of(data, facts)
    lines = tuple(
        Line(m.CONSENT, {"who": called(fund, partner), "kind": names.KINDS.get(kind, kind)})
        for partner, kinds in given_in(data["answers"]).items()
        for kind in kinds
    )
    return lines or (Line(m.NO_CONSENT, {}),)


def _log(data: Data, facts: Facts) -> tuple[Line, ...]:
    return _logged(data, facts, data["log"][-SHOWN:], cut)


def _logged(
    data: Data, facts: Facts, entries: list[Any], shown: Callable[[str], str]
) -> tuple[Line, ...]:
    lines = []
    for at, kind, by, text in entries:
        args: dict[str, Scalar] = {
            "at": Moment(at),
            "who": name_of(by, facts) if by else "-",
            "text": shown(text),
        }
        if kind in TOLD:
            args |= logged_as(fund_of(data, facts), text)
        if kind == "recommended":
            amount, _, reason = text.partition(": ")
            args |= {"amount": money.shown(amount), "text": shown(reason)}
        lines.append(Line(LOGGED.get(kind, m.LOG_NOTE), args))
    return tuple(lines)


# ---------------------------------------------------------------- what the lines have no room for


def _long(data: Data) -> Iterator[tuple[Message, str]]:
    """Each text that is cut above, with what it is."""
    answers, report = data["answers"], data.get("report")
    for name, part in {**{each: names.PARTS[each] for each in STORY}, "contact": m.CONTACT}.items():
        told = answers.get(name)
        for text in told if isinstance(told, list | tuple) else (told,):
            if isinstance(text, str) and len(text) > LINE:
                yield part, text
    for item in answers.get("budget") or ():
        for text in (item.get("item"), item.get("how")) if isinstance(item, Mapping) else ():
            if isinstance(text, str) and len(text) > LINE:
                yield names.PARTS["budget"], text
    if report and len(report["text"]) > LINE:
        yield m.THE_REPORT, report["text"]


def _log_is_cut(data: Data) -> bool:
    return len(data["log"]) > SHOWN or any(len(text) > LINE for *_, text in data["log"])


def _whole(data: Data, facts: Facts) -> tuple[Say, ...]:
    """A message for each, which the channel sends in parts where it must; then the whole log."""
    told = [
        Say(m.WHOLE, args_of(data, part=part, text=text[at : at + PIECE]))
        for part, text in _long(data)
        for at in range(0, len(text), PIECE)
    ]
    entries = data["log"] if _log_is_cut(data) else []
    for at in range(0, len(entries), SHOWN):
        lines = _logged(data, facts, entries[at : at + SHOWN], str)
        told.append(Say(m.WHOLE_LOG, args_of(data, lines=lines)))
    return tuple(told)


# ---------------------------------------------------------------- what can be done now


def _verdicts(data: Data, who: str) -> tuple[Choice, ...]:
    """Once, for each of them."""
    if has_decided(data, who):
        return ()
    approve = (Choice(m.APPROVE, "decide", "approve"),)
    decline = Choice(m.DECLINE, "decide", "decline")
    return (*(approve if data["recommendation"]["amount"] else ()), decline)


def acts(data: Data, facts: Facts, who: str) -> tuple[Choice, ...]:
    """Buttons for the state as it is, and for what somebody has to be asked in any state."""
    return (*_acts(data, facts, who), *erasing.choices(data, facts))


def _acts(data: Data, facts: Facts, who: str) -> tuple[Choice, ...]:
    note = button(m.NOTE, "note")
    files = (Choice(m.DOCUMENTS, "show", "files"),) if facts.files else ()
    if _log_is_cut(data) or next(_long(data), None):
        files = (Choice(m.READ_ALL, "show", "whole"), *files)
    take = () if data.get("holder") == who else (Choice(m.TAKE, "take"),)
    leave = Choice(m.CONFLICT, "conflict")
    after = (button(m.WRITE, "write"), note)
    undo, came_back = button(m.UNDO, "undo"), Choice(w.CAME_BACK, "missing")
    match State(data["state"]):
        case State.SUBMITTED:
            return (*take, note, *files, leave)
        case State.VETTING:
            work = (
                button(m.WRITE, "write"), button(m.REFEREES_BUTTON, "referees"),
                button(m.PARTNERS_BUTTON, "partners"),
                button(m.VERIFIED, "verified"), note, button(m.RECOMMEND, "recommend"),
                button(m.RECOMMEND_DECLINE, "refuse"),
            )  # fmt: skip
            return (*take, *work, *files, leave)
        case State.RECOMMENDED:
            return (*_verdicts(data, who), button(m.REVISE, "revise"), note, *files, leave)
        case State.REPORT:
            return (Choice(m.CLOSE, "close"), *after, came_back, *files, leave)
        case State.PAID:
            return (*after, came_back, *files, leave)
        case State.CLOSED:
            return files
        case State.APPROVED:
            return (*after, button(m.CLOSE_WHY, "close_why"), undo, *files, leave)
        case State.PAYOUT:
            ends = (button(m.CLOSE_WHY, "close_why"), undo)
            return (*to_see(data, facts, who), *after, *ends, *files, leave)
        case _:
            return (note, *files, leave)
