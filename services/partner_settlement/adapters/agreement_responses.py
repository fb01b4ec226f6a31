"""What the use cases about agreements give back, as answers of AgreementService."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.partner_settlement.v1 import agreement_api_pb2 as api

from services.common.kernel.findings import Severity, SourceFile
from services.common.kernel.outlines import ChangeKind
from services.partner_settlement.adapters.agreement_messages import agreement_message, party_message
from services.partner_settlement.adapters.statement_messages import stamp
from services.partner_settlement.application.agreement_diff import Change
from services.partner_settlement.application.agreement_lint import LintReport
from services.partner_settlement.application.agreement_ports import (
    SimulatedShare,
    Simulation,
    StoredAgreement,
)
from services.partner_settlement.application.agreement_publish import PublishReport
from services.partner_settlement.domain.findings import Finding
from services.partner_settlement.domain.publication import PublishedAgreement

_SEVERITY = {
    Severity.WARNING: api.FINDING_SEVERITY_WARNING,
    Severity.ERROR: api.FINDING_SEVERITY_ERROR,
}
_CHANGE_KIND = {
    ChangeKind.ADDED: api.AGREEMENT_CHANGE_KIND_ADDED,
    ChangeKind.REMOVED: api.AGREEMENT_CHANGE_KIND_REMOVED,
    ChangeKind.CHANGED: api.AGREEMENT_CHANGE_KIND_CHANGED,
}


def lint_response(report: LintReport) -> api.LintAgreementsResponse:
    """Findings and counts."""
    document = report.document
    return api.LintAgreementsResponse(
        findings=_findings(report.findings),
        parties=len(document.parties) if document else 0,
        agreements=len(document.agreements) if document else 0,
        terms=sum(len(agreement.terms) for agreement in document.agreements) if document else 0,
        examples=len(document.examples) if document else 0,
    )


def diff_response(changes: Sequence[Change]) -> api.DiffAgreementsResponse:
    """Every change."""
    return api.DiffAgreementsResponse(
        changes=[
            api.AgreementChange(
                kind=_CHANGE_KIND[change.kind],
                field=change.field,
                old_value=change.old_value,
                new_value=change.new_value,
                agreement_code=change.agreement_code,
            )
            for change in changes
        ]
    )


def simulate_response(simulation: Simulation) -> api.SimulateAgreementsResponse:
    """Both sides."""
    return api.SimulateAgreementsResponse(
        shares=[_share(share) for share in simulation.shares], records=simulation.records
    )


def publish_response(report: PublishReport) -> api.PublishAgreementsResponse:
    """What became a version."""
    return api.PublishAgreementsResponse(
        published=[published_message(item) for item in report.answer.published],
        party_codes=report.answer.party_codes,
        warnings=_findings(report.warnings),
    )


def export_response(file: SourceFile) -> api.ExportAgreementsResponse:
    """The canonical source."""
    return api.ExportAgreementsResponse(file=api.AgreementFile(name=file.name, content=file.content))


def get_response(stored: StoredAgreement) -> api.GetAgreementResponse:
    """A version, its content, its parties."""
    return api.GetAgreementResponse(
        published=published_message(stored.published),
        agreement=agreement_message(stored.agreement),
        parties=[party_message(party) for party in stored.parties],
    )


def published_message(published: PublishedAgreement) -> api.PublishedAgreement:
    """A version without its content."""
    return api.PublishedAgreement(
        agreement_code=published.agreement_code,
        version=published.version,
        effective_from=published.effective_from.isoformat(),
        content_sha256=published.content_sha256,
        published_at=stamp(published.published_at),
        published_by=published.published_by,
    )


def _share(share: SimulatedShare) -> api.SimulatedShare:
    return api.SimulatedShare(
        agreement_code=share.agreement_code,
        party_code=share.party_code,
        period=share.period,
        currency_code=share.currency_code,
        proposed_minor=share.proposed_minor,
        in_force_minor=share.in_force_minor,
    )


def _findings(findings: Sequence[Finding]) -> list[api.AgreementFinding]:
    return [
        api.AgreementFinding(
            severity=_SEVERITY[finding.severity],
            reason=finding.reason.name,
            message=finding.message,
            file=finding.file,
            line=finding.line,
            field=finding.field,
        )
        for finding in findings
    ]
