"""What a value may be. Every refusal says how to write it right, and no secret is ever echoed."""

import difflib
import re
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

Steps = TypeVar("Steps", bound=tuple[object, ...])

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
DURATION = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
LONGEST = 3650 * UNITS["d"]

EVERYBODY = ("on_duty", "all")
#: What people mean by on_duty or all, and what is therefore no person's id.
NOT_IDS = ("onduty", "duty", "everyone", "everybody", "coordinator", "coordinators")
PERSON_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")

TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
TOKEN_SECRET = 30  #: Telegram's own have 35 characters after the colon; stand-ins may have fewer.
WRONG_TOKEN = (
    "this is not a bot token (it is not shown here). Copy the whole token from @BotFather: digits, "
    "a colon, then 35 letters, digits, - or _."
)


def duration(value: object) -> int:
    """ "1h30m" → milliseconds, more than zero."""
    length = duration_or_zero(value)
    if length == 0:
        raise ValueError(f'"{value}" is no time at all. Write a longer one, for example "1m".')
    return length


def duration_or_zero(value: object) -> int:
    """ "0m" too."""
    text = value.strip() if isinstance(value, str) else ""
    match = DURATION.fullmatch(text)
    if not text or match is None:
        shown = f'"{value}"' if isinstance(value, str) else f"{value}"
        raise ValueError(
            f"{shown} is not a duration. Write whole numbers with d, h, m or s, in quotes, for "
            'example "90s", "15m", "4h", "1h30m" or "2d".'
        )
    parts = zip(match.groups(), UNITS.values(), strict=True)
    length = sum(int(number[:12]) * unit for number, unit in parts if number)
    if length > LONGEST:
        raise ValueError(f'"{value}" is longer than ten years. Write a shorter one.')
    return length


def no_length(value: object) -> None:
    """risk.low.alert: a phase that doesn't end by itself."""
    if value is not None:
        raise ValueError(
            "at low risk a case never goes beyond alert by itself, so that phase has no length. "
            "Delete this line, or put people who need more into medium."
        )


def named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Whom a step calls."""
    if not names:
        raise ValueError('this step calls nobody. Write for example notify = ["on_duty"].')
    for name in names:
        if name not in EVERYBODY:
            _person_id(name)
    return names


def country_or_none(code: str) -> str:
    """ISO 3166 alpha-2, in capitals; "" stands for every country that isn't listed."""
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(
            f'"{code}" is not a country. Write its two letters, for example "UA", or "" for all '
            "others."
        )
    return code


def country(code: str) -> str:
    """ISO 3166 alpha-2, in capitals."""
    if not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(f'"{code}" is not a country. Write its two letters, for example "SS".')
    return code


def as_list(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f'this must be a list. Write ["{value}"], with the brackets.')
    return value


def _person_id(name: str) -> None:
    near = difflib.get_close_matches(name.lower(), EVERYBODY, n=1, cutoff=0.7)
    if near:
        raise ValueError(f'nobody is called "{name}". Did you mean "{near[0]}"?')
    if not PERSON_ID.fullmatch(name) or name.lower() in NOT_IDS:
        raise ValueError(
            f'nobody is called "{name}". Write "on_duty", "all", or the id of a person as '
            "`onbelay person list` shows it."
        )


def not_empty(steps: Steps) -> Steps:
    """A ladder."""
    if not steps:
        raise ValueError(
            "the ladder is empty: nobody would ever be called. Add a step: [[escalation.step]] "
            'with after = "0m" and notify = ["on_duty"], or delete this line for the default.'
        )
    return steps


def token(value: SecretStr) -> SecretStr:
    if not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError(WRONG_TOKEN)
    return value


def number(value: str) -> str:
    """Signal's account: the number in international form. Spaces are forgiven."""
    compact = re.sub(r"[\s().-]", "", value)
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", compact):
        raise ValueError(
            "this is not a phone number in international form. Write + and digits only, for "
            'example "+4915112345678": the number that is registered in signal-cli-rest-api.'
        )
    return compact


def url(value: str) -> str:
    """A base address; one slash at the end more or less makes no difference."""
    try:
        parts = urlsplit(value)
        legal = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        legal = False
    if not legal or parts.query or parts.fragment or "@" in parts.netloc or " " in value:
        raise ValueError(
            "this is not a base address. Write http:// or https://, a host, and nothing after "
            'the path, for example "http://127.0.0.1:8080".'
        )
    return value.rstrip("/")


def host_port(value: str) -> str:
    split_host_port(value)
    return value


def split_host_port(value: str) -> tuple[str, int]:
    """("::1", 8900) of "[::1]:8900". Port 0 takes any free one. Raises ValueError."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\[\]]+)):([0-9]{1,5})", value)
    if match is None or int(match[3]) > 65535:
        raise ValueError(
            f'"{value}" is not host:port. Write for example "127.0.0.1:8900" or "[::1]:8900".'
        )
    return match[1] or match[2], int(match[3])


def database_url(value: SecretStr) -> SecretStr:
    """A PostgreSQL address may hold a password: never echoed."""
    text = value.get_secret_value()
    if text.startswith("sqlite:"):
        _sqlite(text)
    elif not text.startswith("postgresql://") or not _has_database(text):
        raise ValueError(
            "this is not a database address that Onbelay knows (it is not shown here: it may hold "
            'a password). Write "sqlite:///onbelay.sqlite3" or '
            '"postgresql://user:password@host:5432/name".'
        )
    return value


def _sqlite(text: str) -> None:
    file = text.removeprefix("sqlite:///")
    if file == text or not file.strip("/") or ":memory:" in file or {"?", "#"} & set(file):
        raise ValueError(
            "this is not a database file. Write sqlite:/// and a path, for example "
            '"sqlite:///onbelay.sqlite3" or "sqlite:////var/lib/onbelay/onbelay.sqlite3". A '
            "database in memory would forget everybody at the next restart."
        )


def _has_database(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.path.strip("/")) and (parts.port or 1) > 0
    except ValueError:
        return False
