"""Opens the accounts of a play. Under the same run name the same requests, so once is as good as twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from services.cli.amounts import money_message
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan
from services.common.kernel.clock import DAY, SECOND
from services.common.runtime.grpc_client import is_unavailable
from services.common.runtime.grpc_errors import error_info

_CALL_SECONDS = 15.0
_POLL_SECONDS = 0.05


def _say_nothing() -> None:
    return


def provision_request(
    run: Run, plan: AccountPlan, currency_code: str
) -> account_api_pb2.ProvisionAccountRequest:
    """The request for one account; subscriptions begin with the UTC day on which the play starts.

    Raises ValueError for an amount that is no decimal of the currency.
    """
    request = account_api_pb2.ProvisionAccountRequest(
        request_id=run.provision_request_id(plan.account_id),
        account_id=plan.account_id,
        currency_code=currency_code,
        subscribers=[_subscriber(run, subscriber) for subscriber in plan.subscribers],
        effective_from=Timestamp(seconds=(run.start_at - run.start_at % DAY) // SECOND),
    )
    if plan.opening_balance:
        request.opening_balance.CopyFrom(money_message(plan.opening_balance, currency_code))
    if plan.credit_limit:
        request.credit_limit.CopyFrom(money_message(plan.credit_limit, currency_code))
    return request


def _subscriber(run: Run, subscriber: SubscriberPlan) -> account_api_pb2.SubscriberProvision:
    # A choice is made where it is offered, so it goes with the offering that has it: the first named.
    subscriptions = [
        account_api_pb2.SubscriptionProvision(
            offering_code=code, chosen_offerings=subscriber.chosen if index == 0 else ()
        )
        for index, code in enumerate(subscriber.offerings)
    ]
    return account_api_pb2.SubscriberProvision(
        identifiers=[run.supi(subscriber.capture), run.gpsi(subscriber.capture)],
        subscriptions=subscriptions,
    )


async def open_accounts(
    channel: grpc.aio.Channel,
    requests: Iterable[account_api_pb2.ProvisionAccountRequest],
    on_answer: Callable[[], None] = _say_nothing,
    give_up_seconds: float = 60.0,
) -> None:
    """Opens the accounts, one after the other; `on_answer` is called after each.

    While charging is away, or a catalog that has just been published has not
    reached it, a request is sent again for so long. Raises AioRpcError for any
    other refusal.
    """
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    for request in requests:
        await _until_answered(partial(stub.ProvisionAccount, request, timeout=_CALL_SECONDS), give_up_seconds)
        on_answer()


async def _until_answered(call: Callable[[], Awaitable[Any]], give_up_seconds: float) -> None:
    clock = asyncio.get_running_loop()
    give_up_at = clock.time() + give_up_seconds
    while True:
        try:
            await call()
        except grpc.aio.AioRpcError as error:
            if not _passes(error) or clock.time() >= give_up_at:
                raise
        else:
            return
        await asyncio.sleep(_POLL_SECONDS)


def _passes(error: grpc.aio.AioRpcError) -> bool:
    info = error_info(error)
    return is_unavailable(error) or (info is not None and info.reason == "CATALOG_NOT_PUBLISHED")
