"""The charges that refunds and corrections are about, out of the batch or the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, func, select
from sqlmodel import Session

from services.partner_settlement.adapters.accrual.days import date_of
from services.partner_settlement.adapters.accrual.decode import Decoded
from services.partner_settlement.adapters.accrual.products import PRODUCT, chunked_rows, products_by_id
from services.partner_settlement.adapters.tables.accrual import RecordTable
from services.partner_settlement.domain.agreements import RecordKind
from services.partner_settlement.domain.changes import Change, ChangedCharge, changed_charge, settle_change
from services.partner_settlement.domain.records import SettlementRecord

_RECORD = RecordTable.metadata.tables["settlement_record"]
_CHARGES = select(
    _RECORD.c.record_id, _RECORD.c.home_day, _RECORD.c.product_id, _RECORD.c.quantity, _RECORD.c.gross
).where(_RECORD.c.record_id.in_(bindparam("charges", expanding=True)))
# Cast by int(): PostgreSQL adds bigints up to a numeric.
_CHANGES = (
    select(_RECORD.c.refers_to, PRODUCT.c.kind, func.sum(_RECORD.c.gross), func.sum(_RECORD.c.quantity))
    .join_from(_RECORD, PRODUCT, PRODUCT.c.id == _RECORD.c.product_id)
    .where(_RECORD.c.refers_to.in_(bindparam("charges", expanding=True)), _RECORD.c.refers_to != "")
    .group_by(_RECORD.c.refers_to, PRODUCT.c.kind)
)


def settled(session: Session, decoded: Sequence[Decoded]) -> list[SettlementRecord]:
    """Decoded records with every change settled, in their order."""
    wanted = {item.refers_to for item in decoded if isinstance(item, Change)}
    if not wanted:
        return [item for item in decoded if isinstance(item, SettlementRecord)]
    charges = _stored(session, wanted)
    records: list[SettlementRecord] = []
    for item in decoded:
        if isinstance(item, Change):
            record, after = settle_change(item, charges.get(item.refers_to))
            if after is not None:
                charges[item.refers_to] = after
        else:
            record = item
            if record.record_id in wanted:
                charges[record.record_id] = changed_charge(record)
        records.append(record)
    return records


def _stored(session: Session, record_ids: Iterable[str]) -> dict[str, ChangedCharge]:
    """Those of the charges that are in the database, and what their changes there came to."""
    wanted = sorted(record_ids)
    rows = list(chunked_rows(session, _CHARGES, "charges", wanted))
    products = products_by_id(session, (row.product_id for row in rows))
    charges = {
        row.record_id: ChangedCharge(date_of(row.home_day), products[row.product_id], row.quantity, row.gross)
        for row in rows
    }
    return _with_changes(session, charges)


def _with_changes(session: Session, charges: Mapping[str, ChangedCharge]) -> dict[str, ChangedCharge]:
    changed = dict(charges)
    for charge_id, kind, gross, quantity in chunked_rows(session, _CHANGES, "charges", sorted(charges)):
        charge = changed[charge_id]
        if kind == RecordKind.CORRECTION.value:
            changed[charge_id] = replace(charge, corrected_minor_micros=int(gross))
        else:
            changed[charge_id] = replace(charge, quantity_given_back=-int(quantity))
    return changed
