"""Stories: offers is killed in the middle, and nothing is done twice or forgotten."""

from __future__ import annotations

import signal
from pathlib import Path

import grpc
import pytest
from tidemark.offers.v1 import decision_pb2, offer_api_pb2

from tests.support.live_prices import EURO
from tests.support.offers_customer import CENT, EVERYTHING, MEGABYTE, STREAMING, VIDEO, customer, offered
from tests.support.offers_dying import GIVEN, LOOKING
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS, OffersWorld, world_of_process
from tests.support.waiting import eventually

LESS = "video-premium-less"


async def test_what_was_accepted_is_charged_once_though_offers_died_before_it_could_note_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_of_process(tmp_path, monkeypatch, GIVEN) as (world, process):
        kim = await customer(world, "kim", money=60 * EURO, consents=EVERYTHING)
        await kim.use(320 * MEGABYTE, STREAMING)
        await world.folded()
        before = await kim.money()
        offer = await kim.asks("care-call", "care")
        assert LESS in offered(offer)
        request = offer_api_pb2.AcceptOfferRequest(
            request_id="kim-says-yes", decision_id=offer.decision_id, offer_code=LESS, channel="care"
        )
        with pytest.raises(grpc.aio.AioRpcError):
            await world.desk.offers.AcceptOffer(request, timeout=CALL_SECONDS)
        assert await process.ended() == -signal.SIGKILL
        assert answers(world) == ["pending"]
        assert await kim.fees() == [599 * CENT]

        await process.start()
        await eventually(lambda: answers(world) == ["done"], WAIT_SECONDS, "the acceptance is done")
        again = await world.desk.offers.AcceptOffer(request, timeout=CALL_SECONDS)
        assert again.charged.minor_micros == 599 * CENT
        assert len(again.charge_ids) == 1
        assert await kim.fees() == [599 * CENT]
        assert await kim.money() == before - 599 * CENT
        asked = offer_api_pb2.GetDecisionRequest(decision_id=offer.decision_id)
        found = await world.desk.offers.GetDecision(asked, timeout=CALL_SECONDS)
        assert [(outcome.kind, outcome.offer_code) for outcome in found.outcomes] == [
            (decision_pb2.OUTCOME_KIND_ACCEPTED, LESS)
        ]


async def test_what_nobody_had_looked_at_yet_raises_its_offer_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_of_process(tmp_path, monkeypatch, LOOKING) as (world, process):
        lea = await customer(world, "lea", consents=EVERYTHING)
        record = await lea.use(3 * MEGABYTE, VIDEO)
        assert await process.ended() == -signal.SIGKILL
        assert world.waiting() == 1
        await process.start()
        (decision,) = await lea.pushed()
        assert (decision.raised_by, list(decision.presented_offer_codes)) == ("usage", ["video-pass"])
        assert decision.feature_seq >= record
        assert world.waiting() == 0


def answers(world: OffersWorld) -> list[str]:
    """States of all acceptances."""
    return [state for (state,) in world.rows("SELECT state FROM offer_answer")]
