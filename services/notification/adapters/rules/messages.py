"""What the use cases about alert rules give back, as answers of NotificationRuleService."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.notification.v1 import rules_api_pb2 as api

from services.common.kernel.clock import utc
from services.common.kernel.findings import Severity, SourceFile
from services.common.kernel.publication import PublishedVersion, StoredVersion, digest_of
from services.common.publishing.publisher import PublishReport
from services.notification.application.ruling.lint import LintReport
from services.notification.application.ruling.ports import RulesWriter
from services.notification.application.ruling.versions import DiffReport
from services.notification.domain.ruling.findings import Finding, FindingReason

_SEVERITY = {
    Severity.WARNING: api.RULES_FINDING_SEVERITY_WARNING,
    Severity.ERROR: api.RULES_FINDING_SEVERITY_ERROR,
}


def files_of(source: api.RulesSource) -> tuple[SourceFile, ...]:
    """The files of a request."""
    return tuple(SourceFile(file.name, file.content) for file in source.files)


def source_of(files: Sequence[SourceFile]) -> api.RulesSource:
    """Files as a message."""
    return api.RulesSource(files=[api.RulesFile(name=file.name, content=file.content) for file in files])


def lint_response(report: LintReport, writer: RulesWriter) -> api.LintRulesResponse:
    """Findings, the number of alerts, and the digest that publishing would give; empty with errors."""
    rules = report.rules
    digest = digest_of(writer.source(rules)) if rules is not None and not report.errors else ""
    return api.LintRulesResponse(
        findings=_findings(report.findings),
        content_sha256=digest,
        alerts=len(rules.rules) if rules else 0,
    )


def diff_response(report: DiffReport) -> api.DiffRulesResponse:
    """Every change, and every finding."""
    return api.DiffRulesResponse(
        in_force_version=report.in_force_version,
        changes=[
            api.RulesChange(path=change.path, before=change.before, after=change.after)
            for change in report.changes
        ],
        findings=_findings(report.findings),
    )


def publish_response(report: PublishReport[FindingReason]) -> api.PublishRulesResponse:
    """What is in force now."""
    return api.PublishRulesResponse(
        version=version_message(report.answer.published),
        findings=_findings(report.warnings),
        published=report.answer.changed,
    )


def export_response(stored: StoredVersion) -> api.ExportRulesResponse:
    """The canonical source."""
    return api.ExportRulesResponse(version=version_message(stored.published), source=source_of(stored.files))


def version_message(published: PublishedVersion) -> api.RulesVersion:
    """A version without its content."""
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    return api.RulesVersion(
        version=published.version,
        content_sha256=published.content_sha256,
        published_at=at,
        comment=published.comment,
        alerts=published.entries,
        actor=published.actor,
    )


def _findings(findings: Sequence[Finding]) -> list[api.RulesFinding]:
    return [
        api.RulesFinding(
            severity=_SEVERITY[finding.severity],
            reason=finding.reason.name,
            message=finding.message,
            file=finding.file,
            line=finding.line,
            field=finding.field,
        )
        for finding in findings
    ]
