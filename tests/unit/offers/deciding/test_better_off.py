"""Not worse off: what a customer pays with an offer never exceeds what they pay without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.domain.better_off import Comparison, compare, costs_now, known_days
from services.offers.domain.compiled import CompiledPolicies, OfferTerms, UnitPrice
from services.offers.domain.customer import AllowanceState, CustomerView
from services.offers.domain.policies import Action, ActionKind
from tests.support.offers_deciding import (
    CENT,
    EURO,
    GIGABYTE,
    NOW,
    compiled,
    customer,
    offer,
    policies,
    video_use,
)

# A cent for each ten megabytes: a euro a gigabyte.
EURO_A_GIGABYTE = UnitPrice(CENT, GIGABYTE // 100)
BASE = {"base": {(107, ""): EURO_A_GIGABYTE, (108, ""): UnitPrice(2 * CENT, GIGABYTE // 100)}}
PASS = OfferTerms(
    price_minor_micros=4 * EURO,
    currency_code="EUR",
    duration_days=28,
    rating_groups=frozenset({107, 108}),
    allowances={"octets": 5 * GIGABYTE},
)


def compared(
    view: CustomerView,
    terms: OfferTerms = PASS,
    of: CompiledPolicies | None = None,
    **fields: Any,
) -> Comparison:
    """The comparison of one offer over video."""
    what = compiled(offer("pass", usage_classes=("video",), **fields), terms=terms)
    of = of or policies(what, unit_prices=BASE)
    return compare(what, terms, view, of, costs_now(view, of, NOW))


def on_base(month: int, **fields: Any) -> CustomerView:
    """A customer of the base tariff with so many octets of video in 28 days."""
    plain: dict[str, Any] = {"usage": {"video": video_use(month)}, "offering_codes": frozenset({"base"})}
    return customer(**(plain | fields))


def test_a_heavy_user_saves() -> None:
    found = compared(on_base(6 * GIGABYTE))
    # Five of six gigabytes are in the pass, the sixth costs a euro as before.
    assert (found.without_minor_micros, found.with_minor_micros) == (6 * EURO, 5 * EURO)
    assert not found.is_worse


def test_a_light_user_is_worse_off() -> None:
    found = compared(on_base(GIGABYTE))
    assert (found.without_minor_micros, found.with_minor_micros) == (EURO, 4 * EURO)
    assert found.is_worse


def test_the_same_is_not_worse() -> None:
    assert not compared(on_base(4 * GIGABYTE)).is_worse


def test_what_an_allowance_still_covers_costs_nothing_now() -> None:
    view = on_base(6 * GIGABYTE, allowances={"video": AllowanceState(left=3 * GIGABYTE, given=10 * GIGABYTE)})
    found = compared(view)
    assert (found.without_minor_micros, found.with_minor_micros) == (3 * EURO, 4 * EURO)


@pytest.mark.parametrize(
    ("known_for", "days"), [(0, 1), (HOUR, 1), (DAY, 1), (DAY + 1, 2), (10 * DAY, 10), (90 * DAY, 28)]
)
def test_a_window_counts_for_the_days_it_could_fill(known_for: int, days: int) -> None:
    assert known_days(customer(first_seen_at=Instant(NOW - known_for)), NOW) == days


def test_a_heavy_hour_of_somebody_new_is_one_days_use() -> None:
    view = on_base(GIGABYTE, first_seen_at=Instant(NOW - HOUR))
    assert compared(view).without_minor_micros == 28 * EURO


def test_the_zone_has_its_own_price() -> None:
    prices = {"base": {**BASE["base"], (107, "abroad"): UnitPrice(10 * CENT, GIGABYTE // 100)}}
    of = policies(unit_prices=prices)
    # The lowest of the class: rating group 108 costs two cents everywhere.
    assert compared(on_base(GIGABYTE, zone="abroad"), of=of).without_minor_micros == 2 * EURO


def test_without_a_unit_price_it_is_what_money_paid() -> None:
    view = customer(usage={"video": video_use(6 * GIGABYTE, spend=9 * EURO)})
    found = compared(view)
    # A euro and a half each: the one beyond the pass stays.
    assert (found.without_minor_micros, found.with_minor_micros) == (9 * EURO, int(5.5 * EURO))


def test_a_flat_offering_covers_everything() -> None:
    flat = replace(PASS, allowances={})
    assert compared(on_base(60 * GIGABYTE), flat).with_minor_micros == 4 * EURO


def test_an_offering_with_prices_of_its_own_costs_those() -> None:
    cheap = replace(PASS, allowances={}, price_minor_micros=EURO)
    own = {**BASE, "pass-offering": {(107, ""): UnitPrice(CENT, GIGABYTE // 50)}}
    found = compared(on_base(6 * GIGABYTE), cheap, policies(unit_prices=own))
    assert (found.without_minor_micros, found.with_minor_micros) == (6 * EURO, 4 * EURO)


def test_an_offering_for_other_usage_covers_nothing() -> None:
    music = replace(PASS, rating_groups=frozenset({110}))
    assert compared(on_base(6 * GIGABYTE), music).with_minor_micros == 10 * EURO


def test_a_trial_is_compared_over_its_days() -> None:
    trial = replace(PASS, price_minor_micros=0, trial_days=7)
    found = compared(on_base(28 * GIGABYTE), trial, action=Action(ActionKind.TRIAL, "pass-offering"))
    assert (found.horizon_days, found.without_minor_micros, found.with_minor_micros) == (
        7,
        7 * EURO,
        2 * EURO,
    )


def test_a_discount_on_what_one_has_saves_its_regular_price() -> None:
    cheaper = replace(PASS, regular_price_minor_micros=6 * EURO)
    action = Action(ActionKind.DISCOUNT, "pass-offering", regular_offering_code="regular")
    view = on_base(0, offering_codes=frozenset({"regular"}))
    assert not compared(view, cheaper, action=action).is_worse


def test_a_reward_is_never_worse() -> None:
    reward = Action(ActionKind.REWARD, amount_minor_micros=EURO, currency_code="EUR")
    assert not compared(on_base(0), OfferTerms(currency_code="EUR"), action=reward).is_worse


amounts = st.integers(0, 10**13)


@given(month=amounts, spend=amounts, left=amounts, price=amounts, allowance=amounts, days=st.integers(0, 400))
def test_more_to_pay_at_once_never_helps(
    month: int, spend: int, left: int, price: int, allowance: int, days: int
) -> None:
    view = customer(
        usage={"video": video_use(month, spend)},
        allowances={"video": AllowanceState(left, left)},
        first_seen_at=Instant(NOW - days * DAY),
    )
    terms = replace(PASS, price_minor_micros=price, allowances={"octets": allowance})
    plain, dearer = compared(view, terms), compared(view, replace(terms, price_minor_micros=price + 1))
    assert dearer.with_minor_micros == plain.with_minor_micros + 1
    assert dearer.without_minor_micros == plain.without_minor_micros >= 0
    # Nobody pays more for their usage with an allowance than without one.
    assert plain.with_minor_micros <= price + plain.without_minor_micros


def test_an_account_in_another_currency_is_compared_at_its_own_prices() -> None:
    francs = {"CHF": {"base": {(107, ""): UnitPrice(3 * CENT, GIGABYTE // 100)}}, "EUR": BASE}
    of = replace(policies(unit_prices=BASE), unit_prices_by_currency=francs)
    view = on_base(GIGABYTE, currency_code="CHF")
    assert compared(view, of=of).without_minor_micros == 3 * EURO
    assert compared(on_base(GIGABYTE, currency_code="EUR"), of=of).without_minor_micros == EURO


def test_minutes_of_a_pass_cover_no_octets() -> None:
    mixed = replace(PASS, allowances={"octets": GIGABYTE, "seconds": 3_600})
    # Of four gigabytes three stay to be paid, beside the pass.
    assert compared(on_base(4 * GIGABYTE), mixed).with_minor_micros == 7 * EURO
