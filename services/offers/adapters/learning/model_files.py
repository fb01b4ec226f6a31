"""Models as the parts of a version, and back: arrays, so that deciding needs no scikit-learn.

What it fitted lies beside them where there is any, see `fitted_files.py`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from services.offers.adapters.learning.challenger import ChallengerModel, OfferCounts
from services.offers.adapters.learning.cold_start import ColdStart
from services.offers.adapters.learning.models import LoadedModel, OnlineModel
from services.offers.adapters.learning.posterior import Posterior
from services.offers.adapters.learning.registry import StoredModel
from services.offers.adapters.learning.scaling import Scaling
from services.offers.adapters.learning.trees import Calibration, Conditions, Forest
from services.offers.application.learning_ports import ModelDamagedError, ModelKind
from services.offers.domain.features import FeatureSpec

FEATURES = "features.json"
SCALING = "scaling.npz"
COLD_START = "cold_start.npz"
POSTERIOR = "posterior.npz"
FOREST = "forest.npz"
COUNTS = "counts.json"
_SIDES = ("context", "offers")
_CONDITIONS = tuple(field.name for field in fields(Conditions))


@dataclass(frozen=True, eq=False)
class FrozenParts:
    """What a line of online models has in common: features, transformer, cold start, as octets."""

    parts: Mapping[str, bytes]

    def with_posterior(self, model: OnlineModel) -> Mapping[str, bytes]:
        """All parts of a snapshot."""
        return {**self.parts, POSTERIOR: _posterior_octets(model)}


def frozen_parts(
    spec: FeatureSpec,
    scaling: Scaling,
    cold_start: ColdStart | None,
    fitted: Mapping[str, bytes] = MappingProxyType({}),
) -> FrozenParts:
    """Of a line that begins. `fitted`: the parts that keep what scikit-learn made it from."""
    parts = {FEATURES: _spec_octets(spec), SCALING: _array_octets(**vars(scaling)), **fitted}
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
    return FrozenParts({name: part for name, part in stored.parts.items() if name != POSTERIOR})


def challenger_parts(model: ChallengerModel) -> Mapping[str, bytes]:
    """What a challenger needs to score."""
    counted = {
        "rewards": model.counts.rewards,
        "positives": model.counts.positives,
        "calibration_error": model.calibration_error,
    }
    return {
        FEATURES: _spec_octets(model.spec),
        FOREST: _forest_octets(model.forest, model.calibration),
        COUNTS: json.dumps(counted, sort_keys=True).encode(),
    }


def model_of(stored: StoredModel) -> LoadedModel:
    """The model in a version. Raises ModelDamagedError where its parts make none."""
    version, kind = stored.listed.version, stored.listed.description.kind
    try:
        if kind is ModelKind.ONLINE:
            return _online(version, stored.parts)
        return _challenger(version, stored.parts)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelDamagedError(f"version {version} makes no model: {error}") from error


def _online(version: str, parts: Mapping[str, bytes]) -> OnlineModel:
    spec = _spec(parts[FEATURES])
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
        _scaling(parts, spec),
        _cold_start(parts[COLD_START]) if COLD_START in parts else None,
        posterior,
        dict(guesses),
    )


def _scaling(parts: Mapping[str, bytes], spec: FeatureSpec) -> Scaling:
    if SCALING not in parts:
        # Only a version of before there were arrays pays for scikit-learn's import.
        from services.offers.adapters.learning.fitted_files import scaling_in  # noqa: PLC0415

        return scaling_in(parts, spec)
    scaling = Scaling(**_arrays(parts[SCALING]))
    if (len(scaling.mean), len(scaling.offer_mean)) != (len(spec.names), len(spec.offer_names)):
        raise ValueError("its scale is of other features")
    return scaling


def _forest(parts: Mapping[str, bytes], spec: FeatureSpec) -> tuple[Forest, Calibration]:
    if FOREST not in parts:
        from services.offers.adapters.learning.fitted_files import forest_in  # noqa: PLC0415 - as above

        return forest_in(parts, spec)
    arrays = _arrays(parts[FOREST])
    context, offers = (Conditions(*(arrays[f"{of}_{name}"] for name in _CONDITIONS)) for of in _SIDES)
    forest = Forest(context, offers, arrays["values"], float(arrays["baseline"]))
    sigmoid = float(arrays["slope"]), float(arrays["intercept"])
    return forest, Calibration(arrays["x"], arrays["y"], *sigmoid)


def _forest_octets(forest: Forest, calibration: Calibration) -> bytes:
    sides = zip(_SIDES, (forest.context, forest.offers), strict=True)
    conditions = {f"{of}_{name}": getattr(side, name) for of, side in sides for name in _CONDITIONS}
    return _array_octets(
        **conditions,
        values=forest.values,
        baseline=np.array(forest.baseline),
        x=calibration.x,
        y=calibration.y,
        slope=np.array(calibration.slope),
        intercept=np.array(calibration.intercept),
    )


def _cold_start(octets: bytes) -> ColdStart:
    arrays = _arrays(octets)
    return ColdStart(float(arrays["intercept"]), arrays["context"], arrays["offers"], arrays["products"])


def _challenger(version: str, parts: Mapping[str, bytes]) -> ChallengerModel:
    counted = json.loads(parts[COUNTS])
    spec = _spec(parts[FEATURES])
    forest, calibration = _forest(parts, spec)
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
