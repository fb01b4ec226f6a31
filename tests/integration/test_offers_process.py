"""Offers as a process: it starts, says that it serves, ends on SIGTERM, and says why it does not start."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.common.runtime.grpc_client import connect
from services.common.runtime.lifecycle import run_service
from services.offers.main import NAME, serve
from services.offers.settings import OffersSettings
from tests.support.nats import nats_server
from tests.support.waiting import eventually

DEADLINE_SECONDS = 30
PREFIX = "TIDEMARK_OFFERS_"


def environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The settings of a service whose files are in a folder, and others."""
    settings = {
        "DATABASE_URL": f"sqlite:///{folder / 'offers.sqlite'}",
        "MODEL_DIR": str(folder / "models"),
        "READY_FILE": str(folder / "ready.json"),
        "LOG_FORMAT": "json",
        **variables,
    }
    return {PREFIX + name: value for name, value in settings.items()}


@asynccontextmanager
async def offers(folder: Path, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real process, its files in a folder; killed at the end if it is still there."""
    with (folder / "stderr").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.offers.main"),
            env={**os.environ, **environment(folder, variables)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def exit_code(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await process.wait()


async def address_once_ready(folder: Path) -> str:
    ready_file = folder / "ready.json"
    await eventually(ready_file.exists, DEADLINE_SECONDS, "the ready file")
    return str(json.loads(ready_file.read_text())["address"])


async def test_it_serves_and_ends_on_sigterm_in_good_order_and_finds_its_database_again(
    tmp_path: Path,
) -> None:
    async with nats_server(tmp_path) as nats:
        for _ in range(2):
            async with offers(tmp_path, NATS_URL=nats.url) as process:
                async with connect(await address_once_ready(tmp_path)) as channel:
                    health = await health_pb2_grpc.HealthStub(channel).Check(
                        health_pb2.HealthCheckRequest(), timeout=5
                    )
                    names = await _reflected(reflection_pb2_grpc.ServerReflectionStub(channel))
                assert health.status == health_pb2.HealthCheckResponse.SERVING
                assert "grpc.health.v1.Health" in names
                process.send_signal(signal.SIGTERM)
                assert await exit_code(process) == 0
            assert not (tmp_path / "ready.json").exists()
            last = json.loads((tmp_path / "stderr").read_text().splitlines()[-1])
            assert (last["event"], last["service"]) == ("stopped", "offers")


async def _reflected(stub: reflection_pb2_grpc.ServerReflectionStub) -> set[str]:
    ask = reflection_pb2.ServerReflectionRequest(list_services="*")
    async for answer in stub.ServerReflectionInfo(iter([ask]), timeout=5):
        return {service.name for service in answer.list_services_response.service}
    return set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DECISION_DEADLINE_MILLISECONDS", "soon"),
        ("LEARN_SECONDS", "0"),
        ("PROFILE_CACHE", "-1"),
        ("CATALOG_ADDRESS", ""),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_two(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
) -> None:
    """In this process: another one would load every library to say it. The next test is of a real one."""
    for each, said in environment(tmp_path, {name: value}).items():
        monkeypatch.setenv(each, said)
    assert run_service(NAME, OffersSettings, serve) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"offers: {PREFIX}{name}={value}: ")
    assert "(expected: " in line
    assert not (tmp_path / "offers.sqlite").exists()


async def test_beyond_loopback_it_wants_keys_that_callers_are_checked_with(tmp_path: Path) -> None:
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).touch()
    tls = {"TLS_CERTIFICATE": str(tmp_path / "tls.crt"), "TLS_KEY": str(tmp_path / "tls.key")}
    async with offers(tmp_path, LISTEN_HOST="0.0.0.0", **tls) as process:
        assert await exit_code(process) == 2
    (line,) = (tmp_path / "stderr").read_text().splitlines()
    assert line.startswith(f"offers: {PREFIX}TOKEN_KEY_FILE is not set")
