"""Stories: who said no is left alone, and nobody is looked at who has not agreed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.offers.v1 import profile_api_pb2

from services.common.kernel.clock import DAY, HOUR
from tests.support.live_prices import EURO
from tests.support.offers_customer import (
    LOCATION,
    MEGABYTE,
    OUTBOUND,
    PERSONALISED,
    VIDEO,
    Customer,
    customer,
    dropped,
    offered,
)
from tests.support.offers_live import OffersWorld, offers_world, refused

PASS = "video-pass"
FOR_ALL = "social-pass-for-all"
QUIET_DAYS = 30


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


async def heavy_hour(viewer: Customer) -> None:
    """A lot of video, all of it seen by the profile."""
    await viewer.use(MEGABYTE, VIDEO)
    await viewer.world.folded()


async def is_quiet(viewer: Customer) -> None:
    """A heavy hour brings nothing by push, and the first page of the app does not have the pass."""
    await heavy_hour(viewer)
    await viewer.world.looked()
    asked = await viewer.asks()
    assert PASS not in offered(asked)
    assert dropped(await viewer.decision(asked.decision_id))[PASS] == "DECLINED_RECENTLY"


async def test_who_said_no_hears_nothing_of_it_for_thirty_days_and_then_perhaps_again(
    world: OffersWorld,
) -> None:
    nora = await customer(world, "nora", consents=(PERSONALISED, OUTBOUND))
    await heavy_hour(nora)
    (pushed,) = await nora.pushed()
    assert (pushed.raised_by, list(pushed.presented_offer_codes)) == ("usage", [PASS])
    declined = await nora.declines(pushed.decision_id, PASS)
    quiet = declined.quiet_until.ToMicroseconds() - world.clock.now()
    assert QUIET_DAYS * DAY - HOUR < quiet <= QUIET_DAYS * DAY
    assert await refused(nora.accepts(pushed.decision_id, PASS)) == "FAILED_PRECONDITION OFFER_DECLINED"

    await is_quiet(nora)
    for _ in range(QUIET_DAYS - 1):
        world.clock.turn(DAY)
        await is_quiet(nora)
    # Two hours, since an hour that goes on raises its offers once an hour.
    world.clock.turn_to(declined.quiet_until.ToMicroseconds() - 2 * HOUR)
    await is_quiet(nora)
    # Each day's traffic raised a decision, and each came to nothing.
    later = (await nora.pushed())[1:]
    assert len(later) == QUIET_DAYS
    assert [list(decision.presented_offer_codes) for decision in later] == [[]] * QUIET_DAYS
    assert {dropped(decision)[PASS] for decision in later} == {"DECLINED_RECENTLY"}

    world.clock.turn_to(declined.quiet_until.ToMicroseconds())
    await heavy_hour(nora)
    assert (await nora.pushed())[-1].presented_offer_codes == [PASS]
    assert PASS in offered(await nora.asks())


async def test_never_again_ends_everything_that_comes_unasked(world: OffersWorld) -> None:
    otto = await customer(world, "otto", consents=(PERSONALISED, OUTBOUND))
    await heavy_hour(otto)
    (pushed,) = await otto.pushed()
    await otto.declines(pushed.decision_id, PASS, never_again=True)
    assert await consents(otto) == {PERSONALISED}
    world.clock.turn((QUIET_DAYS + 5) * DAY)
    await heavy_hour(otto)
    assert await otto.pushed() == [pushed]
    # In the app, where he looks himself, it may be there again.
    assert PASS in offered(await otto.asks())
    await otto.consent(OUTBOUND)
    world.clock.turn(2 * HOUR)
    await heavy_hour(otto)
    assert (await otto.pushed())[-1].presented_offer_codes == [PASS]


async def test_a_consent_that_is_withdrawn_holds_from_the_next_call_on(world: OffersWorld) -> None:
    paul = await customer(world, "paul", consents=(PERSONALISED, OUTBOUND, LOCATION))
    await heavy_hour(paul)
    before = await paul.asks()
    assert PASS in offered(before)
    assert await paul.consent(PERSONALISED, given=False) == [OUTBOUND, LOCATION]
    after = await paul.asks()
    assert offered(after) == [FOR_ALL]
    assert after.feature_seq == 0
    assert await refused(paul.accepts(before.decision_id, PASS)) == "FAILED_PRECONDITION CONSENT_WITHDRAWN"
    assert await paul.left(PASS) == 0


async def test_nobody_without_consent_is_served_anything_that_looks_at_them(world: OffersWorld) -> None:
    quinn = await customer(world, "quinn", money=40 * EURO)
    await quinn.use(300 * MEGABYTE, VIDEO)
    assert await quinn.pushed() == []
    asked = await quinn.asks()
    assert offered(asked) == [FOR_ALL]
    (only,) = asked.offers
    assert (only.probability, list(only.reasons)) == (1.0, ["New this winter."])
    assert (asked.model_version, asked.feature_seq) == ("", 0)
    decision = await quinn.decision(asked.decision_id)
    others = dropped(decision)
    assert FOR_ALL not in others
    assert len(others) == 13
    assert set(others.values()) == {"NO_CONSENT"}
    assert (list(decision.consents), list(decision.features), dict(decision.arms)) == ([], [], {})
    # In customer care there is nothing for everybody, and it says why.
    care = await quinn.asks("care-call", "care")
    assert (offered(care), care.reason) == ([], "NO_CONSENT")
    # Outbound alone lets nothing personal through either.
    await quinn.consent(OUTBOUND)
    world.clock.turn(2 * HOUR)
    await heavy_hour(quinn)
    assert await quinn.pushed() == []


async def consents(who: Customer) -> set[int]:
    """Purposes that are consented to."""
    request = profile_api_pb2.GetProfileRequest(subscriber=who.ref)
    profile = await who.world.desk.profiles.GetProfile(request)
    return {state.purpose for state in profile.consents if state.given}
