"""Requests about what a subscriber has, is and may in; their answers out."""

from __future__ import annotations

from tidemark.charging.v1 import subscription_api_pb2

from services.charging.adapters.messages.account_views import account
from services.charging.adapters.messages.accounts import (
    new_subscription,
    plain_text,
    reason_and_actor,
    subscriber_profile,
)
from services.charging.adapters.messages.common import instant_in, money, refuse
from services.charging.domain import reasons
from services.charging.domain.answers import AccountAnswer, Answer
from services.charging.domain.subscriptions.commands import (
    BarSubscriber,
    CancelSubscription,
    SetProfile,
    Subscribe,
)
from services.common.kernel.identifiers import is_code


def subscribe(request: subscription_api_pb2.SubscribeOfferingRequest, subscriber_id: str) -> Subscribe:
    """An order, checked."""
    if not request.HasField("subscription"):
        raise refuse(reasons.FIELD_MISSING, "which offering?", "subscription")
    wanted = new_subscription(request.subscription, "subscription")
    at = None
    if request.HasField("effective_from"):
        at = instant_in(request.effective_from, "effective_from")
    return Subscribe(
        subscriber_id, wanted.offering_code, wanted.chosen, at, plain_text(request.reference, "reference")
    )


def cancel(request: subscription_api_pb2.CancelSubscriptionRequest, subscriber_id: str) -> CancelSubscription:
    """A cancellation, checked."""
    if not is_code(request.offering_code):
        raise refuse(
            reasons.FIELD_INVALID, f"{request.offering_code!r} is not an offering code", "offering_code"
        )
    return CancelSubscription(
        subscriber_id, request.offering_code, request.at_period_end, plain_text(request.reason, "reason")
    )


def set_profile(request: subscription_api_pb2.SetSubscriberProfileRequest, subscriber_id: str) -> SetProfile:
    """A profile, checked."""
    if not request.HasField("profile"):
        raise refuse(reasons.FIELD_MISSING, "which profile?", "profile")
    return SetProfile(subscriber_id, subscriber_profile(request.profile, "profile"))


def bar(request: subscription_api_pb2.BarSubscriberRequest, subscriber_id: str) -> BarSubscriber:
    """A bar, or its lifting, checked: both need a reason and somebody who answers for it."""
    reason, actor = reason_and_actor(request.reason, request.actor)
    return BarSubscriber(subscriber_id, request.barred, reason, actor)


def subscribed(answer: Answer) -> bytes:
    """Serialized SubscribeOfferingResponse."""
    assert isinstance(answer, AccountAnswer)
    (view,) = answer.views
    return subscription_api_pb2.SubscribeOfferingResponse(
        account=account(view, 0),
        charge_ids=answer.charge_ids,
        amount=money(answer.fees, view.account.currency_code),
        reauthorised_sessions=answer.reauthorised_sessions,
    ).SerializeToString(deterministic=True)


def cancelled(answer: Answer) -> bytes:
    """Serialized CancelSubscriptionResponse."""
    assert isinstance(answer, AccountAnswer)
    return subscription_api_pb2.CancelSubscriptionResponse(
        account=account(answer.views[0], 0)
    ).SerializeToString(deterministic=True)


def profile_set(answer: Answer) -> bytes:
    """Serialized SetSubscriberProfileResponse."""
    assert isinstance(answer, AccountAnswer)
    return subscription_api_pb2.SetSubscriberProfileResponse(
        account=account(answer.views[0], 0)
    ).SerializeToString(deterministic=True)


def barred(answer: Answer) -> bytes:
    """Serialized BarSubscriberResponse."""
    assert isinstance(answer, AccountAnswer)
    return subscription_api_pb2.BarSubscriberResponse(
        account=account(answer.views[0], 0), aborted_sessions=answer.aborted_sessions
    ).SerializeToString(deterministic=True)
