"""Worked examples from their forms."""

from __future__ import annotations

from collections.abc import Mapping

from services.partner_settlement.adapters.yaml_build.scope import Scope
from services.partner_settlement.adapters.yaml_form import agreements as form
from services.partner_settlement.adapters.yaml_form.fields import OPERATOR
from services.partner_settlement.domain.agreement_document import ExampleRecord, WorkedExample
from services.partner_settlement.domain.agreements import RecordKind


def build_example(
    scope: Scope, code: str, example: form.ExampleForm, agreements: Mapping[str, form.AgreementForm]
) -> WorkedExample:
    """One example, in its own currency or the agreement's first."""
    here = f"examples.{code}"
    agreement = agreements.get(example.agreement)
    money = example.currency or (agreement.currencies[0] if agreement and agreement.currencies else "")
    shares = _minor(scope, example.shares, money, f"{here}.shares")
    return WorkedExample(
        code=code,
        agreement_code=example.agreement,
        period=example.period,
        currency_code=money,
        records=tuple(
            _record(scope, record, money, f"{here}.records.{index}")
            for index, record in enumerate(example.records)
        ),
        shares={party: minor for party, minor in shares.items() if party != OPERATOR},
        operator_minor=shares.get(OPERATOR),
        borne=_minor(scope, example.borne, money, f"{here}.borne"),
        owed=_minor(scope, example.owed, money, f"{here}.owed"),
    )


def _minor(scope: Scope, written: Mapping[str, str], money: str, field: str) -> dict[str, int]:
    """Whole minor units by party, in order of code."""
    found = {}
    for party, decimal in sorted(written.items()):
        minor = scope.minor_of(decimal, money, f"{field}.{party}")
        if minor is not None:
            found[party] = minor
    return found


def _record(scope: Scope, record: form.ExampleRecordForm, money: str, field: str) -> ExampleRecord:
    units = record.units
    unit, quantity = scope.units(units, f"{field}.units") if units is not None else ("", 0)
    return ExampleRecord(
        kind=RecordKind(record.kind),
        offering_code=record.offering or "",
        price_code=record.price or "",
        rating_group=record.rating_group,
        slice=record.slice or "",
        application=record.application or "",
        sponsor=record.sponsor or "",
        loyalty_program=record.loyalty_program or "",
        unit=unit,
        quantity=quantity,
        gross_minor_micros=scope.minor_micros_of(record.amount, money, f"{field}.amount") or 0,
        tax_minor_micros=scope.minor_micros_of(record.tax, money, f"{field}.tax") or 0,
        count=record.count,
        of=RecordKind(record.of) if record.of else None,
    )
