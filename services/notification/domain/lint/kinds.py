"""Kinds of facts that nobody is told of."""

from __future__ import annotations

from collections.abc import Iterator

from services.notification.domain.facts import FactKind
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding, FindingReason, warning


def kind_findings(rules: AlertRules) -> Iterator[Finding]:
    """A warning for each."""
    told = {rule.on for rule in rules.rules}
    for kind in FactKind:
        if kind not in told:
            message = f"nobody is told of {kind.value}; write an alert with `on: {kind.value}`"
            yield warning(FindingReason.FACT_UNTOLD, "alerts", message)
