"""Best offers first without weighing all of them: nothing else comes out than by weighing them all."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, CompiledWeight, Facts
from services.offers.domain.contacts import ContactHistory
from services.offers.domain.decisions import Asked, Dropped, Eligible, Stage
from services.offers.domain.filtering import eligible_offers
from services.offers.domain.policies import Arm, Exploration
from tests.support.offers_deciding import EURO, NOW, compiled, customer, offer, policies

MOST = 3
CUSTOMER, ASKED = customer(), Asked("app-home", "app")


def _weight(holds: bool | None, percent: int) -> CompiledWeight:
    return CompiledWeight(lambda _: holds, percent)


weights = st.builds(_weight, st.sampled_from([True, False, None]), st.integers(-150, 150))


@st.composite
def offers(draw: st.DrawFn) -> CompiledOffer:
    """With few different values, so that some are alike."""
    passes = draw(st.booleans())
    code = draw(st.text("abcdef", min_size=3, max_size=4))
    values = st.integers(0, 4).map(lambda euros: euros * EURO)
    terms = offer(code, value_minor_micros=draw(values), lever_percent=draw(st.sampled_from([-100, 0, 50])))
    of_this = tuple(draw(st.lists(weights, max_size=3)))
    return compiled(terms, suitability=lambda _: passes, weights=of_this)


def _policies(all_offers: list[CompiledOffer], most: int) -> CompiledPolicies:
    return policies(*all_offers, exploration=Exploration(most_candidates=most))


def _outcome(of: CompiledPolicies, arm: Arm | None = None) -> tuple[list[Eligible], list[Dropped]]:
    return eligible_offers(of, CUSTOMER, ASKED, ContactHistory(), {}, arm, NOW)


several = st.lists(offers(), max_size=12, unique_by=lambda item: item.offer.code)


@given(several)
def test_the_same_pass_as_where_each_is_weighed(all_offers: list[CompiledOffer]) -> None:
    every, _ = _outcome(_policies(all_offers, most=1_000))
    best, dropped = _outcome(_policies(all_offers, MOST))
    ordered = sorted(every, key=lambda item: (-item.factors.priority, item.offer.code))
    assert best == ordered[:MOST]
    left_out = {item.offer.code for item in ordered[MOST:]}
    too_many = {drop.offer_code for drop in dropped if drop.stage is Stage.NUMBER}
    assert left_out <= too_many
    assert len(best) + len(dropped) == len(all_offers)


@given(several, st.integers(-100, 100))
def test_what_is_kept_says_the_same_again_and_an_arm_has_its_own(
    all_offers: list[CompiledOffer], percent: int
) -> None:
    of = _policies(all_offers, MOST)
    arm = Arm("bold", 1, lever_percents={item.offer.code: percent for item in all_offers[::2]})
    first, with_arm = _outcome(of), _outcome(of, arm)
    assert (_outcome(of), _outcome(of, arm)) == (first, with_arm)
    assert with_arm == _outcome(_policies(all_offers, MOST), arm)


def test_a_weight_is_asked_only_where_its_offer_may_be_among_the_best() -> None:
    asked: list[str] = []

    def watched(code: str) -> CompiledWeight:
        def holds(_: Facts) -> bool:
            asked.append(code)
            return True

        return CompiledWeight(holds, 20)

    values = {"best": 100, "good": 90, "fair": 84, "poor": 10}
    found = [
        compiled(offer(code, value_minor_micros=value * EURO), weights=(watched(code),))
        for code, value in values.items()
    ]
    eligible, dropped = _outcome(_policies(found, most=1))
    assert [item.offer.code for item in eligible] == ["best"]
    assert {drop.offer_code for drop in dropped} == {"fair", "good", "poor"}
    assert asked == ["best"]


def test_changed_policies_do_not_remember_the_old_ones() -> None:
    of = _policies([compiled(offer("one"))], MOST)
    assert [item.offer.code for item in _outcome(of)[0]] == ["one"]
    changed = replace(of, offers=(compiled(offer("other")),))
    assert [item.offer.code for item in _outcome(changed)[0]] == ["other"]
