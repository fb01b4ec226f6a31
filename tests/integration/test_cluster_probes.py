"""A cluster's probes speak plain text; everybody else must bring a certificate."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidemark.charging.v1 import charging_api_pb2, charging_api_pb2_grpc

from services.common.runtime.grpc_client import ClientTls, connect, peer_tls
from services.common.runtime.grpc_server import GrpcServer
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError

CERTIFICATES = Path(__file__).resolve().parents[2] / "deploy" / "certificates.sh"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([CERTIFICATES, folder], check=True, capture_output=True)
    return folder


@pytest.fixture
def settings(certificates: Path) -> ServiceSettings:
    own = certificates / "tidemark-charging"
    return ServiceSettings(
        database_url="sqlite://",
        health_port=0,
        tls_certificate=own / "tls.crt",
        tls_key=own / "tls.key",
        tls_client_ca=own / "ca.crt",
    )


@pytest.fixture
async def server(settings: ServiceSettings) -> AsyncIterator[GrpcServer]:
    server = GrpcServer(settings, [])
    await server.start()
    yield server
    await server.drain(0)


async def _health(address: str, tls: ClientTls | None = None) -> int:
    async with connect(address, tls) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        return int(answer.status)


def _localhost(address: str) -> str:
    return address.replace("127.0.0.1", "localhost")


async def test_a_probe_without_a_certificate_reads_health_on_the_health_port(server: GrpcServer) -> None:
    assert await _health(server.health_address) == SERVING


async def test_the_probe_sees_what_the_server_says_of_itself(server: GrpcServer) -> None:
    await server.set_serving(False)
    assert await _health(server.health_address) == NOT_SERVING


async def test_the_health_port_answers_nothing_but_health(server: GrpcServer) -> None:
    async with connect(server.health_address) as channel:
        stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await stub.CreateChargingSession(charging_api_pb2.CreateChargingSessionRequest(), timeout=5)
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_the_front_door_refuses_a_caller_without_a_certificate(
    server: GrpcServer, certificates: Path
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as plain:
        await _health(_localhost(server.address))
    with pytest.raises(grpc.aio.AioRpcError) as nameless:
        await _health(_localhost(server.address), ClientTls(certificates / "caller" / "ca.crt"))
    assert plain.value.code() is nameless.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_peer_gets_in_with_its_own_certificate(server: GrpcServer, settings: ServiceSettings) -> None:
    assert await _health(_localhost(server.address), peer_tls(settings)) == SERVING


async def test_a_busy_health_port_is_refused_by_name(server: GrpcServer, settings: ServiceSettings) -> None:
    taken = int(server.health_address.rpartition(":")[2])
    second = GrpcServer(settings.model_copy(update={"health_port": taken}), [])
    with pytest.raises(StartupRefusedError, match="HEALTH_PORT"):
        await second.start()
