"""Whatever ends at whatever step: charging gives once, and budget and answers tell what it gave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel.clock import SECOND
from services.offers.application.giving import LEFT_ALONE
from services.offers.domain.acceptance import STANDING, AnswerState
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import Budget
from tests.support.offers_crashes import CrashingAnswers, CrashingCharging, Fault, Faults, tolerated
from tests.support.offers_effects import (
    CENT,
    CHEAPER,
    EURO,
    EffectsWorld,
    compiled_offer,
    no,
    offer,
    yes,
)

_DECISIONS = 4
_BOUND = Budget(acceptances=3)
_GIVEN = 200 * CENT


class Deed(Enum):
    """What happens, by whoever does it."""

    ACCEPT = "a customer says yes"
    ALL_ACCEPT = "all customers say yes at once"
    DECLINE = "a customer says no"
    SETTLE = "the service looks for what is pending"
    TOP_UP = "money comes in"
    DELIVER = "what was delayed arrives at charging"
    WAIT = "a few seconds pass"
    WAIT_LONG = "most of a day passes"


@dataclass(frozen=True)
class _Move:
    deed: Deed
    decision: int
    request: int


_MOVES = st.lists(
    st.builds(_Move, st.sampled_from(Deed), st.integers(0, _DECISIONS - 1), st.integers(0, 2)),
    max_size=12,
)
_STEPS = [fault for fault in Fault if fault is not Fault.DELAYED]


class _Story:
    """One customer's money, four decisions, a budget for three acceptances, and a script of faults."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        terms = OfferTerms(currency_code="EUR", regular_price_minor_micros=_GIVEN)
        # What was shown costs more than the terms say now: it is charged as charging sees fit.
        self.world = EffectsWorld(compiled_offer(offer(action=CHEAPER, budget=_BOUND), terms))
        self.world.charging.money, self.world.charging.price = 3 * EURO, 2 * EURO
        for number in range(_DECISIONS):
            self.world.present(f"d-{number}", subscriber_id=f"s-{number}")
        self.faults = Faults(faults)
        self.charging = CrashingCharging(self.world.charging, self.faults)
        self.restart()

    def restart(self) -> None:
        answers = CrashingAnswers(self.world.stored, self.faults)
        self.world.restart(answers, self.charging)

    async def play(self, move: _Move) -> None:
        world, decision = self.world, f"d-{move.decision}"
        request = f"r-{move.request}"
        match move.deed:
            case Deed.ACCEPT:
                await tolerated(world.effects.accept(yes(request, decision)))
            case Deed.ALL_ACCEPT:
                calls = [world.effects.accept(yes(request, f"d-{number}")) for number in range(_DECISIONS)]
                await asyncio.gather(*(tolerated(call) for call in [*calls]))
            case Deed.DECLINE:
                await tolerated(world.effects.decline(no(request, decision)))
            case Deed.SETTLE:
                await tolerated(world.pending.settle_due())
            case Deed.TOP_UP:
                world.charging.money += 2 * EURO
            case Deed.DELIVER:
                await self.charging.deliver()
            case Deed.WAIT:
                world.clock.advance(LEFT_ALONE // SECOND)
            case Deed.WAIT_LONG:
                world.hours_later(21)
        self.restart()

    async def end_well(self) -> None:
        """Everything works again: what is pending comes to its end."""
        self.faults.end()
        await self.charging.deliver()
        while any(answer.state is AnswerState.PENDING for answer in self.world.stored.answers.values()):
            self.world.clock.advance(LEFT_ALONE // SECOND)
            assert await self.world.pending.settle_due()

    async def hear_the_journal(self) -> None:
        """Charging's journal tells of every effect, as it does in the end."""
        by_key = {answer.charging_key: answer for answer in self.world.stored.answers.values()}
        for key, given_ in self.world.charging.effects.items():
            await self.world.stored.finish(by_key[key], given_, self.world.clock.now())

    def check_budget(self) -> None:
        """The budget's use is that of the answers that stand."""
        standing = [a for a in self.world.stored.answers.values() if a.state in STANDING]
        expected = BudgetUse(len(standing), len(standing) * _GIVEN)
        assert self.world.stored.uses.get("video-pass", BudgetUse()) == expected

    def check_effects(self) -> None:
        """Done is what charging gave, and accepted what is done; and each was paid once."""
        answers = self.world.stored.answers.values()
        done = {answer.charging_key for answer in answers if answer.state is AnswerState.DONE}
        assert done == set(self.world.charging.effects)
        accepted = [o for o in self.world.stored.outcomes if o.kind is OutcomeKind.ACCEPTED]
        assert len(accepted) == len(done)
        assert sum(given_.amount_minor_micros for given_ in self.world.charging.effects.values()) == (
            len(done) * 2 * EURO
        )


@settings(max_examples=300, deadline=None)
@given(_MOVES, st.lists(st.sampled_from(_STEPS), max_size=60))
def test_with_crashes_and_lost_answers_done_is_what_charging_gave_and_the_budget_holds(
    moves: Sequence[_Move], faults: Sequence[Fault]
) -> None:
    async def play() -> None:
        story = _Story(faults)
        for move in moves:
            if move.deed is not Deed.WAIT_LONG:
                await story.play(move)
            story.check_budget()
            assert story.world.stored.uses.get("video-pass", BudgetUse()).acceptances <= _BOUND.acceptances
        await story.end_well()
        story.check_budget()
        story.check_effects()

    asyncio.run(play())


@settings(max_examples=300, deadline=None)
@given(_MOVES, st.lists(st.sampled_from(Fault), max_size=60))
def test_what_reached_charging_late_is_put_right_by_its_journal(
    moves: Sequence[_Move], faults: Sequence[Fault]
) -> None:
    async def play() -> None:
        story = _Story(faults)
        for move in moves:
            await story.play(move)
            story.check_budget()
        await story.end_well()
        await story.hear_the_journal()
        story.check_budget()
        story.check_effects()

    asyncio.run(play())


async def test_a_request_that_reaches_charging_after_a_later_attempt_gives_nothing_more() -> None:
    reached_late = [Fault.NONE, Fault.NONE, Fault.NONE, Fault.DELAYED]
    story = _Story(reached_late)
    story.world.charging.money = 0
    # Refused when asked again; paid for, and accepted by another request.
    for deed, request in [
        (Deed.ACCEPT, 0),
        (Deed.WAIT, 0),
        (Deed.SETTLE, 0),
        (Deed.TOP_UP, 0),
        (Deed.ACCEPT, 1),
        (Deed.TOP_UP, 0),
    ]:
        await story.play(_Move(deed, 0, request))
    assert story.world.answer("d-0").attempt == 2
    await story.play(_Move(Deed.DELIVER, 0, 0))
    assert story.world.charging.money == 2 * EURO
    story.check_effects()
