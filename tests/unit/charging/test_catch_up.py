"""Over any course of events: late is the same as in time, and nothing is charged twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.domain.events import BucketClosed, BucketMoved, MovementReason
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import EPOCH, HOUR, Instant
from tests.support.charging_catalog import allowance, offering, tariff
from tests.support.charging_world import at, eur, later
from tests.support.subscribed import (
    AT_ONCE,
    CALENDAR,
    JANUARY,
    MONTHLY,
    NEXT_PERIOD,
    Shop,
    days,
    fee,
    plan,
)


def _lived(shop: Shop, renew: bool) -> None:
    """Two offerings, a new version, a suspension; seen to every day, or not before the end."""
    shop.open("plan", "extra", when=JANUARY, money="75.00")
    for day in range(1, 120):
        shop.move_to(later(JANUARY, day * 86_400), renew)
    shop.move_to(later(JANUARY, 120 * 86_400))


def test_catching_up_comes_to_the_same_as_having_been_in_time() -> None:
    extra = offering("extra", fees=[fee("weekly", "1.00", suspends=True)], period=days(7))
    versions = [
        tariff(
            offering(
                "plan",
                fees=[fee("monthly", amount, suspends=True)],
                period=MONTHLY,
                existing=AT_ONCE,
                allowances=[allowance("gb", 100, renews=True, rollover=pricing_pb2.Rollover(periods=2))],
            ),
            extra,
            version=version,
            effective_from=since,
        )
        for version, (amount, since) in enumerate(
            [("10.00", EPOCH), ("20.00", at("2026-02-14 00:00")), ("30.00", at("2026-03-10 00:00"))], start=1
        )
    ]
    in_time, late = Shop(*versions), Shop(*versions)
    _lived(in_time, renew=True)
    _lived(late, renew=False)
    assert late.paid() == in_time.paid()
    assert late.money() == in_time.money()
    assert late.state.subscribers == in_time.state.subscribers
    assert "suspended" in in_time.changes("plan") + in_time.changes("extra")
    assert late.state.buckets == in_time.state.buckets
    assert _bucket_life(late) == _bucket_life(in_time)
    assert any(isinstance(event, BucketMoved) for event in _bucket_life(late))


def _bucket_life(shop: Shop) -> list[BucketClosed | BucketMoved]:
    """What rolled over and what was forfeited, in order."""
    return [
        event
        for entry in shop.entries
        for event in entry.events
        if isinstance(event, BucketClosed)
        or (isinstance(event, BucketMoved) and event.reason is MovementReason.ROLLED_OVER)
    ]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "take", "cancel", "cancel later", "publish", "top up"]),
        st.integers(min_value=0, max_value=20 * 24),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=_STEPS,
    period=st.sampled_from([MONTHLY, CALENDAR, days(10)]),
    prorated=st.booleans(),
    money=st.sampled_from(["0", "25.00", "1000.00"]),
)
def test_no_second_of_a_subscription_is_ever_charged_twice(
    steps: list[tuple[str, int]], period: pricing_pb2.Period, prorated: bool, money: str
) -> None:
    def version(number: int, since: Instant) -> Tariff:
        kinds = (catalog_pb2.EXISTING_SUBSCRIBERS_KEEP, NEXT_PERIOD, AT_ONCE)
        return plan(
            f"{5 + number}.00",
            period=period,
            prorated=prorated,
            version=number,
            effective_from=since,
            existing=kinds[number % 3],
        )

    shop = Shop(version(1, EPOCH))
    shop.open("plan", when=JANUARY, money=money)
    lives: list[list[tuple[int, int, int]]] = [[]]
    seen = 0
    for action, hours in steps:
        had = shop.has("plan")
        shop.move_to(Instant(max(shop.clock.now(), JANUARY) + hours * HOUR))
        if action == "take" and not shop.has("plan") and shop.money() >= eur("40.00"):
            shop.take("plan")
        elif action.startswith("cancel") and shop.has("plan"):
            shop.cancel("plan", at_period_end=action == "cancel later")
        elif action == "publish":
            newest = shop.tariffs.newest_version
            shop.adopt(version(newest + 1, shop.clock.now()))
            shop.renew_due()
        elif action == "top up":
            shop.top_up("12.00")
        if not had and shop.has("plan"):
            lives.append([])
        for item in shop.fees()[seen:]:
            sign = 1 if item.amount > 0 else -1
            lives[-1].append((item.period_from, item.period_until, sign))
        seen = len(shop.fees())
    for life in lives:
        _never_twice(life)
    assert shop.money() == eur(money) + shop.topped_up() - sum(shop.paid())


def _never_twice(charged: list[tuple[int, int, int]]) -> None:
    """What is charged, less what is given back, covers each instant once or not at all."""
    edges = sorted({edge for start, end, _ in charged for edge in (start, end)})
    for edge in edges:
        times = sum(sign for start, end, sign in charged if start <= edge < end)
        assert times in {0, 1}, (edge, charged)
