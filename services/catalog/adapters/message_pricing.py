"""Prices, taxes and fees as protobuf."""

from __future__ import annotations

from collections.abc import Mapping

from tidemark.catalog.v1 import catalog_pb2, money_text_pb2, pricing_pb2

from services.catalog.adapters.message_circumstances import conditions_message
from services.catalog.adapters.message_tables import CONCURRENCY, COUNTING_SCOPE, FEE_KIND, TIER_SCOPE
from services.catalog.domain.amounts import Amount
from services.catalog.domain.offerings import Fee
from services.catalog.domain.pricing import (
    DynamicFactor,
    FlatPrice,
    FreePrice,
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


def amount_message(amount: Amount) -> money_text_pb2.ExactAmount:
    """A price in every currency in which it is given."""
    return money_text_pb2.ExactAmount(
        decimal=amount.decimal,
        others=[
            money_text_pb2.CurrencyAmount(currency_code=item.currency_code, decimal=item.decimal)
            for item in amount.others
        ],
    )


def tax_message(tax: Tax) -> pricing_pb2.Tax:
    """A tax."""
    return pricing_pb2.Tax(code=tax.code, name=tax.name, percent=tax.percent, inclusive=tax.inclusive)


def fee_message(fee: Fee) -> pricing_pb2.Fee:
    """A fee."""
    return pricing_pb2.Fee(
        code=fee.code,
        name=fee.name,
        amount=amount_message(fee.amount),
        kind=FEE_KIND[fee.kind],
        prorated=fee.prorated,
        tax=fee.tax,
        promotion_periods=fee.promotion_periods,
        promotion_percent=fee.promotion_percent,
        suspends=fee.suspends,
    )


def price_message(price: Price, numbers: Mapping[str, int]) -> catalog_pb2.ProductOfferingPrice:
    """A price with its conditions and its model."""
    message = catalog_pb2.ProductOfferingPrice(
        code=price.code,
        name=price.name,
        rating_groups=sorted(numbers[code] for code in price.rating_groups),
        zones=price.conditions.zones,
        time_band=price.time_band,
        conditions=conditions_message(price.conditions),
        first_day=price.first_day.isoformat() if price.first_day else "",
        last_day=price.last_day.isoformat() if price.last_day else "",
        precedence=price.precedence,
        minimum=amount_message(price.minimum) if price.minimum else None,
        maximum=amount_message(price.maximum) if price.maximum else None,
        tax=price.tax,
        dynamic=_dynamic(price.dynamic) if price.dynamic else None,
        concurrency=CONCURRENCY[price.concurrency],
    )
    if price.increments is not None:
        message.increments.first_units = price.increments.first_units
        message.increments.next_units = price.increments.next_units
    _set_model(message, price.model)
    return message


def _dynamic(factor: DynamicFactor) -> pricing_pb2.DynamicFactor:
    return pricing_pb2.DynamicFactor(
        expression=factor.expression,
        minimum_permille=factor.minimum_permille,
        maximum_permille=factor.maximum_permille,
    )


def _set_model(message: catalog_pb2.ProductOfferingPrice, model: PriceModel) -> None:
    match model:
        case FlatPrice():
            message.flat.amount.CopyFrom(amount_message(model.amount))
        case PerUnitPrice():
            message.per_unit.amount.CopyFrom(amount_message(model.amount))
            message.per_unit.per_units = model.per_units
        case TieredPrice():
            message.tiered.scope = TIER_SCOPE[model.scope]
            message.tiered.tiers.extend(_tier(step) for step in model.tiers)
        case VolumePrice():
            message.volume.scope = COUNTING_SCOPE[model.scope]
            message.volume.steps.extend(_volume_step(step) for step in model.steps)
        case PackagePrice():
            message.package.amount.CopyFrom(amount_message(model.amount))
            message.package.units = model.units
        case PercentagePrice():
            message.percentage.percent = model.percent
        case FreePrice():
            message.free.SetInParent()


def _tier(step: Step) -> catalog_pb2.Tier:
    return catalog_pb2.Tier(
        up_to_units=step.up_to_units, amount=amount_message(step.amount), per_units=step.per_units
    )


def _volume_step(step: Step) -> pricing_pb2.VolumeStep:
    return pricing_pb2.VolumeStep(
        up_to_units=step.up_to_units, amount=amount_message(step.amount), per_units=step.per_units
    )
