"""Everything that can be wrong with a request about subscriptions, counters, caps and charges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, charge_api_pb2, subscription_api_pb2

from tests.support.bad_input import INVALID, NOT_FOUND, PRECONDITION, Case, Scene
from tests.support.live_element import Refusal

SUBSCRIBE = "SubscriptionService/SubscribeOffering"
CANCEL = "SubscriptionService/CancelSubscription"
PROFILE = "SubscriptionService/SetSubscriberProfile"
BAR = "SubscriptionService/BarSubscriber"
COUNTERS = "SubscriptionService/GetCounters"
CAP = "SubscriptionService/SetSpendCap"
EXPLAIN = "ChargeService/ExplainCharge"

_SUBSCRIPTION = account_api_pb2.SubscriptionProvision(offering_code="moving")
_WHOSE = "subscriber_identifier"


def _request(kind: type[Message], **right: Any) -> Callable[..., Callable[[Scene], Message]]:
    """Requests of one kind that are right but for some fields; None leaves a field out."""

    def with_fields(**fields: Any) -> Callable[[Scene], Message]:
        chosen = {"request_id": "r-1", _WHOSE: "device-anna", **right, **fields}
        known = {
            name: value
            for name, value in chosen.items()
            if value is not None and name in kind.DESCRIPTOR.fields_by_name
        }
        return lambda _scene: kind(**known)

    return with_fields


subscribing = _request(subscription_api_pb2.SubscribeOfferingRequest, subscription=_SUBSCRIPTION)
cancelling = _request(subscription_api_pb2.CancelSubscriptionRequest, offering_code="prepaid")
describing = _request(
    subscription_api_pb2.SetSubscriberProfileRequest, profile=account_api_pb2.SubscriberProfile()
)
barring = _request(subscription_api_pb2.BarSubscriberRequest, barred=True, reason="stolen", actor="care")
asking = _request(subscription_api_pb2.GetCountersRequest)
capping = _request(subscription_api_pb2.SetSpendCapRequest, counter_code="bill-shock", cap=1)

SUBSCRIPTION_CASES = [
    *(
        Case(f"{name} of {whom}", method, build(**{_WHOSE: identifier}), expected)
        for name, method, build in (
            ("subscription", SUBSCRIBE, subscribing), ("cancellation", CANCEL, cancelling),
            ("profile", PROFILE, describing), ("bar", BAR, barring),
            ("counters", COUNTERS, asking), ("cap", CAP, capping),
        )
        for whom, identifier, expected in (
            ("nobody", "device-nobody", Refusal(NOT_FOUND, "USER_UNKNOWN", _WHOSE)),
            ("no identifier", "anna", Refusal(INVALID, "FIELD_INVALID", _WHOSE)),
        )
    ),
    *(
        Case(f"{name} without a request id", method, build(request_id=""),
             Refusal(INVALID, "FIELD_INVALID", "request_id"))
        for name, method, build in (
            ("subscription", SUBSCRIBE, subscribing), ("cancellation", CANCEL, cancelling),
            ("profile", PROFILE, describing), ("bar", BAR, barring), ("cap", CAP, capping),
        )
    ),
    Case("subscription to nothing", SUBSCRIBE, subscribing(subscription=None),
         Refusal(INVALID, "FIELD_MISSING", "subscription")),
    Case("subscription at an impossible time", SUBSCRIBE,
         subscribing(effective_from=Timestamp(seconds=2**40)),
         Refusal(INVALID, "FIELD_INVALID", "effective_from")),
    Case("cancellation of what is no offering", CANCEL, cancelling(offering_code="Gold!"),
         Refusal(INVALID, "FIELD_INVALID", "offering_code")),
    Case("cancellation of what one does not have", CANCEL, cancelling(offering_code="moving"),
         Refusal(PRECONDITION, "NOT_SUBSCRIBED", "offering_code")),
    Case("no profile", PROFILE, describing(profile=None), Refusal(INVALID, "FIELD_MISSING", "profile")),
    Case("customer value out of range", PROFILE,
         describing(profile=account_api_pb2.SubscriberProfile(customer_value=1_001)),
         Refusal(INVALID, "FIELD_INVALID", "profile.customer_value")),
    Case("segment that is no code", PROFILE,
         describing(profile=account_api_pb2.SubscriberProfile(segment="VIP!")),
         Refusal(INVALID, "FIELD_INVALID", "profile.segment")),
    Case("bar without a reason", BAR, barring(reason=""), Refusal(INVALID, "FIELD_MISSING", "reason")),
    Case("bar by nobody", BAR, barring(actor=""), Refusal(INVALID, "FIELD_MISSING", "actor")),
    Case("unknown counter asked for", COUNTERS, asking(counter_codes=["nothing"]),
         Refusal(PRECONDITION, "COUNTER_UNKNOWN", "counter_codes[0]")),
    Case("too many counters asked for", COUNTERS, asking(counter_codes=["nothing"] * 101),
         Refusal(INVALID, "FIELD_INVALID", "counter_codes")),
    Case("cap of no counter", CAP, capping(counter_code=""),
         Refusal(INVALID, "FIELD_MISSING", "counter_code")),
    Case("cap of what is no code", CAP, capping(counter_code="Bill Shock"),
         Refusal(INVALID, "FIELD_INVALID", "counter_code")),
    Case("cap of an unknown counter", CAP, capping(),
         Refusal(PRECONDITION, "COUNTER_UNKNOWN", "counter_code")),
    Case("cap below zero", CAP, capping(cap=-1), Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "cap")),
    Case("cap out of range", CAP, capping(cap=2**62), Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "cap")),
    Case("cap by somebody with a long name", CAP, capping(actor="a" * 129),
         Refusal(INVALID, "FIELD_INVALID", "actor")),
    Case("no charge to explain", EXPLAIN, lambda _: charge_api_pb2.ExplainChargeRequest(),
         Refusal(INVALID, "FIELD_MISSING", "charge_id")),
    Case("explanation of an unknown charge", EXPLAIN,
         lambda _: charge_api_pb2.ExplainChargeRequest(charge_id="c-0-1-1-1"),
         Refusal(NOT_FOUND, "CHARGE_UNKNOWN", "charge_id")),
]  # fmt: skip
