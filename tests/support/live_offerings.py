"""A price list of offerings with fees and periods, and a shop that sells them over gRPC."""

from __future__ import annotations

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, subscription_api_pb2, subscription_api_pb2_grpc

from tests.support.live_element import CALL_SECONDS
from tests.support.live_prices import PRICES

DAY_SECONDS = 86_400

OFFERINGS = (
    PRICES
    + """\
  weekly:
    name: A week of data
    kind: add-on
    precedence: 40
    existing_subscribers: {weekly}
    period: {{days: 7}}
    fees:
      weekly: {{name: Weekly fee, kind: recurring, amount: "{amount}", suspends: true}}
    allowances:
      week:
        name: A megabyte a week
        rating_groups: [data]
        amount: 1 MB
        renews: true
        rollover: {{maximum: 500 kB, periods: 1}}
  booster:
    name: Booster
    kind: add-on
    precedence: 30
    existing_subscribers: keep
    validity: 30 days
    fees:
      once: {{name: Booster, kind: one-time, amount: "2.00"}}
    allowances:
      extra: {{name: Two megabytes, rating_groups: [data], amount: 2 MB, giftable: true}}
"""
)


def offerings(amount: str = "1.00", weekly: str = "move-next-period") -> str:
    """The list with a weekly fee, and what becomes of those who have the offering."""
    head, tail = OFFERINGS[: len(PRICES)], OFFERINGS[len(PRICES) :]
    return head + tail.format(amount=amount, weekly=weekly)


class Shop:
    """Takes orders. Requests are numbered, so none is taken for a repetition."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        self._requests = 0

    def request_id(self) -> str:
        """One that was not used before."""
        self._requests += 1
        return f"shop-{self._requests}"

    async def take(
        self, identifier: str, offering: str, since: int | None = None, request_id: str = ""
    ) -> subscription_api_pb2.SubscribeOfferingResponse:
        """Subscribes, from now or from so many seconds since 1970."""
        request = order(identifier, offering, since, request_id or self.request_id())
        return await self.stub.SubscribeOffering(request, timeout=CALL_SECONDS)

    async def cancel(
        self, identifier: str, offering: str, at_period_end: bool = False
    ) -> subscription_api_pb2.CancelSubscriptionResponse:
        """Gives an offering up."""
        request = subscription_api_pb2.CancelSubscriptionRequest(
            request_id=self.request_id(),
            subscriber_identifier=identifier,
            offering_code=offering,
            at_period_end=at_period_end,
        )
        return await self.stub.CancelSubscription(request, timeout=CALL_SECONDS)


def order(
    identifier: str, offering: str, since: int | None, request_id: str
) -> subscription_api_pb2.SubscribeOfferingRequest:
    """A request to take an offering."""
    return subscription_api_pb2.SubscribeOfferingRequest(
        request_id=request_id,
        subscriber_identifier=identifier,
        subscription=account_api_pb2.SubscriptionProvision(offering_code=offering),
        effective_from=None if since is None else Timestamp(seconds=since),
        reference="order-1",
    )


def subscription(account: account_api_pb2.Account, offering: str) -> account_api_pb2.Subscription | None:
    """What the account's one subscriber has of an offering."""
    (subscriber,) = account.subscribers
    return next((item for item in subscriber.subscriptions if item.offering_code == offering), None)


def units(account: account_api_pb2.Account) -> dict[str, int]:
    """What each bucket of units that is not past holds, by the last part of its name."""
    now = Timestamp()
    now.GetCurrentTime()
    return {
        bucket.bucket_id.rpartition("/")[2]: bucket.quantity.amount
        for bucket in account.buckets
        if bucket.HasField("quantity")
        and (not bucket.HasField("valid_until") or bucket.valid_until.seconds > now.seconds)
    }
