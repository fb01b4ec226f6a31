"""Accounts as charging would answer them."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.type.v1 import money_pb2, quantity_pb2


def euros(minor_micros: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="EUR", minor_micros=minor_micros)


def acme(sequence: int = 7, balance: int = 1_000_000_000) -> api.Account:
    """A prepaid account with money (2.50 EUR reserved at most) and a video allowance."""
    return api.Account(
        account_id="acme",
        currency_code="EUR",
        sequence=sequence,
        open_sessions=1,
        subscribers=[
            api.Subscriber(
                subscriber_id="sub-1",
                time_zone="Europe/Berlin",
                subscriptions=[api.Subscription(offering_code="prepaid-data", catalog_version=3)],
            )
        ],
        buckets=[
            api.Bucket(
                bucket_id="b-money", name="Money", money=euros(balance), money_reserved=euros(250_000_000)
            ),
            api.Bucket(
                bucket_id="b-video",
                name="Video pass",
                quantity=quantity_pb2.Quantity(unit="octets", amount=4_999_999_999),
                quantity_reserved=quantity_pb2.Quantity(unit="octets", amount=0),
                valid_until=Timestamp(seconds=1_775_000_000),
                rating_groups=[107, 108],
            ),
        ],
    )
