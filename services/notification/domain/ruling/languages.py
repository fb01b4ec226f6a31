"""In which languages an alert needs words."""

from __future__ import annotations

from services.notification.domain.rules import AlertRule, AlertRules
from services.notification.domain.ruling.samples import recipient_of


def told_in(rules: AlertRules, rule: AlertRule) -> tuple[str, ...]:
    """The operator reads the default language; everybody else chooses."""
    is_for_operator = rule.audience == "operator" or recipient_of(rule.on).operator
    return rules.languages[:1] if is_for_operator else rules.languages
