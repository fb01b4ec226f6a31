"""The table of states: what leads where, and that nothing leads from a yes that stands to a no."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.outcome import Reason
from services.offers.domain.acceptance import NEXT, STANDING, AnswerEvent, AnswerState, next_state
from services.offers.domain.budgets import BudgetUse, fits, given_away
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.policies import Budget
from services.offers.domain.reasons import OFFER_ACCEPTED_ALREADY, OFFER_DECLINED
from tests.support.offers_effects import CENT, CHEAPER, EURO, PASS, REWARD, TRIAL


def test_every_state_and_event_is_in_the_table_but_charging_answering_what_nobody_asked() -> None:
    missing = set(itertools.product(AnswerState, AnswerEvent)) - set(NEXT)
    assert missing == {
        (AnswerState.NONE, AnswerEvent.GIVEN),
        (AnswerState.NONE, AnswerEvent.REFUSE),
    }


def test_a_yes_goes_through_pending_and_a_refused_one_may_be_said_again() -> None:
    assert next_state(AnswerState.NONE, AnswerEvent.ACCEPT) is AnswerState.PENDING
    assert next_state(AnswerState.PENDING, AnswerEvent.GIVEN) is AnswerState.DONE
    assert next_state(AnswerState.PENDING, AnswerEvent.REFUSE) is AnswerState.REFUSED
    assert next_state(AnswerState.REFUSED, AnswerEvent.ACCEPT) is AnswerState.PENDING


def test_yes_and_no_exclude_each_other() -> None:
    assert next_state(AnswerState.DECLINED, AnswerEvent.ACCEPT) is OFFER_DECLINED
    for state in STANDING:
        assert next_state(state, AnswerEvent.DECLINE) is OFFER_ACCEPTED_ALREADY


def test_what_is_done_stays_done_whatever_comes() -> None:
    steps = [NEXT[AnswerState.DONE, event] for event in AnswerEvent]
    assert {step for step in steps if not isinstance(step, Reason)} == {AnswerState.DONE}


@given(st.lists(st.integers(0, 10 * EURO), max_size=30), st.integers(1, 20), st.integers(1, 40 * EURO))
def test_whatever_is_taken_out_of_a_budget_one_after_another_stays_within_it(
    amounts: list[int], acceptances: int, amount: int
) -> None:
    bound, use = Budget(acceptances, amount), BudgetUse()
    for given_minor_micros in amounts:
        if fits(use, bound, given_minor_micros):
            use = BudgetUse(use.acceptances + 1, use.amount_minor_micros + given_minor_micros)
    assert use.acceptances <= acceptances
    assert use.amount_minor_micros <= amount


def test_a_budget_of_nothing_has_no_bound() -> None:
    assert fits(BudgetUse(10**9, 10**15), Budget(), 10**15)


def test_what_is_given_away_is_the_difference_the_reward_or_nothing() -> None:
    dear = OfferTerms(price_minor_micros=300 * CENT, regular_price_minor_micros=500 * CENT)
    free = OfferTerms(regular_price_minor_micros=500 * CENT)
    assert given_away(CHEAPER, dear) == 200 * CENT
    assert given_away(TRIAL, free) == 500 * CENT
    assert given_away(TRIAL, OfferTerms()) == 0
    assert given_away(REWARD, None) == 5 * EURO
    assert given_away(PASS, dear) == 0
    assert given_away(CHEAPER, OfferTerms(price_minor_micros=600, regular_price_minor_micros=500)) == 0
