"""Offerings and allowances from their forms."""

from __future__ import annotations

from services.catalog.adapters.yaml_build.circumstances import build_conditions
from services.catalog.adapters.yaml_build.pricing import build_fee, build_price
from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_form import offerings as form
from services.catalog.domain.findings import FindingReason
from services.catalog.domain.offerings import (
    Allowance,
    BundleChoice,
    ExistingSubscribers,
    Offering,
    OfferingKind,
    PaymentMode,
    Period,
    Rollover,
    Trial,
)


def build_offering(scope: Scope, code: str, offering: form.OfferingForm) -> Offering:
    """An offering."""
    here = f"offerings.{code}"
    period, trial = offering.period, offering.trial
    return Offering(
        code=code,
        name=offering.name,
        description=offering.description,
        kind=OfferingKind(offering.kind),
        precedence=offering.precedence,
        payment_mode=PaymentMode(offering.payment_mode) if offering.payment_mode else None,
        existing_subscribers=ExistingSubscribers(offering.existing_subscribers),
        prices=tuple(
            build_price(scope, name, price, f"{here}.prices.{name}")
            for name, price in sorted(offering.prices.items())
        ),
        allowances=tuple(
            _allowance(scope, name, allowance, f"{here}.allowances.{name}")
            for name, allowance in sorted(offering.allowances.items())
        ),
        fees=tuple(
            build_fee(scope, name, fee, f"{here}.fees.{name}") for name, fee in sorted(offering.fees.items())
        ),
        period=Period(period.months, period.days, period.calendar) if period else None,
        trial=Trial(trial.days, trial.ends) if trial else None,
        validity_days=offering.validity,
        includes=tuple(sorted(offering.includes)),
        choice=_choice(offering.choice),
        agreement_code=offering.agreement or "",
        denied_zones=tuple(sorted(offering.denied_zones)),
    )


def _choice(choice: form.ChoiceForm | None) -> BundleChoice | None:
    if choice is None:
        return None
    return BundleChoice(choice.minimum, choice.maximum, tuple(sorted(choice.offerings)))


def _allowance(scope: Scope, code: str, allowance: form.AllowanceForm, field: str) -> Allowance:
    rating_groups = scope.rating_groups(allowance.rating_groups, allowance.services, field)
    unit = allowance.amount.unit or scope.common_unit(rating_groups)
    if not unit and all(scope.unit_of(group) for group in rating_groups):
        scope.problem(
            FindingReason.UNIT_DIFFERS,
            "its rating groups count different units; make one allowance for each unit",
            f"{field}.amount",
        )
    limit, rollover = allowance.member_limit, allowance.rollover
    return Allowance(
        code=code,
        name=allowance.name,
        rating_groups=rating_groups,
        unit=unit,
        amount=allowance.amount.amount,
        priority=allowance.priority,
        validity_days=allowance.validity,
        shared=allowance.shared,
        thresholds_percent=tuple(allowance.thresholds_percent),
        conditions=build_conditions(scope, allowance.when, allowance.zones, field),
        renews=allowance.renews,
        rollover=Rollover(scope.units(rollover.maximum, unit, f"{field}.rollover.maximum"), rollover.periods)
        if rollover
        else None,
        valid_from_first_use=allowance.valid_from == "first-use",
        member_limit_units=scope.units(limit, unit, f"{field}.member_limit") if limit else 0,
        giftable=allowance.giftable,
    )
