"""Partner settlement's own servicers on a real gRPC server, over the database of a SettlementWorld."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.kernel.clock import Instant
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.grpc_server import GrpcServer
from services.common.runtime.token_keys import TokenKey
from services.partner_settlement.application.agreement_ports import CatalogUnreachableError
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.main import servicers
from services.partner_settlement.settings import PartnerSettlementSettings
from tests.support.settlement_world import OPERATOR_NAME, ZONE, SettlementWorld

SECRET = b"a secret of this test, as long as it has to be"


class _WorldClock:
    """The time that the world was told."""

    def __init__(self, world: SettlementWorld) -> None:
        self._world = world

    def now(self) -> Instant:
        """The present instant."""
        return self._world.now


@dataclass(frozen=True, slots=True)
class SettlementServer:
    """Runs `tidemark` against the server, as the operator or as a partner."""

    address: str

    async def tidemark(self, *arguments: str, party: str = "") -> Result:
        """One command, whatever becomes of it. In a thread, since the server lives in this one's loop."""
        role = Role.PARTNER if party else Role.OPERATOR
        environment = {
            "TIDEMARK_PARTNER_SETTLEMENT_ADDRESS": self.address,
            "TIDEMARK_TOKEN": mint_token(SECRET, role, party or "finance", party=party),
        }
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)


def _nothing() -> None:
    """Nobody waits for events here."""


@asynccontextmanager
async def settlement_server(world: SettlementWorld) -> AsyncIterator[SettlementServer]:
    """Serves on a free port."""
    settings = PartnerSettlementSettings(
        listen_port=0, health_port=0, operator_name=OPERATOR_NAME, time_zone=ZONE
    )
    callers = Callers([TokenKey("HS256", SECRET)])
    answering = servicers(
        settings, callers, world.database, _NoCatalog(), _WorldClock(world), _nothing, lambda: ""
    )
    server = GrpcServer(settings, answering)
    try:
        yield SettlementServer(await server.start())
    finally:
        await server.drain(1)


class _NoCatalog:
    """A catalog service that is not there."""

    async def newest(self) -> CatalogView | None:
        """Never answers."""
        raise CatalogUnreachableError("there is no catalog in this test")
