"""What the use cases about policies give back, as answers of OfferPolicyService."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import policy_api_pb2 as api

from services.common.kernel.clock import utc
from services.common.kernel.findings import Severity, SourceFile
from services.common.kernel.outlines import ChangeKind
from services.common.kernel.publication import PublishedVersion, StoredVersion
from services.common.publishing.publisher import PublishReport
from services.offers.application.policy_lint import LintReport
from services.offers.application.policy_versions import Change
from services.offers.domain.findings import Finding, FindingReason

_SEVERITY = {
    Severity.WARNING: api.POLICY_FINDING_SEVERITY_WARNING,
    Severity.ERROR: api.POLICY_FINDING_SEVERITY_ERROR,
}
_CHANGE_KIND = {
    ChangeKind.ADDED: api.POLICY_CHANGE_KIND_ADDED,
    ChangeKind.REMOVED: api.POLICY_CHANGE_KIND_REMOVED,
    ChangeKind.CHANGED: api.POLICY_CHANGE_KIND_CHANGED,
}


def files_of(source: api.PolicySource) -> tuple[SourceFile, ...]:
    """The files of a request."""
    return tuple(SourceFile(file.name, file.content) for file in source.files)


def lint_response(report: LintReport) -> api.LintPoliciesResponse:
    """Findings and counts."""
    policies = report.policies
    return api.LintPoliciesResponse(
        findings=_findings(report.findings),
        offers=len(policies.offers) if policies else 0,
        rules=report.rules,
        fences=len(policies.fences) if policies else 0,
        experiments=len(policies.experiments) if policies else 0,
        examples=len(policies.examples) if policies else 0,
    )


def diff_response(changes: Sequence[Change]) -> api.DiffPoliciesResponse:
    """Every change."""
    return api.DiffPoliciesResponse(
        changes=[
            api.PolicyChange(
                kind=_CHANGE_KIND[change.kind],
                field=change.field,
                old_value=change.old_value,
                new_value=change.new_value,
            )
            for change in changes
        ]
    )


def publish_response(report: PublishReport[FindingReason]) -> api.PublishPoliciesResponse:
    """What is in force now."""
    return api.PublishPoliciesResponse(
        version=version_message(report.answer.published),
        changed=report.answer.changed,
        warnings=_findings(report.warnings),
    )


def export_response(stored: StoredVersion) -> api.ExportPoliciesResponse:
    """The canonical source."""
    return api.ExportPoliciesResponse(
        version=version_message(stored.published),
        files=[api.PolicyFile(name=file.name, content=file.content) for file in stored.files],
    )


def version_message(published: PublishedVersion) -> api.PolicyVersion:
    """A version without its content."""
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    return api.PolicyVersion(
        version=published.version,
        content_sha256=published.content_sha256,
        published_at=at,
        published_by=published.actor,
    )


def _findings(findings: Sequence[Finding]) -> list[api.PolicyFinding]:
    return [
        api.PolicyFinding(
            severity=_SEVERITY[finding.severity],
            reason=finding.reason.name,
            message=finding.message,
            file=finding.file,
            line=finding.line,
            field=finding.field,
        )
        for finding in findings
    ]
