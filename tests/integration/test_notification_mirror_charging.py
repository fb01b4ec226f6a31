"""Charging as it really runs, mirrored: what it says of an account itself is what notification says."""

from __future__ import annotations

from pathlib import Path

from tidemark.charging.v1 import account_api_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.journal_source import GrpcJournalSource
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.mirror.following import Lag, mirror_follower
from services.notification.adapters.mirror.journal import MirrorJournal
from services.notification.domain.facts import FactKind
from tests.support.live_accounts import Care, money_bucket
from tests.support.live_charging import priced_charging
from tests.support.live_element import Element, usage, used, wish
from tests.support.live_prices import DATA, EURO, OCTET
from tests.support.notification_mirror import euro
from tests.support.notification_mirror_world import MirrorWorld, open_mirror_database


def held(account: account_api_pb2.Account) -> dict[str, int]:
    """What charging says that an account holds."""
    return {
        bucket.bucket_id: bucket.money.minor_micros if bucket.HasField("money") else bucket.quantity.amount
        for bucket in account.buckets
    }


async def test_what_charging_says_of_an_account_is_what_is_mirrored(tmp_path: Path) -> None:
    world = MirrorWorld(open_mirror_database("sqlite://"))
    async with priced_charging(tmp_path) as charging:
        care, element = Care(charging.channel), Element(charging.channel)
        journal = MirrorJournal(world.mirror, world.intake, world.hub.told, world.hub)
        follower = mirror_follower(world.database, None, GrpcJournalSource(charging.channel), journal)
        await care.open("anna")
        opened = await element.create("device-anna", "c-1", usage(DATA, asks=wish()))
        await care.top_up("anna", EURO)
        await element.update(opened.charging_data_ref, 2, usage(DATA, used(1_000), asks=wish()), second=5)
        await element.release(opened.charging_data_ref, 3, usage(DATA, used(500)), second=9)
        await follower.catch_up(0)
        account = await care.account("anna")
        status = follower.status()[0]
    assert not Lag(follower, world.hand, SystemClock())()
    balances = await world.directory.balances("anna")
    assert balances is not None
    assert {each.bucket_id: each.balance for each in balances.buckets} == held(account)
    assert balances.feature_seq == status.sequence
    (subscriber_id,) = await world.directory.subscribers_of("anna")
    assert subscriber_id == account.subscribers[0].subscriber_id
    customer = await world.directory.customer(subscriber_id)
    assert customer is not None
    assert customer.offering_codes == {each.offering_code for each in account.subscribers[0].subscriptions}
    lines = await world.directory.charges("anna")
    assert [(line.units, line.amount) for line in lines] == [
        (500, euro(500 * OCTET)),
        (1_000, euro(1_000 * OCTET)),
    ]
    (bill,) = await world.directory.bills("anna")
    assert (bill.total, bill.charges) == (euro(1_500 * OCTET), 2)
    (slice_of_all,) = await world.directory.usage(subscriber_id, Instant(0), 2**31)
    assert slice_of_all.units == 1_500
    (fact,) = world.intake.of(FactKind.TOPPED_UP)
    assert fact.values["amount"] == euro(EURO)
    money = money_bucket(account).money.minor_micros
    assert world.hub.balances[-1].buckets[0].balance == money
    await world.database.close()
