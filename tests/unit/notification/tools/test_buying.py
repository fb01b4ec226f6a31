"""Plans and add-ons: priced by the catalog, taken from charging, never for nothing and never twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.notification.adapters.tools.words import FluentWords
from services.notification.application.tools.buying import price_words
from services.notification.application.tools.ports import PeerRefusal, Terms
from services.notification.domain.tools import ToolAnswer
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_peers import euro, offering_of, terms_of


@pytest.fixture
def world() -> ToolWorld:
    return ToolWorld()


async def test_an_add_on_by_code_or_name(world: ToolWorld) -> None:
    for named in ("booster", "Booster", " booster "):
        assert (await world.proposal("buy_add_on", offering_code=named)).price == "1.99 EUR"
    answer = await world.yes(await world.proposal("buy_add_on", offering_code="Booster", language="de"))
    assert isinstance(answer, ToolAnswer)
    assert answer.result == {
        "code": "booster",
        "name": "Booster",
        "charged": "2.99 EUR",
        "charge_ids": ["charge-of-booster"],
        "ended": [],
    }
    assert "You were charged €2.99." in answer.text, "what charging says counts, and it is told"


async def test_a_bundle_with_a_choice(world: ToolWorld) -> None:
    assert await world.refusal("buy_add_on", offering_code="mix") == "CHOICE_INVALID"
    for wrong in (["other"], ["booster", "booster"], ["video-pass", "booster", "other"]):
        assert (
            await world.refusal("buy_add_on", offering_code="mix", chosen_offerings=wrong) == "CHOICE_INVALID"
        )
    fits = await world.proposal("buy_add_on", offering_code="mix", chosen_offerings=["video-pass"])
    assert isinstance(await world.yes(fits), ToolAnswer)


@pytest.mark.parametrize(
    ("tool", "code", "reason"),
    [
        ("buy_add_on", "nothing-like-it", "OFFERING_UNKNOWN"),
        ("buy_add_on", "prepaid-big", "OFFERING_UNKNOWN"),
        ("change_plan", "booster", "OFFERING_UNKNOWN"),
        ("buy_add_on", "video-pass", "NOT_FOR_SALE"),
        ("change_plan", "prepaid-data", "NOT_FOR_SALE"),
        ("change_plan", "mobile", "PAYMENT_DIFFERS"),
    ],
)
async def test_what_is_not_sold(world: ToolWorld, tool: str, code: str, reason: str) -> None:
    assert await world.refusal(tool, offering_code=code) == reason
    assert await world.refusal(tool, offering_code=code, language="de") == reason


async def test_what_only_offers_give_cannot_be_bought() -> None:
    world = ToolWorld(not_sold=frozenset({"booster"}))
    assert await world.refusal("buy_add_on", offering_code="booster") == "OFFERING_UNKNOWN"


async def test_a_trial_that_ends_by_itself_is_given_away_not_sold(world: ToolWorld) -> None:
    world.shop.reprice("booster", replace(terms_of("0", "7.99", months=1, trial=7), trial_ends=True))
    assert await world.refusal("buy_add_on", offering_code="booster") == "NOT_FOR_SALE"


async def test_it_is_not_sold_in_that_currency(world: ToolWorld) -> None:
    francs = replace(world.directory.customers["s-anna"], currency_code="CHF")
    world.directory.customers["s-anna"] = francs
    assert await world.refusal("buy_add_on", offering_code="booster") == "NOT_FOR_SALE"


async def test_whoever_has_it_has_it(world: ToolWorld) -> None:
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, offerings=("prepaid-big", "weekly-pass", "booster"))
    assert await world.refusal("buy_add_on", offering_code="weekly-pass") == "ALREADY_SUBSCRIBED"
    assert await world.refusal("change_plan", offering_code="prepaid-big") == "ALREADY_SUBSCRIBED"
    # What has no period may be bought again and again.
    assert (await world.proposal("buy_add_on", offering_code="booster")).price == "1.99 EUR"


async def test_not_enough_money_is_said_with_what_is_missing(world: ToolWorld) -> None:
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, available=euro("0.49"))
    refused = await world.call("buy_add_on", offering_code="booster")
    assert "€1.99" in str(refused)
    assert "€1.50 are missing" in str(refused)
    german = await world.call("buy_add_on", offering_code="booster", language="de")
    assert "Es fehlen 1,50\xa0€" in getattr(german, "text", "")


async def test_a_barred_line_and_a_customer_that_charging_does_not_know(world: ToolWorld) -> None:
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, barred=True)
    assert await world.refusal("buy_add_on", offering_code="booster") == "SUBSCRIBER_BARRED"
    world.charging.now = None
    assert await world.refusal("buy_add_on", offering_code="booster") == "SUBSCRIBER_UNKNOWN"


async def test_a_plan_takes_the_place_of_the_present_one(world: ToolWorld) -> None:
    proposed = await world.proposal("change_plan", offering_code="prepaid-big")
    assert proposed.price == "9.99 EUR"
    assert proposed.summary == (
        "Shall I change your plan from Prepaid Data to “Prepaid Big”? "
        "It costs €9.99 now, then €9.99 a month. "
        "Prepaid Data would end at once: what is left of its allowances is lost, and nothing is paid back."
    )
    world.charging.prices["prepaid-big"] = euro("9.99")
    answer = await world.yes(proposed)
    assert isinstance(answer, ToolAnswer)
    assert answer.result["ended"] == ["prepaid-data"]
    assert world.charging.actions == ["subscribe prepaid-big", "cancel prepaid-data"]
    await world.yes(proposed)
    assert len(world.charging.actions) == 2


async def test_whoever_cannot_pay_the_new_plan_keeps_the_old_one(world: ToolWorld) -> None:
    proposed = await world.proposal("change_plan", offering_code="prepaid-big")
    world.charging.refuses["subscribe prepaid-big"] = PeerRefusal("BALANCE_INSUFFICIENT")
    await world.yes(proposed)
    assert world.charging.actions == []


async def test_interrupted_between_two_steps_the_second_is_made_up_for(world: ToolWorld) -> None:
    proposed = await world.proposal("change_plan", offering_code="prepaid-big")
    subscribe = world.charging.subscribe

    async def once(*arguments: object) -> object:
        said = await subscribe(*arguments)  # type: ignore[arg-type]
        world.charging.silent = 1
        return said

    world.charging.subscribe = once  # type: ignore[assignment,method-assign]
    await world.yes(proposed)
    assert world.charging.actions == ["subscribe prepaid-big"]
    world.charging.subscribe = subscribe  # type: ignore[method-assign]
    # By now the new plan is what the customer has.
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, offerings=("prepaid-data", "prepaid-big"))
    assert isinstance(await world.yes(proposed), ToolAnswer)
    assert world.charging.actions == ["subscribe prepaid-big", "cancel prepaid-data"]


async def test_an_old_plan_that_is_gone_is_ended_and_one_that_stays_is_named(world: ToolWorld) -> None:
    for reason, ended in (("NOT_SUBSCRIBED", ["prepaid-data"]), ("WHATEVER", [])):
        proposed = await world.proposal("change_plan", offering_code="prepaid-big")
        world.charging.refuses["cancel prepaid-data"] = PeerRefusal(reason)
        answer = await world.yes(proposed)
        assert isinstance(answer, ToolAnswer)
        assert answer.result["ended"] == ended
        assert ("could not be ended" in answer.text) is not bool(ended)


async def test_a_first_plan(world: ToolWorld) -> None:
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, offerings=())
    proposed = await world.proposal("change_plan", offering_code="prepaid-big")
    assert proposed.summary == (
        "Shall I put you on the plan “Prepaid Big”? It costs €9.99 now, then €9.99 a month."
    )


async def test_the_plan_that_ends_is_part_of_the_promise(world: ToolWorld) -> None:
    proposed = await world.proposal("change_plan", offering_code="prepaid-big")
    offerings = {
        **world.shop.assortment.offerings,
        "prepaid-dear": offering_of("prepaid-dear", "Dear", "plan", each="5.00", months=1),
    }
    world.shop.assortment = replace(world.shop.assortment, offerings=offerings)
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, offerings=("prepaid-dear",))
    again = await world.yes(proposed)
    assert "from Dear to" in getattr(again, "summary", "")


async def test_nobody_answers(world: ToolWorld) -> None:
    world.shop.unreachable = True
    assert await world.refusal("buy_add_on", offering_code="booster") == "TRY_LATER"
    assert await world.refusal("change_plan", offering_code="prepaid-big", language="de") == "TRY_LATER"


@pytest.mark.parametrize(
    ("terms", "english", "german"),
    [
        (terms_of("1.99"), "€1.99 now", "jetzt 1,99\xa0€"),
        (
            terms_of("0", "2.99", days=7),
            "€2.99 now, then €2.99 every 7 days",
            "jetzt 2,99\xa0€, danach 2,99\xa0€ alle 7 Tage",
        ),
        (
            terms_of("0", "2.99", days=1),
            "€2.99 now, then €2.99 a day",
            "jetzt 2,99\xa0€, danach 2,99\xa0€ am Tag",
        ),
        (
            terms_of("5.00", "8.00", months=3, trial=14),
            "€5.00 now, and no further fee for the first 14 days, then €8.00 every 3 months",
            "jetzt 5,00\xa0€ und die ersten 14 Tage keine weitere Gebühr, danach 8,00\xa0€ alle 3 Monate",
        ),
        (
            replace(terms_of("0", "49.00", months=1), prorated=True),
            "€49.00 now at most (a running period is paid in part), then €49.00 a month",
            "jetzt höchstens 49,00\xa0€ (ein laufender Zeitraum wird anteilig bezahlt), "
            "danach 49,00\xa0€ im Monat",
        ),
    ],
)
def test_prices_in_words(terms: Terms, english: str, german: str) -> None:
    words = FluentWords()
    assert words.say([price_words(terms)], "en") == english
    assert words.say([price_words(terms)], "de") == german
