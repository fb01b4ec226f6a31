"""Why was I charged? The charge that is meant is found, and told in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.notification.application.tools.ports import Explanation, ExplanationStep, PeerRefusal
from services.notification.domain.facts import Units
from tests.support.notification_tools import ToolWorld, charge_line
from tests.support.notification_tools_peers import ACCOUNT, NOW, OTHER_ACCOUNT, SUBSCRIBER, euro

USED = Units(1_500_000, "octets")


def explained(charge_id: str, amount: str = "0.05", **changed: object) -> Explanation:
    told = Explanation(
        charge_id,
        ACCOUNT,
        SUBSCRIBER,
        "usage",
        NOW,
        euro(amount),
        "prepaid-data",
        "Data",
        101,
        "home",
        USED,
        (
            ExplanationStep("increments", USED, None),
            ExplanationStep("allowance", Units(500_000, "octets"), None),
            ExplanationStep("price", Units(1_000_000, "octets"), euro(amount)),
            ExplanationStep("tax", None, euro("0.01")),
        ),
        ("Data, 1.5 MB.", "In all 0.05 EUR."),
        euro("0"),
    )
    return replace(told, **changed)  # type: ignore[arg-type]


@pytest.fixture
def world() -> ToolWorld:
    made = ToolWorld()
    made.directory.lines = [
        charge_line("c-free", "0", hours_ago=1),
        charge_line("c-last", "0.05", hours_ago=2),
        charge_line("c-yesterday-small", "0.10", hours_ago=20),
        charge_line("c-yesterday-large", "1.23", hours_ago=22),
        charge_line("c-old", "4.99", hours_ago=24 * 6, kind="fee"),
    ]
    made.charging.explanations = {
        line.charge_id: explained(line.charge_id, f"{line.amount.to_decimal():f}")
        for line in made.directory.lines
    }
    return made


async def test_the_last_one_that_cost_something(world: ToolWorld) -> None:
    answer = await world.answer("explain_charge")
    assert answer.result["charge_id"] == "c-last"
    assert answer.result["amount"] == "0.05 EUR"
    assert answer.result["arithmetic"] == ["Data, 1.5 MB.", "In all 0.05 EUR."]
    assert answer.text == (
        "On 2 December 2026 at 12:00 you were charged €0.05 for Web (1.5 MB), by the price “Data” of "
        "Prepaid Data. 500 kB of it came out of an allowance. 1 MB cost €0.05. €0.01 of it is tax."
    )
    german = await world.answer("explain_charge", language="de")
    assert german.text.startswith(
        "Am 2. Dezember 2026 um 12:00 Uhr wurden Ihnen 0,05\xa0€ für „Web“ (1,5 MB) berechnet, nach dem "
        "Preis „Data“ von Prepaid Data. 500 kB davon kamen aus einem enthaltenen Volumen."
    )
    assert german.result["steps"] == [
        "500 kB davon kamen aus einem enthaltenen Volumen.",
        "1 MB kosteten 0,05\xa0€.",
        "0,01\xa0€ davon sind Steuer.",
    ]


async def test_yesterdays_are_added_up_and_the_largest_is_told(world: ToolWorld) -> None:
    for day in ("yesterday", "2026-12-01", " Yesterday "):
        answer = await world.answer("explain_charge", day=day)
        assert answer.result["charge_id"] == "c-yesterday-large"
        assert answer.result["candidates"] == 2
        assert answer.text.startswith(
            "There were 2 charges on 1 December 2026, €1.33 in all. This is the largest: "
        )


async def test_by_an_amount_that_somebody_remembers(world: ToolWorld) -> None:
    for amount in ("4.99 EUR", "4,99", "5", "4.99€"):
        answer = await world.answer("explain_charge", amount=amount)
        assert answer.result["charge_id"] == "c-old", amount
    both = await world.answer("explain_charge", amount="0.10", day="yesterday")
    assert both.result["charge_id"] == "c-yesterday-small"
    assert await world.refusal("explain_charge", amount="3.00") == "CHARGE_NOT_FOUND"


async def test_by_its_id_and_never_another_accounts(world: ToolWorld) -> None:
    assert (await world.answer("explain_charge", charge_id="c-old")).result["charge_id"] == "c-old"
    world.charging.explanations["c-foreign"] = explained("c-foreign", account_id=OTHER_ACCOUNT)
    foreign = await world.call("explain_charge", charge_id="c-foreign")
    assert foreign == await world.call("explain_charge", charge_id="no-such-charge")
    assert await world.refusal("explain_charge", charge_id="c-foreign") == "CHARGE_UNKNOWN"


async def test_what_cannot_be_understood_or_found(world: ToolWorld) -> None:
    for day in ("last summer", "9999-12-31", "0001-01-01"):
        assert await world.refusal("explain_charge", day=day) == "QUESTION_INVALID"
    assert await world.refusal("explain_charge", amount="4.99 USD") == "QUESTION_INVALID"
    assert await world.refusal("explain_charge", day="2026-01-01") == "CHARGE_NOT_FOUND"
    world.directory.lines.clear()
    assert await world.refusal("explain_charge") == "CHARGE_NOT_FOUND"
    world.charging.explanations["c-1"] = PeerRefusal("CATALOG_NOT_PUBLISHED")
    assert await world.refusal("explain_charge", charge_id="c-1") == "NOT_EXPLAINED"


async def test_where_nothing_cost_anything_the_newest_is_told(world: ToolWorld) -> None:
    world.directory.lines = [charge_line("c-free", "0")]
    answer = await world.answer("explain_charge")
    assert "It cost nothing" in answer.text


@pytest.mark.parametrize(
    ("kind", "amount", "words"),
    [
        ("fee", "4.99", "you were charged €4.99 for Prepaid Data: “Data”."),
        ("fee", "-4.99", "you got €4.99 back for Prepaid Data"),
        ("refund", "0.50", "you were given €0.50 back."),
        ("correction", "-0.20", "you got €0.20 back."),
        ("correction", "0.20", "€0.20 were charged in addition."),
    ],
)
async def test_every_kind_of_charge_has_words(world: ToolWorld, kind: str, amount: str, words: str) -> None:
    world.charging.explanations["c"] = explained("c", amount, kind=kind, used=None)
    assert words in (await world.answer("explain_charge", charge_id="c")).text
    assert (await world.answer("explain_charge", charge_id="c", language="de")).text


async def test_abroad_the_zone_is_named_and_what_was_given_back_since(world: ToolWorld) -> None:
    world.charging.explanations["c"] = explained("c", zone="rest-of-world", changed_since=euro("-0.02"))
    text = (await world.answer("explain_charge", charge_id="c")).text
    assert "in the zone “The rest of the world”" in text
    assert text.endswith("€0.02 of it has been given back since.")
    world.charging.explanations["c"] = explained("c", changed_since=euro("0.02"))
    text = (await world.answer("explain_charge", charge_id="c")).text
    assert text.endswith("€0.02 was added by a correction since.")
