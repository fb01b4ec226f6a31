"""Facts told twice, out of order, in transactions that are undone and repeated: inboxes show none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.notification.adapters.inbox.reading import entries_after
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.streams.reading import StoredEntries
from services.notification.domain.facts import Fact, Recipient
from services.notification.domain.notifications import Notification
from tests.support.notification_inbox import InboxWorld, fact, open_inbox_database
from tests.support.notification_streams import AT, MemoryInboxes, cursors, recipient, waiting

RECIPIENTS = [recipient(1), recipient(2), Recipient(party_code="music-co")]


@dataclass(frozen=True)
class Transaction:
    """Facts that are taken together; `undone` so often before it is committed."""

    causes: Sequence[int]
    undone: int


def happened(cause: int) -> Fact:
    """A cause is always of the same thing, to the same recipient, at the same time."""
    to, about, at = RECIPIENTS[cause % 3], cause // 3 % 2, cause * 7 % 11
    return fact(f"c-{cause}", to, Instant(AT + at), f"b-{about}")


TRANSACTIONS = st.lists(
    st.builds(Transaction, st.lists(st.integers(0, 29), max_size=8), st.integers(0, 2)), max_size=10
)


@settings(max_examples=60)
@given(TRANSACTIONS)
def test_each_cause_is_told_once_in_order_and_the_newest_is_in_sight(transactions: list[Transaction]) -> None:
    asyncio.run(_play(transactions))


async def _play(transactions: list[Transaction]) -> None:
    world = InboxWorld(open_inbox_database("sqlite://"))
    stored = StoredEntries(world.database)
    hub = StreamHub(stored, MemoryInboxes(), 10, asyncio.Event())
    watch = hub.watch(RECIPIENTS[0], None)
    for transaction in transactions:
        facts = [happened(cause) for cause in transaction.causes]
        for _ in range(transaction.undone):
            await _undone(world, facts)
        hub.told(await world.take(*facts))
    first_told = list(dict.fromkeys(cause for one in transactions for cause in one.causes))
    for to in RECIPIENTS:
        entries = world.database.run_sync(partial(entries_after, recipient_key=to.key, cursor=0, size=1_000))
        assert [one.data["cause"] for one in entries] == [
            f"c-{cause}" for cause in first_told if RECIPIENTS[cause % 3] == to
        ]
        _check_in_sight(entries)
    assert [one.cursor for one in world.told] == list(range(1, len(first_told) + 1))
    mine = [one.cursor for one in world.told if one.recipient == RECIPIENTS[0]]
    assert cursors(await waiting(watch)) == mine
    await world.database.close()


async def _undone(world: InboxWorld, facts: Sequence[Fact]) -> None:
    class UndoneError(Exception):
        """The transaction fails after everything."""

    def take(session: object) -> None:
        world.intake.take(session, facts)  # type: ignore[arg-type]
        raise UndoneError

    try:
        await world.database.run(take)
    except UndoneError:
        return


def _check_in_sight(entries: Sequence[Notification]) -> None:
    for key in {one.collapse_key for one in entries}:
        same = [one for one in entries if one.collapse_key == key]
        newest = max(same, key=lambda one: (one.occurred_at, one.cursor))
        assert [one for one in same if not one.hidden] == [newest]
