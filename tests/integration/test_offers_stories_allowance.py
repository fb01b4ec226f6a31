"""Stories: an allowance that is nearly gone, and how soon a decision knows what was used."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from tidemark.offers.v1 import offer_api_pb2

from services.common.kernel.clock import DAY
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import GrpcJournalSource
from services.offers import main as offers_main
from tests.support.live_prices import EURO
from tests.support.offers_customer import (
    CENT,
    EVERYTHING,
    GIGABYTE,
    MEGABYTE,
    OUTBOUND,
    PERSONALISED,
    STREAMING,
    WEB,
    Customer,
    customer,
    dropped,
    offered,
)
from tests.support.offers_live import WAIT_SECONDS, OffersWorld, offers_world
from tests.support.waiting import eventually

VIEWERS, EACH = 25, 2


class CountedJournal(GrpcJournalSource):
    """The journal itself, which a follower reads only for what the bus does not bring."""

    fetched = 0

    async def read(self, partition: int, after: int) -> AsyncGenerator[FollowedRecord, None]:
        """Counts what is fetched, over all of this class."""
        async for record in super().read(partition, after):
            CountedJournal.fetched += 1
            yield record


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    monkeypatch.setattr(offers_main, "GrpcJournalSource", CountedJournal)
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


async def test_the_cheapest_that_fits_comes_when_the_allowance_is_nearly_gone(world: OffersWorld) -> None:
    rosa = await customer(world, "rosa", "prepaid-starter", consents=(PERSONALISED, OUTBOUND))
    await rosa.use(1_700 * MEGABYTE, WEB)
    assert await rosa.pushed() == []
    world.clock.turn(10 * DAY)
    # 85 % of 3 GB, of which 850 MB within the week.
    await rosa.use(850 * MEGABYTE, WEB)
    (decision,) = await rosa.pushed()
    assert (decision.raised_by, decision.channel) == ("allowance-low", "push")
    assert list(decision.presented_offer_codes) == ["booster"]
    (booster,) = decision.candidates
    assert booster.price_minor_micros == 199 * CENT
    assert list(booster.reasons) == ["Only 450 MB are left. 1 GB for 1.99 EUR."]
    assert dropped(decision)["weekly-data"] == "NOT_TRIGGERED"
    assert dropped(decision)["data-pack"] == "NOT_TRIGGERED"

    accepted = await rosa.accepts(decision.decision_id, "booster", "sms")
    assert accepted.charged.minor_micros == 199 * CENT
    assert await rosa.money() == 20 * EURO - 199 * CENT
    assert await rosa.left("booster-1gb") == GIGABYTE
    await rosa.use(600 * MEGABYTE, WEB)
    assert await rosa.left("booster-1gb") == GIGABYTE - 600 * MEGABYTE
    assert await rosa.left("prepaid-starter") == 450 * MEGABYTE
    assert await rosa.money() == 20 * EURO - 199 * CENT


async def test_who_needs_much_is_offered_much(world: OffersWorld) -> None:
    rolf = await customer(world, "rolf", "prepaid-starter", consents=(PERSONALISED, OUTBOUND))
    await rolf.use(2_550 * MEGABYTE, WEB)
    (decision,) = await rolf.pushed()
    assert (decision.raised_by, list(decision.presented_offer_codes)) == ("allowance-low", ["data-pack"])
    page = await rolf.decision((await rolf.asks()).decision_id)
    assert dropped(page)["booster"] == "TOO_SMALL"
    assert dropped(page)["weekly-data"] == "TOO_SMALL"


async def test_every_decision_soon_knows_what_was_used_and_no_journal_has_to_be_fetched(
    world: OffersWorld,
) -> None:
    viewers = [
        await customer(world, f"viewer-{number}", money=60 * EURO, consents=EVERYTHING)
        for number in range(VIEWERS)
    ]
    await viewers[0].use(MEGABYTE, STREAMING)
    await world.folded()
    before = CountedJournal.fetched
    watched = dict.fromkeys(viewers, 0) | {viewers[0]: 1}
    for round_ in range(1, EACH + 1):
        for viewer in viewers:
            megabytes = 10 * round_
            record = await viewer.use(megabytes * MEGABYTE, STREAMING)
            watched[viewer] += megabytes
            answer = await knows(viewer, record)
            (week,) = [one for one in answer.offers if one.offer_code == "video-premium-week"]
            words = f"{watched[viewer]} MB of video in a week: try it without limits first."
            assert list(week.reasons) == [words]
    assert CountedJournal.fetched == before


async def knows(viewer: Customer, record: int) -> offer_api_pb2.RecommendResponse:
    """Asks until the decision has seen a record."""
    answers: list[offer_api_pb2.RecommendResponse] = []

    async def asked() -> bool:
        answers.append(await viewer.asks("care-call", "care"))
        return answers[-1].feature_seq >= record

    await eventually(asked, WAIT_SECONDS, f"a decision has seen record {record}")
    assert set(offered(answers[-1])) >= {"video-premium-week"}
    return answers[-1]
