"""Lint: everything that is wrong with a catalog, its worked examples included. Changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.catalog.application.ports import (
    PreparedRating,
    Rating,
    SourceFile,
    SourceReader,
    TariffRefusedError,
    UsageReport,
)
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.check_examples import Computed, example_findings
from services.catalog.domain.examples import Document, WorkedExample
from services.catalog.domain.findings import Finding, FindingReason, Severity, error
from services.catalog.domain.lint import lint_catalog
from services.catalog.domain.places import network_in
from services.catalog.domain.reasons import CATALOG_HAS_ERRORS
from services.common.kernel.money import currency
from services.common.kernel.outcome import Refused, RefusedError

FINDINGS_IN_METADATA = 5
# Error details travel in a trailer of limited size.
CHARACTERS_PER_FINDING = 300


@dataclass(frozen=True, slots=True)
class LintReport:
    """Findings in the order of the files, and how much was looked at.

    `document` is None where the form is too wrong to say what the catalog is.
    """

    findings: tuple[Finding, ...]
    document: Document | None
    offerings: int = 0
    prices: int = 0
    examples: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stand in the way of publishing."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    def accepted(self) -> Document:
        """The document. Raises RefusedError CATALOG_HAS_ERRORS with the first findings in its metadata."""
        errors = self.errors
        if self.document is not None and not errors:
            return self.document
        metadata = {"errors": str(len(errors))}
        for number, finding in enumerate(errors[:FINDINGS_IN_METADATA], start=1):
            where = f"{finding.file}:{finding.line}: {_in_words(finding)}"
            metadata[f"finding_{number}"] = where[:CHARACTERS_PER_FINDING]
        first = (
            _in_words(errors[0])[:CHARACTERS_PER_FINDING] if errors else "there is no catalog in the files"
        )
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise RefusedError(
            Refused(CATALOG_HAS_ERRORS, f"the catalog has {count}; the first: {first}", "source", metadata)
        )


class Linter:
    """Reads a catalog, applies every rule, and lets charging's rating compute the worked examples."""

    def __init__(self, reader: SourceReader, rating: Rating) -> None:
        self._reader = reader
        self._rating = rating

    def lint_source(self, files: Sequence[SourceFile]) -> LintReport:
        """Checks files as one catalog. Computing, no I/O; a large catalog takes a second or so."""
        reading = self._reader.read(files)
        document = reading.document
        if document is None:
            return LintReport(_ordered(reading.findings, reading.locate), None)
        findings = [*reading.findings, *lint_catalog(document.catalog)]
        if not any(finding.severity is Severity.ERROR for finding in findings):
            findings += self._rated(document)
        return LintReport(
            _ordered(findings, reading.locate),
            document,
            offerings=len(document.catalog.offerings),
            prices=sum(len(offering.prices) for offering in document.catalog.offerings),
            examples=len(document.examples),
        )

    def _rated(self, document: Document) -> list[Finding]:
        try:
            prepared = self._rating.prepare(document.catalog)
        except TariffRefusedError as refusal:
            reason = FindingReason.__members__.get(refusal.reason, FindingReason.TARIFF_REFUSED)
            return [error(reason, refusal.field, refusal.message)]
        return [
            finding
            for example in document.examples
            for finding in _example(prepared, document.catalog, example)
        ]


def _example(prepared: PreparedRating, catalog: Catalog, example: WorkedExample) -> list[Finding]:
    here = f"examples.{example.code}"
    known = catalog.offerings_by_code()
    unknown = [code for code in example.offerings if code not in known]
    if unknown:
        message = f"there is no offering {unknown[0]!r}"
        return [error(FindingReason.OFFERING_UNKNOWN, f"{here}.offerings", message)]
    misplaced = [
        error(FindingReason.ZONE_UNKNOWN, f"{here}.usage.{index}.zone", f"no network lies in {usage.zone!r}")
        for index, usage in enumerate(example.usages)
        if usage.zone and network_in(catalog, usage.zone) is None
    ]
    if misplaced:
        return misplaced
    try:
        rated = prepared.rate(example.offerings, _reports(catalog, example), example.time_zone)
    except TariffRefusedError as refusal:
        reason = FindingReason.__members__.get(refusal.reason, FindingReason.TARIFF_REFUSED)
        return [error(reason, f"{here}.offerings", refusal.message)]
    computed = [
        Computed(line.amount_minor_micros, line.from_allowance_units, line.unit, line.refusal)
        for line in rated
    ]
    return list(example_findings(example, computed, currency(catalog.currency_code)))


def _reports(catalog: Catalog, example: WorkedExample) -> list[UsageReport]:
    groups = catalog.rating_groups_by_code()
    return [
        UsageReport(
            # A code cannot hold `#`, so a session of its own meets no named one.
            key=usage.session or f"#{index}",
            rating_group=groups[usage.rating_group].rating_group,
            units=usage.units,
            at=usage.at,
            serving_plmn=_network(catalog, usage.zone) if usage.zone else usage.serving_plmn,
        )
        for index, usage in enumerate(example.usages)
    ]


def _network(catalog: Catalog, zone: str) -> str:
    if any(place.code == zone and place.home for place in catalog.zones):
        return ""
    return network_in(catalog, zone) or ""


def _ordered(findings: Iterable[Finding], locate: Callable[[str], tuple[str, int]]) -> tuple[Finding, ...]:
    placed = []
    for finding in findings:
        file, line = (finding.file, finding.line) if finding.file else locate(finding.field)
        placed.append(dataclasses.replace(finding, file=file, line=line))
    return tuple(sorted(placed, key=lambda f: (f.file, f.line, f.field, f.reason.name, f.message)))


def _in_words(finding: Finding) -> str:
    return f"{finding.reason.name} {finding.field}: {finding.message}"
