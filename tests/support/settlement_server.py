"""Partner settlement's own servicers on a real gRPC server, over the database of a SettlementWorld."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tidemark.partner_settlement.v1 import (
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
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.kernel.clock import Instant
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.grpc_disputes import DisputeServicer
from services.partner_settlement.adapters.grpc_ledger import LedgerServicer
from services.partner_settlement.adapters.grpc_loyalty import LoyaltyServicer
from services.partner_settlement.adapters.grpc_reports import PartnerReportServicer
from services.partner_settlement.adapters.grpc_settlement import SettlementServicer
from services.partner_settlement.adapters.sql_documents import SqlDocuments
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.sql_statements import SqlStatementReader
from services.partner_settlement.adapters.statement_renderer import StatementRenderer
from services.partner_settlement.application.reports import PartnerReports
from services.partner_settlement.settings import PartnerSettlementSettings
from tests.support.settlement_world import OPERATOR_NAME, ZONE, SettlementWorld

_SECRET = b"a secret of this test, as long as it has to be"


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
            "TIDEMARK_TOKEN": mint_token(_SECRET, role, party or "finance", party=party),
        }
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)


@asynccontextmanager
async def settlement_server(world: SettlementWorld) -> AsyncIterator[SettlementServer]:
    """Serves on a free port."""
    settings = PartnerSettlementSettings(listen_port=0, health_port=0)
    server = GrpcServer(settings, _servicers(world))
    try:
        yield SettlementServer(await server.start())
    finally:
        await server.drain(1)


def _servicers(world: SettlementWorld) -> list[Servicer]:
    callers, clock = Callers([TokenKey("HS256", _SECRET)]), _WorldClock(world)
    settlement = SqlSettlement(world.database, ProductIds(), lambda: None)
    reader = SqlStatementReader(settlement, clock, OPERATOR_NAME, ZONE)
    reports = PartnerReports(reader, StatementRenderer(), SqlDocuments(world.database))
    return [
        _servicer(
            settlement_api_pb2_grpc.add_SettlementServiceServicer_to_server,
            SettlementServicer(settlement, callers, clock, OPERATOR_NAME, ZONE, lambda: ""),
            settlement_api_pb2,
        ),
        _servicer(
            report_api_pb2_grpc.add_PartnerReportServiceServicer_to_server,
            PartnerReportServicer(reports, callers),
            report_api_pb2,
        ),
        _servicer(
            dispute_api_pb2_grpc.add_DisputeServiceServicer_to_server,
            DisputeServicer(settlement, callers, clock),
            dispute_api_pb2,
        ),
        _servicer(
            ledger_api_pb2_grpc.add_LedgerServiceServicer_to_server,
            LedgerServicer(settlement, callers),
            ledger_api_pb2,
        ),
        _servicer(
            loyalty_api_pb2_grpc.add_LoyaltyServiceServicer_to_server,
            LoyaltyServicer(world.database, callers, clock, ZONE),
            loyalty_api_pb2,
        ),
    ]


def _servicer(add: Any, servicer: Any, file: Any) -> Servicer:
    (service,) = file.DESCRIPTOR.services_by_name.values()
    return Servicer(add, servicer, service.full_name)
