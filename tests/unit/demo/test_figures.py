"""Figures of a catalog file, as the audit reads them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.cli.demo.audit.figures import CatalogUnreadableError, price, units, window

MON, TUE, FRI, SAT, SUN = 0, 1, 4, 5, 6


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5 GB", 5_000_000_000),
        ("1 KiB", 1024),
        ("16MiB", 16 * 1024**2),
        ("2 min", 120),
        ("1 h", 3600),
        ("500 kilometres", 500),
        (20, 20),
    ],
)
def test_sizes_become_basic_units(written: object, expected: int) -> None:
    assert units(written) == expected


@pytest.mark.parametrize("written", ["five", "1.5 GB", "-3", "", "3 GB extra"])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(CatalogUnreadableError, match="no size"):
        units(written)


def test_prices_are_exact_fractions() -> None:
    assert price("0.1") * 3 == Fraction(3, 10)


def test_a_price_without_quotes_is_refused() -> None:
    with pytest.raises(CatalogUnreadableError, match="no price in quotes"):
        price(0.1)


@pytest.mark.parametrize(
    ("written", "weekday", "minute", "inside"),
    [
        ("mon-fri 07:00-19:00", MON, 7 * 60, True),
        ("mon-fri 07:00-19:00", FRI, 19 * 60 - 1, True),
        ("mon-fri 07:00-19:00", FRI, 19 * 60, False),
        ("mon-fri 07:00-19:00", SAT, 12 * 60, False),
        ("sat-sun 00:00-24:00", SUN, 24 * 60 - 1, True),
        ("tue 10:00-11:00", TUE, 10 * 60, True),
        ("tue 10:00-11:00", MON, 10 * 60, False),
        ("sun-mon 10:00-11:00", MON, 10 * 60, True),
    ],
)
def test_windows_hold_from_the_first_minute_to_before_the_last(
    written: str, weekday: int, minute: int, inside: bool
) -> None:
    assert window(written).holds(weekday, minute) is inside


def test_an_unknown_day_is_refused() -> None:
    with pytest.raises(CatalogUnreadableError, match="no window"):
        window("mon-fry 07:00-19:00")
