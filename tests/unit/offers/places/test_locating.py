"""Location reports: whose are used, in which order, and what is kept of them."""

from __future__ import annotations

import pytest

from services.common.kernel.clock import HOUR, MINUTE, SECOND, Instant
from services.common.kernel.outcome import RefusedError
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.application.locating import AHEAD, Fix, LocationReport, Locator
from services.offers.application.place_ports import FenceCrossed
from services.offers.domain.places import STALE_AFTER, Crossing, Presence
from services.offers.domain.policies import Cell, Fence, Purpose
from tests.support.charging_world import ManualClock
from tests.support.offers_places import (
    MICRODEGREES,
    STADIUM,
    ConsentsInMemory,
    FixedFences,
    MemoryPresences,
    circle,
    fix_at,
)

LOCATION = frozenset({Purpose.LOCATION})
ENTERED = FenceCrossed("stadium", Crossing.ENTERED)
LEFT = FenceCrossed("stadium", Crossing.LEFT)
CELL = Cell("26201-1", round(STADIUM[0] * MICRODEGREES), round(STADIUM[1] * MICRODEGREES), 800)


class World:
    """A locator with everything around it in memory."""

    def __init__(self, *fences: Fence) -> None:
        self.clock = ManualClock()
        self.fences = FixedFences(FenceIndex(fences or (circle(),), [CELL]))
        self.presences = MemoryPresences()
        self.consents = ConsentsInMemory({"s-1": LOCATION, "s-2": LOCATION, "s-3": frozenset()})
        self.woken = 0
        self.locator = Locator(self.fences, self.presences, self.consents, self.clock, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def at(self, seconds: int) -> Instant:
        """So many seconds ago, where below zero."""
        return Instant(self.clock.now() + seconds * SECOND)

    def seen(self, seconds: int, metres: float, subscriber: str = "s-1", accuracy: int = 0) -> LocationReport:
        return LocationReport(subscriber, self.at(seconds), fix_at(metres, accuracy))


async def test_a_fix_within_enters_and_two_far_out_leave() -> None:
    world = World()
    walk = [(-50, 500), (-40, 299), (-30, 329), (-20, 331), (-10, 331)]
    located = await world.locator.report([world.seen(at, metres) for at, metres in walk])
    assert (located.used, located.refused, located.without_consent, located.late) == (5, 0, 0, 0)
    assert located.crossings == ((1, ENTERED), (4, LEFT))
    assert world.presences.entries == [("s-1", "stadium", world.at(-40))]


async def test_only_an_entry_wakes() -> None:
    world = World()
    await world.locator.report([world.seen(-60, 0)])
    assert world.woken == 1
    located = await world.locator.report([world.seen(-50, 400), world.seen(-40, 400)])
    assert located.crossings == ((1, LEFT),)
    assert world.woken == 1


async def test_without_consent_to_location_nothing_is_kept() -> None:
    world = World()
    located = await world.locator.report([world.seen(-10, 0, "s-3")])
    assert (located.used, located.without_consent) == (0, 1)
    assert world.presences == MemoryPresences()
    assert world.woken == 0


async def test_other_consents_are_none_to_location() -> None:
    world = World()
    world.consents.given["s-1"] = frozenset({Purpose.PERSONALISED_OFFERS, Purpose.OUTBOUND})
    assert (await world.locator.report([world.seen(-10, 0)])).without_consent == 1


async def test_what_cannot_be_used_is_counted_and_spoils_nothing() -> None:
    world = World()
    reports = [
        world.seen(-10, 0, ""),
        world.seen(-10, 0, "nobody"),
        LocationReport("s-1", world.at(-10), Fix(90_000_001, 0)),
        LocationReport("s-1", world.at(-10), Fix(0, -180_000_001)),
        LocationReport("s-1", world.at(-10), cell_id="26201-none"),
        LocationReport("s-1", world.at(-10)),
        LocationReport("s-1", Instant(world.clock.now() + AHEAD + 1), fix_at(0)),
        world.seen(-10, 0),
    ]
    located = await world.locator.report(reports)
    assert (located.used, located.refused) == (1, 7)
    assert located.crossings == ((7, ENTERED),)


async def test_a_clock_that_is_a_little_ahead_is_taken_as_now() -> None:
    world = World()
    ahead = Instant(world.clock.now() + AHEAD)
    located = await world.locator.report([LocationReport("s-1", ahead, fix_at(0))])
    assert located.used == 1
    assert world.presences.last["s-1"] == world.clock.now()
    world.clock.advance(1)
    assert (await world.locator.report([world.seen(0, 0)])).used == 1


async def test_a_fix_that_comes_after_a_newer_one_enters_nothing() -> None:
    world = World()
    await world.locator.report([world.seen(-60, 0)])
    await world.locator.report([world.seen(-50, 400), world.seen(-40, 400)])
    located = await world.locator.report([world.seen(-45, 0), world.seen(-40, 0)])
    assert (located.used, located.late, located.crossings) == (0, 2, ())
    assert len(world.presences.entries) == 1


async def test_a_fix_of_yesterday_tells_nothing() -> None:
    world = World()
    old = LocationReport("s-1", Instant(world.clock.now() - STALE_AFTER - 1), fix_at(0))
    located = await world.locator.report([old])
    assert (located.late, located.crossings) == (1, ())


async def test_the_order_of_reports_in_a_call_does_not_matter() -> None:
    world = World()
    located = await world.locator.report(
        [world.seen(-10, 400), world.seen(-40, 0), world.seen(-20, 400), world.seen(-30, 0, "s-2")]
    )
    assert (located.used, located.late) == (4, 0)
    assert located.crossings == ((0, LEFT), (1, ENTERED), (3, ENTERED))


async def test_a_cell_is_its_middle_and_as_coarse_as_it_reaches() -> None:
    world = World(circle(radius=300), circle("small", radius=200))
    located = await world.locator.report([LocationReport("s-1", world.at(-10), cell_id="26201-1")])
    # 800 m is within three times 300 m, and not within three times 200 m.
    assert located.crossings == ((0, ENTERED),)


async def test_a_coarse_fix_neither_enters_nor_leaves_unless_all_of_it_is_out() -> None:
    world = World()
    await world.locator.report([world.seen(-60, 0)])
    await world.locator.report(
        [world.seen(-50, 1_200, accuracy=1_000), world.seen(-40, 1_200, accuracy=1_000)]
    )
    assert world.presences.states["s-1"]["stadium"].presence is Presence.INSIDE
    located = await world.locator.report(
        [world.seen(-30, 1_400, accuracy=1_000), world.seen(-20, 1_400, accuracy=1_000)]
    )
    assert located.crossings == ((1, LEFT),)


async def test_dwelling_counts_from_the_first_fix_within() -> None:
    world = World(circle(dwell=600))
    walk = [world.seen(-1_000, 0), world.seen(-700, 0), world.seen(-400, 0)]
    located = await world.locator.report(walk)
    assert located.crossings == ((2, ENTERED),)


async def test_a_fence_that_is_no_more_is_forgotten_without_being_left() -> None:
    world = World()
    await world.locator.report([world.seen(-60, 0)])
    world.fences.index = FenceIndex([circle("arena", radius=300)])
    located = await world.locator.report([world.seen(-50, 400)])
    assert located.crossings == ()
    assert world.presences.states["s-1"] == {}


async def test_many_reports_are_moved_in_parts() -> None:
    world = World()
    located = await world.locator.report([world.seen(-1_000 + at, 0) for at in range(250)])
    assert located.used == 250
    assert world.presences.moved_at_once == [100, 100, 50]
    assert located.crossings == ((0, ENTERED),)


async def test_what_was_on_its_way_while_consent_was_withdrawn_is_forgotten() -> None:
    world = World()
    world.consents.withdraw_after = 1
    await world.locator.report([world.seen(-10, 0)])
    assert world.presences == MemoryPresences(moved_at_once=[1])


async def test_before_policies_are_published_reports_are_refused() -> None:
    world = World()
    world.fences.index = None
    with pytest.raises(RefusedError) as caught:
        await world.locator.report([world.seen(-10, 0)])
    assert caught.value.refused.reason.name == "POLICIES_NOT_PUBLISHED"


def test_reports_may_be_five_minutes_ahead_and_twelve_hours_old() -> None:
    assert (AHEAD, STALE_AFTER) == (5 * MINUTE, 12 * HOUR)
