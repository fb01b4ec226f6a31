"""Whether subscribers are split as the experiment asked. Where they are not, its figures say nothing."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.special import chdtrc

LEAST_P_VALUE = 0.001


def sample_ratio_p_value(subscribers: Sequence[int], shares: Sequence[float]) -> float:
    """How often chance alone splits subscribers as unevenly as that: Pearson's chi-square test.

    `shares` are those asked for, of any sum above 0; an arm of share 0 must be empty. 1 before there
    is anybody, and with one arm. Raises ValueError for lengths that differ, or no share above 0.
    """
    if len(subscribers) != len(shares) or sum(shares) <= 0:
        raise ValueError("every arm has a share, and the shares are above nothing")
    arms = [(seen, share) for seen, share in zip(subscribers, shares, strict=True) if share > 0]
    total = sum(subscribers)
    if sum(seen for seen, _ in arms) != total:
        return 0.0
    if total == 0 or len(arms) < 2:
        return 1.0
    whole = sum(shares)
    wanted = [(seen, total * share / whole) for seen, share in arms]
    distance = sum((seen - expected) ** 2 / expected for seen, expected in wanted)
    return float(chdtrc(len(arms) - 1, distance))


def is_sample_ratio_ok(p_value: float) -> bool:
    """False: something other than chance decides who is in which arm."""
    return p_value >= LEAST_P_VALUE
