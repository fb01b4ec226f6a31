"""Quiet hours on the wall clock, across both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import HOUR, MINUTE, Instant, instant, local
from services.notification.domain.delivery.quiet import QuietHours, quiet_until

NIGHT = QuietHours("Europe/Berlin", 22 * 60, 7 * 60)
MINUTES = st.integers(0, 24 * 60 - 1)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"]
)


def at(*parts: int) -> Instant:
    """UTC."""
    return instant(datetime(*parts, tzinfo=UTC))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(2026, 11, 25, 20, 59), None),
        (at(2026, 11, 25, 21), at(2026, 11, 26, 6)),
        (at(2026, 11, 26, 5, 59), at(2026, 11, 26, 6)),
        (at(2026, 11, 26, 6), None),
        (at(2026, 7, 1, 20), at(2026, 7, 2, 5)),
        (at(2026, 3, 28, 22), at(2026, 3, 29, 5)),  # the night is an hour shorter
        (at(2026, 10, 24, 21), at(2026, 10, 25, 6)),  # and an hour longer
    ],
)
def test_a_night_in_berlin(now: Instant, end: Instant | None) -> None:
    assert quiet_until(NIGHT, now) == end


def test_an_end_that_the_clock_jumps_over_comes_after_the_jump() -> None:
    hours = QuietHours("Europe/Berlin", 60, 150)
    assert quiet_until(hours, at(2026, 3, 29, 0, 30)) == at(2026, 3, 29, 1, 30)


def test_an_end_that_the_clock_shows_twice_is_the_next_of_both() -> None:
    hours = QuietHours("Europe/Berlin", 60, 150)
    assert quiet_until(hours, at(2026, 10, 24, 23, 30)) == at(2026, 10, 25, 0, 30)
    assert quiet_until(hours, at(2026, 10, 25, 1, 15)) == at(2026, 10, 25, 1, 30)


def test_equal_minutes_mean_none() -> None:
    assert quiet_until(QuietHours("UTC", 600, 600), at(2026, 1, 1, 10)) is None


@given(st.integers(at(2020, 1, 1), at(2030, 1, 1)), ZONES, MINUTES, MINUTES)
def test_an_end_is_later_not_quiet_and_no_later_than_a_long_day(
    now: int, zone: str, begin: int, until: int
) -> None:
    hours = QuietHours(zone, begin, until)
    end = quiet_until(hours, Instant(now))
    if end is None:
        return
    assert now < end <= now + 26 * HOUR
    assert quiet_until(hours, end) is None
    wall = local(end, zone)
    late = (wall.hour * 60 + wall.minute - until) % (24 * 60)
    assert late * MINUTE <= 1 * HOUR, "at most by what the clock jumps"
