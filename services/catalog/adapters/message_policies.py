"""Counters and velocity limits as protobuf."""

from __future__ import annotations

from collections.abc import Mapping

from tidemark.catalog.v1 import policies_pb2

from services.catalog.adapters.message_circumstances import conditions_message
from services.catalog.adapters.message_pricing import amount_message
from services.catalog.adapters.message_tables import (
    COUNTER_MEASURE,
    COUNTER_PERIOD,
    VELOCITY_REQUEST,
    VELOCITY_SUBJECT,
)
from services.catalog.domain.policies import Counter, Mark, VelocityLimit


def counter_message(counter: Counter, numbers: Mapping[str, int]) -> policies_pb2.Counter:
    """A counter. `numbers`: rating groups by code."""
    return policies_pb2.Counter(
        code=counter.code,
        name=counter.name,
        rating_groups=sorted(numbers[code] for code in counter.rating_groups),
        zones=counter.conditions.zones,
        conditions=conditions_message(counter.conditions),
        measure=COUNTER_MEASURE[counter.measure],
        period=COUNTER_PERIOD[counter.period],
        thresholds=[
            policies_pb2.CounterThreshold(mark=_mark(threshold.mark), status=threshold.status)
            for threshold in counter.thresholds
        ],
        cap=None if counter.cap is None else _mark(counter.cap),
        liftable=counter.liftable,
        shared=counter.shared,
    )


def velocity_limit_message(limit: VelocityLimit) -> policies_pb2.VelocityLimit:
    """A limit on requests."""
    return policies_pb2.VelocityLimit(
        code=limit.code,
        name=limit.name,
        subject=VELOCITY_SUBJECT[limit.subject],
        request=VELOCITY_REQUEST[limit.request],
        maximum_requests=limit.maximum_requests,
        window_seconds=limit.window_seconds,
    )


def _mark(mark: Mark) -> policies_pb2.CounterMark:
    if isinstance(mark, int):
        return policies_pb2.CounterMark(units=mark)
    return policies_pb2.CounterMark(amount=amount_message(mark))
