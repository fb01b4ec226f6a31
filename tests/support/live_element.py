"""A network element for stories: requests as the contract has them, and how they are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import (
    charging_api_pb2,
    charging_api_pb2_grpc,
    charging_data_pb2,
)
from tidemark.type.v1 import money_pb2

from services.common.runtime.grpc_errors import error_info

MORNING = 1_772_445_600
"""2026-03-02T10:00:00Z, a Monday: when usage begins, in seconds since 1970."""
CALL_SECONDS = 10
DEBIT = charging_api_pb2.REQUESTED_ACTION_DIRECT_DEBITING
REFUND = charging_api_pb2.REQUESTED_ACTION_REFUND_ACCOUNT
CHECK = charging_api_pb2.REQUESTED_ACTION_CHECK_BALANCE
ENQUIRY = charging_api_pb2.REQUESTED_ACTION_PRICE_ENQUIRY

Usage = charging_data_pb2.MultipleUnitUsage
Container = charging_data_pb2.UsedUnitContainer
Wish = charging_data_pb2.RequestedUnit
Information = charging_data_pb2.MultipleUnitInformation


def euros(minor_micros: int) -> money_pb2.Money:
    """An amount in EUR."""
    return money_pb2.Money(currency_code="EUR", minor_micros=minor_micros)


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a call failed: status, and ErrorInfo's reason and field."""

    code: grpc.StatusCode
    reason: str
    field: str = ""


async def refusal(call: Awaitable[object]) -> Refusal:
    """The refusal of a call that has to fail; it must carry this project's ErrorInfo."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        assert info is not None, f"no ErrorInfo: {error!r}"
        assert info.domain == "tidemark"
        return Refusal(error.code(), info.reason, info.metadata.get("field", ""))
    raise AssertionError(f"it was not refused: {answer}")


def used(octets: int, number: int | None = None) -> Container:
    """So much volume, in a numbered or unnumbered container."""
    return Container(total_volume_octets=octets, local_sequence_number=number)


def wish(octets: int | None = None) -> Wish:
    """A wish for so much volume; None: charging decides."""
    return Wish(total_volume_octets=octets)


def pieces(count: int) -> Wish:
    """So many events or units of the catalog's own, wanted."""
    return Wish(service_specific_units=count)


def usage(rating_group: int | None, *containers: Container, asks: Wish | None = None) -> Usage:
    """What was used of a rating group, and what is wanted next (None: nothing)."""
    return Usage(rating_group=rating_group, used_unit_container=containers, requested_unit=asks)


def data(
    sequence: int | None,
    *usages: Usage,
    second: int = 0,
    subscriber: str = "",
    nf_name: str = "smf-1",
    charging_id: str = "",
    **fields: Any,
) -> charging_data_pb2.ChargingDataRequest:
    """A request of an element, sent so many seconds after the morning."""
    return charging_data_pb2.ChargingDataRequest(
        subscriber_identifier=subscriber,
        charging_id=charging_id,
        nf_consumer_identification=charging_data_pb2.NfConsumerIdentification(
            nf_name=nf_name, node_functionality=charging_data_pb2.NODE_FUNCTIONALITY_SMF
        ),
        invocation_time_stamp=Timestamp(seconds=MORNING + second),
        invocation_sequence_number=sequence,
        multiple_unit_usage=usages,
        **fields,
    )


def creating(
    subscriber: str, charging_id: str, *usages: Usage, sequence: int = 1, **fields: Any
) -> charging_api_pb2.CreateChargingSessionRequest:
    """Opens a session."""
    return charging_api_pb2.CreateChargingSessionRequest(
        charging_data=data(sequence, *usages, subscriber=subscriber, charging_id=charging_id, **fields)
    )


def updating(
    ref: str, sequence: int, *usages: Usage, **fields: Any
) -> charging_api_pb2.UpdateChargingSessionRequest:
    """Reports on a session."""
    return charging_api_pb2.UpdateChargingSessionRequest(
        charging_data_ref=ref, charging_data=data(sequence, *usages, **fields)
    )


def releasing(
    ref: str, sequence: int, *usages: Usage, **fields: Any
) -> charging_api_pb2.ReleaseChargingSessionRequest:
    """Ends a session."""
    return charging_api_pb2.ReleaseChargingSessionRequest(
        charging_data_ref=ref, charging_data=data(sequence, *usages, **fields)
    )


def happening(
    action: charging_api_pb2.RequestedAction.ValueType,
    subscriber: str,
    charging_id: str,
    *usages: Usage,
    refund: str = "",
    amount: money_pb2.Money | None = None,
    **fields: Any,
) -> charging_api_pb2.ChargeOneTimeEventRequest:
    """An immediate event; `refund` names the charge to give back, `amount` how much of it."""
    return charging_api_pb2.ChargeOneTimeEventRequest(
        requested_action=action,
        charging_data=data(1, *usages, subscriber=subscriber, charging_id=charging_id, **fields),
        refund_charge_id=refund,
        refund_amount=amount,
    )


class Element:
    """A network element on one connection; sessions are told apart by charging id."""

    def __init__(self, channel: grpc.aio.Channel, nf_name: str = "smf-1") -> None:
        self.stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
        self.nf_name = nf_name

    async def create(
        self, subscriber: str, charging_id: str, *usages: Usage, **fields: Any
    ) -> charging_api_pb2.CreateChargingSessionResponse:
        """Opens a session as request number 1."""
        request = creating(subscriber, charging_id, *usages, nf_name=self.nf_name, **fields)
        return await self.stub.CreateChargingSession(request, timeout=CALL_SECONDS)

    async def update(
        self, ref: str, sequence: int, *usages: Usage, **fields: Any
    ) -> charging_data_pb2.ChargingDataResponse:
        """Reports on a session."""
        request = updating(ref, sequence, *usages, nf_name=self.nf_name, **fields)
        return (await self.stub.UpdateChargingSession(request, timeout=CALL_SECONDS)).charging_data

    async def release(
        self, ref: str, sequence: int, *usages: Usage, **fields: Any
    ) -> charging_data_pb2.ChargingDataResponse:
        """Ends a session."""
        request = releasing(ref, sequence, *usages, nf_name=self.nf_name, **fields)
        return (await self.stub.ReleaseChargingSession(request, timeout=CALL_SECONDS)).charging_data

    async def event(
        self,
        action: charging_api_pb2.RequestedAction.ValueType,
        subscriber: str,
        charging_id: str,
        *usages: Usage,
        **fields: Any,
    ) -> charging_data_pb2.ChargingDataResponse:
        """An immediate event, as request number 1."""
        request = happening(action, subscriber, charging_id, *usages, nf_name=self.nf_name, **fields)
        return (await self.stub.ChargeOneTimeEvent(request, timeout=CALL_SECONDS)).charging_data

    def notices(self) -> grpc.aio.UnaryStreamCall[Any, charging_api_pb2.NotifyResponse]:
        """What charging has to say to this element."""
        return self.stub.Notify(charging_api_pb2.NotifyRequest(nf_name=self.nf_name))


async def next_of(stream: Any, deadline_seconds: float = 10) -> Any:
    """The next message of a stream. Raises StopAsyncIteration at its end."""
    async with asyncio.timeout(deadline_seconds):
        return await anext(aiter(stream))


async def raw_call(channel: grpc.aio.Channel, method: str, request: Message | bytes) -> bytes:
    """The octets of an answer, as they came. `method` is `Service/Method` of charging."""
    octets = request if isinstance(request, bytes) else request.SerializeToString(deterministic=True)
    call = channel.unary_unary(
        f"/tidemark.charging.v1.{method}", request_serializer=bytes, response_deserializer=bytes
    )
    answer: bytes = await call(octets, timeout=CALL_SECONDS)
    return answer
