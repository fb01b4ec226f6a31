"""WatchBalance as one stream that survives lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.charging.v1 import account_api_pb2_grpc

from services.common.runtime.grpc_client import is_unavailable
from services.common.runtime.grpc_errors import error_info

GIVE_UP_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


async def watched_balance(
    channel: grpc.aio.Channel, request: api.WatchBalanceRequest, give_up_seconds: float = GIVE_UP_SECONDS
) -> AsyncIterator[api.WatchBalanceResponse]:
    """The present state, then every change, without end.

    A connection lost after a first answer, and a stream closed by a service that drains or finds us
    too slow, are opened again after the last sequence seen; a change is never passed on twice.
    Raises AioRpcError for a refusal, where the first connection fails, and when the service stays
    away for `give_up_seconds`.
    """
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    request = api.WatchBalanceRequest.FromString(request.SerializeToString())
    seen: int | None = None
    while True:
        try:
            async for update in stub.WatchBalance(request):
                if seen is None or update.sequence > seen:
                    seen = request.after_sequence = update.sequence
                    yield update
        except grpc.aio.AioRpcError as error:
            if seen is None or not _worth_another_try(error):
                raise
            await _wait_until_connected(channel, give_up_seconds, error)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _wait_until_connected(channel: grpc.aio.Channel, seconds: float, error: Exception) -> None:
    try:
        async with asyncio.timeout(seconds):
            await channel.channel_ready()
    except TimeoutError:
        raise error from None


def _worth_another_try(error: grpc.aio.AioRpcError) -> bool:
    info = error_info(error)
    return is_unavailable(error) or (info is not None and info.reason == "WATCHER_TOO_SLOW")
