"""Answers in SQL: budgets under many at once, one answer for each offer, windows, the journal, erasure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlmodel import Session, select
from tidemark.offers.v1 import offer_events_pb2 as events

from services.common.kernel.clock import DAY, SECOND
from services.common.kernel.outcome import RefusedError
from services.offers.adapters.effects.erasing import erase_acceptances
from services.offers.adapters.tables.acceptances import (
    AnswerChargeTable,
    AnswerRequestTable,
    BudgetUseTable,
    OfferAnswerTable,
)
from services.offers.application.giving import LEFT_ALONE
from services.offers.domain.acceptance import AnswerState, FeedbackRequest
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import Budget
from tests.support.offers_effects import (
    CENT,
    CHEAPER,
    EURO,
    ChargingStandIn,
    compiled_offer,
    no,
    offer,
    yes,
)
from tests.support.offers_effects_sql import OpenWorlds


@pytest.fixture(params=["sqlite", "postgresql"])
async def open_world(request: pytest.FixtureRequest) -> AsyncIterator[OpenWorlds]:
    """Opens a world on an empty database of either kind."""
    worlds = OpenWorlds(request.param)
    yield worlds
    await worlds.close()


async def test_an_acceptance_is_told_with_its_outcome_and_event(open_world: OpenWorlds) -> None:
    world = open_world(ChargingStandIn(price=2 * EURO))
    await world.present()
    accepted = await world.effects.accept(yes())
    assert await world.effects.accept(yes("r-2")) == accepted
    assert await world.kinds() == [OutcomeKind.ACCEPTED]
    (event,) = await world.events(events.OfferAccepted)
    assert (event.decision_id, event.offer_code, event.account_id) == ("d-1", "video-pass", "acme-1")
    assert (event.charged.minor_micros, list(event.charge_ids)) == (2 * EURO, ["c-0"])
    (recorded,) = await world.events(events.OutcomeRecorded)
    assert recorded.outcome.value_minor_micros == 2 * EURO
    assert (await world.answer()).given == accepted.given


async def test_many_who_accept_at_once_never_take_more_than_the_budget(open_world: OpenWorlds) -> None:
    terms = OfferTerms(currency_code="EUR", regular_price_minor_micros=200 * CENT)
    # Five by their number, four by what they are worth.
    bound = Budget(acceptances=5, amount_minor_micros=900 * CENT)
    charging = ChargingStandIn()
    world = open_world(charging, [compiled_offer(offer(action=CHEAPER, budget=bound), terms)])
    for number in range(12):
        await world.present(f"d-{number}", subscriber_id=f"s-{number}")
    calls = [world.effects.accept(yes(decision_id=f"d-{number}")) for number in range(12)]
    said = await asyncio.gather(*calls, return_exceptions=True)
    refusals = [error.refused.reason.name for error in said if isinstance(error, RefusedError)]
    assert refusals == ["BUDGET_SPENT"] * 8
    assert len(charging.effects) == 4
    assert await world.states() == {"done": 4}
    assert world.budgets.use()["video-pass"].acceptances <= 5
    await world.budgets.load()
    assert world.budgets.use() == {"video-pass": BudgetUse(4, 800 * CENT)}


async def test_the_same_yes_many_times_at_once_takes_effect_once(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn(price=EURO)
    world = open_world(charging)
    await world.present()
    calls = [world.effects.accept(yes(f"r-{number % 3}")) for number in range(12)]
    said = await asyncio.gather(*calls)
    assert len(set(said)) == 1
    assert charging.money == 99 * EURO
    assert await world.kinds() == [OutcomeKind.ACCEPTED]
    await world.budgets.load()
    assert world.budgets.use() == {"video-pass": BudgetUse(1, 0)}


async def test_yes_and_no_at_once_leave_one_of_them(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn()
    world = open_world(charging)
    for number in range(8):
        await world.present(f"d-{number}", subscriber_id=f"s-{number}")
    calls = [
        call
        for number in range(8)
        for call in (
            world.effects.accept(yes("r-1", f"d-{number}")),
            world.effects.decline(no("r-2", f"d-{number}")),
        )
    ]
    said = await asyncio.gather(*calls, return_exceptions=True)
    refused = [error for error in said if isinstance(error, RefusedError)]
    assert len(refused) == 8
    states = await world.states()
    assert states["done"] == len(charging.effects)
    assert states["done"] + states["declined"] == 8
    for number in range(8):
        assert len(await world.kinds(f"d-{number}")) == 1


async def test_a_refusal_gives_the_budget_back_and_is_given_again_to_the_same_request(
    open_world: OpenWorlds,
) -> None:
    charging = ChargingStandIn(money=EURO, price=2 * EURO)
    world = open_world(charging)
    await world.present()
    for _ in range(2):
        with pytest.raises(RefusedError, match="ACTION_REFUSED"):
            await world.effects.accept(yes())
    assert charging.asked == 1
    assert world.budgets.use() == {"video-pass": BudgetUse()}
    assert await world.kinds() == []
    charging.money = 2 * EURO
    assert (await world.effects.accept(yes("r-2"))).given.amount_minor_micros == 2 * EURO
    assert (await world.answer()).attempt == 2


async def test_a_request_id_with_other_content_changes_nothing(open_world: OpenWorlds) -> None:
    world = open_world()
    await world.present()
    await world.present("d-2")
    await world.effects.decline(no())
    for request in (no(decision_id="d-2"), no(never_again=True)):
        with pytest.raises(RefusedError, match="DUPLICATE_DIFFERS"):
            await world.effects.decline(request)
    with pytest.raises(RefusedError, match="DUPLICATE_DIFFERS"):
        await world.effects.accept(yes(decision_id="d-2"))
    assert await world.states() == {"declined": 1}
    assert len(await world.events(events.OfferDeclined)) == 1


async def test_a_no_is_told_with_its_reason_and_never_again_beside_it(open_world: OpenWorlds) -> None:
    world = open_world()
    await world.present()
    first = await world.effects.decline(no())
    assert await world.effects.decline(no("r-2", never_again=True)) == first
    assert await world.kinds() == [OutcomeKind.DECLINED, OutcomeKind.OPTED_OUT]
    (event,) = await world.events(events.OfferDeclined)
    assert (event.reason, event.never_again) == ("not-interested", False)
    assert (await world.answer()).never_again
    with pytest.raises(RefusedError, match="OFFER_DECLINED"):
        await world.effects.accept(yes("r-3"))


async def test_feedback_is_stored_once_of_each_kind(open_world: OpenWorlds) -> None:
    world = open_world()
    await world.present()
    for number, kind in enumerate([OutcomeKind.SEEN, OutcomeKind.SEEN, OutcomeKind.COMPLAINED]):
        await world.effects.feedback(FeedbackRequest(f"r-{number}", "d-1", "video-pass", kind))
    assert await world.kinds() == [OutcomeKind.SEEN, OutcomeKind.COMPLAINED]


async def test_windows_that_close_are_ignored_but_for_what_was_answered(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn()
    world = open_world(charging)
    for number in range(7):
        await world.present(f"d-{number}", subscriber_id=f"s-{number}")
    await world.effects.accept(yes(decision_id="d-0"))
    await world.effects.decline(no(decision_id="d-1"))
    charging.is_away = True
    for waiting in ("d-2", "d-3", "d-4"):
        with pytest.raises(RefusedError, match="CHARGING_UNREACHABLE"):
            await world.effects.accept(yes(decision_id=waiting))
    world.clock.advance(DAY // SECOND - 1)
    assert await world.ignoring.close_due() == 0, "until it closes it is unknown"
    world.clock.advance(1)
    # Batches of two, and three that wait for charging stand before the rest.
    assert await world.ignoring.close_due() == 2
    assert await world.ignoring.close_due() == 0
    assert [await world.kinds(f"d-{number}") for number in (0, 1, 2, 5, 6)] == [
        [OutcomeKind.ACCEPTED],
        [OutcomeKind.DECLINED],
        [],
        [OutcomeKind.IGNORED],
        [OutcomeKind.IGNORED],
    ]


async def test_what_is_pending_is_found_after_a_restart(open_world: OpenWorlds) -> None:
    charging = ChargingStandIn(price=EURO)
    world = open_world(charging)
    await world.present()
    charging.is_away = True
    with pytest.raises(RefusedError, match="CHARGING_UNREACHABLE"):
        await world.effects.accept(yes())
    assert (await world.answer()).state is AnswerState.PENDING
    world.use_charging(other := ChargingStandIn(price=EURO))
    assert await world.pending.settle_due() == 0
    world.clock.advance(LEFT_ALONE // SECOND)
    assert await world.pending.settle_due() == 1
    assert (await world.answer()).state is AnswerState.DONE
    assert list(other.effects) == ["offers:d-1:video-pass"]


async def test_erasing_unlinks_a_subscriber_and_keeps_the_figures(open_world: OpenWorlds) -> None:
    world = open_world(ChargingStandIn(price=EURO))
    await world.present()
    await world.present("d-2", subscriber_id="s-2")
    await world.effects.accept(yes())
    await world.effects.accept(yes(decision_id="d-2"))
    assert await world.database.run(lambda session: erase_acceptances(session, "s-1")) == 1
    assert await world.database.run(lambda session: erase_acceptances(session, "s-1")) == 0
    answer = await world.answer()
    assert (answer.subscriber_id, answer.account_id, answer.given.charge_ids) == ("", "", ())
    assert answer.given.amount_minor_micros == EURO
    assert [getattr(row, "subscriber_id", "") for row in await world.rows(AnswerRequestTable)] == ["s-2"]
    assert [getattr(row, "decision_id", "") for row in await world.rows(AnswerChargeTable)] == ["d-2"]
    assert (await world.answer("d-2")).subscriber_id == "s-2"
    (use,) = await world.rows(BudgetUseTable)
    assert getattr(use, "acceptances", 0) == 2


async def test_who_is_erased_while_charging_is_asked_is_unlinked_when_it_has_answered(
    open_world: OpenWorlds,
) -> None:
    charging = ChargingStandIn()
    world = open_world(charging)
    await world.present()
    charging.is_away = True
    with pytest.raises(RefusedError, match="CHARGING_UNREACHABLE"):
        await world.effects.accept(yes())
    await world.database.run(lambda session: erase_acceptances(session, "s-1"))
    charging.is_away = False
    world.clock.advance(LEFT_ALONE // SECOND)
    assert await world.pending.settle_due() == 1

    def look(session: Session) -> OfferAnswerTable:
        return session.exec(select(OfferAnswerTable)).one()

    row = await world.database.run(look)
    assert (row.state, row.subscriber_id, row.account_id, row.charge_ids) == ("done", "", "", "[]")
    assert await world.rows(AnswerRequestTable) == []
