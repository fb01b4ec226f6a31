"""What the use cases give back, as answers of CatalogService."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.catalog.v1 import catalog_api_pb2, catalog_pb2
from tidemark.type.v1 import money_pb2, quantity_pb2

from services.catalog.adapters.event_messages import timestamp
from services.catalog.adapters.message_tables import CHANGE_KIND, SEVERITY
from services.catalog.application.diff import CountedChange, DiffReport
from services.catalog.application.lint import LintReport
from services.catalog.application.ports import StoredVersion
from services.catalog.application.publish import PublishReport
from services.catalog.application.simulate import SimulatedGroup, Simulation
from services.catalog.domain.findings import Finding
from services.catalog.domain.publication import PublishedVersion


def lint_response(report: LintReport) -> catalog_api_pb2.LintCatalogResponse:
    """Findings and counts."""
    return catalog_api_pb2.LintCatalogResponse(
        findings=_findings(report.findings),
        offerings=report.offerings,
        prices=report.prices,
        examples=report.examples,
    )


def diff_response(report: DiffReport) -> catalog_api_pb2.DiffCatalogResponse:
    """Changes with their counts."""
    return catalog_api_pb2.DiffCatalogResponse(
        live_version=report.newest_version, changes=[_change(item) for item in report.changes]
    )


def simulate_response(simulation: Simulation) -> catalog_api_pb2.SimulateCatalogResponse:
    """Both sides, rating group by rating group, and their totals."""
    code = simulation.currency_code
    groups = simulation.groups
    return catalog_api_pb2.SimulateCatalogResponse(
        live_version=simulation.live_version,
        rating_groups=[_group(group, code) for group in groups],
        old_total=_money(sum(group.old.amount_minor_micros for group in groups), code),
        new_total=_money(sum(group.new.amount_minor_micros for group in groups), code),
    )


def publish_response(report: PublishReport) -> catalog_api_pb2.PublishCatalogResponse:
    """The version that was made, or found unchanged."""
    published = report.answer.published
    return catalog_api_pb2.PublishCatalogResponse(
        version=published.version,
        effective_from=timestamp(published.effective_from),
        content_sha256=published.content_sha256,
        unchanged=report.answer.unchanged,
        warnings=_findings(report.warnings),
    )


def export_response(stored: StoredVersion) -> catalog_api_pb2.ExportCatalogResponse:
    """The canonical source."""
    return catalog_api_pb2.ExportCatalogResponse(
        version=stored.published.version,
        file=catalog_api_pb2.SourceFile(name=stored.source.name, content=stored.source.content),
        content_sha256=stored.published.content_sha256,
    )


def get_response(stored: StoredVersion) -> catalog_api_pb2.GetCatalogVersionResponse:
    """A version and its content."""
    return catalog_api_pb2.GetCatalogVersionResponse(
        version=version_message(stored.published), catalog=catalog_pb2.Catalog.FromString(stored.content)
    )


def version_message(published: PublishedVersion) -> catalog_api_pb2.CatalogVersion:
    """A version without its content."""
    return catalog_api_pb2.CatalogVersion(
        version=published.version,
        catalog_code=published.catalog_code,
        effective_from=timestamp(published.effective_from),
        published_at=timestamp(published.published_at),
        published_by=published.published_by,
        content_sha256=published.content_sha256,
    )


def _findings(findings: Sequence[Finding]) -> list[catalog_api_pb2.Finding]:
    return [
        catalog_api_pb2.Finding(
            severity=SEVERITY[finding.severity],
            reason=finding.reason.name,
            message=finding.message,
            file=finding.file,
            line=finding.line,
            field=finding.field,
        )
        for finding in findings
    ]


def _change(item: CountedChange) -> catalog_api_pb2.CatalogChange:
    change = item.change
    return catalog_api_pb2.CatalogChange(
        kind=CHANGE_KIND[change.kind],
        field=change.field,
        old_value=change.old_value,
        new_value=change.new_value,
        offering_code=change.offering_code,
        accounts=item.count.accounts,
        subscribers=item.count.subscribers,
    )


def _group(group: SimulatedGroup, currency_code: str) -> catalog_api_pb2.SimulatedRatingGroup:
    return catalog_api_pb2.SimulatedRatingGroup(
        rating_group=group.rating_group,
        code=group.code,
        used=_quantity(group.used_units, group.unit),
        old_from_allowance=_quantity(group.old.from_allowance_units, group.unit),
        new_from_allowance=_quantity(group.new.from_allowance_units, group.unit),
        old_amount=_money(group.old.amount_minor_micros, currency_code),
        new_amount=_money(group.new.amount_minor_micros, currency_code),
        old_unrated=group.old.unrated,
        new_unrated=group.new.unrated,
        old_tax=_money(group.old.tax_minor_micros, currency_code),
        new_tax=_money(group.new.tax_minor_micros, currency_code),
    )


def _money(minor_micros: int, currency_code: str) -> money_pb2.Money:
    return money_pb2.Money(currency_code=currency_code, minor_micros=minor_micros)


def _quantity(amount: int, unit: str) -> quantity_pb2.Quantity:
    return quantity_pb2.Quantity(unit=unit, amount=amount)
