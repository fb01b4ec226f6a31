"""The catalog's counters and velocity limits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tidemark.catalog.v1 import policies_pb2

from services.charging.adapters.tariff_places import conditions
from services.charging.adapters.tariff_values import Amounts, NotSoldError, choice
from services.charging.domain.rating.policies import (
    Counter,
    CounterPeriod,
    CounterThreshold,
    VelocityLimit,
    VelocityRequest,
)
from services.charging.domain.rating.tariff import TariffError

_PERIODS = {
    policies_pb2.COUNTER_PERIOD_DAY: CounterPeriod.DAY,
    policies_pb2.COUNTER_PERIOD_WEEK: CounterPeriod.WEEK,
    policies_pb2.COUNTER_PERIOD_MONTH: CounterPeriod.MONTH,
}
_IS_MONEY = {policies_pb2.COUNTER_MEASURE_UNITS: False, policies_pb2.COUNTER_MEASURE_MONEY: True}
_PER_ELEMENT = {
    policies_pb2.VELOCITY_SUBJECT_SUBSCRIBER: False,
    policies_pb2.VELOCITY_SUBJECT_ELEMENT: True,
}
_REQUESTS = {
    policies_pb2.VELOCITY_REQUEST_SESSION: VelocityRequest.SESSION,
    policies_pb2.VELOCITY_REQUEST_EVENT: VelocityRequest.EVENT,
}


def counters(messages: Iterable[policies_pb2.Counter], amounts: Amounts) -> tuple[Counter, ...]:
    """All counters. Raises TariffError COUNTER_INVALID, and AMOUNT_MISSING.

    A cap protects the customer, so a counter of money must give its marks in
    every currency: it is not left out silently where one is missing.
    """
    return tuple(_counter(message, amounts) for message in messages)


def velocity_limits(messages: Iterable[policies_pb2.VelocityLimit]) -> tuple[VelocityLimit, ...]:
    """All velocity limits. Raises TariffError VELOCITY_LIMIT_INVALID."""
    return tuple(_velocity_limit(message) for message in messages)


def _counter(message: policies_pb2.Counter, amounts: Amounts) -> Counter:
    field = f"counters.{message.code}"
    is_money = choice(_IS_MONEY, message.measure, f"{field}.measure")
    thresholds = tuple(
        CounterThreshold(_mark(item.mark, is_money, amounts, f"{field}.thresholds"), item.status)
        for item in message.thresholds
    )
    if any(lower.mark >= upper.mark for lower, upper in pairwise(thresholds)):
        raise TariffError("COUNTER_INVALID", f"{field}.thresholds", "thresholds ascend")
    return Counter(
        code=message.code,
        name=message.name,
        is_money=is_money,
        period=choice(_PERIODS, message.period, f"{field}.period"),
        thresholds=thresholds,
        cap=_mark(message.cap, is_money, amounts, f"{field}.cap") if message.HasField("cap") else None,
        liftable=message.liftable,
        shared=message.shared,
        rating_groups=frozenset(message.rating_groups),
        conditions=conditions(message.zones, message.conditions),
    )


def _mark(mark: policies_pb2.CounterMark, is_money: bool, amounts: Amounts, field: str) -> int:
    if is_money:
        try:
            return amounts.whole(mark.amount, field)
        except NotSoldError as error:
            raise TariffError(
                "AMOUNT_MISSING", field, f"a counter of money needs its marks in {amounts.currency.code} too"
            ) from error
    if mark.units < 0:
        raise TariffError("COUNTER_INVALID", field, "a mark is at least 0")
    return mark.units


def _velocity_limit(message: policies_pb2.VelocityLimit) -> VelocityLimit:
    field = f"velocity_limits.{message.code}"
    if not message.maximum_requests or not message.window_seconds:
        raise TariffError("VELOCITY_LIMIT_INVALID", field, "requests and window are at least 1")
    return VelocityLimit(
        code=message.code,
        per_element=choice(_PER_ELEMENT, message.subject, f"{field}.subject"),
        request=choice(_REQUESTS, message.request, f"{field}.request"),
        maximum_requests=message.maximum_requests,
        window_seconds=message.window_seconds,
    )
