"""The sample-ratio check is Pearson's chi-square test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from services.offers.domain.evaluation.sample_ratio import is_sample_ratio_ok, sample_ratio_p_value


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 100)), min_size=2, max_size=6),
)
def test_it_equals_scipys_chi_square(arms: list[tuple[int, int]]) -> None:
    seen, shares = (list(column) for column in zip(*arms, strict=True))
    expected = np.array(shares) / sum(shares) * sum(seen)
    theirs = chisquare(seen, expected).pvalue
    assert sample_ratio_p_value(seen, shares) == pytest.approx(theirs, rel=1e-6, abs=1e-300)


def test_a_split_as_asked_for_passes_and_another_does_not() -> None:
    assert is_sample_ratio_ok(sample_ratio_p_value([9_010, 990], [90, 10]))
    assert not is_sample_ratio_ok(sample_ratio_p_value([8_800, 1_200], [90, 10]))


def test_somebody_in_an_arm_without_a_share_is_a_mismatch() -> None:
    assert sample_ratio_p_value([100, 1], [1.0, 0.0]) == 0.0
    assert sample_ratio_p_value([100, 0], [1.0, 0.0]) == 1.0


def test_nobody_yet_is_no_mismatch_and_shares_are_needed() -> None:
    assert sample_ratio_p_value([0, 0], [50, 50]) == 1.0
    with pytest.raises(ValueError, match="share"):
        sample_ratio_p_value([1, 2], [0, 0])
    with pytest.raises(ValueError, match="share"):
        sample_ratio_p_value([1, 2], [50])


def test_it_cries_wolf_as_seldom_as_it_says() -> None:
    random = np.random.default_rng(3)
    draws = random.multinomial(2_000, [0.9, 0.1], size=4_000)
    low = sum(sample_ratio_p_value(list(map(int, each)), [90, 10]) < 0.05 for each in draws)
    assert 0.035 <= low / 4_000 <= 0.065
