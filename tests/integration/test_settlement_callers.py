"""Who may call what: every method of partner settlement asks, whoever writes the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from tidemark.partner_settlement.v1 import (
    agreement_api_pb2,
    dispute_api_pb2,
    ledger_api_pb2,
    loyalty_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
)

from services.common.runtime.callers import Role, mint_token
from services.common.runtime.grpc_client import connect
from tests.support.settlement_server import SECRET, settlement_server
from tests.support.settlement_world import SettlementWorld

EMPTY = b""
"""Any message with nothing set."""
FILES = (
    agreement_api_pb2,
    dispute_api_pb2,
    ledger_api_pb2,
    loyalty_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
)
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
FOR_OPERATORS = sorted(
    path
    for path in METHODS
    if path.split("/")[1].rpartition(".")[2] in ("AgreementService", "LedgerService", "SettlementService")
)


@pytest.fixture
def world() -> Iterator[SettlementWorld]:
    made = SettlementWorld()
    yield made
    made.database.engine.dispose()


async def answer(channel: grpc.aio.Channel, path: str) -> grpc.StatusCode:
    """The status of a method that is called with an empty request."""
    method: Any = METHODS[path]
    try:
        if method.server_streaming:
            async for _ in channel.unary_stream(path, bytes, bytes)(EMPTY):
                pass
        else:
            await channel.unary_unary(path, bytes, bytes)(EMPTY)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_nobody_is_answered_without_a_token(world: SettlementWorld) -> None:
    async with settlement_server(world) as server, connect(server.address) as channel:
        answers = {path: await answer(channel, path) for path in METHODS}
    assert set(answers.values()) == {grpc.StatusCode.UNAUTHENTICATED}, answers


async def test_a_subscriber_has_no_business_here(world: SettlementWorld) -> None:
    token = mint_token(SECRET, Role.SUBSCRIBER, "somebody", account="acme")
    async with settlement_server(world) as server, connect(server.address, token=token) as channel:
        answers = {path: await answer(channel, path) for path in METHODS}
    allowed = {path for path, code in answers.items() if code is grpc.StatusCode.OK}
    assert allowed == set(), answers


async def test_a_partner_settles_nothing_and_reads_no_ledger(world: SettlementWorld) -> None:
    token = mint_token(SECRET, Role.PARTNER, "clerk", party="melody")
    async with settlement_server(world) as server, connect(server.address, token=token) as channel:
        answers = {path: await answer(channel, path) for path in FOR_OPERATORS}
    assert set(answers.values()) == {grpc.StatusCode.PERMISSION_DENIED}, answers
