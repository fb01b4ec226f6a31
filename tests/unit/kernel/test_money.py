"""Money is exact, typed by currency, and rounded in one place."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.money import CurrencyMismatchError, Money, currency, parse_decimal, parse_money
from services.common.kernel.ratio import ceil_div, round_half_even

EUR = currency("EUR")


@pytest.mark.parametrize(
    ("text", "code", "minor_micros", "shown"),
    [
        ("12.50", "EUR", 1_250_000_000, "12.50 EUR"),
        ("-0.01", "EUR", -1_000_000, "-0.01 EUR"),
        ("0.00000001", "EUR", 1, "0.00000001 EUR"),
        ("7", "JPY", 7_000_000, "7 JPY"),
        ("1.2345", "KWD", 1_234_500_000, "1.2345 KWD"),
        ("0", "EUR", 0, "0.00 EUR"),
    ],
)
def test_amounts_are_read_and_shown_exactly(text: str, code: str, minor_micros: int, shown: str) -> None:
    money = parse_money(text, currency(code))
    assert money.minor_micros == minor_micros
    assert str(money) == shown


@pytest.mark.parametrize(
    "text", ["", "1e3", "NaN", "inf", "1_000", " 1", "1,5", "--1", ".", "0.000000001", "9" * 30]
)
def test_what_is_not_an_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_money(text, EUR)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XAU", "XXX", "ZZZ"])
def test_unknown_and_unminted_currencies_are_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        currency(code)


def test_currencies_never_mix() -> None:
    euro, yen = Money(1, EUR), Money(1, currency("JPY"))
    for operation in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro <= yen):
        with pytest.raises(CurrencyMismatchError):
            operation()


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12))
def test_half_even_is_the_rounding_of_the_exact_fraction(numerator: int, denominator: int) -> None:
    assert round_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12))
def test_ceil_div_never_gives_less(numerator: int, denominator: int) -> None:
    result = ceil_div(numerator, denominator)
    assert result - 1 < Fraction(numerator, denominator) <= result


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_decimal_form_reads_back(minor_micros: int, code: str) -> None:
    money = Money(minor_micros, currency(code))
    assert parse_money(format(money.to_decimal(), "f"), currency(code)) == money


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_decimal_string_is_read_as_its_fraction(value: Decimal) -> None:
    assert Fraction(*parse_decimal(format(value, "f"))) == Fraction(value)
