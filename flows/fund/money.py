"""Sums of money: read as people write them, kept exactly, added up, converted.

- In memory an amount is a Decimal with its currency, outside a string, "1200.00 USD"; never a
  float.
- Reading refuses rather than guesses. A number without a currency is never taken for one in the
  fund's: it is asked, and the likely ones are offered: of the person's country, the fund's, two
  that are known everywhere. A refusal says why, and where it helps the choices. What can
  be meant in two ways is asked: "$" where the default is no dollar, "1.200 KWD" where the dinar has
  three decimals. "12k" is twelve thousand, unless the currency itself is written with a K.
- A line of a budget is `amount` once, or `amount` each month for `months`.
- Rounding: sums are exact. A conversion is worked out exactly too and rounded once, at its end, to
  the currency's minor units, halves away from zero as on a bill.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from flows.engine.messages import Amount, Scalar
from flows.engine.normal import normal
from flows.fund.currencies import CODES, NAMES, WITH_K, key, minor
from flows.fund.terms import Fund

LONGEST = 100  #: characters of an answer that is read as an amount
DIGITS = 12  #: before the point; a year's rent in rials has ten
MOST_MONTHS = 120
#: Our own, so that no setting elsewhere can make sums inexact.
EXACT = Context(prec=120, rounding=ROUND_HALF_UP)

#: Why an amount can't be read. Each has its message, "fund.money.<why>".
WHY = (
    "empty",  # no digits
    "several",  # more than one number
    "number",  # not a number as people write one
    "which_number",  # 1.200: choices has both
    "too_fine",  # more decimals than the currency has
    "negative",
    "zero",
    "too_large",
    "currency",  # which one? choices has the amount in each that is likely
    "two_currencies",
    "unknown",  # a word that is no currency: word
    "too_long",
)


@dataclass(frozen=True, slots=True)
class Money:
    """`str()` is the outside form, "1200.00 USD"; `plain` the same without the currency."""

    amount: Decimal
    currency: str

    @property
    def plain(self) -> str:
        return f"{rounded(self.amount, self.currency):f}"

    @property
    def shown(self) -> Amount:
        """As a reader sees it, in their language's marks."""
        return Amount(self.plain, self.currency)

    def __str__(self) -> str:
        return f"{self.plain} {self.currency}"


@dataclass(frozen=True, slots=True)
class Unread:
    """`why`: one of WHY. `choices`: for "currency" and "which_number" the amounts that may be
    meant, as `of` reads them."""

    why: str
    choices: tuple[str, ...] = ()
    word: str = ""


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-minor(currency)), context=EXACT)


# ---------------------------------------------------------------- the outside form

_EXACT = re.compile(rf"([0-9]{{1,{DIGITS}}}(?:\.[0-9]{{1,4}})?)(?: ([A-Z]{{3}}))?")


def of(amount: object, currency: object = "") -> Money | None:
    """What was stored: ("1200.00", "USD") or ("1200.00 USD", ""). None for anything else."""
    match = _EXACT.fullmatch(amount) if isinstance(amount, str) else None
    if match is None or not isinstance(currency, str):
        return None
    code = match[2] or currency
    if code not in CODES or currency not in ("", code):
        return None
    value = Decimal(match[1])
    return Money(value, code) if value > 0 and _fits(value, code) else None


def shown(amount: object, currency: object = "") -> Scalar:
    """What was stored, as a reader sees it; what can't be read, as it stands."""
    found = of(amount, currency)
    return found.shown if found else f"{amount} {currency or ''}".strip()


def _fits(value: Decimal, currency: str) -> bool:
    return EXACT.compare(rounded(value, currency), value) == 0


# ---------------------------------------------------------------- what people write

APOSTROPHES = "'’‘ʼ´`"
_TOKEN = re.compile(
    r"(?P<number>\d(?:[\d.,'٫٬، ]*\d)?)"
    r"|(?P<word>[^\W\d_]{1,3}\$|[^\W\d_]+(?:[.'-][^\W\d_]+)*)"
    r"|(?P<sign>\S)"
)
_CENTS_LEFT_OUT = re.compile(r"(?<=\d)[.,] ?[-–—]+")  # 300.- and 300,--
_EXPONENT = re.compile(r"\d ?e[+-]?\d", re.IGNORECASE)
_MINUS = frozenset("-−–—(")
_SILENT = frozenset("~≈:=.,;،؛")
#: Said around a number, and nothing that changes it. "per month" is not among them.
_AROUND = frozenset(
    map(
        normal,
        "about around approx approximately circa ca in en of de d environ approximativement "
        "soit حوالي نحو تقريبا زهاء من".split(),
    )
)
_TIMES = {
    normal(word): times
    for times, words in (
        (1_000, "k thousand thousands mille millier milliers ألف آلاف الف الاف ألفا"),
        (1_000_000, "million millions مليون ملايين"),
    )
    for word in words.split()
}


def read(
    text: str, default_currency: str = "", lang: str = "en", near: Sequence[str] = ()
) -> Money | Unread:
    """An amount as somebody typed it. Total: any text gives one or the other. The likelier of two
    choices in that language comes first. `near`: what is paid with where they are."""
    if len(text) > LONGEST:
        return Unread("too_long")
    plain = _cleaned(text)
    if _EXPONENT.search(plain):
        return Unread("number")
    tokens = [(str(m.lastgroup), m[0]) for m in _TOKEN.finditer(plain)]
    numbers = [at for at, (kind, _) in enumerate(tokens) if kind == "number"]
    if len(numbers) != 1:
        return Unread("several" if numbers else "empty")
    at = numbers[0]
    said = _Said()
    for place, (kind, token) in enumerate(tokens):
        if place != at and (wrong := said.take(kind, token, place - at)):
            return wrong
    likely = said.likely(default_currency, near)
    each = [_amount(tokens[at][1], said.by(code), code, lang) for code in likely]
    return each[0] if said.sure(likely, default_currency) else _which(each)


def _which(each: Sequence[Money | Unread]) -> Unread:
    """In which currency? Each choice is the whole amount, so that it can be read back."""
    offered: list[str] = []
    for found in each:
        offered += found.choices if isinstance(found, Unread) else [_short_sum(found)]
    if offered or not each:
        return Unread("currency", tuple(dict.fromkeys(offered)))
    return next(found for found in each if isinstance(found, Unread))


def _short_sum(found: Money) -> str:
    return f"{_short(found.amount)} {found.currency}"


EVERYWHERE = ("USD", "EUR")  #: offered where nothing says which currency it is
MOST_LIKELY = 2  #: of those that a word may mean, where none is from around here


class _Said:
    """What stands around the number."""

    def __init__(self) -> None:
        self.times = 1
        self.k = False
        self.currencies: tuple[str, ...] | None = None

    def take(self, kind: str, token: str, place: int) -> Unread | None:
        """`place`: how many tokens behind the number, or before it."""
        word = normal(token.removeprefix("d'").removeprefix("D'")) if kind == "word" else ""
        if kind == "sign" and token in _SILENT:
            return None
        if kind == "sign" and token in _MINUS and place < 0:
            return Unread("negative")
        if word in _TIMES and place == 1 and self.times == 1:
            self.times, self.k = _TIMES[word], word == "k"
            return None
        if word in _AROUND:
            return None
        return self._narrow(token.removeprefix("d'").removeprefix("D'"))

    def _narrow(self, token: str) -> Unread | None:
        # Arabic counts in the accusative, which puts an alef behind the word.
        may_be = NAMES.get(key(token)) or NAMES.get(key(token).removesuffix("ا"))
        if may_be is None and token.endswith("$"):
            dollars = NAMES["$"]
            may_be = tuple(c for c in NAMES.get(key(token[:-1]), ()) if c in dollars) or None
        if may_be is None:
            return Unread("unknown", word=token[:20])
        if self.currencies is not None:
            may_be = tuple(code for code in self.currencies if code in may_be)
        self.currencies = may_be
        return None if may_be else Unread("two_currencies")

    def by(self, currency: str) -> tuple[int, ...]:
        """What the number may be multiplied with."""
        return (1, 1_000) if self.k and currency in WITH_K else (self.times,)

    def likely(self, default: str, near: Sequence[str]) -> tuple[str, ...]:
        """Which currencies it may be: at least one, the likeliest first."""
        around = tuple(dict.fromkeys(c for c in (*near, default, *EVERYWHERE) if c in CODES))
        if self.currencies is None:
            return around
        return tuple(c for c in around if c in self.currencies) or self.currencies[:MOST_LIKELY]

    def sure(self, likely: tuple[str, ...], default: str) -> bool:
        """A word was said, and it means one: by itself, or here."""
        if self.currencies is None:
            return False
        return len(self.currencies) == 1 or likely[0] == default


def _cleaned(text: str) -> str:
    """Digits 0 to 9, plain spaces, one apostrophe; no marks of direction, vowels, full width."""
    kept = []
    for char in text.strip():
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category in ("Zs", "Zl", "Zp") or char.isspace():
            # Over two lines it is two numbers, not one with a space in it.
            kept.append(" " if category == "Zs" else ";")
        elif char in APOSTROPHES:
            kept.append("'")
        elif category[0] == "M" or (category[0] == "C" and category != "Co"):
            continue
        else:
            # "½" and "²" stay as they are: they are no digits of the number beside them.
            kept.append(char if category == "No" else unicodedata.normalize("NFKC", char))
    return _CENTS_LEFT_OUT.sub(" ", " ".join("".join(kept).split()))


# ---------------------------------------------------------------- the number itself

_SEPARATOR = re.compile(r"[^0-9]")


def _amount(number: str, times: tuple[int, ...], currency: str, lang: str) -> Money | Unread:
    found = _readings(number, 3 if max(times) > 1 else max(2, minor(currency)), lang)
    if not found:
        return Unread("too_fine" if _readings(number, DIGITS, lang) else "number")
    values = [EXACT.multiply(value, Decimal(by)) for by in times for value in found]
    fitting = [value for value in values if _fits(value, currency)]
    if not fitting:
        return Unread("too_fine")
    if len(fitting) > 1:
        return Unread("which_number", tuple(f"{_short(v)} {currency}" for v in fitting))
    value = fitting[0]
    if value == 0:
        return Unread("zero")
    if value >= Decimal(10) ** DIGITS:
        return Unread("too_large")
    return Money(rounded(value, currency), currency)


def _short(value: Decimal) -> str:
    """Without zeros at the end: "1.2" is read back in one way only."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _readings(number: str, decimals: int, lang: str) -> list[Decimal]:
    """What the digits and separators can mean: nothing, one value or two, the likelier first."""
    whole, fraction = _grouped(number), _with_fraction(number, decimals)
    mark = "," if lang[:2] == "fr" else "."
    both = [fraction, whole] if mark in number else [whole, fraction]
    found = [Decimal(value) for value in both if value is not None]
    return found[:1] if len(set(found)) < 2 else found


def _grouped(number: str) -> str | None:
    """ "1,200,000" and, as India writes it, "12,00,000": the digits."""
    groups, separators = _SEPARATOR.split(number), _SEPARATOR.findall(number)
    if not separators:
        return number
    if len(set(separators)) > 1 or separators[0] == "٫" or number[0] == "0":
        return None
    first, *middle, last = map(len, groups)
    by_thousands = first <= 3 and last == 3 and set(middle) <= {3}
    by_hundreds = separators[0] == "," and first <= 2 and last == 3 and set(middle) == {2}
    return "".join(groups) if by_thousands or by_hundreds else None


def _with_fraction(number: str, decimals: int) -> str | None:
    """ "1,200.50", "1 200,50", "1.200,50", "1200.5": the digits with a point."""
    separators = _SEPARATOR.findall(number)
    if not separators or separators[-1] not in ".,٫،" or separators.count(separators[-1]) > 1:
        return None
    before, _, fraction = number.rpartition(separators[-1])
    whole = _grouped(before)
    return None if whole is None or len(fraction) > decimals else f"{whole}.{fraction}"


# ---------------------------------------------------------------- a budget

Item = Mapping[str, Any]


def line(item: object) -> Money | None:
    """What a line of the budget comes to: its amount, for each of its months. None: unreadable."""
    if not isinstance(item, Mapping):
        return None
    each = of(item.get("amount"), item.get("currency") or "")
    months = months_of(item)
    return Money(EXACT.multiply(each.amount, Decimal(months)), each.currency) if each else None


def months_of(item: Item) -> int:
    """1 for what is paid once."""
    months = item.get("months")
    if isinstance(months, bool) or not isinstance(months, int):
        return 1
    return max(1, min(MOST_MONTHS, months))


def totals(items: object) -> dict[str, Decimal]:
    """Currency -> sum, in the order of the codes. Lines that can't be read are left out."""
    sums: dict[str, Decimal] = {}
    for item in items if isinstance(items, list | tuple) else ():
        if money := line(item):
            so_far = sums.get(money.currency, Decimal(0))
            sums[money.currency] = EXACT.add(so_far, money.amount)
    return {code: rounded(sums[code], code) for code in sorted(sums)}


# ---------------------------------------------------------------- rates


@dataclass(frozen=True, slots=True)
class RateTable:
    """What the operator looked up on a day: one unit of `base` is `rates[code]` of that code."""

    date: str  # YYYY-MM-DD
    base: str
    rates: Mapping[str, Decimal]
    #: How many days it is good for. Later it is still used, and said to be old.
    days: int = 30

    def rate(self, code: str) -> Decimal | None:
        found = Decimal(1) if code == self.base else self.rates.get(code)
        return found if found is not None and found.is_finite() and found > 0 else None

    def is_old(self, now: int) -> bool:
        """`now`: UTC milliseconds."""
        return is_old(self.date, self.days, now)


@dataclass(frozen=True, slots=True)
class Converted:
    """`on`: the date of the oldest rate that was needed; "" where none was."""

    amount: Decimal
    currency: str
    on: str = ""
    days: int = 0

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def is_old(self, now: int) -> bool:
        return bool(self.on) and is_old(self.on, self.days, now)


@dataclass(frozen=True, slots=True)
class NoRate:
    currencies: tuple[str, ...]


def in_fund_currency(items: object, rates: Iterable[RateTable], fund: Fund) -> Converted | NoRate:
    """The whole budget in the fund's currency. Each currency goes by the newest table that has
    both it and the fund's."""
    tables = sorted(rates, key=lambda table: table.date, reverse=True)
    total, used, lacking = Decimal(0), [], []
    for code, amount in totals(items).items():
        if code == fund.currency:
            total = EXACT.add(total, amount)
            continue
        table = next((t for t in tables if t.rate(code) and t.rate(fund.currency)), None)
        if table is None:
            lacking.append(code)
            continue
        used.append(table)
        total = EXACT.add(total, _converted(amount, table, code, fund.currency))
    if lacking:
        return NoRate(tuple(lacking))
    oldest = min(used, key=lambda t: t.date, default=None)
    amount = rounded(total, fund.currency)
    if oldest is None:
        return Converted(amount, fund.currency)
    return Converted(amount, fund.currency, oldest.date, oldest.days)


def _converted(amount: Decimal, table: RateTable, code: str, into: str) -> Decimal:
    have, want = table.rate(code), table.rate(into)
    if have is None or want is None:
        raise ValueError(f"no rate between {code} and {into}")
    return EXACT.divide(EXACT.multiply(amount, want), have)


def is_old(day: str, days: int, now: int) -> bool:
    """Whether a date lies more than so many days before `now` (UTC milliseconds)."""
    try:
        then = date.fromisoformat(day)
        here = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=now)).date()
    except (ValueError, OverflowError):
        return True
    return here - then > timedelta(days=days)
