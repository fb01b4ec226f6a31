"""The challenger: its arrays say what scikit-learn says, its probabilities are what happens."""

from __future__ import annotations

import numpy as np
import pytest

from services.offers.adapters.learning.challenger import ChallengerModel, count_offers, offers_of
from services.offers.adapters.learning.challenger_fitting import fit_challenger
from services.offers.adapters.learning.figures import calibration_bins, calibration_error, held_out_figures
from services.offers.adapters.learning.scaling import Floats
from services.offers.adapters.learning.trees import forest_of
from tests.support.offers_learning import rewards, spec

SIZE = len(spec().names)


def table(count: int, seed: int) -> tuple[Floats, Floats, list[str], Floats]:
    found = rewards(count, seed)
    return (
        np.array([each.features for each in found]),
        np.array([each.offer_features for each in found]),
        [each.offer_code for each in found],
        np.array([int(each.accepted) for each in found]),
    )


@pytest.mark.parametrize("count", [900, 12_000])  # Platt's sigmoid, isotonic steps
def test_arrays_say_what_scikit_learn_says(count: int) -> None:
    context, offers, codes, accepted = table(count, 1)
    counts = count_offers(codes, accepted)
    of_trees = offers_of(codes, offers, counts)
    rows = np.hstack((context, of_trees))
    fitted = fit_challenger(rows, accepted, 7)
    forest, calibration = forest_of(fitted, SIZE)
    found = calibration.probabilities(forest.scores(context, of_trees))
    assert np.allclose(found, fitted.predict_proba(rows)[:, 1], atol=1e-9)
    assert bool(len(calibration.x)) == (accepted.sum() >= 1_000)
    one = forest.scores(context[0], of_trees[:9])
    assert np.allclose(one, forest.scores(context[:1].repeat(9, 0), of_trees[:9]))


def test_probabilities_are_what_happens_on_decisions_it_has_not_seen() -> None:
    context, offers, codes, accepted = table(12_000, 2)
    model = _fitted(context, offers, codes, accepted)
    context, offers, codes, accepted = table(12_000, 3)
    told = model.propensities(context, codes, offers)
    for each in calibration_bins(accepted, told):
        chance = np.sqrt(max(each.predicted * (1 - each.predicted), 1e-3) / each.count)
        assert abs(each.accepted - each.predicted) < 4 * chance + 0.02
    figures = held_out_figures(accepted, told)
    assert figures["log_loss"] < 0.95 * figures["log_loss_constant"]
    assert figures["auc"] > 0.65
    assert figures["calibration_error"] < 0.4


def test_an_offer_it_never_saw_is_explored_most() -> None:
    context, offers, codes, accepted = table(3_000, 4)
    model = _fitted(context, offers, codes, accepted)
    beliefs = model.beliefs(context[0], ["unheard-of", codes[0]], offers[:2])
    assert beliefs.variances[0] > 1 > beliefs.variances[1] > 0.1**2
    assert model.counts.rewards[codes[0]] == codes.count(codes[0])


def test_calibration_error_sees_odds_that_are_off_and_not_chance() -> None:
    random = np.random.default_rng(5)
    likely = random.uniform(0.02, 0.4, 40_000)
    happened = (random.random(40_000) < likely).astype(int)
    assert calibration_error(calibration_bins(happened, likely)) < 0.1
    twice = 1 / (1 + np.exp(-(np.log(likely / (1 - likely)) + 1)))
    assert abs(calibration_error(calibration_bins(happened, twice)) - 1) < 0.1


def test_figures_of_one_answer_are_none() -> None:
    assert held_out_figures(np.zeros(5), np.full(5, 0.1)) == {}


def _fitted(context: Floats, offers: Floats, codes: list[str], accepted: Floats) -> ChallengerModel:
    counts = count_offers(codes, accepted)
    rows = np.hstack((context, offers_of(codes, offers, counts)))
    forest, calibration = forest_of(fit_challenger(rows, accepted, 7), SIZE)
    return ChallengerModel("c", spec(), forest, calibration, counts, 0.1)
