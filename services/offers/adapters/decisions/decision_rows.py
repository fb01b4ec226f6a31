"""A decision as the rows and events that it is stored as."""

from __future__ import annotations

import json
from dataclasses import dataclass

from google.protobuf.message import Message
from tidemark.offers.v1 import decision_pb2, offer_events_pb2

from services.common.kernel.clock import MINUTE, Instant
from services.offers.adapters.decision_messages import put_decision, put_instant
from services.offers.application.ports import DecisionRequest
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.contacts import is_outbound
from services.offers.domain.decisions import Candidate, Decision
from services.offers.domain.policies import ContactPolicy
from services.offers.domain.wording import in_language

_MADE = offer_events_pb2.DecisionMade.DESCRIPTOR.full_name
_PRESENTED = offer_events_pb2.OfferPresented.DESCRIPTOR.full_name
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class DecisionRows:
    """Everything that one transaction writes of a decision, but for its sequence."""

    decision: Row
    link: Row
    presented: list[Row]
    contacts: list[Row]
    events: list[Row]
    request: Row | None
    message: decision_pb2.Decision

    @property
    def is_pushed(self) -> bool:
        """True where the service itself presented something."""
        return bool(self.presented) and self.message.raised_by != "request"


def rows_of(
    decision: Decision, request: DecisionRequest | None, policies: CompiledPolicies | None
) -> DecisionRows:
    """All rows. `policies`: those in force, for names and for what is outbound."""
    made = offer_events_pb2.DecisionMade()
    put_decision(made.decision, decision)
    decision_id = decision.decision_id
    return DecisionRows(
        _decision_row(decision, made.decision.SerializeToString()),
        {
            "decision_id": decision_id,
            "subscriber_id": decision.subscriber_id,
            "account_id": decision.account_id,
        },
        [_presented_row(decision, candidate) for candidate in decision.presented],
        _contact_rows(decision, policies.policies.contact if policies else ContactPolicy()),
        [
            _event_row(_MADE, made, f"decision-{decision_id}"),
            *(_presented_event_row(decision, candidate, policies) for candidate in decision.presented),
        ],
        None
        if request is None
        else {
            "request_key": request.key,
            "fingerprint": request.fingerprint,
            "decision_id": decision_id,
            "expires_at": request.expires_at,
        },
        made.decision,
    )


def _decision_row(decision: Decision, payload: bytes) -> Row:
    return {
        "decision_id": decision.decision_id,
        "at": decision.decided_at,
        "pseudonym": decision.pseudonym,
        "raised_by": decision.asked.raised_by,
        "presented": len(decision.presented),
        "arms": json.dumps(dict(decision.arms), sort_keys=True) if decision.arms else "",
        "control_group": decision.control_group,
        "reward_window_ends": decision.reward_window_ends,
        "payload": payload,
    }


def _presented_row(decision: Decision, candidate: Candidate) -> Row:
    offer, at = candidate.offer, decision.decided_at
    return {
        "decision_id": decision.decision_id,
        "offer_code": offer.code,
        "rank": candidate.rank,
        "policy_version": decision.policy_version,
        "channel": decision.asked.channel,
        "outbound": decision.asked.outbound,
        "presented_at": at,
        "expires_at": at + offer.expires_minutes * MINUTE,
        "reward_window_ends": at + offer.reward_window_minutes * MINUTE,
        "price_minor_micros": candidate.price_minor_micros,
        "currency_code": candidate.currency_code,
        "value_minor_micros": candidate.factors.value_minor_micros,
        "settled": False,
    }


def _contact_rows(decision: Decision, policy: ContactPolicy) -> list[Row]:
    outbound = is_outbound(policy, decision.asked)
    return [
        {
            "decision_id": decision.decision_id,
            "subscriber_id": decision.subscriber_id,
            "offer_code": candidate.offer.code,
            "channel": decision.asked.channel,
            "outbound": outbound,
            "at": decision.decided_at,
        }
        for candidate in decision.presented
    ]


def _event_row(subject: str, event: Message, message_id: str) -> Row:
    return {"subject": subject, "payload": event.SerializeToString(), "message_id": message_id}


def _presented_event_row(decision: Decision, candidate: Candidate, policies: CompiledPolicies | None) -> Row:
    offer, languages = candidate.offer, policies.policies.languages if policies else ()
    event = offer_events_pb2.OfferPresented(
        decision_id=decision.decision_id,
        offer_code=offer.code,
        subscriber_id=decision.subscriber_id,
        account_id=decision.account_id,
        channel=decision.asked.channel,
        outbound=decision.asked.outbound,
        name=in_language(offer.names, decision.asked.language, languages) or offer.code,
        reasons=candidate.reasons,
    )
    put_instant(event.at, decision.decided_at)
    put_instant(event.expires_at, Instant(decision.decided_at + offer.expires_minutes * MINUTE))
    if candidate.price_minor_micros:
        event.price.minor_micros = candidate.price_minor_micros
        event.price.currency_code = candidate.currency_code
    return _event_row(_PRESENTED, event, f"presented-{decision.decision_id}-{offer.code}")
