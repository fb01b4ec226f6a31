"""Numbers that contradict each other or cannot be charged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from services.catalog.domain.catalog import (
    Allowance,
    Catalog,
    FlatPrice,
    Increments,
    PerUnitPrice,
    Price,
    RatingGroup,
    Tier,
    TieredPrice,
)
from services.catalog.domain.findings import Finding, FindingReason, error
from services.common.kernel.money import MAX_MINOR_MICROS, Currency, currency, parse_decimal
from services.common.kernel.quantity import EVENTS


def figure_findings(catalog: Catalog) -> Iterator[Finding]:
    """Amounts, increments, steps, quotas, thresholds and allowances."""
    if catalog.low_balance_minor_micros is not None and catalog.low_balance_minor_micros < 0:
        yield error(
            FindingReason.AMOUNT_NEGATIVE, "low_balance_threshold", "prepaid money does not fall below 0.00"
        )
    for group in catalog.rating_groups:
        yield from _quota(group, f"rating_groups.{group.code}.quota")
    for offering in catalog.offerings:
        for price in offering.prices:
            yield from _price(catalog, price, f"offerings.{offering.code}.prices.{price.code}")
        for allowance in offering.allowances:
            field = f"offerings.{offering.code}.allowances.{allowance.code}"
            yield from _allowance(catalog, allowance, field)


def _quota(group: RatingGroup, field: str) -> Iterator[Finding]:
    quota = group.quota
    if not 0 < quota.minimum_units <= quota.initial_units <= quota.maximum_units:
        yield error(
            FindingReason.QUOTA_INVALID,
            field,
            f"minimum {quota.minimum_units}, initial {quota.initial_units}, maximum {quota.maximum_units}: "
            "they must be above 0 and ascend in this order",
        )
    if quota.maximum_validity_seconds < 1:
        yield error(
            FindingReason.QUOTA_INVALID,
            f"{field}.maximum_validity",
            "a grant must be valid for a second at least; write 1 h, for example",
        )


def _price(catalog: Catalog, price: Price, field: str) -> Iterator[Finding]:
    money = _currency(catalog)
    units = _units(catalog, price.rating_groups)
    if len(units) > 1:
        yield error(
            FindingReason.PRICE_UNITS_MIXED,
            f"{field}.rating_groups",
            f"these rating groups count {' and '.join(units)}; make one price for each unit",
        )
    yield from _increments(price.increments, units, f"{field}.increments")
    model = price.model
    if isinstance(model, FlatPrice):
        yield from _amount(model.amount, money, f"{field}.flat.amount", exact=True)
    elif isinstance(model, PerUnitPrice):
        yield from _amount(model.amount, money, f"{field}.per_unit.amount")
        yield from _per_units(model.per_units, f"{field}.per_unit.per")
    elif isinstance(model, TieredPrice):
        yield from _tiers(model.tiers, money, f"{field}.tiered.tiers")


def _amount(text: str, money: Currency | None, field: str, exact: bool = False) -> Iterator[Finding]:
    numerator, denominator = parse_decimal(text)
    if numerator < 0:
        yield error(
            FindingReason.AMOUNT_NEGATIVE,
            field,
            f"{text} is negative; a price is 0 or more (or `free: true`)",
        )
    if money is None:
        return
    micros, rest = divmod(numerator * money.micros_per_unit, denominator)
    if exact and rest:
        yield error(
            FindingReason.AMOUNT_TOO_FINE,
            field,
            f"{text} is finer than a millionth of a minor unit of {money.code}; write fewer digits",
        )
    if micros > MAX_MINOR_MICROS:
        yield error(FindingReason.AMOUNT_INVALID, field, f"{text} is more than a balance can hold")


def _per_units(per_units: int, field: str) -> Iterator[Finding]:
    if per_units < 1:
        yield error(FindingReason.PER_UNITS_INVALID, field, "a price is for 1 unit or more")


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


def _tiers(tiers: Sequence[Tier], money: Currency | None, field: str) -> Iterator[Finding]:
    lower = 0
    for index, tier in enumerate(tiers):
        here = f"{field}.{index}"
        yield from _amount(tier.amount, money, f"{here}.amount")
        yield from _per_units(tier.per_units, f"{here}.per")
        last = index == len(tiers) - 1
        if tier.up_to_units is None and not last:
            yield error(
                FindingReason.TIERS_INVALID, here, "only the last step may be without `up_to`; add one here"
            )
        elif tier.up_to_units is not None and last:
            yield error(
                FindingReason.TIERS_INVALID,
                here,
                "the last step has no `up_to`: usage beyond it would have no price",
            )
        if tier.up_to_units is not None:
            if tier.up_to_units <= lower:
                yield error(
                    FindingReason.TIERS_INVALID,
                    here,
                    f"step {index + 1} ends at {tier.up_to_units}, not above {lower}; put the steps in order",
                )
            lower = tier.up_to_units
    if not tiers:
        yield error(FindingReason.TIERS_INVALID, field, "a tiered price needs at least one step")


def _allowance(catalog: Catalog, allowance: Allowance, field: str) -> Iterator[Finding]:
    if allowance.amount < 1 or not allowance.rating_groups:
        yield error(
            FindingReason.ALLOWANCE_EMPTY, field, "an allowance brings 1 unit or more for some rating group"
        )
    groups = catalog.rating_groups_by_code()
    for code in allowance.rating_groups:
        if code in groups and groups[code].unit != allowance.unit:
            yield error(
                FindingReason.ALLOWANCE_UNIT_DIFFERS,
                f"{field}.amount",
                f"the allowance is in {allowance.unit} and {code} is counted in {groups[code].unit}",
            )
    thresholds = allowance.thresholds_percent
    ascending = all(a < b for a, b in pairwise(thresholds))
    if not ascending or any(not 1 <= percent <= 100 for percent in thresholds):
        yield error(
            FindingReason.THRESHOLDS_INVALID,
            f"{field}.thresholds_percent",
            f"{', '.join(map(str, thresholds))}: thresholds ascend and lie between 1 and 100",
        )


def _units(catalog: Catalog, codes: Sequence[str]) -> list[str]:
    groups = catalog.rating_groups_by_code()
    return sorted({groups[code].unit for code in codes if code in groups})


def _currency(catalog: Catalog) -> Currency | None:
    try:
        return currency(catalog.currency_code)
    except ValueError:
        return None
