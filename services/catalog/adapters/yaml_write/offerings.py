"""Offerings and allowances as they are written."""

from __future__ import annotations

from services.catalog.adapters.yaml_write.circumstances import write_conditions
from services.catalog.adapters.yaml_write.pen import Pen
from services.catalog.adapters.yaml_write.pricing import write_fee, write_price
from services.catalog.domain.offerings import Allowance, Offering
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import days, filled


def write_offering(pen: Pen, offering: Offering) -> Tree:
    """An offering."""
    choice, period, trial = offering.choice, offering.period, offering.trial
    return filled(
        name=offering.name,
        description=offering.description,
        kind=offering.kind.value,
        precedence=offering.precedence,
        payment_mode=offering.payment_mode.value if offering.payment_mode else None,
        existing_subscribers=offering.existing_subscribers.value,
        period=None
        if period is None
        else {"months": period.months, "days": period.days} | filled(calendar=period.calendar),
        fees={fee.code: write_fee(pen, fee) for fee in offering.fees},
        trial=None if trial is None else {"days": trial.days} | filled(ends=trial.ends),
        validity=days(offering.validity_days),
        prices={price.code: write_price(pen, price) for price in offering.prices},
        allowances={allowance.code: _allowance(pen, allowance) for allowance in offering.allowances},
        includes=list(offering.includes),
        choice=None
        if choice is None
        else {"minimum": choice.minimum, "maximum": choice.maximum, "offerings": list(choice.offerings)},
        agreement=offering.agreement_code,
        denied_zones=list(offering.denied_zones),
    )


def _allowance(pen: Pen, allowance: Allowance) -> Tree:
    unit, rollover, limit = allowance.unit, allowance.rollover, allowance.member_limit_units
    return filled(
        name=allowance.name,
        rating_groups=list(allowance.rating_groups),
        when=write_conditions(allowance.conditions),
        amount=pen.size(allowance.amount, unit),
        priority=allowance.priority,
        validity=days(allowance.validity_days),
        valid_from="first-use" if allowance.valid_from_first_use else None,
        renews=allowance.renews,
        rollover=None
        if rollover is None
        else {"maximum": pen.size(rollover.maximum_units, unit), "periods": rollover.periods},
        shared=allowance.shared,
        member_limit=pen.size(limit, unit) if limit else None,
        giftable=allowance.giftable,
        thresholds_percent=list(allowance.thresholds_percent),
    )
