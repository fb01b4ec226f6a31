"""Subscriptions over gRPC: taken, renewed by themselves, resting, moved, given up.

No clock is turned: what is taken as of the past has boundaries that are due at once.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.ratio import round_half_even
from tests.support.live_accounts import Care, money_bucket, watching
from tests.support.live_charging import (
    ChargingProcess,
    Node,
    catalog_node,
    charging_node,
    charging_settings,
    journal,
    journal_status,
    price,
    priced_charging,
    record_of,
    running,
)
from tests.support.live_element import MORNING, Element, euros, next_of, refusal, usage, wish
from tests.support.live_offerings import DAY_SECONDS, Shop, offerings, subscription, units
from tests.support.live_prices import DATA, EURO, MEGABYTE, publish
from tests.support.waiting import eventually

ANNA = "device-anna"
BOB = "device-bob"


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, offerings()) as node:
        yield node


@pytest.fixture
def care(charging: Node) -> Care:
    return Care(charging.channel)


@pytest.fixture
def shop(charging: Node) -> Shop:
    return Shop(charging.channel)


def days_ago(days: float) -> int:
    """In seconds since 1970."""
    return int(time.time() - days * DAY_SECONDS)


def since_morning() -> int:
    """By an element whose clock is right: seconds after its morning."""
    return int(time.time()) - MORNING


async def in_period(
    care: Care, account: str, number: int, offering: str = "weekly"
) -> account_api_pb2.Account:
    """The account once an offering of it has come to a period."""
    seen: list[account_api_pb2.Account] = []

    async def there() -> bool:
        seen.append(await care.account(account))
        held = subscription(seen[-1], offering)
        return held is not None and held.period_number == number

    await eventually(there, what=f"{offering} of {account} is in period {number}")
    return seen[-1]


async def fees(node: Node | ChargingProcess) -> list[journal_pb2.FeeCharged]:
    """Every fee in the journal, in order."""
    return [
        event.fee_charged
        for row in await journal(node.channel)
        for entry in record_of(row).entries
        for event in entry.events
        if event.HasField("fee_charged")
    ]


async def test_periods_that_have_passed_are_charged_filled_and_rolled_over_one_after_another(
    charging: Node, care: Care, shop: Shop
) -> None:
    await care.open("anna")
    answer = await shop.take(ANNA, "weekly", since=days_ago(24))
    assert (answer.amount, len(answer.charge_ids)) == (euros(EURO), 1)
    account = await in_period(care, "anna", 3)
    # Begun 24, 17, 10 and 3 days ago: four weeks at 1.00.
    assert money_bucket(account).money == euros(5 * EURO - 4 * EURO)
    charged = await fees(charging)
    assert [item.amount_minor_micros for item in charged] == [EURO] * 4
    for before, after in itertools.pairwise(charged):
        assert before.period_until == after.period_from
    # Nothing was used: a whole megabyte for this week, and as much of the last one as the cap lets go on.
    assert units(account) == {"week@3": MEGABYTE, "week@2>3": MEGABYTE // 2}

    async def only_these() -> bool:
        return len((await care.account("anna")).buckets) == 1 + 2

    await eventually(only_these, what="those of the past are gone")


async def test_who_watches_a_balance_sees_fees_and_new_buckets(
    charging: Node, care: Care, shop: Shop
) -> None:
    await care.open("anna")
    stream = watching(charging.channel, "anna")
    assert (await next_of(stream)).HasField("present")
    await shop.take(ANNA, "booster")
    seen = [
        (account_api_pb2.MovementReason.Name(moved.reason), moved.unit, moved.delta)
        for moved in (await next_of(stream)).change.movements
    ]
    assert seen == [
        ("MOVEMENT_REASON_FEE", "EUR", -2 * EURO),
        ("MOVEMENT_REASON_OPENED", "octets", 2 * MEGABYTE),
    ]
    stream.cancel()


async def test_what_is_due_while_charging_is_down_is_done_when_it_is_up(
    charging: Node, care: Care, shop: Shop
) -> None:
    await care.open("anna")
    due = int(time.time()) + 3
    await shop.take(ANNA, "weekly", since=due - 7 * DAY_SECONDS)
    assert len(await fees(charging)) == 1
    await charging.stop()
    await eventually(lambda: time.time() > due, what="the week is over")
    await charging.start()
    account = await in_period(Care(charging.channel), "anna", 1)
    held = subscription(account, "weekly")
    assert held is not None
    assert held.period_start.seconds == due, "as of when it was due"
    assert money_bucket(account).money == euros(3 * EURO)


async def test_killed_while_it_catches_up_it_charges_every_period_once(tmp_path: Path) -> None:
    await price(tmp_path, offerings())
    process = ChargingProcess(charging_settings(tmp_path), tmp_path)
    names = [f"customer-{number}" for number in range(6)]
    try:
        await process.start()
        care, shop = Care(process.channel), Shop(process.channel)
        await asyncio.gather(*(care.open(name, money=200 * EURO) for name in names))
        await asyncio.gather(
            *(shop.take(f"device-{name}", "weekly", since=days_ago(80 * 7 + 1)) for name in names)
        )
        await process.kill()
        await process.start()
        care = Care(process.channel)
        for name in names:
            account = await in_period(care, name, 80)
            # 81 weeks have begun.
            assert money_bucket(account).money == euros(200 * EURO - 81 * EURO)
        charged = await fees(process)
        assert len(charged) == 81 * len(names)
        assert len({item.charge_id for item in charged}) == len(charged)
        begun = {(item.subscriber_id, item.period_from.seconds) for item in charged}
        assert len(begun) == len(charged)
        digest = (await journal_status(process.channel)).state_digest
        await process.kill()
        await process.start()
        assert (await journal_status(process.channel)).state_digest == digest
    finally:
        await process.close()


async def test_without_money_it_rests_and_a_top_up_brings_it_and_its_session_back(
    charging: Node, care: Care, shop: Shop
) -> None:
    element = Element(charging.channel)
    await care.open("anna", money=EURO)
    await shop.take(ANNA, "weekly", since=days_ago(8))
    resting: list[account_api_pb2.Account] = []

    async def rests() -> bool:
        resting.append(await care.account("anna"))
        held = subscription(resting[-1], "weekly")
        return held is not None and held.state == account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED

    await eventually(rests, what="the second week cannot be paid")
    assert units(resting[-1]) == {}
    stream = element.notices()
    created = await element.create(ANNA, "c-1", usage(DATA, asks=wish()), second=since_morning())
    ref = created.charging_data_ref
    topped_up = await care.top_up("anna", EURO)
    assert topped_up.reauthorised_sessions == 1
    assert (await next_of(stream)).charging_data_ref == ref
    held = subscription(topped_up.account, "weekly")
    assert held is not None
    assert held.state == account_api_pb2.SUBSCRIPTION_STATE_ACTIVE
    assert held.period_end.seconds - held.period_start.seconds == pytest.approx(7 * DAY_SECONDS, abs=3_600)
    assert units(topped_up.account) == {"week@1": MEGABYTE}
    assert money_bucket(topped_up.account).money == euros(0)
    again = await element.update(ref, 2, usage(DATA, asks=wish()), second=since_morning())
    assert again.multiple_unit_information[0].granted_unit.total_volume_octets > 0


async def test_an_order_is_repeated_without_effect_and_another_under_its_id_is_refused(
    charging: Node, care: Care, shop: Shop
) -> None:
    await care.open("anna")
    first = await shop.take(ANNA, "booster", request_id="order-17")
    records = (await journal_status(charging.channel)).head_sequence
    assert await shop.take(ANNA, "booster", request_id="order-17") == first
    assert (await journal_status(charging.channel)).head_sequence == records
    other = await refusal(shop.take(ANNA, "weekly", request_id="order-17"))
    assert other.reason == "DUPLICATE_DIFFERS"
    await charging.restart()
    assert await Shop(charging.channel).take(ANNA, "booster", request_id="order-17") == first
    assert await care_money(charging, "anna") == 3 * EURO


async def care_money(charging: Node, account: str) -> int:
    """Money of an account, over a fresh connection."""
    return (await Care(charging.channel).money(account))[0]


async def test_orders_are_refused_with_a_reason_and_the_field(care: Care, shop: Shop) -> None:
    await care.open("anna", money=EURO)
    await shop.take(ANNA, "weekly")
    for call, reason, field in (
        (shop.take(ANNA, "weekly"), "ALREADY_SUBSCRIBED", "subscription"),
        (shop.take(ANNA, "nothing"), "OFFERING_UNKNOWN", "subscription"),
        (shop.take(ANNA, "booster"), "BALANCE_INSUFFICIENT", "subscription"),
        (shop.take("device-nobody", "booster"), "USER_UNKNOWN", "subscriber_identifier"),
        (shop.take("Anna", "booster"), "FIELD_INVALID", "subscriber_identifier"),
        (shop.cancel(ANNA, "booster"), "NOT_SUBSCRIBED", "offering_code"),
    ):
        refused = await refusal(call)
        assert (refused.reason, refused.field) == (reason, field)


async def test_what_is_given_up_is_gone_at_once_or_with_its_period(care: Care, shop: Shop) -> None:
    await care.open("anna")
    await shop.take(ANNA, "weekly")
    later = (await shop.cancel(ANNA, "weekly", at_period_end=True)).account
    held = subscription(later, "weekly")
    assert held is not None
    assert held.ends_at == held.period_end
    gone = (await shop.cancel(ANNA, "weekly")).account
    assert subscription(gone, "weekly") is None
    assert units(gone) == {}
    assert money_bucket(gone).money == euros(4 * EURO), "nothing is paid back"


async def test_a_version_that_moves_at_once_reaches_those_who_have_the_offering(tmp_path: Path) -> None:
    catalog = catalog_node(tmp_path)
    async with running(catalog):
        await publish(catalog.channel, offerings("1.00"))
        charging = charging_node(charging_settings(tmp_path, catalog_address=catalog.address))
        async with running(charging):
            care, shop = Care(charging.channel), Shop(charging.channel)
            await eventually(lambda: _opens(care), what="charging has the price list")
            await shop.take(ANNA, "weekly", since=days_ago(2))
            now = int(time.time())
            await publish(catalog.channel, offerings("3.00", "move-at-once"), "second", effective_from=now)
            await eventually(lambda: _has_version(care, 2), what="the subscription has moved")
            first, back, new = await fees(charging)
            assert first.amount_minor_micros == EURO
            assert (back.catalog_version, new.catalog_version) == (1, 2)
            assert back.period_from.seconds == new.period_from.seconds == now
            assert back.period_until == new.period_until == first.period_until
            # To the microsecond: 1.00 back and 3.00 charged for what is left of the week.
            part, whole = back.part_micros, back.whole_micros
            assert 4 * whole < 7 * part < 6 * whole
            assert back.amount_minor_micros == -round_half_even(EURO * part, whole)
            assert new.amount_minor_micros == round_half_even(3 * EURO * part, whole)
            paid = sum(item.amount_minor_micros for item in (first, back, new))
            assert (await care.money("anna"))[0] == 5 * EURO - paid


async def _opens(care: Care) -> bool:
    try:
        await care.open("anna")
    except Exception as error:
        if "CATALOG_NOT_PUBLISHED" in str(error) or "no catalog version" in str(error):
            return False
        raise
    return True


async def _has_version(care: Care, version: int) -> bool:
    held = subscription(await care.account("anna"), "weekly")
    return held is not None and held.catalog_version == version
