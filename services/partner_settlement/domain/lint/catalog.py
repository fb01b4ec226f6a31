"""Agreements against the catalog: what they name is for sale, and who is named has terms for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from services.common.kernel.quantity import BUILT_IN_UNITS
from services.partner_settlement.domain.agreements import (
    PEAK_UNITS,
    RECORDS_UNIT,
    Agreement,
    Coverage,
    PerUnitStep,
    TieredStep,
)
from services.partner_settlement.domain.catalog_view import CatalogOffering, CatalogView
from services.partner_settlement.domain.coverage import shapes_of
from services.partner_settlement.domain.findings import Finding, FindingReason, warning
from services.partner_settlement.domain.lint.rates import rates_of
from services.partner_settlement.domain.lint.subject import Subject, instead


def catalog_findings(subject: Subject) -> Iterator[Finding]:
    """Warnings: the catalog may be published after the agreements."""
    if subject.catalog is None:
        return
    for _, term, here in subject.terms():
        yield from _coverage(subject.catalog, term.covers, f"{here}.covers")
    for agreement in subject.document.agreements:
        for program in agreement.loyalty_programs:
            field = f"agreements.{agreement.code}.loyalty.{program.code}"
            yield from _coverage(subject.catalog, program.earned_by, f"{field}.earned_by")
            if program.earn_unit:
                yield from _unit(subject.catalog, program.earn_unit, f"{field}.every_units")
        yield from _not_covered(subject.catalog, agreement)
    yield from _units(subject, subject.catalog)


def _coverage(catalog: CatalogView, coverage: Coverage, field: str) -> Iterator[Finding]:
    yield from _unknown(
        FindingReason.OFFERING_UNKNOWN,
        "offering",
        coverage.offering_codes,
        catalog.offerings,
        f"{field}.offerings",
    )
    yield from _unknown(
        FindingReason.PRICE_UNKNOWN,
        "price or fee" + (" of these offerings" if coverage.offering_codes else ""),
        coverage.price_codes,
        _prices(catalog, coverage),
        f"{field}.prices",
    )
    yield from _unknown(
        FindingReason.SLICE_UNKNOWN, "slice", coverage.slices, catalog.slices, f"{field}.slices"
    )
    yield from _unknown(
        FindingReason.RATING_GROUP_UNKNOWN,
        "rating group",
        [str(number) for number in coverage.rating_groups],
        [str(number) for number in catalog.rating_groups],
        f"{field}.rating_groups",
    )


def _prices(catalog: CatalogView, coverage: Coverage) -> frozenset[str]:
    codes = coverage.offering_codes & catalog.offerings.keys() or catalog.offerings.keys()
    return frozenset().union(*(catalog.offerings[code].price_codes for code in codes))


def _unknown(
    reason: FindingReason, what: str, named: Collection[str], known: Collection[str], field: str
) -> Iterator[Finding]:
    for code in sorted(set(named) - set(known)):
        yield warning(reason, field, f"the published catalog has no {what} {code!r} ({instead(code, known)})")


def _not_covered(catalog: CatalogView, agreement: Agreement) -> Iterator[Finding]:
    coverages = [term.covers for term in agreement.terms]
    coverages += [program.earned_by for program in agreement.loyalty_programs]
    for code, offering in sorted(catalog.offerings.items()):
        if offering.agreement_code == agreement.code and not any(
            _may_cover(coverage, code, offering) for coverage in coverages
        ):
            yield warning(
                FindingReason.OFFERING_NOT_COVERED,
                f"agreements.{agreement.code}.terms",
                f"offering {code} of the catalog names {agreement.code}, and no term covers it",
            )


def _may_cover(coverage: Coverage, code: str, offering: CatalogOffering) -> bool:
    """True where a charge of an offering may fall under a coverage."""
    groups = coverage.rating_groups
    of_charges = any("offering_codes" not in shape.without for shape in shapes_of(coverage))
    of_offering = not coverage.offering_codes or code in coverage.offering_codes
    return of_charges and of_offering and (not groups or bool(groups & offering.rating_groups))


def _units(subject: Subject, catalog: CatalogView) -> Iterator[Finding]:
    for _, term, here in subject.terms():
        for rate, field in rates_of(term.basis, f"{here}.basis"):
            yield from _unit(catalog, rate.unit, f"{field}.per")
    for _, _, step, here in subject.steps():
        if isinstance(step, PerUnitStep):
            yield from _unit(catalog, step.rate.unit, f"{here}.per_unit.per")
        elif isinstance(step, TieredStep) and step.volume_unit:
            yield from _unit(catalog, step.volume_unit, f"{here}.tiered.by")


def _unit(catalog: CatalogView, unit: str, field: str) -> Iterator[Finding]:
    if unit != RECORDS_UNIT and unit not in BUILT_IN_UNITS | PEAK_UNITS:
        yield from _unknown(FindingReason.UNIT_UNKNOWN, "unit", [unit], catalog.units, field)
