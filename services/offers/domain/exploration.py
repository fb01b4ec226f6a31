"""Exact probabilities for the first place, and the draw from them.

The number that is logged is the probability itself, not an estimate of it: the first place is drawn from
the very numbers that are written down, by a point that the seed alone decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_POINT_BITS = 53
_DOMAIN = b"tidemark offers first place"


def explored(win_shares: Sequence[float], floor_permille: int) -> tuple[float, ...]:
    """`(1 - eps) x share + eps / N`: never below eps / N, and adding up to 1.

    `win_shares`: at least one, none below zero; shares that add up to nothing count as equal. Raises
    ValueError for none, and for a share that is no number or below zero.
    """
    if not win_shares:
        raise ValueError("there is nothing to draw from")
    if not all(0 <= share < float("inf") for share in win_shares):
        raise ValueError("a share is below zero or no number")
    total, count, floor = sum(win_shares), len(win_shares), floor_permille / 1_000
    if total <= 0:
        return uniform(count)
    return tuple((1 - floor) * (share / total) + floor / count for share in win_shares)


def uniform(count: int) -> tuple[float, ...]:
    """The same for all."""
    return (1 / count,) * count


def point_of(seed: int) -> float:
    """The point in [0, 1) that a seed stands for; the same for ever. `seed`: 0 to 2^64 - 1."""
    digest = hashlib.sha256(_DOMAIN + seed.to_bytes(8, "big")).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - _POINT_BITS)) / (1 << _POINT_BITS)


def drawn(probabilities: Sequence[float], point: float) -> int:
    """Index of the one that the point falls on. `probabilities` add up to 1, rounding aside."""
    reached = 0.0
    for index, probability in enumerate(probabilities):
        reached += probability
        if point < reached:
            return index
    # Rounding left a sliver at the end; it belongs to the last that has a chance at all.
    return max(index for index, probability in enumerate(probabilities) if probability > 0)
