"""Charging over gRPC: accounts, subscriptions, bars, caps, explanations."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    charge_api_pb2,
    charge_api_pb2_grpc,
    subscription_api_pb2,
    subscription_api_pb2_grpc,
)

from services.common.kernel.money import Money, currency
from services.notification.adapters.peers.calling import CALL_SECONDS, called
from services.notification.adapters.peers.explanations import explanation
from services.notification.application.tools.ports import (
    AccountNow,
    Explanation,
    PeerRefusal,
    SpendCounter,
    Subscribed,
)
from services.notification.domain.customers import ASSISTANT

_NOBODY = frozenset({"USER_UNKNOWN", "ACCOUNT_UNKNOWN"})


class GrpcCharging:
    """The ChargingPeer port over a channel that somebody else closes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._accounts = account_api_pb2_grpc.AccountServiceStub(channel)
        self._subscriptions = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        self._charges = charge_api_pb2_grpc.ChargeServiceStub(channel)

    async def account(self, subscriber_id: str) -> AccountNow | None:
        """As `ChargingPeer.account`."""
        request = account_api_pb2.GetAccountRequest(subscriber_identifier=_identifier(subscriber_id))
        said = await called(
            lambda: self._accounts.GetAccount(request, timeout=CALL_SECONDS), "charging: account"
        )
        return None if isinstance(said, PeerRefusal) else _account(said.account, subscriber_id)

    async def subscribe(
        self, key: str, subscriber_id: str, offering_code: str, chosen: Sequence[str]
    ) -> Subscribed | PeerRefusal:
        """As `ChargingPeer.subscribe`."""
        request = subscription_api_pb2.SubscribeOfferingRequest(
            request_id=key,
            subscriber_identifier=_identifier(subscriber_id),
            subscription=account_api_pb2.SubscriptionProvision(
                offering_code=offering_code, chosen_offerings=chosen
            ),
            reference=key,
        )
        said = await called(
            lambda: self._subscriptions.SubscribeOffering(request, timeout=CALL_SECONDS),
            "charging: subscribe",
        )
        if isinstance(said, PeerRefusal):
            return said
        return Subscribed(
            Money(said.amount.minor_micros, currency(said.amount.currency_code)), tuple(said.charge_ids)
        )

    async def cancel(self, key: str, subscriber_id: str, offering_code: str) -> PeerRefusal | None:
        """As `ChargingPeer.cancel`."""
        request = subscription_api_pb2.CancelSubscriptionRequest(
            request_id=key,
            subscriber_identifier=_identifier(subscriber_id),
            offering_code=offering_code,
            reason="another plan took its place",
        )
        said = await called(
            lambda: self._subscriptions.CancelSubscription(request, timeout=CALL_SECONDS), "charging: cancel"
        )
        return said if isinstance(said, PeerRefusal) else None

    async def bar(self, key: str, subscriber_id: str, barred: bool, reason: str) -> PeerRefusal | None:
        """As `ChargingPeer.bar`."""
        request = subscription_api_pb2.BarSubscriberRequest(
            request_id=key,
            subscriber_identifier=_identifier(subscriber_id),
            barred=barred,
            reason=reason,
            actor=ASSISTANT,
        )
        said = await called(
            lambda: self._subscriptions.BarSubscriber(request, timeout=CALL_SECONDS), "charging: bar"
        )
        return said if isinstance(said, PeerRefusal) else None

    async def counters(self, subscriber_id: str) -> Sequence[SpendCounter]:
        """As `ChargingPeer.counters`."""
        request = subscription_api_pb2.GetCountersRequest(subscriber_identifier=_identifier(subscriber_id))
        said = await called(
            lambda: self._subscriptions.GetCounters(request, timeout=CALL_SECONDS), "charging: counters"
        )
        return () if isinstance(said, PeerRefusal) else tuple(map(_counter, said.counters))

    async def set_cap(
        self, key: str, subscriber_id: str, counter_code: str, cap: int | None, reset: bool
    ) -> SpendCounter | PeerRefusal:
        """As `ChargingPeer.set_cap`."""
        request = subscription_api_pb2.SetSpendCapRequest(
            request_id=key,
            subscriber_identifier=_identifier(subscriber_id),
            counter_code=counter_code,
            cap=cap,
            reset=reset,
            actor=ASSISTANT,
        )
        said = await called(
            lambda: self._subscriptions.SetSpendCap(request, timeout=CALL_SECONDS), "charging: cap"
        )
        return said if isinstance(said, PeerRefusal) else _counter(said.counter)

    async def explain(self, charge_id: str) -> Explanation | PeerRefusal | None:
        """As `ChargingPeer.explain`."""
        request = charge_api_pb2.ExplainChargeRequest(charge_id=charge_id)
        said = await called(
            lambda: self._charges.ExplainCharge(request, timeout=CALL_SECONDS), "charging: explain"
        )
        if isinstance(said, PeerRefusal):
            return said if said.reason == "CATALOG_NOT_PUBLISHED" else None
        return explanation(said)


def _identifier(subscriber_id: str) -> str:
    return f"subscriber-{subscriber_id}"


def _account(account: account_api_pb2.Account, subscriber_id: str) -> AccountNow | None:
    subscriber = next((item for item in account.subscribers if item.subscriber_id == subscriber_id), None)
    if subscriber is None:
        return None
    unit = currency(account.currency_code)
    available = account.credit_limit.minor_micros + sum(
        bucket.money.minor_micros - bucket.money_reserved.minor_micros
        for bucket in account.buckets
        if bucket.HasField("money") and not bucket.rating_groups and not bucket.subscriber_ids
    )
    subscriptions = sorted(
        subscriber.subscriptions, key=lambda item: (item.started_at.ToMicroseconds(), item.offering_code)
    )
    codes = tuple(item.offering_code for item in subscriptions)
    return AccountNow(account.account_id, Money(max(0, available), unit), codes, subscriber.barred)


def _counter(counter: subscription_api_pb2.CounterStatus) -> SpendCounter:
    is_money = counter.HasField("money")
    return SpendCounter(
        counter.counter_code,
        counter.name,
        is_money,
        counter.money.minor_micros if is_money else counter.quantity.amount,
        counter.cap if counter.HasField("cap") else None,
        counter.period,
    )
