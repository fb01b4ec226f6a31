"""Intervals cover the truth as often as they say, and know that a subscriber's rows go together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.offers.domain.evaluation.estimators import on_policy, snips
from services.offers.domain.evaluation.intervals import (
    normal_difference,
    normal_interval,
    standard_error,
)
from services.offers.domain.evaluation.logged import Logged


def drawn(random: np.random.Generator, rows: int, clusters: int | None = None) -> Logged:
    """A policy that takes choice 1 with 0.3; it earns 0.5, the other 0.2. The target takes it with 0.8."""
    chosen = (random.random(rows) < 0.3).astype(int)
    rewards = (random.random(rows) < np.array([0.2, 0.5])[chosen]).astype(float)
    numbers = None if clusters is None else np.arange(rows) % clusters
    return Logged(rewards, np.array([0.7, 0.3])[chosen], np.array([0.2, 0.8])[chosen], numbers)


_TRUTH = 0.2 * 0.2 + 0.8 * 0.5
_TRUTH_LOGGED = 0.7 * 0.2 + 0.3 * 0.5


def test_the_normal_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    covered = sum(_TRUTH in normal_interval(snips(drawn(random, 800))) for _ in range(400))
    assert 0.92 <= covered / 400 <= 0.98


def test_the_interval_of_a_difference_covers_it_and_is_tighter_than_the_parts_together() -> None:
    random = np.random.default_rng(8)
    covered = 0
    for _ in range(400):
        log = drawn(random, 800)
        difference = normal_difference(snips(log), on_policy(log))
        covered += _TRUTH - _TRUTH_LOGGED in difference
    assert 0.92 <= covered / 400 <= 0.98


def test_rows_repeated_within_their_cluster_make_nothing_surer() -> None:
    influence = np.random.default_rng(2).normal(size=300)
    influence -= influence.mean()
    alone = standard_error(influence)
    threefold = standard_error(np.repeat(influence, 3), np.repeat(np.arange(300), 3))
    assert threefold == pytest.approx(alone)
    assert standard_error(np.repeat(influence, 3)) < 0.6 * threefold


def test_one_cluster_knows_nothing_of_its_spread() -> None:
    assert math.isinf(standard_error(np.array([0.5, -0.5]), np.zeros(2, dtype=np.int64)))


def test_an_estimate_without_weight_has_no_interval() -> None:
    log = Logged(np.ones(4), np.full(4, 0.5), np.zeros(4))
    assert math.isnan(normal_interval(snips(log)).low)
    assert 0.0 not in normal_interval(snips(log))
