"""The gRPC server every service boots with, spoken to over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pydantic_settings import SettingsConfigDict
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.grpc_client import connect, retrying
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError
from tests.support.waiting import eventually

NAME = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name
STATUS_METHOD = f"/{NAME}/GetJournalStatus"
UNKNOWN = Reason("PARTITION_UNKNOWN", Category.NOT_FOUND)
END_OF_STREAM = grpc.aio.EOF  # type: ignore[attr-defined]
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class HarbourSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    database_url: str = "sqlite://"


class JournalServicer(journal_api_pb2_grpc.JournalServiceServicer):
    """Partition 0 answers, 1 is unknown, 2 has a fault, 3 waits, others stream."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.stopping = asyncio.Event()
        self.calls = 0

    async def GetJournalStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.calls += 1
        if request.partition == 1:
            refused = Refused(UNKNOWN, "no partition 1", field="partition", metadata={"partitions": "1"})
            raise RefusedError(refused)
        if request.partition == 2:
            raise ValueError("the password is hunter2")
        if request.partition == 3:
            self.entered.set()
            try:
                await self.release.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return journal_api_pb2.GetJournalStatusResponse(partition=request.partition)

    async def VerifyJournal(self, request: Any, context: Any) -> Any:  # noqa: N802
        if self.calls < 2:
            self.calls += 1
            raise RefusedError(Refused(Reason("STARTING", Category.UNAVAILABLE), "not yet"))
        return journal_api_pb2.VerifyJournalResponse(intact=True)

    async def RewindRelay(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise TimeoutError("the handler's own")

    async def ReadJournal(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        for sequence in range(1, 4):
            yield journal_api_pb2.ReadJournalResponse(sequence=sequence)
        if request.partition == 1:
            raise RefusedError(Refused(UNKNOWN, "gone"))
        if request.follow:
            try:
                await self.stopping.wait()
            finally:
                self.cancelled.set()


class Harbour:
    """A running server, its servicer and a client."""

    def __init__(self, **settings: Any) -> None:
        self.servicer = JournalServicer()
        self.server = GrpcServer(
            HarbourSettings(**settings),
            [Servicer(journal_api_pb2_grpc.add_JournalServiceServicer_to_server, self.servicer, NAME)],
        )
        self.servicer.stopping = self.server.stopping

    async def __aenter__(self) -> Harbour:
        self.address = await self.server.start()
        self.channel: Any = connect(self.address)
        self.stub = journal_api_pb2_grpc.JournalServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()
        await self.server.drain(0)

    def status(self, partition: int, **options: Any) -> Any:
        request = journal_api_pb2.GetJournalStatusRequest(partition=partition)
        return self.stub.GetJournalStatus(request, **options)

    def read(self, partition: int = 0, follow: bool = False) -> Any:
        request = journal_api_pb2.ReadJournalRequest(partition=partition, follow=follow)
        return self.stub.ReadJournal(request)

    async def serving(self, service: str = NAME) -> int:
        answer = await self.health.Check(health_pb2.HealthCheckRequest(service=service))
        return int(answer.status)


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def test_a_call_is_answered_and_counted() -> None:
    async with Harbour() as harbour:
        assert (await harbour.status(0, timeout=5)).partition == 0
        assert harbour.server.calls[STATUS_METHOD, "OK"] == 1


async def test_a_refusal_arrives_as_status_with_reason_and_field() -> None:
    async with Harbour() as harbour:
        error = await refusal(harbour.status(1))
        assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "no partition 1")
        info = error_info(error)
        assert info is not None
        assert (info.reason, info.domain) == ("PARTITION_UNKNOWN", "tidemark")
        assert dict(info.metadata) == {"field": "partition", "partitions": "1"}
        assert harbour.server.calls[STATUS_METHOD, "NOT_FOUND"] == 1


async def test_a_fault_inside_tells_an_incident_and_nothing_else() -> None:
    async with Harbour() as harbour:
        error = await refusal(harbour.status(2))
        assert error.code() is grpc.StatusCode.INTERNAL
        info = error_info(error)
        assert info is not None
        assert info.reason == "INTERNAL"
        assert info.metadata["incident"] in str(error.details())
        assert "hunter2" not in repr(error)
        assert (await harbour.status(0)).partition == 0


async def test_a_message_that_is_not_protobuf_is_refused_by_name() -> None:
    async with Harbour() as harbour:
        raw = harbour.channel.unary_unary(STATUS_METHOD)
        error = await refusal(raw(b"\xff\xff\xff"))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
        info = error_info(error)
        assert info is not None
        assert info.reason == "MALFORMED_MESSAGE"
        assert harbour.servicer.calls == 0


async def test_an_oversized_message_is_refused_and_the_next_is_served() -> None:
    async with Harbour(max_message_bytes=1024) as harbour:
        raw = harbour.channel.unary_unary(STATUS_METHOD)
        error = await refusal(raw(b"x" * 2000))
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await harbour.status(0)).partition == 0


async def test_a_call_without_a_deadline_gets_the_servers() -> None:
    async with Harbour(default_deadline_seconds=0.05) as harbour:
        error = await refusal(harbour.status(3))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert harbour.servicer.cancelled.is_set()


async def test_a_callers_own_deadline_stands_above_the_servers() -> None:
    async with Harbour(default_deadline_seconds=0.05) as harbour:
        call = harbour.status(3, timeout=30)
        await harbour.servicer.entered.wait()
        asyncio.get_running_loop().call_later(0.2, harbour.servicer.release.set)
        assert (await call).partition == 3


async def test_a_timeout_inside_a_handler_is_a_fault_and_no_deadline() -> None:
    async with Harbour() as harbour:
        error = await refusal(harbour.stub.RewindRelay(journal_api_pb2.RewindRelayRequest()))
        assert error.code() is grpc.StatusCode.INTERNAL


async def test_a_stream_is_delivered_in_order_and_ends() -> None:
    async with Harbour() as harbour:
        assert [row.sequence async for row in harbour.read()] == [1, 2, 3]


async def test_a_stream_can_be_refused_after_it_began() -> None:
    async with Harbour() as harbour:
        got = []
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for row in harbour.read(partition=1):
                got.append(row.sequence)
        assert got == [1, 2, 3]
        info = error_info(caught.value)
        assert info is not None
        assert info.reason == "PARTITION_UNKNOWN"


async def test_a_stream_whose_caller_leaves_is_cleaned_up() -> None:
    async with Harbour() as harbour:
        call = harbour.read(follow=True)
        assert (await call.read()).sequence == 1
        call.cancel()
        await eventually(harbour.servicer.cancelled.is_set, what="the handler ended")


async def test_health_is_told_per_service() -> None:
    async with Harbour() as harbour:
        assert await harbour.serving() == SERVING
        await harbour.server.set_serving(False, NAME)
        assert await harbour.serving() == NOT_SERVING
        assert await harbour.serving("") == SERVING
        error = await refusal(harbour.serving("tidemark.nowhere.v1.NowhereService"))
        assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_a_health_watcher_sees_every_change_and_is_let_go_when_the_server_drains() -> None:
    async with Harbour() as harbour:
        watch = harbour.health.Watch(health_pb2.HealthCheckRequest(service=NAME))
        assert (await watch.read()).status == SERVING
        await harbour.server.set_serving(False)
        assert (await watch.read()).status == NOT_SERVING
        await harbour.server.set_serving(True)
        assert (await watch.read()).status == SERVING
        async with asyncio.timeout(10):
            await harbour.server.drain(60)
        assert (await watch.read()).status == NOT_SERVING
        assert await watch.read() is END_OF_STREAM


async def test_reflection_names_the_services() -> None:
    async with Harbour() as harbour:
        stub = reflection_pb2_grpc.ServerReflectionStub(harbour.channel)
        call = stub.ServerReflectionInfo()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await call.read()
        names = {service.name for service in answer.list_services_response.service}
        assert {NAME, "grpc.health.v1.Health"} <= names
        call.cancel()


async def test_draining_finishes_accepted_calls_and_refuses_new_ones() -> None:
    async with Harbour() as harbour:
        accepted = asyncio.ensure_future(harbour.status(3, timeout=30))
        await harbour.servicer.entered.wait()
        draining = asyncio.create_task(harbour.server.drain(30))
        await harbour.server.stopping.wait()

        async def refused() -> bool:
            try:
                await harbour.status(0, timeout=5)
            except grpc.aio.AioRpcError as error:
                return error.code() is grpc.StatusCode.UNAVAILABLE
            return False

        await eventually(refused, what="a new call is refused")
        assert not accepted.done()
        harbour.servicer.release.set()
        assert (await accepted).partition == 3
        async with asyncio.timeout(10):
            await draining


async def test_draining_tells_endless_streams_to_end() -> None:
    async with Harbour() as harbour:
        call = harbour.read(follow=True)
        assert [(await call.read()).sequence for _ in range(3)] == [1, 2, 3]
        async with asyncio.timeout(10):
            await harbour.server.drain(60)
        assert await call.read() is END_OF_STREAM
        assert await call.code() is grpc.StatusCode.OK


async def test_draining_cancels_what_does_not_end_in_time() -> None:
    async with Harbour() as harbour:
        call = asyncio.ensure_future(harbour.status(3, timeout=30))
        await harbour.servicer.entered.wait()
        async with asyncio.timeout(10):
            await harbour.server.drain(0.05)
        await refusal(call)
        await eventually(harbour.servicer.cancelled.is_set, what="the handler was cancelled")


async def test_a_taken_port_is_refused_with_its_number_and_the_variable() -> None:
    async with Harbour() as harbour:
        port = int(harbour.address.rpartition(":")[2])
        with pytest.raises(StartupRefusedError) as caught:
            await Harbour(listen_port=port).server.start()
        assert str(port) in str(caught.value)
        assert "TIDEMARK_HARBOUR_LISTEN_PORT" in str(caught.value)


async def test_a_client_tries_an_unavailable_service_again() -> None:
    async with Harbour() as harbour:
        request = journal_api_pb2.VerifyJournalRequest()
        answer = await retrying(lambda: harbour.stub.VerifyJournal(request, timeout=5))
        assert answer.intact
        assert harbour.servicer.calls == 2


async def test_a_client_does_not_try_a_refusal_again() -> None:
    async with Harbour() as harbour:
        with pytest.raises(grpc.aio.AioRpcError):
            await retrying(lambda: harbour.status(1))
        assert harbour.servicer.calls == 1
