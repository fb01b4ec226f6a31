"""The frozen transformer and the cold start: arrays say what scikit-learn says, files what was saved."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from services.offers.adapters.learning.cold_start import logit, probability, smoothed
from services.offers.adapters.learning.cold_start_fitting import cold_start_of, fit_cold_start
from services.offers.adapters.learning.scaling import CLIP, Floats, Scaling, first_scaling
from services.offers.adapters.learning.skops_files import UntrustedModelError, from_octets, to_octets
from services.offers.adapters.learning.transformer import fit_transformer, scaling_of
from services.offers.domain.customer import CustomerView
from services.offers.domain.features import FeatureSpec, context_features, offer_features, widened
from tests.support.offers_learning import BEGIN, OFFERS, PRICE, customer, rewards, spec, truth

TRUSTED = ("services.offers.adapters.learning.transformer.Clip",)


def rows(count: int, seed: int) -> tuple[Floats, Floats, Floats]:
    found = rewards(count, seed)
    return (
        np.array([each.features for each in found]),
        np.array([each.offer_features for each in found]),
        np.array([float(each.accepted) for each in found]),
    )


def in_the_pipelines_order(scaling: Scaling, context: Floats, offers: Floats) -> Floats:
    """The pipeline has what it scales first."""
    scaled = np.hstack((scaling.context(context), scaling.offers(offers)))
    names = (*spec().names, *spec().offer_names)
    plain = [at for at, name in enumerate(names) if "=" not in name]
    return scaled[:, plain + [at for at, name in enumerate(names) if "=" in name]]


def test_arrays_scale_as_the_pipeline_does_and_clip_what_is_far_away() -> None:
    context, offers, _ = rows(400, 1)
    transformer = fit_transformer(spec(), context, offers)
    context[0, 0] = 1e6
    found = in_the_pipelines_order(scaling_of(transformer, spec()), context, offers)
    assert np.array_equal(found, transformer.transform(np.hstack((context, offers))))
    assert found.max() == CLIP


def test_the_first_scale_knows_no_log_keeps_numbers_small_and_leaves_one_hots() -> None:
    context, offers, _ = rows(50, 2)
    found = in_the_pipelines_order(first_scaling(spec()), context, offers)
    assert np.abs(found).max() < CLIP
    one_hots = ["=" in name for name in (*spec().names, *spec().offer_names)]
    assert np.array_equal(found[:, -sum(one_hots) :], np.hstack((context, offers))[:, one_hots])


def test_a_transformer_of_other_features_is_refused() -> None:
    context, offers, _ = rows(10, 4)
    transformer = fit_transformer(spec(), context, offers)
    with pytest.raises(ValueError, match="columns"):
        scaling_of(transformer, widened(spec(), FeatureSpec(segments=("business",))))


def test_what_is_loaded_is_what_was_saved() -> None:
    context, offers, _ = rows(100, 5)
    transformer = fit_transformer(spec(), context, offers)
    loaded = from_octets(to_octets(transformer), TRUSTED)
    both = np.hstack((context, offers))
    assert np.array_equal(loaded.transform(both), transformer.transform(both))


def test_a_type_that_is_not_named_is_not_loaded() -> None:
    octets = to_octets(fit_transformer(spec(), *rows(10, 4)[:2]))
    with pytest.raises(UntrustedModelError, match="Clip"):
        from_octets(octets, ())
    with pytest.raises(UntrustedModelError):
        from_octets(octets[: len(octets) // 2], TRUSTED)


def test_another_process_writes_the_same_octets() -> None:
    program = (
        "import hashlib\n"
        "from tests.support.offers_learning import spec\n"
        "from tests.unit.offers.learning.test_transformer import rows\n"
        "from services.offers.adapters.learning.skops_files import to_octets\n"
        "from services.offers.adapters.learning.transformer import fit_transformer\n"
        "fitted = fit_transformer(spec(), *rows(10, 4)[:2])\n"
        "print(hashlib.sha256(to_octets(fitted)).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    found = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(found) == 1


def test_the_cold_start_says_what_the_pipeline_says() -> None:
    context, offers, accepted = rows(3_000, 6)
    transformer = fit_transformer(spec(), context, offers)
    fitted = fit_cold_start(transformer, spec(), np.hstack((context, offers)), accepted)
    cold, scaling = cold_start_of(fitted, transformer, spec()), scaling_of(transformer, spec())
    scaled = transformer.transform(np.hstack((context, offers)))
    wanted = fitted.predict_proba(scaled)[:, 1]
    found = probability(cold.logits(scaling.context(context), scaling.offers(offers)))
    assert np.allclose(found, wanted, atol=1e-12)
    one = probability(cold.logits(scaling.context(context[0]), scaling.offers(offers[:4])))
    many = probability(cold.logits(scaling.context(context[:1].repeat(4, 0)), scaling.offers(offers[:4])))
    assert np.allclose(one, many)


def test_an_offer_that_nobody_was_shown_is_scored_by_what_it_is() -> None:
    known = tuple(each for each in OFFERS if each.code != "video-large")
    found = rewards(12_000, 7, offers=known)
    context = np.array([each.features for each in found])
    offers = np.array([each.offer_features for each in found])
    transformer = fit_transformer(spec(), context, offers)
    accepted = np.array([each.accepted for each in found])
    fitted = fit_cold_start(transformer, spec(), np.hstack((context, offers)), accepted)
    cold, scaling = cold_start_of(fitted, transformer, spec()), scaling_of(transformer, spec())
    shares = np.linspace(0.05, 0.95, 19)
    told, true = [], []
    for share in shares:
        view = customer(float(share))
        context, (large, small) = _of(view, "video-large", "video-pass")
        odds = cold.logits(scaling.context(context), scaling.offers(np.array([large, small])))
        told.append(probability(odds))
        true.append(truth(view, OFFERS[1]))
    of_new, of_known = np.array(told).T
    assert of_new.mean() < of_known.mean()
    assert np.corrcoef(of_new, true)[0, 1] > 0.9
    assert _loss(of_new, true) < min(
        _loss(np.full(19, 0.02), true), _loss(np.full(19, accepted.mean()), true)
    )


def _loss(told: Floats, true: list[float]) -> float:
    """Log loss that is to be expected."""
    likely = np.array(true)
    return float(-(likely * np.log(told) + (1 - likely) * np.log1p(-told)).mean())


def test_smoothing_goes_from_what_was_known_to_what_an_offers_own_rewards_say() -> None:
    prior, own = np.array([0.02, 0.02, 0.02]), np.array([0.5, 0.5, 0.5])
    found = smoothed(prior, own, np.array([0.0, 50.0, 1e9]))
    assert np.allclose(found, (0.02, 0.26, 0.5))
    assert np.allclose(probability(logit(prior)), prior)


def _of(view: CustomerView, *codes: str) -> tuple[Floats, Floats]:
    offers = {each.code: each for each in OFFERS}
    return (
        np.array(context_features(spec(), view, BEGIN)),
        np.array([offer_features(spec(), offers[code], PRICE) for code in codes]),
    )
