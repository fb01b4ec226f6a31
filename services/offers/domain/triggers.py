"""Which offers an event raises by itself. The decision proper comes after, with every rule of its own.

Whether what happened still holds is asked again here, of the customer as known now: an allowance that was
filled up meanwhile, a fence that was left, raise nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, CompiledTrigger
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.offer_facts import OfferFacts
from services.offers.domain.policies import Offer, Purpose, TriggerKind


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to a customer: a kind, and with FENCE_ENTERED which fence."""

    kind: TriggerKind
    fence_code: str = ""


def raised_by(
    policies: CompiledPolicies, view: CustomerView, happened: Happened, now: Instant
) -> tuple[Asked, ...]:
    """The decisions that an event raises: one for each placement and channel that its offers are for.

    Empty without consent to outbound offers, and to location where a fence was entered. Without consent
    to personalised ones only offers for everybody are raised, by places alone.
    """
    if not _may_be_raised(view, happened):
        return ()
    asked = Asked(placement="", channel="", raised_by=happened.kind.value, fence_code=happened.fence_code)
    facts = OfferFacts(policies, view, asked, now)
    personal = Purpose.PERSONALISED_OFFERS in view.consents
    outlets: dict[tuple[str, str], list[str]] = {}
    for compiled in policies.offers:
        outlet = outbound_outlet(policies, compiled.offer)
        if outlet is None or (compiled.offer.personalised and not personal):
            continue
        if _is_raised(compiled, view, happened, facts):
            outlets.setdefault(outlet, []).append(compiled.offer.code)
    return tuple(
        _asked(happened, placement, channel, codes) for (placement, channel), codes in sorted(outlets.items())
    )


def outbound_outlet(policies: CompiledPolicies, offer: Offer) -> tuple[str, str] | None:
    """Placement and channel in which the service presents an offer unasked; None: it does not.

    The first of the offer's channels that is outbound; of its placements the one of the channel's name,
    else the last.
    """
    outbound = policies.policies.contact.outbound_channels
    channel = next((code for code in offer.channels if code in outbound), None)
    if channel is None or not offer.placements:
        return None
    return (channel if channel in offer.placements else offer.placements[-1]), channel


def _may_be_raised(view: CustomerView, happened: Happened) -> bool:
    if view.barred or Purpose.OUTBOUND not in view.consents:
        return False
    if happened.kind is TriggerKind.FENCE_ENTERED:
        return Purpose.LOCATION in view.consents and happened.fence_code in view.fences
    return Purpose.PERSONALISED_OFFERS in view.consents


def _asked(happened: Happened, placement: str, channel: str, codes: Collection[str]) -> Asked:
    return Asked(
        placement=placement,
        channel=channel,
        raised_by=happened.kind.value,
        fence_code=happened.fence_code,
        offer_codes=frozenset(codes),
        outbound=True,
    )


def _is_raised(compiled: CompiledOffer, view: CustomerView, happened: Happened, facts: OfferFacts) -> bool:
    return any(
        trigger.kind is happened.kind
        and _matches(trigger, compiled.offer, view, happened)
        and trigger.holds(facts.about(compiled)) is True
        for trigger in compiled.triggers
    )


def _matches(trigger: CompiledTrigger, offer: Offer, view: CustomerView, happened: Happened) -> bool:
    if trigger.kind is TriggerKind.FENCE_ENTERED:
        return trigger.fence_code == happened.fence_code
    if trigger.kind is TriggerKind.ROAMING:
        return view.roaming
    if trigger.kind is TriggerKind.ALLOWANCE_LOW:
        return any(_is_low(view, code, trigger.below_percent) for code in offer.usage_classes)
    return True


def _is_low(view: CustomerView, usage_class: str, below_percent: int) -> bool:
    state = view.allowances.get(usage_class)
    return state is not None and state.given > 0 and state.left * 100 <= state.given * below_percent
