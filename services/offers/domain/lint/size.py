"""How much one decision can look at."""

from __future__ import annotations

from collections.abc import Iterator

from services.offers.domain.findings import Finding, FindingReason, error
from services.offers.domain.policies import OfferPolicies

MAX_OFFERS = 500
MAX_RULES = 30
MAX_NAMED_RULES = 500
MAX_CLASSES = 50
MAX_EXAMPLES = 1_000


def size_findings(policies: OfferPolicies) -> Iterator[Finding]:
    """More than decisions, or people, can look through."""
    for field, what, count, most in (
        ("offers", "offers", len(policies.offers), MAX_OFFERS),
        ("rules", "named rules", len(policies.rules), MAX_NAMED_RULES),
        ("usage_classes", "classes of usage", len(policies.usage_classes), MAX_CLASSES),
        ("examples", "examples", len(policies.examples), MAX_EXAMPLES),
    ):
        if count > most:
            yield _too_large(field, count, what, most)
    for offer in policies.offers:
        rules = (*offer.eligibility, *offer.applicability, *offer.suitability)
        parts = len(rules) + len(offer.context_weights) + len(offer.triggers)
        if parts > MAX_RULES:
            yield _too_large(f"offers.{offer.code}", parts, "rules, weights and triggers", MAX_RULES)


def _too_large(field: str, count: int, what: str, most: int) -> Finding:
    return error(FindingReason.POLICIES_TOO_LARGE, field, f"{count} {what}; there are at most {most}")
