"""Velocity limits: windows that slide, when to come back, and memory that stays bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.charging.application.velocity import Velocity
from services.charging.domain.rating.policies import VelocityLimit, VelocityRequest
from services.common.kernel.clock import SECOND, Instant
from tests.support.charging_world import NOON, later

SESSION, EVENT = VelocityRequest.SESSION, VelocityRequest.EVENT
THREE_A_MINUTE = VelocityLimit("three-a-minute", False, SESSION, 3, 60)
FIVE_AN_ELEMENT = VelocityLimit("five-an-element", True, SESSION, 5, 60)


def _admitted(
    velocity: Velocity,
    *limits: VelocityLimit,
    at: int = 0,
    who: str = "sub-1",
    element: str = "smf-1",
    request: VelocityRequest = SESSION,
) -> bool:
    return velocity.admit(limits, request, who, element, later(NOON, at)) is None


def test_as_many_as_the_limit_says_pass_and_the_next_one_does_not() -> None:
    velocity = Velocity()
    assert [_admitted(velocity, THREE_A_MINUTE, at=second) for second in (0, 1, 2, 3)] == [
        True,
        True,
        True,
        False,
    ]


def test_a_refused_one_is_told_when_there_is_room_again_and_then_there_is() -> None:
    velocity = Velocity()
    for second in (0, 20, 40):
        _admitted(velocity, THREE_A_MINUTE, at=second)
    exceeded = velocity.admit([THREE_A_MINUTE], SESSION, "sub-1", "smf-1", later(NOON, 50))
    assert exceeded is not None
    # The one of second 0 leaves a window of 60 seconds at second 60.
    assert (exceeded.limit, exceeded.come_back_at) == (THREE_A_MINUTE, later(NOON, 60))
    assert not _admitted(velocity, THREE_A_MINUTE, at=59)
    assert _admitted(velocity, THREE_A_MINUTE, at=60)


def test_refused_requests_do_not_prolong_the_wait() -> None:
    velocity = Velocity()
    for second in (0, 0, 0, *range(1, 60)):
        _admitted(velocity, THREE_A_MINUTE, at=second)
    assert _admitted(velocity, THREE_A_MINUTE, at=60)


def test_subscribers_are_counted_apart_and_an_element_over_all_of_them() -> None:
    velocity = Velocity()
    limits = (THREE_A_MINUTE, FIVE_AN_ELEMENT)
    assert all(_admitted(velocity, *limits, who=who) for who in ("a", "a", "a", "b", "b"))
    assert not _admitted(velocity, *limits, who="c")
    assert _admitted(velocity, *limits, who="c", element="smf-2")


def test_what_one_limit_refuses_counts_against_no_other() -> None:
    velocity = Velocity()
    limits = (THREE_A_MINUTE, FIVE_AN_ELEMENT)
    for _ in range(10):
        _admitted(velocity, *limits, who="a")
    # Three of the five are used; seven refusals took none of them.
    assert [_admitted(velocity, *limits, who=who) for who in ("b", "c", "d")] == [True, True, False]


def test_sessions_and_events_have_limits_of_their_own() -> None:
    velocity = Velocity()
    events = VelocityLimit("one-event", False, EVENT, 1, 60)
    assert _admitted(velocity, events, request=EVENT)
    assert not _admitted(velocity, events, request=EVENT)
    assert _admitted(velocity, events, request=SESSION)


def test_a_flood_is_told_of_once_and_counted_every_time() -> None:
    velocity = Velocity()
    for _ in range(3):
        _admitted(velocity, THREE_A_MINUTE)
    told = [velocity.admit([THREE_A_MINUTE], SESSION, "sub-1", "smf-1", NOON) for _ in range(5)]
    assert [exceeded.first for exceeded in told if exceeded is not None] == [True, *[False] * 4]
    assert velocity.refused == {"three-a-minute": 5}
    assert _admitted(velocity, THREE_A_MINUTE, at=60)
    for _ in range(2):
        _admitted(velocity, THREE_A_MINUTE, at=61)
    again = velocity.admit([THREE_A_MINUTE], SESSION, "sub-1", "smf-1", later(NOON, 62))
    assert again is not None
    assert again.first


def test_memory_is_bounded_and_those_who_are_quiet_are_forgotten_first() -> None:
    velocity = Velocity(most_stamps=20)
    for number in range(1_000):
        _admitted(velocity, THREE_A_MINUTE, who=f"sub-{number}")
        if number % 10 == 0:
            _admitted(velocity, THREE_A_MINUTE, who="busy")
        assert velocity.remembered <= 20
    # Three of the busy one's requests are remembered still, though a thousand others came.
    assert not _admitted(velocity, THREE_A_MINUTE, who="busy")


@given(
    maximum=st.integers(1, 4),
    window=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab")), max_size=60),
)
def test_no_window_ever_holds_more_and_none_that_would_fit_is_refused(
    maximum: int, window: int, steps: list[tuple[int, str]]
) -> None:
    velocity, limit = Velocity(), VelocityLimit("any", False, SESSION, maximum, window)
    admitted: dict[str, list[Instant]] = {"a": [], "b": []}
    now = NOON
    for pause, who in steps:
        now = later(now, pause)
        within = [stamp for stamp in admitted[who] if stamp > now - window * SECOND]
        exceeded = velocity.admit([limit], SESSION, who, "smf-1", now)
        assert (exceeded is None) == (len(within) < maximum)
        if exceeded is None:
            admitted[who].append(now)
        else:
            assert exceeded.come_back_at == within[0] + window * SECOND
