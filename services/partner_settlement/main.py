"""Composition root of partner settlement. `python -m services.partner_settlement.main` runs it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.callers import Callers, open_callers
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.outbox import OutboxRelay
from services.partner_settlement.settings import PartnerSettlementSettings

NAME = "partner_settlement"
MIGRATIONS = "services.partner_settlement.adapters.migrations"
EVENTS = StreamSpec("PARTNER_SETTLEMENT", ("tidemark.partner_settlement.v1.>",))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service reaches the outside through, opened once."""

    callers: Callers
    database: Database
    bus: Bus

    async def close(self) -> None:
        """Closes what is open, the bus first."""
        await self.bus.close()
        await self.database.close()


def servicers(_surroundings: Surroundings) -> Sequence[Servicer]:
    """Every protobuf service this process answers."""
    return ()


async def serve(settings: PartnerSettlementSettings, service: ServiceContext) -> None:
    """Opens the database and the bus, serves until told to stop, and closes in good order."""
    surroundings = await _open(settings)
    relay = OutboxRelay(surroundings.database, surroundings.bus)
    server = GrpcServer(settings, servicers(surroundings))
    try:
        service.tasks.start("outbox relay", relay.run())
        service.announce(await server.start())
        await service.stop.wait()
    finally:
        await server.drain(settings.drain_seconds)
        await service.tasks.close()
        await surroundings.close()


async def _open(settings: PartnerSettlementSettings) -> Surroundings:
    # First, since it opens nothing: a bad key is told before a database is migrated.
    callers = open_callers(settings)
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    return Surroundings(callers, database, await Bus.open(settings.nats_url, NAME, [EVENTS]))


def main() -> int:
    """Runs the service; returns the process's exit code."""
    return run_service(NAME, PartnerSettlementSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
