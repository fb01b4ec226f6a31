"""Streams: who hears of what, in which order, and what becomes of those who are slow."""

from __future__ import annotations

import asyncio
import gc

import pytest

from services.common.kernel.outcome import RefusedError
from services.notification.adapters.streams.watcher import MOST_MESSAGES
from services.notification.application.ports import Balances
from services.notification.domain.conversations import Message
from services.notification.domain.facts import Recipient
from tests.support.notification_streams import (
    Streams,
    balances,
    cursors,
    message,
    recipient,
    settled,
    waiting,
)


async def test_a_stream_from_now_on_hears_what_comes_without_asking_the_database() -> None:
    streams = Streams()
    streams.tell()
    watch = streams.hub.watch(recipient(), None)
    assert await waiting(watch) == []
    streams.tell(recipient(2))
    streams.tell(count=2)
    assert cursors(await waiting(watch)) == [3, 4]
    assert streams.inboxes.reads == 0


async def test_after_a_restart_from_now_on_begins_where_inboxes_end() -> None:
    streams = Streams()
    streams.inboxes.commit(recipient(), 2)
    await streams.hub.start()
    watch = streams.hub.watch(recipient(), None)
    streams.tell()
    assert cursors(await waiting(watch)) == [3]
    assert streams.inboxes.reads == 0


async def test_a_stream_from_a_cursor_reads_what_is_stored_page_by_page() -> None:
    streams = Streams(page=3)
    for number in (1, 2):
        streams.tell(recipient(number), 8)
    watch = streams.hub.watch(recipient(), 2)
    streams.hub.notified([])
    assert cursors(await waiting(watch)) == [3, 4, 5, 6, 7, 8]
    assert streams.inboxes.reads == 3
    streams.tell()
    assert cursors(await waiting(watch)) == [17]
    assert streams.inboxes.reads == 3


async def test_a_reader_that_comes_late_to_its_turn_reads_from_the_database() -> None:
    streams = Streams(most_recent=4)
    watch = streams.hub.watch(recipient(), 0)
    for _ in range(5):
        streams.tell(count=2)
    assert cursors(await waiting(watch)) == list(range(1, 11))


async def test_what_is_told_out_of_order_is_heard_in_order_once() -> None:
    streams = Streams()
    streams.tell(recipient(2))
    watch = streams.hub.watch(recipient(), None)
    other = streams.hub.watch(recipient(2), None)
    assert (await waiting(watch), await waiting(other)) == ([], [])
    first = streams.inboxes.commit(recipient())
    second = streams.inboxes.commit(recipient(2))
    third = streams.inboxes.commit(recipient())
    streams.hub.told(third)
    assert cursors(await waiting(watch)) == [2, 4]
    streams.hub.told(second)
    streams.hub.told(first)
    assert cursors(await waiting(watch)) == []
    assert cursors(await waiting(other)) == [3]
    streams.tell()
    assert cursors(await waiting(watch)) == [5]


async def test_only_the_newest_balance_waits_and_an_older_one_is_none() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0, with_balance=True)
    for seq in (5, 7, 6):
        streams.hub.moved(balances(seq))
    streams.hub.moved(balances(9, number=2))
    assert await waiting(watch) == [balances(7)]
    streams.hub.moved(balances(8))
    assert await waiting(watch) == [balances(8)]


async def test_a_stream_with_balance_begins_with_the_present_one() -> None:
    streams = Streams()
    streams.inboxes.present["a-1"] = balances(4)
    watch = streams.hub.watch(recipient(), 0, with_balance=True)
    assert await waiting(watch) == [balances(4)]
    late = streams.hub.watch(recipient(), 0, with_balance=True)
    streams.hub.moved(balances(5))
    assert await waiting(late) == [balances(5)]


async def test_balances_that_move_all_the_time_hold_no_notification_up() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0, with_balance=True, with_conversations=True)
    streams.tell(count=2)
    streams.hub.said("s-1", message(1))
    found = []
    for seq in range(10):
        streams.hub.moved(balances(seq))
        found.append(await watch.__anext__())
    assert cursors(found) == [1, 2]
    assert [one for one in found if isinstance(one, Message)] == [message(1)]
    assert isinstance(found[-1], Balances)


async def test_of_a_conversation_that_is_not_read_the_newest_message_says_so() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0, with_conversations=True)
    unwanted = streams.hub.watch(recipient(), 0)
    streams.hub.said("s-1", message(1, "c-2"))
    for sequence in range(1, 2 * MOST_MESSAGES):
        streams.hub.said("s-1", message(sequence))
    found = await waiting(watch)
    assert found[0] == message(1, "c-2")
    assert found[1:] == [message(sequence) for sequence in range(MOST_MESSAGES + 1, 2 * MOST_MESSAGES)]
    assert await waiting(unwanted) == []


async def test_however_many_conversations_there_are_so_many_messages_wait() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0, with_conversations=True)
    for number in range(2 * MOST_MESSAGES):
        streams.hub.said("s-1", message(1, f"c-{number}"))
    assert len(await waiting(watch)) == MOST_MESSAGES


async def test_too_many_streams_are_refused_until_one_is_closed() -> None:
    streams = Streams(most_streams=2)
    one = streams.hub.watch(recipient(), 0, with_balance=True, with_conversations=True)
    other = streams.hub.watch(recipient(2), 0)
    with pytest.raises(RefusedError, match="TOO_MANY_STREAMS"):
        streams.hub.watch(recipient(3), 0)
    await one.aclose()
    await one.aclose()
    assert await waiting(one) == []
    assert streams.hub.streams == 1
    another = streams.hub.watch(recipient(3), 0)
    assert await waiting(another) == await waiting(other) == []


async def test_a_stream_that_is_lost_is_closed() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0)
    assert streams.hub.streams == 1
    del watch
    gc.collect()
    await settled()
    assert streams.hub.streams == 0


async def test_streams_end_with_the_server() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0)
    pulled = asyncio.ensure_future(watch.__anext__())
    await settled()
    streams.stopping.set()
    with pytest.raises(StopAsyncIteration):
        await pulled
    assert await waiting(streams.hub.watch(recipient(), 0)) == []


async def test_a_stream_that_is_closed_while_it_waits_ends() -> None:
    streams = Streams()
    watch = streams.hub.watch(recipient(), 0)
    pulled = asyncio.ensure_future(watch.__anext__())
    await settled()
    await watch.aclose()
    with pytest.raises(StopAsyncIteration):
        await pulled


async def test_a_reading_that_fails_can_be_tried_again() -> None:
    streams = Streams()
    streams.inboxes.commit(recipient())
    await streams.hub.start()
    watch = streams.hub.watch(recipient(), 0)
    streams.inboxes.failure = OSError("the disk is gone")
    with pytest.raises(OSError, match="the disk is gone"):
        await watch.__anext__()
    streams.inboxes.failure = None
    assert cursors(await waiting(watch)) == [1]


async def test_partners_and_the_operator_hear_of_their_own() -> None:
    streams = Streams()
    party, operator = Recipient(party_code="music-co"), Recipient(operator=True)
    watches = [streams.hub.watch(one, 0, with_balance=True) for one in (party, operator)]
    streams.tell(party)
    streams.tell(operator)
    assert [cursors(await waiting(watch)) for watch in watches] == [[1], [2]]
