"""ReportLocations: whose reports they are, who may send them, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Caller
from services.offers.adapters.places.location_messages import (
    check_reports,
    located_response,
    location_report,
)
from services.offers.adapters.whose import Whose
from services.offers.application.locating import Locator
from services.offers.domain.reasons import FIELD_INVALID, USER_UNKNOWN

_AT_ONCE = 16

_Named = tuple[str, str]
"""Subscriber id and identifier; one of them is empty."""


class LocationReporting:
    """What the profile service does with location reports."""

    def __init__(self, locator: Locator, whose: Whose, clock: Clock) -> None:
        self._locator = locator
        self._whose = whose
        self._clock = clock

    async def report(
        self, request: api.ReportLocationsRequest, caller: Caller
    ) -> api.ReportLocationsResponse:
        """Takes reports: anybody's from the operator, those of its own account from a subscriber.

        Raises RefusedError FIELD_INVALID for too many, SUBSCRIBER_MISSING; NOT_YOUR_ACCOUNT, the same for
        others and for nobody; CHARGING_UNREACHABLE; POLICIES_NOT_PUBLISHED. Then no report was taken.
        """
        check_reports(request.reports)
        known = await self._subscriber_ids(request.reports, caller)
        now = self._clock.now()
        reports = [location_report(each, known[_named(each)], now) for each in request.reports]
        return located_response(await self._locator.report(reports))

    async def _subscriber_ids(
        self, reports: Sequence[api.LocationReport], caller: Caller
    ) -> Mapping[_Named, str]:
        """Opaque ids by the names in the reports; '' for a name that is nobody's, or none at all."""
        refs = {_named(report): report.subscriber for report in reports}
        turns = asyncio.Semaphore(_AT_ONCE)

        async def resolved(ref: api.SubscriberRef) -> str:
            async with turns:
                return await self._subscriber_id(ref, caller)

        found = await asyncio.gather(*map(resolved, refs.values()))
        return dict(zip(refs, found, strict=True))

    async def _subscriber_id(self, ref: api.SubscriberRef, caller: Caller) -> str:
        try:
            return (await self._whose.asked_about(ref, caller)).subscriber_id
        except RefusedError as error:
            if error.refused.reason in (USER_UNKNOWN, FIELD_INVALID):
                return ""
            raise


def _named(report: api.LocationReport) -> _Named:
    return report.subscriber.subscriber_id, report.subscriber.subscriber_identifier
