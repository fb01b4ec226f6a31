"""Presences in SQL, on both databases: entered once whoever reports at the same time, and erased whole."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from services.common.kernel.clock import SECOND, Instant
from services.common.runtime.database import Database, open_database
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.forgetting import StalePlaces
from services.offers.adapters.places.happenings import ChargedUsage, FenceEntries
from services.offers.adapters.places.sql_presences import FenceEntry, SqlPresences, erase_places
from services.offers.adapters.profiles.inbox import WaitingTrigger, add_triggers
from services.offers.adapters.profiles.rows import Rows
from services.offers.adapters.tables.locations import FenceEntryTable, LastFixTable, PresenceTable
from services.offers.application.locating import Located, LocationReport, Locator
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.application.pushing import Pusher, Waiting
from services.offers.domain.places import STALE_AFTER, Crossing, Presence, PresenceState
from services.offers.domain.policies import Purpose, TriggerKind
from services.offers.domain.profiles.fold import Stirred
from services.offers.domain.triggers import Happened
from services.offers.main import MIGRATIONS
from tests.support.charging_world import ManualClock
from tests.support.offers_places import ConsentsInMemory, FixedFences, circle, fix_at
from tests.support.offers_triggers import (
    CustomersByHand,
    NotedDecisions,
    PoliciesByHand,
    customer,
    on,
    policies_with,
    triggered,
)
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually

LOCATION = frozenset({Purpose.LOCATION})
SUBSCRIBERS = [f"s-{number}" for number in range(40)]
ENTERED = FenceCrossed("stadium", Crossing.ENTERED)
LEFT = FenceCrossed("stadium", Crossing.LEFT)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    opened = open_database(url, MIGRATIONS)
    yield opened
    await opened.close()


class World:
    """A locator on a database, as one process has it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        self.presences = SqlPresences(database, self.clock)
        self.consents = ConsentsInMemory(dict.fromkeys(SUBSCRIBERS, LOCATION))
        fences = FixedFences(FenceIndex([circle(), circle("mall", radius=5_000, dwell=600)]))
        self.locator = Locator(fences, self.presences, self.consents, self.clock, lambda: None)

    def at(self, seconds: int) -> Instant:
        return Instant(self.clock.now() + seconds * SECOND)

    async def report(self, *fixes: tuple[str, int, float]) -> Located:
        """Subscriber, seconds from now, metres from the middle of the stadium."""
        return await self.locator.report(
            [LocationReport(who, self.at(seconds), fix_at(metres)) for who, seconds, metres in fixes]
        )

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return await self.database.run(_rows)


def _rows(session: Session) -> dict[str, int]:
    return {
        "last": len(session.exec(select(LastFixTable)).all()),
        "presence": len(session.exec(select(PresenceTable)).all()),
        "entry": len(session.exec(select(FenceEntryTable)).all()),
    }


async def test_a_walk_in_and_out_leaves_one_entry_and_no_presence(database: Database) -> None:
    world = World(database)
    located = await world.report(("s-1", -90, 9_000), ("s-1", -80, 290), ("s-1", -70, 320))
    assert located.crossings == ((1, ENTERED),)
    assert await world.presences.states("s-1") == {
        "stadium": PresenceState(Presence.INSIDE, world.at(-80), world.at(-70)),
        "mall": PresenceState(Presence.ENTERING, world.at(-80), world.at(-70)),
    }
    assert await world.presences.inside("s-1") == {"stadium"}
    located = await world.report(("s-1", -60, 9_000), ("s-1", -50, 9_000))
    assert located.crossings == ((1, LEFT),)
    assert await world.presences.inside("s-1") == frozenset()
    assert await world.presences.entries(10) == [FenceEntry("s-1", "stadium", world.at(-80))]
    assert await world.rows() == {"last": 1, "presence": 0, "entry": 1}


async def test_reports_of_one_subscriber_at_the_same_time_enter_once(database: Database) -> None:
    world, other = World(database), World(database)
    calls = [
        each.report(*(("s-1", -1_000 + 2 * call + step, 0.0) for step in range(2)))
        for call, each in enumerate((world, other) * 10)
    ]
    located = await asyncio.gather(*calls)
    crossings = [crossed for one in located for _, crossed in one.crossings]
    assert [crossed for crossed in crossings if crossed.fence_code == "stadium"] == [ENTERED]
    assert len(await world.presences.entries(10)) == 1
    # Whatever came in which order, each report was taken or known to be late.
    assert sum(one.used + one.late for one in located) == 40


async def test_who_is_being_moved_is_not_moved_elsewhere_meanwhile(database: Database) -> None:
    worlds = (World(database), World(database))
    # Seen before, far away: nothing but the lock keeps both from seeing the way in.
    await worlds[0].report(("s-1", -100, 50_000))
    both, seen = threading.Barrier(2), list[States]()

    def enter(states: States) -> tuple[States, Sequence[FenceCrossed]]:
        # Where there is no lock, both come here before either goes on.
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.5)
        seen.append(states)
        inside = {"stadium": PresenceState(Presence.INSIDE, worlds[0].at(-10), worlds[0].at(-10))}
        return inside, [] if "stadium" in states else [ENTERED]

    moves = [
        world.presences.move([Move("s-1", world.at(-10 + turn), enter)], world.at(0))
        for turn, world in enumerate(worlds)
    ]
    await asyncio.gather(*moves)
    assert len(await worlds[0].presences.entries(10)) == 1
    assert [len(states) for states in seen] in ([0, 1], [0])


async def test_calls_about_the_same_subscribers_in_any_order_all_end(database: Database) -> None:
    worlds = [World(database) for _ in range(4)]
    calls = []
    for turn in range(8):
        # Forwards and backwards: whoever locks in the order of the reports stands still here.
        whom = SUBSCRIBERS if turn % 2 else SUBSCRIBERS[::-1]
        calls.append(worlds[turn % 4].report(*((who, -100 + turn, 0.0) for who in whom)))
    located = await asyncio.gather(*calls)
    entered = [crossed for one in located for _, crossed in one.crossings]
    assert entered == [ENTERED] * len(SUBSCRIBERS)
    assert sum(one.used + one.late for one in located) == 8 * len(SUBSCRIBERS)


async def test_a_fix_that_was_late_enters_nothing_after_a_new_start(database: Database) -> None:
    await World(database).report(("s-1", -60, 0), ("s-1", -50, 9_000), ("s-1", -40, 9_000))
    restarted = World(database)
    located = await restarted.report(("s-1", -45, 0))
    assert (located.late, located.crossings) == (1, ())
    assert len(await restarted.presences.entries(10)) == 1


async def test_a_late_first_report_leaves_no_trace(database: Database) -> None:
    world = World(database)
    hours = -(STALE_AFTER // SECOND) - 1
    assert (await world.report(("s-1", hours, 0))).late == 1
    assert await world.rows() == {"last": 0, "presence": 0, "entry": 0}


async def test_inside_reads_what_was_written_and_ends_with_time(database: Database) -> None:
    world = World(database)
    assert await world.presences.inside("s-1") == frozenset()
    await world.report(("s-1", 0, 0))
    assert await world.presences.inside("s-1") == {"stadium"}
    world.clock.advance(STALE_AFTER // SECOND)
    assert await world.presences.inside("s-1") == {"stadium"}
    world.clock.advance(1)
    assert await world.presences.inside("s-1") == frozenset()


async def test_a_caller_that_gives_up_leaves_no_old_memory(database: Database) -> None:
    world, begun, go_on = World(database), threading.Event(), threading.Event()
    inside = {"stadium": PresenceState(Presence.INSIDE, world.at(0), world.at(0))}

    def slow(_: States) -> tuple[States, Sequence[FenceCrossed]]:
        begun.set()
        assert go_on.wait(timeout=10)
        return inside, [ENTERED]

    hasty = asyncio.create_task(world.presences.move([Move("s-1", world.at(0), slow)], world.at(0)))
    await eventually(begun.is_set)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    # Reads while the transaction goes on, which nobody waits for any more: on PostgreSQL, what was before.
    reading = asyncio.create_task(world.presences.inside("s-1"))
    await asyncio.wait({reading}, timeout=0.2)
    go_on.set()
    await reading

    async def is_told() -> bool:
        return await world.presences.inside("s-1") == {"stadium"}

    await eventually(is_told)


async def test_entries_wait_in_their_order_until_they_are_forgotten(database: Database) -> None:
    world = World(database)
    await world.report(("s-3", -10, 0), ("s-1", -30, 0), ("s-2", -20, 0))
    happenings = FenceEntries(world.presences)
    first = await happenings.take(2)
    assert [one.subscriber_id for one in first] == ["s-1", "s-2"]
    assert first[0].happened == (Happened(TriggerKind.FENCE_ENTERED, "stadium"),)
    assert first[0].mark == f"fence-s-1-stadium-{world.at(-30)}"
    assert await happenings.take(2) == first
    await happenings.forget(first)
    (last,) = await happenings.take(10)
    assert last.subscriber_id == "s-3"


async def test_an_entry_after_an_erasure_is_another_one(database: Database) -> None:
    world = World(database)
    happenings = FenceEntries(world.presences)
    await world.report(("s-1", -30, 0))
    (erased,) = await happenings.take(10)
    await world.presences.forget("s-1")
    await world.report(("s-1", -20, 0))
    await happenings.forget([erased])
    (new,) = await happenings.take(10)
    assert new.mark != erased.mark


async def test_erasing_forgets_everything_of_one_and_nothing_of_others(database: Database) -> None:
    world = World(database)
    await world.report(("s-1", -30, 0), ("s-2", -30, 0))
    assert await world.presences.inside("s-1") == {"stadium"}
    erased = await database.run(lambda session: erase_places(session, "s-1"))
    world.presences.forgotten(["s-1"])
    # The last fix, two presences, and an entry.
    assert erased == 4
    assert await world.presences.states("s-1") == {}
    assert await world.presences.inside("s-2") == {"stadium"}
    whose = await database.run(_whose)
    assert whose == {"s-2"}


async def test_twelve_hours_after_the_last_report_nothing_is_kept(database: Database) -> None:
    world = World(database)
    stale = StalePlaces(database, world.presences, world.clock)
    await world.report(*((f"s-{number}", 0, 0) for number in range(40)))
    world.clock.advance(60)
    await world.report(("s-1", 0, 0))
    world.clock.advance(STALE_AFTER // SECOND - 60)
    assert await stale.forget() == 0
    world.clock.advance(1)
    assert await stale.forget() == 39
    # The entries are the pusher's, which forgets them when it has looked.
    assert await world.rows() == {"last": 1, "presence": 2, "entry": 40}
    assert await world.presences.states("s-2") == {}
    assert await world.presences.inside("s-1") == {"stadium"}


def _whose(session: Session) -> set[str]:
    tables = (LastFixTable, PresenceTable, FenceEntryTable)
    return {who for table in tables for who in session.exec(select(col(table.subscriber_id)))}


async def test_charged_usage_waits_by_kind_and_what_came_meanwhile_stays(database: Database) -> None:
    happenings = ChargedUsage(database)
    everything = Stirred.USAGE | Stirred.ALLOWANCE | Stirred.ZONE
    await _stir(database, WaitingTrigger("s-1", Stirred.USAGE, 7, 1), WaitingTrigger("s-2", everything, 9, 2))
    first = await happenings.take(10)
    kinds = [[happened.kind for happened in one.happened] for one in first]
    assert kinds == [
        [TriggerKind.USAGE],
        [TriggerKind.USAGE, TriggerKind.ALLOWANCE_LOW, TriggerKind.ROAMING],
    ]
    assert [one.mark for one in first] == ["usage-s-1-7", "usage-s-2-9"]
    await _stir(database, WaitingTrigger("s-1", Stirred.ZONE, 12, 3))
    await happenings.forget(first)
    (newer,) = await happenings.take(10)
    assert (newer.subscriber_id, newer.mark) == ("s-1", "usage-s-1-12")
    assert Happened(TriggerKind.ROAMING) in newer.happened


async def _stir(database: Database, *triggers: WaitingTrigger) -> None:
    def add(session: Session, triggers: Sequence[WaitingTrigger] = triggers) -> None:
        add_triggers(Rows(session), triggers)

    await database.run(add)


async def test_entering_raises_one_decision_whatever_crashes_in_between(database: Database) -> None:
    world, decider, customers = World(database), NotedDecisions(), CustomersByHand()
    offer = triggered("local", on(TriggerKind.FENCE_ENTERED, fence="stadium"))
    await world.report(("s-1", -10, 0), ("s-2", -10, 0))
    for who in ("s-1", "s-2"):
        customers.views[who] = customer(who, fences=await world.presences.inside(who))

    def pusher() -> Pusher:
        policies = PoliciesByHand(policies_with(offer))
        return Pusher((), policies, customers, decider, world.clock, lambda what, error: None)

    crashing = Forgetful(world.presences)
    with pytest.raises(OSError, match="crash"):
        await pusher().look(crashing)
    happenings = FenceEntries(world.presences)
    assert await pusher().look(happenings) == 2
    assert await pusher().look(happenings) == 0
    assert (decider.asked, sorted(decider.of)) == (4, ["s-1", "s-2"])


class Forgetful(FenceEntries):
    """The process dies before anything is forgotten."""

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """Nothing is."""
        raise OSError("crash")
