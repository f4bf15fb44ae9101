"""Who they are: language, what is kept, name, time zone."""

from flows.engine import names
from flows.engine.messages import Line, Moment, Span, Value
from flows.engine.model import (
    Choice,
    Data,
    Event,
    Facts,
    Say,
    SetProfile,
)
from flows.engine.questionnaire import (
    Again,
    Before,
    Taken,
)
from flows.enrolment import messages as m
from flows.enrolment.asked import Asked, ask, is_guest, without

MINUTE = 60_000
DAY_MINUTES = 1_440


# ---------------------------------------------------------------- language


def ask_language(data: Data, event: Event, facts: Facts) -> Asked:
    choices = (
        Choice(m.OWN_NAME, "choose", code, {"name": name}) for code, name in facts.languages.items()
    )
    return data, ask(m.LANGUAGE, {}, *choices)


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
        return data, ask(m.PRIVACY_OF, args, *choices)
    return data, ask(m.PRIVACY, {"lines": lines}, *choices)


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
    if is_guest(facts):
        lines = [Line(m.KEPT_GUEST, {"span": Span(kept.get("guests", 0))}), Line(m.READ_GUEST, {})]
        return lines + _telegram(facts)
    lines = [Line(m.KEPT_PROFILE, {})]
    lines += [Line(said, {"span": Span(kept[kind])}) for kind, said in KEPT if kind in kept]
    lines.append(Line(m.WHO_READS, {}))
    return lines + _telegram(facts)


def _telegram(facts: Facts) -> list[Line]:
    return [Line(m.TELEGRAM_READS, {})] if "telegram" in facts.channels else []


def agree(data: Data, event: Event, facts: Facts) -> Taken:
    return Taken({**data, "agreed": event.received, "guest": is_guest(facts)})


def not_now(data: Data, event: Event, facts: Facts) -> Again:
    """Whatever is written next asks again."""
    return Again(data, ask(m.WAITING, {}, Choice(m.AGREE, "agree")))


# ---------------------------------------------------------------- name


def ask_name(data: Data, event: Event, facts: Facts) -> Asked:
    known = facts.person.name
    keep = (Choice(m.OWN_NAME, "keep", args={"name": known}),) if known else ()
    return data, ask(m.NAME, {}, *keep)


def name(data: Data, event: Event, facts: Facts) -> Taken | Again:
    called = names.named(event.text)
    if names.too_long(called):
        return Again(data, ask(m.NAME_LENGTH, {"most": names.LONGEST}))
    if not names.is_name(called):
        return Again(data, ask(m.NAME_LETTERS, {}))
    return Taken({**data, "name": called}, (SetProfile("name", called),))


def keep(data: Data, event: Event, facts: Facts) -> Taken:
    """Of a name that is known. A guest has none before they are through."""
    return Taken(without(data, "guest"))


# ---------------------------------------------------------------- time zone


def ask_zone(data: Data, event: Event, facts: Facts) -> Asked:
    called = data.get("name") or facts.person.name
    return data, ask(m.ZONE, {"name": called})


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
        return Again(data, ask(m.ZONE_UNKNOWN, {}))
    if len({zone for zone, _ in found}) > 1:
        which = (Choice(m.OWN_NAME, "pick", z, {"name": label}) for z, label in found[:5])
        return Again(data, ask(m.ZONE_WHICH, {}, *which))
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
    return data, ask(
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
