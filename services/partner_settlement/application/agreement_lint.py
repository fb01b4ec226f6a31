"""Lint: everything that is wrong with agreements, their worked examples included. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile, errors_in, placed, refused_for, warnings_in
from services.common.kernel.outcome import RefusedError
from services.partner_settlement.application.agreement_ports import (
    NOTHING_PUBLISHED,
    AgreementReader,
    AgreementStore,
    Catalog,
    CatalogUnreachableError,
    Published,
)
from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.domain.findings import Finding, FindingReason, warning
from services.partner_settlement.domain.lint import lint_agreements
from services.partner_settlement.domain.reasons import AGREEMENTS_HAVE_ERRORS
from services.partner_settlement.domain.work_examples import work_examples


@dataclass(frozen=True, slots=True)
class LintReport:
    """Findings in the order of the files, and what they are about.

    `document` is None where the form is too wrong to say what the agreements are. `published`: what
    they were held against.
    """

    findings: tuple[Finding, ...]
    document: AgreementDocument | None
    published: Published = NOTHING_PUBLISHED

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stand in the way of publishing."""
        return errors_in(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that do not."""
        return warnings_in(self.findings)

    def accepted(self) -> AgreementDocument:
        """The document. Raises RefusedError AGREEMENTS_HAVE_ERRORS, the first findings in its metadata."""
        errors = self.errors
        if self.document is not None and not errors:
            return self.document
        nothing = "there is no agreement in the files"
        raise RefusedError(refused_for(errors, AGREEMENTS_HAVE_ERRORS, "the agreements have", nothing))


class Linter:
    """Reads agreements, applies every rule, and lets settlement compute the worked examples."""

    def __init__(self, reader: AgreementReader) -> None:
        self._reader = reader

    def lint_source(
        self,
        files: Sequence[SourceFile],
        published: Published = NOTHING_PUBLISHED,
        catalog: CatalogView | None = None,
        unreachable: str = "",
    ) -> LintReport:
        """Checks files as one set, beside what is published. Computing, no I/O.

        `catalog` None: nothing is held against it; `unreachable` says why, where that is worth a warning.
        """
        reading = self._reader.read(files)
        document = reading.document
        if document is None:
            return LintReport(placed(reading.findings, reading.locate), None, published)
        findings = [*reading.findings, *lint_agreements(document, published.book, catalog)]
        if unreachable:
            findings.append(warning(FindingReason.CATALOG_UNREACHABLE, "", unreachable))
        if not errors_in(findings):
            findings += work_examples(document)
        return LintReport(placed(findings, reading.locate), document, published)


class ServiceLinter:
    """Lint as the service does it: beside everything published, and with the catalog where it answers."""

    def __init__(self, linter: Linter, store: AgreementStore, catalog: Catalog) -> None:
        self._linter = linter
        self._store = store
        self._catalog = catalog

    async def lint_source(self, files: Sequence[SourceFile]) -> LintReport:
        """Checks files as one set."""
        published = await self._store.published()
        unreachable, view = "", None
        try:
            view = await self._catalog.newest()
        except CatalogUnreachableError as error:
            unreachable = f"{error}; offerings, prices and units were not looked up"
        return await asyncio.to_thread(self._linter.lint_source, files, published, view, unreachable)
