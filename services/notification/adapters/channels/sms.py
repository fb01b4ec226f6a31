"""Text messages through an HTTP gateway.

The contract, which a small program in front of any real gateway can fulfil: `POST` of JSON

    {"id": "...", "to": "+491701234567", "text": "...", "encoding": "GSM-7", "parts": 1}

with `Authorization: Bearer <token>` and `Idempotency-Key`, the same for every attempt of a message to a
number; a key that the gateway knows is answered as the first time and sent no second time. 2xx: taken.
400, 413, 422: never (no such text or number). 410: the number is out of service. Anything else, and 429 and
503 with `Retry-After`: later.
"""

from __future__ import annotations

from http import HTTPStatus

from services.common.kernel.clock import Clock
from services.common.runtime.httpx_library import httpx
from services.notification.adapters.channels.http_posts import Answers, HttpPosts
from services.notification.adapters.channels.payload import encoded
from services.notification.adapters.channels.text_parts import cut_to_parts, text_parts
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome

MOST_PARTS = 4

_ANSWERS = Answers(
    gone=frozenset({HTTPStatus.GONE}),
    rejected=frozenset(
        {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
    ),
)


class SmsChannel:
    """Sends through one gateway, which the operator names: its address may be private."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str, clock: Clock) -> None:
        self._posts = HttpPosts(client, clock.now)
        self._url = url
        self._headers = {"content-type": "application/json"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """At most `MOST_PARTS`; what is longer is cut."""
        text = cut_to_parts(outgoing.text or outgoing.title, MOST_PARTS)
        counted = text_parts(text)
        message = {
            "id": outgoing.message_id,
            "to": endpoint.address,
            "text": text,
            "encoding": counted.encoding,
            "parts": counted.parts,
        }
        # A message may go to several numbers of one recipient.
        headers = {**self._headers, "idempotency-key": f"{outgoing.message_id}:{endpoint.endpoint_id}"}
        return await self._posts.post(self._url, encoded(message), headers, _ANSWERS)
