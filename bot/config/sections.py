"""What can be set in the sections of the TOML file, with the defaults. Durations in ms."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.config import checks

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

Duration = Annotated[int, BeforeValidator(checks.duration)]
DurationOrZero = Annotated[int, BeforeValidator(checks.duration_or_zero)]
Country = Annotated[str, AfterValidator(checks.country)]
Names = Annotated[tuple[str, ...], BeforeValidator(checks.as_list), AfterValidator(checks.named)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Checkin(Section):
    minimum_interval: Duration = 5 * MINUTE
    reminder_before: Duration = 5 * MINUTE


class LowRisk(Section):
    grace: Duration = 30 * MINUTE
    uncertainty: Duration = 30 * MINUTE
    #: Never set: low never goes beyond alert by itself.
    alert: Annotated[None, BeforeValidator(checks.no_length)] = None


class MediumRisk(Section):
    grace: Duration = 15 * MINUTE
    uncertainty: Duration = 15 * MINUTE
    alert: Duration = 30 * MINUTE


class HighRisk(Section):
    grace: Duration = 5 * MINUTE
    uncertainty: Duration = 5 * MINUTE
    alert: Duration = 10 * MINUTE


class Risks(Section):
    low: LowRisk = LowRisk()
    medium: MediumRisk = MediumRisk()
    high: HighRisk = HighRisk()


class Rung(Section):
    """A step of the ladder."""

    after: DurationOrZero
    notify: Names


LADDER = (
    Rung.model_construct(after=0, notify=("on_duty",)),
    Rung.model_construct(after=5 * MINUTE, notify=("all",)),
)


class Escalation(Section):
    acknowledgement_expires: Duration = 15 * MINUTE
    repeat_every: Duration = 5 * MINUTE
    step: Annotated[tuple[Rung, ...], AfterValidator(checks.not_empty)] = LADDER


class Retention(Section):
    """How long what is done with is kept; enforced by bot/store/retention.py."""

    inbox: Duration = 6 * HOUR
    #: Longer than Telegram lets a bot delete its messages (48h): buttons still find their row.
    outbox: Duration = 72 * HOUR
    closed_cases: Duration = 90 * DAY
    strangers: Duration = 24 * HOUR
    codes: Duration = 7 * DAY
    guests: Duration = 30 * DAY
    #: From its end. Longer than a fund's year without a second grant, which it is asked about.
    requests: Duration = 400 * DAY
    #: From the day it was sent. What is counted of it stays.
    records: Duration = 730 * DAY


class Attachments(Section):
    """What people send beside their words. `most` can't be more than platforms let a bot load."""

    most_megabytes: int = Field(default=20, ge=1, le=20)
    files_per_case: int = Field(default=60, ge=1, le=1_000)
    megabytes_per_case: int = Field(default=200, ge=1, le=10_000)


class Guidance(Section):
    """`folder`: cards of the organisation's own, <language>/<id>.md, that go before ours.
    `crisis_lines`: whom to call about thoughts of suicide, by country (ISO 3166), "" for others."""

    folder: Path | None = None
    crisis_lines: dict[Annotated[str, AfterValidator(checks.country_or_none)], str] = Field(
        default_factory=dict
    )
    no_ambulance: Annotated[tuple[Country, ...], BeforeValidator(checks.as_list)] = ()


class Fund(Section):
    """`folder`: one file per safety fund; none is offered without. `rates`: exchange rates."""

    folder: Path | None = None
    rates: Path | None = None


class Drills(Section):
    """`scripts`: drills of the organisation's own, NAME.txt. `kept`: how long after its end what
    happened in a drill stays; `guests_kept`: who came to it with its code and isn't enrolled.
    `during_a_case`: a surprise, while a real case is open about somebody in the team, isn't held,
    or is held without them.
    `acknowledge_within`, `welfare_within`: what the organisation wants of itself, from the event
    until somebody has it, and until it is known that they are well."""

    scripts: Path | None = None
    kept: Duration = 90 * DAY
    guests_kept: Duration = DAY
    during_a_case: Literal["skip", "without"] = "skip"
    acknowledge_within: Duration = 5 * MINUTE
    welfare_within: Duration = HOUR


class RecordOfAttacks(Section):
    """`suppress_below`: counts smaller than this are hidden in what is published."""

    suppress_below: int = Field(default=5, ge=2, le=100)


class SignalPace(Section):
    per_second: float = Field(default=1.0, gt=0, le=50)


class Languages(Section):
    default: str = Field(default="en", pattern=r"^[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")


class Safety(Section):
    minimum_coordinators: int = Field(default=2, ge=1, le=100)
