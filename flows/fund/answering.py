"""Words that somebody was asked for, and whom they go to.

A button ("ask") that needs words asks for them; the next message of that person ("text"), or a
button below the question ("pick", "what:value"), is the answer. Who may still give it is looked at
again then: meanwhile the request may have gone on, or an officer may have declared a conflict.
"""

from collections.abc import Callable
from dataclasses import replace

from flows.engine.messages import Message
from flows.engine.model import Choice, Claim, Data, Event, Facts, Kind, Say, Step
from flows.fund import (
    applicant,
    conflicts,
    deciding,
    erasing,
    inviting,
    partners,
    paying,
    referees,
    undoing,
    vetting,
)
from flows.fund import desk_messages as m
from flows.fund import letters as w
from flows.fund.request import (
    CANCELLED,
    LAST,
    LONGEST,
    OFFERED,
    OPEN,
    STATUS,
    TALKED,
    Pending,
    State,
    answered,
    args_of,
    for_words,
    here,
    may_see,
    open_it,
    stay,
    unknown,
    waits_for,
)
from flows.fund.where_to_write import safely

Answered = Callable[[Data, Event, Facts, Pending, str], Step]
Asking = Callable[[Data, Event, Facts], Step]


def _words(message: Message, what: str) -> Asking:
    return lambda data, event, facts: for_words(data, event, message, what)


def _one(data: Data, event: Event, facts: Facts, n: int) -> Step:
    known = 0 <= n < len(referees.referees(data))
    return referees.one(data, event, facts, n, inviting.ways(data, facts, n) if known else ())


#: Buttons of officers that ask for words, in the states in which they do.
OFFICERS: dict[str, tuple[Asking, frozenset[State]]] = {
    "note": (_words(m.ASK_NOTE, "note"), frozenset(State)),
    "verified": (_words(m.ASK_VERIFIED, "verified"), frozenset({State.VETTING})),
    "write": (_words(m.ASK_WRITE, "write"), TALKED - {State.RECOMMENDED}),
    "undo": (_words(m.ASK_UNDO, "undo"), undoing.BEFORE_PAID),
    "close_why": (_words(m.ASK_CLOSE_WHY, "close_why"), undoing.BEFORE_PAID),
    "referees": (referees.list_them, frozenset({State.VETTING})),
    "partners": (partners.list_them, frozenset({State.VETTING})),
    "recommend": (deciding.recommend, frozenset({State.VETTING})),
    "refuse": (deciding.refuse, frozenset({State.VETTING})),
    "revise": (_words(m.ASK_REVISE, "revise"), frozenset({State.RECOMMENDED})),
}
#: The same, of one referee: "call:0".
REFEREES = {
    "referee": _one, "send": referees.send, "call": referees.call, "permit": inviting.permit,
    "code": inviting.code, "hand": inviting.hand, "first": inviting.first,
}  # fmt: skip
#: The same, of one partner organisation: "hear:cpj".
PARTNERS = {"partner": partners.one, "asked": partners.have_asked, "hear": partners.hear}
#: Of the applicant and of whoever pays.
APPLICANT: dict[str, tuple[Asking, frozenset[State]]] = {
    "answer": (applicant.answer, frozenset(State) - {State.CLOSED}),
    "allow": (inviting.allow, OPEN),
    "keep": (inviting.allow, OPEN),
    "again": (applicant.again, frozenset({State.DECLINED})),
    "report": (_words(w.ASK_REPORT, "report"), frozenset({State.REPORT})),
}
ANSWERS: dict[str, Answered] = {
    "note": vetting.note,
    "verified": vetting.note,
    "write": vetting.write,
    "reference": referees.told,
    "partner": partners.told,
    "amount": deciding.amount,
    "conditions": deciding.conditions,
    "reason": deciding.reason,
    "approve": deciding.reason,
    "decline": deciding.reason,
    "sure": deciding.sure,
    "revise": deciding.revise,
    "undo": undoing.wanted,
    "close_why": undoing.closed,
    "answer": applicant.added,
    "add": applicant.added,
    "again": applicant.looked_at_again,
    "payout": paying.where,
    "paid": paying.reference,
    "where_sure": paying.where_sure,
    "conflict": conflicts.reason,
    "report": paying.report,
}
#: What becomes of words once it is said that they are meant.
TAKEN: dict[str, Answered] = {"question": applicant.added, "report": paying.report}
#: What anybody but an officer may have been asked.
OTHERS = frozenset(
    {"answer", "add", "again", "payout", "where_sure", "paid", "report", "reference", "conflict"}
)
#: Where a number alone can't be meant.
IN_WORDS = frozenset(
    {
        "note",
        "verified",
        "write",
        "reason",
        "approve",
        "decline",
        "sure",
        "revise",
        "conflict",
        "undo",
        "close_why",
    }
)
YES, NO = ("yes", ""), ("no", "")  #: typed, in any language
#: What a file may come with.
WITH_FILES = frozenset({"answer", "add", "report"})
#: What may come in several messages.
IN_PIECES = WITH_FILES
#: What words are asked about that nobody waited for: is this your answer, your report?
WHETHER = {"question": w.IS_ANSWER, "report": w.IS_REPORT}


def ask(data: Data, event: Event, facts: Facts) -> Step:
    what, _, number = event.arg.partition(":")
    state = State(data["state"])
    if what in APPLICANT:
        asking, states = APPLICANT[what]
        if event.person != data["person"]:
            return unknown(data, event, facts)
        asking = asking if what in ("allow", "keep") else safely(asking)
        return asking(data, event, facts) if state in states else _too_late(data)
    if what == "paid":
        return paying.paid(data, event, facts)
    if not may_see(data, facts, event.person):
        return unknown(data, event, facts)
    if what == "erased":
        return erasing.asked(data, event, facts, number)
    if what in REFEREES and state is State.VETTING and number.isdigit():
        return REFEREES[what](data, event, facts, int(number))
    if what in PARTNERS and state is State.VETTING:
        return PARTNERS[what](data, event, facts, number)
    asking, states = OFFICERS.get(what, (_too_late_for, frozenset()))
    return asking(data, event, facts) if state in states else stay(data, here(data, m.TOO_LATE))


def _too_late_for(data: Data, event: Event, facts: Facts) -> Step:
    return stay(data, here(data, m.TOO_LATE))


def _too_late(data: Data) -> Step:
    return stay(data, Say(m.NOT_ASKED, args_of(data), (STATUS,)))


def words(data: Data, event: Event, facts: Facts) -> Step:
    """Text, a file with or without words."""
    pending = data["asks"].get(event.person)
    if pending is None or pending["what"] in ("reply", OFFERED):
        mine = event.person == data["person"]
        return (reply if mine and waits_for(data) else _not_asked)(data, event, facts)
    if pending["what"] == "answer" and pending.get("on") not in (None, "", event.channel):
        return _asked_whether(data, event, {}, "question")  # they were asked elsewhere
    if event.files and pending["what"] not in WITH_FILES:
        return stay(data, Say(m.ONLY_WORDS, args_of(data), expects=True))
    text = event.text.strip()
    if not text and not event.files:
        message = w.FILE_GONE if pending["what"] in WITH_FILES else m.ONLY_WORDS
        return stay(data, Say(message, args_of(data), expects=True))
    if text and pending["what"] in IN_WORDS and not any(map(str.isalpha, text)):
        # "6" was meant for a list of buttons that is gone.
        return stay(data, Say(m.IN_WORDS, args_of(data), expects=True))
    if len(text) > LONGEST:
        return _too_long(data, event, facts, pending, text)
    return _answer(data, event, facts, pending, text)


def _too_long(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    """What may come in pieces is taken as far as it fits, and goes on. Anything else is not taken:
    half a letter is worse than none."""
    if pending["what"] not in IN_PIECES:
        args = args_of(data, n=len(text), most=LONGEST)
        return stay(data, Say(w.TOO_LONG, args, expects=True))
    step = _answer(data, event, facts, pending, text[:LONGEST])
    asks = {event.person: pending, **step.data["asks"]}
    return replace(
        step, data={**step.data, "asks": asks}, effects=(*step.effects, _cut(data, text))
    )


def _cut(data: Data, text: str) -> Say:
    """Nobody's words are left out unsaid."""
    return Say(w.CUT, args_of(data, n=LONGEST, last=text[LONGEST - LAST : LONGEST].strip()))


def reply(data: Data, event: Event, facts: Facts) -> Step:
    """Words or files that nobody waited for, while a question is open: taken after one tap. What
    comes in several messages is one answer."""
    pending = data["asks"].get(event.person) or {}
    waits = pending["what"] == "reply" if pending else False
    said = event.arg if event.kind is Kind.CHOICE else _yes_or_no(event, facts) if waits else ""
    if said and not waits:
        return _not_asked(data, event, facts)
    if said == "no":
        return stay(answered(data, event.person), Say(w.NOT_SENT, args_of(data), (STATUS,)))
    if said:
        claims = tuple(Claim(*each) for each in pending["files"])
        here_ = event.channel == pending["on"]
        lost = claims and not here_  # only the channel that it came by can fetch it
        if lost and not pending["text"]:
            return stay(answered(data, event.person), Say(w.FILE_GONE, args_of(data), (STATUS,)))
        sent = replace(event, files=claims if here_ else ())
        taken = TAKEN[pending.get("for", "question")]
        step = taken(answered(data, event.person), sent, facts, {"what": "answer"}, pending["text"])
        gone = (Say(w.FILE_GONE, args_of(data)),) if lost else ()
        return replace(step, effects=(*step.effects, *gone))
    thing = waits_for(data)
    if thing == "payout" or (
        "payout" not in data
        and State(data["state"]) in undoing.BEFORE_PAID
        and facts.words.names_account(event.text)
    ):
        return paying.unasked(answered(data, event.person), event, facts)
    if thing not in WHETHER:
        return _not_asked(data, event, facts)
    return _asked_whether(data, event, pending if waits else {}, thing)


def _yes_or_no(event: Event, facts: Facts) -> str:
    typed = facts.words.command(event.text, facts.person.lang)
    return str(typed[0]) if typed in (YES, NO) and not event.files else ""


def _asked_whether(data: Data, event: Event, before: Pending, thing: str) -> Step:
    words_ = "\n".join(filter(None, (before.get("text", ""), event.text.strip())))
    files = [[f.ref, f.kind, f.mime, f.size] for f in event.files]
    earlier = before.get("files", []) if before.get("on") == event.channel else []
    kept = {"what": "reply", "text": words_[:LONGEST], "files": [*earlier, *files], "for": thing}
    asks = {**data["asks"], event.person: {**kept, "on": event.channel}}
    choices = (Choice(w.SEND_IT, "reply", "yes"), Choice(w.NO, "reply", "no"))
    cut = (_cut(data, words_),) if len(words_) > LONGEST else ()
    return stay(
        {**data, "asks": asks}, *cut, Say(WHETHER[thing], args_of(data), choices, expects=True)
    )


def picked(data: Data, event: Event, facts: Facts) -> Step:
    pending = data["asks"].get(event.person)
    what, _, value = event.arg.partition(":")
    if pending is None or pending["what"] != what:
        return _not_asked(data, event, facts)
    if value == CANCELLED:
        return stay(answered(data, event.person), here(data, m.LEFT_IT))
    return _answer(data, event, facts, pending, value)


def _answer(data: Data, event: Event, facts: Facts, pending: Pending, text: str) -> Step:
    what = pending["what"]
    if what not in OTHERS and not may_see(data, facts, event.person):
        return unknown(data, event, facts)
    return ANSWERS[what](answered(data, event.person), event, facts, pending, text)


def _not_asked(data: Data, event: Event, facts: Facts) -> Step:
    """Words that nothing was asked for are not kept, and that is said."""
    if event.person == data["person"]:
        choices: tuple[Choice, ...] = (STATUS,)
    elif may_see(data, facts, event.person):
        choices = open_it(data)
    elif (n := inviting.invited(data, event.person)) is not None:
        return inviting.again(data, event, facts, n)
    else:
        return unknown(data, event, facts)
    return stay(data, Say(m.NOT_ASKED, args_of(data), choices))
