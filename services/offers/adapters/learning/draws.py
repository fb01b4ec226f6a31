"""Thompson sampling as shares: how often each offer comes first, by draws from what is believed of it.

For one context the posterior of an offer's log-odds is a Gaussian of one dimension, so drawing that is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.offers.adapters.learning.transformer import Floats

_NO_DRAWS = 1


def win_shares(logits: Floats, variances: Floats, weights: Floats, draws: int, seed: int) -> Floats:
    """Shares (m) that add up to 1: of `draws` draws, how many each won by probability x weight.

    `logits`, `variances` (m): mean and variance of each offer's log-odds. The same seed gives the same
    shares. Where no weight is above zero the probability alone decides.
    """
    count = max(_NO_DRAWS, draws)
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = random.standard_normal((count, len(logits)), dtype=np.float32)
    drawn *= np.sqrt(variances).astype(np.float32)
    drawn += logits.astype(np.float32)
    winners: NDArray[np.intp] = _values(drawn, weights).argmax(axis=1)
    shares: Floats = np.bincount(winners, minlength=len(logits)) / count
    return shares


def _values(drawn: NDArray[np.float32], weights: Floats) -> NDArray[np.float32]:
    """In place: log-odds become what an offer is worth."""
    if not (weights > 0).any():
        return drawn
    np.negative(drawn, out=drawn)
    np.exp(np.minimum(drawn, 80, out=drawn), out=drawn)
    drawn += 1
    return np.divide(weights.astype(np.float32), drawn, out=drawn)
