"""A catalog as the protobuf content that charging gets; the `message_*` modules beside it hold its parts."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2
from tidemark.type.v1 import money_pb2

from services.catalog.adapters.message_circumstances import (
    area_message,
    calendar_message,
    category_message,
    destination_message,
    load_band_message,
    qos_class_message,
    slice_message,
    time_band_message,
    zone_message,
)
from services.catalog.adapters.message_offerings import offering_message
from services.catalog.adapters.message_policies import counter_message, velocity_limit_message
from services.catalog.adapters.message_pricing import tax_message
from services.catalog.adapters.message_tables import CHARGING_METHOD, FINAL_UNIT_ACTION, VOLUME_DIRECTION
from services.catalog.domain.catalog import Catalog, RatingGroup


def catalog_message(catalog: Catalog) -> catalog_pb2.Catalog:
    """The message of a catalog whose rating group references all resolve (KeyError otherwise)."""
    numbers = {group.code: group.rating_group for group in catalog.rating_groups}
    message = catalog_pb2.Catalog(
        code=catalog.code,
        name=catalog.name,
        currency_code=catalog.currency_code,
        time_zone=catalog.time_zone,
        units=[catalog_pb2.UnitDefinition(code=unit.code, name=unit.name) for unit in catalog.units],
        rating_groups=map(_rating_group, catalog.rating_groups),
        zones=map(zone_message, catalog.zones),
        time_bands=map(time_band_message, catalog.time_bands),
        offerings=[offering_message(offering, numbers) for offering in catalog.offerings],
        other_currency_codes=catalog.other_currency_codes,
        destinations=map(destination_message, catalog.destinations),
        areas=map(area_message, catalog.areas),
        slices=map(slice_message, catalog.slices),
        qos_classes=map(qos_class_message, catalog.qos_classes),
        load_bands=map(load_band_message, catalog.load_bands),
        calendars=map(calendar_message, catalog.calendars),
        segments=map(category_message, catalog.segments),
        device_classes=map(category_message, catalog.device_classes),
        taxes=map(tax_message, catalog.taxes),
        counters=[counter_message(counter, numbers) for counter in catalog.counters],
        velocity_limits=map(velocity_limit_message, catalog.velocity_limits),
    )
    if catalog.default_rating_group:
        message.default_rating_group = numbers[catalog.default_rating_group]
    _set_low_balances(message, catalog)
    return message


def catalog_bytes(catalog: Catalog) -> bytes:
    """The serialized message; the content hash is taken over these bytes."""
    return catalog_message(catalog).SerializeToString(deterministic=True)


def _set_low_balances(message: catalog_pb2.Catalog, catalog: Catalog) -> None:
    for low in catalog.low_balances:
        money = money_pb2.Money(currency_code=low.currency_code, minor_micros=low.minor_micros)
        if low.currency_code == catalog.currency_code:
            message.low_balance_threshold.CopyFrom(money)
        else:
            message.other_low_balance_thresholds.append(money)


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
        charging_method=CHARGING_METHOD[group.charging],
        volume_direction=VOLUME_DIRECTION[group.direction],
        outcome=group.outcome,
    )
