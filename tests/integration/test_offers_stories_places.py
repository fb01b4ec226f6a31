"""Stories: a visitor of the stadium, and a traveller who has just landed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.offers.v1 import profile_api_pb2

from services.common.kernel.clock import HOUR
from tests.support.live_element import wish
from tests.support.live_prices import EURO
from tests.support.offers_customer import (
    AMERICA,
    CENT,
    EVERYTHING,
    GIGABYTE,
    LOCATION,
    MEGABYTE,
    OUTBOUND,
    PERSONALISED,
    WEB,
    Customer,
    charges_in,
    customer,
    dropped,
    offered,
)
from tests.support.offers_live import OffersWorld, offers_world

STADIUM = "stadium-day"
STADIUM_PASS = "stadium-day-pass"
STADIUM_CELL = "26201-0000a1b20"
PITCH = profile_api_pb2.Position(latitude_e6=52_514_700, longitude_e6=13_239_400)
DOWNTOWN = profile_api_pb2.Position(latitude_e6=52_520_000, longitude_e6=13_405_000)
WORLD_DAY = "world-day"


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


async def test_a_visitor_of_the_stadium_gets_its_offer_once_and_two_gigabytes_there(
    world: OffersWorld,
) -> None:
    vera = await customer(world, "vera", consents=EVERYTHING)
    assert await crossed(vera, position=DOWNTOWN) == []
    assert await crossed(vera, position=PITCH) == [("stadium", True)]
    (decision,) = await vera.pushed()
    assert (decision.raised_by, decision.channel) == ("fence-entered", "push")
    assert decision.presented_offer_codes == [STADIUM]
    assert await presences(vera) == {"stadium": "inside"}

    # Back at the stadium on the same day: out takes two fixes, in takes one.
    assert await crossed(vera, position=DOWNTOWN) == []
    assert await presences(vera) == {"stadium": "leaving"}
    assert await crossed(vera, position=DOWNTOWN) == [("stadium", False)]
    assert await presences(vera) == {}
    assert await crossed(vera, position=PITCH) == [("stadium", True)]
    _, again = await vera.pushed()
    assert list(again.presented_offer_codes) == []
    assert dropped(again)[STADIUM] == "CONTACT_CAP_1D"
    assert again.reason == "CONTACT_CAP_1D"

    accepted = await vera.accepts(decision.decision_id, STADIUM, "push")
    assert accepted.charged.minor_micros == 149 * CENT
    before = await vera.money()
    assert before == 20 * EURO - 149 * CENT
    await vera.use(512 * MEGABYTE, WEB, cell=STADIUM_CELL)
    assert await vera.left(STADIUM_PASS) == 2 * GIGABYTE - 512 * MEGABYTE
    assert await vera.money() == before
    # Elsewhere the pass pays for nothing: 1,000 KiB at 0.05 a megabyte.
    await vera.use(1_024_000, WEB, cell="26201-0000fffff")
    assert await vera.money() == before - 1_024_000 * 5


async def test_a_cell_is_a_place_too_and_without_consent_there_is_none(world: OffersWorld) -> None:
    carl = await customer(world, "carl", consents=EVERYTHING)
    assert await crossed(carl, cell_id=STADIUM_CELL) == [("stadium", True)]
    (decision,) = await carl.pushed()
    assert decision.presented_offer_codes == [STADIUM]

    dora = await customer(world, "dora", consents=(PERSONALISED, OUTBOUND))
    for place in ({"cell_id": STADIUM_CELL}, {"position": PITCH}):
        answer = await dora.reports(**place)
        assert (answer.used, answer.without_consent, list(answer.crossings)) == (0, 1, [])
    assert await dora.pushed() == []
    assert await presences(dora) == {}
    assert dropped(await dora.decision((await dora.asks()).decision_id))[STADIUM] == "LOCATION_NOT_CONSENTED"
    assert world.rows(f"SELECT count(*) FROM last_fix WHERE subscriber_id = '{dora.subscriber_id}'") == [(0,)]

    # Whoever withdraws is nowhere with the next call.
    assert STADIUM in offered(await carl.asks())
    await carl.consent(LOCATION, given=False)
    assert dropped(await carl.decision((await carl.asks()).decision_id))[STADIUM] == "LOCATION_NOT_CONSENTED"
    assert await presences(carl) == {}


async def test_a_traveller_has_the_pass_before_the_first_expensive_megabyte(world: OffersWorld) -> None:
    tara = await customer(world, "tara", "prepaid-starter", consents=(PERSONALISED, OUTBOUND))
    await tara.use(1_500 * MEGABYTE, WEB)
    assert await tara.pushed() == []
    world.clock.turn(26 * HOUR)

    ref = await tara.open_session(plmn=AMERICA, asks=wish(MEGABYTE))
    (decision,) = await tara.pushed()
    assert (decision.raised_by, list(decision.presented_offer_codes)) == ("roaming", [WORLD_DAY])
    (pass_,) = [one for one in decision.candidates if one.rank == 1]
    assert pass_.price_minor_micros == 499 * CENT
    assert any("500 MB for 4.99 EUR today" in text for text in pass_.reasons)
    accepted = await tara.accepts(decision.decision_id, WORLD_DAY, "push")
    assert accepted.charged.minor_micros == 499 * CENT
    before = await tara.money()
    assert before == 20 * EURO - 499 * CENT

    first = await tara.report(ref, MEGABYTE, WEB, plmn=AMERICA)
    abroad = [
        (record.sequence, charge)
        for record in await world.records()
        for charge in charges_in(record)
        if charge.zone == "rest-of-world"
    ]
    ((sequence, charge),) = abroad
    assert sequence == first > decision.feature_seq
    assert (charge.used_units, charge.amount_minor_micros) == (MEGABYTE, 0)
    assert await tara.left("world-day-pass") == 499 * MEGABYTE
    assert await tara.money() == before


async def test_who_hardly_uses_anything_is_not_sold_a_day_pass(world: OffersWorld) -> None:
    theo = await customer(world, "theo", "prepaid-starter", consents=(PERSONALISED, OUTBOUND))
    await theo.use(3 * MEGABYTE, WEB)
    world.clock.turn(26 * HOUR)
    await theo.open_session(plmn=AMERICA)
    (decision,) = await theo.pushed()
    assert list(decision.presented_offer_codes) == []
    assert dropped(decision)[WORLD_DAY] == "WORSE_OFF"


async def crossed(visitor: Customer, **place: object) -> list[tuple[str, bool]]:
    """Reports a place; fences that were entered (True) and left by it."""
    answer = await visitor.reports(**place)
    assert (answer.used, answer.refused, answer.late) == (1, 0, 0)
    return [(crossing.fence_code, crossing.entered) for crossing in answer.crossings]


async def presences(visitor: Customer) -> dict[str, str]:
    """How the visitor stands to fences."""
    request = profile_api_pb2.GetProfileRequest(subscriber=visitor.ref)
    profile = await visitor.world.desk.profiles.GetProfile(request)
    return {fence.fence_code: fence.state for fence in profile.fences}
