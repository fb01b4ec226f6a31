"""Thresholds below which a line is not disputed."""

from __future__ import annotations

from collections.abc import Iterator

from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.subject import Subject


def dispute_findings(subject: Subject) -> Iterator[Finding]:
    """Percentages beyond 100 and amounts below zero."""
    for agreement in subject.document.agreements:
        here, terms = f"agreements.{agreement.code}.disputes", agreement.disputes
        if not 0 <= terms.minimum_percent <= 100:
            yield error(
                FindingReason.DISPUTE_TERMS_INVALID,
                f"{here}.minimum_percent",
                "a threshold is 0 to 100 per cent of the line's amount",
            )
        if any(minor < 0 for minor in terms.minimums.values()):
            yield error(
                FindingReason.DISPUTE_TERMS_INVALID, f"{here}.minimum", "a threshold is not below zero"
            )
