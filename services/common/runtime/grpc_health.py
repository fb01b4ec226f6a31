"""grpc.health.v1, per service, with watches that end when the server drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

_Status = health_pb2.HealthCheckResponse
Context = grpc.aio.ServicerContext[health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse]
OVERALL = ""
"""The name under which the whole process answers."""


class HealthServicer(health_pb2_grpc.HealthServicer):
    """Tells who serves. Every service named at the start begins as NOT_SERVING."""

    def __init__(self, services: list[str]) -> None:
        self._serving: dict[str, bool] = dict.fromkeys([OVERALL, *services], False)
        self._changed = asyncio.Condition()
        self._draining = False

    async def set_serving(self, service: str, serving: bool) -> None:
        """Sets one service's health; while draining, nothing becomes SERVING again."""
        async with self._changed:
            self._serving[service] = serving and not self._draining
            self._changed.notify_all()

    async def drain(self) -> None:
        """Everything becomes NOT_SERVING, for good; watchers are told so and let go."""
        async with self._changed:
            self._draining = True
            self._serving = dict.fromkeys(self._serving, False)
            self._changed.notify_all()

    async def Check(  # noqa: N802 - the contract's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """The present health; NOT_FOUND for a service that is not here."""
        if request.service not in self._serving:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no service {request.service!r} here")
        return _Status(status=self._status(request.service))

    async def List(  # noqa: N802 - the contract's name
        self, _request: health_pb2.HealthListRequest, _context: Context
    ) -> health_pb2.HealthListResponse:
        """The present health of everything here."""
        statuses = {name: _Status(status=self._status(name)) for name in self._serving}
        return health_pb2.HealthListResponse(statuses=statuses)

    async def Watch(  # noqa: N802 - the contract's name
        self, request: health_pb2.HealthCheckRequest, _context: Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The present health, then every change, until the server drains."""
        told: int | None = None
        while True:
            async with self._changed:
                while self._status(request.service) == told and not self._draining:
                    await self._changed.wait()
                ending = self._draining
                status = self._status(request.service)
            if status != told:
                told = status
                yield _Status(status=status)
            if ending:
                return

    def _status(self, service: str) -> int:
        if service not in self._serving:
            return int(_Status.SERVICE_UNKNOWN)
        return int(_Status.SERVING if self._serving[service] else _Status.NOT_SERVING)
