"""What the demo asks of notification: as the operator, and as customers with tokens of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import grpc
from tidemark.notification.v1 import (
    notification_api_pb2,
    notification_api_pb2_grpc,
    notification_pb2,
    rules_api_pb2,
    rules_api_pb2_grpc,
)

from services.cli.customer_page import page_link
from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.tokens import operator_token, subscriber_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info

T = TypeVar("T")
WAIT_SECONDS = 60.0
CALL_SECONDS = 60.0
_POLL_SECONDS = 0.05
_PAGE_SECONDS = 86_400
"""The page's token: the secret behind it goes with the suite."""
_TOKEN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class NotificationDesk:
    """Where notification listens, over gRPC and HTTP, and the suite's folder, whose secret signs the tokens.

    Each call has a channel and a token of its own: a demo in real time outlives any token.
    """

    address: str
    http_url: str
    data_dir: Path

    async def publish(self, request_id: str, files: Sequence[tuple[str, str]]) -> rules_api_pb2.RulesVersion:
        """Publishes alert rules by name and content of their files."""
        request = rules_api_pb2.PublishRulesRequest(
            request_id=request_id,
            source=rules_api_pb2.RulesSource(
                files=[rules_api_pb2.RulesFile(name=name, content=content) for name, content in files]
            ),
        )
        async with self.operator() as channel:
            stub = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
            return (await stub.PublishRules(request, timeout=CALL_SECONDS)).version

    def page(self, account_id: str) -> str:
        """The address of a customer's page, which signs them in. Whoever has it is them."""
        return page_link(self.data_dir, account_id, _PAGE_SECONDS)

    def page_token(self, account_id: str) -> str:
        """A customer's token, for as long as a demo may last."""
        return subscriber_token(self.data_dir, account_id, _PAGE_SECONDS)

    async def settle_in(self, account_id: str, language: str, webhook_url: str) -> str:
        """A customer chooses a language, wants no quiet hours, and registers a webhook; returns its secret.

        Waits until notification has heard of the account in the journal. Raises WitnessSilentError.
        """
        wishes = notification_api_pb2.SetPreferencesRequest(
            # From midnight to midnight: none. The demo runs at any hour.
            preferences=notification_api_pb2.Preferences(
                language=language, quiet_from_minute=0, quiet_until_minute=0
            )
        )
        endpoint = notification_api_pb2.RegisterEndpointRequest(
            channel=notification_api_pb2.CHANNEL_WEBHOOK, address=webhook_url
        )
        async with self.customer(account_id) as channel:
            stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
            await _in_time(
                f"notification has not heard of {account_id}",
                lambda: _known(stub.SetPreferences(wishes, timeout=CALL_SECONDS)),
            )
            answer = await stub.RegisterEndpoint(endpoint, timeout=CALL_SECONDS)
        if not answer.signing_secret:
            raise WitnessSilentError(f"the webhook of {account_id} was registered before, its secret is gone")
        return str(answer.signing_secret)

    async def followed(self, account_id: str, sequence: int) -> None:
        """Returns once charging's journal is in up to a record. Raises WitnessSilentError."""
        async with self.customer(account_id) as channel:
            stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
            await _in_time(
                f"notification has not followed the journal to record {sequence}",
                lambda: _balance_of(stub, sequence),
            )

    async def inbox(self, account_id: str) -> Sequence[notification_pb2.Notification]:
        """Everything a customer was told, oldest first; what a newer one overtook too."""
        request = notification_api_pb2.ListNotificationsRequest(include_hidden=True, page_size=500)
        async with self.customer(account_id) as channel:
            stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
            return list((await stub.ListNotifications(request, timeout=CALL_SECONDS)).notifications)

    async def sent(self, account_id: str) -> Sequence[notification_api_pb2.Delivery]:
        """What became of each delivery, once none waits for its turn. Raises WitnessSilentError."""
        async with self.customer(account_id) as channel:
            stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
            return await _in_time(
                f"notification has not sent everything to {account_id}", lambda: _settled(stub)
            )

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[grpc.aio.Channel]:
        """A channel of the operator's."""
        async with connect(self.address, token=operator_token(self.data_dir)) as channel:
            yield channel

    @asynccontextmanager
    async def customer(self, account_id: str) -> AsyncIterator[grpc.aio.Channel]:
        """A channel of a customer's."""
        token = subscriber_token(self.data_dir, account_id, _TOKEN_SECONDS)
        async with connect(self.address, token=token) as channel:
            yield channel


async def _in_time(complaint: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """Looks again and again until there is something."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await _found(look)
    except TimeoutError:
        raise WitnessSilentError(f"{complaint} within {WAIT_SECONDS:g} s") from None


async def _found(look: Callable[[], Awaitable[T | None]]) -> T:
    while True:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(_POLL_SECONDS)


async def _known(call: Awaitable[T]) -> T | None:
    """None while the account is nobody's: it sounds like another's."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        if info is None or info.reason != "NOT_YOUR_ACCOUNT":
            raise
        return None


async def _balance_of(
    stub: notification_api_pb2_grpc.NotificationServiceAsyncStub, sequence: int
) -> notification_pb2.BalanceState | None:
    """What an account holds as of a record of the journal or a later one; None: that is not in yet."""
    request = notification_api_pb2.WatchNotificationsRequest(with_balance=True)
    call = stub.WatchNotifications(request, timeout=CALL_SECONDS)
    try:
        async for update in call:
            if update.HasField("balance"):
                return update.balance if update.balance.feature_seq >= sequence else None
    finally:
        call.cancel()
    return None


async def _settled(
    stub: notification_api_pb2_grpc.NotificationServiceAsyncStub,
) -> Sequence[notification_api_pb2.Delivery] | None:
    request = notification_api_pb2.ListDeliveriesRequest(page_size=500)
    deliveries = (await stub.ListDeliveries(request, timeout=CALL_SECONDS)).deliveries
    if any(one.state == notification_api_pb2.DELIVERY_STATE_PENDING for one in deliveries):
        return None
    return list(deliveries)
