"""Home: the menu, the languages, and the kind line for whatever nobody else was waiting for.

One state, a lobby: nothing is owed to the person here. Choices that belong to another flow go
straight to it. Somebody whose enrolment isn't finished is led back to it, never into a dead end.

A reaction is answered only while an answer is awaited: a person who reacts to a question believes
that they answered it. Any other reaction is a nod, and a nod needs no reply.
"""

from dataclasses import replace
from enum import StrEnum

from flows.engine.draft import ON
from flows.engine.flow import Flow, Table, edge
from flows.engine.messages import Message, Span
from flows.engine.model import (
    STAFF,
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Kind,
    Role,
    Say,
    SetProfile,
    Signal,
    StartFlow,
    Step,
    Where,
)
from flows.home import messages as m

HOUR = 3_600_000
EVERY = (1, 4, 12)  #: hours, the quick choices
ASKING = frozenset({"asked", "overdue"})  #: states of a check-in that waits for its answer
#: What `help` adds for those who work here.
HELP = {Role.COORDINATOR: m.HELP_DESK, Role.OFFICER: m.HELP_OFFICER}


class State(StrEnum):
    HOME = "home"


# ---------------------------------------------------------------- menus


def menu(data: Data, event: Event, facts: Facts) -> Step:
    """A greeting in the midst of a form, perhaps in another app, leads back; `menu` leaves it."""
    greeted = facts.words.command(event.text, facts.person.lang) == ("hello", "")
    return _menu(m.MENU, facts, lost=greeted and event.kind is Kind.TEXT)


def start(data: Data, event: Event, facts: Facts) -> Step:
    """Somebody known opened their link."""
    if not facts.person.enrolled:
        return _led_back(facts)
    return _say(Say(m.WELCOME, {"name": facts.person.name}), _main(m.MENU, facts))


def help_(data: Data, event: Event, facts: Facts) -> Step:
    if facts.person.role is Role.GUEST:
        return _menu(m.HELP_GUEST, facts)
    if desk := HELP.get(facts.person.role):
        return _say(Say(m.HELP), _main(desk, facts))
    return _menu(m.HELP, facts)


def withdraw(data: Data, event: Event, facts: Facts) -> Step:
    """A request to a fund: it asks itself whether that is meant. Of several: which one?"""
    me = facts.person.id
    mine = [a for a in facts.applications if a.person == me and a.state != "withdrawn"]
    if not mine:
        return _say(Say(m.NOTHING_SENT))
    if len(mine) == 1:
        return _say(Signal("application", mine[0].id, "withdraw"))
    choices = tuple(
        Choice(m.WITHDRAW_IT, "withdraw", args={"id": a.id}, to=("application", a.id), always=True)
        for a in mine
    )
    return _say(Say(m.WITHDRAW_WHICH, choices=choices))


def more(data: Data, event: Event, facts: Facts) -> Step:
    guided = ("guidance", facts.person.id)
    first: tuple[Choice, ...] = ()
    pack: tuple[Choice, ...] = (Choice(m.PACK, "pack", always=True, to=guided), *_asking(facts))
    if facts.person.role in STAFF:
        # Six at most: who works here types `fund` or `report`, as help says.
        aid = Choice(m.FIRST_AID, "firstaid", always=True, to=guided)
        first, pack = (*_good(facts), Choice(m.PLANS, "plans", always=True), aid), ()
    choices = (
        *first,
        Choice(m.LESSONS, "lessons", always=True, to=guided),
        *pack,
        Choice(m.SETTINGS, "settings", always=True),
        _TO_MENU,
    )
    return _say(Say(m.MORE_HERE, choices=choices))


def _asking(facts: Facts) -> tuple[Choice, ...]:
    """What a guest comes for, and what others may. The labels say as little as the menu itself: the
    phone may be watched."""
    me = facts.person.id
    fund = Choice(m.SUPPORT, "fund", always=True, to=("fund", me))
    report = Choice(m.HAPPENED, "report", always=True, to=("report", me))
    return (fund, report) if facts.policy.funds else (report,)


def settings(data: Data, event: Event, facts: Facts) -> Step:
    choices = [Choice(m.LANGUAGE, "lang", always=True), Choice(m.WORDS, "words", always=True)]
    if set(facts.channels) - set(facts.person.channels):
        choices.append(Choice(m.SECOND, "second", always=True))
    return _say(Say(m.CHANGE, choices=(*choices, _TO_MENU)))


def plans(data: Data, event: Event, facts: Facts) -> Step:
    """While a check-in waits for its answer, that answer is what can be chosen."""
    state, to = facts.states.get("checkin"), ("checkin", facts.person.id)
    if state in ASKING:
        bad = Choice(m.NOT_GOOD, "not_good", always=True, to=to)
        return _say(Say(m.ASKED, choices=(*_good(facts), bad, _TO_MENU)))
    quick = (
        Choice(m.EVERY, "checkin", f"{n}h", {"span": Span(n * HOUR)}, always=True, to=to)
        for n in EVERY
    )
    stop = (Choice(m.STOP, "stop", always=True, to=to),) if state else ()
    return _say(Say(m.PLANNED if state else m.PLAN, choices=(*quick, *stop, _TO_MENU)))


_TO_MENU = Choice(m.TO_MENU, "menu", always=True)


def _menu(message: Message, facts: Facts, lost: bool = False) -> Step:
    """`lost`: they may not know any more what they were asked."""
    if lost and facts.begun and facts.person.enrolled:
        me = facts.person.id
        go_on = Choice(m.GO_ON, facts.begun, ON, always=True, to=(facts.begun, me))
        return _say(Say(message, choices=(go_on, _someone(facts), _TO_MENU)))
    return _say(_main(message, facts))


def _someone(facts: Facts) -> Choice:
    return Choice(m.SOMEONE, "sos", always=True, to=("panic", facts.person.id))


def _main(message: Message, facts: Facts) -> Say:
    """The message with what this person can do now, at most six choices."""
    someone = _someone(facts)
    if not facts.person.enrolled:
        on = Choice(m.CONTINUE, "start", always=True, to=("enrolment", facts.person.id))
        choices = (on, someone, Choice(m.LANGUAGE, "lang", always=True))
        return Say(m.UNFINISHED if message is m.MENU else message, choices=choices)
    rest = Choice(m.MORE, "more", always=True)
    guided = ("guidance", facts.person.id)
    human = Choice(m.HUMAN, "human", always=True, to=guided)
    aid = Choice(m.FIRST_AID, "firstaid", always=True, to=guided)
    if facts.person.role is Role.GUEST:
        lang = Choice(m.LANGUAGE, "lang", always=True)
        return Say(message, choices=(*_asking(facts), human, aid, someone, lang))
    if facts.person.role is Role.JOURNALIST:
        plan = Choice(m.PLANS, "plans", always=True)
        return Say(message, choices=(*_good(facts), someone, human, aid, plan, rest))
    return Say(message, choices=(*_desk(facts), someone, rest))


def _desk(facts: Facts) -> tuple[Choice, ...]:
    desk = ("desk", facts.person.id)
    if facts.person.role is Role.OFFICER:
        return (Choice(m.REQUESTS, "applications", always=True, to=desk),)
    duty = (m.DUTY_OFF, "off") if facts.person.on_duty else (m.DUTY_ON, "on")
    on_or_off = Choice(duty[0], "duty", duty[1], always=True, to=desk)
    if facts.person.role is not Role.COORDINATOR:
        return (on_or_off,)
    return (Choice(m.CASES, "cases", always=True, to=desk), on_or_off)


def _good(facts: Facts) -> tuple[Choice, ...]:
    """At high risk an answer is one of the two words, never a button."""
    if facts.person.risk == "high" and facts.person.has_words:
        return ()
    return (Choice(m.GOOD, "ok", always=True, to=("checkin", facts.person.id)),)


# ---------------------------------------------------------------- languages


def lang(data: Data, event: Event, facts: Facts) -> Step:
    """`lang fr`, `lang français`, or `lang` alone: then they are shown, each in its own name."""
    typed = event.arg.strip()
    if not typed:
        return _say(_languages(m.LANGUAGES, facts))
    code = _language(typed, facts)
    return _spoken(code, facts) if code else _say(_languages(m.NO_LANGUAGE, facts))


def set_lang(data: Data, event: Event, facts: Facts) -> Step:
    if event.arg not in facts.languages:
        return _say(_languages(m.NO_LANGUAGE, facts))
    return _spoken(event.arg, facts)


def _spoken(code: str, facts: Facts) -> Step:
    """Answered in the new language, and then whatever was asked before."""
    change = SetProfile("lang", code)
    if _enrolling(facts):
        return _say(change, Say(m.LANGUAGE_SET), _resume(facts))
    return _say(change, _main(m.LANGUAGE_SET, facts))


def _languages(message: Message, facts: Facts) -> Say:
    choices = (
        Choice(m.OWN_NAME, "set_lang", code, {"name": name}, always=True)
        for code, name in facts.languages.items()
    )
    return Say(message, choices=tuple(choices))


def _language(typed: str, facts: Facts) -> str | None:
    """A code ("fr", "FR", "fr-CA") or a language's own name, with or without its accents."""
    code = typed.casefold().replace("_", "-")
    for known in (code, code.partition("-")[0]):
        if known in facts.languages:
            return known
    normal = facts.words.normal
    names = {normal(name): known for known, name in facts.languages.items()}
    return names.get(normal(typed))


# ---------------------------------------------------------------- what nobody waited for


def unknown(data: Data, event: Event, facts: Facts) -> Step:
    if _enrolling(facts):
        return _led_back(facts)
    return _menu(m.UNKNOWN if event.kind is Kind.TEXT else m.ONLY_WORDS, facts, lost=True)


def thanks(data: Data, event: Event, facts: Facts) -> Step:
    """Whatever was asked last stays open."""
    return _say(Say(m.THANKS))


def stale_open(data: Data, event: Event, facts: Facts) -> Step:
    """What was asked last goes on waiting for their words."""
    return _say(Say(m.STALE_OPEN))


def stale(data: Data, event: Event, facts: Facts) -> Step:
    if _enrolling(facts):
        return _led_back(facts)
    return _menu(m.STALE, facts, lost=True)


WHY_LOST = {"big": m.TOO_BIG, "many": m.TOO_MANY}


def file_lost(data: Data, event: Event, facts: Facts) -> Step:
    """A file for something that is still being written: no flow of its own waits for it."""
    why = WHY_LOST.get(str(event.args["why"]), m.NOT_LOADED)
    lost = Say(m.FILE_LOST, {"why": why, "megabytes": facts.policy.megabytes})
    return _say(replace(lost, to=str(event.args["by"]), where=Where.FIRST))


def edited(data: Data, event: Event, facts: Facts) -> Step:
    return _say(Say(m.EDITED))


def moved(data: Data, event: Event, facts: Facts) -> Step:
    """A live location while nobody needs it: the chat stays quiet."""
    return _say()


def reaction(data: Data, event: Event, facts: Facts) -> Step:
    if facts.states.get("checkin") in ASKING:
        return plans(data, event, facts)
    if _enrolling(facts):
        return _say(Say(m.NOT_AN_ANSWER))
    return _say()


def back(data: Data, event: Event, facts: Facts) -> Step:
    return _led_back(facts) if _enrolling(facts) else _menu(m.MENU, facts)


# ---------------------------------------------------------------- into enrolment


def words(data: Data, event: Event, facts: Facts) -> Step:
    return _say(StartFlow("enrolment", facts.person.id, {"only": "words"}))


def second(data: Data, event: Event, facts: Facts) -> Step:
    return _say(StartFlow("enrolment", facts.person.id, {"only": "second"}))


def _enrolling(facts: Facts) -> bool:
    """Not finished yet: whatever is asked next belongs there."""
    return not facts.person.enrolled


def _led_back(facts: Facts) -> Step:
    return _say(_resume(facts))


def _resume(facts: Facts) -> Effect:
    return Signal("enrolment", facts.person.id, "start")


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return _menu(m.MENU, facts)


def _say(*effects: Effect) -> Step:
    """Home remembers nothing."""
    return Step(State.HOME, {}, effects)


# ---------------------------------------------------------------- the table

S = State

TABLE: Table = {
    S.HOME: {
        "start": edge(start, S.HOME),
        "menu": edge(menu, S.HOME),
        "help": edge(help_, S.HOME),
        "withdraw": edge(withdraw, S.HOME),
        "back": edge(back, S.HOME),
        "more": edge(more, S.HOME),
        "plans": edge(plans, S.HOME),
        "settings": edge(settings, S.HOME),
        "lang": edge(lang, S.HOME),
        "set_lang": edge(set_lang, S.HOME),
        "words": edge(words, S.HOME),
        "second": edge(second, S.HOME),
        "unknown": edge(unknown, S.HOME),
        "thanks": edge(thanks, S.HOME),
        "stale": edge(stale, S.HOME),
        "stale_open": edge(stale_open, S.HOME),
        "moved": edge(moved, S.HOME),
        "edited": edge(edited, S.HOME),
        "lost": edge(file_lost, S.HOME),
        "reaction": edge(reaction, S.HOME),
    },
}

FLOW = Flow("home", TABLE, S.HOME, recover, lobby=frozenset({S.HOME}))
