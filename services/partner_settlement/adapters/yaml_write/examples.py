"""Worked examples as they are written."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal, filled
from services.partner_settlement.adapters.yaml_form.fields import OPERATOR
from services.partner_settlement.adapters.yaml_write.pen import minor_decimal, size
from services.partner_settlement.domain.agreement_document import ExampleRecord, WorkedExample


def write_example(example: WorkedExample, first_currency: str) -> Tree:
    """An example; its currency where it is not the agreement's first."""
    money = example.currency_code
    shares = _shares(example.shares, money)
    if example.operator_minor is not None:
        shares[OPERATOR] = minor_decimal(example.operator_minor, money)
    return filled(
        agreement=example.agreement_code,
        period=example.period,
        currency=None if money == first_currency else money,
        records=[_record(record, money) for record in example.records],
        shares=shares,
        borne=_shares(example.borne, money),
        owed=_shares(example.owed, money),
    )


def _shares(shares: Mapping[str, int], money: str) -> dict[str, Tree]:
    return {party: minor_decimal(shares[party], money) for party in sorted(shares)}


def _record(record: ExampleRecord, money: str) -> Tree:
    gross, tax = record.gross_minor_micros, record.tax_minor_micros
    return filled(
        kind=record.kind.value,
        of=record.of.value if record.of else None,
        offering=record.offering_code,
        price=record.price_code,
        rating_group=record.rating_group or None,
        slice=record.slice,
        application=record.application,
        sponsor=record.sponsor,
        loyalty_program=record.loyalty_program,
        units=size(record.quantity, record.unit) if record.unit else None,
        amount=decimal(gross, money) if gross else None,
        tax=decimal(tax, money) if tax else None,
        count=record.count if record.count > 1 else None,
    )
