"""Windows against sums worked out anew from every event, and what a sum may be at all."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, MINUTE
from services.offers.domain.profiles.windows import (
    NO_COUNTS,
    WIDTHS,
    Counts,
    added,
    faded,
    steps,
    sums,
    taken,
)

_MONTH = WIDTHS[-1]
_BASE = 100 * _MONTH

Used = tuple[int, int]
"""When, and how much."""


def _accumulated(moves: list[Used]) -> list[Used]:
    at, events = _BASE, []
    for step, amount in moves:
        at += step
        events.append((at, amount))
    return events


in_order = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 10 * MINUTE), st.integers(0, 3 * DAY), st.integers(0, 2 * _MONTH)),
        st.integers(0, 10**12),
    ),
    max_size=30,
).map(_accumulated)


def counted(events: list[Used]) -> tuple[Counts, int]:
    """Counts of events, and the newest instant of them."""
    counts, newest = NO_COUNTS, events[0][0] if events else _BASE
    for at, amount in events:
        counts = added(counts, steps(newest, at), amount)
        newest = max(newest, at)
    return counts, newest


def expected(events: list[Used], now: int) -> tuple[int, ...]:
    """Present bucket, and the share of the one before that is still within the window."""
    found = []
    for width in WIDTHS:
        bucket = now // width
        present = sum(amount for at, amount in events if at // width == bucket)
        before = sum(amount for at, amount in events if at // width == bucket - 1)
        found.append(present + before * (width - now % width) // width)
    return tuple(found)


@given(in_order, st.integers(0, 2 * _MONTH))
def test_sums_are_those_of_all_events_worked_out_anew(events: list[Used], later: int) -> None:
    counts, newest = counted(events)
    now = newest + later
    assert sums(counts, newest, now) == expected(events, now)


@given(in_order, st.integers(0, 2 * _MONTH))
def test_a_sum_lies_between_nothing_and_twice_the_window(events: list[Used], later: int) -> None:
    counts, newest = counted(events)
    now = newest + later
    for width, total in zip(WIDTHS, sums(counts, newest, now), strict=True):
        assert 0 <= total <= sum(amount for at, amount in events if at > now - 2 * width)


@given(in_order, st.integers(0, _MONTH))
def test_a_sum_never_grows_by_waiting(events: list[Used], later: int) -> None:
    counts, newest = counted(events)
    now = sums(counts, newest, newest)
    assert all(a >= b for a, b in zip(now, sums(counts, newest, newest + later), strict=True))


@given(st.integers(0, 10**16), st.integers(0, 10**16))
def test_steps_are_the_buckets_between_two_instants(one: int, other: int) -> None:
    expected_steps = tuple(other // width - one // width for width in WIDTHS)
    assert steps(one, other) == (expected_steps if any(expected_steps) else ())


def test_each_window_is_a_multiple_of_the_one_before() -> None:
    assert all(wide % narrow == 0 for narrow, wide in pairwise(WIDTHS))


def test_late_usage_counts_in_the_windows_it_still_falls_into() -> None:
    newest = _BASE + 10 * DAY + HOUR + 1
    counts = added(NO_COUNTS, (), 100)
    counts = added(counts, steps(newest, newest - 2 * HOUR), 7)
    minutes, hour, day, week, month = sums(counts, newest, newest)
    assert (minutes, hour) == (100, 100)
    # It was yesterday: what is left of yesterday within the last day counts, rounded down.
    assert day == 100 + 7 * (DAY - newest % DAY) // DAY
    assert (week, month) == (107, 107)


def test_usage_from_two_months_ago_counts_nowhere() -> None:
    counts = added(NO_COUNTS, steps(_BASE, _BASE - 3 * _MONTH), 5)
    assert counts == NO_COUNTS


@given(in_order, st.integers(0, 10**14))
def test_taking_leaves_nothing_below_zero_and_takes_no_more_than_there_is(
    events: list[Used], amount: int
) -> None:
    counts, _ = counted(events)
    left = taken(counts, amount)
    assert min(left) >= 0
    for index in range(0, len(counts), 2):
        before, after = sum(counts[index : index + 2]), sum(left[index : index + 2])
        assert before - after == min(before, amount)


def test_a_day_halves() -> None:
    assert faded(8.0, DAY) == 4.0
    assert faded(8.0, 3 * DAY) == 1.0
    assert faded(8.0, 0) == 8.0
