"""A token goes from a channel to a handler, which knows by it who calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic_settings import SettingsConfigDict
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.common.runtime.caller_settings import CallerSettings
from services.common.runtime.callers import Callers, Role, mint_token, open_callers, require_party
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer

NAME = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name
SECRET = b"the secret that issuer and service share"


class HarbourSettings(CallerSettings):
    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    database_url: str = "sqlite://"


class OwnedJournal(journal_api_pb2_grpc.JournalServiceServicer):
    """A journal of the partner `lagoon`; its answers name who asked."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def GetJournalStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        caller = self._callers.of(context)
        require_party(caller, "lagoon")
        return journal_api_pb2.GetJournalStatusResponse(detail=caller.subject)

    async def VerifyJournal(self, request: Any, context: Any) -> Any:  # noqa: N802
        return journal_api_pb2.VerifyJournalResponse()

    async def RewindRelay(self, request: Any, context: Any) -> Any:  # noqa: N802
        return journal_api_pb2.RewindRelayResponse()

    async def ReadJournal(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        require_party(self._callers.of(context), "lagoon")
        yield journal_api_pb2.ReadJournalResponse(sequence=1)


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    settings = HarbourSettings(token_key_file=tmp_path / "secret")
    callers = await asyncio.to_thread(open_callers, settings)
    add = journal_api_pb2_grpc.add_JournalServiceServicer_to_server
    server = GrpcServer(settings, [Servicer(add, OwnedJournal(callers), NAME)])
    yield await server.start()
    await server.drain(0)


@asynccontextmanager
async def asking(address: str, token: str) -> AsyncIterator[Any]:
    async with connect(address, token=token) as channel:
        yield journal_api_pb2_grpc.JournalServiceStub(channel)


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    info = error_info(caught.value)
    assert info is not None
    return caught.value.code().name, info.reason


@pytest.mark.parametrize(("role", "party"), [(Role.OPERATOR, ""), (Role.PARTNER, "lagoon")])
async def test_who_may_is_answered_on_calls_and_streams(address: str, role: Role, party: str) -> None:
    async with asking(address, mint_token(SECRET, role, "anna", party=party)) as stub:
        status = await stub.GetJournalStatus(journal_api_pb2.GetJournalStatusRequest(), timeout=5)
        rows = [row async for row in stub.ReadJournal(journal_api_pb2.ReadJournalRequest(), timeout=5)]
    assert (status.detail, [row.sequence for row in rows]) == ("anna", [1])


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        (lambda: "", ("UNAUTHENTICATED", "UNAUTHENTICATED")),
        (
            lambda: mint_token(SECRET, Role.OPERATOR, "anna", lifetime_seconds=-60),
            ("UNAUTHENTICATED", "TOKEN_EXPIRED"),
        ),
        (
            lambda: mint_token(SECRET[::-1], Role.OPERATOR, "anna"),
            ("UNAUTHENTICATED", "TOKEN_INVALID"),
        ),
        (
            lambda: mint_token(SECRET, Role.PARTNER, "x", party="reef"),
            ("PERMISSION_DENIED", "NOT_YOUR_PARTY"),
        ),
    ],
    ids=["nobody", "too late", "forged", "another partner"],
)
async def test_who_may_not_is_told_why(
    address: str, token: Callable[[], str], answer: tuple[str, str]
) -> None:
    # Minted when it is used: one made when tests are collected is too old by the last of them.
    async with asking(address, token()) as stub:
        request = journal_api_pb2.GetJournalStatusRequest()
        assert await refusal(stub.GetJournalStatus(request, timeout=5)) == answer
        stream = stub.ReadJournal(journal_api_pb2.ReadJournalRequest(), timeout=5)
        assert await refusal(stream.__aiter__().__anext__()) == answer


async def test_health_is_told_to_whoever_asks(address: str) -> None:
    async with connect(address) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
