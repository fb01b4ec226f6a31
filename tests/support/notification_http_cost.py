"""What open event streams cost: `python -m tests.support.notification_http_cost 10000 [sse-starlette]`.

The app over a world in memory, in a process of its own; readers in another one. With `sse-starlette` the
same hub is served through that library's response, for comparison.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import sys
import time

import psutil
import uvloop
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.common.runtime.callers import Role
from services.common.runtime.settings import ServiceSettings
from services.notification.adapters.http.app import HttpOptions, build_app
from services.notification.adapters.http.server import HttpServer, Listen
from services.notification.adapters.http.shapes import notification_json
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Notification
from tests.support.notification_http import ACCOUNT, ANNA, HttpWorld, token_of
from tests.support.waiting import eventually

_READ_SECONDS = 120
_IDLE_SECONDS = 20.0


def main() -> int:
    """Prints one line of figures; or, with `read`, opens the streams."""
    if sys.argv[1] == "read":
        return _read(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(int(sys.argv[1]), "sse-starlette" in sys.argv))
    return 0


async def _measure(streams: int, with_library: bool) -> None:
    world = HttpWorld(most_streams=streams + 1)
    await world.hub.start()
    app = _library_app(world) if with_library else build_app(world.parts, HttpOptions(heartbeat_seconds=20))
    server = HttpServer(
        app, Listen(ServiceSettings(database_url="sqlite://"), 0, streams + 1), world.stopping
    )
    port = (await server.start()).rpartition(":")[2]
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    command = (
        "-m",
        "tests.support.notification_http_cost",
        "read",
        port,
        str(streams),
        token_of("", Role.OPERATOR),
    )
    reader = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=asyncio.subprocess.PIPE)
    await eventually(lambda: world.hub.streams == streams, _READ_SECONDS)
    await asyncio.sleep(2)
    gc.collect()
    after = process.memory_info().rss
    spent = time.process_time()
    await asyncio.sleep(_IDLE_SECONDS)
    spent = time.process_time() - spent
    sys.stdout.write(
        f"{streams} streams: {(after - before) / 1024 / streams:.1f} KiB each, "
        f"{after / 2**20:.0f} MiB in all, "
        f"{len(asyncio.all_tasks()) / streams:.1f} tasks each, {spent / _IDLE_SECONDS:.1%} of a core idle\n"
    )
    reader.kill()
    await reader.wait()
    await server.stop(30)


def _library_app(world: HttpWorld) -> Starlette:
    def event(update: object) -> dict[str, str]:
        return {"data": str(notification_json(update)) if isinstance(update, Notification) else str(update)}

    async def events(_request: Request) -> Response:
        watch = world.hub.watch(Recipient(subscriber_id=ANNA, account_id=ACCOUNT), None, True, True)
        return EventSourceResponse(event(update) async for update in watch)

    return Starlette(routes=[Route("/events", events)])


def _read(port: int, streams: int, token: str) -> int:
    """Opens the streams and reads nothing after their beginning, until it is killed."""
    path = f"/events?subscriber_id={ANNA}"
    head = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n"
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    opened = []
    for _ in range(streams):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(head.encode())
        connection.recv(4_096)
        opened.append(connection)
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
