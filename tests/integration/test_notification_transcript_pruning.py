"""Old conversations and cases go, on both databases; what somebody still needs stays."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import Database, open_database
from services.notification.adapters.cases.pruning import TranscriptPruning
from services.notification.adapters.tables.cases import ConversationMessageTable
from services.notification.domain.conversations import (
    KEPT,
    Author,
    Conversation,
    ConversationState,
    Message,
)
from tests.support.notification_cases import BEGIN, MIGRATIONS, CaseWorld, request
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    url = "sqlite://" if request.param == "sqlite" else new_postgres_database()
    database = open_database(url, MIGRATIONS)
    yield database
    await database.close()


async def _talk(world: CaseWorld, conversation_id: str, *days: int, begun: int = 0) -> None:
    """A conversation in which something was said so many days after the beginning."""
    conversation = Conversation(
        conversation_id, "s-1", "a-1", "en", ConversationState.ASSISTANT, Instant(BEGIN + begun * DAY)
    )
    await world.transcripts.start(conversation)
    for day in days:
        message = Message(conversation_id, 0, Author.CUSTOMER, "hello", Instant(BEGIN + day * DAY))
        await world.transcripts.add(conversation, [message])


async def _left(world: CaseWorld, *conversation_ids: str) -> list[str]:
    return [one for one in conversation_ids if await world.transcripts.conversation(one) is not None]


async def _texts(database: Database) -> set[str]:
    statement = select(col(ConversationMessageTable.conversation_id))
    return await database.run(lambda session: set(session.exec(statement)))


async def test_conversations_go_when_nothing_was_said_for_so_long(database: Database) -> None:
    world = CaseWorld(database)
    names = [f"old-{number}" for number in range(5)]
    for name in names:
        await _talk(world, name, 0)
    await _talk(world, "silent")
    await _talk(world, "long", 0, 10)
    await _talk(world, "young", 20, begun=20)
    pruning = TranscriptPruning(database, world.clock, portion=2)
    world.clock.time = Instant(BEGIN + KEPT)
    assert await pruning.prune() == (0, 0), "not a day too early"
    world.clock.time = Instant(BEGIN + KEPT + DAY)
    assert await pruning.prune() == (0, 6)
    assert await _left(world, *names, "silent", "long", "young") == ["long", "young"]
    assert await _texts(database) == {"long", "young"}
    assert await pruning.prune() == (0, 0)
    world.clock.time = Instant(BEGIN + KEPT + 11 * DAY)
    assert await pruning.prune() == (0, 1)
    assert await _left(world, "long", "young") == ["young"]


async def test_a_conversation_stays_with_its_case_and_a_case_until_it_is_over(database: Database) -> None:
    world = CaseWorld(database)
    await _talk(world, "open", 0)
    await _talk(world, "over", 0)
    await _talk(world, "going-on", 0, 399)
    waits = await world.desk.open(request("r-1", conversation_id="open"))
    over = await world.desk.open(request("r-2", conversation_id="over"))
    earlier = await world.desk.open(request("r-3", conversation_id="going-on"))
    await world.desk.resolve(earlier.case_id, "done")
    world.clock.time = Instant(BEGIN + 30 * DAY)
    await world.desk.resolve(over.case_id, "done")
    pruning = TranscriptPruning(database, world.clock, portion=1)
    world.clock.time = Instant(BEGIN + KEPT + DAY)
    assert await pruning.prune() == (1, 0), "what was over on the first day"
    kept = await world.transcripts.conversation("going-on")
    assert kept is not None
    assert kept.case_id == "", "what is gone is not named"
    assert await world.transcripts.rate("going-on", 4, "")
    with pytest.raises(RefusedError, match="CASE_UNKNOWN"):
        await world.desk.get(earlier.case_id)
    world.clock.time = Instant(BEGIN + KEPT + 31 * DAY)
    assert await pruning.prune() == (1, 1)
    assert await _left(world, "open", "over", "going-on") == ["open", "going-on"]
    assert [case.case_id for case in await world.desk.queue([])] == [waits.case_id]
    world.clock.time = Instant(BEGIN + 10 * KEPT)
    assert await pruning.prune() == (0, 1), "only what waits is left"
    assert await _left(world, "open", "going-on") == ["open"]
