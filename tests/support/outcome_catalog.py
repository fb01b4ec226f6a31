"""A small catalog that charges outcomes, and counts what is spent."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.catalog.v1 import catalog_pb2, policies_pb2

from services.charging.domain.rating.tariff import Tariff
from tests.support.charging_catalog import DATA, TEXT, VOICE, group, offering, per, price, tariff
from tests.support.charging_models import exact

OUTCOME = 40
"""Rating group of outcomes delivered."""


def counter(
    code: str,
    *,
    units: bool = False,
    cap: int | str | None = None,
    liftable: bool = False,
    shared: bool = False,
    rating_groups: Iterable[int] = (),
    thresholds: Iterable[tuple[int | str, str]] = (),
    period: policies_pb2.CounterPeriod.ValueType = policies_pb2.COUNTER_PERIOD_MONTH,
) -> policies_pb2.Counter:
    """Counts money unless `units`; marks are units (int) or amounts (text), with a status or ''."""
    return policies_pb2.Counter(
        code=code,
        name=code,
        measure=policies_pb2.COUNTER_MEASURE_UNITS if units else policies_pb2.COUNTER_MEASURE_MONEY,
        period=period,
        cap=None if cap is None else _mark(cap),
        liftable=liftable,
        shared=shared,
        rating_groups=rating_groups,
        thresholds=[
            policies_pb2.CounterThreshold(mark=_mark(mark), status=status) for mark, status in thresholds
        ],
    )


def _mark(value: int | str) -> policies_pb2.CounterMark:
    if isinstance(value, int):
        return policies_pb2.CounterMark(units=value)
    return policies_pb2.CounterMark(amount=exact(value))


def policies(
    *counters: policies_pb2.Counter, limits: Iterable[policies_pb2.VelocityLimit] = ()
) -> catalog_pb2.Catalog:
    """The policies alone, to be merged into a catalog."""
    return catalog_pb2.Catalog(counters=counters, velocity_limits=limits)


def spending_tariff(*counters: policies_pb2.Counter) -> Tariff:
    """`basic`: a cent for an octet or a second, seven cents for a message, five euros for an outcome."""
    outcomes = group(OUTCOME, unit="events")
    outcomes.outcome = True
    return tariff(
        offering(
            "basic",
            price("data", DATA, per("0.01")),
            price("voice", VOICE, per("0.01")),
            price("text", TEXT, per("0.07")),
            price("outcome", OUTCOME, per("5.00")),
        ),
        groups=[outcomes],
        tables=policies(*counters),
    )
