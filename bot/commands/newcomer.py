"""What the operator types about a person, checked field by field.

Every wrong field is told, each with what would be right: `check` collects, nothing raises.
"""

import difflib
import re
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

import phonenumbers

from flows.engine.model import Role

FIELDS = ("role", "name", "lang", "tz", "channel", "address")
CHANNELS = ("telegram", "signal")
NAME_LENGTH = 40
BY_CODE = (Role.REFEREE, Role.TRAINEE)  #: roles that only a code gives
JOINERS = "\u200c\u200d"  #: invisible, and part of how names are written in some scripts
TELEGRAM_ID = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`where` is what the channel calls the account; `number` a Signal phone number, or ""."""

    role: str
    name: str
    lang: str
    tz: str
    channel: str
    where: str
    number: str


class Wrong(ValueError):
    """One field, and what would be right."""


def check(
    typed: Mapping[str, str], languages: Collection[str]
) -> tuple[Newcomer | None, list[str]]:
    """The person, or what is wrong, one sentence per field."""
    wrong: list[str] = []
    found: dict[str, str] = {}
    checks = {"role": role, "name": name, "tz": zone, "channel": channel}
    for field, checked in checks.items():
        try:
            found[field] = checked(typed[field])
        except Wrong as error:
            wrong.append(str(error))
    try:
        found["lang"] = language(typed["lang"], languages)
    except Wrong as error:
        wrong.append(str(error))
    if "channel" in found:
        try:
            found["where"], found["number"] = address(found["channel"], typed["address"])
        except Wrong as error:
            wrong.append(str(error))
    return (None, wrong) if wrong else (Newcomer(**found), [])


def role(typed: str) -> str:
    return _one_of("role", typed, [str(r) for r in Role if r not in BY_CODE])


def channel(typed: str) -> str:
    return _one_of("channel", typed, CHANNELS)


def language(typed: str, languages: Collection[str]) -> str:
    return _one_of("lang", typed, sorted(languages))


def risk(typed: str, risks: Collection[str]) -> str:
    return _one_of("risk", typed, list(risks))


def _one_of(field: str, typed: str, known: Collection[str]) -> str:
    value = typed.strip().lower()
    if value not in known:
        raise Wrong(f"{field} {typed.strip()!r} is not one of {', '.join(known)}")
    return value


def name(typed: str) -> str:
    value = " ".join(unicodedata.normalize("NFC", typed).split())
    if not 1 <= len(value) <= NAME_LENGTH:
        raise Wrong(f"name must have 1 to {NAME_LENGTH} characters, this one has {len(value)}")
    if any(unicodedata.category(c) in ("Cc", "Cf") and c not in JOINERS for c in value):
        raise Wrong("name holds an invisible control character; type it anew")
    return value


def zone(typed: str) -> str:
    value = typed.strip()
    known = available_timezones()
    if value in known:
        return value
    near = [z for z in sorted(known) if z.lower().rsplit("/", 1)[-1] == value.lower()]
    near = near or difflib.get_close_matches(value, known, 1)
    hint = f"; did you mean {near[0]}?" if near else " (like Europe/Oslo)"
    raise Wrong(f"tz {value!r} is not a time zone{hint}")


def address(on: str, typed: str) -> tuple[str, str]:
    """(where, number) as the channel will call the account."""
    value = typed.strip()
    return (_telegram(value), "") if on == "telegram" else _signal(value)


def _telegram(value: str) -> str:
    if not TELEGRAM_ID.fullmatch(value):
        raise Wrong(
            "a Telegram address is the account's numeric id (like 123456789), not a name or a "
            "phone number. Don't know it? `onbelay invite` needs no address"
        )
    return value


def _signal(value: str) -> tuple[str, str]:
    """A number is kept in E.164; a UUID (a hidden number) as Signal writes it."""
    try:
        return str(uuid.UUID(value)), ""
    except ValueError:
        pass
    wrong = Wrong(
        "a Signal address is a phone number with + and country code (like +4791234567), or the "
        "account's UUID"
    )
    if not value.startswith(("+", "00")):
        raise wrong
    try:
        parsed = phonenumbers.parse("+" + value.lstrip("+").removeprefix("00"))
    except phonenumbers.NumberParseException:
        raise wrong from None
    if not phonenumbers.is_possible_number(parsed):
        raise Wrong("that phone number has the wrong length for its country")
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number, number
