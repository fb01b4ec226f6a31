"""What a price is made of: units, increments, steps, bounds, days, factors, concurrency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.catalog.domain.amounts import Amount
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.pricing import (
    Increments,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    Price,
    Step,
    TieredPrice,
    VolumePrice,
)
from services.common.kernel.money import parse_decimal
from services.common.kernel.quantity import EVENTS, MONEY


def price_findings(catalog: Catalog) -> Iterator[Finding]:
    """Everything about a single price but its amounts and the codes it names; and taxes."""
    for tax in catalog.taxes:
        numerator, denominator = parse_decimal(tax.percent)
        if not 0 <= numerator <= 100 * denominator:
            yield error(
                FindingReason.PERCENT_INVALID,
                f"taxes.{tax.code}.percent",
                f"{tax.percent} is not between 0 and 100",
            )
    for offering in catalog.offerings:
        for price in offering.prices:
            field = f"offerings.{offering.code}.prices.{price.code}"
            yield from _price(price, _units(catalog, price.rating_groups), field)


def _price(price: Price, units: Sequence[str], field: str) -> Iterator[Finding]:
    if len(units) > 1:
        yield error(
            FindingReason.PRICE_UNITS_MIXED,
            f"{field}.rating_groups",
            f"these rating groups count {' and '.join(units)}; make one price for each unit",
        )
    yield from _increments(price.increments, units, f"{field}.increments")
    yield from _model(price, units, field)
    yield from _bounds(price.minimum, price.maximum, field)
    yield from _dynamic(price, field)
    yield from _concurrency(price, field)
    if price.first_day and price.last_day and price.first_day > price.last_day:
        yield error(
            FindingReason.DAYS_INVALID,
            f"{field}.when.from",
            f"it begins on {price.first_day}, after its last day {price.last_day}",
        )


def _model(price: Price, units: Sequence[str], field: str) -> Iterator[Finding]:
    match price.model:
        case PerUnitPrice(_, per_units):
            yield from _per_units(per_units, f"{field}.per_unit.per")
        case PackagePrice(_, size):
            yield from _per_units(size, f"{field}.package.units")
        case TieredPrice(tiers, _):
            yield from _steps(tiers, f"{field}.tiered.tiers")
        case VolumePrice(steps, _):
            yield from _steps(steps, f"{field}.volume.steps")
        case PercentagePrice(percent):
            yield from _percentage(percent, units, f"{field}.percentage.percent")


def _percentage(percent: str, units: Sequence[str], field: str) -> Iterator[Finding]:
    if parse_decimal(percent)[0] <= 0:
        yield error(FindingReason.PERCENT_INVALID, field, f"{percent} is not above 0")
    if any(unit != MONEY for unit in units):
        yield error(
            FindingReason.PERCENTAGE_UNIT_DIFFERS,
            field,
            f"a percentage is of money, and these rating groups count {' and '.join(units)}",
        )


def _increments(increments: Increments | None, units: Sequence[str], field: str) -> Iterator[Finding]:
    if increments is None:
        return
    if increments.first_units < 1 or increments.next_units < 1:
        yield error(
            FindingReason.INCREMENTS_INVALID,
            field,
            "both increments are 1 unit or more; leave them out for 1 and 1",
        )
    elif list(units) == [EVENTS] and (increments.first_units, increments.next_units) != (1, 1):
        yield error(
            FindingReason.INCREMENTS_INVALID,
            field,
            "an event cannot be rounded up to several; leave `increments` out",
        )


def _per_units(per_units: int, field: str) -> Iterator[Finding]:
    if per_units < 1:
        yield error(FindingReason.PER_UNITS_INVALID, field, "a price is for 1 unit or more")


def _steps(steps: Sequence[Step], field: str) -> Iterator[Finding]:
    lower = 0
    for index, step in enumerate(steps):
        here = f"{field}.{index}"
        yield from _per_units(step.per_units, f"{here}.per")
        last = index == len(steps) - 1
        if step.up_to_units is None and not last:
            yield error(
                FindingReason.TIERS_INVALID, here, "only the last step may be without `up_to`; add one here"
            )
        elif step.up_to_units is not None and last:
            yield error(
                FindingReason.TIERS_INVALID,
                here,
                "the last step has no `up_to`: usage beyond it would have no price",
            )
        if step.up_to_units is not None:
            if step.up_to_units <= lower:
                yield error(
                    FindingReason.TIERS_INVALID,
                    here,
                    f"step {index + 1} ends at {step.up_to_units}, not above {lower}; put the steps in order",
                )
            lower = step.up_to_units
    if not steps:
        yield error(FindingReason.TIERS_INVALID, field, "a price in steps needs at least one step")


def _bounds(minimum: Amount | None, maximum: Amount | None, field: str) -> Iterator[Finding]:
    if minimum is None or maximum is None:
        return
    pairs = [(minimum.decimal, maximum.decimal)]
    pairs += [(item.decimal, maximum.in_other(item.currency_code) or item.decimal) for item in minimum.others]
    for least, most in pairs:
        if _exceeds(least, most):
            yield error(
                FindingReason.BOUNDS_INVALID, f"{field}.minimum", f"the minimum {least} is above {most}"
            )


def _exceeds(one: str, other: str) -> bool:
    (numerator, denominator), (bound, of) = parse_decimal(one), parse_decimal(other)
    return numerator * of > bound * denominator


def _dynamic(price: Price, field: str) -> Iterator[Finding]:
    factor = price.dynamic
    if factor is not None and not 0 < factor.minimum_permille <= factor.maximum_permille:
        yield error(
            FindingReason.DYNAMIC_INVALID,
            f"{field}.dynamic",
            f"{factor.minimum_permille} to {factor.maximum_permille} per mille: "
            "both are above 0, the minimum first",
        )


def _concurrency(price: Price, field: str) -> Iterator[Finding]:
    if price.concurrency is None:
        return
    if price.increments is not None:
        yield error(
            FindingReason.CONCURRENCY_INVALID,
            f"{field}.increments",
            f"{price.concurrency.value} at a time are counted one by one; leave `increments` out",
        )
    if price.dynamic is not None:
        yield error(
            FindingReason.CONCURRENCY_INVALID,
            f"{field}.dynamic",
            "a peak belongs to no single moment, so nothing can multiply its price; leave `dynamic` out",
        )
    if isinstance(price.model, PercentagePrice):
        yield error(
            FindingReason.CONCURRENCY_INVALID,
            field,
            "how many there are at a time is no money to take part of",
        )


def _units(catalog: Catalog, codes: Sequence[str]) -> list[str]:
    groups = catalog.rating_groups_by_code()
    return sorted({groups[code].unit for code in codes if code in groups})
