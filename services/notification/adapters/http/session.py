"""`/session`: a token becomes a cookie, and who is signed in may see which subscribers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.common.runtime.callers import Role
from services.notification.adapters.http.asking import NO_STORE, read_body, read_text, within
from services.notification.adapters.http.shapes import Json
from services.notification.adapters.http.signing_in import SignedIn, SignIn, require_own_page
from services.notification.application.ports import Directory


class Session:
    """Signs in, tells who is signed in, signs out."""

    def __init__(self, sign_in: SignIn, directory: Directory, deadline_seconds: float) -> None:
        self._sign_in = sign_in
        self._directory = directory
        self._deadline_seconds = deadline_seconds

    def routes(self) -> list[BaseRoute]:
        """POST, GET and DELETE of `/session`."""
        return [
            Route("/session", self.begin, methods=["POST"]),
            Route("/session", self.show, methods=["GET"]),
            Route("/session", self.end, methods=["DELETE"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Takes `token` and gives a cookie. No other site can sign somebody in: see `X-Tidemark`."""
        require_own_page(None, request.headers)
        async with within(self._deadline_seconds):
            token = read_text(await read_body(request), "token")
            signed_in = self._sign_in.of_token(token)
            response = JSONResponse(await self._told(signed_in), headers=NO_STORE)
        self._sign_in.keep(response, token, signed_in)
        return response

    async def show(self, request: Request) -> Response:
        """Who is signed in."""
        async with within(self._deadline_seconds):
            told = await self._told(self._sign_in.of(request.headers))
        return JSONResponse(told, headers=NO_STORE)

    async def end(self, request: Request) -> Response:
        """Takes the cookie away."""
        require_own_page(None, request.headers)
        response = JSONResponse({}, headers=NO_STORE)
        self._sign_in.forget(response)
        return response

    async def _told(self, signed_in: SignedIn) -> Json:
        caller = signed_in.caller
        subscribers: list[str] = []
        if caller.role is Role.SUBSCRIBER:
            subscribers = list(await self._directory.subscribers_of(caller.account))
        return {
            "role": caller.role.value,
            "account_id": caller.account,
            "subscribers": subscribers,
            # An operator may see everybody, and says whom.
            "may_choose": caller.role is Role.OPERATOR,
            "can_sign_out": not self._sign_in.is_open,
        }
