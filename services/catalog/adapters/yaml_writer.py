"""The canonical written form of a catalog: one file, the same bytes for the same content, every time.

Things lie in the order of their codes; a field that holds its default is left
out; comments are not kept, worked examples are.
"""

from __future__ import annotations

import hashlib

from services.catalog.adapters.messages import catalog_bytes
from services.catalog.adapters.yaml_write.circumstances import write_circumstances
from services.catalog.adapters.yaml_write.examples import write_example
from services.catalog.adapters.yaml_write.offerings import write_offering
from services.catalog.adapters.yaml_write.pen import Pen
from services.catalog.adapters.yaml_write.policies import write_counter, write_velocity_limit
from services.catalog.adapters.yaml_write.pricing import write_tax
from services.catalog.application.ports import Rendered
from services.catalog.domain.catalog import Catalog, ChargingMethod, RatingGroup, VolumeDirection
from services.catalog.domain.examples import Document
from services.common.kernel.findings import SourceFile
from services.common.kernel.quantity import SECONDS
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import canonical_text, decimal, filled


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
    return canonical_text(_document(document))


def _document(document: Document) -> dict[str, Tree]:
    catalog = document.catalog
    pen = Pen.of(catalog)
    return filled(
        catalog=catalog.code,
        name=catalog.name,
        currency=catalog.currency_code,
        currencies=list(catalog.other_currency_codes),
        time_zone=catalog.time_zone,
        default_rating_group=catalog.default_rating_group,
        low_balance_threshold=_low_balances(catalog),
        units={unit.code: {"name": unit.name} for unit in catalog.units},
        rating_groups={group.code: _rating_group(pen, group) for group in catalog.rating_groups},
        **write_circumstances(catalog),
        taxes={tax.code: write_tax(tax) for tax in catalog.taxes},
        counters={counter.code: write_counter(pen, counter) for counter in catalog.counters},
        velocity_limits={limit.code: write_velocity_limit(pen, limit) for limit in catalog.velocity_limits},
        offerings={offering.code: write_offering(pen, offering) for offering in catalog.offerings},
        examples={example.code: write_example(pen, example) for example in document.examples},
    )


def _low_balances(catalog: Catalog) -> Tree:
    written: dict[str, Tree] = {
        low.currency_code: decimal(low.minor_micros, low.currency_code) for low in catalog.low_balances
    }
    return written.get(catalog.currency_code) if written.keys() == {catalog.currency_code} else written


def _rating_group(pen: Pen, group: RatingGroup) -> Tree:
    quota = group.quota
    return filled(
        number=group.rating_group,
        name=group.name,
        service=group.service,
        unit=group.unit,
        charging=group.charging.value if group.charging is not ChargingMethod.ONLINE else None,
        direction=group.direction.value if group.direction is not VolumeDirection.TOTAL else None,
        outcome=group.outcome,
        quota={
            "initial": pen.size(quota.initial_units, group.unit),
            "minimum": pen.size(quota.minimum_units, group.unit),
            "maximum": pen.size(quota.maximum_units, group.unit),
            "maximum_validity": pen.size(quota.maximum_validity_seconds, SECONDS),
            "holding_time": pen.size(quota.quota_holding_seconds, SECONDS),
        },
        final_unit_action=group.final_unit_action.value,
        redirect_address=group.redirect_address,
    )
