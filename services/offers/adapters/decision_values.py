"""Logged decisions back into values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import MINUTE, Instant
from services.offers.adapters.decision_enums import ACTION_KINDS
from services.offers.adapters.decision_messages import instant_of
from services.offers.adapters.tables.decisions import PresentedOfferTable
from services.offers.domain.decisions import Asked, Candidate, Decision, Dropped, Factors, Stage
from services.offers.domain.policies import Action, Offer, Purpose

_REQUEST = "request"


def decision_of(
    message: decision_pb2.Decision,
    account_id: str,
    offers: Mapping[str, Offer],
    presented: Iterable[PresentedOfferTable],
) -> Decision:
    """The decision of a message with its subscriber id.

    `offers` by code: where one is missing a bare one stands for it. How long an offer holds and waits is
    as it was presented. Of what was asked only what is logged comes back: the number of offers presented
    as the limit, no language.
    """
    kept = _as_presented(message, offers, presented)
    codes = message.presented_offer_codes
    return Decision(
        message.decision_id,
        instant_of(message.decided_at),
        message.subscriber_id,
        account_id,
        message.subscriber_pseudonym,
        Asked(
            message.placement,
            message.channel,
            max(1, len(codes)),
            dict(message.context),
            raised_by=message.raised_by,
            outbound=message.raised_by != _REQUEST,
        ),
        message.policy_version,
        message.model_version,
        message.feature_version,
        message.feature_seq,
        tuple(_candidate(item, kept) for item in message.candidates),
        tuple(
            Dropped(item.offer_code, item.reason, Stage(item.stage), item.detail) for item in message.dropped
        ),
        message.seed,
        dict(message.arms),
        message.control_group,
        message.reason,
        message.fallback,
        tuple(message.features),
        instant_of(message.expires_at) if message.HasField("expires_at") else None,
        instant_of(message.reward_window_ends) if message.HasField("reward_window_ends") else None,
        frozenset(map(Purpose, message.consents)),
    )


def _as_presented(
    message: decision_pb2.Decision, offers: Mapping[str, Offer], presented: Iterable[PresentedOfferTable]
) -> dict[str, Offer]:
    kept = {item.offer_code: offers.get(item.offer_code) or _bare(item) for item in message.candidates}
    for row in presented:
        kept[row.offer_code] = replace(
            kept[row.offer_code],
            expires_minutes=_minutes(row.expires_at - row.presented_at),
            reward_window_minutes=_minutes(row.reward_window_ends - row.presented_at),
        )
    return kept


def _minutes(span: int) -> int:
    return Instant(span) // MINUTE


def _bare(item: decision_pb2.Candidate) -> Offer:
    action = Action(ACTION_KINDS[item.action])
    return Offer(item.offer_code, {}, action, (), (), item.factors.value_minor_micros)


def _candidate(item: decision_pb2.Candidate, offers: Mapping[str, Offer]) -> Candidate:
    factors = item.factors
    return Candidate(
        offers[item.offer_code],
        Factors(factors.propensity, factors.context_weight, factors.value_minor_micros, factors.lever),
        item.probability,
        item.price_minor_micros,
        item.currency_code,
        item.rank,
        tuple(item.reasons),
        tuple(item.features),
    )
