"""Bases and whose money it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.common.kernel.identifiers import is_code
from services.partner_settlement.domain.agreements import (
    RECORDS_UNIT,
    Basis,
    BasisKind,
    Funding,
    PerUnitStep,
    RecordKind,
    Term,
    UnitRate,
)
from services.partner_settlement.domain.coverage import shapes_of
from services.partner_settlement.domain.findings import Finding, FindingReason, error, warning
from services.partner_settlement.domain.lint.parties import named_in
from services.partner_settlement.domain.lint.rates import rates_of, sides_of
from services.partner_settlement.domain.lint.subject import Subject

_COMPARING = (BasisKind.HIGHER_OF, BasisKind.LOWER_OF)
_PAID_BY_CUSTOMERS = (BasisKind.RETAIL, BasisKind.NET_OF_TAX)


def basis_findings(subject: Subject) -> Iterator[Finding]:
    """Bases without what they need; sponsors that are missing or paid."""
    for _, term, here in subject.terms():
        yield from _basis(term.basis, f"{here}.basis")
        yield from _funding(term, here)
        for rate, field in rates_of(term.basis, f"{here}.basis"):
            yield from _rate(term, rate, field)
    for _, term, step, here in subject.steps():
        if isinstance(step, PerUnitStep):
            yield from _rate(term, step.rate, f"{here}.per_unit")


def _basis(basis: Basis, field: str) -> Iterator[Finding]:
    if basis.kind is BasisKind.COST:
        yield from _cost(basis.rates, field)
    if basis.kind not in _COMPARING:
        return
    if len(basis.of) < 2:
        yield error(
            FindingReason.BASIS_SIDES_MISSING, field, f"{basis.kind.value} compares two bases or more"
        )
    for side, path in sides_of(basis, field):
        if side.kind in _COMPARING:
            yield error(
                FindingReason.BASIS_NESTED,
                path,
                "write what is compared side by side: higher-of and lower-of are not put into each other",
            )
        else:
            yield from _basis(side, path)


def _cost(rates: Sequence[UnitRate], field: str) -> Iterator[Finding]:
    if not rates:
        yield error(
            FindingReason.RATES_MISSING, f"{field}.cost", 'say what a unit costs: {per: 1 GB, amount: "0.50"}'
        )
    units = [rate.unit for rate in rates]
    for index, unit in enumerate(units):
        if unit in units[:index]:
            yield error(
                FindingReason.RATE_INVALID,
                f"{field}.cost.{index}",
                f"{unit} has a rate already; give each unit one",
            )


def _rate(term: Term, rate: UnitRate, field: str) -> Iterator[Finding]:
    if rate.per_units < 1:
        yield error(FindingReason.RATE_INVALID, f"{field}.per", "a rate is for one unit or more")
    if not is_code(rate.unit):
        yield error(
            FindingReason.RATE_INVALID, f"{field}.per", "name the unit: 1 GB, 1 min, 1 vehicles, 1 records"
        )
    origins = {shape.origin for shape in shapes_of(term.covers)}
    if rate.unit != RECORDS_UNIT and origins and RecordKind.USAGE not in origins:
        yield warning(
            FindingReason.RATE_COUNTS_NOTHING,
            f"{field}.per",
            f"only usage has {rate.unit}, and this covers none; count {RECORDS_UNIT} instead",
        )


def _funding(term: Term, here: str) -> Iterator[Finding]:
    field = f"{here}.funded_by"
    if term.funding is not Funding.SPONSOR:
        if term.funded_by_party:
            yield error(
                FindingReason.SPONSOR_UNEXPECTED,
                field,
                "nobody else pays here; write `funding: sponsor`, or take it out",
            )
        return
    if not term.funded_by_party:
        yield error(FindingReason.SPONSOR_MISSING, field, "say which party pays: `funded_by: streamcast`")
        return
    for index, step in enumerate(term.waterfall):
        for party, part in named_in(step):
            if party == term.funded_by_party:
                yield error(
                    FindingReason.SPONSOR_PAID,
                    f"{here}.waterfall.{index}.{part}",
                    f"{party} pays for all of this; it cannot be paid out of it",
                )
    if term.basis.kind in _PAID_BY_CUSTOMERS:
        yield warning(
            FindingReason.SPONSORED_REVENUE,
            f"{here}.basis",
            "the sponsor would pay what customers have paid already; use `cost` rates",
        )
