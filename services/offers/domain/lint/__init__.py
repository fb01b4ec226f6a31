"""The rules of offer policies, one module a theme. Each is a function from what is linted to findings."""

from __future__ import annotations

from services.offers.domain.findings import Finding
from services.offers.domain.lint.catalog import catalog_findings
from services.offers.domain.lint.contact import contact_findings, experiment_findings
from services.offers.domain.lint.names import name_findings
from services.offers.domain.lint.offers import offer_findings
from services.offers.domain.lint.protected import protected_findings
from services.offers.domain.lint.references import reference_findings, unused_findings
from services.offers.domain.lint.subject import Subject
from services.offers.domain.lint.texts import text_findings

_RULES = (
    reference_findings,
    name_findings,
    offer_findings,
    text_findings,
    protected_findings,
    contact_findings,
    experiment_findings,
    catalog_findings,
    unused_findings,
)


def lint_policies(subject: Subject) -> list[Finding]:
    """Everything that is wrong with policies, without rules that do not compile and worked examples."""
    return [finding for rule in _RULES for finding in rule(subject)]
