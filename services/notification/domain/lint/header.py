"""What holds for all alerts: languages, hours, limits."""

from __future__ import annotations

from collections.abc import Iterator

from services.notification.domain.rules import AlertRules, RateLimit
from services.notification.domain.ruling.findings import Finding, FindingReason, error


def header_findings(rules: AlertRules) -> Iterator[Finding]:
    """Things that are there twice, or miss a part."""
    for code in _twice(rules.languages):
        yield error(FindingReason.LANGUAGE_TWICE, "languages", f"{code} is there twice; keep one")
    for hours in _twice(rules.expiry_hours):
        yield error(FindingReason.EXPIRY_HOURS_INVALID, "expiry_hours", f"{hours} is there twice; keep one")
    yield from _limits(rules)


def _limits(rules: AlertRules) -> Iterator[Finding]:
    first: dict[tuple[object, ...], int] = {}
    for index, limit in enumerate(rules.limits):
        here = f"limits.{index}"
        if limit.scope == "channel" and limit.channel is None:
            message = "a limit of a channel says which one: {scope: channel, channel: sms, ...}"
            yield error(FindingReason.LIMIT_INVALID, here, message)
        key = _key(limit)
        if key in first:
            message = f"limit {first[key] + 1} is for the same; keep one of them"
            yield error(FindingReason.LIMIT_TWICE, here, message)
        first.setdefault(key, index)


def _key(limit: RateLimit) -> tuple[object, ...]:
    return (limit.scope, limit.channel, limit.minutes)


def _twice(items: tuple[str, ...] | tuple[int, ...]) -> list[str]:
    return sorted({str(item) for index, item in enumerate(items) if item in items[:index]})
