"""Charging's journal and answers: what took effect is done, what is taken back soon is reversed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tidemark.charging.v1 import journal_pb2
from tidemark.offers.v1 import offer_events_pb2 as events

from services.common.kernel.clock import DAY, HOUR, SECOND, Instant
from services.common.kernel.outcome import RefusedError
from services.offers.domain.acceptance import AnswerState, ChargingRefusal, Given
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.decisions import OutcomeKind
from tests.support.offers_effects import (
    EURO,
    REWARD,
    ChargingStandIn,
    compiled_offer,
    offer,
    yes,
)
from tests.support.offers_effects_journal import entry, refund_entry, subscribed_entry, subscription_event
from tests.support.offers_effects_sql import OpenWorlds

CANCEL = journal_pb2.OPERATION_CANCEL
RENEW = journal_pb2.OPERATION_RENEW
CANCELLED = journal_pb2.SUBSCRIPTION_CHANGE_CANCELLED
ENDED = journal_pb2.SUBSCRIPTION_CHANGE_ENDED


@pytest.fixture(params=["sqlite", "postgresql"])
async def open_world(request: pytest.FixtureRequest) -> AsyncIterator[OpenWorlds]:
    """Opens a world on an empty database of either kind."""
    worlds = OpenWorlds(request.param)
    yield worlds
    await worlds.close()


async def test_the_journal_finishes_what_offers_never_heard_the_end_of(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn()
    world = open_world(charging)
    await world.present()
    charging.is_away = True
    with pytest.raises(RefusedError, match="CHARGING_UNREACHABLE"):
        await world.effects.accept(yes())
    at = Instant(world.clock.now() + SECOND)
    for _ in range(2):
        await world.hear(subscribed_entry(at))
    answer = await world.answer()
    assert answer.state is AnswerState.DONE
    assert answer.given == Given(("c-9",), 2 * EURO, "EUR")
    assert await world.kinds() == [OutcomeKind.ACCEPTED]
    assert len(await world.events(events.OfferAccepted)) == 1
    assert world.budgets.use() == {"video-pass": BudgetUse(1, 0)}


async def test_the_journal_puts_right_what_was_believed_to_be_refused(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn()
    charging.refusal = ChargingRefusal("BALANCE_INSUFFICIENT", "no money")
    world = open_world(charging)
    await world.present()
    with pytest.raises(RefusedError, match="ACTION_REFUSED"):
        await world.effects.accept(yes())
    await world.hear(subscribed_entry(world.clock.now()))
    assert (await world.answer()).state is AnswerState.DONE
    await world.budgets.load()
    assert world.budgets.use() == {"video-pass": BudgetUse(1, 0)}


async def test_a_reward_in_the_journal_finishes_its_own_offer_only(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn()
    offers = [compiled_offer(offer("loyal-5", REWARD)), compiled_offer(offer("loyal-9", REWARD))]
    world = open_world(charging, offers)
    charging.is_away = True
    for code in ("loyal-5", "loyal-9"):
        await world.present(offer_code=code)
        with pytest.raises(RefusedError, match="CHARGING_UNREACHABLE"):
            await world.effects.accept(yes(f"r-{code}", offer_code=code))
    told = journal_pb2.BalanceCorrected(reason="loyalty reward loyal-5 of decision d-1", actor="offers")
    by_hand = journal_pb2.BalanceCorrected(reason="loyalty reward loyal-9 of decision d-1", actor="care")
    for corrected in (told, by_hand):
        event = journal_pb2.Event(balance_corrected=corrected)
        await world.hear(entry(world.clock.now(), journal_pb2.OPERATION_ADJUST, event))
    assert (await world.answer(offer_code="loyal-5")).state is AnswerState.DONE
    assert (await world.answer(offer_code="loyal-9")).state is AnswerState.PENDING


@pytest.mark.parametrize(
    ("operation", "change", "days", "reversed_by"),
    [
        (CANCEL, ENDED, 1, True),
        (CANCEL, CANCELLED, 14, True),
        (RENEW, ENDED, 1, False),
        (CANCEL, ENDED, 15, False),
        (CANCEL, ENDED, -1, False),
    ],
    ids=["at-once", "with-its-period", "ended-by-itself", "too-late", "before"],
)
async def test_what_is_cancelled_soon_after_it_was_accepted_is_reversed(
    open_world: OpenWorlds,
    operation: journal_pb2.Operation.ValueType,
    change: journal_pb2.SubscriptionChange.ValueType,
    days: int,
    reversed_by: bool,
) -> None:
    world = open_world()
    await world.present()
    await world.effects.accept(yes())
    at = Instant(world.clock.now() + days * DAY)
    for _ in range(2):
        await world.hear(entry(at, operation, subscription_event(change)))
    expected = [OutcomeKind.ACCEPTED] + ([OutcomeKind.REVERSED] if reversed_by else [])
    assert await world.kinds() == expected


async def test_another_subscriber_or_offering_that_is_cancelled_reverses_nothing(
    open_world: OpenWorlds,
) -> None:
    world = open_world()
    await world.present()
    await world.effects.accept(yes())
    at = Instant(world.clock.now() + HOUR)
    for event in (
        subscription_event(ENDED, subscriber_id="s-2"),
        subscription_event(ENDED, "music-pass"),
    ):
        await world.hear(entry(at, CANCEL, event))
    assert await world.kinds() == [OutcomeKind.ACCEPTED]


async def test_a_charge_that_is_paid_back_reverses_what_it_was_for(open_world: OpenWorlds) -> None:
    world = open_world(ChargingStandIn(price=EURO))
    await world.present()
    (charge_id,) = (await world.effects.accept(yes())).given.charge_ids
    at = Instant(world.clock.now() + HOUR)
    await world.hear(refund_entry(at, "c-other"))
    assert await world.kinds() == [OutcomeKind.ACCEPTED]
    await world.hear(refund_entry(at, charge_id))
    assert await world.kinds() == [OutcomeKind.ACCEPTED, OutcomeKind.REVERSED]
