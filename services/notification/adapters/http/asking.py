"""JSON endpoints: who asks and for whom is settled before a handler sees anything; bodies are bounded."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller
from services.notification.adapters.http.refusing import (
    BODY_INVALID,
    BODY_TOO_LARGE,
    DEADLINE_EXCEEDED,
    PARAMETER_INVALID,
)
from services.notification.adapters.http.signing_in import SignIn, require_own_page
from services.notification.adapters.tools.whose import Whose, whose
from services.notification.application.ports import Directory

NO_STORE = {"cache-control": "no-store"}
MOST_OCTETS = 64 * 1024
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered. `query` and `path` are text as it came; `body` a JSON object."""

    caller: Caller
    who: Whose
    query: Mapping[str, str]
    path: Mapping[str, str]
    body: Mapping[str, object]

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, 0 to `most`. Raises RefusedError PARAMETER_INVALID."""
        return read_count(self.query.get(name), name, default, most)

    def flag(self, name: str) -> bool:
        """`true` or `1` of the query."""
        return self.query.get(name, "") in ("true", "1")

    def text(self, name: str) -> str:
        """A text of the body; empty where it is absent. Raises RefusedError BODY_INVALID."""
        return read_text(self.body, name)


Handler = Callable[[Asked], Awaitable[Mapping[str, object]]]


class Api:
    """Makes routes of handlers. `deadline_seconds`: how long one may take."""

    def __init__(self, sign_in: SignIn, directory: Directory, deadline_seconds: float) -> None:
        self._sign_in = sign_in
        self._directory = directory
        self._deadline_seconds = deadline_seconds

    def route(self, method: str, path: str, handler: Handler) -> Route:
        """`subscriber_id` of the query says for whom, as far as the caller may see it."""

        async def endpoint(request: Request) -> Response:
            signed_in = self._sign_in.of(request.headers)
            if request.method not in _READING:
                require_own_page(signed_in, request.headers)
            async with within(self._deadline_seconds):
                who = await whose(
                    self._directory, signed_in.caller, request.query_params.get("subscriber_id", "")
                )
                body = {} if request.method in _READING else await read_body(request)
                asked = Asked(signed_in.caller, who, request.query_params, request.path_params, body)
                answer = await handler(asked)
            return JSONResponse(answer, headers=NO_STORE)

        return Route(path, endpoint, methods=[method])


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """What takes longer is given up. Raises RefusedError DEADLINE_EXCEEDED."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            yield
    except TimeoutError as late:
        if not deadline.expired():
            raise
        words = f"not done within {seconds:g} s; the same request may be sent again"
        raise RefusedError(Refused(DEADLINE_EXCEEDED, words)) from late


async def read_body(request: Request) -> Mapping[str, object]:
    """A JSON object; nothing at all is an empty one. Raises RefusedError BODY_TOO_LARGE, BODY_INVALID."""
    octets = bytearray()
    async for part in request.stream():
        octets += part
        if len(octets) > MOST_OCTETS:
            words = f"a request may have {MOST_OCTETS} octets at most"
            raise RefusedError(Refused(BODY_TOO_LARGE, words))
    if not octets:
        return {}
    try:
        # Floats are no amounts, and nothing here is told one.
        body = json.loads(octets, parse_float=_no_floats, parse_constant=_no_floats)
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            Refused(BODY_INVALID, f"the body is no JSON that is read here: {error}")
        ) from error
    if not isinstance(body, dict):
        raise RefusedError(Refused(BODY_INVALID, "the body must be a JSON object"))
    return body


def read_text(body: Mapping[str, object], name: str) -> str:
    """A text; empty where it is absent. Raises RefusedError BODY_INVALID."""
    found = body.get(name, "")
    if not isinstance(found, str):
        raise RefusedError(Refused(BODY_INVALID, f"{name} must be text", name))
    return found


def read_count(text: str | None, name: str, default: int, most: int) -> int:
    """A whole number, 0 to `most`. Raises RefusedError PARAMETER_INVALID."""
    if text is None or text == "":
        return default
    if text.isascii() and text.isdigit() and len(text) <= 18 and int(text) <= most:
        return int(text)
    raise RefusedError(Refused(PARAMETER_INVALID, f"{name} must be a whole number from 0 to {most}", name))


def _no_floats(text: str) -> object:
    raise ValueError(f"numbers must be whole, and {text} is not; write amounts as text")
