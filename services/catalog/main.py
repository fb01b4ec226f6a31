"""Composition root of the catalog service. `python -m services.catalog.main` runs it."""

from __future__ import annotations

import asyncio
import sys

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc

from services.catalog.adapters.event_messages import STREAM, SUBJECTS
from services.catalog.adapters.grpc_catalog import CatalogServicer, CatalogUseCases
from services.catalog.adapters.rating import ChargingRating
from services.catalog.adapters.sql_store import SqlCatalogStore
from services.catalog.adapters.subscriptions import ChargingSubscriptions
from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.adapters.yaml_writer import CanonicalRenderer
from services.catalog.application.diff import CatalogDiff
from services.catalog.application.lint import Linter
from services.catalog.application.ports import CatalogStore, Subscriptions
from services.catalog.application.publish import CatalogPublisher
from services.catalog.application.simulate import CatalogSimulator
from services.catalog.application.stored import StoredCatalogs
from services.catalog.application.versions import CatalogVersions
from services.common.kernel.clock import Clock
from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.database import open_database
from services.common.runtime.grpc_client import peer_tls
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.outbox import OutboxRelay
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.system_clock import SystemClock

NAME = "catalog"
MIGRATIONS = "services.catalog.adapters.migrations"
SERVICE = catalog_api_pb2.DESCRIPTOR.services_by_name["CatalogService"].full_name


class CatalogSettings(ServiceSettings):
    """Settings of the catalog service: variables `TIDEMARK_CATALOG_*`."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_CATALOG_", frozen=True, validate_default=True)

    database_url: str = Field(
        default="sqlite:///var/catalog/catalog.sqlite",
        min_length=1,
        repr=False,
        description="sqlite:///path/to/file or postgresql+psycopg://user@host/name",
    )
    charging_address: str = Field(
        default="", description="host:port of charging, which counts subscriptions for a diff; empty: no diff"
    )


def build_use_cases(store: CatalogStore, subscriptions: Subscriptions, clock: Clock) -> CatalogUseCases:
    """The use cases on the YAML form and charging's own rating code."""
    reader, rating = YamlSourceReader(), ChargingRating()
    linter = Linter(reader, rating)
    renderer = CanonicalRenderer()
    stored = StoredCatalogs(reader)
    return CatalogUseCases(
        linter=linter,
        diff=CatalogDiff(linter, renderer, store, stored, subscriptions),
        simulator=CatalogSimulator(linter, rating, store, stored, clock),
        publisher=CatalogPublisher(linter, renderer, store, clock),
        versions=CatalogVersions(store),
    )


async def serve(settings: CatalogSettings, service: ServiceContext) -> None:
    """Opens the database and the bus, serves until told to stop, and closes in good order."""
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    bus = await Bus.open(settings.nats_url, NAME, [StreamSpec(STREAM, SUBJECTS)])
    subscriptions = ChargingSubscriptions(settings.charging_address, peer_tls(settings))
    relay = OutboxRelay(database, bus)
    store = SqlCatalogStore(database, on_published=relay.wake)
    use_cases = build_use_cases(store, subscriptions, SystemClock())
    server = GrpcServer(
        settings,
        [
            Servicer(
                catalog_api_pb2_grpc.add_CatalogServiceServicer_to_server,
                CatalogServicer(use_cases),
                SERVICE,
            )
        ],
    )
    try:
        service.tasks.start("outbox relay", relay.run())
        service.announce(await server.start())
        await service.stop.wait()
    finally:
        await server.drain(settings.drain_seconds)
        await service.tasks.close()
        await subscriptions.close()
        await bus.close()
        await database.close()


def main() -> int:
    """Runs the service; returns the process's exit code."""
    return run_service(NAME, CatalogSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
