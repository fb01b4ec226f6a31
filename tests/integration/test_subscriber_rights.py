"""Gifts, bars, credit limits and profiles over gRPC."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import account_api_pb2, charging_api_pb2, subscription_api_pb2

from tests.support.live_accounts import Care, money_bucket
from tests.support.live_charging import (
    Node,
    journal_status,
    priced_charging,
)
from tests.support.live_element import MORNING, Element, euros, next_of, refusal, usage, used, wish
from tests.support.live_offerings import Shop, offerings, units
from tests.support.live_prices import DATA, EURO, MEGABYTE

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


def since_morning() -> int:
    """By an element whose clock is right: seconds after its morning."""
    return int(time.time()) - MORNING


async def test_units_are_given_to_somebody_else_who_uses_them(charging: Node, care: Care, shop: Shop) -> None:
    element = Element(charging.channel)
    await care.open("anna")
    await care.open("bob", money=0)
    taken = await shop.take(ANNA, "booster")
    (bucket,) = [item for item in taken.account.buckets if item.giftable]
    request = account_api_pb2.GiftUnitsRequest(
        request_id="gift-1",
        from_subscriber_identifier=ANNA,
        bucket_id=bucket.bucket_id,
        units=MEGABYTE // 2,
        to_subscriber_identifier=BOB,
    )
    answer = await care.stub.GiftUnits(request, timeout=10)
    assert await care.stub.GiftUnits(request, timeout=10) == answer
    given = next(item for item in answer.to_account.buckets if item.bucket_id == answer.bucket_id)
    assert (given.quantity.amount, given.valid_until) == (MEGABYTE // 2, bucket.valid_until)
    now = since_morning()
    created = await element.create(BOB, "c-1", usage(DATA, asks=wish()), second=now)
    (answered,) = created.charging_data.multiple_unit_information
    assert 0 < answered.granted_unit.total_volume_octets <= MEGABYTE // 2
    ref = created.charging_data_ref
    await element.release(ref, 2, usage(DATA, used(MEGABYTE // 2)), second=now + 1)
    assert units(await care.account("bob")) == {answer.bucket_id.rpartition("/")[2]: 0}


async def test_a_bar_ends_sessions_and_lets_none_begin_until_it_is_lifted(
    charging: Node, care: Care, shop: Shop
) -> None:
    element = Element(charging.channel)
    await care.open("anna")
    stream = element.notices()
    ref = (await element.create(ANNA, "c-1", usage(DATA, asks=wish()))).charging_data_ref

    async def bar(barred: bool, number: int) -> subscription_api_pb2.BarSubscriberResponse:
        request = subscription_api_pb2.BarSubscriberRequest(
            request_id=f"bar-{number}",
            subscriber_identifier=ANNA,
            barred=barred,
            reason="SIM reported stolen",
            actor="fraud-desk",
        )
        return await shop.stub.BarSubscriber(request, timeout=10)

    answer = await bar(True, 1)
    assert answer.aborted_sessions == 1
    assert answer.account.subscribers[0].barred
    notice = await next_of(stream)
    assert notice.notification_type == charging_api_pb2.NOTIFICATION_TYPE_ABORT_CHARGING
    assert notice.charging_data_ref == ref
    assert (
        await refusal(element.create(ANNA, "c-2", usage(DATA, asks=wish())))
    ).reason == "SUBSCRIBER_BARRED"
    assert (await refusal(shop.take(ANNA, "booster"))).reason == "SUBSCRIBER_BARRED"
    await element.release(ref, 2, usage(DATA, used(MEGABYTE)))
    assert (await care.money("anna"))[0] < 5 * EURO, "what it still reported is charged"
    await bar(False, 2)
    await shop.take(ANNA, "booster")


async def test_profile_and_credit_limit_are_set_and_survive_a_restart(
    charging: Node, care: Care, shop: Shop
) -> None:
    await care.open("anna")
    profile = account_api_pb2.SubscriberProfile(segment="gold", customer_value=800, device_class="phone")
    await shop.stub.SetSubscriberProfile(
        subscription_api_pb2.SetSubscriberProfileRequest(
            request_id="profile-1", subscriber_identifier=ANNA, profile=profile
        ),
        timeout=10,
    )
    await care.stub.SetCreditLimit(
        account_api_pb2.SetCreditLimitRequest(
            request_id="limit-1",
            account_id="anna",
            credit_limit=euros(2 * EURO),
            reason="pays on time",
            actor="care-desk",
        ),
        timeout=10,
    )
    digest = (await journal_status(charging.channel)).state_digest
    await charging.restart()
    account = await Care(charging.channel).account("anna")
    assert account.subscribers[0].profile == profile
    assert account.credit_limit == euros(2 * EURO)
    assert (await journal_status(charging.channel)).state_digest == digest
    # 5.00 and 2.00 of credit pay three boosters at 2.00, not four.
    fresh = Shop(charging.channel)
    for _ in range(3):
        await fresh.take(ANNA, "booster")
    assert (await refusal(fresh.take(ANNA, "booster"))).reason == "BALANCE_INSUFFICIENT"


async def test_an_account_opened_with_a_profile_and_an_offering_pays_its_first_fee(care: Care) -> None:
    request = account_api_pb2.ProvisionAccountRequest(
        request_id="open-1",
        account_id="carl",
        currency_code="EUR",
        opening_balance=euros(5 * EURO),
        subscribers=[
            account_api_pb2.SubscriberProvision(
                identifiers=["device-carl"],
                subscriptions=[account_api_pb2.SubscriptionProvision(offering_code="weekly")],
                profile=account_api_pb2.SubscriberProfile(segment="gold", customer_value=1_000),
            )
        ],
    )
    account = (await care.stub.ProvisionAccount(request, timeout=10)).account
    assert account.subscribers[0].profile.segment == "gold"
    assert money_bucket(account).money == euros(4 * EURO)
    assert units(account) == {"week": MEGABYTE}
    request.request_id, request.account_id = "open-2", "dora"
    request.subscribers[0].identifiers[0] = "device-dora"
    request.subscribers[0].profile.customer_value = 1_001
    refused = await refusal(care.stub.ProvisionAccount(request, timeout=10))
    assert (refused.reason, refused.field) == ("FIELD_INVALID", "subscribers[0].profile.customer_value")
