"""Refunds and corrections: what they mean depends on the charge that they are about.

A change belongs to the day and the product of its charge. One whose charge was never
seen (the journal that is followed begins later) is a record of its own day, of a product
that names nothing but the currency; its origin is its own kind, by which a run finds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.agreements import RecordKind
from services.partner_settlement.domain.records import Product, SettlementRecord

Place = tuple[int, int, int, int]
"""Partition, sequence, entry and event in the journal."""


@dataclass(frozen=True, slots=True)
class Change:
    """A refund or correction as charging tells it; gross and tax signed, below zero gives back.

    `day` is the day on which it was decided. `refunded_minor_micros`: with a refund, all that was given
    back of the charge, this refund included.
    """

    kind: RecordKind
    record_id: str
    refers_to: str
    place: Place
    day: date
    occurred_at: Instant
    account_id: str
    subscriber_id: str
    currency_code: str
    gross_minor_micros: int
    tax_minor_micros: int
    refunded_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class ChangedCharge:
    """A charge, and what its changes so far came to: corrected by so much, so many units given back."""

    home: date
    product: Product
    quantity: int
    gross_minor_micros: int
    corrected_minor_micros: int = 0
    quantity_given_back: int = 0


def changed_charge(record: SettlementRecord) -> ChangedCharge:
    """A charge that nothing has changed yet."""
    return ChangedCharge(record.home, record.product, record.quantity, record.gross_minor_micros)


def settle_change(
    change: Change, charge: ChangedCharge | None
) -> tuple[SettlementRecord, ChangedCharge | None]:
    """The record of a change, and the charge after it. None: the charge was never seen.

    Units are given back with the refund that gives back the last of the charge, as corrected, and once.
    """
    if charge is None:
        return _record(change, change.day, _unknown_product(change), 0), None
    product = replace(
        charge.product,
        kind=change.kind.value,
        origin=charge.product.kind,
        currency_code=change.currency_code,
    )
    if change.kind is RecordKind.CORRECTION:
        corrected = charge.corrected_minor_micros + change.gross_minor_micros
        after = replace(charge, corrected_minor_micros=corrected)
        return _record(change, charge.home, product, 0), after
    whole = charge.gross_minor_micros + charge.corrected_minor_micros
    back = charge.quantity - charge.quantity_given_back if change.refunded_minor_micros >= whole else 0
    after = replace(charge, quantity_given_back=charge.quantity_given_back + back)
    return _record(change, charge.home, product, -back), after


def _unknown_product(change: Change) -> Product:
    kind = change.kind.value
    return Product(kind, kind, "", "", 0, 0, "", "", "", "", "", change.currency_code)


def _record(change: Change, home: date, product: Product, quantity: int) -> SettlementRecord:
    return SettlementRecord(
        record_id=change.record_id,
        place=change.place,
        home=home,
        product=product,
        quantity=quantity,
        gross_minor_micros=change.gross_minor_micros,
        tax_minor_micros=change.tax_minor_micros,
        account_id=change.account_id,
        subscriber_id=change.subscriber_id,
        occurred_at=change.occurred_at,
        refers_to=change.refers_to,
    )
