"""What scikit-learn fitted, kept in a version beside the arrays that it comes to.

Whoever wants the pipeline itself finds it there. A service reads the arrays; only of a version that was made
without them it takes the pipeline apart, since this module imports scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer

from services.offers.adapters.learning.scaling import Scaling
from services.offers.adapters.learning.skops_files import from_octets, to_octets
from services.offers.adapters.learning.transformer import scaling_of
from services.offers.adapters.learning.trees import Calibration, Forest, forest_of
from services.offers.domain.features import FeatureSpec

TRANSFORMER = "transformer.skops"
CHALLENGER = "challenger.skops"

_TRUSTED_TRANSFORMER = ("services.offers.adapters.learning.transformer.Clip",)
_TRUSTED_CHALLENGER = (
    "functools.partial",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.utils.validation.check_array",
)


def transformer_parts(transformer: ColumnTransformer) -> Mapping[str, bytes]:
    """The part that keeps a fitted transformer."""
    return {TRANSFORMER: to_octets(transformer)}


def classifier_parts(fitted: CalibratedClassifierCV) -> Mapping[str, bytes]:
    """The part that keeps a fitted challenger."""
    return {CHALLENGER: to_octets(fitted)}


def scaling_in(parts: Mapping[str, bytes], spec: FeatureSpec) -> Scaling:
    """The arrays of a kept transformer. Raises KeyError, UntrustedModelError, ValueError."""
    return scaling_of(from_octets(parts[TRANSFORMER], _TRUSTED_TRANSFORMER), spec)


def forest_in(parts: Mapping[str, bytes], spec: FeatureSpec) -> tuple[Forest, Calibration]:
    """The arrays of a kept challenger. Raises KeyError, UntrustedModelError."""
    return forest_of(from_octets(parts[CHALLENGER], _TRUSTED_CHALLENGER), len(spec.names))
