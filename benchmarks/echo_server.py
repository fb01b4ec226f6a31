"""The yardstick: a grpcio asyncio server that gives back what it gets. Runs as a process of its own.

    python -m benchmarks.echo_server

Prints its address on standard output once it serves; ends with SIGTERM or when
its standard input is closed.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import grpc
import uvloop

METHOD = "/tidemark.benchmarks.Echo/Echo"


async def _echo(request: bytes, _context: Any) -> bytes:
    return request


async def serve() -> None:
    """Serves on a free loopback port, octets in and octets out, with no protobuf in between."""
    _, service, name = METHOD.split("/")
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handler = grpc.unary_unary_rpc_method_handler(_echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


if __name__ == "__main__":
    uvloop.run(serve())
