"""Around every request: whose host is meant, headers that protect the page, faults that must not leak.

Plain ASGI: an open stream keeps everything that is around it, and there are ten thousand of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common.kernel.outcome import Refused
from services.notification.adapters.http.refusing import HOST_UNKNOWN, fault, refusal_response

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_AREAS = frozenset({"api", "session", "events", "mcp"})
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Edge:
    """The outermost layer of the app.

    `is_open`: without keys, names that lead here are not enough (DNS rebinding), so the host must be
    loopback, or `public_url`'s.
    """

    def __init__(self, app: ASGIApp, is_open: bool, secure: bool, public_url: str) -> None:
        self._app = app
        named = urlsplit(public_url).hostname
        self._hosts = (_LOOPBACK | {named} if named else _LOOPBACK) if is_open else None
        self._headers = [*_HEADERS, _STRICT_TRANSPORT] if secure else list(_HEADERS)
        self.answers: Counter[tuple[str, int]] = Counter()
        """Answers begun, by area of the path and status."""
        self._publish_metrics()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is not HTTP is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(self, scope, send)
        try:
            if self._hosts is not None and _host(scope) not in self._hosts:
                words = "without keys this service answers for loopback only, not for other names"
                await refusal_response(Refused(HOST_UNKNOWN, words))(scope, receive, answer.send)
                return
            await self._app(scope, receive, answer.send)
        except Exception as error:
            refused = fault(scope["path"], error)
            if answer.begun:
                raise
            await refusal_response(refused)(scope, receive, answer.send)

    def protected(self, message: Message, area: str) -> Message:
        """The beginning of an answer with the headers, counted."""
        self.answers[area, message["status"]] += 1
        given = {name.lower() for name, _ in message.get("headers", ())}
        more = [header for header in self._headers if header[0] not in given]
        return {**message, "headers": [*message.get("headers", ()), *more]}

    def _publish_metrics(self) -> None:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            for (area, status), count in list(self.answers.items()):
                yield Observation(count, {"http.area": area, "http.response.status_code": status})

        metrics.get_meter("tidemark.notification.http").create_observable_counter(
            "http.server.answers", [observe], unit="{answer}", description="Answers by area and status"
        )


class _Answer:
    """One answer under way."""

    __slots__ = ("_edge", "_scope", "_send", "begun")

    def __init__(self, edge: Edge, scope: Scope, send: Send) -> None:
        self._edge = edge
        self._scope = scope
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        """As ASGI's `send`."""
        if message["type"] == "http.response.start":
            self.begun = True
            message = self._edge.protected(message, _area(self._scope["path"]))
        await self._send(message)


def _area(path: str) -> str:
    first = path.lstrip("/").partition("/")[0]
    return first if first in _AREAS else "page"


def _host(scope: Scope) -> str:
    presented = [value for name, value in scope["headers"] if name == b"host"]
    if len(presented) != 1:
        return ""
    return urlsplit(f"//{presented[0].decode('latin-1')}").hostname or ""
