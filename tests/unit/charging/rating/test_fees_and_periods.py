"""Periods anchored on every kind of day, and what fees cost in whole, part, and promoted periods."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charging.domain.rating.fees import Fee, Period
from services.charging.domain.rating.periods import (
    boundary,
    counting_period,
    fee_cost,
    month_end,
    month_label,
)
from services.charging.domain.rating.policies import CounterPeriod
from services.charging.domain.rating.tax import Tax
from services.common.kernel.clock import DAY, HOUR, Instant, local
from tests.support.charging_catalog import BERLIN
from tests.support.rated import amount, moment

MONTHLY = Period(months=1, days=0)
VAT_ADDED = Tax("vat", 19, 100, inclusive=False)
VAT_INCLUDED = Tax("vat", 19, 100, inclusive=True)


@pytest.mark.parametrize(
    ("anchor", "period", "starts"),
    [
        # Taken on the 31st: the last day of a shorter month, and the 31st again.
        (
            "2026-01-31 15:30",
            MONTHLY,
            ["2026-02-28 15:30", "2026-03-31 15:30", "2026-04-30 15:30", "2026-05-31 15:30"],
        ),
        ("2026-12-31 00:00", MONTHLY, ["2027-01-31 00:00", "2027-02-28 00:00", "2027-03-31 00:00"]),
        # Into a leap year.
        ("2027-12-30 12:00", MONTHLY, ["2028-01-30 12:00", "2028-02-29 12:00", "2028-03-30 12:00"]),
        # Taken on a leap day: by the month on the 29th, by the year on 28 February until the next one.
        ("2028-02-29 12:00", MONTHLY, ["2028-03-29 12:00", "2028-04-29 12:00"]),
        (
            "2028-02-29 12:00",
            Period(months=12, days=0),
            ["2029-02-28 12:00", "2030-02-28 12:00", "2031-02-28 12:00", "2032-02-29 12:00"],
        ),
        ("2026-11-30 12:00", Period(months=3, days=0), ["2027-02-28 12:00", "2027-05-30 12:00"]),
        # Calendar months: from the next first at midnight, whatever the time of day taken.
        (
            "2026-01-31 15:30",
            Period(months=1, days=0, calendar=True),
            ["2026-02-01 00:00", "2026-03-01 00:00"],
        ),
        ("2026-02-01 00:00", Period(months=1, days=0, calendar=True), ["2026-03-01 00:00"]),
        # Days.
        ("2028-02-20 08:00", Period(months=0, days=10), ["2028-03-01 08:00", "2028-03-11 08:00"]),
        ("2026-01-01 00:00", Period(months=0, days=1), ["2026-01-02 00:00"]),
    ],
)
def test_when_periods_begin(anchor: str, period: Period, starts: list[str]) -> None:
    taken = moment(anchor)
    assert boundary(taken, period, 0, BERLIN) == taken
    found = [boundary(taken, period, number, BERLIN) for number in range(1, len(starts) + 1)]
    assert found == [moment(start) for start in starts]


@given(
    st.integers(moment("2020-01-01 00:00"), moment("2040-01-01 00:00")).map(Instant),
    st.sampled_from([MONTHLY, Period(12, 0), Period(0, 1), Period(0, 30), Period(1, 0, calendar=True)]),
    st.sampled_from([BERLIN, "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_every_period_ends_after_it_begins_and_none_drifts(
    taken: Instant, period: Period, time_zone: str
) -> None:
    starts = [boundary(taken, period, number, time_zone) for number in range(40)]
    assert all(begin < end for begin, end in pairwise(starts))
    day = local(taken, time_zone).day
    if period.months and not period.calendar:
        days = [local(start, time_zone).day for start in starts]
        assert all(found == day or (found < day and found >= 28) for found in days)
    if period.calendar:
        assert all(local(start, time_zone).day == 1 for start in starts[1:])


def test_a_period_begins_at_the_same_wall_clock_time_over_a_clock_change() -> None:
    """15 March to 15 April 2026 in Berlin is 31 days less an hour; a day on 25 October has 25 hours."""
    taken = moment("2026-03-15 10:00")
    assert boundary(taken, MONTHLY, 1, BERLIN) - taken == 31 * DAY - HOUR
    october = moment("2026-10-24 10:00")
    assert boundary(october, Period(months=0, days=1), 1, BERLIN) - october == 25 * HOUR


def test_a_period_that_would_begin_in_an_hour_left_out_begins_an_hour_later() -> None:
    taken = moment("2026-02-28 02:30")
    assert boundary(taken, Period(months=0, days=29), 1, BERLIN) == moment("2026-03-29 03:30")


def test_periods_are_those_of_the_subscriber_s_zone() -> None:
    """31 January 23:00 in Berlin is 1 February 07:00 in Tokyo."""
    taken = moment("2026-01-31 23:00")
    calendar = Period(months=1, days=0, calendar=True)
    assert boundary(taken, calendar, 1, BERLIN) == moment("2026-02-01 00:00")
    assert boundary(taken, calendar, 1, "Asia/Tokyo") == moment("2026-03-01 00:00", "Asia/Tokyo")


def _fee(
    euros: str, prorated: bool = True, tax: Tax | None = None, periods: int = 0, percent: int = 0
) -> Fee:
    return Fee("fee", "Fee", amount(euros), True, prorated, tax, periods, percent)


@pytest.mark.parametrize(
    ("fee", "period_number", "part", "whole", "gross", "tax"),
    [
        # Whole.
        (_fee("30.00"), 0, 30 * DAY, 30 * DAY, "30.00", "0.00"),
        # 10 of 30 days of 30.00; to the second: one of 2,592,000 seconds of 25.92 is 0.00001.
        (_fee("30.00"), 0, 10 * DAY, 30 * DAY, "10.00", "0.00"),
        (_fee("25.92"), 0, DAY // 86_400, 30 * DAY, "0.00001", "0.00"),
        (_fee("30.00"), 0, 0, 30 * DAY, "0.00", "0.00"),
        # Not prorated: whole, whatever is had of the period.
        (_fee("30.00", prorated=False), 0, 10 * DAY, 30 * DAY, "30.00", "0.00"),
        # The first 3 periods 40 % less: 30.00 x 0.6 = 18.00, from the fourth on 30.00.
        (_fee("30.00", periods=3, percent=40), 0, 1, 1, "18.00", "0.00"),
        (_fee("30.00", periods=3, percent=40), 2, 1, 1, "18.00", "0.00"),
        (_fee("30.00", periods=3, percent=40), 3, 1, 1, "30.00", "0.00"),
        (_fee("30.00", periods=1, percent=100), 0, 1, 1, "0.00", "0.00"),
        # Half a promoted period: 30.00 x 0.6 / 2.
        (_fee("30.00", periods=3, percent=40), 1, 1, 2, "9.00", "0.00"),
        # 19 % added: 30.00 + 5.70; included: 35.70 holds 35.70 x 19/119 = 5.70.
        (_fee("30.00", tax=VAT_ADDED), 0, 1, 1, "35.70", "5.70"),
        (_fee("35.70", tax=VAT_INCLUDED), 0, 1, 1, "35.70", "5.70"),
        (_fee("30.00", tax=VAT_ADDED, periods=1, percent=50), 0, 1, 2, "8.925", "1.425"),
    ],
)
def test_what_a_fee_costs(fee: Fee, period_number: int, part: int, whole: int, gross: str, tax: str) -> None:
    assert fee_cost(fee, period_number, part, whole) == (amount(gross), amount(tax))


def test_a_prorated_fee_is_rounded_once_to_the_even_neighbour() -> None:
    # 1 and 3 minor_micros halved: 0.5 is 0, 1.5 is 2.
    assert fee_cost(Fee("f", "F", 1, True, True), 0, 1, 2) == (0, 0)
    assert fee_cost(Fee("f", "F", 3, True, True), 0, 1, 2) == (2, 0)
    # 4 x 2/3 x 1/2 = 1.33 is 1. Rounded in between it would be 2.67 to 3, and 1.5 to 2.
    assert fee_cost(Fee("f", "F", 4, True, True, None, 1, 50), 0, 2, 3) == (1, 0)


@pytest.mark.parametrize(
    ("period", "when", "label", "end"),
    [
        (CounterPeriod.DAY, "2026-11-22 23:59:59", "2026-11-22", "2026-11-23 00:00"),
        (CounterPeriod.DAY, "2028-02-29 00:00", "2028-02-29", "2028-03-01 00:00"),
        (CounterPeriod.WEEK, "2026-11-22 23:59", "2026-W47", "2026-11-23 00:00"),  # a Sunday
        (CounterPeriod.WEEK, "2026-11-23 00:00", "2026-W48", "2026-11-30 00:00"),  # a Monday
        (CounterPeriod.WEEK, "2027-01-01 12:00", "2026-W53", "2027-01-04 00:00"),  # still last year's
        (CounterPeriod.MONTH, "2026-11-30 23:59", "2026-11", "2026-12-01 00:00"),
        (CounterPeriod.MONTH, "2026-12-31 23:59", "2026-12", "2027-01-01 00:00"),
    ],
)
def test_the_periods_of_counters(period: CounterPeriod, when: str, label: str, end: str) -> None:
    assert counting_period(period, moment(when), BERLIN) == (label, moment(end))


def test_a_month_is_the_subscriber_s() -> None:
    new_year = moment("2027-01-01 00:30")
    assert (month_label(new_year, BERLIN), month_label(new_year, "Europe/London")) == ("2027-01", "2026-12")
    assert month_end(new_year, BERLIN) == moment("2027-02-01 00:00")
    assert month_end(new_year, "Europe/London") == moment("2027-01-01 00:00", "Europe/London")
