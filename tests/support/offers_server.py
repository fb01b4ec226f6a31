"""OfferService on a real gRPC server over the real decision log; customers and effects are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.offers.v1 import offer_api_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.offers.adapters.grpc_offers import OfferServicer
from services.offers.domain.acceptance import (
    Accepted,
    AcceptRequest,
    Declined,
    DeclineRequest,
    FeedbackRequest,
    Given,
)
from services.offers.domain.compiled import CompiledPolicies
from services.offers.main import MIGRATIONS
from services.offers.settings import OffersSettings
from tests.support.offers_deciding import EURO, NOW
from tests.support.offers_decision_log import Stored

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["OfferService"].full_name


@dataclass
class FakeEffects:
    """Says yes to everything, and keeps what it was asked."""

    asked: list[AcceptRequest | DeclineRequest | FeedbackRequest] = field(default_factory=list)

    async def accept(self, request: AcceptRequest) -> Accepted:
        """For a euro."""
        self.asked.append(request)
        return Accepted("acceptance-1", NOW, Given(("charge-1",), EURO, "EUR"))

    async def decline(self, request: DeclineRequest) -> Declined:
        """Until now."""
        self.asked.append(request)
        return Declined(NOW)

    async def feedback(self, request: FeedbackRequest) -> None:
        """Kept."""
        self.asked.append(request)


@dataclass
class OfferServer:
    """The running server."""

    stored: Stored
    effects: FakeEffects
    server: GrpcServer

    @asynccontextmanager
    async def stub(self, account: str = "", role: Role = Role.SUBSCRIBER) -> AsyncIterator[Any]:
        """Calls it as the holder of an account; without one as the operator."""
        token = mint_token(_SECRET, role if account else Role.OPERATOR, "somebody", account=account)
        channel: grpc.aio.Channel = connect(self.server.address, token=token)
        try:
            yield offer_api_pb2_grpc.OfferServiceStub(channel)
        finally:
            await channel.close(None)

    async def tidemark(self, *arguments: str) -> Result:
        """One command of the operator. In a thread, since the server lives in this one's loop."""
        token = mint_token(_SECRET, Role.OPERATOR, "desk")
        environment = {"TIDEMARK_OFFERS_ADDRESS": self.server.address, "TIDEMARK_TOKEN": token}
        words = ["offers", *arguments]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, words, env=environment))


@asynccontextmanager
async def offer_server(policies: CompiledPolicies, url: str = "sqlite://") -> AsyncIterator[OfferServer]:
    """Serves on a free port."""
    database = open_database(url, MIGRATIONS)
    stored, effects, stopping = Stored(database, policies), FakeEffects(), asyncio.Event()
    servicer = OfferServicer(
        stored.world.recommender,
        stored.reader,
        stored.watch,
        effects,
        stored.world.policies,
        stored.world.subscribers,
        Callers([TokenKey("HS256", _SECRET)]),
        stopping,
    )
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [Servicer(offer_api_pb2_grpc.add_OfferServiceServicer_to_server, servicer, _SERVICE)],
        stopping,
    )
    try:
        await server.start()
        yield OfferServer(stored, effects, server)
    finally:
        await server.drain(1)
        await database.close()
