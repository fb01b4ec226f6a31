"""Roll-outs go by their table, keep everybody in their arm, and stop at a broken split or guardrail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import HOUR, Instant
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.reasons import GUARDRAIL_BROKEN, SAMPLE_RATIO_MISMATCH, TOO_EARLY
from services.offers.domain.rollouts import (
    CHALLENGER,
    CHAMPION,
    MOVES,
    Act,
    Move,
    Pace,
    Rollout,
    RolloutState,
    arm_of,
    moved,
    objection,
    refusal_to_advance,
    started,
)

_PACE = Pace(seconds=3_600, decisions=100)


def act(hours: int, reason: str = "") -> Act:
    return Act("anna", Instant(hours * HOUR), reason)


def advanced(times: int, rollout_id: str = "r1") -> Rollout:
    rollout = started(rollout_id, "v2", "v1", act(0))
    for hour in range(1, times + 1):
        after = moved(rollout, Move.ADVANCE, act(hour))
        assert after is not None
        rollout = after
    return rollout


def arms(percent: int, subscribers: int = 10_000, **challenger: int) -> list[ArmCounts]:
    own = subscribers * percent // 100
    rest = subscribers - own
    return [
        ArmCounts(CHAMPION, 1 - percent / 100, decisions=rest, subscribers=rest, complained=rest // 100),
        ArmCounts(
            CHALLENGER, percent / 100, **{"decisions": own, "subscribers": own, "complained": 0, **challenger}
        ),
    ]


def test_it_goes_from_1_to_10_to_50_to_100_per_cent_and_keeps_the_trail() -> None:
    rollout = advanced(3)
    assert [step.percent for step in rollout.steps] == [1, 10, 50, 100]
    assert rollout.state is RolloutState.COMPLETED
    assert [step.state for step in rollout.steps[:3]] == [RolloutState.RUNNING] * 3
    assert moved(rollout, Move.ADVANCE, act(9)) is None


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_it_goes_back_from_everywhere_and_no_further(steps: int) -> None:
    back = moved(advanced(steps), Move.ROLL_BACK, act(9, "complaints"))
    assert back is not None
    assert (back.state, back.percent, back.reason) == (RolloutState.ROLLED_BACK, 0, "complaints")
    assert moved(back, Move.ADVANCE, act(10)) is None
    assert moved(back, Move.ROLL_BACK, act(10)) is None
    assert arm_of(back, "anybody") == CHAMPION


def test_every_move_but_those_of_the_end_leads_to_a_position_that_is_in_the_table() -> None:
    left = {position for position, _ in MOVES}
    ends = {position for position in MOVES.values() if position not in left}
    assert ends == {(RolloutState.ROLLED_BACK, 0)}


@given(st.text(max_size=40))
def test_who_has_the_challenger_keeps_it_at_every_further_step(pseudonym: str) -> None:
    seen = [arm_of(advanced(times), pseudonym) for times in range(4)]
    assert seen == sorted(seen, reverse=True)  # champion ..., then challenger ...
    assert seen[-1] == CHALLENGER


def test_shares_are_as_asked_for_and_rollouts_begin_with_other_people() -> None:
    everybody = [f"pseudonym-{number}" for number in range(20_000)]
    for times, share in ((0, 0.01), (1, 0.10), (2, 0.50)):
        chosen = sum(arm_of(advanced(times), each) == CHALLENGER for each in everybody)
        assert chosen / 20_000 == pytest.approx(share, abs=0.01)
    first = {each for each in everybody if arm_of(advanced(1, "r1"), each) == CHALLENGER}
    second = {each for each in everybody if arm_of(advanced(1, "r2"), each) == CHALLENGER}
    assert len(first & second) / len(first) == pytest.approx(0.1, abs=0.03)


def test_it_advances_after_its_time_with_decisions_enough() -> None:
    assert refusal_to_advance(advanced(1), arms(10), _PACE, Instant(2 * HOUR)) is None


def test_it_does_not_advance_too_early() -> None:
    soon = refusal_to_advance(advanced(1), arms(10), _PACE, Instant(2 * HOUR - 1_000_000))
    few = refusal_to_advance(advanced(1), arms(10, subscribers=900), _PACE, Instant(9 * HOUR))
    none = refusal_to_advance(advanced(1), [], _PACE, Instant(9 * HOUR))
    assert [each and each.reason for each in (soon, few, none)] == [TOO_EARLY] * 3


def test_an_uneven_split_stops_it_before_anything_else() -> None:
    split = arms(10, subscribers=10_000)
    uneven = [split[0], ArmCounts(CHALLENGER, 0.10, decisions=500, subscribers=500, complained=400)]
    for refused in (objection(uneven), refusal_to_advance(advanced(1), uneven, _PACE, Instant(HOUR))):
        assert refused is not None
        assert refused.reason is SAMPLE_RATIO_MISMATCH


def test_a_broken_guardrail_stops_it_and_is_named() -> None:
    refused = objection(arms(10, complained=80))
    assert refused is not None
    assert refused.reason is GUARDRAIL_BROKEN
    assert "complained" in refused.message
    assert objection(arms(10, complained=10)) is None
