"""A small world to learn in: offers, customers, and a known truth of who accepts what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from tidemark.offers.v1 import decision_pb2
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.offers.adapters.decision_messages import stamp
from services.offers.application.learning_ports import Reward
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.decisions import Eligible, Factors
from services.offers.domain.features import FeatureSpec, context_features, offer_features, spec_of
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactPolicy,
    Exploration,
    Offer,
    OfferPolicies,
    UsageClass,
)

BEGIN = Instant(1_796_000_000_000_000)
KINDS = ("video", "music")
PRICE = 4_990_000
RATES: Mapping[str, float] = {"video": 0.55, "music": 0.35}


def offer(code: str, kind: str = "video", size: str = "small", value: int = 2_500_000) -> Offer:
    """An offer with two attributes."""
    return Offer(
        code=code,
        names={"en": code},
        action=Action(ActionKind.SUBSCRIBE, code),
        placements=("app-home",),
        channels=("app",),
        value_minor_micros=value,
        attributes={"kind": kind, "size": size},
    )


OFFERS = (
    offer("video-pass"),
    offer("video-large", size="large", value=4_000_000),
    offer("music-pass", "music"),
    offer("music-large", "music", "large"),
)


def policies(offers: Sequence[Offer] = OFFERS, classes: Sequence[str] = KINDS) -> OfferPolicies:
    """Policies of these offers and usage classes."""
    return OfferPolicies(
        code="test",
        name="Test",
        currency_code="EUR",
        time_zone="UTC",
        languages=("en",),
        placements=("app-home",),
        channels=("app",),
        usage_classes=tuple(UsageClass(code, (at,), "octets") for at, code in enumerate(classes)),
        contact=ContactPolicy(),
        exploration=Exploration(),
        offers=tuple(offers),
    )


def spec() -> FeatureSpec:
    """The features of these policies."""
    return spec_of(policies())


@dataclass
class Policies:
    """The PoliciesInForce port; a test may put others into force."""

    now: OfferPolicies | None = field(default_factory=policies)

    def current(self) -> CompiledPolicies | None:
        """What a test has set."""
        return None if self.now is None else CompiledPolicies(1, self.now, (), {})


def customer(video_share: float, segment: str = "", at: Instant = BEGIN) -> CustomerView:
    """Somebody who uses so much video, and music for the rest."""
    octets = 2_000_000_000
    shares = {"video": video_share, "music": 1 - video_share}
    return CustomerView(
        subscriber_id="s-1",
        account_id="a-1",
        pseudonym="p-1",
        feature_seq=1,
        segment=segment,
        time_zone="UTC",
        currency_code="EUR",
        money_minor_micros=12_000_000_000,
        first_seen_at=Instant(at - 90 * DAY),
        usage={kind: _use(int(octets * share), at) for kind, share in shares.items()},
        hour_permille=(41,) * 24,
    )


def eligible(offers: Sequence[Offer] = OFFERS) -> list[Eligible]:
    """All of them, with the rules' own guess."""
    return [Eligible(each, Factors(0.02, 1.0, each.value_minor_micros, 1.0), PRICE, "EUR") for each in offers]


def truth(view: CustomerView, shown: Offer) -> float:
    """Who uses a kind much likes its offers; large ones less."""
    kind = shown.attributes["kind"]
    used = view.usage[kind].units[3] / 2_000_000_000
    return RATES[kind] * used**2 * (0.5 if shown.attributes["size"] == "large" else 1.0) + 0.01


def rewards(count: int, seed: int, begin: int = 0, offers: Sequence[Offer] = OFFERS) -> list[Reward]:
    """So many, of customers who differ and offers by chance, numbered on from `begin`."""
    random, features = np.random.default_rng(seed), spec_of(policies())
    found = []
    for at in range(count):
        view, shown = customer(random.random()), offers[int(random.integers(len(offers)))]
        found.append(
            Reward(
                begin + at + 1,
                f"d-{begin + at + 1}",
                shown.code,
                features.version,
                context_features(features, view, BEGIN),
                offer_features(features, shown, PRICE),
                bool(random.random() < truth(view, shown)),
            )
        )
    return found


def logged(count: int, seed: int, *, numbered: bool = True) -> api.ExportDecisionsResponse:
    """A log of so many decisions that were made by chance: one in fifty of the control group, one in
    twenty not settled, one without offers.
    """
    random, features = np.random.default_rng(seed), spec()
    answer = api.ExportDecisionsResponse()
    answer.feature_names[features.version].context.extend(features.names)
    answer.feature_names[features.version].offer.extend(features.offer_names)
    for at in range(count):
        answer.decisions.append(_decision(at, random, features, numbered=numbered))
    return answer


def _decision(
    at: int, random: np.random.Generator, features: FeatureSpec, *, numbered: bool
) -> api.LoggedDecision:
    now = Instant(BEGIN + at * MINUTE)
    view, settled, control = customer(random.random(), at=now), at % 20 != 7, at % 50 == 3
    decision = decision_pb2.Decision(
        decision_id=f"d-{at}",
        decided_at=stamp(now),
        subscriber_pseudonym=f"p-{at % 97}",
        placement="app-home",
        channel="app",
        raised_by="request",
        model_version="" if control else "online-first",
        fallback="control" if control else "",
        feature_version=features.version,
        features=context_features(features, view, now),
        control_group=control,
        arms={"colours": "red" if at % 2 else "blue"},
        reward_window_ends=stamp(Instant(now + HOUR)),
    )
    if at == 1:
        return api.LoggedDecision(decision=decision, settled=True)
    order = random.permutation(len(OFFERS))
    for rank, place in enumerate(order):
        _add(decision, OFFERS[place], features, 1 if rank == 0 else 0)
    shown = OFFERS[order[0]]
    decision.presented_offer_codes.append(shown.code)
    result = api.LoggedDecision(decision=decision, settled=settled)
    if settled:
        accepted = random.random() < truth(view, shown)
        kind = decision_pb2.OUTCOME_KIND_ACCEPTED if accepted else decision_pb2.OUTCOME_KIND_IGNORED
        result.outcomes.add(decision_id=f"d-{at}", offer_code=shown.code, kind=kind, at=stamp(now))
        result.reward_position = at + 1 if numbered and not control else 0
    return result


def _add(decision: decision_pb2.Decision, shown: Offer, features: FeatureSpec, rank: int) -> None:
    decision.candidates.add(
        offer_code=shown.code,
        factors=decision_pb2.Factors(
            propensity=0.02,
            context_weight=1.0,
            value_minor_micros=shown.value_minor_micros,
            lever=1.0,
            priority=0.05,
        ),
        probability=1 / len(OFFERS),
        price_minor_micros=PRICE,
        currency_code="EUR",
        features=offer_features(features, shown, PRICE),
        rank=rank,
    )


def _use(octets: int, at: Instant) -> ClassUse:
    return ClassUse(
        "octets",
        (octets // 100, octets // 40, octets // 7, octets, octets * 3),
        (0, 0, 0, 990_000, 2_990_000),
        octets // 5,
        Instant(at - HOUR),
    )


def log_odds(probability: float) -> float:
    """Of a probability."""
    return math.log(probability / (1 - probability))
