"""What decides what the model is, for its name too: apart from training, which imports scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

SEED = 7
FOLDS = 3
STRENGTH = 20.0
TOLERANCE = 1e-4
MOST_STEPS = 60
PARAMETERS = {"folds": FOLDS, "C": STRENGTH, "tol": TOLERANCE, "max_iter": MOST_STEPS}
LIBRARIES = ("scikit-learn", "numpy", "scipy")
"""As distributions are called; their versions are of what decides, too."""

Tell = Callable[[str], None]
"""Is told which step of training begins."""
