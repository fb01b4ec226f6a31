"""The stream behind a customer's page, read as the page reads it: server-sent events over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx

from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.instants import present
from services.common.kernel.clock import Instant

_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.02


class PageStream:
    """When each entry of one inbox was on the page, by its id; a stream that ends fails whoever waits."""

    def __init__(self, url: str, token: str) -> None:
        self.arrived: dict[str, Instant] = {}
        self._url = url
        self._token = token
        self._is_open = False
        self._failure = ""

    async def follow(self) -> None:
        """Reads until cancelled, or until the stream ends."""
        try:
            await self._read()
            self._failure = self._failure or "it ended"
        except httpx.HTTPError as error:
            self._failure = f"{error!r}"

    async def opened(self) -> None:
        """Returns once the stream is open. Raises WitnessSilentError."""
        await self._until(lambda: self._is_open, "did not open")

    async def all_of(self, notification_ids: Iterable[str]) -> None:
        """Returns once all of some entries are on the page. Raises WitnessSilentError."""
        wanted = set(notification_ids)
        await self._until(lambda: wanted <= self.arrived.keys(), f"did not bring all of {len(wanted)} alerts")

    async def _read(self) -> None:
        headers = {"authorization": f"Bearer {self._token}"}
        query = {"after": "0", "balance": "false", "conversations": "false"}
        timeout = httpx.Timeout(_WAIT_SECONDS, read=None)
        async with (
            httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
            client.stream("GET", f"{self._url}/events", params=query, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                self._failure = f"{response.status_code} {(await response.aread()).decode(errors='replace')}"
                return
            name = ""
            async for line in response.aiter_lines():
                key, _, value = line.partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    self._take(name, value)

    def _take(self, name: str, data: str) -> None:
        if name == "hello":
            self._is_open = True
        elif name == "notification":
            self.arrived.setdefault(json.loads(data)["notification_id"], present())
        elif name in ("refused", "bye"):
            self._failure = data

    async def _until(self, condition: Callable[[], bool], complaint: str) -> None:
        deadline = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while not condition():
            if self._failure:
                raise WitnessSilentError(f"the page's stream {complaint}: {self._failure}")
            if asyncio.get_running_loop().time() > deadline:
                raise WitnessSilentError(f"the page's stream {complaint} within {_WAIT_SECONDS:g} s")
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def followed(streams: Sequence[PageStream]) -> AsyncIterator[None]:
    """While inside, streams are open and read. Raises WitnessSilentError where one does not open."""
    tasks = [asyncio.ensure_future(stream.follow()) for stream in streams]
    try:
        for stream in streams:
            await stream.opened()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
