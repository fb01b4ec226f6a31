"""Prices, taxes and fees as they are written."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.yaml_write.circumstances import write_conditions
from services.catalog.adapters.yaml_write.pen import Pen
from services.catalog.domain.offerings import Fee
from services.catalog.domain.pricing import (
    DynamicFactor,
    FlatPrice,
    FreePrice,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    Price,
    Step,
    Tax,
    TieredPrice,
    VolumePrice,
)
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import filled


def write_tax(tax: Tax) -> Tree:
    """A tax."""
    return {"name": tax.name, "percent": tax.percent, "inclusive": tax.inclusive}


def write_fee(pen: Pen, fee: Fee) -> Tree:
    """A fee."""
    promoted = fee.promotion_periods or fee.promotion_percent
    return filled(
        name=fee.name,
        kind=fee.kind.value,
        amount=pen.amount(fee.amount),
        prorated=fee.prorated,
        tax=fee.tax,
        promotion={"periods": fee.promotion_periods, "percent": fee.promotion_percent} if promoted else None,
        suspends=fee.suspends,
    )


def write_price(pen: Pen, price: Price) -> Tree:
    """A price."""
    unit = pen.unit_of(price.rating_groups)
    increments = price.increments
    return filled(
        name=price.name,
        rating_groups=list(price.rating_groups),
        when=_when(price),
        precedence=price.precedence or None,
        increments=None
        if increments is None
        else {
            "first": pen.size(increments.first_units, unit),
            "next": pen.size(increments.next_units, unit),
        },
        **_model(pen, price, unit),
        minimum=pen.optional_amount(price.minimum),
        maximum=pen.optional_amount(price.maximum),
        tax=price.tax,
        dynamic=_dynamic(price.dynamic) if price.dynamic else None,
        concurrency=price.concurrency.value if price.concurrency else None,
    )


def _when(price: Price) -> Tree:
    when: dict[str, Tree] = write_conditions(price.conditions) | filled(time_band=price.time_band)
    if price.first_day is not None:
        when["from"] = price.first_day.isoformat()
    if price.last_day is not None:
        when["until"] = price.last_day.isoformat()
    return when


def _dynamic(factor: DynamicFactor) -> Tree:
    return {
        "expression": factor.expression,
        "minimum_permille": factor.minimum_permille,
        "maximum_permille": factor.maximum_permille,
    }


def _model(pen: Pen, price: Price, unit: str) -> dict[str, Tree]:
    match price.model:
        case FlatPrice(amount):
            return {"flat": {"amount": pen.amount(amount)}}
        case PerUnitPrice(amount, per_units):
            return {"per_unit": {"amount": pen.amount(amount), "per": pen.size(per_units, unit)}}
        case PackagePrice(amount, units):
            return {"package": {"amount": pen.amount(amount), "units": pen.size(units, unit)}}
        case PercentagePrice(percent):
            return {"percentage": {"percent": percent}}
        case FreePrice():
            return {"free": True}
        case stepped:
            return _stepped(pen, stepped, unit)


def _stepped(pen: Pen, model: TieredPrice | VolumePrice, unit: str) -> dict[str, Tree]:
    if isinstance(model, TieredPrice):
        return {"tiered": {"scope": model.scope.value, "tiers": _steps(pen, model.tiers, unit)}}
    return {"volume": {"scope": model.scope.value, "steps": _steps(pen, model.steps, unit)}}


def _steps(pen: Pen, steps: Sequence[Step], unit: str) -> Tree:
    return [
        filled(
            up_to=None if step.up_to_units is None else pen.size(step.up_to_units, unit),
            amount=pen.amount(step.amount),
            per=pen.size(step.per_units, unit),
        )
        for step in steps
    ]
