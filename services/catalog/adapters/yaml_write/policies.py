"""Counters and velocity limits as they are written."""

from __future__ import annotations

from services.catalog.adapters.yaml_write.circumstances import write_conditions
from services.catalog.adapters.yaml_write.pen import Pen
from services.catalog.domain.policies import Counter, Mark, VelocityLimit
from services.common.kernel.quantity import SECONDS
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import filled


def write_counter(pen: Pen, counter: Counter) -> Tree:
    """A counter."""
    unit = pen.unit_of(counter.rating_groups)
    return filled(
        name=counter.name,
        measure=counter.measure.value,
        period=counter.period.value,
        rating_groups=list(counter.rating_groups),
        when=write_conditions(counter.conditions),
        thresholds=[_mark(pen, item.mark, unit) | filled(status=item.status) for item in counter.thresholds],
        cap=None if counter.cap is None else _mark(pen, counter.cap, unit),
        liftable=counter.liftable,
        shared=counter.shared,
    )


def write_velocity_limit(pen: Pen, limit: VelocityLimit) -> Tree:
    """A limit on requests."""
    return filled(
        name=limit.name,
        subject=limit.subject.value,
        request=limit.request.value,
        maximum_requests=limit.maximum_requests,
        window=pen.size(limit.window_seconds, SECONDS),
    )


def _mark(pen: Pen, mark: Mark, unit: str) -> dict[str, Tree]:
    return {"units": pen.size(mark, unit)} if isinstance(mark, int) else {"amount": pen.amount(mark)}
