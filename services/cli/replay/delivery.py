"""Carries the element's requests to charging, and carries them again while nobody answers.

A request without an answer is sent again unchanged but for its
retransmission flag (TS 32.290 clause 5.4.2): either charging never saw it, or
it finds its first answer in the duplicate table. So a crash of charging costs
time and nothing else.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import grpc
from tidemark.charging.v1 import charging_api_pb2, charging_api_pb2_grpc

from services.cli.replay.outgoing import Answer, Outgoing, Refusal, Reply, Request
from services.common.runtime.grpc_errors import error_info

ANSWER_WITHIN_SECONDS = 10.0
"""The element's timer Tx (RFC 8506 section 13)."""
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_SEND_AGAIN = frozenset(
    # CANCELLED: a server that drains ends some late calls so.
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)


def open_channel(address: str) -> grpc.aio.Channel:
    """A channel that looks for a charging system that is away twice a second: the element's users wait."""
    return grpc.aio.insecure_channel(
        address,
        options=[
            ("grpc.initial_reconnect_backoff_ms", 50),
            ("grpc.min_reconnect_backoff_ms", 50),
            ("grpc.max_reconnect_backoff_ms", 500),
            ("grpc.enable_retries", 0),
        ],
    )


class DeliveryError(Exception):
    """Charging did not answer, or not in a way an element can go on with. The message says what."""


class Delivery:
    """Sends one request at a time per caller, until it is answered or `give_up_seconds` have passed."""

    def __init__(self, channel: grpc.aio.Channel, give_up_seconds: float = 60.0) -> None:
        stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
        self._methods: Mapping[type[Request], Callable[..., Awaitable[Any]]] = {
            charging_api_pb2.CreateChargingSessionRequest: stub.CreateChargingSession,
            charging_api_pb2.UpdateChargingSessionRequest: stub.UpdateChargingSession,
            charging_api_pb2.ReleaseChargingSessionRequest: stub.ReleaseChargingSession,
            charging_api_pb2.ChargeOneTimeEventRequest: stub.ChargeOneTimeEvent,
        }
        self._give_up_seconds = give_up_seconds
        self.retransmissions = 0

    async def send(self, outgoing: Outgoing) -> Reply:
        """The answer, or the refusal. Raises DeliveryError."""
        request = outgoing.request
        clock = asyncio.get_running_loop()
        give_up_at = clock.time() + self._give_up_seconds
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            try:
                answer = await self._methods[type(request)](request, timeout=ANSWER_WITHIN_SECONDS)
                return Answer(answer.charging_data, getattr(answer, "charging_data_ref", ""))
            except grpc.aio.AioRpcError as error:
                if error.code() not in _SEND_AGAIN:
                    return _refusal(error)
                if clock.time() >= give_up_at:
                    raise DeliveryError(
                        f"charging did not answer for {self._give_up_seconds:g} s: {error.details()}"
                    ) from error
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
            request = _retransmission(request)
            self.retransmissions += 1


def _retransmission(request: Request) -> Request:
    again = copy.deepcopy(request)
    again.charging_data.retransmission_indicator = True
    return again


def _refusal(error: grpc.aio.AioRpcError) -> Refusal:
    info = error_info(error)
    if info is None or error.code() is grpc.StatusCode.INTERNAL:
        raise DeliveryError(f"charging answered {error.code().name}: {error.details()}") from error
    field = info.metadata.get("field", "")
    words = error.details() or info.reason
    return Refusal(info.reason, f"{words} (field {field})" if field else words)
