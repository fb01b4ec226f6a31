"""Line, roaming, limits, offers, payment links, wishes, cases: what they do and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.common.kernel.clock import HOUR, Instant
from services.notification.application.tools.ports import CounterTerms, PeerRefusal, SpendCounter
from services.notification.domain.cases import CasePriority
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from services.notification.domain.tools import ToolAnswer, ToolCall
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_peers import NOW, OTHER, SUBSCRIBER, euro


@pytest.fixture
def world() -> ToolWorld:
    return ToolWorld()


async def test_a_line_is_suspended_on_a_yes_and_resumed_at_once(world: ToolWorld) -> None:
    proposed = await world.proposal("suspend_line")
    assert proposed.price == ""
    assert "monthly fees go on" in proposed.summary
    assert isinstance(await world.yes(proposed), ToolAnswer)
    assert await world.refusal("suspend_line") == "ALREADY_SUSPENDED"
    resumed = await world.answer("resume_line")
    assert resumed.result == {"line": "active"}
    assert world.charging.actions == ["bar True", "bar False"]
    assert (await world.answer("resume_line")).text == "Your line works."
    # Suspended a second time it can be resumed a second time.
    world.clock.advance(60)
    await world.yes(await world.proposal("suspend_line"))
    await world.answer("resume_line")
    assert world.charging.actions == ["bar True", "bar False"] * 2


async def test_what_the_operator_barred_no_customer_opens(world: ToolWorld) -> None:
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, barred=True)
    assert await world.refusal("resume_line") == "BARRED_BY_OPERATOR"
    assert world.charging.actions == []


async def test_a_wish_to_suspend_ends_when_the_line_was_opened_by_others(world: ToolWorld) -> None:
    await world.yes(await world.proposal("suspend_line"))
    assert world.charging.now is not None
    world.charging.now = replace(world.charging.now, barred=False)
    await world.answer("resume_line")
    world.charging.now = replace(world.charging.now, barred=True)
    assert await world.refusal("resume_line") == "BARRED_BY_OPERATOR"


async def test_charging_may_refuse_or_not_answer(world: ToolWorld) -> None:
    world.charging.refuses["bar True"] = PeerRefusal("SOMETHING_NEW")
    refused = await world.yes(await world.proposal("suspend_line"))
    assert refused == await world.yes(await world.proposal("suspend_line"))
    assert "SOMETHING_NEW" in getattr(refused, "text", "")
    world.charging.now = None
    assert await world.refusal("resume_line") == "SUBSCRIBER_UNKNOWN"
    assert await world.refusal("suspend_line") == "SUBSCRIBER_UNKNOWN"


async def test_roaming_off_is_a_cap_of_nothing_where_there_is_a_cap(world: ToolWorld) -> None:
    proposed = await world.proposal("set_roaming", state="off")
    assert "That stops Data outside the EU. Usage abroad that has no such limit goes on." in proposed.summary
    off = await world.yes(proposed)
    assert isinstance(off, ToolAnswer)
    assert off.result["state"] == "off"
    assert off.result["caps"] == [
        {
            "counter_code": "roaming-data-cap",
            "name": "Data outside the EU",
            "period": "2026-12",
            "cap": "0.00 EUR",
            "used": "1.00 EUR",
        }
    ]
    assert await world.refusal("set_roaming", state="off") == "ROAMING_ALREADY_OFF"
    on = await world.proposal("set_roaming", state="on")
    assert "these limits hold again: “Data outside the EU” up to €59.50." in on.summary
    assert isinstance(await world.yes(on), ToolAnswer)
    assert await world.refusal("set_roaming", state="on") == "ROAMING_ALREADY_ON"
    assert world.charging.actions == ["cap roaming-data-cap 0 False", "cap roaming-data-cap None True"]


async def test_roaming_without_a_limit_that_the_customer_may_change(world: ToolWorld) -> None:
    at_home = replace(world.shop.assortment.counters["roaming-data-cap"], zones=frozenset({"home"}))
    for counters in ({}, {"roaming-data-cap": at_home}):
        world.shop.assortment = replace(world.shop.assortment, counters=counters)
        assert await world.refusal("set_roaming", state="off") == "ROAMING_NOT_LIMITED"


async def test_a_limit_on_spending(world: ToolWorld) -> None:
    proposed = await world.proposal("set_spend_cap", cap="20")
    assert proposed.summary == "Shall I limit “Data outside the EU” to €20.00 a month?"
    answer = await world.yes(proposed)
    assert isinstance(answer, ToolAnswer)
    assert answer.result["cap"]["cap"] == "20.00 EUR"  # type: ignore[index]
    assert answer.text == "“Data outside the EU” is limited to €20.00 a month now."
    lifted = await world.yes(await world.proposal("set_spend_cap", cap="none"))
    assert getattr(lifted, "text", "") == "“Data outside the EU” has no limit any more."
    usual = await world.proposal("set_spend_cap", cap="default", counter_code="roaming-data-cap")
    assert "up to €59.50" in usual.summary
    await world.yes(usual)
    assert world.charging.actions == [
        f"cap roaming-data-cap {euro('20').minor_micros} False",
        "cap roaming-data-cap None False",
        "cap roaming-data-cap None True",
    ]


@pytest.mark.parametrize("cap", ["much", "20 USD", "-5", "1e3"])
async def test_a_limit_is_an_amount(world: ToolWorld, cap: str) -> None:
    assert await world.refusal("set_spend_cap", cap=cap) == "AMOUNT_INVALID"


async def test_which_limit_is_meant(world: ToolWorld) -> None:
    assert await world.refusal("set_spend_cap", cap="20", counter_code="fair-use") == "COUNTER_UNKNOWN"
    calls = CounterTerms("premium", "Premium calls", True, True, frozenset(), {})
    counters = {**world.shop.assortment.counters, "premium": calls}
    world.shop.assortment = replace(world.shop.assortment, counters=counters)
    world.charging.caps["premium"] = SpendCounter("premium", "Premium calls", True, 0, None, "2026-W49")
    asked = await world.call("set_spend_cap", cap="20")
    assert "“Premium calls” (premium)" in getattr(asked, "text", "")
    chosen = await world.proposal("set_spend_cap", cap="20", counter_code="premium")
    assert "a week" in chosen.summary
    assert (
        "without a limit"
        in (await world.proposal("set_spend_cap", cap="default", counter_code="premium")).summary
    )
    world.charging.caps.clear()
    assert await world.refusal("set_spend_cap", cap="20") == "COUNTER_UNKNOWN"


async def test_offers_and_an_answer_to_them(world: ToolWorld) -> None:
    found = await world.answer("list_offers")
    assert found.result["decision_id"] == "d-1"
    assert found.text == "There are 2 offers for you: Video Pass for €4.99 and A gift at no charge."
    proposed = await world.proposal("accept_offer", decision_id="d-1", offer_code="video")
    assert (proposed.price, proposed.summary) == (
        "4.99 EUR",
        "Shall I accept “Video Pass” for you? It costs €4.99 now.",
    )
    first, second = await world.yes(proposed), await world.yes(proposed)
    assert first == second
    assert len(world.offers.accepted) == 1
    free = await world.proposal("accept_offer", decision_id="d-1", offer_code="gift")
    assert free.price == ""
    taken = await world.yes(free)
    assert getattr(taken, "text", "") == "Done: you have “A gift” now. You were charged nothing."
    for _ in range(2):
        declined = await world.answer("decline_offer", decision_id="d-1", offer_code="video")
        assert declined.text == "All right. You will not see that offer before 1 January 2027."
    assert len(world.offers.declined) == 1


async def test_offers_of_others_expired_ones_and_none(world: ToolWorld) -> None:
    said = {"decision_id": "d-1", "offer_code": "video"}
    for tool in ("accept_offer", "decline_offer"):
        assert await world.refusal(tool, by=OTHER, **said) == "DECISION_UNKNOWN"
        assert await world.refusal(tool, decision_id="d-2", offer_code="video") == "DECISION_UNKNOWN"
        assert await world.refusal(tool, decision_id="d-1", offer_code="x") == "DECISION_UNKNOWN"
    world.clock.time = Instant(NOW + HOUR)
    assert await world.refusal("accept_offer", **said) == "OFFER_EXPIRED"
    world.offers.shown = ()
    assert (await world.answer("list_offers")).text == "There is no offer for you right now."
    assert await world.refusal("list_offers", limit=11) == "LIMIT_INVALID"
    world.offers.refuses = PeerRefusal("PLACEMENT_UNKNOWN")
    assert await world.refusal("list_offers") == "NO_OFFERS_HERE"
    world.offers.unreachable = True
    assert await world.refusal("list_offers") == "TRY_LATER"


@pytest.mark.parametrize(
    "reason", ["OFFER_EXPIRED", "OFFER_DECLINED", "CONSENT_WITHDRAWN", "BUDGET_SPENT", "BALANCE_INSUFFICIENT"]
)
async def test_what_offers_refuses_has_words(world: ToolWorld, reason: str) -> None:
    proposed = await world.proposal("accept_offer", decision_id="d-1", offer_code="video")
    world.offers.refuses = PeerRefusal(reason)
    refused = await world.yes(proposed)
    assert getattr(refused, "reason", "") == reason
    assert reason not in getattr(refused, "text", "")
    assert await world.refusal("decline_offer", decision_id="d-1", offer_code="video") == reason


async def test_a_payment_link_and_never_a_card(world: ToolWorld) -> None:
    answer = await world.answer("top_up", amount="20")
    assert answer.result == {
        "amount": "20.00 EUR",
        "link": "https://pay.example/top-up?account=anna&amount=20.00%20EUR",
    }
    for amount in ("0", "-1", "4111 1111 1111 1111", "20 USD"):
        assert await world.refusal("top_up", amount=amount) == "AMOUNT_INVALID"
    assert await ToolWorld(page="").refusal("top_up", amount="20") == "NO_PAYMENT_PAGE"


async def test_wishes_are_changed_one_by_one(world: ToolWorld) -> None:
    await world.preferences.put(
        SUBSCRIBER, Preferences(wishes=(Wish(Category.MARKETING, True), Wish(Category.SERVICE, True)))
    )
    answer = await world.answer(
        "set_preferences",
        language="en",
        quiet_from="22:00",
        quiet_until="7:00",
        marketing="yes",
        wishes=[
            {"category": "marketing", "wanted": False},
            {"category": "service", "wanted": False, "channel": "sms"},
        ],
    )
    assert answer.text == (
        "I have changed that. Messages wait between 22:00 and 07:00, unless they are urgent. "
        "You get offers as messages."
    )
    stored = await world.preferences.get(SUBSCRIBER)
    assert stored.consent_evidence == "said yes to the assistant at 2026-12-02T11:00:00Z"
    assert stored.wishes == (
        Wish(Category.SERVICE, True),
        Wish(Category.MARKETING, False),
        Wish(Category.SERVICE, False, "", Channel.SMS),
    )
    as_it_is = await world.answer("set_preferences")
    assert as_it_is.text.startswith("That is how it is already.")
    assert as_it_is.result["quiet_until"] == "07:00"
    for wrong in ({"quiet_from": "22:00"}, {"quiet_from": "25:00", "quiet_until": "07:00"}):
        assert await world.refusal("set_preferences", **wrong) == "PREFERENCES_INVALID"


async def test_another_language_is_heard_at_once(world: ToolWorld) -> None:
    arguments = {"language": "de", "marketing": "no"}
    outcome = await world.toolbox.call(ToolCall(SUBSCRIBER, "anna", "set_preferences", arguments))
    assert getattr(outcome, "text", "").startswith(
        "Das habe ich geändert. Sie haben keine eigenen Ruhezeiten"
    )


async def test_cases_are_opened_once_and_handed_over_with_the_conversation(world: ToolWorld) -> None:
    said = {"topic": "dispute", "summary": "charged twice", "priority": "high", "request_id": "r-1"}
    assert await world.answer("open_case", **said) == await world.answer("open_case", **said)
    (request,) = world.cases.requests.values()
    assert (request.priority, request.subscriber_id) == (CasePriority.HIGH, SUBSCRIBER)
    assert await world.refusal("open_case", **{**said, "summary": "other"}) == "CASE_DIFFERS"
    # Another subscriber's request of the same id is another one.
    await world.answer("open_case", by=OTHER, **said)
    assert len(world.cases.requests) == 2
    for wrong in ({"topic": "Two Words"}, {"summary": " "}, {"summary": "x" * 1_001}, {"request_id": "a b"}):
        assert await world.refusal("open_case", **{**said, **wrong}) == "CASE_INVALID"
    for _ in range(2):
        handed = await world.answer("transfer_to_human", conversation="c-1", summary="wants a person")
    assert handed.result["topic"] == "human-wanted"
    assert len(world.cases.requests) == 3
    assert await world.refusal("transfer_to_human", summary="") == "CASE_INVALID"
