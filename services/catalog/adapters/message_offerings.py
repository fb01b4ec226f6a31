"""Offerings and allowances as protobuf."""

from __future__ import annotations

from collections.abc import Mapping

from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.catalog.adapters.message_circumstances import conditions_message
from services.catalog.adapters.message_pricing import fee_message, price_message
from services.catalog.adapters.message_tables import EXISTING_SUBSCRIBERS, OFFERING_KIND, PAYMENT_MODE
from services.catalog.domain.offerings import Allowance, BundleChoice, Offering, Period, Rollover, Trial


def offering_message(offering: Offering, numbers: Mapping[str, int]) -> catalog_pb2.ProductOffering:
    """An offering. `numbers`: rating groups by code."""
    return catalog_pb2.ProductOffering(
        code=offering.code,
        name=offering.name,
        description=offering.description,
        kind=OFFERING_KIND[offering.kind],
        precedence=offering.precedence,
        payment_mode=PAYMENT_MODE[offering.payment_mode],
        prices=[price_message(price, numbers) for price in offering.prices],
        allowances=[_allowance(allowance, numbers) for allowance in offering.allowances],
        includes=offering.includes,
        choice=_choice(offering.choice) if offering.choice else None,
        existing_subscribers=EXISTING_SUBSCRIBERS[offering.existing_subscribers],
        agreement_code=offering.agreement_code,
        denied_zones=offering.denied_zones,
        fees=map(fee_message, offering.fees),
        period=_period(offering.period) if offering.period else None,
        trial=_trial(offering.trial) if offering.trial else None,
        validity_days=offering.validity_days,
    )


def _choice(choice: BundleChoice) -> catalog_pb2.BundleChoice:
    return catalog_pb2.BundleChoice(
        minimum=choice.minimum, maximum=choice.maximum, offerings=choice.offerings
    )


def _period(period: Period) -> pricing_pb2.Period:
    return pricing_pb2.Period(months=period.months, days=period.days, calendar=period.calendar)


def _trial(trial: Trial) -> pricing_pb2.Trial:
    return pricing_pb2.Trial(days=trial.days, ends=trial.ends)


def _rollover(rollover: Rollover) -> pricing_pb2.Rollover:
    return pricing_pb2.Rollover(maximum_units=rollover.maximum_units, periods=rollover.periods)


def _allowance(allowance: Allowance, numbers: Mapping[str, int]) -> catalog_pb2.Allowance:
    return catalog_pb2.Allowance(
        code=allowance.code,
        name=allowance.name,
        rating_groups=sorted(numbers[code] for code in allowance.rating_groups),
        zones=allowance.conditions.zones,
        unit=allowance.unit,
        amount=allowance.amount,
        priority=allowance.priority,
        validity_days=allowance.validity_days,
        shared=allowance.shared,
        thresholds_percent=allowance.thresholds_percent,
        conditions=conditions_message(allowance.conditions),
        renews=allowance.renews,
        rollover=_rollover(allowance.rollover) if allowance.rollover else None,
        valid_from_first_use=allowance.valid_from_first_use,
        member_limit_units=allowance.member_limit_units,
        giftable=allowance.giftable,
    )
