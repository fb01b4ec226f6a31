"""Offers, statements, wishes and quiet hours on the whole service: what leaves, waits, is dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2

from services.common.kernel.clock import HOUR, MINUTE
from tests.support.live_prices import EURO
from tests.support.notification_listeners import events, token_of, watching
from tests.support.notification_live import WEBHOOK, Suite, suite
from tests.support.notification_statements import STUDIO, close_statement
from tests.support.offers_customer import EVERYTHING, MEGABYTE, VIDEO, WEB, Customer, customer
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS
from tests.support.waiting import eventually


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    async with suite(tmp_path, monkeypatch) as live:
        yield live


async def test_an_offer_that_nobody_asked_for_is_told_with_consent_and_not_without(world: Suite) -> None:
    anna = await customer(world.world, "anna", consents=EVERYTHING)
    ben = await customer(world.world, "ben", consents=EVERYTHING)
    for one in (anna, ben):
        await world.mirrored(one)
    hook, silent = await world.hook(anna.subscriber_id), await world.hook(ben.subscriber_id)
    await world.wishes(anna.subscriber_id, marketing_consent=True, consent_evidence="ticked in the app")
    for one in (anna, ben):
        await one.use(3 * MEGABYTE, VIDEO)
    entry = await world.told(anna.subscriber_id, "offer")
    assert entry.title == "For you: Video Pass"
    assert entry.data["offer_code"] == "video-pass"
    assert "You" in entry.body
    await eventually(lambda: hook.alerts == ["offer"], WAIT_SECONDS)
    assert hook.only("offer").json["data"]["values"]["decision_id"] == entry.data["decision_id"]
    assert (await world.told(ben.subscriber_id, "offer")).title == entry.title, "it is there to be looked at"
    await world.delivery_is(ben.subscriber_id, "offer", "DROPPED NO_CONSENT")
    assert silent.alerts == []
    # What is offered can be had: the offer of the entry is answered where it is read.
    await anna.accepts(entry.data["decision_id"], entry.data["offer_code"])
    assert "video-pass" in await anna.offerings()


async def test_a_partner_hears_of_its_statement_once_a_revision(world: Suite) -> None:
    hook, token = await world.hook(party_code=STUDIO), token_of(party=STUDIO)
    async with watching(world.phone(token), party_code=STUDIO) as stream:
        for message_id in ("m-0", "m-1"):
            await close_statement(world.bus, message_id, 1)
        await eventually(lambda: len(hook.receiver.got) == 1, WAIT_SECONDS)
        await close_statement(world.bus, "m-2", 2)
        await stream.until(lambda told: len(told.alerts) == 2, "two revisions")
    await eventually(lambda: len(hook.receiver.got) == 2, WAIT_SECONDS)
    first, second = await world.inbox(party_code=STUDIO)
    assert first.body == "Your statement for November 2026 is final. To be paid: 1234.56 EUR."
    assert "has been corrected (revision 2)" in second.body
    assert first.superseded
    assert hook.receiver.got[0].json["data"]["values"]["statement_id"] == "st-7"


async def test_what_is_not_wanted_stays_in_the_inbox_and_goes_nowhere(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=3 * EURO)
    await world.mirrored(anna)
    hook = await world.hook(anna.subscriber_id)
    service = notification_pb2.CATEGORY_SERVICE
    await world.wishes(
        anna.subscriber_id,
        wishes=[
            api.Wish(category=service, channel=WEBHOOK, wanted=False),
            api.Wish(category=service, alert_code="topped-up", wanted=True),
        ],
    )
    await world.world.care.top_up("anna", EURO)
    await make_low(world, anna, 50)
    await world.delivery_is(anna.subscriber_id, "balance-low", "DROPPED NOT_WANTED")
    await eventually(lambda: hook.alerts == ["topped-up"], WAIT_SECONDS)
    wrong = api.Preferences(wishes=[api.Wish(category=notification_pb2.CATEGORY_REGULATORY, wanted=False)])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await world.phone().inboxes.SetPreferences(
            api.SetPreferencesRequest(subscriber_id=anna.subscriber_id, preferences=wrong),
            timeout=CALL_SECONDS,
        )
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_night_holds_a_low_balance_and_the_morning_drops_it_after_a_top_up(world: Suite) -> None:
    anna, ben = [await customer(world.world, name, money=3 * EURO) for name in ("anna", "ben")]
    for one in (anna, ben):
        await world.mirrored(one)
    hook, other = await world.hook(anna.subscriber_id), await world.hook(ben.subscriber_id)
    async with events(world.url, world.token(anna)) as page:
        world.clock.turn(10 * HOUR + 30 * MINUTE)
        for one in (anna, ben):
            await make_low(world, one, 25)
            await world.delivery_is(one.subscriber_id, "balance-low", "HELD QUIET_HOURS")
        await page.until(lambda told: told.alerts == ["balance-low"], "who looks sees it at night, too")
        await world.world.care.top_up("anna", 20 * EURO)
        await eventually(lambda: hook.alerts == ["topped-up"], WAIT_SECONDS, "a receipt does not wait")
        assert other.alerts == []
        world.clock.turn(8 * HOUR + 30 * MINUTE)
        await eventually(lambda: other.alerts == ["balance-low"], WAIT_SECONDS, "it is morning")
        await world.delivery_is(anna.subscriber_id, "balance-low", "DROPPED NOT_TRUE_ANY_MORE")
    assert hook.alerts == ["topped-up"]


async def make_low(world: Suite, one: Customer, megabytes: int) -> None:
    """Uses so much that the balance is low; returns when that is told."""
    await one.use(megabytes * MEGABYTE, WEB)
    await world.told(one.subscriber_id, "balance-low")
