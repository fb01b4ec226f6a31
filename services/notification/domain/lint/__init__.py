"""The rules of alert rules, one module a theme. Each is a function from the rules to findings."""

from __future__ import annotations

from services.notification.domain.lint.alerts import alert_findings, duplicate_findings
from services.notification.domain.lint.header import header_findings
from services.notification.domain.lint.kinds import kind_findings
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding

_RULES = (header_findings, alert_findings, duplicate_findings, kind_findings)


def lint_rules(rules: AlertRules) -> list[Finding]:
    """Everything that is wrong with rules, without conditions, words and worked examples."""
    return [finding for rule in _RULES for finding in rule(rules)]
