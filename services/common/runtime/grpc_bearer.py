"""A token on every call of a channel: `authorization: Bearer ...`."""

from __future__ import annotations

from typing import Any

import grpc

METADATA_KEY = "authorization"
SCHEME = "Bearer"


def bearer_interceptors(token: str) -> list[Any]:
    """What a channel is made with so that each call, of whatever kind, presents the token."""
    # A channel files an interceptor under one kind of call only, so there must be one for each.
    return [_UnaryUnary(token), _UnaryStream(token), _StreamUnary(token), _StreamStream(token)]


class _Bearer:
    def __init__(self, token: str) -> None:
        self._entry = (METADATA_KEY, f"{SCHEME} {token}")

    async def _continue(self, continuation: Any, details: grpc.aio.ClientCallDetails, requests: Any) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()), self._entry)
        return await continuation(
            grpc.aio.ClientCallDetails(
                details.method, details.timeout, metadata, details.credentials, details.wait_for_ready
            ),
            requests,
        )


class _UnaryUnary(_Bearer, grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]
    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._continue(continuation, client_call_details, request)


class _UnaryStream(_Bearer, grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[type-arg]
    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._continue(continuation, client_call_details, request)


class _StreamUnary(_Bearer, grpc.aio.StreamUnaryClientInterceptor):  # type: ignore[type-arg]
    async def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return await self._continue(continuation, client_call_details, request_iterator)


class _StreamStream(_Bearer, grpc.aio.StreamStreamClientInterceptor):  # type: ignore[type-arg]
    async def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return await self._continue(continuation, client_call_details, request_iterator)
