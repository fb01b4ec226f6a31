"""When to try again, and when to give up; breakers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from services.notification.application.delivery.breakers import Breakers
from services.notification.domain.channels import TryLater
from services.notification.domain.delivery.pacing import (
    BREAKS_AFTER,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PACES,
    Again,
    GivenUp,
    after_failure,
)
from services.notification.domain.notifications import Channel
from tests.support.notification_delivery_clock import NOON

HOOK = PACES[Channel.WEBHOOK]
DOWN = TryLater("down")


def delay(attempts: int, later: TryLater = DOWN, chance: int = 0) -> int:
    """Microseconds until the next attempt."""
    then = after_failure(HOOK, attempts, NOON, NOON, later, False, chance)
    assert isinstance(then, Again)
    return then.at - NOON


def test_delays_double_up_to_the_longest() -> None:
    assert [delay(attempts) // SECOND for attempts in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert delay(19) == 4 * HOUR
    assert delay(1, chance=999) == 5 * SECOND - 5 * SECOND * 999 // 2000


def test_what_the_receiver_wishes_counts_unless_it_is_sooner_or_too_much() -> None:
    assert delay(1, TryLater("busy", 60)) == MINUTE
    assert delay(4, TryLater("busy", 1)) == 40 * SECOND
    assert delay(1, TryLater("busy", 10**9)) == DAY


def test_a_way_out_is_taken_soon() -> None:
    assert isinstance(after_failure(HOOK, 2, NOON, NOON, DOWN, True, 0), Again)
    assert after_failure(HOOK, 3, NOON, NOON, DOWN, True, 0) == GivenUp()


@given(
    st.sampled_from(Channel),
    st.integers(0, 999),
    st.integers(0, 3 * 86_400),
    st.booleans(),
)
def test_tries_end_by_number_or_by_age(channel: Channel, chance: int, wish: int, way_out: bool) -> None:
    pace, now, attempts = PACES[channel], NOON, 1
    while True:
        then = after_failure(pace, attempts, NOON, now, TryLater("x", wish), way_out, chance)
        if isinstance(then, GivenUp):
            break
        assert now < then.at <= NOON + pace.age
        now, attempts = then.at, attempts + 1
    assert attempts <= pace.attempts


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_find_out() -> None:
    breakers = Breakers()
    for _ in range(BREAKS_AFTER - 1):
        breakers.failed("h", NOON)
    assert breakers.room("h", NOON, 8) == 8
    breakers.failed("h", NOON)
    end = Instant(NOON + FIRST_PAUSE)
    assert (breakers.room("h", NOON, 8), breakers.room("other", NOON, 8)) == (0, 8)
    assert (list(breakers.open_hosts(NOON)), breakers.next_probe(NOON)) == (["h"], end)
    assert (breakers.room("h", end, 8), list(breakers.open_hosts(end))) == (1, [])
    breakers.failed("h", end)
    assert breakers.next_probe(end) == end + 2 * FIRST_PAUSE
    breakers.answered("h")
    assert breakers.room("h", end, 8) == 8
    assert breakers.next_probe(end) is None


def test_pauses_grow_only_so_far_and_late_failures_do_not_lengthen_them() -> None:
    breakers, now = Breakers(), NOON
    for _ in range(40):
        breakers.failed("h", now)
        end = breakers.next_probe(now)
        if end is not None:
            breakers.failed("h", now)
            assert breakers.next_probe(now) == end
            assert end - now <= LONGEST_PAUSE
            now = end
