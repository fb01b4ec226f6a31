"""A policy function and a care desk for stories: counters, caps, bars and outcomes settled."""

from __future__ import annotations

import itertools
from typing import Any

import grpc
from tidemark.charging.v1 import (
    charging_api_pb2,
    charging_api_pb2_grpc,
    charging_data_pb2,
    subscription_api_pb2,
    subscription_api_pb2_grpc,
)

from tests.support.live_element import CALL_SECONDS

CONFIRM = charging_api_pb2.OUTCOME_SETTLEMENT_CONFIRM
REVERSE = charging_api_pb2.OUTCOME_SETTLEMENT_REVERSE
EVIDENCE_SHA256 = bytes(range(32))
_REQUESTS = itertools.count(1)


class PolicyDesk:
    """Asks for counters, moves caps, bars subscribers and settles outcomes, on one connection."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        self._charging = charging_api_pb2_grpc.ChargingServiceStub(channel)

    def request_id(self) -> str:
        """One that was not used before, by another desk neither."""
        return f"policy-{next(_REQUESTS)}"

    async def counters(self, subscriber: str, *codes: str) -> dict[str, subscription_api_pb2.CounterStatus]:
        """Counters by code, as they stand."""
        request = subscription_api_pb2.GetCountersRequest(
            subscriber_identifier=subscriber, counter_codes=codes
        )
        answer = await self.stub.GetCounters(request, timeout=CALL_SECONDS)
        return {status.counter_code: status for status in answer.counters}

    def watch(
        self, subscriber: str, *codes: str
    ) -> grpc.aio.UnaryStreamCall[Any, subscription_api_pb2.WatchCountersResponse]:
        """Counters as they stand, then what changes."""
        return self.stub.WatchCounters(
            subscription_api_pb2.WatchCountersRequest(subscriber_identifier=subscriber, counter_codes=codes)
        )

    async def set_cap(
        self,
        subscriber: str,
        code: str,
        cap: int | None = None,
        *,
        reset: bool = False,
        request_id: str = "",
    ) -> subscription_api_pb2.SetSpendCapResponse:
        """Sets, lifts (None) or resets a cap."""
        request = subscription_api_pb2.SetSpendCapRequest(
            request_id=request_id or self.request_id(),
            subscriber_identifier=subscriber,
            counter_code=code,
            cap=cap,
            reset=reset,
            actor="the customer",
        )
        return await self.stub.SetSpendCap(request, timeout=CALL_SECONDS)

    async def bar(self, subscriber: str, barred: bool = True) -> subscription_api_pb2.BarSubscriberResponse:
        """Puts a subscriber on the stop list, or takes them off it."""
        request = subscription_api_pb2.BarSubscriberRequest(
            request_id=self.request_id(),
            subscriber_identifier=subscriber,
            barred=barred,
            reason="stolen",
            actor="care desk",
        )
        return await self.stub.BarSubscriber(request, timeout=CALL_SECONDS)

    async def settle(
        self,
        charge_id: str,
        settlement: charging_api_pb2.OutcomeSettlement.ValueType,
        *,
        reason: str = "the plan was not kept",
        request_id: str = "",
    ) -> charging_api_pb2.SettleOutcomeResponse:
        """Confirms or reverses an outcome."""
        request = charging_api_pb2.SettleOutcomeRequest(
            request_id=request_id or self.request_id(),
            charge_id=charge_id,
            settlement=settlement,
            reason=reason,
            actor="quality desk",
        )
        return await self._charging.SettleOutcome(request, timeout=CALL_SECONDS)


def delivered(outcome_id: str, provisional: bool = True) -> charging_data_pb2.OutcomeInformation:
    """An outcome with its evidence."""
    return charging_data_pb2.OutcomeInformation(
        outcome_id=outcome_id,
        evidence_uri="https://evidence.example/operations/17",
        evidence_sha256=EVIDENCE_SHA256,
        provisional=provisional,
    )


def post_event(
    request: charging_api_pb2.ChargeOneTimeEventRequest,
) -> charging_api_pb2.ChargeOneTimeEventRequest:
    """The same event, reported after the service."""
    request.one_time_event_type = charging_api_pb2.ONE_TIME_EVENT_TYPE_PEC
    return request
