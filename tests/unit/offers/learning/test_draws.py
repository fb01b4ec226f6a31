"""Win shares are the probabilities with which each offer has the best draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from services.offers.adapters.learning.draws import win_shares

LOGITS = np.array([-3.0, -2.5, -2.8, -4.0])
VARIANCES = np.array([0.5, 0.1, 0.9, 2.0])
WEIGHTS = np.array([2.5, 2.0, 2.4, 4.0])


def by_hand(draws: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """One draw after another, in plain Python."""
    random, wins = np.random.default_rng(seed), [0] * len(LOGITS)
    for _ in range(draws):
        values = [
            weight / (1 + np.exp(-random.normal(logit, np.sqrt(variance))))
            for logit, variance, weight in zip(LOGITS, VARIANCES, WEIGHTS, strict=True)
        ]
        wins[values.index(max(values))] += 1
    return np.array(wins)


def test_shares_are_those_of_drawing_by_hand() -> None:
    draws = 40_000
    found = win_shares(LOGITS, VARIANCES, WEIGHTS, draws, 11) * draws
    wanted = by_hand(draws, 12)
    # Two samples of the same size from one distribution.
    statistic = float(((found - wanted) ** 2 / (found + wanted)).sum())
    assert chi2.sf(statistic, len(LOGITS) - 1) > 0.001


@pytest.mark.parametrize("ahead", [-2.0, -0.5, 0.0, 1.0, 4.0])
def test_of_two_offers_the_shares_are_those_of_the_gaussian(ahead: float) -> None:
    draws = 100_000
    won, _ = win_shares(np.array([ahead - 3, -3.0]), np.array([0.75, 0.25]), np.ones(2), draws, 13)
    wanted = norm.cdf(ahead)
    assert abs(won - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / draws) + 1e-4


def test_the_same_seed_gives_the_same_shares_and_another_seed_others() -> None:
    one, again, other = (win_shares(LOGITS, VARIANCES, WEIGHTS, 256, seed) for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(0, 9), st.floats(0, 1e6)), min_size=1, max_size=12),
    st.integers(0, 300),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=200, deadline=None)
def test_shares_are_a_distribution_whatever_is_believed(
    offers: list[tuple[float, float, float]], draws: int, seed: int
) -> None:
    logits, variances, weights = np.array(offers).T
    shares = win_shares(logits, variances, weights, draws, seed)
    assert np.isclose(shares.sum(), 1)
    assert np.all(shares >= 0)


def test_an_offer_that_is_worth_nothing_never_wins_beside_one_that_is() -> None:
    shares = win_shares(np.array([5.0, -5.0]), np.ones(2), np.array([0.0, 1.0]), 500, 1)
    assert shares.tolist() == [0, 1]


def test_where_nothing_is_worth_anything_the_likelier_one_wins() -> None:
    shares = win_shares(np.array([-1.0, -9.0]), np.full(2, 0.1), np.zeros(2), 500, 1)
    assert shares.tolist() == [1, 0]


def test_who_is_certain_does_not_explore() -> None:
    shares = win_shares(LOGITS, np.zeros(4), WEIGHTS, 100, 1)
    best = (WEIGHTS / (1 + np.exp(-LOGITS))).argmax()
    assert shares[best] == 1
