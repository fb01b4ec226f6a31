"""The whole document from its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from services.catalog.adapters.yaml_build import circumstances as build
from services.catalog.adapters.yaml_build.examples import build_example
from services.catalog.adapters.yaml_build.offerings import build_offering
from services.catalog.adapters.yaml_build.policies import build_counter, build_velocity_limit
from services.catalog.adapters.yaml_build.pricing import build_tax
from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_form.catalog import CatalogForm, RatingGroupForm
from services.catalog.domain.catalog import (
    Catalog,
    ChargingMethod,
    FinalUnitAction,
    LowBalance,
    QuotaPolicy,
    RatingGroup,
    UnitDefinition,
    VolumeDirection,
)
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import FindingReason
from services.common.kernel.quantity import SECONDS
from services.common.runtime.yaml_tree import SourceTree

Written = TypeVar("Written")
Built = TypeVar("Built")


def build_document(form: CatalogForm, tree: SourceTree[FindingReason]) -> Document:
    """The document. Only to be trusted where no finding was added to the tree."""
    scope = Scope(form, tree)
    examples = _coded(form.examples, lambda code, example: build_example(scope, code, example))
    return Document(_catalog(form, scope), examples)


def _catalog(form: CatalogForm, scope: Scope) -> Catalog:
    return Catalog(
        code=form.catalog,
        name=form.name,
        currency_code=form.currency,
        time_zone=form.time_zone,
        units=_coded(form.units, lambda code, unit: UnitDefinition(code, unit.name)),
        rating_groups=tuple(
            sorted(
                (_rating_group(scope, *item) for item in form.rating_groups.items()),
                key=lambda group: (group.rating_group, group.code),
            )
        ),
        zones=_coded(form.zones, build.build_zone),
        time_bands=_coded(form.time_bands, build.build_time_band),
        offerings=_coded(form.offerings, lambda code, offering: build_offering(scope, code, offering)),
        default_rating_group=form.default_rating_group or "",
        low_balances=_low_balances(form, scope),
        other_currency_codes=tuple(sorted(form.currencies)),
        destinations=_coded(form.destinations, build.build_destination),
        areas=_coded(form.areas, build.build_area),
        slices=_coded(form.slices, build.build_slice),
        qos_classes=_coded(form.qos_classes, build.build_qos_class),
        load_bands=_coded(form.load_bands, build.build_load_band),
        calendars=_coded(form.calendars, build.build_calendar),
        segments=_coded(form.segments, build.build_category),
        device_classes=_coded(form.device_classes, build.build_category),
        taxes=_coded(form.taxes, build_tax),
        counters=_coded(form.counters, lambda code, counter: build_counter(scope, code, counter)),
        velocity_limits=_coded(
            form.velocity_limits, lambda code, limit: build_velocity_limit(scope, code, limit)
        ),
    )


def _coded(written: Mapping[str, Written], build_one: Callable[[str, Written], Built]) -> tuple[Built, ...]:
    return tuple(build_one(code, written[code]) for code in sorted(written))


def _low_balances(form: CatalogForm, scope: Scope) -> tuple[LowBalance, ...]:
    if form.low_balance_threshold is None:
        return ()
    field = "low_balance_threshold"
    found = []
    for code, decimal in sorted(scope.by_currency(form.low_balance_threshold, field).items()):
        minor_micros = scope.minor_micros(decimal, code, field)
        if minor_micros is not None:
            found.append(LowBalance(code, minor_micros))
    return tuple(found)


def _rating_group(scope: Scope, code: str, group: RatingGroupForm) -> RatingGroup:
    field, quota = f"rating_groups.{code}.quota", group.quota
    return RatingGroup(
        rating_group=group.number,
        code=code,
        name=group.name,
        service=group.service,
        unit=group.unit,
        quota=QuotaPolicy(
            initial_units=scope.units(quota.initial, group.unit, f"{field}.initial"),
            minimum_units=scope.units(quota.minimum, group.unit, f"{field}.minimum"),
            maximum_units=scope.units(quota.maximum, group.unit, f"{field}.maximum"),
            maximum_validity_seconds=scope.units(
                quota.maximum_validity, SECONDS, f"{field}.maximum_validity"
            ),
            quota_holding_seconds=scope.units(quota.holding_time, SECONDS, f"{field}.holding_time"),
        ),
        final_unit_action=FinalUnitAction(group.final_unit_action),
        redirect_address=group.redirect_address,
        charging=ChargingMethod(group.charging),
        direction=VolumeDirection(group.direction),
        outcome=group.outcome,
    )
