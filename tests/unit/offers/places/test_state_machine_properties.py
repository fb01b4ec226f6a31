"""What holds of the state machine whatever somebody does."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import HOUR, SECOND, Instant
from services.offers.domain.places import (
    STALE_AFTER,
    Crossing,
    FenceFigures,
    Presence,
    PresenceState,
    is_late,
    step,
)

BEGUN = Instant(1_000 * HOUR)

fences = st.builds(
    FenceFigures,
    st.just("any"),
    st.floats(10, 50_000),
    st.sampled_from([0, 0, 30, 600]),
)
distances = st.one_of(st.just(0.0), st.floats(0, 120), st.floats(0, 100_000), st.just(math.inf))
accuracies = st.sampled_from([0, 10, 80, 500, 5_000])
gaps = st.one_of(st.integers(1, 900), st.integers(1, 20 * 3_600))
walks = st.lists(st.tuples(gaps, distances, accuracies), max_size=40)

Fixes = Sequence[tuple[Instant, float, int]]


def fixes_of(walk: Sequence[tuple[int, float, int]]) -> Fixes:
    at, fixes = BEGUN, []
    for gap, distance, accuracy in walk:
        at = Instant(at + gap * SECOND)
        fixes.append((at, distance, accuracy))
    return fixes


def played(fence: FenceFigures, fixes: Fixes) -> list[tuple[Instant, Crossing]]:
    """What a subscriber's fixes complete, as they arrive: those that are late count for nothing."""
    state: PresenceState | None = None
    last: Instant | None = None
    crossings = []
    for at, distance, accuracy in fixes:
        if is_late(last, at, at):
            continue
        last = at
        state, crossing = step(fence, state, distance, at, accuracy)
        if crossing is not None:
            crossings.append((at, crossing))
    return crossings


@given(fences, walks)
def test_nobody_enters_twice_without_leaving_or_being_unheard_of(
    fence: FenceFigures, walk: Sequence[tuple[int, float, int]]
) -> None:
    state: PresenceState | None = None
    inside = False
    for at, distance, accuracy in fixes_of(walk):
        if state is not None and at - state.fixed_at > STALE_AFTER:
            inside = False
        state, crossing = step(fence, state, distance, at, accuracy)
        if crossing is Crossing.ENTERED:
            assert not inside
            inside = True
        if crossing is Crossing.LEFT:
            assert inside
            inside = False
        counted = state is not None and state.presence in (Presence.INSIDE, Presence.LEAVING)
        assert counted == inside


@given(st.floats(10, 50_000), st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_a_walk_along_the_line_does_not_flap(radius: float, shares: Sequence[float]) -> None:
    """Between the line and the margin, now this side and now that: entered once, never left."""
    fence = FenceFigures("any", radius)
    walk = [(30, (share - 0.5) * 2 * fence.exit_margin_metres, 0) for share in shares]
    crossings = [crossing for _, crossing in played(fence, fixes_of(walk))]
    within = any(distance <= 0 for _, distance, _ in walk)
    assert crossings == ([Crossing.ENTERED] if within else [])


@given(
    fences.filter(lambda fence: fence.dwell_seconds == 0), st.lists(st.booleans(), min_size=1, max_size=40)
)
def test_single_fixes_far_out_do_not_end_a_stay(fence: FenceFigures, strays: Sequence[bool]) -> None:
    walk = [(60, 0.0, 0)]
    for is_stray in strays:
        walk += [(60, math.inf, 0), (60, 0.0, 0)] if is_stray else [(60, 0.0, 0)]
    assert [crossing for _, crossing in played(fence, fixes_of(walk))] == [Crossing.ENTERED]


@given(fences, walks, st.data())
def test_in_whatever_order_old_fixes_come_they_change_nothing(
    fence: FenceFigures, walk: Sequence[tuple[int, float, int]], data: st.DataObject
) -> None:
    fixes = fixes_of(walk)
    arriving: list[tuple[Instant, float, int]] = []
    for index, fix in enumerate(fixes):
        arriving.append(fix)
        # Fixes from before, again or with another distance, in any order, between any two.
        for old in data.draw(st.lists(st.integers(0, index), max_size=3)):
            at, distance = fixes[old][0], data.draw(distances)
            arriving.append((Instant(at - data.draw(st.integers(0, 5)) * SECOND), distance, 0))
    assert played(fence, arriving) == played(fence, fixes)


@given(fences, walks)
def test_who_dwells_for_less_than_asked_never_enters(
    fence: FenceFigures, walk: Sequence[tuple[int, float, int]]
) -> None:
    fixes = fixes_of(walk)
    for at, crossing in played(fence, fixes):
        if crossing is Crossing.ENTERED:
            # The fixes that count, back from there: all within, over the dwell time at least.
            fine = [
                fix
                for fix in fixes
                if at - fence.dwell_seconds * SECOND <= fix[0] <= at and fence.is_fine_enough(fix[2])
            ]
            assert all(distance <= 0 for _, distance, _ in fine)
