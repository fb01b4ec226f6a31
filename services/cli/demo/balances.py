"""Keeps a board's balances moving: one WatchBalance stream for each account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from tidemark.charging.v1 import account_api_pb2

from services.cli.balance_watch import watched_balance
from services.cli.demo.board import AccountLine, Board
from services.common.runtime.grpc_client import is_unavailable

_PAUSE_SECONDS = 0.2


@asynccontextmanager
async def balances_watched(channel: grpc.aio.Channel, board: Board) -> AsyncIterator[None]:
    """While inside, every account of the board follows its stream.

    A stream that ends for good leaves its line as it was: the audit, not the
    view, decides what is true.
    """
    tasks = [asyncio.ensure_future(_follow(channel, line)) for line in board.accounts.values()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(channel: grpc.aio.Channel, line: AccountLine) -> None:
    request = account_api_pb2.WatchBalanceRequest(account_id=line.account_id)
    while True:
        try:
            async for update in watched_balance(channel, request):
                line.apply(update)
        except grpc.aio.AioRpcError as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
