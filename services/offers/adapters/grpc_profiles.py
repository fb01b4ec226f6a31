"""OfferProfileService over gRPC: what is kept of subscribers, and their consents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tidemark.offers.v1 import profile_api_pb2 as api
from tidemark.offers.v1 import profile_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, require_operator
from services.common.runtime.following_state import FollowerStatus
from services.offers.adapters import profile_messages as messages
from services.offers.adapters.whose import Whose
from services.offers.application.consents import ConsentKeeper
from services.offers.application.erasing import ProfileEraser
from services.offers.application.profile_ports import ErasureAsked, ProfileReader
from services.offers.domain import reasons

Context = Any

Status = Callable[[], Sequence[FollowerStatus]]
"""Where the profiles' follower stands."""


class Locations(Protocol):
    """What becomes of reports of where subscribers are; asks by itself who may send them."""

    async def report(
        self, request: api.ReportLocationsRequest, caller: Caller
    ) -> api.ReportLocationsResponse:
        """Takes the reports."""


class OfferProfileServicer(profile_api_pb2_grpc.OfferProfileServiceServicer):
    """Asks who calls and about whom, translates, calls one use case, translates back."""

    def __init__(
        self,
        profiles: ProfileReader,
        consents: ConsentKeeper,
        eraser: ProfileEraser,
        locations: Locations,
        status: Status,
        whose: Whose,
        callers: Callers,
        clock: Clock,
    ) -> None:
        self._profiles = profiles
        self._consents = consents
        self._eraser = eraser
        self._locations = locations
        self._status = status
        self._whose = whose
        self._callers = callers
        self._clock = clock

    async def GetProfile(self, request: api.GetProfileRequest, context: Context) -> api.GetProfileResponse:
        """Everything that is kept of a subscriber."""
        whose = await self._whose.asked_about(request.subscriber, self._callers.of(context))
        shown = await self._profiles.shown(whose.subscriber_id, self._clock.now())
        if shown is None:
            words = "nothing was seen of this subscriber, or all was erased"
            raise RefusedError(Refused(reasons.PROFILE_UNKNOWN, words, "subscriber"))
        return messages.profile_message(shown)

    async def EraseProfile(
        self, request: api.EraseProfileRequest, context: Context
    ) -> api.EraseProfileResponse:
        """Forgets a subscriber."""
        whose = await self._whose.asked_about(request.subscriber, self._callers.of(context))
        asked = ErasureAsked(request.request_id, whose.subscriber_id, request.reason)
        return api.EraseProfileResponse(unlinked_decisions=await self._eraser.erase(asked))

    async def SetConsents(self, request: api.SetConsentsRequest, context: Context) -> api.SetConsentsResponse:
        """Gives and withdraws consents; they hold before this answers."""
        whose = await self._whose.asked_about(request.subscriber, self._callers.of(context))
        states = await self._consents.set(messages.consents_asked(request, whose))
        return api.SetConsentsResponse(consents=map(messages.consent_message, states))

    async def ReportLocations(
        self, request: api.ReportLocationsRequest, context: Context
    ) -> api.ReportLocationsResponse:
        """Where subscribers are."""
        return await self._locations.report(request, self._callers.of(context))

    async def GetProfileStatus(
        self, _request: api.GetProfileStatusRequest, context: Context
    ) -> api.GetProfileStatusResponse:
        """Up to which journal record profiles are folded. For the operator."""
        require_operator(self._callers.of(context))
        return messages.status_message(self._status(), await self._profiles.count())
