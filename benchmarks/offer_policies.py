"""Fifty offers with two rules each, compiled as the service compiles them, and customers they all fit."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.rows import Stored
from services.offers.application.policy_compile import compile_policies
from services.offers.domain.compiled import CompiledPolicies, OfferTerms, UnitPrice
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactCap,
    ContactPolicy,
    Exploration,
    Offer,
    OfferPolicies,
    Purpose,
    QuietHours,
    ReasonText,
    Rule,
    UsageClass,
    WeightRule,
)
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.facts import Added, Used
from services.offers.domain.profiles.fold import folded
from services.offers.domain.profiles.profile import HeldOffering

OFFERS = 50
PLACEMENT, CHANNEL = "app-home", "app"
PARTITION = 0
_CENT = 1_000_000
_GIGABYTE = 10**9
_CLASSES = (UsageClass("video", (107, 108, 109), "octets"), UsageClass("music", (110,), "octets"))
_BASE = "base"


def fifty_offers() -> CompiledPolicies:
    """Policies in force: every offer passes every rule for the customers below."""
    compiled = compile_policies(_policies(), 1, CelRuleCompilers(), None).policies
    prices = {(group, ""): UnitPrice(_CENT, _GIGABYTE // 1_000) for group in (107, 108, 109, 110)}
    terms = OfferTerms(
        price_minor_micros=400 * _CENT,
        currency_code="EUR",
        duration_days=30,
        rating_groups=frozenset({107, 108, 109}),
        allowances={"octets": 5 * _GIGABYTE},
    )
    offers = tuple(replace(offer, terms={"EUR": terms}) for offer in compiled.offers)
    return replace(compiled, offers=offers, unit_prices={_BASE: prices})


def _policies() -> OfferPolicies:
    return OfferPolicies(
        code="bench",
        name="Bench",
        currency_code="EUR",
        time_zone="Europe/Berlin",
        languages=("en",),
        placements=(PLACEMENT,),
        channels=(CHANNEL, "push"),
        usage_classes=_CLASSES,
        # So wide that no decision of the run meets it: what is measured is a full ranking.
        contact=ContactPolicy((ContactCap(1_000_000, 7),), QuietHours(22 * 60, 8 * 60)),
        exploration=Exploration(),
        offers=tuple(map(_offer, range(OFFERS))),
    )


def _offer(number: int) -> Offer:
    return Offer(
        f"offer-{number:02}",
        {"en": f"Offer {number}"},
        Action(ActionKind.SUBSCRIBE, offering_code=f"pass-{number:02}"),
        (PLACEMENT,),
        (CHANNEL,),
        value_minor_micros=(100 + number) * _CENT,
        propensity_permille=20 + number % 7,
        eligibility=(Rule(f"customer.segment != 'business-{number}'", "BUSINESS_CUSTOMER"),),
        suitability=(Rule(f"usage.video.hour > {number} && usage.video.day > usage.music.day", "NO_FAN"),),
        context_weights=(WeightRule("moment.weekend", 20),),
        reasons=(ReasonText({"en": "You watched {usage.video.hour | octets} of video in the last hour."}),),
        usage_classes=("video",),
        attributes={"kind": "data", "size": ("small", "medium", "large")[number % 3]},
    )


def fill(hand: AtHand, subscribers: int, now: Instant) -> list[str]:
    """Puts so many customers at hand who watch a lot of video; returns their ids."""
    ids = [f"subscriber-{number:06}" for number in range(subscribers)]
    for number, subscriber_id in enumerate(ids):
        account_id = f"account-{number:06}"
        facts: list[Added | Used] = [_added(now), *_watching(now)]
        profile = folded(None, facts)
        hand.profiles.put(
            subscriber_id, Stored(subscriber_id, account_id, f"p-{number:06}", PARTITION, 1, profile)
        )
        hand.consents.put(subscriber_id, frozenset(Purpose))
        hand.accounts.put(account_id, {"money": Bucket("money", "EUR", True, 5_000 * _CENT)})
    hand.stand_at_first(PARTITION, 1)
    return ids


def _added(now: Instant) -> Added:
    return Added(now - 20 * DAY, "Europe/Berlin", "consumer", 1, "phone", (HeldOffering(_BASE),))


def _watching(now: Instant) -> list[Used]:
    return [
        Used(at, 107, "octets", 300_000_000, 30 * _CENT)
        for at in range(now - 19 * DAY, now - 10 * MINUTE, 6 * HOUR)
    ] + [Used(now - 5 * MINUTE, 107, "octets", 900_000_000, 90 * _CENT)]
