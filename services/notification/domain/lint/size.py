"""How much people, and the rules of a kind of fact, can look through."""

from __future__ import annotations

from collections.abc import Iterator

from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding, FindingReason, error

MAX_ALERTS = 300
MAX_EXAMPLES = 1_000
MAX_WORDS = 1_000_000


def size_findings(rules: AlertRules) -> Iterator[Finding]:
    """More than that."""
    examples = sum(len(rule.examples) for rule in rules.rules)
    for field, what, count, most in (
        ("alerts", "alerts", len(rules.rules), MAX_ALERTS),
        ("alerts", "examples", examples, MAX_EXAMPLES),
        ("languages", "characters of words", sum(map(len, rules.words.values())), MAX_WORDS),
    ):
        if count > most:
            message = f"{count} {what}; there are at most {most}"
            yield error(FindingReason.RULES_TOO_LARGE, field, message)
