"""The writer on a good day: nothing is answered before it is durable, batches grow, callers may leave."""

from __future__ import annotations

import asyncio

import pytest

from services.charging.application import batch as batches
from services.charging.application.partition_writer import Phase, Submission
from services.charging.domain import commands
from services.charging.domain.commands import EventAction, Invocation
from services.charging.domain.summary import account_view
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA
from tests.support.charging_world import NOON, eur, report
from tests.support.writer_world import WriterWorld, described, provision, top_up


def _enquiry() -> Submission:
    command = commands.OneTimeEvent(
        EventAction.PRICE_ENQUIRY, "acme-1", "smf-1", "c-1", Invocation(1, NOON, (report(DATA, 3),))
    )
    return Submission(command, b"", b"", described)


async def _settle() -> None:
    """Lets every task that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nobody_is_answered_while_the_commit_is_held_back() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        changing = world.begin(top_up("1.00", "t-1"))
        await world.committing(2)
        refused = world.begin(top_up("1.00", account_id="nobody"))
        repeated = world.begin(top_up("1.00", "t-1"))
        enquiring = world.begin(_enquiry())
        reading = asyncio.create_task(world.writer.read(lambda state: account_view(state, "acme")))
        waiting = (changing, refused, repeated, enquiring, reading)
        await _settle()
        assert [task.done() for task in waiting] == [False] * 5
        world.journal.let_go()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[1], RefusedError)
    assert results[1].refused.reason.name == "ACCOUNT_UNKNOWN"
    assert results[2] == results[0]
    assert len(world.journal.rows) == 3, "the opening, the account, and one top-up"


async def test_a_batch_collects_while_another_is_in_flight() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        first = world.begin(top_up("0.01", "t-0"))
        await world.committing(2)
        rest = [world.begin(top_up("0.01", f"t-{number}")) for number in range(1, 6)]
        await _settle()
        world.journal.let_go()
        await asyncio.gather(first, *rest)
    assert [len(told.entries) for told in world.told] == [1, 1, 5]
    assert world.money() == eur("10.06")


async def test_a_caller_who_goes_away_does_not_take_the_commit_along() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        leaving = world.begin(top_up("1.00", "t-1"))
        staying = world.begin(top_up("2.00", "t-2"))
        await world.committing(2)
        leaving.cancel()
        await _settle()
        world.journal.let_go()
        await staying
        again = await world.top_up("1.00", "t-1")
    assert leaving.cancelled()
    assert world.money() == eur("13.00"), "both top-ups count, and the retry of the first does not"
    assert again == world.told[-1].entries[0].answer


async def test_the_same_key_with_other_content_is_refused_and_changes_nothing() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        await world.top_up("1.00", "t-1")
        with pytest.raises(RefusedError) as refused:
            await world.top_up("2.00", "t-1")
    assert refused.value.refused.reason.name == "DUPLICATE_DIFFERS"
    assert world.money() == eur("11.00")


async def test_a_full_batch_rolls_over_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_ENTRIES", 3)
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        tasks = [world.begin(top_up("0.01", "t-0"))]
        await world.committing(2)
        tasks += [world.begin(top_up("0.01", f"t-{number}")) for number in range(1, 8)]
        await _settle()
        assert world.writer.sealed_sequence == 5, "3 is in flight, 4 and 5 are full, 6 is open"
        world.journal.let_go()
        await asyncio.gather(*tasks)
        assert await world.replayed_digest() == world.live_digest()
    assert [len(told.entries) for told in world.told] == [1, 1, 3, 3, 1]


async def test_a_charge_is_named_after_the_place_of_its_entry() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        first = world.begin(top_up("0.01", "t-0"))
        await world.committing(2)
        events = [
            Submission(
                commands.OneTimeEvent(
                    EventAction.DIRECT_DEBITING,
                    "acme-1",
                    "smf-1",
                    "c-1",
                    Invocation(number, NOON, (report(DATA, 3),)),
                ),
                f"e-{number}".encode(),
                b"x",
                described,
            )
            for number in range(2)
        ]
        tasks = [first, *(world.begin(event) for event in events)]
        await _settle()
        world.journal.let_go()
        answers = await asyncio.gather(*tasks)
    assert b"'c-3-4-1-1'" in answers[1]
    assert b"'c-3-4-2-1'" in answers[2]


async def test_what_is_read_comes_with_a_sequence_that_includes_it() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        view, sequence = await world.writer.read(lambda state: account_view(state, "acme"))
        assert sequence == 2
        world.journal.hold()
        topping = world.begin(top_up("1.00"))
        await world.committing(2)
        reading = asyncio.create_task(world.writer.read(lambda state: account_view(state, "acme")))
        await _settle()
        world.journal.let_go()
        await topping
        later, later_sequence = await reading
    assert (view.buckets[0].balance, later.buckets[0].balance) == (eur("10.00"), eur("11.00"))
    assert later_sequence == 3


async def test_draining_refuses_the_new_and_finishes_the_old() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        accepted = world.begin(top_up("1.00"))
        await world.committing(2)
        draining = asyncio.create_task(world.writer.drain())
        await _settle()
        with pytest.raises(RefusedError) as refused:
            await world.top_up("2.00")
        assert refused.value.refused.reason.name == "PARTITION_UNAVAILABLE"
        assert not draining.done()
        world.journal.let_go()
        await accepted
        await draining
    assert world.writer.phase is Phase.DRAINING
    assert world.money() == eur("11.00")


async def test_a_second_process_replays_to_the_same_state_under_a_new_epoch() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        answer = await world.top_up("1.00", "t-1")
    successor = WriterWorld(world.journal)
    async with successor.running():
        assert successor.live_digest() == world.live_digest()
        assert successor.writer.epoch == 2
        assert await successor.top_up("1.00", "t-1") == answer
    assert successor.money() == eur("11.00")
