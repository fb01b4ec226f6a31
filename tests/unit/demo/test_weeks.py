"""Which weeks the demo settles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.cli.demo.settling.weeks import seconds_left, weeks_from
from services.cli.replay.live_catalog import monday_of
from services.common.kernel.clock import DAY, Instant, instant


def at(text: str) -> Instant:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("begins", "now", "weeks"),
    [
        ("2026-11-23T08:00", "2026-11-29T23:59", ("2026-W48",)),
        ("2026-11-23T08:00", "2026-11-23T00:00", ("2026-W48",)),
        ("2026-11-15T23:59", "2026-11-27T10:00", ("2026-W46", "2026-W47", "2026-W48")),
        ("2026-12-31T10:00", "2027-01-04T00:00", ("2026-W53", "2027-W01")),
        ("2031-01-01T10:00", "2026-11-27T10:00", ("2026-W48",)),
    ],
)
def test_weeks_are_those_from_the_first_usage_to_the_present(
    begins: str, now: str, weeks: tuple[str, ...]
) -> None:
    assert weeks_from(at(begins), at(now)) == weeks


def test_whatever_the_day_the_usual_play_lies_in_the_week_of_the_present() -> None:
    first = at("2026-01-01T00:00")
    for day in range(800):
        now = Instant(first + day * DAY)
        (week,) = weeks_from(monday_of(now), now)
        assert week == (datetime(2026, 1, 1) + timedelta(days=day)).strftime("%G-W%V")


@pytest.mark.parametrize(
    ("now", "left"),
    [("2026-11-29T23:59:30", 30.0), ("2026-11-30T00:00:00", 7 * 86_400.0)],
)
def test_the_time_that_is_left_of_a_week(now: str, left: float) -> None:
    assert seconds_left(at(now)) == left
