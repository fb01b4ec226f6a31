"""A replay of consent and contact rules over what was presented, worked out anew from the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import DAY, Instant
from services.offers.domain.drop_reasons import (
    LOCATION_NOT_CONSENTED,
    NO_CONSENT,
    OUTBOUND_NOT_CONSENTED,
    contact_cap,
)
from services.offers.domain.policies import ContactCap, Offer, OfferPolicies, Purpose


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer as it was presented. `raised_by` is `request` where somebody asked."""

    decision_id: str
    at: Instant
    pseudonym: str
    offer_code: str
    channel: str
    raised_by: str
    policy_version: int
    consents: frozenset[Purpose]


@dataclass(frozen=True, slots=True)
class Violation:
    """A presentation that a rule forbids; `rule` is the code with which it should have been dropped."""

    decision_id: str
    offer_code: str
    rule: str


def replayed(shown: Iterable[Shown], policies: Mapping[int, OfferPolicies]) -> tuple[Violation, ...]:
    """Every violation, in order of time. `policies` by version; each presentation is judged by its own.

    Raises KeyError for a version that is not among them. A log that begins later than the longest cap
    reaches back judges its first days too mildly, never too harshly.
    """
    by_subscriber: dict[str, list[Shown]] = {}
    found: list[Violation] = []
    for each in sorted(shown, key=lambda item: (item.at, item.decision_id, item.offer_code)):
        earlier = by_subscriber.setdefault(each.pseudonym, [])
        earlier.append(each)
        rules = (*_without_consent(each, policies[each.policy_version]), *_caps(each, earlier, policies))
        found.extend(Violation(each.decision_id, each.offer_code, rule) for rule in rules)
    return tuple(found)


def _without_consent(shown: Shown, policies: OfferPolicies) -> Iterator[str]:
    offer = _offer(policies, shown.offer_code)
    if offer is None or (offer.personalised and Purpose.PERSONALISED_OFFERS not in shown.consents):
        yield NO_CONSENT
    unasked = shown.raised_by != "request" or shown.channel in policies.contact.outbound_channels
    if unasked and Purpose.OUTBOUND not in shown.consents:
        yield OUTBOUND_NOT_CONSENTED
    if offer is not None and offer.fence_codes and Purpose.LOCATION not in shown.consents:
        yield LOCATION_NOT_CONSENTED


def _caps(shown: Shown, until_now: Sequence[Shown], policies: Mapping[int, OfferPolicies]) -> Iterator[str]:
    for cap in policies[shown.policy_version].contact.caps:
        if _counts(cap, shown) and _contacts(cap, until_now, shown.at) > cap.contacts:
            yield contact_cap(cap.days)


def _contacts(cap: ContactCap, until_now: Sequence[Shown], at: Instant) -> int:
    since = at - cap.days * DAY
    number = 0
    for earlier in reversed(until_now):
        if earlier.at <= since:
            break
        number += _counts(cap, earlier)
    return number


def _counts(cap: ContactCap, shown: Shown) -> bool:
    return not cap.channels or shown.channel in cap.channels


def _offer(policies: OfferPolicies, code: str) -> Offer | None:
    return next((offer for offer in policies.offers if offer.code == code), None)
