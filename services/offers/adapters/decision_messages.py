"""Decisions and outcomes as protobuf messages, there and back."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import Instant
from services.offers.adapters.decision_enums import ACTION_NUMBERS, OUTCOME_NUMBERS
from services.offers.domain.decisions import Candidate, Decision, Factors, Outcome

_NANOS_PER_MICRO = 1_000
_MICROS = 1_000_000


def stamp(at: Instant) -> Timestamp:
    """An instant on the wire."""
    seconds, micros = divmod(at, _MICROS)
    return Timestamp(seconds=seconds, nanos=micros * _NANOS_PER_MICRO)


def instant_of(at: Timestamp) -> Instant:
    """A timestamp from the wire, to the microsecond."""
    return Instant(at.seconds * _MICROS + at.nanos // _NANOS_PER_MICRO)


def decision_message(decision: Decision) -> decision_pb2.Decision:
    """The decision as it is logged: pseudonymous, without the subscriber id."""
    asked = decision.asked
    message = decision_pb2.Decision(
        decision_id=decision.decision_id,
        decided_at=stamp(decision.decided_at),
        subscriber_pseudonym=decision.pseudonym,
        placement=asked.placement,
        channel=asked.channel,
        raised_by=asked.raised_by,
        policy_version=decision.policy_version,
        model_version=decision.model_version,
        feature_version=decision.feature_version,
        feature_seq=decision.feature_seq,
        candidates=[_candidate_message(candidate) for candidate in decision.candidates],
        dropped=[
            decision_pb2.Dropped(
                offer_code=item.offer_code, reason=item.reason, stage=item.stage.value, detail=item.detail
            )
            for item in decision.dropped
        ],
        presented_offer_codes=[candidate.offer.code for candidate in decision.presented],
        seed=decision.seed,
        arms=dict(decision.arms),
        control_group=decision.control_group,
        reason=decision.reason,
        fallback=decision.fallback,
        features=decision.features,
        context=dict(asked.context),
        consents=sorted(purpose.value for purpose in decision.consents),
    )
    if decision.expires_at is not None:
        message.expires_at.CopyFrom(stamp(decision.expires_at))
    if decision.reward_window_ends is not None:
        message.reward_window_ends.CopyFrom(stamp(decision.reward_window_ends))
    return message


def factors_message(factors: Factors) -> decision_pb2.Factors:
    """The factors, and their product."""
    return decision_pb2.Factors(
        propensity=factors.propensity,
        context_weight=factors.context_weight,
        value_minor_micros=factors.value_minor_micros,
        lever=factors.lever,
        priority=factors.priority,
    )


def outcome_message(outcome: Outcome) -> decision_pb2.Outcome:
    """What became of an offer."""
    return decision_pb2.Outcome(
        decision_id=outcome.decision_id,
        offer_code=outcome.offer_code,
        kind=OUTCOME_NUMBERS[outcome.kind],
        at=stamp(outcome.at),
        rating=outcome.rating,
        reason=outcome.reason,
        value_minor_micros=outcome.value_minor_micros,
    )


def _candidate_message(candidate: Candidate) -> decision_pb2.Candidate:
    return decision_pb2.Candidate(
        offer_code=candidate.offer.code,
        factors=factors_message(candidate.factors),
        probability=candidate.probability,
        reasons=candidate.reasons,
        price_minor_micros=candidate.price_minor_micros,
        currency_code=candidate.currency_code,
        features=candidate.features,
        rank=candidate.rank,
        action=ACTION_NUMBERS[candidate.offer.action.kind],
    )
