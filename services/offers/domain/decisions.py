"""A decision about offers: what was asked, what was looked at, what was dropped and why, what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from services.common.kernel.clock import Instant
from services.offers.domain.policies import Offer, Purpose


class Stage(Enum):
    """Where an offer was dropped, in the order in which it is looked at."""

    CONSENT = "consent"
    VALIDITY = "validity"
    ELIGIBILITY = "eligibility"
    APPLICABILITY = "applicability"
    SUITABILITY = "suitability"
    CONTACT = "contact"
    PLACE = "place"
    BUDGET = "budget"
    EXPERIMENT = "experiment"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked. `raised_by` is `request` or the trigger's kind; `outbound`: nobody asked for it."""

    placement: str
    channel: str
    limit: int = 1
    context: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    raised_by: str = "request"
    fence_code: str = ""
    offer_codes: frozenset[str] | None = None
    """Only these, as a trigger has them; None: all."""
    outbound: bool = False


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a priority; see `priority`. Context and lever are 1 + percent/100."""

    propensity: float
    context_weight: float
    value_minor_micros: int
    lever: float

    @property
    def weight(self) -> float:
        """Everything but the propensity, in minor units: for ranking only, no money is moved by it."""
        return self.context_weight * (self.value_minor_micros / 1_000_000) * self.lever

    @property
    def priority(self) -> float:
        """Propensity x context x value x lever."""
        return self.propensity * self.weight

    def with_propensity(self, propensity: float) -> Factors:
        """The same but for the propensity."""
        return Factors(propensity, self.context_weight, self.value_minor_micros, self.lever)


@dataclass(frozen=True, slots=True)
class Dropped:
    """An offer left out at the first rule that said no. `reason` is UPPER_SNAKE."""

    offer_code: str
    reason: str
    stage: Stage
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Eligible:
    """An offer that passed every rule; `factors` with the rule's own propensity."""

    offer: Offer
    factors: Factors
    price_minor_micros: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible offer after scoring. `probability`: that it takes the first place; they add up to 1.

    `rank` from 1; 0: not presented. `features`: attributes of the offer as the model saw them.
    """

    offer: Offer
    factors: Factors
    probability: float
    price_minor_micros: int
    currency_code: str
    rank: int = 0
    reasons: tuple[str, ...] = ()
    features: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that is logged of a decision."""

    decision_id: str
    decided_at: Instant
    subscriber_id: str
    account_id: str
    pseudonym: str
    asked: Asked
    policy_version: int
    model_version: str
    feature_version: str
    feature_seq: int
    candidates: tuple[Candidate, ...]
    """Best first; those presented have a rank."""
    dropped: tuple[Dropped, ...]
    seed: int
    arms: Mapping[str, str] = field(default_factory=dict)
    control_group: bool = False
    reason: str = ""
    """Why there is nothing at all; empty otherwise."""
    fallback: str = ""
    features: tuple[float, ...] = ()
    expires_at: Instant | None = None
    reward_window_ends: Instant | None = None
    consents: frozenset[Purpose] = frozenset()
    """Those of the customer at that moment: what a replay of the rules goes by."""

    @property
    def presented(self) -> tuple[Candidate, ...]:
        """What is shown, in order of rank."""
        return tuple(sorted((c for c in self.candidates if c.rank), key=lambda c: c.rank))


class OutcomeKind(Enum):
    """What became of a presented offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    IGNORED = "ignored"
    SEEN = "seen"
    OPENED = "opened"
    RATED = "rated"
    COMPLAINED = "complained"
    REVERSED = "reversed"
    OPTED_OUT = "opted_out"
    """A decline for ever; beside DECLINED."""


REWARDS: Mapping[OutcomeKind, int] = {
    OutcomeKind.ACCEPTED: 1,
    OutcomeKind.DECLINED: 0,
    OutcomeKind.IGNORED: 0,
}
"""Outcomes that end the waiting, and what they are worth to learning. Others only add to the story."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an offer of a decision."""

    decision_id: str
    offer_code: str
    kind: OutcomeKind
    at: Instant
    rating: int = 0
    reason: str = ""
    value_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class PresentedOffer:
    """An offer of a decision as it was presented, for whoever answers it.

    `subscriber_id` and `account_id` are empty where the profile was erased. `settled`: an outcome has
    ended the waiting for a reward.
    """

    decision_id: str
    offer_code: str
    rank: int
    policy_version: int
    channel: str
    outbound: bool
    presented_at: Instant
    expires_at: Instant
    reward_window_ends: Instant
    price_minor_micros: int
    currency_code: str
    value_minor_micros: int
    settled: bool = False
    subscriber_id: str = ""
    account_id: str = ""
