"""What customers hear of their usage from the whole service: in the inbox, on streams, at a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from standardwebhooks import Webhook
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2

from services.common.kernel.clock import SECOND, Instant, utc
from tests.support.live_element import Wish
from tests.support.live_prices import EURO
from tests.support.notification_delivery_receivers import Posted
from tests.support.notification_listeners import Told, events, watching
from tests.support.notification_live import Suite, suite
from tests.support.offers_customer import AMERICA, CENT, MEGABYTE, WEB, customer
from tests.support.offers_live import WAIT_SECONDS
from tests.support.waiting import eventually

SERVICE, MARKETING = notification_pb2.CATEGORY_SERVICE, notification_pb2.CATEGORY_MARKETING
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    async with suite(tmp_path, monkeypatch) as live:
        yield live


async def test_usage_is_told_everywhere_and_once_each(world: Suite) -> None:
    anna = await customer(world.world, "anna", "prepaid-starter", money=3 * EURO)
    await world.mirrored(anna)
    hook = await world.hook(anna.subscriber_id)
    token = world.token(anna)
    expected: list[str] = []
    async with (
        watching(world.phone(token), with_balance=True) as stream,
        events(world.url, token) as page,
    ):
        for megabytes, alert in (
            (2_400, "allowance-low"),
            (450, "allowance-low"),
            (150, "allowance-used-up"),
            (20, "balance-low"),
        ):
            await anna.use(megabytes * MEGABYTE, WEB)
            expected.append(alert)
            for told in (stream, page):
                await told.until(lambda told: told.alerts == expected, f"{alert} on a stream")
            await eventually(lambda: hook.alerts == expected, WAIT_SECONDS, f"{alert} at the webhook")
        for told in (stream, page):
            await told.until(lambda told: money_in(told) == "1.80", "the balance moves")
    entries = await world.inbox(anna.subscriber_id)
    assert [(one.alert_code, one.superseded) for one in entries] == [
        ("allowance-low", True),
        ("allowance-low", True),
        ("allowance-used-up", False),
        ("balance-low", False),
    ]
    assert [one.data["percent"] for one in entries[:3]] == ["80", "95", "100"]
    assert [one.cursor for one in stream.of("notification")] == [one.cursor for one in entries]
    assert [one["cursor"] for one in page.of("notification")] == [one.cursor for one in entries]
    assert [posted.webhook_id for posted in hook.receiver.got] == [one.notification_id for one in entries]
    assert all(is_signed(posted, hook.secret) for posted in hook.receiver.got)
    assert entries[-1].title == "€1.80 left"


async def test_a_top_up_is_told_with_what_there_is_now_and_replaces_nothing(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=3 * EURO)
    await world.mirrored(anna)
    hook = await world.hook(anna.subscriber_id)
    await world.world.care.top_up("anna", 20 * EURO)
    await world.world.care.top_up("anna", 5 * EURO)
    await eventually(lambda: len(hook.receiver.got) == 2, WAIT_SECONDS)
    entry = await world.told(anna.subscriber_id, "topped-up", 2)
    assert entry.body == "We have received €5.00. Your balance is now €28.00. Thank you!"
    assert hook.receiver.got[-1].json["data"]["values"]["amount"] == "5.00 EUR"
    assert not any(one.superseded for one in await world.inbox(anna.subscriber_id))


async def test_who_is_refused_for_want_of_money_hears_why(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=0)
    with_nothing = await anna.open_session(asks=Wish(total_volume_octets=MEGABYTE))
    entry = await world.told(anna.subscriber_id, "out-of-credit")
    assert entry.title == "Not enough balance"
    assert entry.data["result"] == "QUOTA_LIMIT_REACHED"
    assert with_nothing


async def test_the_roaming_limit_is_told_near_it_and_at_it_whatever_was_wished(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=100 * EURO)
    await world.mirrored(anna)
    hook = await world.hook(anna.subscriber_id)
    off = [api.Wish(category=category, wanted=False) for category in (SERVICE, MARKETING)]
    await world.wishes(anna.subscriber_id, wishes=off)
    await anna.use(100 * MEGABYTE, WEB, plmn=AMERICA)
    mark = await world.told(anna.subscriber_id, "roaming-mark")
    assert (mark.title, mark.data["percent"]) == ("Roaming: 80% of the limit", "80")
    await anna.use(25 * MEGABYTE, WEB, plmn=AMERICA)
    cap = await world.told(anna.subscriber_id, "spend-cap")
    assert cap.title == "Limit reached: data outside the EU"
    await eventually(lambda: hook.alerts == ["roaming-mark", "spend-cap"], WAIT_SECONDS)


async def test_german_customers_read_german_and_their_money_as_germans_write_it(world: Suite) -> None:
    otto = await customer(world.world, "otto", money=1_240 * EURO)
    await world.mirrored(otto)
    hook = await world.hook(otto.subscriber_id)
    await world.wishes(otto.subscriber_id, language="de-AT")
    await world.world.care.top_up("otto", 10 * EURO + 50 * CENT)
    entry = await world.told(otto.subscriber_id, "topped-up")
    assert entry.language == "de"
    assert entry.body.replace(NBSP, " ") == (
        "Wir haben 10,50 € erhalten. Ihr Guthaben beträgt jetzt 1.250,50 €. Vielen Dank!"
    )
    await eventually(lambda: hook.alerts == ["topped-up"], WAIT_SECONDS)
    assert hook.only("topped-up").json["data"]["body"] == entry.body


async def test_the_operator_hears_that_somebody_is_unknown(world: Suite) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await world.inbox("nobody")
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def money_in(told: Told) -> str:
    """The newest amount of money that a stream told."""
    newest = told.of("balance")[-1]
    if isinstance(newest, dict):
        return next((one["money"]["amount"] for one in newest["buckets"] if one["is_money"]), "")
    cents = next((one.balance // CENT for one in newest.buckets if one.is_money), 0)
    return f"{cents // 100}.{cents % 100:02}"


def is_signed(posted: Posted, secret: str) -> bool:
    """Whether the signature is that of Standard Webhooks' own library; the story's clock is far ahead."""
    seconds = int(posted.headers["webhook-timestamp"])
    signature = Webhook(secret).sign(posted.webhook_id, utc(Instant(seconds * SECOND)), posted.body.decode())
    return signature == posted.headers["webhook-signature"]
