"""Days and months of a customer, and what is unusual among its days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant, instant, local
from services.notification.domain.mirror.calendar import day_of, day_text, month_ends, month_of
from services.notification.domain.mirror.unusual import Unusual, UnusualRule, spent, unusual

RULE = UnusualRule(3, 5)
MICROS = 1_000_000
DAY = date(2026, 11, 25).toordinal()


def test_days_and_months_are_of_the_customers_clock() -> None:
    at = instant(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert (month_of(at, "UTC"), month_of(at, "Europe/Berlin")) == ("2026-11", "2026-12")
    assert (month_of(at, "Nowhere/Land"), month_of(at, "")) == ("2026-11", "2026-11")
    assert day_text(day_of(at, "Asia/Tokyo")) == "2026-12-01"
    assert month_ends("2026-12", "Europe/Berlin") == instant(datetime(2026, 12, 31, 23, tzinfo=UTC))


@given(
    st.integers(10**15, 4 * 10**15),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_an_instant_is_before_the_end_of_its_month(at: int, time_zone: str) -> None:
    month = month_of(at, time_zone)
    assert day_of(at, time_zone) == local(Instant(at), time_zone).toordinal()
    end = month_ends(month, time_zone)
    assert at < end
    assert month_of(end, time_zone) != month
    assert month_of(end - 1, time_zone) == month


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=60))
def test_days_are_sums_and_what_is_old_goes(bookings: list[tuple[int, int]]) -> None:
    days: tuple[tuple[int, int], ...] = ()
    for day, minor_micros in sorted(bookings):
        days = spent(days, DAY + day, minor_micros)
    assert list(days) == sorted(days)
    if bookings:
        last = max(day for day, _ in bookings)
        wanted: dict[int, int] = {}
        for day, minor_micros in bookings:
            if day >= last - 28:
                wanted[DAY + day] = wanted.get(DAY + day, 0) + minor_micros
        assert dict(days) == wanted


def test_a_day_that_was_free_stays_as_it_is() -> None:
    days = spent((), DAY, 5)
    assert spent(days, DAY, 0) is days
    assert spent(spent(days, DAY + 1, 1), DAY, 2) == ((DAY, 7), (DAY + 1, 1))


@pytest.mark.parametrize(
    ("today", "earlier", "expected"),
    [
        (31, [10] * 7, Unusual(31 * MICROS, 10 * MICROS)),
        (30, [10] * 7, None),
        (31, [10] * 6, None),
        (4, [1] * 28, None),
        (5, [1] * 28, Unusual(5 * MICROS, MICROS)),
        (5, [0] * 7, Unusual(5 * MICROS, 0)),
        (31, [10] * 6 + [13], None),
    ],
)
def test_unusual_is_more_than_the_mean_allows_and_not_little(
    today: int, earlier: list[int], expected: Unusual | None
) -> None:
    days = tuple((DAY - 1 - back, minor * MICROS) for back, minor in enumerate(earlier))[::-1]
    assert unusual((*days, (DAY, today * MICROS)), DAY, RULE) == expected
    assert unusual((*days, (DAY, today * MICROS)), DAY, UnusualRule()) is None


def test_days_longer_ago_do_not_count() -> None:
    days = tuple((DAY - 29 - back, 0) for back in range(10))[::-1]
    assert unusual((*days, (DAY, 99 * MICROS)), DAY, RULE) is None
