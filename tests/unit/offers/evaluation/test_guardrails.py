"""Guardrails of a roll-out: looked at as often as one likes, they seldom cry wolf, and they do cry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.offers.domain.evaluation.guardrails import (
    BROKEN_FROM,
    ArmCounts,
    broken_guardrails,
    evidence_of_more_harm,
)


def arms(challenger_complaints: int, champion_complaints: int, share: float = 0.1) -> list[str]:
    challenger = ArmCounts(
        "challenger", share, decisions=int(10_000 * share), complained=challenger_complaints
    )
    champion = ArmCounts(
        "champion", 1 - share, decisions=int(10_000 * (1 - share)), complained=champion_complaints
    )
    return list(broken_guardrails(challenger, champion))


def test_looking_after_every_event_cries_wolf_in_one_of_a_hundred_rollouts_at_most() -> None:
    random = np.random.default_rng(11)
    false_alarms, runs, share = 0, 600, 0.1
    for _ in range(runs):
        own = np.cumsum(random.random(200) < share)
        looks = enumerate(own, start=1)
        false_alarms += any(
            evidence_of_more_harm(int(seen), number - int(seen), share) >= BROKEN_FROM
            for number, seen in looks
        )
    assert false_alarms <= runs * 0.02  # expected at most 1 %, with room for this seed's chance


def test_three_times_the_harm_is_found() -> None:
    assert arms(30, 90) == ["complained"]
    assert arms(10, 90) == []
    assert arms(3, 90) == []


def test_each_harm_is_looked_at_by_itself() -> None:
    challenger = ArmCounts("challenger", 0.5, decisions=5_000, opted_out=60, complained=5, reversed=60)
    champion = ArmCounts("champion", 0.5, decisions=5_000, opted_out=10, complained=5, reversed=10)
    assert list(broken_guardrails(challenger, champion)) == ["opted_out", "reversed"]


def test_an_arm_that_decides_more_often_than_its_share_is_judged_by_its_decisions() -> None:
    champion = ArmCounts("champion", 0.9, decisions=2_000, complained=20)
    busy = ArmCounts("challenger", 0.1, decisions=2_000, complained=20)
    assert list(broken_guardrails(busy, champion)) == []


def test_nothing_is_said_before_both_arms_have_decided() -> None:
    assert (
        list(broken_guardrails(ArmCounts("challenger", 0.1, complained=9), ArmCounts("champion", 0.9))) == []
    )


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.01, 0.99))
def test_more_events_of_the_challenger_are_never_less_evidence(own: int, other: int, share: float) -> None:
    before = evidence_of_more_harm(own, other, share)
    assert before >= 0
    assert evidence_of_more_harm(own + 1, other, share) >= before * (1 - 1e-9)


def test_without_events_there_is_no_evidence_and_a_share_must_be_one() -> None:
    assert evidence_of_more_harm(0, 0, 0.1) == 1.0
    with pytest.raises(ValueError, match="both arms"):
        evidence_of_more_harm(1, 1, 1.0)
