"""The logged probability is the true one: of every candidate, over many draws, from the log alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from services.offers.domain.arbitration import (
    ModelScores,
    drawn_again,
    ranked_at_random,
    ranked_by_model,
    ranked_by_rules,
)
from services.offers.domain.decisions import Candidate, Eligible, Factors
from services.offers.domain.exploration import drawn, explored, point_of, uniform
from tests.support.offers_deciding import EURO, offer

shares = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=10)
seeds = st.integers(0, 2**64 - 1)


def eligible(count: int) -> list[Eligible]:
    """Offers of falling priority."""
    return [
        Eligible(offer(f"o{place}"), Factors((count - place) / 100, 1, EURO, 1), 0, "EUR")
        for place in range(count)
    ]


def scores(win_shares: list[float]) -> ModelScores:
    """A model that thinks the last offer the likeliest."""
    count = len(win_shares)
    return ModelScores([(place + 1) / 100 for place in range(count)], win_shares, [()] * count)


@given(shares, st.integers(0, 1000))
def test_probabilities_add_up_and_keep_the_floor(win_shares: list[float], floor: int) -> None:
    found = explored(win_shares, floor)
    assert sum(found) == pytest.approx(1, abs=1e-9)
    # The floor itself, to the last bit.
    assert min(found) >= floor / 1_000 / len(found)


@given(shares, st.floats(0, 1, exclude_max=True))
def test_what_has_no_chance_is_never_drawn(win_shares: list[float], point: float) -> None:
    found = explored(win_shares, 0)
    assert found[drawn(found, point)] > 0


@pytest.mark.parametrize("bad", [[], [-0.1, 1.1], [float("nan")], [float("inf")]])
def test_shares_that_are_none_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match=r"draw from|no number"):
        explored(bad, 50)


def test_a_floor_of_one_is_pure_chance() -> None:
    assert explored([1, 0, 0, 0], 1000) == uniform(4)


@given(shares, seeds, st.integers(1, 10))
def test_the_draw_can_be_made_again_from_the_log(win_shares: list[float], seed: int, limit: int) -> None:
    found = ranked_by_model(eligible(len(win_shares)), scores(win_shares), 50, seed, limit)
    logged = {candidate.offer.code: candidate.probability for candidate in found}
    assert drawn_again(logged, seed) == found[0].offer.code
    assert [candidate.rank for candidate in found] == [
        place if place <= limit else 0 for place in range(1, len(found) + 1)
    ]
    assert found[0].probability > 0
    assert sum(logged.values()) == pytest.approx(1, abs=1e-9)
    others = [candidate.factors.priority for candidate in found[1:]]
    assert others == sorted(others, reverse=True)


@pytest.mark.parametrize("win_shares", [[0.7, 0.2, 0.1, 0.0], [0.25] * 4, [0.0, 0.0, 0.0, 1.0]])
def test_over_many_draws_every_offer_comes_first_as_often_as_logged(win_shares: list[float]) -> None:
    draws = 10_000
    offers, said = eligible(4), scores(win_shares)
    counts = dict.fromkeys(("o0", "o1", "o2", "o3"), 0)
    for seed in range(draws):
        found = ranked_by_model(offers, said, 50, seed, 1)
        counts[found[0].offer.code] += 1
    logged = {c.offer.code: c.probability for c in ranked_by_model(offers, said, 50, 0, 1)}
    expected = [logged[code] * draws for code in counts]
    assert stats.chisquare(list(counts.values()), expected).pvalue > 0.001


def test_chance_alone_is_even() -> None:
    draws = 10_000
    counts = dict.fromkeys(("o0", "o1", "o2"), 0)
    for seed in range(draws):
        (first, *_) = ranked_at_random(eligible(3), seed, 1)
        assert first.probability == 1 / 3
        counts[first.offer.code] += 1
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


@given(seeds)
def test_points_lie_within_the_unit(seed: int) -> None:
    assert 0 <= point_of(seed) < 1


def test_rules_leave_nothing_to_chance() -> None:
    found = ranked_by_rules(eligible(3), 2)
    assert [(c.offer.code, c.probability, c.rank) for c in found] == [
        ("o0", 1.0, 1),
        ("o1", 0.0, 2),
        ("o2", 0.0, 0),
    ]


def test_the_model_says_how_likely_and_rules_the_rest() -> None:
    found = ranked_by_model(eligible(3), scores([0.2, 0.3, 0.5]), 50, 1, 3)
    by_code: dict[str, Candidate] = {candidate.offer.code: candidate for candidate in found}
    assert by_code["o2"].factors == Factors(0.03, 1, EURO, 1)
    assert by_code["o2"].probability == pytest.approx(0.95 * 0.5 + 0.05 / 3)


@pytest.mark.parametrize(
    "bad",
    [
        ModelScores([0.1], [1.0], [()]),
        ModelScores([0.1, 1.2], [0.5, 0.5], [(), ()]),
        ModelScores([0.1, float("nan")], [0.5, 0.5], [(), ()]),
    ],
)
def test_scores_that_are_none_are_refused(bad: ModelScores) -> None:
    with pytest.raises(ValueError, match=r"propensity|zip"):
        ranked_by_model(eligible(2), bad, 50, 1, 1)


def test_nothing_is_nothing() -> None:
    assert ranked_by_rules([], 1) == ranked_at_random([], 1, 1) == ()
    assert ranked_by_model([], ModelScores([], [], []), 50, 1, 1) == ()
