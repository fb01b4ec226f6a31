"""Stories: a heavy streamer takes a week for nothing, and what becomes of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.common.kernel.clock import DAY, HOUR, SECOND
from tests.support.live_prices import EURO
from tests.support.offers_customer import (
    CENT,
    EVERYTHING,
    GIGABYTE,
    MEGABYTE,
    STREAMING,
    Customer,
    customer,
    dropped,
    offered,
)
from tests.support.offers_live import OffersWorld, offers_world
from tests.support.waiting import eventually


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


WEEK = "video-premium-week"
LESS = "video-premium-less"
TASTE = "video-premium-taste"
TWENTY_GIGABYTES = 20 * GIGABYTE


async def test_a_heavy_streamer_tries_video_premium_for_nothing_and_pays_for_it_after_the_week(
    world: OffersWorld,
) -> None:
    anna = await customer(world, "anna", money=60 * EURO, consents=EVERYTHING)
    await anna.use(300 * MEGABYTE, STREAMING)
    await world.folded()
    # 300 MB are 292,969 KiB begun, at 0.05 EUR a megabyte.
    assert await anna.money() == 60 * EURO - 292_969 * 1_024 * 5
    offer = await anna.asks("care-call", "care")
    assert set(offered(offer)) == {WEEK, LESS}
    trial, discount = sorted(offer.offers, key=lambda one: one.HasField("price"))
    assert (trial.offer_code, trial.HasField("price")) == (WEEK, False)
    assert trial.reasons == ["300 MB of video in a week: try it without limits first."]
    assert (discount.offer_code, discount.price.minor_micros) == (LESS, 599 * CENT)
    await _one_arm_sees_the_trial_the_other_the_discount(anna)

    before = await anna.money()
    accepted = await anna.accepts(offer.decision_id, WEEK, "care")
    assert accepted.charged.minor_micros == 0
    assert list(accepted.charge_ids) == []
    assert accepted.trial_end.ToMicroseconds() == pytest.approx(world.clock.now() + 7 * DAY, abs=60 * SECOND)
    assert await anna.left("video-premium-trial") == TWENTY_GIGABYTES
    await anna.use(800 * MEGABYTE, STREAMING)
    assert await anna.left("video-premium-trial") == TWENTY_GIGABYTES - 800 * MEGABYTE
    assert await anna.money() == before

    world.clock.turn(7 * DAY - HOUR)
    await anna.use(MEGABYTE, STREAMING)
    assert (await anna.fees(), await anna.money()) == ([], before)
    world.clock.turn(2 * HOUR)
    await eventually(lambda: _has_paid(anna, 1), what="the week is over, the fee is charged")
    assert await anna.fees() == [799 * CENT]
    assert await anna.money() == before - 799 * CENT
    # What is paid is the rest of the month, with what is left of its 20 GB; 1 MB is 977 KiB begun.
    assert await anna.left("video-premium-trial") == TWENTY_GIGABYTES - 800 * MEGABYTE - 977 * 1_024
    world.clock.turn(25 * DAY)
    await eventually(lambda: _has_paid(anna, 2), what="the next month is charged")
    assert await anna.left("video-premium-trial") == TWENTY_GIGABYTES
    assert await anna.money() == before - 2 * 799 * CENT
    await world.folded()
    after = await anna.decision((await anna.asks("care-call", "care")).decision_id)
    assert dropped(after)[WEEK] == "HAS_IT_ALREADY"


async def test_who_has_little_money_tastes_for_a_week_and_it_ends_by_itself(world: OffersWorld) -> None:
    ben = await customer(world, "ben", money=3 * EURO, consents=EVERYTHING)
    await ben.use(20 * MEGABYTE, STREAMING)
    await world.folded()
    offer = await ben.asks()
    assert TASTE in offered(offer)
    decision = await ben.decision(offer.decision_id)
    assert dropped(decision)[WEEK] == "COULD_NOT_PAY_LATER"
    assert dropped(decision)[LESS] in ("NOT_AFFORDABLE", "WORSE_OFF")

    before = await ben.money()
    accepted = await ben.accepts(offer.decision_id, TASTE)
    assert (accepted.charged.minor_micros, list(accepted.charge_ids)) == (0, [])
    await ben.use(512 * MEGABYTE, STREAMING)
    assert await ben.left("video-premium-taster") == TWENTY_GIGABYTES - 512 * MEGABYTE
    assert await ben.money() == before

    world.clock.turn_to(accepted.trial_end.ToMicroseconds() + HOUR)
    await eventually(lambda: _has_lost(ben, "video-premium-taster"), what="the taster has ended")
    assert await ben.left("video-premium-taster") == 0
    assert (await ben.fees(), await ben.money()) == ([], before)
    # From now on streaming costs again: 1 MB is 977 KiB begun.
    await ben.use(MEGABYTE, STREAMING)
    assert await ben.money() == before - 977 * 1_024 * 5


async def _one_arm_sees_the_trial_the_other_the_discount(anna: Customer) -> None:
    """In the app an experiment decides; two in a hundred subscribers are its control group."""
    decision = await anna.decision((await anna.asks()).decision_id)
    arm = decision.arms.get("week-or-discount", "control")
    assert (arm == "control") == decision.control_group
    left_out = {"free-week": {LESS}, "discount": {WEEK}, "control": set()}[arm]
    presented = {WEEK, LESS} - left_out
    assert presented <= set(decision.presented_offer_codes)
    assert {code for code in (WEEK, LESS) if dropped(decision).get(code) == "LEFT_OUT_BY_ARM"} == left_out
    assert sum(candidate.probability for candidate in decision.candidates) == pytest.approx(1)
    assert all(candidate.probability > 0 for candidate in decision.candidates if candidate.rank == 1)


async def _has_paid(anna: Customer, times: int) -> bool:
    return len(await anna.fees()) == times


async def _has_lost(ben: Customer, offering: str) -> bool:
    return offering not in await ben.offerings()
