"""Calls of the HTTP app without a network: requests through httpx, streams by ASGI's own words."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import Message

from services.notification.adapters.http.app import HttpOptions, build_app
from tests.support.notification_http import ANNA, HttpWorld
from tests.support.waiting import eventually

CHANGES = {"X-Tidemark": "1"}


def client_of(world: HttpWorld, token: str = "", **options: Any) -> httpx.AsyncClient:
    """A client of the app over a world; with a token it is a program."""
    transport = httpx.ASGITransport(
        build_app(world.parts, HttpOptions(**options)), raise_app_exceptions=False
    )
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://127.0.0.1",
        headers=headers,
        params={"subscriber_id": ANNA},
    )


@dataclass
class Listening:
    """One stream by ASGI: what was sent, and hands to hold its reader back or take it away."""

    app: Starlette
    path: str = "/events"
    query: str = f"subscriber_id={ANNA}"
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    begun: dict[str, Any] = field(default_factory=dict)
    octets: bytes = b""
    ended: bool = False
    aborted: int = 0

    def __post_init__(self) -> None:
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.task = asyncio.ensure_future(self.app(self._scope(), self._receive, self._send))

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Names and data."""
        found = []
        for block in self.octets.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"])))
        return found

    def of(self, name: str) -> list[Any]:
        """Data of the events of a name."""
        return [data for event, data in self.events if event == name]

    async def has(self, name: str, count: int = 1) -> None:
        """Waits for events."""
        await eventually(lambda: len(self.of(name)) >= count, what=f"{count} {name}, not {self.events}")

    async def leave(self) -> None:
        """The reader goes away."""
        self.gone.set()
        self.reads.set()
        await asyncio.wait_for(self.task, 5)

    def _scope(self) -> dict[str, Any]:
        def abort() -> None:
            self.aborted += 1
            self.gone.set()

        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1")]
            + [(name.lower().encode(), value.encode()) for name, value in self.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "state": {"abort_connection": abort},
        }

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.begun = dict(message)
            return
        self.octets += message.get("body", b"")
        self.ended = not message.get("more_body", False)
