"""Counters and velocity limits from their forms."""

from __future__ import annotations

from services.catalog.adapters.yaml_build.circumstances import build_conditions
from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_form import policies as form
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.policies import (
    Counter,
    CounterMeasure,
    CounterPeriod,
    CounterThreshold,
    Mark,
    VelocityLimit,
    VelocityRequest,
    VelocitySubject,
)
from services.common.kernel.quantity import SECONDS

_LONGEST_WINDOW_SECONDS = 31 * 86_400


def build_counter(scope: Scope, code: str, counter: form.CounterForm) -> Counter:
    """A counter."""
    field = f"counters.{code}"
    rating_groups = scope.rating_groups(counter.rating_groups, counter.services, field, needed=False)
    unit = scope.common_unit(rating_groups)
    return Counter(
        code=code,
        name=counter.name,
        measure=CounterMeasure(counter.measure),
        period=CounterPeriod(counter.period),
        rating_groups=rating_groups,
        conditions=build_conditions(scope, counter.when, (), field),
        thresholds=tuple(
            CounterThreshold(_mark(scope, item, unit, f"{field}.thresholds.{index}"), item.status or "")
            for index, item in enumerate(counter.thresholds)
        ),
        cap=_mark(scope, counter.cap, unit, f"{field}.cap") if counter.cap else None,
        liftable=counter.liftable,
        shared=counter.shared,
    )


def build_velocity_limit(scope: Scope, code: str, limit: form.VelocityLimitForm) -> VelocityLimit:
    """A limit on requests."""
    field = f"velocity_limits.{code}.window"
    window_seconds = scope.units(limit.window, SECONDS, field)
    if window_seconds > _LONGEST_WINDOW_SECONDS:
        scope.problem(FindingReason.SIZE_INVALID, "a window is at most 31 days long; write 24 h", field)
    return VelocityLimit(
        code=code,
        name=limit.name,
        subject=VelocitySubject(limit.subject),
        request=VelocityRequest(limit.request),
        maximum_requests=limit.maximum_requests,
        window_seconds=window_seconds,
    )


def _mark(scope: Scope, mark: form.MarkForm, unit: str, field: str) -> Mark:
    """Units or an amount; the form lets through exactly one."""
    if mark.amount is not None:
        return scope.amount(mark.amount, f"{field}.amount")
    return scope.units(mark.units, unit, f"{field}.units") if mark.units is not None else 0
