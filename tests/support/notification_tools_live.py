"""The assistant's tools on a suite that really runs: charging, the catalog and offers, over MCP.

What this service knows of accounts is read from charging itself here: the mirror has tests of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from mcp import Client
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.cli.catalog_folder import read_source
from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.common.runtime.grpc_client import connect
from services.notification.adapters.peers.catalog import GrpcShop
from services.notification.adapters.peers.charging import GrpcCharging
from services.notification.adapters.peers.offers import GrpcOffers
from services.notification.adapters.peers.tokens import peer_tokens
from services.notification.adapters.tools.registry import ToolPorts, build_toolbox
from services.notification.adapters.tools.words import FluentWords
from services.notification.application.ports import Balances, Bill, ChargeLine, UsageSlice
from services.notification.domain.customers import Bucket, Customer, Present
from services.notification.domain.facts import Recipient
from services.offers.settings import OffersSettings
from tests.support.live_charging import Node, stored_versions
from tests.support.notification_tools import (
    FakeCases,
    FakeInbox,
    FakePreferences,
)
from tests.support.notification_tools_server import SECRET, mcp_client, mcp_server, token
from tests.support.notification_tools_stores import MemoryProposals, MemorySuspensions
from tests.support.offers_customer import Customer as StoryCustomer
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS, OffersWorld, offers_world
from tests.support.waiting import eventually

EXAMPLES = Path("examples/catalog")


class ChargingDirectory:
    """The Directory port, asked of charging at each call."""

    def __init__(self, world: OffersWorld) -> None:
        self._world = world
        self.customers: dict[str, StoryCustomer] = {}

    async def customer(self, subscriber_id: str) -> Customer | None:
        """As charging has it."""
        if subscriber_id not in self.customers:
            return None
        account = await self.customers[subscriber_id].account()
        (subscriber,) = account.subscribers
        return Customer(
            subscriber_id,
            account.account_id,
            account.currency_code,
            subscriber.time_zone,
            barred=subscriber.barred,
            offering_codes=frozenset(item.offering_code for item in subscriber.subscriptions),
        )

    async def account_of(self, subscriber_id: str) -> str | None:
        """Of those who are known."""
        found = self.customers.get(subscriber_id)
        return found.account_id if found else None

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """One each."""
        return [key for key, value in self.customers.items() if value.account_id == account_id]

    async def balances(self, account_id: str) -> Balances | None:
        """Open buckets."""
        (customer,) = [one for one in self.customers.values() if one.account_id == account_id]
        account = await customer.account()
        return Balances(
            account_id, account.sequence, self._world.clock.now(), tuple(map(_bucket, account.buckets))
        )

    async def present(self, recipient: Recipient) -> Present:
        """Nothing."""
        return Present()

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """From the journal, newest first."""
        lines = [
            line
            for record in await self._world.records()
            for line in _lines(record)
            if line.subscriber_id == subscriber_id and (before is None or line.at < before)
        ]
        return lines[::-1][:limit]

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """None."""
        return ()

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """None."""
        return ()


class Suite:
    """The running services, and customers who speak to the assistant over MCP."""

    def __init__(
        self, world: OffersWorld, directory: ChargingDirectory, url: str, catalog_address: str
    ) -> None:
        self.world = world
        self._directory = directory
        self._url = url
        self._catalog_address = catalog_address

    @asynccontextmanager
    async def assistant(self, customer: StoryCustomer) -> AsyncIterator[Client]:
        """For one customer, with a token of the account."""
        self._directory.customers[customer.subscriber_id] = customer
        async with mcp_client(self._url, token(customer.account_id)) as client:
            await client.list_tools()
            yield client

    async def publish_dearer(self, file: str, before: str, after: str) -> None:
        """The example catalog once more, with other figures in one file; returns once it is in force."""
        source = read_source(EXAMPLES)
        for written in source.files:
            if written.name.endswith(file):
                assert before in written.content
                written.content = written.content.replace(before, after)
        request = catalog_api_pb2.PublishCatalogRequest(
            request_id=self.world.number("publish"),
            source=source,
            effective_from=Timestamp(seconds=self.world.clock.seconds),
            actor="story",
        )
        async with connect(self._catalog_address) as channel:
            stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
            published = await stub.PublishCatalog(request, timeout=60)
        database = self.world.folder / "charging.sqlite"
        await eventually(
            lambda: published.version in stored_versions(database), WAIT_SECONDS, "charging has the prices"
        )


@asynccontextmanager
async def assistant_suite(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    """Everything on loopback; offers asks who calls, and this service signs its own tokens for it."""
    key_file = folder / "secret"
    key_file.write_bytes(SECRET)
    async with offers_world(folder, patch, token_key_file=key_file) as world:
        assert isinstance(world.offers, Node)
        assert isinstance(world.offers.settings, OffersSettings)
        tokens, catalog_address = peer_tokens(None, key_file), world.offers.settings.catalog_address
        operator = connect(world.offers.address, token=tokens())
        world.operator = operator
        channels = [
            connect(address) for address in (world.charging.address, catalog_address, world.offers.address)
        ]
        charging, catalog, offers = channels
        directory = ChargingDirectory(world)
        toolbox = build_toolbox(
            ToolPorts(
                directory,
                FakeInbox(),
                FakePreferences(),
                FakeCases(),  # type: ignore[arg-type]  # tools only open cases
                GrpcCharging(charging),
                GrpcOffers(offers, tokens),
                GrpcShop(catalog, world.clock),
                MemoryProposals(),
                MemorySuspensions(),
                FluentWords(),
                world.clock,
            )
        )
        try:
            async with mcp_server(toolbox, directory) as url:
                yield Suite(world, directory, url, catalog_address)
        finally:
            for channel in (*channels, operator):
                await channel.close(None)


async def told(client: Client, tool: str, **arguments: object) -> tuple[Mapping[str, Any], str]:
    """Result and words of a tool that has to answer."""
    result = await client.call_tool(tool, arguments, read_timeout_seconds=CALL_SECONDS)
    assert not result.is_error, result
    return result.structured_content or {}, result.content[0].text  # type: ignore[union-attr]


async def refused(client: Client, tool: str, **arguments: object) -> str:
    """Reason of a tool that has to refuse."""
    result = await client.call_tool(tool, arguments, read_timeout_seconds=CALL_SECONDS)
    assert result.is_error, result
    return str((result.structured_content or {})["reason"])


def _bucket(bucket: account_api_pb2.Bucket) -> Bucket:
    is_money = bucket.HasField("money")
    return Bucket(
        bucket.bucket_id,
        "",
        bucket.name,
        is_money,
        bucket.money.currency_code if is_money else bucket.quantity.unit,
        bucket.money.minor_micros if is_money else bucket.quantity.amount,
        0 if is_money else bucket.initial_amount,
        Instant(bucket.valid_until.ToMicroseconds()) if bucket.HasField("valid_until") else None,
        bucket.offering_code,
        frozenset(bucket.subscriber_ids),
    )


def _lines(record: journal_pb2.JournalRecord) -> list[ChargeLine]:
    found = []
    for entry in record.entries:
        at = Instant(entry.decided_at.ToMicroseconds())
        for event in entry.events:
            if event.HasField("usage_charged"):
                usage = event.usage_charged
                amount = Money(usage.amount_minor_micros, currency(usage.currency_code))
                found.append(
                    ChargeLine(
                        *(usage.charge_id, usage.subscriber_id, at, "usage", usage.offering_code),
                        *(usage.rating_group, usage.zone, usage.unit, usage.used_units, amount),
                    )
                )
            if event.HasField("fee_charged"):
                fee = event.fee_charged
                amount = Money(fee.amount_minor_micros, currency(fee.currency_code))
                found.append(
                    ChargeLine(
                        *(
                            fee.charge_id,
                            fee.subscriber_id,
                            at,
                            "fee",
                            fee.offering_code,
                            0,
                            "",
                            "",
                            0,
                            amount,
                        )
                    )
                )
    return found
