"""grpcio's handlers as the ASGI application calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc


@dataclass(frozen=True, slots=True)
class Method:
    """One handler. `decode` makes a request of octets, `serialize` octets of a response."""

    behaviour: Callable[[Any, Any], Any]
    decode: Callable[[bytes], Any] | None
    serialize: Callable[[Any], bytes]
    request_streaming: bool
    response_streaming: bool


def methods_of(service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]) -> dict[bytes, Method]:
    """The handlers of a service, by path."""
    return {f"/{service}/{name}".encode("ascii"): _method(handler) for name, handler in handlers.items()}


def _method(handler: grpc.RpcMethodHandler[Any, Any]) -> Method:
    behaviours = (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream)
    (behaviour,) = (one for one in behaviours if one is not None)
    return Method(
        behaviour,
        handler.request_deserializer,
        handler.response_serializer or bytes,
        bool(handler.request_streaming),
        bool(handler.response_streaming),
    )
