"""Alerts one by one: urgency, channels, collapse keys; and that no two say the same."""

from __future__ import annotations

from collections.abc import Iterator

from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.rules import AlertRule, AlertRules
from services.notification.domain.ruling.findings import Finding, FindingReason, error, warning
from services.notification.domain.ruling.samples import recipient_of


def alert_findings(rules: AlertRules) -> Iterator[Finding]:
    """What does not fit together within an alert."""
    for rule in rules.rules:
        here = f"alerts.{rule.code}"
        yield from _urgency(rule, here)
        yield from _channels(rule, here)
        if any(sign in rule.collapse.replace("{about}", "").replace("{alert}", "") for sign in "{}"):
            message = "it may hold {about} and {alert}, and no other braces"
            yield error(FindingReason.COLLAPSE_INVALID, f"{here}.collapse", message)


def _urgency(rule: AlertRule, here: str) -> Iterator[Finding]:
    must_be_told = rule.category is Category.REGULATORY or rule.severity is AlertSeverity.CRITICAL
    if rule.digest_minutes and must_be_told:
        message = "what is regulatory or critical is told at once; take the digest out"
        yield error(FindingReason.REGULATORY_HAS_DIGEST, f"{here}.digest", message)
    if rule.category is Category.MARKETING and rule.severity is AlertSeverity.CRITICAL:
        message = "critical messages are never held back, and marketing always may be; write info"
        yield error(FindingReason.MARKETING_IS_CRITICAL, f"{here}.severity", message)


def _channels(rule: AlertRule, here: str) -> Iterator[Finding]:
    for channel in sorted({item.value for item in rule.chain if rule.chain.count(item) > 1}):
        message = f"{channel} is there twice; keep one"
        yield error(FindingReason.CHANNEL_TWICE, f"{here}.channels", message)
    is_for_operator = rule.audience == "operator" or recipient_of(rule.on).operator
    if Channel.OPERATOR in rule.chain and not is_for_operator:
        message = "customers have no such channel; it is for `audience: operator`"
        yield error(FindingReason.CHANNEL_UNFIT, f"{here}.channels", message)
    if rule.digest_minutes and not rule.chain:
        message = "the inbox is told at once; a digest is for channels"
        yield warning(FindingReason.DIGEST_WITHOUT_CHANNEL, f"{here}.digest", message)
    if rule.everywhere and len(rule.chain) < 2:
        message = "with fewer than two channels it changes nothing"
        yield warning(FindingReason.EVERYWHERE_ALONE, f"{here}.everywhere", message)


def duplicate_findings(rules: AlertRules) -> Iterator[Finding]:
    """Two alerts of the same fact, condition and audience."""
    first: dict[tuple[object, ...], str] = {}
    for rule in rules.rules:
        key = (rule.on, "".join(rule.when.split()), rule.audience)
        if key in first:
            message = f"{first[key]} is told of the same to the same; keep one, or give them conditions"
            yield error(FindingReason.ALERT_DUPLICATE, f"alerts.{rule.code}", message)
        first.setdefault(key, rule.code)
