"""How values are written in words, by language."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.money import Money, currency
from services.notification.adapters.rules.figures import (
    day_words,
    money_words,
    month_words,
    percent_words,
    units_words,
)
from services.notification.domain.facts import Units

EN, DE, FR = Locale.parse("en"), Locale.parse("de"), Locale.parse("fr")
NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("minor_micros", "code", "english", "german"),
    [
        (499_000_000, "EUR", "€4.99", f"4,99{NBSP}€"),
        (123_456_000_000, "EUR", "€1,234.56", f"1.234,56{NBSP}€"),
        (-50_000_000, "EUR", "-€0.50", f"-0,50{NBSP}€"),
        (1_200_000_000, "JPY", "¥1,200", f"1.200{NBSP}¥"),
        (1_234_000_000, "KWD", f"KWD{NBSP}1.234", f"1,234{NBSP}KWD"),
        (75_000_000, "CHF", f"CHF{NBSP}0.75", f"0,75{NBSP}CHF"),
        # Half-even, as invoices are.
        (12_500_000, "EUR", "€0.12", f"0,12{NBSP}€"),
        (13_500_000, "EUR", "€0.14", f"0,14{NBSP}€"),
    ],
)
def test_money_has_the_digits_of_its_currency(
    minor_micros: int, code: str, english: str, german: str
) -> None:
    money = Money(minor_micros, currency(code))
    assert (money_words(money, EN), money_words(money, DE)) == (english, german)


@given(st.integers(-(10**17), 10**17), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_no_cent_is_lost_in_words(minor: int, code: str) -> None:
    money = Money(minor * 1_000_000, currency(code))
    digits = "".join(sign for sign in money_words(money, DE) if sign in "0123456789.,-")
    assert parse_decimal(digits, locale=DE) == Decimal(minor).scaleb(-money.currency.digits)


@pytest.mark.parametrize(
    ("count", "unit", "english", "german"),
    [
        (1_500_000_000, "octets", "1.5 GB", "1,5 GB"),
        (1_999_999_999, "octets", "1.9 GB", "1,9 GB"),
        (999_999_999, "octets", "999 MB", "999 MB"),
        (2_000_000_000_000, "octets", "2 TB", "2 TB"),
        (512, "octets", "512 bytes", "512 Byte"),
        (0, "octets", "0 bytes", "0 Byte"),
        (-1_500_000_000, "octets", "-1.5 GB", "-1,5 GB"),
        (3_600, "seconds", "1 hour", "1 Stunde"),
        (6_000, "seconds", "1 hour 40 minutes", "1 Stunde 40 Minuten"),
        (119, "seconds", "1 minute", "1 Minute"),
        (59, "seconds", "59 seconds", "59 Sekunden"),
        (0, "seconds", "0 minutes", "0 Minuten"),
        (1_234, "events", "1,234 events", "1.234 events"),
    ],
)
def test_units_are_cut_and_never_rounded_up(count: int, unit: str, english: str, german: str) -> None:
    said = (units_words(Units(count, unit), EN), units_words(Units(count, unit), DE))
    assert tuple(text.replace(NBSP, " ") for text in said) == (english, german)


def test_octets_are_called_as_the_language_calls_them() -> None:
    assert units_words(Units(10**9, "octets"), FR).replace(NARROW, " ").replace(NBSP, " ") == "1 Go"


def test_per_cent_days_and_months_are_written_as_the_language_does() -> None:
    assert (percent_words(80, EN), percent_words(80, DE)) == ("80%", f"80{NBSP}%")
    assert (month_words("2026-11", EN), month_words("2026-11", DE)) == ("November 2026", "November 2026")
    assert (day_words("2026-12-04", EN), day_words("2026-12-04", DE)) == (
        "December 4, 2026",
        "4. Dezember 2026",
    )
    assert [month_words(text, EN) for text in ("2026-W48", "2026-13", "")] == ["2026-W48", "2026-13", ""]
    assert day_words("2026-02-30", EN) == "2026-02-30"
