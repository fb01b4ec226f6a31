"""The rules of agreements, one module a theme. Each rule is a function from what is linted to findings."""

from __future__ import annotations

from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.domain.findings import Finding
from services.partner_settlement.domain.lint.amounts import amount_findings
from services.partner_settlement.domain.lint.basis import basis_findings
from services.partner_settlement.domain.lint.catalog import catalog_findings
from services.partner_settlement.domain.lint.coverage import coverage_findings
from services.partner_settlement.domain.lint.days import day_findings
from services.partner_settlement.domain.lint.disputes import dispute_findings
from services.partner_settlement.domain.lint.loyalty import loyalty_findings
from services.partner_settlement.domain.lint.parties import party_findings
from services.partner_settlement.domain.lint.shares import share_findings
from services.partner_settlement.domain.lint.size import size_findings
from services.partner_settlement.domain.lint.steps import step_findings
from services.partner_settlement.domain.lint.subject import Subject
from services.partner_settlement.domain.lint.twice import twice_findings

_RULES = (
    party_findings,
    day_findings,
    amount_findings,
    basis_findings,
    coverage_findings,
    step_findings,
    share_findings,
    loyalty_findings,
    dispute_findings,
    twice_findings,
    catalog_findings,
)


def lint_agreements(
    document: AgreementDocument, published: AgreementBook, catalog: CatalogView | None
) -> list[Finding]:
    """Everything that is wrong with agreements, without their worked examples and file positions.

    `published`: what they would stand beside. `catalog` None: nothing is held against it.
    """
    subject = Subject(document, published, catalog)
    too_large = list(size_findings(subject))
    return too_large or [finding for rule in _RULES for finding in rule(subject)]
