"""Counters and velocity limits."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from services.catalog.domain.amounts import Amount
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.policies import Counter, CounterMeasure, Mark
from services.common.kernel.money import parse_decimal


def policy_findings(catalog: Catalog) -> Iterator[Finding]:
    """Counters that count apples and pears or mark nothing; limits that let nothing pass."""
    groups = catalog.rating_groups_by_code()
    for counter in catalog.counters:
        field = f"counters.{counter.code}"
        units = {groups[code].unit for code in counter.rating_groups or groups if code in groups}
        if counter.measure is CounterMeasure.UNITS and len(units) > 1:
            yield error(
                FindingReason.COUNTER_UNITS_MIXED,
                f"{field}.rating_groups",
                f"its rating groups count {' and '.join(sorted(units))}; name those of one unit",
            )
        yield from _marks(counter, field)
    for limit in catalog.velocity_limits:
        if limit.maximum_requests < 1 or limit.window_seconds < 1:
            yield error(
                FindingReason.VELOCITY_LIMIT_INVALID,
                f"velocity_limits.{limit.code}",
                f"{limit.maximum_requests} requests in {limit.window_seconds} s: both must be 1 or more",
            )


def _marks(counter: Counter, field: str) -> Iterator[Finding]:
    is_money = counter.measure is CounterMeasure.MONEY
    for place, mark in counter.marks():
        if isinstance(mark, Amount) is not is_money:
            wanted = "`amount`" if is_money else "`units`"
            yield error(
                FindingReason.COUNTER_MARK_INVALID,
                f"{field}.{place}",
                f"the counter measures {counter.measure.value}; write its mark as {wanted}",
            )
            return
    if not counter.marks():
        yield error(
            FindingReason.COUNTER_EMPTY,
            field,
            "it tells nothing and stops nothing; add `thresholds` or a `cap`",
        )
    values = [_value(threshold.mark) for threshold in counter.thresholds]
    if any(value <= 0 for value in values) or any(one >= other for one, other in pairwise(values)):
        yield error(
            FindingReason.COUNTER_THRESHOLDS_INVALID,
            f"{field}.thresholds",
            "thresholds are above 0 and ascend; put them in order",
        )
    if counter.cap is not None and _value(counter.cap) <= 0:
        yield error(FindingReason.COUNTER_THRESHOLDS_INVALID, f"{field}.cap", "a cap is above 0")
    if counter.liftable and counter.cap is None:
        yield error(
            FindingReason.COUNTER_LIFTABLE_INVALID, f"{field}.liftable", "there is no cap to lift; add one"
        )


def _value(mark: Mark) -> Fraction:
    """A mark for comparing with others of the same counter, exact."""
    return Fraction(mark) if isinstance(mark, int) else Fraction(*parse_decimal(mark.decimal))
