"""A service as a process: how it announces itself, ends, and says why it does not start."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc

from services.common.runtime.grpc_client import connect
from tests.support.waiting import eventually

DEADLINE_SECONDS = 30


class Harbour:
    """One process of the small service, with its ready file and what it wrote to standard error."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.ready_file = folder / "run" / "harbour.json"
        self.process = process
        self._log = folder / "stderr"

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def ready(self) -> dict[str, Any]:
        await eventually(self.ready_file.exists, DEADLINE_SECONDS, "the ready file")
        content: dict[str, Any] = json.loads(self.ready_file.read_text())
        return content

    async def exit_code(self) -> int:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def harbour(folder: Path, manner: str, **variables: str) -> AsyncIterator[Harbour]:
    settings = {f"TIDEMARK_HARBOUR_{name.upper()}": value for name, value in variables.items()}
    ready_file = {"TIDEMARK_HARBOUR_READY_FILE": str(folder / "run" / "harbour.json")}
    with (folder / "stderr").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.lifecycle_service", manner),
            env={**os.environ, **ready_file, **settings},
            stderr=log,
        )
    try:
        yield Harbour(folder, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_service_says_where_it_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    async with harbour(tmp_path, "serves", metrics_port="0") as service:
        ready = await service.ready()
        assert (ready["service"], ready["pid"]) == ("harbour", service.process.pid)
        async with connect(ready["address"]) as channel:
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        page = await asyncio.to_thread(read, f"http://{ready['metrics_address']}/metrics")
        assert 'rpc_method="/grpc.health.v1.Health/Check"' in page
        service.process.send_signal(signal.SIGTERM)
        assert await service.exit_code() == 0
        assert not service.ready_file.exists()


class Collector(metrics_service_pb2_grpc.MetricsServiceServicer):
    """An OpenTelemetry collector that remembers the names of what it gets."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.services: set[str] = set()

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: N802
        for resource in request.resource_metrics:
            attributes = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            self.services.add(attributes["service.name"])
            self.names |= {metric.name for scope in resource.scope_metrics for metric in scope.metrics}
        return metrics_service_pb2.ExportMetricsServiceResponse()


async def test_counters_are_sent_to_a_collector_at_the_end_at_the_latest(tmp_path: Path) -> None:
    collector = Collector()
    server = grpc.aio.server()
    add_to_server: Any = metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server
    add_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with harbour(tmp_path, "serves", otlp_endpoint=f"http://127.0.0.1:{port}") as service:
        async with connect((await service.ready())["address"]) as channel:
            await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        service.process.send_signal(signal.SIGTERM)
        assert await service.exit_code() == 0
    await server.stop(0)
    assert (collector.names, collector.services) == ({"rpc.server.calls"}, {"tidemark-harbour"})


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        content: bytes = answer.read()
    return content.decode()


async def test_logs_can_be_json_with_service_and_version(tmp_path: Path) -> None:
    async with harbour(tmp_path, "serves", log_format="json") as service:
        await service.ready()
        service.process.send_signal(signal.SIGINT)
        assert await service.exit_code() == 0
        lines = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["serving", "stopping", "stopped"]
    assert {line["service"] for line in lines} == {"harbour"}
    assert all(line["version"] for line in lines)


async def test_a_service_that_has_not_begun_to_serve_ends_at_the_first_signal(tmp_path: Path) -> None:
    async with harbour(tmp_path, "slow-start") as service:
        await eventually(lambda: "starting slowly" in service.log, DEADLINE_SECONDS)
        service.process.send_signal(signal.SIGTERM)
        assert await service.exit_code() == 0


async def test_a_second_signal_ends_a_service_that_hangs(tmp_path: Path) -> None:
    async with harbour(tmp_path, "slow-stop") as service:
        await service.ready()
        service.process.send_signal(signal.SIGTERM)
        await eventually(lambda: "stopping" in service.log, DEADLINE_SECONDS)
        service.process.send_signal(signal.SIGTERM)
        assert await service.exit_code() == 128 + signal.SIGTERM


async def test_a_background_task_that_dies_takes_the_service_down_with_a_log_line(tmp_path: Path) -> None:
    async with harbour(tmp_path, "task-dies") as service:
        assert await service.exit_code() == 1
        assert "background task died" in service.log
        assert "the relay is gone" in service.log


async def test_wrong_settings_are_lines_and_exit_code_two(tmp_path: Path) -> None:
    async with harbour(tmp_path, "serves", listen_host="0.0.0.0", drain_seconds="soon") as service:
        assert await service.exit_code() == 2
        assert "harbour: TIDEMARK_HARBOUR_DRAIN_SECONDS=soon: " in service.log
        assert "Traceback" not in service.log


async def test_a_refused_start_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    async with harbour(tmp_path, "refuses") as service:
        assert await service.exit_code() == 1
        assert service.log == "harbour: the tide is out; wait for it\n"


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    async with harbour(tmp_path, "serves") as first:
        port = (await first.ready())["address"].rpartition(":")[2]
        (tmp_path / "second").mkdir()
        async with harbour(tmp_path / "second", "serves", listen_port=port) as second:
            assert await second.exit_code() == 1
            assert f"cannot listen on 127.0.0.1:{port}" in second.log
            assert "Traceback" not in second.log


async def test_a_taken_metrics_port_is_said_in_one_line(tmp_path: Path) -> None:
    async with harbour(tmp_path, "serves", metrics_port="0") as first:
        taken = (await first.ready())["metrics_address"].rpartition(":")[2]
        (tmp_path / "second").mkdir()
        async with harbour(tmp_path / "second", "serves", metrics_port=taken) as second:
            assert await second.exit_code() == 1
            assert "TIDEMARK_HARBOUR_METRICS_PORT" in second.log
            assert "Traceback" not in second.log


async def test_a_fault_at_start_is_logged_with_its_cause_and_ends_the_process(tmp_path: Path) -> None:
    async with harbour(tmp_path, "breaks") as service:
        assert await service.exit_code() == 1
        assert "ZeroDivisionError" in service.log
