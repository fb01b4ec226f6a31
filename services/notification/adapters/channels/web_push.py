"""Web push (RFC 8030): encrypted for the browser (RFC 8291), signed for the push service (RFC 8292)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from services.common.kernel.clock import DAY, HOUR, SECOND, Clock
from services.common.runtime.httpx_library import httpx
from services.notification.adapters.channels.http_posts import Answers, HttpPosts
from services.notification.adapters.channels.payload import encoded, payload_of, shortened
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome
from services.notification.domain.notifications import AlertSeverity

KEPT_BY_SERVICE = 1 * DAY
"""How long a push service keeps a message for a browser that is away (`TTL`)."""

_TOKEN_LIFE = 12 * HOUR
_MOST_BODY = 1_500
_MOST_TITLE = 300
"""Octets; push services take 4,096 of everything, encrypted."""
_MOST_PLAIN = 3_900
_URGENCY = {AlertSeverity.INFO: "normal", AlertSeverity.WARNING: "high", AlertSeverity.CRITICAL: "high"}
_ANSWERS = Answers(
    gone=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE}),
    rejected=frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}),
)


class WebPushChannel:
    """Pushes. `client`: a guarded one. `subject`: whom push services ask, `mailto:` or `https:`."""

    def __init__(
        self, client: httpx.AsyncClient, key: ec.EllipticCurvePrivateKey, subject: str, clock: Clock
    ) -> None:
        self._posts = HttpPosts(client, clock.now)
        self._key = key
        self._subject = subject
        self._clock = clock

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Encrypted anew at each attempt; the id inside stays."""
        subscription = json.loads(endpoint.address)
        url = subscription["endpoint"]
        # The libraries come with the first message, and hold the event loop up no more than the start.
        body, signed = await asyncio.to_thread(self._sealed, subscription, _plain(outgoing))
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(KEPT_BY_SERVICE // SECOND),
            "urgency": _URGENCY[outgoing.severity],
            **signed,
        }
        return await self._posts.post(url, body, headers, _ANSWERS)

    def _sealed(self, subscription: Mapping[str, Any], plain: bytes) -> tuple[bytes, Mapping[str, str]]:
        """The body as only that browser can read it, and the headers that say who sends it."""
        from py_vapid import Vapid02  # type: ignore[import-untyped]  # noqa: PLC0415
        from pywebpush import WebPusher  # type: ignore[import-untyped]  # noqa: PLC0415

        parts = urlsplit(subscription["endpoint"])
        claims = {
            "sub": self._subject,
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": (self._clock.now() + _TOKEN_LIFE) // SECOND,
        }
        body: bytes = WebPusher(subscription).encode(plain, "aes128gcm")["body"]
        signed: Mapping[str, str] = Vapid02(self._key).sign(claims)
        return body, signed


def _plain(outgoing: Outgoing) -> bytes:
    payload = payload_of(outgoing)
    whole = encoded(payload)
    if len(whole) <= _MOST_PLAIN:
        return whole
    data: dict[str, Any] = {
        "message_id": outgoing.message_id,
        "alert_code": outgoing.alert_code,
        "severity": outgoing.severity.value,
        "language": outgoing.language,
        # The inbox has the rest.
        "title": shortened(outgoing.title, _MOST_TITLE),
        "body": shortened(outgoing.body, _MOST_BODY),
    }
    return encoded({**payload, "data": data})
