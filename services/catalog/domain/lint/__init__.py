"""The rules of a catalog, one module a theme. Each rule is a function from a catalog to findings."""

from __future__ import annotations

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding
from services.catalog.domain.lint.amounts import amount_findings
from services.catalog.domain.lint.bundles import bundle_findings
from services.catalog.domain.lint.coverage import coverage_findings
from services.catalog.domain.lint.fees import fee_findings
from services.catalog.domain.lint.figures import figure_findings
from services.catalog.domain.lint.offerings import offering_findings
from services.catalog.domain.lint.places import place_findings
from services.catalog.domain.lint.policies import policy_findings
from services.catalog.domain.lint.precedence import precedence_findings
from services.catalog.domain.lint.prices import price_findings
from services.catalog.domain.lint.references import reference_findings
from services.catalog.domain.lint.size import size_findings
from services.catalog.domain.lint.tables import table_findings
from services.catalog.domain.lint.times import time_findings

_RULES = (
    reference_findings,
    place_findings,
    table_findings,
    time_findings,
    amount_findings,
    price_findings,
    fee_findings,
    policy_findings,
    figure_findings,
    offering_findings,
    bundle_findings,
    coverage_findings,
    precedence_findings,
)


def lint_catalog(catalog: Catalog) -> list[Finding]:
    """Everything that is wrong with a catalog, without its worked examples and without file positions."""
    too_large = list(size_findings(catalog))
    return too_large or [finding for rule in _RULES for finding in rule(catalog)]
