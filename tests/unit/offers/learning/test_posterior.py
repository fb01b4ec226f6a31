"""The online posterior: as good as fitting everything at once, learnt one reward at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from services.offers.adapters.learning.posterior import (
    INTERCEPT_VARIANCE,
    WEIGHT_VARIANCE,
    Example,
    mapped,
    prior,
    prior_variances,
    with_intercept,
)
from services.offers.adapters.learning.scaling import Floats

WEIGHTS = np.array([-0.3, 0.4, 0.0, 0.25, -0.2])
OFFSET = -1.0


def examples(count: int, seed: int, code: str = "a") -> list[Example]:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        context = random.standard_normal(len(WEIGHTS) - 1)
        odds = OFFSET + WEIGHTS[0] + context @ WEIGHTS[1:]
        found.append(Example(code, context, OFFSET, bool(random.random() < 1 / (1 + np.exp(-odds)))))
    return found


def mode_of_everything(learnt: list[Example]) -> Floats:
    """The maximum of the posterior, fitted on all at once."""
    rows = with_intercept(np.array([each.context for each in learnt]))
    accepted = np.array([float(each.accepted) for each in learnt])
    variances = prior_variances(rows.shape[1])

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = OFFSET + rows @ weights
        value = np.logaddexp(0, odds).sum() - accepted @ odds + (weights**2 / variances).sum() / 2
        slope = rows.T @ (1 / (1 + np.exp(-odds)) - accepted) + weights / variances
        return float(value), slope

    found: Floats = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="BFGS").x
    return found


@pytest.mark.parametrize(("count", "tolerance"), [(50, 0.08), (500, 0.05), (5_000, 0.02)])
def test_learning_one_by_one_comes_to_what_fitting_all_at_once_does(count: int, tolerance: float) -> None:
    learnt = examples(count, seed=count)
    posterior = prior(len(WEIGHTS) - 1).learnt(learnt)
    assert np.abs(posterior.means[0] - mode_of_everything(learnt)).max() < tolerance


def test_uncertainty_is_the_curvature_of_everything_that_was_learnt() -> None:
    learnt = examples(3_000, 1)
    posterior = prior(len(WEIGHTS) - 1).learnt(learnt)
    rows = with_intercept(np.array([each.context for each in learnt]))
    odds = OFFSET + rows @ mode_of_everything(learnt)
    likely = 1 / (1 + np.exp(-odds))
    wanted = np.linalg.inv((rows.T * (likely * (1 - likely))) @ rows + np.diag(1 / prior_variances(5)))
    assert np.abs(posterior.covariances[0] - wanted).max() < 0.05 * np.diagonal(wanted).max()


def test_truth_lies_within_the_uncertainty_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(60):
        posterior = prior(len(WEIGHTS) - 1).learnt(examples(800, 100 + seed))
        spread = np.sqrt(np.diagonal(posterior.covariances[0]))
        inside += int((np.abs(posterior.means[0] - WEIGHTS) < 1.96 * spread).sum())
    assert 0.90 < inside / (60 * len(WEIGHTS)) < 0.99


def test_an_offer_without_rewards_adds_nothing_and_is_as_unsure_as_the_prior() -> None:
    variances = prior_variances(3)
    assert variances.tolist() == [INTERCEPT_VARIANCE, WEIGHT_VARIANCE, WEIGHT_VARIANCE]
    posterior = prior(2)
    assert posterior.codes == ()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_it_makes_no_difference_in_how_many_steps_rewards_come(steps: list[int]) -> None:
    learnt = examples(sum(steps), 3) + examples(20, 4, "b")
    at_once = prior(4).learnt(learnt)
    one, at = prior(4), 0
    for step in [*steps, 20]:
        one = one.learnt(learnt[at : at + step])
        at += step
    assert np.array_equal(one.means, at_once.means)
    assert np.array_equal(one.covariances, at_once.covariances)
    assert one.codes == at_once.codes == ("a", "b")


def test_learning_changes_nothing_that_somebody_reads() -> None:
    before = prior(4).learnt(examples(30, 5))
    means, covariances = before.means.copy(), before.covariances.copy()
    before.learnt(examples(30, 6))
    assert np.array_equal(before.means, means)
    assert np.array_equal(before.covariances, covariances)


@given(st.lists(st.booleans(), max_size=80), st.floats(-40, 40))
@settings(max_examples=40, deadline=None)
def test_whatever_comes_the_covariance_stays_one(answers: list[bool], offset: float) -> None:
    random = np.random.default_rng(len(answers))
    learnt = [Example("a", random.uniform(-4, 4, 3), offset, yes) for yes in answers]
    posterior = prior(3).learnt(learnt)
    for covariance in posterior.covariances:
        assert np.linalg.eigvalsh(covariance).min() > 0
        assert np.all(np.diagonal(covariance) <= prior_variances(4) + 1e-12)
    assert np.all(np.isfinite(posterior.means))


def test_it_counts_what_it_has_seen() -> None:
    yes, no = (Example("a", np.zeros(1), 0.0, accepted) for accepted in (True, False))
    posterior = prior(1).learnt([yes] * 9 + [no] * 7)
    assert (posterior.rewards.tolist(), posterior.positives.tolist()) == ([16], [9])


def test_new_features_leave_what_was_learnt_of_the_old() -> None:
    narrow = prior(4).learnt(examples(200, 8))
    wide = mapped(narrow, [0, 2, 3, 5], 6)
    assert np.array_equal(wide.means[0][[0, 1, 3, 4, 6]], narrow.means[0])
    assert wide.means[0][2] == wide.means[0][5] == 0
    assert wide.covariances[0][2, 2] == WEIGHT_VARIANCE
    assert wide.covariances[0][2, 3] == 0
