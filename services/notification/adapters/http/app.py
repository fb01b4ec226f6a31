"""The app: page, JSON endpoints and events over the service's ports, with whatever else is mounted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Callers
from services.notification.adapters.http.account import Account, Wishes
from services.notification.adapters.http.asking import Api
from services.notification.adapters.http.edge import Edge
from services.notification.adapters.http.events import STALL_SECONDS, EventStreams
from services.notification.adapters.http.refusing import on_http_error, on_refused
from services.notification.adapters.http.session import Session
from services.notification.adapters.http.signing_in import SignIn
from services.notification.adapters.http.talking import Assistant, InboxDesk
from services.notification.application.ports import (
    CaseDesk,
    Conversing,
    Directory,
    Inbox,
    PreferenceStore,
    ToolBox,
    Watching,
)

PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True, slots=True)
class HttpParts:
    """What the app is built over. `stopping`, the server's, ends event streams."""

    inbox: Inbox
    watching: Watching
    toolbox: ToolBox
    conversing: Conversing
    directory: Directory
    preferences: PreferenceStore
    desk: CaseDesk
    callers: Callers
    clock: Clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How it behaves. `secure`: browsers come over TLS, ours or that of a proxy in front."""

    public_url: str = ""
    secure: bool = False
    deadline_seconds: float = 10
    heartbeat_seconds: float = 20
    stall_seconds: float = STALL_SECONDS


Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def build_app(
    parts: HttpParts,
    options: HttpOptions | None = None,
    mounts: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
) -> Starlette:
    """The app. `mounts` come before the page; `lifespan` is entered by `HttpServer`."""
    chosen = options or HttpOptions()
    sign_in = SignIn(parts.callers, chosen.secure)
    events = EventStreams(
        parts.watching,
        parts.directory,
        sign_in,
        parts.clock,
        parts.stopping,
        chosen.heartbeat_seconds,
        chosen.stall_seconds,
    )
    routes: list[BaseRoute] = [
        *Session(sign_in, parts.directory, chosen.deadline_seconds).routes(),
        *_api(parts, Api(sign_in, parts.directory, chosen.deadline_seconds)),
        Route("/events", events, methods=["GET"]),
        *mounts,
        Mount("/", app=_Page(directory=PAGE, html=True)),
    ]
    edge = Middleware(Edge, is_open=sign_in.is_open, secure=chosen.secure, public_url=chosen.public_url)
    handlers = {RefusedError: on_refused, HTTPException: on_http_error}
    return Starlette(routes=routes, middleware=[edge], exception_handlers=handlers, lifespan=lifespan)


def _api(parts: HttpParts, api: Api) -> list[BaseRoute]:
    account, wishes = Account(parts.directory, parts.clock), Wishes(parts.preferences, parts.clock)
    inbox = InboxDesk(parts.inbox)
    assistant = Assistant(parts.toolbox, parts.conversing, parts.desk)
    return [
        api.route("GET", "/api/balance", account.balance),
        api.route("GET", "/api/usage", account.usage),
        api.route("GET", "/api/charges", account.charges),
        api.route("GET", "/api/bills", account.bills),
        api.route("GET", "/api/inbox", inbox.page),
        api.route("POST", "/api/inbox/marks", inbox.mark),
        api.route("GET", "/api/preferences", wishes.get),
        api.route("PUT", "/api/preferences", wishes.put),
        api.route("GET", "/api/tools", assistant.tools),
        api.route("POST", "/api/tools/{tool}", assistant.call),
        api.route("POST", "/api/conversations", assistant.converse),
        api.route("GET", "/api/conversations/{conversation_id}", assistant.conversation),
        api.route("POST", "/api/conversations/{conversation_id}/rating", assistant.rate),
        api.route("GET", "/api/cases", assistant.cases),
        api.route("GET", "/api/cases/{case_id}", assistant.case),
    ]


class _Page(StaticFiles):
    """The page's files. Browsers ask each time whether they have changed: an old script meets no new API."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As StaticFiles has it."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response
