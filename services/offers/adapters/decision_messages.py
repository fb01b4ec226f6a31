"""Decisions and outcomes as protobuf messages, there and back."""

from __future__ import annotations

from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import Instant
from services.offers.adapters.decision_enums import ACTION_NUMBERS, OUTCOME_NUMBERS
from services.offers.domain.decisions import Candidate, Decision, Factors, Outcome, Stage

_NANOS_PER_MICRO = 1_000
_MICROS = 1_000_000


def stamp(at: Instant) -> Timestamp:
    """An instant on the wire."""
    message = Timestamp()
    put_instant(message, at)
    return message


def put_instant(message: Timestamp, at: Instant) -> None:
    """Makes a timestamp that is part of another message say an instant."""
    message.seconds, micros = divmod(at, _MICROS)
    message.nanos = micros * _NANOS_PER_MICRO


def instant_of(at: Timestamp) -> Instant:
    """A timestamp from the wire, to the microsecond."""
    return Instant(at.seconds * _MICROS + at.nanos // _NANOS_PER_MICRO)


def put_decision(message: decision_pb2.Decision, decision: Decision) -> None:
    """Fills an empty message with the decision as it is logged: pseudonymous, without the subscriber id.

    In place, here and below: protobuf copies a message into another by writing and reading it.
    """
    asked = decision.asked
    message.decision_id = decision.decision_id
    put_instant(message.decided_at, decision.decided_at)
    message.subscriber_pseudonym = decision.pseudonym
    message.placement = asked.placement
    message.channel = asked.channel
    message.raised_by = asked.raised_by
    message.policy_version = decision.policy_version
    message.model_version = decision.model_version
    message.feature_version = decision.feature_version
    message.feature_seq = decision.feature_seq
    message.presented_offer_codes.extend([candidate.offer.code for candidate in decision.presented])
    message.seed = decision.seed
    message.arms.update(decision.arms)
    message.control_group = decision.control_group
    message.reason = decision.reason
    message.fallback = decision.fallback
    message.features.extend(decision.features)
    message.context.update(asked.context)
    message.consents.extend(sorted(purpose.value for purpose in decision.consents))
    if decision.expires_at is not None:
        put_instant(message.expires_at, decision.expires_at)
    if decision.reward_window_ends is not None:
        put_instant(message.reward_window_ends, decision.reward_window_ends)
    for candidate in decision.candidates:
        _add_candidate(message, candidate)
    # Written messages are merged by joining their octets; the same offers are dropped again and again.
    message.MergeFromString(
        b"".join(
            [_dropped(item.offer_code, item.reason, item.stage, item.detail) for item in decision.dropped]
        )
    )


def put_factors(message: decision_pb2.Factors, factors: Factors) -> None:
    """Fills an empty message with the factors, and their product."""
    message.propensity = factors.propensity
    message.context_weight = factors.context_weight
    message.value_minor_micros = factors.value_minor_micros
    message.lever = factors.lever
    message.priority = factors.priority


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


def _add_candidate(message: decision_pb2.Decision, candidate: Candidate) -> None:
    added = message.candidates.add(
        offer_code=candidate.offer.code,
        probability=candidate.probability,
        reasons=candidate.reasons,
        price_minor_micros=candidate.price_minor_micros,
        currency_code=candidate.currency_code,
        features=candidate.features,
        rank=candidate.rank,
        action=ACTION_NUMBERS[candidate.offer.action.kind],
    )
    put_factors(added.factors, candidate.factors)


@lru_cache(maxsize=10_000)
def _dropped(offer_code: str, reason: str, stage: Stage, detail: str) -> bytes:
    """A decision that is nothing but this offer dropped, as it is written."""
    message = decision_pb2.Decision()
    message.dropped.add(offer_code=offer_code, reason=reason, stage=stage.value, detail=detail)
    return message.SerializeToString()
