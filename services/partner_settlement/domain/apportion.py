"""Whole minor units out of exact shares: floor, then the largest remainders.

Every share is within one minor unit of its exact value, and they sum to the total. Equal remainders
go by a hash of a stable key instead of by position, so that nobody gets the odd cent by standing first
in a list: over many periods the key rotates.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from fractions import Fraction

REMAINDER_RULE = "largest-remainder/1"
"""Name of this rule, as it stands on statements."""


def apportion(total: int, exact: Sequence[Fraction], keys: Sequence[str]) -> list[int]:
    """Integers near `exact` that sum to `total`.

    `keys`: one stable text for each share; where remainders are equal, the smaller SHA-256 of its key
    goes first. Raises ValueError where the exact shares do not sum to the total, give or take the
    rounding of the total itself (less than one unit).
    """
    if abs(sum(exact, Fraction(0)) - total) >= 1:
        raise ValueError(f"shares of {sum(exact, Fraction(0))} cannot sum to {total}")
    floors = [math.floor(share) for share in exact]
    left = total - sum(floors)
    order = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], _rank(keys[index])))
    for index in order[:left]:
        floors[index] += 1
    if left < 0 or left > len(exact):
        raise ValueError(f"{total} cannot be reached from {sum(floors)} by rounding")
    return floors


def _rank(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
