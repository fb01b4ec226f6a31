"""Thompson sampling as shares: how often each offer comes first, by draws from what is believed of it.

For one context the posterior of an offer's log-odds is a Gaussian of one dimension, so it is drawn directly:
one of 65,536 quantiles. They end 4.2 deviations out, beyond which one draw in 65,536 would lie.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray
from scipy.special import ndtri

from services.offers.adapters.learning.scaling import Floats

_NO_DRAWS = 1
_DOMAIN = b"tidemark offers draws"
_COUNT = 1 << 16
_QUANTILES = ndtri((np.arange(_COUNT) + 0.5) / _COUNT).astype(np.float32)
_IN_A_WORD = 4
"""Numbers of 16 bits in one of 64."""


def win_shares(logits: Floats, variances: Floats, weights: Floats, draws: int, seed: int) -> Floats:
    """Shares (m) that add up to 1: of `draws` draws, how many each won by probability x weight.

    `logits`, `variances` (m): mean and variance of each offer's log-odds. The same seed gives the same
    shares. Where no weight is above zero the probability alone decides.
    """
    count, offers = max(_NO_DRAWS, draws), len(logits)
    drawn = _normals(count * offers, seed).reshape(count, offers)
    drawn *= np.sqrt(variances).astype(np.float32)
    drawn += logits.astype(np.float32)
    winners: NDArray[np.intp] = _values(drawn, weights).argmax(axis=1)
    shares: Floats = np.bincount(winners, minlength=offers) / count
    return shares


def _normals(count: int, seed: int) -> NDArray[np.float32]:
    """Standard normal numbers. numpy's own take five times as long, most of a decision."""
    # The stubs know one class of seed sequences, the documentation all of them.
    generator = np.random.PCG64(_Hashed(seed))  # type: ignore[arg-type]
    places = generator.random_raw(-(-count // _IN_A_WORD)).view(np.uint16)[:count]
    # No number of 16 bits is out of range; "wrap" does not look.
    drawn: NDArray[np.float32] = _QUANTILES.take(places, mode="wrap")
    return drawn


class _Hashed(ISeedSequence):
    """The 256 bits that a generator begins with, from a seed of 64. numpy's own takes longer than drawing."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> NDArray[np.uint32 | np.uint64]:
        """As many words as SHA-256 has bits for."""
        digest = hashlib.sha256(_DOMAIN + self._seed.to_bytes(8, "big")).digest()
        return np.frombuffer(digest, dtype, n_words)


def _values(drawn: NDArray[np.float32], weights: Floats) -> NDArray[np.float32]:
    """In place: log-odds become what an offer is worth."""
    if not (weights > 0).any():
        return drawn
    np.negative(drawn, out=drawn)
    np.exp(np.minimum(drawn, 80, out=drawn), out=drawn)
    drawn += 1
    return np.divide(weights.astype(np.float32), drawn, out=drawn)
