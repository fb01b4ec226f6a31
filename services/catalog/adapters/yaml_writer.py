"""The canonical written form of a catalog: one file, the same bytes for the same content, every time.

Things lie in the order of their codes; a field that holds its default is left
out; comments are not kept, worked examples are.
"""

from __future__ import annotations

import hashlib

import yaml

from services.catalog.adapters.messages import catalog_bytes
from services.catalog.adapters.yaml_figures import canonical_amount, write_moment, write_size, write_windows
from services.catalog.adapters.yaml_tree import Tree
from services.catalog.application.ports import Rendered, SourceFile
from services.catalog.domain.catalog import (
    Allowance,
    Catalog,
    FlatPrice,
    FreePrice,
    Offering,
    PerUnitPrice,
    Price,
    RatingGroup,
    TieredPrice,
    Zone,
)
from services.catalog.domain.examples import Document, ExampleUsage, WorkedExample
from services.common.kernel.money import Money, currency
from services.common.kernel.quantity import SECONDS

_LINE_WIDTH = 110


class CanonicalRenderer:
    """Renders documents whose references all resolve."""

    def render(self, document: Document) -> Rendered:
        """The content charging gets, its hash, and the source."""
        content = catalog_bytes(document.catalog)
        return Rendered(
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
            source=SourceFile(f"{document.catalog.code}.yaml", canonical_yaml(document)),
        )

    def outline(self, catalog: Catalog) -> dict[str, Tree]:
        """The catalog as its canonical written form holds it, without worked examples."""
        return _document(Document(catalog))


def canonical_yaml(document: Document) -> str:
    """The document as YAML text."""
    return yaml.dump(
        _document(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_LINE_WIDTH
    )


class _Dumper(yaml.SafeDumper):
    """Short lists in one line; no aliases, so that every part can be read where it stands."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _represent_list(dumper: _Dumper, items: list[Tree]) -> yaml.Node:
    plain = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


_Dumper.add_representer(list, _represent_list)


def _document(document: Document) -> dict[str, Tree]:
    catalog = document.catalog
    units = {group.code: group.unit for group in catalog.rating_groups}
    low = catalog.low_balance_minor_micros
    return _filled(
        catalog=catalog.code,
        name=catalog.name,
        currency=catalog.currency_code,
        time_zone=catalog.time_zone,
        default_rating_group=catalog.default_rating_group,
        low_balance_threshold=None if low is None else _decimal(catalog, low),
        units={unit.code: {"name": unit.name} for unit in catalog.units},
        rating_groups={group.code: _rating_group(group) for group in catalog.rating_groups},
        zones={zone.code: _zone(zone) for zone in catalog.zones},
        time_bands={
            band.code: {
                "name": band.name,
                "windows": [text for window in band.windows for text in write_windows(window)],
            }
            for band in catalog.time_bands
        },
        offerings={offering.code: _offering(offering, units) for offering in catalog.offerings},
        examples={example.code: _example(catalog, example, units) for example in document.examples},
    )


def _filled(**fields: Tree) -> dict[str, Tree]:
    """The fields that hold something. 0 and an amount of 0.00 are something."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value is not False and value not in ("", [], {})
    }


def _rating_group(group: RatingGroup) -> Tree:
    quota = group.quota
    return _filled(
        number=group.rating_group,
        name=group.name,
        service=group.service,
        unit=group.unit,
        quota={
            "initial": write_size(quota.initial_units, group.unit),
            "minimum": write_size(quota.minimum_units, group.unit),
            "maximum": write_size(quota.maximum_units, group.unit),
            "maximum_validity": write_size(quota.maximum_validity_seconds, SECONDS),
            "holding_time": write_size(quota.quota_holding_seconds, SECONDS),
        },
        final_unit_action=group.final_unit_action.value,
        redirect_address=group.redirect_address,
    )


def _zone(zone: Zone) -> Tree:
    return _filled(name=zone.name, home=zone.home, plmns=list(zone.plmns), rest_of_world=zone.rest_of_world)


def _offering(offering: Offering, units: dict[str, str]) -> Tree:
    choice = offering.choice
    return _filled(
        name=offering.name,
        description=offering.description,
        kind=offering.kind.value,
        precedence=offering.precedence,
        payment_mode=offering.payment_mode.value if offering.payment_mode else None,
        existing_subscribers=offering.existing_subscribers.value,
        prices={price.code: _price(price, units) for price in offering.prices},
        allowances={allowance.code: _allowance(allowance) for allowance in offering.allowances},
        includes=list(offering.includes),
        choice=None
        if choice is None
        else {"minimum": choice.minimum, "maximum": choice.maximum, "offerings": list(choice.offerings)},
        agreement=offering.agreement_code,
        denied_zones=list(offering.denied_zones),
    )


def _price(price: Price, units: dict[str, str]) -> Tree:
    unit = units[price.rating_groups[0]]
    increments = price.increments
    return _filled(
        name=price.name,
        rating_groups=list(price.rating_groups),
        zones=list(price.zones),
        time_band=price.time_band,
        increments=None
        if increments is None
        else {
            "first": write_size(increments.first_units, unit),
            "next": write_size(increments.next_units, unit),
        },
        **_model(price, unit),
    )


def _model(price: Price, unit: str) -> dict[str, Tree]:
    model = price.model
    if isinstance(model, FlatPrice):
        return {"flat": {"amount": model.amount}}
    if isinstance(model, PerUnitPrice):
        return {"per_unit": {"amount": model.amount, "per": write_size(model.per_units, unit)}}
    if isinstance(model, FreePrice):
        return {"free": True}
    return {"tiered": _tiered(model, unit)}


def _tiered(model: TieredPrice, unit: str) -> Tree:
    return {
        "scope": model.scope.value,
        "tiers": [
            _filled(
                up_to=None if tier.up_to_units is None else write_size(tier.up_to_units, unit),
                amount=tier.amount,
                per=write_size(tier.per_units, unit),
            )
            for tier in model.tiers
        ],
    }


def _allowance(allowance: Allowance) -> Tree:
    days = allowance.validity_days
    return _filled(
        name=allowance.name,
        rating_groups=list(allowance.rating_groups),
        zones=list(allowance.zones),
        amount=write_size(allowance.amount, allowance.unit),
        priority=allowance.priority,
        validity=None if days == 0 else f"{days} day" if days == 1 else f"{days} days",
        shared=allowance.shared,
        thresholds_percent=list(allowance.thresholds_percent),
    )


def _example(catalog: Catalog, example: WorkedExample, units: dict[str, str]) -> Tree:
    total = example.total_minor_micros
    return _filled(
        offerings=list(example.offerings),
        time_zone=example.time_zone,
        usage=[_usage(catalog, usage, units[usage.rating_group]) for usage in example.usages],
        total=None if total is None else {"amount": _decimal(catalog, total)},
    )


def _usage(catalog: Catalog, usage: ExampleUsage, unit: str) -> Tree:
    expected = usage.expected
    amount, covered = expected.amount_minor_micros, expected.from_allowance_units
    return _filled(
        rating_group=usage.rating_group,
        units=write_size(usage.units, unit),
        at=write_moment(usage.at),
        session=usage.session,
        zone=usage.zone,
        plmn=usage.serving_plmn,
        amount=None if amount is None else _decimal(catalog, amount),
        from_allowance=None if covered is None else write_size(covered, unit),
        refusal=expected.refusal,
    )


def _decimal(catalog: Catalog, minor_micros: int) -> str:
    amount = Money(minor_micros, currency(catalog.currency_code)).to_decimal()
    return canonical_amount(f"{amount:f}")
