"""Each offer by itself: it can be shown, is worth something, and its parts go together."""

from __future__ import annotations

from collections.abc import Iterator

from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.lint.subject import Subject
from services.offers.domain.policies import ActionKind, Offer, TriggerKind

_CUSTOMER_LOOKS = frozenset({"customer", "usage", "balance"})


def offer_findings(subject: Subject) -> Iterator[Finding]:
    """Findings of single offers."""
    for offer, here in subject.offers():
        yield from _shown(offer, here)
        yield from _days(offer, here)
        yield from _worth(offer, here)
        yield from _triggers(subject, offer, here)
        yield from _comparison(offer, here)
        yield from _personal(subject, offer, here)


def _shown(offer: Offer, here: str) -> Iterator[Finding]:
    for named, part in ((offer.placements, "placements"), (offer.channels, "channels")):
        if not named:
            yield error(
                FindingReason.NEVER_SHOWN, f"{here}.{part}", f"it has no {part}, so nobody ever sees it"
            )


def _days(offer: Offer, here: str) -> Iterator[Finding]:
    first, end = offer.valid_from_day, offer.valid_until_day
    if first and end and end <= first:
        yield error(
            FindingReason.DATE_INVALID,
            f"{here}.until",
            f"it ends on {end}, before or as it begins on {first}",
        )
    if offer.reward_window_minutes < offer.expires_minutes:
        yield error(
            FindingReason.WINDOW_INVALID,
            f"{here}.reward_window",
            "it counts as ignored before it expires; make reward_window at least as long as expires",
        )


def _worth(offer: Offer, here: str) -> Iterator[Finding]:
    if offer.value_minor_micros <= 0:
        yield error(
            FindingReason.VALUE_INVALID,
            f"{here}.value",
            "with a value of nothing it is never ranked; say what an acceptance is worth",
        )
    if offer.propensity_permille == 0:
        yield error(
            FindingReason.VALUE_INVALID,
            f"{here}.propensity_percent",
            "with 0 per cent it is never ranked by rules; write a guess above that",
        )
    if offer.lever_percent <= -90:
        yield warning(
            FindingReason.VALUE_INVALID,
            f"{here}.lever_percent",
            "it is all but hidden; take the offer out instead",
        )


def _triggers(subject: Subject, offer: Offer, here: str) -> Iterator[Finding]:
    outbound = subject.policies.contact.outbound_channels
    if offer.triggers and not set(offer.channels) & set(outbound):
        yield error(
            FindingReason.TRIGGER_INVALID,
            f"{here}.triggers",
            f"it is raised by itself and has no channel that reaches anybody; add one of: "
            f"{', '.join(outbound) or '(no channel is outbound)'}",
        )
    seen = set()
    for index, trigger in enumerate(offer.triggers):
        field = f"{here}.triggers.{index}"
        if trigger in seen:
            yield warning(FindingReason.TRIGGER_INVALID, field, "it is there already; take one out")
        seen.add(trigger)
        if trigger.kind is TriggerKind.ALLOWANCE_LOW and not offer.usage_classes:
            yield error(
                FindingReason.TRIGGER_INVALID,
                field,
                "which allowance is low? compared_over must name the classes of usage",
            )
        fences = set(offer.fence_codes)
        if trigger.kind is TriggerKind.FENCE_ENTERED and fences and trigger.fence_code not in fences:
            yield error(
                FindingReason.TRIGGER_INVALID,
                field,
                f"entering {trigger.fence_code} raises it, and there it is dropped: fences does not name it",
            )


def _comparison(offer: Offer, here: str) -> Iterator[Finding]:
    if offer.not_worse_off and offer.action.kind is not ActionKind.REWARD and not offer.usage_classes:
        yield error(
            FindingReason.COMPARISON_MISSING,
            f"{here}.compared_over",
            "not_worse_off compares what usage costs with and without it; name classes of usage, or "
            "write not_worse_off: false",
        )


def _personal(subject: Subject, offer: Offer, here: str) -> Iterator[Finding]:
    if offer.personalised:
        return
    for field, mentions in subject.mentions_of(offer):
        looks = sorted({path[0] for path in mentions.paths} & _CUSTOMER_LOOKS)
        if looks:
            yield error(
                FindingReason.PERSONAL_RULE,
                field,
                f"it is for everybody alike and looks at {', '.join(looks)}; take the rule out, or let it "
                "be personalised",
            )
    personal = [trigger for trigger in offer.triggers if trigger.kind is not TriggerKind.FENCE_ENTERED]
    if personal:
        yield error(
            FindingReason.PERSONAL_RULE,
            f"{here}.triggers",
            "what is for everybody alike is not raised by what one customer does",
        )
