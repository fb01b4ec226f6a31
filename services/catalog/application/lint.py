"""Lint: everything that is wrong with a catalog, its worked examples included. Changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.catalog.application.ports import (
    Rating,
    SourceFile,
    SourceReader,
    TariffRefusedError,
)
from services.catalog.application.work_examples import work_example
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import Finding, FindingReason, Severity, error
from services.catalog.domain.lint import lint_catalog
from services.catalog.domain.reasons import CATALOG_HAS_ERRORS
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
            for finding in work_example(document.catalog, prepared, example)
        ]


def _ordered(findings: Iterable[Finding], locate: Callable[[str], tuple[str, int]]) -> tuple[Finding, ...]:
    placed = []
    for finding in findings:
        file, line = (finding.file, finding.line) if finding.file else locate(finding.field)
        placed.append(dataclasses.replace(finding, file=file, line=line))
    return tuple(sorted(placed, key=lambda f: (f.file, f.line, f.field, f.reason.name, f.message)))


def _in_words(finding: Finding) -> str:
    return f"{finding.reason.name} {finding.field}: {finding.message}"
