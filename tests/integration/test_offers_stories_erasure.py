"""Story: a subscriber wants to be forgotten, and goes on using the phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.offers.v1 import decision_pb2, learning_api_pb2, offer_api_pb2, profile_api_pb2

from services.common.kernel.clock import HOUR
from tests.support.offers_customer import EVERYTHING, MEGABYTE, VIDEO, Customer, customer, offered
from tests.support.offers_live import CALL_SECONDS, OffersWorld, offers_world, refused

PASS = "video-pass"
FOR_ALL = "social-pass-for-all"
STADIUM_CELL = "26201-0000a1b20"


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    async with offers_world(tmp_path, monkeypatch) as running:
        yield running


async def test_who_is_erased_is_nobody_and_begins_anew_without_consent(world: OffersWorld) -> None:
    uma = await customer(world, "uma", consents=EVERYTHING)
    await uma.use(2 * MEGABYTE, VIDEO)
    (pushed,) = await uma.pushed()
    asked = await uma.asks()
    assert PASS in offered(asked)
    await uma.reports(cell_id=STADIUM_CELL)
    await world.looked()
    before = await profile(uma)
    known = {decision.decision_id for decision in await decisions(uma)}
    assert {pushed.decision_id, asked.decision_id} <= known
    assert [state.given for state in before.consents] == [True] * 3

    erased = await world.desk.profiles.EraseProfile(
        profile_api_pb2.EraseProfileRequest(request_id="forget-uma", subscriber=uma.ref, reason="article-17"),
        timeout=CALL_SECONDS,
    )
    assert erased.unlinked_decisions == len(known)
    assert await refused(profile(uma)) == "NOT_FOUND PROFILE_UNKNOWN"
    assert await decisions(uma) == []
    assert all(uma.subscriber_id not in row for row in every_row(world))
    # The decision is still there to learn from; whom it was for is not.
    log = await exported(world)
    assert known <= {decision.decision_id for decision in log}
    assert all(not decision.subscriber_id for decision in log)
    assert (await uma.decision(asked.decision_id)).subscriber_id == ""
    assert await refused(uma.accepts(asked.decision_id, PASS)) == "NOT_FOUND DECISION_UNKNOWN"
    nothing = await uma.asks()
    assert (offered(nothing), nothing.reason) == ([], "PROFILE_UNKNOWN")

    world.clock.turn(2 * HOUR)
    await uma.use(2 * MEGABYTE, VIDEO)
    await world.looked()
    after = await profile(uma)
    assert after.subscriber_pseudonym not in ("", before.subscriber_pseudonym)
    assert after.first_seen_at.seconds > before.first_seen_at.seconds
    assert [state for state in after.consents if state.given] == []
    assert (list(after.fences), list(after.contacts)) == ([], [])
    assert offered(await uma.asks()) == [FOR_ALL]
    assert {decision.raised_by for decision in await decisions(uma)} == {"request"}


async def profile(who: Customer) -> profile_api_pb2.GetProfileResponse:
    """All that is known."""
    request = profile_api_pb2.GetProfileRequest(subscriber=who.ref)
    return await who.world.desk.profiles.GetProfile(request, timeout=CALL_SECONDS)


async def decisions(who: Customer) -> list[decision_pb2.Decision]:
    """All that lead to a subscriber."""
    request = offer_api_pb2.ListDecisionsRequest(subscriber_id=who.subscriber_id, page_size=200)
    return list((await who.world.desk.offers.ListDecisions(request, timeout=CALL_SECONDS)).decisions)


async def exported(world: OffersWorld) -> list[decision_pb2.Decision]:
    """The decision log."""
    request = learning_api_pb2.ExportDecisionsRequest()
    return [
        logged.decision
        async for part in world.desk.learning.ExportDecisions(request, timeout=CALL_SECONDS)
        for logged in part.decisions
    ]


def every_row(world: OffersWorld) -> list[str]:
    """Every value of every table of offers, as text."""
    tables = [name for (name,) in world.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [repr(row) for table in tables for row in world.rows(f'SELECT * FROM "{table}"')]
