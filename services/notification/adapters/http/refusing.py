"""Refusals over HTTP: a status by category, and JSON with reason and message. Never a traceback."""

from __future__ import annotations

import uuid

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.grpc_bearer import SCHEME
from services.common.runtime.logs import get_logger

_log = get_logger(__name__)

INTERNAL = Reason("INTERNAL", Category.INTERNAL)
DEADLINE_EXCEEDED = Reason("DEADLINE_EXCEEDED", Category.UNAVAILABLE)
BODY_TOO_LARGE = Reason("BODY_TOO_LARGE", Category.INVALID_ARGUMENT)
BODY_INVALID = Reason("BODY_INVALID", Category.INVALID_ARGUMENT)
PARAMETER_INVALID = Reason("PARAMETER_INVALID", Category.INVALID_ARGUMENT)
HOST_UNKNOWN = Reason("HOST_UNKNOWN", Category.DENIED)
FORGED = Reason("HEADER_MISSING", Category.DENIED)

CATEGORY_STATUS: dict[Category, int] = {
    Category.INVALID_ARGUMENT: 400,
    Category.NOT_FOUND: 404,
    Category.ALREADY_EXISTS: 409,
    Category.UNAUTHENTICATED: 401,
    Category.DENIED: 403,
    Category.EXHAUSTED: 429,
    Category.PRECONDITION: 409,
    Category.CONFLICT: 409,
    Category.UNAVAILABLE: 503,
    Category.INTERNAL: 500,
}
_OWN_STATUS = {BODY_TOO_LARGE: 413, HOST_UNKNOWN: 421}
_HTTP_REASONS = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
_MAX_TEXT = 1_000
_RETRY_SECONDS = "2"


def http_status(refused: Refused) -> int:
    """The status of a refusal."""
    return _OWN_STATUS.get(refused.reason, CATEGORY_STATUS[refused.reason.category])


def refusal_json(refused: Refused) -> dict[str, object]:
    """`reason` for programs, `message` for people, `field` and `metadata` where there are some."""
    told: dict[str, object] = {"reason": refused.reason.name, "message": refused.message[:_MAX_TEXT]}
    if refused.field:
        told["field"] = refused.field
    if refused.metadata:
        told["metadata"] = {key: value[:_MAX_TEXT] for key, value in refused.metadata.items()}
    return told


def refusal_response(refused: Refused) -> Response:
    """The whole answer."""
    status = http_status(refused)
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = SCHEME
    if refused.reason.category in (Category.EXHAUSTED, Category.UNAVAILABLE):
        headers["retry-after"] = _RETRY_SECONDS
    return JSONResponse(refusal_json(refused), status, headers=headers)


def fault(where: str, error: BaseException) -> Refused:
    """What a caller hears of something that must not happen; the log has the rest under the same number."""
    incident = uuid.uuid4().hex[:12]
    _log.error("a request failed inside", path=where, incident=incident, exc_info=error)
    return Refused(
        INTERNAL,
        f"a fault on our side; the log has it as incident {incident}",
        metadata={"incident": incident},
    )


async def on_refused(_request: Request, error: Exception) -> Response:
    """Starlette's handler of RefusedError."""
    assert isinstance(error, RefusedError)
    return refusal_response(error.refused)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Starlette's handler of what its router raises: no such path, no such method."""
    assert isinstance(error, HTTPException)
    reason = _HTTP_REASONS.get(error.status_code, "REQUEST_INVALID")
    words = {"reason": reason, "message": str(error.detail)}
    return JSONResponse(words, error.status_code, headers=error.headers)
