"""Exact division, rounded at one named place."""

from __future__ import annotations


def round_half_even(numerator: int, denominator: int) -> int:
    """The integer nearest to numerator/denominator; a tie goes to the even neighbour.

    `denominator` must be positive.
    """
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2 == 1):
        return quotient + 1
    return quotient


def ceil_div(numerator: int, denominator: int) -> int:
    """The least integer not below numerator/denominator. `denominator` must be positive."""
    if denominator <= 0:
        raise ValueError("denominator must be positive")
    return -(-numerator // denominator)
