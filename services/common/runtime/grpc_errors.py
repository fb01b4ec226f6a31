"""Refusals on the wire: a gRPC status with a `google.rpc.ErrorInfo`, there and back.

ErrorInfo carries the reason (UPPER_SNAKE), the domain `tidemark`, and metadata;
`field` names the part of the request at fault where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn, TypeVar, cast

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from services.common.kernel.outcome import Category, Refused

Req = TypeVar("Req")
Res = TypeVar("Res")

DOMAIN = "tidemark"
STATUS_DETAILS_KEY = "grpc-status-details-bin"
# Trailers share HTTP/2's header list limit (8 KiB by default): long texts are cut.
_MAX_TEXT = 1_000

CATEGORY_STATUS: dict[Category, grpc.StatusCode] = {
    Category.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    Category.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Category.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Category.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Category.DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Category.EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Category.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Category.CONFLICT: grpc.StatusCode.ABORTED,
    Category.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Category.INTERNAL: grpc.StatusCode.INTERNAL,
}


def status_code(refused: Refused) -> grpc.StatusCode:
    """The gRPC status of a refusal."""
    return CATEGORY_STATUS[refused.reason.category]


def status_details(refused: Refused) -> bytes:
    """The refusal as a serialized `google.rpc.Status`, for the trailer `grpc-status-details-bin`."""
    info = ErrorInfo(reason=refused.reason.name, domain=DOMAIN)
    for key, value in refused.metadata.items():
        info.metadata[key] = value[:_MAX_TEXT]
    if refused.field:
        info.metadata["field"] = refused.field
    packed = Any()
    packed.Pack(info)
    code: int = status_code(refused).value[0]
    serialized: bytes = Status(
        code=code, message=refused.message[:_MAX_TEXT], details=[packed]
    ).SerializeToString()
    return serialized


async def abort(context: grpc.aio.ServicerContext[Req, Res], refused: Refused) -> NoReturn:
    """Ends a call with a refusal. Raises what the gRPC runtime ends calls with."""
    await context.abort(
        status_code(refused),
        refused.message[:_MAX_TEXT],
        trailing_metadata=((STATUS_DETAILS_KEY, status_details(refused)),),
    )
    raise AssertionError("abort always raises")


def error_info(error: grpc.RpcError) -> ErrorInfo | None:
    """The ErrorInfo of a failed call; None where the other side sent none (a transport error, say)."""
    trailers = error.trailing_metadata() if hasattr(error, "trailing_metadata") else None
    for key, value in cast(Iterable[tuple[str, str | bytes]], trailers or ()):
        if key == STATUS_DETAILS_KEY and isinstance(value, bytes):
            return _info_in(value)
    return None


def _info_in(details: bytes) -> ErrorInfo | None:
    for packed in Status.FromString(details).details:
        info = ErrorInfo()
        if packed.Unpack(info):
            return info
    return None
