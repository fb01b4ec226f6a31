"""Prices, taxes and fees from their forms."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.yaml_build.circumstances import build_conditions
from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_form import pricing as form
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.offerings import Fee, FeeKind
from services.catalog.domain.pricing import (
    Concurrency,
    CountingScope,
    DynamicFactor,
    FlatPrice,
    FreePrice,
    Increments,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    Price,
    PriceModel,
    Step,
    Tax,
    TieredPrice,
    VolumePrice,
)


def build_tax(code: str, tax: form.TaxForm) -> Tax:
    """A tax."""
    return Tax(code, tax.name, tax.percent, tax.inclusive)


def build_fee(scope: Scope, code: str, fee: form.FeeForm, field: str) -> Fee:
    """A fee."""
    promotion = fee.promotion
    return Fee(
        code=code,
        name=fee.name,
        amount=scope.amount(fee.amount, f"{field}.amount"),
        kind=FeeKind(fee.kind),
        prorated=fee.prorated,
        tax=fee.tax or "",
        promotion_periods=promotion.periods if promotion else 0,
        promotion_percent=promotion.percent if promotion else 0,
        suspends=fee.suspends,
    )


def build_price(scope: Scope, code: str, price: form.PriceForm, field: str) -> Price:
    """A price."""
    rating_groups = scope.rating_groups(price.rating_groups, price.services, field)
    unit = scope.common_unit(rating_groups)
    when, increments, dynamic = price.when, price.increments, price.dynamic
    if price.time_band and when and when.time_band:
        scope.problem(
            FindingReason.CONDITION_TWICE,
            "give `time_band` here or under `when`, not both",
            f"{field}.time_band",
        )
    return Price(
        code=code,
        name=price.name,
        rating_groups=rating_groups,
        model=_model(scope, price, unit, field),
        conditions=build_conditions(scope, when, price.zones, field),
        time_band=price.time_band or (when.time_band if when else None) or "",
        first_day=when.from_ if when else None,
        last_day=when.until if when else None,
        precedence=price.precedence,
        increments=Increments(
            scope.units(increments.first, unit, f"{field}.increments.first"),
            scope.units(increments.next, unit, f"{field}.increments.next"),
        )
        if increments
        else None,
        minimum=scope.optional_amount(price.minimum, f"{field}.minimum"),
        maximum=scope.optional_amount(price.maximum, f"{field}.maximum"),
        tax=price.tax or "",
        dynamic=DynamicFactor(dynamic.expression, dynamic.minimum_permille, dynamic.maximum_permille)
        if dynamic
        else None,
        concurrency=Concurrency(price.concurrency) if price.concurrency else None,
    )


def _model(scope: Scope, price: form.PriceForm, unit: str, field: str) -> PriceModel:
    if price.flat is not None:
        return FlatPrice(scope.amount(price.flat.amount, f"{field}.flat.amount"))
    if price.per_unit is not None:
        per = scope.units(price.per_unit.per, unit, f"{field}.per_unit.per")
        return PerUnitPrice(scope.amount(price.per_unit.amount, f"{field}.per_unit.amount"), per)
    if price.package is not None:
        units = scope.units(price.package.units, unit, f"{field}.package.units")
        return PackagePrice(scope.amount(price.package.amount, f"{field}.package.amount"), units)
    if price.percentage is not None:
        return PercentagePrice(price.percentage.percent)
    return _stepped(scope, price, unit, field)


def _stepped(scope: Scope, price: form.PriceForm, unit: str, field: str) -> PriceModel:
    if price.tiered is not None:
        tiers = _steps(scope, price.tiered.tiers, unit, f"{field}.tiered.tiers")
        return TieredPrice(tiers, CountingScope(price.tiered.scope))
    if price.volume is not None:
        steps = _steps(scope, price.volume.steps, unit, f"{field}.volume.steps")
        return VolumePrice(steps, CountingScope(price.volume.scope))
    return FreePrice()


def _steps(scope: Scope, steps: Sequence[form.StepForm], unit: str, field: str) -> tuple[Step, ...]:
    return tuple(_step(scope, step, unit, f"{field}.{index}") for index, step in enumerate(steps))


def _step(scope: Scope, step: form.StepForm, unit: str, field: str) -> Step:
    up_to = None if step.up_to is None else scope.units(step.up_to, unit, f"{field}.up_to")
    amount = scope.amount(step.amount, f"{field}.amount")
    return Step(up_to, amount, scope.units(step.per, unit, f"{field}.per"))
