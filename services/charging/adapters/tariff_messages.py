"""Turns a published catalog into a compiled tariff. The catalog's contract ends here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tidemark.catalog.v1 import catalog_pb2

from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.tariff import (
    Allowance,
    FinalUnitAction,
    Offering,
    Price,
    PriceModel,
    PriceRule,
    QuotaPolicy,
    RatingGroup,
    Tariff,
    TariffError,
    ZoneTable,
    price_tables,
)
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.week import MINUTES_PER_DAY, TimeBand
from services.common.kernel.clock import EPOCH, Instant, zone
from services.common.kernel.money import Currency, currency, parse_decimal

_FINAL_UNIT_ACTIONS = {
    catalog_pb2.FINAL_UNIT_ACTION_UNSPECIFIED: FinalUnitAction.TERMINATE,
    catalog_pb2.FINAL_UNIT_ACTION_TERMINATE: FinalUnitAction.TERMINATE,
    catalog_pb2.FINAL_UNIT_ACTION_REDIRECT: FinalUnitAction.REDIRECT,
    catalog_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS: FinalUnitAction.RESTRICT_ACCESS,
}


def compile_tariff(catalog: catalog_pb2.Catalog, version: int, effective_from: Instant = EPOCH) -> Tariff:
    """Compiles a catalog version.

    Raises TariffError naming the field where the catalog contradicts itself.
    """
    try:
        money = currency(catalog.currency_code)
        zone(catalog.time_zone)
    except ValueError as error:
        raise TariffError("CATALOG_INVALID", "catalog", str(error)) from error
    bands = {band.code: _time_band(band) for band in catalog.time_bands}
    zones = [item.code for item in catalog.zones]
    groups = {group.rating_group: _rating_group(group) for group in catalog.rating_groups}
    return Tariff(
        version=version,
        effective_from=effective_from,
        currency_code=money.code,
        time_zone=catalog.time_zone,
        rating_groups=groups,
        zones=_zone_table(catalog),
        offerings={item.code: _offering(item, version, money, bands, zones) for item in catalog.offerings},
        default_rating_group=catalog.default_rating_group
        if catalog.HasField("default_rating_group")
        else None,
        low_balance_minor_micros=(
            catalog.low_balance_threshold.minor_micros if catalog.HasField("low_balance_threshold") else None
        ),
    )


def _rating_group(group: catalog_pb2.RatingGroup) -> RatingGroup:
    quota = group.quota
    initial = max(1, quota.initial_units)
    return RatingGroup(
        rating_group=group.rating_group,
        code=group.code,
        service=group.service,
        unit=group.unit,
        quota=QuotaPolicy(
            initial_units=initial,
            minimum_units=max(1, quota.minimum_units),
            maximum_units=max(initial, quota.maximum_units),
            maximum_validity_seconds=max(1, quota.maximum_validity_seconds),
            quota_holding_seconds=quota.quota_holding_seconds,
        ),
        final_unit_action=_FINAL_UNIT_ACTIONS[group.final_unit_action],
        redirect_address=group.redirect_address,
    )


def _zone_table(catalog: catalog_pb2.Catalog) -> ZoneTable:
    homes = [item.code for item in catalog.zones if item.home]
    if len(homes) != 1:
        raise TariffError("HOME_ZONE_INVALID", "zones", "exactly one zone must be the home zone")
    return ZoneTable(
        home=homes[0],
        by_prefix={prefix: item.code for item in catalog.zones for prefix in item.plmns},
        rest_of_world=next((item.code for item in catalog.zones if item.rest_of_world), ""),
    )


def _time_band(band: catalog_pb2.TimeBand) -> TimeBand:
    return TimeBand(
        band.code,
        tuple(
            sorted(
                (
                    (day - 1) * MINUTES_PER_DAY + window.start_minute,
                    (day - 1) * MINUTES_PER_DAY + window.end_minute,
                )
                for window in band.windows
                for day in window.weekdays
            )
        ),
    )


def _offering(
    item: catalog_pb2.ProductOffering,
    version: int,
    money: Currency,
    bands: Mapping[str, TimeBand],
    zones: list[str],
) -> Offering:
    field = f"offerings.{item.code}"
    rules = [_price_rule(price, item.code, version, money, bands) for price in item.prices]
    sold_in = [code for code in zones if code not in item.denied_zones]
    return Offering(
        code=item.code,
        precedence=item.precedence,
        prices=price_tables(rules, sold_in, f"{field}.prices"),
        price_by_code={rule.price.code: rule.price for rule in rules},
        allowances=tuple(
            _allowance(allowance, sold_in if item.denied_zones else []) for allowance in item.allowances
        ),
        includes=tuple(item.includes),
        choice=(item.choice.minimum, item.choice.maximum, frozenset(item.choice.offerings)),
        moves_existing=item.existing_subscribers == catalog_pb2.EXISTING_SUBSCRIBERS_MOVE,
        denied_zones=frozenset(item.denied_zones),
    )


def _price_rule(
    price: catalog_pb2.ProductOfferingPrice,
    offering_code: str,
    version: int,
    money: Currency,
    bands: Mapping[str, TimeBand],
) -> PriceRule:
    field = f"offerings.{offering_code}.prices.{price.code}"
    if price.time_band and price.time_band not in bands:
        raise TariffError("TIME_BAND_UNKNOWN", field, f"there is no time band {price.time_band!r}")
    increments = Increments(max(1, price.increments.first_units), max(1, price.increments.next_units))
    return PriceRule(
        price=Price(version, offering_code, price.code, increments, _model(price, money, field)),
        rating_groups=frozenset(price.rating_groups),
        zones=frozenset(price.zones),
        band=bands[price.time_band] if price.time_band else None,
    )


def _model(price: catalog_pb2.ProductOfferingPrice, money: Currency, field: str) -> PriceModel:
    kind = price.WhichOneof("model")
    if kind == "flat":
        numerator, denominator = _minor_micros(price.flat.amount, money, 1, field)
        if denominator != 1:
            raise TariffError(
                "AMOUNT_TOO_FINE", field, "a flat amount is finer than a millionth of the minor unit"
            )
        return Flat(numerator)
    if kind == "per_unit":
        return PerUnit(*_minor_micros(price.per_unit.amount, money, price.per_unit.per_units, field))
    if kind == "tiered":
        return Tiered(
            tuple(
                Tier(
                    tier.up_to_units if tier.HasField("up_to_units") else None,
                    *_minor_micros(tier.amount, money, tier.per_units, field),
                )
                for tier in price.tiered.tiers
            ),
            monthly=price.tiered.scope == catalog_pb2.TIER_SCOPE_MONTH,
        )
    if kind == "free":
        return FREE
    raise TariffError("PRICE_MODEL_MISSING", field, "a price needs flat, per_unit, tiered or free")


def _minor_micros(
    amount: catalog_pb2.ExactAmount, money: Currency, per_units: int, field: str
) -> tuple[int, int]:
    """minor_micros per unit as a fraction in lowest terms."""
    if per_units < 1:
        raise TariffError("PER_UNITS_INVALID", field, "per_units must be at least 1")
    try:
        numerator, denominator = parse_decimal(amount.decimal)
    except ValueError as error:
        raise TariffError("AMOUNT_INVALID", field, str(error)) from error
    if numerator < 0:
        raise TariffError("AMOUNT_NEGATIVE", field, "a price must not be negative")
    return _lowest(numerator * money.micros_per_unit, denominator * per_units)


def _lowest(numerator: int, denominator: int) -> tuple[int, int]:
    divisor = math.gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def _allowance(allowance: catalog_pb2.Allowance, sold_in: list[str]) -> Allowance:
    """`sold_in`: the zones left to an offering that is denied in some; empty where it is denied in none."""
    zones = [code for code in allowance.zones if code in sold_in] if sold_in else list(allowance.zones)
    return Allowance(
        code=allowance.code,
        name=allowance.name,
        rating_groups=frozenset(allowance.rating_groups),
        zones=frozenset(zones or sold_in),
        unit=allowance.unit,
        amount=allowance.amount,
        priority=allowance.priority,
        validity_days=allowance.validity_days,
        shared=allowance.shared,
        thresholds_percent=tuple(allowance.thresholds_percent),
    )
