"""The token with which this service calls peers that ask who calls: from a file, or signed by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from services.common.runtime.caller_settings import DEFAULT_AUDIENCE
from services.common.runtime.callers import Role, mint_token
from services.common.runtime.token_keys import SHARED_ALGORITHM, read_token_keys

SUBJECT = "notification"
_LIFETIME_SECONDS = 300
_RENEWED_BEFORE_SECONDS = 60


def peer_tokens(
    token_file: Path | None,
    key_file: Path | None,
    audience: str = DEFAULT_AUDIENCE,
    now_seconds: Callable[[], float] = time.time,
) -> Callable[[], str]:
    """Gives an operator's token for each call.

    `token_file`: an issuer writes tokens there, and replaces them before they expire. Without one, a shared
    secret in `key_file` (a suite on one machine) signs; with public keys only, or none, tokens are empty.
    Raises StartupRefusedError for a bad key file; what is given raises OSError where the file has gone.
    """
    if token_file is not None:
        return lambda: token_file.read_text(encoding="ascii").strip()
    keys = read_token_keys(key_file) if key_file is not None else ()
    secret = next((key.key for key in keys if key.algorithm == SHARED_ALGORITHM), None)
    if secret is None:
        return lambda: ""
    return _Minted(secret, audience, now_seconds)


class _Minted:
    """Signs a token, and another one before that expires."""

    def __init__(self, secret: bytes, audience: str, now_seconds: Callable[[], float]) -> None:
        self._secret = secret
        self._audience = audience
        self._now_seconds = now_seconds
        self._token = ""
        self._until = 0.0

    def __call__(self) -> str:
        now = self._now_seconds()
        if now >= self._until:
            self._token = mint_token(
                self._secret,
                Role.OPERATOR,
                SUBJECT,
                lifetime_seconds=_LIFETIME_SECONDS,
                audience=self._audience,
                now_seconds=now,
            )
            self._until = now + _LIFETIME_SECONDS - _RENEWED_BEFORE_SECONDS
        return self._token
