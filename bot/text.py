"""What a person reads: a declared message in their language, with times in their time zone.

Catalogs are read from locales/<lang>/LC_MESSAGES/*.po once, at start; there is nothing to compile.
An entry that is missing, fuzzy, of another English text, or whose placeholders don't fit is left
out: that message is shown in English, and `gaps` lists it. Nothing in a catalog can make `render`
raise.

- Plain text that is inserted is isolated (FSI … PDI), so that a name can't turn a sentence round:
  always for right-to-left readers, elsewhere where it holds right-to-left letters. Marks that
  would break out of the isolate are taken out.
- Digits are 0 to 9 in every language: times, ids and codes are read aloud to colleagues who may
  not know the others, and typed on phones of any script. What people type is read in any digits.
- Times are of 24 hours. One that isn't of the reader's today says its day.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, get_timezone_location
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from flows.engine.messages import (
    Amount,
    Amounts,
    Country,
    Line,
    Message,
    Moment,
    Passage,
    Place,
    Review,
    Span,
    Value,
    declared,
    message,
    plural,
)
from flows.guidance import messages as guide
from flows.guidance.cards import Card
from flows.guidance.library import Library

FALLBACK = "en"
FONT = "NotoSans"
UNREVIEWED = {
    "": guide.UNREVIEWED_CLINICIAN,
    "specialist": guide.UNREVIEWED_SPECIALIST,
}
FSI, PDI, LRI = "\u2068", "\u2069", "\u2066"
#: Embeddings, overrides and isolates of an inserted text are dropped; LRM and RLM are harmless.
CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
RTL = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
#: Behind Arabic letters it would be shown from its end: 19-11-2026.
DAY = re.compile(r"(?<![\d-])\d{4}-\d{2}(?:-\d{2})?(?![\d-])")
#: Ours, not Babel's: in Arabic its units lack the dual of "day" and its lists repeat themselves.
UNITS = (
    (86_400, plural("span.days", "{n} day", "{n} days", count="n")),
    (3_600, plural("span.hours", "{n} hour", "{n} hours", count="n")),
    (60, plural("span.minutes", "{n} minute", "{n} minutes", count="n")),
    (1, plural("span.seconds", "{n} second", "{n} seconds", count="n")),
)
TWO = message("span.two", "{first} {second}", note="Two lengths: 1 hour 30 minutes.")
#: Languages that write the Arabic comma.
ARABIC_COMMA = frozenset({"ar", "ckb", "fa", "ps", "ug", "ur"})
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
MINUTE = 60_000

#: (literal, field) pairs; an empty field ends the text.
Template = tuple[tuple[str, str], ...]
Plural = Callable[[int], int]
Ready = tuple[Message, tuple[Template, ...], Plural]


class BadCatalog(Exception):
    """A language folder that can't be read: the message names the file and what is wrong."""


@dataclass(frozen=True)
class Language:
    """One folder of locales/. `plural`: the Plural-Forms header of its catalog. `font`: the family
    of locales/fonts/ that its files are set in."""

    code: str
    name: str
    rtl: bool
    locale: Locale
    plural: str
    day: str
    entries: Mapping[str, "Entry"]
    font: str = FONT

    @property
    def forms(self) -> int:
        return int(plural_header(self.plural)[0])


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalog's entry: the English it translates, its forms, and whether it is fuzzy."""

    source: tuple[str, ...]
    forms: tuple[str, ...]
    fuzzy: bool = False


class Text:
    """All languages. `strict` raises KeyError for a message whose arguments are missing."""

    def __init__(self, languages: Mapping[str, Language], strict: bool = False) -> None:
        self._languages = languages
        self._strict = strict
        self._ready: dict[str, dict[str, Ready]] = {code: {} for code in languages}
        #: The cards that passages are taken from.
        self.library = Library({FALLBACK: {}})
        #: Code -> name in its own language, English first.
        self.languages: Mapping[str, str] = {
            code: languages[code].name for code in sorted(languages, key=lambda c: (c != "en", c))
        }

    @classmethod
    def load(cls, locales: Path, strict: bool = False) -> "Text":
        """Raises BadCatalog when a language can't be read or English is missing."""
        found = {
            path.parent.name: load_language(path)
            for path in sorted(locales.glob("*/language.toml"))
        }
        if FALLBACK not in found:
            raise BadCatalog(f"{locales / FALLBACK / 'language.toml'} is missing")
        return cls(found, strict)

    def language(self, lang: str) -> Language:
        """The language of that code, or of its first part ("fr-CA"), or English."""
        known = self._languages
        return known.get(lang) or known.get(re.split("[-_]", lang)[0]) or known[FALLBACK]

    def everything(self) -> Iterator[str]:
        """All that the bot may say, as it stands in the catalogs, in every language."""
        for said in declared().values():
            yield from source(said)
        for language in self._languages.values():
            for entry in language.entries.values():
                yield from entry.forms
        # Of the cards what people type back: a code word in there would be taken for itself.
        for cards in self.library.cards.values():
            for card in cards.values():
                yield from (card.title, card.see)
                yield from (o.label for step in card.steps.values() for o in step.options)

    def rtl(self, lang: str) -> bool:
        return self.language(lang).rtl

    def gaps(self, lang: str) -> list[tuple[str, str]]:
        """(key, why) of every declared message that this language shows in English."""
        language = self.language(lang)
        if language.code == FALLBACK:
            return []
        why = ((key, gap(language, said)) for key, said in sorted(declared().items()))
        return [(key, found) for key, found in why if found]

    def render(
        self, lang: str, tz: str, message: Message, args: Mapping[str, Value], now_ms: int
    ) -> str:
        """The message for a reader of `lang` in the zone `tz`; unknown ones mean English, UTC."""
        return self._fill(self.language(lang), tz, message, args, now_ms)

    def _fill(
        self, language: Language, tz: str, message: Message, args: Mapping[str, Value], now: int
    ) -> str:
        _, forms, rule = self._ready_for(language, message)
        template = forms[0]
        if message.count is not None and isinstance(count := args.get(message.count), int):
            template = forms[min(rule(abs(count)), len(forms) - 1)]
        parts = []
        for literal, name in template:
            parts.append(literal)
            if name:
                prefix = "#" if name[0] == "#" else ""
                parts.append(self._value(language, tz, name.lstrip("#"), prefix, args, now))
        return "".join(parts)

    def _ready_for(self, language: Language, message: Message) -> Ready:
        ready = self._ready[language.code].get(message.key)
        if ready is None or (ready[0] is not message and ready[0] != message):
            ready = self._prepare(language, message)
        return ready

    def _prepare(self, language: Language, message: Message) -> Ready:
        translated = language.code != FALLBACK and gap(language, message) is None
        shown = language if translated else self._languages[FALLBACK]
        forms = language.entries[message.key].forms if translated else source(message)
        ready = (message, tuple(map(template_or_plain, forms)), plural_rule(shown.plural))
        self._ready[language.code][message.key] = ready
        return ready

    def _value(
        self,
        language: Language,
        tz: str,
        name: str,
        prefix: str,
        args: Mapping[str, Value],
        now: int,
    ) -> str:
        if name not in args:
            if self._strict:
                raise KeyError(name)
            return prefix
        match value := args[name]:
            case Moment(ms, form):
                shown = _moment(
                    language.locale, language.day, tz, ms // MINUTE, form, _day(tz, now // MINUTE)
                )
                return prefix + shown
            case Span(ms):
                return prefix + self._span(language, tz, ms, now)
            case Place(lat, lon):
                return prefix + _place(lat, lon, language.rtl)
            case Passage():
                return prefix + self._passage(language, value)
            case Review(card):
                return prefix + self._review(language, tz, card, now)
            case Country(code):
                return prefix + str(language.locale.territories.get(code) or code)
            case Amount(number, currency):
                return prefix + isolated(_amount(language.locale, number, currency), language.rtl)
            case Amounts(each):
                sums = (_amount(language.locale, a.number, a.currency) for a in each)
                joined = (isolated(amount, language.rtl) for amount in sums)
                return prefix + _comma(language.locale).join(joined)
            case Message():
                inner = {k: v for k, v in args.items() if k != name}
                return prefix + self._fill(language, tz, value, inner, now)
            case tuple():
                lines: tuple[Line, ...] = value
                return "\n".join(
                    self._fill(language, tz, line.message, line.args, now) for line in lines
                )
            case int() if not prefix:
                return str(value)
            case _:
                return isolated(f"{prefix}{value}", language.rtl)

    def _passage(self, language: Language, passage: Passage) -> str:
        """In the reader's language; what that card lacks, in English."""
        for lang in (language.code, FALLBACK):
            card = self.library.card(passage.card, lang)
            if card and (found := part_of(card, passage)):
                return found
        return passage.card

    def _review(self, language: Language, tz: str, name: str, now: int) -> str:
        """Whether the card was reviewed as it stands, and whether it is as new as the English."""
        card, english = self.library.card(name, language.code), self.library.card(name)
        if card is None or english is None:
            return ""
        args: dict[str, Value] = {"by": card.reviewed_by, "on": card.reviewed_on}
        said = guide.REVIEWED if card.reviewed else UNREVIEWED.get(card.reviewer, UNREVIEWED[""])
        shown = self._fill(language, tz, said, args, now)
        if card.lang == FALLBACK or card.source_revision in ("", english.revision):
            return shown
        return self._fill(language, tz, guide.OLDER, {"review": shown}, now)

    def _span(self, language: Language, tz: str, ms: int, now: int) -> str:
        """The largest unit and, if there is any of it, the one below: "1 hour 30 minutes"."""
        rest = max(0, ms) // 1000
        at = next((i for i, (length, _) in enumerate(UNITS) if rest >= length), len(UNITS) - 1)
        shown: list[str] = []
        for length, unit in UNITS[at : at + 2]:
            n, rest = divmod(rest, length)
            if n or not shown:
                shown.append(self._fill(language, tz, unit, {"n": n}, now))
        if len(shown) == 1:
            return shown[0]
        both = dict(zip(("", "first", "second"), ("", *shown), strict=True))
        return "".join(
            literal + both[name] for literal, name in self._ready_for(language, TWO)[1][0]
        )


# ---------------------------------------------------------------- inserted values


def part_of(card: Card, passage: Passage) -> str:
    """What a passage names of a card; "" when the card has no such part."""
    if passage.part in ("title", "see"):
        return str(getattr(card, passage.part)) or card.title
    step = card.steps.get(passage.step)
    if step is None or passage.part == "text":
        return step.text if step else ""
    if passage.part == "gist":
        return step.gist
    n = int(passage.part.removeprefix("option/"))
    return step.options[n].label if n < len(step.options) else ""


def isolated(value: str, rtl: bool) -> str:
    """Each line of the value in its own FSI … PDI, where the reader needs it."""
    if not rtl and value.isascii():
        return value
    value = value.translate(CONTROLS)
    if RTL.search(value):
        value = DAY.sub(f"{LRI}\\g<0>{PDI}", value)
    elif not rtl:
        return value
    return "\n".join(f"{FSI}{line}{PDI}" if line else "" for line in value.splitlines())


@lru_cache(maxsize=1024)
def _zone(tz: str) -> tzinfo:
    try:
        return ZoneInfo(tz)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _at(tz: str, minute: int) -> datetime:
    """Beyond the calendar's edges: the edge."""
    edge = 2_000_000_000  # minutes; the year 5772
    return (EPOCH + timedelta(minutes=max(-10_000_000, min(edge, minute)))).astimezone(_zone(tz))


@lru_cache(maxsize=4096)
def _day(tz: str, minute: int) -> date:
    return _at(tz, minute).date()


@lru_cache(maxsize=16_384)
def _moment(locale: Locale, day: str, tz: str, minute: int, form: str, today: date) -> str:
    at = _at(tz, minute)
    clock = f"{at:%H:%M}"
    away = abs((at.date() - today).days)
    if form == "full":
        return f"{_date(locale, day, at)}{_comma(locale)}{clock} ({_zone_name(locale, tz, at)})"
    if away == 0:
        return clock
    if away < 7:
        return f"{_date(locale, 'EEE', at)} {clock}"
    return f"{_date(locale, day, at)}{_comma(locale)}{clock}"


def _date(locale: Locale, pattern: str, at: datetime) -> str:
    return format_date(at.date(), pattern, locale=locale)


def _zone_name(locale: Locale, tz: str, at: datetime) -> str:
    """ "Tbilisi, UTC+4": the city that people know, and the offset that can't be misread."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    offset = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"
    if "/" not in tz or tz.startswith("Etc/"):
        return offset
    try:
        city = get_timezone_location(at, locale=locale, return_city=True)
    except (KeyError, LookupError, ValueError):
        return offset
    return f"{city}{_comma(locale)}{offset}"


def _comma(locale: Locale) -> str:
    return "، " if locale.language in ARABIC_COMMA else ", "


@lru_cache(maxsize=1024)
def _amount(locale: Locale, number: str, currency: str) -> str:
    """ "1 500,50 EUR", "500 TND": grouped as the reader is used to. Where there is nothing after
    the mark it is left out: three zeros there are thousands to who reads it elsewhere."""
    try:
        value = Decimal(number)
    except InvalidOperation:
        return f"{number} {currency}"
    whole = value == value.to_integral_value()
    form = "#,##0" if whole else "#,##0.00##"
    return f"{format_decimal(value, form, locale=locale, decimal_quantization=False)} {currency}"


def _place(lat: float, lon: float, rtl: bool) -> str:
    north, east = f"{lat:.5f}", f"{lon:.5f}"
    numbers = f"{LRI}{north}, {east}{PDI}" if rtl else f"{north}, {east}"
    url = f"https://www.openstreetmap.org/?mlat={north}&mlon={east}#map=16/{north}/{east}"
    return f"{numbers} {url}"


# ---------------------------------------------------------------- templates and catalogs


def source(message: Message) -> tuple[str, ...]:
    return (message.text,) if message.plural is None else (message.text, message.plural)


@lru_cache(maxsize=8192)
def template(text: str) -> Template:
    """Raises ValueError unless every field is a plain name. A "#" belongs to what it stands
    before, so that "#K7Q2" stays one piece for right-to-left readers."""
    pairs = []
    for literal, name, spec, conversion in Formatter().parse(text):
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise ValueError(f"{{{name}}} is not a plain name")
        if name and literal.endswith("#"):
            literal, name = literal[:-1], "#" + name
        pairs.append((literal, name or ""))
    return tuple(pairs)


def template_or_plain(text: str) -> Template:
    try:
        return template(text)
    except ValueError:
        return ((text, ""),)


def fields(text: str) -> frozenset[str]:
    return frozenset(name.lstrip("#") for _, name in template(text) if name)


def gap(language: Language, message: Message) -> str | None:
    """Why this language can't show the message itself, or None."""
    entry = language.entries.get(message.key)
    if entry is None or not all(entry.forms):
        return "missing"
    if entry.source != source(message):
        return "translates another English text"
    if entry.fuzzy:
        return "fuzzy"
    if message.plural is not None and len(entry.forms) != language.forms:
        return f"has {len(entry.forms)} plural forms of {language.forms}"
    return misfit(message, entry.forms)


def misfit(message: Message, forms: tuple[str, ...]) -> str | None:
    """A plural form may spell its number out ("one case"); nothing else may differ."""
    wanted = frozenset().union(*map(fields, source(message)))
    optional = frozenset({message.count} if message.count else ())
    for form in forms:
        try:
            found = fields(form)
        except ValueError as error:
            return f"can't be filled in: {error}"
        if found - wanted or wanted - found - optional:
            return "has other placeholders"
    return None


def plural_header(header: str) -> tuple[str, str]:
    """(number of forms, rule) of a Plural-Forms header; raises ValueError."""
    found = re.fullmatch(r"nplurals\s*=\s*([1-9])\s*;\s*plural\s*=\s*(.+?)\s*;?", header.strip())
    if not found:
        raise ValueError(f"not a Plural-Forms header: {header!r}")
    return found[1], found[2]


@lru_cache(maxsize=64)
def plural_rule(header: str) -> Plural:
    count, rule = plural_header(header)
    chosen = c2py(rule)
    most = int(count) - 1
    return lru_cache(maxsize=512)(lambda n: max(0, min(most, chosen(n))))


def load_language(path: Path) -> Language:
    """A folder by its language.toml: name, direction, locale, plural; optionally day and font."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        plural_rule(table["plural"])
        if table["direction"] not in ("ltr", "rtl"):
            raise ValueError(f"direction is ltr or rtl, not {table['direction']!r}")
        entries: dict[str, Entry] = {}
        for catalog in sorted((path.parent / "LC_MESSAGES").glob("*.po")):
            entries.update(_entries(catalog))
        return Language(
            code=path.parent.name,
            name=table["name"],
            rtl=table["direction"] == "rtl",
            locale=Locale.parse(table["locale"]),
            plural=table["plural"],
            day=table.get("day", "EEE d MMM"),
            entries=entries,
            font=table.get("font", FONT),
        )
    except KeyError as error:
        raise BadCatalog(f"{path}: {error.args[0]} is missing") from error
    except (OSError, ValueError, LookupError) as error:
        raise BadCatalog(f"{path}: {error}") from error


def _entries(path: Path) -> Iterator[tuple[str, Entry]]:
    with path.open("rb") as file:
        for entry in read_po(file):
            if entry.id and entry.context:
                yield entry.context, Entry(_strings(entry.id), _strings(entry.string), entry.fuzzy)


def _strings(value: object) -> tuple[str, ...]:
    several = value if isinstance(value, tuple | list) else (value,)
    return tuple(str(v or "") for v in several)
