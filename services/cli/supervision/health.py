"""Whether a member serves: NATS by its greeting, a service by its ready file and gRPC health."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.supervision.plan import MemberPlan

_PROBE_SECONDS = 1.0


def serves(plan: MemberPlan, pid: int) -> bool:
    """True once the member answers, and it is that process which does."""
    if plan.ready_file is None:
        return _nats_greets(plan.address)
    # Two processes can share a gRPC port, so health alone does not say whose answer it is.
    return _ready_pid(plan.ready_file) == pid and grpc_health_is_serving(plan.address)


def grpc_health_is_serving(address: str) -> bool:
    """Asks grpc.health.v1 for the server as a whole. False for any failure."""
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=_PROBE_SECONDS
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _ready_pid(ready_file: Path) -> int | None:
    try:
        document = json.loads(ready_file.read_text(encoding="utf-8"))
        return int(document["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _nats_greets(address: str) -> bool:
    """NATS sends `INFO {json}` to whoever connects; JetStream must be up too."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_PROBE_SECONDS) as connection:
            verb, _, body = connection.makefile("rb").readline(65_536).partition(b" ")
            return verb == b"INFO" and json.loads(body).get("jetstream") is True
    except (OSError, ValueError):
        return False
