"""A customer and a chatbot, with charging, catalog and offers as they run: what is bought is paid once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from tidemark.charging.v1 import charging_data_pb2

from services.common.kernel.clock import MINUTE
from tests.support.live_element import MORNING, Wish, usage
from tests.support.live_prices import EURO
from tests.support.notification_tools_live import Suite, assistant_suite, refused, told
from tests.support.offers_customer import (
    AMERICA,
    CENT,
    EVERYTHING,
    GIGABYTE,
    MEGABYTE,
    WEB,
    Customer,
    customer,
)


@pytest.fixture
async def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    async with assistant_suite(tmp_path, monkeypatch) as running:
        yield running


async def confirmed(client: Client, proposal: dict[str, Any], times: int = 2) -> dict[str, Any]:
    """Says yes so often, at once; every answer must be the same."""
    said = {**proposal["arguments"], "confirmation_token": proposal["confirmation_token"]}
    answers = await asyncio.gather(*(told(client, proposal["tool"], **said) for _ in range(times)))
    assert all(answer == answers[0] for answer in answers)
    done: dict[str, Any] = answers[0][0]["done"]
    return done


async def test_an_add_on_is_bought_once_and_the_charge_explained(suite: Suite) -> None:
    anna = await customer(suite.world, "anna", money=20 * EURO)
    async with suite.assistant(anna) as client:
        await anna.use(MEGABYTE, WEB)
        explained, words = await told(client, "explain_charge")
        (charge,) = await anna.charges()
        assert explained["charge_id"] == charge.charge_id
        assert explained["amount"].startswith("0.05")
        assert "On 2 December 2026 at 12:00 you were charged €0.05 for " in words
        assert "In all 0.05" in " ".join(explained["arithmetic"])
        assert (await told(client, "explain_charge", day="today", answer_in="de"))[1].startswith(
            "Am 2. Dezember"
        )

        asked, summary = await told(client, "buy_add_on", offering_code="booster-1gb")
        assert asked["proposed"]["price"] == "1.99 EUR"
        assert "It costs €1.99 now." in summary
        assert await anna.fees() == []
        done = await confirmed(client, asked["proposed"])
        assert done["charged"] == "1.99 EUR"
        await confirmed(client, asked["proposed"])
        assert await anna.fees() == [199 * CENT], "confirmed four times"
        assert await anna.left("booster-1gb") == GIGABYTE

        explained, words = await told(client, "explain_charge")
        assert (explained["kind"], explained["amount"]) == ("fee", "1.99 EUR")
        assert [explained["charge_id"]] == done["charge_ids"]
        assert "you were charged €1.99 for " in words
        assert "€0.32 of it is tax." in words
        balance, _ = await told(client, "get_balance")
        assert balance["money"].startswith("17.9")


async def test_a_plan_upgrade_is_charged_once_and_ends_the_old_plan(suite: Suite) -> None:
    fred = await customer(suite.world, "fred", "prepaid-data", money=20 * EURO)
    async with suite.assistant(fred) as client:
        asked, summary = await told(client, "change_plan", offering_code="frontier")
        assert "nothing for the first 14 days, then €8.00 a month" in summary
        assert asked["proposed"]["price"] == ""
        done = await confirmed(client, asked["proposed"])
        assert done["ended"] == ["prepaid-data"]
        assert await fred.offerings() == {"frontier"}
        assert await refused(client, "change_plan", offering_code="family-plus") == "PAYMENT_DIFFERS"
        assert await refused(client, "change_plan", offering_code="frontier") == "ALREADY_SUBSCRIBED"

    emma = await customer(suite.world, "emma", "mobile-postpaid", money=100 * EURO)
    before = await emma.fees()
    async with suite.assistant(emma) as client:
        asked, summary = await told(client, "change_plan", offering_code="family-plus")
        assert asked["proposed"]["price"] == "49.00 EUR"
        assert "at most (a running period is paid in part)" in summary
        done = await confirmed(client, asked["proposed"])
        (paid,) = (await emma.fees())[len(before) :]
        assert 0 < paid < 49 * EURO, "what is left of December"
        assert await emma.offerings() == {"family-plus"}
        explained, words = await told(client, "explain_charge", charge_id=done["charge_ids"][0])
        assert explained["kind"] == "fee"
        assert "for Family Plus" in words


async def test_without_the_money_nothing_changes(suite: Suite) -> None:
    poor = await customer(suite.world, "poor", money=1 * EURO)
    async with suite.assistant(poor) as client:
        assert await refused(client, "buy_add_on", offering_code="booster-1gb") == "MONEY_MISSING"
        await suite.world.care.top_up("poor", EURO)
        asked, _ = await told(client, "buy_add_on", offering_code="booster-1gb")
        await poor.use(MEGABYTE, WEB)
        said = {
            **asked["proposed"]["arguments"],
            "confirmation_token": asked["proposed"]["confirmation_token"],
        }
        assert await refused(client, "buy_add_on", **said) == "MONEY_MISSING"
        assert await poor.fees() == []


async def test_at_a_price_that_has_changed_since_nothing_is_bought(suite: Suite) -> None:
    anna = await customer(suite.world, "anna")
    async with suite.assistant(anna) as client:
        asked, _ = await told(client, "buy_add_on", offering_code="Booster")
        await suite.publish_dearer("boosters.yaml", '"1.99"', '"2.49"')
        proposal = asked["proposed"]
        said = {**proposal["arguments"], "confirmation_token": proposal["confirmation_token"]}
        again, summary = await told(client, "buy_add_on", **said)
        assert again["proposed"]["price"] == "2.49 EUR"
        assert "€2.49" in summary
        assert await anna.fees() == []
        await confirmed(client, again["proposed"])
        assert await anna.fees() == [249 * CENT]


async def test_an_offer_is_taken_once_and_another_customers_never(suite: Suite) -> None:
    anna = await customer(suite.world, "anna", "prepaid-starter", consents=EVERYTHING)
    ben = await customer(suite.world, "ben", consents=EVERYTHING)
    await anna.use(2_900 * MEGABYTE, WEB)
    await suite.world.folded()
    async with suite.assistant(ben) as other, suite.assistant(anna) as client:
        found, _ = await told(client, "list_offers", limit=10)
        offer = next(line for line in found["offers"] if line["price"])
        said = {"decision_id": found["decision_id"], "offer_code": offer["offer_code"]}
        assert await refused(other, "accept_offer", **said) == "DECISION_UNKNOWN"
        assert await refused(other, "decline_offer", **said) == "DECISION_UNKNOWN"
        asked, summary = await told(client, "accept_offer", **said)
        assert asked["proposed"]["price"] == offer["price"]
        assert offer["name"] in summary
        done = await confirmed(client, asked["proposed"])
        assert done["charged"] == offer["price"]
        (fee,) = await anna.fees()
        assert f"{fee / EURO:.2f} EUR" == offer["price"]
        rest = [line for line in found["offers"] if line["offer_code"] != offer["offer_code"]]
        for line in rest[:1]:
            said = {"decision_id": found["decision_id"], "offer_code": line["offer_code"]}
            declined, _ = await told(client, "decline_offer", **said)
            assert declined["quiet_until"] > "2026-12-02"


async def test_a_lost_phone_and_a_journey(suite: Suite) -> None:
    anna = await customer(suite.world, "anna")
    async with suite.assistant(anna) as client:
        asked, _ = await told(client, "suspend_line")
        await confirmed(client, asked["proposed"])
        (subscriber,) = (await anna.account()).subscribers
        assert subscriber.barred
        assert await refused(client, "buy_add_on", offering_code="booster-1gb") == "SUBSCRIBER_BARRED"
        await told(client, "resume_line")
        assert not (await anna.account()).subscribers[0].barred

        assert await granted(suite, anna)
        asked, _ = await told(client, "set_roaming", state="off")
        off = await confirmed(client, asked["proposed"])
        assert off["caps"][0]["cap"] == "0.00 EUR"
        assert not await granted(suite, anna), "charging grants nothing outside the EU any more"
        asked, summary = await told(client, "set_roaming", state="on")
        assert "€59.50" in summary
        await confirmed(client, asked["proposed"])
        assert await granted(suite, anna)
        asked, _ = await told(client, "set_spend_cap", cap="5.00 EUR", counter_code="roaming-data-cap")
        capped = await confirmed(client, asked["proposed"])
        assert capped["cap"]["cap"] == "5.00 EUR"


async def granted(suite: Suite, who: Customer) -> bool:
    """Whether charging grants data in America."""
    suite.world.clock.turn(MINUTE)
    opened = await suite.world.element.create(
        who.identifier,
        suite.world.number("session"),
        usage(WEB, asks=Wish(total_volume_octets=MEGABYTE)),
        second=suite.world.clock.seconds - MORNING,
        pdu_session=charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=AMERICA),
    )
    (information,) = opened.charging_data.multiple_unit_information
    return bool(information.HasField("granted_unit"))
