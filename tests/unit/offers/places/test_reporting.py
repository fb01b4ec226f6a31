"""ReportLocations: whose reports they are and who may send them."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import LOCAL_OPERATOR, Caller, Role
from services.offers.adapters.decision_messages import stamp
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.reporting import LocationReporting
from services.offers.adapters.whose import Whose
from services.offers.application.locating import Locator
from services.offers.application.ports import ChargingUnreachableError, Resolved
from services.offers.domain.policies import Purpose
from tests.support.charging_world import ManualClock
from tests.support.offers_places import (
    MICRODEGREES,
    STADIUM,
    ConsentsInMemory,
    FixedFences,
    MemoryPresences,
    circle,
)

OWNER = Caller(Role.SUBSCRIBER, "anna", account="acme")
PARTNER = Caller(Role.PARTNER, "melody", party="melody")
POSITION = api.Position(
    latitude_e6=round(STADIUM[0] * MICRODEGREES), longitude_e6=round(STADIUM[1] * MICRODEGREES)
)


class SubscribersByHand:
    """Two subscribers of `acme` and one of another account; counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_away = False
        self.accounts = {"s-1": "acme", "s-2": "acme", "s-3": "other"}

    async def resolve(self, identifier: str) -> Resolved | None:
        """msisdn-49170 and the number of the subscriber."""
        self.asked += 1
        if self.is_away:
            raise ChargingUnreachableError("away")
        subscriber_id = f"s-{identifier.removeprefix('msisdn-49170')}"
        account = self.accounts.get(subscriber_id)
        return None if account is None else Resolved(subscriber_id, account)

    async def account_of(self, subscriber_id: str) -> str | None:
        """The account."""
        self.asked += 1
        return self.accounts.get(subscriber_id)


class World:
    """The use case of reports with everything around it in memory."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.presences = MemoryPresences()
        self.subscribers = SubscribersByHand()
        consents = ConsentsInMemory({f"s-{n}": frozenset({Purpose.LOCATION}) for n in (1, 2, 3)})
        fences = FixedFences(FenceIndex([circle()]))
        locator = Locator(fences, self.presences, consents, self.clock, lambda: None)
        self.reporting = LocationReporting(locator, Whose(self.subscribers), self.clock)

    async def report(
        self, *reports: api.LocationReport, caller: Caller = LOCAL_OPERATOR
    ) -> api.ReportLocationsResponse:
        return await self.reporting.report(api.ReportLocationsRequest(reports=reports), caller)

    async def refused(self, *reports: api.LocationReport, caller: Caller = LOCAL_OPERATOR) -> Refused:
        with pytest.raises(RefusedError) as caught:
            await self.report(*reports, caller=caller)
        return caught.value.refused


def of(subscriber_id: str = "", identifier: str = "", at: Timestamp | None = None) -> api.LocationReport:
    ref = (
        api.SubscriberRef(subscriber_identifier=identifier)
        if identifier
        else api.SubscriberRef(subscriber_id=subscriber_id)
    )
    return api.LocationReport(subscriber=ref, at=at, position=POSITION)


async def test_an_identifier_is_resolved_and_not_kept() -> None:
    world = World()
    answer = await world.report(of(identifier="msisdn-491701"))
    assert (answer.used, answer.refused) == (1, 0)
    assert list(answer.crossings) == [api.FenceCrossing(report=0, fence_code="stadium", entered=True)]
    assert set(world.presences.states) == {"s-1"}


async def test_the_operator_names_opaque_ids_without_a_question_to_charging() -> None:
    world = World()
    assert (await world.report(of("s-1"), of("s-3"))).used == 2
    assert world.subscribers.asked == 0


async def test_each_name_is_resolved_once() -> None:
    world = World()
    now = world.clock.now()
    reports = [
        of(identifier=f"msisdn-49170{1 + n % 2}", at=stamp(Instant(now - 1_000_000 * (9 - n))))
        for n in range(8)
    ]
    assert (await world.report(*reports)).used == 8
    assert world.subscribers.asked == 2


async def test_an_identifier_that_nobody_has_is_counted() -> None:
    world = World()
    answer = await world.report(of(identifier="msisdn-491709"), of("s-1"))
    assert (answer.used, answer.refused) == (1, 1)
    assert [crossing.report for crossing in answer.crossings] == [1]


async def test_a_name_that_is_none_is_counted() -> None:
    answer = await World().report(of(identifier="no such thing"), of("s" * 65), of("s-1"))
    assert (answer.used, answer.refused) == (1, 2)


async def test_a_subscriber_reports_its_own_account() -> None:
    world = World()
    answer = await world.report(of(identifier="msisdn-491701"), of("s-2"), caller=OWNER)
    assert answer.used == 2


@pytest.mark.parametrize(
    "report", [of("s-3"), of(identifier="msisdn-491703"), of("nobody"), of(identifier="msisdn-491709")]
)
async def test_others_and_nobody_are_refused_alike_to_a_subscriber_and_nothing_is_taken(
    report: api.LocationReport,
) -> None:
    world = World()
    refused = await world.refused(of("s-1"), report, caller=OWNER)
    other = await world.refused(of("s-3"), caller=OWNER)
    assert refused.reason.name == "NOT_YOUR_ACCOUNT"
    assert refused == other
    assert world.presences == MemoryPresences()


async def test_a_partner_may_not_report() -> None:
    world = World()
    assert (await world.refused(of("s-1"), caller=PARTNER)).reason.name == "NOT_YOUR_ACCOUNT"
    assert world.presences == MemoryPresences()


async def test_a_call_takes_a_thousand_reports_and_no_more() -> None:
    world = World()
    assert (await world.report(*[of("s-1")] * 1_000)).late == 999
    refused = await world.refused(*[of("s-1")] * 1_001)
    assert (refused.reason.name, refused.field) == ("FIELD_INVALID", "reports")


async def test_a_report_of_nobody_is_named() -> None:
    refused = await World().refused(of("s-1"), api.LocationReport(position=POSITION))
    assert (refused.reason.name, refused.field) == ("SUBSCRIBER_MISSING", "reports.1.subscriber")


async def test_an_absent_instant_is_now() -> None:
    world = World()
    await world.report(of("s-1"))
    assert world.presences.last == {"s-1": world.clock.now()}


async def test_an_instant_more_than_five_minutes_ahead_is_refused() -> None:
    world = World()
    now = world.clock.now()
    ahead = [stamp(Instant(now + seconds * 1_000_000)) for seconds in (300, 301)]
    answer = await world.report(of("s-1", at=ahead[0]), of("s-2", at=ahead[1]))
    assert (answer.used, answer.refused) == (1, 1)
    assert set(world.presences.states) == {"s-1"}


async def test_a_report_without_a_place_is_refused() -> None:
    nowhere = api.LocationReport(subscriber=api.SubscriberRef(subscriber_id="s-1"))
    assert (await World().report(nowhere)).refused == 1


async def test_while_charging_is_away_nothing_is_taken() -> None:
    world = World()
    world.subscribers.is_away = True
    refused = await world.refused(of(identifier="msisdn-491701"))
    assert refused.reason.name == "CHARGING_UNREACHABLE"
    assert world.presences == MemoryPresences()
