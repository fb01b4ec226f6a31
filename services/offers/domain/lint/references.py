"""What names what: placements, channels, classes, fences, offers that are not there, or not named."""

from __future__ import annotations

from collections.abc import Iterator

from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.lint.subject import Subject, unknown


def reference_findings(subject: Subject) -> Iterator[Finding]:
    """Names of the policies themselves."""
    policies = subject.policies
    classes = [item.code for item in policies.usage_classes]
    fences = [fence.code for fence in policies.fences]
    for offer, here in subject.offers():
        yield from _places(subject, offer.placements, f"{here}.placements")
        yield from _channels(subject, offer.channels, f"{here}.channels")
        reason = FindingReason.USAGE_CLASS_UNKNOWN
        yield from unknown(reason, "class of usage", offer.usage_classes, classes, f"{here}.compared_over")
        yield from _fences(offer.fence_codes, fences, f"{here}.fences")
        for index, trigger in enumerate(offer.triggers):
            named = [trigger.fence_code] if trigger.fence_code else []
            yield from _fences(named, fences, f"{here}.triggers.{index}.fence")
    for field, mentions in subject.mentions.items():
        yield from _fences(mentions.fences - {""}, fences, field)
    for index, cap in enumerate(policies.contact.caps):
        yield from _channels(subject, cap.channels, f"contact.caps.{index}.channels")
    yield from _experiments(subject)
    yield from _examples(subject)
    yield from _overlapping_classes(subject)


def unused_findings(subject: Subject) -> Iterator[Finding]:
    """Warnings: named rules and fences that nothing uses."""
    policies = subject.policies
    used = set().union(*(mentions.rules for mentions in subject.mentions.values()))
    for name in sorted(policies.rules.keys() - used):
        yield warning(FindingReason.RULE_UNUSED, f"rules.{name}", "no rule uses it; use it or take it out")
    named = set().union(*(mentions.fences for mentions in subject.mentions.values()))
    for offer in policies.offers:
        named.update(offer.fence_codes)
        named.update(trigger.fence_code for trigger in offer.triggers)
    for fence in policies.fences:
        if fence.code not in named:
            yield warning(
                FindingReason.FENCE_UNUSED,
                f"fences.{fence.code}",
                "no offer names it; every fix is held against it",
            )


def _places(subject: Subject, named: tuple[str, ...], field: str) -> Iterator[Finding]:
    known = subject.policies.placements
    yield from unknown(FindingReason.PLACEMENT_UNKNOWN, "placement", named, known, field)


def _channels(subject: Subject, named: tuple[str, ...], field: str) -> Iterator[Finding]:
    known = subject.policies.channels
    yield from unknown(FindingReason.CHANNEL_UNKNOWN, "channel", named, known, field)


def _fences(
    named: list[str] | tuple[str, ...] | frozenset[str], known: list[str], field: str
) -> Iterator[Finding]:
    yield from unknown(FindingReason.FENCE_UNKNOWN, "fence", named, known, field)


def _experiments(subject: Subject) -> Iterator[Finding]:
    offers = [offer.code for offer in subject.policies.offers]
    for experiment in subject.policies.experiments:
        here = f"experiments.{experiment.code}"
        yield from _places(subject, experiment.placements, f"{here}.placements")
        for arm in experiment.arms:
            for named, part in ((arm.without_offers, "without"), (tuple(arm.lever_percents), "levers")):
                field = f"{here}.arms.{arm.code}.{part}"
                yield from unknown(FindingReason.OFFER_UNKNOWN, "offer", named, offers, field)


def _examples(subject: Subject) -> Iterator[Finding]:
    policies = subject.policies
    offers = [offer.code for offer in policies.offers]
    fences = [fence.code for fence in policies.fences]
    for example in policies.examples:
        here = f"examples.{example.code}"
        yield from _places(subject, (example.placement,), f"{here}.placement")
        yield from _channels(subject, (example.channel,), f"{here}.channel")
        for named, part in ((example.expected, "expected"), (tuple(example.dropped), "dropped")):
            yield from unknown(FindingReason.OFFER_UNKNOWN, "offer", named, offers, f"{here}.{part}")
        place = example.facts.get("place")
        inside = place.get("fences", []) if isinstance(place, dict) else []
        yield from _fences(tuple(inside), fences, f"{here}.facts.place.fences")
        both = set(example.expected) & example.dropped.keys()
        for code in sorted(both):
            yield error(
                FindingReason.EXAMPLE_INVALID, f"{here}.dropped", f"{code} is expected and dropped; keep one"
            )


def _overlapping_classes(subject: Subject) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for item in subject.policies.usage_classes:
        for group in item.rating_groups:
            if group in first:
                yield error(
                    FindingReason.USAGE_CLASS_OVERLAPS,
                    f"usage_classes.{item.code}.rating_groups",
                    f"rating group {group} is in {first[group]} already; usage is counted in one class",
                )
            first.setdefault(group, item.code)
