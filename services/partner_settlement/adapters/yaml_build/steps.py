"""Steps from their forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.common.runtime.yaml_figures import Size
from services.partner_settlement.adapters.yaml_build.fields import build_recipient
from services.partner_settlement.adapters.yaml_build.scope import Scope
from services.partner_settlement.adapters.yaml_form import steps as form
from services.partner_settlement.domain.agreements import (
    FixedStep,
    GuaranteeStep,
    PercentStep,
    PerUnitStep,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    TieredStep,
    UnitRate,
)
from services.partner_settlement.domain.decimals import fraction
from services.partner_settlement.domain.findings import FindingReason

_REVENUE = "revenue"


def build_step(scope: Scope, step: form.StepForm, field: str) -> Step:
    """A step of any model."""
    model = next(name for name in form.MODELS if getattr(step, name) is not None)
    return _BUILDERS[model](scope, step.code, getattr(step, model), f"{field}.{model}")


def _percent(scope: Scope, code: str, step: form.PercentForm, field: str) -> PercentStep:
    return PercentStep(
        code,
        build_recipient(step.to),
        fraction(step.percent),
        ShareOf(step.of),
        scope.minor(step.cap, f"{field}.cap"),
    )


def _per_unit(scope: Scope, code: str, step: form.PerUnitForm, field: str) -> PerUnitStep:
    unit, per_units = scope.units(step.per, f"{field}.per")
    return PerUnitStep(
        code,
        build_recipient(step.to),
        UnitRate(unit, per_units, scope.minor_micros(step.amount, f"{field}.amount")),
        scope.minor(step.cap, f"{field}.cap"),
    )


def _tiered(scope: Scope, code: str, step: form.TieredForm, field: str) -> TieredStep:
    unit = "" if step.by == _REVENUE else step.by
    return TieredStep(
        code,
        build_recipient(step.to),
        tuple(
            ShareTier(_end(scope, tier, unit, f"{field}.tiers.{index}.up_to"), fraction(tier.percent))
            for index, tier in enumerate(step.tiers)
        ),
        step.graduated,
        unit,
        ShareOf(step.of),
        scope.minor(step.cap, f"{field}.cap"),
    )


def _end(scope: Scope, tier: form.ShareTierForm, unit: str, field: str) -> int | None:
    end = tier.up_to
    if end is None:
        return None
    if isinstance(end, Size):
        if not unit:
            scope.problem(FindingReason.AMOUNT_INVALID, 'tiers of revenue end at an amount: "1000.00"', field)
        elif end.unit not in ("", unit):
            scope.problem(FindingReason.SIZE_INVALID, f"this is in {end.unit}; {unit} is counted here", field)
        return end.amount
    if unit:
        scope.problem(FindingReason.SIZE_INVALID, f"tiers of {unit} end at units: 500 {unit}", field)
        return 0
    return scope.tier_end(str(end), field)


def _fixed(scope: Scope, code: str, step: form.FixedForm, field: str) -> FixedStep:
    return FixedStep(code, build_recipient(step.to), scope.minor(step.amount, f"{field}.amount"))


def _split(_scope: Scope, code: str, step: list[form.WeightForm], _field: str) -> SplitStep:
    return SplitStep(code, tuple((build_recipient(share.to), fraction(share.weight)) for share in step))


def _remainder(_scope: Scope, code: str, step: form.RemainderForm, _field: str) -> RemainderStep:
    return RemainderStep(code, build_recipient(step.to))


def _guarantee(scope: Scope, code: str, step: form.GuaranteeForm, field: str) -> GuaranteeStep:
    return GuaranteeStep(code, step.party, scope.minor(step.amount, f"{field}.amount"))


_BUILDERS: dict[str, Callable[[Scope, str, Any, str], Step]] = {
    "percent": _percent,
    "tiered": _tiered,
    "fixed": _fixed,
    "per_unit": _per_unit,
    "split": _split,
    "remainder": _remainder,
    "guarantee": _guarantee,
}
