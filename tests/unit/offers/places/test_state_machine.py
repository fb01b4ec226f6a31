"""Every step of a fence's state machine: hysteresis, two fixes to leave, dwell, staleness, coarse fixes."""

from __future__ import annotations

import math

import pytest

from services.common.kernel.clock import HOUR, SECOND, Instant
from services.offers.domain.places import (
    STALE_AFTER,
    Crossing,
    FenceFigures,
    Presence,
    PresenceState,
    is_inside,
    is_late,
    step,
)

FENCE = FenceFigures("stadium", 300)
DWELLING = FenceFigures("mall", 300, dwell_seconds=600)
BEGUN, BEFORE, AT = Instant(HOUR), Instant(2 * HOUR), Instant(2 * HOUR + 5 * SECOND)
WITHIN, BETWEEN, BEYOND = 0.0, 25.0, 31.0
ENTERING, INSIDE, LEAVING = Presence.ENTERING, Presence.INSIDE, Presence.LEAVING
ENTERED, LEFT = Crossing.ENTERED, Crossing.LEFT


def state(
    presence: Presence | None, since: Instant = BEGUN, fixed_at: Instant = BEFORE
) -> PresenceState | None:
    return None if presence is None else PresenceState(presence, since, fixed_at)


@pytest.mark.parametrize(
    ("before", "distance", "after", "since", "crossing"),
    [
        (None, WITHIN, INSIDE, AT, ENTERED),
        (None, BETWEEN, None, None, None),
        (None, BEYOND, None, None, None),
        (INSIDE, WITHIN, INSIDE, BEGUN, None),
        (INSIDE, BETWEEN, INSIDE, BEGUN, None),
        (INSIDE, BEYOND, LEAVING, BEGUN, None),
        (LEAVING, WITHIN, INSIDE, BEGUN, None),
        (LEAVING, BETWEEN, INSIDE, BEGUN, None),
        (LEAVING, BEYOND, None, None, LEFT),
    ],
)
def test_a_fence_without_dwell_takes_every_step_of_its_table(
    before: Presence | None,
    distance: float,
    after: Presence | None,
    since: Instant | None,
    crossing: Crossing | None,
) -> None:
    stepped = step(FENCE, state(before), distance, AT)
    expected = None if after is None or since is None else PresenceState(after, since, AT)
    assert stepped == (expected, crossing)


@pytest.mark.parametrize(
    ("before", "since", "distance", "after", "begun", "crossing"),
    [
        (None, None, WITHIN, ENTERING, AT, None),
        (None, None, BETWEEN, None, None, None),
        (ENTERING, AT - 600 * SECOND, WITHIN, INSIDE, AT, ENTERED),
        (ENTERING, AT - 600 * SECOND + 1, WITHIN, ENTERING, AT - 600 * SECOND + 1, None),
        (ENTERING, AT - 900 * SECOND, BETWEEN, None, None, None),
        (ENTERING, AT - 900 * SECOND, BEYOND, None, None, None),
        (INSIDE, BEGUN, BETWEEN, INSIDE, BEGUN, None),
        (LEAVING, BEGUN, WITHIN, INSIDE, BEGUN, None),
        (LEAVING, BEGUN, BEYOND, None, None, LEFT),
    ],
)
def test_a_fence_with_dwell_is_entered_only_after_it(
    before: Presence | None,
    since: int | None,
    distance: float,
    after: Presence | None,
    begun: int | None,
    crossing: Crossing | None,
) -> None:
    was = state(before, Instant(since or 0))
    expected = None if after is None or begun is None else PresenceState(after, Instant(begun), AT)
    assert step(DWELLING, was, distance, AT) == (expected, crossing)


@pytest.mark.parametrize(
    ("radius", "margin"), [(50, 20.0), (200, 20.0), (201, 20.1), (300, 30.0), (5_000, 500.0)]
)
def test_the_way_out_is_a_tenth_of_the_radius_and_twenty_metres_at_least(radius: int, margin: float) -> None:
    fence = FenceFigures("any", radius)
    assert fence.exit_margin_metres == pytest.approx(margin)
    inside = PresenceState(INSIDE, BEGUN, BEFORE)
    assert step(fence, inside, fence.exit_margin_metres, AT)[0] == PresenceState(INSIDE, BEGUN, AT)
    just_out = math.nextafter(fence.exit_margin_metres, math.inf)
    assert step(fence, inside, just_out, AT)[0] == PresenceState(LEAVING, BEGUN, AT)


@pytest.mark.parametrize("presence", [ENTERING, INSIDE, LEAVING])
@pytest.mark.parametrize("distance", [WITHIN, BETWEEN, BEYOND])
@pytest.mark.parametrize("at", [BEFORE, Instant(BEFORE - 1), BEGUN])
def test_a_fix_that_is_not_newer_than_the_last_one_changes_nothing(
    presence: Presence, distance: float, at: Instant
) -> None:
    was = PresenceState(presence, BEGUN, BEFORE)
    assert step(FENCE, was, distance, at) == (was, None)


@pytest.mark.parametrize("presence", [INSIDE, LEAVING])
def test_after_twelve_hours_without_a_fix_nobody_is_inside_any_more(presence: Presence) -> None:
    was = PresenceState(presence, BEGUN, BEFORE)
    last, stale = Instant(BEFORE + STALE_AFTER), Instant(BEFORE + STALE_AFTER + 1)
    assert is_inside(was, last)
    assert not is_inside(was, stale)
    assert step(FENCE, was, WITHIN, last) == (PresenceState(INSIDE, BEGUN, last), None)
    assert step(FENCE, was, WITHIN, stale) == (PresenceState(INSIDE, stale, stale), ENTERED)
    # What was forgotten is not left again.
    assert step(FENCE, was, BEYOND, stale) == (None, None)


def test_dwelling_that_went_stale_begins_anew() -> None:
    stale = Instant(BEFORE + STALE_AFTER + 1)
    was = PresenceState(ENTERING, BEGUN, BEFORE)
    assert step(DWELLING, was, WITHIN, stale) == (PresenceState(ENTERING, stale, stale), None)


def test_leaving_counts_as_inside_and_entering_does_not() -> None:
    assert is_inside(PresenceState(LEAVING, BEGUN, BEFORE), AT)
    assert not is_inside(PresenceState(ENTERING, BEGUN, BEFORE), AT)


@pytest.mark.parametrize(
    ("radius", "accuracy", "fine"),
    [(20, 100, True), (20, 101, False), (33, 100, True), (300, 900, True), (300, 901, False)],
)
def test_a_fix_is_fine_enough_up_to_three_radii_and_a_hundred_metres_always(
    radius: int, accuracy: int, fine: bool
) -> None:
    assert FenceFigures("any", radius).is_fine_enough(accuracy) is fine


@pytest.mark.parametrize("presence", [None, ENTERING, INSIDE, LEAVING])
@pytest.mark.parametrize("distance", [WITHIN, BETWEEN, BEYOND, 1_030.0])
def test_a_fix_that_is_too_coarse_for_the_fence_says_nothing(
    presence: Presence | None, distance: float
) -> None:
    assert step(FENCE, state(presence), distance, AT, 1_000) == (state(presence), None)


@pytest.mark.parametrize(
    ("presence", "after", "crossing"),
    [(None, None, None), (ENTERING, None, None), (INSIDE, LEAVING, None), (LEAVING, None, LEFT)],
)
def test_a_coarse_fix_counts_where_all_of_its_circle_is_beyond(
    presence: Presence | None, after: Presence | None, crossing: Crossing | None
) -> None:
    stepped, crossed = step(FENCE, state(presence), 1_031.0, AT, 1_000)
    assert (None if stepped is None else stepped.presence, crossed) == (after, crossing)


def test_a_fix_is_late_where_it_is_not_newer_than_the_last_or_stale_by_now() -> None:
    assert not is_late(None, AT, AT)
    assert not is_late(BEFORE, AT, AT)
    assert is_late(AT, AT, AT)
    assert is_late(AT, BEFORE, AT)
    assert not is_late(None, AT, Instant(AT + STALE_AFTER))
    assert is_late(None, AT, Instant(AT + STALE_AFTER + 1))
