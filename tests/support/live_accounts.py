"""A care desk for stories: accounts opened, filled, corrected and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from tests.support.live_element import CALL_SECONDS, euros
from tests.support.live_prices import EFFECTIVE_FROM, EURO


class Care:
    """Accounts: opened, filled and looked at. Requests are numbered, so none is taken for a repetition."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.stub = account_api_pb2_grpc.AccountServiceStub(channel)
        self._requests = 0

    def request_id(self, account_id: str) -> str:
        """One that was not used on this account before."""
        self._requests += 1
        return f"{account_id}-{self._requests}"

    async def open(
        self,
        account_id: str,
        *offerings: str,
        money: int = 5 * EURO,
        credit: int = 0,
        identifiers: Sequence[str] = (),
    ) -> account_api_pb2.ProvisionAccountResponse:
        """An account with a subscriber for each identifier (default: `device-<account>`), all on the same
        offerings (default: prepaid)."""
        request = provision(account_id, *offerings, money=money, credit=credit, identifiers=identifiers)
        return await self.stub.ProvisionAccount(request, timeout=CALL_SECONDS)

    async def account(self, account_id: str) -> account_api_pb2.Account:
        """The account as it stands."""
        request = account_api_pb2.GetAccountRequest(account_id=account_id)
        return (await self.stub.GetAccount(request, timeout=CALL_SECONDS)).account

    async def money(self, account_id: str) -> tuple[int, int]:
        """Balance and reserved part of the account's money, in minor_micros."""
        bucket = money_bucket(await self.account(account_id))
        return bucket.money.minor_micros, bucket.money_reserved.minor_micros

    async def top_up(self, account_id: str, amount: int) -> account_api_pb2.TopUpAccountResponse:
        """Adds money."""
        request = topping_up(account_id, amount, self.request_id(account_id))
        return await self.stub.TopUpAccount(request, timeout=CALL_SECONDS)


def provision(
    account_id: str,
    *offerings: str,
    money: int = 5 * EURO,
    credit: int = 0,
    identifiers: Sequence[str] = (),
) -> account_api_pb2.ProvisionAccountRequest:
    """A request to open an account; its id is made from the account's."""
    return account_api_pb2.ProvisionAccountRequest(
        request_id=f"open-{account_id}",
        account_id=account_id,
        currency_code="EUR",
        subscribers=[
            account_api_pb2.SubscriberProvision(
                identifiers=[identifier],
                subscriptions=[
                    account_api_pb2.SubscriptionProvision(offering_code=code)
                    for code in offerings or ("prepaid",)
                ],
            )
            for identifier in identifiers or (f"device-{account_id}",)
        ],
        credit_limit=euros(credit),
        opening_balance=euros(money),
        effective_from=Timestamp(seconds=EFFECTIVE_FROM),
    )


def topping_up(account_id: str, amount: int, request_id: str) -> account_api_pb2.TopUpAccountRequest:
    """A request to add money."""
    return account_api_pb2.TopUpAccountRequest(
        request_id=request_id, account_id=account_id, amount=euros(amount), reference="voucher"
    )


def money_bucket(account: account_api_pb2.Account) -> account_api_pb2.Bucket:
    """The one bucket of money."""
    (bucket,) = [bucket for bucket in account.buckets if bucket.HasField("money")]
    return bucket


def quantity_bucket(account: account_api_pb2.Account) -> account_api_pb2.Bucket:
    """The one bucket of units."""
    (bucket,) = [bucket for bucket in account.buckets if bucket.HasField("quantity")]
    return bucket


def watching(
    channel: grpc.aio.Channel, account_id: str, after: int | None = None
) -> grpc.aio.UnaryStreamCall[Any, account_api_pb2.WatchBalanceResponse]:
    """The account as it stands and then every change, or every change after a sequence."""
    request = account_api_pb2.WatchBalanceRequest(account_id=account_id, after_sequence=after)
    return account_api_pb2_grpc.AccountServiceStub(channel).WatchBalance(request)
