"""The pusher: every happening is looked at, decided about once, and kept while it could not be."""

from __future__ import annotations

import asyncio

import pytest

from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.offers.application.pushing import LOOKS, REFRACTORY, Pusher, Waiting
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import TriggerKind
from services.offers.domain.triggers import Happened
from tests.support.charging_world import ManualClock
from tests.support.offers_triggers import (
    CustomersByHand,
    NotedDecisions,
    PoliciesByHand,
    WaitingInMemory,
    customer,
    low,
    on,
    policies_with,
    triggered,
)
from tests.support.waiting import ended, eventually

USAGE = Happened(TriggerKind.USAGE)
LOW = Happened(TriggerKind.ALLOWANCE_LOW)
STADIUM = Happened(TriggerKind.FENCE_ENTERED, "stadium")
SECONDS = 1_000_000


def policies() -> CompiledPolicies:
    return policies_with(
        triggered("video", on(TriggerKind.USAGE)),
        triggered("bundle", on(TriggerKind.ALLOWANCE_LOW)),
        triggered("local", on(TriggerKind.FENCE_ENTERED, fence="stadium")),
    )


class World:
    """A pusher with everything around it in memory, which outlives it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.policies = PoliciesByHand(policies())
        self.customers = CustomersByHand()
        self.decider = NotedDecisions()
        self.waiting = WaitingInMemory()
        self.failures: list[tuple[str, Exception]] = []
        self.pusher = self.started()
        for number in range(1, 30):
            self.customers.views[f"s-{number}"] = customer(
                f"s-{number}", allowances=low(), fences=frozenset({"stadium"})
            )

    def started(self, poll_seconds: float = 0.01) -> Pusher:
        """A new one, as after a crash: it remembers nothing."""
        return Pusher(
            (self.waiting,),
            self.policies,
            self.customers,
            self.decider,
            self.clock,
            lambda what, error: self.failures.append((what, error)),
            poll_seconds,
        )


async def test_what_happened_raises_a_decision_and_is_forgotten() -> None:
    world = World()
    world.waiting.add("s-1", 1, USAGE, LOW)
    world.waiting.add("s-2", 2, STADIUM)
    assert await world.pusher.look(world.waiting) == 2
    assert world.waiting.waiting == []
    assert sorted((who, asked.raised_by) for who, asked in world.decider.made.values()) == [
        ("s-1", "allowance-low"),
        ("s-1", "usage"),
        ("s-2", "fence-entered"),
    ]


async def test_what_raises_nothing_and_whom_nobody_knows_are_forgotten_too() -> None:
    world = World()
    world.customers.views["s-1"] = customer("s-1", consents=frozenset())
    world.waiting.add("s-1", 1, USAGE)
    world.waiting.add("nobody", 2, USAGE)
    assert await world.pusher.look(world.waiting) == 2
    assert world.waiting.waiting == []
    assert world.decider.asked == 0


async def test_without_policies_everything_waits() -> None:
    world = World()
    world.policies.in_force = None
    world.waiting.add("s-1", 1, USAGE)
    assert await world.pusher.look(world.waiting) == 0
    assert len(world.waiting.waiting) == 1
    world.policies.in_force = policies()
    assert await world.pusher.look(world.waiting) == 1
    assert world.decider.of == ["s-1"]


@pytest.mark.parametrize("happened", [USAGE, STADIUM])
async def test_a_crash_between_decision_and_forgetting_makes_no_second_decision(happened: Happened) -> None:
    world = World()
    world.waiting.add("s-1", 1, happened)
    world.waiting.failures.append(OSError("the process dies here"))
    with pytest.raises(OSError, match="dies"):
        await world.pusher.look(world.waiting)
    assert world.decider.asked == 1
    assert await world.started().look(world.waiting) == 1
    assert world.decider.asked == 2
    assert len(world.decider.made) == 1
    assert world.waiting.waiting == []


async def test_another_thing_that_happened_is_another_decision() -> None:
    world = World()
    for position in (1, 2):
        world.waiting.add("s-1", position, STADIUM)
    assert await world.pusher.look(world.waiting) == 2
    assert len(world.decider.made) == 2


async def test_what_goes_on_raises_again_only_after_an_hour() -> None:
    world = World()
    looked = []
    for position, minutes in enumerate((0, 1, 58, 1, 30, 30)):
        world.clock.advance(minutes * 60)
        world.waiting.add("s-1", position, USAGE)
        await world.pusher.look(world.waiting)
        looked.append(len(world.decider.made))
    assert REFRACTORY == 3_600 * SECONDS
    # At 0, 1, 59, 60, 90 and 120 minutes.
    assert looked == [1, 1, 1, 2, 2, 3]


async def test_the_hour_is_of_each_kind_of_each_offer_and_of_each_subscriber() -> None:
    world = World()
    world.waiting.add("s-1", 1, USAGE)
    await world.pusher.look(world.waiting)
    world.waiting.add("s-2", 1, USAGE)
    world.waiting.add("s-1", 2, USAGE, LOW)
    await world.pusher.look(world.waiting)
    assert sorted((who, asked.raised_by) for who, asked in world.decider.made.values()) == [
        ("s-1", "allowance-low"),
        ("s-1", "usage"),
        ("s-2", "usage"),
    ]
    world.policies.in_force = policies_with(
        triggered("video", on(TriggerKind.USAGE)), triggered("other", on(TriggerKind.USAGE))
    )
    world.waiting.add("s-1", 3, USAGE)
    await world.pusher.look(world.waiting)
    assert len(world.decider.made) == 4


async def test_a_decision_that_failed_does_not_begin_the_hour() -> None:
    world = World()
    world.waiting.add("s-1", 1, USAGE)
    world.decider.fails["s-1"] = OSError("no disk")
    assert await world.pusher.look(world.waiting) == 0
    del world.decider.fails["s-1"]
    assert await world.pusher.look(world.waiting) == 1
    assert world.decider.of == ["s-1"]


async def test_a_failing_decider_leaves_what_waits_however_often_it_fails() -> None:
    world = World()
    for number in (1, 2, 3):
        world.waiting.add(f"s-{number}", 1, USAGE)
        world.decider.fails[f"s-{number}"] = OSError("no disk")
    for _ in range(3 * LOOKS):
        assert await world.pusher.look(world.waiting) == 0
    assert len(world.waiting.waiting) == 3
    assert len(world.failures) == 9 * LOOKS
    world.decider.fails.clear()
    assert await world.pusher.look(world.waiting) == 3
    assert sorted(world.decider.of) == ["s-1", "s-2", "s-3"]


async def test_one_that_fails_keeps_nobody_else_waiting_and_is_given_up_in_the_end() -> None:
    world = World()
    world.waiting.add("s-1", 1, USAGE)
    world.decider.fails["s-1"] = ValueError("poison")
    for look in range(1, LOOKS):
        world.waiting.add(f"s-{look + 1}", 1, USAGE)
        assert await world.pusher.look(world.waiting) == 1
        assert [one.subscriber_id for one in world.waiting.waiting] == ["s-1"]
    world.waiting.add("s-20", 1, USAGE)
    assert await world.pusher.look(world.waiting) == 2
    assert world.waiting.waiting == []
    assert "s-1" not in world.decider.of


@pytest.mark.parametrize(
    ("category", "waits"), [(Category.UNAVAILABLE, 1), (Category.INVALID_ARGUMENT, 0), (Category.CONFLICT, 0)]
)
async def test_a_refusal_is_tried_again_only_where_that_can_help(category: Category, waits: int) -> None:
    world = World()
    world.waiting.add("s-1", 1, USAGE)
    world.decider.fails["s-1"] = RefusedError(Refused(Reason("ANY", category), "no"))
    await world.pusher.look(world.waiting)
    assert len(world.waiting.waiting) == waits
    assert len(world.failures) == 1


async def test_a_request_id_is_well_formed_however_long_the_names_are_and_names_nobody() -> None:
    world = World()
    long = "s" * 64
    world.customers.views[long] = customer(long)
    world.waiting.waiting.append(Waiting(long, (USAGE,), f"usage-{long}-{2**63}", 2**63))
    await world.pusher.look(world.waiting)
    (request_id,) = world.decider.made
    assert is_request_id(request_id)
    assert long not in request_id


async def test_running_it_looks_at_everything_that_waits_and_at_what_comes_later() -> None:
    world = World()
    for position in range(450):
        world.waiting.add(f"s-{1 + position % 29}", position, STADIUM)
    running = asyncio.create_task(world.started().run())
    try:
        await eventually(lambda: not world.waiting.waiting)
        assert len(world.decider.made) == 450
        world.waiting.add("s-1", 1_000, STADIUM)
        await eventually(lambda: not world.waiting.waiting)
    finally:
        await ended(running)
    assert len(world.decider.made) == 451


async def test_being_woken_it_does_not_wait_for_the_next_poll() -> None:
    world = World()
    pusher = world.started(poll_seconds=3_600)
    running = asyncio.create_task(pusher.run())
    try:
        world.waiting.add("s-1", 1, STADIUM)
        await eventually(lambda: not world.waiting.waiting)
        world.waiting.add("s-1", 2, STADIUM)
        pusher.wake()
        await eventually(lambda: not world.waiting.waiting)
    finally:
        await ended(running)


async def test_where_forgetting_fails_it_goes_on_at_the_next_poll() -> None:
    world = World()
    world.waiting.failures = [OSError("no disk"), OSError("no disk")]
    world.waiting.add("s-1", 1, STADIUM)
    running = asyncio.create_task(world.started().run())
    try:
        await eventually(lambda: not world.waiting.waiting)
    finally:
        await ended(running)
    assert len(world.decider.made) == 1
    assert len(world.failures) == 2
