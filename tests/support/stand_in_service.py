"""A process that looks to the suite like a service: gRPC health, a ready file, an end on SIGTERM.

`python -m tests.support.stand_in_service NAME [MANNER]` reads the same environment as the service NAME.
MANNER is `healthy` (the default), `never-healthy`, `dies-at-once`, or `ignores-sigterm`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def announce(name: str, address: str) -> None:
    """Writes the ready file, and a line for the log."""
    ready = {"service": name, "pid": os.getpid(), "address": address}
    Path(os.environ[f"TIDEMARK_{name.upper()}_READY_FILE"]).write_text(json.dumps(ready))
    sys.stdout.write(f"{name} serves at {address}\n")
    sys.stdout.flush()


async def serve(name: str, manner: str) -> None:
    """Serves health until SIGTERM."""
    prefix = f"TIDEMARK_{name.upper()}_"
    stop = asyncio.Event()
    if manner == "ignores-sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()  # type: ignore[attr-defined]
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    status = health_pb2.HealthCheckResponse
    await servicer.set("", status.NOT_SERVING if manner == "never-healthy" else status.SERVING)
    address = f"127.0.0.1:{os.environ[prefix + 'LISTEN_PORT']}"
    server.add_insecure_port(address)
    await server.start()
    announce(name, address)
    await stop.wait()
    await server.stop(1)


if __name__ == "__main__":
    chosen = sys.argv[2] if len(sys.argv) > 2 else "healthy"
    if chosen == "dies-at-once":
        sys.exit("the price of everything is unknown")
    asyncio.run(serve(sys.argv[1], chosen))
