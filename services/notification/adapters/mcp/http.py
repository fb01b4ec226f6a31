"""MCP over streamable HTTP, as an ASGI app: the token of each request is checked before anything is read.

mcp = mcp_app(toolbox, directory, callers, public_url)
Starlette(routes=[Route("/mcp", endpoint=mcp)], lifespan=lambda _: mcp.running())

No session is kept between requests: what one token began no other can go on with, and any replica answers.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Callers
from services.common.runtime.grpc_bearer import SCHEME
from services.notification.adapters.mcp.local import LocalDesk
from services.notification.adapters.mcp.server import CALLER_KEY, AssistantMcp
from services.notification.application.ports import Directory, ToolBox

_MOST_OCTETS = 256 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class McpApp:
    """The ASGI app, for any path it is mounted at. It answers while `running()` is entered, once."""

    def __init__(self, gate: ASGIApp, manager: StreamableHTTPSessionManager) -> None:
        self._gate = gate
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._gate(scope, receive, send)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Entered by the host's lifespan: a mounted app has none of its own."""
        return self._manager.run()


class BearerGate:
    """Lets in whom `Callers` knows by the request's token, and leaves the caller in its scope."""

    def __init__(self, app: ASGIApp, callers: Callers) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """401 with the reason for everybody else."""
        if scope["type"] != "http":
            return
        presented = Headers(scope=scope).getlist("authorization")
        scheme, _, token = presented[0].partition(" ") if len(presented) == 1 else ("", "", "")
        try:
            caller = self._callers.of_token(token.strip() if scheme.lower() == SCHEME.lower() else "")
        except RefusedError as error:
            reason = "UNAUTHENTICATED" if not presented else error.refused.reason.name
            words = {"error": "invalid_token", "reason": reason, "error_description": error.refused.message}
            challenge = {"www-authenticate": f'{SCHEME} error="invalid_token"'}
            await JSONResponse(words, 401, headers=challenge)(scope, receive, send)
            return
        await self._app({**scope, CALLER_KEY: caller}, receive, send)


def mcp_app(
    toolbox: ToolBox, directory: Directory, callers: Callers, public_url: str = "", version: str = ""
) -> McpApp:
    """The app. `public_url`: where clients reach it; requests for any other host but loopback are refused."""
    server = AssistantMcp(LocalDesk(toolbox, directory), version)
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=_MOST_OCTETS,
        transport_security=_security(public_url),
    )
    manager = server.session_manager
    return McpApp(BearerGate(manager.handle_request, callers), manager)


def _security(public_url: str) -> TransportSecuritySettings:
    """Against pages of other sites that have a name of theirs lead to this address (DNS rebinding)."""
    hosts = [name for host in _LOOPBACK for name in (host, f"{host}:*")]
    origins = [f"http://{name}" for name in hosts]
    parts = urlsplit(public_url)
    if parts.netloc:
        hosts.append(parts.netloc)
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
