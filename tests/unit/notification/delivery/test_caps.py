"""Limits: no window ever holds more than is allowed, whatever happens at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.clock import HOUR, MINUTE, Instant
from services.notification.application.delivery.caps import Caps, Place
from services.notification.application.delivery.ports import Deliveries, SentBefore
from services.notification.domain.delivery.limits import caps_of, keys_of, longest_window
from services.notification.domain.notifications import Channel
from services.notification.domain.rules import RateLimit
from tests.support.notification_delivery_clock import NOON

SMS, EMAIL = Channel.SMS, Channel.EMAIL


class Record:
    """Attempts on record; the part of `Deliveries` that limits read."""

    def __init__(self, *sent: SentBefore) -> None:
        self.sent = list(sent)
        self.asked: list[tuple[Instant, Instant]] = []

    async def sent_between(self, after: Instant, until: Instant) -> Sequence[SentBefore]:
        """What is within, and what nobody saw end."""
        self.asked.append((after, until))
        return [one for one in self.sent if one.at is None or after < one.at <= until]


def caps_on(record: Record) -> Caps:
    """Caps that read a record."""
    return Caps(cast(Deliveries, cast(Any, record)))


LIMITS = st.lists(
    st.builds(
        RateLimit,
        st.sampled_from(["subscriber", "channel", "tenant"]),
        st.integers(1, 3),
        st.integers(1, 20),
        st.sampled_from([None, SMS, EMAIL]),
    ),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["anna", "bert"]),
        st.sampled_from([SMS, EMAIL]),
        st.integers(0, 6 * MINUTE),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(LIMITS, STEPS, st.integers(0, 40))
def test_no_window_holds_more_than_is_allowed(
    limits: list[RateLimit], steps: list[tuple[str, Channel, int, int, bool]], restart_at: int
) -> None:
    """Attempts last for a while; each is received at any time of it. A process may be killed in between."""

    async def play() -> None:
        record, now = Record(), NOON
        caps = caps_on(record)
        under_way: list[tuple[Place, str, Channel, bool]] = []
        received: list[tuple[Instant, str, Channel]] = []
        for number, (whom, channel, later, ending, taken) in enumerate(steps):
            now = Instant(now + later)
            if number == restart_at:
                # What was under way was sent, and nobody wrote down when.
                record.sent += [SentBefore(who, by, None) for _, who, by, counted in under_way if counted]
                caps, under_way = caps_on(record), []
            await caps.cover(limits, now)
            for place, who, by, counted in [under_way.pop(0) for _ in range(min(ending, len(under_way)))]:
                caps.ended(place, now, counted)
                if counted:
                    record.sent.append(SentBefore(who, by, now))
            place_or_then = caps.take(limits, whom, channel, now, urgent=False)
            if isinstance(place_or_then, Place):
                under_way.append((place_or_then, whom, channel, taken))
                if taken:
                    received.append((now, whom, channel))
            else:
                assert place_or_then > now
        for limit in limits:
            _assert_kept(limit, received)

    asyncio.run(play())


def _assert_kept(limit: RateLimit, received: list[tuple[Instant, str, Channel]]) -> None:
    groups: dict[object, list[Instant]] = {}
    for at, whom, channel in received:
        if limit.channel in (None, channel):
            key = {"subscriber": whom, "channel": channel, "tenant": ""}[limit.scope]
            groups.setdefault(key, []).append(at)
    for instants in groups.values():
        for first, beyond in zip(instants, instants[limit.most :], strict=False):
            assert beyond - first >= limit.minutes * MINUTE


def test_every_key_that_a_limit_counts_by_is_one_under_which_things_are_counted() -> None:
    limits = [
        RateLimit(scope, 1, 1, channel)
        for scope in ("subscriber", "channel", "tenant")
        for channel in (None, SMS)
    ]
    assert {cap.key for cap in caps_of(limits, "anna", SMS)} <= set(keys_of("anna", SMS))
    assert [cap.key for cap in caps_of(limits, "anna", EMAIL)] == [
        "subscriber/anna",
        "channel/email",
        "tenant",
    ]
    assert longest_window(limits) == MINUTE
    assert longest_window(()) == 0


async def test_it_says_when_the_next_place_is_free() -> None:
    caps, limits = caps_on(Record()), [RateLimit("subscriber", 2, 60)]
    for minute in (0, 10):
        now = Instant(NOON + minute * MINUTE)
        await caps.cover(limits, now)
        place = caps.take(limits, "anna", SMS, now, urgent=False)
        assert isinstance(place, Place)
        caps.ended(place, now, counts=True)
    now = Instant(NOON + 20 * MINUTE)
    assert caps.take(limits, "anna", SMS, now, urgent=False) == NOON + HOUR
    assert isinstance(caps.take(limits, "bert", SMS, now, urgent=False), Place)
    assert isinstance(caps.take(limits, "anna", SMS, now, urgent=True), Place)
    # The urgent one counts: of the two before it the second has to leave, too.
    assert caps.take(limits, "anna", SMS, now, urgent=False) == NOON + 70 * MINUTE


async def test_what_is_under_way_counts_and_what_failed_does_not() -> None:
    caps, limits = caps_on(Record()), [RateLimit("tenant", 1, 60)]
    await caps.cover(limits, NOON)
    place = caps.take(limits, "anna", SMS, NOON, urgent=False)
    assert isinstance(place, Place)
    assert caps.take(limits, "bert", SMS, NOON, urgent=False) == NOON + MINUTE
    caps.ended(place, NOON, counts=False)
    assert isinstance(caps.take(limits, "bert", SMS, NOON, urgent=False), Place)


async def test_a_longer_window_reads_only_what_is_not_known_yet() -> None:
    record = Record(SentBefore("anna", SMS, Instant(NOON - 90 * MINUTE)))
    caps = caps_on(record)
    short, long = [RateLimit("tenant", 1, 60)], [RateLimit("tenant", 1, 120)]
    await caps.cover((), NOON)
    await caps.cover(short, NOON)
    assert isinstance(caps.take(short, "anna", SMS, NOON, urgent=False), Place)
    await caps.cover(long, NOON)
    await caps.cover(long, NOON)
    assert record.asked == [(NOON - HOUR, NOON), (NOON - 2 * HOUR, NOON - HOUR)]
    assert not isinstance(caps.take(long, "bert", EMAIL, NOON, urgent=False), Place)


async def test_without_limits_nothing_is_counted_and_old_counts_are_swept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.notification.application.delivery.caps._SWEEP_AFTER", 3)
    caps, limits = caps_on(Record()), [RateLimit("subscriber", 1, 1)]
    for minute in range(12):
        now = Instant(NOON + 2 * minute * MINUTE)
        await caps.cover(limits, now)
        place = caps.take(limits, f"s-{minute}", SMS, now, urgent=False)
        assert isinstance(place, Place)
        caps.ended(place, now, counts=True)
    assert len(caps._sent) < 12
    assert caps.take((), "anna", SMS, NOON, urgent=False) == Place(())
