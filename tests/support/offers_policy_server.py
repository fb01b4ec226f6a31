"""OfferPolicyService on a real gRPC server and a real database; the catalog is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from tidemark.offers.v1 import policy_api_pb2 as api
from tidemark.offers.v1 import policy_api_pb2_grpc

from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.offers.adapters.grpc_policies import OfferPolicyServicer, PolicyUseCases, policy_use_cases
from services.offers.adapters.sql_policies import SqlPolicyStore
from services.offers.application.policy_ports import CatalogUnreachableError
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.settings import OffersSettings
from tests.support.catalog import SteppedClock
from tests.support.offers_policies import CATALOG, SMALL_POLICIES, policy_files

MIGRATIONS = "services.offers.adapters.migrations"
_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["OfferPolicyService"].full_name


@dataclass
class ToldCatalog:
    """The Catalog port; None: unreachable."""

    terms: CatalogTerms | None = None

    async def newest(self) -> CatalogTerms | None:
        """What is told."""
        if self.terms is None:
            raise CatalogUnreachableError("the catalog service is away")
        return self.terms


@dataclass
class PolicyServer:
    """What runs."""

    database: Database
    catalog: ToldCatalog
    use_cases: PolicyUseCases
    address: str

    @asynccontextmanager
    async def stub(self, role: Role | None = Role.OPERATOR, party: str = "") -> AsyncIterator[Any]:
        """Calls it as somebody; None: without a token."""
        token = mint_token(_SECRET, role, party or "desk", party=party) if role else ""
        channel: grpc.aio.Channel = connect(self.address, token=token)
        try:
            yield policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        finally:
            await channel.close(None)

    def operator_environment(self) -> dict[str, str]:
        """Where and who the command line is."""
        token = mint_token(_SECRET, Role.OPERATOR, "desk")
        return {"TIDEMARK_OFFERS_ADDRESS": self.address, "TIDEMARK_TOKEN": token}


@asynccontextmanager
async def policy_server(url: str) -> AsyncIterator[PolicyServer]:
    """Serves on a free port."""
    database = open_database(url, MIGRATIONS, 8)
    catalog = ToldCatalog(CATALOG)
    use_cases = policy_use_cases(SqlPolicyStore(database), catalog, SteppedClock())
    servicer = OfferPolicyServicer(use_cases, Callers([TokenKey("HS256", _SECRET)]))
    server = GrpcServer(
        OffersSettings(listen_port=0, health_port=0),
        [Servicer(policy_api_pb2_grpc.add_OfferPolicyServiceServicer_to_server, servicer, _SERVICE)],
    )
    try:
        yield PolicyServer(database, catalog, use_cases, await server.start())
    finally:
        await server.drain(1)
        await database.close()


def policy_source(*texts: str) -> api.PolicySource:
    """Texts as the files `1.yaml`, `2.yaml`, ... beside the small places."""
    files = policy_files(*texts)
    return api.PolicySource(files=[api.PolicyFile(name=file.name, content=file.content) for file in files])


def publish_request(
    request_id: str, text: str = SMALL_POLICIES, actor: str = "desk"
) -> api.PublishPoliciesRequest:
    """One text as a set of policies."""
    return api.PublishPoliciesRequest(request_id=request_id, source=policy_source(text), actor=actor)


async def refusal(call: Any) -> tuple[str, str]:
    """(status, reason) of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    info = error_info(failed.value)
    assert info is not None
    return failed.value.code().name, info.reason
