"""Catalog content between protobuf and domain values. The only place that knows both."""

from __future__ import annotations

from collections.abc import Mapping

from tidemark.catalog.v1 import catalog_pb2
from tidemark.type.v1 import money_pb2

from services.catalog.adapters.messages_tables import (
    EXISTING_SUBSCRIBERS,
    FINAL_UNIT_ACTION,
    OFFERING_KIND,
    PAYMENT_MODE,
    TIER_SCOPE,
)
from services.catalog.domain.catalog import (
    Allowance,
    Catalog,
    FlatPrice,
    FreePrice,
    Offering,
    PerUnitPrice,
    Price,
    RatingGroup,
    Tier,
    TimeBand,
    Zone,
)


def catalog_message(catalog: Catalog) -> catalog_pb2.Catalog:
    """The message of a catalog whose rating group references all resolve (KeyError otherwise)."""
    numbers = {group.code: group.rating_group for group in catalog.rating_groups}
    message = catalog_pb2.Catalog(
        code=catalog.code,
        name=catalog.name,
        currency_code=catalog.currency_code,
        time_zone=catalog.time_zone,
        units=[catalog_pb2.UnitDefinition(code=unit.code, name=unit.name) for unit in catalog.units],
        rating_groups=[_rating_group(group) for group in catalog.rating_groups],
        zones=[_zone(zone) for zone in catalog.zones],
        time_bands=[_time_band(band) for band in catalog.time_bands],
        offerings=[_offering(offering, numbers) for offering in catalog.offerings],
    )
    if catalog.default_rating_group:
        message.default_rating_group = numbers[catalog.default_rating_group]
    if catalog.low_balance_minor_micros is not None:
        message.low_balance_threshold.CopyFrom(
            money_pb2.Money(
                currency_code=catalog.currency_code, minor_micros=catalog.low_balance_minor_micros
            )
        )
    return message


def catalog_bytes(catalog: Catalog) -> bytes:
    """The serialized message; the content hash is taken over these bytes."""
    return catalog_message(catalog).SerializeToString(deterministic=True)


def _rating_group(group: RatingGroup) -> catalog_pb2.RatingGroup:
    quota = group.quota
    return catalog_pb2.RatingGroup(
        rating_group=group.rating_group,
        code=group.code,
        name=group.name,
        service=group.service,
        unit=group.unit,
        quota=catalog_pb2.QuotaPolicy(
            initial_units=quota.initial_units,
            minimum_units=quota.minimum_units,
            maximum_units=quota.maximum_units,
            maximum_validity_seconds=quota.maximum_validity_seconds,
            quota_holding_seconds=quota.quota_holding_seconds,
        ),
        final_unit_action=FINAL_UNIT_ACTION[group.final_unit_action],
        redirect_address=group.redirect_address,
    )


def _zone(zone: Zone) -> catalog_pb2.Zone:
    return catalog_pb2.Zone(
        code=zone.code,
        name=zone.name,
        home=zone.home,
        plmns=zone.plmns,
        rest_of_world=zone.rest_of_world,
    )


def _time_band(band: TimeBand) -> catalog_pb2.TimeBand:
    return catalog_pb2.TimeBand(
        code=band.code,
        name=band.name,
        windows=[
            catalog_pb2.TimeWindow(
                weekdays=window.weekdays, start_minute=window.start_minute, end_minute=window.end_minute
            )
            for window in band.windows
        ],
    )


def _offering(offering: Offering, numbers: Mapping[str, int]) -> catalog_pb2.ProductOffering:
    choice = offering.choice
    return catalog_pb2.ProductOffering(
        code=offering.code,
        name=offering.name,
        description=offering.description,
        kind=OFFERING_KIND[offering.kind],
        precedence=offering.precedence,
        payment_mode=PAYMENT_MODE[offering.payment_mode]
        if offering.payment_mode
        else catalog_pb2.PAYMENT_MODE_UNSPECIFIED,
        prices=[_price(price, numbers) for price in offering.prices],
        allowances=[_allowance(allowance, numbers) for allowance in offering.allowances],
        includes=offering.includes,
        choice=catalog_pb2.BundleChoice(
            minimum=choice.minimum, maximum=choice.maximum, offerings=choice.offerings
        )
        if choice
        else None,
        existing_subscribers=EXISTING_SUBSCRIBERS[offering.existing_subscribers],
        agreement_code=offering.agreement_code,
        denied_zones=offering.denied_zones,
    )


def _price(price: Price, numbers: Mapping[str, int]) -> catalog_pb2.ProductOfferingPrice:
    message = catalog_pb2.ProductOfferingPrice(
        code=price.code,
        name=price.name,
        rating_groups=sorted(numbers[code] for code in price.rating_groups),
        zones=price.zones,
        time_band=price.time_band,
    )
    if price.increments is not None:
        message.increments.first_units = price.increments.first_units
        message.increments.next_units = price.increments.next_units
    model = price.model
    if isinstance(model, FlatPrice):
        message.flat.amount.decimal = model.amount
    elif isinstance(model, PerUnitPrice):
        message.per_unit.amount.decimal = model.amount
        message.per_unit.per_units = model.per_units
    elif isinstance(model, FreePrice):
        message.free.SetInParent()
    else:
        message.tiered.scope = TIER_SCOPE[model.scope]
        message.tiered.tiers.extend(_tier(tier) for tier in model.tiers)
    return message


def _tier(tier: Tier) -> catalog_pb2.Tier:
    return catalog_pb2.Tier(
        up_to_units=tier.up_to_units,
        amount=catalog_pb2.ExactAmount(decimal=tier.amount),
        per_units=tier.per_units,
    )


def _allowance(allowance: Allowance, numbers: Mapping[str, int]) -> catalog_pb2.Allowance:
    return catalog_pb2.Allowance(
        code=allowance.code,
        name=allowance.name,
        rating_groups=sorted(numbers[code] for code in allowance.rating_groups),
        zones=allowance.zones,
        unit=allowance.unit,
        amount=allowance.amount,
        priority=allowance.priority,
        validity_days=allowance.validity_days,
        shared=allowance.shared,
        thresholds_percent=allowance.thresholds_percent,
    )
