"""What makes them safer: a second app, two words of their own."""

from collections.abc import Mapping

from flows.engine.messages import Message
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Event,
    Facts,
    Redact,
    Say,
    SetProfile,
)
from flows.engine.questionnaire import (
    Again,
    Taken,
)
from flows.enrolment import messages as m
from flows.enrolment.asked import SKIP, Asked, ask, without

MINUTE = 60_000
CODE_LASTS = 23 * 60 * MINUTE  #: ms; the bot keeps it for a day
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: no look-alikes
CODE_LENGTH = 10
APPS: Mapping[str, str] = {"telegram": "Telegram", "signal": "Signal"}


# ---------------------------------------------------------------- the second app


def other_app(facts: Facts) -> str:
    others = [c for c in facts.channels if c not in facts.person.channels]
    return others[0] if others else ""


def _app(facts: Facts) -> str:
    return APPS.get(other_app(facts), other_app(facts))


def ask_second(data: Data, event: Event, facts: Facts) -> Asked:
    """The code is shown again for as long as it works, so that not many lie about."""
    if not other_app(facts):
        return data, ask(m.SECOND_NONE, {}, SKIP)
    effects: tuple[Effect, ...] = ()
    code, until = data.get("code", ("", 0))
    if event.received >= until:
        drawn = facts.draw("link", CODE_LENGTH)
        code = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in drawn)
        data = {**data, "code": [code, event.received + CODE_LASTS]}
        effects = (SetProfile("link", code),)
    where = facts.contacts.get(other_app(facts), "").replace("{code}", code)
    args = {"app": _app(facts), "code": code, "where": where}
    return data, (*effects, *ask(m.SECOND, args, SKIP))


def second_here(data: Data, event: Event, facts: Facts) -> Again:
    """The code came back in this app."""
    code = data.get("code", ("", 0))[0]
    if not code or code not in event.text.upper().replace(" ", ""):
        return Again(data, (Say(m.AGAIN), *ask_second(data, event, facts)[1]))
    return Again(data, ask(m.SECOND_HERE, {"app": _app(facts)}, SKIP))


def linked(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken(without(data, "code"))


# ---------------------------------------------------------------- the two words


def ask_words(data: Data, event: Event, facts: Facts) -> Asked:
    data, pair = offer_pair(data, facts)
    return data, (Say(m.WORDS), pair)


def offer_pair(
    data: Data, facts: Facts, fresh: bool = False, said: Message | None = None
) -> tuple[Data, Say]:
    """The pair on offer, in the data only until it is taken or left."""
    if fresh or "pair" not in data:
        drawn = facts.words.generate(facts.draw("words", 8), facts.person.lang)
        data = {**data, "pair": list(drawn)}
    others = (Choice(m.OTHERS, "others"), SKIP)
    if said:
        # Not [Use these]: it could be read as the two that were just refused.
        return data, Say(said, choices=others, expects=True)
    first, second = data["pair"]
    choices = (Choice(m.USE, "use"), *others)
    return data, Say(m.PAIR, {"first": first, "second": second}, choices, expects=True)


def other_words(data: Data, event: Event, facts: Facts) -> Again:
    data, pair = offer_pair(data, facts, fresh=True)
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
        data, pair = offer_pair(data, facts, said=refused)
        return Again(data, (Redact(), pair))
    taken = _words(data, *tokens)
    return Taken(taken.data, (Redact(), *taken.effects))


def _words(data: Data, first: str, second: str) -> Taken:
    return Taken(without(data, "pair"), (SetProfile("words", [first, second]), Say(m.WORDS_SET)))


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
    return Taken(without(data, "pair"))
