"""Settings: from the environment, and from the TOML file that ONBELAY_CONFIG names.

The environment wins over the file, the file over the defaults. Everything is checked at load: a
wrong setting is refused before anything is touched, with file, line and the fix (ConfigError). A
setting that would quietly leave people unwatched is worse than a bot that doesn't start.

    sections.py   what can be set, and its defaults        reading.py   files, lines, environment
    checks.py     what a value may be                      sample.py    the file that init writes
    funds.py      safety funds and exchange rates, in files of their own

How to add a setting: a field in sections.py (or here, at the top level) and a line in sample.py;
a test fails without it.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config import checks, funds, reading, sample, sections
from bot.config.reading import ConfigError, Loc, Origin
from flows.engine.model import LadderStep, Policy, Risk
from flows.fund.money import RateTable
from flows.fund.terms import Fund

__all__ = ["ConfigError", "Settings"]

OFFICIAL_TELEGRAM = "https://api.telegram.org"
READABLE_BY_OTHERS = 0o077


class Settings(BaseSettings):
    """One installation's settings, checked and frozen. Get them from `Settings.load`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=reading.PREFIX,
        env_nested_delimiter=reading.NESTED,
        hide_input_in_errors=True,
    )

    database_url: Annotated[SecretStr, AfterValidator(checks.database_url)]
    keyring: Path
    files: Path
    telegram_token: Annotated[SecretStr, AfterValidator(checks.token)] | None = None
    telegram_api_url: Annotated[str, AfterValidator(checks.url)] = OFFICIAL_TELEGRAM
    signal_account: Annotated[str, AfterValidator(checks.number)] | None = Field(
        default=None, repr=False
    )
    signal_api_url: Annotated[str, AfterValidator(checks.url)] | None = None
    http: Annotated[str, AfterValidator(checks.host_port)] = "127.0.0.1:8900"
    organisation: str = Field(default="", max_length=80)

    checkin: sections.Checkin = sections.Checkin()
    risk: sections.Risks = sections.Risks()
    escalation: sections.Escalation = sections.Escalation()
    retention: sections.Retention = sections.Retention()
    attachments: sections.Attachments = sections.Attachments()
    guidance: sections.Guidance = sections.Guidance()
    drills: sections.Drills = sections.Drills()
    fund: sections.Fund = sections.Fund()
    record: sections.RecordOfAttacks = sections.RecordOfAttacks()
    signal: sections.SignalPace = sections.SignalPace()
    languages: sections.Languages = sections.Languages()
    safety: sections.Safety = sections.Safety()

    _path: Path | None = PrivateAttr(default=None)
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _funds: dict[str, Fund] = PrivateAttr(default_factory=dict)
    _rates: tuple[RateTable, ...] = PrivateAttr(default=())

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, path: Path | None = None) -> Self:
        """`env` is os.environ unless given; `path` wins over ONBELAY_CONFIG; without either there
        is no file. Relative paths in the file (and default ones) start at the file's folder, those
        in the environment at the current folder. Raises ConfigError."""
        origin = reading.read(cls, os.environ if env is None else env, path)
        merged = reading.merged(cls._places(origin), origin.file, origin.env)
        try:
            settings = cls(**merged)
        except ValidationError as error:
            # `from None`: what pydantic was given, a token perhaps, stays out of tracebacks.
            raise ConfigError(reading.problems(cls, origin, error)) from None
        wrong = list(settings._contradictions(origin))
        if wrong:
            raise ConfigError([origin.at(loc) + text for loc, text in wrong])
        settings._path = origin.path
        settings._funds, settings._rates = funds.load(settings.fund.folder, settings.fund.rates)
        settings._warnings = (*origin.warnings, *settings._concerns(origin))
        return settings

    @staticmethod
    def sample() -> str:
        """The commented TOML file with every setting, as `onbelay init` writes it."""
        return sample.SAMPLE

    @property
    def path(self) -> Path | None:
        """The TOML file that was read."""
        return self._path

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but deserves a second look; one sentence each, nothing secret."""
        return self._warnings

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that are switched on."""
        on = {"telegram": self.telegram_token, "signal": self.signal_account}
        return tuple(name for name, setting in on.items() if setting)

    @property
    def policy(self) -> Policy:
        """What flows go by. The ladder is in the order of its times."""
        rungs = sorted(self.escalation.step, key=lambda rung: rung.after)
        return Policy(
            minimum_interval=self.checkin.minimum_interval,
            # The default gives way to a shorter interval; a setting that doesn't was refused.
            reminder_before=min(self.checkin.reminder_before, self.checkin.minimum_interval),
            risks={name: Risk(**lengths) for name, lengths in self.risk.model_dump().items()},
            ladder=tuple(LadderStep(rung.after, rung.notify) for rung in rungs),
            acknowledgement_expires=self.escalation.acknowledgement_expires,
            repeat_every=self.escalation.repeat_every,
            retention={
                **self.retention_ms,
                "drills": self.drills.kept,
                "drill_guests": self.drills.guests_kept,
            },
            organisation=self.organisation,
            crisis_lines=self.guidance.crisis_lines,
            megabytes=self.attachments.most_megabytes,
            surprise=self.drills.during_a_case,
            no_ambulance=frozenset(self.guidance.no_ambulance),
            funds=self._funds,
            rates=self._rates,
        )

    @property
    def retention_ms(self) -> dict[str, int]:
        """Milliseconds by kind: inbox, outbox, closed_cases, strangers, codes, requests,
        records."""
        return dict(self.retention)

    @property
    def async_database_url(self) -> str:
        """For SQLAlchemy's asyncio engines. Holds the password: never log it."""
        url = self.database_url.get_secret_value()
        if url.startswith("sqlite:"):
            return url.replace("sqlite:", "sqlite+aiosqlite:", 1)
        place, _, query = url.replace("postgresql:", "postgresql+asyncpg:", 1).partition("?")
        # sslmode is libpq's name for it, which asyncpg's connect() refuses.
        pairs = [("ssl" if k == "sslmode" else k, v) for k, v in parse_qsl(query)]
        return f"{place}?{urlencode(pairs)}" if pairs else place

    @property
    def http_host(self) -> str:
        return checks.split_host_port(self.http)[0]

    @property
    def http_port(self) -> int:
        return checks.split_host_port(self.http)[1]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`load` has read the environment already, the one that it was given."""
        return (init_settings,)

    @property
    def drills_folder(self) -> Path:
        """Where each drill has its own database."""
        return self.files.with_name(f"{self.files.name}.drills")

    @staticmethod
    def _places(origin: Origin) -> dict[str, Any]:
        defaults = {
            "database_url": "sqlite:///onbelay.sqlite3",
            "keyring": "onbelay.keyring",
            "files": "onbelay.files",
        }
        return reading.anchored(defaults, origin.folder)

    def _contradictions(self, origin: Origin) -> Iterator[tuple[Loc, str]]:
        """Settings that are fine alone and not together."""
        checkin = self.checkin
        chosen = "reminder_before" in checkin.model_fields_set
        if chosen and checkin.reminder_before > checkin.minimum_interval:
            yield (
                ("checkin", "reminder_before"),
                "the reminder would come before the shortest check-in has begun. Make "
                "checkin.reminder_before shorter than checkin.minimum_interval, or equal to it.",
            )
        if bool(self.signal_account) != bool(self.signal_api_url):
            given, lacking = "signal_account", "signal_api_url"
            if self.signal_api_url:
                given, lacking = lacking, given
            yield ((given,), f"{given} is set, but {lacking} is not: Signal needs both. Set both.")
        if self.telegram_token and self.telegram_api_url == OFFICIAL_TELEGRAM:
            _, _, secret = self.telegram_token.get_secret_value().partition(":")
            if len(secret) < checks.TOKEN_SECRET:
                yield ("telegram_token",), checks.WRONG_TOKEN

    def _concerns(self, origin: Origin) -> Iterator[str]:
        if not _is_loopback(self.http_host):
            yield (
                f"http = {self.http} can be reached from other machines: health and metrics tell "
                "them that Onbelay runs here. Use 127.0.0.1 unless a firewall stands before it."
            )
        for name, url in (
            ("telegram_api_url", self.telegram_api_url),
            ("signal_api_url", self.signal_api_url or ""),
        ):
            parts = urlsplit(url)
            if parts.scheme == "http" and not _is_near(parts.hostname or ""):
                yield f"{name} is http: messages cross the network unencrypted. Use https."
        if not self.channels:
            yield "no channel is switched on: set telegram_token, or the two Signal settings."
        if self.fund.folder:
            yield from funds.concerns(self.fund.folder, self._funds, self._rates)
        yield from _open_file(origin)


def _open_file(origin: Origin) -> Iterator[str]:
    """A file with a secret in it that others on this machine can read."""
    secret = {"telegram_token", "database_url"} & set(origin.file)
    if origin.path and secret and origin.path.stat().st_mode & READABLE_BY_OTHERS:
        yield (
            f"{origin.path} holds {' and '.join(sorted(secret))}, and others on this machine can "
            f"read it. Run: chmod 600 {origin.path}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_near(host: str) -> bool:
    """This machine, its own network, or another container (a name without a dot)."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
