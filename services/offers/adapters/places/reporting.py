"""ReportLocations: whose reports they are, who may send them, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Role
from services.offers.adapters.places.location_messages import (
    check_reports,
    located_response,
    location_report,
)
from services.offers.application.locating import Locator
from services.offers.application.ports import ChargingUnreachableError, Subscribers
from services.offers.domain.reasons import CHARGING_UNREACHABLE, NOT_YOUR_ACCOUNT

_AT_ONCE = 16

_Named = tuple[str, str]
"""Subscriber id and identifier; one of them is empty."""


class LocationReporting:
    """What the profile service does with location reports."""

    def __init__(self, locator: Locator, subscribers: Subscribers, clock: Clock) -> None:
        self._locator = locator
        self._subscribers = subscribers
        self._clock = clock

    async def report(
        self, request: api.ReportLocationsRequest, caller: Caller
    ) -> api.ReportLocationsResponse:
        """Takes reports: anybody's from the operator, those of its own account from a subscriber.

        Raises RefusedError FIELD_INVALID, SUBSCRIBER_MISSING; NOT_YOUR_ACCOUNT, the same for others and
        for nobody; CHARGING_UNREACHABLE; POLICIES_NOT_PUBLISHED. Then no report was taken.
        """
        if caller.role is Role.PARTNER:
            raise _not_yours()
        check_reports(request.reports)
        whose = await self._whose(request.reports, caller)
        now = self._clock.now()
        reports = [location_report(each, whose[_named(each)], now) for each in request.reports]
        return located_response(await self._locator.report(reports))

    async def _whose(self, reports: Sequence[api.LocationReport], caller: Caller) -> Mapping[_Named, str]:
        """Opaque ids by the names in the reports; '' where nobody has it."""
        named = list(dict.fromkeys(map(_named, reports)))
        turns = asyncio.Semaphore(_AT_ONCE)

        async def resolved(name: _Named) -> str:
            async with turns:
                return await self._subscriber_id(name, caller)

        try:
            found = await asyncio.gather(*map(resolved, named))
        except ChargingUnreachableError as error:
            words = "charging, which knows subscribers, does not answer; try again"
            raise RefusedError(Refused(CHARGING_UNREACHABLE, words)) from error
        return dict(zip(named, found, strict=True))

    async def _subscriber_id(self, name: _Named, caller: Caller) -> str:
        subscriber_id, identifier = name
        account_id: str | None
        if identifier:
            found = await self._subscribers.resolve(identifier)
            subscriber_id, account_id = (
                ("", None) if found is None else (found.subscriber_id, found.account_id)
            )
        elif caller.role is Role.OPERATOR:
            return subscriber_id
        else:
            account_id = await self._subscribers.account_of(subscriber_id)
        if caller.role is not Role.OPERATOR and account_id != caller.account:
            raise _not_yours()
        return subscriber_id


def _named(report: api.LocationReport) -> _Named:
    return report.subscriber.subscriber_id, report.subscriber.subscriber_identifier


def _not_yours() -> RefusedError:
    return RefusedError(Refused(NOT_YOUR_ACCOUNT, "this is not yours to tell"))
