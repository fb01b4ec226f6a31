"""What tools tell of customers: from the mirror of accounts, with money as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.outcome import RefusedError
from services.notification.application.ports import Bill, UsageSlice
from services.notification.domain.customers import Bucket
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Notification
from tests.support.notification_tools import ToolWorld, in_days, rows
from tests.support.notification_tools_peers import ACCOUNT, NOW, OTHER, OTHER_ACCOUNT, SUBSCRIBER, euro


@pytest.fixture
def world() -> ToolWorld:
    return ToolWorld()


def entry(cursor: int, subscriber_id: str = SUBSCRIBER) -> Notification:
    return Notification(
        f"n-{cursor}",
        cursor,
        Recipient(subscriber_id, "whatever"),
        "balance-low",
        1,
        Category.SERVICE,
        AlertSeverity.WARNING,
        "en",
        f"Title {cursor}",
        "Body",
        "Text",
        {"bucket_id": "b-1"},
        NOW,
        NOW,
    )


async def test_who_the_customer_is(world: ToolWorld) -> None:
    answer = await world.answer("get_customer")
    assert answer.result["line"] == "active"
    assert answer.result["offerings"] == [
        {"offering_code": "prepaid-data", "name": "Prepaid Data", "kind": "plan"},
        {"offering_code": "video-pass", "name": "Video Pass", "kind": "add-on"},
    ]
    assert answer.text == "You have Prepaid Data and Video Pass."
    german = await world.answer("get_customer", language="de-AT")
    assert german.text == "Sie haben Prepaid Data und Video Pass."


async def test_without_a_catalog_codes_must_do(world: ToolWorld) -> None:
    world.shop.unreachable = True
    assert (await world.answer("get_customer")).text == "You have prepaid-data and video-pass."


async def test_a_suspended_customer_with_nothing(world: ToolWorld) -> None:
    bare = replace(world.directory.customers[SUBSCRIBER], offering_codes=frozenset(), barred=True)
    world.directory.customers[SUBSCRIBER] = bare
    answer = await world.answer("get_customer")
    assert answer.result["line"] == "suspended"
    assert answer.text == "You have no plan at the moment. Your line is suspended."


async def test_balance_and_allowances_that_the_customer_may_use(world: ToolWorld) -> None:
    bucket = Bucket("b-2", ACCOUNT, "5 GB of video", False, "octets", 2_400_000_000, 5_000_000_000)
    world.directory.buckets += [
        replace(bucket, valid_until=in_days(30), offering_code="video-pass"),
        replace(bucket, bucket_id="b-3", subscriber_ids=frozenset({"somebody"})),
        replace(bucket, bucket_id="b-4", valid_until=Instant(NOW - 1)),
        replace(bucket, bucket_id="b-5", account_id=OTHER_ACCOUNT),
        replace(bucket, bucket_id="b-6", name="Minutes", unit="seconds", balance=3_630, given=0),
    ]
    answer = await world.answer("get_balance")
    assert answer.result["money"] == "20.00 EUR"
    assert [line["bucket_id"] for line in rows(answer, "allowances")] == ["b-2", "b-6"]
    assert answer.result["feature_seq"] == 7
    assert answer.text == (
        "You have €20.00. There is left: 2.4 GB of “5 GB of video” (until 1 January 2027) "
        "and 60 min 30 s of “Minutes”."
    )
    german = await world.answer("get_balance", language="de")
    assert "20,00\xa0€" in german.text
    assert "2,4 GB von „5 GB of video“ (bis 1. Januar 2027)" in german.text


async def test_usage_of_calendar_days_most_expensive_first(world: ToolWorld) -> None:
    today = Instant(NOW - 11 * HOUR)
    world.directory.slices += [
        UsageSlice(today, 107, "octets", 5_000_000_000, euro("0.10")),
        UsageSlice(today, 101, "octets", 1_000_000, euro("0.05")),
        UsageSlice(Instant(NOW - DAY), 101, "octets", 2_000_000, euro("0.15")),
        UsageSlice(Instant(NOW - 2 * DAY), 101, "octets", 9_000_000, euro("9.00")),
    ]
    two = await world.answer("get_usage", days=2)
    assert [(line["name"], line["units"], line["cost"]) for line in rows(two, "lines")] == [
        ("Web", 3_000_000, "0.20 EUR"),
        ("Video", 5_000_000_000, "0.10 EUR"),
    ]
    assert two.text == "In the last 2 days you have used 3 MB of Web and 5 GB of Video. That cost €0.30."
    assert (await world.answer("get_usage", days=1)).result["cost"] == "0.15 EUR"
    assert await world.refusal("get_usage", days=0) == "DAYS_INVALID"
    assert await world.refusal("get_usage", days=91) == "DAYS_INVALID"
    world.directory.slices.clear()
    assert (await world.answer("get_usage")).text == "You have used nothing in the last 7 days."


async def test_bills(world: ToolWorld) -> None:
    assert (await world.answer("list_bills")).text == "Nothing has been billed yet."
    world.directory.months = [
        Bill(ACCOUNT, "2026-12", euro("1.50"), 3, closed=False),
        Bill(ACCOUNT, "2026-11", euro("19.99"), 40, closed=True),
    ]
    answer = await world.answer("list_bills")
    assert answer.text == "December 2026 comes to €1.50 so far. November 2026 came to €19.99."
    assert answer.result["bills"] == [
        {"month": "2026-12", "total": "1.50 EUR", "charges": 3, "closed": False},
        {"month": "2026-11", "total": "19.99 EUR", "charges": 40, "closed": True},
    ]
    assert (await world.answer("list_bills", language="de")).text.startswith("Dezember 2026: bisher 1,50")


async def test_the_inbox_is_read_on_after_a_cursor(world: ToolWorld) -> None:
    world.inbox.entries = [entry(1), entry(2), entry(3), entry(4, OTHER)]
    answer = await world.answer("list_notifications", after=1, limit=5)
    assert [line["cursor"] for line in rows(answer, "notifications")] == [2, 3]
    assert answer.result["next_cursor"] == 3
    assert answer.text == "There are 2 messages; 2 unread in all. The newest: Title 3 and Title 2."
    assert (await world.answer("list_notifications", after=3)).text.startswith("There are no further")
    assert await world.refusal("list_notifications", limit=101) == "LIMIT_INVALID"
    assert await world.refusal("list_notifications", after=-1) == "LIMIT_INVALID"


@pytest.mark.parametrize("tool", ["get_customer", "get_balance", "get_usage", "list_bills", "buy_add_on"])
async def test_nobody_is_known_of_that_name(world: ToolWorld, tool: str) -> None:
    said = {"offering_code": "booster"} if tool == "buy_add_on" else {}
    assert await world.refusal(tool, by="nobody", **said) == "SUBSCRIBER_UNKNOWN"


@pytest.mark.parametrize(
    ("tool", "said", "field"),
    [
        ("get_usage", {"days": "7"}, "days"),
        ("get_usage", {"weeks": 1}, "weeks"),
        ("set_roaming", {"state": "perhaps"}, "state"),
        ("accept_offer", {"decision_id": "d-1"}, "offer_code"),
        ("buy_add_on", {"offering_code": 4.99}, "offering_code"),
        ("open_case", {"topic": "x" * 20_000, "summary": "y"}, ""),
        ("open_case", {"topic": "x", "summary": "a\x00b"}, ""),
        ("open_case", {"topic": "x", "summary": "\ud800"}, ""),
    ],
)
async def test_arguments_that_no_tool_can_read(
    world: ToolWorld, tool: str, said: dict[str, object], field: str
) -> None:
    with pytest.raises(RefusedError, match="ARGUMENTS_INVALID") as raised:
        await world.call(tool, **said)  # type: ignore[arg-type]
    assert raised.value.refused.field == field


async def test_no_such_tool(world: ToolWorld) -> None:
    with pytest.raises(RefusedError, match="TOOL_UNKNOWN"):
        await world.call("rob_bank")


async def test_the_customers_own_language_unless_another_is_asked_for(world: ToolWorld) -> None:
    await world.answer("set_preferences", language="en")
    stored = await world.preferences.get(SUBSCRIBER)
    await world.preferences.put(SUBSCRIBER, replace(stored, language="de"))
    assert (await world.answer("list_bills", language="")).text == "Bisher wurde nichts abgerechnet."
    assert (await world.answer("list_bills", language="fr")).text == "Nothing has been billed yet."
