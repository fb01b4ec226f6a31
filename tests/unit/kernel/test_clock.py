"""Instants convert exactly and know their zones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import SECOND, Instant, instant, iso, local, utc


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_datetimes_survive_the_round_trip(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert utc(instant(aware)) == aware


def test_a_naive_datetime_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant(datetime(2026, 3, 1))


def test_summer_time_shows_on_the_local_clock() -> None:
    before = instant(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC))
    assert local(before, "Europe/Berlin").hour == 1
    assert local(Instant(before + SECOND), "Europe/Berlin").hour == 3


def test_unknown_zones_are_named() -> None:
    with pytest.raises(ValueError, match="'Mars/Olympus' is not an IANA time zone"):
        local(Instant(0), "Mars/Olympus")


def test_iso_form() -> None:
    assert iso(Instant(0)) == "1970-01-01T00:00:00Z"
