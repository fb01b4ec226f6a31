"""Turns a published catalog into compiled tariffs. The catalog's contract ends here."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2

from services.charging.adapters.tariff_offerings import offering
from services.charging.adapters.tariff_places import places
from services.charging.adapters.tariff_policies import counters, velocity_limits
from services.charging.adapters.tariff_prices import Context, taxes
from services.charging.adapters.tariff_times import times
from services.charging.adapters.tariff_values import Amounts, NotSoldError, choice
from services.charging.domain.rating.tariff import (
    FinalUnitAction,
    Offering,
    QuotaPolicy,
    RatingGroup,
    Tariff,
    TariffError,
    VolumeDirection,
)
from services.common.kernel.clock import EPOCH, Instant, zone
from services.common.kernel.money import Currency, currency

_FINAL_UNIT_ACTIONS = {
    catalog_pb2.FINAL_UNIT_ACTION_UNSPECIFIED: FinalUnitAction.TERMINATE,
    catalog_pb2.FINAL_UNIT_ACTION_TERMINATE: FinalUnitAction.TERMINATE,
    catalog_pb2.FINAL_UNIT_ACTION_REDIRECT: FinalUnitAction.REDIRECT,
    catalog_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS: FinalUnitAction.RESTRICT_ACCESS,
}
_OFFLINE = {
    catalog_pb2.CHARGING_METHOD_UNSPECIFIED: False,
    catalog_pb2.CHARGING_METHOD_ONLINE: False,
    catalog_pb2.CHARGING_METHOD_OFFLINE: True,
}
_DIRECTIONS = {
    catalog_pb2.VOLUME_DIRECTION_UNSPECIFIED: VolumeDirection.TOTAL,
    catalog_pb2.VOLUME_DIRECTION_TOTAL: VolumeDirection.TOTAL,
    catalog_pb2.VOLUME_DIRECTION_UPLINK: VolumeDirection.UPLINK,
    catalog_pb2.VOLUME_DIRECTION_DOWNLINK: VolumeDirection.DOWNLINK,
}


def compile_tariffs(
    catalog: catalog_pb2.Catalog, version: int, effective_from: Instant = EPOCH
) -> dict[str, Tariff]:
    """Compiles a catalog version in each of its currencies, the first one first.

    Raises TariffError naming the field where the catalog contradicts itself.
    """
    codes = dict.fromkeys([catalog.currency_code, *catalog.other_currency_codes])
    return {code: compile_tariff(catalog, version, effective_from, code) for code in codes}


def compile_tariff(
    catalog: catalog_pb2.Catalog, version: int, effective_from: Instant = EPOCH, currency_code: str = ""
) -> Tariff:
    """Compiles a catalog version in one of its currencies ('': the first).

    An offering in which an amount is missing in a further currency is not
    sold in it. Raises TariffError naming the field where the catalog
    contradicts itself.
    """
    money = _currency(catalog, currency_code or catalog.currency_code)
    amounts = Amounts(money, first=money.code == catalog.currency_code)
    groups = {group.rating_group: _rating_group(group) for group in catalog.rating_groups}
    context = Context(
        version=version,
        amounts=amounts,
        times=times(catalog),
        taxes=taxes(catalog.taxes),
        rating_groups=groups,
        zones=tuple(item.code for item in catalog.zones),
    )
    return Tariff(
        version=version,
        effective_from=effective_from,
        currency_code=money.code,
        time_zone=catalog.time_zone,
        rating_groups=groups,
        places=places(catalog),
        offerings=_sold(catalog, context),
        default_rating_group=catalog.default_rating_group
        if catalog.HasField("default_rating_group")
        else None,
        low_balance_minor_micros=_low_balance(catalog, amounts),
        counters=counters(catalog.counters, amounts),
        velocity_limits=velocity_limits(catalog.velocity_limits),
    )


def _currency(catalog: catalog_pb2.Catalog, code: str) -> Currency:
    if code not in (catalog.currency_code, *catalog.other_currency_codes):
        raise TariffError("CURRENCY_UNKNOWN", "currency_code", f"the catalog has no prices in {code!r}")
    try:
        zone(catalog.time_zone)
        return currency(code)
    except ValueError as error:
        raise TariffError("CATALOG_INVALID", "catalog", str(error)) from error


def _sold(catalog: catalog_pb2.Catalog, context: Context) -> dict[str, Offering]:
    sold = {}
    for message in catalog.offerings:
        try:
            sold[message.code] = offering(message, context)
        except NotSoldError:
            continue
    return sold


def _low_balance(catalog: catalog_pb2.Catalog, amounts: Amounts) -> int | None:
    if amounts.first:
        return (
            catalog.low_balance_threshold.minor_micros if catalog.HasField("low_balance_threshold") else None
        )
    return next(
        (
            mark.minor_micros
            for mark in catalog.other_low_balance_thresholds
            if mark.currency_code == amounts.currency.code
        ),
        None,
    )


def _rating_group(group: catalog_pb2.RatingGroup) -> RatingGroup:
    field = f"rating_groups.{group.code}"
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
        final_unit_action=choice(_FINAL_UNIT_ACTIONS, group.final_unit_action, f"{field}.final_unit_action"),
        redirect_address=group.redirect_address,
        offline=choice(_OFFLINE, group.charging_method, f"{field}.charging_method"),
        direction=choice(_DIRECTIONS, group.volume_direction, f"{field}.volume_direction"),
        outcome=group.outcome,
    )
