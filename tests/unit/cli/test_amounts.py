"""Amounts are read and shown exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidemark.type.v1 import money_pb2

from services.cli.amounts import (
    money_message,
    parse_units,
    show_amount,
    show_delta,
    show_money,
)
from services.common.kernel.amount_words import show_units


@pytest.mark.parametrize(
    ("text", "currency", "minor_micros", "shown"),
    [
        ("12.50", "EUR", 1_250_000_000, "12.50 EUR"),
        ("10", "EUR", 1_000_000_000, "10.00 EUR"),
        ("-2.5", "EUR", -250_000_000, "-2.50 EUR"),
        ("0.00000001", "EUR", 1, "0.00000001 EUR"),
        ("1500", "JPY", 1_500_000_000, "1500 JPY"),
        ("1.234", "KWD", 1_234_000_000, "1.234 KWD"),
    ],
)
def test_money_is_read_and_shown_as_a_decimal(
    text: str, currency: str, minor_micros: int, shown: str
) -> None:
    message = money_message(text, currency)
    assert message == money_pb2.Money(currency_code=currency, minor_micros=minor_micros)
    assert show_money(message) == shown


@pytest.mark.parametrize(
    ("text", "currency"), [("1e3", "EUR"), ("ten", "EUR"), ("1", "EURO"), ("0.000000001", "EUR")]
)
def test_money_that_is_not_exact_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"EUR|plain decimal"):
        money_message(text, currency)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_money_shown_reads_back_as_itself(minor_micros: int) -> None:
    shown = show_money(money_pb2.Money(currency_code="EUR", minor_micros=minor_micros))
    decimal, currency = shown.split()
    assert money_message(decimal, currency).minor_micros == minor_micros


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (0, "octets", "0 B"),
        (999, "octets", "999 B"),
        (1_000, "octets", "1.00 kB"),
        (4_999_999, "octets", "4.99 MB"),
        (5_000_000_000, "octets", "5.00 GB"),
        (-1_500_000, "octets", "-1.50 MB"),
        (59, "seconds", "59 s"),
        (61, "seconds", "1 min 01 s"),
        (3_723, "seconds", "1 h 02 min 03 s"),
        (-90, "seconds", "-1 min 30 s"),
        (3, "events", "3 events"),
        (12_345, "kilometres", "12 345 kilometres"),
    ],
)
def test_quantities_are_shown_in_short_and_never_rounded_up(amount: int, unit: str, shown: str) -> None:
    assert show_units(amount, unit) == shown


def test_a_unit_in_capitals_is_a_currency() -> None:
    assert show_amount(250_000_000, "EUR") == "2.50 EUR"
    assert show_delta(250_000_000, "EUR") == "+2.50 EUR"
    assert show_delta(-2_000, "octets") == "-2.00 kB"


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5MB", 5_000_000, "octets"),
        ("1 KiB", 1_024, "octets"),
        ("1500octets", 1_500, "octets"),
        ("90s", 90, "seconds"),
        ("3min", 180, "seconds"),
        ("1events", 1, "events"),
        ("12kilometres", 12, "kilometres"),
    ],
)
def test_units_are_read_with_their_name(text: str, amount: int, unit: str) -> None:
    assert parse_units(text) == (amount, unit)


@pytest.mark.parametrize("text", ["", "1000", "5.5MB", "-5MB", "MB", "9007199254740993octets", "9999999TiB9"])
def test_units_without_name_or_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unit|carry"):
        parse_units(text)
