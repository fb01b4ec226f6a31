"""Counters keep two periods: what comes later than that passes no mark a second time."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2, policies_pb2

from services.charging.domain.events import CounterThresholdCrossed
from services.charging.domain.sessions.counting import counter_name
from services.charging.domain.state import Count
from services.common.kernel.clock import DAY, Instant
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import NOON, World, eur, report

DAILY = policies_pb2.Counter(
    code="daily",
    name="Daily",
    measure=policies_pb2.COUNTER_MEASURE_UNITS,
    period=policies_pb2.COUNTER_PERIOD_DAY,
    thresholds=[policies_pb2.CounterThreshold(mark=policies_pb2.CounterMark(units=100))],
)


def test_a_mark_is_told_once_though_a_report_comes_after_its_day_was_forgotten() -> None:
    world = World(
        tariff(
            offering("basic", price("data", DATA, per("0.01"))),
            tables=catalog_pb2.Catalog(counters=[DAILY]),
        )
    )
    world.open_account(money=eur("100.00"))
    late = world.session(report(DATA, 150, want=None))
    for days in (1, 2):
        world.clock.advance(86_400)
        tomorrow = Instant(NOON + days * DAY)
        world.session(report(DATA, 120, want=None), when=tomorrow).release(when=tomorrow)
    late.release(report(DATA, 130, want=None), when=Instant(NOON + 2 * DAY))

    told = [
        event.period
        for entry in world.entries
        for event in entry.events
        if isinstance(event, CounterThresholdCrossed)
    ]
    assert told == ["2026-03-02", "2026-03-03", "2026-03-04"]
    kept = world.state.counters["sub-1", counter_name("daily")]
    assert kept == (Count("2026-03-03", 120), Count("2026-03-04", 120))
    assert sum(charge.amount for charge in world.charges()) == eur("5.20")  # 150 + 120 + 120 + 130 cents
