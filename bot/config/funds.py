"""Safety funds, one TOML file each, and the operator's exchange rates. Checked at load like every
setting: with file, line, what it means and what to do.

A fund's id is the name of its file. deploy/funds/ims-dj.toml shows every setting. The rates:

    [[table]]
    date = "2026-03-02"
    base = "EUR"
    days = 30           # how long it is good for; later it is still used, and said to be old
    [table.rates]       # one EUR is so many; in quotes, so that no digit is lost
    USD = "1.0832"
    DKK = "7.4605"

Tables of several days and bases may stand in one file. Each currency goes by the newest that has
both it and the fund's own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from bot.config import checks, reading
from bot.config.reading import ConfigError, Loc, Origin
from bot.config.sections import DAY, HOUR, Country, Duration, Section
from flows.fund import terms
from flows.fund.currencies import CODES
from flows.fund.money import RateTable, rounded
from flows.fund.terms import CASES, KINDS, Fund, Partner, Source

EXAMPLE = "deploy/funds/ims-dj.toml"
UNTIL = (
    "fund: until this is right Onbelay does not start: nobody can apply, and who has applied waits."
)
FUND_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
LONGEST_TEXT = 300  #: characters; people read it on a small phone

Model = TypeVar("Model", bound=Section)

# ---------------------------------------------------------------- what a value may be


def currency(code: str) -> str:
    if code not in CODES:
        raise ValueError(f'"{code}" is no currency. Write its three letters, for example "EUR".')
    return code


def decimal(value: object) -> Decimal:
    """A number in quotes: TOML's own numbers are binary, and lose digits."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", value):
        shown = f'"{value}"' if isinstance(value, str) else f"{value}"
        raise ValueError(
            f"{shown} is not an amount. Write digits with a point, in quotes and without the "
            'currency, for example "5000.00".'
        )
    found = Decimal(value)
    if found <= 0:
        raise ValueError(f'"{value}" is nothing. Write more, or delete this line.')
    return found


def texts(value: object) -> object:
    """A text that is the same in every language may stand alone."""
    return {"en": value} if isinstance(value, str) else value


def in_english(by_language: dict[str, str]) -> dict[str, str]:
    for lang, text in by_language.items():
        if not LANGUAGE.fullmatch(lang):
            raise ValueError(f'"{lang}" is no language. Write its code, for example "fr".')
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise ValueError(
                f"the text for {lang} is empty or longer than {LONGEST_TEXT} characters. People "
                "read it on a small phone: write one sentence."
            )
    if "en" not in by_language:
        raise ValueError('there is no English text, which others fall back to. Add en = "…".')
    return by_language


def one_of(*known: str) -> AfterValidator:
    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in known:
                raise ValueError(f'"{name}" is not known here. Write of: {", ".join(known)}.')
        return names

    return AfterValidator(check)


def person(name: str) -> str:
    if not checks.PERSON_ID.fullmatch(name):
        raise ValueError(
            f'nobody is called "{name}". Write the id of a person as `onbelay person list` shows '
            "it."
        )
    return name


def name_of(kind: str) -> AfterValidator:
    def check(name: str) -> str:
        if not FUND_ID.fullmatch(name):
            raise ValueError(
                f'"{name}" is no id of a {kind}. Use small letters, digits, - and _, at most 32.'
            )
        return name

    return AfterValidator(check)


def day(value: object) -> str:
    try:
        if not isinstance(value, date):
            value = date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'"{value}" is not a day. Write for example "2026-03-02".') from None
    return f"{value:%Y-%m-%d}"


Said = Annotated[dict[str, str], BeforeValidator(texts), AfterValidator(in_english)]
Currency = Annotated[str, AfterValidator(currency)]
Amount = Annotated[Decimal, BeforeValidator(decimal)]
Names = Annotated[tuple[str, ...], BeforeValidator(checks.as_list)]
Countries = Annotated[tuple[Country, ...], BeforeValidator(checks.as_list)]

# ---------------------------------------------------------------- the files


class CountriesSection(Section):
    """Both may be left out: then it is every country."""

    allowed: Countries = ()
    denied: Countries = ()


class DeadlinesSection(Section):
    first_answer: Duration = 24 * HOUR
    referees: Duration = 3 * DAY
    decision: Duration = 7 * DAY
    report: Duration = 90 * DAY


class PartnerSection(Section):
    id: Annotated[str, name_of("partner")]
    name: str = Field(min_length=1, max_length=80)
    description: Said | None = None


class SourceSection(Section):
    name: Said
    reach: Said


class FundFile(Section):
    """What stands in a fund's file. The meaning of each setting: flows/fund/terms.py."""

    example: bool = False
    name: Said
    currency: Currency
    cases: Annotated[Names, one_of(*CASES)] = CASES
    causes_excluded: Annotated[Names, one_of("disaster", "other")] = ()
    ceiling: Amount | None = None
    usual: Amount | None = None
    months: int = Field(default=6, ge=1, le=60)
    once_in_months: int = Field(default=12, ge=0, le=120)
    incident_months: int = Field(default=12, ge=0, le=600)
    referees: int = Field(default=2, ge=0, le=10)
    payers: Annotated[
        tuple[Annotated[str, AfterValidator(person)], ...], BeforeValidator(checks.as_list)
    ] = ()
    separate_payer: bool | None = None
    details: Literal["signal", "any"] = "signal"
    countries: CountriesSection = CountriesSection()
    deadlines: DeadlinesSection = DeadlinesSection()
    documents: dict[str, Names] = Field(default_factory=dict)
    document: dict[Annotated[str, name_of("document")], Said] = Field(default_factory=dict)
    consent: dict[str, Said]
    partner: tuple[PartnerSection, ...] = ()
    elsewhere: tuple[SourceSection, ...] = ()

    def contradictions(self) -> Iterator[tuple[Loc, str]]:
        """What is fine alone and not together."""
        if not self.cases:
            yield ("cases",), "cases is empty: nobody could be helped. Delete the line for all."
        for name in ("ceiling", "usual"):
            amount = getattr(self, name)
            if amount is not None and amount != rounded(amount, self.currency):
                yield (name,), f"{name} has more decimals than {self.currency} has. Write fewer."
        asked = {document for names in self.documents.values() for document in names}
        for case in self.documents.keys() - set(CASES):
            told = f"documents.{case} is not a case. Write of: {', '.join(CASES)}."
            yield ("documents", case), told
        for document in sorted(asked - self.document.keys()):
            yield (
                ("documents",),
                f"{document} is asked for, and nobody is told what it is. Add "
                f'[document.{document}] with en = "…".',
            )
        if self.consent.keys() != set(KINDS):
            yield (
                ("consent",),
                f"consent must have a sentence for each of {', '.join(KINDS)}, and for nothing "
                "else: without one nobody can agree to it. Add or delete what differs.",
            )
        ids = [partner.id for partner in self.partner]
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            yield ("partner",), f"two partners have the id {twice}. Give each its own."
        if both := sorted(set(self.countries.allowed) & set(self.countries.denied)):
            yield ("countries",), f"{', '.join(both)} is both allowed and denied. Write it once."

    def fund(self, name: str) -> Fund:
        return Fund(
            id=name,
            name=self.name,
            currency=self.currency,
            cases=self.cases,
            causes_excluded=frozenset(self.causes_excluded),
            ceiling=self.ceiling,
            usual=self.usual,
            months=self.months,
            once_in_months=self.once_in_months,
            incident_months=self.incident_months,
            referees=self.referees,
            allowed=frozenset(self.countries.allowed),
            denied=frozenset(self.countries.denied),
            documents=self.documents,
            document_texts=self.document,
            partners=tuple(Partner(p.id, p.name, p.description or {}) for p in self.partner),
            consents=self.consent,
            deadlines=terms.Deadlines(**self.deadlines.model_dump()),
            elsewhere=tuple(Source(s.name, s.reach) for s in self.elsewhere),
            payers=frozenset(self.payers),
            separate_payer=self.separate_payer,
            details=self.details,
            example=self.example,
        )


class TableSection(Section):
    date: Annotated[str, BeforeValidator(day)]
    base: Currency
    days: int = Field(default=30, ge=1, le=366)
    rates: dict[Currency, Amount]


class RatesFile(Section):
    table: tuple[TableSection, ...] = ()


# ---------------------------------------------------------------- reading


def load(folder: Path | None, rates: Path | None) -> tuple[dict[str, Fund], tuple[RateTable, ...]]:
    """Funds by id, and the rates. Raises ConfigError with the problems of all files."""
    wrong: list[str] = []
    funds: dict[str, Fund] = {}
    tables: tuple[RateTable, ...] = ()
    for path in _files(folder, wrong):
        try:
            funds[path.stem] = load_fund(path)
        except ConfigError as error:
            wrong += error.problems
    try:
        tables = load_rates(rates) if rates else ()
    except ConfigError as error:
        wrong += error.problems
    if wrong:
        raise ConfigError([*wrong, UNTIL])
    return funds, tables


def _files(folder: Path | None, wrong: list[str]) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        wrong.append(
            f"{folder}: there is no such folder, so nobody could apply to a fund. Correct "
            "fund.folder, or make the folder and put a file for each fund there."
        )
        return []
    return sorted(folder.glob("*.toml"))


def load_fund(path: Path) -> Fund:
    if not FUND_ID.fullmatch(path.stem):
        raise ConfigError(
            [f"{path}: its name is the fund's id. Use small letters, digits, - and _, at most 32."]
        )
    origin = reading.other(path, EXAMPLE)
    read = _checked(FundFile, origin)
    if wrong := list(read.contradictions()):
        raise ConfigError([origin.at(loc) + text for loc, text in wrong])
    return read.fund(path.stem)


def load_rates(path: Path) -> tuple[RateTable, ...]:
    if not path.is_file():
        raise ConfigError(
            [
                f"{path}: there is no such file, so budgets could not be compared with the fund's "
                "limits. Correct fund.rates, or delete it."
            ]
        )
    tables = _checked(RatesFile, reading.other(path, "bot/config/funds.py")).table
    return tuple(RateTable(t.date, t.base, t.rates, t.days) for t in tables)


def _checked(model: type[Model], origin: Origin) -> Model:
    try:
        return model(**origin.file)
    except ValidationError as error:
        raise ConfigError(reading.problems(model, origin, error)) from None


# ---------------------------------------------------------------- what deserves a second look


def concerns(folder: Path, funds: Mapping[str, Fund], rates: Sequence[RateTable]) -> Iterator[str]:
    """One sentence each. Whether rates are old depends on the day: doctor says it."""
    if not funds:
        yield (
            f"fund.folder = {folder} has no fund in it: nobody can apply. Put a file for each "
            "fund there, or delete the setting."
        )
    elif not rates:
        yield (
            "fund.rates is not set or empty: budgets in other currencies than the fund's can't be "
            "compared with its limits. Make a file of rates, as bot/config/funds.py shows."
        )
    for name, fund in funds.items():
        if fund.example:
            yield (
                f"fund {name} is still our example: people could apply to a fund that knows "
                "nothing of it. Check each line with the fund, then delete `example = true`."
            )
        if len(fund.languages()) < 2:
            yield (
                f"fund {name} does not have all its texts in two languages: many would agree to "
                "what they can't read. Add another language to each text."
            )
        if not fund.payers:
            yield (
                f"fund {name} has no payer: nobody could pay what is approved. Add payers to its "
                "file, with ids from `onbelay person list`."
            )
