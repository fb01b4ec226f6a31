"""Composition root of partner settlement. `python -m services.partner_settlement.main` runs it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from tidemark.partner_settlement.v1 import (
    agreement_api_pb2,
    agreement_api_pb2_grpc,
    dispute_api_pb2,
    dispute_api_pb2_grpc,
    ledger_api_pb2,
    ledger_api_pb2_grpc,
    loyalty_api_pb2,
    loyalty_api_pb2_grpc,
    report_api_pb2,
    report_api_pb2_grpc,
    settlement_api_pb2,
    settlement_api_pb2_grpc,
)

from services.common.kernel.clock import Clock
from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.callers import Callers, open_callers
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect, peer_tls
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.journal_source import GrpcJournalSource
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.outbox import OutboxRelay
from services.common.runtime.system_clock import SystemClock
from services.partner_settlement.adapters.accrual.following import (
    accrual_follower,
    fault_of,
    publish_position,
)
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.books.runs import latest_settled_day
from services.partner_settlement.adapters.catalog_view import GrpcCatalog
from services.partner_settlement.adapters.grpc_agreements import AgreementServicer, agreement_use_cases
from services.partner_settlement.adapters.grpc_disputes import DisputeServicer
from services.partner_settlement.adapters.grpc_ledger import LedgerServicer
from services.partner_settlement.adapters.grpc_loyalty import LoyaltyServicer
from services.partner_settlement.adapters.grpc_reports import PartnerReportServicer
from services.partner_settlement.adapters.grpc_settlement import SettlementServicer
from services.partner_settlement.adapters.loyalty.earning import LoyaltyEarning
from services.partner_settlement.adapters.sql_agreements import SqlAgreementStore
from services.partner_settlement.adapters.sql_documents import SqlDocuments
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.sql_simulator import SqlSimulator
from services.partner_settlement.adapters.sql_statements import SqlStatementReader
from services.partner_settlement.adapters.statement_renderer import StatementRenderer
from services.partner_settlement.application.agreement_ports import Catalog
from services.partner_settlement.application.reports import PartnerReports
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
    charging: grpc.aio.Channel
    catalog: GrpcCatalog

    async def close(self) -> None:
        """Closes what is open, the database last."""
        await self.charging.close(None)
        await self.catalog.close()
        await self.bus.close()
        await self.database.close()


def servicers(
    settings: PartnerSettlementSettings,
    callers: Callers,
    database: Database,
    catalog: Catalog,
    clock: Clock,
    on_change: Callable[[], None],
    fault: Callable[[], str],
) -> Sequence[Servicer]:
    """Every protobuf service this process answers.

    `on_change` is called after each commit that may have left an event; `fault` tells what accrual
    is stuck on.
    """
    name, zone = settings.operator_name, settings.time_zone
    settlement = SqlSettlement(database, ProductIds(), on_change)
    reader = SqlStatementReader(settlement, clock, name, zone)
    reports = PartnerReports(reader, StatementRenderer(), SqlDocuments(database))
    agreements = agreement_use_cases(
        SqlAgreementStore(database, latest_settled_day),
        catalog,
        SqlSimulator(settlement, clock, zone),
        clock,
    )
    return (
        _servicer(
            settlement_api_pb2_grpc.add_SettlementServiceServicer_to_server,
            SettlementServicer(settlement, callers, clock, name, zone, fault),
            settlement_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            agreement_api_pb2_grpc.add_AgreementServiceServicer_to_server,
            AgreementServicer(agreements, callers),
            agreement_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            report_api_pb2_grpc.add_PartnerReportServiceServicer_to_server,
            PartnerReportServicer(reports, callers),
            report_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            dispute_api_pb2_grpc.add_DisputeServiceServicer_to_server,
            DisputeServicer(settlement, callers, clock),
            dispute_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            ledger_api_pb2_grpc.add_LedgerServiceServicer_to_server,
            LedgerServicer(settlement, callers),
            ledger_api_pb2.DESCRIPTOR,
        ),
        _servicer(
            loyalty_api_pb2_grpc.add_LoyaltyServiceServicer_to_server,
            LoyaltyServicer(database, callers, clock, zone),
            loyalty_api_pb2.DESCRIPTOR,
        ),
    )


async def serve(settings: PartnerSettlementSettings, service: ServiceContext) -> None:
    """Opens everything, follows charging's journal, serves until told to stop, closes in good order."""
    surroundings = await _open(settings)
    relay = OutboxRelay(surroundings.database, surroundings.bus)
    follower = accrual_follower(
        surroundings.database,
        surroundings.bus,
        GrpcJournalSource(surroundings.charging),
        JournalAccrual(settings.time_zone, [LoyaltyEarning()]),
    )
    publish_position(follower)
    answering = servicers(
        settings,
        surroundings.callers,
        surroundings.database,
        surroundings.catalog,
        SystemClock(),
        relay.wake,
        lambda: fault_of(follower),
    )
    server = GrpcServer(settings, answering)
    try:
        service.tasks.start("outbox relay", relay.run())
        service.tasks.start("journal follower", follower.run())
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
    tls = peer_tls(settings)
    return Surroundings(
        callers,
        database,
        await Bus.open(settings.nats_url, NAME, [EVENTS]),
        connect(settings.charging_address, tls),
        GrpcCatalog(settings.catalog_address, tls),
    )


def _servicer(register: Any, servicer: object, descriptor: Any) -> Servicer:
    (service,) = descriptor.services_by_name.values()
    return Servicer(register, servicer, service.full_name)


def main() -> int:
    """Runs the service; returns the process's exit code."""
    return run_service(NAME, PartnerSettlementSettings, serve)


if __name__ == "__main__":
    sys.exit(main())
