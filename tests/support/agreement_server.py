"""AgreementService on a real gRPC server and a real database; the catalog and what is settled are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import grpc
import pytest
from sqlmodel import Session
from tidemark.partner_settlement.v1 import agreement_api_pb2 as api
from tidemark.partner_settlement.v1 import agreement_api_pb2_grpc

from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.grpc_agreements import AgreementServicer, agreement_use_cases
from services.partner_settlement.adapters.sql_agreements import SqlAgreementStore
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.sql_simulator import SqlSimulator
from services.partner_settlement.application.agreement_ports import CatalogUnreachableError
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.main import MIGRATIONS
from services.partner_settlement.settings import PartnerSettlementSettings
from tests.support.agreement_files import SMALL_AGREEMENTS
from tests.support.catalog import SteppedClock

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["AgreementService"].full_name


@dataclass
class AgreementServer:
    """`catalog` None: unreachable. `settled`: last day of the latest period closed for an agreement."""

    store: SqlAgreementStore
    address: str = ""
    catalog: CatalogView | None = None
    settled: dict[str, date] = field(default_factory=dict)

    async def newest(self) -> CatalogView | None:
        """The catalog port."""
        if self.catalog is None:
            raise CatalogUnreachableError("the catalog service is away")
        return self.catalog

    @asynccontextmanager
    async def stub(self, role: Role | None = Role.OPERATOR, party: str = "") -> AsyncIterator[Any]:
        """Calls it as somebody; None: without a token."""
        token = mint_token(_SECRET, role, party or "desk", party=party) if role else ""
        channel: grpc.aio.Channel = connect(self.address, token=token)
        try:
            yield agreement_api_pb2_grpc.AgreementServiceStub(channel)
        finally:
            await channel.close(None)

    @staticmethod
    def operator_environment(address: str) -> dict[str, str]:
        """Where and who the command line is."""
        token = mint_token(_SECRET, Role.OPERATOR, "desk")
        return {"TIDEMARK_PARTNER_SETTLEMENT_ADDRESS": address, "TIDEMARK_TOKEN": token}


@asynccontextmanager
async def agreement_server(url: str) -> AsyncIterator[AgreementServer]:
    """Serves on a free port."""
    database = open_database(url, MIGRATIONS, 8)
    settled: dict[str, date] = {}

    def latest_settled_day(_session: Session, agreement_code: str) -> date | None:
        return settled.get(agreement_code)

    running = AgreementServer(SqlAgreementStore(database, latest_settled_day), settled=settled)
    clock = SteppedClock()
    settlement = SqlSettlement(database, ProductIds(), lambda: None)
    use_cases = agreement_use_cases(running.store, running, SqlSimulator(settlement, clock, "UTC"), clock)
    servicer = AgreementServicer(use_cases, Callers([TokenKey("HS256", _SECRET)]))
    server = GrpcServer(
        PartnerSettlementSettings(listen_port=0, health_port=0),
        [
            Servicer(
                agreement_api_pb2_grpc.add_AgreementServiceServicer_to_server,
                servicer,
                _SERVICE,
            )
        ],
    )
    try:
        running.address = await server.start()
        yield running
    finally:
        await server.drain(1)
        await database.close()


def agreement_source(*texts: str) -> api.AgreementSource:
    """Texts as the files `1.yaml`, `2.yaml`, ..."""
    return api.AgreementSource(
        files=[
            api.AgreementFile(name=f"{number}.yaml", content=text)
            for number, text in enumerate(texts, start=1)
        ]
    )


def publish_request(
    request_id: str, text: str = SMALL_AGREEMENTS, actor: str = "desk"
) -> api.PublishAgreementsRequest:
    """One text as a set of agreements."""
    return api.PublishAgreementsRequest(request_id=request_id, source=agreement_source(text), actor=actor)


async def refusal(call: Any) -> tuple[str, str]:
    """(status, reason) of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    info = error_info(failed.value)
    assert info is not None
    return failed.value.code().name, info.reason
