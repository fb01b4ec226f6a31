"""Both front doors answer grpcio's client alike: grpcio's server, and the same servicers inside Envoy."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tidemark.charging.v1 import journal_api_pb2 as api

from services.common.runtime.grpc_errors import error_info
from tests.support.front_door_service import (
    ECHOES,
    FAULTY,
    LARGE,
    LARGE_OCTETS,
    NAME,
    UNKNOWN,
    WAITS,
)
from tests.support.front_doors import FRONT_DOORS, Harbour, harbour, refusal
from tests.support.waiting import eventually

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
END_OF_STREAM = grpc.aio.EOF  # type: ignore[attr-defined]
STATUS_METHOD = f"/{NAME}/GetJournalStatus"


@pytest.fixture(params=FRONT_DOORS)
async def service(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harbour]:
    """With a message limit of 2 KiB for requests, and half a second for calls without a deadline."""
    limits = {"max_message_bytes": "2048", "default_deadline_seconds": "0.5"}
    async with harbour(tmp_path, request.param, **limits) as running:
        yield running


async def test_calls_are_answered(service: Harbour) -> None:
    assert (await service.status(7, timeout=10)).partition == 7
    answers = await asyncio.gather(*(service.status(number, timeout=30) for number in range(10, 510)))
    assert [answer.partition for answer in answers] == list(range(10, 510))
    large = await service.status(LARGE, timeout=30)
    assert len(large.detail) == LARGE_OCTETS


async def test_a_refusal_arrives_as_status_with_reason_field_and_words_beyond_ascii(service: Harbour) -> None:
    error = await refusal(service.status(UNKNOWN))
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "no partition 1 → ä")
    info = error_info(error)
    assert info is not None
    assert (info.reason, info.domain) == ("PARTITION_UNKNOWN", "tidemark")
    assert dict(info.metadata) == {"field": "partition", "partitions": "0 and 2 %, größer"}
    plain = await refusal(service.stub.VerifyJournal(api.VerifyJournalRequest()))
    assert (plain.code(), plain.details()) == (grpc.StatusCode.UNAVAILABLE, "not yet")


async def test_a_fault_inside_tells_an_incident_and_nothing_else(service: Harbour) -> None:
    error = await refusal(service.status(FAULTY))
    assert error.code() is grpc.StatusCode.INTERNAL
    info = error_info(error)
    assert info is not None
    assert info.metadata["incident"] in str(error.details())
    assert "hunter2" not in repr(error)
    assert info.metadata["incident"] in service.log
    own = await refusal(service.stub.RewindRelay(api.RewindRelayRequest(), timeout=10))
    assert own.code() is grpc.StatusCode.INTERNAL


async def test_what_is_no_request_is_refused_by_name(service: Harbour) -> None:
    raw = service.channel.unary_unary(STATUS_METHOD)
    malformed = await refusal(raw(b"\xff\xff\xff"))
    info = error_info(malformed)
    assert info is not None
    assert (malformed.code(), info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE")
    assert (await refusal(raw(b"x" * 4_000))).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    nowhere = service.channel.unary_unary(f"/{NAME}/Nowhere")
    assert (await refusal(nowhere(b""))).code() is grpc.StatusCode.UNIMPLEMENTED
    assert (await service.status(0)).partition == 0


async def test_metadata_goes_there_and_comes_back(service: Harbour) -> None:
    sent = (("x-plain", "one, two"), ("x-octets-bin", b"\x00\xff\x80 "), ("x-empty", ""))
    call = service.status(ECHOES, timeout=10, metadata=sent)
    await call
    assert ("y-first", "1") in [tuple(pair) for pair in await call.initial_metadata()]
    came_back = {key: value for key, value in await call.trailing_metadata() if key.startswith("y-")}
    assert came_back == {f"y-{key}": value for key, value in sent}


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
async def test_requests_may_be_compressed(service: Harbour, compression: grpc.Compression) -> None:
    raw = service.channel.unary_unary(STATUS_METHOD)
    request = api.GetJournalStatusRequest(partition=9)
    answer = await raw(request.SerializeToString(), compression=compression, timeout=10)
    assert api.GetJournalStatusResponse.FromString(answer).partition == 9
    # Small on the wire, larger than what is taken.
    bomb = await refusal(raw(b"\x00" * 1_000_000, compression=compression, timeout=10))
    assert bomb.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_call_without_a_deadline_gets_the_servers(service: Harbour) -> None:
    error = await refusal(service.status(WAITS))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await service.told("cancelled")


async def test_a_callers_deadline_stands_above_the_servers_and_ends_the_handler(service: Harbour) -> None:
    waiting = asyncio.ensure_future(service.status(WAITS, timeout=30))
    await service.told("entered")
    asyncio.get_running_loop().call_later(0.8, service.release)
    assert (await waiting).partition == WAITS
    (service.folder / "release").unlink()
    error = await refusal(service.status(WAITS, timeout=0.2))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await service.told("cancelled")


async def test_a_stream_is_delivered_in_order_and_ends_or_is_refused(service: Harbour) -> None:
    assert [row.sequence async for row in service.read()] == [1, 2, 3]
    got = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for row in service.read(partition=UNKNOWN):
            got.append(row.sequence)
    info = error_info(caught.value)
    assert info is not None
    assert (got, info.reason) == ([1, 2, 3], "PARTITION_UNKNOWN")


async def test_a_stream_whose_caller_leaves_is_cleaned_up(service: Harbour) -> None:
    call = service.read(follow=True)
    assert [(await call.read()).sequence for _ in range(3)] == [1, 2, 3]
    await service.told("entered")
    call.cancel()
    await service.told("cancelled")


async def test_health_is_told_per_service_and_watched(service: Harbour) -> None:
    assert await service.serving() == await service.serving("") == SERVING
    error = await refusal(service.serving("tidemark.nowhere.v1.NowhereService"))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    watch = service.health.Watch(health_pb2.HealthCheckRequest(service=NAME))
    assert (await watch.read()).status == SERVING
    service.process.send_signal(signal.SIGTERM)
    assert (await watch.read()).status == NOT_SERVING
    assert await watch.read() is END_OF_STREAM
    assert await service.exit_code() == 0


async def test_reflection_names_the_services(service: Harbour) -> None:
    call = reflection_pb2_grpc.ServerReflectionStub(service.channel).ServerReflectionInfo()
    for _ in range(2):
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await call.read()
        names = {one.name for one in answer.list_services_response.service}
        assert {NAME, "grpc.health.v1.Health"} <= names
    await call.done_writing()
    assert await call.read() is END_OF_STREAM
    assert await call.code() is grpc.StatusCode.OK


async def test_no_accepted_call_is_lost_when_the_service_is_told_to_end(service: Harbour) -> None:
    accepted = [asyncio.ensure_future(service.status(WAITS, timeout=30)) for _ in range(20)]
    stream = service.read(follow=True)
    assert [(await stream.read()).sequence for _ in range(3)] == [1, 2, 3]
    # Only what has come is accepted.
    await service.told("entered-20")
    service.process.send_signal(signal.SIGTERM)
    assert await stream.read() is END_OF_STREAM

    async def refused() -> bool:
        try:
            await service.status(0, timeout=5)
        except grpc.aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.UNAVAILABLE
        return False

    await eventually(refused, what="a new call is refused")
    assert not any(call.done() for call in accepted)
    service.release()
    assert [(await call).partition for call in accepted] == [WAITS] * 20
    assert await service.exit_code() == 0
    assert not (service.folder / "ready.json").exists()


@pytest.mark.parametrize("front_door", FRONT_DOORS)
async def test_what_does_not_end_in_time_is_cancelled(tmp_path: Path, front_door: str) -> None:
    async with harbour(tmp_path, front_door, drain_seconds="0.2") as service:
        call = asyncio.ensure_future(service.status(WAITS, timeout=30))
        await service.told("entered")
        service.process.send_signal(signal.SIGTERM)
        await refusal(call)
        await service.told("cancelled")
        assert await service.exit_code() == 0


@pytest.mark.parametrize("front_door", FRONT_DOORS)
async def test_a_taken_port_is_refused_with_its_number_and_the_variable(
    tmp_path: Path, front_door: str
) -> None:
    async with harbour(tmp_path, front_door) as service:
        port = service.ready["address"].rpartition(":")[2]
        second = tmp_path / "second"
        second.mkdir()
        with pytest.raises(FileNotFoundError):
            async with harbour(second, front_door, listen_port=port):
                pass
        log = (second / "stderr").read_text()
        assert port in log
        assert "TIDEMARK_HARBOUR_LISTEN_PORT" in log
