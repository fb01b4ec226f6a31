"""Accounts are opened one after the other, patiently, over a real channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from tidemark.charging.v1 import account_api_pb2

from services.cli.replay.provisioning import open_accounts
from services.common.kernel.outcome import Category, Reason, Refused
from services.common.runtime.grpc_errors import abort

Request = account_api_pb2.ProvisionAccountRequest
Response = account_api_pb2.ProvisionAccountResponse
NOT_PUBLISHED = Refused(Reason("CATALOG_NOT_PUBLISHED", Category.PRECONDITION), "no catalog yet")
AWAY = Refused(Reason("PARTITION_UNAVAILABLE", Category.UNAVAILABLE), "starting")
UNKNOWN = Refused(Reason("OFFERING_UNKNOWN", Category.PRECONDITION), "no such offering")


class SlowlyReady:
    """Refuses as told, once each, then opens every account."""

    def __init__(self, *refusals: Refused) -> None:
        self.asked: list[str] = []
        self._refusals = list(refusals)

    async def provision(
        self, request: Request, context: grpc.aio.ServicerContext[Request, Response]
    ) -> Response:
        self.asked.append(request.account_id)
        if self._refusals:
            await abort(context, self._refusals.pop(0))
        return Response(account_id=request.account_id)


@asynccontextmanager
async def channel_to(charging: SlowlyReady) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    provision = grpc.unary_unary_rpc_method_handler(
        charging.provision,
        request_deserializer=Request.FromString,
        response_serializer=Response.SerializeToString,
    )
    service = account_api_pb2.DESCRIPTOR.services_by_name["AccountService"].full_name
    handlers = grpc.method_handlers_generic_handler(service, {"ProvisionAccount": provision})
    server.add_generic_rpc_handlers((handlers,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(grace=None)


async def test_a_catalog_that_has_not_arrived_and_a_charging_system_that_starts_are_waited_for() -> None:
    charging, answers = SlowlyReady(NOT_PUBLISHED, AWAY), []
    async with channel_to(charging) as channel:
        requests = [Request(account_id="a"), Request(account_id="b")]
        await open_accounts(channel, requests, lambda: answers.append(1))
    assert charging.asked == ["a", "a", "a", "b"]
    assert len(answers) == 2


async def test_any_other_refusal_ends_it_at_once() -> None:
    charging = SlowlyReady(UNKNOWN)
    async with channel_to(charging) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="no such offering"):
            await open_accounts(channel, [Request(account_id="a"), Request(account_id="b")])
    assert charging.asked == ["a"]


async def test_patience_ends() -> None:
    async with channel_to(SlowlyReady(NOT_PUBLISHED, NOT_PUBLISHED)) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="no catalog yet"):
            await open_accounts(channel, [Request(account_id="a")], give_up_seconds=0)
