"""Arms and the control group: stable, in the shares asked for, and independent of each other."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from services.common.kernel.clock import DAY, Instant
from services.offers.domain.experiments import arm_of, arms_at, in_control_group, together
from services.offers.domain.policies import Arm, Experiment, Ranking
from tests.support.offers_deciding import NOW

SPLIT = Experiment(
    "split", "Split", "salt-1", (Arm("a", 20), Arm("b", 30, Ranking.RULES), Arm("c", 50, Ranking.RANDOM))
)
OTHER = Experiment("other", "Other", "salt-2", (Arm("x", 50), Arm("y", 50)), placements=("push",))
PSEUDONYMS = [f"pseudonym-{number}" for number in range(20_000)]
ZONE = "Europe/Berlin"


def test_arms_have_their_shares() -> None:
    counts = Counter(code_of(SPLIT, pseudonym) for pseudonym in PSEUDONYMS)
    expected = [len(PSEUDONYMS) * share / 100 for share in (20, 30, 50)]
    assert stats.chisquare([counts["a"], counts["b"], counts["c"]], expected).pvalue > 0.001


def test_experiments_cross_each_other_evenly() -> None:
    pairs = Counter((code_of(SPLIT, one), code_of(OTHER, one)) for one in PSEUDONYMS)
    table = [[pairs[left, right] for right in "xy"] for left in "abc"]
    assert stats.chi2_contingency(table).pvalue > 0.001


@given(st.text(min_size=1))
def test_an_arm_stays(pseudonym: str) -> None:
    assert arm_of(SPLIT, pseudonym) == arm_of(SPLIT, pseudonym)
    assert arm_of(SPLIT, pseudonym) is not None


def test_another_salt_draws_anew() -> None:
    again = Experiment("split", "Split", "salt-3", SPLIT.arms)
    moved = sum(code_of(SPLIT, one) != code_of(again, one) for one in PSEUDONYMS)
    # Two independent draws differ with probability 1 - (0.04 + 0.09 + 0.25).
    assert 0.6 < moved / len(PSEUDONYMS) < 0.64


def test_an_experiment_runs_at_its_placements_only() -> None:
    assert set(arms_at((SPLIT, OTHER), "push", "p")) == {"split", "other"}
    assert set(arms_at((SPLIT, OTHER), "app-home", "p")) == {"split"}


def test_the_control_group_is_small_stable_within_a_month_and_drawn_anew() -> None:
    def members(at: Instant) -> set[str]:
        return {one for one in PSEUDONYMS if in_control_group(one, at, ZONE, 20)}

    november, december = members(NOW), members(Instant(NOW + DAY))
    assert 300 < len(november) < 500
    assert members(Instant(NOW - 20 * DAY)) == november
    assert len(november & december) < 50


def test_several_arms_act_as_one() -> None:
    assert together({}) is None
    one = Arm("a", 20, without_offers=("o1",), lever_percents={"o1": 5})
    assert together({"e": one}) == one
    both = together({"e": one, "f": Arm("b", 30, Ranking.RULES, ("o2",), {"o2": -5})})
    assert both == Arm("a+b", 100, Ranking.RULES, ("o1", "o2"), {"o1": 5, "o2": -5})


def code_of(experiment: Experiment, pseudonym: str) -> str:
    """The arm's code; empty where there is none."""
    arm = arm_of(experiment, pseudonym)
    return arm.code if arm else ""
