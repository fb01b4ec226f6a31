"""Figures as people read them, without loss."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.partner_settlement.domain.agreements import UnitRate
from services.partner_settlement.domain.words import amount_words, decimal_words, rate_words


@pytest.mark.parametrize(
    ("unit", "per_units", "words"),
    [
        ("octets", 1_000_000_000, "0.03 EUR per 1 GB"),
        ("octets", 250_000_000, "0.03 EUR per 250 MB"),
        ("octets", 1_234_567, "0.03 EUR per 1234567 octets"),
        ("seconds", 60, "0.03 EUR per 60 seconds"),
        ("records", 1, "0.03 EUR per 1 records"),
    ],
)
def test_a_rate_is_told_in_the_greatest_unit_that_loses_nothing(
    unit: str, per_units: int, words: str
) -> None:
    assert rate_words(UnitRate(unit, per_units, {"EUR": 3_000_000}), "EUR") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(60), "60"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1, 3), "0.333333…"),
        (Fraction(-1, 3), "-0.333333…"),
        (Fraction(0), "0"),
    ],
)
def test_a_fraction_says_where_it_goes_on(value: Fraction, words: str) -> None:
    assert decimal_words(value) == words


@pytest.mark.parametrize(("code", "words"), [("EUR", "12.50 EUR"), ("JPY", "1250 JPY"), ("KWD", "1.250 KWD")])
def test_an_amount_has_its_currencys_digits(code: str, words: str) -> None:
    assert amount_words(1_250, code) == words
