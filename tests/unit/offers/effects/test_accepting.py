"""Accepting an offer: once, refused in the order of the contract, kept while charging is away."""

from __future__ import annotations

import pytest

from services.common.kernel.clock import HOUR, SECOND
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.giving import GIVEN_UP_AFTER, LEFT_ALONE
from services.offers.domain.acceptance import AcceptRequest, AnswerState, ChargingRefusal
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import Budget, Purpose
from tests.support.offers_effects import (
    CENT,
    CHEAPER,
    EURO,
    EffectsWorld,
    compiled_offer,
    compiled_policies,
    no,
    offer,
    yes,
)


async def refused(world: EffectsWorld, request: AcceptRequest) -> Refused:
    """How accepting is refused."""
    with pytest.raises(RefusedError) as caught:
        await world.effects.accept(request)
    return caught.value.refused


async def reason(world: EffectsWorld, request: AcceptRequest) -> str:
    """Why accepting is refused."""
    return (await refused(world, request)).reason.name


async def test_an_acceptance_takes_effect_and_is_told_as_charging_told_it() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.price = 3 * EURO
    accepted = await world.effects.accept(yes())
    assert accepted.acceptance_id == "d-1:video-pass"
    assert accepted.given.amount_minor_micros == 3 * EURO
    assert accepted.given.charge_ids == ("c-0",)
    assert world.answer().state is AnswerState.DONE
    assert world.stored.kinds("d-1") == [OutcomeKind.ACCEPTED]
    assert world.stored.outcomes[0].value_minor_micros == 2 * EURO


async def test_accepting_again_under_any_request_id_gives_the_first_answer() -> None:
    world = EffectsWorld()
    world.present()
    first = await world.effects.accept(yes())
    world.hours_later(100)
    world.consents.given.clear()
    assert await world.effects.accept(yes()) == first
    assert await world.effects.accept(yes("r-2")) == first
    assert world.charging.asked == 1
    assert world.stored.kinds("d-1") == [OutcomeKind.ACCEPTED]


async def test_refusals_come_in_the_order_of_the_contract() -> None:
    world = EffectsWorld(compiled_offer(offer(budget=Budget(acceptances=1))))
    world.present("d-0", subscriber_id="s-0")
    await world.effects.accept(yes("r-0", "d-0"))
    world.charging.refusal = ChargingRefusal("BALANCE_INSUFFICIENT", "no money")
    assert await reason(world, yes()) == "DECISION_UNKNOWN"
    world.present("d-1", "another-offer")
    assert await reason(world, yes()) == "OFFER_NOT_PRESENTED"
    # From here on everything is wrong at once, and put right one by one.
    world.present()
    await world.effects.decline(no("r-no"))
    world.consents.given.clear()
    world.hours_later(24)
    assert await reason(world, yes()) == "OFFER_EXPIRED"
    world.present()
    world.consents.given.clear()
    assert await reason(world, yes()) == "OFFER_DECLINED"
    del world.stored.answers["d-1", "video-pass"]
    assert await reason(world, yes()) == "CONSENT_WITHDRAWN"
    world.consents.given.add(("s-1", Purpose.PERSONALISED_OFFERS))
    assert await reason(world, yes()) == "BUDGET_SPENT"
    world.stored.uses.clear()
    assert await reason(world, yes()) == "ACTION_REFUSED"
    world.charging.refusal = None
    assert (await world.effects.accept(yes("r-9"))).acceptance_id == "d-1:video-pass"


async def test_a_decision_of_another_account_is_unknown() -> None:
    world = EffectsWorld()
    world.present()
    assert await reason(world, yes(account_id="acme-2")) == "DECISION_UNKNOWN"
    assert (await world.effects.accept(yes(account_id="acme-1"))).acceptance_id


async def test_a_request_id_used_for_another_offer_is_refused() -> None:
    world = EffectsWorld(compiled_offer(offer()), compiled_offer(offer("music-pass")))
    world.present()
    world.present(offer_code="music-pass")
    await world.effects.accept(yes())
    assert await reason(world, yes(offer_code="music-pass")) == "DUPLICATE_DIFFERS"
    await world.effects.accept(yes("r-2"))
    assert await reason(world, yes("r-2", offer_code="music-pass")) == "DUPLICATE_DIFFERS"


async def test_an_offer_that_became_dearer_or_was_withdrawn_has_expired() -> None:
    world = EffectsWorld()
    world.present()
    dearer = compiled_offer(offer(), OfferTerms(price_minor_micros=1, currency_code="EUR"))
    world.policies.in_force = compiled_policies([dearer])
    assert await reason(world, yes()) == "OFFER_EXPIRED"
    world.policies.in_force = compiled_policies([compiled_offer(offer(), OfferTerms(sold=False))])
    assert await reason(world, yes()) == "OFFER_EXPIRED"
    world.policies.in_force = compiled_policies([])
    assert await reason(world, yes()) == "OFFER_EXPIRED"
    world.policies.in_force = None
    assert await reason(world, yes()) == "OFFER_EXPIRED"
    assert world.charging.asked == 0


async def test_what_is_shown_to_everybody_alike_needs_no_consent() -> None:
    world = EffectsWorld(compiled_offer(offer(personalised=False)))
    world.present()
    world.consents.given.clear()
    assert (await world.effects.accept(yes())).acceptance_id == "d-1:video-pass"


async def test_what_charging_refuses_gives_the_budget_back_and_may_be_tried_again() -> None:
    terms = OfferTerms(price_minor_micros=0, currency_code="EUR", regular_price_minor_micros=200 * CENT)
    world = EffectsWorld(compiled_offer(offer(action=CHEAPER), terms))
    world.present()
    world.charging.price, world.charging.money = 2 * EURO, EURO
    first = await refused(world, yes())
    assert first.reason.name == "ACTION_REFUSED"
    assert first.metadata == {"charging_reason": "BALANCE_INSUFFICIENT"}
    assert first.message == "the money does not cover it"
    assert world.budgets.use["video-pass"] == BudgetUse()
    world.charging.money = 5 * EURO
    # The same request gets the first answer; another one tries again.
    assert await refused(world, yes()) == first
    accepted = await world.effects.accept(yes("r-2"))
    assert accepted.given.amount_minor_micros == 2 * EURO
    assert world.budgets.use["video-pass"] == BudgetUse(1, 200 * CENT)


async def test_a_spent_budget_refuses_and_asks_charging_nothing() -> None:
    world = EffectsWorld(compiled_offer(offer(budget=Budget(acceptances=1))))
    for number in (1, 2):
        world.present(f"d-{number}", subscriber_id=f"s-{number}")
    await world.effects.accept(yes())
    assert await reason(world, yes(decision_id="d-2")) == "BUDGET_SPENT"
    assert world.charging.asked == 1
    assert ("d-2", "video-pass") not in world.stored.answers


async def test_while_charging_is_away_the_acceptance_is_kept_and_finished_later() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.is_away = True
    assert await reason(world, yes()) == "CHARGING_UNREACHABLE"
    assert world.answer().state is AnswerState.PENDING
    assert await world.pending.settle_due() == 0, "whoever asked may still wait"
    world.clock.advance(LEFT_ALONE // SECOND)
    assert await world.pending.settle_due() == 0
    world.charging.is_away = False
    world.clock.advance(LEFT_ALONE // SECOND)
    assert await world.pending.settle_due() == 1
    assert world.answer().state is AnswerState.DONE
    assert (await world.effects.accept(yes())).given.charge_ids == ("c-0",)
    assert len(world.charging.effects) == 1


async def test_the_same_request_finishes_what_is_pending() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.is_away = True
    assert await reason(world, yes()) == "CHARGING_UNREACHABLE"
    world.charging.is_away = False
    # Expired meanwhile; but the yes came in time.
    world.hours_later(30)
    assert (await world.effects.accept(yes())).acceptance_id == "d-1:video-pass"


async def test_one_that_charging_cannot_answer_does_not_hold_up_the_others() -> None:
    world = EffectsWorld()
    world.charging.is_away = True
    for number in range(3):
        world.present(f"d-{number}", subscriber_id=f"s-{number}")
        assert await reason(world, yes(decision_id=f"d-{number}")) == "CHARGING_UNREACHABLE"
        world.clock.advance(1)
    seen = []
    for _ in range(3):
        world.clock.advance(LEFT_ALONE // SECOND)
        (first, *_rest) = await world.stored.pending(world.clock.now(), 10)
        seen.append(first.decision_id)
        await world.pending.settle_due()
    assert seen == ["d-0", "d-1", "d-2"]


async def test_what_charging_has_not_answered_for_long_is_refused_before_it_forgets_the_key() -> None:
    world = EffectsWorld(compiled_offer(offer(budget=Budget(acceptances=1))))
    world.present()
    world.charging.is_away = True
    assert await reason(world, yes()) == "CHARGING_UNREACHABLE"
    world.hours_later(GIVEN_UP_AFTER // HOUR)
    world.clock.advance(1)
    world.charging.is_away = False
    assert await world.pending.settle_due() == 1
    answer = world.answer()
    assert answer.state is AnswerState.REFUSED
    assert answer.refusal is not None and answer.refusal.reason == "CHARGING_UNREACHABLE"
    assert world.charging.effects == {}
    assert world.budgets.use["video-pass"] == BudgetUse()


async def test_a_late_refusal_of_an_earlier_attempt_changes_nothing() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.refusal = ChargingRefusal("BALANCE_INSUFFICIENT", "no money")
    assert await reason(world, yes()) == "ACTION_REFUSED"
    first = world.answer()
    world.charging.is_away = True
    assert await reason(world, yes("r-2")) == "CHARGING_UNREACHABLE"
    assert world.answer().attempt == 2
    await world.stored.refuse(first, ChargingRefusal("LATE", "late"), world.clock.now())
    assert world.answer().state is AnswerState.PENDING
