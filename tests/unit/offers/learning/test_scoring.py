"""A loaded model as deciding uses it: from the rules' guess to an offer's own rewards."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from services.offers.adapters.learning.cold_start import ColdStart, logit
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.posterior import INTERCEPT_VARIANCE, Example, prior
from services.offers.adapters.learning.scaling import first_scaling
from services.offers.adapters.learning.scorer import LiveScorer, SeenValues
from services.offers.application.ports import Scores
from services.offers.domain.features import context_features
from tests.support.offers_learning import BEGIN, OFFERS, customer, eligible, rewards, spec

DRAWS = 256


def model(count: int = 0, cold: ColdStart | None = None) -> OnlineModel:
    """One that has learnt so many rewards."""
    features = spec()
    scaling = first_scaling(features)
    empty = OnlineModel("v", features, scaling, cold, prior(len(features.names)), {"music-pass": 0.03})
    learnt = rewards(count, 21)
    if not learnt:
        return empty
    scaled = scaling.context(np.array([each.features for each in learnt]))
    codes = [each.offer_code for each in learnt]
    offers = np.array([each.offer_features for each in learnt])
    offsets = empty.offsets(scaled, codes, offers)
    examples = [
        Example(each.offer_code, scaled[at], float(offsets[at]), each.accepted)
        for at, each in enumerate(learnt)
    ]
    return dataclasses.replace(empty, posterior=empty.posterior.learnt(examples))


def scored(one: OnlineModel, share: float, seed: int = 1) -> Scores:
    return LiveScorer(one).scores(customer(share), eligible(), BEGIN, DRAWS, seed)


def test_a_model_that_has_learnt_nothing_says_what_the_rules_say() -> None:
    found = scored(model(), 0.5)
    # music-pass was guessed otherwise when its first reward came; that guess stays.
    assert np.allclose(found.propensities, (0.02, 0.02, 0.03, 0.02))
    assert np.all(np.array(found.win_shares) > 0.03)  # and explores them all


def test_after_rewards_it_knows_who_likes_what() -> None:
    learnt = model(4_000)
    fan, listener = scored(learnt, 0.95), scored(learnt, 0.05)
    assert fan.propensities[0] > 0.3 > 0.1 > fan.propensities[2]
    assert listener.propensities[2] > 0.15 > 0.08 > listener.propensities[0]
    assert fan.win_shares[0] + fan.win_shares[1] > 0.9


def test_the_same_seed_gives_the_same_scores() -> None:
    learnt = model(500)
    assert scored(learnt, 0.5, 3) == scored(learnt, 0.5, 3)
    assert scored(learnt, 0.5, 3).win_shares != scored(learnt, 0.5, 4).win_shares


def test_logged_features_score_as_the_customer_did() -> None:
    """What is logged is 32 bits wide; the gate scores from it."""
    learnt = model(500)
    live = scored(learnt, 0.7)
    context = np.asarray(live.features, dtype=np.float32)
    offers = np.asarray(live.offer_features, dtype=np.float32)
    codes = [each.code for each in OFFERS]
    again = learnt.propensities(context[None].repeat(4, 0), codes, offers)
    assert again.tolist() == pytest.approx(live.propensities, rel=1e-12)


def test_many_rows_are_scored_as_each_by_itself() -> None:
    learnt = model(1_000)
    found = rewards(300, 5)
    context = np.array([each.features for each in found])
    offers = np.array([each.offer_features for each in found])
    codes = [each.offer_code if at % 7 else "unheard-of" for at, each in enumerate(found)]
    many = learnt.beliefs(context, codes, offers)
    for at in range(0, 300, 23):
        one = learnt.beliefs(context[at], codes[at : at + 1], offers[at : at + 1])
        assert np.isclose(one.propensities[0], many.propensities[at])
        assert np.isclose(one.variances[0], many.variances[at], rtol=1e-4)


def test_an_unknown_offer_has_the_cold_starts_score_and_all_uncertainty() -> None:
    size, of_offers = len(spec().names), len(spec().offer_names)
    cold = ColdStart(-2.0, np.zeros(size), np.zeros(of_offers), np.zeros((size, of_offers)))
    learnt = model(200, cold)
    features = np.array(context_features(spec(), customer(0.5), BEGIN))
    beliefs = learnt.beliefs(features, ["unheard-of"], np.zeros((1, of_offers)))
    assert np.isclose(logit(beliefs.propensities)[0], -2.0)
    assert beliefs.variances[0] >= INTERCEPT_VARIANCE


def test_what_is_drawn_from_has_the_propensity_as_its_median() -> None:
    learnt = model(300)
    features = np.array(context_features(spec(), customer(0.9), BEGIN))
    beliefs = learnt.beliefs(features, [each.code for each in OFFERS], np.zeros((4, len(spec().offer_names))))
    assert np.allclose(logit(beliefs.propensities), beliefs.logits)


def test_no_offers_have_no_scores_but_the_customer_has_features() -> None:
    found = LiveScorer(model()).scores(customer(0.5), [], BEGIN, DRAWS, 1)
    assert found == Scores((), (), context_features(spec(), customer(0.5), BEGIN), ())


def test_an_offer_that_changed_gets_new_features() -> None:
    scorer = LiveScorer(model())
    before = scorer.scores(customer(0.5), eligible(), BEGIN, DRAWS, 1).offer_features
    dearer = [dataclasses.replace(each, price_minor_micros=9_990_000) for each in eligible()]
    assert scorer.scores(customer(0.5), dearer, BEGIN, DRAWS, 1).offer_features != before
    other = [dataclasses.replace(each, value_minor_micros=1) for each in OFFERS]
    assert scorer.scores(customer(0.5), eligible(other), BEGIN, DRAWS, 1).offer_features != before


def test_a_segment_is_a_candidate_for_a_feature_once_many_have_it() -> None:
    seen = SeenValues()
    scorer = LiveScorer(model(), seen)
    for number in range(60):
        scorer.scores(customer(0.5, "business" if number % 60 else "vip-4711"), eligible(), BEGIN, 1, 1)
    assert seen.frequent() == (["business"], [])


def test_a_swap_while_others_score_mixes_no_parameters() -> None:
    """Readers take a scorer; whichever they got, its scores are of one model, and so is its version."""
    models = [dataclasses.replace(model(count), version=f"v{count}") for count in (0, 400)]
    scorers = [LiveScorer(each) for each in models]
    wanted = {
        each.version: scored(each.model, 0.5) for each in scorers if isinstance(each.model, OnlineModel)
    }
    holder, wrong, stop = [scorers[0]], [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            scorer = holder[0]
            found = scorer.scores(customer(0.5), eligible(), BEGIN, DRAWS, 1)
            if found != wanted[scorer.version]:
                wrong.append(scorer.version)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(400):
        holder[0] = scorers[turn % 2]
        holder[0].scores(customer(0.1 + turn / 500), eligible(), BEGIN, DRAWS, turn)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
