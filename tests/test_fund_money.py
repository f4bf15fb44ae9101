"""Amounts as people write them, sums that are exact, conversions that say their day."""

import decimal
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from babel.core import get_global
from babel.numbers import get_territory_currencies
from hypothesis import given
from hypothesis import strategies as st

from flows.fund import currencies, messages, money
from flows.fund.money import Converted, Money, NoRate, RateTable, Unread, read
from flows.fund.terms import Fund

DAY = 86_400_000
MARCH_2 = 1_772_409_600_000  # 2026-03-02 00:00 UTC
FUND = Fund("f", {"en": "F"}, "EUR")


def item(amount: str, currency: str, months: object = 1) -> dict[str, Any]:
    return {"item": "x", "amount": amount, "currency": currency, "months": months, "how": "y"}


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "default", "is_read_as"),
    [
        # separators of the three languages, and of their neighbours
        ("1,200.50 USD", "", "1200.50 USD"),
        ("1 200,50 €", "", "1200.50 EUR"),
        ("1\u00a0200,50 €", "", "1200.50 EUR"),
        ("1\u202f200 EUR", "", "1200.00 EUR"),
        ("1.200,50 EUR", "", "1200.50 EUR"),
        ("1'200.50 CHF", "", "1200.50 CHF"),
        ("1’200 CHF", "", "1200.00 CHF"),
        ("12,00,000 INR", "", "1200000.00 INR"),
        ("1,200,000 UGX", "", "1200000 UGX"),
        ("1.200", "EUR", "1200.00 EUR"),
        ("1,200", "EUR", "1200.00 EUR"),
        ("12,5 EUR", "", "12.50 EUR"),
        ("1200.5 EUR", "", "1200.50 EUR"),
        ("300.- CHF", "", "300.00 CHF"),
        ("300,-- EUR", "", "300.00 EUR"),
        ("1200.00 JPY", "", "1200 JPY"),
        ("1.2 KWD", "", "1.200 KWD"),
        ("1200.250 KWD", "", "1200.250 KWD"),
        ("25,000 IQD", "", "25000 IQD"),
        ("25.000 دينار عراقي", "", "25000 IQD"),
        # digits of any script, marks that can't be seen
        ("٣٠٠ دولار", "USD", "300.00 USD"),
        ("\u200f٣٠٠٫٥٠\u200e دولارًا أمريكيًا", "", "300.50 USD"),
        ("١٬٢٠٠٫٥٠ يورو", "", "1200.50 EUR"),
        ("۱۲۰۰ ریال ایرانی", "", "1200.00 IRR"),
        ("１２００＄", "USD", "1200.00 USD"),
        ("१२०० रु", "INR", None),
        # where the currency stands, and what it is called
        ("USD 300", "", "300.00 USD"),
        ("usd300", "", "300.00 USD"),
        ("300USD", "", "300.00 USD"),
        ("€300", "", "300.00 EUR"),
        ("300 dollars", "USD", "300.00 USD"),
        ("300 dollars", "CAD", "300.00 CAD"),
        ("300 Canadian dollars", "USD", "300.00 CAD"),
        ("$300 CAD", "USD", "300.00 CAD"),
        ("US$ 300", "", "300.00 USD"),
        ("USD$300", "", "300.00 USD"),
        ("A$20", "", "20.00 AUD"),
        ("R$ 50", "", "50.00 BRL"),
        ("$500", "MXN", "500.00 MXN"),
        ("300 livres égyptiennes", "", "300.00 EGP"),
        ("300 E£", "", None),
        ("L.E. 300", "", "300.00 EGP"),
        ("300 جنيه مصري", "", "300.00 EGP"),
        ("300 ليرة سورية", "", "300.00 SYP"),
        ("300 Lebanese lira", "", "300.00 LBP"),
        ("300 liras", "TRY", "300.00 TRY"),
        ("300 د.ت", "", "300.000 TND"),
        ("500 000 FCFA", "XOF", "500000 XOF"),
        ("500 000 francs congolais", "", "500000.00 CDF"),
        ("1 500 F", "XAF", "1500 XAF"),
        ("300 грн", "", "300.00 UAH"),
        ("300 zł", "", "300.00 PLN"),
        ("300 kr", "DKK", "300.00 DKK"),
        ("300", "DKK", "300.00 DKK"),
        ("300\nUSD", "", "300.00 USD"),
        ("about 300 euros.", "", "300.00 EUR"),
        ("environ 300 €", "", "300.00 EUR"),
        # thousands
        ("12k", "EUR", "12000.00 EUR"),
        ("12 k€", "", "12000.00 EUR"),
        ("1.5k USD", "", "1500.00 USD"),
        ("2 thousand dollars", "USD", "2000.00 USD"),
        ("٥ آلاف دولار أمريكي", "", "5000.00 USD"),
        ("5 mille euros", "", "5000.00 EUR"),
        ("1 million d'euros", "", "1000000.00 EUR"),
        ("K 300", "ZMW", "300.00 ZMW"),
    ],
)
def test_read_as_people_write_it(text: str, default: str, is_read_as: str | None) -> None:
    found = chosen(read(text, default), default)
    assert (str(found) if isinstance(found, Money) else None) == is_read_as


def chosen(found: Money | Unread, currency: str) -> Money | Unread | None:
    """Where it is asked which currency was meant: this one."""
    if isinstance(found, Unread) and found.why == "currency":
        return next((money.of(each) for each in found.choices if each.endswith(currency)), found)
    return found


def test_a_number_alone_is_never_taken_for_the_funds_currency() -> None:
    """The person's country first, then the fund's, then what is known everywhere."""
    asked = read("500", "DKK", near=["TND"])
    assert asked == Unread("currency", ("500 TND", "500 DKK", "500 USD", "500 EUR"))
    assert read("٥٠٠", "EUR") == Unread("currency", ("500 EUR", "500 USD"))
    # Which number it is, too, where that depends on the currency.
    assert read("1.200", "DKK", near=["TND"]).choices[:3] == ("1.2 TND", "1200 TND", "1200 DKK")  # type: ignore[union-attr]


def test_of_a_word_for_many_currencies_only_the_likely_ones_are_offered() -> None:
    assert read("٥٠٠ دولار", "DKK", near=["TND"]) == Unread("currency", ("500 USD",))
    assert read("500 dinars", "DKK", near=["TND"]) == Unread("currency", ("500 TND",))
    assert read("500 dinars", "DKK") == Unread("currency", ("500 IQD", "500 DZD"))
    assert read("500 dollars", "USD", near=["CAD"]) == Unread("currency", ("500 CAD", "500 USD"))
    assert read("500 dollars", "USD") == money.of("500 USD")
    assert read("500 dinars TND", "DKK") == money.of("500 TND")


def test_every_country_pays_with_something_that_we_know() -> None:
    for country in get_global("territory_currencies"):
        listed = get_territory_currencies(country, date(2025, 1, 1)) if len(country) == 2 else ()
        if set(listed) & currencies.CODES and country in currencies.PAID_IN and country != "BG":
            assert currencies.PAID_IN[country] in listed, country
    assert [currencies.PAID_IN[c] for c in ("TN", "SN", "CM", "DK", "FR", "PS")] == [
        "TND", "XOF", "XAF", "DKK", "EUR", "ILS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "default", "why"),
    [
        ("", "EUR", "empty"),
        ("three hundred", "EUR", "empty"),
        ("NaN EUR", "", "empty"),
        ("Infinity", "EUR", "empty"),
        ("½ EUR", "", "empty"),
        ("300-400 EUR", "", "several"),
        ("300 EUR, 400 EUR", "", "several"),
        ("300\n400 EUR", "", "several"),
        ("2026-03-02", "EUR", "several"),
        ("1e3 EUR", "", "number"),
        ("1E+3 EUR", "", "number"),
        ("1.20.00 EUR", "", "number"),
        ("1 20 EUR", "", "number"),
        ("1,,200 EUR", "", "number"),
        ("1.200 KWD", "", "which_number"),
        ("25,000 JOD", "", "which_number"),
        ("1.200k EUR", "", "which_number"),
        ("12k kwacha", "ZMW", "which_number"),
        ("1.5 XOF", "", "too_fine"),
        ("1.2345 EUR", "", "too_fine"),
        ("-5 EUR", "", "negative"),
        ("−5 EUR", "", "negative"),
        ("EUR -5", "", "negative"),
        ("(5) EUR", "", "negative"),
        ("0 EUR", "", "zero"),
        ("0.00", "EUR", "zero"),
        ("1000000000000 EUR", "", "too_large"),
        ("9" * 90, "EUR", "too_large"),
        ("1 000 000 million EUR", "", "too_large"),
        ("300", "", "currency"),
        ("300", "XYZ", "currency"),
        ("300", "DKK", "currency"),
        ("$300", "EUR", "currency"),
        ("300 dinars", "EUR", "currency"),
        ("300 FCFA", "EUR", "currency"),
        ("300 EUR USD", "", "two_currencies"),
        ("300 Iraqi dollars", "", "two_currencies"),
        ("300 BTC", "EUR", "unknown"),
        ("300 تومان", "IRR", "unknown"),  # ten rials each, or ten thousand
        ("300 EUR per month", "", "unknown"),
        ("3 months", "EUR", "unknown"),
        ("10² EUR", "", "unknown"),
        ("300%", "EUR", "unknown"),
        ("2 x EUR", "", "unknown"),
        ("2m EUR", "", "unknown"),  # months, or millions
        ("3" + " " * 200, "EUR", "too_long"),
    ],
)
def test_refused_with_a_reason_that_can_be_shown(text: str, default: str, why: str) -> None:
    found = read(text, default)
    assert isinstance(found, Unread)
    assert found.why == why
    assert messages.amount_reason(found).message.key == f"fund.money.{why}"


def test_what_can_be_meant_in_two_ways_comes_with_its_choices() -> None:
    assert read("$300", "EUR") == Unread("currency", ("300 USD",))
    assert read("300 FCFA") == Unread("currency", ("300 XOF", "300 XAF"))
    assert read("1.200 KWD") == Unread("which_number", ("1.2 KWD", "1200 KWD"))
    assert read("1.200 KWD", lang="fr") == Unread("which_number", ("1200 KWD", "1.2 KWD"))
    assert read("1,200 TND", lang="fr") == Unread("which_number", ("1.2 TND", "1200 TND"))
    assert read("12k kwacha", "ZMW") == Unread("which_number", ("12 ZMW", "12000 ZMW"))
    assert read("300 BTC", "EUR") == Unread("unknown", word="BTC")


def test_a_choice_that_is_typed_back_is_understood() -> None:
    for text, default in (("1.200 KWD", ""), ("12k", "ZMW"), ("500", "DKK"), ("25,000 JOD", "")):
        found = read(text, default)
        assert isinstance(found, Unread)
        assert all(isinstance(read(choice), Money) for choice in found.choices)


def test_each_reason_has_a_message() -> None:
    assert set(messages.AMOUNTS) == set(money.WHY)


NUMBERS = st.sampled_from("0123456789٠٣۹ .,'٫٬، -−()kK$€£eE½²\u200f\u00a0\n")
WORDS = st.sampled_from([*currencies.NAMES, *currencies.CODES, "k", "ألف", "about", "x", "per"])
TYPED = st.lists(st.one_of(NUMBERS, WORDS, st.characters()), max_size=40).map("".join)
DEFAULTS = st.sampled_from(["", "EUR", "KWD", "XOF", "ZMW", "nonsense"])


@given(st.one_of(TYPED, st.text()), DEFAULTS, st.sampled_from(["en", "fr", "ar", ""]))
def test_any_text_gives_an_amount_or_a_reason(text: str, default: str, lang: str) -> None:
    found = read(text, default, lang)
    if isinstance(found, Unread):
        messages.amount_reason(found)
        assert len(found.word) <= 20
        return
    assert isinstance(found.amount, Decimal)
    assert 0 < found.amount < 10**12
    assert found.currency in currencies.CODES
    assert money.of(found.plain, found.currency) == found
    assert money.of(str(found)) == found


CODE = st.sampled_from(sorted(currencies.CODES))
WHOLE = st.integers(min_value=1, max_value=10**11)


@given(WHOLE, CODE)
def test_what_is_shown_is_read_back(units: int, code: str) -> None:
    """Except where a language could group by thousands what we mean as a fraction."""
    shown = Money(Decimal(units).scaleb(-currencies.minor(code)), code)
    found = read(str(shown))
    if isinstance(found, Unread):
        assert found.why == "which_number"
    else:
        assert found == shown


def test_only_the_stored_form_is_taken_from_storage() -> None:
    assert money.of("1200.00", "USD") == money.of("1200.00 USD") == Money(Decimal(1200), "USD")
    assert money.of("1200.00 USD", "USD") == money.of("1200", "USD")
    wrong: tuple[tuple[object, object], ...] = (
        ("1,200", "USD"),
        ("1200.00 USD", "EUR"),
        ("1200.005", "USD"),
        ("0.00", "USD"),
        ("-1", "USD"),
        ("1e3", "USD"),
        ("NaN", "USD"),
        ("1200", "XXX"),
        ("1200", None),
        ("1200", ""),
        (1200, "USD"),
        (12.5, "USD"),
        (None, "USD"),
        ("٣٠٠", "USD"),
    )
    assert [pair for pair in wrong if money.of(*pair) is not None] == []


# ---------------------------------------------------------------- currencies


def test_every_currency_that_people_pay_with_is_known() -> None:
    """Babel's list, but for the lev (gone since 2026)."""
    paid = {
        code
        for uses in get_global("territory_currencies").values()
        for code, _, until, tender in uses
        if until is None and tender
    }
    assert paid - currencies.CODES <= {"BGN"}
    assert {code for may in currencies.NAMES.values() for code in may} == currencies.CODES


def test_minor_units_are_those_of_iso_4217() -> None:
    assert {code: currencies.minor(code) for code in ("USD", "JPY", "XOF", "KWD", "IQD")} == {
        "USD": 2,
        "JPY": 0,
        "XOF": 0,
        "KWD": 3,
        "IQD": 0,  # ISO has 3
    }
    assert currencies.MINOR.keys() <= currencies.CODES
    # CLDR counts the decimals that are used, so it never has more than ISO, bar none.
    for code, (digits, *_) in get_global("currency_fractions").items():
        if code in currencies.CODES:
            assert digits <= currencies.minor(code)


# ---------------------------------------------------------------- sums


@pytest.mark.parametrize(
    ("items", "sums"),
    [
        ([], {}),
        ([item("100.10", "USD"), item("0.20", "USD")], {"USD": "100.30"}),
        ([item("300", "USD", 3), item("50", "EUR")], {"EUR": "50.00", "USD": "900.00"}),
        ([item("300", "USD", 0), item("300", "USD", None)], {"USD": "600.00"}),
        ([item("300", "USD", True), item("300", "USD", -4)], {"USD": "600.00"}),
        ([item("300", "USD", 10**9)], {"USD": "36000.00"}),
        ([item("5", "XOF"), item("x", "XOF"), {}, None, 3], {"XOF": "5"}),
        ([item("300.00 USD", "")], {"USD": "300.00"}),
        ("no list", {}),
    ],
)
def test_totals(items: object, sums: Mapping[str, str]) -> None:
    found = money.totals(items)
    assert {code: f"{amount:f}" for code, amount in found.items()} == sums
    assert list(found) == sorted(found)


LINES = st.lists(st.tuples(WHOLE, CODE, st.integers(1, 60)), max_size=30)


@given(LINES, st.integers(1, 8))
def test_sums_are_exact_whatever_the_precision_around(
    lines: list[tuple[int, str, int]], precision: int
) -> None:
    items, units = [], dict[str, int]()
    for n, code, months in lines:
        exact = Money(Decimal(n).scaleb(-currencies.minor(code)), code)
        items.append(item(exact.plain, code, months))
        units[code] = units.get(code, 0) + n * months
    with decimal.localcontext() as around:
        around.prec = precision
        found = money.totals(items)
    assert found == {c: Decimal(n).scaleb(-currencies.minor(c)) for c, n in units.items()}


# ---------------------------------------------------------------- conversion


def table(day: str, base: str = "EUR", days: int = 30, **rates: str) -> RateTable:
    return RateTable(day, base, {code: Decimal(rate) for code, rate in rates.items()}, days)


def test_the_whole_budget_in_the_funds_currency() -> None:
    items = [item("100", "USD", 2), item("10.50", "EUR"), item("1000", "DKK")]
    rates = [table("2026-03-02", USD="1.25", DKK="7.5")]
    found = money.in_fund_currency(items, rates, FUND)
    # 200 / 1.25 + 10.50 + 1000 / 7.5
    assert found == Converted(Decimal("303.83"), "EUR", "2026-03-02", 30)
    assert str(found.money) == "303.83 EUR"


def test_it_is_rounded_once_at_the_end_and_halves_go_up() -> None:
    thirds = [item("1", "USD"), item("1", "CAD"), item("1", "AUD")]
    rates = [table("2026-03-02", USD="3", CAD="3", AUD="3")]
    assert _amount(thirds, rates) == Decimal("1.00")
    assert _amount([item("0.01", "USD")], [table("2026-03-02", USD="2")]) == Decimal("0.01")


def _amount(items: object, rates: list[RateTable], fund: Fund = FUND) -> Decimal:
    found = money.in_fund_currency(items, rates, fund)
    assert isinstance(found, Converted)
    return found.amount


def test_each_currency_goes_by_its_newest_table_and_the_oldest_day_is_told() -> None:
    rates = [
        table("2026-01-01", USD="2", SDG="500", days=7),
        table("2026-03-01", USD="1.25"),
        table("2026-02-01", USD="3"),
    ]
    assert _amount([item("100", "USD")], rates) == 80
    both = money.in_fund_currency([item("100", "USD"), item("500", "SDG")], rates, FUND)
    assert both == Converted(Decimal("81.00"), "EUR", "2026-01-01", 7)


def test_a_table_may_have_any_base() -> None:
    assert _amount([item("300", "USD")], [table("2026-03-01", "USD", EUR="0.8")]) == 240
    assert _amount([item("300", "SDG")], [table("2026-03-01", "USD", EUR="0.8", SDG="600")]) == (
        Decimal("0.40")
    )


def test_currencies_without_a_rate_are_named() -> None:
    rates = [table("2026-03-01", USD="1.25"), table("2026-03-01", "GBP", SDG="700")]
    items = [item("1", "SDG"), item("1", "USD"), item("1", "XOF"), item("1", "EUR")]
    assert money.in_fund_currency(items, rates, FUND) == NoRate(("SDG", "XOF"))
    assert money.in_fund_currency(items[3:], (), FUND) == Converted(Decimal("1.00"), "EUR")
    assert money.in_fund_currency([], (), FUND) == Converted(Decimal("0.00"), "EUR")
    broken = [RateTable("2026-03-01", "EUR", {"USD": Decimal(0), "XOF": Decimal("NaN")})]
    assert money.in_fund_currency(items[1:3], broken, FUND) == NoRate(("USD", "XOF"))


def test_an_old_rate_is_used_and_said_to_be_old() -> None:
    rates = table("2026-01-31", USD="1.25")
    found = money.in_fund_currency([item("1", "USD")], [rates], FUND)
    assert isinstance(found, Converted)
    assert [found.is_old(MARCH_2 + n * DAY) for n in (-1, 0, 1)] == [False, False, True]
    assert rates.is_old(MARCH_2 + DAY)
    assert not Converted(Decimal(1), "EUR").is_old(10**15)
    assert money.is_old("soon", 30, MARCH_2)
    assert money.is_old("2026-01-01", 30, 10**30)


RATE = st.decimals(min_value="0.000001", max_value="99999999", places=6)


@given(LINES, RATE, RATE, CODE, st.integers(1, 8))
def test_a_conversion_is_never_a_float_and_off_by_half_a_unit_at_most(
    lines: list[tuple[int, str, int]], a: Decimal, b: Decimal, into: str, precision: int
) -> None:
    fund = Fund("f", {"en": "F"}, into)
    codes = ("USD", "KWD", "XOF")
    items = [item(str(n), codes[n % 3], months) for n, _, months in lines]
    rates = RateTable(
        "2026-03-02", "USD", {"KWD": a, "XOF": b, **({into: a} if into not in codes else {})}
    )
    with decimal.localcontext() as around:
        around.prec = precision
        found = money.in_fund_currency(items, [rates], fund)
    assert isinstance(found, Converted)
    assert isinstance(found.amount, Decimal)
    with decimal.localcontext() as exact:
        exact.prec = 200
        per_usd = {"USD": Decimal(1), **rates.rates}
        wanted = sum(
            (Decimal(n * months) * per_usd[into] / per_usd[codes[n % 3]] for n, _, months in lines),
            Decimal(0),
        )
        unit = Decimal(1).scaleb(-currencies.minor(into))
        assert abs(found.amount - wanted) * 2 <= unit * (1 + Decimal("1e-50"))
        assert found.amount % unit == 0
