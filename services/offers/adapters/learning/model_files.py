"""Models as the parts of a version, and back: skops for what scikit-learn fitted, arrays for the rest."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer

from services.offers.adapters.learning.challenger import ChallengerModel, OfferCounts
from services.offers.adapters.learning.cold_start import ColdStart
from services.offers.adapters.learning.models import LoadedModel, OnlineModel
from services.offers.adapters.learning.posterior import Posterior
from services.offers.adapters.learning.registry import StoredModel
from services.offers.adapters.learning.skops_files import UntrustedModelError, from_octets, to_octets
from services.offers.adapters.learning.transformer import scaling_of
from services.offers.adapters.learning.trees import forest_of
from services.offers.application.learning_ports import ModelDamagedError, ModelKind
from services.offers.domain.features import FeatureSpec

FEATURES = "features.json"
TRANSFORMER = "transformer.skops"
COLD_START = "cold_start.npz"
POSTERIOR = "posterior.npz"
CHALLENGER = "challenger.skops"
COUNTS = "counts.json"

_TRUSTED_TRANSFORMER = ("services.offers.adapters.learning.transformer.Clip",)
_TRUSTED_CHALLENGER = (
    "functools.partial",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.utils.validation.check_array",
)


@dataclass(frozen=True, eq=False)
class FrozenParts:
    """What a line of online models has in common: features, transformer, cold start, as octets."""

    parts: Mapping[str, bytes]

    def with_posterior(self, model: OnlineModel) -> Mapping[str, bytes]:
        """All parts of a snapshot."""
        return {**self.parts, POSTERIOR: _posterior_octets(model)}


def frozen_parts(
    spec: FeatureSpec, transformer: ColumnTransformer, cold_start: ColdStart | None
) -> FrozenParts:
    """Of a line that begins."""
    parts = {FEATURES: _spec_octets(spec), TRANSFORMER: to_octets(transformer)}
    if cold_start is not None:
        parts[COLD_START] = _array_octets(
            intercept=np.array(cold_start.intercept),
            context=cold_start.context,
            offers=cold_start.offers,
            products=cold_start.products,
        )
    return FrozenParts(parts)


def frozen_parts_of(stored: StoredModel) -> FrozenParts:
    """Of a version that goes on."""
    names = (FEATURES, TRANSFORMER, COLD_START)
    return FrozenParts({name: stored.parts[name] for name in names if name in stored.parts})


def challenger_parts(
    spec: FeatureSpec, fitted: CalibratedClassifierCV, counts: OfferCounts, calibration_error: float
) -> Mapping[str, bytes]:
    """All parts of a challenger."""
    counted = {
        "rewards": counts.rewards,
        "positives": counts.positives,
        "calibration_error": calibration_error,
    }
    return {
        FEATURES: _spec_octets(spec),
        CHALLENGER: to_octets(fitted),
        COUNTS: json.dumps(counted, sort_keys=True).encode(),
    }


def model_of(stored: StoredModel) -> LoadedModel:
    """The model in a version. Raises ModelDamagedError where its parts make none."""
    version, kind = stored.listed.version, stored.listed.description.kind
    try:
        if kind is ModelKind.ONLINE:
            return _online(version, stored.parts)
        return _challenger(version, stored.parts)
    except (UntrustedModelError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelDamagedError(f"version {version} makes no model: {error}") from error


def _online(version: str, parts: Mapping[str, bytes]) -> OnlineModel:
    spec = _spec(parts[FEATURES])
    transformer = from_octets(parts[TRANSFORMER], _TRUSTED_TRANSFORMER)
    arrays = _arrays(parts[POSTERIOR])
    posterior = Posterior(
        tuple(arrays["codes"].tolist()),
        arrays["means"],
        arrays["covariances"],
        arrays["rewards"],
        arrays["positives"],
    )
    guesses = zip(arrays["guessed"].tolist(), arrays["guesses"].tolist(), strict=True)
    return OnlineModel(
        version,
        spec,
        scaling_of(transformer, spec),
        _cold_start(parts[COLD_START]) if COLD_START in parts else None,
        posterior,
        dict(guesses),
    )


def _cold_start(octets: bytes) -> ColdStart:
    arrays = _arrays(octets)
    return ColdStart(float(arrays["intercept"]), arrays["context"], arrays["offers"], arrays["products"])


def _challenger(version: str, parts: Mapping[str, bytes]) -> ChallengerModel:
    counted = json.loads(parts[COUNTS])
    spec = _spec(parts[FEATURES])
    fitted = from_octets(parts[CHALLENGER], _TRUSTED_CHALLENGER)
    forest, calibration = forest_of(fitted, len(spec.names))
    counts = OfferCounts(counted["rewards"], counted["positives"])
    error = float(counted["calibration_error"])
    return ChallengerModel(version, spec, forest, calibration, counts, error)


def renamed(model: OnlineModel, version: str) -> OnlineModel:
    """The same parameters under the name that the registry gave them."""
    return replace(model, version=version)


def _posterior_octets(model: OnlineModel) -> bytes:
    posterior, guessed = model.posterior, sorted(model.guesses)
    return _array_octets(
        codes=np.array(posterior.codes, dtype=np.str_),
        means=posterior.means,
        covariances=posterior.covariances,
        rewards=posterior.rewards,
        positives=posterior.positives,
        guessed=np.array(guessed, dtype=np.str_),
        guesses=np.array([model.guesses[code] for code in guessed], dtype=np.float64),
    )


def _array_octets(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _arrays(octets: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(octets), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _spec_octets(spec: FeatureSpec) -> bytes:
    values = {
        "usage_classes": spec.usage_classes,
        "segments": spec.segments,
        "device_classes": spec.device_classes,
        "attributes": spec.attributes,
        "version": spec.version,
    }
    return json.dumps(values, sort_keys=True).encode()


def _spec(octets: bytes) -> FeatureSpec:
    values = json.loads(octets)
    spec = FeatureSpec(
        tuple(values["usage_classes"]),
        tuple(values["segments"]),
        tuple(values["device_classes"]),
        tuple((key, value) for key, value in values["attributes"]),
    )
    if spec.version != values["version"]:
        raise ValueError("its features are not those of this version of Tidemark")
    return spec
