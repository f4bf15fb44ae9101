"""Enrolment: from a code to somebody who can check in, call people, and has tried both once.

    language ▸ privacy ▸ name ▸ zone ▸ second app ▸ two words ▸ try sos ▸ try a check-in

A guest, who only asks a fund or reports an attack, is through after the name.

- Nothing is kept before the privacy text is agreed to but the answers needed to go on.
- The two words never stay in the data: a generated pair is kept until it is taken or left.
- A practice `sos` calls nobody, for a few minutes and only where nothing real is going on. A real
  call always wins: a second one, a button, a late one, one during a check-in that waits.
- A real check-in or call for help that runs meanwhile gets the `ok` that was meant for it.
- `only`: later, from the menu, the second app or the two words alone. What is left open there
  closes by itself.
"""

from collections.abc import Mapping
from enum import StrEnum

from flows.engine import names
from flows.engine.flow import Edge, Flow, Handler, Table, edge
from flows.engine.messages import Line, Message, Moment, Span, Value
from flows.engine.model import (
    CancelTimer,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    Lane,
    Redact,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    Step,
    Where,
)
from flows.engine.questionnaire import (
    Again,
    Before,
    Form,
    Question,
    Taken,
    goes,
    returns,
    stays,
    tries,
)
from flows.enrolment import messages as m

MINUTE = 60_000
DAY_MINUTES = 1_440
PRACTICE = 10 * MINUTE  #: ms in which an sos is a practice
LEFT_OPEN = 60 * MINUTE  #: ms until `only` closes by itself
CODE_LASTS = 23 * 60 * MINUTE  #: ms; the bot keeps it for a day
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: no look-alikes
CODE_LENGTH = 10
APPS: Mapping[str, str] = {"telegram": "Telegram", "signal": "Signal"}
ASKING = frozenset({"reminded", "asked", "overdue"})  #: a check-in that waits for its answer
PANIC_ACTIVE = "active"


class State(StrEnum):
    LANGUAGE = "language"
    PRIVACY = "privacy"
    NAME = "name"
    ZONE = "zone"
    ZONE_CHECK = "zone_check"
    SECOND = "second"
    WORDS = "words"
    REHEARSE_PANIC = "rehearse_panic"
    REHEARSE_CHECKIN = "rehearse_checkin"
    DONE = "done"


S = State
Asked = tuple[Data, tuple[Effect, ...]]
_SKIP = Choice(m.SKIP, "skip")


def _ask(message: Message, args: Mapping[str, Value], *choices: Choice) -> tuple[Effect, ...]:
    return (Say(message, args, choices, expects=True),)


def _without(data: Data, *keys: str) -> Data:
    return {k: v for k, v in data.items() if k not in keys}


def skip(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data)


# ---------------------------------------------------------------- language


def ask_language(data: Data, event: Event, facts: Facts) -> Asked:
    choices = (
        Choice(m.OWN_NAME, "choose", code, {"name": name}) for code, name in facts.languages.items()
    )
    return data, _ask(m.LANGUAGE, {}, *choices)


def chosen(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data, (SetProfile("lang", event.arg),))


def language(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Typed as a code or in its own name."""
    normal = facts.words.normal
    known = {normal(x): code for code, name in facts.languages.items() for x in (code, name)}
    code = known.get(normal(event.text))
    if code is None:
        return Again(data, (Say(m.AGAIN), *ask_language(data, event, facts)[1]))
    return Taken(data, (SetProfile("lang", code),))


# ---------------------------------------------------------------- privacy


def ask_privacy(data: Data, event: Event, facts: Facts) -> Asked:
    policy = facts.policy
    lines = tuple(_privacy(facts))
    choices = (Choice(m.AGREE, "agree"), Choice(m.NOT_NOW, "not_now"))
    if policy.organisation:
        args: dict[str, Value] = {"lines": lines, "organisation": policy.organisation}
        return data, _ask(m.PRIVACY_OF, args, *choices)
    return data, _ask(m.PRIVACY, {"lines": lines}, *choices)


#: Said of each kind of what is kept, in this order.
KEPT = (
    ("inbox", m.KEPT_INBOX),
    ("outbox", m.KEPT_OUTBOX),
    ("closed_cases", m.KEPT_CASES),
    ("requests", m.KEPT_REQUESTS),
    ("records", m.KEPT_RECORDS),
)


def _privacy(facts: Facts) -> list[Line]:
    """Generated from what is configured, so that it can't drift from what is done."""
    kept = facts.policy.retention
    if _guest(facts):
        lines = [Line(m.KEPT_GUEST, {"span": Span(kept.get("guests", 0))}), Line(m.READ_GUEST, {})]
        return lines + _telegram(facts)
    lines = [Line(m.KEPT_PROFILE, {})]
    lines += [Line(said, {"span": Span(kept[kind])}) for kind, said in KEPT if kind in kept]
    lines.append(Line(m.WHO_READS, {}))
    return lines + _telegram(facts)


def _telegram(facts: Facts) -> list[Line]:
    return [Line(m.TELEGRAM_READS, {})] if "telegram" in facts.channels else []


def agree(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken({**data, "agreed": event.received, "guest": _guest(facts)})


def not_now(data: Data, event: Event, facts: Facts) -> Again:
    """Whatever is written next asks again."""
    return Again(data, _ask(m.WAITING, {}, Choice(m.AGREE, "agree")))


# ---------------------------------------------------------------- name


def ask_name(data: Data, event: Event, facts: Facts) -> Asked:
    known = facts.person.name
    keep = (Choice(m.OWN_NAME, "keep", args={"name": known}),) if known else ()
    return data, _ask(m.NAME, {}, *keep)


def name(data: Data, event: Event, facts: Facts) -> Taken | Again:
    called = names.named(event.text)
    if names.too_long(called):
        return Again(data, _ask(m.NAME_LENGTH, {"most": names.LONGEST}))
    if not names.is_name(called):
        return Again(data, _ask(m.NAME_LETTERS, {}))
    return Taken({**data, "name": called}, (SetProfile("name", called),))


def keep(data: Data, event: Event, facts: Facts) -> Taken:
    """Of a name that is known. A guest has none before they are through."""
    return Taken(_without(data, "guest"))


# ---------------------------------------------------------------- time zone


def ask_zone(data: Data, event: Event, facts: Facts) -> Asked:
    called = data.get("name") or facts.person.name
    return data, _ask(m.ZONE, {"name": called})


def zone(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A place, a city, or a clock's time; several places to choose from."""
    if event.trigger == "location":
        return _zone(data, facts.places.nearest(event.lat, event.lon))
    if event.trigger == "pick":
        return _zone(data, event.arg)
    clock = facts.words.clock_time(event.text)
    typed = _offset(clock[0], clock[1], event.received) if clock else event.text
    found = facts.places.find(typed)
    if not found:
        return Again(data, _ask(m.ZONE_UNKNOWN, {}))
    if len({zone for zone, _ in found}) > 1:
        which = (Choice(m.OWN_NAME, "pick", z, {"name": label}) for z, label in found[:5])
        return Again(data, _ask(m.ZONE_WHICH, {}, *which))
    return _zone(data, found[0][0])


def _zone(data: Data, found: str) -> Taken:
    return Taken({**data, "zoned": True}, (SetProfile("tz", found),))


def _offset(hour: int, minute: int, now: int) -> str:
    """ "UTC+5:30" of a clock that shows this now; people's clocks are a little off."""
    ahead = round(((hour * 60 + minute - now // MINUTE) % DAY_MINUTES) / 15) * 15
    if ahead > DAY_MINUTES // 2:
        ahead -= DAY_MINUTES
    hours, minutes = divmod(abs(ahead), 60)
    return f"UTC{'-' if ahead < 0 else '+'}{hours}" + (f":{minutes}" if minutes else "")


def ask_zone_check(data: Data, event: Event, facts: Facts) -> Asked:
    return data, _ask(
        m.ZONE_CHECK, {"now": Moment(event.received)}, Choice(m.YES, "yes"), Choice(m.NO, "no")
    )


def zone_right(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data)


def zone_wrong(data: Data, event: Event, facts: Facts) -> Before:
    return Before(data)


def zone_anew(data: Data, event: Event, facts: Facts) -> Again:
    """Another city instead of yes or no."""
    read = zone(data, event, facts)
    if isinstance(read, Taken):
        return Again(read.data, (*read.effects, *ask_zone_check(read.data, event, facts)[1]))
    return read


# ---------------------------------------------------------------- the second app


def _other_app(facts: Facts) -> str:
    others = [c for c in facts.channels if c not in facts.person.channels]
    return others[0] if others else ""


def _app(facts: Facts) -> str:
    return APPS.get(_other_app(facts), _other_app(facts))


def ask_second(data: Data, event: Event, facts: Facts) -> Asked:
    """The code is shown again for as long as it works, so that not many lie about."""
    if not _other_app(facts):
        return data, _ask(m.SECOND_NONE, {}, _SKIP)
    effects: tuple[Effect, ...] = ()
    code, until = data.get("code", ("", 0))
    if event.received >= until:
        drawn = facts.draw("link", CODE_LENGTH)
        code = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in drawn)
        data = {**data, "code": [code, event.received + CODE_LASTS]}
        effects = (SetProfile("link", code),)
    where = facts.contacts.get(_other_app(facts), "").replace("{code}", code)
    args = {"app": _app(facts), "code": code, "where": where}
    return data, (*effects, *_ask(m.SECOND, args, _SKIP))


def second_here(data: Data, event: Event, facts: Facts) -> Again:
    """The code came back in this app."""
    code = data.get("code", ("", 0))[0]
    if not code or code not in event.text.upper().replace(" ", ""):
        return Again(data, (Say(m.AGAIN), *ask_second(data, event, facts)[1]))
    return Again(data, _ask(m.SECOND_HERE, {"app": _app(facts)}, _SKIP))


def linked(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(_without(data, "code"))


# ---------------------------------------------------------------- the two words


def ask_words(data: Data, event: Event, facts: Facts) -> Asked:
    data, pair = _pair(data, facts)
    return data, (Say(m.WORDS), pair)


def _pair(
    data: Data, facts: Facts, fresh: bool = False, said: Message | None = None
) -> tuple[Data, Say]:
    """The pair on offer, in the data only until it is taken or left."""
    if fresh or "pair" not in data:
        drawn = facts.words.generate(facts.draw("words", 8), facts.person.lang)
        data = {**data, "pair": list(drawn)}
    others = (Choice(m.OTHERS, "others"), _SKIP)
    if said:
        # Not [Use these]: it could be read as the two that were just refused.
        return data, Say(said, choices=others, expects=True)
    first, second = data["pair"]
    choices = (Choice(m.USE, "use"), *others)
    return data, Say(m.PAIR, {"first": first, "second": second}, choices, expects=True)


def other_words(data: Data, event: Event, facts: Facts) -> Again:
    data, pair = _pair(data, facts, fresh=True)
    return Again(data, (pair,))


def use_words(data: Data, event: Event, facts: Facts) -> Taken:
    """The message that showed them goes too, where its button was pressed."""
    first, second = (" ".join(facts.words.tokens(word)) for word in data["pair"])
    taken = _words(data, first, second)
    return Taken(taken.data, (Redact(ours=True), *taken.effects))


def own_words(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """Typed: taken or refused, the message that holds them goes."""
    tokens = facts.words.tokens(event.text)
    refused = m.NEW_WORDS if event.word else _refused(tokens, facts)
    if refused:
        data, pair = _pair(data, facts, said=refused)
        return Again(data, (Redact(), pair))
    taken = _words(data, *tokens)
    return Taken(taken.data, (Redact(), *taken.effects))


def _words(data: Data, first: str, second: str) -> Taken:
    return Taken(_without(data, "pair"), (SetProfile("words", [first, second]), Say(m.WORDS_SET)))


REFUSALS: Mapping[str, Message] = {
    "several": m.TWO_WORDS,
    "short": m.TOO_SHORT,
    "long": m.TOO_LONG,
    "digits": m.DIGITS,
    "common": m.COMMON,
}


def _refused(tokens: list[str], facts: Facts) -> Message | None:
    if len(tokens) != 2:
        return m.TWO_WORDS
    for token in tokens:
        reason = facts.words.refuse_code_word(token)
        if reason:
            return REFUSALS.get(reason, m.COMMON)
    return m.ALIKE if _alike(*tokens) else None


def _alike(one: str, other: str) -> bool:
    """A slip of the finger must not turn the first word into the second."""
    if one.startswith(other) or other.startswith(one):
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), 0)
    rest = longer[at + 1 :]
    return rest in (shorter[at:], shorter[at + 1 :])


def leave_words(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(_without(data, "pair"))


# ---------------------------------------------------------------- practice: sos


def ask_practice(data: Data, event: Event, facts: Facts) -> Asked:
    until = event.received + PRACTICE
    real = Choice(m.REAL, "sos", always=True, to=("panic", facts.person.id))
    said = _ask(m.PRACTICE, {}, _SKIP, real)
    return {**data, "until": until}, (SetTimer("practice", until), *said)


def practised(data: Data, event: Event, facts: Facts) -> Taken | Again:
    kept = _without(data, "until")
    if _is_real(data, event, facts):
        # Nothing else is asked now. Without `until` every later one is real too.
        return Again(kept, (CancelTimer("practice"), Signal("panic", event.person, "sos")))
    return Taken(kept, (CancelTimer("practice"), Say(m.PRACTISED)))


def _is_real(data: Data, event: Event, facts: Facts) -> bool:
    """A button was shown for real ones; a practice is typed, in time, and nothing else is on."""
    return (
        event.kind is Kind.CHOICE
        or event.at > data.get("until", 0)
        or bool(facts.cases)
        or facts.states.get("panic") == PANIC_ACTIVE
        or facts.states.get("checkin") in ASKING
    )


def no_practice(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(_without(data, "until"), (CancelTimer("practice"), Say(m.SKIPPED)))


def practice_over(data: Data, event: Event, facts: Facts) -> Taken:
    said = Say(m.PRACTICE_OVER, lane=Lane.ROUTINE, where=Where.FIRST)
    return Taken(_without(data, "until"), (said,))


# ---------------------------------------------------------------- practice: a check-in


def _by_word(facts: Facts) -> bool:
    return facts.person.risk == "high" and facts.person.has_words


def ask_checkin(data: Data, event: Event, facts: Facts) -> Asked:
    args = {"name": data.get("name") or facts.person.name}
    if _by_word(facts):
        return data, _ask(m.PRACTICE_ASK_WORD, args, Choice(m.NOT_GOOD, "not_good"), _SKIP)
    choices = (Choice(m.GOOD, "ok"), Choice(m.NOT_GOOD, "not_good"))
    return data, _ask(m.PRACTICE_ASK, args, *choices)


def good(data: Data, event: Event, facts: Facts) -> Taken | Again:
    """A real question that waits gets this answer; the practice goes on after it."""
    real = _real_answer(event, facts, waiting=True)
    if real:
        return Again(data, real)
    if _by_word(facts) and not event.word:
        return Again(data)
    return Taken(data, (Say(m.ANSWERED),))


def not_good(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(data, (Say(m.ANSWERED_BAD),))


def ok_elsewhere(data: Data, event: Event, facts: Facts) -> Again:
    """An `ok` while something else is asked: for the plan that runs, if one does."""
    return Again(data, _real_answer(event, facts))


def ok_or_words(data: Data, event: Event, facts: Facts) -> Again:
    """As above; with a code word in it, it may also be an attempt to use that word again."""
    real = _real_answer(event, facts)
    if not event.word:
        return Again(data, real)
    data, pair = _pair(data, facts, said=m.NEW_WORDS)
    return Again(data, (Redact(), *(real or (pair,))))


def _real_answer(event: Event, facts: Facts, waiting: bool = False) -> tuple[Effect, ...]:
    if facts.states.get("panic") == PANIC_ACTIVE:
        return (Signal("panic", event.person, "ok"),)
    state = facts.states.get("checkin")
    if state in ASKING or (state and not waiting):
        return (Signal("checkin", event.person, "ok"),)
    return ()


# ---------------------------------------------------------------- the end


def done(data: Data, event: Event, facts: Facts) -> Step:
    """Into the menu. What they ought to know comes first."""
    to_menu = Signal("home", facts.person.id, "menu")
    if data.get("only"):
        return Step(S.DONE, {}, (to_menu,))
    person = facts.person
    called = data.get("name") or person.name
    through = m.DONE_GUEST if _guest(facts) else m.DONE
    ready = (SetProfile("enrolled", True), *_role(facts), Say(through, {"name": called}), to_menu)
    return Step(S.DONE, {}, ready)


def _guest(facts: Facts) -> bool:
    return facts.person.role is Role.GUEST


def _role(facts: Facts) -> tuple[Effect, ...]:
    if facts.person.role is Role.COORDINATOR:
        return (Say(m.COORDINATOR),)
    if facts.person.role is Role.TRAINER:
        return (Say(m.TRAINER),)
    reachable = sum(c.reachable and c.id != facts.person.id for c in facts.coordinators)
    return () if reachable > 1 else (Say(m.ONE_ONLY if reachable else m.NOBODY),)


# ---------------------------------------------------------------- the form


def _only(data: Data) -> bool:
    return bool(data.get("only"))


OK = stays(ok_elsewhere)
FORM = Form(
    (
        Question(
            S.LANGUAGE,
            ask_language,
            {"choose": goes(chosen), "text": tries(language), "ok": OK},
            wanted=lambda data, facts: len(facts.languages) > 1,
        ),
        Question(
            S.PRIVACY,
            ask_privacy,
            {
                "agree": goes(agree),
                "yes": goes(agree),
                "not_now": stays(not_now),
                "no": stays(not_now),
                "ok": OK,
            },
        ),
        Question(
            S.NAME,
            ask_name,
            {"text": tries(name), "keep": goes(keep), "ok": OK},
            last=lambda data: bool(data.get("guest")),
        ),
        Question(
            S.ZONE,
            ask_zone,
            {
                "text": tries(zone),
                "location": goes(zone),
                "pick": goes(zone),
                "ok": OK,
            },
        ),
        Question(
            S.ZONE_CHECK,
            ask_zone_check,
            {
                "yes": goes(zone_right),
                "no": returns(zone_wrong),
                "text": stays(zone_anew),
                "location": stays(zone_anew),
                "pick": stays(zone_anew),
                "ok": OK,
            },
            follows=True,
        ),
        Question(
            S.SECOND,
            ask_second,
            {"skip": goes(skip), "linked": goes(linked), "text": stays(second_here), "ok": OK},
            wanted=lambda data, facts: bool(_other_app(facts)),
            last=_only,
        ),
        Question(
            S.WORDS,
            ask_words,
            {
                "use": goes(use_words),
                "others": stays(other_words),
                "text": tries(own_words),
                "skip": goes(leave_words),
                "ok": stays(ok_or_words),
            },
            last=_only,
        ),
        Question(
            S.REHEARSE_PANIC,
            ask_practice,
            {
                "sos": tries(practised),
                "skip": goes(no_practice),
                "timer.practice": goes(practice_over),
                "ok": OK,
            },
        ),
        Question(
            S.REHEARSE_CHECKIN,
            ask_checkin,
            {"ok": tries(good), "not_good": goes(not_good), "skip": goes(skip)},
        ),
    ),
    done,
    (S.DONE,),
    m.AGAIN,
)


# ---------------------------------------------------------------- in, out, and again


def start(data: Data, event: Event, facts: Facts) -> Step:
    """From the first question, where they stopped, or one step alone."""
    only = event.args.get("only") if facts.person.enrolled else None
    if only == "words":
        return _alone(S.WORDS, event, facts)
    if only == "second" and _other_app(facts):
        return _alone(S.SECOND, event, facts)
    if facts.person.enrolled:
        said = (Say(m.SECOND_NONE),) if only == "second" else ()
        return Step(S.DONE, {}, (*said, Signal("home", facts.person.id, "menu")))
    return FORM.first(data, event, facts)


def _alone(state: State, event: Event, facts: Facts) -> Step:
    """One step, later; what is left open closes by itself."""
    closing = SetTimer("leave", event.received + LEFT_OPEN)
    return FORM.ask(state, {"only": str(state)}, event, facts, (closing,))


def resume(state: State) -> Handler:
    """ "start" in a step that can be had alone: the same again, or the other one."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        other = event.args.get("only", state) != state
        if other and facts.person.enrolled:
            return start(data, event, facts)
        return FORM.ask(state, data, event, facts)

    return handler


def leave(otherwise: Handler) -> Handler:
    """Out of a step that was asked for alone; within the whole enrolment, something else."""

    def handler(data: Data, event: Event, facts: Facts) -> Step:
        return done(data, event, facts) if _only(data) else otherwise(data, event, facts)

    return handler


def to_menu(state: State) -> Handler:
    return lambda data, event, facts: Step(state, data, (Signal("home", facts.person.id, "menu"),))


def closed(data: Data, event: Event, facts: Facts) -> Step:
    return Step(S.DONE, {})


def recover(data: Data, event: Event, facts: Facts) -> Step:
    """Into the first step that isn't done yet, as far as that is still known."""
    sorry = (Say(m.RECOVER),)
    person = facts.person
    if person.enrolled:
        return Step(S.DONE, {}, (*sorry, Signal("home", person.id, "menu")))
    if not data.get("agreed"):
        return FORM.first(data, event, facts, sorry)
    if _guest(facts):
        end = done(data, event, facts) if person.name else FORM.ask(S.NAME, data, event, facts)
        return Step(end.state, end.data, (*sorry, *end.effects))
    left = (
        (S.NAME, not person.name),
        (S.ZONE, not data.get("zoned")),
        (S.WORDS, not person.has_words),
    )
    state = next((state for state, missing in left if missing), S.REHEARSE_PANIC)
    return FORM.ask(state, data, event, facts, sorry)


# ---------------------------------------------------------------- the table


def _can_be_had_alone(state: State, row: Mapping[str, Edge], *others: State) -> dict[str, Edge]:
    back, again = row["back"], row["start"]
    return {
        **row,
        "start": edge(resume(state), state, *others),
        "back": edge(leave(back.handler), *back.targets, S.DONE),
        "cancel": edge(leave(again.handler), state, S.DONE),
        "menu": edge(leave(to_menu(state)), state, S.DONE),
        "timer.leave": edge(closed, S.DONE),
    }


ROWS = FORM.rows()

TABLE: Table = {
    S.LANGUAGE: {
        **ROWS[S.LANGUAGE],
        "start": edge(start, S.LANGUAGE, S.PRIVACY, S.SECOND, S.WORDS, S.DONE),
    },
    S.PRIVACY: ROWS[S.PRIVACY],
    # A guest has no name yet that could be kept: with it they are through.
    S.NAME: {**ROWS[S.NAME], "keep": edge(ROWS[S.NAME]["keep"].handler, S.ZONE)},
    S.ZONE: ROWS[S.ZONE],
    S.ZONE_CHECK: ROWS[S.ZONE_CHECK],
    S.SECOND: _can_be_had_alone(S.SECOND, ROWS[S.SECOND], S.WORDS),
    S.WORDS: _can_be_had_alone(S.WORDS, ROWS[S.WORDS], S.SECOND, S.DONE),
    S.REHEARSE_PANIC: ROWS[S.REHEARSE_PANIC],
    S.REHEARSE_CHECKIN: ROWS[S.REHEARSE_CHECKIN],
    S.DONE: {},
}

FLOW = Flow(
    "enrolment",
    TABLE,
    S.LANGUAGE,
    recover,
    claims={S.REHEARSE_PANIC: frozenset({"sos"})},
)
