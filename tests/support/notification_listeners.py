"""Those who ask notification and whom it tells: callers, listeners to streams, receivers of webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
from tidemark.notification.v1 import (
    assistant_api_pb2_grpc,
    case_api_pb2_grpc,
    notification_api_pb2,
    notification_api_pb2_grpc,
    rules_api_pb2_grpc,
)

from services.common.runtime.callers import Role, mint_token
from tests.support.notification_delivery_receivers import HttpReceiver, Posted
from tests.support.notification_tools_server import SECRET
from tests.support.offers_live import WAIT_SECONDS
from tests.support.waiting import eventually

YEARS = 10 * 365 * 24 * 3_600
"""Tokens outlive the clock of a story, which is days or months ahead."""


def token_of(account: str = "", party: str = "") -> str:
    """Of the holder of an account or of a partner; without either the operator's."""
    role = Role.SUBSCRIBER if account else Role.PARTNER if party else Role.OPERATOR
    return mint_token(
        SECRET, role, f"{account or party}-phone", account=account, party=party, lifetime_seconds=YEARS
    )


class Telephone:
    """Calls to notification by somebody, until it is hung up."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.inboxes = notification_api_pb2_grpc.NotificationServiceStub(channel)
        self.rules = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        self.assistant = assistant_api_pb2_grpc.AssistantServiceStub(channel)
        self.cases = case_api_pb2_grpc.CaseServiceStub(channel)


class Told:
    """What a stream said so far."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []

    def of(self, kind: str) -> list[Any]:
        """All of one kind: `notification`, `balance`, `said`; `hello` and others of SSE."""
        return [data for name, data in self.got if name == kind]

    @property
    def alerts(self) -> list[str]:
        """Codes of alerts, in the order in which they came."""
        return [
            one["alert_code"] if isinstance(one, dict) else one.alert_code for one in self.of("notification")
        ]

    async def until(self, is_so: Callable[[Told], bool], what: str) -> None:
        """Waits until it has said something."""
        await eventually(lambda: is_so(self), WAIT_SECONDS, f"{what}; it said {self.got[-5:]}")


class Hook:
    """A customer's or a partner's receiver."""

    def __init__(self, receiver: HttpReceiver, secret: str) -> None:
        self.receiver = receiver
        self.secret = secret

    @property
    def alerts(self) -> list[str]:
        """Codes of alerts, in the order in which they came."""
        return [posted.json["data"]["alert_code"] for posted in self.receiver.got]

    def only(self, alert: str) -> Posted:
        """The one message of an alert."""
        (found,) = [posted for posted in self.receiver.got if posted.json["data"]["alert_code"] == alert]
        return found


@asynccontextmanager
async def watching(phone: Telephone, **request: Any) -> AsyncIterator[Told]:
    """A gRPC stream, from the beginning of an inbox unless told otherwise."""
    asked = notification_api_pb2.WatchNotificationsRequest(**{"after_cursor": 0} | request)
    stream = phone.inboxes.WatchNotifications(asked)
    told = Told()

    async def listen() -> None:
        async for answer in stream:
            kind = str(answer.WhichOneof("update"))
            told.got.append(("said" if kind == "message" else kind, getattr(answer, kind)))

    async with _listening(listen()):
        yield told


@asynccontextmanager
async def events(url: str, token: str, query: str = "after=0") -> AsyncIterator[Told]:
    """Server-sent events, from the beginning of an inbox unless told otherwise."""
    told = Told()
    headers = {"authorization": f"Bearer {token}"}

    async def listen() -> None:
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=None) as client,
            client.stream("GET", f"/events?{query}") as stream,
        ):
            assert stream.status_code == httpx.codes.OK
            name = ""
            async for line in stream.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    told.got.append((name, json.loads(value)))

    async with _listening(listen()):
        yield told


@asynccontextmanager
async def _listening(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
        assert not task.done(), f"a stream ended early: {task!r}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
