"""Composition root of offers. `python -m services.offers.main` runs it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import grpc

from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.callers import Callers, open_callers
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.grpc_server import GrpcServer
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.outbox import OutboxRelay
from services.offers.settings import OffersSettings

NAME = "offers"
MIGRATIONS = "services.offers.adapters.migrations"
EVENTS = StreamSpec("OFFERS", ("tidemark.offers.v1.>",))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service reaches the outside through, opened once."""

    callers: Callers
    database: Database
    bus: Bus
    charging: grpc.aio.Channel
    catalog: grpc.aio.Channel

    async def close(self) -> None:
        """Closes what is open, the database last."""
        await self.charging.close(None)
        await self.catalog.close(None)
        await self.bus.close()
        await self.database.close()


async def serve(settings: OffersSettings, service: ServiceContext) -> None:
    """Opens everything, serves until told to stop, closes in good order."""
    surroundings = await _open(settings)
    relay = OutboxRelay(surroundings.database, surroundings.bus)
    server = GrpcServer(settings, ())
    try:
        service.tasks.start("outbox relay", relay.run())
        service.announce(await server.start())
        await service.stop.wait()
    finally:
        await server.drain(settings.drain_seconds)
        await service.tasks.close()
        await surroundings.close()


async def _open(settings: OffersSettings) -> Surroundings:
    # First, since it opens nothing: a bad key is told before a database is migrated.
    callers = open_callers(settings)
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    tls = peer_tls(settings)
    return Surroundings(
        callers,
        database,
        await Bus.open(settings.nats_url, NAME, [EVENTS]),
        connect(settings.charging_address, tls),
        connect(settings.catalog_address, tls),
    )


def main() -> int:
    """Runs the service; returns the process's exit code."""
    return run_service(NAME, OffersSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
