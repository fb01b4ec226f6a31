"""How peers are called: again while they are not there, and which failures say for certain that nothing
happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc

from services.common.runtime.grpc_bearer import METADATA_KEY, SCHEME
from services.common.runtime.grpc_client import retrying
from services.common.runtime.grpc_errors import DOMAIN, error_info
from services.common.runtime.logs import get_logger
from services.notification.application.tools.ports import PeerRefusal, PeerUnreachableError

_log = get_logger(__name__)

T = TypeVar("T")

Metadata = tuple[tuple[str, str], ...]

CALL_SECONDS = 3.0
WITHIN_SECONDS = 3.0

_CERTAIN = frozenset(
    {
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
    }
)
"""With the peer's own reason these mean that nothing happened. After any other it is not known."""
_REASON_BEHIND = "charging_reason"
"""Where offers says why charging refused it."""


async def called(call: Callable[[], Awaitable[T]], what: str) -> T | PeerRefusal:
    """The answer of a call that may be sent twice. Raises PeerUnreachableError where none came."""
    try:
        return await retrying(call, WITHIN_SECONDS)
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        if info is not None and info.domain == DOMAIN and error.code() in _CERTAIN:
            reason = info.metadata.get(_REASON_BEHIND, "") or info.reason
            return PeerRefusal(reason, error.details() or reason)
        _log.warning("a peer gave no answer", what=what, code=error.code().name, detail=error.details())
        raise PeerUnreachableError(f"{what}: {error.code().name}") from error


def bearer(token: str) -> Metadata:
    """Metadata of a call with a token; none without."""
    return ((METADATA_KEY, f"{SCHEME} {token}"),) if token else ()
