"""Amounts of settlement: each currency with its own digits, nothing rounded, nothing converted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.settling.amounts import parse_exchange_rate, parse_minor, show_amounts, show_minor
from tests.support.settlement_answers import amount


@pytest.mark.parametrize(
    ("minor", "code", "shown"),
    [
        (0, "EUR", "0.00 EUR"),
        (-123_456, "EUR", "-1,234.56 EUR"),
        (1_200, "JPY", "1,200 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (2**63 - 1, "EUR", "92,233,720,368,547,758.07 EUR"),
        (7, "XTS", "7 minor units XTS"),
        (7, "", "7 minor units"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor: int, code: str, shown: str) -> None:
    assert show_minor(minor, code) == shown


def test_amounts_of_several_currencies_stand_side_by_side() -> None:
    assert show_amounts([amount(5), amount(1_200, "JPY")]) == "0.05 EUR, 1,200 JPY"
    assert show_amounts([]) == ""


@given(st.integers(-(2**40), 2**40), st.sampled_from(["EUR", "JPY", "KWD"]), st.booleans())
def test_what_is_shown_without_separators_reads_as_the_same(minor: int, code: str, named: bool) -> None:
    text = show_minor(minor, code).replace(",", "")
    assert parse_minor(text if named else text.split()[0], code) == minor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12.505", "finer than the minor unit of EUR"),
        ("12.50USD", "not in EUR"),
        ("12.50eur", "not in EUR"),
        ("12,50", "is not an amount; write 12.50"),
        ("", "is not an amount"),
        ("1-2", "is not a plain decimal"),
        ("9" * 30, "beyond"),
    ],
)
def test_what_is_not_an_amount_of_the_currency_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_minor(text, "EUR")


def test_a_rate_says_how_much_of_one_currency_for_one_of_another() -> None:
    rate = parse_exchange_rate("CHF/EUR=1.05@2026-11-30")
    assert (rate.from_currency_code, rate.to_currency_code, rate.rate, rate.date) == (
        "CHF",
        "EUR",
        "1.05",
        "2026-11-30",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CHF/EUR=1.05",
        "CHF/EUR=1.05@yesterday",
        "CHF/EUR=0@2026-11-30",
        "CHF/EUR=1.0.5@2026-11-30",
        "CHF/CHF=1@2026-11-30",
        "CHF/ZZZ=1@2026-11-30",
        "CHF/EUR=1@2026-02-30",
        "CHF/EUR=-1@2026-11-30",
    ],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_exchange_rate(text)
