"""Presences in SQL, on both databases: entered once, whoever reports at the same time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.common.kernel.clock import SECOND
from services.common.runtime.database import Database, open_database
from services.offers.adapters.places.sql_presences import FenceEntry
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.domain.places import STALE_AFTER, Presence, PresenceState
from services.offers.main import MIGRATIONS
from tests.support.offers_places_world import ENTERED, LEFT, SUBSCRIBERS, PlacesWorld
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    opened = open_database(url, MIGRATIONS)
    yield opened
    await opened.close()


async def test_a_walk_in_and_out_leaves_one_entry_and_no_presence(database: Database) -> None:
    world = PlacesWorld(database)
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
    world, other = PlacesWorld(database), PlacesWorld(database)
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
    worlds = (PlacesWorld(database), PlacesWorld(database))
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
    worlds = [PlacesWorld(database) for _ in range(4)]
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
    await PlacesWorld(database).report(("s-1", -60, 0), ("s-1", -50, 9_000), ("s-1", -40, 9_000))
    restarted = PlacesWorld(database)
    located = await restarted.report(("s-1", -45, 0))
    assert (located.late, located.crossings) == (1, ())
    assert len(await restarted.presences.entries(10)) == 1


async def test_a_late_first_report_leaves_no_trace(database: Database) -> None:
    world = PlacesWorld(database)
    hours = -(STALE_AFTER // SECOND) - 1
    assert (await world.report(("s-1", hours, 0))).late == 1
    assert await world.rows() == {"last": 0, "presence": 0, "entry": 0}


async def test_inside_reads_what_was_written_and_ends_with_time(database: Database) -> None:
    world = PlacesWorld(database)
    assert await world.presences.inside("s-1") == frozenset()
    await world.report(("s-1", 0, 0))
    assert await world.presences.inside("s-1") == {"stadium"}
    world.clock.advance(STALE_AFTER // SECOND)
    assert await world.presences.inside("s-1") == {"stadium"}
    world.clock.advance(1)
    assert await world.presences.inside("s-1") == frozenset()


async def test_a_caller_that_gives_up_leaves_no_old_memory(database: Database) -> None:
    world, begun, go_on = PlacesWorld(database), threading.Event(), threading.Event()
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
