"""Webhooks as Standard Webhooks has them (https://www.standardwebhooks.com): signed JSON over HTTP."""

from __future__ import annotations

import base64
import secrets
from http import HTTPStatus

from standardwebhooks import Webhook

from services.common.kernel.clock import SECOND, Clock, utc
from services.common.runtime.httpx_library import httpx
from services.notification.adapters.channels.http_posts import Answers, HttpPosts
from services.notification.adapters.channels.payload import encoded, payload_of
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome

_SECRET_OCTETS = 32
# 404 is tried again: a receiver that is being rolled out says so too. Nobody says 410 by accident.
_ANSWERS = Answers(
    gone=frozenset({HTTPStatus.GONE}),
    rejected=frozenset(
        {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        }
    ),
)


def new_secret() -> str:
    """What a new webhook is signed with."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_OCTETS)).decode()}"


class WebhookChannel:
    """Posts. `client`: a guarded one."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._posts = HttpPosts(client, clock.now)
        self._clock = clock

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Signed anew at each attempt: the timestamp is that of the attempt, the id that of the message."""
        body = encoded(payload_of(outgoing))
        now = self._clock.now()
        signature = Webhook(endpoint.secret).sign(outgoing.message_id, utc(now), body.decode())
        headers = {
            "content-type": "application/json",
            "user-agent": "Tidemark",
            "webhook-id": outgoing.message_id,
            "webhook-timestamp": str(now // SECOND),
            "webhook-signature": signature,
        }
        return await self._posts.post(endpoint.address, body, headers, _ANSWERS)
