"""How much is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.subject import Subject

MAX_AGREEMENTS = 2_000
MAX_TERMS = 100
MAX_STEPS = 50


def size_findings(subject: Subject) -> Iterator[Finding]:
    """Agreements, terms and steps beyond what a person can check."""
    count = len(subject.document.agreements)
    if count > MAX_AGREEMENTS:
        yield error(
            FindingReason.AGREEMENTS_TOO_LARGE,
            "agreements",
            f"{count} agreements at once; publish at most {MAX_AGREEMENTS} together",
        )
    for agreement in subject.document.agreements:
        if len(agreement.terms) > MAX_TERMS:
            yield error(
                FindingReason.AGREEMENTS_TOO_LARGE,
                f"agreements.{agreement.code}.terms",
                f"{len(agreement.terms)} terms; an agreement has at most {MAX_TERMS}, divide it",
            )
    for _, term, here in subject.terms():
        if len(term.waterfall) > MAX_STEPS:
            yield error(
                FindingReason.AGREEMENTS_TOO_LARGE,
                f"{here}.waterfall",
                f"{len(term.waterfall)} steps; a waterfall has at most {MAX_STEPS}",
            )
