"""Accepted offers land in accounts of the real charging: once, whatever is killed in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import DAY, SECOND, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.giving import LEFT_ALONE
from services.offers.domain.acceptance import AcceptRequest, AnswerState
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.decisions import OutcomeKind
from tests.support.live_accounts import Care
from tests.support.live_offerings import Shop, subscription, units
from tests.support.offers_crashes import CrashedError, CrashingAnswers, Fault, Faults
from tests.support.offers_effects import EURO, yes
from tests.support.offers_effects_charging import (
    FIVE_GIGABYTES,
    OffersBeforeCharging,
    offers_before_a_process,
    offers_before_charging,
)


@pytest.fixture
async def offers(tmp_path: Path) -> AsyncIterator[OffersBeforeCharging]:
    """Offers before charging."""
    async with offers_before_charging(tmp_path) as both:
        yield both


@pytest.fixture
async def killable(tmp_path: Path) -> AsyncIterator[OffersBeforeCharging]:
    """Offers before charging that is a process of its own."""
    async with offers_before_a_process(tmp_path) as both:
        yield both


async def presented(offers: OffersBeforeCharging, code: str, price: int = 0, money: int = 10 * EURO) -> str:
    """Presents an offer to the subscriber of a new account; returns the subscriber's opaque id."""
    subscriber_id = await offers.open_account("acme-1", money=money)
    await offers.world.present("d-1", code, subscriber_id, "acme-1", price)
    return subscriber_id


async def refused(offers: OffersBeforeCharging, request: AcceptRequest) -> Refused:
    """How accepting is refused."""
    with pytest.raises(RefusedError) as caught:
        await offers.world.effects.accept(request)
    return caught.value.refused


async def test_a_pass_is_on_the_account_once_though_it_was_sent_three_times_and_killed_in_between(
    killable: OffersBeforeCharging,
) -> None:
    await presented(killable, "video-pass", 2 * EURO)
    world = killable.world

    async def sent_but_not_stored() -> None:
        """Charging answers, and the process ends before it can store that."""
        world.clock.advance(LEFT_ALONE // SECOND)
        steps = [Fault.NONE, Fault.NONE, Fault.ENDS_BEFORE]
        with pytest.raises(CrashedError):
            await killable.pending_of(CrashingAnswers(world.answers, Faults(steps))).settle_due()

    await killable.process.kill()
    assert (await refused(killable, yes())).reason.name == "CHARGING_UNREACHABLE"
    assert (await world.answer()).state is AnswerState.PENDING
    await killable.process.start()
    await sent_but_not_stored()
    await killable.process.kill()
    await killable.process.start()
    await sent_but_not_stored()
    assert (await world.answer()).state is AnswerState.PENDING
    killable.reconnect()
    accepted = await world.effects.accept(yes())
    assert accepted.given.amount_minor_micros == 2 * EURO
    assert await world.effects.accept(yes("r-2")) == accepted
    assert units(await killable.account("acme-1")) == {"video-5gb": FIVE_GIGABYTES}
    assert await killable.money("acme-1") == 8 * EURO
    assert len(await killable.entries(journal_pb2.OPERATION_SUBSCRIBE)) == 1
    assert await world.kinds() == [OutcomeKind.ACCEPTED]


async def test_a_trial_starts_and_its_end_is_told(offers: OffersBeforeCharging) -> None:
    await presented(offers, "trial")
    accepted = await offers.world.effects.accept(yes(offer_code="trial"))
    assert accepted.given.amount_minor_micros == 0
    had = subscription(await offers.account("acme-1"), "video-trial")
    assert had is not None
    assert accepted.given.trial_end == had.trial_end.ToMicroseconds()
    assert accepted.given.trial_end - had.started_at.ToMicroseconds() == pytest.approx(7 * DAY, rel=0.02)
    assert await offers.money("acme-1") == 10 * EURO


async def test_a_discount_charges_the_lower_fee_and_counts_what_is_given_away(
    offers: OffersBeforeCharging,
) -> None:
    await presented(offers, "cheaper", 3 * EURO)
    accepted = await offers.world.effects.accept(yes(offer_code="cheaper"))
    assert accepted.given.amount_minor_micros == 3 * EURO
    assert len(accepted.given.charge_ids) == 1
    assert await offers.money("acme-1") == 7 * EURO
    assert offers.world.budgets.use() == {"cheaper": BudgetUse(1, 2 * EURO)}


async def test_a_reward_adds_its_money_once_and_says_why(offers: OffersBeforeCharging) -> None:
    await presented(offers, "loyal-5")
    accepted = await offers.world.effects.accept(yes(offer_code="loyal-5"))
    assert await offers.world.effects.accept(yes("r-2", offer_code="loyal-5")) == accepted
    assert await offers.money("acme-1") == 15 * EURO
    (entry,) = await offers.entries(journal_pb2.OPERATION_ADJUST)
    (why,) = [event.balance_corrected for event in entry.events if event.HasField("balance_corrected")]
    assert (why.reason, why.actor) == ("loyalty reward loyal-5 of decision d-1", "offers")


async def test_a_reward_in_a_currency_that_the_account_does_not_hold_is_refused(
    offers: OffersBeforeCharging,
) -> None:
    await presented(offers, "francs")
    said = await refused(offers, yes(offer_code="francs"))
    assert said.metadata == {"charging_reason": "CURRENCY_MISMATCH"}


async def test_what_cannot_be_paid_is_refused_and_changes_nothing(offers: OffersBeforeCharging) -> None:
    await presented(offers, "video-pass", 2 * EURO, money=EURO)
    before = await offers.account("acme-1")
    said = await refused(offers, yes())
    assert said.reason.name == "ACTION_REFUSED"
    assert said.metadata == {"charging_reason": "BALANCE_INSUFFICIENT"}
    assert "does not cover" in said.message
    after = await offers.account("acme-1")
    assert (after.buckets, after.subscribers) == (before.buckets, before.subscribers)
    assert offers.world.budgets.use() == {"video-pass": BudgetUse()}
    assert await offers.world.kinds() == []
    # With money it may be tried again, by another request.
    await Care(offers.charging.channel).top_up("acme-1", EURO)
    assert (await refused(offers, yes())).reason.name == "ACTION_REFUSED"
    assert (await offers.world.effects.accept(yes("r-2"))).given.amount_minor_micros == 2 * EURO
    assert await offers.money("acme-1") == 0


async def test_what_the_subscriber_has_already_is_refused_in_chargings_words(
    offers: OffersBeforeCharging,
) -> None:
    subscriber_id = await offers.open_account("acme-1", "prepaid", "video-cheaper")
    await offers.world.present("d-1", "cheaper", subscriber_id, "acme-1", 3 * EURO)
    said = await refused(offers, yes(offer_code="cheaper"))
    assert said.metadata == {"charging_reason": "ALREADY_SUBSCRIBED"}


async def test_who_is_unknown_to_charging_is_refused(offers: OffersBeforeCharging) -> None:
    await offers.world.present("d-1", "video-pass", "nobody", "acme-9", 2 * EURO)
    assert (await refused(offers, yes())).metadata == {"charging_reason": "USER_UNKNOWN"}


@pytest.mark.parametrize("code", ["video-pass", "cheaper", "trial", "loyal-5"])
async def test_chargings_journal_finishes_an_acceptance_as_its_answer_would_have(
    killable: OffersBeforeCharging, code: str
) -> None:
    await presented(killable, code, 3 * EURO)
    world = killable.world
    # Begun, given by charging, and never stored.
    await killable.process.kill()
    assert (await refused(killable, yes(offer_code=code))).reason.name == "CHARGING_UNREACHABLE"
    await killable.process.start()
    said = await killable.gateway().give(await world.answer(offer_code=code))
    await killable.hear_the_journal()
    answer = await world.answer(offer_code=code)
    assert answer.state is AnswerState.DONE
    assert (answer.given.charge_ids, answer.given.amount_minor_micros, answer.given.trial_end) == (
        getattr(said, "charge_ids", None),
        getattr(said, "amount_minor_micros", None),
        getattr(said, "trial_end", None),
    )
    assert await world.kinds() == [OutcomeKind.ACCEPTED]


@pytest.mark.parametrize("at_period_end", [False, True], ids=["at-once", "with-its-period"])
async def test_what_is_cancelled_at_charging_is_reversed(
    offers: OffersBeforeCharging, at_period_end: bool
) -> None:
    await presented(offers, "cheaper", 3 * EURO)
    world = offers.world
    await world.effects.accept(yes(offer_code="cheaper"))
    await Shop(offers.charging.channel).cancel("device-acme-1", "video-cheaper", at_period_end)
    # The stand-in for time stands still; charging's own has moved on since the acceptance.
    (entry,) = await offers.entries(journal_pb2.OPERATION_CANCEL)
    assert world.clock.now() < Instant(entry.decided_at.ToMicroseconds())
    entry.decided_at.FromMicroseconds(world.clock.now() + DAY)
    await world.hear(entry)
    assert await world.kinds() == [OutcomeKind.ACCEPTED, OutcomeKind.REVERSED]
