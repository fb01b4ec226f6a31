"""Counters and velocity limits of a catalog version, as charging reads them."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2, policies_pb2
from tidemark.catalog.v1.circumstances_pb2 import Conditions

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.policies import CounterPeriod, VelocityLimit, VelocityRequest
from services.charging.domain.rating.tariff import Tariff, TariffError
from tests.support.charging_catalog import DATA, VIDEO, VOICE, tariff
from tests.support.charging_models import exact
from tests.support.rated import amount


def _units(mark: int) -> policies_pb2.CounterMark:
    return policies_pb2.CounterMark(units=mark)


FAIR_USE = policies_pb2.Counter(
    code="fair-use",
    name="Fair use",
    rating_groups=[DATA, VIDEO],
    zones=["home"],
    conditions=Conditions(segments=["student"]),
    measure=policies_pb2.COUNTER_MEASURE_UNITS,
    period=policies_pb2.COUNTER_PERIOD_WEEK,
    thresholds=[
        policies_pb2.CounterThreshold(mark=_units(80), status="warned"),
        policies_pb2.CounterThreshold(mark=_units(90)),
        policies_pb2.CounterThreshold(mark=_units(100), status="throttled"),
    ],
)
CAP = policies_pb2.Counter(
    code="cap",
    measure=policies_pb2.COUNTER_MEASURE_MONEY,
    period=policies_pb2.COUNTER_PERIOD_MONTH,
    cap=policies_pb2.CounterMark(amount=exact("59.50")),
    liftable=True,
    shared=True,
)


def _with(*counters: policies_pb2.Counter, limits: tuple[policies_pb2.VelocityLimit, ...] = ()) -> Tariff:
    return tariff(tables=catalog_pb2.Catalog(counters=counters, velocity_limits=limits))


@pytest.mark.parametrize(
    ("rating_group", "under", "counted"),
    [
        (DATA, Circumstances(zone="home", segment="student"), True),
        (VIDEO, Circumstances(zone="home", segment="student"), True),
        (VOICE, Circumstances(zone="home", segment="student"), False),
        (DATA, Circumstances(zone="eu", segment="student"), False),
        (DATA, Circumstances(zone="home", segment="senior"), False),
    ],
)
def test_a_counter_counts_what_meets_its_conditions(
    rating_group: int, under: Circumstances, counted: bool
) -> None:
    (counter,) = _with(FAIR_USE).counters
    assert counter.counts(rating_group, under) is counted


@pytest.mark.parametrize(
    ("value", "status"),
    [(0, ""), (79, ""), (80, "warned"), (95, "warned"), (100, "throttled"), (10**9, "throttled")],
)
def test_the_status_is_that_of_the_highest_mark_reached(value: int, status: str) -> None:
    (counter,) = _with(FAIR_USE).counters
    assert counter.status(value) == status


def test_a_counter_without_rating_groups_counts_all_and_may_cap_money() -> None:
    (counter,) = _with(CAP).counters
    assert counter.counts(VOICE, Circumstances(zone="us"))
    assert (counter.is_money, counter.cap, counter.liftable, counter.shared) == (
        True,
        amount("59.50"),
        True,
        True,
    )
    assert counter.period is CounterPeriod.MONTH


def test_a_cap_of_nothing_is_a_cap() -> None:
    made = policies_pb2.Counter()
    made.CopyFrom(FAIR_USE)
    made.cap.units = 0
    made.cap.SetInParent()
    assert _with(made).counters[0].cap == 0
    assert _with(FAIR_USE).counters[0].cap is None


def test_a_velocity_limit_is_read_as_it_stands() -> None:
    limit = policies_pb2.VelocityLimit(
        code="bursts",
        subject=policies_pb2.VELOCITY_SUBJECT_ELEMENT,
        request=policies_pb2.VELOCITY_REQUEST_EVENT,
        maximum_requests=100,
        window_seconds=60,
    )
    assert _with(limits=(limit,)).velocity_limits == (
        VelocityLimit("bursts", True, VelocityRequest.EVENT, 100, 60),
    )


def _changed(**fields: object) -> policies_pb2.Counter:
    made = policies_pb2.Counter()
    made.CopyFrom(FAIR_USE)
    made.MergeFrom(policies_pb2.Counter(**fields))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("counter", "field"),
    [
        (policies_pb2.Counter(code="c", period=policies_pb2.COUNTER_PERIOD_DAY), "counters.c.measure"),
        (policies_pb2.Counter(code="c", measure=policies_pb2.COUNTER_MEASURE_UNITS), "counters.c.period"),
        (
            _changed(thresholds=[policies_pb2.CounterThreshold(mark=_units(100))]),
            "counters.fair-use.thresholds",
        ),
        (_changed(cap=_units(-1)), "counters.fair-use.cap"),
    ],
)
def test_a_counter_that_makes_no_sense_is_refused(counter: policies_pb2.Counter, field: str) -> None:
    with pytest.raises(TariffError) as refused:
        _with(counter)
    assert refused.value.field == field


def test_a_velocity_limit_without_window_is_refused() -> None:
    with pytest.raises(TariffError) as refused:
        _with(limits=(policies_pb2.VelocityLimit(code="bursts", maximum_requests=3),))
    assert refused.value.reason == "VELOCITY_LIMIT_INVALID"
