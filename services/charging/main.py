"""Composition root of the charging service: reads settings, builds everything, names every concrete class."""

from __future__ import annotations

import asyncio
import gc
import sys
import uuid
from dataclasses import dataclass

from tidemark.catalog.v1 import catalog_events_pb2
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    charge_api_pb2,
    charge_api_pb2_grpc,
    charging_api_pb2,
    charging_api_pb2_grpc,
    journal_api_pb2,
    journal_api_pb2_grpc,
    subscription_api_pb2,
    subscription_api_pb2_grpc,
)

from services.charging.adapters.grpc_accounts import AccountServicer
from services.charging.adapters.grpc_catalog_source import GrpcCatalogSource, compile_stored
from services.charging.adapters.grpc_charges import ChargeServicer
from services.charging.adapters.grpc_charging import ChargingServicer
from services.charging.adapters.grpc_journal import JournalServicer
from services.charging.adapters.grpc_subscriptions import SubscriptionServicer
from services.charging.adapters.journal_charges import JournalCharges
from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.adapters.relay import JournalRelay
from services.charging.adapters.relay_stream import JournalStream
from services.charging.adapters.sql_identities import SqlIdentities
from services.charging.adapters.sql_journal import SqlJournal
from services.charging.adapters.sql_tariffs import SqlTariffs
from services.charging.adapters.velocity_metrics import publish_refusals
from services.charging.application.adopt_catalog import AdoptCatalog
from services.charging.application.charge_usage import ChargeUsage
from services.charging.application.expire_sessions import ExpireSessions
from services.charging.application.explain_charge import ExplainCharge
from services.charging.application.notify_elements import NotifyElements
from services.charging.application.partition_writer import PartitionWriter, Phase
from services.charging.application.provision_account import ProvisionAccountUseCase
from services.charging.application.read_account import ReadAccount
from services.charging.application.read_counters import ReadCounters
from services.charging.application.refund_charge import RefundCharge
from services.charging.application.renew_subscriptions import RenewSubscriptions
from services.charging.application.rerate_charges import RerateCharges
from services.charging.application.settle_outcome import SettleOutcomeUseCase
from services.charging.application.snapshots import Snapshots
from services.charging.application.velocity import Velocity
from services.charging.application.watch_balance import WatchBalance
from services.charging.application.watch_counters import WatchCounters
from services.charging.application.watch_ownership import WatchOwnership
from services.charging.application.writer_view import WriterView
from services.charging.settings import ChargingSettings
from services.common.runtime.bus import Bus
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume
from services.common.runtime.database import Database, open_database
from services.common.runtime.front_door.host import EnvoyHost
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.grpc_host import GrpcioHost
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.lifecycle import Service, ServiceContext
from services.common.runtime.system_clock import SystemClock

MIGRATIONS = "services.charging.adapters.migrations"
CATALOG_STREAM = "CATALOG"
CATALOG_SUBJECT = catalog_events_pb2.CatalogVersionPublished.DESCRIPTOR.full_name
CHARGING = charging_api_pb2.DESCRIPTOR.services_by_name["ChargingService"].full_name
ACCOUNTS = account_api_pb2.DESCRIPTOR.services_by_name["AccountService"].full_name
CHARGES = charge_api_pb2.DESCRIPTOR.services_by_name["ChargeService"].full_name
SUBSCRIPTIONS = subscription_api_pb2.DESCRIPTOR.services_by_name["SubscriptionService"].full_name
JOURNAL = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name


@dataclass(slots=True)
class Core:
    """One partition with its journal, wired."""

    journal: SqlJournal
    identities: SqlIdentities
    codec: ProtobufCodec
    clock: SystemClock
    writer: PartitionWriter
    snapshots: Snapshots
    view: WriterView
    expiry: ExpireSessions
    renewal: RenewSubscriptions


def build_core(settings: ChargingSettings, database: Database) -> Core:
    """The partition and everything that lives as long as its memory."""
    journal, codec, clock = SqlJournal(database), ProtobufCodec(), SystemClock()
    writer = PartitionWriter(settings.partition, settings.owner, journal, codec, clock)
    snapshots = Snapshots(writer, journal, codec, settings.snapshot_every_records)
    return Core(
        journal,
        SqlIdentities(database),
        codec,
        clock,
        writer,
        snapshots,
        WriterView(writer, snapshots, codec),
        ExpireSessions(writer, clock),
        RenewSubscriptions(writer, clock),
    )


def build_server(settings: ChargingSettings, core: Core, relay: JournalRelay) -> GrpcServer:
    """The protobuf services of charging on one port."""
    stopping = asyncio.Event()
    reader = ReadAccount(core.writer, core.identities)
    refund = RefundCharge(core.writer, core.identities, core.journal, core.codec)
    velocity = Velocity()
    publish_refusals(velocity)
    charging = ChargingServicer(
        ChargeUsage(core.writer, core.identities, velocity, core.clock),
        refund,
        SettleOutcomeUseCase(core.writer, refund),
        NotifyElements(core.writer, core.clock),
        stopping,
    )
    accounts = AccountServicer(
        core.writer,
        core.identities,
        ProvisionAccountUseCase(core.writer, core.identities, lambda: uuid.uuid4().hex),
        reader,
        WatchBalance(core.writer, reader, core.journal, core.codec),
        core.clock,
        stopping,
    )
    charges = ChargeServicer(
        ExplainCharge(core.writer, core.journal, core.codec),
        RerateCharges(core.writer, core.journal, JournalCharges()),
        stopping,
    )
    counters = ReadCounters(core.writer, core.identities, core.clock)
    subscriptions = SubscriptionServicer(
        core.writer,
        core.identities,
        counters,
        WatchCounters(core.writer, counters, core.clock),
        stopping,
    )
    journal = JournalServicer(core.journal, [(core.view, relay)], stopping)
    return GrpcServer(
        settings,
        [
            Servicer(charging_api_pb2_grpc.add_ChargingServiceServicer_to_server, charging, CHARGING),
            Servicer(account_api_pb2_grpc.add_AccountServiceServicer_to_server, accounts, ACCOUNTS),
            Servicer(charge_api_pb2_grpc.add_ChargeServiceServicer_to_server, charges, CHARGES),
            Servicer(
                subscription_api_pb2_grpc.add_SubscriptionServiceServicer_to_server,
                subscriptions,
                SUBSCRIPTIONS,
            ),
            Servicer(journal_api_pb2_grpc.add_JournalServiceServicer_to_server, journal, JOURNAL),
        ],
        stopping,
        EnvoyHost(settings) if settings.front_door == "envoy" else GrpcioHost(settings),
    )


async def serve(settings: ChargingSettings, service: ServiceContext) -> None:
    """Runs one charging process until it is told to stop."""
    database = await asyncio.to_thread(
        open_database, settings.database_url, MIGRATIONS, settings.database_connections
    )
    core = build_core(settings, database)
    bus = await Bus.open(settings.nats_url, "charging")
    relay = JournalRelay(core.journal, JournalStream(bus), settings.partition)
    channel = connect(settings.catalog_address, peer_tls(settings))
    adopt = AdoptCatalog(core.writer, SqlTariffs(database), GrpcCatalogSource(channel), compile_stored)
    server = build_server(settings, core, relay)
    try:
        address = await server.start(serving=False)
        await _open(core, adopt, server, service)
        core.writer.on_commit(lambda _committed: relay.notify())
        tasks = service.tasks
        tasks.start("journal writer", core.writer.run())
        tasks.start("relay", relay.run())
        tasks.start("ownership", WatchOwnership(core.writer, core.journal).run())
        tasks.start("session expiry", core.expiry.run())
        tasks.start("renewals", core.renewal.run())
        tasks.start("catalog versions", adopt.run())
        tasks.start("catalog events", _follow_catalog(bus, adopt, settings.partition))
        service.announce(address)
        await service.stop.wait()
        await server.drain(settings.drain_seconds)
        await core.writer.drain()
        await tasks.close()
        await core.snapshots.close()
        await relay.close()
    finally:
        await server.drain(0)
        await service.tasks.close()
        await channel.close(None)
        await bus.close()
        await core.journal.close()
        await database.close()


async def _open(core: Core, adopt: AdoptCatalog, server: GrpcServer, service: ServiceContext) -> None:
    """Replays and takes over. A corrupt journal can still be read and verified; nothing else is served."""
    changed = asyncio.Event()
    core.writer.on_phase(lambda _phase: changed.set())
    await core.identities.open()
    await adopt.open()
    await core.snapshots.open()
    await core.writer.open()
    core.expiry.open()
    core.renewal.open()
    await _set_health(core, server)
    service.tasks.start("health", _follow_phase(core, server, changed))


async def _set_health(core: Core, server: GrpcServer) -> None:
    serving = core.writer.phase is Phase.SERVING
    for name in (CHARGING, ACCOUNTS, SUBSCRIPTIONS, CHARGES, None):
        await server.set_serving(serving, name)
    await server.set_serving(True, JOURNAL)


async def _follow_phase(core: Core, server: GrpcServer, changed: asyncio.Event) -> None:
    while True:
        await changed.wait()
        changed.clear()
        await _set_health(core, server)


async def _follow_catalog(bus: Bus, adopt: AdoptCatalog, partition: int) -> None:
    async def published(_delivery: Delivery) -> None:
        adopt.look()

    spec = ConsumerSpec(CATALOG_STREAM, f"charging-{partition}", CATALOG_SUBJECT, only_new=True)
    await consume(bus, spec, published)


def _look_for_cycles_seldom() -> None:
    # A request makes some hundred short-lived values and no cycles; looking for cycles after every
    # second request, as Python does by default, takes a tenth of the time of all of them.
    gc.set_threshold(50_000, 20, 100)


SERVICE = Service("charging", ChargingSettings, serve, "services.charging.main", _look_for_cycles_seldom)


def main() -> None:
    """Entry of `python -m services.charging.main`."""
    sys.exit(SERVICE.run())


if __name__ == "__main__":
    main()
