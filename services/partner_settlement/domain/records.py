"""What is settled: single records as accrued, and the rows into which they add up.

A record's *home* is the day its usage belongs to; a refund or correction has the home
of the charge that it is about, so a period recalculated with it comes out as if
the charge had been right from the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.agreements import Coverage, RecordKind


@dataclass(frozen=True, slots=True, order=True)
class Product:
    """Everything that coverage and statement lines look at, apart from amounts: one row per product.

    `kind` and `origin` are values of RecordKind; text sorts and stores. The origin of a refund or
    correction is the kind of the charge that it is about, of anything else its own kind.
    """

    kind: str
    origin: str
    offering_code: str
    price_code: str
    catalog_version: int
    rating_group: int
    slice: str
    application: str
    sponsor: str
    loyalty_program: str
    unit: str
    currency_code: str


@dataclass(frozen=True, slots=True)
class SettlementRecord:
    """One charge, refund, correction or redemption.

    Gross and tax (contained in it) are signed minor_micros; below zero gives back. `place`: partition,
    sequence, entry, event. `refers_to` is the record id of the charge that a refund or correction is about.
    """

    record_id: str
    place: tuple[int, int, int, int]
    home: date
    product: Product
    quantity: int
    gross_minor_micros: int
    tax_minor_micros: int
    account_id: str
    subscriber_id: str
    occurred_at: Instant
    refers_to: str = ""


@dataclass(frozen=True, slots=True)
class InputRow:
    """Records of one product added up: count, units, signed minor_micros."""

    product: Product
    records: int
    quantity: int
    gross_minor_micros: int
    tax_minor_micros: int


def covers(coverage: Coverage, product: Product) -> bool:
    """True where a record of that product falls under a coverage.

    A refund or correction falls under what its charge falls under, and under coverage that names its kind.
    """
    return (
        (not coverage.kinds or _is_of(coverage.kinds, product))
        and (not coverage.offering_codes or product.offering_code in coverage.offering_codes)
        and (not coverage.price_codes or product.price_code in coverage.price_codes)
        and (not coverage.rating_groups or product.rating_group in coverage.rating_groups)
        and (not coverage.slices or product.slice in coverage.slices)
        and (not coverage.applications or product.application in coverage.applications)
        and (not coverage.sponsors or product.sponsor in coverage.sponsors)
        and (not coverage.loyalty_programs or product.loyalty_program in coverage.loyalty_programs)
    )


def _is_of(kinds: frozenset[RecordKind], product: Product) -> bool:
    return RecordKind(product.kind) in kinds or RecordKind(product.origin) in kinds


def merged(rows: Iterable[InputRow]) -> tuple[InputRow, ...]:
    """Rows added up by product, in the products' own order."""
    sums: dict[Product, list[int]] = {}
    for row in rows:
        found = sums.setdefault(row.product, [0, 0, 0, 0])
        found[0] += row.records
        found[1] += row.quantity
        found[2] += row.gross_minor_micros
        found[3] += row.tax_minor_micros
    return tuple(InputRow(product, *sums[product]) for product in sorted(sums))
