"""Offers as it really runs, with charging, the catalog and a bus of its own: what stories act on.

The example catalog and the example policies are published once in a test process; from then on each story
begins with a copy of the databases as the services left them.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.charging.v1 import journal_pb2
from tidemark.offers.v1 import (
    learning_api_pb2_grpc,
    offer_api_pb2_grpc,
    policy_api_pb2,
    policy_api_pb2_grpc,
    profile_api_pb2,
    profile_api_pb2_grpc,
)

from services.cli.catalog_folder import read_source as read_catalog
from services.cli.offer_folder import read_source as read_policies
from services.common.kernel.clock import HOUR, Instant
from services.offers import main as offers_main
from services.offers.settings import OffersSettings
from tests.support.live_accounts import Care
from tests.support.live_charging import (
    NOWHERE,
    Node,
    catalog_node,
    charging_node,
    charging_settings,
    journal,
    journal_status,
    record_of,
    running,
    stored_versions,
)
from tests.support.live_element import Element, refusal
from tests.support.nats import nats_server
from tests.support.offers_clock import NOON, TurnedClock, one_clock
from tests.support.offers_process import OffersProcess
from tests.support.waiting import eventually

CALL_SECONDS = 20
WAIT_SECONDS = 30
PRICES_SINCE = 1_767_225_600
"""2026-01-01, in seconds since 1970."""
_DATABASES = ("catalog", "charging", "offers")


def offers_settings(folder: Path, **changed: Any) -> OffersSettings:
    """Offers on a database in a folder, with nobody around unless told where."""
    settings: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'offers.sqlite'}",
        "model_dir": folder / "models",
        "nats_url": f"nats://{NOWHERE}",
        "charging_address": NOWHERE,
        "catalog_address": NOWHERE,
        "drain_seconds": 1,
        "learn_seconds": 0.1,
        # The whole of it within seconds; stories tell who may go how fast by other means.
        "rollout_step_seconds": 0,
        "rollout_step_decisions": 0,
        # A busy machine must not turn a story about models into one about rules.
        "decision_deadline_milliseconds": 5_000,
    }
    return OffersSettings(**settings | changed)


def offers_node(settings: OffersSettings) -> Node:
    """Offers in this event loop."""
    return Node("offers", offers_main.serve, settings)


class Desk:
    """Calls to the four services of offers by somebody."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.offers = offer_api_pb2_grpc.OfferServiceStub(channel)
        self.profiles = profile_api_pb2_grpc.OfferProfileServiceStub(channel)
        self.policies = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        self.learning = learning_api_pb2_grpc.OfferLearningServiceStub(channel)


class OffersWorld:
    """All services of a story, and the one clock that they go by."""

    def __init__(
        self, folder: Path, clock: TurnedClock, charging: Node, offers: Node | OffersProcess
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.charging = charging
        self.offers = offers
        self.operator: grpc.aio.Channel | None = None
        """Leads to offers with an operator's token, where it asks for tokens."""
        self.element = Element(charging.channel)
        self.care = Care(charging.channel)
        self._numbers = itertools.count(1)

    async def restart(self) -> None:
        """Offers stops and starts again; `desk` leads to the new one."""
        assert isinstance(self.offers, Node)
        await self.offers.restart()

    @property
    def desk(self) -> Desk:
        """The operator's calls to offers as it runs now."""
        return Desk(self.operator or self.offers.channel)

    def number(self, what: str = "r") -> str:
        """A name that was not used before: for a request, a session."""
        return f"{what}-{next(self._numbers)}"

    async def head(self) -> int:
        """The last record of charging's journal."""
        return int((await journal_status(self.charging.channel)).head_sequence)

    async def records(self, after: int = 0) -> list[journal_pb2.JournalRecord]:
        """Records of charging's journal after a sequence."""
        return [record_of(row) for row in await journal(self.charging.channel, after)]

    async def folded(self) -> int:
        """Waits until profiles have all of the journal; returns its head."""
        head = await self.head()
        await eventually(lambda: self._has_folded(head), WAIT_SECONDS, "profiles follow the journal")
        return head

    async def looked(self) -> None:
        """Waits until all that happened was looked at by the pusher: what it raises has been raised."""
        await self.folded()
        await eventually(lambda: self.waiting() == 0, WAIT_SECONDS, "what happened was looked at")

    def waiting(self) -> int:
        """How much of what happened waits for a look."""
        query = "SELECT (SELECT count(*) FROM trigger_inbox) + (SELECT count(*) FROM fence_entry)"
        return int(self.rows(query)[0][0])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of offers' database."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.folder / 'offers.sqlite'}?mode=ro", uri=True)
        ) as connection:
            return connection.execute(query).fetchall()

    async def _has_folded(self, head: int) -> bool:
        request = profile_api_pb2.GetProfileStatusRequest()
        status = await self.desk.profiles.GetProfileStatus(request, timeout=CALL_SECONDS)
        return min((one.sequence for one in status.partitions), default=0) >= head


@asynccontextmanager
async def offers_world(
    folder: Path, patch: pytest.MonkeyPatch, **settings: Any
) -> AsyncIterator[OffersWorld]:
    """A bus, the catalog, charging and offers, with prices and policies in force; at noon on a Wednesday."""
    async with _before_offers(folder, patch) as (clock, nats_url, catalog, charging):
        offers = offers_node(
            offers_settings(
                folder,
                nats_url=nats_url,
                charging_address=charging.address,
                catalog_address=catalog.address,
                **settings,
            )
        )
        async with running(offers):
            yield OffersWorld(folder, clock, charging, offers)


@asynccontextmanager
async def world_of_process(
    folder: Path, patch: pytest.MonkeyPatch, dies: str
) -> AsyncIterator[tuple[OffersWorld, OffersProcess]]:
    """The same with offers as a process of its own, which ends at a step of `offers_dying`."""
    async with _before_offers(folder, patch) as (clock, nats_url, catalog, charging):
        settings = offers_settings(
            folder, nats_url=nats_url, charging_address=charging.address, catalog_address=catalog.address
        )
        offers = OffersProcess(settings, clock, folder)
        try:
            await offers.start(dies)
            yield OffersWorld(folder, clock, charging, offers), offers
        finally:
            await offers.close()


async def refused(call: Awaitable[object]) -> str:
    """`STATUS REASON` of a call that has to be refused."""
    said = await refusal(call)
    return f"{said.code.name} {said.reason}"


@asynccontextmanager
async def _before_offers(
    folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[TurnedClock, str, Node, Node]]:
    template = await _published()
    for name in _DATABASES:
        shutil.copyfile(template / f"{name}.sqlite", folder / f"{name}.sqlite")
    clock = one_clock(patch)
    async with nats_server(folder) as nats:
        catalog = catalog_node(folder, nats.url)
        async with running(catalog):
            charging = charging_node(
                charging_settings(folder, nats_url=nats.url, catalog_address=catalog.address)
            )
            async with running(charging):
                yield clock, nats.url, catalog, charging


_templates: dict[str, tempfile.TemporaryDirectory[str]] = {}


async def _published() -> Path:
    """A folder with the databases of services that know the example catalog and policies."""
    if not _templates:
        folder = tempfile.TemporaryDirectory(prefix="tidemark-offers-")
        with _patches() as patch:
            one_clock(patch, Instant(NOON - HOUR))
            await _publish(Path(folder.name))
        _templates["examples"] = folder
    return Path(_templates["examples"].name)


@contextmanager
def _patches() -> Iterator[pytest.MonkeyPatch]:
    patch = pytest.MonkeyPatch()
    try:
        yield patch
    finally:
        patch.undo()


async def _publish(folder: Path) -> None:
    catalog = catalog_node(folder)
    async with running(catalog):
        request = catalog_api_pb2.PublishCatalogRequest(
            request_id="examples",
            source=read_catalog(Path("examples/catalog")),
            effective_from=Timestamp(seconds=PRICES_SINCE),
            actor="story",
        )
        stub = catalog_api_pb2_grpc.CatalogServiceStub(catalog.channel)
        await stub.PublishCatalog(request, timeout=60)
        charging = charging_node(charging_settings(folder, catalog_address=catalog.address))
        offers = offers_node(
            offers_settings(folder, catalog_address=catalog.address, charging_address=NOWHERE)
        )
        async with running(charging, offers):
            published = await Desk(offers.channel).policies.PublishPolicies(
                policy_api_pb2.PublishPoliciesRequest(
                    request_id="examples", source=read_policies(Path("examples/offers")), actor="story"
                ),
                timeout=60,
            )
            assert published.version.version == 1
            await eventually(lambda: _is_priced(folder), WAIT_SECONDS, "charging has the prices")


def _is_priced(folder: Path) -> bool:
    return stored_versions(folder / "charging.sqlite") == [1]
