"""NotificationService on a real gRPC server over real inboxes; accounts, endpoints and wishes are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_api_pb2_grpc

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.notification.adapters.grpc_notifications import NotificationServicer
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.streams.reading import StoredEntries
from services.notification.application.delivery_ports import DeliveryShown, DeliveryState, Registered
from services.notification.application.ports import Balances
from services.notification.domain import reasons
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel
from services.notification.domain.preferences import Preferences
from services.notification.settings import NotificationSettings
from tests.support.notification_inbox import InboxWorld, open_inbox_database
from tests.support.notification_streams import AT

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["NotificationService"].full_name


class Accounts:
    """The part of `Directory` that is asked here: `s-<number>` is on `a-<number>`, nobody else is known."""

    def __init__(self) -> None:
        self.present: dict[str, Balances] = {}

    async def account_of(self, subscriber_id: str) -> str | None:
        """By its number."""
        number = subscriber_id.removeprefix("s-")
        return f"a-{number}" if number.isdigit() else None

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """One each."""
        return [account_id.replace("a-", "s-")]

    async def balances(self, account_id: str) -> Balances | None:
        """What is set."""
        return self.present.get(account_id)


@dataclass
class Wishes:
    """Fulfils `PreferenceStore`."""

    stored: dict[str, Preferences] = field(default_factory=dict)

    async def get(self, subscriber_id: str) -> Preferences:
        """What was put."""
        return self.stored.get(subscriber_id, Preferences())

    async def put(self, subscriber_id: str, preferences: Preferences) -> Preferences:
        """Keeps it."""
        self.stored[subscriber_id] = preferences
        return preferences


@dataclass
class Addresses:
    """Fulfils `Endpoints`."""

    stored: dict[str, Endpoint] = field(default_factory=dict)

    async def register(self, recipient: Recipient, channel: Channel, address: str) -> Registered:
        """Always a new one."""
        endpoint = Endpoint(f"e-{len(self.stored) + 1}", recipient, channel, address, AT)
        self.stored[endpoint.endpoint_id] = endpoint
        return Registered(endpoint, "whsec_once")

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """By its id."""
        return self.stored.get(endpoint_id)

    async def remove(self, endpoint_id: str) -> None:
        """Gone, as if it had never been."""
        if self.stored.pop(endpoint_id, None) is None:
            raise RefusedError(Refused(reasons.ENDPOINT_UNKNOWN, "there is none"))

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """A recipient's."""
        return [one for one in self.stored.values() if one.recipient == recipient]

    def vapid_public_key(self) -> str:
        """One."""
        return "vapid"


@dataclass
class Log:
    """Fulfils `DeliveryLog`: one delivery of everybody's."""

    asked: list[tuple[str, str, int]] = field(default_factory=list)

    async def of(
        self, recipient: Recipient, notification_id: str = "", size: int = 50
    ) -> Sequence[DeliveryShown]:
        """Keeps what it was asked."""
        self.asked.append((recipient.key, notification_id, size))
        held = DeliveryState.HELD
        return [
            DeliveryShown("d-1", "n-1", "balance-low", Channel.SMS, "e-1", held, 1, AT, AT, "QUIET_HOURS")
        ]


@dataclass
class NotificationServer:
    """The running server."""

    world: InboxWorld
    hub: StreamHub
    accounts: Accounts
    wishes: Wishes
    addresses: Addresses
    log: Log
    server: GrpcServer

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.server.address

    @staticmethod
    def token(role: Role = Role.OPERATOR, of: str = "") -> str:
        """Of the operator, a partner, or the holder of an account."""
        account, party = (of, "") if role is Role.SUBSCRIBER else ("", of)
        return mint_token(_SECRET, role, "somebody", account=account, party=party)

    @asynccontextmanager
    async def stub(self, role: Role = Role.OPERATOR, of: str = "") -> AsyncIterator[Any]:
        """Calls it as one of these."""
        channel: grpc.aio.Channel = connect(self.address, token=self.token(role, of))
        try:
            yield notification_api_pb2_grpc.NotificationServiceStub(channel)
        finally:
            await channel.close(None)


@asynccontextmanager
async def notification_server(most_streams: int = 100) -> AsyncIterator[NotificationServer]:
    """Serves on a free port, with inboxes on SQLite in memory."""
    world, stopping = InboxWorld(open_inbox_database("sqlite://"), with_operator=True), asyncio.Event()
    accounts, wishes, addresses, log = Accounts(), Wishes(), Addresses(), Log()
    hub = StreamHub(StoredEntries(world.database), accounts, most_streams, stopping)
    await hub.start()
    servicer = NotificationServicer(
        world.inbox,
        hub,
        wishes,
        addresses,
        log,
        accounts,
        Callers([TokenKey("HS256", _SECRET)]),
    )
    add = notification_api_pb2_grpc.add_NotificationServiceServicer_to_server
    settings = NotificationSettings(listen_port=0, health_port=0)
    server = GrpcServer(settings, [Servicer(add, servicer, _SERVICE)], stopping)
    try:
        await server.start()
        yield NotificationServer(world, hub, accounts, wishes, addresses, log, server)
    finally:
        await server.drain(1)
        await world.database.close()
