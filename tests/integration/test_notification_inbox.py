"""Inboxes on both databases: once for each cause, in order, collapsed, marked, pruned."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import Session

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import Database
from services.notification.adapters.inbox.pruning import InboxPruning
from services.notification.adapters.inbox.reading import entries_after
from services.notification.adapters.streams.reading import StoredEntries
from services.notification.domain.facts import FactKind, Recipient
from services.notification.domain.notifications import KEPT, Channel, Mark, Notification
from tests.support.notification_inbox import InboxWorld, fact, open_inbox_database
from tests.support.notification_streams import AT, recipient
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually

LATER = Instant(AT + HOUR)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Both kinds."""
    found = open_inbox_database("sqlite://" if request.param == "sqlite" else new_postgres_database())
    yield found
    found.engine.dispose()


def stored(database: Database, to: Recipient) -> list[Notification]:
    """All of an inbox."""
    return database.run_sync(lambda session: entries_after(session, to.key, 0, 1_000))


async def test_a_fact_becomes_an_entry_with_its_delivery(database: Database) -> None:
    world = InboxWorld(database)
    (new,) = await world.take(fact())
    assert (new.cursor, new.recipient, new.alert_code, new.language) == (1, recipient(), "balance-low", "de")
    assert (new.title, new.data, new.collapse_key) == ("Title of c-1", {"cause": "c-1"}, "balance-low/b-1")
    assert stored(database, recipient()) == [new] == world.told
    ((planned, draft),) = world.planned.pairs
    assert (planned, draft.chain) == (new, (Channel.EMAIL,))
    await world.take(fact(to=recipient(2)), fact(to=Recipient(party_code="p")))
    assert [(customer is not None, language) for customer, language in world.rules.seen] == [
        (True, "de"),
        (False, ""),
        (False, ""),
    ]


async def test_what_was_told_is_not_told_again(database: Database) -> None:
    world = InboxWorld(database, with_operator=True)
    assert len(await world.take(fact(), fact())) == 2
    assert await world.take(fact()) == ()
    again = await world.take(fact(), fact(to=recipient(2)), fact(kind=FactKind.TOPPED_UP))
    assert [(one.cursor, one.recipient.key, one.alert_code) for one in again] == [
        (3, "subscriber-s-2", "balance-low"),
        (4, "subscriber-s-1", "topped-up"),
    ]
    assert [one.alert_code for one in stored(database, Recipient(operator=True))] == ["balance-low-operator"]


async def test_without_rules_and_of_facts_too_old_nothing_is_told(database: Database) -> None:
    world = InboxWorld(database)
    assert await world.take() == ()
    assert await world.take(fact(at=Instant(AT - KEPT - 1))) == ()
    world.in_force.compiled = None
    assert await world.take(fact()) == ()
    assert world.told == []


async def test_a_transaction_that_is_undone_tells_nothing_and_leaves_no_gap(database: Database) -> None:
    world = InboxWorld(database)
    world.planned.failures = 1
    with pytest.raises(OSError, match="deliveries are away"):
        await world.take(fact(), fact("c-2"))
    assert stored(database, recipient()) == []
    assert [one.cursor for one in await world.take(fact(), fact("c-2"))] == [1, 2]


async def test_only_the_newest_of_a_collapse_key_stays_in_sight(database: Database) -> None:
    world = InboxWorld(database)
    await world.take(fact("c-1"), fact("c-2", about="b-2"), fact("c-1", recipient(2)))
    third, fourth = await world.take(fact("c-3"), fact("c-4"))
    assert (third.superseded, fourth.superseded) == (True, False)
    assert [one.cursor for one, _ in world.planned.pairs] == [1, 2, 3, fourth.cursor]
    page = await world.inbox.page(recipient(), 0, 10)
    assert [one.data["cause"] for one in page.notifications] == ["c-2", "c-4"]
    assert (page.next_cursor, page.unread) == (fourth.cursor, 2)
    # An older cause that is told of late does not take the place of a newer one.
    (late,) = await world.take(fact("c-0", at=Instant(AT - HOUR)))
    assert (late.superseded, world.planned.pairs[-1][0]) == (True, fourth)
    page = await world.inbox.page(recipient(), 0, 10, include_hidden=True)
    assert [(one.data["cause"], one.superseded) for one in page.notifications] == [
        ("c-1", True),
        ("c-2", False),
        ("c-3", True),
        ("c-4", False),
        ("c-0", True),
    ]
    assert len((await world.inbox.page(recipient(2), 0, 10)).notifications) == 1


async def test_pages_follow_one_another(database: Database) -> None:
    world = InboxWorld(database)
    await world.take(*(fact(f"c-{n}", recipient(n % 2), about=str(n)) for n in range(7)))
    first = await world.inbox.page(recipient(), 0, 2)
    second = await world.inbox.page(recipient(), first.next_cursor, 2)
    assert [one.cursor for one in (*first.notifications, *second.notifications)] == [2, 4, 6]
    third = await world.inbox.page(recipient(), second.next_cursor, 2)
    assert (third.notifications, third.next_cursor, third.unread) == ((), 6, 3)
    with pytest.raises(RefusedError, match="CURSOR_INVALID"):
        await world.inbox.page(recipient(), 8, 2)


async def test_marks_are_kept_once_and_of_ones_own_only(database: Database) -> None:
    world = InboxWorld(database)
    new = await world.take(*(fact(f"c-{n}", about=str(n)) for n in range(4)))
    ids = [one.notification_id for one in new]
    assert await world.inbox.mark(recipient(), [ids[0], ids[0], "unknown"], Mark.READ) == 3
    assert await world.inbox.mark(recipient(2), ids, Mark.DISMISSED) == 0
    world.clock.advance(60)
    assert await world.inbox.mark(recipient(), ids[:2], Mark.DISMISSED) == 2
    world.clock.advance(60)
    assert await world.inbox.mark(recipient(), ids[:2], Mark.DISMISSED) == 2
    assert await world.inbox.mark(recipient(), ids[:1], Mark.READ) == 2
    assert await world.inbox.mark(recipient(), [], Mark.READ) == 2
    assert world.changed == [recipient().key, recipient().key]
    found = stored(database, recipient())
    dismissed = Instant(AT + 60_000_000)
    assert [(one.read_at, one.dismissed_at) for one in found[:3]] == [
        (AT, dismissed),
        (None, dismissed),
        (None, None),
    ]
    page = await world.inbox.page(recipient(), 0, 10)
    assert [one.notification_id for one in page.notifications] == ids[2:]


async def test_after_thirty_days_an_entry_is_deleted_and_never_told_again(database: Database) -> None:
    world = InboxWorld(database)
    ahead = fact("ahead", at=Instant(AT + 2 * DAY), about="b-9")
    await world.take(*(fact(f"c-{n}", about=str(n)) for n in range(5)), ahead)
    pruning = InboxPruning(database, world.clock, portion=2)
    world.clock.time = Instant(AT + KEPT)
    assert await pruning.prune() == 0
    await world.take(fact("new", at=world.clock.time))
    world.clock.advance(1)
    assert await pruning.prune() == 5
    assert [one.data["cause"] for one in stored(database, recipient())] == ["ahead", "new"]
    assert await world.take(fact("c-1"), ahead) == ()
    world.clock.time = Instant(AT + 3 * DAY + KEPT)
    assert await pruning.prune() == 1
    world.clock.time = Instant(AT + 3 * DAY + 2 * KEPT)
    assert await pruning.prune() == 1
    # Cursors go on where they were, though nothing is left.
    (new,) = await world.take(fact("newer", at=world.clock.time))
    assert new.cursor == 8


async def test_many_facts_at_once(database: Database) -> None:
    world = InboxWorld(database)
    facts = [fact(f"c-{n}", recipient(n % 50), about=str(n % 3)) for n in range(1_200)]
    await world.take(*facts[:700])
    new = await world.take(*facts)
    assert [one.cursor for one in new] == list(range(701, 1_201))
    in_sight = [one for n in range(50) for one in stored(database, recipient(n)) if not one.hidden]
    assert len(in_sight) == 150
    assert {one.data["cause"] for one in in_sight} == {f"c-{n}" for n in range(1_050, 1_200)}


async def test_watchers_that_ask_together_are_answered_from_their_own_cursors(database: Database) -> None:
    world = InboxWorld(database)
    await world.take(*(fact(f"c-{n}", recipient(n % 2), about=str(n)) for n in range(9)))
    entries = StoredEntries(database, page=3)
    assert await entries.last_cursor() == 9
    page = await entries.after(recipient().key, 2)
    assert ([one.cursor for one in page.entries], page.through) == ([4, 6, 8], 8)
    page = await entries.after(recipient().key, 4)
    assert ([one.cursor for one in page.entries], page.through) == ([6, 8], 9)
    assert (await entries.after(recipient(5).key, 0)).through == 9
    with pytest.raises(RefusedError, match="CURSOR_INVALID"):
        await entries.after(recipient().key, 10)


async def test_no_reader_goes_past_a_cursor_that_is_committed_later() -> None:
    """Two transactions at once on PostgreSQL: the second waits for cursors until the first is over."""
    database = open_inbox_database(new_postgres_database())
    world = InboxWorld(database)
    await world.take(fact("c-0"))
    second: list[Notification] = []

    def take_second() -> None:
        second.extend(database.run_sync(lambda session: world.intake.take(session, [fact("c-2")])))

    other = threading.Thread(target=take_second)
    with Session(database.engine, expire_on_commit=False) as session, session.begin():
        (first,) = world.intake.take(session, [fact("c-1")])
        other.start()
        await eventually(lambda: _somebody_waits(database), what="the second transaction waits")
        assert [one.cursor for one in stored(database, recipient())] == [1]
    other.join(10)
    assert (first.cursor, [one.cursor for one in second]) == (2, [3])
    assert [one.superseded for one in stored(database, recipient())] == [True, True, False]
    await database.close()


async def test_two_transactions_with_the_same_cause_tell_of_it_once() -> None:
    database = open_inbox_database(new_postgres_database())
    world = InboxWorld(database)
    facts = [fact(f"c-{n}", recipient(n % 3)) for n in range(40)]
    found: list[Notification] = []

    def take(mine: list[int]) -> None:
        for begin in mine:
            some = facts[begin : begin + 10]
            found.extend(database.run_sync(lambda session: world.intake.take(session, some)))  # noqa: B023

    threads = [threading.Thread(target=take, args=(order,)) for order in ([0, 10, 20], [20, 30, 0, 5])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(one.data["cause"] for one in found) == sorted(f"c-{n}" for n in range(40))
    assert sorted(one.cursor for one in found) == list(range(1, 41))
    await database.close()


def _somebody_waits(database: Database) -> bool:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with database.engine.connect() as connection:
        return bool(connection.execute(waiting).scalar_one())
