"""The store in SQL does what the one in memory does, on which crashes were tried out."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import RefusedError
from services.offers.application.effect_ports import Answers, RequestMark
from services.offers.domain.acceptance import Answer, AnswerState, ChargingRefusal, Given
from services.offers.domain.decisions import Outcome, OutcomeKind
from services.offers.domain.policies import Budget
from tests.support.charging_world import NOON
from tests.support.offers_effects import CENT, PASS, ChargingStandIn
from tests.support.offers_effects_sql import SqlEffectsWorld
from tests.support.offers_memory_answers import MemoryAnswers

_BOUND = Budget(acceptances=2, amount_minor_micros=500 * CENT)
_numbers = itertools.count()


class Call(Enum):
    """What is asked of a store."""

    FIND = "find"
    BEGIN = "begin"
    FINISH = "finish"
    REFUSE = "refuse"
    DECLINE = "decline"
    FEEDBACK = "feedback"
    PENDING = "pending"


@dataclass(frozen=True)
class _Step:
    call: Call
    decision: int
    request: int
    attempt: int
    flag: bool


_STEPS = st.lists(
    st.builds(
        _Step,
        st.sampled_from(Call),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def world() -> Iterator[SqlEffectsWorld]:
    """One database for all examples; each has its own decisions and offer."""
    opened = SqlEffectsWorld("sqlite://", (), ChargingStandIn())
    yield opened
    asyncio.run(opened.close())


async def _asked(store: Answers, step: _Step, example: str, at: Instant) -> object:
    """What a store says, or why not."""
    decision, offer = f"{example}-d-{step.decision}", f"{example}-offer"
    content = f"{step.call.value} {decision} {step.flag}"
    mark = RequestMark(f"{example}-s", f"r-{step.request}", content)
    answer = Answer(
        decision,
        offer,
        AnswerState.PENDING,
        f"{example}-s",
        "acme-1",
        "app",
        at,
        PASS,
        step.attempt,
        200 * CENT,
        300 * CENT,
    )
    try:
        match step.call:
            case Call.FIND:
                return await store.find(decision, offer, mark)
            case Call.BEGIN:
                return await store.begin(replace(answer, attempt=0), mark, _BOUND)
            case Call.FINISH:
                return await store.finish(answer, Given((f"{decision}-c",), 7 * CENT, "EUR", at), at)
            case Call.REFUSE:
                return await store.refuse(answer, ChargingRefusal("NO_MONEY", "none"), at)
            case Call.DECLINE:
                said = replace(
                    answer,
                    state=AnswerState.DECLINED,
                    action=None,
                    attempt=0,
                    given_minor_micros=0,
                    value_minor_micros=0,
                    quiet_until=at,
                    reason="too-expensive",
                    never_again=step.flag,
                )
                return await store.decline(said, mark)
            case Call.FEEDBACK:
                await store.feedback(Outcome(decision, offer, OutcomeKind.SEEN, at), mark)
                return "noted"
            case Call.PENDING:
                found = await store.pending(Instant(at - SECOND), 100)
                return [item for item in found if item.offer_code == offer]
    except RefusedError as error:
        return error.refused.reason


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_sql_and_memory_say_the_same_to_the_same_steps(
    world: SqlEffectsWorld, steps: Sequence[_Step]
) -> None:
    example = f"e{next(_numbers)}"
    memory = MemoryAnswers()

    async def play() -> None:
        for number, step in enumerate(steps):
            at = Instant(NOON + number * SECOND)
            begun = (f"{example}-d-{step.decision}", f"{example}-offer") in memory.answers
            if step.call in (Call.FINISH, Call.REFUSE) and not begun:
                continue  # Charging is asked for nothing that was never accepted.
            assert await _asked(world.answers, step, example, at) == await _asked(memory, step, example, at)
        for decision in {f"{example}-d-{number}" for number in range(3)}:
            assert await world.kinds(decision) == memory.kinds(decision)

    asyncio.run(play())
