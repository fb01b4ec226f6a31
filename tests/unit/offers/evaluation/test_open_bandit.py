"""The gate on logs that nobody here made up: the Open Bandit Dataset, two campaigns, two policies.

Computed for each campaign, on its own logs of 10,000 recommendations (an item at one of three positions):

- The uniform policy valued from the Thompson log: each item 1/80 ("all") or 1/34 ("men") at each position,
  over the propensities of the log.
- The Thompson policy valued from the uniform log: its probability of an item at a position is the share of
  the position's rows in the Thompson log that show the item, its mean over the week. (The mean of the
  logged propensities would be too high: items are seen most where their propensity is.) The truth
  is the Thompson log's own mean of clicks. Each log is its own draw, so the two share no row.
- DR's reward model: logistic regression on user features, position, item and item features, five folds.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.offers.adapters.evaluation.open_bandit import (
    OpenBanditLog,
    choices_of,
    features_of,
    policy_shares,
    read_items,
    read_log,
    uniform_policy,
)
from services.offers.adapters.evaluation.reward_model import CrossFittedRewards
from services.offers.domain.evaluation.estimators import Estimate
from services.offers.domain.evaluation.gate import Evidence, Verdict, judge
from services.offers.domain.evaluation.valuing import estimates_of, evidence_of

_FOLDER = Path(__file__).resolve().parents[5] / "shared" / "data" / "bandit"

needs_data = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason=f"needs the sample of the Open Bandit Dataset in {_FOLDER}"
)


@cache
def campaign(name: str) -> tuple[OpenBanditLog, OpenBanditLog, Any]:
    """The Thompson log, the uniform log, and the items' features."""
    items = read_items(_FOLDER / f"items_{name}.csv")
    count = items.shape[0]
    return (
        read_log(_FOLDER / f"bts_{name}.csv.gz", count),
        read_log(_FOLDER / f"random_{name}.csv.gz", count),
        items,
    )


def valued(log: OpenBanditLog, policy: Any, items: Any) -> tuple[Evidence, tuple[Estimate, ...]]:
    choices = choices_of(log, policy)
    acceptance = CrossFittedRewards(seed=1).acceptance(choices, features_of(log, items))
    return evidence_of(choices, acceptance), estimates_of(choices, acceptance)


@needs_data
@pytest.mark.parametrize(("name", "effective"), [("all", 340), ("men", 656)])
def test_the_random_policy_from_the_thompson_log_is_not_enough_evidence(name: str, effective: int) -> None:
    thompson, _, items = campaign(name)
    evidence, _ = valued(thompson, uniform_policy(thompson), items)
    judgement = judge(evidence)
    assert judgement.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert round(evidence.effective_sample_size) == effective
    failing = {criterion.name for criterion in judgement.criteria if not criterion.holds}
    assert {"effective sample size", "effective share of the rows"} <= failing


@needs_data
@pytest.mark.parametrize(("name", "truth"), [("all", 0.0042), ("men", 0.0069)])
def test_intervals_of_the_thompson_policy_from_the_random_log_cover_what_it_earned(
    name: str, truth: float
) -> None:
    thompson, uniform, items = campaign(name)
    assert float(thompson.clicks.mean()) == pytest.approx(truth)
    evidence, _ = valued(uniform, policy_shares(thompson), items)
    for each in ("IPS", "SNIPS", "DR"):
        assert truth in evidence.estimate(each).interval, each
    assert evidence.effective_sample_size > 2_500
    # 38 and 46 clicks are too few to call it better, and it is not worse.
    assert judge(evidence).verdict is Verdict.NOT_ENOUGH_EVIDENCE


@needs_data
def test_propensities_belong_to_an_item_at_a_position() -> None:
    thompson, uniform, _ = campaign("all")
    assert np.allclose(uniform.propensities, 1 / 80)
    assert np.allclose(policy_shares(thompson).sum(axis=1), 1)
    favourite = int(np.bincount(thompson.items).argmax())
    by_position = [
        thompson.propensities[(thompson.items == favourite) & (thompson.positions == position)].mean()
        for position in range(3)
    ]
    assert max(by_position) > 1.2 * min(by_position)


def test_a_file_that_is_no_such_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("item_id,position\n0,1\n")
    with pytest.raises(ValueError, match="click"):
        read_log(tmp_path / "log.csv", 3)
    (tmp_path / "empty.csv").write_text("item_id,position\n")
    with pytest.raises(ValueError, match="no rows"):
        read_log(tmp_path / "empty.csv", 3)
    (tmp_path / "items.csv").write_text("item_id,item_feature_0\n1,0.5\n")
    with pytest.raises(ValueError, match="count"):
        read_items(tmp_path / "items.csv")
