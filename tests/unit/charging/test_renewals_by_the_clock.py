"""The loop that does what is due: together for many accounts, in order for each, again after a fault."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from tidemark.catalog.v1 import catalog_pb2

from services.charging.application.partition_writer import Submission
from services.charging.application.renew_subscriptions import (
    AT_A_TIME,
    HELD_AGAIN,
    UNKNOWN_VERSION_AGAIN,
    RenewSubscriptions,
)
from services.charging.domain import commands
from services.charging.domain import events as ev
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import Subscription
from services.charging.domain.subscriptions.commands import CancelSubscription
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import DAY, EPOCH, Instant
from tests.support.charging_catalog import DATA, allowance, offering, per, price, tariff
from tests.support.charging_world import NOON, at, eur, later, report
from tests.support.memory_journal import Fault, MemoryJournal
from tests.support.subscribed import days, fee
from tests.support.writer_world import WriterWorld

WEEK = 7 * 86_400
AT_ONCE = catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE


def _weekly(amount: str = "1.00", version: int = 1, effective_from: Instant = EPOCH) -> Tariff:
    weekly = offering(
        "weekly",
        price("data", DATA, per("0.01")),
        fees=[fee("weekly", amount)],
        period=days(7),
        existing=AT_ONCE,
        allowances=[allowance("week", 100, renews=True)],
    )
    daily = offering("daily", fees=[fee("daily", "0.10")], period=days(1))
    return tariff(weekly, daily, version=version, effective_from=effective_from)


class Week(WriterWorld):
    """A writer with the loop beside it."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        super().__init__(journal)
        self.writer.tariffs = Tariffs([_weekly()])
        self.renewal = RenewSubscriptions(self.writer, self.clock)

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Both, until the end of the block."""
        async with self.running():
            self.renewal.open()
            yield

    async def open_account(self, account_id: str, *offerings: str, when: Instant = NOON) -> None:
        """With one subscriber of the account's name."""
        taken = tuple(commands.NewSubscription(code, ()) for code in offerings or ("weekly",))
        subscriber = commands.NewSubscriber(account_id, "", taken)
        await self.do(commands.ProvisionAccount(account_id, "EUR", 0, eur("100.00"), (subscriber,), when))

    async def do(self, command: commands.Command) -> None:
        """Decides, commits, forgets the answer."""
        await self.writer.execute(Submission(command, b"", b"", lambda _answer: b""))

    def held(self, account_id: str, offering_code: str = "weekly") -> Subscription:
        """A subscription of the account's subscriber."""
        found = self.writer.state.subscribers[account_id].subscription(offering_code)
        assert found is not None
        return found

    def fees(self) -> list[ev.FeeCharged]:
        """In the order in which they were committed."""
        return [
            event
            for committed in self.told
            for entry in committed.entries
            for event in entry.events
            if isinstance(event, ev.FeeCharged)
        ]


async def test_many_accounts_that_are_due_together_share_commits() -> None:
    world = Week()
    async with world.living():
        count = 3 * AT_A_TIME
        for number in range(count):
            await world.open_account(f"account-{number}")
        rows = len(world.journal.rows)
        world.clock.advance(WEEK)
        assert await world.renewal.renew_due() == count
        assert len(world.journal.rows) - rows <= 12, "some sixty to a commit, not one"
        assert len(world.fees()) == 2 * count
        assert await world.renewal.renew_due() == 0


async def test_what_an_account_owes_is_charged_in_the_order_in_which_it_was_due() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme", "weekly", "daily")
        await world.open_account("bolt", "daily")
        world.clock.advance(2 * WEEK)
        await world.renewal.renew_due()
        for account_id, count in (("acme", 3 + 15), ("bolt", 15)):
            begun = [item.period_from for item in world.fees() if item.account_id == account_id]
            assert begun == sorted(begun)
            assert len(begun) == count
        assert await world.replayed_digest() == world.live_digest()


async def test_after_a_restart_everything_that_is_due_is_found_again() -> None:
    first = Week()
    async with first.living():
        await first.open_account("acme")
    later_on = Week(first.journal)
    later_on.clock.advance(WEEK)
    async with later_on.living():
        assert await later_on.renewal.renew_due() == 1
        assert later_on.held("acme").period_number == 1


async def test_a_commit_that_fails_is_made_up_for_and_charges_once() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme")
        world.clock.advance(WEEK)
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        assert await world.renewal.renew_due() == 0
        world.clock.advance(60)
        assert await world.renewal.renew_due() == 1
        assert [item.amount for item in world.fees()] == [eur("1.00")] * 2


async def test_a_version_that_is_not_here_is_asked_for_again_after_a_while() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme")
        known, world.writer.tariffs = world.writer.tariffs, Tariffs()
        world.clock.advance(WEEK)
        assert await world.renewal.renew_due() == 0
        world.clock.time = Instant(world.clock.time + UNKNOWN_VERSION_AGAIN - 1)
        assert await world.renewal.renew_due() == 0
        world.clock.advance(1)
        world.writer.tariffs = known
        assert await world.renewal.renew_due() == 1


@pytest.mark.parametrize("published", [at("2026-03-03 00:00"), at("2026-03-05 00:00")])
async def test_a_version_moves_subscribers_when_it_takes_effect_or_when_it_comes_if_later(
    published: Instant,
) -> None:
    world = Week()
    effect = at("2026-03-04 12:00")
    async with world.living():
        await world.open_account("acme")
        world.clock.time = published
        world.writer.tariffs = world.writer.tariffs.with_version([_weekly("7.00", 2, effect)])
        await world.renewal.renew_due()
        world.clock.time = max(published, Instant(effect - 1))
        await world.renewal.renew_due()
        assert world.held("acme").catalog_version == (1 if published < effect else 2)
        world.clock.time = max(published, effect)
        await world.renewal.renew_due()
        assert world.held("acme").catalog_version == 2
        # Five of seven days are left: 1.00 x 5/7 back, 7.00 x 5/7 = 5.00 for them.
        assert [item.amount for item in world.fees()] == [eur("1.00"), -71_428_571, eur("5.00")]
        assert [item.period_from for item in world.fees()[1:]] == [effect, effect]


async def test_an_end_that_comes_earlier_than_was_known_is_kept() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme")
        await world.do(CancelSubscription("acme", "weekly", at_period_end=True))
        world.clock.advance(WEEK)
        assert await world.renewal.renew_due() == 1
        assert world.writer.state.subscribers["acme"].subscriptions == ()
        assert len(world.fees()) == 1


async def test_buckets_of_the_past_go_after_a_day_and_those_that_are_held_later() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme")
        invocation = commands.Invocation(0, NOON, (report(DATA, want=40),))
        await world.do(commands.CreateSession("acme", "smf-1", "c-1", invocation))
        (ref,) = world.writer.state.sessions
        world.clock.advance(WEEK + 86_400)
        await world.renewal.renew_due()
        assert set(world.writer.state.buckets) == {"acme/money", "acme/weekly/week", "acme/weekly/week@1"}
        last = commands.Invocation(1, later(NOON, 60), (report(DATA, 10, want=None),))
        await world.do(commands.UpdateSession(ref, last, release=True))
        assert await world.renewal.renew_due() == 0
        world.clock.time = Instant(world.clock.time + HELD_AGAIN)
        assert await world.renewal.renew_due() == 1
        assert set(world.writer.state.buckets) == {"acme/money", "acme/weekly/week@1"}


async def test_memory_does_not_grow_with_the_periods_that_have_passed() -> None:
    world = Week()
    async with world.living():
        await world.open_account("acme")
        for _ in range(60):
            world.clock.time = Instant(world.clock.time + 7 * DAY)
            await world.renewal.renew_due()
            assert len(world.writer.state.buckets) <= 1 + 2
        assert world.held("acme").period_number == 60
