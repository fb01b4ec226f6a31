"""Lint: everything that is wrong with a catalog, its worked examples included. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.application.ports import Rating, SourceReader, TariffRefusedError
from services.catalog.application.work_examples import work_example
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.lint import lint_catalog
from services.catalog.domain.reasons import CATALOG_HAS_ERRORS
from services.common.kernel.findings import SourceFile, errors_in, placed, refused_for
from services.common.kernel.outcome import RefusedError


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
        return errors_in(self.findings)

    def accepted(self) -> Document:
        """The document. Raises RefusedError CATALOG_HAS_ERRORS with the first findings in its metadata."""
        errors = self.errors
        if self.document is not None and not errors:
            return self.document
        nothing = "there is no catalog in the files"
        raise RefusedError(refused_for(errors, CATALOG_HAS_ERRORS, "the catalog has", nothing))


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
            return LintReport(placed(reading.findings, reading.locate), None)
        findings = [*reading.findings, *lint_catalog(document.catalog)]
        if not errors_in(findings):
            findings += self._rated(document)
        return LintReport(
            placed(findings, reading.locate),
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
            for finding in work_example(document.catalog, prepared, example)
        ]
