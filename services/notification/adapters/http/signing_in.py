"""Who asks over HTTP: a bearer token for programs, a cookie for the page.

The cookie holds the subscriber's own token and nothing is kept here, so any replica knows who asks.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

import jwt
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import (
    NOT_YOUR_ACCOUNT,
    TOKEN_INVALID,
    UNAUTHENTICATED,
    Caller,
    Callers,
    Role,
)
from services.common.runtime.grpc_bearer import SCHEME
from services.notification.adapters.http.refusing import FORGED

COOKIE = "tidemark_session"
CHANGE_HEADER = "x-tidemark"
LONGEST_TOKEN = 3_500
"""Characters: browsers keep cookies of 4 KiB, name and attributes included."""


class Proof(Enum):
    """By what a caller is known."""

    BEARER = "bearer"
    COOKIE = "cookie"
    NONE_NEEDED = "none-needed"
    """No keys are configured: a developer's own machine."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A caller, how it is known, and until when; None: for good."""

    caller: Caller
    proof: Proof
    until: Instant | None = None


class SignIn:
    """Tells callers by the headers of a request. `secure`: cookies go over TLS only."""

    def __init__(self, callers: Callers, secure: bool) -> None:
        self._callers = callers
        self._secure = secure
        self.is_open = _is_open(callers)
        """True without keys: everybody is the operator."""

    def of(self, headers: Headers) -> SignedIn:
        """The caller. Raises RefusedError UNAUTHENTICATED without a token, and what `Callers` raises."""
        presented = headers.getlist("authorization")
        if presented:
            return self._known(_bearer(presented), Proof.BEARER)
        if self.is_open:
            return SignedIn(self._callers.of_token(""), Proof.NONE_NEEDED)
        # Of two cookies of that name one may have been planted by a neighbour: neither counts.
        cookies = [part for line in headers.getlist("cookie") for part in line.split(";")]
        ours = [part for part in cookies if part.strip().startswith(f"{COOKIE}=")]
        if len(ours) != 1:
            raise _refused_unknown("sign in first: open the page with the link that you were given")
        return self._known(cookie_parser(ours[0])[COOKIE], Proof.COOKIE)

    def of_token(self, token: str) -> SignedIn:
        """Whom a token names that the page was opened with.

        Raises what `Callers` raises; NOT_YOUR_ACCOUNT for a partner's token, which opens no account.
        """
        if self.is_open:
            return SignedIn(self._callers.of_token(""), Proof.NONE_NEEDED)
        if len(token) > LONGEST_TOKEN:
            words = f"a token may have {LONGEST_TOKEN} characters at most to be kept in a cookie"
            raise RefusedError(Refused(TOKEN_INVALID, words, "token"))
        signed_in = self._known(token, Proof.COOKIE)
        if signed_in.caller.role is Role.PARTNER:
            raise RefusedError(Refused(NOT_YOUR_ACCOUNT, "a partner's token opens no customer's page"))
        return signed_in

    def keep(self, response: Response, token: str, signed_in: SignedIn) -> None:
        """Gives the browser the cookie, for as long as the token holds."""
        if signed_in.proof is not Proof.COOKIE:
            return
        until = signed_in.until or Instant(0)
        seconds = max(0, until // SECOND - int(time.time()))
        response.set_cookie(
            COOKIE, token, max_age=seconds, httponly=True, samesite="strict", secure=self._secure
        )

    def forget(self, response: Response) -> None:
        """Takes the cookie away."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=self._secure)

    def _known(self, token: str, proof: Proof) -> SignedIn:
        return SignedIn(self._callers.of_token(token), proof, None if self.is_open else _expiry(token))


def require_own_page(signed_in: SignedIn | None, headers: Headers) -> None:
    """Keeps other sites from changing anything: they can make a browser send its cookie, but no such header.

    Raises RefusedError HEADER_MISSING.
    """
    if signed_in is not None and signed_in.proof is Proof.BEARER:
        return
    if headers.get(CHANGE_HEADER) != "1":
        words = "this changes something: send the header `X-Tidemark: 1`, or a bearer token"
        raise RefusedError(Refused(FORGED, words))


def _bearer(presented: list[str]) -> str:
    scheme, _, token = presented[0].partition(" ")
    if len(presented) > 1 or scheme.lower() != SCHEME.lower() or not token.strip():
        raise _refused_unknown(f"the header `Authorization` must come once: `{SCHEME}`, a blank and a token")
    return token.strip()


def _is_open(callers: Callers) -> bool:
    try:
        callers.of_token("")
    except RefusedError:
        return False
    return True


def _expiry(token: str) -> Instant:
    """When a token ends that was verified."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return Instant(int(claims["exp"]) * SECOND)


def _refused_unknown(words: str) -> RefusedError:
    return RefusedError(Refused(UNAUTHENTICATED, words))
