"""Estimators equal those of vw-estimators, and are right where the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from estimators.bandits import ips as vw_ips
from estimators.bandits import snips as vw_snips
from hypothesis import given
from hypothesis import strategies as st

from services.offers.domain.evaluation.estimators import (
    direct_method,
    doubly_robust,
    ips,
    on_policy,
    snips,
)
from services.offers.domain.evaluation.logged import Logged, effective_sample_size, largest_weight

_ROWS = st.lists(
    st.tuples(
        st.floats(-100, 100),
        st.floats(0.001, 1),
        st.one_of(st.just(0.0), st.floats(0.001, 1)),
    ),
    min_size=1,
    max_size=60,
)


def logged(rewards: list[float], propensities: list[float], target: list[float]) -> Logged:
    return Logged(np.array(rewards), np.array(propensities), np.array(target))


@given(_ROWS)
def test_ips_and_snips_equal_those_of_vw_estimators(rows: list[tuple[float, float, float]]) -> None:
    theirs_ips, theirs_snips = vw_ips.Estimator(), vw_snips.Estimator()
    for reward, propensity, target in rows:
        theirs_ips.add_example(propensity, reward, target)
        theirs_snips.add_example(propensity, reward, target)
    ours = logged(*(list(column) for column in zip(*rows, strict=True)))
    assert ips(ours).value == pytest.approx(theirs_ips.get(), rel=1e-9, abs=1e-9)
    if theirs_snips.get() is None:
        assert math.isnan(snips(ours).value)
    else:
        assert snips(ours).value == pytest.approx(theirs_snips.get(), rel=1e-9, abs=1e-9)


@given(_ROWS)
def test_valuing_the_logged_policy_itself_gives_the_mean_by_every_weighted_estimator(
    rows: list[tuple[float, float, float]],
) -> None:
    rewards, propensities, predicted = (np.array(column) for column in zip(*rows, strict=True))
    own = Logged(rewards, propensities, propensities)
    mean = pytest.approx(rewards.mean(), rel=1e-9, abs=1e-9)
    assert on_policy(own).value == mean
    assert ips(own).value == mean
    assert snips(own).value == mean
    assert doubly_robust(own, predicted, predicted).value == mean


@given(_ROWS)
def test_influence_adds_up_to_nothing(rows: list[tuple[float, float, float]]) -> None:
    ours = logged(*(list(column) for column in zip(*rows, strict=True)))
    for estimate in (on_policy(ours), ips(ours), snips(ours)):
        scale = max(1.0, float(np.abs(estimate.numerators).max()))
        if not math.isnan(estimate.value):
            assert float(estimate.influence.sum()) == pytest.approx(0, abs=1e-6 * scale * ours.size)


def test_dr_is_right_with_a_wrong_model_and_dm_is_not() -> None:
    random = np.random.default_rng(1)
    truth = np.array([0.1, 0.6])
    chosen = random.choice(2, 40_000, p=[0.8, 0.2])
    rewards = (random.random(chosen.size) < truth[chosen]).astype(float)
    target = np.array([0.1, 0.9])
    ours = Logged(rewards, np.array([0.8, 0.2])[chosen], target[chosen])
    wrong = np.array([0.5, 0.1])
    told_target = np.full(chosen.size, float(target @ wrong))
    expected = float(target @ truth)
    assert direct_method(told_target).value == pytest.approx(0.14)
    assert doubly_robust(ours, told_target, wrong[chosen]).value == pytest.approx(expected, abs=0.02)


def test_dr_is_right_with_wrong_propensities_and_a_right_model() -> None:
    truth, target = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    chosen = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    rewards = np.array([1.0, 0, 0, 0, 1, 1, 1, 0])
    ours = Logged(rewards, np.full(8, 0.9), target[chosen])
    told = np.full(8, float(target @ truth))
    assert doubly_robust(ours, told, truth[chosen]).value == pytest.approx(0.5)
    assert ips(ours).value != pytest.approx(0.5, abs=0.1)


def test_effective_sample_size_is_the_rows_for_equal_weights_and_one_for_a_single_weight() -> None:
    assert effective_sample_size(np.full(50, 3.0)) == pytest.approx(50)
    assert effective_sample_size(np.array([0.0, 0.0, 7.0])) == pytest.approx(1)
    assert effective_sample_size(np.zeros(3)) == 0
    assert largest_weight(np.array([0.5, 4.0, 1.0])) == 4.0


@given(st.lists(st.floats(0, 1_000), min_size=1, max_size=50))
def test_effective_sample_size_never_exceeds_the_rows(weights: list[float]) -> None:
    assert 0 <= effective_sample_size(np.array(weights)) <= len(weights) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("propensities", "target", "words"),
    [
        ([0.0, 0.5], [0.5, 0.5], "above 0"),
        ([1.2, 0.5], [0.5, 0.5], "above 0"),
        ([0.5, 0.5], [-0.1, 0.5], "probability"),
        ([0.5], [0.5, 0.5], "as many"),
    ],
)
def test_a_log_with_impossible_numbers_is_refused(
    propensities: list[float], target: list[float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        logged([1.0, 0.0], propensities, target)


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(ValueError, match="a row or more"):
        logged([], [], [])
