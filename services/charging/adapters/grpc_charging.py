"""tidemark.charging.v1.ChargingService: decode and check, hand over, answer. No decision is made here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tidemark.charging.v1 import charging_api_pb2, charging_api_pb2_grpc

from services.charging.adapters.charge_batch import ChargeBatch
from services.charging.adapters.duplicate_key import digest, duplicate_key
from services.charging.adapters.messages import accounts, outcomes, requests, responses
from services.charging.adapters.messages.common import refuse, timestamp
from services.charging.adapters.streams import until
from services.charging.application.charge_usage import ChargeUsage, Repeatable
from services.charging.application.notify_elements import Notice, NotifyElements
from services.charging.application.refund_charge import RefundCharge
from services.charging.application.settle_outcome import SettleOutcomeUseCase
from services.charging.domain import reasons
from services.charging.domain.commands import CreateSession, Invocation, OneTimeEvent


class ChargingServicer(charging_api_pb2_grpc.ChargingServiceServicer):
    """Network elements talk to this."""

    def __init__(
        self,
        charge: ChargeUsage,
        refund: RefundCharge,
        settle: SettleOutcomeUseCase,
        notify: NotifyElements,
        stopping: asyncio.Event,
    ) -> None:
        self._charge = charge
        self._refund = refund
        self._settle = settle
        self._notify = notify
        self._stopping = stopping
        self._batch = ChargeBatch(
            {
                "create": self.CreateChargingSession,
                "update": self.UpdateChargingSession,
                "release": self.ReleaseChargingSession,
                "one_time_event": self.ChargeOneTimeEvent,
                "settle_outcome": self.SettleOutcome,
            }
        )

    async def CreateChargingSession(
        self, request: charging_api_pb2.CreateChargingSessionRequest, _context: Any
    ) -> charging_api_pb2.CreateChargingSessionResponse:
        """Opens a charging session."""
        data = request.charging_data
        identifier = requests.subscriber_identifier(data)
        nf_name, charging_id = requests.element(data)
        invocation = requests.invocation(data)
        subscriber_id = self._charge.subscriber_id(identifier)
        repeatable = Repeatable(
            duplicate_key("create", subscriber_id, nf_name, charging_id, invocation.sequence),
            digest(request, data),
            responses.created,
        )
        command = CreateSession(
            subscriber_id, nf_name, charging_id, invocation, requests.tariff_time_change(data)
        )
        answer = await self._charge.create(command, repeatable)
        return charging_api_pb2.CreateChargingSessionResponse.FromString(answer)

    async def UpdateChargingSession(
        self, request: charging_api_pb2.UpdateChargingSessionRequest, _context: Any
    ) -> charging_api_pb2.UpdateChargingSessionResponse:
        """Reports usage and asks for more."""
        answer = await self._advance(request, release=False)
        return charging_api_pb2.UpdateChargingSessionResponse.FromString(answer)

    async def ReleaseChargingSession(
        self, request: charging_api_pb2.ReleaseChargingSessionRequest, _context: Any
    ) -> charging_api_pb2.ReleaseChargingSessionResponse:
        """Reports the last usage and closes the session."""
        answer = await self._advance(request, release=True)
        return charging_api_pb2.ReleaseChargingSessionResponse.FromString(answer)

    async def ChargeOneTimeEvent(
        self, request: charging_api_pb2.ChargeOneTimeEventRequest, _context: Any
    ) -> charging_api_pb2.ChargeOneTimeEventResponse:
        """Debits, refunds, enquires or checks at once."""
        data = request.charging_data
        identifier = requests.subscriber_identifier(data)
        nf_name, charging_id = requests.element(data)
        invocation = requests.invocation(data)
        after_the_service = requests.after_the_service(request)
        is_refund = request.requested_action == charging_api_pb2.REQUESTED_ACTION_REFUND_ACCOUNT
        action = None if is_refund else requests.event_action(request)
        subscriber_id = self._charge.subscriber_id(identifier)
        repeatable = Repeatable(
            duplicate_key("event", subscriber_id, nf_name, charging_id, invocation.sequence),
            digest(request, data),
            responses.updated,
        )
        if action is None:
            answer = await self._give_back(request, identifier, invocation, repeatable)
        else:
            command = OneTimeEvent(action, subscriber_id, nf_name, charging_id, invocation, after_the_service)
            answer = await self._charge.one_time_event(command, repeatable)
        return charging_api_pb2.ChargeOneTimeEventResponse.FromString(answer)

    async def SettleOutcome(
        self, request: charging_api_pb2.SettleOutcomeRequest, _context: Any
    ) -> charging_api_pb2.SettleOutcomeResponse:
        """Confirms a provisional outcome, or reverses it."""
        repeatable = Repeatable(
            duplicate_key("outcome", accounts.request_id(request.request_id)),
            digest(request),
            outcomes.settled,
        )
        confirmed = outcomes.confirmed(request)
        answer = await self._settle(request.charge_id, confirmed, request.reason, request.actor, repeatable)
        return charging_api_pb2.SettleOutcomeResponse.FromString(answer)

    async def ChargeBatch(
        self, request: charging_api_pb2.ChargeBatchRequest, context: Any
    ) -> charging_api_pb2.ChargeBatchResponse:
        """Many of the above in one message."""
        return await self._batch(request, context)

    async def Notify(
        self, request: charging_api_pb2.NotifyRequest, context: Any
    ) -> AsyncIterator[charging_api_pb2.NotifyResponse]:
        """Streams REAUTHORIZATION and ABORT_CHARGING to one element."""
        if not request.nf_name:
            raise refuse(reasons.FIELD_MISSING, "whose sessions?", "nf_name")
        # Headers at once, so that the element knows its stream is open though nothing is to be told.
        await context.send_initial_metadata(())
        async for notice in until(self._stopping, self._notify(request.nf_name)):
            yield _notify_response(notice)

    async def _give_back(
        self,
        request: charging_api_pb2.ChargeOneTimeEventRequest,
        identifier: str,
        invocation: Invocation,
        repeatable: Repeatable,
    ) -> bytes:
        if not request.refund_charge_id:
            raise refuse(reasons.FIELD_MISSING, "which charge?", "refund_charge_id")
        amount, code = requests.refund_amount(request)
        return await self._refund(
            identifier,
            request.refund_charge_id,
            amount,
            code,
            invocation.sequence,
            invocation.at,
            repeatable,
        )

    async def _advance(
        self,
        request: charging_api_pb2.UpdateChargingSessionRequest
        | charging_api_pb2.ReleaseChargingSessionRequest,
        release: bool,
    ) -> bytes:
        if not request.charging_data_ref:
            raise refuse(reasons.FIELD_MISSING, "which session?", "charging_data_ref")
        invocation = requests.invocation(request.charging_data)
        repeatable = Repeatable(
            duplicate_key("session", request.charging_data_ref, invocation.sequence),
            digest(request, request.charging_data) + (b"R" if release else b"U"),
            responses.updated,
        )
        return await self._charge.update(request.charging_data_ref, invocation, release, repeatable)


def _notify_response(notice: Notice) -> charging_api_pb2.NotifyResponse:
    return charging_api_pb2.NotifyResponse(
        notification_type=(
            charging_api_pb2.NOTIFICATION_TYPE_ABORT_CHARGING
            if notice.ended
            else charging_api_pb2.NOTIFICATION_TYPE_REAUTHORIZATION
        ),
        charging_data_ref=notice.ref,
        rating_groups=notice.rating_groups,
        occurred_at=timestamp(notice.occurred_at),
        detail=notice.detail,
    )
