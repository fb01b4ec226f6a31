"""Accounts that are watched while they are charged: opened in a suite, known to notification, in session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc
from tidemark.notification.v1 import (
    notification_api_pb2,
    notification_api_pb2_grpc,
    rules_api_pb2,
    rules_api_pb2_grpc,
)

from benchmarks.alerting import RULES
from benchmarks.charging import provision_when_priced, publish_catalog
from benchmarks.element import MeasuredAccount, UpdateCall, open_session, provision, release_session
from benchmarks.open_loop import open_loop
from benchmarks.watchers import now_micros
from services.cli.suite import Suite
from services.cli.supervision.plan import NOTIFICATION
from services.cli.tokens import operator_token
from services.common.runtime.grpc_client import connect

_CALL_SECONDS = 30.0
_KNOWN_SECONDS = 30.0
_POLL_SECONDS = 0.1
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Watched:
    """An account with an open session, and its subscriber."""

    call: UpdateCall
    subscriber_id: str


async def open_watched(suite: Suite, charging: Sequence[grpc.aio.Channel], count: int) -> Sequence[Watched]:
    """Prices and alert rules are published, so many accounts opened; notification knows them all.

    Raises AioRpcError, TimeoutError.
    """
    accounts = [MeasuredAccount(number) for number in range(count)]
    purpose = f"watched-{time.time_ns()}"
    await publish_catalog(suite.addresses.catalog)
    await provision_when_priced(charging[0], accounts[:1])
    found: list[Watched] = []
    for begin in range(0, count, _AT_ONCE):
        some = accounts[begin : begin + _AT_ONCE]
        opening = (_opened(charging[i % len(charging)], account, purpose) for i, account in enumerate(some))
        found += await asyncio.gather(*opening)
    notification = connect(
        suite.addresses.services[NOTIFICATION], token=await asyncio.to_thread(operator_token, suite.data_dir)
    )
    try:
        await _publish_rules(notification)
        await _known(notification, found[-1].subscriber_id)
    finally:
        await notification.close(None)
    return found


async def charge_once(watched: Sequence[Watched], rate: float) -> Sequence[int]:
    """Charges each account once, so many a second; when each charge was acknowledged, in microseconds.

    Raises AioRpcError, WrongAnswerError.
    """
    acknowledged: dict[int, int] = {}

    async def charge(call: UpdateCall) -> None:
        await call()
        acknowledged[call.account.number] = now_micros()

    await open_loop([partial(charge, one.call) for one in watched], len(watched) / rate, rate)
    for one in watched:
        one.call.check_answers()
    return [acknowledged[one.call.account.number] for one in watched]


async def release(watched: Sequence[Watched]) -> None:
    """Closes the sessions."""
    for one in watched:
        await release_session(one.call)


async def _opened(channel: grpc.aio.Channel, account: MeasuredAccount, purpose: str) -> Watched:
    await provision(channel, [account])
    call = await open_session(channel, account, purpose)
    request = account_api_pb2.ResolveSubscriberRequest(subscriber_identifier=account.subscriber_identifier)
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    found = await stub.ResolveSubscriber(request, timeout=_CALL_SECONDS)
    return Watched(call, found.subscriber_id)


async def _publish_rules(notification: grpc.aio.Channel) -> None:
    files = [
        rules_api_pb2.RulesFile(name=path.name, content=path.read_text(encoding="utf-8"))
        for path in sorted(RULES.iterdir())
        if path.suffix in (".yaml", ".ftl")
    ]
    request = rules_api_pb2.PublishRulesRequest(
        request_id="benchmark", source=rules_api_pb2.RulesSource(files=files)
    )
    stub = rules_api_pb2_grpc.NotificationRuleServiceStub(notification)
    await stub.PublishRules(request, timeout=_CALL_SECONDS)


async def _known(notification: grpc.aio.Channel, subscriber_id: str) -> None:
    """Returns once the journal was followed up to the last account."""
    stub = notification_api_pb2_grpc.NotificationServiceStub(notification)
    request = notification_api_pb2.ListNotificationsRequest(subscriber_id=subscriber_id)
    async with asyncio.timeout(_KNOWN_SECONDS):
        while True:
            try:
                await stub.ListNotifications(request, timeout=_CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return
