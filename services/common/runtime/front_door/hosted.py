"""A service inside Envoy: what pyvoy loads and calls, on an event loop in a thread of its own.

Envoy's process gets the signals, Python none of them. So the process that started Envoy says when to end, by
closing a pipe, and learns of the exit code through another one; and Envoy goes on serving until the last
accepted call was answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
from collections.abc import MutableMapping
from typing import Any

from services.common.runtime.front_door.calls import Receive, Send
from services.common.runtime.front_door.envoy_config import RESULT_VARIABLE, SERVICE_VARIABLE, STOP_VARIABLE
from services.common.runtime.front_door.headers import status_headers
from services.common.runtime.front_door.host import DOOR
from services.common.runtime.lifecycle import EXIT_FAILED, Service

_STARTING = [(b"content-type", b"application/grpc"), *status_headers(14, "this server is starting")]


async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif DOOR.app is None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": _STARTING})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    else:
        await DOOR.app(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """The service begins with Envoy, and Envoy does not end before it."""
    stop = asyncio.Event()
    await receive()
    running = asyncio.create_task(_run(stop))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    stop.set()
    await running
    await send({"type": "lifespan.shutdown.complete"})


async def _run(stop: asyncio.Event) -> None:
    """The service from its begin to its end, then the end of Envoy."""
    stop_fd, result_fd = int(os.environ[STOP_VARIABLE]), int(os.environ[RESULT_VARIABLE])
    loop = asyncio.get_running_loop()

    def asked() -> None:
        # A closed pipe stays readable.
        loop.remove_reader(stop_fd)
        stop.set()

    loop.add_reader(stop_fd, asked)
    code = EXIT_FAILED
    try:
        module = importlib.import_module(os.environ[SERVICE_VARIABLE])
        service: Service[Any] = module.SERVICE
        code = await service.run_hosted(stop, os.getppid())
    finally:
        loop.remove_reader(stop_fd)
        with contextlib.suppress(OSError):
            os.write(result_fd, b"%d\n" % code)
        os.kill(os.getpid(), signal.SIGTERM)
