"""Cases on both databases: opened once, answered in the conversation, told, watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import open_database
from services.common.runtime.tables import OutboxEvent
from services.notification.domain.cases import CasePriority, CaseState
from services.notification.domain.conversations import Author, ConversationState, Message
from services.notification.domain.facts import FactKind
from tests.support.notification_cases import BEGIN, MIGRATIONS, CaseWorld, conversation, request
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[CaseWorld]:
    database = open_database(
        "sqlite://" if request.param == "sqlite" else new_postgres_database(), MIGRATIONS
    )
    yield CaseWorld(database)
    await database.close()


def _customer_says(text: str) -> Message:
    return Message("talk-1", 0, Author.CUSTOMER, text, BEGIN)


async def _told(world: CaseWorld) -> list[str]:
    """Ids of the events that wait to be published."""
    database = world.store._database
    return await database.run(lambda session: list(session.exec(select(OutboxEvent.message_id))))


async def _talk(world: CaseWorld) -> None:
    await world.transcripts.start(conversation())
    await world.transcripts.add(conversation(), [_customer_says("I was charged twice")], "said-1")


async def test_a_dispute_is_handed_over_answered_and_resolved_in_one_conversation(world: CaseWorld) -> None:
    await _talk(world)
    case = await world.desk.open(request(conversation_id="talk-1"))
    assert (case.state, case.language, case.tried[0].tool) == (CaseState.OPEN, "en", "explain_charge")
    handed = await world.transcripts.conversation("talk-1")
    assert handed is not None
    assert (handed.state, handed.case_id) == (ConversationState.HANDED_OVER, case.case_id)
    said = await world.desk.reply(case.case_id, "kim", "We look into it.", "reply-1")
    again = await world.desk.reply(case.case_id, "kim", "We look into it.", "reply-1")
    assert again == said
    over = await world.desk.resolve(case.case_id, "The second charge is paid back.")
    assert (over.state, over.assignee) == (CaseState.RESOLVED, "kim")
    texts = [message.text for message in await world.transcripts.messages("talk-1")]
    assert texts == ["I was charged twice", "We look into it.", "The second charge is paid back."]
    assert [message.text for _, message in world.said] == texts
    back = await world.transcripts.conversation("talk-1")
    assert back is not None
    assert back.state is ConversationState.ASSISTANT
    kinds = [fact.kind for fact in world.intake.facts]
    assert kinds == [FactKind.CASE_OPENED, FactKind.CASE_ANSWERED, FactKind.CASE_ANSWERED]
    assert await world.transcripts.rate("talk-1", 5, "quick")
    assert (await world.desk.get(case.case_id)).score == 5


async def test_the_same_request_opens_one_case_and_other_words_are_refused(world: CaseWorld) -> None:
    first, second = await asyncio.gather(world.desk.open(request()), world.desk.open(request()))
    assert first == second
    assert await world.desk.waiting() == 1
    with pytest.raises(RefusedError) as error:
        await world.desk.open(request(summary="something else"))
    assert error.value.refused.reason.name == "DUPLICATE_DIFFERS"
    # Told once: what the transaction of the other request said was undone with it.
    assert await _told(world) == [f"case-{first.case_id}-1"]


async def test_another_subscribers_conversation_cannot_be_handed_over(world: CaseWorld) -> None:
    await world.transcripts.start(conversation("talk-2", "s-2"))
    with pytest.raises(RefusedError) as error:
        await world.desk.open(request(conversation_id="talk-2"))
    assert error.value.refused.reason.name == "CONVERSATION_UNKNOWN"
    assert await world.desk.waiting() == 0


async def test_the_most_urgent_case_comes_first_then_the_oldest(world: CaseWorld) -> None:
    for number, priority in enumerate((CasePriority.LOW, CasePriority.URGENT, CasePriority.LOW)):
        world.clock.advance(1)
        await world.desk.open(request(f"r-{number}", priority))
    assert [case.case_id for case in await world.desk.queue([])] == ["case-2", "case-1", "case-3"]
    await world.desk.assign("case-1", "jo")
    assert [case.case_id for case in await world.desk.queue([], assignee="jo")] == ["case-1"]


async def test_a_resolved_case_takes_no_more_steps(world: CaseWorld) -> None:
    case = await world.desk.open(request())
    await world.desk.resolve(case.case_id, "done")
    for step in (
        world.desk.assign(case.case_id, "jo"),
        world.desk.reply(case.case_id, "jo", "hello", ""),
        world.desk.resolve(case.case_id, "again"),
    ):
        with pytest.raises(RefusedError) as error:
            await step
        assert error.value.refused.reason.name == "CASE_RESOLVED"


async def test_messages_of_many_at_once_get_places_without_gaps(world: CaseWorld) -> None:
    await world.transcripts.start(conversation())
    await asyncio.gather(
        *(
            world.transcripts.add(conversation(), [_customer_says(f"word {n}")], f"said-{n}")
            for n in range(12)
        )
    )
    stored = await world.transcripts.messages("talk-1")
    assert [message.sequence for message in stored] == list(range(1, 13))
    assert [message.text for message in await world.transcripts.answered("talk-1", "said-7")] == ["word 7"]


async def test_watchers_see_every_change_and_end_with_the_server(world: CaseWorld) -> None:
    seen: list[int] = []
    has_ended = asyncio.Event()

    async def watch() -> None:
        async for case in world.watch.following(world.store.since, 0):
            seen.append(case.revision)
            if case.state is CaseState.RESOLVED:
                has_ended.set()

    watching = asyncio.ensure_future(watch())
    case = await world.desk.open(request())
    await world.desk.assign(case.case_id, "jo")
    over = await world.desk.resolve(case.case_id, "done")
    await asyncio.wait_for(has_ended.wait(), 10)
    world.watch.end()
    await asyncio.wait_for(watching, 10)
    assert seen == sorted(set(seen))
    assert await world.store.newest_revision() == over.revision


async def test_what_a_customer_adds_shows_in_the_queue_and_takes_nothing_back(world: CaseWorld) -> None:
    await _talk(world)
    case = await world.desk.open(request(conversation_id="talk-1"))
    # As it was read before the case was opened: the conversation stays with people all the same.
    await world.transcripts.add(conversation(), [_customer_says("and one more thing")])
    stands = await world.transcripts.conversation("talk-1")
    assert stands is not None
    assert (stands.state, stands.case_id) == (ConversationState.HANDED_OVER, case.case_id)
    assert (await world.desk.get(case.case_id)).revision > case.revision


async def test_each_change_leaves_one_event(world: CaseWorld) -> None:
    case = await world.desk.open(request())
    await world.desk.assign(case.case_id, "jo")
    await world.desk.assign(case.case_id, "jo")
    assert await _told(world) == [f"case-{case.case_id}-1", f"case-{case.case_id}-2"]
