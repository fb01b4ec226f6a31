"""OfferProfileService on a real gRPC server and database; subscribers are told by whoever a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from tidemark.offers.v1 import profile_api_pb2 as api
from tidemark.offers.v1 import profile_api_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.runtime.callers import Caller, Callers, Role, mint_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.offers.adapters.grpc_profiles import OfferProfileServicer
from services.offers.adapters.profiles.sql_profiles import KeptElsewhere, SqlProfiles
from services.offers.adapters.whose import Whose
from services.offers.application.ports import Subscribers
from services.offers.settings import OffersSettings
from tests.support.offers_profile_world import ProfileWorld
from tests.support.offers_profiles import InForce

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["OfferProfileService"].full_name


class NoLocations:
    """Takes no report."""

    async def report(
        self, request: api.ReportLocationsRequest, caller: Caller
    ) -> api.ReportLocationsResponse:
        """Says how many there were, and from whom."""
        assert caller.role is not Role.PARTNER
        return api.ReportLocationsResponse(refused=len(request.reports))


@dataclass
class ProfileServer:
    """The address where it is, and ways to it."""

    address: str
    policies: InForce

    @asynccontextmanager
    async def stub(
        self, role: Role | None = Role.OPERATOR, account: str = "somebody-else"
    ) -> AsyncIterator[Any]:
        """Calls it as somebody; None: without a token."""
        channel: grpc.aio.Channel = connect(self.address, token=_token(role, account))
        try:
            yield profile_api_pb2_grpc.OfferProfileServiceStub(channel)
        finally:
            await channel.close(None)

    async def tidemark(self, *arguments: str) -> Result:
        """One command of an operator. In a thread, since the server lives in this one's loop."""
        environment = {
            "TIDEMARK_OFFERS_ADDRESS": self.address,
            "TIDEMARK_TOKEN": _token(Role.OPERATOR, ""),
        }
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)


def _token(role: Role | None, account: str) -> str:
    if role is None:
        return ""
    party = "lagoon" if role is Role.PARTNER else ""
    return mint_token(_SECRET, role, "desk", party=party, account=account if role is Role.SUBSCRIBER else "")


@asynccontextmanager
async def profile_server(
    world: ProfileWorld, subscribers: Subscribers, elsewhere: KeptElsewhere | None = None
) -> AsyncIterator[ProfileServer]:
    """Serves a world on a free port."""
    policies = InForce()
    servicer = OfferProfileServicer(
        SqlProfiles(world.database, world.customers, policies, elsewhere),
        world.consents,
        world.eraser,
        NoLocations(),
        world.follower.status,
        Whose(subscribers),
        Callers([TokenKey("HS256", _SECRET)]),
        world.clock,
    )
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [Servicer(profile_api_pb2_grpc.add_OfferProfileServiceServicer_to_server, servicer, _SERVICE)],
    )
    try:
        yield ProfileServer(await server.start(), policies)
    finally:
        await server.drain(1)
