"""Proposals and suspended lines on real databases: what is kept, and how steps are taken once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session

from services.common.kernel.clock import DAY, Instant
from services.common.runtime.database import Database
from services.common.runtime.database_engine import SQLITE, open_engine
from services.notification.adapters.migrations.parts.proposals import create_tables
from services.notification.adapters.tables.proposals import ProposalTable
from services.notification.adapters.tools.sql_proposals import SqlProposals, SqlSuspensions, forget_suspension
from services.notification.domain.confirming import Proposal, ProposalState, token_key
from services.notification.domain.tools import ToolAnswer
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_peers import NOW, SUBSCRIBER
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    engine = open_engine("sqlite://" if request.param == "sqlite" else new_postgres_database(), 4)
    with engine.begin() as connection:
        create_tables(Operations(MigrationContext.configure(connection)))
    opened = Database(engine, 1 if engine.dialect.name == SQLITE else 4)
    try:
        yield opened
    finally:
        await opened.close()


def proposal(key: str, at: int = NOW) -> Proposal:
    return Proposal(
        *(key, SUBSCRIBER, "anna", "buy_add_on", '{"offering_code":"ä"}', "{}", "1.99 EUR", "de"),
        *(Instant(at), Instant(at + 600_000_000)),
    )


async def test_the_schema_is_that_of_the_tables(database: Database) -> None:
    mine = {"proposal", "suspended_line"}

    def compare(session: Session) -> list[object]:
        options = {"include_name": lambda name, kind, _parents: kind != "table" or name in mine}
        context = MigrationContext.configure(session.connection(), opts=options)
        found = compare_metadata(context, ProposalTable.metadata)
        return [change for change in found if "proposal" in str(change) or "suspended" in str(change)]

    assert await database.run(compare) == []


async def test_the_first_outcome_stands(database: Database) -> None:
    proposals = SqlProposals(database)
    await proposals.add(proposal("k"))
    assert await proposals.find("k") == proposal("k")
    assert await proposals.find("other") is None
    await proposals.begin("k", Instant(NOW + 5))
    await proposals.begin("k", Instant(NOW + 9))
    assert [item.key for item in await proposals.begun_before(Instant(NOW + 6), 10)] == ["k"]
    assert await proposals.begun_before(Instant(NOW + 5), 10) == []
    assert await proposals.finish("k", '{"first":1}') == '{"first":1}'
    assert await proposals.finish("k", '{"second":1}') == '{"first":1}'
    done = await proposals.find("k")
    assert done is not None
    assert (done.state, done.outcome_json) == (ProposalState.DONE, '{"first":1}')
    await proposals.begin("k", Instant(NOW + 9))
    assert await proposals.begun_before(Instant(NOW + 99), 10) == []


async def test_old_ones_are_forgotten_but_not_those_in_the_middle(database: Database) -> None:
    proposals = SqlProposals(database)
    for key, at in (("old", NOW - 2 * DAY), ("begun", NOW - 2 * DAY), ("new", NOW)):
        await proposals.add(proposal(key, at))
    await proposals.begin("begun", NOW)
    assert await proposals.forget(Instant(NOW - DAY)) == 1
    assert await proposals.find("old") is None
    assert await proposals.find("begun") is not None


async def test_suspended_lines(database: Database) -> None:
    suspensions = SqlSuspensions(database)
    assert await suspensions.since(SUBSCRIBER) is None
    await suspensions.put(SUBSCRIBER, NOW)
    await suspensions.put(SUBSCRIBER, Instant(NOW + 1))
    assert await suspensions.since(SUBSCRIBER) == NOW
    await suspensions.remove(SUBSCRIBER)
    assert await suspensions.since(SUBSCRIBER) is None
    await suspensions.put(SUBSCRIBER, NOW)
    await database.run(lambda session: forget_suspension(session, SUBSCRIBER))
    assert await suspensions.since(SUBSCRIBER) is None


async def test_a_purchase_on_a_database_survives_a_restart_in_the_middle(database: Database) -> None:
    def world() -> ToolWorld:
        return ToolWorld(proposals=SqlProposals(database), suspensions=SqlSuspensions(database))  # type: ignore[arg-type]

    before = world()
    proposed = await before.proposal("buy_add_on", offering_code="booster")
    assert await SqlProposals(database).find(token_key(proposed.confirmation_token)) is not None
    before.charging.silent, before.charging.answers_late = 1, True
    await before.yes(proposed)
    after = world()
    after.charging = before.charging
    after.__post_init__()
    after.clock.advance(3600)
    assert await after.toolbox.sweep() == 1
    answer = await after.yes(proposed)
    assert isinstance(answer, ToolAnswer)
    assert after.charging.actions == ["subscribe booster"]
