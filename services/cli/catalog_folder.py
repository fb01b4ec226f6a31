"""A catalog as it lies on disk, read and checked without a server.

Brings the catalog's reader and charging's rating code along, so it is imported only where needed.
"""

from __future__ import annotations

from pathlib import Path

from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.catalog.v1 import catalog_pb2

from services.catalog.adapters.messages import catalog_message
from services.catalog.adapters.offline import offline_linter
from services.catalog.application.lint import LintReport
from services.catalog.domain.findings import Finding
from services.cli.failures import CommandFailedError
from services.cli.source_folders import read_folder
from services.common.kernel.findings import Severity, SourceFile
from services.common.kernel.outcome import RefusedError

_SEVERITY = {Severity.ERROR: api.SEVERITY_ERROR, Severity.WARNING: api.SEVERITY_WARNING}


def read_source(path: Path) -> api.CatalogSource:
    """The YAML files of a folder in the order of their names, or one file. Raises CommandFailedError."""
    files = read_folder(path)
    return api.CatalogSource(files=[api.SourceFile(name=f.name, content=f.content) for f in files])


def lint_offline(source: api.CatalogSource) -> api.LintCatalogResponse:
    """What the catalog service would answer to LintCatalog, worked examples included."""
    report = _lint(source)
    return api.LintCatalogResponse(
        findings=[_finding_message(finding) for finding in report.findings],
        offerings=report.offerings,
        prices=report.prices,
        examples=report.examples,
    )


def catalog_in(source: api.CatalogSource) -> catalog_pb2.Catalog:
    """The content of a catalog without errors. Raises CommandFailedError for one with errors."""
    try:
        return catalog_message(_lint(source).accepted().catalog)
    except RefusedError as error:
        raise CommandFailedError(
            f"{error.refused.message}; `tidemark catalog lint` lists everything"
        ) from error


def _lint(source: api.CatalogSource) -> LintReport:
    return offline_linter().lint_source([SourceFile(file.name, file.content) for file in source.files])


def _finding_message(finding: Finding) -> api.Finding:
    return api.Finding(
        severity=_SEVERITY[finding.severity],
        reason=finding.reason.name,
        message=finding.message,
        file=finding.file,
        line=finding.line,
        field=finding.field,
    )
