"""When a play begins that does not say so: this week's Monday, or as soon as there are prices."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2

from services.cli.replay.live_catalog import monday_of, usual_start
from tests.support.charging_world import at


@pytest.mark.parametrize(
    "now", ["2026-11-23 00:00", "2026-11-23 07:59", "2026-11-25 12:00", "2026-11-29 23:59:59.999999"]
)
def test_it_is_a_monday_morning_of_the_present_week(now: str) -> None:
    assert monday_of(at(now, "UTC")) == at("2026-11-23 08:00", "UTC")


def test_younger_prices_are_waited_for() -> None:
    now = at("2026-11-25 12:00", "UTC")
    old, young = (
        catalog_api_pb2.CatalogVersion(effective_from=Timestamp(seconds=at(text, "UTC") // 1_000_000))
        for text in ("2026-01-01 00:00", "2026-11-24 15:00")
    )
    assert usual_start([old, young], now) == at("2026-11-23 08:00", "UTC")
    assert usual_start([young], now) == at("2026-11-25 08:00", "UTC")
