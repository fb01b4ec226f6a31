"""NotificationRuleService on a real gRPC server and a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from tidemark.notification.v1 import rules_api_pb2 as api
from tidemark.notification.v1 import rules_api_pb2_grpc

from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import Database
from services.common.runtime.database_engine import SQLITE, open_engine
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.tables import create_runtime_tables
from services.common.runtime.token_keys import TokenKey
from services.notification.adapters.grpc_rules import (
    NotificationRuleServicer,
    RuleUseCases,
    rule_use_cases,
)
from services.notification.adapters.migrations.parts import rules as tables
from services.notification.adapters.rules.messages import source_of
from services.notification.adapters.rules.sql_store import SqlRulesStore
from services.notification.settings import NotificationSettings
from tests.support.catalog import SteppedClock
from tests.support.notification_rules import SMALL_RULES, rules_files

_SECRET = b"a secret of this test, as long as it has to be"
_SERVICE = api.DESCRIPTOR.services_by_name["NotificationRuleService"].full_name


@dataclass
class RulesServer:
    """What runs."""

    database: Database
    use_cases: RuleUseCases
    address: str

    @asynccontextmanager
    async def stub(self, role: Role | None = Role.OPERATOR, account: str = "") -> AsyncIterator[Any]:
        """Calls it as somebody; None: without a token."""
        token = mint_token(_SECRET, role, "desk", account=account) if role else ""
        channel: grpc.aio.Channel = connect(self.address, token=token)
        try:
            yield rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        finally:
            await channel.close(None)

    @property
    def operator_token(self) -> str:
        """Who the command line is."""
        return mint_token(_SECRET, Role.OPERATOR, "desk")


def open_rules_database(url: str) -> Database:
    """A database with nothing but rules and the outbox."""
    engine = open_engine(url, 8)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        tables.create_tables(operations)
        create_runtime_tables(operations)
    return Database(engine, 1 if engine.dialect.name == SQLITE else 8)


@asynccontextmanager
async def rules_server(url: str) -> AsyncIterator[RulesServer]:
    """Serves on a free port."""
    database = open_rules_database(url)
    use_cases = rule_use_cases(SqlRulesStore(database), SteppedClock())
    servicer = NotificationRuleServicer(use_cases, Callers([TokenKey("HS256", _SECRET)]))
    server = GrpcServer(
        NotificationSettings(listen_port=0, health_port=0),
        [Servicer(rules_api_pb2_grpc.add_NotificationRuleServiceServicer_to_server, servicer, _SERVICE)],
    )
    try:
        yield RulesServer(database, use_cases, await server.start())
    finally:
        await server.drain(1)
        await database.close()


def rules_source(rules: str = SMALL_RULES) -> api.RulesSource:
    """Small rules as a message."""
    return source_of(rules_files(rules))


def publish_request(request_id: str, rules: str = SMALL_RULES, comment: str = "") -> api.PublishRulesRequest:
    """One text of rules beside the small words."""
    return api.PublishRulesRequest(request_id=request_id, source=rules_source(rules), comment=comment)


async def refusal(call: Any) -> tuple[str, str]:
    """(status, reason) of a call that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    info = error_info(failed.value)
    assert info is not None
    return failed.value.code().name, info.reason
